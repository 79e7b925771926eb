"""Which works are versions of one another, and what each is in its family. Pure: looks at nothing but its arguments.

Only versions chain: a preprint, an accepted manuscript, the published article, a further version are one family however
many links lie between them. A review, a correction, a retraction, an expression of concern is about its articles and
belongs to their families, but connects nothing: a correction of two articles does not make the two one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from harvester.evidence import author_keys
from harvester.merge import doi_of
from harvester.normal import title_key
from harvester.records import RELATIONS, Record
from harvester.titles import telling

# The kind of a relation -> the role it gives the work that states it.
VERSIONS = {"preprint_of": "preprint", "accepted_of": "accepted", "version_of": "version"}
NOTICES = {"correction_of": "correction", "retraction_of": "retraction", "concern_of": "concern", "review_of": "review"}
VERSION_ROLES = ("preprint", "accepted", "published", "version")
_INVERSE = {inverse: kind for kind, inverse in RELATIONS.items()}
_SAID = {
    "preprint_of": "a preprint of", "accepted_of": "an accepted manuscript of", "version_of": "a version of",
    "review_of": "a review of", "correction_of": "a correction of", "retraction_of": "a retraction of",
    "concern_of": "an expression of concern about",
}  # fmt: skip

# What only preprint servers register: arXiv, bioRxiv and medRxiv (their numbers; 10.1101 is also that of journals), PsyArXiv,
# SocArXiv, OSF, SSRN, ChemRxiv, Research Square, Preprints.org, Authorea, EarthArXiv, TechRxiv, Cambridge, Qeios. Zenodo's
# (10.5281) is none: it holds everything.
_PREPRINT_DOIS = re.compile(
    r"10\.(?:48550/arxiv|1101/\d|31234/|31235/|31219/|2139/ssrn|26434/|21203/|20944/|22541/|31223/|36227/|33774/|32388/)"
)
_PREPRINT_TYPES = frozenset(("preprint", "posted-content"))
MAX_YEARS = 3  # between a preprint and its article
SAME_AUTHORS = 0.75  # of the names of the longer list: one left out of four, or one written otherwise
_TOLD = 3  # reasons a member gives at most


class Link(NamedTuple):
    """Work `one` is `kind` (a forward kind of RELATIONS) of work `other`, and why that is held to be so."""

    one: int
    kind: str
    other: int
    why: str


class Member(NamedTuple):
    """A work of a family."""

    family: int
    work: int
    role: str
    why: str


def link(here: int, kind: str, there: int, origin: str, names: Mapping[int, str]) -> Link | None:
    """The link that a relation states, told from whichever end; None for a kind that makes no family.

    >>> link(1, "has_preprint", 2, "crossref", {1: "10.5555/a", 2: "10.48550/arxiv.1"})
    Link(one=2, kind='preprint_of', other=1, why='crossref says 10.48550/arxiv.1 is a preprint of 10.5555/a')
    """
    if kind in _INVERSE:
        here, kind, there = there, _INVERSE[kind], here
    if kind not in _SAID:
        return None
    return Link(here, kind, there, f"{origin} says {names[here]} is {_SAID[kind]} {names[there]}")


def is_preprint(word: Record) -> bool:
    """Whether a work is a preprint by its own DOI, by its type, or because arXiv is all it has."""
    doi = doi_of(word)
    if doi is None and any(scheme == "arxiv" for scheme, _ in word.identifiers):
        return True
    return bool(_PREPRINT_DOIS.match(doi or "")) or (word.type or "").lower() in _PREPRINT_TYPES


def preprint_first(one: Record, other: Record) -> tuple[Record, Record] | None:
    """The two as (preprint, article), where exactly one is a preprint and the other has another DOI."""
    if is_preprint(one) == is_preprint(other):
        return None
    preprint, article = (one, other) if is_preprint(one) else (other, one)
    return None if doi_of(article) in (None, doi_of(preprint)) else (preprint, article)


def versions(one: Record, other: Record) -> str | None:
    """Why two works without a common identifier are preprint and article; None if there is no good reason.

    Careful rather than complete: the same telling title, (nearly) the same authors, at most three years between them, and
    exactly one of them is a preprint.
    """
    key = title_key(one.title)
    if key != title_key(other.title) or not telling(key) or preprint_first(one, other) is None:
        return None
    if one.year is None or other.year is None or abs(one.year - other.year) > MAX_YEARS:
        return None
    mine, theirs = (author_keys(author.name for author in word.authors or ()) for word in (one, other))
    if not mine or not theirs or len(mine & theirs) < SAME_AUTHORS * max(len(mine), len(theirs)):
        return None
    return f"the same title and authors, {min(one.year, other.year)} and {max(one.year, other.year)}; one is a preprint"


def components(works: Iterable[int], links: Iterable[Link]) -> list[frozenset[int]]:
    """The works that version links connect, in the order of their smallest numbers.

    >>> made = [Link(1, "preprint_of", 2, ""), Link(4, "correction_of", 2, ""), Link(4, "correction_of", 3, "")]
    >>> [sorted(one) for one in components([1, 2, 3, 4], made)]
    [[1, 2], [3], [4]]
    """
    root = {work: work for work in works}

    def find(work: int) -> int:
        while root.setdefault(work, work) != work:
            root[work] = work = root[root[work]]
        return work

    for one, kind, other, _ in links:
        if kind in VERSIONS:
            low, high = sorted((find(one), find(other)))
            root[high] = low
    found: dict[int, set[int]] = {}
    for work in list(root):
        found.setdefault(find(work), set()).add(work)
    return [frozenset(found[first]) for first in sorted(found)]


def members(core: Collection[int], links: Iterable[Link], preprints: Collection[int]) -> list[Member]:
    """The family of works that are versions of one another, with what is about them; empty where there is no family.

    core: one of `components`; preprints: those of its works that are preprints by themselves.
    """
    family = min(core)
    roles: dict[int, set[str]] = {work: set() for work in core}
    about: dict[int, str] = {}
    whys: dict[int, dict[str, None]] = {}
    for one, kind, other, why in links:
        if kind in VERSIONS and one in core:
            roles[one].add(VERSIONS[kind])
        elif kind in NOTICES and other in core and one not in core:
            about[one] = min(about.get(one, NOTICES[kind]), NOTICES[kind], key=list(NOTICES.values()).index)
        else:
            continue
        for work in (one, other):
            whys.setdefault(work, {})[why] = None
    if len(core) == 1 and not about:
        return []
    found = {work: _role(roles[work], preprint=work in preprints) for work in core} | about
    return [Member(family, work, role, "; ".join(sorted(whys[work])[:_TOLD])) for work, role in sorted(found.items())]


def _role(stated: Collection[str], *, preprint: bool) -> str:
    for role in ("accepted", "preprint", "version"):
        if role in stated or (preprint and role == "preprint"):
            return role
    return "published"
