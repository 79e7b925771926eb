"""Asking OpenAlex: its limits with their reasons, the queries, and what a reply says about each identifier asked.

Queries are put together in pyalex's query language and sent by our own door: pyalex never opens a connection here (it
has no timeout, sleeps six hours on a spent budget and stops silently at 10,000 rows).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgspec

from harvester import normal
from harvester.errors import BadReply, NotFound, ParseError, UsageError
from harvester.records import (
    Again,
    AuthorWorks,
    Citing,
    Failed,
    Filtered,
    Identifier,
    InstitutionWorks,
    Item,
    Lookup,
    Page,
    References,
    Search,
    Source,
    TopicWorks,
    VenueFigures,
    VenueWorks,
)
from harvester.sources import asking
from harvester.sources.batching import batches
from harvester.sources.openalex import wire
from harvester.sources.openalex.record import NAME, parse, venue_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harvester.http import Door, Reply, Service, Spent
    from harvester.records import Ask, Listing, Record

RANK = 80
"""Trust in this source's fields when sources disagree; higher wins."""

URL = "https://api.openalex.org"

# --- the service ---------------------------------------------------------------------------------------------------

# The edge counts 10 requests a second without a key and 30 with a free one (openalex-api-proxy, August 2026; the help
# pages say 100). Two thirds to four fifths of that leaves room for a person who uses the same address or key.
_INTERVAL_WITHOUT_KEY = 1 / 8
_INTERVAL_WITH_KEY = 1 / 20

_BURST_SECONDS = 60
"""A per-second limit asks for one second of patience; a spent budget asks for hours."""


def service(url: str | None = None, key: str | None = None) -> Service:
    """What the door must know of OpenAlex: `url` for a stand-in, `key` the API key (free, ten times the daily budget).

    The key goes into the Authorization header, which OpenAlex accepts as it does `api_key=`: no log holds headers.
    """
    from harvester.http import Service  # here: who only reads files need not load requests

    return Service(
        source=NAME,
        url=(url or URL).rstrip("/"),
        interval=_INTERVAL_WITH_KEY if key else _INTERVAL_WITHOUT_KEY,
        key_header=("Authorization", f"Bearer {key}") if key else None,
        budget=budget,
        meaning_of_429=meaning_of_429,
    )


