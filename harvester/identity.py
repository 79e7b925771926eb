"""Which work is this record about? Pure: looks at nothing but its arguments, and says why.

    Same   the record is already held in a work
    Join   it shares an identifier with one work, and nothing speaks against it
    New    nothing held is like it
    Doubt  something held may be the same article: the record gets a work of its own and a person is asked

Two works are never joined on a title. A shared DOI joins. Another shared identifier (PMID, PMCID, arXiv, MAG, ...) joins
unless both sides have DOIs that differ, or the very source that wrote the record also holds another record there: a
source that keeps two ids says they are two. What a person has said comes before all of it: works that they told apart are
not joined, whatever is shared, and not asked about again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from harvester.normal import name_key, title_key
from harvester.records import Identifier, Record


class Holder(msgspec.Struct, frozen=True):
    """A work held, as far as deciding needs it; `shared` are the identifiers it has in common with the record."""

    work: int
    shared: tuple[Identifier, ...] = ()
    dois: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    title_key: str | None = None
    year: int | None = None
    author_keys: frozenset[str] = frozenset()
    apart: frozenset[int] = frozenset()  # works that a person has said are other articles


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


class New(msgspec.Struct, frozen=True):
    """A work of its own."""

    why: str


class Doubt(msgspec.Struct, frozen=True):
    """A work of its own for now; `doubts` are the works it might belong to, each with the reason."""

    why: str
    doubts: tuple[tuple[int, str], ...]


Decision = Same | Join | New | Doubt

NOTHING_SHARED = New("no identifier in common with any work held")

# Titles that name a kind of text rather than a text: alike in thousands of works, so they are no evidence at all.
FREQUENT_TITLES = frozenset(
    (  # noqa: SIM905  # a list of strings would be sixty lines
        "abstract | abstracts | acknowledgements | acknowledgments | announcement | annual report | appendix | author "
        "index | bibliography | book review | book reviews | books received | briefly noted | comment | commentary | "
        "contents | contributors | correction | corrections | correspondence | corrigendum | discussion | editor s "
        "note | editorial | editorial board | editorials | errata | erratum | foreword | front matter | from the "
        "editor in chief | guest editorial | in memoriam | index | introduction | introduction to the special issue | "
        "issue information | letter | letter to the editor | letters | letters to the editor | list of contributors | "
        "masthead | news | note | notes | notes on the contributors | obituary | perspective | preface | publisher s "
        "note | reply | response | review | reviews | response to the letter to the editor | subject index | table of "
        "contents | title page"
    ).split(" | ")
)
MIN_TITLE_WORDS = 4
DISJOINT_TITLES = 0.2  # below this share of common words, two titles contradict a shared identifier other than a DOI


def decide(record: Record, held: Holder | None, sharing: Sequence[Holder], alike: Sequence[Holder] = ()) -> Decision:
    """Decide where a record belongs.

    held: the work it is in already, if any; sharing: the works that share an identifier with it;
    alike: works with the same title key (looked at only where no identifier is shared).
    """
    home = held
    word = _as_holder(record) if sharing else None  # most records share nothing: do no work for them
    joins, doubts = list[tuple[int, str]](), list[tuple[int, str]]()
    for holder in sorted(sharing, key=_strength):
        if held is not None and (holder.work == held.work or _told_apart(held, holder)):
            continue  # in it already, or asked and answered
        against = (conflict(word, holder) if word else None) or (works_conflict(home, holder) if home else None)
        if against:
            doubts.append((holder.work, f"{_shared(holder)}, but {against}"))
        else:
            home = _together(home or word or holder, holder)  # what comes next must agree with all that is in it by now
            joins.append((holder.work, _shared(holder)))
    if held is not None:
        return Same(held.work, "the record is held already", tuple(joins), tuple(doubts))
    if joins:
        work, reason = joins[0]
        return Join(work, reason, tuple(joins[1:]), tuple(doubts))
    if doubts:
        return Doubt("an identifier in common, but something speaks against it", tuple(doubts))
    if lookalikes := tuple((h.work, why) for h in alike if (why := resemblance(record, h))):
        return Doubt("no identifier in common, but a work much like it", lookalikes)
    return NOTHING_SHARED


def _strength(holder: Holder) -> tuple[bool, int]:
    return (not _shares_doi(holder), holder.work)


def _shared(holder: Holder) -> str:
    return "shares " + ", ".join(f"{identifier.scheme} {identifier.value}" for identifier in holder.shared)


def _as_holder(record: Record) -> Holder:
    """The record as if it were a work of its own."""
    return Holder(
        work=0,
        dois=frozenset(identifier.value for identifier in record.identifiers if identifier.scheme == "doi"),
        sources=frozenset((record.source,)),
        title_key=title_key(record.title),
        year=record.year,
        author_keys=author_keys(record),
    )


def _together(one: Holder, other: Holder) -> Holder:
    """What two works are when they are one."""
    return Holder(
        work=one.work or other.work,
        dois=one.dois | other.dois,
        sources=one.sources | other.sources,
        title_key=one.title_key or other.title_key,
        year=one.year or other.year,
        author_keys=one.author_keys | other.author_keys,
        apart=one.apart | other.apart,
    )


def conflict(word: Holder, holder: Holder) -> str | None:
    """What speaks against joining a record to a work it shares an identifier with; None if nothing does."""
    by_doi = _shares_doi(holder)
    if against := _texts_differ(word, holder, by_doi=by_doi):
        return against
    return None if by_doi else _dois_differ(word.dois, holder.dois) or _kept_apart(word.sources, holder.sources)


def works_conflict(one: Holder, other: Holder) -> str | None:
    """What speaks against joining two works that one record connects; None if nothing does."""
    return (
        _told_apart(one, other)
        or _texts_differ(one, other, by_doi=not one.dois.isdisjoint(other.dois))
        or _dois_differ(one.dois, other.dois)
        or _kept_apart(one.sources, other.sources)
    )


def _told_apart(one: Holder, other: Holder) -> str | None:
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


def _dois_differ(one: frozenset[str], other: frozenset[str]) -> str | None:
    if one and other and one.isdisjoint(other):
        return f"their DOIs differ: {min(one)}, {min(other)}"
    return None


def _kept_apart(one: frozenset[str], other: frozenset[str]) -> str | None:
    if both := one & other:
        return f"{min(both)} holds them as two records"
    return None


def author_keys(record: Record) -> frozenset[str]:
    """The loose keys (surname and initial) of a record's authors."""
    return frozenset(key for author in record.authors or () if (key := name_key(author.name)))


