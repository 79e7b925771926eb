"""Asking Semantic Scholar: look-ups, searches, an author's papers, who cites whom."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from harvester import normal
from harvester.errors import BadReply, ConfigError, NotFound, Refused, SourceError, UsageError
from harvester.records import (
    Again,
    Ask,
    AuthorWorks,
    Citing,
    Edge,
    Embeddings,
    Failed,
    Identifier,
    Item,
    Lookup,
    Page,
    Recommended,
    Record,
    References,
    Search,
    Source,
)
from harvester.sources import asking
from harvester.sources.batching import batches
from harvester.sources.semantic_scholar.record import NAME, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harvester.http import Door, Reply, Service

RANK = 60
"""Trust in this source's fields when sources disagree, higher wins: below OpenAlex, which states ISSN-L, institutions
and finer types; above copies of either."""

URL = "https://api.semanticscholar.org"

INTERVAL = 1.05
"""Seconds between requests. A key allows 1 request a second over all endpoints together (release notes of May 2024);
without a key everybody shares one pool, where a faster pace only earns 429. 50 ms are for clocks that disagree."""

BATCH = 500
"""Ids a look-up may ask for at once (POST /paper/batch: "Can only process 500 paper ids at a time")."""

BATCH_BYTES = 1024 * 1024
"""Bytes of ids in one look-up: far below the 10 MB that the service takes, far above 500 real identifiers."""

PAGE = 1000
"""Entries a page of citations or references may hold ("Must be <= 1000")."""

LAST = 9999
"""Citations and references end here: offset + limit must stay below 10,000."""

RECOMMENDED = 100
"""Papers recommended for one: as many as the service sends where no number is given (it takes up to 500)."""

EMBEDDED = 400
"""Vectors in one reply: each is some 15 KB of digits, and a reply may not exceed 10 MB."""

_PREFIXES = {
    "doi": "DOI:", "corpusid": "CorpusId:", "pmid": "PMID:", "pmcid": "PMCID:", "arxiv": "ARXIV:", "mag": "MAG:",
    "s2": "",
}  # fmt: skip

_FIELDS = (
    "paperId", "corpusId", "externalIds", "url", "title", "abstract", "venue", "publicationVenue", "year",
    "referenceCount", "citationCount", "influentialCitationCount", "isOpenAccess", "openAccessPdf", "fieldsOfStudy",
    "s2FieldsOfStudy", "publicationTypes", "publicationDate", "journal", "authors",
)  # fmt: skip
_EDGE_FIELDS = ("isInfluential", "intents", "contexts")
_EMBEDDING = ("embedding.specter_v2",)


def service(url: str | None = None, key: str | None = None) -> Service:
    """What the door must know: address, pace, the key's header, and that a 429 only ever means "slower"."""
    from harvester.http import Service  # here: who only reads files need not load requests

    return Service(
        source=NAME,
        url=(url or URL).rstrip("/"),
        interval=INTERVAL,
        key_header=("x-api-key", key) if key else None,
        meaning_of_429=_always_burst,
        open_without_key=True,  # a key that is not used for some 60 days is disabled: 403 from then on
    )


def _always_burst(_: Reply) -> str:
    return "burst"


@functools.cache
def fields(wanted: tuple[str, ...] = _FIELDS) -> str:
    """The fields to ask for: all of a paper but nested lists, vectors and summaries, checked against the vocabulary.

    Raises ConfigError where the installed `semanticscholar` does not know one of them.
    """
    from semanticscholar.Paper import Paper  # 226 ms: only for those who ask

    if unknown := [field for field in wanted if field.partition(".")[0] not in Paper.FIELDS]:
        raise ConfigError(
            f"the installed package semanticscholar does not know the field {', '.join(unknown)}; "
            "install the version that harvester names"
        )
    return ",".join(wanted)


def can_look_up(scheme: str) -> bool:
    """Whether Semantic Scholar finds papers by identifiers of this scheme."""
    return scheme in _PREFIXES


class _List(msgspec.Struct):
    """A page of a search (total, token), of citations or of references (offset, next)."""

    data: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET
    total: int | None = None
    token: str | None = None
    offset: int | None = None
    next: int | None = None


class _Entry(msgspec.Struct, rename="camel"):
    """One citation or reference; any type is borne, since only small facts are read from it."""

    citing_paper: msgspec.Raw = msgspec.Raw()
    cited_paper: msgspec.Raw = msgspec.Raw()
    is_influential: Any = None
    intents: Any = None
    contexts: Any = None


class _Recommended(msgspec.Struct, rename="camel"):
    recommended_papers: list[msgspec.Raw]


class _Named(msgspec.Struct, rename="camel"):
    paper_id: Any = None


