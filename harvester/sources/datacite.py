"""DataCite: what was registered for DOIs that Crossref does not hold (Zenodo, arXiv, repositories, data). Data are CC0.

https://support.datacite.org/docs/api; the server's code is github.com/datacite/lupo. It registers some DOIs of articles,
too, and keeps copies of other agencies' DOIs to count citations; those are not its own word and count as absent here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import msgspec

from harvester import normal
from harvester.errors import BadReply, NotFound, ParseError, Refused, SourceError, UsageError
from harvester.records import (
    Ask,
    Author,
    AuthorWorks,
    Citing,
    Edge,
    Failed,
    Funding,
    Identifier,
    Institution,
    InstitutionWorks,
    Item,
    Lookup,
    Page,
    Record,
    Relation,
    Subject,
    Tap,
    Venue,
    identifiers_of,
)
from harvester.sources import asking, documents
from harvester.sources.batching import batches
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harvester.http import Door, Reply, Service

NAME = "datacite"
RANK = 85
"""Trust in this source's fields when sources disagree, higher wins: what the depositor registered for the DOI, above
OpenAlex, which copies it; below Crossref, whose publishers keep to a stricter form. No DOI is registered at both."""

URL = "https://api.datacite.org"

INTERVAL = 0.63
"""Seconds between requests. From one address 500 requests in 5 minutes are allowed to those who say nothing of
themselves, 1,000 with a mail address in the User-Agent, 3,000 with a member's password (support.datacite.org, "Is there a
rate limit"). This is the pace of the first: whether an address is sent is not known here."""

BATCH = 50
"""DOIs that are asked for at once. `ids=` takes up to a page (1,000), but a DOI comes with its XML and the lists of works
citing and cited, and fifty of those are some megabytes."""

BATCH_BYTES = 4_000
"""Encoded bytes of one batch: the request line of the usual web server ends at 8,192."""

PAGE = 100
"""Records on a page of a list (at most 1,000), for the same reason."""

_REQUESTS = 32
"""Requests that one look-up may become while it closes in on a bad DOI; one in fifty takes about twelve."""

_ARXIV = "10.48550/arxiv."
_UNLISTABLE = re.compile(r"[^\x21-\x2b\x2d-\x7e]")
"""`ids=` is cut at commas, and its values are compared letter by letter in capitals: plain ASCII is safe."""

# detail: counts by year, and the DOIs of works citing and cited; affiliation: with their ROR ids.
_DETAIL = {"detail": "true", "affiliation": "true"}


def service(url: str | None = None, key: str | None = None) -> Service:  # noqa: ARG001 (reading needs no key)
    """What the door must know: address and pace, and that a 429 only ever means "slower" (a firewall, five minutes)."""
    from harvester.http import Service  # here: who only reads files need not load requests

    return Service(source=NAME, url=(url or URL).rstrip("/"), interval=INTERVAL, meaning_of_429=lambda _: "burst")


def can_look_up(scheme: str) -> bool:
    """Whether DataCite finds works by identifiers of this scheme: arXiv gives each of its papers a DOI of DataCite's."""
    return scheme in ("doi", "arxiv")


# --- asking --------------------------------------------------------------------------------------------------------


class _Meta(msgspec.Struct):
    total: int


class _Links(msgspec.Struct):
    next: str | None = None


class _List(msgspec.Struct):
    """A page: each DOI left in its exact bytes; `links.next` is null on the last."""

    data: list[msgspec.Raw]
    meta: _Meta
    links: _Links | None = None


class _Single(msgspec.Struct):
    data: msgspec.Raw


