"""Asking Crossref: its limits with their reasons, the questions, and what a reply says about each DOI asked."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import msgspec

from harvester import normal
from harvester.errors import (
    BadReply,
    NotFound,
    PlanRequired,
    Refused,
    ServerFault,
    SourceError,
    TimedOut,
    UsageError,
)
from harvester.records import (
    Again,
    Agencies,
    AuthorWorks,
    Failed,
    Identifier,
    InstitutionWorks,
    Item,
    Lookup,
    Page,
    References,
    Search,
    Source,
    VenueWorks,
)
from harvester.sources import asking, documents
from harvester.sources.batching import batches
from harvester.sources.crossref import wire
from harvester.sources.crossref.record import NAME, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harvester.http import Door, Reply, Service
    from harvester.records import Ask

RANK = 90
"""Trust in this source's fields when sources disagree, higher wins: above OpenAlex, because what stands here is the publisher's
own deposit, from which OpenAlex and others take title, volume, issue, pages, dates, references and relations."""

URL = "https://api.crossref.org"

# --- the service ---------------------------------------------------------------------------------------------------

# Limits go by pool and by kind of request, each counted apart (in force since 2025-12-01; readings of 2026): who names a
# mail address over https (polite) may ask for 10 single works or 3 lists a second, everybody else (public) for 5 or 1. One
# pace serves both kinds: the lists', for nearly all that is asked are lists. A token of the paid service, Metadata Plus,
# allows 150 a second; a third of that leaves room for whoever shares it.
_PACES = {"polite": 1 / 3, "public": 1.0}
_PACE_WITH_TOKEN = 1 / 50


def service(url: str | None = None, key: str | None = None) -> Service:
    """What the door must know of Crossref: `url` for a stand-in, `key` a Metadata Plus token (none is needed).

    The door names the mail address in its User-Agent, and asks one thing at a time: the public pool allows no more
    (`x-concurrency-limit: 1`).
    """
    from harvester.http import Service  # here: who only reads files need not load requests

    return Service(
        source=NAME,
        url=(url or URL).rstrip("/"),
        interval=_PACE_WITH_TOKEN if key else _PACES["polite"],
        key_header=("Crossref-Plus-API-Token", f"Bearer {key}") if key else None,
        meaning_of_429=meaning_of_429,
        pace=pace,
    )


def pace(headers: Mapping[str, str]) -> float | None:
    """Seconds between two requests, as a reply states its limit; never less than the lists of its pool want.

    >>> pace({"x-rate-limit-limit": "1", "x-rate-limit-interval": "1s", "x-api-pool": "public-array"})
    1.0
    >>> pace({"x-rate-limit-limit": "5", "x-rate-limit-interval": "1s", "x-api-pool": "public-single"})
    1.0
    >>> pace({"x-rate-limit-limit": "50", "x-rate-limit-interval": "10s"}), pace({"x-rate-limit-limit": "0"}), pace({})
    (0.2, None, None)
    """
    limit = re.fullmatch(r"\s*(\d{1,9})\s*", headers.get("x-rate-limit-limit", ""), re.ASCII)
    interval = re.fullmatch(r"\s*(\d{1,6})\s*s?\s*", headers.get("x-rate-limit-interval", "1s"), re.ASCII)
    if limit is None or interval is None or not int(limit[1]):
        return None
    pool = headers.get("x-api-pool", "").partition("-")[0]
    return max(int(interval[1]) / int(limit[1]), _PACES.get(pool, 0.0))


def meaning_of_429(_: Reply) -> str:
    """Always "burst": Crossref counts requests a second, and has neither a day's budget nor questions for payers only."""
    return "burst"


# --- limits of one request -----------------------------------------------------------------------------------------

_PER_PAGE = 100  # whole works, up to megabytes each with their references; 1,000 is the most, and what times out (504)
_MOST_DOIS = 50  # in one filter: what others have found to work
_MOST_BYTES = 3_500  # of a filter, encoded: the whole request line and headers must fit 8 KB, on old proxies 4 KB
_REQUESTS = 120  # that one look-up may become while it closes in on bad DOIs and makes sure of absent ones
_MOST_TRIED = 5  # DOIs of one prefix, until one tells its agency
_MOST_FOUND = 1_000  # of a search: any of the words will do, so that nearly every search finds millions

# What can stand in a list of DOIs. A comma ends a filter (cayenne, api/v1/query.clj: the list is split there after
# decoding; a colon is none of its syntax). Other signs are legal, but have been lost on the way between clients, proxies
# and servers: a DOI with one of those is asked alone, all of it percent-encoded.
_LISTABLE = re.compile(r"[a-z0-9._/:()-]+", re.ASCII)


def can_look_up(scheme: str) -> bool:
    """Whether Crossref finds works by identifiers of this scheme."""
    return scheme == "doi"


