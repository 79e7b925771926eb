"""What truly happened: for each service and two days, which citations came and went between them, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

import msgspec

from harvester.sandbox import crossref, openalex, opencitations, semantic_scholar
from harvester.sandbox.happenings import Edge, Happening, Seen, look
from harvester.sandbox.literature import Literature, Work

PUBLISHED = "published"


class Moved(msgspec.Struct, frozen=True):
    """A citation that came, or went: the two works as the service names them, None where it has no name for the citing one.

    published: the citing work's day; why: `published` for what the service has merely heard of since, else the rule.
    """

    cited: str
    citing: str | None
    published: date
    came: bool
    why: str


class _Index(Protocol):
    """What a service knows on a day: its works, who cites each of them, and what it calls them."""

    works: list[Work]
    citing: dict[int, list[Work]]

    def source_id(self, work: Work) -> str | None: ...


_INDEXES: Mapping[str, Callable[[Seen], _Index]] = {
    "openalex": openalex.Catalogue,
    "semantic_scholar": semantic_scholar.Shelf,
    "crossref": crossref.Register,
    "opencitations": opencitations.Collection,
}
SERVICES = tuple(_INDEXES)


class _Day:
    """What a service knows on one day, as citations between numbers."""

    def __init__(self, literature: Literature, rules: Sequence[Happening], service: str, on: date) -> None:
        if service not in _INDEXES:
            raise ValueError(f"{service!r} has no citations of its own; known are {', '.join(_INDEXES)}")
        self.seen: Seen = look(literature, rules, service, on)
        self.index: _Index = _INDEXES[service](self.seen)
        self.works = {work.number: work for work in self.index.works}
        self.edges: dict[Edge, Work] = {
            (citing.number, cited): citing for cited, works in self.index.citing.items() for citing in works
        }
        self.heard_of = {*self.index.citing, *(citing for citing, _ in self.edges)}

    def name(self, number: int) -> str | None:
        """What the service calls a work."""
        work = self.works.get(number)
        return self.index.source_id(work) if work else None


def counts(literature: Literature, rules: Sequence[Happening], service: str, on: date) -> Mapping[str, int]:
    """How often each work of a service is cited on a day, by the service's own id. Raises as `moved`."""
    day = _Day(literature, rules, service, on)
    names = ((day.name(number), len(citing)) for number, citing in day.index.citing.items())
    return {name: count for name, count in names if name}


def moved(literature: Literature, rules: Sequence[Happening], service: str, since: date, until: date) -> list[Moved]:
    """The citations that a service knows on the later day and not on the earlier one, or the other way round.

    Raises ValueError for a service without citations of its own.
    """
    before, after = (_Day(literature, rules, service, on) for on in (since, until))
    came = [(edge, True, _came(edge, before, after)) for edge in after.edges.keys() - before.edges.keys()]
    went = [(edge, False, _went(edge, before, after)) for edge in before.edges.keys() - after.edges.keys()]
    found = []
    for (citing, cited), has_come, why in sorted(came + went):
        day = after if has_come else before
        cited_name = day.name(cited)
        if cited_name:
            found.append(Moved(cited_name, day.name(citing), day.edges[citing, cited].published, has_come, why))
    return found


def _came(edge: Edge, before: _Day, after: _Day) -> str:
    """It, or a work at its end, was kept back; or its citing work is new; or a rule made it."""
    late = before.seen.late
    rule = late.get(edge[0]) or late.get(edge[1]) or before.seen.because.get(edge)
    if rule is None and edge[0] in before.heard_of:
        rule = after.seen.because.get(edge)
    return rule.text if rule else PUBLISHED


def _went(edge: Edge, before: _Day, after: _Day) -> str:
    """Nothing goes of itself: a rule has taken it away, or had made it and no longer holds; the one that began since."""
    rules = [seen.because[edge] for seen in (after.seen, before.seen) if edge in seen.because]
    return next((rule for rule in rules if before.seen.on < rule.first <= after.seen.on), rules[0]).text
