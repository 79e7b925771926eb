"""Which weights the benchmark's reviews choose: python -m tests.benchmarks.weights

Leave one review out: the weights that are best on three reviews (nDCG@20, mean over the reviews, FULL and COLD) are judged on the
fourth, which had no say. Beside them stand equal weights and those that are shipped (harvester/related/weights.py). A weight that
only one review wants is noise. Takes some minutes.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from harvester.related import collect, fusion
from harvester.related.look import Look
from harvester.related.weights import WEIGHTS
from harvester.store import Store
from tests.benchmarks.related import Bench, import_corpus, measure, without_citations
from tests.conftest import SHARED

MEASURE = "nDCG@20"
DEPTH = 300  # places of a signal looked at: what is deeper decides nothing among the first twenty
GRID = {
    "near_cocited": (1.0, 2.0, 3.0, 4.0),
    "near_similar": (0.0, 0.5, 1.0),
    "near_citations": (0.0, 0.5, 1.0),
    "references": (0.25, 0.5, 1.0),
    "subjects": (0.0, 0.25, 0.5),
}

Weights = Mapping[str, float]


class Asked(NamedTuple):
    """One question's answers: signal -> work -> rank, and the works that count as found."""

    review: str
    relevant: set[int]
    ranked: dict[str, dict[int, int]]


def asked(bench: Bench, store: Store, variant: str) -> Iterator[Asked]:
    for query in bench.queries:
        with without_citations(store, query.seed, deleted=variant == "COLD"):
            ranked = collect(Look(store), {query.seed: 1.0}).ranks
        near = {name: {w: rank for w, rank in places.items() if rank <= DEPTH} for name, places in ranked.items()}
        yield Asked(query.review, query.relevant, near)


def by_review(answers: Sequence[Asked], weights: Weights) -> dict[str, float]:
    """Review -> the mean of the measure over its questions."""
    found = defaultdict(list)
    for one in answers:
        ranking = fusion.order(fusion.fuse(one.ranked, weights))
        found[one.review].append(measure(ranking, one.relevant)[MEASURE])
    return {review: sum(values) / len(values) for review, values in found.items()}


def choose(scores: Mapping[int, Mapping[str, float]], reviews: Sequence[str]) -> int:
    """The number of the weights that are best on these reviews."""
    return max(scores, key=lambda number: (sum(scores[number][review] for review in reviews), -number))


def main() -> int:
    if not SHARED.is_dir():
        print("nothing measured: the benchmark's data (../shared) are not on this machine")
        return 0
    with tempfile.TemporaryDirectory() as folder, import_corpus(Path(folder) / "bench.db") as store:
        bench = Bench(store, SHARED / "relbench")
        answers = {variant: list(asked(bench, store, variant)) for variant in ("FULL", "COLD")}
    tried = [WEIGHTS | dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    equal = dict.fromkeys(WEIGHTS, 1.0)

    def judged(weights: Weights) -> dict[str, float]:
        both = [by_review(found, weights) for found in answers.values()]
        return {review: sum(one[review] for one in both) / len(both) for review in both[0]}

    scores = {number: judged(weights) for number, weights in enumerate(tried)}
    shipped, same = judged(WEIGHTS), judged(equal)
    print(f"{len(tried)} weightings, {MEASURE}, mean of FULL and COLD")
    print(f"{'left out':20}{'equal':>8}{'chosen':>8}{'shipped':>8}  chosen by the three others: {', '.join(GRID)}")
    for review in sorted(shipped):
        best = choose(scores, [other for other in shipped if other != review])
        values = ", ".join(f"{tried[best][name]:g}" for name in GRID)
        print(f"{review:20}{same[review]:8.3f}{scores[best][review]:8.3f}{shipped[review]:8.3f}  {values}")
    best = choose(scores, list(shipped))
    print(f"by all four: {', '.join(f'{tried[best][name]:g}' for name in GRID)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
