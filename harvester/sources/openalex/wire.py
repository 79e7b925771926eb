"""What OpenAlex says, field by field, as far as it is read: four generations of its work object in one shape.

https://docs.openalex.org/api-entities/works/work-object, the snapshots of 2023 (`host_venue`, `raw_affiliation_string`,
abstracts as JSON text, `keyword` for `display_name`) and the API of 2026 agree on the names and differ on the types.
A field whose type here is a union has been seen in each of them. Everything may be null or missing.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

Short = Annotated[str, msgspec.Meta(max_length=2_000)]
"""What is remembered between records has an end: a name of megabytes is left out as drift and fills no cache."""


class Ids(msgspec.Struct, frozen=True, gc=False):
    """The identifiers by scheme; `mag` was a number until 2023."""

    openalex: str | None = None
    doi: str | None = None
    mag: str | int | None = None
    pmid: str | int | None = None
    pmcid: str | int | None = None


class Venue(msgspec.Struct, frozen=True, gc=False):
    """A location's `source`, or the `host_venue` that came before it."""

    id: Short | None = None
    display_name: Short | None = None
    issn_l: Short | None = None
    issn: tuple[Short | None, ...] | Short | None = None
    type: Short | None = None
    host_organization_name: Short | None = None
    publisher: Short | None = None
    url: Short | None = None
    license: Short | None = None


class Location(msgspec.Struct, frozen=True, gc=False):
    """Where the work is hosted first of all, or where its best open copy is."""

    source: Venue | None = None
    landing_page_url: str | None = None
    raw_source_name: str | None = None
    license: str | None = None


class Copy(msgspec.Struct, frozen=True, gc=False):
    """The best open copy: read for its licence only."""

    license: str | None = None


class Place(msgspec.Struct, frozen=True, gc=False):
    """Any location of the work: read for its address only."""

    landing_page_url: str | None = None
    pdf_url: str | None = None


class Person(msgspec.Struct, frozen=True, gc=False):
    """An author; `id` is null where OpenAlex knows only the name on the work."""

    id: str | None = None
    display_name: str | None = None
    orcid: str | None = None


class Institution(msgspec.Struct, frozen=True, gc=False):
    """An author's institution; one without an id is only a name."""

    id: Short | None = None
    display_name: Short | None = None
    ror: Short | None = None
    country_code: Short | None = None


class Authorship(msgspec.Struct, frozen=True, gc=False):
    """One author of this work, with the affiliation as printed (one text until 2023, a list since)."""

    author: Person | None = None
    raw_author_name: str | None = None
    institutions: list[Institution | None] | None = None
    is_corresponding: bool | None = None
    raw_affiliation_strings: list[str | None] | None = None
    raw_affiliation_string: str | None = None


class Subject(msgspec.Struct, frozen=True, gc=False):
    """A topic, a keyword (its name was `keyword` until 2024) or a concept (its score was a text in 2023)."""

    id: str | None = None
    display_name: str | None = None
    keyword: str | None = None
    score: float | str | None = None


class Funder(msgspec.Struct, frozen=True, gc=False):
    """Who paid, as works name them since 2026."""

    id: str | None = None
    display_name: str | None = None
    ror: str | None = None


class Award(msgspec.Struct, frozen=True, gc=False):
    """A grant by its number: `awards` since 2026, `grants` (funder, award_id) before, which is also how funders came."""

    funder_id: str | None = None
    funder: str | None = None
    funder_display_name: str | None = None
    funder_award_id: str | int | None = None
    award_id: str | int | None = None


class OpenAccess(msgspec.Struct, frozen=True, gc=False):
    """Whether and where the work can be read freely."""

    is_oa: bool | None = None
    oa_status: str | None = None
    oa_url: str | None = None


class Biblio(msgspec.Struct, frozen=True, gc=False):
    """Volume, issue, pages: texts, whatever the publisher put there."""

    volume: str | int | None = None
    issue: str | int | None = None
    first_page: str | int | None = None
    last_page: str | int | None = None


