"""A year of weekly harvests: what the program tells of it is what truly happened, on the right days, and nothing else."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from harvester.sandbox.crossref import Register
from harvester.sandbox.happenings import look
from harvester.sandbox.literature import Literature, Work, imagine, work_id
from harvester.sandbox.openalex import Catalogue
from harvester.sandbox.truth import Moved
from harvester.tracking import DEFAULTS
from tests.year import (
    CITING,
    DUPLICATE,
    FIRST,
    PREPRINT,
    PUBLISHED,
    RETRACTED,
    SIZE,
    SOURCES,
    WEEKS,
    Day,
    Year,
    lived,
    week,
)

pytestmark = [pytest.mark.slow, pytest.mark.loopback]

Key = tuple[str, str]
"""A source and its own id of a work."""


class Move(NamedTuple):
    """What truly became of a citation in the week before a day."""

    day: date
    what: Moved


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    with lived(tmp_path_factory.mktemp("year") / "year.db") as one:
        yield one


@pytest.fixture(scope="module")
def literature() -> Literature:
    return imagine(**SIZE)


@pytest.fixture(scope="module")
def by_doi(literature: Literature) -> dict[str, Work]:
    """The works of the year's literature."""
    return {work.doi: work for work in literature.works if work.doi}


@pytest.fixture(scope="module")
def moves(year: Year) -> dict[Key, list[Move]]:
    """What truly moved at each source from week to week, by the work that is cited."""
    found: dict[Key, list[Move]] = defaultdict(list)
    for source in SOURCES:
        for since, until in pairwise(map(week, range(WEEKS))):
            for one in year.box.moved(source, since, until):
                found[source, one.cited].append(Move(until, one))
    return found


@pytest.fixture(scope="module")
def lists(year: Year) -> dict[Key, list[date]]:
    """The days on which the whole list of works citing each was read."""
    found: dict[Key, list[date]] = defaultdict(list)
    for source, name, day in rows(
        year,
        "SELECT r.source, r.source_id, l.on_day FROM citing_list l JOIN record r ON r.id = l.record "
        "WHERE l.status = 'done' ORDER BY l.on_day",
    ):
        found[source, name].append(date.fromisoformat(day))
    return found


def rows(year: Year, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in year.store.db.execute(sql, parameters)]


WATCHED_WORKS = "SELECT m.work FROM watch_record w JOIN record m ON m.id = w.record"


def counts_on(year: Year, source: str, day: date) -> dict[str, int]:
    """What is held to have been a source's counts of watched works on a day."""
    found = rows(
        year,
        "SELECT r.source_id, o.count FROM observation o "
        "JOIN record r ON r.id = o.record JOIN standing s ON s.record = r.id "
        f"WHERE r.source = :source AND r.work IN ({WATCHED_WORKS}) "
        "AND :day BETWEEN o.first_seen AND ifnull(o.last_seen, s.last_seen)",
        source=source,
        day=str(day),
    )
    return dict(found)


def held_on(year: Year, source: str, day: date) -> dict[str, int]:
    """What a source said of watched works on a day that is no observation: it is held, or was an outage."""
    found = rows(
        year,
        "SELECT source_id, count FROM held_counts WHERE source = :source AND :day BETWEEN first_day AND last_day "
        f"AND ifnull(class, 'outage') = 'outage' AND work IN ({WATCHED_WORKS})",
        source=source,
        day=str(day),
    )
    return dict(found)


# --- the runs, the counts, the citations ---------------------------------------------------------------------------


def test_every_run_is_complete_but_the_one_in_the_outage(year: Year) -> None:
    assert {day for day, run in year.runs.items() if run.status != "complete"} == {str(Day.outage)}
    assert year.runs[str(Day.outage)].status == "partial"
    assert len(year.runs) == WEEKS
    assert not [run for run in year.runs.values() if run.quarantined]
    assert year.store.check()["integrity"] == "ok"


def test_every_count_of_every_source_is_the_true_one_of_its_day(year: Year) -> None:
    """Of a count that is held back, what the source said; of a source that does not answer, nothing."""
    wrong = []
    seen = 0
    for source in SOURCES:
        for day in year.days_read(source):
            truth = year.box.counts(source, day)
            said = counts_on(year, source, day) | held_on(year, source, day)
            seen += len(said)
            wrong += [(source, str(day), name, n, truth[name]) for name, n in said.items() if truth[name] != n]
    assert wrong == []
    assert seen > 60 * WEEKS * len(SOURCES)


def test_nothing_is_observed_of_a_source_that_does_not_answer(year: Year) -> None:
    seen = "r.source = 'openalex' AND :day IN (o.first_seen, o.last_seen)"
    found = rows(
        year, f"SELECT 1 FROM observation o JOIN record r ON r.id = o.record WHERE {seen}", day=str(Day.outage)
    )
    assert found == []