def titles_disagree(one: str | None, other: str | None) -> bool:
    """Whether two title keys share too few words to name one article; unknown or very short titles do not disagree."""
    if not one or not other:
        return False
    a, b = set(one.split()), set(other.split())
    return min(len(a), len(b)) >= MIN_TITLE_WORDS and len(a & b) / min(len(a), len(b)) < DISJOINT_TITLES


def telling(key: str | None) -> bool:
    """Whether a title key tells one article from others at all: a short or a frequent title does not."""
    return bool(key) and key not in FREQUENT_TITLES and len((key or "").split()) >= MIN_TITLE_WORDS


def resemblance(record: Record, holder: Holder) -> str | None:
    """Why a record without a common identifier may still be about this work; None if there is no good reason."""
    key = title_key(record.title)
    if key != holder.title_key or not telling(key):
        return None
    if holder.dois and any(identifier.scheme == "doi" for identifier in record.identifiers):
        return None  # two DOIs: two articles, whatever the title
    if record.source in holder.sources:
        return None  # the source keeps them apart
    if record.year and holder.year and abs(record.year - holder.year) > 1:
        return None
    names = author_keys(record)
    if names and holder.author_keys and names.isdisjoint(holder.author_keys):
        return None
    return (
        "the same title"
        + (", year" if record.year and holder.year else "")
        + (" and author" if names and holder.author_keys else "")
    )