class SemanticScholar(Source):
    """The service as a `records.Source`. It cannot list a venue's works by ISSN."""

    name = NAME
    citing_page = PAGE
    citing_shown = LAST

    def __init__(self, door: Door) -> None:
        self._door = door

    def can_look_up(self, scheme: str) -> bool:
        """Whether an identifier of this scheme can be asked for."""
        return can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """`want` in parts of one request each (a search: one a page); none for a venue, which cannot be asked for.

        Raises UsageError for an empty search.
        """
        match want:
            case Lookup():
                yield from map(Lookup, _batches(want.identifiers))
            case Again():
                yield want
            case Search():
                if not want.text.strip():
                    raise UsageError("an empty search would be answered with everything: give a text")
                yield want
            case Citing():
                years: list[tuple[int, ...]] = [(year,) for year in want.years]
                yield from (Citing((one,), want.since, only) for one in want.source_ids for only in years or [()])
            case References():
                yield from (References((one,)) for one in want.source_ids)
            case Recommended():
                yield want
            case Embeddings():
                yield from (Embeddings(tuple(some)) for some in batches(want.source_ids, EMBEDDED, BATCH_BYTES, len))
            case AuthorWorks(scheme="s2"):
                yield want
            case _:  # no list of a venue, an institution, a topic or a filter
                return

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        """One page of an answer to an ask that `asks` gave.

        Raises SourceError; NotFound where the paper whose citations or references are asked for is not known.
        """
        match ask:
            case Lookup():
                return self._look_up(ask.identifiers)
            case Again():
                return self._single(Identifier("s2", ask.source_id))
            case Citing(source_ids=(one,)) | References(source_ids=(one,)):
                return self._edges(ask, one, cursor)
            case Recommended() | Embeddings():
                return self._given(ask)
            case Search():
                return self._search(ask.text, ask.since, cursor)
            case AuthorWorks(scheme="s2"):
                return self._papers_of(ask, cursor)
        raise ValueError(f"{NAME} cannot be asked {ask!r} at once")

    # look-up

    def _look_up(self, asked: Sequence[Identifier]) -> Page:
        """Each identifier found, absent or failed; a refused batch is halved until the culprit is alone."""
        strange = tuple(Failed(one, f"{NAME} knows no {one.scheme}") for one in asked if not can_look_up(one.scheme))
        known = tuple(one for one in asked if can_look_up(one.scheme))
        found = asking.halving(
            known, self._batch, _refused, hopeless=lambda refusal: bool(_QUESTION.search(refusal.what))
        )
        return asking.together((Page(failed=strange), found))

    def _batch(self, asked: tuple[Identifier, ...]) -> Page:
        ids = [_spelled(one) for one in asked]
        reply = self._door.post("/graph/v1/paper/batch", {"fields": fields()}, {"ids": ids})
        papers = self._door.decode(reply, list[msgspec.Raw])
        if len(papers) != len(asked):
            raise _bad(reply, f"{len(papers)} answers to {len(asked)} ids")
        return _answers(
            asked, [None if bytes(paper) == b"null" else asking.item(bytes(paper), parse) for paper in papers]
        )

    def _single(self, one: Identifier) -> Page:
        """A paper by itself: one request whatever its count, where its list of citing works takes one a thousand."""
        try:
            reply = self._door.get(f"/graph/v1/paper/{quote(_spelled(one), safe='')}", {"fields": fields()})
        except NotFound as absence:
            return _refused(one, absence)
        return _answers((one,), [asking.item(bytes(self._door.decode(reply, msgspec.Raw)), parse)])

    def _given(self, ask: Recommended | Embeddings) -> Page:
        """Vectors come by themselves: beside each record they would make every reply ten times as long."""
        if isinstance(ask, Recommended):
            return self._recommended(ask.source_id)
        asked = [Identifier("s2", one) for one in ask.source_ids]
        return asking.halving(asked, self._vectors, lambda one, refusal: Page(failed=(Failed(one, refusal.what),)))

    def _vectors(self, asked: tuple[Identifier, ...]) -> Page:
        """A paper that answers in the place of another is left out: what is asked for is a vector of this very one."""
        ids = [one.value for one in asked]
        reply = self._door.post("/graph/v1/paper/batch", {"fields": fields(_EMBEDDING)}, {"ids": ids})
        papers = [bytes(paper) for paper in self._door.decode(reply, list[msgspec.Raw])]
        items = [asking.item(paper, parse) for paper in papers if paper != b"null"]
        records = [item.record for item in items if item.record and item.record.source_id in ids]
        return Page(
            embeddings=tuple((one.source_id, one.embedding) for one in records if one.embedding),
            drift=tuple(path for one in records for path in one.drift),
        )

    # lists

    def _recommended(self, paper_id: str) -> Page:
        """What the service recommends, of what appeared lately ("from=recent": the other pool is computer science alone).

        An empty list is an answer: many papers have none (github.com/allenai/s2-folks/issues/176). A paper may be
        recommended for itself (issue 82), which says nothing.
        """
        path = f"/recommendations/v1/papers/forpaper/{quote(paper_id, safe='')}"
        reply = self._door.get(path, {"fields": fields(), "limit": str(RECOMMENDED), "from": "recent"})
        papers = [bytes(paper) for paper in self._door.decode(reply, _Recommended).recommended_papers]
        items = [asking.item(paper, parse) for paper in papers if paper != b"null"]
        ids = dict.fromkeys(item.record.source_id for item in items if item.record)
        ids.pop(paper_id, None)
        return Page(items=tuple(items), related=((paper_id, tuple(ids)),))

    def _search(self, text: str, since: str | None, token: str | None) -> Page:
        params = {"query": text, "fields": fields()} | _since(since) | ({"token": token} if token else {})
        try:
            reply = self._door.get("/graph/v1/paper/search/bulk", params)
        except NotFound as absence:
            if token or not _NO_MATCH.search(absence.what):
                raise
            return Page(total=0)
        page = self._door.decode(reply, _List)
        if page.data is msgspec.UNSET and page.total == 0:
            return Page(total=0)  # seen in recorded replies: {"total": 0, "offset": 0}
        papers = _data(page, reply)
        if page.token and (not papers or page.token == token):
            raise _bad(reply, "a page that promises more without going on")
        items = [asking.item(bytes(paper), parse) for paper in papers]
        return Page(items=tuple(items), next=page.token or None, total=page.total)

    def _papers_of(self, ask: AuthorWorks, cursor: str | None) -> Page:
        """An author's papers. The endpoint has no filter for dates: what is older than wanted is left out here."""
        offset = int(cursor or 0)
        reply = self._list(f"/graph/v1/author/{quote(ask.value, safe='')}/papers", fields(), offset, {})
        page = self._door.decode(reply, _List)
        items = [asking.item(bytes(paper), parse) for paper in _data(page, reply)]
        _check_offset(page, reply, offset)
        wanted = [item for item in items if not asking.is_older(item, ask.since)]
        more = page.next is not None and page.next < LAST
        return Page(
            items=tuple(wanted), capped=page.next is not None and not more, next=str(page.next) if more else None
        )

    def _edges(self, ask: Citing | References, paper_id: str, cursor: str | None) -> Page:
        offset, kind = int(cursor or 0), "citations" if isinstance(ask, Citing) else "references"
        wanted = fields() + "," + ",".join(_EDGE_FIELDS)
        reply = self._list(f"/graph/v1/paper/{quote(paper_id, safe='')}/{kind}", wanted, offset, _published(ask))
        page = self._door.decode(reply, _List)
        if page.data is None:  # a publisher had the list removed: that is not an empty list
            return Page(capped=True)
        entries = _data(page, reply)
        _check_offset(page, reply, offset)
        items: list[Item] = []
        edges: list[Edge] = []
        unidentified = 0
        for raw in entries:
            item, edge = _entry(bytes(raw), kind, paper_id)
            if item is None:
                unidentified += 1
            else:
                items.append(item)
            edges += [edge] if edge else []
        more = page.next is not None and page.next < LAST
        return Page(
            items=tuple(items),
            edges=tuple(edges),
            unidentified=unidentified,
            capped=page.next is not None and not more,
            next=str(page.next) if more else None,
        )

    def _list(self, path: str, wanted: str, offset: int, params: Mapping[str, str]) -> Reply:
        """A page as large as the service will send: a reply may not exceed 10 MB, which 1,000 long author lists do."""
        limit = min(PAGE, LAST - offset)
        while True:
            try:
                return self._door.get(path, {"fields": wanted, "offset": str(offset), "limit": str(limit), **params})
            except Refused as refusal:
                if limit <= 10 or not _TOO_BIG.search(refusal.what):
                    raise
                limit //= 2


