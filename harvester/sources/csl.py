"""CSL-JSON, the form reference managers exchange: source "bibliography".

Form: https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables and the schema csl-data.json.
A bibliography states no citation count. An entry's `id` is only a name inside its file ("dissociation-1"), so a record
is named by its DOI or, without one, by its title, year and first author.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author, Identifier, Record, Subject, Tap, Venue, identifiers_of
from harvester.sources import documents
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "bibliography"
RANK = 20
"""Trust in this source's fields when sources disagree, higher wins: typed by people, below every service."""

# https://docs.citationstyles.org/en/stable/specification.html#appendix-iii-types -> the words OpenAlex uses.
# "article" is the type of preprints and working papers, but many programs write it for journal articles: see `_type`.
_TYPES = {
    "article-journal": "article", "article-magazine": "article", "article-newspaper": "article",
    "paper-conference": "article", "review": "article", "review-book": "article", "book": "book",
    "chapter": "book-chapter", "dataset": "dataset", "thesis": "dissertation", "report": "report",
    "standard": "standard", "entry": "reference-entry", "entry-dictionary": "reference-entry",
    "entry-encyclopedia": "reference-entry", "webpage": "other", "post": "other", "post-weblog": "other",
    "software": "other", "speech": "other", "manuscript": "other", "document": "other",
}  # fmt: skip

_VENUES = {"article-journal": "journal", "paper-conference": "conference"}

Word = str | int | float | None
"""Texts that programs also write as numbers."""


class _Name(msgspec.Struct, rename="kebab"):
    family: str | None = None
    given: str | None = None
    literal: str | None = None
    non_dropping_particle: str | None = None
    dropping_particle: str | None = None
    suffix: str | None = None
    orcid: str | None = msgspec.field(default=None, name="ORCID")


class _Date(msgspec.Struct, rename="kebab"):
    date_parts: list[list[Word] | Word] | None = None
    raw: str | None = None
    literal: str | None = None


class _Entry(msgspec.Struct, rename="kebab"):
    title: str | None = None
    type: str | None = None
    genre: str | None = None
    author: list[_Name] | None = None
    issued: _Date | Word = None
    container_title: str | list[str] | None = None
    publisher: str | None = None
    volume: Word = None
    issue: Word = None
    page: Word = None
    abstract: str | None = None
    keyword: str | list[str] | None = None
    language: str | None = None
    doi: str | None = msgspec.field(default=None, name="DOI")
    url: str | None = msgspec.field(default=None, name="URL")
    issn: str | list[str] | None = msgspec.field(default=None, name="ISSN")
    isbn: str | list[str] | None = msgspec.field(default=None, name="ISBN")
    pmid: Word = msgspec.field(default=None, name="PMID")
    pmcid: Word = msgspec.field(default=None, name="PMCID")


def parse(body: bytes) -> Record:
    """The record of one CSL-JSON entry. Raises ParseError where it is no object or has no title."""
    entry, drift = decode(body, _Entry)
    title = normal.text(entry.title)
    if title is None:
        raise ParseError("no title")
    date = _date(entry.issued)
    year = normal.year(date[:4]) if date else None
    authors = None if entry.author is None else tuple(filter(None, map(_author, entry.author)))
    identifiers = _identifiers(entry)
    doi = next((one.value for one in identifiers if one.scheme == "doi"), None)
    volume, issue = normal.volume_issue(_word(entry.volume))
    first_page, last_page = normal.pages(_word(entry.page))
    return Record(
        source=NAME,
        source_id=doi or documents.fingerprint(title, year, authors[0].name if authors else None),
        identifiers=identifiers,
        title=title,
        abstract=normal.abstract(entry.abstract),
        year=year,
        date=date,
        type=_type(entry),
        language=_language(entry.language),
        venue=_venue(entry),
        volume=volume,
        issue=normal.text(_word(entry.issue)) or issue,
        first_page=first_page,
        last_page=last_page,
        authors=authors,
        subjects=_subjects(entry.keyword),
        url=documents.web(entry.url),
        drift=drift,
    )


def _word(raw: Word) -> str | None:
    """
    >>> _word(12), _word(12.0), _word("12a"), _word(None)
    ('12', '12', '12a', None)
    """
    if isinstance(raw, float):
        return f"{raw:.15g}"
    return None if raw is None else str(raw)


