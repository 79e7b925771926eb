"""Breadth: a list whose works are near to what was asked and not all near to one another.

Maximal marginal relevance (Carbonell & Goldstein 1998, doi:10.1145/290941.291025): after the best work comes, again and
again, the one with the highest balance * relevance - (1 - balance) * similarity to the nearest of those already taken.

The balance was chosen on the reviews of tests/benchmarks/related.py (221 questions, twenty works each). Mean similarity of
two works in a list, different venues and first authors, against the nDCG@20 that is paid (mean over questions | reviews):

    balance  similarity  venues  authors   nDCG@20
    1          .097       10.6    18.2    .622 | .605
    0.7        .090       10.8    18.4    .617 | .595
    0.6        .087       10.9    18.5    .614 | .586
    0.5        .081       11.0    18.6    .605 | .566
    0.4        .073       11.2    18.8    .596 | .548
    0.3        .062       11.5    19.1    .573 | .514
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from harvester.related import words
from harvester.related.look import Look

POOL = 200  # of which twenty are chosen: further down hardly anything is relevant, and reading the words of more takes time
BALANCE = 0.6  # a tenth less alike for some three hundredths of what a review would have included
MOST_REFERENCES = 200  # read of each work: a review's thousand would cost time and say little more


class _Told(NamedTuple):
    """What two candidates are compared by: stems with their weights (a vector of length 1), and references."""

    weights: Mapping[str, float]
    references: frozenset[int]


def spread(look: Look, ranked: Sequence[tuple[int, float]], limit: int, *, balance: float = BALANCE) -> list[int]:
    """At most `limit` of the best POOL of `ranked`, (work, score) with the best first, in the order to show them.

    balance: 1 is the ranking as it is, 0 looks at breadth alone. What is left of the ranking follows as it was where more
    than POOL are wanted.
    """
    pool = [work for work, _ in ranked[:POOL]]
    told = _told(look, pool)
    relevance = _relevance([score for _, score in ranked[:POOL]])
    nearest = [0.0] * len(pool)  # of each candidate: its similarity to the nearest of those taken, as far as compared
    compared = [0] * len(pool)  # ... with so many of them
    waiting = [(-balance * relevance[place], place) for place in range(len(pool))]  # a heap: what it is worth at best
    taken: list[int] = []
    while waiting and len(taken) < limit:
        _, place = waiting[0]
        if compared[place] == len(taken):
            taken.append(pool[heapq.heappop(waiting)[1]])
            continue
        near = (similarity(told[pool[place]], told[work]) for work in taken[compared[place] :])
        nearest[place] = max(nearest[place], *near)
        compared[place] = len(taken)
        heapq.heapreplace(waiting, ((1 - balance) * nearest[place] - balance * relevance[place], place))
    return [*taken, *(work for work, _ in ranked[POOL:])][: max(limit, 0)]


def _relevance(scores: Sequence[float]) -> list[float]:
    """Scores on a scale of their own pool, the best 1 and the last 0, to be weighed against similarities.

    >>> _relevance([1.0, 0.75, 0.5]), _relevance([0.5, 0.5])
    ([1.0, 0.5, 0.0], [1.0, 1.0])
    """
    least, span = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
    return [(score - least) / span if span else 1.0 for score in scores]


def similarity(one: _Told, other: _Told) -> float:
    """How near two works are, 0 to 1: the mean of the cosines of their words and of their references.

    Where the references of one are not known, that of their words alone.
    """
    text = min(sum(one.weights[stem] * other.weights[stem] for stem in one.weights.keys() & other.weights.keys()), 1.0)
    if not one.references or not other.references:
        return text
    common = len(one.references & other.references)
    return (text + common / math.sqrt(len(one.references) * len(other.references))) / 2


def _told(look: Look, works: Sequence[int]) -> dict[int, _Told]:
    """Each work's words and references; a word counts for more the fewer of these works have it."""
    profiles = words.profiles(look, works)
    holding = Counter(stem for profile in profiles.values() for stem in profile.shares)
    rows = look.rows("spread_references", works=list(works), most=MOST_REFERENCES)
    references = {row["work"]: frozenset(msgspec.json.decode(row["things"], type=list[int])) for row in rows}
    result = {}
    for work in works:
        shares = profiles[work].shares if work in profiles else {}
        weights = {stem: share * math.log((len(works) + 1) / holding[stem]) for stem, share in shares.items()}
        length = math.hypot(*weights.values()) or 1.0
        result[work] = _Told(
            {stem: weight / length for stem, weight in weights.items()}, references.get(work, frozenset())
        )
    return result
