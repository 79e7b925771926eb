"""Records as an aggregator's web pages show them: source "aggregator".

Three forms are in use: a JSON object, with or without the page's text after it; a document with such objects under
`records` or `record`; and plain text, an abstract followed by "Policy implications" and their bullets. The object is
like Semantic Scholar's but not the same: counts are texts ("0"), volume and issue share a field ("16 3"), the journal's
figures stand beside the article's, and `paperid` is the aggregator's own number.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author, Highlight, Identifier, Metric, Record, Subject, Tap, Venue, identifiers_of
from harvester.sources import documents
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "aggregator"
RANK = 40
"""Trust in this source's fields when sources disagree, higher wins: a copy, below what it copies."""

Word = str | int | float | None
"""Texts that are also written as numbers."""

_TYPES = {
    "journal article": "article", "article": "article", "conference": "article", "case report": "article",
    "review": "review", "systematic review": "review", "meta-analysis": "review", "editorial": "editorial",
    "letter": "letter", "letters and comments": "letter", "book": "book", "book section": "book-chapter",
    "book chapter": "book-chapter", "dataset": "dataset", "preprint": "preprint", "thesis": "dissertation",
}  # fmt: skip


class _Journal(msgspec.Struct):
    name: str | None = None
    volume: Word = None
    issue: Word = None
    pages: Word = None


class _Person(msgspec.Struct):
    name: str | None = None


_NAMES = {
    "doi_url": "DOIUrl", "periodical_id": "PeriodicalId", "periodical_if": "PeriodicalIF",
    "periodical_name": "PeriodicalName", "publication_date": "publicationDate", "pub_date_label": "pub_date_label",
    "e_pub_date": "EPubDate", "publication_types": "publicationTypes", "fields_of_study": "fieldsOfStudy",
    "is_open_access": "isOpenAccess", "open_access_pdf": "openAccessPdf", "citation_count": "citationCount",
    "list_url": "ListUrlMain", "region": "RegionNum", "region_category": "RegionCategory", "pmcid": "PMCID",
    "jcr": "JCR", "jcr_name": "JCRName",
}  # fmt: skip


class _Article(msgspec.Struct, rename=_NAMES):
    PROMISED: ClassVar[tuple[str, ...]] = ()  # pages differ
    UNREAD: ClassVar[tuple[str, ...]] = (
        "AbstractTextCN", "ArticlePicture", "FirstCategoryId", "PubModel", "Score", "TitleCN", "Total", "page", "platform",
        "resultStr",
    )  # fmt: skip

    title: str | None = None
    authors: str | list[_Person | str] | None = None
    doi: str | None = None
    doi_url: str | None = None
    pmcid: Word = None
    paperid: Word = None
    url: str | None = None
    list_url: str | None = None
    abstract: str | None = None
    journal: _Journal | None = None
    periodical_id: Word = None
    periodical_name: str | None = None
    periodical_if: Word = None
    jcr: Word = None
    jcr_name: str | None = None
    region: Word = None
    region_category: str | None = None
    publication_date: str | None = None
    pub_date_label: str | None = None
    e_pub_date: str | None = None
    publication_types: str | list[str] | None = None
    fields_of_study: str | list[str] | None = None
    is_open_access: bool | None = None
    open_access_pdf: str | None = None
    citation_count: Word = None


def parse(body: bytes) -> Record:
    """The record of one object (text after it is left aside) or of one plain text.

    Raises ParseError where it is neither, or has nothing to be named by: no DOI, no `paperid`, no title.
    """
    text = _text(body)
    if text.lstrip().startswith("{"):
        return _of_object(_first_object(text))
    return _of_text(text)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ParseError("not UTF-8") from None


def _first_object(text: str) -> bytes:
    start = len(text) - len(text.lstrip())
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except RecursionError:
        raise ParseError("nested too deep") from None
    except ValueError as fault:
        raise ParseError(f"not JSON: {fault}"[:200]) from None
    return text[start:end].encode("utf-8", "surrogatepass")


# --- the object ----------------------------------------------------------------------------------------------------


