"""What people have said of pairs of records: they are one article, or they are not. It comes before anything automatic."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable

from harvester.store.sql import json_list

# In both directions of a pair; `{of}` says whose pairs.
_APART = (
    "SELECT o.work FROM record r JOIN verdict v ON v.record = r.id JOIN record o ON o.id = v.other "
    "WHERE {of} AND NOT v.same AND o.work IS NOT NULL "
    "UNION SELECT o.work FROM record r JOIN verdict v ON v.other = r.id JOIN record o ON o.id = v.record "
    "WHERE {of} AND NOT v.same AND o.work IS NOT NULL"
)
_APART_FROM_WORK = _APART.format(of="r.work = ?1")
_APART_FROM_RECORD = _APART.format(of="r.id = ?1")


def apart_from(db: sqlite3.Connection, work: int) -> frozenset[int]:
    """The works that a person has told apart from this one, by any two of their records."""
    return frozenset(row[0] for row in db.execute(_APART_FROM_WORK, (work,)))


def told_apart(db: sqlite3.Connection, record: int) -> frozenset[int]:
    """The works that a person has told apart from this record, be it in a work or not."""
    return frozenset(row[0] for row in db.execute(_APART_FROM_RECORD, (record,)))


def pronounce(db: sqlite3.Connection, decision: int, ones: Iterable[int], others: Iterable[int], *, same: bool) -> None:
    """A person says that each of `ones` and each of `others` are the same article, or are not; the latest word holds."""
    rest = list(others)
    db.executemany(
        "INSERT INTO verdict VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET same = excluded.same, decision = excluded.decision",
        [(min(one, other), max(one, other), same, decision) for one in ones for other in rest],
    )


def reconcile(db: sqlite3.Connection, work: int) -> None:
    """The records of this work are one article after all: no earlier word tells them apart any more."""
    db.execute(
        "DELETE FROM verdict WHERE NOT same AND (record, other) IN (SELECT v.record, v.other FROM record r "
        "JOIN verdict v ON v.record = r.id JOIN record o ON o.id = v.other AND o.work = r.work WHERE r.work = ?)",
        (work,),
    )


def broken(db: sqlite3.Connection, works: Iterable[int]) -> list[tuple[int, tuple[int, int]]]:
    """The words that these works' records go against: (decision, pair) of one article in two works, or of two in one."""
    rows = db.execute(
        "SELECT DISTINCT v.decision, v.record, v.other FROM json_each(?) j JOIN record r ON r.work = j.value "
        "JOIN verdict v ON v.record = r.id OR v.other = r.id JOIN record a ON a.id = v.record JOIN record b ON b.id = v.other "
        "WHERE a.work IS NOT NULL AND b.work IS NOT NULL AND v.same <> (a.work = b.work)",
        (json_list(works),),
    )
    return [(decision, (record, other)) for decision, record, other in rows]
