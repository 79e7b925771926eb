"""The watch list: standing orders for a work, a venue or a query."""

from __future__ import annotations

import sqlite3  # noqa: TID251

import msgspec


class Watch(msgspec.Struct, frozen=True):
    """A standing order: kind work (value scheme:identifier), venue (value ISSN) or query (value text)."""

    id: int
    kind: str
    value: str
    label: str | None
    added_on: str


class Watches:
    """The watch and watch_record tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, kind: str, value: str, label: str | None, on: str) -> tuple[Watch, bool]:
        """Add a watch; returns it and whether it is new. A watch that is there only takes a new label."""
        row = self._db.execute("SELECT id FROM watch WHERE kind = ? AND value = ?", (kind, value)).fetchone()
        if row is None:
            self._db.execute(
                "INSERT INTO watch (kind, value, label, added_on) VALUES (?, ?, ?, ?)", (kind, value, label, on)
            )
        elif label is not None:
            self._db.execute("UPDATE watch SET label = ? WHERE id = ?", (label, row[0]))
        found = self._db.execute("SELECT * FROM watch WHERE kind = ? AND value = ?", (kind, value)).fetchone()
        return Watch(**dict(found)), row is None

    def all(self) -> list[Watch]:
        """Every watch, oldest first."""
        return [Watch(**dict(row)) for row in self._db.execute("SELECT * FROM watch ORDER BY id")]

    def remove(self, watch: int) -> bool:
        """Remove a watch; what it has harvested stays. Returns whether there was one."""
        return self._db.execute("DELETE FROM watch WHERE id = ?", (watch,)).rowcount > 0

    def caught(self, watch: int, source: str, source_ids: list[str]) -> None:
        """These records belong to what the watch stands for."""
        self._db.executemany(
            "INSERT OR IGNORE INTO watch_record SELECT ?, id FROM record WHERE source = ? AND source_id = ?",
            [(watch, source, source_id) for source_id in source_ids],
        )

    def stands_for(self, watch: int, works: list[int]) -> None:
        """A watch stands for every record of these works."""
        self._db.executemany(
            "INSERT OR IGNORE INTO watch_record SELECT ?, id FROM record WHERE work = ?",
            [(watch, work) for work in works],
        )
