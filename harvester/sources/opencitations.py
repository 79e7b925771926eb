"""OpenCitations: who cites whom from its Index, bibliographic data from its Meta. Data are CC0.

https://api.opencitations.net/index/v2 and https://api.opencitations.net/meta/v1; both are specified, with the queries
behind them, in github.com/opencitations/api. What the older COCI API wrote (until 2024) is read as well.

Its citations come from the open reference lists of Crossref, DataCite, PubMed and others, so it is a second opinion that
does not depend on the other sources here, and it states of each citation when it was made and whether it is a
self-citation. A work is named by its DOI, else by its PubMed id, else by OpenCitations' own id (OMID).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

import msgspec

from harvester import normal
from harvester.errors import BadReply, NotFound, ParseError, Refused, ServerFault, UsageError
from harvester.records import (
    Ask,
    Author,
    Citing,
    Edge,
    Failed,
    Identifier,
    Item,
    Lookup,
    Page,
    Record,
    References,
    Tap,
    Venue,
    identifiers_of,
)
from harvester.sources import asking, documents
from harvester.sources.batching import batches
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harvester.http import Door, Service

NAME = "opencitations"
RANK = 30
"""Trust in this source's fields when sources disagree, higher wins: its bibliographic data are copies of Crossref's and
others', some with every word of a title capitalised. What it is asked for are citations."""

URL = "https://api.opencitations.net"

INTERVAL = 0.35
"""Seconds between requests. 180 a minute are allowed from one address, with or without a token (api.opencitations.net),
and no header says how many are left: a third of a second and 5 % for clocks that disagree."""

READ_TIMEOUT = 120.0
"""Seconds of silence that are borne: nothing is sent before the whole query has been answered, and that of a work with
many thousand citations takes longer than the usual minute."""

BATCH = 10
"""Ids that Meta is asked for at once: it answers 15 with an error 500 and 14 rightly (documentation of the client
opencitations-client, 2026); ten leave room for that edge to move."""

BATCH_BYTES = 1_800
"""Encoded bytes of one batch, which all stand in the request line: ten real DOIs take some 400."""

_ENDS = (50_000, 200_000)
"""The LIMIT of the queries behind the unpaged lists: 50,000 (index_v2.hf, 2023), 200,000 since. A list that is as long
as that is cut off."""

_SCHEMES = ("doi", "pmid")


def service(url: str | None = None, key: str | None = None) -> Service:
    """What the door must know. The token is optional and travels in a header; a 429 only ever means "slower"."""
    from harvester.http import Service  # here: who only reads files need not load requests

    return Service(
        source=NAME,
        url=(url or URL).rstrip("/"),
        interval=INTERVAL,
        key_header=("authorization", key) if key else None,
        meaning_of_429=lambda _: "burst",
        read_timeout=READ_TIMEOUT,
    )


def can_look_up(scheme: str) -> bool:
    """Whether both Index and Meta find works by identifiers of this scheme."""
    return scheme in _SCHEMES


# --- asking --------------------------------------------------------------------------------------------------------


