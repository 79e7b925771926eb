"""The tracker on a year of daily counts: python -m tests.benchmarks.tracking [works, by default 100,000]

An invented literature: on each day 2 % of the counts change, half of these picked evenly, half among the much cited; one change
in twenty is a fall, one work in a thousand got a new id at its source. A promise is for 100,000 works; with more of them it
may take as many times longer, and a fifth more (twelve times for a million).

A ratio is the time (or the size) allowed over that taken: 1.00 or more keeps the promise. Above each line stands the least that
SQLite needs for the rows alone, in the same run.
"""

from __future__ import annotations

import contextlib
import gc
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from harvester.store import Store, counts, holding
from harvester.store.counts import Count
from harvester.store.days import begin as begin_day
from harvester.tracker.changes import changes
from harvester.tracker.growth import growth
from harvester.tracking import DEFAULTS
from tests.benchmarks.table import Line

START = date(2025, 1, 1)
DAYS, RECORDED = 365, 7  # so many of them, at the end, are recorded against the clock
WORKS, CHANGING, VENUES = 100_000, 0.02, 500
A_SECOND, TOP, CHANGES, SERIES, SIZE = 500_000, 0.050, 0.050, 0.001, 1.5
# (days, ending so many days before the last one)
WINDOWS = ((1, 0), (7, 0), (30, 0), (91, 0), (182, 0), (364, 0), (7, 180), (30, 180), (91, 180))


def day(number: int) -> str:
    """The day of that number of the year."""
    return (START + timedelta(days=number)).isoformat()


class Literature:
    """Counts of invented works, day by day."""

    def __init__(self, works: int) -> None:
        self._rng = Random(works)
        self.counts = {n: int(self._rng.paretovariate(0.9)) for n in range(1, works + 1)}
        self._records = list(self.counts)
        self._weights = list(accumulate(count**0.7 for count in self.counts.values()))
        self._changing = max(round(CHANGING * works), 1)

    def changed(self) -> list[int]:
        """A day passes; returns whose counts are others now."""
        half = self._changing // 2
        cited = self._rng.choices(self._records, cum_weights=self._weights, k=half)
        moved = sorted({*cited, *self._rng.sample(self._records, self._changing - half)})
        for number in moved:
            fell = self.counts[number] and self._rng.random() < 0.05
            self.counts[number] += -1 if fell else self._rng.choice((1, 1, 1, 2, 3))
        return moved


def build(store: Store, literature: Literature, days: int) -> None:
    """The database after so many days on each of which every count was seen; only what changes is written on the way."""
    _write_works(store, len(literature.counts))
    with store.transaction():
        counts.begin(store.db, [Count(number, day(0), count) for number, count in literature.counts.items()])
        store.runs.observed("openalex", day(0))
        for number in range(1, days):
            moved = literature.changed()
            # until yesterday what stood was seen
            store.db.executemany(
                "UPDATE standing SET last_seen = ? WHERE record = ?", [(day(number - 1), n) for n in moved]
            )
            counts.observe(store.db, [Count(n, day(number), literature.counts[n]) for n in moved])
            store.runs.observed("openalex", day(number))
        store.db.execute("UPDATE standing SET last_seen = ?", (day(days - 1),))


def _write_works(store: Store, works: int) -> None:
    numbers = range(1, works + 1)
    with store.transaction():
        begin_day(store.db, day(0))
        store.db.executemany(
            "INSERT INTO venue (id, name) VALUES (?, ?)",
            [(n, f"Journal of Invented Harbours {n}") for n in range(1, VENUES + 1)],
        )
        store.db.executemany(
            "INSERT INTO work (id, title, year, doi, venue, origin) VALUES (?, ?, ?, ?, ?, '{}')",
            ((n, f"Harbour number {n} and its tides", 2000 + n % 25, f"10.5555/{n}", n % VENUES + 1) for n in numbers),
        )
        store.db.executemany(
            "INSERT INTO record (id, source, source_id, work, first_seen, last_seen) VALUES (?, 'openalex', ?, ?, ?, ?)",
            ((n, f"W{n}", n, day(0), day(DAYS - 1)) for n in numbers),
        )
        # every thousandth work has another id at its source since the summer
        store.db.execute("UPDATE record SET work = id - 1 WHERE id % 1000 = 1 AND id > 1")
        store.db.execute(
            "UPDATE record SET successor = id + 1, gone_on = ? WHERE id % 1000 = 0 AND id < ?", (day(200), works)
        )