class DataCite:
    """The service as a `records.Source`."""

    name = NAME
    many_citing_at_once = False
    agency = "datacite"

    def __init__(self, door: Door) -> None:
        self._door = door

    def can_look_up(self, scheme: str) -> bool:
        """Whether an identifier of this scheme can be asked for."""
        return can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """`want` in parts of one request each (lists page on by cursor).

        Author (by ORCID) and institution (by ROR) are lists; citing works are asked for one work at a time, and all of
        them, as they come without dates. References come with each record. Nothing else can be asked. Raises UsageError
        for a malformed ORCID, ROR id or DOI.
        """
        match want:
            case Lookup():
                yield from _lookups(want)
            case Citing():
                yield from (Citing((_own(one),)) for one in want.source_ids)
            case AuthorWorks(scheme="orcid") | InstitutionWorks():
                _query(want)
                yield want
            case _:
                return

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        """One page of an answer to an ask that `asks` gave; every identifier of a look-up is found, absent or failed.

        Raises SourceError; NotFound where the work whose citing works are asked for is not registered.
        """
        match ask:
            case Lookup():
                return self._look_up(ask.identifiers)
            case Citing(source_ids=(one,)):
                return self._citing(one)
            case AuthorWorks() | InstitutionWorks():
                return self._works(ask, cursor)
        raise ValueError(f"{NAME} cannot be asked {ask!r} at once")

    # look-up

    def _look_up(self, asked: Sequence[Identifier]) -> Page:
        """The answers; a batch that is refused is halved until the culprit is alone."""
        named = {one: doi for one in asked if (doi := _doi(one))}
        strange = Page(failed=tuple(Failed(one, "it cannot be asked for") for one in asked if one not in named))
        found = asking.halving(
            tuple(named),
            lambda group: self._batch({one: named[one] for one in group}),
            _refused,
            most=_REQUESTS,
            refusals=(Refused, NotFound),
        )
        return asking.together((strange, found))

    def _batch(self, named: dict[Identifier, str]) -> Page:
        dois = list(dict.fromkeys(named.values()))
        if len(dois) == 1:
            _, body = self._one(dois[0])
            return _answers([body], named)
        reply = self._door.get("/dois", {"ids": ",".join(dois), "page[size]": str(BATCH), **_DETAIL})
        page = self._door.decode(reply, _List)
        if page.meta.total > len(dois):  # a parameter that was not heeded answers with all of DataCite
            raise _bad(reply, f"{page.meta.total:,} DOIs for {len(dois)}")
        if len(page.data) < page.meta.total:
            raise _bad(reply, f"promised {page.meta.total} DOIs and sent {len(page.data)}")
        return _answers([bytes(raw) for raw in page.data], named)

    def _one(self, doi: str) -> tuple[Reply, bytes]:
        reply = self._door.get(f"/dois/{quote(doi, safe='')}", _DETAIL)
        return reply, bytes(self._door.decode(reply, _Single).data)

    # lists

    def _citing(self, doi: str) -> Page:
        """The works citing one, as edges: all their DOIs stand in its own record."""
        reply, body = self._one(doi)
        try:
            found, _ = decode(body, _Doi)
        except ParseError as fault:
            raise _bad(reply, str(fault)) from None
        if normal.doi(found.id) != doi:
            raise _bad(reply, "another DOI than the one asked for")
        listed = found.relationships.citations if found.relationships else None
        if listed is None or listed.data is None:
            raise _bad(reply, "no list of citations in the reply")
        ids = [normal.doi(one.id) for one in listed.data]
        citing = dict.fromkeys(one for one in ids if one and one != doi)
        return Page(edges=tuple(Edge(one, doi) for one in citing), unidentified=ids.count(None))

    def _works(self, ask: AuthorWorks | InstitutionWorks, cursor: str | None) -> Page:
        params = {"query": _query(ask), "page[size]": str(PAGE), "page[cursor]": cursor or "1", **_DETAIL}
        reply = self._door.get("/dois", params)
        page = self._door.decode(reply, _List)
        following = _cursor(page.links.next if page.links else None)
        if not page.data and cursor is None and page.meta.total:
            raise _bad(reply, f"promised {page.meta.total:,} DOIs and sent none")
        if not page.data:
            following = None  # some lists go on for ever after their end
        elif following is not None and following == cursor:
            raise _bad(reply, "the cursor does not move on")
        items = [asking.item(bytes(raw), parse) for raw in page.data]
        if ask.since is None:
            return Page(items=tuple(items), next=following, total=page.meta.total)
        return Page(items=tuple(one for one in items if not _is_before(one, ask.since)), next=following)


def _lookups(want: Lookup) -> Iterator[Lookup]:
    wanted = dict.fromkeys(want.identifiers)
    named = {one: doi for one in wanted if (doi := _doi(one))}
    together = [one for one, doi in named.items() if not _UNLISTABLE.search(doi)]
    for batch in batches(together, BATCH, BATCH_BYTES, lambda one: len(quote_plus(f"{named[one]},"))):
        yield Lookup(tuple(batch))
    yield from (Lookup((one,)) for one, doi in named.items() if _UNLISTABLE.search(doi))
    if strange := tuple(one for one in wanted if one not in named):
        yield Lookup(strange)  # `fetch` answers them as failed


