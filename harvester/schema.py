"""Finds db/, applies migrations, rewrites views.

A migration is one file, db/migrations/NNNN_name.sql, applied once and never edited after a release. A view is one file,
db/views/NAME.sql, holding a SELECT; all views are dropped and made anew at every migrate. A query is one file,
db/queries/NAME.sql, read by name. `PRAGMA user_version` carries a fingerprint of it all, so that opening a database
that is up to date costs one comparison.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
import zlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from harvester import normal, titles
from harvester.errors import StoreError

APPLICATION_ID = 0x48525654  # "HRVT": `file harvest.db` shows it, and a foreign file is refused
MIGRATION_SET = "harvester"


@cache
def sql_root() -> Traversable:
    """The db/ folder: inside the installed package, or beside it in a checkout."""
    package = files("harvester")
    for root in (package / "db", package / ".." / "db"):
        if (root / "migrations").is_dir():
            return root
    raise StoreError("the folder db/ with the database's tables is missing from this installation; install it again")


def _folder(name: str) -> dict[str, str]:
    found = [entry for entry in (sql_root() / name).iterdir() if entry.name.endswith(".sql")]
    return {entry.name[:-4]: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def migrations() -> dict[str, str]:
    """Name -> SQL script, in the order they apply."""
    return _folder("migrations")


def views() -> dict[str, str]:
    """Name -> SELECT, every file of db/views."""
    return _folder("views")


@cache
def query(name: str) -> str:
    """The text of db/queries/NAME.sql."""
    return (sql_root() / "queries" / f"{name}.sql").read_text("utf-8")


@cache
def fingerprint() -> int:
    """A number (31 bits) that changes with any migration or view."""
    text = "\0".join(f"{name}\0{sql}" for folder in (migrations(), views()) for name, sql in folder.items())
    return zlib.crc32(text.encode()) & 0x7FFFFFFF


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether the database needs no migration. Raises StoreError if it is some other program's file."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application == APPLICATION_ID:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == fingerprint())
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise StoreError("this file is a database of another program; name another file with --db")
    return False


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Bring the database to this program's schema; returns the names of the migrations applied.

    Raises StoreError if the file was made by a newer harvester, or by another program.
    """
    if is_current(connection):
        return []
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending = [] if is_current(connection) else _migrate(connection)  # another process may have been quicker
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return pending


def _migrate(connection: sqlite3.Connection) -> list[str]:
    """Everything in the caller's one transaction: a file is either of the old schema or of the new one."""
    from sqlite_utils import Database, Migrations

    database = Database(connection, execute_plugins=False)
    known = Migrations(MIGRATION_SET)
    for name, script in migrations().items():
        known(name=name)(_applier(name, script))
    applied = {migration.name for migration in known.applied(database)}
    if unknown := applied - set(migrations()):
        raise StoreError(f"this file was made by a newer harvester (it has {max(unknown)}); update the program")
    pending = [migration.name for migration in known.pending(database)]
    _lend(connection)
    # Views go first: SQLite changes no table while a view of it cannot be read.
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall():
        connection.execute(f'DROP VIEW "{name}"')
    known.apply(database)
    for name, select in views().items():
        connection.execute(f'CREATE VIEW "{name}" AS {select}')
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {fingerprint()}")
    return pending


def _lend(connection: sqlite3.Connection) -> None:
    """Spelling rules that a migration needs to bring what is held to today's spelling."""
    lent: dict[str, Callable[[str | None], str | None]] = {
        "title_blocks": lambda title: msgspec.json.encode(titles.blocks(title)).decode(),
        "title_key": normal.title_key,
        "name_key": normal.name_key,
    }
    for name, function in lent.items():
        connection.create_function(name, 1, function, deterministic=True)


def _applier(name: str, script: str):  # type: ignore[no-untyped-def]  # sqlite-utils is imported only when needed
    def apply(database) -> None:  # type: ignore[no-untyped-def]
        database.executescript(script)

    apply.__name__ = name
    return apply