def _of_object(body: bytes) -> Record:
    article, drift = decode(body, _Article)
    title = normal.text(article.title)
    identifiers = _identifiers(article)
    dates = (article.publication_date, article.pub_date_label, article.e_pub_date)
    date = next(filter(None, map(normal.date, dates)), None)
    year = normal.year(date[:4]) if date else None
    authors = _authors(article.authors)
    journal = article.journal or _Journal()
    volume, issue = normal.volume_issue(_word(journal.volume))
    first_page, last_page = normal.pages(_word(journal.pages))
    is_open, pdf = article.is_open_access, documents.web(article.open_access_pdf)
    addresses = (article.url, None if is_open else pdf, article.list_url, article.doi_url)
    return Record(
        source=NAME,
        source_id=_source_id(article, identifiers, title, year, authors),
        identifiers=identifiers,
        title=title,
        abstract=normal.abstract(article.abstract),
        year=year,
        date=date,
        type=_type(article.publication_types),
        venue=_venue(article, journal),
        volume=volume,
        issue=normal.text(_word(journal.issue)) or issue,
        first_page=first_page,
        last_page=last_page,
        authors=authors,
        subjects=_subjects(article.fields_of_study),
        cited_by_count=normal.count(article.citation_count),
        is_oa=is_open,
        oa_url=pdf if is_open else None,
        url=next(filter(None, map(documents.web, addresses)), None),
        drift=drift,
    )


def _word(raw: Word) -> str | None:
    """
    >>> _word(2.2000), _word(51510), _word(" "), _word(None)
    ('2.2', '51510', None, None)
    """
    return None if raw is None else normal.text(str(raw))


def _identifiers(article: _Article) -> tuple[Identifier, ...]:
    return identifiers_of(
        [
            *(("doi", doi) for doi in normal.dois(article.doi)),
            ("doi", normal.doi(article.doi_url)),
            ("pmcid", normal.pmcid(_word(article.pmcid))),
        ]
    )


def _source_id(
    article: _Article,
    identifiers: tuple[Identifier, ...],
    title: str | None,
    year: int | None,
    authors: tuple[Author, ...] | None,
) -> str:
    doi = next((one.value for one in identifiers if one.scheme == "doi"), None)
    if name := doi or _word(article.paperid):
        return name
    if title is None:
        raise ParseError("neither doi, paperid nor title")
    return documents.fingerprint(title, year, authors[0].name if authors else None)


def _authors(raw: str | list[_Person | str] | None) -> tuple[Author, ...] | None:
    """
    >>> [author.name for author in _authors("Jack Taggart, Sammy Davis, Jr., Benjamin Faude")]
    ['Jack Taggart', 'Sammy Davis, Jr.', 'Benjamin Faude']
    """
    if raw is None:
        return None
    if isinstance(raw, str):
        names: list[str | None] = [*re.split(r"[,;，；、](?!\s*(?:Jr|Sr|II|III|IV)\b)", raw)]
    else:
        names = [one if isinstance(one, str) else one.name for one in raw]
    return tuple(Author(name=name) for name in filter(None, map(normal.text, names)))


def _type(raw: str | list[str] | None) -> str | None:
    words = raw if isinstance(raw, list) else re.split(r"[,;|]", raw or "")
    return next(filter(None, (_TYPES.get(word.strip().lower()) for word in words)), None)


def _venue(article: _Article, journal: _Journal) -> Venue | None:
    figures = (
        ("impact_factor", _word(article.periodical_if)),
        ("quartile", _word(article.jcr)),
        ("category", normal.text(article.jcr_name)),
        ("region", _word(article.region)),
        ("region_category", normal.text(article.region_category)),
    )
    venue = Venue(
        name=normal.text(journal.name) or normal.text(article.periodical_name),
        id=_word(article.periodical_id),
        metrics=tuple(Metric(name, value) for name, value in figures if value),
    )
    return venue if venue.name or venue.id or venue.metrics else None


def _subjects(raw: str | list[str] | None) -> tuple[Subject, ...] | None:
    if raw is None:
        return None
    names = raw if isinstance(raw, list) else re.split(r"[,;]", raw)
    return tuple(Subject("field", name) for name in dict.fromkeys(filter(None, map(normal.text, names))))