def _doi(one: Identifier) -> str | None:
    if one.scheme == "arxiv":
        found = normal.arxiv(one.value)
        return f"{_ARXIV}{found}" if found else None
    return normal.doi(one.value) if one.scheme == "doi" else None


def _own(source_id: str) -> str:
    if normal.doi(source_id) != source_id:
        raise UsageError(f"{source_id[:80]!r} is not what {NAME} calls a work: a DOI in lower case")
    return source_id


def _query(ask: AuthorWorks | InstitutionWorks) -> str:
    """The list in the server's (Lucene's) query language; only what `normal` has spelt goes into it, in quotes.

    >>> _query(AuthorWorks("orcid", "0000-0002-1825-0097", "2024-05-01"))
    'creators.nameIdentifiers.nameIdentifier:("https://orcid.org/0000-0002-1825-0097" OR "0000-0002-1825-0097") AND \
publicationYear:[2024 TO *]'
    >>> _query(InstitutionWorks("https://ror.org/04jr1s763"))
    'creators.affiliation.affiliationIdentifier:("https://ror.org/04jr1s763" OR "04jr1s763")'
    """
    if isinstance(ask, AuthorWorks):
        field, value, site = "nameIdentifiers.nameIdentifier", normal.orcid(ask.value), "orcid.org"
        what = "an ORCID iD: sixteen digits, of which the last one checks the others"
    else:
        field, value, site = "affiliation.affiliationIdentifier", normal.ror(ask.ror), "ror.org"
        what = "a ROR id: nine letters and digits that begin with 0"
    if value is None:
        raise UsageError(f"{(ask.value if isinstance(ask, AuthorWorks) else ask.ror)[:80]!r} is not {what}")
    year = normal.year(ask.since[:4]) if ask.since else None
    since = f" AND publicationYear:[{year} TO *]" if year else ""
    return f'creators.{field}:("https://{site}/{value}" OR "{value}"){since}'


def _is_before(item: Item, since: str) -> bool:
    """Whether a work is known to be older; the query only knows years."""
    date = item.record.date if item.record else None
    return date is not None and date < since[: len(date)]


def _cursor(following: str | None) -> str | None:
    """The cursor in the address of the next page, which itself is not followed.

    >>> _cursor("https://api.datacite.org/dois?page%5Bcursor%5D=MTYx&page%5Bsize%5D=100"), _cursor(None)
    ('MTYx', None)
    """
    return parse_qs(urlsplit(following).query).get("page[cursor]", [None])[0] if following else None


# --- replies -------------------------------------------------------------------------------------------------------

_NO_SUCH = re.compile(r"resource you are looking for", re.IGNORECASE)


def _refused(one: Identifier, refusal: SourceError) -> Page:
    """Absent where the service itself says so of this one DOI; a 404 of anything else says nothing about it."""
    if isinstance(refusal, NotFound) and _NO_SUCH.search(refusal.what):
        return Page(absent=(one,))
    if isinstance(refusal, NotFound):
        raise refusal
    return Page(failed=(Failed(one, refusal.what),))


def _answers(bodies: Sequence[bytes], named: dict[Identifier, str]) -> Page:
    """Which DOI answers which identifier; what nobody asked for is a problem, and then what is open is unknown."""
    found: dict[str, Item] = {}
    stray: list[Item] = []
    copies: set[str] = set()
    for body in bodies:
        item = asking.item(body, parse)
        doi = item.record.source_id if item.record else None
        if doi is None or doi not in named.values():
            stray.append(Item(body, problem=item.problem or "not asked for"))
        elif _is_copy(body):
            copies.add(doi)
        else:
            found[doi] = item
    why = f"{len(stray)} of the DOIs in the reply could not be matched with what was asked"
    open_ = [one for one, doi in named.items() if doi not in found]
    unknown = [one for one in open_ if stray and named[one] not in copies]
    answers = [msgspec.structs.replace(found[doi], asked=one) for one, doi in named.items() if doi in found]
    return Page(
        items=(*stray, *answers),
        absent=tuple(one for one in open_ if one not in unknown),
        failed=tuple(Failed(one, why) for one in unknown),
    )


