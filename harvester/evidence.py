"""What speaks for and against a record and a work being one article, piece by piece, each with its weight. Pure.

A weight is like a logarithm of odds (natural): how much likelier what is seen is of one article than of two with titles
alike. A piece is absent where one side is silent. `NEVER` rules sameness out whatever else agrees.

The weights are rounded from odds counted over the real works of tests/benchmarks/matching.py: those of every second work
for choosing, those of the others for the figures. Against counted odds the weights of what differs are held back, because
sources disagree about years, volumes and pages more often than damage done on purpose does. What the thresholds give:

    SAME                  10       11       12       13       14
    precision        0.99904  0.99916  0.99922  0.99929  0.99942    on the half they were chosen on
    recall            0.9892   0.9854   0.9830   0.9752   0.9401
    precision                          0.99944                      on the other half: 84,105 questions about works held,
    recall                             0.9818                       20,767 about works that are not

Of the wrong answers most are an article that a service holds twice without saying so. DOUBT at 5 instead of 6 asks a person
about three works more, and 15 times more about none but wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal

import msgspec

from harvester import titles
from harvester.normal import name_key, title_key
from harvester.records import Identifier, Record

Verdict = Literal["same", "doubt", "new"]
Person = tuple[str, str]  # surname and first initial, either may be ""

# Lists that people keep themselves: one article may stand in them twice. Every other source that keeps two ids says that
# they are two.
FILES = frozenset(("bibliography",))
MAX_PEOPLE = 100  # a list page of OpenAlex has no more; comparing takes time that grows with the square


class Holder(msgspec.Struct, frozen=True):
    """A work held, as far as deciding needs it; `shared` are the identifiers it has in common with the record."""

    work: int
    shared: tuple[Identifier, ...] = ()
    dois: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    title_key: str | None = None
    year: int | None = None
    author_keys: frozenset[str] = frozenset()
    title: str | None = None  # as written; where it is not known, its key stands for it
    people: tuple[Person, ...] = ()  # in order
    authors_truncated: bool = False
    venues: frozenset[str] = frozenset()  # name keys
    issns: frozenset[str] = frozenset()
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    type: str | None = None
    apart: frozenset[int] = frozenset()  # works that a person has said are other articles
    matched: bool = False  # whether it holds a record that was placed there on evidence alone


class Evidence(msgspec.Struct, frozen=True):
    """One piece: its name (title, authors, year, ...), its weight, and what was seen, in words."""

    name: str
    weight: float
    said: str


class Weighed(msgspec.Struct, frozen=True):
    """All pieces and their sum."""

    score: float
    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Verdict:
        """What the pieces come to."""
        return _verdict(self.score, self.evidence)

    @property
    def but_for_names(self) -> Verdict:
        """What the texts alone come to, were there no DOIs and no source that keeps the two apart."""
        texts = tuple(piece for piece in self.evidence if piece.name not in _NAMES)
        return _verdict(sum(piece.weight for piece in texts), texts)

    @property
    def said(self) -> str:
        """The pieces in words."""
        pro = [piece.said for piece in self.evidence if piece.weight > 0]
        contra = [piece.said for piece in self.evidence if piece.weight < 0]
        return "; but ".join(", ".join(pieces) for pieces in (pro, contra) if pieces)


_NAMES = ("doi", "source")
_MORE = ("year", "venue", "volume", "pages")


def _verdict(score: float, evidence: Sequence[Evidence]) -> Verdict:
    """The same only where title, authors and one thing more agree."""
    if score < DOUBT:
        return "new"
    agreeing = {piece.name for piece in evidence if piece.weight > 0}
    enough = {"title", "authors"} <= agreeing and not agreeing.isdisjoint(_MORE)
    return "same" if score >= SAME and enough else "doubt"


SAME = 12.0
DOUBT = 6.0
NEVER = -100.0


def as_holder(record: Record, work: int = 0) -> Holder:
    """The record as if it were a work of its own."""
    venue = record.venue
    names = [author.name for author in record.authors or ()]
    return Holder(
        work=work,
        dois=frozenset(identifier.value for identifier in record.identifiers if identifier.scheme == "doi"),
        sources=frozenset((record.source,)),
        title_key=title_key(record.title),
        year=record.year,
        author_keys=author_keys(names),
        title=record.title,
        people=people(names),
        authors_truncated=record.authors_truncated,
        venues=frozenset((key,)) if venue and (key := title_key(venue.name)) else frozenset(),
        issns=frozenset(issn for issn in (venue.issn_l, *venue.issns) if issn) if venue else frozenset(),
        volume=record.volume,
        issue=record.issue,
        first_page=record.first_page,
        type=record.type,
    )


def together(one: Holder, other: Holder) -> Holder:
    """What two works are when they are one; where both state a field, the first one's."""
    return Holder(
        work=one.work or other.work,
        dois=one.dois | other.dois,
        sources=one.sources | other.sources,
        title_key=one.title_key or other.title_key,
        year=one.year or other.year,
        author_keys=one.author_keys | other.author_keys,
        title=one.title or other.title,
        people=one.people or other.people,
        authors_truncated=one.authors_truncated if one.people else other.authors_truncated,
        venues=one.venues | other.venues,
        issns=one.issns | other.issns,
        volume=one.volume or other.volume,
        issue=one.issue or other.issue,
        first_page=one.first_page or other.first_page,
        type=one.type or other.type,
        apart=one.apart | other.apart,
        matched=one.matched or other.matched,
    )


