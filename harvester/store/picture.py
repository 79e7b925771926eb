"""Which records are together, as rows: a picture before a decision and one after it; where they differ is what undoes it."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable

import msgspec

from harvester.store.sql import json_list
from harvester.store.works import NAMED

Row = dict[str, int | str | None]
Key = tuple[int, ...]
Picture = dict[str, dict[Key, Row]]  # table -> key -> the other columns

# Of each table the columns that make its key; of a record only what says where it is and why.
_KEYS = {"record": ("id",), "former_work": ("id",), "review": ("id",), "verdict": ("record", "other")}
_SELECTS = {
    "record": "SELECT id, work, decision, why FROM record WHERE id IN (SELECT value FROM json_each(:records)) "
    "OR work IN (SELECT value FROM json_each(:works))",
    "former_work": "SELECT * FROM former_work WHERE id IN (SELECT value FROM json_each(:numbers)) "
    "OR work IN (SELECT value FROM json_each(:works))",
    "review": "SELECT * FROM review WHERE record IN (SELECT value FROM json_each(:records)) "
    "OR work IN (SELECT value FROM json_each(:works))",
    "verdict": "SELECT * FROM verdict WHERE record IN (SELECT value FROM json_each(:records)) "
    "OR other IN (SELECT value FROM json_each(:records))",
}


class Change(msgspec.Struct, frozen=True):
    """A row before and after; None: it was not there, or is not there any more."""

    key: Key
    before: Row | None
    after: Row | None


class Changes(msgspec.Struct, frozen=True):
    """What a decision did: rows changed by table, the records there were, and the names (table -> first, last) it made."""

    rows: dict[str, list[Change]] = {}
    present: list[int] = []
    made: dict[str, tuple[int, int]] = {}

    def touched(self) -> set[tuple[str, Key]]:
        """The rows it changed."""
        return {(table, change.key) for table, changes in self.rows.items() for change in changes}

    def to_json(self) -> str:
        """As the decision keeps it."""
        return msgspec.json.encode(self).decode()


def changes_of(text: str) -> Changes:
    """What was kept by Changes.to_json."""
    return msgspec.json.decode(text, type=Changes)


def records_in(db: sqlite3.Connection, works: Iterable[int]) -> list[int]:
    """The records of these works, in the order of their numbers."""
    found = db.execute(
        "SELECT r.id FROM json_each(?) j JOIN record r ON r.work = j.value ORDER BY r.id", (json_list(works),)
    )
    return [row[0] for row in found]


def picture(
    db: sqlite3.Connection, works: Iterable[int], records: Iterable[int], earlier: Picture | None = None
) -> Picture:
    """All that says which of these records are in which of these works, and who asks or has answered whether they are.

    earlier: the picture it is to be compared with; old numbers may answer to other works by now.
    """
    works = list(works)
    numbers = [*works, *(key[0] for key in (earlier or {}).get("former_work", ()))]
    parameters = {"works": json_list(works), "records": json_list(records), "numbers": json_list(numbers)}
    taken: Picture = {}
    for table, select in _SELECTS.items():
        key = _KEYS[table]
        rows = [dict(row) for row in db.execute(select, parameters)]
        taken[table] = {tuple(row.pop(column) for column in key): row for row in rows}
    return taken


def differences(before: Picture, after: Picture) -> dict[str, list[Change]]:
    """The rows that differ, by table."""
    found = {
        table: [
            Change(key, before[table].get(key), after[table].get(key))
            for key in sorted(before[table].keys() | after[table].keys())
            if before[table].get(key) != after[table].get(key)
        ]
        for table in before
    }
    return {table: changes for table, changes in found.items() if changes}


def put(db: sqlite3.Connection, table: str, key: Key, row: Row | None) -> None:
    """Make a row what it is to be; None: it is not to be there."""
    names = _KEYS[table]
    if row is None:
        db.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = ?' for name in names)}", key)
        return
    columns = (*names, *row)
    db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT ({', '.join(names)}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in row)}",
        (*key, *row.values()),
    )


# --- names made by the way ---


def last_names(db: sqlite3.Connection) -> dict[str, int]:
    """The last number given in each table of what works name."""
    return {table: db.execute(f"SELECT ifnull(max(id), 0) FROM {table}").fetchone()[0] for table in NAMED}


def made_since(db: sqlite3.Connection, before: dict[str, int]) -> dict[str, tuple[int, int]]:
    """The names made since: table -> first and last number."""
    return {table: (before[table] + 1, last) for table, last in last_names(db).items() if last > before[table]}


def forget_names(db: sqlite3.Connection, made: dict[str, tuple[int, int]]) -> None:
    """Delete the names of these numbers that nothing refers to, in whichever table it might."""
    for table, (first, last) in made.items():
        used = [
            f"id NOT IN (SELECT {column} FROM {other} WHERE {column} IS NOT NULL)"
            for other, column in db.execute(
                'SELECT s.name, f."from" FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f '
                "WHERE s.type = 'table' AND f.\"table\" = ?",
                (table,),
            ).fetchall()
        ]
        db.execute(f"DELETE FROM {table} WHERE {' AND '.join(['id BETWEEN ? AND ?', *used])}", (first, last))