class YearCount(msgspec.Struct, frozen=True, gc=False):
    """Citations received in one year; years without any are left out, and only ten are given."""

    year: int | str | None = None
    cited_by_count: int | str | None = None


class Work(msgspec.Struct, frozen=True, gc=False):
    """A work as a list page, a single reply, a snapshot or somebody's file has it."""

    # What every whole work has had in every generation, null or not; and what is known, by any of them, and not read.
    PROMISED: ClassVar[tuple[str, ...]] = (
        "id", "ids", "display_name", "publication_year", "publication_date", "type", "primary_location",
        "open_access", "authorships", "biblio", "is_retracted", "referenced_works", "abstract_inverted_index",
        "cited_by_count", "counts_by_year", "updated_date",
    )  # fmt: skip
    UNREAD: ClassVar[tuple[str, ...]] = (
        "@timestamp", "@version", "abstract_inverted_index_v3", "alternate_host_venues", "apc_list", "apc_paid",
        "apc_payment", "authors_count", "citation_normalized_percentile", "cited_by_api_url",
        "cited_by_percentile_year", "concepts_count", "content_urls", "corresponding_institution_ids",
        "countries_distinct_count", "created_date", "datasets", "doi_registration_agency", "fulltext_origin", "fwci",
        "has_content", "has_fulltext", "indexed_in", "institution_assertions", "institutions",
        "institutions_distinct_count", "is_paratext", "is_xpac", "locations_count", "mesh", "ngrams_url",
        "referenced_works_count", "relevance_score", "sources", "summary_stats",
        "sustainable_development_goals", "type_crossref", "updated", "versions",
    )  # fmt: skip

    id: str | None = None
    doi: str | None = None
    ids: Ids | None = None
    title: str | None = None
    display_name: str | None = None
    publication_year: int | str | None = None
    publication_date: str | None = None
    type: str | None = None
    language: str | None = None
    primary_location: Location | None = None
    host_venue: Venue | None = None
    best_oa_location: Copy | None = None
    locations: list[Place | None] | None = None
    open_access: OpenAccess | None = None
    authorships: list[Authorship | None] | None = None
    is_authors_truncated: bool | None = None
    corresponding_author_ids: list[str | None] | None = None
    biblio: Biblio | None = None
    is_retracted: bool | None = None
    primary_topic: Subject | None = None
    topics: list[Subject | None] | None = None
    keywords: list[Subject | None] | None = None
    concepts: list[Subject | None] | None = None
    referenced_works: list[str | None] | None = None
    related_works: list[str | None] | None = None
    funders: list[Funder | None] | None = None
    awards: list[Award | None] | None = None
    grants: list[Award | None] | None = None
    abstract_inverted_index: dict[str, list[int] | None] | str | UnsetType | None = UNSET
    cited_by_count: int | str | None = None
    counts_by_year: list[YearCount | None] | None = None
    updated_date: str | None = None


class YearOfSource(msgspec.Struct, frozen=True, gc=False):
    """What a source published and received in one year."""

    year: int | str | None = None
    works_count: int | str | None = None
    cited_by_count: int | str | None = None


class Source(Venue, frozen=True, gc=False):
    """A journal, repository or series as /sources/S... gives it."""

    summary_stats: dict[str, float | int | None] | None = None
    counts_by_year: list[YearOfSource | None] | None = None


class AbstractText(msgspec.Struct, frozen=True, gc=False):
    """The abstract inside the JSON text that snapshots of 2023 carry."""

    InvertedIndex: dict[str, list[int] | None] | None = None


class Meta(msgspec.Struct, frozen=True, gc=False):
    """What a list page says of its list; `count` is the whole list's, `next_cursor` is null at its end."""

    count: int | None = None
    next_cursor: str | None = None


class Page(msgspec.Struct, frozen=True, gc=False):
    """A list page, each work left in its exact bytes."""

    meta: Meta
    results: list[msgspec.Raw]
