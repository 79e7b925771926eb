"""The literature of a theme: its works, which of them are at its core, and the communities they fall into.

The theme's works are those that match its words, and others that these cite or that cite these far more often than chance
gives: what a field builds on need not bear its name. Everything is read from the store, through indexes, as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from harvester.related import ties, words
from harvester.related.communities import communities, modularity
from harvester.related.look import Look
from harvester.related.terms import terms, usage
from harvester.store import Row, Store

MATCHES = 500  # works taken of those that match, the nearest to the words
OTHERS = 250  # works taken of those that do not match but are tied to the ones that do, the strongest tied
SAMPLE = 300  # works, evenly over the library, that show which words everybody uses
NEAREST = 2.0  # what the work nearest to the words is given for it: as much as for four works citing it


class Member(msgspec.Struct, frozen=True):
    """A work of the theme.

    standing: what puts it at the core; cited_by, cites: works of the theme; matches: "title" or "text", where the words are
    found, None for neither; date: as far as known; community: its place in `Theme.communities` from 1, None without ties.
    """

    work: int
    standing: float
    cited_by: frozenset[int]
    cites: int
    matches: str | None
    date: str | None
    community: int | None


class Community(msgspec.Struct, frozen=True):
    """Works tied to one another, the one of highest standing first, with the terms that tell them from the others."""

    works: tuple[int, ...]
    terms: tuple[str, ...]


class Absent(msgspec.Struct, frozen=True):
    """A work that is cited and not held: what a source calls its record, and how many of the works that match cite it."""

    source: str
    source_id: str
    cited_by: int


class Theme(msgspec.Struct, frozen=True):
    """The literature of a theme. matched: works that match, also beyond those taken.

    members: the highest standing first; communities: the largest first; modularity: None where there are none; absent: the most
    cited first; caps: sentences that tell what was left out because there is too much.
    """

    matched: int
    members: tuple[Member, ...]
    communities: tuple[Community, ...]
    modularity: float | None
    absent: tuple[Absent, ...]
    caps: tuple[str, ...]


class Years(NamedTuple):
    """Years of publication, from and to; None: any."""

    first: int | None = None
    last: int | None = None

    def hold(self, year: int | None) -> bool:
        """Whether a year is one of these; one that is not known is none, where years are asked for.

        >>> Years(2000).hold(2010), Years(None, 2005).hold(2010), Years(2000).hold(None), Years().hold(None)
        (True, False, False, True)
        """
        if year is None:
            return self == Years()
        return (self.first or year) <= year <= (self.last or year)


def theme(store: Store, match: str, years: Years = Years()) -> Theme:  # noqa: B008  # it never changes
    """The literature of a theme; match: its words as an FTS5 query. As of a day: through a store opened as of it."""
    look = Look(store)
    asked = {"match": match, "from_year": years.first, "to_year": years.last}
    matches = look.rows("theme_matches", most=MATCHES, **asked)
    matched = matches[0]["n"] if matches else 0
    nearness = {row["work"]: row["score"] for row in matches}
    found = ties.links(look, nearness)
    outside = ties.outside(found)
    tied, absent = _others(look, ties.others(look, outside, len(nearness)), years)
    linked = ties.both(found, ties.links(look, tied[:OTHERS]))
    about = {row["work"]: row for row in look.rows("theme_works", works=sorted(linked.references))}
    edges = ties.ties(linked)
    groups = communities(edges)
    titled = {row["work"] for row in look.rows("theme_titles", match=f"{{title}} : ({match})", works=list(nearness))}
    members = _members(linked.references, nearness, titled, about, groups)
    return Theme(
        matched=matched,
        members=members,
        communities=tuple(_described(look, groups, members, about)),
        modularity=modularity(edges, groups) if edges else None,
        absent=absent,
        caps=tuple(_caps(matched, len(nearness), len(tied), outside, linked)),
    )


def _others(look: Look, others: Sequence[ties.Other], years: Years) -> tuple[list[int], tuple[Absent, ...]]:
    """Works that do not match but are tied to those that do, the strongest first; and those cited that are not held."""
    held = [other.thing for other in others if other.thing > 0]
    year_of = {row["work"]: row["year"] for row in look.rows("theme_works", works=held)}
    cited = sorted((other for other in others if other.thing < 0), key=lambda other: (-other.cited_by, -other.thing))
    names = {row["record"]: row for row in look.rows("theme_names", records=[-other.thing for other in cited])}
    named = ((names[-other.thing], other.cited_by) for other in cited)
    absent = tuple(Absent(name["source"], name["source_id"], cited_by) for name, cited_by in named)
    return [work for work in held if years.hold(year_of[work])], absent


def _members(
    references: ties.Lists,
    nearness: Mapping[int, float],
    titled: set[int],
    about: Mapping[int, Row],
    groups: Sequence[Sequence[int]],
) -> tuple[Member, ...]:
    """The theme's works, the highest standing first, equals by number.

    Standing: the root of how many of the theme's works cite it (the tenth says less than the first), and its nearness to the
    words as a share of the nearest one's.
    """
    cited_by: dict[int, set[int]] = {work: set() for work in references}
    for citing, cited in ties.direct(references):
        cited_by[cited].add(citing)
    number_of = {work: number for number, group in enumerate(groups, start=1) for work in group}
    nearest = max(max(nearness.values(), default=0.0), 1e-9)  # of a word that every work has it may be 0
    members = [
        Member(
            work=work,
            standing=math.sqrt(len(cited_by[work])) + NEAREST * nearness.get(work, 0.0) / nearest,
            cited_by=frozenset(cited_by[work]),
            cites=sum(thing in references for thing in references[work]),
            matches="title" if work in titled else "text" if work in nearness else None,
            date=about[work]["date"],
            community=number_of.get(work),
        )
        for work in references
    ]
    return tuple(sorted(members, key=lambda member: (-member.standing, member.work)))


def _described(
    look: Look, groups: Sequence[Sequence[int]], members: Sequence[Member], about: Mapping[int, Row]
) -> Iterator[Community]:
    """The communities with their terms."""
    if not groups:
        return
    [extent] = look.rows("theme_extent")
    library = {number * extent["works"] // SAMPLE + 1 for number in range(SAMPLE)}
    works = [member.work for member in members]
    profiles = words.profiles(look, sorted(library | set(works)))
    usual = usage(profiles[work] for work in sorted(library) if work in profiles)
    whole = usage(profiles[work] for work in works)
    for number, _ in enumerate(groups, start=1):
        best = [member.work for member in members if member.community == number]
        group = [(about[work]["title"] or "", profiles[work]) for work in best]
        yield Community(tuple(best), tuple(terms(group, whole, usual)))


def _caps(matched: int, taken: int, tied: int, outside: ties.Outside, linked: ties.Links) -> Iterator[str]:
    """What was left out because there is too much of it."""
    if matched > taken:
        yield f"{matched} works match; the {taken} nearest to the words are taken"
    if len(outside.several) > ties.CANDIDATES:
        yield f"{len(outside.several)} more are linked with several of these; the {ties.CANDIDATES} with most links are looked at"
    if tied > OTHERS:
        yield f"{tied} more are tied to these; the {OTHERS} strongest tied are taken"
    if linked.cut:
        yield (
            f"{linked.cut} lists are longer than what is read of one: {ties.REFERENCES} references, "
            f"or the {ties.CITING} citing works that are newest in the database"
        )
    if many := ties.shared_by_too_many(linked):
        yield f"{many} works are left out of the ties, each cited by or citing more than {ties.SHARED} of the theme's"
