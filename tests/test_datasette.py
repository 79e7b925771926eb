"""Datasette, as the README starts it: the views with their descriptions, the private tables out of sight."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvester import schema
from tests import docs

DATASETTE = Path(sysconfig.get_path("scripts")) / "datasette"

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Datasette that serves the README's example."""
    folder = tmp_path_factory.mktemp("datasette")
    for file in docs.DATA.iterdir():
        shutil.copy(file, folder)
    docs.run(docs.EXAMPLE[0], folder)
    command = [DATASETTE, "harvest.db", "--metadata", docs.METADATA, "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=docs._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            yield _port_of(server)
        finally:
            server.terminate()
            server.communicate(timeout=20)


def _port_of(server: subprocess.Popen[str]) -> int:
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError(f"Datasette did not start: {''.join(said)}")


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def _json(port: int, path: str) -> Any:
    status, body = _get(port, path)
    assert status == 200, body
    return json.loads(body)


def test_a_view_is_read_as_json(port: int) -> None:
    rows = _json(port, "/harvest/citation_growth.json?_shape=array&work=1&source=openalex")
    assert [(row["doi"], row["count"], row["gained"]) for row in rows] == [("10.5555/quay.1", 11, 4)]


@pytest.mark.parametrize("view", schema.views())
def test_every_view_has_a_page(port: int, view: str) -> None:
    status, page = _get(port, f"/harvest/{view}")
    assert status == 200, page
    assert docs.first_comment(schema.views()[view])[:20] in page.replace("&#39;", "'")


def test_the_views_are_shown_and_the_tables_are_not(port: int) -> None:
    database = _json(port, "/harvest.json")
    assert [view["name"] for view in database["views"]] == sorted(schema.views())
    assert [table["name"] for table in database["tables"] if not table["hidden"]] == []
