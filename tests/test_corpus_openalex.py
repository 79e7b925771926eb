"""OpenAlex as it was really recorded: every reply over real HTTP through the door and the source, every file through the taps."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from harvester import normal
from harvester.errors import BadReply, KeyRejected, NotFound, ParseError, Refused, ServerFault, SourceError
from harvester.importing import Imported, import_files
from harvester.records import Ask, Citing, Identifier, Lookup, Page, References, Search
from harvester.sources import openalex
from harvester.sources.openalex import OpenAlex, parse
from harvester.store import Store
from tests.replay import Answer, Question, Recording, Replay, door, recordings

NOW = "2026-11-23T08:00:00+00:00"

# What a status means, wherever OpenAlex has sent it. An unknown filter was 403 until 2025-10 and 400 since.
FAULTS = {400: Refused, 401: KeyRejected, 403: KeyRejected, 404: NotFound}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recording]:
    return recordings(shared / "corpus" / "openalex")


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay(lambda _: Answer(500, b"")) as server:
        yield server


def fetch(replay: Replay, answer: Answer, ask: Ask, cursor: str | None = None) -> Page:
    replay.answer = lambda _: answer
    with door(openalex.service(replay.url)) as way:
        return OpenAlex(way).fetch(ask, cursor)


def fitting(asked: Question) -> tuple[Ask, str | None]:
    """The ask, and the cursor, that would put the recorded question."""
    cursor = asked.params.get("cursor", "*")
    name, _, value = asked.params.get("filter", "").partition(":")
    ids = tuple(normal.openalex(one) or "" for one in value.split("|"))
    if asked.path != "/works":
        scheme, spelt = normal.identifier(Recording("", asked, Answer(0, b""), "").path.removeprefix("/works/")) or ("", "")
        return Lookup((Identifier(scheme, spelt),)), None
    if name == "cites":
        return Citing(ids), cursor
    if name == "cited_by":
        return References(ids), cursor
    if name in ("openalex", "doi") and cursor == "*":
        values = ids if name == "openalex" else filter(None, map(normal.doi, value.split("|")))
        return Lookup(tuple(Identifier(name, one) for one in values)), None
    return Search(value or "anything"), cursor


def entries(body: Any) -> list[Any]:
    return body["results"] if "results" in body else [body]


def ended_early(body: Any, ask: Ask, cursor: str | None) -> bool:
    """Whether the reply holds less than it promises: it answers a question (group_by, per-page=1) the program does not put."""
    if "meta" not in body:
        return False
    if "results" not in body:
        return True
    if isinstance(ask, Lookup):
        return len(body["results"]) < body["meta"]["count"]
    return not body["results"] and cursor == "*" and body["meta"]["count"] > 0


# --- replies -------------------------------------------------------------------------------------------------------


@pytest.mark.loopback
@pytest.mark.slow
def test_no_entry_of_a_recorded_reply_is_lost(recorded: list[Recording], replay: Replay) -> None:
    seen: Counter[str] = Counter()
    for one in recorded:
        if one.answer.status != 200 or not one.path.startswith("/works"):
            continue
        body, (ask, cursor) = one.value, fitting(one.asked)
        if ended_early(body, ask, cursor):
            with pytest.raises(BadReply, match="promised .* and sent |required field `results`"):
                fetch(replay, one.answer, ask, cursor)
            seen["refused"] += 1
            continue
        page = fetch(replay, one.answer, ask, None if cursor == "*" else cursor)
        sent, kept = entries(body), {item.body: item for item in page.items}
        assert [json.loads(each) for each in kept] == sent, one.name
        assert not page.failed, one.name
        for item, work in zip(kept.values(), sent, strict=True):
            assert (item.record is None) == ("id" not in work), (one.name, item.problem)
            assert (item.problem is None) == (item.record is not None), (one.name, item.problem)
        if isinstance(ask, Lookup):
            answered = {item.asked for item in page.items}
            assert answered | set(page.absent) == set(ask.identifiers), one.name
        else:
            assert page.total == body["meta"]["count"], one.name
            assert page.next == (body["meta"].get("next_cursor") if sent else None), one.name
        seen[type(ask).__name__] += 1
    assert min(seen[kind] for kind in ("Lookup", "Search", "Citing", "References", "refused")) >= 5


@pytest.mark.loopback
@pytest.mark.parametrize("ask", [Lookup((Identifier("openalex", "W11"),)), Search("order"), Citing(("W11",))])
def test_every_recorded_error_is_a_fault_that_says_source_status_and_what_to_do(
    recorded: list[Recording], replay: Replay, ask: Ask
) -> None:
    met: Counter[int] = Counter()
    for one in recorded:
        status = one.answer.status
        if status == 200:
            continue
        with pytest.raises(SourceError) as caught:
            fetch(replay, one.answer, ask)
        fault = caught.value
        assert type(fault) is FAULTS[status], one.name
        assert fault.source == "openalex"
        assert fault.status == status
        assert fault.advice
        assert f"HTTP {status}" in str(fault)
        said = one.value["message"][:60] if one.value else ""
        assert said in str(fault), one.name
        assert "\n" not in str(fault)
        met[status] += 1
    assert set(met) >= {400, 401, 403}


# Shapes of the inventory's row 35 and of an edge that stands before the service; invented bodies.
HTML = b"<!doctype html><html lang=en><title>404 Not Found</title><h1>Not Found</h1><p>The URL was not found.</p>"


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("answer", "kind", "requests"),
    [
        (Answer(404, HTML, {"content-type": "text/html; charset=utf-8"}), NotFound, 1),
        (Answer(404, b"", {}), NotFound, 1),
        (Answer(403, b"", {}), KeyRejected, 1),
        (Answer(400, b"Request Line is too large", {"content-type": "text/html"}), Refused, 1),
        (Answer(200, HTML, {"content-type": "text/html"}), BadReply, 1),
        (Answer(200, b"", {}), BadReply, 1),
        (Answer(200, b"{}"), BadReply, 1),
        (Answer(200, b"[]"), BadReply, 1),
        (Answer(200, b'{"meta": {"count": 1'), BadReply, 1),
        (Answer(200, b'{"meta": {"count": 3, "next_cursor": null}, "results": []}'), BadReply, 1),
    ],
)
def test_what_is_no_answer_is_never_an_empty_page(
    replay: Replay, answer: Answer, kind: type[SourceError], requests: int
) -> None:
    before = len(replay.questions)
    with pytest.raises(kind) as caught:
        fetch(replay, answer, Search("order"))
    assert caught.value.status in (answer.status, None)
    assert len(replay.questions) - before == requests


@pytest.mark.loopback
@pytest.mark.parametrize("body", [HTML, b"", b'{"error": "Not found"}'])
def test_a_404_on_one_identifier_says_that_it_is_absent(replay: Replay, body: bytes) -> None:
    asked = Identifier("doi", "10.5555/nowhere")
    assert fetch(replay, Answer(404, body, {}), Lookup((asked,))) == Page(absent=(asked,))


@pytest.mark.loopback
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_asked_again_and_then_a_fault(replay: Replay, status: int) -> None:
    waits: list[float] = []
    replay.answer, before = (lambda _: Answer(status, b"<html><h1>Error</h1>", {"retry-after": "2"})), len(replay.questions)
    with door(openalex.service(replay.url), waits) as way, pytest.raises(ServerFault) as caught:
        OpenAlex(way).fetch(Lookup((Identifier("openalex", "W11"),)))
    assert caught.value.status == status
    assert len(replay.questions) - before == way.service.tries
    assert len(waits) == way.service.tries - 1
    assert all(2 <= wait <= 3 for wait in waits)
