"""Joining two works into one: records move, nothing else of history does, and the old number keeps answering."""

from __future__ import annotations

import sqlite3  # noqa: TID251

from harvester.store.works import CHILDREN


def join_works(db: sqlite3.Connection, keep: int, lose: int, on: str, why: str) -> None:
    """Move the records of work `lose` into `keep` and note it as an event; the caller merges `keep` anew."""
    moved = [row[0] for row in db.execute("SELECT id FROM record WHERE work = ?", (lose,)).fetchall()]
    # What is answered by this: whether a record of the one is of the other. Whether one belongs in its own work is not.
    db.executemany(
        "DELETE FROM review WHERE work = ? AND record IN (SELECT id FROM record WHERE work = ?)",
        [(keep, lose), (lose, keep)],
    )
    db.execute("UPDATE record SET work = ? WHERE work = ?", (keep, lose))
    for table in CHILDREN:
        db.execute(f"DELETE FROM {table} WHERE work = ?", (lose,))
    db.execute("UPDATE OR IGNORE review SET work = ? WHERE work = ?", (keep, lose))
    db.execute("DELETE FROM review WHERE work = ?", (lose,))
    db.execute("UPDATE former_work SET work = ? WHERE work = ?", (keep, lose))
    db.execute("DELETE FROM work WHERE id = ?", (lose,))
    db.execute("INSERT INTO former_work (id, work, on_day, why) VALUES (?, ?, ?, ?)", (lose, keep, on, why))
    db.execute(
        "INSERT INTO event (on_day, kind, work, before, after, why) VALUES (?, 'joined', ?, ?, ?, ?)",
        (on, keep, str(lose), ",".join(map(str, moved)), why),
    )


def current_number(db: sqlite3.Connection, work: int) -> int:
    """The number a work answers to now."""
    row = db.execute("SELECT work FROM former_work WHERE id = ?", (work,)).fetchone()
    return int(row[0]) if row else work
