"""Joining works into one and taking them apart: records move, nothing else of history does, old numbers keep answering."""

from __future__ import annotations

import sqlite3  # noqa: TID251

from harvester.store import families
from harvester.store.sql import json_list
from harvester.store.works import CHILDREN


def join_works(db: sqlite3.Connection, keep: int, lose: int, on: str, why: str, decision: int | None = None) -> None:
    """Move the records of work `lose` into `keep` and note it as an event; the caller merges `keep` anew.

    decision: the person's decision that it is, None where identifiers decided.
    """
    moved = [row[0] for row in db.execute("SELECT id FROM record WHERE work = ?", (lose,)).fetchall()]
    # What is answered by this: whether a record of the one is of the other. Whether one belongs in its own work is not.
    db.executemany(
        "DELETE FROM review WHERE work = ? AND record IN (SELECT id FROM record WHERE work = ?)",
        [(keep, lose), (lose, keep)],
    )
    db.execute("UPDATE record SET work = ? WHERE work = ?", (keep, lose))
    close_work(db, lose, keep)
    db.execute("INSERT INTO former_work (id, work, on_day, why) VALUES (?, ?, ?, ?)", (lose, keep, on, why))
    db.execute(
        "INSERT OR IGNORE INTO event (on_day, kind, work, before, after, why, decision) VALUES (?, 'joined', ?, ?, ?, ?, ?)",
        (on, keep, str(lose), ",".join(map(str, moved)), why, decision),
    )


def close_work(db: sqlite3.Connection, work: int, heir: int) -> None:
    """Delete a work that has no records left; questions about it and numbers that answered to it go to its heir."""
    for table in CHILDREN:
        db.execute(f"DELETE FROM {table} WHERE work = ?", (work,))
    db.execute(  # of an open question and the same one answered, the answer stays
        "DELETE FROM review WHERE work = ? AND state = 'open' AND record IN "
        "(SELECT record FROM review WHERE work = ? AND state <> 'open')",
        (heir, work),
    )
    db.execute("UPDATE OR IGNORE review SET work = ? WHERE work = ?", (heir, work))
    db.execute("DELETE FROM review WHERE work = ?", (work,))
    db.execute("UPDATE former_work SET work = ? WHERE work = ?", (heir, work))
    families.follow(db, heir, work)
    db.execute("DELETE FROM work WHERE id = ?", (work,))


def open_work(db: sqlite3.Connection, work: int, origin: int | None) -> None:
    """A work of this number without records or fields yet; origin: the work its records come out of.

    It is as retracted as that one, so that merging it finds no news in what has long been known.
    """
    db.execute(
        "INSERT INTO work (id, is_retracted, origin) VALUES (?, (SELECT is_retracted FROM work WHERE id = ?), '{}')",
        (work, origin),
    )
    db.execute("INSERT INTO work_text (rowid, title, abstract) VALUES (?, NULL, NULL)", (work,))


def readdress(db: sqlite3.Connection, work: int) -> None:
    """Old numbers that answer to this work go with the records they stood for, where these are now together elsewhere."""
    for (former,) in db.execute("SELECT id FROM former_work WHERE work = ?", (work,)).fetchall():
        event = db.execute(
            "SELECT after FROM event WHERE kind = 'joined' AND before = ? AND record IS NULL ORDER BY id DESC LIMIT 1",
            (str(former),),
        ).fetchone()
        if event is None:
            continue
        stood_for = [int(number) for number in event[0].split(",") if number]
        homes = {
            row[0]
            for row in db.execute(
                "SELECT r.work FROM json_each(?) j JOIN record r ON r.id = j.value", (json_list(stood_for),)
            )
        }
        if len(homes) == 1 and None not in homes and homes != {work}:
            db.execute("UPDATE former_work SET work = ? WHERE id = ?", (homes.pop(), former))


def current_number(db: sqlite3.Connection, work: int) -> int:
    """The number a work answers to now."""
    row = db.execute("SELECT work FROM former_work WHERE id = ?", (work,)).fetchone()
    return int(row[0]) if row else work


def work_exists(db: sqlite3.Connection, work: int) -> bool:
    """Whether there is a work of this very number."""
    return db.execute("SELECT 1 FROM work WHERE id = ?", (work,)).fetchone() is not None


def work_numbered(db: sqlite3.Connection, number: int) -> int | None:
    """The work with this number, or the one it became part of; None if there never was one.

    The number of a work that a split opened answers also when that split is undone: it is where its records are.
    """
    work = current_number(db, number)
    if work_exists(db, work):
        return work
    row = db.execute(
        "SELECT r.work FROM decision d, json_each(d.records) j JOIN record r ON r.id = j.value "
        "WHERE d.opened = ? AND r.work IS NOT NULL ORDER BY r.id LIMIT 1",
        (number,),
    ).fetchone()
    return None if row is None else int(row[0])
