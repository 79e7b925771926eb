"""One pair in full: all that makes a work related to others, also where the ranking does not hold it.

What the signals say comes from the ranking itself; the works, people, subjects and words behind them are read here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from harvester.related import YES_OR_NO, collect, fusion, words
from harvester.related.signals import Look
from harvester.store import Row, Store


class Signal(msgspec.Struct, frozen=True):
    """What one signal says of the pair: its rank among the works it found (of), and what that adds to the score."""

    signal: str
    rank: int
    of: int
    strength: float
    weight: float
    adds: float
    evidence: Any


class Word(msgspec.Struct, frozen=True):
    """A word that both texts have, as the first writes it: in how many works it is, its part in the cosine of the two."""

    word: str
    works: int
    adds: float


class Pair(msgspec.Struct, frozen=True):
    """place: in the whole ranking from 1, of so many; None, with no score, where no signal finds it.

    Lists are whole, each in the order to show it; columns as in db/queries/pair_*.sql.
    """

    place: int | None
    of: int
    score: float | None
    cosine: float
    signals: list[Signal]
    citations: list[Row]
    references: list[Row]
    citing: list[Row]
    between: list[Row]
    authors: list[Row]
    venues: list[Row]
    subjects: list[Row]
    words: list[Word]


def pair(store: Store, seeds: Mapping[int, float], other: int) -> Pair:
    """What makes `other` related to `seeds` (work's number -> weight)."""
    look = Look(store)
    read = {
        name: look.rows(f"pair_{name}", seeds=sorted(seeds), other=other)
        for name in ("citations", "references", "citing", "between", "authors", "venues", "subjects")
    }
    for row in read["citations"]:
        row["sources"] = row["sources"].split(",")
    signals, order = _signals(look, seeds, other)
    shared = _words(look, seeds, other)
    place = order.index(other) + 1 if signals else None
    return Pair(
        place=place,
        of=len(order),
        score=sum(one.adds for one in signals) if signals else None,
        cosine=sum(word.adds for word in shared),
        signals=signals,
        words=shared,
        **read,
    )


def _signals(look: Look, seeds: Mapping[int, float], other: int) -> tuple[list[Signal], list[int]]:
    """What each signal that finds a work says of it, what adds most first; and the whole ranking."""
    [seed] = seeds
    found = collect(look, seed)
    ranks, scores = fusion.fuse(found, YES_OR_NO)
    said = []
    for name, signal in found.items():
        if other in signal:
            weight = fusion.WEIGHTS.get(name, 1.0)
            rank = ranks[name][other]
            hit = signal[other]
            said.append(Signal(name, rank, len(signal), hit.strength, weight, weight / (fusion.K + rank), hit.evidence))
    return sorted(said, key=lambda one: (-one.adds, one.signal)), fusion.order(scores)


def _words(look: Look, seeds: Mapping[int, float], other: int) -> list[Word]:
    """The words that the seeds, taken together, share with another work, those that tell most first."""
    profiles = words.profiles(look, [*seeds, other])
    theirs = profiles.pop(other, None)
    if theirs is None or not profiles:
        return []
    own: dict[str, float] = {}
    for seed, profile in profiles.items():
        for stem, share in profile.shares.items():
            own[stem] = own.get(stem, 0.0) + seeds[seed] * share
    held = {row["stem"]: row for row in look.rows("pair_words", stems=sorted(own.keys() | theirs.shares.keys()))}
    rarity = {stem: math.log((row["works"] + 1) / row["n"]) for stem, row in held.items()}
    lengths = _length(own, rarity) * _length(theirs.shares, rarity)
    spelling = {stem: word for profile in profiles.values() for stem, word in profile.spelling.items()}
    found = [
        Word(spelling[stem], held[stem]["n"], own[stem] * theirs.shares[stem] * rarity[stem] ** 2 / lengths)
        for stem in own.keys() & theirs.shares.keys() & held.keys()
        if lengths
    ]
    return sorted(found, key=lambda word: (-word.adds, word.word))


def _length(shares: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    return math.hypot(*(share * rarity.get(stem, 0.0) for stem, share in shares.items()))
