"""Runs and their checkpoints: what was asked, expected, received, and how it ended."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from harvester.records import Ask, Failed, Identifier
from harvester.store import days
from harvester.store.payloads import compress, digest

Status = Literal["open", "done", "short", "capped", "failed"]
_decode_ask = msgspec.json.Decoder(Ask).decode
_encode = msgspec.json.Encoder().encode


class Task(msgspec.Struct):
    """One ask of a run and how far it came."""

    run: int
    position: int
    source: str
    stage: str
    watch: int | None
    ask: Ask
    cursor: str | None = None
    pages: int = 0
    expected: int | None = None
    received: int = 0
    absent: int = 0
    failed: int = 0
    status: Status = "open"
    why: str | None = None


_FIELDS = Task.__struct_fields__
_PROGRESS = _FIELDS[_FIELDS.index("cursor") :]


_KINDS = {"+": "unknown", "-": "missing"}


def _kind(drift: str) -> tuple[str, str]:
    """(kind, path) of what a record tells of its drift."""
    kind = _KINDS.get(drift[:1])
    return (kind, drift[1:]) if kind else ("retyped", drift)


def _task(row: sqlite3.Row) -> Task:
    return Task(**{**dict(row), "ask": _decode_ask(row["ask"])})


class Runs:
    """The run, task, unanswered, quarantine and drift tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def start(self, kind: str, on: str, now: str) -> int:
        """A new run; one of its kind that was cut short earlier is closed as failed first."""
        days.begin(self._db, on)
        self._db.execute(
            "UPDATE run SET status = 'failed', note = 'cut short' WHERE status = 'running' AND kind = ?", (kind,)
        )
        row = self._db.execute(
            "INSERT INTO run (kind, on_day, started, status) VALUES (?, ?, ?, 'running') RETURNING id", (kind, on, now)
        )
        return int(row.fetchone()[0])

    def resume(self, kind: str, on: str) -> int | None:
        """The latest run of this kind if it is of this day and was cut short, or waits for a budget: go on with it."""
        row = self._db.execute(
            "SELECT id FROM run n WHERE id = (SELECT max(id) FROM run WHERE kind = ?) AND on_day = ? AND (status = 'running' "
            "OR EXISTS (SELECT 1 FROM task t WHERE t.run = n.id AND t.status = 'open'))",
            (kind, on),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE run SET status = 'running', finished = NULL WHERE id = ?", (row[0],))
        return int(row[0])

    def add(self, run: int, figures: dict[str, int]) -> None:
        """Add to a run's figures: received, new_works, changed, quarantined, requests."""
        columns = ", ".join(f"{name} = {name} + :{name}" for name in figures)
        self._db.execute(f"UPDATE run SET {columns} WHERE id = :run", {**figures, "run": run})

    def finish(self, run: int, status: str, now: str, note: str | None = None) -> None:
        """Close a run: complete, partial or failed."""
        self._db.execute("UPDATE run SET status = ?, finished = ?, note = ? WHERE id = ?", (status, now, note, run))

    def withdraw(self, run: int) -> None:
        """Take back a run that changed nothing."""
        self._db.execute("DELETE FROM run WHERE id = ?", (run,))

    # --- tasks ---

    def plan(self, run: int, tasks: Iterable[tuple[str, str, int | None, Ask]]) -> None:
        """Append tasks (source, stage, watch, ask) to a run's plan."""
        last = self._db.execute("SELECT ifnull(max(position), 0) FROM task WHERE run = ?", (run,)).fetchone()[0]
        self._db.executemany(
            "INSERT INTO task (run, position, source, stage, watch, ask) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (run, position, source, stage, watch, _encode(ask).decode())
                for position, (source, stage, watch, ask) in enumerate(tasks, start=last + 1)
            ],
        )

    def tasks(self, run: int, stage: str | None = None) -> list[Task]:
        """A run's tasks in order, all or of one stage."""
        rows = self._db.execute(
            f"SELECT {', '.join(_FIELDS)} FROM task WHERE run = ? AND (? IS NULL OR stage = ?) ORDER BY position",
            (run, stage, stage),
        )
        return [_task(row) for row in rows]

    def answered(self, on: str) -> list[Task]:
        """The asks of any run that were answered on a day, be it with less than was promised."""
        rows = self._db.execute(
            f"SELECT t.{', t.'.join(_FIELDS)} FROM run n JOIN task t ON t.run = n.id "
            "WHERE n.on_day = ? AND t.status IN ('done', 'short', 'capped') ORDER BY n.id, t.position",
            (on,),
        )
        return [_task(row) for row in rows]

    def checkpoint(self, task: Task) -> None:
        """Write how far a task came; in the same transaction as the page it came to."""
        self._db.execute(
            f"UPDATE task SET {', '.join(f'{name} = ?' for name in _PROGRESS)} WHERE run = ? AND position = ?",
            (*(getattr(task, name) for name in _PROGRESS), task.run, task.position),
        )

    def unanswered(self, run: int, source: str, absent: Sequence[Identifier], failed: Sequence[Failed]) -> None:
        """Keep which identifiers a source does not know and which could not be asked."""
        rows = [(run, source, *identifier, "absent", None) for identifier in absent]
        rows += [(run, source, *answer.asked, "failed", answer.why) for answer in failed]  # type: ignore[misc]
        self._db.executemany("INSERT OR REPLACE INTO unanswered VALUES (?, ?, ?, ?, ?, ?)", rows)

    # --- what could not be read ---

    def quarantine(
        self, run: int, source: str, on: str, bad: Iterable[tuple[str, bytes, str]], *, unasked: bool = False
    ) -> int:
        """Set raw records aside (origin, bytes, reason); returns how many were not there already.

        unasked: they can be read, but are not what was asked for: reading them again will not mend that.
        """
        before = self._db.total_changes
        self._db.executemany(
            "INSERT OR IGNORE INTO quarantine (run, source, origin, hash, body, reason, on_day, unasked) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(run, source, origin, digest(body), compress(body), reason, on, unasked) for origin, body, reason in bad],
        )
        return self._db.total_changes - before

    def drift(self, source: str, on: str, paths: Iterable[str], *, live: bool = True) -> None:
        """Count fields that were retyped, unknown ("+path") or missing ("-path").

        live: fetched on this day, after the records were saved. What a file lacks is not counted: people cut records down,
        and older generations had less.
        """
        found = Counter(paths)
        told = [
            (kind, path, n) for drift, n in found.items() for kind, path in [_kind(drift)] if live or kind != "missing"
        ]
        if not told:
            return
        read = self._read(source, on) if any(kind == "missing" for kind, _, _ in told) else None
        self._db.executemany(
            "INSERT INTO drift VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?5, ?6) ON CONFLICT DO UPDATE SET "
            "of_day = CASE WHEN excluded.last_seen > last_seen THEN 0 ELSE of_day END "
            "+ CASE WHEN excluded.last_seen >= last_seen THEN excluded.of_day ELSE 0 END, "
            "read = CASE WHEN excluded.last_seen >= last_seen THEN excluded.read ELSE read END, "
            "records = records + excluded.records, first_seen = min(first_seen, excluded.first_seen), "
            "last_seen = max(last_seen, excluded.last_seen)",
            [(source, kind, path, on, n, read) for kind, path, n in told],
        )

    def _read(self, source: str, on: str) -> int:
        """How many records of a source were read on a day."""
        found = self._db.execute("SELECT count(*) FROM record WHERE source = ? AND last_seen = ?", (source, on))
        return int(found.fetchone()[0])

    def observed(self, source: str, on: str) -> None:
        """This source was read on this day."""
        self._db.execute("INSERT OR IGNORE INTO observed_day VALUES (?, ?)", (source, on))
