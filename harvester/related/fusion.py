"""Reciprocal rank fusion: Cormack, Clarke, Buettcher 2009, doi:10.1145/1571941.1572114.

A work's score is the sum of weight / (60 + rank) over the signals that found it. Ranks, unlike strengths, are of one
kind whatever the signal; a signal that did not find a work adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from harvester.related.look import Signal

K = 60  # the paper's own value: how far the first ranks stand out


def order(scores: Mapping[int, float]) -> list[int]:
    """Works, the highest score first, equals by number.

    >>> order({3: 0.5, 1: 0.25, 2: 0.5})
    [2, 3, 1]
    """
    return sorted(scores, key=lambda work: (-scores[work], work))


def ranks(signal: Signal) -> dict[int, int]:
    """Work -> its rank from 1; equal strengths share the first of their ranks.

    >>> from harvester.related.look import Hit
    >>> ranks({3: Hit(0.5, 1), 1: Hit(0.25, 1), 2: Hit(0.5, 1)})
    {2: 1, 3: 1, 1: 3}
    """
    result: dict[int, int] = {}
    rank, before = 0, float("nan")
    for place, work in enumerate(order({work: hit.strength for work, hit in signal.items()}), start=1):
        if signal[work].strength != before:
            rank, before = place, signal[work].strength
        result[work] = rank
    return result


def fuse(ranked: Mapping[str, Mapping[int, int]], weights: Mapping[str, float]) -> dict[int, float]:
    """Work -> score, from signal -> work -> rank. A signal without a weight has no say."""
    scores: dict[int, float] = {}
    for name, weight in weights.items():
        for work, rank in ranked.get(name, {}).items():
            scores[work] = scores.get(work, 0.0) + weight / (K + rank)
    return scores
