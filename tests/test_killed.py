"""A harvest killed without warning, again and again, ends with the database of one that was left in peace."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from harvester.sandbox import Sandbox
from harvester.store import Store

KILLS = 50
DAYS = ("2026-08-31", "2026-09-07")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    # A little slower than real HTTP on loopback, so that kills fall between requests as well as into saving.
    with Sandbox(seed=3, works=900, on=date.fromisoformat(DAYS[0]), faults=["*:slow:0.02"]) as served:
        yield served


class Harvester:
    """The installed program against the sandbox and one database."""

    def __init__(self, database: Path, sandbox: Sandbox) -> None:
        self.database = database
        self._environment = {
            "PATH": os.environ["PATH"],
            "HARVESTER_DB": str(database),
            "HARVESTER_OPENALEX_URL": sandbox.openalex_url,
            "HARVESTER_SEMANTIC_SCHOLAR_URL": sandbox.semantic_scholar_url,
        }

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-c", "from harvester.cli import main; main()", *words]
        return subprocess.Popen(
            program, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.database.parent
        )

    def run(self, *words: str) -> None:
        with self.start(*words) as process:
            said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == 0, said

    def pages(self) -> int:
        """The pages that the latest run has saved."""
        with Store(self.database) as store:
            found = store.db.execute("SELECT ifnull(sum(pages), 0) FROM task WHERE run = (SELECT max(id) FROM run)")
            return int(found.fetchone()[0])

    def content(self) -> str:
        with Store(self.database, read_only=True) as store:
            found = store.check()
        assert found["integrity"] == "ok"
        return found["content_hash"]


@pytest.mark.slow
@pytest.mark.loopback
def test_fifty_kills_leave_no_trace(tmp_path: Path, sandbox: Sandbox) -> None:
    rng = random.Random(20261123)
    kills = completed = midway = 0
    before = {}  # the database as each day's harvest finds it, and as it leaves it in peace
    for on in DAYS:
        sandbox.move_to(date.fromisoformat(on))
        peaceful = Harvester(tmp_path / "peaceful.db", sandbox)
        if on == DAYS[0]:
            peaceful.run("watch", "add", "10.1111/1758-5899.70005", "--on", on)
            peaceful.run("watch", "add", "1758-5880", "--on", on)
        before[on] = tmp_path / f"before-{on}.db"
        shutil.copy(peaceful.database, before[on])
        began = time.monotonic()
        peaceful.run("harvest", "--on", on)
        took = time.monotonic() - began
        expected = peaceful.content()
        while kills < KILLS * (DAYS.index(on) + 1) / len(DAYS):
            disturbed = Harvester(tmp_path / f"disturbed-{on}-{completed}.db", sandbox)
            shutil.copy(before[on], disturbed.database)
            pages = _kill_until_done(disturbed, on, took, rng)
            kills += len(pages)
            midway += sum(0 < reached < disturbed.pages() for reached in pages)
            completed += 1
            assert disturbed.content() == expected
            assert _runs(disturbed.database)[-1] == "complete"
    assert kills >= KILLS
    assert completed >= len(DAYS)
    assert midway >= KILLS // 5  # the others fell before the first page or after the last: they count, but prove less


def _kill_until_done(harvester: Harvester, on: str, took: float, rng: random.Random) -> list[int]:
    """Start the harvest and kill it at a random moment, until it once gets through; returns the pages saved by then."""
    kills = []
    while True:
        with harvester.start("harvest", "--on", on) as process:
            try:
                process.wait(timeout=rng.uniform(0.3, 0.95) * took)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills.append(harvester.pages())
                continue
            process.communicate()
        assert process.returncode == 0
        return kills


def _runs(database: Path) -> list[str]:
    with Store(database, read_only=True) as store:
        return [row["status"] for row in reversed(store.rows("runs", limit=100))]
