"""What DataCite says, field by field, as far as it is read. Everything may be null or missing.

https://datacite-metadata-schema.readthedocs.io for the attributes; lists and relationships are JSON:API's.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

Word = str | int | float | None
"""Texts that some depositors write as numbers."""


class Title(msgspec.Struct, rename="camel"):
    """A title; one without a type is the main one."""

    title: str | None = None
    title_type: str | None = None


class NameIdentifier(msgspec.Struct, rename="camel"):
    """An identifier of a person or a house: an ORCID iD, an ISNI ..."""

    name_identifier: str | None = None


class Affiliation(msgspec.Struct, rename="camel"):
    """Where somebody works, with its ROR id if the depositor gave one."""

    name: str | None = None
    affiliation_identifier: str | None = None


class Creator(msgspec.Struct, rename="camel"):
    """Who made it: a person or an organisation."""

    name: str | None = None
    name_type: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    affiliation: list[str | Affiliation | None] | None = None
    name_identifiers: list[NameIdentifier] | None = None


class Date(msgspec.Struct, rename="camel"):
    """A day, or a span of days, and what happened then."""

    date: Word = None
    date_type: str | None = None


class Types(msgspec.Struct, rename="camel"):
    """What it is: a word of the schema, and the depositor's own."""

    resource_type_general: str | None = None
    resource_type: str | None = None


class Publisher(msgspec.Struct):
    """Who published it, where it is more than a name."""

    name: str | None = None


class Container(msgspec.Struct, rename="camel"):
    """What it stands in: a journal, a book, a series."""

    type: str | None = None
    title: str | None = None
    identifier: str | None = None
    identifier_type: str | None = None
    volume: Word = None
    issue: Word = None
    first_page: Word = None
    last_page: Word = None


class Description(msgspec.Struct, rename="camel"):
    """An abstract, or another text of the type it names."""

    description: str | None = None
    description_type: str | None = None


class Rights(msgspec.Struct, rename="camel"):
    """A licence or a statement of access, in whichever field the depositor put it."""

    rights: str | None = None
    rights_uri: str | None = None
    rights_identifier: str | None = None


class Funder(msgspec.Struct, rename="camel"):
    """Who paid, and for one grant: a funder of three grants comes three times."""

    funder_name: str | None = None
    funder_identifier: str | None = None
    award_number: Word = None


class Related(msgspec.Struct, rename="camel"):
    """Something else that it refers to, is a part or a version of."""

    relation_type: str | None = None
    related_identifier: str | None = None
    related_identifier_type: str | None = None


class Subject(msgspec.Struct):
    """A keyword or a field of science."""

    subject: str | None = None


class Year(msgspec.Struct):
    """Citations received in one year."""

    year: Word = None
    total: Word = None


class Attributes(msgspec.Struct, rename="camel"):
    """What was registered for the DOI, and what DataCite counted."""

    # What every DOI has (https://support.datacite.org/reference/dois-2); and what is known and not read.
    PROMISED: ClassVar[tuple[str, ...]] = (
        "doi", "titles", "creators", "publisher", "publicationYear", "subjects", "dates", "types", "relatedIdentifiers",
        "rightsList", "descriptions", "fundingReferences", "url",
    )  # fmt: skip
    UNREAD: ClassVar[tuple[str, ...]] = (
        "alternateIdentifiers", "contentUrl", "contributors", "created", "downloadCount", "downloadsOverTime", "formats",
        "geoLocations", "identifiers", "isActive", "metadataVersion", "partCount", "partOfCount", "prefix", "published",
        "reason", "referenceCount", "registered", "relatedItems", "schemaVersion", "sizes", "source", "state", "suffix",
        "updated", "version", "versionCount", "versionOfCount", "viewCount", "viewsOverTime", "xml",
    )  # fmt: skip

    doi: str | None = None
    titles: list[Title] | None = None
    creators: list[Creator] | None = None
    publisher: str | Publisher | None = None
    container: Container | None = None
    publication_year: Word = None
    dates: list[Date] | None = None
    subjects: list[Subject] | None = None
    language: str | None = None
    types: Types | None = None
    related_identifiers: list[Related] | None = None
    rights_list: list[Rights] | None = None
    descriptions: list[Description] | None = None
    funding_references: list[Funder] | None = None
    url: str | None = None
    citation_count: Word = None
    citations_over_time: list[Year] | None = None


class Ref(msgspec.Struct):
    """Another object of the API by its id."""

    id: str | None = None


class Client(msgspec.Struct):
    """The repository that registered the DOI."""

    data: Ref | None = None


class Refs(msgspec.Struct):
    """A list of objects by their ids."""

    data: list[Ref] | None = None


class Relationships(msgspec.Struct):
    """What else the API knows of the DOI."""

    client: Client | None = None
    references: Refs | None = None
    citations: Refs | None = None


class Doi(msgspec.Struct):
    """A JSON:API object around its Attributes.

    What is not asked for in detail lacks citations over time, `references` and `citations`.
    """

    id: str | None = None
    relationships: Relationships | None = None


class Meta(msgspec.Struct):
    """How many DOIs a list holds in all."""

    total: int


class Links(msgspec.Struct):
    """Where a list goes on."""

    next: str | None = None


class List(msgspec.Struct):
    """A page: each DOI left in its exact bytes; `links.next` is null on the last."""

    data: list[msgspec.Raw]
    meta: Meta
    links: Links | None = None


class Single(msgspec.Struct):
    """The reply to one DOI, its object left in its exact bytes."""

    data: msgspec.Raw