def _is_copy(body: bytes) -> bool:
    """Whether a DOI is another agency's: its repository is then called crossref.citations, medra.citations ..."""
    relationships = decode(body, _Doi)[0].relationships
    client = relationships.client.data if relationships and relationships.client else None
    return bool(client and client.id and client.id.lower().endswith(".citations"))


def _bad(reply: Reply, what: str) -> BadReply:
    return BadReply(NAME, reply.asked, what, status=reply.status)


# --- one DOI -------------------------------------------------------------------------------------------------------

Word = str | int | float | None
"""Texts that some depositors write as numbers."""


class _Title(msgspec.Struct, rename="camel"):
    title: str | None = None
    title_type: str | None = None


class _NameIdentifier(msgspec.Struct, rename="camel"):
    name_identifier: str | None = None


class _Affiliation(msgspec.Struct, rename="camel"):
    name: str | None = None
    affiliation_identifier: str | None = None


class _Creator(msgspec.Struct, rename="camel"):
    name: str | None = None
    name_type: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    affiliation: list[str | _Affiliation | None] | None = None
    name_identifiers: list[_NameIdentifier] | None = None


class _Date(msgspec.Struct, rename="camel"):
    date: Word = None
    date_type: str | None = None


class _Types(msgspec.Struct, rename="camel"):
    resource_type_general: str | None = None
    resource_type: str | None = None


class _Publisher(msgspec.Struct):
    name: str | None = None


class _Container(msgspec.Struct, rename="camel"):
    type: str | None = None
    title: str | None = None
    identifier: str | None = None
    identifier_type: str | None = None
    volume: Word = None
    issue: Word = None
    first_page: Word = None
    last_page: Word = None


class _Description(msgspec.Struct, rename="camel"):
    description: str | None = None
    description_type: str | None = None


class _Rights(msgspec.Struct, rename="camel"):
    rights: str | None = None
    rights_uri: str | None = None
    rights_identifier: str | None = None


class _Funder(msgspec.Struct, rename="camel"):
    funder_name: str | None = None
    funder_identifier: str | None = None
    award_number: Word = None


class _Related(msgspec.Struct, rename="camel"):
    relation_type: str | None = None
    related_identifier: str | None = None
    related_identifier_type: str | None = None


class _Subject(msgspec.Struct):
    subject: str | None = None


class _Year(msgspec.Struct):
    year: Word = None
    total: Word = None


class _Attributes(msgspec.Struct, rename="camel"):
    doi: str | None = None
    titles: list[_Title] | None = None
    creators: list[_Creator] | None = None
    publisher: str | _Publisher | None = None
    container: _Container | None = None
    publication_year: Word = None
    dates: list[_Date] | None = None
    subjects: list[_Subject] | None = None
    language: str | None = None
    types: _Types | None = None
    related_identifiers: list[_Related] | None = None
    rights_list: list[_Rights] | None = None
    descriptions: list[_Description] | None = None
    funding_references: list[_Funder] | None = None
    url: str | None = None
    citation_count: Word = None
    citations_over_time: list[_Year] | None = None


class _Ref(msgspec.Struct):
    id: str | None = None


class _Client(msgspec.Struct):
    data: _Ref | None = None


class _Refs(msgspec.Struct):
    data: list[_Ref] | None = None


class _Relationships(msgspec.Struct):
    client: _Client | None = None
    references: _Refs | None = None
    citations: _Refs | None = None


class _Doi(msgspec.Struct):
    """A JSON:API object. What is not asked for in detail lacks citations over time, `references` and `citations`."""

    id: str | None = None
    attributes: _Attributes | None = None
    relationships: _Relationships | None = None


