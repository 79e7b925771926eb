"""Marks: the works that a person has kept or dismissed as related to another.

They hang on records, so that joining works and taking them apart needs nothing here; the view `marks` shows the last word about
two works.
"""

from __future__ import annotations

from collections.abc import Iterable

from harvester.store import days
from harvester.store.connection import Connection
from harvester.store.deciding import Word

_INSERT = """
INSERT INTO mark (seed, marked, state, on_day, at, who, note)
SELECT s.id, m.id, ?3, ?4, ?5, ?6, ?7
FROM (SELECT min(id) AS id FROM record WHERE work = ?1) s, (SELECT min(id) AS id FROM record WHERE work = ?2) m
"""


class Marks:
    """The mark table. Whoever calls holds a transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, pairs: Iterable[tuple[int, int]], state: str, word: Word) -> None:
        """Somebody says of each (seed, work) that the work is kept, dismissed, or neither any more (cleared)."""
        days.begin(self._db, word.on)
        self._db.executemany(_INSERT, [(*pair, state, word.on, word.at, word.who, word.why) for pair in pairs])
