"""The frozen vocabulary: what travels between a source and the store.

Everything here is immutable and knows neither network nor database. Texts are clean (`normal.text`), identifiers are
in the one spelling of `normal`, days are ISO dates (possibly cut to a year or a month: `date` "2025-05").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple, Protocol

import msgspec


class Identifier(NamedTuple):
    """A name somebody gave an article: scheme (doi, openalex, s2, corpusid, pmid, pmcid, arxiv, mag, isbn), value."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return self.value if self.scheme in ("doi", "openalex", "s2") else f"{self.scheme}:{self.value}"


class Institution(msgspec.Struct, frozen=True):
    """An affiliation: `id` is the source's own id (OpenAlex I...), `ror` the bare ROR id, country ISO 3166 alpha-2."""

    name: str | None = None
    ror: str | None = None
    country: str | None = None
    id: str | None = None


class Author(msgspec.Struct, frozen=True):
    """One author in the article's order; `id` is the source's own id (OpenAlex A..., S2 authorId)."""

    name: str
    orcid: str | None = None
    id: str | None = None
    corresponding: bool | None = None
    institutions: tuple[Institution, ...] = ()
    raw_affiliation: str | None = None


class Metric(msgspec.Struct, frozen=True):
    """A figure about a venue as its origin states it: name (impact_factor, quartile, category, ...), value, year."""

    name: str
    value: str
    year: int | None = None


