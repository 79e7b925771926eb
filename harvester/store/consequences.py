"""What deciding brings with it: works found to be one, questions for a person, works that are to be merged anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harvester.identity import Decision, Join, New, Same, works_conflict
from harvester.store import moved
from harvester.store.connection import Connection
from harvester.store.joining import current_number, join_works
from harvester.store.known import Known
from harvester.store.sql import json_list


class Consequences:
    """Gathers over a batch what its decisions bring with them; `join` joins, at its end, what was found to be one.

    touched: the works whose records have changed, to be merged anew by whoever saves the batch.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._joins: list[tuple[int, int, int, str]] = []
        self.touched: set[int] = set()

    def forget(self) -> None:
        """Drop what was gathered: the transaction it belongs to was undone, or another process wrote."""
        self._joins.clear()
        self.touched.clear()

    def decided(self, number: int, work: int, decision: Decision, on: str) -> None:
        """Note the joins and doubts of a decision about record `number`, now in `work`."""
        if isinstance(decision, Same | Join):
            self._joins += [(number, work, other, why) for other, why in decision.joins]
        if not isinstance(decision, New):
            for other, why in decision.doubts:
                self.ask(number, other, why, on)

    def ask(self, number: int, candidate: int | None, why: str, on: str) -> None:
        """Leave a question about record `number` for a person; candidate: the work it may belong to, if there is one."""
        self._db.execute(
            "INSERT OR IGNORE INTO review (record, work, why, on_day) VALUES (?, ?, ?, ?)", (number, candidate, why, on)
        )

    def take_together(self, moves: Iterable[moved.Move]) -> None:
        """A source that lets one of its records go on as another says that they are one article."""
        for move in moves:
            works = [work for work in (move.work, move.heir_work) if work is not None]
            self.touched.update(works)
            if len(set(works)) == 2:
                self._joins.append((move.record, works[0], works[1], move.why))

    def inherit(self, gone: Sequence[int], on: str) -> None:
        """Let records that are gone go on as those that answer for them now."""
        self.take_together(moved.inherit(self._db, gone, on))

    def question_matches(self, on: str) -> None:
        """Ask about records placed on evidence alone whose work has other DOIs than theirs by now: do they belong there?"""
        for record, work, mine, theirs in self._db.execute(
            "SELECT m.id, m.work, min(mi.value), min(oi.value) FROM json_each(?) j "
            "CROSS JOIN record m ON m.work = j.value AND m.decision = 'match' "
            "CROSS JOIN identifier mi ON mi.record = m.id AND mi.scheme = 'doi' AND NOT mi.alias "
            "CROSS JOIN record o ON o.work = m.work AND o.id <> m.id "
            "CROSS JOIN identifier oi ON oi.record = o.id AND oi.scheme = 'doi' AND NOT oi.alias "
            "GROUP BY m.id HAVING NOT max(mi.value = oi.value)",
            (json_list(sorted(self.touched)),),
        ).fetchall():
            self.ask(record, work, f"placed here on evidence alone, but their DOIs differ: {mine}, {theirs}", on)

    def join(self, on: str, known: Known) -> int:
        """Join the works found to be one, unless what else this batch brought speaks against it; the older number stays."""
        done = 0
        for record, one, other, why in self._joins:
            mine, candidate = current_number(self._db, one), current_number(self._db, other)
            if mine == candidate:
                continue
            if against := works_conflict(known.holder(mine), known.holder(candidate)):
                self.ask(record, candidate, f"{why}, but {against}", on)
                continue
            keep, lose = sorted((mine, candidate))
            join_works(self._db, keep, lose, on, why)
            self.touched.discard(lose)
            self.touched.add(keep)
            done += 1
        self._joins.clear()
        return done
