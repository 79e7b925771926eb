"""What is related to some works: signals from their texts, authors, references and citations, fused into one list with reasons.

Two passes. The first asks what lies near the works themselves. The second takes its twenty nearest along, with less weight, and
asks again: in their words too, and for what is cited together with them. So a new article without citations finds its field, and
one whose neighbours have no abstract finds them by what they cite. Everything is read from the store, through its indexes;
nothing is asked of a service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from harvester.related import fusion, given, reasons, signals, words
from harvester.related.diversity import spread
from harvester.related.fusion import Found
from harvester.related.look import Evidence, Look, Seeds, Shared
from harvester.related.wanted import ANYTHING, Wanted, passing
from harvester.related.weights import FIRST, WEIGHTS
from harvester.store import Store

__all__ = ["Part", "Related", "collect", "related"]

NEAREST = 20  # works of the first pass that are taken along in the second
NEAR = 0.15  # the weight of the nearest, against 1 of a work asked about; the others in proportion to their score
ALIKE = 0.5  # how much alike a text must be, against the most alike of them
TIES = ("references", "cocited", "citations")
NEAR_CITING = 40  # citing works read of each of them
TOP = 300  # the best so far, which are told apart by their subjects
TEXTS = 1000  # ... by what models make of their texts
COMPARED = 60  # ... and by their whole texts


class Part(msgspec.Struct, frozen=True):
    """One signal's word about a work: its rank by that signal (1 is best, equals share one) and the raw evidence."""

    rank: int
    evidence: Evidence


class Related(msgspec.Struct, frozen=True):
    """A work related to those asked about; score: sum of weight / (60 + rank) over the signals that found it."""

    work: int
    score: float
    reasons: tuple[str, ...]
    parts: dict[str, Part]


def related(
    store: Store,
    seeds: Seeds,
    *,
    limit: int = 20,
    against: Collection[int] = (),
    wanted: Wanted = ANYTHING,
    diverse: bool = False,
) -> list[Related]:
    """The works most related to the seeds, best first, equals by number; empty where nothing is known of these.

    store: opened as of a day, where a day is asked about; against: works that somebody has dismissed, which are left out;
    wanted: filters, which choose among all that was found and rank nothing otherwise; diverse: go for breadth (diversity.py).
    """
    look = Look(store)
    found = collect(look, seeds, against)
    scores = found.scores(WEIGHTS)
    passed = passing(look, seeds, scores, wanted)
    order = [work for work in fusion.order(scores) if work in passed]
    best = spread(look, [(work, scores[work]) for work in order], limit) if diverse else order[: max(limit, 0)]
    parts = {
        work: {
            name: Part(found.ranks[name][work], signal[work].evidence)
            for name, signal in found.signals.items()
            if work in signal
        }
        for work in best
    }
    said = _reasons(look, seeds, parts)
    return [Related(work, scores[work], said[work], parts[work]) for work in best]


def _reasons(look: Look, seeds: Seeds, parts: Mapping[int, Mapping[str, Part]]) -> dict[int, tuple[str, ...]]:
    evidence = {work: {name: part.evidence for name, part in found.items()} for work, found in parts.items()}
    shared = words.shared(look, seeds, list(parts))
    rarest = {
        one for found in evidence.values() if isinstance(of := found.get("references"), Shared) for one in of.rarest
    }
    titles = {row["work"]: row["title"] for row in look.rows("briefs", works=sorted(rarest))}
    it = "it" if len(seeds) == 1 else "them"
    return {work: reasons.sentences(found, shared.get(work, ()), titles, it) for work, found in evidence.items()}


def collect(look: Look, seeds: Seeds, against: Collection[int] = ()) -> Found:
    """What every signal finds: what `related` fuses. Signals named near_ are of the second pass."""
    found = Found({*seeds, *against})
    own = words.profiles(look, sorted(seeds))
    if not own:
        return found
    disliked = words.mixed(words.profiles(look, sorted(against)), dict.fromkeys(against, 1.0))
    shares = words.mixed(own, seeds)
    told = words.telling(look, _less(shares, disliked))
    _first(look, seeds, told, words.query(told, words.spelt(own)), found)
    near = _nearest(found)
    nearest = words.profiles(look, list(near))
    told = words.telling(look, _less(_halved(shares, words.mixed(nearest, near)), disliked))
    _second(look, seeds, {**near, **seeds}, told, words.query(told, words.spelt(own | nearest)), found)
    return found


def _first(look: Look, seeds: Seeds, told: words.Telling, query: str | None, found: Found) -> None:
    """What lies near the works themselves."""
    found.add(
        text=signals.text(look, query),
        references=signals.references(look, seeds),
        cocited=signals.cocited(look, seeds),
        citations=signals.citations(look, seeds),
        paths=signals.paths(look, seeds),
        authors=signals.authors(look, seeds),
        suggested=given.suggested(look, seeds),
    )
    best = found.best(FIRST)
    found.add(
        subjects=signals.subjects(look, seeds, best[:TOP]),
        similar=words.similar(look, told, best[:COMPARED]),
    )


def _second(look: Look, seeds: Seeds, wide: Seeds, told: words.Telling, query: str | None, found: Found) -> None:
    """What lies near them and their nearest (wide)."""
    found.add(
        near_text=signals.text(look, query),
        near_cocited=signals.cocited(look, wide, NEAR_CITING),
        near_citations=signals.citations(look, wide, NEAR_CITING),
    )
    best = found.best(WEIGHTS)
    found.add(
        near_similar=words.similar(look, told, best[:COMPARED]),
        embeddings=given.embeddings(look, seeds, best[:TEXTS]),
        venue=signals.venue(look, seeds, best[:TOP]),
    )


def _nearest(found: Found) -> dict[int, float]:
    """The nearest works of the first pass with what they weigh in the second.

    What is only the best of a bad lot is not near: its text must be half as much alike as that of the most alike, or it must
    be tied to the works asked about by citations.
    """
    scores = found.scores(FIRST)
    nearest = fusion.order(scores)[:NEAREST]
    alike = {work: hit.strength for work, hit in found.signals["similar"].items()}
    least = ALIKE * max((alike.get(work, 0.0) for work in nearest), default=0.0)
    tied = {work for name in TIES for work in found.signals[name]}
    return {
        work: NEAR * scores[work] / scores[nearest[0]]
        for work in nearest
        if work in tied or alike.get(work, 0.0) >= least
    }


def _halved(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The sum of two texts' shares: the works asked about and their nearest count as much as each other."""
    return {stem: one.get(stem, 0.0) + other.get(stem, 0.0) for stem in {**one, **other}}


def _less(shares: Mapping[str, float], disliked: Mapping[str, float]) -> dict[str, float]:
    """Shares without those of what was dismissed, as far as it goes: Rocchio 1971."""
    kept = {stem: share - words.AGAINST * disliked.get(stem, 0.0) for stem, share in shares.items()}
    return {stem: share for stem, share in kept.items() if share > 0}
