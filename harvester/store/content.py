"""One number for what a database says, whenever and in however many sittings it was said."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from hashlib import blake2b

# How and when the work was done is no content: times of day, checkpoints, pace.
_NO_CONTENT = {"run", "task", "budget", "_sqlite_migrations", "unanswered"}


def content_hash(db: sqlite3.Connection) -> str:
    """A hash (hexadecimal) over every row of every table of content, in the order of their keys."""
    mark = blake2b(digest_size=16)
    for name, sql in db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
        if name in _NO_CONTENT or name.startswith(("sqlite_", "work_text", "work_term")):
            continue
        key = "id" if "INTEGER PRIMARY KEY" in sql else ", ".join(_key(db, name))
        mark.update(name.encode())
        for row in db.execute(f'SELECT * FROM "{name}" ORDER BY {key}'):
            mark.update(repr(tuple(row)).encode())
    return mark.hexdigest()


def _key(db: sqlite3.Connection, table: str) -> list[str]:
    columns = db.execute(f'PRAGMA table_info("{table}")').fetchall()
    return [column["name"] for column in sorted(columns, key=lambda c: c["pk"]) if column["pk"]]
