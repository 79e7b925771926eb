"""Asking DataCite: look-ups, the works citing one, and lists of people and places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import msgspec

from harvester import normal
from harvester.errors import BadReply, NotFound, ParseError, Refused, SourceError, UsageError
from harvester.records import (
    Again,
    Ask,
    AuthorWorks,
    Citing,
    Edge,
    Failed,
    Identifier,
    InstitutionWorks,
    Item,
    Lookup,
    Page,
    Source,
)
from harvester.sources import asking
from harvester.sources.batching import batches
from harvester.sources.datacite import wire
from harvester.sources.datacite.record import ARXIV, NAME, parse
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harvester.http import Door, Reply, Service

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


class DataCite(Source):
    """The service as a `records.Source`."""

    name = NAME
    agency = "datacite"
    states_references = True

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
            case Again():  # /dois/DOI, where a list is a search
                yield Lookup((Identifier("doi", _own(want.source_id)),))
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
        page = self._door.decode(reply, wire.List)
        if page.meta.total > len(dois):  # a parameter that was not heeded answers with all of DataCite
            raise _bad(reply, f"{page.meta.total:,} DOIs for {len(dois)}")
        if len(page.data) < page.meta.total:
            raise _bad(reply, f"promised {page.meta.total} DOIs and sent {len(page.data)}")
        return _answers([bytes(raw) for raw in page.data], named)

    def _one(self, doi: str) -> tuple[Reply, bytes]:
        reply = self._door.get(f"/dois/{quote(doi, safe='')}", _DETAIL)
        return reply, bytes(self._door.decode(reply, wire.Single).data)

    # lists

    def _citing(self, doi: str) -> Page:
        """The works citing one, as edges: all their DOIs stand in its own record."""
        reply, body = self._one(doi)
        try:
            found, _ = decode(body, wire.Doi)
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
        page = self._door.decode(reply, wire.List)
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
        # The query knows years only.
        return Page(items=tuple(one for one in items if not asking.is_older(one, ask.since)), next=following)


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
        return f"{ARXIV}{found}" if found else None
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
    relationships = decode(body, wire.Doi)[0].relationships
    client = relationships.client.data if relationships and relationships.client else None
    return bool(client and client.id and client.id.lower().endswith(".citations"))


def _bad(reply: Reply, what: str) -> BadReply:
    return BadReply(NAME, reply.asked, what, status=reply.status)
