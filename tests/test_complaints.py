"""What users of other tools complain of, held against one harvest from all five services over loopback.

One complaint a test, in the words of its heading; the finer cases stand in the tests of each subject.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harvester.config import SOURCES, Settings
from harvester.harvest import Harvested, connected, harvest
from harvester.orders import order
from harvester.records import Citing, Identifier, Record
from harvester.sandbox import Sandbox
from harvester.sandbox.openalex import work_id
from harvester.sandbox.words import ODD_DOIS
from harvester.sources import parser_of, ranks
from harvester.tracker.sheet import sheet
from tests.build import a_store
from tests.test_harvest import JOURNAL, MONDAY, SEED, now, rows, week

pytestmark = [pytest.mark.loopback, pytest.mark.slow]  # a whole harvest from five services, twice

LONG_REQUEST = 4_094
"""Bytes of a request line that the strictest of the services takes (OpenAlex's help pages)."""


class Library:
    """What a librarian watches, harvested on two Mondays."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox(seed=1, works=300, on=date.fromisoformat(MONDAY))
        self.store = a_store(folder, "h.db")
        urls = {name: getattr(self.box, f"{name}_url") for name in SOURCES}
        self.settings = Settings(database=self.store.path, urls=urls, sources=SOURCES)
        self.dois = [work.doi for work in self.box._desk.literature.works if work.doi]
        with self.store.transaction():
            whole = (order(JOURNAL), order(f"doi:{SEED}"))
            for one in (*whole, *(order(f"doi:{doi}", depth=["itself"]) for doi in self.dois if doi != SEED)):
                self.store.watches.add(one, MONDAY)
        self.first = self.run(MONDAY)
        self.box.move_to(date.fromisoformat(week(1)))
        self.second = self.run(week(1))

    def run(self, on: str) -> Harvested:
        with connected(self.settings, self.store) as clients:
            return harvest(self.store, clients, on, now)

    def targets(self, service: str) -> list[str]:
        return [one.target for one in self.box.requests if one.service == service]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Library(tmp_path_factory.mktemp("library"))
    yield made
    made.store.close()
    made.box.close()


def test_both_runs_are_whole_and_every_source_counts_under_its_own_name(library: Library) -> None:
    assert [(run.status, run.faults) for run in (library.first, library.second)] == [("complete", [])] * 2
    (row,) = rows(library.store, f"SELECT {', '.join(SOURCES)} FROM source_comparison WHERE doi = '{SEED}'")
    assert all(isinstance(count, int) for name, count in zip(SOURCES, row, strict=True) if name != "datacite")
    assert row[SOURCES.index("datacite")] is None  # a DOI of Crossref's is none of DataCite's business
    assert rows(library.store, "SELECT count(*) FROM source_comparison WHERE datacite IS NOT NULL")[0][0] > 0


def test_4_a_filter_that_needs_a_paid_plan_is_never_used(library: Library) -> None:
    assert not [one for one in library.targets("openalex") if "updated_date" in one or "created_date" in one]


def test_6_batches_fit_the_longest_request(library: Library) -> None:
    assert len(library.dois) > 200
    lines = [f"GET {one.target} HTTP/1.1" for one in library.box.requests if one.method == "GET"]
    assert max(len(line.encode()) for line in lines) <= LONG_REQUEST
    for service, most in (("openalex", 60), ("crossref", 150), ("semantic_scholar", 20)):
        assert 0 < len(library.targets(service)) < most  # in batches, not one by one


def test_7_no_doi_breaks_a_query(library: Library) -> None:
    assert any(mark in "".join(ODD_DOIS) for mark in "&<>;()")
    for doi in ODD_DOIS:
        (work,) = library.store.works_named(Identifier("doi", doi.lower()))
        found = {row["source"] for row in library.store.rows("work_records", work=work)}
        assert "crossref" in found
        assert found & {"openalex", "semantic_scholar"}


def test_8_nothing_is_cut_in_silence(library: Library) -> None:
    for run in library.store.rows("runs", limit=9):
        assert run["missing"] == run["failed"] == 0
        assert run["expected"] == run["received"] + run["absent"]
        assert run["asks_done"] == run["asks"]
    listed = [
        w for w in library.box._desk.literature.works if w.venue and w.openalex and w.published.isoformat() < MONDAY
    ]
    catalogue = {w.doi for w in listed if w.venue and JOURNAL in (w.venue.issn_print, w.venue.issn_online)}
    held = {doi for (doi,) in rows(library.store, "SELECT doi FROM works WHERE doi IS NOT NULL")}
    assert {doi for doi in catalogue if doi} <= held


def test_10_a_schema_that_changes_is_told_and_breaks_nothing(library: Library) -> None:
    """No alarm on a service that keeps its word; one on a field that is retyped, new, or gone."""
    assert rows(library.store, "SELECT count(*) FROM drift WHERE kind <> 'unknown'") == [(0,)]
    with library.store.transaction():
        library.store.runs.drift("openalex", week(1), ["biblio.volume", "+brand_new_field"])
        kinds = {row["kind"]: row["path"] for row in library.store.rows("schema", limit=99)}
    assert kinds["retyped"] == "biblio.volume"
    assert kinds["unknown"] == "brand_new_field"
    told = [row["subject"] for row in library.store.rows("problems", limit=99) if row["kind"] == "drift"]
    assert told == ["biblio.volume"]


def test_11_no_author_past_the_hundredth_is_lost(library: Library) -> None:
    crowded = [work for work in library.box._desk.literature.works if len(work.authors) > 100]
    assert crowded
    for work in crowded:
        name = Identifier("openalex", work_id(work.number))
        if not (works := library.store.works_named(name)):
            continue  # not on anybody's list
        assert work.doi
        (number,) = works
        assert len(sheet(library.store, number, week(1))["authors"]) == len(work.authors)


def test_12_count_edges_and_years_are_three_figures_each_as_its_source_states_it(library: Library) -> None:
    """None is made from another: where they differ, all three are kept."""
    stated: dict[int, Record] = library.store.saver(ranks(), parser_of).current(
        number for (number,) in rows(library.store, "SELECT id FROM record WHERE first_seen IS NOT NULL")
    )
    counted = dict(rows(library.store, "SELECT record, count FROM standing"))
    assert counted == {n: one.cited_by_count for n, one in stated.items() if one.cited_by_count is not None}
    years = rows(library.store, "SELECT record, year, count, max(first_seen) FROM count_by_year GROUP BY record, year")
    by_year = {(number, year): count for number, year, count, _ in years}
    assert by_year == {(n, *pair)[:2]: pair[1] for n, one in stated.items() for pair in one.counts_by_year or ()}
    listed = dict(rows(library.store, "SELECT record, held FROM citing_list WHERE status = 'done' ORDER BY on_day"))
    sums = {number: sum(n for (of, _), n in by_year.items() if of == number) for number, _ in by_year}
    assert [number for number, held in listed.items() if counted[number] != held]
    assert [number for number, summed in sums.items() if counted[number] != summed]


def test_13_an_abstract_that_one_source_lacks_is_not_lost(library: Library) -> None:
    absent = rows(
        library.store,
        "SELECT count(*) FROM works WHERE abstract IS NULL AND doi IN "
        f"(SELECT value FROM json_each('{json.dumps([w.doi for w in self_abstracts(library)])}'))",
    )
    assert absent == [(0,)]


def self_abstracts(library: Library) -> list[Any]:
    """The works whose abstract OpenAlex sends."""
    return [w for w in library.box._desk.literature.works if w.doi and w.abstract and w.openalex and w.number % 5]


def test_16_a_list_cut_at_a_limit_is_named_and_lowers_no_count(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.LAST", 5)
    before = rows(
        library.store,
        "SELECT source, count FROM citation_counts WHERE work = 1 AND day = ?".replace("?", f"'{week(1)}'"),
    )
    library.box.move_to(date.fromisoformat(week(6)))
    result = library.run(week(6))
    capped = [task for task in library.store.runs.tasks(result.run) if task.status == "capped"]
    assert capped
    assert {task.source for task in capped} == {"semantic_scholar"}
    assert any(isinstance(task.ask, Citing) for task in capped)
    after = rows(library.store, f"SELECT source, count FROM citation_counts WHERE work = 1 AND day = '{week(6)}'")
    assert dict(before).keys() <= dict(after).keys()
    assert all(dict(after)[source] >= count for source, count in before)
    gone = rows(
        library.store, "SELECT count(*) FROM new_citations WHERE gone_since IS NOT NULL AND source = 'semantic_scholar'"
    )
    assert gone == [(0,)]


def test_17_one_pace_for_all_that_is_asked_of_a_service(library: Library) -> None:
    counted = dict(rows(library.store, "SELECT source, requests FROM budget"))
    for service in SOURCES:
        assert counted[service] == len(library.targets(service))


def test_18_one_that_is_unknown_takes_no_other_along(library: Library) -> None:
    """Every name asked for is found or absent at each source that was asked; nothing is both, nothing is neither."""
    for task in library.store.runs.tasks(library.second.run, "look-up"):
        assert task.received + task.absent == len(task.ask.identifiers)  # type: ignore[union-attr]
    answers = rows(library.store, "SELECT DISTINCT answer FROM unanswered")
    assert answers in ([], [("absent",)])
    assert library.second.absent > 0


def test_19_zeros_of_an_outage_are_held_and_the_series_goes_on_as_if_they_had_not_been(library: Library) -> None:
    """Every service counts nothing, or sends nothing, for a while; no count is lower for it."""
    standing = "SELECT record, count FROM standing"
    before = dict(rows(library.store, standing))
    for number, fault in ((7, "zero"), (8, "empty"), (9, "zero")):
        library.box.set_faults([f"*:{fault}"])
        library.box.move_to(date.fromisoformat(week(number)))
        result = library.run(week(number))
        assert before.items() <= dict(rows(library.store, standing)).items()
        if fault == "zero":
            assert result.held
    shown = {row["source"] for row in library.store.rows("held", as_of=week(9), limit=999)}
    assert shown == set(SOURCES)
    library.box.set_faults([])
    library.box.move_to(date.fromisoformat(week(10)))
    library.run(week(10))
    assert rows(library.store, "SELECT DISTINCT class FROM held_counts WHERE count = 0") == [("outage",)]
    assert library.store.rows("held", as_of=week(10), limit=9) == []
    after = dict(rows(library.store, standing))
    assert all(after[number] >= count for number, count in before.items())
    assert rows(library.store, "SELECT count(*) FROM observation WHERE gained < 0") == [(0,)]
    kinds = dict(rows(library.store, f"SELECT kind, count(*) FROM changes WHERE \"on\" = '{week(10)}' GROUP BY kind"))
    assert "lost" not in kinds
