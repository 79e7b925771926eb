"""Ids that died or moved: the record stays, says since when it is gone, and names the one that answers in its place."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harvester.records import Identifier
from harvester.store.sql import json_list

_HEIR = """
SELECT work, heir, heir_work, name, scheme, value
FROM (
    SELECT g.work, h.id AS heir, h.work AS heir_work, h.source_id AS name, h.last_seen, i.scheme, i.value
    FROM record g
    JOIN identifier i ON i.record = g.id AND i.scheme <> 'isbn'
    JOIN identifier n ON n.scheme = i.scheme AND n.value = i.value AND n.record <> g.id
    JOIN record h ON h.id = n.record AND h.source = g.source AND h.gone_on IS NULL AND h.last_seen >= g.gone_on
    WHERE g.id = :record AND g.successor IS NULL
    UNION ALL
    SELECT g.work, h.id, h.work, h.source_id, h.last_seen, NULL, NULL
    FROM record g
    JOIN record h ON h.work = g.work AND h.source = g.source AND h.gone_on IS NULL AND h.last_seen >= g.gone_on
    WHERE g.id = :record AND g.successor IS NULL
)
ORDER BY scheme IS NULL, heir_work IS NOT work, scheme <> 'doi', last_seen DESC, heir, scheme
LIMIT 1
"""


class Move(NamedTuple):
    """Record `record` (in work `work`) goes on as `heir` (in `heir_work`), and why."""

    record: int
    work: int | None
    heir: int
    heir_work: int | None
    why: str


def mark_gone(db: sqlite3.Connection, source: str, source_ids: Sequence[str], on: str) -> int:
    """These ids were asked for themselves and the source knows them not; returns for how many records that is news.

    What the source has sent on that very day is not gone, whatever it answered to the id.
    """
    gone = db.execute(
        "UPDATE record SET gone_on = ?1 WHERE source = ?2 AND source_id IN (SELECT value FROM json_each(?3)) "
        "AND gone_on IS NULL AND last_seen < ?1 RETURNING id, source_id",
        (on, source, json_list(source_ids)),
    ).fetchall()
    db.executemany(
        "INSERT OR IGNORE INTO event (on_day, kind, source, record, before, why) VALUES (?, 'gone', ?, ?, ?, ?)",
        [(on, source, record, name, f"{source} does not know {name} any more") for record, name in gone],
    )
    return len(gone)


def orphans(
    db: sqlite3.Connection, source: str, *, source_ids: Iterable[str] = (), works: Iterable[int] = ()
) -> list[int]:
    """The records of a source that are gone and have no heir: those with these ids, and those in these works."""
    rows = db.execute(
        "SELECT id FROM record WHERE source = ? AND gone_on IS NOT NULL AND successor IS NULL "
        "AND (source_id IN (SELECT value FROM json_each(?)) OR work IN (SELECT value FROM json_each(?))) ORDER BY id",
        (source, json_list(source_ids), json_list(works)),
    )
    return [row[0] for row in rows.fetchall()]


def inherit(db: sqlite3.Connection, records: Iterable[int], on: str) -> list[Move]:
    """Name the heirs of records that are gone and have none yet, where one is found; returns these moves.

    An heir is a living record of the same source, seen on the day the old one was gone or later: one that bears an
    identifier in common (DOI first), else one of the same work.
    """
    moves = []
    for record in records:
        row = db.execute(_HEIR, {"record": record}).fetchone()
        if row is not None:
            work, heir, heir_work, name, scheme, value = row
            for_what = f"{scheme} {value}" if scheme else "the same article"
            move = Move(record, work, heir, heir_work, f"is gone; {name} answers for {for_what}")
            moves += _move(db, move, on)
    return moves


def answered(db: sqlite3.Connection, source: str, asked: Identifier, heir: int, on: str) -> list[Move]:
    """The source was asked for its own id, or by where a work lies, and sent record `heir`: whoever that was goes on there.

    At an address lay those whose ids it has given up and that have no heir.
    """
    rows = db.execute(
        "SELECT o.id, o.work, h.work, h.source_id FROM record o JOIN record h ON h.id = :heir "
        "WHERE o.source = :source AND o.first_seen IS NOT NULL AND o.id <> h.id AND h.gone_on IS NULL "
        "AND o.successor IS NOT h.id AND o.id IN ("
        "SELECT id FROM record WHERE source = :source AND source_id = :asked AND :scheme <> 'url' UNION ALL "
        "SELECT g.id FROM record g JOIN work w ON w.id = g.work WHERE :scheme = 'url' "
        "AND g.source = :source AND g.gone_on IS NOT NULL AND g.successor IS NULL AND w.url = :asked) ORDER BY o.id",
        {"source": source, "asked": asked.value, "scheme": asked.scheme, "heir": heir},
    ).fetchall()
    moves = [Move(row[0], row[1], heir, row[2], f"was asked for and {row[3]} answered") for row in rows]
    return [done for move in moves for done in _move(db, move, on)]


def _move(db: sqlite3.Connection, move: Move, on: str) -> list[Move]:
    db.execute(
        "UPDATE record SET gone_on = ifnull(gone_on, ?), successor = ? WHERE id = ?", (on, move.heir, move.record)
    )
    db.execute(
        "INSERT OR IGNORE INTO event (on_day, kind, source, record, before, after, why) "
        "SELECT ?, 'moved', o.source, o.id, o.source_id, h.source_id, o.source || ' ' || o.source_id || ' ' || ? "
        "FROM record o JOIN record h ON h.id = ? WHERE o.id = ?",
        (on, move.why, move.heir, move.record),
    )
    return [move]


def returned(db: sqlite3.Connection, records: Iterable[int], on: str) -> None:
    """These were gone and have been sent again under their own ids."""
    for record in records:
        db.execute(
            "INSERT OR IGNORE INTO event (on_day, kind, source, record, after, why) "
            "SELECT ?, 'returned', source, id, source_id, source || ' knows ' || source_id || ' again' FROM record WHERE id = ?",
            (on, record),
        )
        db.execute("UPDATE record SET gone_on = NULL, successor = NULL WHERE id = ?", (record,))
