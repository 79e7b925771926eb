"""How long `related` takes in a large library: python -m tests.benchmarks.scale [FILE]

A million invented works and twenty million citations (tests/benchmarks/invented.py); FILE is one built before, and takes
minutes less. Times are warm: every seed was asked once before. Beside them stands the least that plain SQLite needs for
the rows alone, in the same run: `citation (citing, cited)` as primary key with an index the other way round, in a file of
their own, and BM25 by a query of one's own on the same full-text index.

A ratio is the time (or memory) allowed over that taken: 1.00 or more keeps the promise.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from harvester.related import related, signals, words
from harvester.store import Row, Store
from harvester.store.connection import CACHE_KIB
from tests.benchmarks import invented
from tests.benchmarks.table import Line

WORKS = 1_000_000
SEEDS, FEWER = 200, 50  # of any works, and of each special kind
ALLOWED, MEMORY = 0.200, 100.0  # seconds for the 95th of a hundred, MB over the cache
LIMIT = 20

Times = dict[str, list[float]]

RAW = {
    "coupling": "SELECT o.citing, count(*) FROM citation m JOIN citation o ON o.cited = m.cited "
    "WHERE m.citing = :work AND o.citing <> :work GROUP BY o.citing ORDER BY 2 DESC LIMIT 100",
    "co-citation": "SELECT o.cited, count(*) FROM citation m JOIN citation o ON o.citing = m.citing "
    "WHERE m.cited = :work AND o.cited <> :work GROUP BY o.cited ORDER BY 2 DESC LIMIT 100",
}
RAW_TEXT = "SELECT rowid FROM work_text WHERE work_text MATCH ? ORDER BY rank LIMIT 100"


SIGNALS = {
    signals: ("text", "references", "cocited", "citations", "paths", "authors", "subjects", "venue"),
    words: ("similar", "profiles", "telling"),
}


class Timed(Store):
    """A store that remembers how long each named query took."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, read_only=True)
        self.took: defaultdict[str, float] = defaultdict(float)

    def rows(self, query: str, **parameters: object) -> list[Row]:
        return self.timed(super().rows, f"query {query.removeprefix('related_')}", query, **parameters)

    def timed(self, action: Callable[..., Any], name: str, *arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return action(*arguments, **named)
        finally:
            self.took[name] += time.perf_counter() - began

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """The signals are timed too, as `related` calls them: those of both passes together."""
        with contextlib.ExitStack() as stack:
            for module, names in SIGNALS.items():
                for name in names:
                    stack.enter_context(
                        mock.patch.object(module, name, partial(self.timed, getattr(module, name), name))
                    )
            yield


def seeds(db: sqlite3.Connection) -> dict[str, list[int]]:
    """The works asked about, by what is special about them."""
    some, works = _any(db), db.execute("SELECT max(id) FROM work").fetchone()[0]
    famous = [
        row[0]
        for row in db.execute(
            "SELECT record FROM standing ORDER BY count DESC, record LIMIT ?", (max(works // 100, 20),)
        )
    ]

    def those(condition: str) -> list[int]:
        return [work for work in some if db.execute(f"SELECT {condition}", {"work": work}).fetchone()[0]][:FEWER]

    return {
        "any": some[:SEEDS],
        "uncited": those("NOT EXISTS (SELECT 1 FROM citation WHERE cited = :work)"),
        "textless": those("(SELECT abstract IS NULL FROM work WHERE id = :work)"),
        "cites hub": those(
            f"EXISTS (SELECT 1 FROM citation WHERE citing = :work AND cited IN ({', '.join(map(str, famous[:10]))}))"
        ),
        "top 1 %": Random(0).sample(famous, min(len(famous), FEWER)),
        "top ten": famous[:10],
    }


def _any(db: sqlite3.Connection) -> list[int]:
    """Works drawn from all."""
    works = db.execute("SELECT max(id) FROM work").fetchone()[0]
    return Random(0).sample(range(1, works + 1), min(works, 50 * SEEDS))


def bare(path: Path) -> Path:
    """A file of the citations alone, as lean as SQLite holds them; made once beside the database."""
    lean = path.with_name(f"{path.stem}.bare.db")
    if not lean.exists():
        with contextlib.closing(sqlite3.connect(lean, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("ATTACH ? AS ours", (str(path),))
            db.execute(
                "CREATE TABLE citation (citing INTEGER, cited INTEGER, PRIMARY KEY (citing, cited)) WITHOUT ROWID"
            )
            db.execute("INSERT INTO citation SELECT citing, cited FROM ours.citation ORDER BY 1, 2")
            db.execute("CREATE INDEX citation_cited ON citation (cited, citing)")
    return lean


def queries(db: sqlite3.Connection, rng: Random) -> dict[str, list[str]]:
    """Three medium words (each in a hundredth of the works, more or less), and one that is very common."""
    works = db.execute("SELECT max(id) FROM work").fetchone()[0]
    titles = (
        db.execute("SELECT title FROM work WHERE id = ?", (n,)).fetchone()[0]
        for n in rng.sample(range(1, works + 1), min(100, works))
    )
    words = sorted({word for title in titles for word in title.lower().split()})
    found = {word: db.execute("SELECT doc FROM work_term WHERE term = ?", (word,)).fetchone() for word in words}
    shares = {word: row[0] / works for word, row in found.items() if row}
    medium = [word for word, share in shares.items() if 0.005 <= share <= 0.02] or list(shares)
    common = min(shares, key=lambda word: abs(shares[word] - 0.1))
    return {
        "BM25, three medium words": [" OR ".join(rng.choices(medium, k=3)) for _ in range(20)],
        f"BM25, one word that {shares[common]:.0%} of the works have": [common] * 3,
    }


def percentile(times: Sequence[float], share: float) -> float:
    """Of sorted or unsorted times, the one that `share` of them do not exceed.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5), percentile([4.0, 1.0, 3.0, 2.0], 0.95), percentile([7.0], 0.95)
    (2.0, 4.0, 7.0)
    """
    return sorted(times)[max(math.ceil(share * len(times)) - 1, 0)]


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def warm(action: Callable[[Any], object], values: Sequence[Any]) -> list[float]:
    """Seconds of each, asked a second time."""
    for value in values:
        action(value)
    return [timed(lambda v=value: action(v)) for value in values]  # type: ignore[misc]


def asked(store: Timed, works: Sequence[int]) -> Times:
    """Seconds of `related` for each work, and of each signal and each named query within."""
    for work in works:
        related(store, {work: 1.0}, limit=LIMIT)
    times: Times = defaultdict(list)
    for work in works:
        store.took.clear()
        with store.watching():
            busy = time.process_time()
            times["related"].append(timed(lambda w=work: related(store, {w: 1.0}, limit=LIMIT)))  # type: ignore[misc]
            times["processor alone"].append(time.process_time() - busy)
        for name, took in sorted(store.took.items()):
            times[name].append(took)
    return times


def measured(path: Path, which: Mapping[str, Sequence[int]]) -> dict[str, Times]:
    """Times by class of seeds: related, its queries, and the raw ones."""
    result: dict[str, Times] = {}
    with Timed(path) as store, plain(bare(path)) as raw:
        for name, works in which.items():
            result[name] = asked(store, works)
            for what, query in RAW.items():
                result[name][f"limit: {what}"] = warm(lambda w, q=query: raw.execute(q, {"work": w}).fetchall(), works)  # type: ignore[misc]
            print(f"({name}: asked)", file=sys.stderr, flush=True)
    return result


@contextlib.contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    """SQLite alone, with the cache that this program gives itself."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        db.execute("PRAGMA temp_store = MEMORY")
        yield db


def table(times: Mapping[str, Times]) -> Iterator[str]:
    """One row a thing timed, one column a class: 95th of a hundred in ms; of `related` the middle and the longest too."""
    yield f"{'p95 in ms':<26}" + "".join(f"{name:>10}" for name in times)
    yield f"{'(seeds)':<26}" + "".join(f"{len(one['related']):>10}" for one in times.values())
    for what, share in (("related, p50", 0.5), ("related, p95", 0.95), ("related, longest", 1.0)):
        yield _row(what, [percentile(one["related"], share) for one in times.values()])
    for what in dict.fromkeys(name for one in times.values() for name in one if name != "related"):
        yield _row(what, [percentile(one[what], 0.95) if one[what] else 0.0 for one in times.values()])


def _row(what: str, seconds: Sequence[float]) -> str:
    return f"{what:<26}" + "".join(f"{1000 * one:10.1f}" for one in seconds)


def peak(path: Path, part: str) -> float:
    """MB at most in the memory of a fresh process: "answering" about any works, or only "reading" into a cache as large."""
    command = [sys.executable, "-m", "tests.benchmarks.scale", str(path), part]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _answering(path: Path) -> None:
    with Store(path, read_only=True) as store:
        _fill(store.db)
        for work in _any(store.db)[:SEEDS]:
            related(store, {work: 1.0}, limit=LIMIT)


def _reading(path: Path) -> None:
    with plain(path) as db:
        _fill(db)


def _fill(db: sqlite3.Connection) -> None:
    """Read more pages than the cache holds."""
    db.execute("SELECT sum(length(abstract)) FROM (SELECT abstract FROM work LIMIT 200000)").fetchall()


def _most_held() -> float:
    """MB that this process has held at most."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


# --- told ---


def report(path: Path) -> Iterator[str]:
    """The library, the table, the limits of text, and what is promised."""
    with plain(path) as db:
        works, edges = (db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("work", "citation"))
        most = [row[0] for row in db.execute("SELECT count FROM standing ORDER BY count DESC LIMIT 10")]
        yield f"{works:,} works, {edges:,} citations, {path.stat().st_size / 1e6:,.0f} MB"
        yield f"most cited: {most[0]:,}, the tenth {most[-1]:,}; cache {CACHE_KIB // 1024} MB, {LIMIT} answers"
        which = seeds(db)
        texts = {
            what: warm(lambda q: db.execute(RAW_TEXT, (q,)).fetchall(), asked)
            for what, asked in queries(db, Random(0)).items()
        }
    times = measured(path, which)
    yield from ("", *table(times), "")
    for what, took in texts.items():
        yield str(Line(f"p95, limit: {what}", percentile(took, 0.95) * 1000, "ms"))
    for name, one in times.items():
        worst = percentile(one["related"], 0.95)
        yield str(Line(f"p95, related: {name}", worst * 1000, "ms", ALLOWED / worst, 1.0))
    reading, answering = peak(path, "reading"), peak(path, "answering")
    grown = answering - reading
    yield str(Line("memory, limit: SQLite with a full cache", reading, "MB"))
    yield str(Line("memory, related: over that", grown, "MB", MEMORY / max(grown, 1), 1.0))


def main(arguments: Sequence[str]) -> int:
    """Build if need be, measure, print; or be the process whose memory is measured."""
    if len(arguments) == 2:
        {"answering": _answering, "reading": _reading}[arguments[1]](Path(arguments[0]))
        print(_most_held())
        return 0
    with TemporaryDirectory() as folder:
        path = Path(arguments[0]) if arguments else Path(folder) / "million.db"
        if not path.exists():
            print(f"built in {timed(lambda: invented.build(path, WORKS).close()):.0f} s")
        for line in report(path):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
