"""Finds db/, applies migrations, rewrites views.

A migration is one file, db/migrations/NNNN_name.sql, applied once and never edited after a release. A view is one file,
db/views/NAME.sql, holding a SELECT; all views are dropped and made anew at every migrate. A query is one file,
db/queries/NAME.sql, read by name. `PRAGMA user_version` carries a fingerprint of it all, so that opening a database
that is up to date costs one comparison.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

import msgspec

from harvester import normal, titles
from harvester.errors import StoreError

APPLICATION_ID = 0x48525654  # "HRVT": `file harvest.db` shows it, and a foreign file is refused
MIGRATION_SET = "harvester"


class Kept(NamedTuple):
    """A table whose earlier rows are kept in `was`: on which changes, and when a row is so new that nothing is kept of it.

    fresh: SQL that is true of a row ({row}) that was not there at the end of the day before; {day}, {work} ... are columns of
    the present (`written_day`).
    """

    changes: tuple[str, ...]
    fresh: str


NUMBERED = ("work", "record", "venue", "author")  # whose highest numbers `written_day` has
_ALL, _HELD = ("INSERT", "UPDATE", "DELETE"), ("UPDATE", "DELETE")
_OF_NEW_WORK = Kept(_HELD, "{row}.work > {work}")  # store/works.py writes itself which of these are new
KEPT = {
    "work": Kept(_HELD, "{row}.id > {work}"),
    "authorship": _OF_NEW_WORK,
    "affiliation": _OF_NEW_WORK,
    "work_subject": _OF_NEW_WORK,
    "work_funding": _OF_NEW_WORK,
    "highlight": _OF_NEW_WORK,
    "record": Kept(
        ("UPDATE OF work, decision, why, gone_on, successor",), "{row}.id > {record} OR {row}.first_seen IS NULL"
    ),
    "citation": Kept(
        ("UPDATE OF last_seen, influential, created, author_self, venue_self, intents",), "{row}.first_seen >= {day}"
    ),
    "citation_context": Kept(
        _ALL,
        "(SELECT c.first_seen FROM citation c WHERE c.citing = {row}.citing AND c.cited = {row}.cited) >= {day}",
    ),
    "relation": Kept(_HELD, "{row}.first_seen >= {day}"),
    "identifier": Kept(_HELD, "{row}.first_seen >= {day}"),
    "venue": Kept(("UPDATE",), "{row}.id > {venue}"),
    "venue_identifier": Kept(_ALL, "{row}.venue > {venue}"),
    "venue_metric": Kept(_ALL, "{row}.venue > {venue}"),
    "author": Kept(_HELD, "{row}.id > {author}"),
    "institution": Kept(("DELETE",), "0"),  # of these a decision undone takes back what it had made
    "subject": Kept(("DELETE",), "0"),
    "funder": Kept(("DELETE",), "0"),
    "family_member": Kept(_ALL, "{row}.work > {work}"),
    "former_work": Kept(_ALL, "{row}.on_day >= {day}"),
    "review": Kept(_ALL, "{row}.on_day >= {day}"),
    "verdict": Kept(_ALL, "(SELECT d.on_day FROM decision d WHERE d.id = {row}.decision) >= {day}"),
    "decision": Kept(("UPDATE OF undone_by",), "{row}.on_day >= {day}"),
    "watch": Kept(_ALL, "{row}.added_on >= {day}"),
    "watch_record": Kept(_ALL, "{row}.record > {record}"),
    "watch_entry": Kept(_HELD, "{row}.added_on >= {day}"),
    "held_count": Kept(_HELD, "{row}.first_day >= {day}"),
    "inbox_watch": Kept(("DELETE",), "(SELECT i.since FROM inbox_item i WHERE i.id = {row}.item) >= {day}"),
    "digest": Kept(("DELETE",), "{row}.on_day >= {day}"),
}


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
    """A number (31 bits) that changes with any migration or view, or with what history is kept."""
    text = "\0".join(f"{name}\0{sql}" for folder in (migrations(), views()) for name, sql in folder.items()) + repr(
        KEPT
    )
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
    for kind, name in connection.execute(
        "SELECT type, name FROM sqlite_schema WHERE type = 'view' OR type = 'trigger' AND name GLOB 'was_*'"
    ).fetchall():
        connection.execute(f'DROP {kind} "{name}"')
    known.apply(database)
    for name, select in views().items():
        connection.execute(f'CREATE VIEW "{name}" AS {select}')
    for trigger in _history(connection):
        connection.execute(trigger)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {fingerprint()}")
    return pending


def columns(connection: sqlite3.Connection, table: str) -> tuple[dict[str, str], list[str]]:
    """The columns of a table in their order, each with its type, and those of its primary key in theirs."""
    described = connection.execute(f'PRAGMA main.table_info("{table}")').fetchall()
    key = sorted((row for row in described if row[5]), key=lambda row: row[5])
    return {row[1]: row[2] for row in described}, [row[1] for row in key]


def _history(connection: sqlite3.Connection) -> Iterator[str]:
    """The triggers that keep what KEPT says. Made anew at every migrate, so that a column added later is kept too."""
    for table, kept in (
        KEPT.items() if columns(connection, "was")[0] else ()
    ):  # one of an older schema has no place for it
        names, key = columns(connection, table)
        for change in kept.changes:
            row = "new" if change == "INSERT" else "old"
            differ = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _watched(change, names))
            when = [f"NOT ifnull({_fresh(kept, row)}, 0)"] + ([f"({differ})"] if change.startswith("UPDATE") else [])
            held = "NULL" if change == "INSERT" else _listed(row, names)
            keyed = _listed(row, {name: names[name] for name in key})
            yield (
                f"CREATE TRIGGER was_{table}_{change.split()[0].lower()} AFTER {change} ON {table} WHEN {' AND '.join(when)} "
                "BEGIN SELECT RAISE(ABORT, 'no day has begun: store.days.begin') WHERE NOT EXISTS (SELECT 1 FROM written_day); "
                # NOT EXISTS, for OR IGNORE would be overruled by what the statement says that fires the trigger
                f"INSERT INTO was SELECT '{table}', {keyed}, d.day, {held} "
                "FROM (SELECT max(day) AS day FROM written_day) d WHERE NOT EXISTS (SELECT 1 FROM was w "
                f"WHERE w.of = '{table}' AND w.key = {keyed} AND w.until = d.day); END"
            )


def _watched(change: str, names: Iterable[str]) -> Iterable[str]:
    """The columns a change of which is history."""
    _, _, told = change.partition(" OF ")
    return told.split(", ") if told else names


def _fresh(kept: Kept, row: str) -> str:
    marks = {name: f"(SELECT {name} FROM written_day ORDER BY day DESC LIMIT 1)" for name in ("day", *NUMBERED)}
    return kept.fresh.format(row=row, **marks)


def _listed(row: str, names: dict[str, str]) -> str:
    """SQL: a row as JSON; SQLite would cut a number of 17 digits to 15."""
    exact = "iif({0} IS NULL, NULL, printf('%!.17g', {0}))"
    values = (exact.format(f"{row}.{name}") if kind == "REAL" else f"{row}.{name}" for name, kind in names.items())
    return f"json_array({', '.join(values)})"


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
