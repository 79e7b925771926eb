"""How long a person waits: a command from a cold process, and the same question in a warm one.

A ratio is the time allowed over the time taken: 1.00 or more keeps the promise.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from harvester.importing import import_files
from harvester.related import related
from harvester.store import Store
from tests.benchmarks.table import Line

HELP, COLD, WARM = 0.200, 1.000, 0.300  # seconds
WORDS = ("migraine prophylaxis", "dissociation", "systematic review trial")


def lines(shared: Path) -> list[Line]:
    """Start-up, `search` and `related` on all the real works."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "works.db"
        files = [*sorted((shared / "seed").glob("*.txt")), *sorted((shared / "corpus" / "domain").glob("*.json"))]
        files += sorted((shared / "corpus" / "openalex" / "synergy").glob("*.jsonl.gz"))
        with Store(path, create=True) as store:
            import_files(store, files, "2026-11-23", "2026-11-23T00:00:00+00:00")
            seeds = [row[0] for row in store.db.execute("SELECT id FROM work WHERE id % 97 = 0 ORDER BY id LIMIT 40")]
        seed = "10.1111/1758-5899.70005"
        found = [
            _line("harvester --help, cold", _cold(path, "--help"), HELP),
            _line("harvester search, cold", _cold(path, "search", "dissociation"), COLD),
            _line("harvester related, cold", _cold(path, "related", seed), COLD),
            _line("harvester show, cold", _cold(path, "show", seed), COLD),
        ]
        with Store(path, read_only=True) as store:
            found.append(_line("search, warm (median of 3 queries)", _warm(lambda w: _search(store, w), WORDS), WARM))
            found.append(
                _line("related, warm (median of 40 seeds)", _warm(lambda w: related(store, {w: 1.0}), seeds), WARM)
            )
            worst = max(_timed(lambda w=work: related(store, {w: 1.0})) for work in seeds)
            found.append(_line("related, warm (slowest of 40 seeds)", worst, WARM))
    return found


def _line(what: str, took: float, allowed: float) -> Line:
    return Line(what, took * 1000, "ms", allowed / took, 1.0)


def _search(store: Store, words: str) -> object:
    from harvester.cli.reading import fts_query

    return store.rows("search", match=fts_query(words), limit=20, as_of="2026-11-23")


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _warm(action: Callable[..., object], values: object) -> float:
    return statistics.median(_timed(lambda v=value: action(v)) for value in values)  # type: ignore[attr-defined]


def _cold(database: Path, *words: str) -> float:
    program = Path(sys.executable).with_name("harvester")
    command = [str(program), "--db", str(database), *words]
    environment = {"PATH": os.environ["PATH"]}
    return statistics.median(
        _timed(lambda: subprocess.run(command, check=True, capture_output=True, env=environment)) for _ in range(7)
    )