def _identifiers(entry: _Entry) -> tuple[Identifier, ...]:
    dois = normal.dois(entry.doi)
    books = entry.isbn if isinstance(entry.isbn, list) else re.split(r"[\s,;]+(?=97|\d{9})", entry.isbn or "")
    return identifiers_of(
        [
            *(("doi", doi) for doi in dois),
            ("pmid", normal.pmid(_word(entry.pmid))),
            ("pmcid", normal.pmcid(_word(entry.pmcid))),
            *(("arxiv", normal.arxiv(doi)) for doi in dois),
            ("arxiv", normal.arxiv(entry.url)),
            *(("isbn", normal.isbn(book)) for book in books if entry.type == "book"),  # a chapter's is its book's
        ]
    )


def _author(name: _Name) -> Author | None:
    parts = (name.given, name.dropping_particle, name.non_dropping_particle, name.family, name.suffix)
    whole = normal.text(name.literal) or normal.text(" ".join(part for part in parts if part))
    return Author(name=whole, orcid=normal.orcid(name.orcid)) if whole else None


def _date(issued: _Date | Word) -> str | None:
    """The day in whatever form a program wrote it, cut to what is known.

    >>> _date(_Date([[2022, "5", 3]])), _date(_Date([["2022"]])), _date(_Date([2022, 5])), _date(_Date([[None]]))
    ('2022-05-03', '2022', '2022-05', None)
    >>> _date(_Date(raw="May 3, 2022")), _date(_Date(literal="2022/05/03")), _date("2022-05/2022-06"), _date(2022)
    ('2022', '2022-05-03', '2022-05', '2022')
    """
    if not isinstance(issued, _Date):
        return _read_date(_word(issued))
    start = issued.date_parts or []
    if start and isinstance(start[0], list):
        start = [*start[0]]
    parts = [_word(part) or "" for part in start if not isinstance(part, list)]
    return normal.date("-".join(parts)) or normal.date("".join(parts[:1])) or _read_date(issued.raw or issued.literal)


def _read_date(raw: str | None) -> str | None:
    if not raw:
        return None
    raw = raw.strip()[:100]
    whole = re.sub(r"^(\d{4})/(\d{1,2})(?!\d)(?:/(\d{1,2}))?", r"\1-\2-\3", raw).partition("/")[0].rstrip("-~?")
    year = re.search(r"(?<!\d)(?:1[4-9]|20)\d\d(?!\d)", raw)
    return normal.date(whole) or (normal.date(year.group()) if year else None)


def _type(entry: _Entry) -> str | None:
    if entry.type == "article":
        preprint = "preprint" in (entry.genre or "").lower() or not entry.container_title
        return "preprint" if preprint else "article"
    return _TYPES.get(entry.type or "")


def _language(raw: str | None) -> str | None:
    """
    >>> _language("en-US"), _language("de"), _language("English")
    ('en', 'de', None)
    """
    found = re.fullmatch(r"([a-z]{2,3})(?:[-_].*)?", (raw or "").strip().lower())
    return found[1] if found else None


def _venue(entry: _Entry) -> Venue | None:
    names = entry.container_title if isinstance(entry.container_title, list) else [entry.container_title]
    codes = entry.issn if isinstance(entry.issn, list) else [entry.issn or ""]
    venue = Venue(
        name=next(filter(None, map(normal.text, names)), None),
        issns=tuple(
            dict.fromkeys(filter(None, (normal.issn(one) for code in codes for one in re.split(r"[\s,;]+", code))))
        ),
        type=_VENUES.get(entry.type or ""),
        publisher=normal.text(entry.publisher),
    )
    return venue if venue.name or venue.issns or venue.publisher else None


def _subjects(keyword: str | list[str] | None) -> tuple[Subject, ...] | None:
    if keyword is None:
        return None
    if isinstance(keyword, str):
        keyword = keyword.split(";" if ";" in keyword else ",")
    return tuple(Subject("keyword", name) for name in dict.fromkeys(filter(None, map(normal.text, keyword))))


class _Wrapped(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


class _Bibliography:
    source = NAME
    form = "CSL-JSON bibliography"

    def sniff(self, head: bytes) -> bool:
        """JSON with a title and something only CSL has; not Crossref's reply, where the title is a list."""
        return (
            head.lstrip()[:1] in (b"[", b"{")
            and re.search(rb'"title"\s*:\s*"', head) is not None
            and re.search(rb'"title"\s*:\s*\[|"message-type"\s*:', head) is None
            and re.search(rb'"(?:container-title|date-parts|issued|citation-key)"\s*:|:\s*"article-journal"', head)
            is not None
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        for value in documents.values(stream):
            try:
                wrapped = msgspec.json.decode(value, type=_Wrapped).items
            except (ValueError, RecursionError):
                wrapped = None  # no object, or broken: the parser will say why
            if wrapped is None:
                yield value
            else:
                yield from (bytes(item) for item in wrapped)


TAPS: tuple[Tap, ...] = (_Bibliography(),)