def parse(body: bytes) -> Record:
    """The record of one DOI. Raises ParseError where it has none."""
    found, drift = decode(body, _Doi)
    of = found.attributes or _Attributes()
    doi = normal.doi(found.id) or normal.doi(of.doi)
    if doi is None:
        raise ParseError(f"no DOI: {str(found.id)[:80]!r}")
    kind, container = _type(of.types, doi), of.container or _Container()
    date = _date(of.dates or ()) or normal.date(_word(of.publication_year))
    abstract = next(
        filter(
            None,
            (normal.abstract(one.description) for one in of.descriptions or () if one.description_type == "Abstract"),
        ),
        None,
    )
    return Record(
        source=NAME,
        source_id=doi,
        identifiers=identifiers_of([("doi", doi), ("arxiv", normal.arxiv(doi) if doi.startswith(_ARXIV) else None)]),
        title=_title(of.titles or ()),
        abstract=abstract,
        abstract_status="present" if abstract else None if of.descriptions is None else "absent",
        year=normal.year(date[:4]) if date else None,
        date=date,
        type=kind,
        language=_language(of.language),
        venue=_venue(container, of.publisher, kind),
        volume=normal.text(_word(container.volume)),
        issue=normal.text(_word(container.issue)),
        first_page=normal.text(_word(container.first_page)),
        last_page=normal.text(_word(container.last_page)),
        authors=None if of.creators is None else tuple(filter(None, map(_author, of.creators))),
        subjects=_subjects(of.subjects),
        references=_references(found, of, doi),
        cited_by_count=normal.count(of.citation_count),
        counts_by_year=_by_year(of.citations_over_time),
        is_oa=_is_open(of.rights_list or ()),
        license=_license(of.rights_list or ()),
        url=documents.web(of.url),
        relations=_relations(of.related_identifiers, doi, kind),
        funding=_funding(of.funding_references),
        drift=drift,
    )


def _word(raw: Word) -> str | None:
    return None if raw is None else f"{raw:.15g}" if isinstance(raw, float) else str(raw)


def _title(titles: Sequence[_Title]) -> str | None:
    """The title without a type, with its subtitle; others are translations and alternatives.

    >>> _title([_Title("Untertitel", "Subtitle"), _Title("Titel"), _Title("Title", "TranslatedTitle")]), _title([])
    ('Titel: Untertitel', None)
    """
    main = next((one for one in titles if one.title and not one.title_type), None)
    main = main or next((one for one in titles if one.title and one.title_type != "Subtitle"), None)
    parts = [main.title if main else None, *(one.title for one in titles if one.title_type == "Subtitle")]
    return ": ".join(filter(None, map(normal.text, parts))) or None


def _author(person: _Creator) -> Author | None:
    parts = [part for part in (normal.text(person.given_name), normal.text(person.family_name)) if part]
    plain = normal.text(person.name) if person.name_type == "Organizational" else documents.reading_order(person.name)
    name = " ".join(parts) if len(parts) == 2 else plain or " ".join(parts)
    if not name:
        return None
    places = [_Affiliation(one) if isinstance(one, str) else one for one in person.affiliation or () if one]
    known = [
        Institution(normal.text(one.name), ror) for one in places if (ror := normal.ror(one.affiliation_identifier))
    ]
    printed = filter(None, (normal.text(one.name) for one in places))
    orcids = (normal.orcid(one.name_identifier) for one in person.name_identifiers or ())
    return Author(
        name=name,
        orcid=next(filter(None, orcids), None),
        institutions=tuple(dict.fromkeys(known)),
        raw_affiliation="; ".join(dict.fromkeys(printed)) or None,
    )


def _date(dates: Iterable[_Date]) -> str | None:
    """The day of issue; where that is only a year, the first day on which it could be had, if that is of the same year.

    >>> _date([_Date("2021", "Issued"), _Date("2021-03-04T10:00:00Z", "Submitted"), _Date("2021-05", "Available")])
    '2021-03-04'
    >>> _date([_Date("2020-02/2020-05", "Issued"), _Date("2019", "Created")]), _date([_Date("2019", "Updated")])
    ('2020-02', None)
    """
    known: dict[str, list[str]] = {}
    for one in dates:
        day = normal.date((_word(one.date) or "").partition("/")[0])
        if day and one.date_type:
            known.setdefault(one.date_type, []).append(day)
    issued = min(known.get("Issued", ()), default=None)
    first = [day for kind in ("Submitted", "Available") for day in known.get(kind, ())]
    if issued is None:
        return min(known.get("Available", ()), default=None)
    return min((day for day in first if day.startswith(issued) and len(day) == 10), default=issued)


