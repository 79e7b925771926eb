"""What is related to a work: signals from its text, authors, references and citations, fused into one list with reasons.

Two passes. The first asks what lies near the work itself. The second looks at its ten nearest and asks again, in their
words too, and for what is cited together with them: so a new article without citations finds its field, and one whose
neighbours have no abstract finds them by their titles. Everything is read from the store; nothing is asked of a service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from harvester.related import fusion, reasons, signals, words
from harvester.related.signals import Evidence, Look, Signal
from harvester.store import Store

__all__ = ["Part", "Related", "collect", "related"]

NEAREST = 10  # works of the first pass whose words and citations the second one uses
YES_OR_NO = ("citations", "venue")  # said of a work or not: the other signals rank those it is said of


class Part(msgspec.Struct, frozen=True):
    """One signal's word about a work: its rank by that signal (1 is best, equals share one) and the raw evidence."""

    rank: int
    evidence: Evidence


class Related(msgspec.Struct, frozen=True):
    """A work related to the one asked about; score: sum of weight / (60 + rank) over the signals that found it."""

    work: int
    score: float
    reasons: tuple[str, ...]
    parts: dict[str, Part]


def related(store: Store, work: int, *, limit: int = 20, as_of: str | None = None) -> list[Related]:
    """The works most related to `work`, best first, equals by work number; empty where nothing is known of it.

    as_of: with the citations and works as they were seen on that day (ISO); texts, authors and venues as they are now.
    """
    look = Look(store, as_of)
    found = collect(look, work)
    ranks, scores = fusion.fuse(found, YES_OR_NO)
    best = fusion.order(scores)[: max(limit, 0)]
    shared = words.shared(look, work, best)
    return [
        Related(
            number,
            scores[number],
            reasons.sentences({name: signal[number].evidence for name, signal in found.items() if number in signal},
                              shared.get(number, ())),
            {name: Part(ranks[name][number], signal[number].evidence) for name, signal in found.items() if number in signal},
        )
        for number in best
    ]  # fmt: skip


def collect(look: Look, work: int) -> dict[str, Signal]:
    """Every signal's candidates, by the signal's name: what `related` fuses."""
    own = words.profiles(look, [work]).get(work)
    if own is None:
        return {}
    first = {
        **signals.text(look, work, words.query(look, [own])),
        "references": signals.references(look, work),
        "cocited": signals.cocited(look, work),
        "citations": signals.citations(look, work),
        "authors": signals.authors(look, work),
    }
    nearest = fusion.order(fusion.fuse(first, YES_OR_NO)[1])[:NEAREST]
    near = words.profiles(look, nearest)
    found = {
        **first,
        **signals.text(look, work, words.query(look, [own, *_of(near, nearest)])),
        "nearby": signals.nearby(look, work, nearest),
    }
    found["venue"] = signals.venue(look, work, sorted({number for signal in found.values() for number in signal}))
    return found


def _of(profiles: Mapping[int, words.Profile], works: Iterable[int]) -> list[words.Profile]:
    return [profiles[work] for work in works if work in profiles]
