"""OpenAlex as it was really recorded: every reply over real HTTP through the door and the source, every file through the taps."""

from __future__ import annotations

import gzip
import json
from collections import Counter
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
from tests.build import a_store
from tests.replay import Answer, Question, Recording, Replay, door, fetch, recordings

NOW = "2026-11-23T08:00:00+00:00"

# What a status means, wherever OpenAlex has sent it. An unknown filter was 403 until 2025-10 and 400 since.
FAULTS = {400: Refused, 401: KeyRejected, 403: KeyRejected, 404: NotFound}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recording]:
    return recordings(shared / "corpus" / "openalex")


def fitting(asked: Question) -> tuple[Ask, str | None]:
    """The ask, and the cursor, that would put the recorded question."""
    cursor = asked.params.get("cursor", "*")
    name, _, value = asked.params.get("filter", "").partition(":")
    ids = tuple(normal.openalex(one) or "" for one in value.split("|"))
    if asked.path != "/works":
        scheme, spelt = normal.identifier(Recording("", asked, Answer(0, b""), "").path.removeprefix("/works/")) or (
            "",
            "",
        )
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
    return body.get("results", [body])


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
def test_no_entry_of_a_recorded_reply_is_lost(recorded: list[Recording], replay: Replay) -> None:
    seen: Counter[str] = Counter()
    for one in recorded:
        if one.answer.status != 200 or not one.path.startswith("/works"):
            continue
        body, (ask, cursor) = one.value, fitting(one.asked)
        if ended_early(body, ask, cursor):
            with pytest.raises(BadReply, match="promised .* and sent |required field `results`"):
                fetch(replay, openalex, one.answer, ask, cursor)
            seen["refused"] += 1
            continue
        page = fetch(replay, openalex, one.answer, ask, None if cursor == "*" else cursor)
        sent, kept = entries(body), {item.body: item for item in page.items}
        assert [json.loads(each) for each in kept] == sent, one.name
        assert not page.failed, one.name
        for item, work in zip(kept.values(), sent, strict=True):
            assert item.problem is None, (one.name, item.problem)
            assert item.record, one.name
            assert item.record.source_id == normal.openalex(work.get("id") or work["ids"]["openalex"]), one.name
            assert item.record.cited_by_count == work.get("cited_by_count"), one.name
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
            fetch(replay, openalex, one.answer, ask)
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
        fetch(replay, openalex, answer, Search("order"))
    assert caught.value.status in (answer.status, None)
    assert len(replay.questions) - before == requests


@pytest.mark.loopback
@pytest.mark.parametrize("body", [HTML, b"", b'{"error": "Not found"}'])
def test_a_404_on_one_identifier_says_that_it_is_absent(replay: Replay, body: bytes) -> None:
    asked = Identifier("doi", "10.5555/nowhere")
    assert fetch(replay, openalex, Answer(404, body, {}), Lookup((asked,))) == Page(absent=(asked,))


@pytest.mark.loopback
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_asked_again_and_then_a_fault(replay: Replay, status: int) -> None:
    waits: list[float] = []
    replay.answer, before = (
        (lambda _: Answer(status, b"<html><h1>Error</h1>", {"retry-after": "2"})),
        len(replay.questions),
    )
    with door(openalex.service(replay.url), waits) as way, pytest.raises(ServerFault) as caught:
        OpenAlex(way).fetch(Lookup((Identifier("openalex", "W11"),)))
    assert caught.value.status == status
    assert len(replay.questions) - before == way.service.tries
    assert len(waits) == way.service.tries - 1
    assert all(2 <= wait <= 3 for wait in waits)


# --- files ---------------------------------------------------------------------------------------------------------

REFUSED = {
    "A5023888391.json": "form of this file is not known",  # an author
    "author.json": "form of this file is not known",
    "autocomplete.json": "form of this file is not known",
    "funder.json": "form of this file is not known",
    "source.json": "form of this file is not known",
    "merged_ids_authors_2023-04-13.csv": "form of this file is not known",
    "paper__ingestion__clients__enrichment__openalex_empty_response.json": "form of this file is not known",  # no works
    "tula_hakai_works.derived.parquet": "not UTF-8 text",
}
SET_ASIDE = {  # works inside somebody's own envelope: the whole is kept in quarantine and the reason said
    "discovery_pool.derived.json": 1,
    "entity_list_samples.from_rds.json": 1,
    "extract_same_minute_conflict_W2250539671_20250617.json": 3,
}


def raw_files(shared: Path) -> list[Path]:
    """The files of the corpus that are no recorded interactions."""
    found = [path for path in sorted((shared / "corpus" / "openalex").glob("*/*")) if path.parent.name != "synergy"]
    return [path for path in found if path.suffix != ".json" or b'"request"' not in path.read_bytes()[:40]]


def test_no_name_of_a_recorded_work_is_unknown_and_none_that_is_promised_is_missing(shared: Path) -> None:
    """Of every generation: the API of 2024 to 2026, snapshots, other people's files (those that cut a work down aside)."""
    read = 0
    for path in raw_files(shared):
        if path.name in REFUSED or path.name in SET_ASIDE:
            continue
        for each in works_in(path):
            assert parse(json.dumps(each).encode()).drift == (), (path.name, each["id"])
            read += 1
    for one in recordings(shared / "corpus" / "openalex"):
        if one.answer.status == 200 and one.path.startswith("/works") and "select" not in one.asked.params:
            for each in entries(one.value):
                if "authorships" in each:
                    assert parse(json.dumps(each).encode()).drift == (), one.name
                    read += 1
    assert read > 400