def _since(day: str | None) -> dict[str, str]:
    """Published on that day or later (https://api.semanticscholar.org/api-docs/graph: publicationDateOrYear)."""
    return {"publicationDateOrYear": f"{day}:"} if day else {}


def _published(ask: Citing | References) -> dict[str, str]:
    """The year, or the days, in which the citing works wanted were published; a year that began before them from there on."""
    if isinstance(ask, References):
        return {}
    if not ask.years:
        return _since(ask.since)
    [year] = ask.years
    begin = ask.since if ask.since and ask.since > str(year) else str(year)
    return {"publicationDateOrYear": f"{begin}:{year}"}


def _check_offset(page: _List, reply: Reply, offset: int) -> None:
    if page.offset not in (None, offset) or (page.next is not None and page.next <= offset):
        raise _bad(reply, f"asked from {offset}, sent from {page.offset}, to go on from {page.next}")


def _data(page: _List, reply: Reply) -> list[msgspec.Raw]:
    if not isinstance(page.data, list):
        raise _bad(reply, "no `data` in the reply")
    return page.data


def _bad(reply: Reply, what: str) -> BadReply:
    return BadReply(NAME, reply.asked, what, status=reply.status)


# What a refusal or a 404 says (https://api.semanticscholar.org/api-docs/graph, Error400 and Error404).
_QUESTION = re.compile(r"unrecognized or unsupported fields|unacceptable query params", re.IGNORECASE)
_TOO_BIG = re.compile(r"exceed maximum size", re.IGNORECASE)
_NO_SUCH_ID = re.compile(r"no valid paper ids|paper.{0,200}not found", re.IGNORECASE | re.DOTALL)
_NO_MATCH = re.compile(r"match not found|no (?:papers|results|match)", re.IGNORECASE)


