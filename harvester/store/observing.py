"""Citation counts, change-only: one row per value and the first and last day it was seen.

`place` is pure: it tells what a new sighting changes among the rows of one record, in whatever order sightings arrive
(an old file imported after years of harvests included).
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from harvester.store.sql import insert, json_list


class Span(NamedTuple):
    """A count and the first and last day (ISO) it was seen."""

    first: str
    last: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs


def place(spans: Sequence[Span], day: str, count: int, days: Sequence[str] = ()) -> list[Span]:
    """The spans (in order of days) after `count` was seen on `day`.

    Two answers on one day: the later one stands for the day. A value seen between two sightings of another one splits
    that span; nothing that was seen on another day is lost. days: when the source was read at all, as far as known: what
    is left of a span begins and ends on such a day, not on one when nobody looked.

    >>> place([Span("2026-01-01", "2026-01-03", 5)], "2026-01-09", 5)
    [Span(first='2026-01-01', last='2026-01-09', count=5)]
    >>> place([Span("2026-01-01", "2026-01-09", 5)], "2026-01-09", 6)
    [Span(first='2026-01-01', last='2026-01-08', count=5), Span(first='2026-01-09', last='2026-01-09', count=6)]
    >>> place([Span("2026-01-01", "2026-01-09", 5)], "2026-01-09", 6, ["2026-01-01", "2026-01-03", "2026-01-09"])
    [Span(first='2026-01-01', last='2026-01-03', count=5), Span(first='2026-01-09', last='2026-01-09', count=6)]
    """
    after: list[Span] = []
    for span in spans:
        if span.count == count or not span.first <= day <= span.last:
            after.append(span)
            continue
        if span.first < day:
            end = max((d for d in days if span.first <= d < day), default=_shift(day, -1))
            after.append(Span(span.first, end, span.count))
        if day < span.last:
            start = min((d for d in days if day < d <= span.last), default=_shift(day, 1))
            after.append(Span(start, span.last, span.count))
    after.append(Span(day, day, count))
    after.sort()
    joined: list[Span] = []
    for span in after:
        if joined and joined[-1].count == span.count:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last), span.count)
        else:
            joined.append(span)
    return joined


def _shift(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def sightings(db: sqlite3.Connection, rows: Sequence[tuple[int, str, int]]) -> int:
    """Write observations (record, day, count) of records that may have some; returns how many values changed."""
    latest = {
        row[0]: row
        for row in db.execute(
            "SELECT o.record, max(o.first_seen), o.last_seen, o.count FROM json_each(?) j "
            "JOIN observation o ON o.record = j.value GROUP BY o.record",
            (json_list(record for record, _, _ in rows),),
        )
    }
    first: list[tuple[int, str, int]] = []
    still: list[tuple[str, int, str]] = []
    changed = 0
    for record, day, count in rows:
        row = latest.pop(record, None)
        if row is None:
            first.append((record, day, count))
        elif count == row[3] and day >= row[1]:
            if day > row[2]:
                still.append((day, record, row[1]))
        else:
            changed += _rewrite(db, record, day, count)
    db.executemany(insert("observation", 5), [(record, day, day, count, None) for record, day, count in first])
    db.executemany("UPDATE observation SET last_seen = ? WHERE record = ? AND first_seen = ?", still)
    return changed + len(first)


def _rewrite(db: sqlite3.Connection, record: int, day: str, count: int) -> int:
    """The general case: place the sighting among all spans of the record and write those that differ."""
    before = [
        Span(*row)
        for row in db.execute(
            "SELECT first_seen, last_seen, count FROM observation WHERE record = ? ORDER BY first_seen", (record,)
        )
    ]
    read = db.execute(
        "SELECT s.day FROM record r JOIN observed_day s ON s.source = r.source AND s.day BETWEEN ? AND ? WHERE r.id = ?",
        (min(span.first for span in before), max(span.last for span in before), record),
    )
    after = place(before, day, count, [row[0] for row in read])
    if after == before:
        return 0
    db.execute("DELETE FROM observation WHERE record = ?", (record,))
    gained = [None, *(here.count - there.count for there, here in pairwise(after))]
    db.executemany(
        insert("observation", 5),
        [(record, span.first, span.last, span.count, more) for span, more in zip(after, gained, strict=True)],
    )
    return 1
