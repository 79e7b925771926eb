"""The counts of many works over the days, as they were seen: what cohorts, surprise, milestones and reconstruction start from."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from harvester.store import Row, Store


class Point(NamedTuple):
    """A count and the days (ordinals, as of date.toordinal) on which it was seen first and last."""

    first: int
    last: int
    value: int


class Series(NamedTuple):
    """The counts of one work from one source, in order of days; never empty."""

    work: int
    source: str
    points: Sequence[Point]

    def at(self, day: int) -> Point | None:
        """The count that stood on a day, since when, and the last day up to it on which it was seen; None: not seen yet."""
        found = bisect_right(self.points, day, key=lambda point: point.first)
        if not found:
            return None
        first, last, value = self.points[found - 1]
        return Point(first, min(last, day), value)

    def between(self, start: int, end: int) -> tuple[Point, Point] | None:
        """What stood at both ends of a window; None where nothing was seen before it, or nothing in it."""
        before, after = self.at(start), self.at(end)
        if before is None or after is None or after.last <= before.last:
            return None
        return before, after


def series(store: Store, works: Iterable[int], *, as_of: str, source: str | None = None) -> list[Series]:
    """The counts of these works as known on a day, a series a work and source, in their order.

    Where a source holds a work as several records, the highest of their counts on each day; a record that is gone, with another
    answering in its place, ends on that day.
    """
    rows = store.rows("series", works=json.dumps(sorted(set(works))), as_of=as_of, source=source)
    found = []
    for (work, name), own in groupby(rows, lambda row: (row["work"], row["source"])):
        records = [_record(list(record)) for _, record in groupby(own, lambda row: row["record"])]
        if points := records[0].points if len(records) == 1 else _one(records):
            found.append(Series(work, name, points))
    return found


def ordinal(day: str) -> int:
    """An ISO day as a number of days."""
    return date.fromisoformat(day).toordinal()


def iso(day: int) -> str:
    """The ISO day of such a number."""
    return date.fromordinal(day).isoformat()


class _Record(NamedTuple):
    points: list[Point]
    end: int | None  # the last day before it was gone


def _record(rows: Sequence[Row]) -> _Record:
    end = ordinal(rows[0]["gone_on"]) - 1 if rows[0]["gone_on"] else None
    points = [Point(ordinal(row["first_seen"]), ordinal(row["last_seen"]), row["count"]) for row in rows]
    if end is not None:
        points = [point._replace(last=min(point.last, end)) for point in points if point.first <= end]
    return _Record(points, end)


def _one(records: Sequence[_Record]) -> list[Point]:
    """The points of all records of a work as one series: the highest count of those not gone, on each day one was seen."""
    days = sorted({day for record in records for point in record.points for day in (point.first, point.last)})
    joined: list[Point] = []
    for day in days:
        alive = [Series(0, "", record.points) for record in records if record.end is None or day <= record.end]
        value = max(point.value for one in alive if (point := one.at(day)))
        if joined and joined[-1].value == value:
            joined[-1] = joined[-1]._replace(last=day)
        else:
            joined.append(Point(day, day, value))
    return joined
