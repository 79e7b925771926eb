"""A year of weekly harvests: what the program tells of it is what truly happened, on the right days, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from harvester.sandbox.literature import imagine, work_id
from tests.year import CITING, FIRST, SOURCES, WEEKS, Day, Year, lived, week

pytestmark = [pytest.mark.slow, pytest.mark.loopback]

Key = tuple[str, str]
"""A source and its own id of a work."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    with lived(tmp_path_factory.mktemp("year") / "year.db") as one:
        yield one


@pytest.fixture(scope="module")
def moves(year: Year) -> dict[tuple[str, date], dict[str, dict[str | None, int]]]:
    """What truly moved at a source in the week before a day: +1 or -1 by cited and citing work."""
    found: dict[tuple[str, date], dict[str, dict[str | None, int]]] = {}
    for source in SOURCES:
        for since, until in pairwise(map(week, range(WEEKS))):
            by_work: dict[str, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
            for one in year.box.moved(source, since, until):
                by_work[one.cited][one.citing] += 1 if one.came else -1
            found[source, until] = by_work
    return found


def rows(year: Year, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in year.store.db.execute(sql, parameters)]


# The records of the works that are watched, whichever source has sent them.
WATCHED_RECORDS = """
SELECT r.id FROM watch_record w JOIN record m ON m.id = w.record JOIN record r ON r.work = m.work WHERE r.source = :source
"""


def counts_on(year: Year, source: str, day: date) -> dict[str, int]:
    """What is held to have been a source's counts of watched works on a day."""
    found = rows(
        year,
        "SELECT r.source_id, o.count FROM observation o JOIN record r ON r.id = o.record JOIN standing s ON s.record = r.id "
        f"WHERE r.id IN ({WATCHED_RECORDS}) AND :day BETWEEN o.first_seen AND ifnull(o.last_seen, s.last_seen)",
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
    """Of an article whose count is held back, the one that stood; of a source that does not answer, nothing."""
    wrong = []
    seen = 0
    for source in SOURCES:
        for day in year.days_read(source):
            truth = year.box.counts(source, day)
            held = counts_on(year, source, day)
            seen += len(held)
            wrong += [(source, str(day), name, n, truth[name]) for name, n in held.items() if truth[name] != n]
    assert wrong == []
    assert seen > 50 * WEEKS * len(SOURCES)


def test_nothing_is_observed_of_a_source_that_does_not_answer(year: Year) -> None:
    seen = "r.source = 'openalex' AND :day IN (o.first_seen, o.last_seen)"
    found = rows(
        year, f"SELECT 1 FROM observation o JOIN record r ON r.id = o.record WHERE {seen}", day=str(Day.outage)
    )
    assert found == []


def test_every_citation_that_came_or_went_is_the_true_one(
    year: Year, moves: dict[tuple[str, date], dict[str, dict[str | None, int]]]
) -> None:
    """From one whole list of citing works to the next, what appeared, vanished and returned is what truly did."""
    lists: dict[Key, list[date]] = defaultdict(list)
    for source, name, day in year.store.db.execute(
        "SELECT r.source, r.source_id, l.on_day FROM citing_list l JOIN record r ON r.id = l.record "
        "WHERE l.status = 'done' ORDER BY l.on_day"
    ):
        lists[source, name].append(date.fromisoformat(day))
    told: dict[Key, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for source, cited, day, citing, gone in year.store.db.execute(
        "SELECT r.source, r.source_id, e.on_day, c.source_id, e.kind = 'vanished' FROM citation_event e "
        "JOIN record r ON r.id = e.cited JOIN record c ON c.id = e.citing"
    ):
        told[source, cited][date.fromisoformat(day)][citing] += -1 if gone else 1
    compared = 0
    for (source, cited), days in lists.items():
        for since, until in pairwise(days):
            between = [week(n) for n in range(WEEKS) if since < week(n) <= until]
            true, said = defaultdict[str | None, int](int), defaultdict[str | None, int](int)
            for day in between:
                for citing, n in moves[source, day][cited].items():
                    true[citing] += n if citing else 0  # what has no name there cannot be told
                for citing, n in told[source, cited][day].items():
                    said[citing] += n
            assert {c: n for c, n in said.items() if n} == {c: n for c, n in true.items() if n}, (source, cited, until)
            compared += bool(true)
    assert compared > 100


def test_ids_that_die_move_and_are_retracted_are_told_on_the_day(year: Year) -> None:
    told = rows(
        year,
        "SELECT e.on_day, e.source, e.kind, r.source_id FROM event e LEFT JOIN record r ON r.id = e.record "
        "WHERE e.on_day > :first AND e.kind IN ('gone', 'moved', 'returned', 'retracted', 'corrected', 'concern') "
        "AND e.why NOT LIKE '%known at first sight' ORDER BY e.id",
        first=str(FIRST),
    )
    literature = imagine(works=360, weeks=60)
    preprint, duplicate = literature.works[5], literature.works[16]
    assert [row[:3] for row in told] == [
        (str(Day.merge), "openalex", "gone"),
        (str(Day.citing_merge), "openalex", "gone"),
        (str(Day.retraction), "openalex", "retracted"),
        (str(Day.together), "semantic_scholar", "moved"),
    ]
    assert [row[3] for row in told[:2]] == [work_id(duplicate.number), CITING]
    assert told[3][3] == literature.paper_id(preprint)