def _batches(dois: Iterable[str]) -> Iterator[list[str]]:
    """Lists that each fit one request, by count and by encoded bytes."""
    return batches(dois, _MOST_DOIS, _MOST_BYTES, lambda doi: len(quote_plus(f"doi:{doi},")))


# --- the source ----------------------------------------------------------------------------------------------------


class Crossref(Source):
    """Crossref as a `records.Source`. `door` is the way to it (`Door(service(...), ...)`).

    It cannot tell who cites a work (that is for its members), and knows neither topics nor another service's ids.
    """

    name = NAME
    agency = "crossref"
    states_references = True

    def __init__(self, door: Door) -> None:
        self._door = door
        self._cited: tuple[str, tuple[str, ...]] = ("", ())  # the work whose cited works are being read, and those

    def can_look_up(self, scheme: str) -> bool:
        """Whether Crossref finds works by identifiers of this scheme."""
        return can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """Split `want` into asks of one request each (a list, and the works that one cites, page on).

        A DOI that cannot stand in a list is asked alone, and so is each prefix's agency. Identifiers that are no DOIs come
        in an ask of their own, which `fetch` answers as failed without a request. Raises UsageError for an empty search
        or an id that is none.
        """
        match want:
            case Lookup():
                yield from asking.lookups(want.identifiers, _doi, _is_listable, _batches)
            case Again():  # /works/DOI, where a list is a search
                yield Lookup((Identifier("doi", _own(want.source_id)),))
            case Agencies():
                named: dict[str, list[str]] = {}
                for one in dict.fromkeys(want.prefixes):
                    named.setdefault(one.partition("/")[0], []).append(one)
                yield from (Agencies(tuple(some[:_MOST_TRIED])) for some in named.values())
            case References():
                yield from (References((_own(one),)) for one in dict.fromkeys(want.source_ids))
            case Search() | VenueWorks() | InstitutionWorks() | AuthorWorks(scheme="orcid"):
                _params(want)
                yield want
            case _:  # who cites; topics; filters in another service's language; authors by another service's ids
                return

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        """One page of an answer to an ask that `asks` made. Raises SourceError.

        A look-up answers every identifier in one page: found, absent or failed. Edges are in each record's references.
        """
        match ask:
            case Lookup():
                return self._look_up(ask)
            case Agencies(prefixes=some):
                return Page(agencies=(self._agency(some),))
            case References(source_ids=(one,)):
                return self._references(one, cursor)
        return self._list(ask, _params(ask), cursor)

    # --- lists ---

    def _list(self, ask: Ask, params: Mapping[str, str], cursor: str | None) -> Page:
        """A page of a list. Crossref always sends a next cursor, often the same one: an empty page is the end.

        A page that sends again what the one before it sent, or more works than the list has, goes round in circles.
        """
        place = _Place.read(cursor)
        page, reply = self._page({**params, "rows": str(_PER_PAGE)}, place.cursor)
        works, total = page.items or [], page.total_results
        if total is None:
            raise _bad(reply, "a list that does not say how many it holds")
        if not works:
            if place.cursor == "*" and total:
                raise _bad(reply, f"promised {total:,} works and sent none")
            return Page(total=total)
        items = tuple(asking.item(bytes(work), parse) for work in works)
        following = place.after(items, page.next_cursor or "")
        if following.last == place.last or following.read_so_far > total + _PER_PAGE:
            raise _bad(reply, f"the list does not end: {following.read_so_far:,} works of {total:,}")
        capped = isinstance(ask, Search) and following.read_so_far >= _MOST_FOUND and following.read_so_far < total
        ended = capped or not page.next_cursor
        return Page(items=items, next=None if ended else following.write(), total=total, capped=capped)

    def _page(self, params: Mapping[str, str], cursor: str) -> tuple[wire.Message, Reply]:
        try:
            reply = self._door.get("/works", {**params, "cursor": cursor})
        except (NotFound, ServerFault) as fault:
            # A cursor lives five minutes; one that is over is "Resource not found." or an exception of the index (500).
            if cursor == "*" or fault.status not in (404, 500):
                raise
            what = f"the cursor is not known any more: {fault.what}"
            raise Refused(NAME, fault.asked, what, status=fault.status, advice="read the list from its start") from None
        return self._many(reply), reply

    def _many(self, reply: Reply) -> wire.Message:
        many = self._door.decode(reply, wire.Many)
        if many.message_type != "work-list" or many.message.items is None:
            raise _bad(reply, "no list of works")
        return many.message

    # --- look-up ---

    def _look_up(self, ask: Lookup) -> Page:
        return asking.looked_up(ask.identifiers, _doi, "Crossref", self._single, self._several)

    def _several(self, values: Mapping[Identifier, str]) -> Page:
        """One list for all of them; who is not in it is asked for alone, for it may be an alias or a list cut short.

        A refused list is halved until the culprit is alone: one bad DOI harms no other. What an outage leaves unasked
        has failed, and what came before it stands.
        """
        by_doi: dict[str, list[Identifier]] = {}
        for asked, doi in values.items():
            by_doi.setdefault(doi, []).append(asked)
        pages: list[Page] = []
        groups, requests = deque([tuple(by_doi)]), 0
        down: SourceError | None = None
        while groups:
            group = groups.popleft()
            if down or requests >= _REQUESTS:
                why = f"not asked: {down.what if down else 'too many requests before it'}"
                pages.append(Page(failed=tuple(Failed(each, why) for doi in group for each in by_doi[doi])))
                continue
            requests += 1
            try:
                if len(group) == 1:
                    pages.extend(self._single(each, group[0]) for each in by_doi[group[0]])
                    continue
                found, missing = self._batch(group, by_doi)
            except PlanRequired:
                raise
            except Refused as refusal:
                if len(group) == 1:
                    pages.append(_failed(by_doi[group[0]], refusal))
                else:
                    groups.extendleft((group[len(group) // 2 :], group[: len(group) // 2]))
            except (BadReply, ServerFault, TimedOut) as fault:
                if not pages:  # nothing has come that could be lost
                    raise
                pages += [_failed(by_doi[doi], fault) for doi in group]
                down = None if isinstance(fault, BadReply) else fault
            else:
                pages.append(found)
                groups.extendleft((doi,) for doi in reversed(missing))
        return asking.together(pages)

    def _batch(self, dois: tuple[str, ...], by_doi: Mapping[str, list[Identifier]]) -> tuple[Page, list[str]]:
        """What one list has of these DOIs, and which of them it does not have. BadReply for what is no answer to it."""
        reply = self._door.get("/works", {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": str(len(dois))})
        page = self._many(reply)
        works, total = page.items or [], page.total_results
        if total is None or total > len(dois):  # a filter that was not heeded answers with all of Crossref
            raise _bad(reply, f"{total} works for {len(dois)} DOIs")
        if total != len(works):
            raise _bad(reply, f"promised {total:,} works and sent {len(works):,}")
        items: list[Item] = []
        open_ = dict.fromkeys(dois)
        for work in works:
            item = asking.item(bytes(work), parse)
            names = [one.value for one in item.record.identifiers if one.value in by_doi] if item.record else []
            answered = [each for doi in names for each in by_doi[doi]]
            items.extend(msgspec.structs.replace(item, asked=each) for each in answered)
            if not answered:
                items.append(Item(item.body, item.record, item.problem or "not asked for"))
            for doi in names:
                open_.pop(doi, None)
        return Page(tuple(items), total=total), list(open_)

    def _single(self, asked: Identifier, doi: str) -> Page:
        """The single request. A DOI that is an alias leads, by a redirect, to the work under its other DOI."""
        try:
            reply = self._door.get(f"/works/{quote(doi, safe='')}")
        except NotFound:
            return Page(absent=(asked,))
        one = self._door.decode(reply, wire.One)
        if one.message_type != "work" or not bytes(one.message):
            raise _bad(reply, "no work")
        item = asking.item(bytes(one.message), parse)
        if item.record and not reply.moved and Identifier("doi", doi) not in item.record.identifiers:
            item = Item(item.body, problem=f"asked for {doi}, sent {item.record.source_id}")
        return Page(items=(msgspec.structs.replace(item, asked=asked),))

    # --- references ---

    def _references(self, citing: str, cursor: str | None) -> Page:
        """The works that one cites, fifty a page, as far as Crossref has them.

        The DOIs are in the citing work's own record, where they are its edges already; what a look-up adds is the cited
        works themselves: titles, years, counts. A DOI that Crossref does not have (DataCite's, or misspelt) is an
        entry that cannot be kept, and not asked for a second time. A list that is withheld is capped.
        """
        if self._cited[0] != citing:
            page = self._single(Identifier("doi", citing), citing)
            record = next((item.record for item in page.items), None)
            if record is None:
                raise NotFound(NAME, f"the references of {citing}", "no such work")
            if record.references is None:
                return Page(capped=True)
            self._cited = (citing, record.references)
        dois = self._cited[1]
        pages = list(_batches(filter(_is_listable, dois)))
        pages += [[doi] for doi in dois if not _is_listable(doi)]
        number = int(cursor or 0)
        if number >= len(pages):
            return Page(total=len(dois))
        found, missing = self._cited_works(pages[number])
        more = number + 1 < len(pages)
        return Page(items=found, unidentified=missing, next=str(number + 1) if more else None, total=len(dois))

    def _cited_works(self, dois: Sequence[str]) -> tuple[tuple[Item, ...], int]:
        """Those of these works that Crossref has, and how many it does not have."""
        by_doi = {doi: [Identifier("doi", doi)] for doi in dois}
        if len(dois) > 1:
            page, missing = self._batch(tuple(dois), by_doi)
        else:
            page = self._single(by_doi[dois[0]][0], dois[0])
            missing = [one.value for one in page.absent]
        items = (Item(item.body, item.record, item.problem) for item in page.items)
        return tuple(items), len(missing)

    # --- agencies ---

    def _agency(self, some: Sequence[str]) -> tuple[str, str | None]:
        """The prefix of these DOIs (or a bare prefix) and its agency; None where Crossref knows of none.

        The agency route wants a DOI that exists (its answer is that of https://doi.org/ra/), and among several one may
        be misspelt. Without any, whether the prefix is Crossref's own can still be told.
        """
        prefix = some[0].partition("/")[0]
        for doi in filter(None, map(normal.doi, some)):
            if agency := self._agency_of(doi):
                return prefix, agency
        try:
            self._door.get(f"/prefixes/{quote(prefix, safe='')}")
        except NotFound:
            return prefix, None
        return prefix, "crossref"

    def _agency_of(self, doi: str) -> str | None:
        try:
            reply = self._door.get(f"/works/{quote(doi, safe='')}/agency")
        except NotFound:
            return None
        answer = self._door.decode(reply, wire.AgencyReply)
        if answer.message_type != "work-agency" or answer.message.agency is None:
            raise _bad(reply, "no agency")
        return (normal.text(answer.message.agency.id) or "").lower() or None


class _Place(msgspec.Struct, frozen=True):
    """How far a list was read: in our own cursor, so that a run that goes on later still sees circles.

    last: stands for the works of the page before; cursor: Crossref's.
    """

    cursor: str = "*"
    read_so_far: int = 0
    last: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> _Place:
        """
        >>> _Place.read(_Place("DnF1", 100, "aaeb3e2dc7f3c18cdaa7").write()) == _Place("DnF1", 100, "aaeb3e2dc7f3c18cdaa7")
        True
        >>> _Place.read(None).cursor, _Place.read("DnF1").cursor
        ('*', 'DnF1')
        """
        if cursor is None:
            return cls()
        match = re.fullmatch(r"(\d{1,12})\.([0-9a-f]{20})\.(.+)", cursor, re.ASCII)
        return cls(match[3], int(match[1]), match[2]) if match else cls(cursor)

    def write(self) -> str:
        return f"{self.read_so_far}.{self.last}.{self.cursor}"

    def after(self, items: Sequence[Item], cursor: str) -> _Place:
        """The place after a page with these works."""
        names = sorted(item.record.source_id if item.record else item.body.decode("utf-8", "replace") for item in items)
        return _Place(cursor, self.read_so_far + len(items), documents.digest("\n".join(names)))


def _doi(asked: Identifier) -> str | None:
    return normal.doi(asked.value) if asked.scheme == "doi" else None


def _is_listable(doi: str) -> bool:
    return _LISTABLE.fullmatch(doi) is not None


def _own(source_id: str) -> str:
    doi = normal.doi(source_id)
    if doi is None:
        raise UsageError(f"{source_id[:80]!r} is not a DOI, and Crossref has no other ids")
    return doi


def _params(ask: Ask) -> dict[str, str]:
    """A list's parameters, paging aside."""
    query: dict[str, str] = {}
    match ask:
        case Search(text=text):
            if not text.strip():
                raise UsageError("an empty search would be answered with all of Crossref: give a text")
            query, filters = {"query.bibliographic": text.strip()}, []
        case VenueWorks(issn=raw):
            filters = [("issn", _checked(normal.issn(raw), raw, "an ISSN"))]
        case AuthorWorks(scheme="orcid", value=raw):
            filters = [("orcid", _checked(normal.orcid(raw), raw, "an ORCID iD"))]
        case InstitutionWorks(ror=raw):
            filters = [("ror-id", f"https://ror.org/{_checked(normal.ror(raw), raw, 'a ROR id')}")]
        case _:
            raise TypeError(f"not an ask for a list: {type(ask).__name__}")
    if ask.since:
        filters.append(("from-pub-date", _checked(normal.date(ask.since), ask.since, "a date (YYYY-MM-DD)")))
    return query | ({"filter": ",".join(f"{name}:{value}" for name, value in filters)} if filters else {})


def _checked(value: str | None, raw: str, what: str) -> str:
    if value is None:
        raise UsageError(f"{raw[:80]!r} is not {what}")
    return value


# --- replies -------------------------------------------------------------------------------------------------------


def _bad(reply: Reply, what: str) -> BadReply:
    return BadReply(NAME, reply.asked, what, status=reply.status)


def _failed(asked: Iterable[Identifier], fault: SourceError) -> Page:
    return Page(failed=tuple(Failed(each, fault.what) for each in asked))
