"""How well `related` ranks: python -m tests.benchmarks.related

Question: given one article that a systematic review included, how high stand the others it included? FULL: all
citations; COLD: none into the seed, as for a new article; POOL: only what the review's own search had retrieved.
Read from ../shared/relbench; its protocol is followed to the letter, ranks of one signal alone and of the fusion.
"""

from __future__ import annotations

import gzip
import math
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from harvester.importing import import_files
from harvester.related import collect, fusion, related
from harvester.related.signals import Look
from harvester.store import Store
from tests.conftest import SHARED

DAY = "2026-01-01"
VARIANTS = ("FULL", "COLD", "POOL")
MEASURES = ("R@10", "R@20", "R@50", "nDCG@10", "nDCG@20", "MAP")
PLAIN = ("text", "similar", "references", "cocited", "citations")  # BM25, TF-IDF, coupling, co-citation, citations

Rankings = Mapping[str, Sequence[int]]


class Query(msgspec.Struct):
    """One question: the seed, its review, and the works that count as found."""

    seed: int
    review: str
    relevant: set[int]


class Bench:
    """The benchmark's works in a database, its queries and its pools."""

    def __init__(self, store: Store, folder: Path) -> None:
        rows = store.db.execute("SELECT source_id, work FROM record WHERE source = 'openalex' AND work IS NOT NULL")
        works = dict(tuple(row) for row in rows)
        answers = defaultdict(set)
        with gzip.open(folder / "qrels_dev.txt.gz", "rt") as lines:
            for query, _, found, relevant in map(str.split, lines):
                if relevant == "1":
                    answers[query].add(works[found])
        queries = msgspec.json.decode((folder / "queries_dev.json").read_bytes())
        self.queries = [Query(works[q["seed"]], q["review"], answers[q["qid"]] - {works[q["seed"]]}) for q in queries]
        pools = msgspec.json.decode((folder / "pools_dev.json").read_bytes())
        self.pools = {review: {works[name] for name in names if name in works} for review, names in pools.items()}


def import_corpus(path: Path) -> Store:
    """A new database of the seed's files, the benchmark's works and the works of the seed's theme."""
    store = Store(path, create=True)
    corpus = SHARED / "corpus"
    files = [SHARED.glob("seed/*.txt"), corpus.glob("openalex/synergy/*.gz"), corpus.glob("domain/*.json")]
    import_files(store, [path for found in files for path in sorted(found)], DAY, f"{DAY}T00:00:00Z")
    return store


def measure(ranking: Sequence[int], relevant: set[int]) -> dict[str, float]:
    """The measures of one ranking; gain is binary, nDCG's ideal is cut at k.

    >>> found = measure([1, 2, 3], {1, 3})
    >>> found["R@10"], round(found["nDCG@10"], 3), round(found["MAP"], 3)
    (1.0, 0.92, 0.833)
    """
    places = [place for place, work in enumerate(ranking, start=1) if work in relevant]
    result = {f"R@{k}": sum(place <= k for place in places) / len(relevant) for k in (10, 20, 50)}
    for k in (10, 20):
        ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))
        result[f"nDCG@{k}"] = sum(1 / math.log2(place + 1) for place in places if place <= k) / ideal
    result["MAP"] = sum(found / place for found, place in enumerate(places, start=1)) / len(relevant)
    return result


def mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in MEASURES}


def macro(rows: Sequence[tuple[str, Mapping[str, float]]]) -> dict[str, float]:
    """The mean over reviews of their means."""
    by_review = defaultdict(list)
    for review, row in rows:
        by_review[review].append(row)
    return mean([mean(found) for found in by_review.values()])


@contextmanager
def without_citations(store: Store, work: int, *, deleted: bool) -> Iterator[None]:
    """COLD: as if nobody had cited this work yet."""
    if not deleted:
        yield
        return
    store.db.execute("BEGIN")
    try:
        store.db.execute("DELETE FROM citation WHERE cited IN (SELECT id FROM record WHERE work = ?)", (work,))
        yield
    finally:
        store.db.execute("ROLLBACK")


def rankings(store: Store, work: int) -> dict[str, list[int]]:
    """The ranking of the fusion, that of each signal alone, and that of plain fusion: equal weights, one pass."""
    ranked = collect(Look(store), {work: 1.0}).ranks
    alone = {name: sorted(places, key=lambda one: (places[one], one)) for name, places in ranked.items()}
    plain = fusion.order(fusion.fuse(ranked, dict.fromkeys(PLAIN, 1.0)))
    return alone | {"RRF": plain, "related": [row.work for row in related(store, {work: 1.0}, limit=sys.maxsize)]}


def evaluate(
    bench: Bench, store: Store, variant: str, rank: Callable[[Store, int], Rankings] = rankings
) -> dict[str, Any]:
    """Ranking's name -> [(review, measures)] for one variant."""
    result: dict[str, list[tuple[str, dict[str, float]]]] = defaultdict(list)
    for query in bench.queries:
        with without_citations(store, query.seed, deleted=variant == "COLD"):
            found = rank(store, query.seed)
        for name, ranking in found.items():
            pool = bench.pools[query.review] if variant == "POOL" else None
            kept = [work for work in ranking if pool is None or work in pool]
            result[name].append((query.review, measure(kept, query.relevant)))
    return result


def seconds(bench: Bench, store: Store) -> tuple[float, float]:
    """Middle and worst time of a question of twenty answers."""
    times = []
    for query in bench.queries:
        start = time.perf_counter()
        related(store, {query.seed: 1.0})
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2], max(times)


def main() -> int:
    """Import, measure, print."""
    if not SHARED.is_dir():
        print("nothing measured: the benchmark's data (../shared) are not on this machine")
        return 0
    with tempfile.TemporaryDirectory() as folder, import_corpus(Path(folder) / "bench.db") as store:
        bench = Bench(store, SHARED / "relbench")
        print(f"{len(bench.queries)} queries, {len(bench.pools)} reviews; mean over queries | macro mean over reviews")
        for variant in VARIANTS:
            print(
                f"\n{variant:12}"
                + "".join(f"{name:>8}" for name in MEASURES)
                + "  |"
                + "".join(f"{m:>8}" for m in MEASURES)
            )
            found = evaluate(bench, store, variant)
            for name in found:
                both = (mean([row for _, row in found[name]]), macro(found[name]))
                print(f"{name:12}" + "  |".join("".join(f"{figures[m]:8.3f}" for m in MEASURES) for figures in both))
        middle, worst = seconds(bench, store)
        print(f"\nseconds a query of twenty answers: middle {middle:.3f}, worst {worst:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