# resourceTypeGeneral (https://datacite-metadata-schema.readthedocs.io, appendix 1) -> the words OpenAlex uses.
_TYPES = {
    "journalarticle": "article", "conferencepaper": "article", "datapaper": "article", "preprint": "preprint",
    "dataset": "dataset", "software": "software", "computationalnotebook": "software", "book": "book",
    "bookchapter": "book-chapter", "dissertation": "dissertation", "report": "report", "peerreview": "peer-review",
    "standard": "standard", "journal": "paratext", "conferenceproceeding": "paratext", "collection": "other",
    "audiovisual": "other", "image": "other", "interactiveresource": "other", "model": "other", "other": "other",
    "physicalobject": "other", "service": "other", "sound": "other", "workflow": "other", "event": "other",
    "outputmanagementplan": "other", "studyregistration": "other", "instrument": "other", "award": "other",
    "project": "other", "film": "other",
}  # fmt: skip
# What depositors write for a "Text", which says nothing: their own words, letters only.
_TEXTS = {
    "article": "article", "journalarticle": "article", "researcharticle": "article", "conferencepaper": "article",
    "conferencearticle": "article", "preprint": "preprint", "workingpaper": "preprint", "thesis": "dissertation",
    "dissertation": "dissertation", "doctoralthesis": "dissertation", "report": "report", "book": "book",
    "monograph": "book", "bookchapter": "book-chapter", "bookpart": "book-chapter", "review": "review",
    "editorial": "editorial", "peerreview": "peer-review",
}  # fmt: skip


def _type(types: _Types | None, doi: str) -> str | None:
    """
    >>> _type(_Types("Text", "Journal article"), "10.5281/z"), _type(_Types("Text", "Article"), "10.48550/arxiv.1")
    ('article', 'preprint')
    """
    if doi.startswith(_ARXIV):
        return "preprint"
    stated = types or _Types()
    general, own = (
        (normal.title_key(raw) or "").replace(" ", "") for raw in (stated.resource_type_general, stated.resource_type)
    )
    return _TYPES.get(general) or _TEXTS.get(own)


def _language(raw: str | None) -> str | None:
    """
    >>> _language("en-GB"), _language("eng"), _language("German")
    ('en', 'eng', None)
    """
    found = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z0-9-]{1,20})?", (raw or "").strip().lower())
    return found[1] if found else None


_SHELVES = ("preprint", "dataset", "software")


def _venue(container: _Container, publisher: str | _Publisher | None, kind: str | None) -> Venue | None:
    """The journal or series; else, for what repositories hold, the repository, which is registered as publisher."""
    house = normal.text(publisher.name if isinstance(publisher, _Publisher) else publisher)
    number = (
        normal.issn(container.identifier)
        if (container.identifier_type or "").upper() in ("ISSN", "EISSN", "LISSN")
        else None
    )
    name = normal.text(container.title)
    if name or number:
        is_journal = bool(number) or (container.type or "").lower() == "journal"
        return Venue(
            name=name, issns=(number,) if number else (), type="journal" if is_journal else None, publisher=house
        )
    return Venue(name=house, type="repository", publisher=house) if house and kind in _SHELVES else None


def _subjects(raw: list[_Subject] | None) -> tuple[Subject, ...] | None:
    """Keywords; those of the classification "Fields of Science" are marked so ("FOS: Sociology")."""
    if raw is None:
        return None
    names = dict.fromkeys(filter(None, (normal.text(one.subject) for one in raw)))
    return tuple(
        Subject("field", name.removeprefix("FOS: ")) if name.startswith("FOS: ") else Subject("keyword", name)
        for name in names
    )


def _references(found: _Doi, of: _Attributes, doi: str) -> tuple[str, ...] | None:
    """The DOIs it refers to: those the depositor named, and those DataCite found. None where neither was stated."""
    listed = found.relationships.references if found.relationships else None
    if listed is None and of.related_identifiers is None:
        return None
    named = [
        normal.doi(one.related_identifier)
        for one in of.related_identifiers or ()
        if one.relation_type in ("References", "Cites") and one.related_identifier_type == "DOI"
    ]
    known = dict.fromkeys([*named, *(normal.doi(one.id) for one in (listed.data if listed else None) or ())])
    references = tuple(one for one in known if one and one != doi)
    return references if references or listed is not None else None


def _by_year(raw: list[_Year] | None) -> tuple[tuple[int, int], ...] | None:
    if raw is None:
        return None
    pairs = ((normal.year(_word(one.year)), normal.count(one.total)) for one in raw)
    return tuple(sorted({year: count for year, count in pairs if year is not None and count is not None}.items()))


_OPEN = re.compile(r"info:eu-repo/semantics/(open|closed|restricted|embargoed)access", re.IGNORECASE)


