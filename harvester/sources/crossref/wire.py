"""What Crossref says, field by field, as far as it is read: the API, its dumps, and its answers in CSL.

https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md, recorded replies of 2018 to 2026, dumps of 2018 and 2020.
Everything may be null or missing; a type that is a union has been seen in each of its kinds.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Long(msgspec.Struct, frozen=True, gc=False):
    """A number as a dump out of MongoDB writes it."""

    value: str | int | None = msgspec.field(default=None, name="$numberLong")


Count = int | float | str | Long | None
Word = str | int | float | None
"""A text that some deposits write as a number."""

Words = list[str | None] | str | None
"""A list; its answers in CSL have the one text."""


class Moment(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A day: [[2024, 5, 19]], cut to what is known; [[null]] where nothing is."""

    date_parts: list[list[int | str | None] | None] | None = None


class Identified(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """Another name of a thing: a ROR, a funder's DOI, the other end of a relation."""

    id: str | None = None
    id_type: str | None = None


class Affiliation(msgspec.Struct, frozen=True, gc=False):
    """Where an author works, as printed; `id` since 2022."""

    name: str | None = None
    id: list[Identified | None] | None = None


class Person(msgspec.Struct, frozen=True, gc=False):
    """An author: given and family name, only a family name, or (a group) only `name`; `literal` in CSL."""

    given: str | None = None
    family: str | None = None
    name: str | None = None
    literal: str | None = None
    orcid: str | None = msgspec.field(default=None, name="ORCID")
    affiliation: list[Affiliation | None] | None = None


class Issn(msgspec.Struct, frozen=True, gc=False):
    """An ISSN with its medium."""

    value: str | None = None


class Issue(msgspec.Struct, frozen=True, gc=False):
    """The issue, where it has a record of its own."""

    issue: Word = None


class Institution(msgspec.Struct, frozen=True, gc=False):
    """Who hosts what is posted: a preprint server."""

    name: str | None = None


class Funder(msgspec.Struct, frozen=True, gc=False):
    """Who paid; `id` has ROR ids too, since 2024."""

    name: str | None = None
    doi: str | None = msgspec.field(default=None, name="DOI")
    id: list[Identified | None] | None = None
    award: list[Word] | None = None


class License(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """Under which terms which version stands: vor (of record), am (accepted manuscript), tdm (mining), unspecified."""

    url: str | None = msgspec.field(default=None, name="URL")
    content_version: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """An entry of the reference list, read for its DOI only."""

    doi: str | None = msgspec.field(default=None, name="DOI")


class Update(msgspec.Struct, frozen=True, gc=False):
    """A notice about an article, from either end: `source` is publisher or retraction-watch, since 2025."""

    doi: str | None = msgspec.field(default=None, name="DOI")
    type: str | None = None
    source: str | None = None
    updated: Moment | None = None


class Work(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A work as a list, a single reply, a dump or somebody's file has it."""

    # What every whole work has; and what is known (https://api.crossref.org/swagger-docs, dumps of 2018 to 2026) and not read.
    PROMISED: ClassVar[tuple[str, ...]] = (
        "DOI", "type", "publisher", "issued", "indexed", "is-referenced-by-count", "reference-count",
        "references-count", "URL",
    )  # fmt: skip
    UNREAD: ClassVar[tuple[str, ...]] = (
        "PMCID", "PMID", "_id", "accepted", "alternative-id", "archive", "assertion", "award", "award-start", "chair",
        "clinical-trial-number", "component-number", "container-title-short", "content-domain", "content-updated",
        "created", "degree", "deposited", "edition-number", "editor", "event", "free-to-read", "group-title", "id",
        "isbn-type", "link", "member", "part-number", "prefix", "project", "proceedings-subject", "publisher-location",
        "resource", "review", "score", "short-container-title", "short-title", "short_url", "source",
        "special_numbering", "standards-body", "status", "subject", "translator", "update-policy", "version",
    )  # fmt: skip

    doi: str | None = msgspec.field(default=None, name="DOI")
    aliases: list[str | None] | None = None
    type: str | None = None
    subtype: str | None = None
    title: Words = None
    subtitle: Words = None
    original_title: Words = None
    abstract: str | None = None
    language: str | None = None
    issued: Moment | None = None
    published: Moment | None = None
    published_print: Moment | None = None
    published_online: Moment | None = None
    published_other: Moment | None = None
    posted: Moment | None = None
    content_created: Moment | None = None
    approved: Moment | None = None
    indexed: Moment | None = None
    container_title: Words = None
    institution: list[Institution | None] | Institution | None = None
    publisher: str | None = None
    issn: Words = msgspec.field(default=None, name="ISSN")
    issn_type: list[Issn | None] | None = None
    isbn: Words = msgspec.field(default=None, name="ISBN")
    volume: Word = None
    issue: Word = None
    journal_issue: Issue | None = None
    page: Word = None
    article_number: Word = None
    author: list[Person | None] | None = None
    funder: list[Funder | None] | None = None
    license: list[License | None] | None = None
    reference: list[Reference | None] | None = None
    reference_count: Count = None
    references_count: Count = None
    is_referenced_by_count: Count = None
    relation: dict[str, list[Identified | None] | Identified | None] | None = None
    update_to: list[Update | None] | None = None
    updated_by: list[Update | None] | None = None
    url: str | None = msgspec.field(default=None, name="URL")


# --- replies -------------------------------------------------------------------------------------------------------


class One(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A single reply; the work in its exact bytes."""

    message_type: str | None = None
    message: msgspec.Raw = msgspec.Raw()


class Message(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A page of a list, each work in its exact bytes; `next-cursor` is there as long as one asks by cursor."""

    total_results: int | None = None
    items: list[msgspec.Raw] | None = None
    next_cursor: str | None = None


class Many(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A list reply."""

    message_type: str | None = None
    message: Message = Message()


class Agency(msgspec.Struct, frozen=True, gc=False):
    """A registration agency: its id is a word in lower case."""

    id: str | None = None


class AgencyMessage(msgspec.Struct, frozen=True, gc=False):
    """Whose DOI it is."""

    agency: Agency | None = None


class AgencyReply(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """The reply of the agency route."""

    message_type: str | None = None
    message: AgencyMessage = AgencyMessage()