def test_every_citation_that_came_or_went_is_the_true_one(
    year: Year, moves: dict[Key, list[Move]], lists: dict[Key, list[date]]
) -> None:
    """From one whole list of citing works to the next, what appeared, vanished and returned is what truly did."""
    told: dict[Key, list[tuple[date, str, int]]] = defaultdict(list)
    for source, cited, day, citing, gone in rows(
        year,
        "SELECT r.source, r.source_id, e.on_day, c.source_id, e.kind = 'vanished' FROM citation_event e "
        "JOIN record r ON r.id = e.cited JOIN record c ON c.id = e.citing",
    ):
        told[source, cited].append((date.fromisoformat(day), citing, -1 if gone else 1))
    compared = 0
    for key, days in lists.items():
        for since, until in pairwise(days):
            true, said = Counter[str](), Counter[str]()
            for day, one in moves[key]:
                if since < day <= until and one.citing:  # what has no name there cannot be told
                    true[one.citing] += 1 if one.came else -1
            for day, citing, n in told[key]:
                said[citing] += n if since < day <= until else 0
            assert {c: n for c, n in said.items() if n} == {c: n for c, n in true.items() if n}, (key, until)
            compared += bool(true)
    assert compared > 100


def test_ids_that_die_move_and_are_retracted_are_told_on_the_day(
    year: Year, literature: Literature, by_doi: dict[str, Work]
) -> None:
    told = rows(
        year,
        "SELECT e.on_day, e.source, e.kind, r.source_id FROM event e LEFT JOIN record r ON r.id = e.record "
        "WHERE e.on_day > :first AND e.kind IN ('gone', 'moved', 'returned', 'retracted', 'corrected', 'concern') "
        "AND e.why NOT LIKE '%known at first sight' ORDER BY e.id",
        first=str(FIRST),
    )
    assert [row[:3] for row in told] == [
        (str(Day.merge), "openalex", "gone"),
        (str(Day.citing_merge), "openalex", "gone"),
        (str(Day.citing_merge), "openalex", "moved"),
        (str(Day.retraction), "openalex", "retracted"),
        (str(Day.together), "semantic_scholar", "moved"),
    ]
    assert [row[3] for row in told[:2]] == [work_id(by_doi[DUPLICATE].number), CITING]
    assert told[4][3] == literature.paper_id(by_doi[PREPRINT])


# --- what is told of it --------------------------------------------------------------------------------------------

# Why nobody can say who it was.
UNREAD = ("crossref does not list citing works", "the citing works have never been read")
LATE = timedelta(DEFAULTS.late_days)


def test_every_fall_is_held_and_classed_on_its_day_and_nothing_else_is(year: Year, by_doi: dict[str, Work]) -> None:
    found = rows(
        year,
        "SELECT source, source_id, first_day, count, before, class, settled_on FROM held_counts "
        f"WHERE work IN ({WATCHED_WORKS}) ORDER BY first_day, source_id",
    )
    told = Counter((source, day, kind) for source, _, day, *_, kind, _ in found)
    reindexed = told.pop(("openalex", str(Day.reindex), "reindex"))
    assert told == {
        ("semantic_scholar", str(Day.zero), "outage"): 1,
        ("openalex", str(Day.split), "merge"): 1,
        ("semantic_scholar", str(Day.correction), "correction"): 1,
    }
    truly = 0
    for source in SOURCES:
        for since, until in pairwise(year.days_read(source)):
            before, after = year.box.counts(source, since), year.box.counts(source, until)
            for name in counts_on(year, source, since).keys() & after.keys():
                truly += DEFAULTS.fell(before[name], after[name])
    assert reindexed + 3 == truly == len(found)
    settled = {day: {row[6] for row in found if row[2] == day} for _, day, _ in told}
    assert settled[str(Day.zero)] == {str(Day.zero_over)}
    assert settled[str(Day.split)] == {str(Day.split)}
    assert settled[str(Day.correction)] == {str(Day.correction)}
    assert {(row[3] == 0, row[6]) for row in found if row[5] == "reindex"} == {
        (False, str(Day.reindex)),
        (True, str(Day.reindex + timedelta(DEFAULTS.zero_days))),
    }
    assert [row[1] for row in found if row[5] == "merge"] == [work_id(by_doi[PUBLISHED].number)]


def test_the_frozen_source_is_stale_until_it_moves_and_no_other_is(year: Year) -> None:
    told = rows(
        year, "SELECT on_day, source, kind FROM event WHERE kind IN ('source_stale', 'source_moving') ORDER BY on_day"
    )
    found_on = Day.freeze + timedelta(DEFAULTS.stale_days)
    assert told == [(str(found_on), "opencitations", "source_stale"), (str(Day.thaw), "opencitations", "source_moving")]