def author_keys(names: Iterable[str]) -> frozenset[str]:
    """The loose keys (surname and initial) of authors' names."""
    return frozenset(key for name in names if (key := name_key(name)))


def people(names: Iterable[str]) -> tuple[Person, ...]:
    """Surname and first initial of each of the first names of a list, in order: as many as tell one list from another."""
    return tuple(found for name in islice(names, MAX_PEOPLE) if (found := _person(name)))


_DAMAGED = re.compile("[?\ufffd]")  # where a letter was lost
_INITIALS = re.compile(r"[A-Z]{1,3}|(?:[A-Z]\.-?){1,4}")


@lru_cache(maxsize=1 << 16)
def _person(name: str) -> Person | None:
    """Surname and first initial, from any order of writing; None where there is nothing to read.

    >>> _person("Mira von Kai"), _person("Kai, Mira"), _person("Kai MA"), _person("Le Quai S"), _person("KAI M")
    (('kai', 'm'), ('kai', 'm'), ('kai', 'm'), ('quai', 's'), ('kai', 'm'))
    """
    name = _DAMAGED.sub("", name)
    words = [] if "," in name else name.split()
    place = len(words)
    while place > 1 and _INITIALS.fullmatch(words[place - 1]):
        place -= 1
    family, last = " ".join(words[:place]), "".join(words[place:]).strip(".")
    # In capitals "KAI MA" may as well be Ma, Kai.
    if last and len(family.strip(".")) > 1 and (len(last) == 1 or not family.isupper()):
        name = f"{family}, {last}"
    key = name_key(name)
    if not key:
        return None
    surname, _, initial = key.partition(" ")
    return surname, initial


# --- the pieces ---


def weigh(record: Record | Holder, holder: Holder) -> Weighed:
    """Everything that speaks for and against the record being about this work."""
    one = record if isinstance(record, Holder) else as_holder(record)
    pieces = [
        piece
        for piece in (
            _title(one, holder), _authors(one, holder), _year(one, holder), _venue(one, holder), _volume(one, holder),
            _issue(one, holder), _pages(one, holder), _type(one, holder), _dois(one, holder), _sources(one, holder),
        )
        if piece
    ]  # fmt: skip
    return Weighed(round(sum(piece.weight for piece in pieces), 2), tuple(pieces))


