"""Reciprocal rank fusion: Cormack, Clarke, Buettcher 2009, doi:10.1145/1571941.1572114.

A work's score is the sum of weight / (60 + rank) over the signals that found it. Ranks, unlike strengths, are of one
kind whatever the signal; a signal that did not find a work adds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harvester.related.signals import Signal

K = 60  # the paper's own value: how far the first ranks stand out
WEIGHTS = {"authors": 0.5, "venue": 0.25}  # the others 1: people change fields, and a journal holds many


def order(scores: Mapping[int, float]) -> list[int]:
    """Works, the highest score first, equals by number.

    >>> order({3: 0.5, 1: 0.25, 2: 0.5})
    [2, 3, 1]
    """
    return sorted(scores, key=lambda work: (-scores[work], work))


def ranks(scores: Mapping[int, float]) -> dict[int, int]:
    """Work -> its rank from 1; equal scores share the first of their ranks.

    >>> ranks({3: 0.5, 1: 0.25, 2: 0.5})
    {2: 1, 3: 1, 1: 3}
    """
    result: dict[int, int] = {}
    rank, before = 0, float("nan")
    for place, work in enumerate(order(scores), start=1):
        if scores[work] != before:
            rank, before = place, scores[work]
        result[work] = rank
    return result


def fuse(
    found: Mapping[str, Signal], yes_or_no: Collection[str] = ()
) -> tuple[dict[str, dict[int, int]], dict[int, float]]:
    """(signal -> work -> rank, work -> fused score). Signals of yes_or_no rank their works by what the others say."""
    by_signal: dict[str, dict[int, int]] = {}
    scores: dict[int, float] = {}
    for name, signal in found.items():
        if name not in yes_or_no:
            by_signal[name] = ranks({work: hit.strength for work, hit in signal.items()})
            _add(scores, by_signal[name], name)
    others = dict(scores)
    for name, signal in found.items():
        if name in yes_or_no:
            by_signal[name] = ranks({work: others.get(work, 0.0) for work in signal})
            _add(scores, by_signal[name], name)
    return by_signal, scores


def _add(scores: dict[int, float], ranked: Mapping[int, int], name: str) -> None:
    weight = WEIGHTS.get(name, 1.0)
    for work, rank in ranked.items():
        scores[work] = scores.get(work, 0.0) + weight / (K + rank)
