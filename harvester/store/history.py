"""The history of those fields whose change is news: open access, licence, abstract, retraction.

Change-only, a series for each record and field, as citation counts are (store/observing.py): what the source itself said
on which days. Null never takes a value's place without a reason code (column `reason`):

    closed      the source says there is no open copy any more, so no licence is in force
    withheld    the source has an abstract and may not show it
    removed     the source had an abstract and has none any more; what we kept of it is still shown
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterator, Sequence

from harvester.merge import abstract_status, is_closed
from harvester.records import Record
from harvester.store.observing import Log, Span, begin, joined, series, sightings, write
from harvester.store.sql import json_list


def stated(record: Record) -> Iterator[tuple[str, str | None]]:
    """(field, value) of what a record says; value None: it says that there is none."""
    if record.oa_status is not None:
        yield "oa_status", record.oa_status
    elif (
        record.is_oa is not None
    ):  # a source may say no more, today or at all: one series, so that opening is seen in it
        yield "oa_status", "open" if record.is_oa else "closed"
    if record.license is not None or is_closed(record):
        yield "license", record.license
    if (status := abstract_status(record)) is not None:
        yield "abstract_status", status
    if record.is_retracted is not None:
        yield "is_retracted", "true" if record.is_retracted else "false"


def _told(values: Sequence[str | None]) -> list[tuple[object, ...]]:
    """(value before, reason) of each row of a series."""
    rows: list[tuple[object, ...]] = []
    before, kept = None, False  # kept: an abstract was had, and nothing since has said that it may not be shown
    for value in values:
        reason = _REASONS.get(value) or ("removed" if kept and value == "absent" else None)
        rows.append((before, reason))
        before, kept = value, value == "present" or (kept and value != "withheld")
    return rows


_REASONS: dict[str | None, str] = {None: "closed", "withheld": "withheld"}
FIELDS = Log("field_value", ("record", "field"), "value", ("before", "reason"), _told)


def first(db: sqlite3.Connection, rows: Sequence[tuple[int, str, Record]]) -> None:
    """What records never read before say: (record, day, its word). First sight is no news."""
    begin(
        db,
        FIELDS,
        [
            ((number, field), Span(day, day, value))
            for number, day, record in rows
            for field, value in stated(record)
            if value is not None
        ],
    )


def again(db: sqlite3.Connection, rows: Sequence[tuple[int, str, Record]]) -> None:
    """What records read before say on another day, whatever the order of days."""
    sightings(
        db, FIELDS, [((number, field), day, value) for number, day, record in rows for field, value in stated(record)]
    )


def unchanged(db: sqlite3.Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Records that say on a later day what they said on the last: (record, last day, later day)."""
    db.executemany(
        "UPDATE field_value SET last_seen = ?3 WHERE record = ?1 AND last_seen = ?2 AND last_seen < ?3",
        rows,
    )


def reread(db: sqlite3.Connection, rows: Sequence[tuple[int, str, str, Record]]) -> None:
    """What the newest payloads say by today's parser: (record, first and last day it was sent, its word).

    A field without history begins there; a latest value that was read wrongly is put right, which is no news.
    """
    latest = {
        (row[0], row[1]): row[3]
        for row in db.execute(
            "SELECT v.record, v.field, max(v.first_seen), v.value FROM json_each(?) j "
            "JOIN field_value v ON v.record = j.value GROUP BY v.record, v.field",
            (json_list(number for number, *_ in rows),),
        )
    }
    new = []
    for number, since, until, record in rows:
        for field, value in stated(record):
            key = (number, field)
            if key not in latest:
                new += [] if value is None else [(key, Span(since, until, value))]
            elif latest[key] != value:
                *before, last = series(db, FIELDS, key)
                write(db, FIELDS, key, joined([*before, Span(last.first, last.last, value)]))
    begin(db, FIELDS, new)
