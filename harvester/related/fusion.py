"""Reciprocal rank fusion: Cormack, Clarke, Buettcher 2009, doi:10.1145/1571941.1572114.

A work's score is the sum of weight / (60 + rank) over the signals that found it. Ranks, unlike strengths, are of one
kind whatever the signal; a signal that did not find a work adds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harvester.related.look import Signal

K = 60  # the paper's own value: how far the first ranks stand out


def order(scores: Mapping[int, float]) -> list[int]:
    """Works, the highest score first, equals by number.

    >>> order({3: 0.5, 1: 0.25, 2: 0.5})
    [2, 3, 1]
    """
    return [work for _, work in sorted((-score, work) for work, score in scores.items())]


def ranks(signal: Signal) -> dict[int, int]:
    """Work -> its rank from 1; equal strengths share the first of their ranks.

    >>> from harvester.related.look import Hit
    >>> ranks({3: Hit(0.5, 1), 1: Hit(0.25, 1), 2: Hit(0.5, 1)})
    {2: 1, 3: 1, 1: 3}
    """
    result: dict[int, int] = {}
    rank, before = 0, float("nan")
    for place, (negative, work) in enumerate(sorted((-hit.strength, work) for work, hit in signal.items()), start=1):
        if negative != before:
            rank, before = place, negative
        result[work] = rank
    return result


def fuse(ranked: Mapping[str, Mapping[int, int]], weights: Mapping[str, float]) -> dict[int, float]:
    """Work -> score, from signal -> work -> rank. A signal without a weight has no say."""
    scores: dict[int, float] = {}
    for name, weight in weights.items():
        for work, rank in ranked.get(name, {}).items():
            scores[work] = scores.get(work, 0.0) + weight / (K + rank)
    return scores


class Found:
    """What the signals have found so far, by the signal's name, and how each ranks it."""

    def __init__(self, out: Collection[int] = ()) -> None:
        """out: works of which nothing is to be said."""
        self.signals: dict[str, Signal] = {}
        self.ranks: dict[str, dict[int, int]] = {}
        self._out = frozenset(out)

    def add(self, **signals: Signal) -> None:
        """Take these signals in."""
        for name, signal in signals.items():
            self.signals[name] = {work: hit for work, hit in signal.items() if work not in self._out}
            self.ranks[name] = ranks(self.signals[name])

    def scores(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Work -> score, from the signals that have a weight."""
        return fuse(self.ranks, weights)

    def best(self, weights: Mapping[str, float]) -> list[int]:
        """The works that these signals find, best first."""
        return order(self.scores(weights))