class Venue(msgspec.Struct, frozen=True):
    """Journal, proceedings or repository; `id` is the source's own id, `issns` holds every ISSN, ISSN-L included."""

    name: str | None = None
    issn_l: str | None = None
    issns: tuple[str, ...] = ()
    type: str | None = None
    publisher: str | None = None
    id: str | None = None
    metrics: tuple[Metric, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """What an article is about: scheme (topic, keyword, concept, field), name, the source's id, score 0..1."""

    scheme: str
    name: str
    id: str | None = None
    score: float | None = None


class Highlight(msgspec.Struct, frozen=True):
    """A titled statement that goes with an article, such as a policy implication."""

    title: str
    text: str


class Funding(msgspec.Struct, frozen=True):
    """Who paid: the funder's name, its id (Funder Registry DOI, else ROR, else the source's own), the award numbers."""

    funder: str
    id: str | None = None
    awards: tuple[str, ...] = ()


class Relation(msgspec.Struct, frozen=True):
    """This record's article is `kind` of the article that bears `other`.

    kind: one of RELATIONS. origin: who asserts it where that is not the source itself (publisher, retraction-watch);
    on: the day (ISO) the notice states.
    """

    kind: str
    other: Identifier
    origin: str | None = None
    on: str | None = None


# Each kind and the same fact told from the other end.
RELATIONS = {
    "preprint_of": "has_preprint", "accepted_of": "has_accepted", "version_of": "has_version", "review_of": "has_review",
    "correction_of": "corrected_by", "retraction_of": "retracted_by", "concern_of": "concern_by",
}  # fmt: skip


class Embedding(msgspec.Struct, frozen=True):
    """Where a model puts an article among all others: the model's name with its version, and the vector."""

    model: str
    vector: tuple[float, ...]


class Record(msgspec.Struct, frozen=True):
    """One source's word about one article. None: not stated. An empty tuple: stated to be empty."""

    source: str
    source_id: str
    identifiers: tuple[Identifier, ...] = ()
    title: str | None = None
    abstract: str | None = None
    abstract_status: str | None = None  # present, absent, withheld (there is one, but it may not be shown)
    year: int | None = None
    date: str | None = None
    type: str | None = None
    language: str | None = None
    venue: Venue | None = None
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    authors: tuple[Author, ...] | None = None
    authors_truncated: bool = False
    subjects: tuple[Subject, ...] | None = None
    references: tuple[str, ...] | None = None  # source ids of this same source
    related: tuple[str, ...] | None = None  # source ids of what it lists as related, the most related first
    embedding: Embedding | None = None
    cited_by_count: int | None = None
    counts_by_year: tuple[tuple[int, int], ...] | None = None
    is_oa: bool | None = None
    oa_status: str | None = None
    oa_url: str | None = None
    license: str | None = None  # cc-by, cc-by-nc, ..., public-domain, publisher-specific
    url: str | None = None
    is_retracted: bool | None = None
    relations: tuple[Relation, ...] | None = None
    funding: tuple[Funding, ...] | None = None
    highlights: tuple[Highlight, ...] = ()
    as_of: str | None = None  # the day the source itself gives for these values; None: the day they were fetched
    drift: tuple[
        str, ...
    ] = ()  # paths: of a retyped field, left out; "+path" of an unknown one; "-path" of one missing


class Item(msgspec.Struct, frozen=True):
    """One raw record of a page: its exact bytes and either the record they mean or why they mean none."""

    body: bytes
    record: Record | None = None
    problem: str | None = None  # a ParseError's message; the item goes to quarantine
    asked: Identifier | None = None  # the identifier this item answers, in a look-up


class Edge(msgspec.Struct, frozen=True):
    """citing -> cited, both source ids of one source, as a list of citing works or of references states it."""

    citing: str
    cited: str
    influential: bool | None = None
    intents: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()  # the sentences in which it is cited
    created: str | None = None  # the day the citing work was published, as far as the source states it
    author_self: bool | None = None  # citing and cited work have an author in common, as the source says
    venue_self: bool | None = None  # ... or appeared in the same venue


class Failed(msgspec.Struct, frozen=True):
    """An identifier whose answer is unknown because asking failed: neither found nor absent."""

    asked: Identifier
    why: str


class Page(msgspec.Struct, frozen=True):
    """One parsed reply. `next` is the cursor of the page after it, None at the end; `total` as the source states it."""

    items: tuple[Item, ...] = ()
    absent: tuple[Identifier, ...] = ()
    failed: tuple[Failed, ...] = ()
    edges: tuple[Edge, ...] = ()
    agencies: tuple[tuple[str, str | None], ...] = ()  # (DOI prefix, its registration agency; None: none known)
    venues: tuple[Venue, ...] = ()  # asked for by themselves, for their metrics
    related: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (source id, those recommended for it, in their order)
    embeddings: tuple[tuple[str, Embedding], ...] = ()  # by source id
    drift: tuple[str, ...] = ()  # of what is no record of its own, as in Record
    unidentified: int = 0  # entries without any id: they count towards the total but cannot be kept
    capped: bool = False  # the service shows no more than this, though there may be more
    next: str | None = None
    total: int | None = None


# What can be asked of a source. Each is a value, so that a checkpoint can name it and a resumed run can ask it again.


class Lookup(msgspec.Struct, frozen=True, tag="lookup"):
    """The records of these identifiers, at most `Source.batch(...)` says at once."""

    identifiers: tuple[Identifier, ...]


class Again(msgspec.Struct, frozen=True, tag="again"):
    """The count of this record (a source id) once more, by the cheapest other way than a look-up of many.

    A source makes of it what it has: the record by a request of its own, or the list of the works citing it.
    """

    source_id: str


class Agencies(msgspec.Struct, frozen=True, tag="agencies"):
    """Which registration agency each of these DOI prefixes (10.1234) belongs to.

    A prefix is better named by DOIs that bear it (10.1234/x): agencies are told of DOIs that exist, not of prefixes.
    """

    prefixes: tuple[str, ...]


class VenueFigures(msgspec.Struct, frozen=True, tag="figures"):
    """What the source states about the venue with this ISSN: its metrics, by year."""

    issn: str


# Lists: `since` leaves out what was published before that day.


class Search(msgspec.Struct, frozen=True, tag="search"):
    """The records that match a text."""

    text: str
    since: str | None = None


class Filtered(msgspec.Struct, frozen=True, tag="filter"):
    """The records that pass a filter in OpenAlex's filter language."""

    expression: str
    since: str | None = None


class VenueWorks(msgspec.Struct, frozen=True, tag="venue"):
    """All works of the venue with this ISSN."""

    issn: str
    since: str | None = None


class AuthorWorks(msgspec.Struct, frozen=True, tag="author"):
    """All works of an author: scheme orcid, openalex (A...) or s2 (a number)."""

    scheme: str
    value: str
    since: str | None = None


class InstitutionWorks(msgspec.Struct, frozen=True, tag="institution"):
    """All works with an affiliation to the institution with this ROR id."""

    ror: str
    since: str | None = None


class TopicWorks(msgspec.Struct, frozen=True, tag="topic"):
    """All works about this OpenAlex topic (T...)."""

    topic: str
    since: str | None = None


class Citing(msgspec.Struct, frozen=True, tag="citing"):
    """The works that cite any of these (source ids); of some years of publication, or of all."""

    source_ids: tuple[str, ...]
    since: str | None = None
    years: tuple[int, ...] = ()  # empty: whenever published


class References(msgspec.Struct, frozen=True, tag="references"):
    """The works that these cite (source ids)."""

    source_ids: tuple[str, ...]


class Recommended(msgspec.Struct, frozen=True, tag="recommended"):
    """The works that the source recommends to who reads this one (a source id)."""

    source_id: str


class Embeddings(msgspec.Struct, frozen=True, tag="embeddings"):
    """The vectors of these (source ids); one that has none is left out of the answer."""

    source_ids: tuple[str, ...]


class FileWorks(msgspec.Struct, frozen=True, tag="file"):
    """The entries of a bibliography file (its absolute path); it says itself what is in it, so `since` has no say."""

    path: str
    since: str | None = None


Listing = Search | Filtered | VenueWorks | AuthorWorks | InstitutionWorks | TopicWorks | FileWorks
Ask = Lookup | Again | Agencies | VenueFigures | Listing | Citing | References | Recommended | Embeddings


class Source(Protocol):
    """A service: how to split what one wants to know into asks, and fetch one page of an ask.

    A source is a subclass, and states what sets it apart: the name, and whatever is not as here.
    """

    name: str
    many_citing_at_once: bool = False  # whether one request lists the works citing many others
    flags_retractions: bool = False  # whether each of its records says that the article is retracted or that it is not
    states_references: bool = False  # whether whom a work cites comes with its own record
    citing_page: int | None = None  # citing works in one reply; None: all of them, or they cannot be listed by year
    citing_shown: int | None = None  # the most citing works one list shows; None: all of them
    agency: str | None = None  # only DOIs of this registration agency (crossref, datacite) can be found here; None: any

    def can_look_up(self, scheme: str) -> bool:
        """Whether the service finds articles by identifiers of this scheme."""

    def asks(self, want: Ask) -> Iterator[Ask]:
        """Split `want` into asks that each fit one request (batch by count and by encoded bytes).

        None for what this source cannot be asked at all. Raises UsageError for what is wrong in itself.
        """

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        """One page of an answer. Raises SourceError; never turns a fault into an empty page."""


class Tap(Protocol):
    """A file form: recognised by content, read as raw records one by one."""

    source: str
    form: str

    def sniff(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to 64 KiB, decompressed) is of this form."""

    def read(self, stream: BinaryIO) -> Iterator[bytes]:
        """The raw records of the file. Raises UsageError where the file as a whole is broken."""


def identifiers_of(pairs: Sequence[tuple[str, str | None]]) -> tuple[Identifier, ...]:
    """Identifiers from (scheme, value) pairs in order, without the empty and the repeated."""
    return tuple(dict.fromkeys(Identifier(scheme, value) for scheme, value in pairs if value))
