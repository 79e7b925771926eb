"""What a record said on which days, change-only: one row per value and the first and last day it was seen.

Citation counts (store/counts.py) and the fields whose history is kept (store/history.py) are kept so. `place` is pure: it
tells what a new sighting changes among the rows of one series, in whatever order sightings arrive (an old file imported
after years of harvests included).
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Callable, Iterable, Sequence
from itertools import dropwhile, groupby
from typing import Any, Generic, NamedTuple, TypeVar

from harvester.normal import shift
from harvester.store.sql import json_list

V = TypeVar("V")


class Span(NamedTuple, Generic[V]):
    """A value and the first and last day (ISO) it was seen."""

    first: str
    last: str
    value: V


def place(spans: Sequence[Span[V]], day: str, value: V, days: Sequence[str] = ()) -> list[Span[V]]:
    """The spans (in order of days) after `value` was seen on `day`.

    Two answers on one day: the later one stands for the day. A value seen between two sightings of another one splits
    that span; nothing that was seen on another day is lost. days: when the source was read at all, as far as known: what
    is left of a span begins and ends on such a day, not on one when nobody looked.

    >>> place([Span("2026-01-01", "2026-01-03", 5)], "2026-01-09", 5)
    [Span(first='2026-01-01', last='2026-01-09', value=5)]
    >>> place([Span("2026-01-01", "2026-01-09", 5)], "2026-01-09", 6)
    [Span(first='2026-01-01', last='2026-01-08', value=5), Span(first='2026-01-09', last='2026-01-09', value=6)]
    >>> place([Span("2026-01-01", "2026-01-09", 5)], "2026-01-09", 6, ["2026-01-01", "2026-01-03", "2026-01-09"])
    [Span(first='2026-01-01', last='2026-01-03', value=5), Span(first='2026-01-09', last='2026-01-09', value=6)]
    """
    after: list[Span[V]] = []
    for span in spans:
        if span.value == value or not span.first <= day <= span.last:
            after.append(span)
            continue
        if span.first < day:
            end = max((d for d in days if span.first <= d < day), default=shift(day, -1))
            after.append(Span(span.first, end, span.value))
        if day < span.last:
            start = min((d for d in days if day < d <= span.last), default=shift(day, 1))
            after.append(Span(start, span.last, span.value))
    after.append(Span(day, day, value))
    return joined(sorted(after, key=lambda span: span[:2]))


def joined(spans: Sequence[Span[V]]) -> list[Span[V]]:
    """The spans (in order of days) with neighbours of one value made one."""
    groups = (list(group) for _, group in groupby(spans, key=lambda span: span.value))
    return [Span(group[0].first, max(span.last for span in group), group[0].value) for group in groups]


class Log(NamedTuple):
    """A change-only table: (*key, first_seen, last_seen, value, *derived), a series for each key, `record` the key's first.

    derive: the other columns of each row of a series, from its values in order.
    """

    table: str
    key: tuple[str, ...]
    value: str
    derived: tuple[str, ...]
    derive: Callable[[Sequence[Any]], list[tuple[object, ...]]]


Key = tuple[Any, ...]
Sighting = tuple[Key, str, Any]  # key, day, value


def sightings(db: sqlite3.Connection, log: Log, rows: Sequence[Sighting]) -> int:
    """Write sightings of series that may have rows; returns how many values changed.

    No value (None) is only told where one was before: a series does not begin with it.
    """
    width = len(log.key)
    latest = {
        tuple(row)[:width]: tuple(row)[width:]
        for row in db.execute(
            f"SELECT {', '.join(f'o.{name}' for name in log.key)}, max(o.first_seen), o.last_seen, o.{log.value} "
            f"FROM json_each(?) j JOIN {log.table} o ON o.record = j.value GROUP BY {', '.join(f'o.{n}' for n in log.key)}",
            (json_list(dict.fromkeys(key[0] for key, _, _ in rows)),),
        )
    }
    first: list[Sighting] = []
    still: list[tuple[object, ...]] = []
    changed = 0
    for row in rows:
        key, day, value = row
        held = latest.pop(key, None)
        if held is None:
            first += [] if value is None else [row]
        elif value == held[2] and day >= held[0]:
            if day > held[1]:
                still.append((day, *key, held[0]))
        else:
            changed += _rewrite(db, log, row)
    begin(db, log, [(key, Span(day, day, value)) for key, day, value in first])
    db.executemany(f"UPDATE {log.table} SET last_seen = ? WHERE {_match(log)} AND first_seen = ?", still)
    return changed + len(first)


def begin(db: sqlite3.Connection, log: Log, rows: Iterable[tuple[Key, Span[Any]]]) -> None:
    """Write the first span of series that have none."""
    db.executemany(_insert(log), [(*key, *span, *log.derive((span.value,))[0]) for key, span in rows])


def series(db: sqlite3.Connection, log: Log, key: Key) -> list[Span[Any]]:
    """The spans of one series in order of days."""
    columns = f"first_seen, last_seen, {log.value}"
    found = db.execute(f"SELECT {columns} FROM {log.table} WHERE {_match(log)} ORDER BY first_seen", key)
    return [Span(*row) for row in found]


def write(db: sqlite3.Connection, log: Log, key: Key, spans: Sequence[Span[Any]]) -> None:
    """Put these spans (in order of days) in the place of a whole series."""
    stated = list(dropwhile(lambda span: span.value is None, spans))
    db.execute(f"DELETE FROM {log.table} WHERE {_match(log)}", key)
    derived = log.derive([span.value for span in stated])
    db.executemany(_insert(log), [(*key, *span, *more) for span, more in zip(stated, derived, strict=True)])


def _rewrite(db: sqlite3.Connection, log: Log, row: Sighting) -> int:
    """The general case: place the sighting among all spans of its series and write them where they differ."""
    key, day, value = row
    before = series(db, log, key)
    read = db.execute(
        "SELECT s.day FROM record r JOIN observed_day s ON s.source = r.source AND s.day BETWEEN ? AND ? WHERE r.id = ?",
        (min(span.first for span in before), max(span.last for span in before), key[0]),
    )
    after = place(before, day, value, [row[0] for row in read])
    if after == before:
        return 0
    write(db, log, key, after)
    return 1


def _match(log: Log) -> str:
    return " AND ".join(f"{name} = ?" for name in log.key)


def _insert(log: Log) -> str:
    columns = (*log.key, "first_seen", "last_seen", log.value, *log.derived)
    return f"INSERT INTO {log.table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