class OpenCitations:
    """The service as a `records.Source`. It has no lists but those of citing and cited works."""

    name = NAME
    many_citing_at_once = False
    agency = None

    def __init__(self, door: Door) -> None:
        self._door = door

    def can_look_up(self, scheme: str) -> bool:
        """Whether an identifier of this scheme can be asked for."""
        return can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """`want` in parts: a look-up in batches for Meta, citing and cited works one work at a time; no other list.

        Raises UsageError for a source id that is none of OpenCitations'.
        """
        match want:
            case Lookup():
                yield from _lookups(want)
            case Citing() | References():
                for one in want.source_ids:
                    _named(one)
                    yield Citing((one,), want.since) if isinstance(want, Citing) else References((one,))
            case _:  # no search, and no list of a venue, an author, an institution or a topic
                return

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:  # noqa: ARG002 (no list here has pages)
        """The one page of an answer to an ask that `asks` gave.

        A look-up is one request to Meta and one for each count; every identifier is found, absent or failed. Citing and
        cited works come as edges, without records. Raises SourceError.
        """
        match ask:
            case Lookup():
                return self._look_up(ask.identifiers)
            case Citing(source_ids=(one,)):
                page = self._edges("citations", one)
                later = tuple(edge for edge in page.edges if not _is_before(edge, ask.since))
                return msgspec.structs.replace(page, edges=later)
            case References(source_ids=(one,)):
                return self._edges("references", one)
        raise ValueError(f"{NAME} cannot be asked {ask!r} at once")

    # look-up

    def _look_up(self, asked: Sequence[Identifier]) -> Page:
        failed = {one: "it cannot be asked for" for one in asked if not _is_askable(one)}
        rows, refused = self._metadata(tuple(one for one in dict.fromkeys(asked) if one not in failed))
        failed |= refused
        counts, uncounted = self._counts([one for one in dict.fromkeys(asked) if one not in failed])
        return _answers(rows, counts, failed | uncounted)

    def _metadata(self, asked: tuple[Identifier, ...]) -> tuple[list[bytes], dict[Identifier, str]]:
        """Meta's rows for these, and why some could not be asked for: a batch that is refused is halved.

        Meta answers some questions it cannot read with an error 500 as if it had broken down. So one half that goes
        through shows that the other is at fault, and only where neither does is it an outage.
        """
        if not asked:
            return [], {}
        try:
            return self._rows(f"/meta/v1/metadata/{'__'.join(map(_spelled, asked))}"), {}
        except (NotFound, Refused) as refusal:
            if len(asked) == 1:  # an id it does not know is an empty list, so this says nothing about the work
                return [], {asked[0]: refusal.what}
        except ServerFault as fault:
            if fault.status != 500 or len(asked) == 1:
                raise
        rows: list[bytes] = []
        failed: dict[Identifier, str] = {}
        broken: list[ServerFault] = []
        for half in (asked[: len(asked) // 2], asked[len(asked) // 2 :]):
            try:
                found, refused = self._metadata(half)
            except ServerFault as fault:
                broken.append(fault)
                if fault.status != 500 or len(broken) == 2:
                    raise
                found, refused = [], dict.fromkeys(half, fault.what)
            rows += found
            failed |= refused
        return rows, failed

    def _counts(self, asked: Sequence[Identifier]) -> tuple[dict[Identifier, bytes | None], dict[Identifier, str]]:
        """The raw row with each one's count (None: an empty list), and why some have none; one request each."""
        counts: dict[Identifier, bytes | None] = {}
        failed: dict[Identifier, str] = {}
        broken = False
        for one in asked:
            try:
                counts[one] = self._count(one)
            except (NotFound, Refused) as refusal:
                failed[one] = refusal.what
            except ServerFault as fault:
                if fault.status != 500 or broken or len(asked) == 1:
                    raise
                broken, failed[one] = True, fault.what
        return counts, failed

    def _count(self, one: Identifier) -> bytes | None:
        reply = self._door.get(f"/index/v2/citation-count/{_spelled(one)}")
        rows = self._door.decode(reply, list[_Count])
        if len(rows) > 1 or (rows and normal.count(rows[0].count) is None):
            raise BadReply(NAME, reply.asked, "not one number where a count was promised", status=reply.status)
        return bytes(self._door.decode(reply, list[msgspec.Raw])[0]) if rows else None

    def _rows(self, path: str) -> list[bytes]:
        return [bytes(row) for row in self._door.decode(self._door.get(path), list[msgspec.Raw])]

    # edges

    def _edges(self, kind: str, source_id: str) -> Page:
        """The citations of a list, each pair of works once: one is listed for each index that knows it."""
        asked = _named(source_id)
        reply = self._door.get(f"/index/v2/{kind}/{_spelled(asked)}")
        rows = self._door.decode(reply, list[msgspec.Raw])
        edges: dict[str, Edge] = {}
        unread: list[Item] = []
        unidentified = 0
        for raw in rows:
            try:
                row, _ = decode(bytes(raw), _Citation)
            except ParseError as fault:
                unread.append(Item(bytes(raw), problem=str(fault)))
                continue
            near, far = (row.cited, row.citing) if kind == "citations" else (row.citing, row.cited)
            if (borne := _ids(near)) and asked not in borne:
                what = f"the {kind} of {asked} were asked for, those of another work sent"
                raise BadReply(NAME, reply.asked, what, status=reply.status)
            other = _source_id(_ids(far))
            if other is None:
                unidentified += 1
            elif other != source_id:
                ends = (other, source_id) if kind == "citations" else (source_id, other)
                edges[other] = _edge(ends, row, edges.get(other))
        capped = len(rows) in _ENDS or len(rows) > max(_ENDS)
        return Page(items=tuple(unread), edges=tuple(edges.values()), unidentified=unidentified, capped=capped)


def _lookups(want: Lookup) -> Iterator[Lookup]:
    """Batches that Meta can be asked for; what nobody can is an ask of its own, which `fetch` answers as failed.

    A DOI that ends in an underscore goes alone: two underscores stand between two ids. One with a space in it is not asked
    for: the service lists ids with spaces between them, so it can hold none.
    """
    wanted = [one for one in dict.fromkeys(want.identifiers) if " " not in one.value]
    alone = [one for one in wanted if _is_askable(one) and one.value.endswith("_")]
    together = [one for one in wanted if _is_askable(one) and one not in alone]
    for batch in batches(together, BATCH, BATCH_BYTES, lambda one: len(_spelled(one) + "__")):
        yield Lookup(tuple(batch))
    yield from (Lookup((one,)) for one in alone)
    if strange := tuple(one for one in wanted if not _is_askable(one)):
        yield Lookup(strange)


def _is_askable(one: Identifier) -> bool:
    """Meta takes two underscores for the end of an id, however they are encoded."""
    return can_look_up(one.scheme) and "__" not in one.value


def _spelled(one: Identifier) -> str:
    """
    >>> _spelled(Identifier("doi", "10.1002/(sici)1097(199806)49:8<693::aid>3.0.co;2-o")), _spelled(Identifier("pmid", "1"))
    ('doi:10.1002/(sici)1097(199806)49:8%3C693::aid%3E3.0.co;2-o', 'pmid:1')
    """
    return quote(f"{one.scheme}:{one.value}", safe="/:;()")


# --- identifiers ---------------------------------------------------------------------------------------------------

_OMID = re.compile(r"br/\d{1,20}", re.ASCII)


def _omid(raw: str) -> str | None:
    return raw if _OMID.fullmatch(raw) else None


_SPELL: dict[str, Callable[[str], str | None]] = {
    "doi": normal.doi, "pmid": normal.pmid, "pmcid": normal.pmcid, "openalex": normal.openalex, "omid": _omid,
}  # fmt: skip
_INDEX_NAME = re.compile(r"\[?\b\w{1,20}\]?\s{0,9}=>\s{0,9}")
"""COCI's successor named the index that a value came from: "coci => 10.1234/a; poci => pmid:1"."""


def _ids(raw: str | None) -> tuple[Identifier, ...]:
    """The identifiers of a work, as v2 lists them in one text, as Meta does (meta: for omid:), or as a bare DOI.

    >>> [str(one) for one in _ids("omid:br/06101801781 doi:10.7717/peerj-cs.421 openalex:W1 pmid:33817056 url:x")]
    ['omid:br/06101801781', '10.7717/peerj-cs.421', 'W1', 'pmid:33817056']
    >>> [str(one) for one in _ids("coci => 10.1234/A; poci => pmid:7")], _ids("10.1002/(SICI)1097-4571(1998)49:8<6::A>3.0")
    (['10.1234/a', 'pmid:7'], (Identifier(scheme='doi', value='10.1002/(sici)1097-4571(1998)49:8<6::a>3.0'),))
    """
    pairs: list[tuple[str, str | None]] = []
    for word in _INDEX_NAME.sub(" ", raw or "").split():
        scheme, _, value = word.partition(":")
        scheme = {"meta": "omid"}.get(scheme.lower(), scheme.lower())
        if spell := _SPELL.get(scheme):
            pairs.append((scheme, spell(value.rstrip(";"))))
        elif word.startswith("10."):
            pairs.append(("doi", normal.doi(word)))
    return identifiers_of(pairs)


def _source_id(ids: Iterable[Identifier]) -> str | None:
    """The name of a work among our records: of several DOIs the first by letter, as their order is never the same.

    >>> _source_id(_ids("doi:10.5555/b doi:10.5555/a pmid:1")), _source_id(_ids("omid:br/06 pmid:1")), _source_id(())
    ('10.5555/a', 'pmid:1', None)
    """
    for scheme in ("doi", "pmid", "omid"):
        if values := sorted(one.value for one in ids if one.scheme == scheme):
            return values[0] if scheme == "doi" else f"{scheme}:{values[0]}"
    return None


def _named(source_id: str) -> Identifier:
    """What a source id names. Raises UsageError for what is none."""
    scheme, _, value = source_id.partition(":")
    found = _ids(source_id if scheme in ("pmid", "omid") and value else f"doi:{source_id}")
    if len(found) != 1 or _source_id(found) != source_id:
        raise UsageError(
            f"{source_id[:80]!r} is not what {NAME} calls a work: a DOI in lower case, pmid:... or omid:..."
        )
    return found[0]


# --- one citation --------------------------------------------------------------------------------------------------


class _Citation(msgspec.Struct):
    """A row of citations or references: texts all of them, the flags "yes", "no" or empty."""

    citing: str | None = None
    cited: str | None = None
    creation: str | None = None
    author_sc: str | None = None
    journal_sc: str | None = None


_DAY = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_YES_OR_NO = re.compile(r"\b(?:yes|no)\b")


def _edge(ends: tuple[str, str], row: _Citation, other: Edge | None) -> Edge:
    """The citation of a row; what another row says of the same two works is added: the fuller date, either "yes"."""
    other = other or Edge(*ends)
    return Edge(
        *ends,
        created=max(filter(None, (_created(row.creation), other.created)), key=len, default=None),
        author_self=_either(_flag(row.author_sc), other.author_self),
        venue_self=_either(_flag(row.journal_sc), other.venue_self),
    )


def _is_before(edge: Edge, since: str | None) -> bool:
    """Whether a citation is known to be older than that day.

    >>> [_is_before(Edge("a", "b", created=on), "2024-05-06") for on in ("2024-05-05", "2024-05", "2023", None)]
    [True, False, True, False]
    """
    return since is not None and edge.created is not None and edge.created < since[: len(edge.created)]


def _created(raw: str | None) -> str | None:
    """
    >>> _created("2016-07-10"), _created("2016-07"), _created("2016"), _created("coci => 2016; poci => 2016-07-10"), _created("")
    ('2016-07-10', '2016-07', '2016', '2016-07-10', None)
    """
    return max(filter(None, map(normal.date, _DAY.findall(raw or ""))), key=len, default=None)


def _flag(raw: str | None) -> bool | None:
    """
    >>> _flag("yes"), _flag("no"), _flag("coci => no; poci => yes"), _flag(""), _flag(None)
    (True, False, True, None, None)
    """
    said = _YES_OR_NO.findall(raw or "")
    return "yes" in said if said else None


def _either(one: bool | None, other: bool | None) -> bool | None:
    return other if one is None else one if other is None else one or other


# --- one work ------------------------------------------------------------------------------------------------------

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


class _Count(msgspec.Struct):
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


class _Body(_Row):
    """A payload: a row alone, or an object of ours that holds the raw rows of both services as they came."""

    asked: str | None = None  # the identifier that the record is named by, as the services spell it
    meta: _Row | None = None
    count: _Count | None = None


def _body(own: Identifier, meta: bytes | None, count: bytes | None) -> bytes:
    """The payload of a work: what it was asked for by, and the exact rows that answered.

    >>> _body(Identifier("doi", "10.5555/a"), None, b'{"count": "3"}')
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
    row = whole.meta or (_Row() if whole.asked else whole)
    ids = _ids(" ".join(filter(None, (whole.asked, row.id, row.doi))))
    source_id = _source_id(_ids(whole.asked)) or _source_id(ids)
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
        drift=drift,
    )


def _text(raw: Word) -> str | None:
    return None if raw is None else normal.text(str(raw))


def _identifiers(ids: Sequence[Identifier], source_id: str) -> tuple[Identifier, ...]:
    """Those that name this work beyond doubt: its own, and others that are the only ones of their scheme."""
    own = [one for one in ids if can_look_up(one.scheme) and source_id in (one.value, f"{one.scheme}:{one.value}")]
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
    found = dict.fromkeys(one.value for one in _ids(raw) if one.scheme == "doi")
    found.pop(source_id, None)
    return tuple(found) or None


# --- replies -------------------------------------------------------------------------------------------------------


class _Named(msgspec.Struct):
    id: str | None = None
    doi: str | None = None


def _answers(
    rows: Sequence[bytes], counts: Mapping[Identifier, bytes | None], failed: Mapping[Identifier, str]
) -> Page:
    """Which row answers which identifier.

    One that Meta does not know is absent, unless the Index counts citations of it: a count of 0 for what nobody knows
    is no observation. Where a row was sent that answers nothing, an identifier without one is unknown, not absent.
    """
    borne = {row: _row_ids(row) for row in rows}
    stray = [row for row, ids in borne.items() if not counts.keys() & set(ids) and not failed.keys() & set(ids)]
    items = [Item(row, problem="not asked for") for row in stray]
    absent: list[Identifier] = []
    unknown = dict(failed)
    for one, count in counts.items():
        fitting = [row for row, ids in borne.items() if one in ids]
        if fitting:
            row = max(fitting, key=lambda row: (len(row), row))  # of two entries for one DOI the one that says more
            doi = next((each for each in sorted(borne[row]) if each.scheme == "doi"), None)
            own = one if one.scheme == "doi" or doi is None else doi
            items.append(_item(_body(own, row, count), one))
        elif stray:
            unknown[one] = f"{len(stray)} of the rows in the reply could not be matched with what was asked"
        elif count is not None and normal.count(msgspec.json.decode(count, type=_Count).count):
            items.append(_item(_body(one, None, count), one))
        else:
            absent.append(one)
    return Page(
        items=tuple(items), absent=tuple(absent), failed=tuple(Failed(one, why) for one, why in unknown.items())
    )


def _item(body: bytes, asked: Identifier) -> Item:
    return msgspec.structs.replace(asking.item(body, parse), asked=asked)


def _row_ids(row: bytes) -> tuple[Identifier, ...]:
    try:
        named, _ = decode(row, _Named)
    except ParseError:
        return ()
    return _ids(" ".join(filter(None, (named.id, named.doi))))


# --- files ---------------------------------------------------------------------------------------------------------

_META = re.compile(rb'"pub_date"\s*:')
_META_ID = re.compile(rb'"id"\s*:\s*"(?:doi|omid|meta|pmid|pmcid|openalex|isbn):')
_COCI = re.compile(rb'"citation_count"\s*:\s*"')
_COCI_SOURCE = re.compile(rb'"source_title"\s*:')


class _Metadata:
    source = NAME
    form = "OpenCitations metadata, JSON"

    def sniff(self, head: bytes) -> bool:
        if head.lstrip()[:1] not in (b"{", b"["):
            return False
        return bool(
            (_META.search(head) and _META_ID.search(head)) or (_COCI.search(head) and _COCI_SOURCE.search(head))
        )

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        yield from documents.values(stream)


TAPS: tuple[Tap, ...] = (_Metadata(),)


client = OpenCitations
