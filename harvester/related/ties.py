"""The ties among works: direct citations, references in common, citing works in common; and who else is tied to them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection
from itertools import combinations
from typing import NamedTuple

from harvester.related.look import Look

REFERENCES = 1_000  # references read of a record
CITING = 200  # citing works read of a record
SHARED = 50  # what more of the works share than this ties everything to everything: n of them are n * n / 2 ties
SMALL = 5  # added to the length of a list: one thing in common proves little where there is hardly anything else
SEVERAL = 3  # of the works, by which another must be cited, or which it must cite, to be tied to them
TIED = 0.3  # by chance 0, at most 1: see `beyond_chance`
CANDIDATES = 1_000  # others looked at, those with most links first
LARGE = 10_000  # citations of a candidate that are counted

Lists = dict[int, set[int]]  # work -> works, or negative the records of works not held


class Links(NamedTuple):
    """What works cite and what cites them, and how many of the lists were longer than what is read of one."""

    references: Lists
    citing: Lists
    cut: int


class Other(NamedTuple):
    """A work outside, or negative the record of one that is not held: how many of the works cite it, how many it cites."""

    thing: int
    cited_by: int
    cites: int
    strength: float


def links(look: Look, works: Collection[int]) -> Links:
    """What these works cite and what cites them, as it stands."""
    references, cut = _lists(look, "theme_references", works, REFERENCES)
    citing, more_cut = _lists(look, "theme_citing", works, CITING)
    return Links(references, citing, cut + more_cut)


def both(one: Links, other: Links) -> Links:
    """The links of two sets of works together."""
    return Links(one.references | other.references, one.citing | other.citing, one.cut + other.cut)


def _lists(look: Look, query: str, works: Collection[int], most: int) -> tuple[Lists, int]:
    found: Lists = {work: set() for work in sorted(works)}
    read: Counter[int] = Counter()
    for row in look.rows(query, works=sorted(works), most=most):
        found[row["work"]].add(row["thing"])
        read[row["record"]] += 1
    return found, sum(n >= most for n in read.values())


def direct(references: Lists) -> set[tuple[int, int]]:
    """(citing, cited) among these works."""
    return {(work, thing) for work, things in references.items() for thing in things if thing in references}


def ties(found: Links) -> dict[tuple[int, int], float]:
    """The ties among works: (a, b), a < b -> the sum of three, each at most 1.

    A direct citation counts 1. References in common (bibliographic coupling: Kessler 1963, doi:10.1002/asi.5090140103) and
    citing works in common (co-citation: Small 1973, doi:10.1002/asi.4630240406) count by their cosine: how many there are,
    over the root of the product of the two lists' lengths (Salton's; van Eck, Waltman 2009, doi:10.1002/asi.21075).

    >>> lists = {1: {9, 8}, 2: {9, 1}, 3: set()}
    >>> ties(Links(lists, {}, 0))
    {(1, 2): 1.1428571428571428}
    """
    result: defaultdict[tuple[int, int], float] = defaultdict(float)
    for a, b in direct(found.references):
        result[min(a, b), max(a, b)] = 1.0
    for lists in (found.references, found.citing):
        for pair, cosine in in_common(lists).items():
            result[pair] += cosine
    return dict(result)


def in_common(lists: Lists) -> dict[tuple[int, int], float]:
    """(a, b), a < b -> the cosine of their lists; things that very many lists have do not count."""
    having = _having(lists)
    found = Counter(pair for works in having.values() if len(works) <= SHARED for pair in combinations(works, 2))
    lengths = {work: len(things) + SMALL for work, things in lists.items()}
    return {(a, b): n / math.sqrt(lengths[a] * lengths[b]) for (a, b), n in found.items()}


def _having(lists: Lists) -> dict[int, list[int]]:
    """Thing -> the works whose list has it, in order."""
    having: defaultdict[int, list[int]] = defaultdict(list)
    for work in sorted(lists):
        for thing in lists[work]:
            having[thing].append(work)
    return having


def shared_by_too_many(found: Links) -> int:
    """How many things, in common, tie nobody: more than SHARED works cite them, or are cited by them."""
    return sum(len(works) > SHARED for lists in (found.references, found.citing) for works in _having(lists).values())


class Outside(NamedTuple):
    """What is linked with several of the works and is none of them: by how many it is cited, how many it cites."""

    cited: Counter[int]
    cites: Counter[int]
    several: list[int]  # those with most links first


def outside(found: Links) -> Outside:
    """What is linked with at least SEVERAL of the works."""
    cited = Counter(thing for things in found.references.values() for thing in things)
    cites = Counter(thing for things in found.citing.values() for thing in things if thing > 0)
    links = {thing: max(cited[thing], cites[thing]) for thing in (*cited, *cites) if thing not in found.references}
    several = [thing for thing in links if links[thing] >= SEVERAL]
    return Outside(cited, cites, sorted(several, key=lambda thing: (-links[thing], thing)))


def others(look: Look, found: Outside, works: int) -> list[Other]:
    """Which of these are tied to the works, of which there are so many, beyond chance; the strongest first."""
    [extent] = look.rows("theme_extent")
    result = []
    for row in look.rows("theme_degrees", things=found.several[:CANDIDATES], most=LARGE):
        thing = row["thing"]
        cited = beyond_chance(found.cited[thing], row["cited"], works, extent["works"])
        cites = beyond_chance(found.cites[thing], row["cites"], works, extent["works"])
        if max(cited, cites) >= TIED:
            result.append(Other(thing, found.cited[thing], found.cites[thing], max(cited, cites)))
    return sorted(result, key=lambda other: (-other.strength, other.thing))


def beyond_chance(links: int, degree: int, works: int, held: int) -> float:
    """How far links between one work and a set of works are beyond chance: normalised pointwise mutual information.

    0 where there are as many as its `degree`, all links it has, gives by chance to `works` of the `held` ones; 1 where it
    has no other links, and they none. (Bouma 2009, Proceedings of GSCL, 31-40;
    what the logarithm is taken of is the association strength of van Eck, Waltman 2009, doi:10.1002/asi.21075.)

    >>> round(beyond_chance(links=10, degree=12, works=50, held=10_000), 2)  # a work of the theme
    0.74
    >>> round(beyond_chance(links=10, degree=2_000, works=50, held=10_000), 2)  # one that everybody cites
    0.0
    """
    if links < SEVERAL:
        return -1.0
    chance = math.log(links * held / (max(degree, links) * works))
    return chance / math.log(held / links) if held > links else 1.0
