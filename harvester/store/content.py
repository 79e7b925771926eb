"""One number for what a database says, whenever and in however many sittings it was said."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Collection
from hashlib import blake2b

# How and when the work was done is no content: times of day, checkpoints, pace; nor what was known on earlier days, which is
# another in as many sittings.
_NO_CONTENT = {
    "run",
    "task",
    "budget",
    "_sqlite_migrations",
    "unanswered",
    "unaccounted",
    "written_day",
    "was",
    "unseen",
    "common_stem",
}
_NO_CONTENT_COLUMNS = {"run", "read_in", "of_day", "read", "at"}
# Nothing refers to the rows of these by their number, which only says how many were written and deleted before.
_NUMBERED = {"payload", "quarantine", "review", "event"}


def content_hash(db: sqlite3.Connection, *, without: Collection[str] = ()) -> str:
    """A hash (hexadecimal) over every row of every table of content but those named, in the order of their keys."""
    mark = blake2b(digest_size=16)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
        if name in _NO_CONTENT or name in without or name.startswith(("sqlite_", "work_text", "work_term")):
            continue
        described = db.execute(f'PRAGMA table_info("{name}")').fetchall()
        names = [row["name"] for row in described if row["name"] not in _NO_CONTENT_COLUMNS]
        key = [row["name"] for row in sorted(described, key=lambda row: row["pk"]) if row["pk"]]
        if name in _NUMBERED:
            names.remove("id")
            key = names
        mark.update(name.encode())
        for row in db.execute(f'SELECT {", ".join(names)} FROM "{name}" ORDER BY {", ".join(key)}'):
            mark.update(repr(tuple(row)).encode())
    return mark.hexdigest()
