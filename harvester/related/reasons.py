"""Why a work is in the list, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from harvester.related.look import Evidence, Shared, Together

NAMES = 3  # authors named in a reason
SUBJECTS = 2  # subjects named
ENOUGH = 2  # reasons of its own: what it has to do with the nearest works need not be told as well
LONGEST = 60  # characters of a title


def sentences(
    evidence: Mapping[str, Evidence], words: Sequence[str], titles: Mapping[int, str], it: str = "it"
) -> tuple[str, ...]:
    """One sentence a signal, the plainest evidence first.

    words: those the texts share; titles: of the references named; it: "them", where several works are asked about.

    >>> evidence = {"references": Shared(12, 4, (7,)), "cocited": Together(1, 2026), "citations": ("cites it",)}
    >>> sentences(evidence, (), {7: "Exit"})
    ('cites it', 'shares 12 references, 4 of them rare: Exit', 'cited together with it by 1 work, in 2026')
    >>> evidence = {"text": 3.5, "venue": "Global Policy", "authors": ("A. Roe", "?B. Poe")}
    >>> sentences(evidence, ("russia", "order"), {})
    ('same author: A. Roe', 'author of the same name: B. Poe', 'same venue: Global Policy', 'text: russia, order')
    """
    said = [*_own(evidence, titles, it)]
    if words:
        said.append(f"text: {', '.join(words)}")
    if len(said) < ENOUGH:
        said += islice(_nearby(evidence, it), ENOUGH - len(said))
    return tuple(said)


def _own(evidence: Mapping[str, Evidence], titles: Mapping[int, str], it: str) -> Iterator[str]:
    for way in _words(evidence.get("citations")):
        yield way.replace("it", it)
    if isinstance(shared := evidence.get("references"), Shared):
        yield _shared(shared, titles)
    if isinstance(together := evidence.get("cocited"), Together):
        yield f"cited together with {it} by {_citing(together)}"
    names = _words(evidence.get("authors"))
    yield from _named("same author", [name for name in names if not name.startswith("?")])
    yield from _named("author of the same name", [name[1:] for name in names if name.startswith("?")])
    if suggesting := _words(evidence.get("suggested")):
        yield f"listed as related by {', '.join(suggesting)}"
    if venue := evidence.get("venue"):
        yield f"same venue: {venue}"
    if subjects := _words(evidence.get("subjects")):
        yield f"subject: {', '.join(subjects[:SUBJECTS])}"


def _nearby(evidence: Mapping[str, Evidence], it: str) -> Iterator[str]:
    """What it has to do with the works nearest to those asked about."""
    if isinstance(together := evidence.get("near_cocited"), Together):
        yield f"cited together with works near {it} by {_citing(together)}"
    if between := evidence.get("paths"):
        yield f"two citations away, over {_many(between, 'work', 'works')}"
    if ways := _words(evidence.get("near_citations")):
        yield " and ".join(way.replace("it", f"works near {it}") for way in ways)


def _shared(shared: Shared, titles: Mapping[int, str]) -> str:
    said = f"shares {_many(shared.references, 'reference', 'references')}"
    if not shared.rare:
        return said
    said += ", rare" if shared.references == 1 else f", {shared.rare} of them rare"
    named = [_short(titles[work]) for work in shared.rarest if titles.get(work)]
    return f"{said}: {'; '.join(named)}" if named else said


def _citing(together: Together) -> str:
    of = f" of the {together.of} looked at" if together.of else ""
    year = f", {'last ' if together.works > 1 else ''}in {together.last}" if together.last else ""
    return f"{_many(together.works, 'work', 'works')}{of}{year}"


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else title[: LONGEST - 3].rstrip() + "..."


def _many(n: Evidence, one: str, more: str) -> str:
    return f"{n} {one if n == 1 else more}"


def _words(evidence: Evidence | None) -> tuple[str, ...]:
    return evidence if isinstance(evidence, tuple) else ()


def _named(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        yield f"{what}: {', '.join(names[:NAMES])}{more}"
