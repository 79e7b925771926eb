"""Pace and budget of each service, kept in the database so that cron and a person share them."""

from __future__ import annotations

import sqlite3  # noqa: TID251

from harvester.http import Spent
from harvester.store.connection import Connection, transaction


class DatabaseBook:
    """harvester.http.Book over the budget table; every method is a transaction of its own."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def _row(self, source: str) -> sqlite3.Row:
        self._db.execute("INSERT OR IGNORE INTO budget (source) VALUES (?)", (source,))
        row: sqlite3.Row = self._db.execute("SELECT * FROM budget WHERE source = ?", (source,)).fetchone()
        return row

    def reserve(self, source: str, interval: float, now: float) -> float:
        """Book the next slot of this service for this process; returns the seconds to wait for it."""
        with transaction(self._db):
            # A clock set back must not make everybody wait for the difference.
            slot = max(now, min(float(self._row(source)["next_at"]), now + 100 * interval))
            self._db.execute("UPDATE budget SET next_at = ? WHERE source = ?", (slot + interval, source))
        return slot - now

    def blocked_until(self, source: str, now: float) -> float | None:
        """When the service may be asked again (UNIX seconds), None if now."""
        row = self._db.execute("SELECT blocked_until FROM budget WHERE source = ?", (source,)).fetchone()
        return float(row[0]) if row and row[0] is not None and row[0] > now else None

    def spent(self, source: str, spent: Spent, now: float) -> None:
        """Keep what a reply said about the budget."""
        with transaction(self._db):
            self._row(source)
            self._db.execute(
                "UPDATE budget SET allowance = ifnull(?, allowance), remaining = ifnull(?, remaining), "
                "reset_at = ifnull(?, reset_at) WHERE source = ?",
                (spent.limit, spent.remaining, now + spent.reset_seconds if spent.reset_seconds else None, source),
            )

    def block(self, source: str, until: float, why: str) -> None:
        """Nobody may ask this service before `until` (UNIX seconds)."""
        with transaction(self._db):
            self._row(source)
            self._db.execute(
                "UPDATE budget SET blocked_until = ?, blocked_why = ? WHERE source = ?", (until, why, source)
            )

    def requested(self, source: str) -> None:
        """Count a request that was sent."""
        with transaction(self._db):
            self._row(source)
            self._db.execute("UPDATE budget SET requests = requests + 1 WHERE source = ?", (source,))

    def key_refused(self, source: str, at: float | None) -> None:
        """Keep when the source refused our key (UNIX seconds); None: it is good."""
        with transaction(self._db):
            self._row(source)
            self._db.execute("UPDATE budget SET key_refused_at = ? WHERE source = ?", (at, source))