# --- the least that any program could do ---


def _minimum(path: Path, store: Store) -> sqlite3.Connection:
    """A file of exactly the rows that truly changed: record, first and last day, count."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -131072")
    db.execute(
        "CREATE TABLE change (record INTEGER, first TEXT, last TEXT, count INTEGER, PRIMARY KEY (record, first)) WITHOUT ROWID"
    )
    found = store.db.execute(
        "SELECT o.record, o.first_seen, ifnull(o.last_seen, s.last_seen), o.count "
        "FROM observation o JOIN standing s ON s.record = o.record ORDER BY o.record, o.first_seen"
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO change VALUES (?, ?, ?, ?)", map(tuple, found))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    return db


def _raw_day(db: sqlite3.Connection, moved: Sequence[tuple[int, str, int]], on: str) -> None:
    """The rows of one day, known beforehand: what ends, what begins, and that all the rest was seen."""
    db.execute("BEGIN IMMEDIATE")
    db.executemany("UPDATE change SET last = ?2 WHERE record = ?1 AND first = (SELECT max(first) FROM change WHERE record = ?1)",
                   [(record, on) for record, _, _ in moved])  # fmt: skip
    db.executemany("INSERT INTO change VALUES (?1, ?2, ?2, ?3)", moved)
    db.execute("UPDATE seen SET last = ?", (on,))
    db.execute("COMMIT")


RAW_TOP = (
    "SELECT record, sum(gained) FROM observation WHERE first_seen > ? AND first_seen <= ? GROUP BY record "
    "ORDER BY 2 DESC LIMIT 50"
)


# --- measured ---


def lines(works: int = WORKS) -> Iterator[Line]:
    """Recording, growth, changes, a series, size: each with the least that SQLite needs."""
    allowed = 1.0 if works <= WORKS else 1.2 * works / WORKS
    literature = Literature(works)
    with TemporaryDirectory() as folder, Store(Path(folder) / "year.db", create=True) as store:
        build(store, literature, DAYS - RECORDED)
        with contextlib.closing(_minimum(Path(folder) / "minimum.db", store)) as raw:
            smallest = (Path(folder) / "minimum.db").stat().st_size
            yield from _size(store, smallest)
            yield from _recording(store, raw, literature, allowed)
        store.checkpoint()
        with Store(store.path, read_only=True) as reader:
            yield from _growing(reader, allowed)
            yield from _changes(reader, allowed)
            yield from _series(reader, works)


def _size(store: Store, smallest: int) -> Iterator[Line]:
    """Pages as they are after a year of writing, not as they would be written anew."""
    tables = "('observation', 'standing', 'standing_rises', 'observed_day', 'source_day', 'held_count')"
    ours = store.db.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN {tables}").fetchone()[0]
    yield Line("size of a year: the rows that truly changed, alone", smallest / 1e6, "MB")
    yield Line("size of a year: counts, and what stands", ours / 1e6, "MB", SIZE * smallest / ours, 1.0)


def _recording(store: Store, raw: sqlite3.Connection, literature: Literature, allowed: float) -> Iterator[Line]:
    raw.execute("CREATE TABLE seen (record INTEGER PRIMARY KEY, last TEXT NOT NULL)")
    raw.execute("INSERT INTO seen SELECT DISTINCT record, '' FROM change")
    ours, limits = list[float](), list[float]()
    for number in range(DAYS - RECORDED, DAYS):
        moved = [(n, day(number), literature.counts[n]) for n in literature.changed()]
        seen = [Count(n, day(number), count) for n, count in literature.counts.items()]
        gc.collect()  # what the benchmark itself leaves behind
        limits.append(_timed(lambda m=moved, n=number: _raw_day(raw, m, day(n))))
        ours.append(_timed(lambda s=seen, n=number: _record(store, s, day(n))))
    works, took = len(literature.counts), statistics.median(ours)
    yield Line("a day recorded: limit (its rows, known beforehand)", works / statistics.median(limits), "counts/s")
    yield Line("a day recorded: harvester", works / took, "counts/s", WORKS / A_SECOND * allowed / took, 1.0)


def _record(store: Store, seen: Sequence[Count], on: str) -> None:
    with store.transaction():
        holding.observe(store.db, "openalex", seen, DEFAULTS)  # as a harvest does, falls looked at
        store.runs.observed("openalex", on)


def _growing(store: Store, allowed: float) -> Iterator[Line]:
    slowest, which, limit = 0.0, "", 0.0
    for days, before in WINDOWS:
        to = day(DAYS - 1 - before)
        took = _warm(lambda d=days, t=to: growth(store, to=t, days=d, limit=50))
        if took > slowest:
            since = day(DAYS - 1 - before - days)
            slowest, which = took, f"{days} days{', half a year ago' if before else ''}"
            limit = _warm(lambda s=since, t=to: store.db.execute(RAW_TOP, (s, t)).fetchall())
    yield Line(f"top 50: limit (one plain SELECT; {which})", limit * 1000, "ms")
    yield Line(f"top 50: the slowest of {len(WINDOWS)} windows", slowest * 1000, "ms", TOP * allowed / slowest, 1.0)


def _changes(store: Store, allowed: float) -> Iterator[Line]:
    on = day(DAYS - 1)
    limit = _warm(lambda: store.db.execute("SELECT * FROM observation WHERE first_seen = ?", (on,)).fetchall())
    yield Line("changes of a day: limit (its rows alone)", limit * 1000, "ms")
    took = _warm(lambda: changes(store, as_of=on, on=on))
    yield Line("changes of a day: the weightiest twenty", took * 1000, "ms", CHANGES * allowed / took, 1.0)
    took = _warm(lambda: changes(store, as_of=on, on=on, limit=1_000_000))
    yield Line("changes of a day: every one of them", took * 1000, "ms", CHANGES * allowed / took, 1.0)


def _series(store: Store, works: int) -> Iterator[Line]:
    asked = Random(0).sample(range(1, works + 1), 40)
    raw = "SELECT first_seen, last_seen, count FROM observation WHERE record = ?"
    unfolded = "SELECT day, count FROM citation_counts WHERE work = ? ORDER BY day"
    yield Line(
        "one series: limit (its rows alone)",
        1000 * _each(lambda n: store.db.execute(raw, (n,)).fetchall(), asked),
        "ms",
    )
    took = _each(lambda n: counts.series(store.db, n), asked)
    yield Line("one series: as it is kept", took * 1000, "ms", SERIES / took, 1.0)
    took = _each(lambda n: store.db.execute(unfolded, (n,)).fetchall(), asked)
    yield Line("one series: each of its days (view citation_counts)", took * 1000, "ms", SERIES / took, 1.0)


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _warm(action: Callable[[], object]) -> float:
    action()
    return statistics.median(_timed(action) for _ in range(7))


def _each(action: Callable[[int], object], values: Sequence[int]) -> float:
    return statistics.median(_timed(lambda v=value: action(v)) for value in values)


def main(arguments: Sequence[str]) -> int:
    works = int(arguments[0]) if arguments else WORKS
    print(f"{works:,} works, {DAYS} days, {CHANGING:.0%} of the counts change on each")
    for line in lines(works):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
