"""A paper of Semantic Scholar as a record."""

from __future__ import annotations

import math
import re
from typing import ClassVar

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Author, Embedding, Identifier, Record, Subject, Venue, identifiers_of
from harvester.sources import documents
from harvester.sources.tolerant import decode

NAME = "semantic_scholar"

# The first of these that a paper has is its type: "Review" says more than the "JournalArticle" that often goes with it.
# To the right the words OpenAlex uses; proceedings papers and studies are articles there.
_TYPES = {
    "Review": "review", "MetaAnalysis": "review", "Editorial": "editorial", "LettersAndComments": "letter",
    "Dataset": "dataset", "BookSection": "book-chapter", "Book": "book", "JournalArticle": "article",
    "Conference": "article", "ClinicalTrial": "article", "CaseReport": "article", "Study": "article", "News": "other",
}  # fmt: skip

_PREPRINT_SERVERS = frozenset({"arxiv.org", "arxiv", "biorxiv", "medrxiv", "chemrxiv", "psyarxiv", "research square"})

Number = str | int | None

DIMENSIONS = 768  # of SPECTER and SPECTER2, which are BERT models
_FARTHEST = 1e6  # their components are below 20


class _Ids(
    msgspec.Struct,
    rename={
        "doi": "DOI",
        "mag": "MAG",
        "pubmed": "PubMed",
        "pmc": "PubMedCentral",
        "arxiv": "ArXiv",
        "corpus": "CorpusId",
    },
):
    doi: str | None = None
    mag: Number = None
    pubmed: Number = None
    pmc: Number = None
    arxiv: str | None = None
    corpus: Number = None


class _Person(msgspec.Struct, rename="camel"):
    author_id: Number = None
    name: str | None = None


class _Journal(msgspec.Struct):
    name: str | None = None
    volume: str | None = None
    pages: str | None = None


