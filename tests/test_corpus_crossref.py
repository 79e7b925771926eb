"""Crossref as it was really recorded: every reply over real HTTP through the door and the source, every file through the taps."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from harvester import normal
from harvester.errors import BadReply, NotFound, Refused, ServerFault, SourceError
from harvester.harvest import harvest
from harvester.orders import order
from harvester.records import Agencies, Ask, Identifier, Lookup, Page, Search
from harvester.sources import crossref
from harvester.sources.crossref import Crossref
from harvester.store import Store
from tests.replay import Answer, Question, Recording, Replay, door, fetch, recordings

NOW = "2026-11-23T08:00:00+00:00"


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recording]:
    return recordings(shared / "corpus" / "crossref")


def asked_doi(one: Recording) -> Identifier | None:
    """The DOI of a question for one work; None for every other question."""
    name = one.path.removeprefix("/works/")
    if one.path == name or not name or "/transform" in name or name.endswith("/agency"):
        return None
    return Identifier("doi", normal.doi(name) or name)


def fitting(one: Recording) -> tuple[Ask, str | None]:
    """The ask, and the cursor, that would put the recorded question, or one that wants the same kind of answer."""
    if (name := asked_doi(one)) and normal.doi(name.value):
        return Lookup((name,)), None
    if one.path.endswith("/agency"):
        return Agencies((one.path.removeprefix("/works/").removesuffix("/agency"),)), None
    cursor = one.asked.params.get("cursor")
    return Search("tide"), None if cursor == "*" else cursor


def is_list(value: Any) -> bool:
    return isinstance(value, dict) and value.get("message-type") == "work-list"


# --- replies -------------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_every_recorded_reply_ends_in_records_or_in_the_fault_that_it_is(
    recorded: list[Recording], replay: Replay
) -> None:
    seen: Counter[str] = Counter()
    for one in recorded:
        if one.answer.status != 200:
            continue
        value, (ask, cursor) = one.value, fitting(one)
        message = value.get("message") if isinstance(value, dict) else None
        if is_list(value) and not (cursor is None and message["total-results"] and not message["items"]):
            page = fetch(replay, crossref, one.answer, Search("tide"), cursor)
            assert [json.loads(item.body) for item in page.items] == message["items"], one.name
            assert page.total == message["total-results"], one.name
            assert [item.problem for item in page.items if item.record is None] == [], one.name
            for item, work in zip(page.items, message["items"], strict=True):
                assert item.record, one.name
                assert item.record.source_id == normal.doi(work["DOI"]), one.name
                assert item.record.cited_by_count == work.get("is-referenced-by-count"), one.name
                assert item.record.drift == (), one.name
            seen["list"] += 1
        elif isinstance(ask, Lookup) and isinstance(value, dict) and value.get("message-type") == "work":
            page = fetch(replay, crossref, one.answer, ask)
            (item,) = page.items
            assert item.record, (one.name, item.problem)
            assert (item.asked, item.record.identifiers[0]) == (ask.identifiers[0], ask.identifiers[0]), one.name
            assert json.loads(item.body) == message, one.name
            assert item.record.drift == (), one.name
            seen["work"] += 1
        elif isinstance(ask, Agencies) and value.get("message-type") == "work-agency":
            assert fetch(replay, crossref, one.answer, ask).agencies == (
                (message["DOI"].partition("/")[0], message["agency"]["id"]),
            )
            seen["agency"] += 1
        else:  # funders, members, BibTeX, XML, an empty list that promises millions (rows=0)
            with pytest.raises(BadReply) as caught:
                fetch(replay, crossref, one.answer, Search("tide"), cursor)
            assert "\n" not in str(caught.value)
            seen["other"] += 1
    assert seen["list"] > 100
    assert min(seen["work"], seen["other"]) > 20
    assert seen["agency"] > 5
    assert sum(seen.values()) > 250


FAULTS = {400: Refused, 404: NotFound, 500: ServerFault, 504: ServerFault}


@pytest.mark.loopback
@pytest.mark.parametrize("ask", [Search("tide"), Lookup(tuple(Identifier("doi", f"10.5555/{n}") for n in "ab"))])
def test_every_recorded_error_is_a_fault_that_says_source_status_and_what_to_do(
    recorded: list[Recording], replay: Replay, ask: Ask
) -> None:
    met: Counter[int] = Counter()
    for one in recorded:
        status = one.answer.status
        if status in (200, 301):
            continue
        met[status] += 1
        if status == 400 and isinstance(ask, Lookup):  # halved, and each asked alone, in vain
            assert {each.asked for each in fetch(replay, crossref, one.answer, ask).failed} == set(ask.identifiers)
            continue
        with pytest.raises(SourceError) as caught:
            fetch(replay, crossref, one.answer, ask)
        fault = caught.value
        assert type(fault) is FAULTS[status], one.name
        assert (fault.source, fault.status) == ("crossref", status)
        assert fault.advice
        assert f"HTTP {status}" in str(fault)
        assert "\n" not in str(fault)
    assert set(met) == set(FAULTS)


@pytest.mark.loopback
def test_a_recorded_404_says_that_a_doi_is_absent_and_that_nobody_knows_a_prefix(
    recorded: list[Recording], replay: Replay
) -> None:
    missing = [one for one in recorded if one.answer.status == 404]
    assert len(missing) > 10
    for one in missing:
        asked = Identifier("doi", "10.5555/a")
        assert fetch(replay, crossref, one.answer, Lookup((asked,))) == Page(absent=(asked,)), one.name
        assert fetch(replay, crossref, one.answer, Agencies(("10.5555/a",))).agencies == (("10.5555", None),)


@pytest.mark.loopback
def test_a_recorded_cursor_that_means_nothing_is_refused(recorded: list[Recording], replay: Replay) -> None:
    broken = [one for one in recorded if one.answer.status == 500]
    assert broken
    for one in broken:
        with pytest.raises(Refused, match="the cursor is not known any more"):
            fetch(replay, crossref, one.answer, Search("tide"), one.asked.params["cursor"])


@pytest.mark.loopback
def test_a_recorded_alias_leads_to_the_work_under_its_other_doi(
    recorded: list[Recording], replay: Replay, store: Store
) -> None:
    """The redirect's address is relative; the database then knows the work by both DOIs."""
    (moved,) = (one for one in recorded if one.answer.status == 301)
    (target,) = (one for one in recorded if one.asked.path == moved.answer.headers["location"])

    def answer(question: Question) -> Answer:
        if question.path == "/works":
            return Answer.json({"message-type": "work-list", "message": {"total-results": 0, "items": []}})
        held = {moved.path: moved.answer, target.path: target.answer}
        return held.get(unquote(question.path), Answer(404, b"Resource not found."))

    replay.answer = answer
    alias, own = asked_doi(moved), asked_doi(target)
    assert alias and own
    with store.transaction():
        for name in (alias.value, "10.5555/nowhere"):
            store.watches.add(order(name), "2026-11-22")
    with door(crossref.service(replay.url)) as way:
        result = harvest(store, [Crossref(way)], "2026-11-23", lambda: NOW)
    assert (result.faults, result.absent) == ([], 1)
    assert store.works_named(alias) == store.works_named(own) != []


# --- files ---------------------------------------------------------------------------------------------------------


def files_of_works(shared: Path) -> list[Path]:
    """Every file that is no recorded interaction and no other program's output."""
    paths = [path for path in sorted((shared / "corpus" / "crossref").glob("*/*")) if not path.stem.endswith("_out")]
    return [path for path in paths if path.suffix == ".gz" or b'"request"' not in path.read_bytes()[:200]]
