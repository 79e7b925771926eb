"""CSL-JSON, the form reference managers exchange.

Form: https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables and the schema csl-data.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harvester import normal
from harvester.records import Author
from harvester.sources.bibliography import entry as common
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from harvester.records import Record

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
    """The record of one CSL-JSON entry. Raises ParseError where it is no object or has neither title nor DOI."""
    entry, drift = decode(body, _Entry)
    names = entry.container_title if isinstance(entry.container_title, list) else [entry.container_title]
    return common.record(
        common.Entry(
            title=entry.title,
            type=_type(entry),
            authors=None if entry.author is None else tuple(filter(None, map(_author, entry.author))),
            date=_date(entry.issued),
            venue=next(filter(None, map(normal.text, names)), None),
            venue_type=_VENUES.get(entry.type or ""),
            publisher=entry.publisher,
            volume=_word(entry.volume),
            issue=_word(entry.issue),
            pages=normal.pages(_word(entry.page)),
            abstract=entry.abstract,
            keywords=entry.keyword,
            language=entry.language,
            url=entry.url,
            doi=entry.doi,
            pmid=_word(entry.pmid),
            pmcid=_word(entry.pmcid),
            isbn=entry.isbn,
            issn=entry.issn,
            drift=drift,
        )
    )


def _word(raw: Word) -> str | None:
    """
    >>> _word(12), _word(12.0), _word("12a"), _word(None)
    ('12', '12', '12a', None)
    """
    if isinstance(raw, float):
        return f"{raw:.15g}"
    return None if raw is None else str(raw)


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
        return common.read_date(_word(issued))
    start = issued.date_parts or []
    if start and isinstance(start[0], list):
        start = [*start[0]]
    parts = [_word(part) or "" for part in start if not isinstance(part, list)]
    return (
        normal.date("-".join(parts))
        or normal.date("".join(parts[:1]))
        or common.read_date(issued.raw or issued.literal)
    )


def _type(entry: _Entry) -> str | None:
    if entry.type == "article":
        preprint = "preprint" in (entry.genre or "").lower() or not entry.container_title
        return "preprint" if preprint else "article"
    return _TYPES.get(entry.type or "")
