"""The ledger's rows: why counts changed, accounted for again whenever more is known; an account once given is kept."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec

from harvester.families import VERSION_ROLES
from harvester.ledger import Account, Change, Link, Reading, explain, reindexings
from harvester.store.sql import json_list
from harvester.tracking import Tracking

_encode = msgspec.json.Encoder().encode
Written = list[tuple[str, int, str]]  # part, n, detail

# All below read the records of :scope, a JSON list of [record, day]: what came after that day.
_CHANGES = """
SELECT o.record, o.first_seen, o.gained
FROM json_each(:scope) j CROSS JOIN observation o ON o.record = j.value ->> 0 AND o.first_seen > j.value ->> 1
WHERE o.gained <> 0 ORDER BY o.record, o.first_seen
"""
_READINGS = """
SELECT l.record, l.on_day
FROM json_each(:scope) j CROSS JOIN citing_list l ON l.record = j.value ->> 0 AND l.on_day >= j.value ->> 1
WHERE l.status = 'done'
"""
# The date as the source states it with the citation, more exactly where the citing work's own date says the same and more.
_LINKS = """
SELECT
    e.cited, e.on_day, e.citing, e.kind, c.source_id,
    CASE WHEN instr(w.date, k.created) = 1 THEN w.date ELSE coalesce(k.created, w.date, CAST(w.year AS TEXT)) END AS published,
    h.id AS became,
    CASE e.kind WHEN 'vanished' THEN h.source_id ELSE (
        SELECT min(g.source_id) FROM record g JOIN citation x ON x.citing = g.id AND x.cited = e.cited
        WHERE g.successor = e.citing) END AS merged
FROM json_each(:scope) j
CROSS JOIN citation_event e ON e.cited = j.value ->> 0 AND e.on_day > j.value ->> 1
CROSS JOIN record c ON c.id = e.citing
LEFT JOIN citation k ON k.citing = e.citing AND k.cited = e.cited
LEFT JOIN work w ON w.id = c.work
LEFT JOIN record h ON h.id = c.successor AND e.kind = 'vanished'
    AND EXISTS (SELECT 1 FROM citation x WHERE x.citing = h.id AND x.cited = e.cited)
"""
# Citing works that are counted, or were, at another record of the same source: one that became the cited one (or the other way
# round), or another version of it, which is the better reason where both hold. `stays`: it is still counted there too, as far as
# is known, one of `size` that were.
_ELSEWHERE = """
WITH near AS MATERIALIZED (
    SELECT cited, begun, other, source_id, max(how) AS how
    FROM (
        SELECT r.id AS cited, j.value ->> 1 AS begun, s.id AS other, s.source_id,
               CASE WHEN s.successor IS r.id OR r.successor IS s.id THEN 'merged' ELSE 'sibling' END AS how
        FROM json_each(:scope) j CROSS JOIN record r ON r.id = j.value ->> 0
        CROSS JOIN record s ON s.work = r.work AND s.source = r.source AND s.id <> r.id
        UNION ALL
        SELECT r.id, j.value ->> 1, s.id, s.source_id, 'merged'
        FROM json_each(:scope) j CROSS JOIN record r ON r.id = j.value ->> 0 CROSS JOIN record s ON s.successor = r.id
        UNION ALL
        SELECT r.id, j.value ->> 1, s.id, s.source_id, 'merged'
        FROM json_each(:scope) j CROSS JOIN record r ON r.id = j.value ->> 0 CROSS JOIN record s ON s.id = r.successor
        UNION ALL
        SELECT r.id, j.value ->> 1, s.id, s.source_id, 'sibling'
        FROM json_each(:scope) j CROSS JOIN record r ON r.id = j.value ->> 0
        CROSS JOIN family_member m ON m.work = r.work AND m.role IN (SELECT value FROM json_each(:roles))
        CROSS JOIN family_member n ON n.family = m.family AND n.work <> m.work
            AND n.role IN (SELECT value FROM json_each(:roles))
        CROSS JOIN record s ON s.work = n.work AND s.source = r.source
    )
    GROUP BY cited, other
)
SELECT n.cited, e.on_day, e.citing, n.source_id, n.how,
       e.kind <> 'vanished' AND n.how = 'sibling' AND x.last_seen IS NULL AND o.gone_on IS NULL AS stays,
       (SELECT count(*) FROM citation y WHERE y.cited = n.other AND y.first_seen < e.on_day) AS size