def test_the_parts_of_every_change_are_what_truly_moved(
    year: Year, moves: dict[Key, list[Move]], lists: dict[Key, list[date]]
) -> None:
    """Each part names citing works that truly came or went since the list before, for a reason that is the part's."""
    reasons: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, cited, on, part, detail in parts(year):
        day = date.fromisoformat(on)
        since = max((one for one in lists[source, cited] if one < day), default=FIRST)
        for citing in json.loads(detail).get("citing", ()):
            came = part in ("new", "late", "returned") or (part != "vanished" and citing["kind"] != "vanished")
            true = [
                one.what
                for one in moves[source, cited]
                if one.what.citing == citing["id"] and one.what.came == came and since < one.day <= day
            ]
            assert len(true) == 1, (source, cited, on, part, citing)
            reasons[source, part].add(true[0].why)
            if source != "opencitations":  # it states only the year of some
                assert part != "new" or true[0].published >= day - LATE
                assert part != "late" or true[0].published < day - LATE
    kinds = {key: {rule.split()[2] for rule in rules} for key, rules in reasons.items() if key[1] != "new"}
    assert kinds == {
        ("openalex", "late"): {"late-batch"},
        ("openalex", "vanished"): {"reindex", "split"},
        ("openalex", "merged"): {"merge"},
        ("openalex", "versions"): {"merge", "split"},
        ("semantic_scholar", "vanished"): {"drop"},
        ("semantic_scholar", "versions"): {"merge"},
        ("opencitations", "late"): {"reindex"},
    }


def test_each_happening_is_named_on_its_day_and_no_other_is(year: Year) -> None:
    """What a rule has moved and a list did not show at once, since the count was the same, is told with the next change."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, _, on, part, _ in parts(year):
        if part not in ("new", "unexplained"):
            told[source, part].add(on)
    noticed_later = told["openalex", "vanished"] - {str(Day.merge), str(Day.reindex)}
    assert all(on > str(Day.citing_merge) for on in noticed_later)
    told["openalex", "vanished"] -= noticed_later
    assert told == {
        ("openalex", "vanished"): {str(Day.merge), str(Day.reindex)},
        ("openalex", "merged"): {str(Day.citing_merge)},
        ("openalex", "versions"): {str(Day.merge), str(Day.split)},
        ("openalex", "late"): {str(Day.late)},
        ("semantic_scholar", "versions"): {str(Day.together)},
        ("semantic_scholar", "vanished"): {str(Day.correction)},
        ("opencitations", "late"): {str(Day.reindex_up)},
    }


def test_nothing_is_unexplained_but_what_nobody_lists_and_what_has_no_name(
    year: Year, moves: dict[Key, list[Move]], lists: dict[Key, list[date]]
) -> None:
    for source, cited, on, part, detail in parts(year):
        if part != "unexplained" or json.loads(detail)["why"].startswith(UNREAD):
            continue
        day = date.fromisoformat(on)
        since = max((one for one in lists[source, cited] if one < day), default=FIRST)
        nameless = [one.what for one in moves[source, cited] if one.what.citing is None and since < one.day <= day]
        assert nameless, (source, cited, on, detail)


def test_a_retraction_ripples_to_the_articles_that_cite_it_on_the_same_day(year: Year, by_doi: dict[str, Work]) -> None:
    told = rows(
        year,
        "SELECT DISTINCT w.doi, e.on_day FROM event e JOIN work w ON w.id = e.work WHERE e.kind = 'cites_retracted' "
        "AND e.on_day > :first",
        first=str(FIRST),
    )
    desk, retracted = year.box._desk, by_doi[RETRACTED]
    known = [
        index(look(desk.literature, desk.happenings, service, Day.retraction)).citing[retracted.number]
        for service, index in (("openalex", Catalogue), ("crossref", Register))  # the sources that state references
    ]
    citing = {work.doi for works in known for work in works if work.venue == retracted.venue}
    assert len(citing) > 2
    assert {doi for doi, day in told if day == str(Day.retraction)} == citing


def parts(year: Year) -> list[tuple[str, str, str, str, str]]:
    """(source, cited, day, part, detail) of every part of every change of a watched work."""
    return rows(year, f'SELECT source, source_id, "on", part, detail FROM change_parts WHERE work IN ({WATCHED_WORKS})')


def test_a_new_index_is_told_of_the_source_on_its_day_and_of_no_other(year: Year) -> None:
    told = rows(year, "SELECT on_day, source FROM event WHERE kind = 'reindexed' ORDER BY on_day")
    assert told == [(str(Day.reindex), "openalex")]
