"""Citation counts, change-only: a row per value in `observation`, and the one that stands in `standing`.

A day on which a count did not move only moves the last-seen day of what stands, which lies in few pages; so a day of 100,000
counts is written in a fraction of a second. Sightings out of order (an old file imported after years of harvests) are the
general case, and rewrite one series (store/observing.py).
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from harvester.records import Record
from harvester.store import accounts
from harvester.store.observing import Span, place
from harvester.store.sql import json_list, json_object


class Count(NamedTuple):
    """A record's count as it was seen on a day (ISO)."""

    record: int
    day: str
    value: int


Standing = tuple[int, str, str]


def begin(db: sqlite3.Connection, counts: Iterable[Count]) -> None:
    """Write the first count of records that have none."""
    rows = [(record, day, count) for record, day, count in counts]
    db.executemany("INSERT INTO observation (record, first_seen, count) VALUES (?, ?, ?)", rows)
    db.executemany("INSERT INTO standing VALUES (?1, ?3, ?2, ?2, 0)", rows)


def observe(db: sqlite3.Connection, counts: Sequence[Count]) -> int:
    """Write counts, at most one a record, in whatever order of days; returns how many of them changed something."""
    return sum(write_day(db, day) for day in read_days(db, counts))


class Day(NamedTuple):
    """The counts of one day (record -> count), also as JSON; and of those that are not just what stands, seen again, with that.

    news: rows of record, count, count that stands (None: none does), since when, last seen.
    """

    day: str
    values: dict[int, int]
    text: str
    news: list[tuple[int, int, int | None, str, str]]

    def without(self, records: Collection[int]) -> Day:
        """The same but for these records."""
        if self.values.keys().isdisjoint(records):
            return self
        values = {record: value for record, value in self.values.items() if record not in records}
        return Day(self.day, values, json_object(values), [row for row in self.news if row[0] not in records])


def read_days(db: sqlite3.Connection, counts: Iterable[Count]) -> list[Day]:
    """Counts by their days, compared with what stands."""
    days: dict[str, dict[int, int]] = {}
    for record, day, value in counts:
        days.setdefault(day, {})[record] = value
    texts = {day: json_object(values) for day, values in days.items()}
    return [
        Day(day, values, texts[day], db.execute(_NEWS, (texts[day], day)).fetchall()) for day, values in days.items()
    ]


def series(db: sqlite3.Connection, record: int) -> list[Span[int]]:
    """The counts of a record in order of days."""
    found = db.execute(
        "SELECT o.first_seen, ifnull(o.last_seen, s.last_seen), o.count "
        "FROM observation o JOIN standing s ON s.record = o.record WHERE o.record = ? ORDER BY o.first_seen",
        (record,),
    )
    return [Span(*row) for row in found]


def write(db: sqlite3.Connection, record: int, spans: Sequence[Span[int]]) -> None:
    """Put these counts (in order of days) in the place of all that is held of a record."""
    db.execute("DELETE FROM observation WHERE record = ?", (record,))
    db.execute("DELETE FROM standing WHERE record = ?", (record,))
    if not spans:
        return
    gains = [None, *(here.value - there.value for there, here in pairwise(spans))]
    *before, last = spans
    db.executemany(
        "INSERT INTO observation (record, first_seen, last_seen, count, gained) VALUES (?, ?, ?, ?, ?)",
        [
            (record, span.first, None if span is last else span.last, span.value, gained)
            for span, gained in zip((*before, last), gains, strict=True)
        ],
    )
    rises = sum(gained for gained in gains if gained and gained > 0)
    db.execute("INSERT INTO standing VALUES (?, ?, ?, ?, ?)", (record, last.value, last.first, last.last, rises))


def standing(db: sqlite3.Connection, counts: Sequence[Count]) -> dict[int, Standing]:
    """What stands of these records: (count, since, last seen)."""
    found = db.execute(
        "SELECT s.record, s.count, s.since, s.last_seen FROM json_each(?) j CROSS JOIN standing s ON s.record = j.value",
        (json_list(one.record for one in counts),),
    )
    found.row_factory = None  # plain tuples: a hundred thousand of them
    return {record: (count, since, last) for record, count, since, last in found}