FROM near n
CROSS JOIN record o ON o.id = n.other
CROSS JOIN citation_event e ON e.cited = n.cited AND e.on_day > n.begun
CROSS JOIN citation x ON x.citing = e.citing AND x.cited = n.other
    AND CASE e.kind WHEN 'vanished' THEN x.last_seen IS NULL OR x.last_seen >= e.on_day ELSE x.first_seen < e.on_day END
ORDER BY n.cited, e.on_day, n.source_id, n.how
"""
_HELD = """
SELECT p.record, p.on_day, p.known_on, p.part, p.n, p.detail
FROM json_each(:scope) j CROSS JOIN change_part p ON p.record = j.value ->> 0 AND p.on_day > j.value ->> 1
WHERE p.known_on = (SELECT max(q.known_on) FROM change_part q WHERE q.record = p.record AND q.on_day = p.on_day)
ORDER BY p.record, p.on_day, p.part
"""


def mark(db: sqlite3.Connection, moved: Iterable[tuple[int, str]]) -> None:
    """The counts of these records, or the list of works citing them, have changed from this day on: (record, day)."""
    db.executemany(
        "INSERT INTO unaccounted VALUES (?, ?) ON CONFLICT DO UPDATE SET since = min(since, excluded.since)", moved
    )


def account(db: sqlite3.Connection, on: str, tracking: Tracking) -> int:
    """Account on day `on` for what has moved since the last time; returns how many changes have an account that is new.

    A change is accounted for again when the list of citing works is read that it lies before, or its series was rewritten. A
    source that has indexed anew on this day is told as an event.
    """
    scope = db.execute(
        "SELECT u.record, r.source, ifnull((SELECT max(l.on_day) FROM citing_list l "
        "WHERE l.record = u.record AND l.status = 'done' AND l.on_day < u.since), '') "
        "FROM unaccounted u JOIN record r ON r.id = u.record ORDER BY u.record"
    ).fetchall()
    if not scope:
        return 0
    sources = {record: source for record, source, _ in scope}
    reader = _Reader(db, json_list((record, begun) for record, _, begun in scope), tracking)
    days = _reindexed(db)
    accounts = {record: reader.accounts(record, days.get(source, ())) for record, source in sources.items()}
    for source in _tell_reindexings(db, accounts, sources, on, tracking):
        days.setdefault(source, set()).add(on)
        again = [record for record in accounts if sources[record] == source]
        accounts |= {record: reader.accounts(record, days[source]) for record in again}
    written = _write(db, reader.scope, accounts, on)
    db.execute("DELETE FROM unaccounted")
    return written


class _Reader:
    """All that the ledger is made of, of the records of a scope, read at once."""

    def __init__(self, db: sqlite3.Connection, scope: str, tracking: Tracking) -> None:
        self.scope = scope
        self._late_days = tracking.late_days
        self._changes: dict[int, list[Change]] = {}
        self._readings: dict[int, list[str]] = {}
        self._links: dict[int, list[Link]] = {}
        for record, day, gained in db.execute(_CHANGES, {"scope": scope}):
            self._changes.setdefault(record, []).append(Change(day, gained))
        for record, day in db.execute(_READINGS, {"scope": scope}):
            self._readings.setdefault(record, []).append(day)
        elsewhere = _elsewhere(db, scope)
        for cited, day, citing, kind, name, published, became, merged in db.execute(_LINKS, {"scope": scope}):
            other, how = elsewhere.get((cited, day, citing), (None, None))
            link = Link(
                on=day, kind=kind, citing=citing, id=name, published=published, became=became,
                merged=merged or (other if how == "merged" else None), sibling=other if how == "sibling" else None,
            )  # fmt: skip
            self._links.setdefault(cited, []).append(link)

    def accounts(self, record: int, reindexed: Iterable[str]) -> list[Account]:
        """Every change of a record, taken apart."""
        return explain(
            self._changes.get(record, ()), self._readings.get(record, ()), self._links.get(record, ()),
            reindexed=frozenset(reindexed), late_days=self._late_days,
        )  # fmt: skip


def _elsewhere(db: sqlite3.Connection, scope: str) -> dict[tuple[int, str, int], tuple[str, str]]:
    """Where a citing work is counted too, or was: (cited, day, citing) -> the other record's id, and how the two belong together.

    A work may well cite two versions. That they are counted together from a day on is seen by many coming at once: half of those
    that the other version had, and two at least; or by their leaving it.
    """
    found: dict[tuple[int, str, int], tuple[str, str]] = {}
    rows = db.execute(_ELSEWHERE, {"scope": scope, "roles": json_list(VERSION_ROLES)}).fetchall()
    for (cited, day, other, how), group in groupby(rows, key=lambda row: (row[0], row[1], row[3], row[4])):
        together = list(group)
        many = len(together) >= 2 and 2 * len(together) >= together[0]["size"]
        for row in together:
            if many or not row["stays"]:
                found.setdefault((cited, day, row["citing"]), (other, how))
    return found


def _reindexed(db: sqlite3.Connection) -> dict[str, set[str]]:
    """The days on which each source has indexed anew."""
    days: dict[str, set[str]] = {}
    for source, day in db.execute("SELECT source, on_day FROM event WHERE kind = 'reindexed'"):
        days.setdefault(source, set()).add(day)
    return days


def _tell_reindexings(
    db: sqlite3.Connection, accounts: dict[int, list[Account]], sources: dict[int, str], on: str, tracking: Tracking
) -> Iterator[str]:
    """The sources that turn out to have indexed anew on this day, each told as an event."""
    by_source: dict[str, list[Account]] = {}
    for record, told in accounts.items():
        by_source.setdefault(sources[record], []).extend(told)
    if not any(one.change.on == on for told in accounts.values() for one in told):
        return
    readings = {
        row[0]: Reading(*row[1:])
        for row in db.execute("SELECT source, read, high, fell FROM source_day WHERE day = ?", (on,)).fetchall()
    }
    for source, moved, of in list(reindexings(by_source, on, readings, tracking)):
        after = f"{abs(moved)} of {of} counts have {'risen' if moved > 0 else 'fallen'}"
        why = f"{source} has indexed anew: {after} on one day"
        db.execute(
            "INSERT OR IGNORE INTO event (on_day, kind, source, after, why) VALUES (?, 'reindexed', ?, ?, ?)",
            (on, source, f"{source}: {after}", why),
        )
        yield source


class _Held(NamedTuple):
    """The account that holds of a change, and the day it was given."""

    known_on: str
    parts: Written


def _write(db: sqlite3.Connection, scope: str, accounts: dict[int, list[Account]], on: str) -> int:
    """Keep the accounts that are others than those held; returns how many these are."""
    held: dict[tuple[int, str], _Held] = {}
    for (record, day), rows in groupby(db.execute(_HELD, {"scope": scope}), key=lambda row: (row[0], row[1])):
        told = list(rows)
        held[record, day] = _Held(told[0][2], [tuple(row)[3:] for row in told])
    fresh: list[tuple[int, str, str, Written]] = []
    for record, told in accounts.items():
        for one in told:
            before = held.get((record, one.change.on))
            parts = _parts(one)
            if not parts and before:  # all that had been said is taken back
                parts = [("unexplained", one.change.gained, "{}")]
            if parts != (before.parts if before else []):
                known_on = max(on, before.known_on) if before else on
                fresh.append((record, one.change.on, known_on, parts))
    db.executemany(
        "DELETE FROM change_part WHERE record = ? AND on_day = ? AND known_on = ?", [row[:3] for row in fresh]
    )
    db.executemany(
        "INSERT INTO change_part VALUES (?, ?, ?, ?, ?, ?)", [(*row[:3], *part) for row in fresh for part in row[3]]
    )
    return len(fresh)


def _parts(account: Account) -> Written:
    """The parts of an account as rows; the remainder is what they leave."""
    on = account.change.on
    told = sorted((part for part in account.parts if part.name != "unexplained"), key=attrgetter("name"))
    return [(part.name, part.n, _encode(part.detail(on)).decode()) for part in told]