def budget(headers: Mapping[str, str]) -> Spent | None:
    """The day's budget in credits (1 credit is $0.0001), from the X-RateLimit headers that every reply carries.

    >>> budget({"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "9989", "x-ratelimit-reset": "41749"}).remaining
    9989
    """
    from harvester.http import Spent

    limit, remaining, reset, cost = (
        _whole(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset", "credits-used")
    )
    if limit is None and remaining is None and reset is None and cost is None:
        return None
    return Spent(limit, remaining, reset, None if cost is None else float(cost))


def meaning_of_429(reply: Reply) -> str:
    """What a 429 means: "plan" (not with this key), "budget" (nothing more until midnight UTC) or "burst" (wait).

    OpenAlex answers 429 for all three (openalex-api-proxy): the first says "Plan upgrade required"; the second names
    the seconds to midnight in Retry-After, or that less remains than the question costs.
    """
    if b"plan upgrade" in reply.body[:10_000].lower():
        return "plan"
    remaining = _whole(reply.headers.get("x-ratelimit-remaining"))
    required = _whole(reply.headers.get("x-ratelimit-credits-required")) or 1
    wait = _whole(reply.headers.get("retry-after"))
    if (remaining is not None and remaining < required) or (wait is not None and wait > _BURST_SECONDS):
        return "budget"
    return "burst"


def _whole(raw: str | None) -> int | None:
    """A header's number; below zero (overspent) is zero."""
    match = re.fullmatch(r"\s*(-?)(\d{1,15})(?:\.\d*)?\s*", raw or "", re.ASCII)
    return None if match is None else 0 if match[1] else int(match[2])


# --- limits of one request -----------------------------------------------------------------------------------------

_PER_PAGE = 100  # the most that stays supported: 200 is announced for removal
_MOST_VALUES = 100  # MAX_IDS_IN_FILTER in openalex-elastic-api
_MOST_BYTES = 3_500  # of a list, encoded: the request line must stay under 4,094 (help pages; 8,190 in the code)

# The filter that finds each scheme's identifiers, and the prefix of a single look-up (/works/pmid:...).
_FILTERS = {
    "doi": "doi", "arxiv": "doi", "openalex": "openalex", "pmid": "pmid", "pmcid": "pmcid", "mag": "mag",
    "url": "locations.landing_page_url",
}  # fmt: skip

# What cannot stand in a list: its own syntax (comma, bar, quote, "!" for not, "+" and space for and), the letters
# before a colon that the server takes for another filter, the address it strips, and what is not plain ASCII.
_LOCATION = re.compile(
    r"https?://[^\s,|+!\"]{1,1000}", re.ASCII
)  # compared as a whole; its own syntax cannot be escaped
_UNLISTABLE = re.compile(r'[,|+!"]|[a-z_]:|doi\.org|[^\x21-\x7e]')


def can_look_up(scheme: str) -> bool:
    """Whether OpenAlex finds works by identifiers of this scheme."""
    return scheme in _FILTERS


def _value(asked: Identifier) -> str | None:
    """The identifier as OpenAlex wants it; None where it is malformed or of a scheme that OpenAlex does not know.

    One malformed id in a list makes the whole request a 400. PMC ids are stored without their letters, and arXiv ids
    as the DOIs that arXiv gives out.
    """
    scheme, value = asked
    if scheme == "arxiv":
        found = normal.arxiv(value)
        return f"10.48550/arxiv.{found}" if found else None
    if scheme == "url":
        return value if _LOCATION.fullmatch(value) else None
    if scheme == "pmcid":
        found = normal.pmcid(value)
        return found.removeprefix("PMC") if found else None
    spell = {"doi": normal.doi, "openalex": normal.openalex, "pmid": normal.pmid, "mag": normal.number}.get(scheme)
    return spell(value) if spell else None


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Lists that each fit one request, by count and by encoded bytes."""
    return batches(values, _MOST_VALUES, _MOST_BYTES, lambda value: len(quote_plus(value)) + len("%7C"))


# --- the source ----------------------------------------------------------------------------------------------------


class OpenAlex(Source):
    """OpenAlex as a `records.Source`. `door` is the way to it (`Door(service(...), ...)`)."""

    name = NAME
    many_citing_at_once = True
    flags_retractions = True
    states_references = True
    citing_page = _PER_PAGE

    def __init__(self, door: Door) -> None:
        self._door = door

    def can_look_up(self, scheme: str) -> bool:
        """Whether OpenAlex finds works by identifiers of this scheme."""
        return can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """Split `want` into asks of one request each (a search, a venue and each work's references page on by cursor).

        A look-up of one identifier, or of a DOI that cannot stand in a list, is a single request: those are free and
        give all authors. Identifiers that OpenAlex cannot look up come in an ask of their own, which `fetch` answers
        as failed without a request. Raises UsageError for what cannot be asked at all.
        """
        if isinstance(want, Lookup):
            yield from asking.lookups(
                want.identifiers, _value, _is_listable, _batches, lambda one: _FILTERS[one.scheme]
            )
        elif isinstance(want, Again):  # the free single request: of another index than the lists
            yield from (Lookup((Identifier("openalex", one),)) for one in _work_ids((want.source_id,)))
        elif isinstance(want, Citing):
            for batch in _batches(_work_ids(want.source_ids)):
                yield Citing(tuple(batch), want.since, want.years)
        elif isinstance(want, References):
            for work_id in _work_ids(want.source_ids):
                yield References((work_id,))
        elif isinstance(want, VenueFigures):
            yield want
        elif _is_listed(want):
            _params(want)
            yield want

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        """One page of an answer to an ask that `asks` made.

        A look-up answers every identifier in one page: found, absent or failed. Edges are in each record's references,
        so `Page.edges` stays empty. Raises SourceError.
        """
        if isinstance(ask, Lookup):
            return self._look_up(ask)
        if isinstance(ask, VenueFigures):
            return self._figures(ask)
        page, reply = self._page(_params(ask), cursor)
        total, following = page.meta.count, page.meta.next_cursor
        if not page.results and cursor is None and total:
            raise BadReply(NAME, reply.asked, f"promised {total:,} works and sent none", status=reply.status)
        if not page.results:
            following = None  # every list ends with an empty page
        elif following is not None and following == cursor:
            raise BadReply(NAME, reply.asked, "the cursor does not move on", status=reply.status)
        return Page(items=tuple(asking.item(bytes(raw), parse) for raw in page.results), next=following, total=total)

    def _page(self, params: Mapping[str, str], cursor: str | None) -> tuple[wire.Page, Reply]:
        reply = self._door.get("/works", {**params, "per-page": str(_PER_PAGE), "cursor": cursor or "*"})
        return self._door.decode(reply, wire.Page), reply

    def _figures(self, ask: VenueFigures) -> Page:
        """The venue itself, which is a free single request; a venue that OpenAlex does not know has no figures."""
        try:
            reply = self._door.get(f"/sources/issn:{quote(ask.issn, safe='')}")
        except NotFound:
            return Page()
        try:
            return Page(venues=(venue_of(bytes(self._door.decode(reply, msgspec.Raw))),))
        except ParseError as fault:
            raise BadReply(NAME, reply.asked, str(fault), status=reply.status) from None

    def _look_up(self, ask: Lookup) -> Page:
        return asking.looked_up(ask.identifiers, _value, "OpenAlex", self._one, self._list)

    def _one(self, asked: Identifier, value: str) -> Page:
        return self._at(asked, value) if asked.scheme == "url" else self._single(asked, value)

    def _at(self, asked: Identifier, value: str) -> Page:
        """The work that lies at an address; of several nobody can say which one is meant."""
        page, _ = self._page(_params(Filtered(f"{_FILTERS['url']}:{value}")), None)
        if len(page.results) != 1:
            return Page(absent=(asked,))
        item = asking.item(bytes(page.results[0]), parse)
        return Page(items=(msgspec.structs.replace(item, asked=asked),))

    def _single(self, asked: Identifier, value: str) -> Page:
        """The free single request. An OpenAlex id may be answered by the work it was merged into: an alias."""
        # The edge knows a single request by an unescaped "doi:" at the start of one path segment, so that the rest,
        # slashes and dots that could lead elsewhere included, is encoded.
        prefix = "" if asked.scheme == "openalex" else f"{_FILTERS[asked.scheme]}:"
        try:
            reply = self._door.get(f"/works/{prefix}{quote(value, safe='')}")
        except NotFound:
            return Page(absent=(asked,))
        item = asking.item(bytes(self._door.decode(reply, msgspec.Raw)), parse)
        if item.record and asked.scheme != "openalex" and not _keys(asked) & set(item.record.identifiers):
            item = Item(item.body, problem=f"asked for {asked}, sent {item.record.source_id}")
        return Page(items=(msgspec.structs.replace(item, asked=asked),))

    def _list(self, values: Mapping[Identifier, str]) -> Page:
        fields = {_FILTERS[asked.scheme] for asked in values}
        if len(fields) > 1:
            raise ValueError("a look-up of several schemes is several requests: use asks()")
        params = _query(**{fields.pop(): "|".join(dict.fromkeys(values.values()))})
        works: list[bytes] = []
        cursor: str | None = None
        while True:
            page, reply = self._page(params, cursor)
            works.extend(bytes(raw) for raw in page.results)
            total, cursor = page.meta.count, page.meta.next_cursor
            # A DOI can be on several works, but a filter that was not heeded answers with all of OpenAlex.
            if total is None or total > 10 * len(values) or len(works) > total:
                raise BadReply(NAME, reply.asked, f"{total} works for {len(values)} identifiers", status=reply.status)
            if len(works) == total:
                return _answers(works, tuple(values), total)
            if not page.results or cursor is None:
                what = f"promised {total:,} works and sent {len(works):,}"
                raise BadReply(NAME, reply.asked, what, status=reply.status)


def _is_listable(value: str) -> bool:
    return _UNLISTABLE.search(value.removeprefix("W")) is None


def _work_ids(source_ids: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for raw in source_ids:
        work_id = normal.openalex(raw)
        if work_id is None:
            raise UsageError(f"{raw[:80]!r} is not an OpenAlex work id (W and digits)")
        found[work_id] = None
    return list(found)


# --- queries -------------------------------------------------------------------------------------------------------


def _is_listed(want: Ask) -> TypeGuard[Listing]:
    """Whether OpenAlex has such a list; of authors it knows its own and those with an ORCID."""
    if isinstance(want, AuthorWorks):
        return want.scheme in ("orcid", "openalex")
    return isinstance(want, Search | Filtered | VenueWorks | InstitutionWorks | TopicWorks)


def _params(ask: Ask) -> dict[str, str]:
    """The query's parameters, paging aside."""
    if isinstance(ask, References):  # outgoing: it is "cited by" what is asked about
        return _query(cited_by="|".join(_work_ids(ask.source_ids)))
    if not (isinstance(ask, Citing) or _is_listed(ask)):
        raise TypeError(f"not an ask for a list: {type(ask).__name__}")
    since = {"from_publication_date": ask.since} if ask.since else {}
    if isinstance(ask, Filtered):  # a person's own words: as they stand, and what is wrong with them OpenAlex says
        return {"filter": ",".join([ask.expression, *(f"{name}:{value}" for name, value in since.items())])}
    return _query(**_parts(ask), **since)


def _parts(ask: Listing | Citing) -> dict[str, Any]:
    """What `_query` is to be given for a list."""
    match ask:
        case Citing():
            years = {"publication_year": "|".join(map(str, ask.years))} if ask.years else {}
            return {"cites": "|".join(_work_ids(ask.source_ids)), **years}
        case Search(text) if text.strip():
            return {"search": text.strip()}
        case VenueWorks(issn) if found := normal.issn(issn):
            return {"primary_location": {"source": {"issn": found}}}
        case VenueWorks(issn):
            raise UsageError(f"{issn[:80]!r} is not an ISSN: eight digits, of which the last one checks the others")
        case AuthorWorks(scheme, value):
            return {"authorships": {"author": {"orcid" if scheme == "orcid" else "id": value}}}
        case InstitutionWorks(ror):
            return {"authorships": {"institutions": {"ror": ror}}}
        case TopicWorks(topic):
            return {"topics": {"id": topic}}
    raise UsageError("an empty search would be answered with all of OpenAlex: give a text")


def _query(search: str | None = None, **filters: object) -> dict[str, str]:
    """A query in pyalex's language, as parameters for the door.

    Lists are ready-made strings ("A|B") and each query is an object of its own: pyalex 0.21 turns or into and when both
    kinds of filter meet, and its builders change in place.
    """
    from pyalex import Works

    works = Works()
    if search is not None:
        works = works.search(search)
    if filters:
        works = works.filter(**filters)
    return dict(parse_qsl(urlsplit(works.url).query, strict_parsing=True))


# --- replies -------------------------------------------------------------------------------------------------------


def _keys(asked: Identifier) -> set[Identifier]:
    """The identifiers a record may carry that answer the one asked."""
    if asked.scheme == "arxiv":
        return {asked, Identifier("doi", f"10.48550/arxiv.{asked.value}")}
    return {asked}


def _answers(works: list[bytes], asked: tuple[Identifier, ...], total: int) -> Page:
    """Which work answers which identifier: several may answer one; what nobody asked for is a problem."""
    by_key: dict[Identifier, list[Identifier]] = {}
    for each in asked:
        for key in _keys(each):
            by_key.setdefault(key, []).append(each)
    items: list[Item] = []
    open_ = dict.fromkeys(asked)
    stray = 0
    for body in works:
        item = asking.item(body, parse)
        answered = _answered(item.record, by_key)
        if answered:
            items.extend(msgspec.structs.replace(item, asked=each) for each in answered)
        else:
            stray += 1
            items.append(Item(body, problem=item.problem or "not asked for"))
        for each in answered:
            open_.pop(each, None)
    if stray:  # one of these may be the answer that could not be recognised: what is open is unknown, not absent
        why = f"{stray} of the works in the reply could not be matched with what was asked"
        return Page(tuple(items), failed=tuple(Failed(each, why) for each in open_), total=total)
    return Page(tuple(items), absent=tuple(open_), total=total)


def _answered(record: Record | None, by_key: Mapping[Identifier, list[Identifier]]) -> list[Identifier]:
    if record is None:
        return []
    return list(dict.fromkeys(each for key in record.identifiers for each in by_key.get(key, ())))