def _is_open(rights: Iterable[_Rights]) -> bool | None:
    """What the repository says of access, in the words of OpenAIRE; a licence alone says nothing of it.

    >>> _is_open([_Rights("Open Access", "info:eu-repo/semantics/openAccess")]), _is_open([_Rights("CC BY 4.0")])
    (True, None)
    """
    said = [match[1].lower() for one in rights if (match := _OPEN.search(one.rights_uri or one.rights or ""))]
    return "open" in said if said else None


def _license(rights: Sequence[_Rights]) -> str | None:
    """A licence of Creative Commons in whatever field names it; else what the registry's own code (SPDX) stands for.

    >>> _license([_Rights("Open Access", "info:eu-repo/semantics/openAccess"), _Rights("CC BY-SA 4.0")])
    'cc-by-sa'
    >>> _license([_Rights("All rights reserved")]), _license([_Rights("MIT License", rights_identifier="mit")])
    (None, 'mit')
    """
    texts = [text for one in rights for text in (one.rights_uri, one.rights_identifier, one.rights)]
    common = (found for text in texts if (found := normal.license(text)) and found.startswith(("cc-", "public-domain")))
    codes = (normal.license(one.rights_identifier) for one in rights)
    return next(common, None) or next(filter(None, codes), None)


# A relation type (appendix 1 of the schema) -> ours. What is identical under another DOI is still another DOI.
_RELATIONS = {
    "IsVersionOf": "version_of", "IsNewVersionOf": "version_of", "IsIdenticalTo": "version_of",
    "IsVariantFormOf": "version_of", "HasVersion": "has_version", "IsPreviousVersionOf": "has_version",
    "IsOriginalFormOf": "has_version", "Reviews": "review_of", "IsReviewedBy": "has_review",
}  # fmt: skip
# A preprint that is a version of, or comes before, what another publisher has registered is that one's preprint.
_AHEAD = ("IsVersionOf", "IsPreviousVersionOf")
_OTHERS = {"DOI": ("doi", normal.doi), "arXiv": ("arxiv", normal.arxiv), "PMID": ("pmid", normal.pmid)}


def _relations(raw: list[_Related] | None, doi: str, kind: str | None) -> tuple[Relation, ...] | None:
    if raw is None:
        return None
    relations: dict[Relation, None] = {}
    prefix = doi.partition("/")[0]
    for one in raw:
        said = _RELATIONS.get(one.relation_type or "")
        scheme, spell = _OTHERS.get(one.related_identifier_type or "", (None, None))
        value = spell(one.related_identifier) if spell else None
        if said is None or scheme is None or value is None or value == doi:
            continue
        is_ahead = one.relation_type in _AHEAD and scheme == "doi" and not value.startswith(f"{prefix}/")
        relations[Relation("preprint_of" if kind == "preprint" and is_ahead else said, Identifier(scheme, value))] = (
            None
        )
    return tuple(relations)


def _funding(raw: list[_Funder] | None) -> tuple[Funding, ...] | None:
    """One entry a funder, with all its awards; named by its DOI in the Funder Registry, else its ROR, else as it is."""
    if raw is None:
        return None
    awards: dict[tuple[str, str | None], list[str]] = {}
    for one in raw:
        name = normal.text(one.funder_name)
        if name is None:
            continue
        stated = one.funder_identifier
        own = normal.doi(stated) or normal.ror(stated) or normal.text(stated)
        award = normal.text(_word(one.award_number))
        awards.setdefault((name, own), []).extend([award] if award else [])
    return tuple(Funding(name, own, tuple(dict.fromkeys(found))) for (name, own), found in awards.items())


# --- files ---------------------------------------------------------------------------------------------------------


class _Dois:
    source = NAME
    form = "DataCite DOIs, JSON or JSON lines"

    def sniff(self, head: bytes) -> bool:
        return (
            head.lstrip()[:1] in (b"{", b"[")
            and re.search(rb'"type"\s*:\s*"dois"', head) is not None
            and re.search(rb'"attributes"\s*:', head) is not None
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """Each DOI's bytes, taken out of a page or a single reply."""
        for value in documents.values(stream):
            try:
                data = msgspec.json.decode(value, type=_Single).data
                yield from documents.elements(bytes(data))
            except (ValueError, RecursionError, UsageError):
                yield value  # no reply but a DOI, or broken: the parser will say why


TAPS: tuple[Tap, ...] = (_Dois(),)


client = DataCite
