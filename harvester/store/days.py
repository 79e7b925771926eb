"""The present: the day on which is written what is written. History (store/lens.py) says until which day something held."""

from __future__ import annotations

import sqlite3  # noqa: TID251

_BEGIN = """
INSERT INTO written_day (day, work, record, venue, author)
SELECT ?1, ?2, (SELECT ifnull(max(id), 0) FROM record),
       (SELECT ifnull(max(id), 0) FROM venue), (SELECT ifnull(max(id), 0) FROM author)
"""
_LAST_WORK = """
SELECT max(ifnull((SELECT max(id) FROM work), 0), ifnull((SELECT max(id) FROM former_work), 0),
           ifnull((SELECT max(opened) FROM decision), 0))
"""


def begin(db: sqlite3.Connection, on: str) -> None:
    """What is written from now on is written on this day (ISO); before anything else of a day, inside its transaction.

    Days only go forward: what is written on a day before the present (a file imported late, a clock set back) is known from the
    present on, so that no report of an earlier day is changed by it.
    """
    if on > (last(db) or ""):
        db.execute(_BEGIN, (on, last_work_number(db)))


def begun_before(db: sqlite3.Connection, day: str) -> bool:
    """Whether something was written on an earlier day, so that there may have been reports of it."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM written_day WHERE day < ?)", (day,)).fetchone()[0])


def last_work_number(db: sqlite3.Connection) -> int:
    """The highest number ever given to a work, 0 if none was."""
    return int(db.execute(_LAST_WORK).fetchone()[0])


def last(db: sqlite3.Connection) -> str | None:
    """The last day on which something was written, None if nothing ever was."""
    row = db.execute("SELECT max(day) FROM written_day").fetchone()
    return None if row is None else row[0]