def works_in(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8")
    held = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)
    return held if isinstance(held, list) else held.get("results", [held])


def imported(folder: Path, paths: list[Path]) -> tuple[Imported, dict[str, str], dict[str, int]]:
    """What an import says, the file's check, and the newest count of each record."""
    with a_store(folder, "works.db") as store:
        result = import_files(store, paths, "2026-11-23", NOW)
        rows = store.db.execute(
            "SELECT r.source_id, o.count, max(o.first_seen) FROM record r LEFT JOIN observation o ON o.record = r.id "
            "WHERE r.first_seen IS NOT NULL GROUP BY r.id"
        )
        return result, store.check(), {row[0]: row[1] for row in rows}


def test_every_file_of_works_comes_in_whole_and_the_rest_says_why_not(shared: Path, tmp_path: Path) -> None:
    paths = raw_files(shared)
    result, check, counts = imported(tmp_path, paths)
    assert check["integrity"] == "ok"
    expected: set[str] = set()
    for path, file in zip(paths, result.files, strict=True):
        name = path.name
        if name in REFUSED:
            assert REFUSED[name] in (file.problem or "")
            assert file.received == 0
        elif name in SET_ASIDE:
            assert (file.received, file.quarantined, file.problem) == (SET_ASIDE[name], SET_ASIDE[name], None)
        else:
            works = works_in(path)
            assert (file.received, file.quarantined, file.problem) == (len(works), 0, None), name
            expected |= {normal.openalex(work["id"]) or "" for work in works}
    assert set(counts) == expected
    assert len(expected) > 100


def test_a_work_inside_an_envelope_is_kept_and_the_reason_is_said(shared: Path, tmp_path: Path) -> None:
    path = shared / "corpus/openalex/openalexPro__openalexPro/extract_same_minute_conflict_W2250539671_20250617.json"
    with a_store(tmp_path, "works.db") as store:
        import_files(store, [path], "2026-11-23", NOW)
        assert [json.loads(body) for _, _, _, body in store.quarantined()] == json.loads(path.read_bytes())
        problems = store.rows("problems", limit=9)
    assert [problem["kind"] for problem in problems] == ["quarantine"] * 3
    assert all("no OpenAlex work id" in problem["why"] for problem in problems)


@pytest.mark.slow
def test_old_whole_works_come_in_with_their_references_and_counts(shared: Path, tmp_path: Path) -> None:
    """Fifty of each file of April 2023: host venues, `mag` as a number, abstracts as an index."""
    paths, works = [], {}
    for packed in sorted((shared / "corpus" / "openalex" / "synergy").glob("*.jsonl.gz")):
        with gzip.open(packed) as stream:
            lines = list(islice(stream, 50))
        paths.append(tmp_path / packed.name)
        paths[-1].write_bytes(gzip.compress(b"".join(lines)))
        works |= {normal.openalex(work["id"]): work for work in map(json.loads, lines)}
    result, check, counts = imported(tmp_path, paths)
    assert check["integrity"] == "ok"
    assert [(file.received, file.quarantined, file.problem) for file in result.files] == [(50, 0, None)] * len(paths)
    assert counts == {name: work["cited_by_count"] for name, work in works.items()}
    with Store(tmp_path / "works.db") as store:
        edges = store.db.execute("SELECT count(*) FROM citation").fetchone()[0]
        undated = store.db.execute("SELECT count(*) FROM observation WHERE first_seen < '2023'").fetchone()[0]
    tomb, said = "https://openalex.org/W4285719527", 0
    for work in works.values():
        said += len(set(work["referenced_works"]) - {work["id"], tomb})
    assert edges == said > 1000
    assert undated == 0


def test_a_file_of_works_read_twice_changes_nothing(shared: Path, tmp_path: Path) -> None:
    path = shared / "corpus/openalex/eliarizzetto__omid-openalex/snapshot_works_part_test.jsonl"
    first, before, _ = imported(tmp_path, [path])
    with Store(tmp_path / "works.db") as store:
        again = import_files(store, [path], "2026-11-24", NOW)
        assert store.check() == before
    assert first.saved.new_records == first.saved.received > 20
    assert not again.saved.anything
    assert again.run is None


def test_a_trimmed_or_converted_work_is_still_that_work(shared: Path) -> None:
    """Works that came out of R: numbers may be decimal, single values are no lists."""
    samples = json.loads(
        (shared / "corpus/openalex/ropensci__openalexR/entity_list_samples.from_rds.json").read_bytes()
    )
    for kind, entities in samples.items():
        for entity in entities:
            body = json.dumps(entity).encode()
            if kind == "works":
                record = parse(body)
                assert record.source_id == normal.openalex(entity["id"])
                assert record.cited_by_count == entity["cited_by_count"]
                assert record.drift == ()
            else:
                with pytest.raises(ParseError, match="no OpenAlex work id"):
                    parse(body)
