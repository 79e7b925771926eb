"""Which work is this record about? Pure: looks at nothing but its arguments, and says why.

    Same   the record is already held in a work
    Join   it shares an identifier with one work and nothing speaks against it; or the evidence is enough (Match)
    New    nothing held is like it
    Doubt  something held may be the same article: the record gets a work of its own and a person is asked

A shared DOI joins. Another shared identifier (PMID, PMCID, arXiv, MAG, ...) joins unless both sides have DOIs that differ,
or the very source that wrote the record also holds another record there: a source that keeps two ids says they are two.
Without a shared identifier evidence.weigh speaks: never of a title alone, never across two DOIs. What a person has said
comes before all of it: works that they told apart are not joined, whatever is shared, and not asked about again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from harvester.evidence import Holder, Weighed, as_holder, dois_differ, kept_apart, together, weigh
from harvester.records import Record

__all__ = [
    "Decision", "Doubt", "Holder", "Join", "Match", "New", "Same", "Weighed", "conflict", "decide", "titles_disagree",
    "told_apart", "weigh", "works_conflict",
]  # fmt: skip


class Same(msgspec.Struct, frozen=True):
    """Already in `work`; `joins` are works now shown to be the same article, `doubts` those that might be."""

    work: int
    why: str
    joins: tuple[tuple[int, str], ...] = ()
    doubts: tuple[tuple[int, str], ...] = ()


class Join(msgspec.Struct, frozen=True):
    """Belongs to `work`; `joins` and `doubts` as in Same."""

    work: int
    why: str
    joins: tuple[tuple[int, str], ...] = ()
    doubts: tuple[tuple[int, str], ...] = ()


class Match(Join, frozen=True):
    """A Join on evidence alone: an identifier that turns up later may contradict it."""


class New(msgspec.Struct, frozen=True):
    """A work of its own."""

    why: str


class Doubt(msgspec.Struct, frozen=True):
    """A work of its own for now; `doubts` are the works it might belong to, each with the reason."""

    why: str
    doubts: tuple[tuple[int, str], ...]


Decision = Same | Join | New | Doubt

NOTHING_SHARED = New("no identifier in common with any work held")

MIN_TITLE_WORDS = 4
CLEARLY = 3.0  # how much surer of one work than of the next one must be, to take it without asking
DISJOINT_TITLES = 0.2  # below this share of common words, two titles contradict a shared identifier other than a DOI


def decide(record: Record, held: Holder | None, sharing: Sequence[Holder], alike: Sequence[Holder] = ()) -> Decision:
    """Decide where a record belongs.

    held: the work it is in already, if any; sharing: the works that share an identifier with it;
    alike: works whose titles are like its own (looked at only where no identifier is shared).
    """
    home = held
    word = as_holder(record) if sharing else None  # most records share nothing: do no work for them
    joins, doubts = list[tuple[int, str]](), list[tuple[int, str]]()
    for holder in sorted(sharing, key=lambda holder: _order(holder, word)):
        if held is not None and (holder.work == held.work or told_apart(held, holder)):
            continue  # in it already, or asked and answered
        against = (conflict(word, holder) if word else None) or (works_conflict(home, holder) if home else None)
        if against:
            doubts.append((holder.work, f"{_shared(holder)}, but {against}"))
        else:
            home = together(home or word or holder, holder)  # what comes next must agree with all that is in it by now
            joins.append((holder.work, _shared(holder)))
    if held is not None:
        return Same(held.work, "the record is held already", tuple(joins), tuple(doubts))
    if joins:
        work, reason = joins[0]
        return Join(work, reason, tuple(joins[1:]), tuple(doubts))
    if doubts:
        return Doubt("an identifier in common, but something speaks against it", tuple(doubts))
    return _on_evidence(as_holder(record), alike) if alike else NOTHING_SHARED


def _on_evidence(word: Holder, alike: Sequence[Holder]) -> Match | New | Doubt:
    """Decide where nothing is shared: for the one work that is surely the same, else ask about those that may be."""
    found = sorted(((weigh(word, holder), holder) for holder in alike), key=lambda pair: (-pair[0].score, pair[1].work))
    same = [(weighed, holder) for weighed, holder in found if weighed.verdict == "same"]
    if same and (len(same) == 1 or same[0][0].score - same[1][0].score >= CLEARLY):
        weighed, holder = same[0]
        return Match(holder.work, f"{weighed.said}; no identifier in common: score {weighed.score:.1f}")
    questions = tuple(
        (holder.work, f"{weighed.said}: score {weighed.score:.1f}")
        for weighed, holder in found
        if weighed.verdict != "new" or (holder.matched and weighed.but_for_names == "same")
    )
    return Doubt("no identifier in common, but a work much like it", questions) if questions else NOTHING_SHARED


def _order(holder: Holder, word: Holder | None) -> tuple[bool, int, int]:
    """The strongest tie first: a shared DOI; then the work that is of nothing else, for a record may have led one astray."""
    return (not _shares_doi(holder), len(holder.dois - word.dois) if word else 0, holder.work)


def _shared(holder: Holder) -> str:
    return "shares " + ", ".join(f"{identifier.scheme} {identifier.value}" for identifier in holder.shared)


def conflict(word: Holder, holder: Holder) -> str | None:
    """What speaks against joining a record to a work it shares an identifier with; None if nothing does."""
    by_doi = _shares_doi(holder)
    if against := _texts_differ(word, holder, by_doi=by_doi):
        return against
    if by_doi and not holder.matched:  # what is there on evidence alone outweighs no source that keeps two ids
        return None
    return dois_differ(word.dois, holder.dois) or kept_apart(word.sources, holder.sources)


def works_conflict(one: Holder, other: Holder) -> str | None:
    """What speaks against joining two works that one record connects; None if nothing does."""
    return (
        told_apart(one, other)
        or _texts_differ(one, other, by_doi=not one.dois.isdisjoint(other.dois))
        or dois_differ(one.dois, other.dois)
        or kept_apart(one.sources, other.sources)
    )


def told_apart(one: Holder, other: Holder) -> str | None:
    """That a person has said two works are two; None if nobody has."""
    if other.work in one.apart or one.work in other.apart:
        return "a person has said that they are two articles"
    return None


def _texts_differ(one: Holder, other: Holder, *, by_doi: bool) -> str | None:
    """A DOI in common outweighs a title (which may be in another language), but not a title and all authors."""
    if not titles_disagree(one.title_key, other.title_key):
        return None
    if not by_doi:
        return "their titles have next to nothing in common"
    if one.author_keys and other.author_keys and one.author_keys.isdisjoint(other.author_keys):
        return "neither title nor authors have anything in common"
    return None


def _shares_doi(holder: Holder) -> bool:
    return any(identifier.scheme == "doi" for identifier in holder.shared)


def titles_disagree(one: str | None, other: str | None) -> bool:
    """Whether two title keys share too few words to name one article; unknown or very short titles do not disagree."""
    if not one or not other:
        return False
    a, b = set(one.split()), set(other.split())
    return min(len(a), len(b)) >= MIN_TITLE_WORDS and len(a & b) / min(len(a), len(b)) < DISJOINT_TITLES