def _batches(identifiers: Sequence[Identifier]) -> Iterator[tuple[Identifier, ...]]:
    marks = 4  # quotes, comma, space
    return map(tuple, batches(identifiers, BATCH, BATCH_BYTES, lambda one: len(_spelled(one).encode()) + marks))


def _spelled(one: Identifier) -> str:
    """
    >>> [_spelled(Identifier(*one)) for one in (("doi", "10.1000/x"), ("pmcid", "PMC77"), ("s2", "649d"))]
    ['DOI:10.1000/x', 'PMCID:77', '649d']
    """
    value = one.value.removeprefix("PMC") if one.scheme == "pmcid" else one.value
    return _PREFIXES.get(one.scheme, f"{one.scheme}:") + value


def _refused(one: Identifier, refusal: SourceError) -> Page:
    """Absent where the service says so of this very id; otherwise nothing is known."""
    return Page(absent=(one,)) if _NO_SUCH_ID.search(refusal.what) else Page(failed=(Failed(one, refusal.what),))


def _answers(asked: tuple[Identifier, ...], items: list[Item | None]) -> Page:
    """The answers at their places.

    A paper that does not bear the identifier asked for is its successor (two papers were merged), unless it bears that
    of another place which has no answer of its own: then the order of the reply is not that of the question (early 2023
    it was not), and only what is proved by its own identifier is believed.
    """
    names = [_borne(item.record) if item and item.record else frozenset() for item in items]
    proved = [one in bears for one, bears in zip(asked, names, strict=True)]
    astray = {one for one, proof in zip(asked, proved, strict=True) if not proof}
    shuffled = any(not proof and astray.intersection(bears) for proof, bears in zip(proved, names, strict=True))
    found, absent, failed = [], [], []
    for one, item, proof in zip(asked, items, proved, strict=True):
        if shuffled and not proof:
            failed.append(Failed(one, "the reply is not in the order of the question"))
        elif item is None:
            absent.append(one)
        else:
            found.append(msgspec.structs.replace(item, asked=one))
    return Page(items=tuple(found), absent=tuple(absent), failed=tuple(failed))


def _borne(record: Record) -> frozenset[Identifier]:
    """The identifiers a paper answers to: also the DOI that arXiv gives each of its papers."""
    arxiv = (Identifier("doi", f"10.48550/arxiv.{value}") for scheme, value in record.identifiers if scheme == "arxiv")
    return frozenset((*record.identifiers, *arxiv))


def _entry(body: bytes, kind: str, paper_id: str) -> tuple[Item | None, Edge | None]:
    """The paper at the other end and the edge to it; (None, None) for a paper without an id."""
    try:
        entry = msgspec.json.decode(body, type=_Entry)
        paper = bytes(entry.citing_paper if kind == "citations" else entry.cited_paper) or b"null"
        if paper == b"null" or msgspec.json.decode(paper, type=_Named).paper_id is None:
            return None, None
    except (ValueError, RecursionError) as fault:
        return Item(body, problem=f"no citation: {fault}"[:200]), None
    item = asking.item(paper, parse)
    if item.record is None:
        return item, None
    influential = entry.is_influential if isinstance(entry.is_influential, bool) else None
    ends = (item.record.source_id, paper_id) if kind == "citations" else (paper_id, item.record.source_id)
    return item, Edge(*ends, influential, _texts(entry.intents), _texts(entry.contexts))


def _texts(told: Any) -> tuple[str, ...]:
    told = told if isinstance(told, list) else []
    return tuple(said for one in told if isinstance(one, str) and (said := normal.text(one)))
