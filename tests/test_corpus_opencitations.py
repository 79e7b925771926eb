"""OpenCitations as it was really recorded, 2019 to 2024: COCI's citations, references and metadata, and SPARQL replies."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from harvester import normal
from harvester.errors import BadReply
from harvester.importing import import_files
from harvester.records import Ask, Citing, Identifier, Lookup, Page, Record, References
from harvester.sources import opencitations
from harvester.sources.opencitations import OpenCitations
from tests.build import a_store, rows
from tests.replay import Answer, Question, Recording, Replay, door, recordings

NOW = "2026-11-23T08:00:00+00:00"


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recording]:
    return recordings(shared / "corpus" / "opencitations")


def operation(one: Recording) -> tuple[str, list[str]]:
    """What was asked, and of which DOIs (or citation): /index/coci/api/v1/OPERATION/10.1__10.2."""
    _, _, rest = one.path.partition("/index/coci/api/v1/")
    name, _, ids = rest.partition("/")
    return name, ids.split("__") if ids else []


def fetch(replay: Replay, answer: Answer, ask: Ask) -> Page:
    """What the source makes of an answer; a look-up's counts are those of COCI's own metadata."""

    def answers(question: Question) -> Answer:
        if "/citation-count/" not in question.path:
            return answer
        name = Recording("", question, answer, "").path.rpartition("/citation-count/doi:")[2]
        count = next((row["citation_count"] for row in json.loads(answer.body) if row["doi"] == name), "0")
        return Answer.json([{"count": count}])

    replay.answer = answers
    with door(opencitations.service(replay.url)) as way:
        return OpenCitations(way).fetch(ask)


@pytest.mark.loopback
def test_every_recorded_list_becomes_its_citations(recorded: list[Recording], replay: Replay) -> None:
    seen: Counter[str] = Counter()
    precision: Counter[int] = Counter()
    for one in recorded:
        name, ids = operation(one)
        if name not in ("citations", "references", "citation"):
            continue
        sent = one.value
        own = sent[0]["citing"] if name == "references" else sent[0]["cited"]
        assert name == "citation" or ids == [own], one.name
        ask = References((own,)) if name == "references" else Citing((own,))
        page = fetch(replay, one.answer, ask)
        assert (page.items, page.unidentified, page.capped) == ((), 0, False), one.name
        assert {(edge.citing, edge.cited, edge.created) for edge in page.edges} == {
            (normal.doi(row["citing"]), normal.doi(row["cited"]), row["creation"]) for row in sent
        }, one.name
        flags = {(edge.citing, edge.cited): (edge.author_self, edge.venue_self) for edge in page.edges}
        for row in sent:
            assert flags[row["citing"], row["cited"]] == (row["author_sc"] == "yes", row["journal_sc"] == "yes"), (
                one.name
            )
        seen[name] += len(page.edges)
        precision.update(len(edge.created or "") for edge in page.edges)
    assert min(seen[name] for name in ("citations", "references", "citation")) >= 4
    assert set(precision) == {4, 7, 10}, "years, months and days"


@pytest.mark.loopback
def test_a_list_is_refused_for_any_other_work(recorded: list[Recording], replay: Replay) -> None:
    for one in recorded:
        name, _ = operation(one)
        if name in ("citations", "references"):
            ask = References(("10.5555/x",)) if name == "references" else Citing(("10.5555/x",))
            with pytest.raises(BadReply, match="those of another work sent"):
                fetch(replay, one.answer, ask)


@pytest.mark.loopback
def test_recorded_metadata_answer_the_identifiers_they_were_asked_for(
    recorded: list[Recording], replay: Replay
) -> None:
    counts: list[int | None] = []
    for one in recorded:
        name, ids = operation(one)
        if name != "metadata":
            continue
        unknown = Identifier("doi", "10.5555/unknown")
        asked = tuple(Identifier("doi", value) for value in ids)
        page = fetch(replay, one.answer, Lookup((*asked, unknown)))
        assert (page.absent, page.failed) == ((unknown,), ()), one.name
        assert [item.asked for item in page.items] == list(asked), one.name
        for item, row in zip(page.items, sorted(one.value, key=lambda row: ids.index(row["doi"])), strict=True):
            assert item.record, (one.name, item.problem)
            tells_what_the_row_says(item.record, row)
            counts.append(item.record.cited_by_count)
    assert counts[:3] == [13, 13, 20], "the count of one article grows in four months"
    assert len(counts) == 5


def tells_what_the_row_says(record: Record, row: dict[str, str]) -> None:
    assert record.source_id == row["doi"]
    assert record.title == normal.text(row["title"])
    assert record.cited_by_count == int(row["citation_count"])
    assert record.year == int(row["year"][:4])
    assert len(record.authors or ()) == len(row["author"].split("; "))
    assert record.venue
    assert record.venue.name == row["source_title"]
    assert f"issn:{record.venue.issns[0]}" in row["source_id"]
    listed = {normal.doi(one) for one in row["reference"].split("; ")}
    assert set(record.references or ()) == listed - {record.source_id, None}
    assert record.drift == ()


@pytest.mark.loopback
@pytest.mark.parametrize(
    "ask", [Lookup((Identifier("doi", "10.5555/a"),)), Citing(("10.5555/a",)), References(("10.5555/a",))]
)
def test_a_reply_of_the_query_service_is_no_answer(recorded: list[Recording], replay: Replay, ask: Ask) -> None:
    queries = [one for one in recorded if "/sparql" in one.path]
    for one in queries:
        with pytest.raises(BadReply):
            fetch(replay, one.answer, ask)
    assert len(queries) + sum(bool(operation(one)[0]) for one in recorded) == len(recorded) == 32


def test_recorded_metadata_come_in_as_files_with_their_references(recorded: list[Recording], tmp_path: Path) -> None:
    paths = []
    for one in recorded:
        if operation(one)[0] == "metadata":
            paths.append(tmp_path / Path(one.name).name)
            paths[-1].write_bytes(one.answer.body)
    with a_store(tmp_path, "works.db") as store:
        result = import_files(store, paths[-2:], "2026-11-23", NOW)
        assert [(file.problem, file.quarantined) for file in result.files] == [(None, 0), (None, 0)]
        found = dict(rows(store, "SELECT r.source_id, o.count FROM record r JOIN observation o ON o.record = r.id"))
        assert set(found) == {"10.1108/jd-12-2013-0166", "10.1371/journal.pgen.1005937"}
        assert found["10.1108/jd-12-2013-0166"] == 20
        assert rows(store, "SELECT count(*) > 50 FROM citation") == [(1,)]
        assert rows(store, "SELECT count(*), count(DISTINCT source) FROM works w JOIN record r ON r.work = w.work") == [
            (2, 1)
        ]
