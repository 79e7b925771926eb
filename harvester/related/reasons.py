"""Why a work is in the list, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harvester.related.signals import Evidence

NAMES = 3  # authors named in a reason


def sentences(evidence: Mapping[str, Evidence], words: Sequence[str]) -> tuple[str, ...]:
    """One sentence a signal, the plainest evidence first. words: those the two texts share.

    >>> sentences({"references": 12, "cocited": 1, "citations": ("cites it",)}, ())
    ('cites it', 'shares 12 references', 'cited together with it by 1 work')
    >>> sentences({"text": 3.5, "venue": "Global Policy", "authors": ("A. Roe", "?B. Poe")}, ("russia", "order"))
    ('same author: A. Roe', 'author of the same name: B. Poe', 'same venue: Global Policy', 'text: russia, order')
    """
    said = [*_words(evidence.get("citations")), *_counted(evidence)]
    names = _words(evidence.get("authors"))
    said += _named("same author", [name for name in names if not name.startswith("?")])
    said += _named("author of the same name", [name[1:] for name in names if name.startswith("?")])
    if venue := evidence.get("venue"):
        said.append(f"same venue: {venue}")
    if nearest := evidence.get("nearby"):
        said.append(f"cited together with {_many(nearest, 'of its nearest works', 'of its nearest works')}")
    if words and ("text" in evidence or "title" in evidence):
        said.append(f"text: {', '.join(words)}")
    return tuple(said)


def _counted(evidence: Mapping[str, Evidence]) -> list[str]:
    said = []
    if references := evidence.get("references"):
        said.append(f"shares {_many(references, 'reference', 'references')}")
    if cocited := evidence.get("cocited"):
        said.append(f"cited together with it by {_many(cocited, 'work', 'works')}")
    return said


def _many(n: Evidence, one: str, more: str) -> str:
    return f"{n} {one if n == 1 else more}"


def _words(evidence: Evidence | None) -> tuple[str, ...]:
    return evidence if isinstance(evidence, tuple) else ()


def _named(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return [f"{what}: {', '.join(names[:NAMES])}{more}"]