def _title(one: Holder, other: Holder) -> Evidence | None:
    raw, held = one.title or one.title_key, other.title or other.title_key
    mine, theirs = titles.title(raw) if raw else None, titles.title(held) if held else None
    if mine is None or theirs is None:
        return None
    if not (titles.telling(mine.key) and titles.telling(theirs.key)):
        return Evidence("title", NEVER, "the title names a kind of text")
    found = titles.compare(mine, theirs)
    if found in _TITLES_DIFFER:
        return Evidence("title", *_TITLES_DIFFER[found])
    weight, said = _TITLES[found]
    if found == "cut" and min(len(mine.letters), len(theirs.letters)) >= titles.LONG_BEGINNING:
        weight += 1.0
    words = min(mine.words, theirs.words)
    return Evidence("title", weight - (0 if words >= 4 else _SHORT_TITLE[words]), said)


_TITLES = {
    "same": (6.5, "the same title"),
    "damaged": (5.5, "the same title but for lost letters"),
    "subtitle": (5.0, "the same title but for one half of it"),
    "cut": (4.5, "a title that goes on where the other ends"),
}
# So much that a title which differs in a part or is about the other one never comes to SAME, however much else agrees.
_TITLES_DIFFER = {
    "other": (NEVER, "their titles differ"),
    "letters": (-2.0, "single letters of the titles differ"),
    "number": (-12.0, "the titles name different parts or numbers"),
    "notice": (-12.0, "one title is that of a text about the other"),
}
_SHORT_TITLE = {1: 3.0, 2: 2.0, 3: 1.0}  # words -> what such a title is worth less


def _authors(one: Holder, other: Holder) -> Evidence | None:
    if not one.people or not other.people:
        return None
    agreeing, of = _in_common(one.people, other.people)
    said = f"{agreeing} of {of} authors"
    if agreeing == of:
        return Evidence("authors", 4.0 if of == 1 else 6.0 if of == 2 else 7.5, said if of > 1 else "the author")
    share = agreeing / of
    if share >= 0.6:
        return Evidence("authors", 4.0, said)
    if share >= 0.3:
        return Evidence("authors", 0.5, said)
    return Evidence("authors", NEVER if not agreeing else -5.0, f"only {said}" if agreeing else "no author in common")


def _in_common(one: tuple[Person, ...], other: tuple[Person, ...]) -> tuple[int, int]:
    """How many authors of the shorter list stand in the longer one, and how many there are."""
    short, long = sorted((one, other), key=lambda names: (len(names), names))
    if short == long[: len(short)]:
        return len(short), len(short)
    rest = list(long)
    missing = list[Person]()
    for person in short:
        found = next((p for p in rest if _same_person(person, p)), None)
        if found:
            rest.remove(found)
        else:
            missing.append(person)
    lost = sum(_alike(person, rest) for person in missing) if missing and rest else 0
    return len(short) - len(missing) + lost, len(short)


def _same_person(one: Person, other: Person) -> bool:
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def _alike(person: Person, others: list[Person]) -> bool:
    """Whether one of these is the same name with letters lost, a part of it, or given and family name exchanged."""
    for other in others:
        short, long = sorted((person[0], other[0]), key=len)
        initials = person[1] == other[1] or not person[1] or not other[1]
        if (
            len(short) > 1
            and initials
            and (long.endswith(short) or long.startswith(short) or _few_letters(short, long))
        ):
            return True
        if person[1] and person[0][:1] == other[1] and other[0][:1] == person[1]:
            return True
    return False


def _few_letters(short: str, long: str) -> bool:
    """Whether the short word is the long one with up to two letters left out, and not all of another word."""
    if len(long) - len(short) > 2 or len(short) < 3:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _year(one: Holder, other: Holder) -> Evidence | None:
    if not one.year or not other.year:
        return None
    apart = abs(one.year - other.year)
    if apart == 0:
        return Evidence("year", 2.5, "year")
    said = f"years {one.year} and {other.year}"
    return Evidence("year", {1: 0.2, 2: -3.0}.get(apart, -6.0), said)


def _venue(one: Holder, other: Holder) -> Evidence | None:
    if _same_venue(one, other):
        return Evidence("venue", 3.0, "venue")
    if one.venues and other.venues:  # two ISSNs may be those of one journal, printed and online
        return Evidence("venue", -1.5, "the venues differ")
    return None