# What is seen (a JSON object: record -> count) on a day, where it is not just that the count which stands was seen again.
_NEWS = """
SELECT CAST(j.key AS INTEGER), j.value, s.count, s.since, s.last_seen
FROM json_each(?1) j LEFT JOIN standing s ON s.record = j.key
WHERE s.record IS NULL OR s.count <> j.value OR s.since > ?2
"""
# The rest, once the news is written: by then nothing of it was last seen before that day. (UPDATE ... FROM takes twice as long.)
_SEEN = "UPDATE standing SET last_seen = ?2 WHERE record IN (SELECT CAST(key AS INTEGER) FROM json_each(?1)) AND last_seen < ?2"


class _Move(NamedTuple):
    """A count that is another than the one that stood (`before`, from `since` to `last`), seen on a later day."""

    record: int
    value: int
    before: int
    since: str
    last: str


def write_day(db: sqlite3.Connection, of: Day) -> int:
    """Write the counts of one day. Most of them only stand, and never leave SQLite: that is what makes it quick."""
    first, moved = list[Count](), list[_Move]()
    changed = 0
    for record, value, before, since, last in of.news:
        if before is None:
            first.append(Count(record, of.day, value))
        elif value != before and of.day > last:
            moved.append(_Move(record, value, before, since, last))
        else:
            changed += _rewrite(db, Count(record, of.day, value))
    begin(db, first)
    _move(db, of.day, moved)
    accounts.mark(db, [(one.record, of.day) for one in moved])
    db.execute(_SEEN, (of.text, of.day))
    return changed + len(first) + len(moved)


def _move(db: sqlite3.Connection, day: str, moved: Sequence[_Move]) -> None:
    """On this day these stand no longer, but their new values do."""
    db.executemany(
        "UPDATE observation SET last_seen = ? WHERE record = ? AND first_seen = ?",
        [(one.last, one.record, one.since) for one in moved],
    )
    db.executemany(
        "INSERT INTO observation (record, first_seen, count, gained) VALUES (?, ?, ?, ?)",
        [(one.record, day, one.value, one.value - one.before) for one in moved],
    )
    db.executemany(
        "UPDATE standing SET count = ?2, since = ?3, last_seen = ?3, rises = rises + ?4 WHERE record = ?1",
        [(one.record, one.value, day, max(one.value - one.before, 0)) for one in moved],
    )


def _rewrite(db: sqlite3.Connection, one: Count) -> int:
    """The general case: place the sighting among all of its series and write them where they differ."""
    before = series(db, one.record)
    read = db.execute(
        "SELECT s.day FROM record r JOIN observed_day s ON s.source = r.source AND s.day BETWEEN ? AND ? WHERE r.id = ?",
        (min(span.first for span in before), max(span.last for span in before), one.record),
    )
    after = place(before, one.day, one.value, [row[0] for row in read])
    if after == before:
        return 0
    write(db, one.record, after)
    accounts.mark(db, [(one.record, one.day)])
    return 1


def years(db: sqlite3.Connection, rows: Sequence[tuple[int, str, Record]], *, again: bool = False) -> None:
    """Citations by year as records state them: (record, day, its word). Only a figure that is another than before is written.

    An older word than the one held changes nothing; a year that is left out keeps its last figure, since sources list the last
    ten only. again: the newest figure was read wrongly, and is put right.
    """
    stated = [(number, day, one.counts_by_year) for number, day, one in rows if one.counts_by_year is not None]
    db.executemany(
        f"{_YEAR} ON CONFLICT DO UPDATE SET count = excluded.count, gained = gained + excluded.gained",
        [(number, year, day, count, again) for number, day, by_year in stated for year, count in by_year],
    )


# Into the row of the figure that stands where it is of this day or was read wrongly, else into a new one.
_YEAR = """
INSERT INTO count_by_year (record, year, first_seen, count, gained)
SELECT ?1, ?2, CASE WHEN ?5 THEN ifnull(b.first_seen, ?3) ELSE ?3 END, ?4, ?4 - b.count
FROM (SELECT (SELECT max(first_seen) FROM count_by_year WHERE record = ?1 AND year = ?2) AS day)
LEFT JOIN count_by_year b ON b.record = ?1 AND b.year = ?2 AND b.first_seen = day
WHERE day IS NULL OR ((?5 OR day <= ?3) AND b.count <> ?4)
"""
