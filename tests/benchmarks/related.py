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
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from harvester.importing import import_files
from harvester.related import collect, fusion, related, words
from harvester.related.look import Look, Signal
from harvester.store import Store
from tests.conftest import SHARED

DAY = "2026-01-01"
VARIANTS = ("FULL", "COLD", "POOL")
MEASURES = ("R@10", "R@20", "R@50", "nDCG@10", "nDCG@20", "MAP")
PLAIN = ("text", "TF-IDF", "references", "cocited", "citations")  # BM25, TF-IDF, coupling, co-citation, citations


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


def rankings(store: Store, work: int, texts: Texts) -> dict[str, list[int]]:
    """The ranking of `related`, that of each signal alone, and plain fusion: the five of PLAIN with equal weights."""
    ranked = collect(Look(store), {work: 1.0}).ranks
    ranked["TF-IDF"] = fusion.ranks(texts.similar(work))
    alone = {name: sorted(places, key=lambda one: (places[one], one)) for name, places in ranked.items() if places}
    plain = fusion.order(fusion.fuse(ranked, dict.fromkeys(PLAIN, 1.0)))
    return alone | {"RRF": plain, "related": [row.work for row in related(store, {work: 1.0}, limit=sys.maxsize)]}


class Texts:
    """TF-IDF over all texts, for comparison: `related` asks it only about what other signals have found."""

    def __init__(self, store: Store) -> None:
        self._look = Look(store)
        self._works = [row[0] for row in store.db.execute("SELECT id FROM work")]

    def similar(self, work: int) -> Signal:
        seed = {work: 1.0}
        told = words.telling(self._look, words.mixed(words.profiles(self._look, [work]), seed))
        found = words.similar(self._look, told, self._works)
        return {one: hit for one, hit in found.items() if one != work}


def evaluate(bench: Bench, store: Store, variant: str, texts: Texts) -> dict[str, list[tuple[str, dict[str, float]]]]:
    """Ranking's name -> [(review, measures)] for one variant; a signal that finds nothing has nothing for that query."""
    result: dict[str, list[tuple[str, dict[str, float]]]] = defaultdict(list)
    for query in bench.queries:
        with without_citations(store, query.seed, deleted=variant == "COLD"):
            found = rankings(store, query.seed, texts)
        pool = bench.pools[query.review] if variant == "POOL" else None
        for name, ranking in found.items():
            kept = [work for work in ranking if pool is None or work in pool]
            result[name].append((query.review, measure(kept, query.relevant)))
    return {name: _whole(rows, bench.queries) for name, rows in result.items()}


def _whole(rows: list[tuple[str, dict[str, float]]], queries: Sequence[Query]) -> list[tuple[str, dict[str, float]]]:
    """With nothing found where a signal has found nothing, so that every mean is over all queries."""
    lacking = Counter(query.review for query in queries) - Counter(review for review, _ in rows)
    return rows + [(review, dict.fromkeys(MEASURES, 0.0)) for review in lacking.elements()]


def seconds(bench: Bench, store: Store) -> tuple[float, float, float]:
    """Median, 95th percentile and longest time of a question of twenty answers."""
    times = []
    for query in bench.queries:
        start = time.perf_counter()
        related(store, {query.seed: 1.0})
        times.append(time.perf_counter() - start)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]


def table(variant: str, found: Mapping[str, list[tuple[str, dict[str, float]]]]) -> Iterator[str]:
    """Each ranking's measures, mean over queries and macro over reviews; then nDCG@20 of the fused ones by review."""
    heads = "".join(f"{name:>8}" for name in MEASURES)
    yield f"{variant:15}{heads}  |{heads}"
    for name, rows in found.items():
        both = (mean([row for _, row in rows]), macro(rows))
        yield f"{name:15}" + "  |".join("".join(f"{figures[one]:8.3f}" for one in MEASURES) for figures in both)
    for name in ("RRF", "related"):
        reviews = sorted({review for review, _ in found[name]})
        by = (f"{one} {mean([row for review, row in found[name] if review == one])['nDCG@20']:.3f}" for one in reviews)
        yield f"{name:15} nDCG@20 by review: {', '.join(by)}"


def main() -> int:
    """Import, measure, print."""
    if not SHARED.is_dir():
        print("nothing measured: the benchmark's data (../shared) are not on this machine")
        return 0
    with tempfile.TemporaryDirectory() as folder, import_corpus(Path(folder) / "bench.db") as store:
        bench, texts = Bench(store, SHARED / "relbench"), Texts(store)
        print(f"{len(bench.queries)} queries, {len(bench.pools)} reviews; mean over queries | macro mean over reviews")
        for variant in VARIANTS:
            print()
            for line in table(variant, evaluate(bench, store, variant, texts)):
                print(line, flush=True)
        middle, late, longest = seconds(bench, store)
        print(f"\nseconds a query of twenty answers: median {middle:.3f}, p95 {late:.3f}, longest {longest:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