def _same_venue(one: Holder, other: Holder) -> bool:
    return bool(one.issns & other.issns or one.venues & other.venues) or _abbreviated(one.venues, other.venues)


def _abbreviated(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(_shortens(a, b) or _shortens(b, a) for a in one for b in other)


@lru_cache(maxsize=1 << 14)
def _shortens(short: str, long: str) -> bool:
    """Whether a venue's name shortens another word by word.

    >>> _shortens("j am med assoc", "journal of the american medical association"), _shortens("harbours", "harbour news")
    (True, False)
    """
    words = iter(long.split())
    return len(short) < len(long) and all(any(word.startswith(part) for word in words) for part in short.split())


def _volume(one: Holder, other: Holder) -> Evidence | None:
    return _equal("volume", _digits(one.volume), _digits(other.volume), 2.5, -3.5)


def _issue(one: Holder, other: Holder) -> Evidence | None:
    return _equal("issue", _digits(one.issue), _digits(other.issue), 0.8, -2.0)


def _pages(one: Holder, other: Holder) -> Evidence | None:
    mine, theirs = (one.first_page or "").lower(), (other.first_page or "").lower()
    if mine != theirs and mine[:1].isdigit() != theirs[:1].isdigit():
        return None  # an article's own number says nothing of a page
    one_place = _digits(one.volume) == _digits(other.volume) != "" and _same_venue(one, other)
    return _equal("pages", _digits(mine), _digits(theirs), 4.0 if len(mine) > 1 else 1.5, -12.0 if one_place else -5.0)


def _digits(raw: str | None) -> str:
    return "".join(c for c in raw or "" if c.isdigit()).lstrip("0")


def _equal(name: str, one: str, other: str, agree: float, differ: float) -> Evidence | None:
    if not one or not other:
        return None
    if one == other:
        return Evidence(name, agree, f"{name} {one}")
    return Evidence(name, differ, f"{name} {one} and {other}")


# Texts of another kind than what they go with, however alike their titles.
_BESIDE = frozenset(
    ("erratum", "retraction", "peer-review", "paratext", "dataset", "supplementary-materials", "grant", "software")
)
_KINDS = {
    "review": "article",
    "letter": "article",
    "editorial": "article",
    "other": None,
    "reference-entry": "book-chapter",
}
_APART = {
    frozenset(("book", "book-chapter")): NEVER,
    frozenset(("article", "preprint")): -8.0,
    frozenset(("book-chapter", "preprint")): -8.0,
    frozenset(("article", "dissertation")): -10.0,
    frozenset(("book", "dissertation")): -6.0,
    frozenset(("article", "book-chapter")): -1.0,
}


def _type(one: Holder, other: Holder) -> Evidence | None:
    mine, theirs = _KINDS.get(one.type or "other", one.type), _KINDS.get(other.type or "other", other.type)
    if not mine or not theirs or mine == theirs:
        return None
    weight = NEVER if {mine, theirs} & _BESIDE else _APART.get(frozenset((mine, theirs)), -4.0)
    return Evidence("type", weight, f"{one.type} and {other.type}")


def _dois(one: Holder, other: Holder) -> Evidence | None:
    against = dois_differ(one.dois, other.dois)
    return Evidence("doi", NEVER, against) if against else None


def _sources(one: Holder, other: Holder) -> Evidence | None:
    against = kept_apart(one.sources, other.sources)
    return Evidence("source", NEVER, against) if against else None


def dois_differ(one: frozenset[str], other: frozenset[str]) -> str | None:
    """Why the DOIs of two works say that they are two; None if they do not."""
    if one and other and one.isdisjoint(other):
        return f"their DOIs differ: {min(one)}, {min(other)}"
    return None


def kept_apart(one: frozenset[str], other: frozenset[str]) -> str | None:
    """Which source says that two works are two by holding both; None if none does."""
    if both := (one & other) - FILES:
        return f"{min(both)} holds them as two records"
    return None
