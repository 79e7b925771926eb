"""A work of OpenCitations as a record: Meta's row, the Index's count, and what COCI wrote of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author, Identifier, Record, Venue
from harvester.sources import documents
from harvester.sources.opencitations import naming
from harvester.sources.tolerant import decode, inside

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "opencitations"

# The words Meta derives from its ontology (URI_TYPE_DICT in metaapi) -> the words OpenAlex uses.
_TYPES = {
    "journal article": "article", "proceedings article": "article", "data paper": "article", "editorial": "editorial",
    "letter": "letter", "review": "review", "preprint": "preprint", "book": "book", "reference book": "book",
    "monograph": "book", "book chapter": "book-chapter", "book part": "book-chapter", "book section": "book-chapter",
    "dataset": "dataset", "dissertation": "dissertation", "thesis": "dissertation", "report": "report",
    "standard": "standard", "reference entry": "reference-entry", "peer review": "peer-review",
    "peer_review": "peer-review", "computer program": "software", "software": "software", "journal": "paratext",
    "journal issue": "paratext", "journal volume": "paratext", "proceedings": "paratext", "series": "paratext",
    "book series": "paratext", "book set": "paratext", "web content": "other", "archival document": "other",
}  # fmt: skip

Word = str | int | None
"""Everything is a text here, numbers too; some who copied it made numbers of them."""


class Count(msgspec.Struct):
    """What the Index says of how often a work is cited."""

    count: Word = None


class _Row(msgspec.Struct):
    """What Meta says of a work; the last seven are COCI's, which also counted and listed in its metadata."""

    id: str | None = None
    title: str | None = None
    author: str | None = None
    pub_date: Word = None
    venue: str | None = None
    volume: Word = None
    issue: Word = None
    page: str | None = None
    type: str | None = None
    publisher: str | None = None
    doi: str | None = None
    year: Word = None
    source_title: str | None = None
    source_id: str | None = None
    citation_count: Word = None
    reference: str | None = None
    oa_link: str | None = None


class _Meta(_Row):
    """A row of Meta, whose names are known (https://api.opencitations.net/meta/v1)."""

    PROMISED: ClassVar[tuple[str, ...]] = (
        "id",
        "title",
        "author",
        "pub_date",
        "venue",
        "volume",
        "issue",
        "page",
        "type",
        "publisher",
    )
    UNREAD: ClassVar[tuple[str, ...]] = ("editor", "citation")  # the second is COCI's list of citing DOIs


class _Body(_Row):
    """A payload: a row alone, or an object of ours that holds the raw rows of both services as they came (`meta` as _Meta)."""

    asked: str | None = None  # the identifier that the record is named by, as the services spell it
    count: Count | None = None


def body_of(own: Identifier, meta: bytes | None, count: bytes | None) -> bytes:
    """The payload of a work: what it was asked for by, and the exact rows that answered.

    >>> body_of(Identifier("doi", "10.5555/a"), None, b'{"count": "3"}')
    b'{"asked":"doi:10.5555/a","meta":null,"count":{"count": "3"}}'
    """
    named = msgspec.json.encode(f"{own.scheme}:{own.value}")
    return b'{"asked":%b,"meta":%b,"count":%b}' % (named, meta or b"null", count or b"null")


def parse(body: bytes) -> Record:
    """The record of one work. Raises ParseError where nothing names it.

    A work of several DOIs (a preprint and its article that OpenCitations took for one) keeps the one it was asked for by:
    two DOIs are two works here, and its other identifiers may belong to either.
    """
    whole, drift = decode(body, _Body)
    meta, more = inside(body, "meta", _Meta)
    row = meta if whole.asked else whole
    ids = naming.ids(" ".join(filter(None, (whole.asked, row.id, row.doi))))
    source_id = naming.name_of(naming.ids(whole.asked)) or naming.name_of(ids)
    if source_id is None:
        raise ParseError("no DOI, PubMed id or OMID")
    date = normal.date(_text(row.pub_date) or _text(row.year))
    first_page, last_page = normal.pages(row.page)
    return Record(
        source=NAME,
        source_id=source_id,
        identifiers=_identifiers(ids, source_id),
        title=normal.text(row.title),
        year=normal.year(date[:4]) if date else None,
        date=date,
        type=_TYPES.get((normal.text(row.type) or "").lower()),
        venue=_venue(row),
        volume=_text(row.volume),
        issue=_text(row.issue),
        first_page=first_page,
        last_page=last_page,
        authors=_authors(row.author),
        references=_references(row.reference, source_id),
        cited_by_count=normal.count(whole.count.count if whole.count else row.citation_count),
        oa_url=documents.web(row.oa_link),
        drift=drift + more,
    )


def _text(raw: Word) -> str | None:
    return None if raw is None else normal.text(str(raw))


def _identifiers(ids: Sequence[Identifier], source_id: str) -> tuple[Identifier, ...]:
    """Those that name this work beyond doubt: its own, and others that are the only ones of their scheme."""
    own = [
        one for one in ids if naming.can_look_up(one.scheme) and source_id in (one.value, f"{one.scheme}:{one.value}")
    ]
    if sum(one.scheme == "doi" for one in ids) > 1:
        return tuple(own)
    schemes = [one.scheme for one in ids]
    others = [one for one in ids if one.scheme in ("pmid", "pmcid", "openalex") and schemes.count(one.scheme) == 1]
    return tuple(dict.fromkeys((*own, *others)))


def _tagged(raw: str | None) -> tuple[str | None, tuple[str, ...]]:
    """A name and the identifiers that stand in brackets after it.

    >>> _tagged("Journal Of Documentation [issn:0022-0418 omid:br/0621]"), _tagged("Plato"), _tagged("")
    (('Journal Of Documentation', ('issn:0022-0418', 'omid:br/0621')), ('Plato', ()), (None, ()))
    """
    name, bracket, ids = (raw or "").strip().removesuffix("]").rpartition("[")
    return (normal.text(name), tuple(ids.split())) if bracket else (normal.text(ids), ())


def _authors(raw: str | None) -> tuple[Author, ...] | None:
    """The authors of one text ("Family, Given [orcid:...]; ..."); an empty one is what is written where none are known."""
    authors = []
    for one in (raw or "").split("; "):
        name, ids = _tagged(one)
        if read := documents.reading_order(name):
            orcid = next(filter(None, (normal.orcid(tag.removeprefix("orcid:")) for tag in ids)), None)
            authors.append(Author(name=read, orcid=orcid))
    return tuple(authors) or None


def _venue(row: _Row) -> Venue | None:
    name, tags = _tagged(row.venue)
    publisher, _ = _tagged(row.publisher)
    issns = (normal.issn(tag.removeprefix("issn:")) for tag in (*tags, *(row.source_id or "").split()))
    found = Venue(
        name=name or normal.text(row.source_title), issns=tuple(dict.fromkeys(filter(None, issns))), publisher=publisher
    )
    return found if found.name or found.issns or found.publisher else None


def _references(raw: str | None, source_id: str) -> tuple[str, ...] | None:
    """COCI's list of references, one text of DOIs; an empty one may only mean that the list is not open."""
    found = dict.fromkeys(one.value for one in naming.ids(raw) if one.scheme == "doi")
    found.pop(source_id, None)
    return tuple(found) or None