class _Venue(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    issn: str | None = None
    alternate_issns: list[str] | None = None
    type: str | None = None


class _Field(msgspec.Struct):
    category: str | None = None


class _Pdf(msgspec.Struct):
    url: str | None = None
    status: str | None = None
    license: str | None = None
    disclaimer: str | None = None


class _Embedding(msgspec.Struct):
    model: str | None = None
    vector: list[float] | None = None


class _Paper(msgspec.Struct, rename="camel"):
    # What a paper has, null or not, when it is asked for as here; and what is known, of either API, and not read.
    PROMISED: ClassVar[tuple[str, ...]] = (
        "paperId", "externalIds", "url", "title", "abstract", "venue", "year", "citationCount", "isOpenAccess",
        "openAccessPdf", "publicationTypes", "publicationDate", "journal", "authors",
    )  # fmt: skip
    UNREAD: ClassVar[tuple[str, ...]] = (
        "aliases", "citationStyles", "citationVelocity", "citations", "contexts", "contextsWithIntent",
        "influentialCitationCount", "intent", "intents", "isInfluential", "isPublisherLicensed", "is_open_access",
        "is_publisher_licensed", "matchScore", "numCiting", "referenceCount", "references", "tldr", "topics",
    )  # fmt: skip

    paper_id: str | None = None
    corpus_id: Number = None
    external_ids: _Ids | None = None
    url: str | None = None
    title: str | None = None
    abstract: str | msgspec.UnsetType | None = msgspec.UNSET
    text_availability: str | None = None
    venue: str | None = None
    publication_venue: _Venue | str | None = None
    year: int | None = None
    citation_count: int | str | None = None
    is_open_access: bool | None = None
    open_access_pdf: _Pdf | None = None
    fields_of_study: list[str] | None = None
    s2_fields_of_study: list[_Field] | None = None
    publication_types: list[str] | None = None
    publication_date: str | None = None
    journal: _Journal | None = None
    authors: list[_Person] | None = None
    embedding: _Embedding | None = None
    doi: str | None = None  # until 2023 (API v1) these three took the place of externalIds and citationCount
    arxiv_id: str | None = None
    num_cited_by: int | str | None = None


def parse(body: bytes) -> Record:
    """The record of one paper object. Raises ParseError where it is no object or has no paperId.

    References come as edges, never from here; the count is the one the service states, never the length of a list.
    """
    paper, drift = decode(body, _Paper)
    source_id = normal.s2(paper.paper_id)
    if source_id is None:
        raise ParseError("no paperId")
    journal = paper.journal or _Journal()
    volume, issue = normal.volume_issue(journal.volume)
    first_page, last_page = normal.pages(journal.pages)
    date = normal.date(paper.publication_date)
    venue = _venue(paper, journal)
    pdf = paper.open_access_pdf or _Pdf()
    abstract, abstract_status = _abstract(paper, pdf)
    count = paper.citation_count if paper.citation_count is not None else paper.num_cited_by
    embedding = _embedding(paper.embedding) if paper.embedding else None
    return Record(
        source=NAME,
        source_id=source_id,
        identifiers=_identifiers(paper, source_id),
        title=normal.text(paper.title),
        abstract=abstract,
        abstract_status=abstract_status,
        year=normal.year(paper.year) or (normal.year(date[:4]) if date else None),
        date=date,
        type=_type(paper.publication_types, venue),
        venue=venue,
        volume=volume,
        issue=issue,
        first_page=first_page,
        last_page=last_page,
        authors=_authors(paper.authors),
        subjects=_subjects(paper),
        cited_by_count=normal.count(count),
        is_oa=paper.is_open_access,
        oa_status=(normal.text(pdf.status) or "").lower() or None,
        oa_url=documents.web(pdf.url),
        license=normal.license(pdf.license),
        url=documents.web(paper.url),
        embedding=embedding,
        drift=drift if embedding or paper.embedding is None else tuple(dict.fromkeys((*drift, "embedding.vector"))),
    )


# "Notice: The following paper fields have been elided by the publisher: {'abstract'}. Paper or abstract available at ..."
_ELIDED = re.compile(r"elided by the publisher:\s*\{([^{}]{0,500})\}")


def _abstract(paper: _Paper, pdf: _Pdf) -> tuple[str | None, str | None]:
    """The abstract and its status: withheld where the publisher had it left out, or where it is had and not sent.

    "Due to legal reasons, this may be missing even if we display an abstract on the website" (API documentation).
    """
    elided = _ELIDED.search(pdf.disclaimer or "")
    if elided and "abstract" in elided[1]:
        return None, "withheld"
    if paper.abstract is msgspec.UNSET:
        return None, None
    if found := normal.abstract(paper.abstract):
        return found, "present"
    return None, "withheld" if paper.text_availability == "abstract" else "absent"


def _identifiers(paper: _Paper, source_id: str) -> tuple[Identifier, ...]:
    ids = paper.external_ids or _Ids()
    return identifiers_of(
        [
            *(("doi", doi) for doi in (*normal.dois(ids.doi), *normal.dois(paper.doi))),
            ("s2", source_id),
            ("corpusid", normal.number(paper.corpus_id) or normal.number(ids.corpus)),
            ("pmid", normal.pmid(ids.pubmed)),
            ("pmcid", normal.pmcid(None if ids.pmc is None else str(ids.pmc))),
            ("arxiv", normal.arxiv(ids.arxiv) or normal.arxiv(paper.arxiv_id)),
            ("mag", normal.number(ids.mag)),
        ]
    )


def _venue(paper: _Paper, journal: _Journal) -> Venue | None:
    stated = paper.publication_venue
    if isinstance(stated, str):
        stated = _Venue(id=stated)
    stated = stated or _Venue()
    issns = filter(None, map(normal.issn, (stated.issn, *(stated.alternate_issns or ()))))
    names = (stated.name, journal.name, paper.venue)
    venue = Venue(
        name=next(filter(None, map(normal.text, names)), None),
        issns=tuple(dict.fromkeys(issns)),
        type=normal.text(stated.type),
        id=normal.text(stated.id),
    )
    return venue if venue.name or venue.issns or venue.id else None


def _type(stated: list[str] | None, venue: Venue | None) -> str | None:
    kind = next((kind for word, kind in _TYPES.items() if stated and word in stated), None)
    if kind in (None, "article") and venue and (venue.name or "").lower() in _PREPRINT_SERVERS:
        return "preprint"  # the service has no word for it
    return kind


def _authors(people: list[_Person] | None) -> tuple[Author, ...] | None:
    """The authors in their order; one who is named twice under one authorId was entered twice."""
    if people is None:
        return None
    seen: set[str] = set()
    authors = []
    for person in people:
        name, author_id = normal.text(person.name), str(person.author_id or "").strip()
        if name and author_id not in seen:
            authors.append(Author(name=name, id=author_id or None))
        if author_id:
            seen.add(author_id)
    return tuple(authors)


def _embedding(stated: _Embedding) -> Embedding | None:
    """The vector, where it is one of the models known: of their length, finite, and of some direction."""
    model, vector = normal.text(stated.model), stated.vector or []
    if model is None or len(vector) != DIMENSIONS or not any(vector):
        return None
    if not all(math.isfinite(value) and abs(value) < _FARTHEST for value in vector):
        return None
    return Embedding(model[:80], tuple(vector))


def _subjects(paper: _Paper) -> tuple[Subject, ...] | None:
    if paper.fields_of_study is None and paper.s2_fields_of_study is None:
        return None
    names = (*(paper.fields_of_study or ()), *(field.category for field in paper.s2_fields_of_study or ()))
    return tuple(Subject("field", name) for name in dict.fromkeys(filter(None, map(normal.text, names))))
