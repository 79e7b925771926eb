"""Rows that are known by a key (authors, institutions, subjects, records named only in references): key -> number."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from harvester.store.sql import json_list

K = TypeVar("K", bound=Hashable)
MAX_KNOWN = 1_000_000  # keys remembered between batches: about 100 MB


class Names(Generic[K]):
    """Gives each key of one table its number; a new key gets the next one and a row that is written at `flush`.

    Numbers are given in order of first use, so the same input always makes the same database.
    """

    def __init__(self, db: sqlite3.Connection, table: str, key: tuple[str, ...], columns: tuple[str, ...]) -> None:
        """key: the columns that make the key; columns: all columns of a row, key included, `id` first."""
        self._db = db
        self._single = len(key) == 1
        fields = ", ".join(f"t.{column}" for column in key)
        match = " AND ".join(
            f"t.{column} = " + ("j.value" if self._single else f"j.value ->> {n}") for n, column in enumerate(key)
        )
        self._select = f"SELECT t.id, {fields} FROM json_each(?) j JOIN {table} t ON {match}"
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._max = f"SELECT ifnull(max(id), 0) FROM {table}"
        self._numbers: dict[K, int] = {}
        self._rows: list[tuple[object, ...]] = []
        self._last: int | None = None
        self._all = False  # whether every key of the table is known: it was empty when first looked at

    def forget(self) -> None:
        """Forget what was known: the database has changed under it."""
        self._numbers.clear()
        self._rows.clear()
        self._last = None

    def learn(self, keys: Iterable[K]) -> None:
        """Look up all keys not yet known, in one query."""
        if self._last is None:
            self._last = self._db.execute(self._max).fetchone()[0]
            self._all = self._last == 0
        if self._all:
            return
        if unknown := [key for key in keys if key not in self._numbers]:
            for row in self._db.execute(self._select, (json_list(unknown),)):
                self._numbers[row[1] if self._single else tuple(row)[1:]] = row[0]  # type: ignore[index]

    def number(self, key: K, rest: tuple[object, ...]) -> int:
        """The number of a learnt key; a new one gets the next, with `rest` as its other columns."""
        found = self._numbers.get(key)
        if found is None:
            found = self._last = (self._last or 0) + 1
            self._numbers[key] = found
            self._rows.append((found, key, *rest) if self._single else (found, *key, *rest))  # type: ignore[misc]
        return found

    def numbers(self, keys: Sequence[K], rest: tuple[object, ...]) -> list[int]:
        """The numbers of many keys, learnt here and now; as `number` for each, in a third of the time."""
        self.learn(keys)
        known, last = self._numbers, self._last or 0
        found = []
        for key in keys:
            number = known.get(key)
            if number is None:
                number = known[key] = last = last + 1
                self._rows.append((number, key, *rest) if self._single else (number, *key, *rest))  # type: ignore[misc]
            found.append(number)
        self._last = last
        return found

    def get(self, key: K) -> int | None:
        """The number of a learnt key, None if it is new."""
        return self._numbers.get(key)

    def flush(self) -> None:
        """Write the rows of the new keys."""
        if self._rows:
            self._db.executemany(self._insert, self._rows)
            self._rows = []

    def trim(self) -> None:
        """Forget the numbers if they have become too many; only where none of them is needed without learning it again."""
        if len(self._numbers) > MAX_KNOWN:
            self._numbers.clear()
            self._all = False
