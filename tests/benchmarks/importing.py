"""Importing real OpenAlex works, against the least that any program could do for the same rows.

The limit, in the same run: gunzip, decode (orjson), raw executemany of the very rows our import made, then the same indexes
and the same full-text index. It decides nothing, cleans nothing, merges nothing and keeps no provenance of its own.
"""

from __future__ import annotations

import gzip
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from harvester import schema
from harvester.importing import import_files
from harvester.sources import parser_of
from harvester.store import Store
from tests.benchmarks.table import Line

ROUNDS = 3
ON, NOW = "2026-11-23", "2026-11-23T00:00:00+00:00"


def lines(shared: Path) -> list[Line]:
    """The rows of the table: our import and the limit, in works a second, and their ratio."""
    works = sorted((shared / "corpus" / "openalex" / "synergy").glob("*.jsonl.gz"))
    files = sorted((shared / "seed").glob("*.txt")) + works
    with TemporaryDirectory() as folder:
        parser_of("openalex")  # importing modules is not importing works
        ours, limits = [], []
        for number in range(ROUNDS):
            path = Path(folder) / f"ours-{number}.db"
            ours.append(_timed(lambda path=path: _import(path, files)))
            tables, indexes = _contents(path)
            bare = Path(folder) / f"limit-{number}.db"
            limits.append(_timed(lambda bare=bare, t=tables, i=indexes: _load(bare, works, t, i)))
        again = _timed(lambda: _import(path, files))
        with Store(path, read_only=True) as store:
            held = (store.row("totals") or {})["works"]
    mine, limit = statistics.median(ours), statistics.median(limits)
    return [
        Line("import: limit (gunzip, decode, raw rows, indexes, FTS)", held / limit, "works/s"),
        Line("import: harvester (with identity, merge, provenance)", held / mine, "works/s", limit / mine, 0.5),
        Line("import: the same files again, nothing new", held / again, "works/s", limit / again),
    ]


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _import(path: Path, files: list[Path]) -> None:
    with Store(path, create=True) as store:
        import_files(store, files, ON, NOW)


Table = tuple[str, str, list[tuple[object, ...]]]


def _contents(path: Path) -> tuple[list[Table], list[str]]:
    """Every table (name, definition, rows) and every index our import made."""
    with sqlite3.connect(path) as db:
        names = db.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        ).fetchall()
        tables = [
            (name, sql, db.execute(f'SELECT * FROM "{name}"').fetchall())
            for name, sql in names
            if not name.startswith(("work_text", "sqlite_"))
        ]
        indexes = [
            row[0] for row in db.execute("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        ]
    db.close()
    return tables, indexes


def _load(path: Path, files: list[Path], tables: list[Table], indexes: list[str]) -> None:
    fts = next(line for line in schema.migrations()["0001_spine"].split(";") if "VIRTUAL TABLE work_text" in line)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -131072")
    db.execute("BEGIN")
    for file in files:
        with gzip.open(file) as stream:
            for line in stream:
                orjson.loads(line)
    for name, sql, rows in tables:
        db.execute(sql)
        if rows:
            db.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
    for sql in indexes:
        db.execute(sql)
    db.execute(fts)
    db.execute("INSERT INTO work_text (work_text) VALUES ('rebuild')")
    db.execute("COMMIT")
    db.close()
