"""Counts of three services as they really were, 2018 to 2026, through the tracker as visits day by day.

The series were read out of other projects' recordings (../shared/corpus/timeseries). Nobody could ask a second time, so that a
fall is confirmed by the next sighting only.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harvester import normal
from harvester.records import Edge, Identifier, Record
from harvester.store import Store
from harvester.tracking import DEFAULTS
from tests.build import Hand, a_store, one, record, rows, said

SERVICES = {"semantic_scholar": "s2", "openalex": "openalex", "crossref": "doi"}

Series = dict[tuple[str, str], list[tuple[str, int]]]  # (source, its id) -> (day, count) in order of days


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        yield from map(json.loads, file)


class Past(NamedTuple):
    """All series, and the database they were replayed into."""

    series: Series
    store: Store


@pytest.fixture(scope="module")
def past(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    series: Series = {}
    visits: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for source, scheme in SERVICES.items():
        for told in lines(shared / "corpus" / "timeseries" / f"{source}_citation_counts.jsonl"):
            key = (source, told["id"])
            series[key] = [(day, count) for day, count in told["series"]]
            for day, count in series[key]:
                named = (Identifier(scheme, told["id"]),)
                visits[day, source].append(
                    record(told["id"], source, identifiers=named, title=told["title"], cited_by_count=count)
                )
    with a_store(tmp_path_factory.mktemp("past")) as store:
        hand = Hand(store)
        with store.transaction():
            for (day, source), records in sorted(visits.items()):
                hand.live(day, *records)
                store.runs.observed(source, day)
        yield Past(series, store)


SAID = """
SELECT r.source, r.source_id, h.first_day, h.last_day, h.count, 0 AS rank FROM held_count h JOIN record r ON r.id = h.record
WHERE h.class IS NULL OR h.class = 'outage'
UNION ALL
SELECT r.source, r.source_id, o.first_seen, ifnull(o.last_seen, s.last_seen), o.count, 1 FROM observation o
JOIN standing s ON s.record = o.record JOIN record r ON r.id = o.record ORDER BY 1, 2, rank, 3
"""


def test_every_series_comes_back_exactly_as_of_each_day(past: Past) -> None:
    """A value held covers its days; on all others what was observed."""
    spans: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for source, source_id, *span, _ in rows(past.store, SAID):
        spans[source, source_id].append(tuple(span))  # type: ignore[arg-type]
    for key, series in past.series.items():
        told = [next((n for first, last, n in spans[key] if first <= day <= last), None) for day, _ in series]
        assert told == [count for _, count in series], key


def test_every_fall_beyond_the_threshold_is_held_or_classed(past: Past) -> None:
    """And nothing else is; what is not settled was not seen again, or was followed by a deeper fall that was not."""
    held = rows(
        past.store, "SELECT r.source_id, h.first_day, h.class FROM held_count h JOIN record r ON r.id = h.record"
    )
    deep = {
        (source_id, day)
        for (_, source_id), series in past.series.items()
        for (_, before), (day, count) in pairwise(series)
        if DEFAULTS.fell(before, count)
    }
    classed = {(source_id, day): kind for source_id, day, kind in held}
    assert deep <= classed.keys()
    # 53, 47, 50, 51: 47 was an outage, and 50 the fall that is confirmed.
    assert all(any(deeper[0] == source_id for deeper in deep) for source_id, _ in classed.keys() - deep)
    last = {(source_id, day) for (_, source_id), series in past.series.items() for day, _ in series[-1:]}
    waiting = {source_id for source_id, day, kind in held if kind is None and (source_id, day) in last}
    assert {source_id for source_id, _, kind in held if kind is None} == waiting


def test_nothing_is_smoothed(past: Past) -> None:
    """Every change of a series is a change of what is kept, and an outage leaves the observations as if it had not been."""
    observed: dict[tuple[str, str], list[int]] = defaultdict(list)
    for source, source_id, count in rows(
        past.store,
        "SELECT r.source, r.source_id, o.count FROM observation o JOIN record r ON r.id = o.record ORDER BY r.id, o.first_seen",
    ):
        observed[source, source_id].append(count)
    unseen = {
        (source, source_id, day): count
        for source, source_id, day, count in rows(
            past.store,
            "SELECT r.source, r.source_id, h.first_day, h.count FROM held_count h JOIN record r ON r.id = h.record "
            "WHERE h.class IS NULL OR h.class = 'outage'",
        )
    }
    for key, series in past.series.items():
        left, running = list[int](), None
        for day, count in series:
            if (*key, day) in unseen:
                running = unseen[*key, day]
            if running is not None and count == running:
                continue
            running = None
            left += [count] if not left or left[-1] != count else []
        assert observed[key] == left, key


FIGURES = {
    "semantic_scholar": "4302 series, 19205 sightings, 3355 rises, 621 falls, 78 of them deep; "
    "held 24, correction 23, outage 7, reindex 25",
    "openalex": "133 series, 386 sightings, 65 rises, 9 falls, 1 of them deep; held 0, correction 1, outage 0, reindex 0",
    "crossref": "907 series, 2996 sightings, 518 rises, 5 falls, 2 of them deep; held 0, correction 1, outage 1, reindex 0",
}


def test_how_many_of_each(past: Past) -> None:
    """None is a merge: nothing but counts is known of these records."""
    kinds = Counter[tuple[str, str]](dict(_kinds(past.store)))
    for source, told in FIGURES.items():
        series = [some for (of, _), some in past.series.items() if of == source]
        steps = [(before, count) for some in series for (_, before), (_, count) in pairwise(some)]
        figures = (
            f"{len(series)} series, {sum(map(len, series))} sightings, {sum(b > a for a, b in steps)} rises, "
            f"{sum(b < a for a, b in steps)} falls, {sum(DEFAULTS.fell(*step) for step in steps)} of them deep; "
        )
        classes = ("held", "correction", "outage", "reindex")
        assert figures + ", ".join(f"{kind} {kinds[source, kind]}" for kind in classes) == told


def _kinds(store: Store) -> Iterator[tuple[tuple[str, str], int]]:
    for source, kind, number in rows(
        store,
        "SELECT r.source, ifnull(h.class, 'held'), count(*) FROM held_count h JOIN record r ON r.id = h.record GROUP BY 1, 2",
    ):
        yield (source, kind), number


def test_the_days_on_which_a_service_indexed_anew_are_known_by_their_falls(past: Past) -> None:
    """Of the counts that could fall: a quarter on one day, an eighth on the next worst, a twentieth and less on others."""
    found = rows(
        past.store, "SELECT source, day, fell, high FROM source_day WHERE fell >= 10 ORDER BY 1.0 * fell / high DESC"
    )
    anew = [(source, day) for source, day, fell, high in found if DEFAULTS.reindexed(fell, high)]
    assert anew == [("semantic_scholar", "2024-04-30"), ("semantic_scholar", "2023-11-21")]
    assert [round(fell / high, 2) for *_, fell, high in found][:4] == [0.29, 0.25, 0.13, 0.12]


# --- who cites, and what a paper is called ---


def test_sets_of_citing_works_come_back_as_of_each_day(shared: Path, store: Store) -> None:
    """They grow while the sets of works cited shrink.

    Of a list that is not whole (Semantic Scholar's pages, the first thousand of ten thousand), what it lacks is not gone.
    """
    sets: dict[tuple[str, str, str], list[tuple[str, set[str], bool]]] = defaultdict(list)
    for told in lines(shared / "corpus" / "timeseries" / "citing_sets.jsonl"):
        whole = told["reported_total"] == len(told["ids"])
        sets[told["source"], told["relation"], told["seed"]].append((told["observed_on"], set(told["ids"]), whole))
    hand = Hand(store)
    sizes: dict[tuple[str, bool], list[int]] = {}
    for (source, relation, seed), days in sets.items():
        cited = relation in ("cited_by", "references_endpoint")  # what is listed, and not who cites
        name, expected = f"{relation} {seed}", dict[str, set[str]]()
        before: set[str] = set()
        for number, (day, ids, whole) in enumerate(sorted(days, key=lambda told: told[0]), start=1):
            if cited and whole:
                hand.live(day, record(name, source, title=name, references=tuple(sorted(ids))))
            elif whole:
                hand.citing(day, number, name, *ids, source=source, count=len(ids))
            else:
                with store.transaction():
                    ends = [(name, one) if cited else (one, name) for one in ids]
                    hand.saver.save_edges(source, [Edge(*pair) for pair in ends], day, number)
            before = expected[day] = ids if whole else before | ids
        assert {day: edges_on(store, "cited" if cited else "citing", name, day) for day in expected} == expected
        if all(whole for *_, whole in days):
            sizes[source, cited] = [len(expected[day]) for day in sorted(expected)]
    assert sizes == SIZES


SIZES = {("openalex", True): [41, 38, 38], ("openalex", False): [3]}  # cited by two works, and citing them


def edges_on(store: Store, far: str, source_id: str, day: str) -> set[str]:
    """The other ends (citing, cited) of a record's citations that stood on a day."""
    near = "cited" if far == "citing" else "citing"
    found = rows(
        store,
        f"SELECT f.source_id FROM citation c JOIN record n ON n.id = c.{near} JOIN record f ON f.id = c.{far} "
        "WHERE n.source_id = ?1 AND c.first_seen <= ?2 AND (c.last_seen IS NULL OR c.last_seen >= ?2) AND 'vanished' IS NOT "
        "(SELECT e.kind FROM citation_event e WHERE e.cited = c.cited AND e.citing = c.citing AND e.on_day <= ?2 "
        "ORDER BY e.on_day DESC LIMIT 1)",
        source_id,
        day,
    )
    return {name for (name,) in found}


def test_a_paper_whose_doi_year_or_title_changes_stays_one_and_is_found_by_every_name_it_had(
    shared: Path, store: Store
) -> None:
    hand = Hand(store)
    visits: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for told in lines(shared / "corpus" / "timeseries" / "s2_identity_drift.jsonl"):
        if "paperId" not in told:
            continue
        for field in ("doi", "year", "title"):
            for value, *days in told.get(field, ()):
                for day in days:
                    visits[day][told["paperId"]][field] = value
    said_of: dict[str, dict[str, Any]] = defaultdict(dict)
    names, counted = defaultdict[str, set[str]](set), defaultdict[str, dict[str, int]](dict)
    for number, (day, found) in enumerate(sorted(visits.items()), start=1):
        records = []
        for paper, fields in found.items():
            said_of[paper] |= fields
            doi, rest = (
                normal.doi(said_of[paper].get("doi") or ""),
                {k: v for k, v in said_of[paper].items() if k != "doi"},
            )
            counted[paper][day] = number
            names[paper] |= {doi} if doi else set()
            own = {"doi": doi} if doi else {}
            records.append(record(paper, "semantic_scholar", s2=paper, cited_by_count=number, **own, **rest))
        hand.live(day, *records)
    for paper, days in counted.items():
        assert said(store, days, paper) == days
        [work] = {work for (work,) in rows(store, "SELECT work FROM record WHERE source_id = ?", paper)}
        for doi in names[paper]:
            assert work in works_of(store, doi)
    assert {len(some) for some in names.values()} == {0, 1, 2}
    assert one(store, "SELECT count(*) FROM held_count") == 0


def works_of(store: Store, doi: str) -> set[int]:
    """The works that bear or have borne a DOI."""
    found = "SELECT r.work FROM identifier i JOIN record r ON r.id = i.record WHERE i.scheme = 'doi' AND i.value = ?"
    return {work for (work,) in rows(store, found, doi)}
