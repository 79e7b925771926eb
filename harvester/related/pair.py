"""One pair in full: all that makes a work related to others, also where the ranking does not hold it.

What the signals say comes from the ranking itself; the works, people, subjects and words behind them are read here.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import msgspec

from harvester.related import collect, fusion, words
from harvester.related.look import Evidence, Look, Seeds
from harvester.related.signals import SUBJECT
from harvester.related.weights import WEIGHTS
from harvester.store import Row, Store


class Signal(msgspec.Struct, frozen=True):
    """What one signal says of the pair: its rank among the works it found (of), and what that adds to the score.

    weight: 0 for a signal of the first pass that has no say of its own in the second.
    """

    signal: str
    rank: int
    of: int
    strength: float
    weight: float
    adds: float
    evidence: Evidence


class Word(msgspec.Struct, frozen=True):
    """A word that both texts have, as the first writes it: in how many works it is, its part in the cosine of the two."""

    word: str
    works: int
    adds: float


class Pair(msgspec.Struct, frozen=True):
    """place: in the whole ranking from 1, of so many; None, with no score, where no signal that weighs finds it.

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


def pair(store: Store, seeds: Seeds, other: int, *, against: Collection[int] = ()) -> Pair:
    """What makes `other` related to the seeds; store and against: as `related` takes them."""
    look = Look(store)
    read = {
        name: look.rows(f"pair_{name}", seeds=sorted(seeds), other=other, most=SUBJECT)
        for name in ("citations", "references", "citing", "between", "authors", "venues", "subjects")
    }
    for row in read["citations"]:
        row["sources"] = row["sources"].split(",")
    signals, order = _signals(look, seeds, other, against)
    shared = _words(look, seeds, other)
    place = order.index(other) + 1 if other in order else None
    return Pair(
        place=place,
        of=len(order),
        score=sum(one.adds for one in signals) if place else None,
        cosine=sum(word.adds for word in shared),
        signals=signals,
        words=shared,
        **read,
    )


def _signals(look: Look, seeds: Seeds, other: int, against: Collection[int]) -> tuple[list[Signal], list[int]]:
    """What each signal that finds a work says of it, what adds most first; and the whole ranking."""
    found = collect(look, seeds, against)
    said = []
    for name, signal in found.signals.items():
        if other in signal:
            hit, rank, weight = signal[other], found.ranks[name][other], WEIGHTS.get(name, 0.0)
            said.append(Signal(name, rank, len(signal), hit.strength, weight, weight / (fusion.K + rank), hit.evidence))
    said.sort(key=lambda one: (-one.adds, one.signal))
    return said, found.best(WEIGHTS)


def _words(look: Look, seeds: Seeds, other: int) -> list[Word]:
    """The telling words that the seeds, taken together, share with another work, those that tell most first."""
    own, theirs = words.profiles(look, list(seeds)), words.profiles(look, [other])
    one = words.telling(look, words.mixed(own, seeds))
    two = words.telling(look, words.mixed(theirs, {other: 1.0}))
    lengths = _length(one) * _length(two)
    spelling = words.spelt(own)
    found = [
        Word(spelling[stem], one.frequencies[stem], share * two.shares[stem] * one.rarities[stem] ** 2 / lengths)
        for stem, share in one.shares.items()
        if stem in two.shares
    ]
    return sorted(found, key=lambda word: (-word.adds, word.word))


def _length(told: words.Telling) -> float:
    return math.hypot(*(share * told.rarities[stem] for stem, share in told.shares.items()))
