"""A DOI of DataCite as a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harvester import normal
from harvester.errors import ParseError
from harvester.records import (
    Author,
    Funding,
    Identifier,
    Institution,
    Record,
    Relation,
    Subject,
    Venue,
    identifiers_of,
)
from harvester.sources import documents
from harvester.sources.datacite import wire
from harvester.sources.tolerant import decode, inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME = "datacite"

ARXIV = "10.48550/arxiv."
"""How the DOIs begin that arXiv gives its papers."""


def parse(body: bytes) -> Record:
    """The record of one DOI. Raises ParseError where it has none."""
    found, drift = decode(body, wire.Doi)
    of, more = inside(body, "attributes", wire.Attributes)
    doi = normal.doi(found.id) or normal.doi(of.doi)
    if doi is None:
        raise ParseError(f"no DOI: {str(found.id)[:80]!r}")
    kind, container = _type(of.types, doi), of.container or wire.Container()
    date = _date(of.dates or ()) or normal.date(_word(of.publication_year))
    abstract = next(
        filter(
            None,
            (normal.abstract(one.description) for one in of.descriptions or () if one.description_type == "Abstract"),
        ),
        None,
    )
    return Record(
        source=NAME,
        source_id=doi,
        identifiers=identifiers_of([("doi", doi), ("arxiv", normal.arxiv(doi) if doi.startswith(ARXIV) else None)]),
        title=_title(of.titles or ()),
        abstract=abstract,
        abstract_status="present" if abstract else None if of.descriptions is None else "absent",
        year=normal.year(date[:4]) if date else None,
        date=date,
        type=kind,
        language=_language(of.language),
        venue=_venue(container, of.publisher, kind),
        volume=normal.text(_word(container.volume)),
        issue=normal.text(_word(container.issue)),
        first_page=normal.text(_word(container.first_page)),
        last_page=normal.text(_word(container.last_page)),
        authors=None if of.creators is None else tuple(filter(None, map(_author, of.creators))),
        subjects=_subjects(of.subjects),
        references=_references(found, of, doi),
        cited_by_count=normal.count(of.citation_count),
        counts_by_year=_by_year(of.citations_over_time),
        is_oa=_is_open(of.rights_list or ()),
        license=_license(of.rights_list or ()),
        url=documents.web(of.url),
        relations=_relations(of.related_identifiers, doi, kind),
        funding=_funding(of.funding_references),
        drift=drift + more,
    )


def _word(raw: wire.Word) -> str | None:
    return None if raw is None else f"{raw:.15g}" if isinstance(raw, float) else str(raw)


def _title(titles: Sequence[wire.Title]) -> str | None:
    """The title without a type, with its subtitle; others are translations and alternatives.

    >>> _title([wire.Title("Untertitel", "Subtitle"), wire.Title("Titel"), wire.Title("Title", "TranslatedTitle")]), _title([])
    ('Titel: Untertitel', None)
    """
    main = next((one for one in titles if one.title and not one.title_type), None)
    main = main or next((one for one in titles if one.title and one.title_type != "Subtitle"), None)
    parts = [main.title if main else None, *(one.title for one in titles if one.title_type == "Subtitle")]
    return ": ".join(filter(None, map(normal.text, parts))) or None


def _author(person: wire.Creator) -> Author | None:
    parts = [part for part in (normal.text(person.given_name), normal.text(person.family_name)) if part]
    plain = normal.text(person.name) if person.name_type == "Organizational" else documents.reading_order(person.name)
    name = " ".join(parts) if len(parts) == 2 else plain or " ".join(parts)
    if not name:
        return None
    places = [wire.Affiliation(one) if isinstance(one, str) else one for one in person.affiliation or () if one]
    known = [
        Institution(normal.text(one.name), ror) for one in places if (ror := normal.ror(one.affiliation_identifier))
    ]
    printed = filter(None, (normal.text(one.name) for one in places))
    orcids = (normal.orcid(one.name_identifier) for one in person.name_identifiers or ())
    return Author(
        name=name,
        orcid=next(filter(None, orcids), None),
        institutions=tuple(dict.fromkeys(known)),
        raw_affiliation="; ".join(dict.fromkeys(printed)) or None,
    )


def _date(dates: Iterable[wire.Date]) -> str | None:
    """The day of issue; where that is only a year, the first day on which it could be had, if that is of the same year.

    >>> _date([wire.Date("2021", "Issued"), wire.Date("2021-03-04T10:00:00Z", "Submitted"), wire.Date("2021-05", "Available")])
    '2021-03-04'
    >>> _date([wire.Date("2020-02/2020-05", "Issued"), wire.Date("2019", "Created")]), _date([wire.Date("2019", "Updated")])
    ('2020-02', None)
    """
    known: dict[str, list[str]] = {}
    for one in dates:
        day = normal.date((_word(one.date) or "").partition("/")[0])
        if day and one.date_type:
            known.setdefault(one.date_type, []).append(day)
    issued = min(known.get("Issued", ()), default=None)
    first = [day for kind in ("Submitted", "Available") for day in known.get(kind, ())]
    if issued is None:
        return min(known.get("Available", ()), default=None)
    return min((day for day in first if day.startswith(issued) and len(day) == 10), default=issued)


# resourceTypeGeneral (https://datacite-metadata-schema.readthedocs.io, appendix 1) -> the words OpenAlex uses.
_TYPES = {
    "journalarticle": "article", "conferencepaper": "article", "datapaper": "article", "preprint": "preprint",
    "dataset": "dataset", "software": "software", "computationalnotebook": "software", "book": "book",
    "bookchapter": "book-chapter", "dissertation": "dissertation", "report": "report", "peerreview": "peer-review",
    "standard": "standard", "journal": "paratext", "conferenceproceeding": "paratext", "collection": "other",
    "audiovisual": "other", "image": "other", "interactiveresource": "other", "model": "other", "other": "other",
    "physicalobject": "other", "service": "other", "sound": "other", "workflow": "other", "event": "other",
    "outputmanagementplan": "other", "studyregistration": "other", "instrument": "other", "award": "other",
    "project": "other", "film": "other",
}  # fmt: skip
# What depositors write for a "Text", which says nothing: their own words, letters only.
_TEXTS = {
    "article": "article", "journalarticle": "article", "researcharticle": "article", "conferencepaper": "article",
    "conferencearticle": "article", "preprint": "preprint", "workingpaper": "preprint", "thesis": "dissertation",
    "dissertation": "dissertation", "doctoralthesis": "dissertation", "report": "report", "book": "book",
    "monograph": "book", "bookchapter": "book-chapter", "bookpart": "book-chapter", "review": "review",
    "editorial": "editorial", "peerreview": "peer-review",
}  # fmt: skip


def _type(types: wire.Types | None, doi: str) -> str | None:
    """
    >>> _type(wire.Types("Text", "Journal article"), "10.5281/z"), _type(wire.Types("Text", "Article"), "10.48550/arxiv.1")
    ('article', 'preprint')
    """
    if doi.startswith(ARXIV):
        return "preprint"
    stated = types or wire.Types()
    general, own = (
        (normal.title_key(raw) or "").replace(" ", "") for raw in (stated.resource_type_general, stated.resource_type)
    )
    return _TYPES.get(general) or _TEXTS.get(own)


def _language(raw: str | None) -> str | None:
    """
    >>> _language("en-GB"), _language("eng"), _language("German")
    ('en', 'eng', None)
    """
    found = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z0-9-]{1,20})?", (raw or "").strip().lower())
    return found[1] if found else None


_SHELVES = ("preprint", "dataset", "software")


def _venue(container: wire.Container, publisher: str | wire.Publisher | None, kind: str | None) -> Venue | None:
    """The journal or series; else, for what repositories hold, the repository, which is registered as publisher."""
    house = normal.text(publisher.name if isinstance(publisher, wire.Publisher) else publisher)
    number = (
        normal.issn(container.identifier)
        if (container.identifier_type or "").upper() in ("ISSN", "EISSN", "LISSN")
        else None
    )
    name = normal.text(container.title)
    if name or number:
        is_journal = bool(number) or (container.type or "").lower() == "journal"
        return Venue(
            name=name, issns=(number,) if number else (), type="journal" if is_journal else None, publisher=house
        )
    return Venue(name=house, type="repository", publisher=house) if house and kind in _SHELVES else None


def _subjects(raw: list[wire.Subject] | None) -> tuple[Subject, ...] | None:
    """Keywords; those of the classification "Fields of Science" are marked so ("FOS: Sociology")."""
    if raw is None:
        return None
    names = dict.fromkeys(filter(None, (normal.text(one.subject) for one in raw)))
    return tuple(
        Subject("field", name.removeprefix("FOS: ")) if name.startswith("FOS: ") else Subject("keyword", name)
        for name in names
    )


def _references(found: wire.Doi, of: wire.Attributes, doi: str) -> tuple[str, ...] | None:
    """The DOIs it refers to: those the depositor named, and those DataCite found. None where neither was stated."""
    listed = found.relationships.references if found.relationships else None
    if listed is None and of.related_identifiers is None:
        return None
    named = [
        normal.doi(one.related_identifier)
        for one in of.related_identifiers or ()
        if one.relation_type in ("References", "Cites") and one.related_identifier_type == "DOI"
    ]
    known = dict.fromkeys([*named, *(normal.doi(one.id) for one in (listed.data if listed else None) or ())])
    references = tuple(one for one in known if one and one != doi)
    return references if references or listed is not None else None


def _by_year(raw: list[wire.Year] | None) -> tuple[tuple[int, int], ...] | None:
    if raw is None:
        return None
    pairs = ((normal.year(_word(one.year)), normal.count(one.total)) for one in raw)
    return tuple(sorted({year: count for year, count in pairs if year is not None and count is not None}.items()))


_OPEN = re.compile(r"info:eu-repo/semantics/(open|closed|restricted|embargoed)access", re.IGNORECASE)


def _is_open(rights: Iterable[wire.Rights]) -> bool | None:
    """What the repository says of access, in the words of OpenAIRE; a licence alone says nothing of it.

    >>> _is_open([wire.Rights("Open Access", "info:eu-repo/semantics/openAccess")]), _is_open([wire.Rights("CC BY 4.0")])
    (True, None)
    """
    said = [match[1].lower() for one in rights if (match := _OPEN.search(one.rights_uri or one.rights or ""))]
    return "open" in said if said else None


def _license(rights: Sequence[wire.Rights]) -> str | None:
    """A licence of Creative Commons in whatever field names it; else what the registry's own code (SPDX) stands for.

    >>> _license([wire.Rights("Open Access", "info:eu-repo/semantics/openAccess"), wire.Rights("CC BY-SA 4.0")])
    'cc-by-sa'
    >>> _license([wire.Rights("All rights reserved")]), _license([wire.Rights("MIT License", rights_identifier="mit")])
    (None, 'mit')
    """
    texts = [text for one in rights for text in (one.rights_uri, one.rights_identifier, one.rights)]
    common = (found for text in texts if (found := normal.license(text)) and found.startswith(("cc-", "public-domain")))
    codes = (normal.license(one.rights_identifier) for one in rights)
    return next(common, None) or next(filter(None, codes), None)


# A relation type (appendix 1 of the schema) -> ours. What is identical under another DOI is still another DOI.
_RELATIONS = {
    "IsVersionOf": "version_of", "IsNewVersionOf": "version_of", "IsIdenticalTo": "version_of",
    "IsVariantFormOf": "version_of", "HasVersion": "has_version", "IsPreviousVersionOf": "has_version",
    "IsOriginalFormOf": "has_version", "Reviews": "review_of", "IsReviewedBy": "has_review",
}  # fmt: skip
# A preprint that is a version of, or comes before, what another publisher has registered is that one's preprint.
_AHEAD = ("IsVersionOf", "IsPreviousVersionOf")
_OTHERS = {"DOI": ("doi", normal.doi), "arXiv": ("arxiv", normal.arxiv), "PMID": ("pmid", normal.pmid)}


def _relations(raw: list[wire.Related] | None, doi: str, kind: str | None) -> tuple[Relation, ...] | None:
    if raw is None:
        return None
    relations: dict[Relation, None] = {}
    prefix = doi.partition("/")[0]
    for one in raw:
        said = _RELATIONS.get(one.relation_type or "")
        scheme, spell = _OTHERS.get(one.related_identifier_type or "", (None, None))
        value = spell(one.related_identifier) if spell else None
        if said is None or scheme is None or value is None or value == doi:
            continue
        is_ahead = one.relation_type in _AHEAD and scheme == "doi" and not value.startswith(f"{prefix}/")
        relations[Relation("preprint_of" if kind == "preprint" and is_ahead else said, Identifier(scheme, value))] = (
            None
        )
    return tuple(relations)


def _funding(raw: list[wire.Funder] | None) -> tuple[Funding, ...] | None:
    """One entry a funder, with all its awards; named by its DOI in the Funder Registry, else its ROR, else as it is."""
    if raw is None:
        return None
    awards: dict[tuple[str, str | None], list[str]] = {}
    for one in raw:
        name = normal.text(one.funder_name)
        if name is None:
            continue
        stated = one.funder_identifier
        own = normal.doi(stated) or normal.ror(stated) or normal.text(stated)
        award = normal.text(_word(one.award_number))
        awards.setdefault((name, own), []).extend([award] if award else [])
    return tuple(Funding(name, own, tuple(dict.fromkeys(found))) for (name, own), found in awards.items())