# --- the plain text ------------------------------------------------------------------------------------------------

_HEADING = re.compile(r"^[ \t]*policy implications[ \t]*:?[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"^\s*abstract[ \t]*:?[ \t\r]*\n", re.IGNORECASE)
_BULLET = re.compile(r"[-*•–—·]\s+(.*)")
_CREDIT = re.compile(r"(?:cover )?(?:photo|image|picture|photograph|credit)s?(?: credit)?(?: by|\s*:)", re.IGNORECASE)


def _of_text(text: str) -> Record:
    """An abstract and its policy implications; it names no article, so that only its words can say which one it is."""
    parts = _HEADING.split(text, maxsplit=1)
    abstract = normal.abstract(_LABEL.sub("", parts[0]))
    if len(parts) < 2 or abstract is None:
        raise ParseError('neither a JSON object nor an abstract with "Policy implications"')
    return Record(
        source=NAME,
        source_id=f"text:{documents.digest(abstract)}",
        abstract=abstract,
        highlights=tuple(_highlights(parts[1])),
    )


def _highlights(text: str) -> Iterator[Highlight]:
    """The bullets, each "Title: text"; a line after one goes on with it, a blank line or a photo credit ends it."""
    bullets: list[str] = []
    open_bullet = False
    for line in map(str.strip, text.splitlines()):
        if bullet := _BULLET.match(line):
            bullets.append(bullet[1])
            open_bullet = True
        elif not line or _CREDIT.match(line):
            open_bullet = False
        elif open_bullet:
            bullets[-1] += f" {line}"
    for one in filter(None, map(normal.text, bullets)):
        title, colon, words = one.partition(": ")
        yield Highlight(title, words.strip()) if colon else Highlight("", one)


# --- files ---------------------------------------------------------------------------------------------------------

_KEYS = re.compile(rb'"(?:PeriodicalId|PeriodicalIF|PeriodicalName|JCRName|DOIUrl|pub_date_label|paperid)"\s*:')


class _Wrapped(msgspec.Struct):
    records: list[msgspec.Raw] | None = None
    record: msgspec.Raw = msgspec.Raw()


class _Objects:
    source = NAME
    form = "aggregator records, JSON"

    def sniff(self, head: bytes) -> bool:
        return head.lstrip()[:1] in (b"{", b"[") and _KEYS.search(head) is not None

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each record's bytes; an object with the page's text after it is given with that text, to the last letter."""
        whole = stream.read()
        if whole.lstrip().startswith(b"{") and (after := self._after(whole)):
            if after.startswith(b"{"):
                yield from filter(None, map(bytes.strip, whole.splitlines()))
            else:
                yield whole
            return
        for value in documents.elements(whole):
            yield from self._unwrapped(value)

    @staticmethod
    def _after(whole: bytes) -> bytes:
        """What follows the first object."""
        text = whole.decode("utf-8", "replace")
        try:
            _, end = json.JSONDecoder().raw_decode(text, len(text) - len(text.lstrip()))
        except (ValueError, RecursionError):
            return b""  # the caller finds out what is wrong with it
        return text[end:].strip().encode()

    @staticmethod
    def _unwrapped(value: bytes) -> Iterator[bytes]:
        try:
            wrapped = msgspec.json.decode(value, type=_Wrapped)
        except (ValueError, RecursionError):
            wrapped = _Wrapped()  # the parser will say why
        if bytes(wrapped.record) not in (b"", b"null"):
            yield bytes(wrapped.record)
        elif wrapped.records is not None:
            yield from map(bytes, wrapped.records)
        else:
            yield value


class _Text:
    source = NAME
    form = "an abstract with its policy implications, text"

    def sniff(self, head: bytes) -> bool:
        text = head.decode("utf-8", "replace")
        prose = text.lstrip()[:1] not in ("", "{", "[", "<") and documents.entries(head) is None
        return prose and _HEADING.search(text) is not None

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        yield stream.read()


TAPS: tuple[Tap, ...] = (_Objects(), _Text())
