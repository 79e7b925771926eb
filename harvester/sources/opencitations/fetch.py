"""Asking OpenCitations: look-ups at Meta, counts and lists of citations at the Index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harvester import normal
from harvester.errors import BadReply, NotFound, ParseError, Refused, ServerFault, UsageError
from harvester.records import Again, Ask, Citing, Edge, Identifier, Item, Lookup, Page, References, Source
from harvester.sources import asking
from harvester.sources.batching import batches
from harvester.sources.opencitations import naming
from harvester.sources.opencitations.answers import answers
from harvester.sources.opencitations.citation import Citation, edge_of
from harvester.sources.opencitations.record import NAME, Count
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harvester.http import Door, Service

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


class OpenCitations(Source):
    """The service as a `records.Source`. It has no lists but those of citing and cited works."""

    name = NAME

    def __init__(self, door: Door) -> None:
        self._door = door

    def can_look_up(self, scheme: str) -> bool:
        """Whether an identifier of this scheme can be asked for."""
        return naming.can_look_up(scheme)

    def asks(self, want: Ask) -> Iterator[Ask]:
        """`want` in parts: a look-up in batches for Meta, citing and cited works one work at a time; no other list.

        Raises UsageError for a source id that is none of OpenCitations'.
        """
        match want:
            case Lookup():
                yield from _lookups(want)
            case Again():  # the Index has two ways to count: its count, and the citations themselves
                yield from self.asks(Citing((want.source_id,)))
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
                later = tuple(edge for edge in page.edges if not asking.is_before(edge.created, ask.since))
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
        return answers(rows, counts, failed | uncounted)

    def _metadata(self, asked: tuple[Identifier, ...]) -> tuple[list[bytes], dict[Identifier, str]]:
        """Meta's rows for these, and why some could not be asked for: a batch that is refused is halved.

        Meta answers some questions it cannot read with an error 500 as if it had broken down. So one half that goes
        through shows that the other is at fault, and only where neither does is it an outage.
        """
        if not asked:
            return [], {}
        try:
            return self._rows(f"/meta/v1/metadata/{'__'.join(map(naming.spelled, asked))}"), {}
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
        reply = self._door.get(f"/index/v2/citation-count/{naming.spelled(one)}")
        rows = self._door.decode(reply, list[Count])
        if len(rows) > 1 or (rows and normal.count(rows[0].count) is None):
            raise BadReply(NAME, reply.asked, "not one number where a count was promised", status=reply.status)
        return bytes(self._door.decode(reply, list[msgspec.Raw])[0]) if rows else None

    def _rows(self, path: str) -> list[bytes]:
        return [bytes(row) for row in self._door.decode(self._door.get(path), list[msgspec.Raw])]

    # edges

    def _edges(self, kind: str, source_id: str) -> Page:
        """The citations of a list, each pair of works once: one is listed for each index that knows it."""
        asked = _named(source_id)
        reply = self._door.get(f"/index/v2/{kind}/{naming.spelled(asked)}")
        rows = self._door.decode(reply, list[msgspec.Raw])
        edges: dict[str, Edge] = {}
        unread: list[Item] = []
        unidentified = 0
        for raw in rows:
            try:
                row, _ = decode(bytes(raw), Citation)
            except ParseError as fault:
                unread.append(Item(bytes(raw), problem=str(fault)))
                continue
            near, far = (row.cited, row.citing) if kind == "citations" else (row.citing, row.cited)
            if (borne := naming.ids(near)) and asked not in borne:
                what = f"the {kind} of {asked} were asked for, those of another work sent"
                raise BadReply(NAME, reply.asked, what, status=reply.status)
            other = naming.name_of(naming.ids(far))
            if other is None:
                unidentified += 1
            elif other != source_id:
                ends = (other, source_id) if kind == "citations" else (source_id, other)
                edges[other] = edge_of(ends, row, edges.get(other))
        capped = len(rows) in _ENDS or len(rows) > max(_ENDS)
        return Page(items=tuple(unread), edges=tuple(edges.values()), unidentified=unidentified, capped=capped)


def _named(source_id: str) -> Identifier:
    """What a source id names. Raises UsageError for what is none."""
    scheme, _, value = source_id.partition(":")
    found = naming.ids(source_id if scheme in ("pmid", "omid") and value else f"doi:{source_id}")
    if len(found) != 1 or naming.name_of(found) != source_id:
        raise UsageError(
            f"{source_id[:80]!r} is not what {NAME} calls a work: a DOI in lower case, pmid:... or omid:..."
        )
    return found[0]


def _lookups(want: Lookup) -> Iterator[Lookup]:
    """Batches that Meta can be asked for; what nobody can is an ask of its own, which `fetch` answers as failed.

    A DOI that ends in an underscore goes alone: two underscores stand between two ids. One with a space in it is not asked
    for: the service lists ids with spaces between them, so it can hold none.
    """
    wanted = [one for one in dict.fromkeys(want.identifiers) if " " not in one.value]
    alone = [one for one in wanted if _is_askable(one) and one.value.endswith("_")]
    together = [one for one in wanted if _is_askable(one) and one not in alone]
    for batch in batches(together, BATCH, BATCH_BYTES, lambda one: len(naming.spelled(one) + "__")):
        yield Lookup(tuple(batch))
    yield from (Lookup((one,)) for one in alone)
    if strange := tuple(one for one in wanted if not _is_askable(one)):
        yield Lookup(strange)


def _is_askable(one: Identifier) -> bool:
    """Meta takes two underscores for the end of an id, however they are encoded."""
    return naming.can_look_up(one.scheme) and "__" not in one.value
