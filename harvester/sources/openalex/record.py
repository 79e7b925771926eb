"""One raw OpenAlex work -> one Record.

This runs for every work of every page, so what is common takes the short way: ids are sliced, not matched, and what
comes again and again (institutions, venues, concepts) is made once and remembered. What is odd goes through `normal`.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Sequence

from msgspec import UNSET, UnsetType, structs

from harvester import normal
from harvester.errors import ParseError
from harvester.records import (
    Author,
    Funding,
    Identifier,
    Institution,
    Metric,
    Record,
    Subject,
    Venue,
    identifiers_of,
)
from harvester.sources import tolerant
from harvester.sources.openalex import wire

NAME = "openalex"

_BASE = "https://openalex.org/"
_ARXIV = "//arxiv.org/"

# The work that all deleted works were merged into (openalex-guts, models/work.py, DELETED_WORK_ID): thousands of
# reference lists point at it, and none of them means it.
_TOMBSTONE = "W4285719527"

# OpenAlex took Crossref's types over until 2023 and has had its own since. A work must not change its type because
# its record grew old, so the old words become today's (https://docs.openalex.org/api-entities/works/work-object#type):
# a Crossref type that only names the container is "paratext" today.
_TYPES = {
    "journal-article": "article",
    "proceedings-article": "article",
    "posted-content": "preprint",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-part": "book-chapter",
    "book-section": "book-chapter",
    "book-track": "book-chapter",
    "journal": "paratext",
    "journal-issue": "paratext",
    "journal-volume": "paratext",
    "proceedings": "paratext",
    "proceedings-series": "paratext",
    "book-series": "paratext",
    "book-set": "paratext",
    "report-series": "paratext",
    "standard-series": "paratext",
}

_JUNK = frozenset(("null", "none", "nan", "n/a"))
"""What programs write where there is nothing (a volume "null" is real)."""

_LIST_AUTHORS = 100
"""A list page gives so many authors of a work at most (https://help.openalex.org); the single reply gives all."""

_WORKS = re.compile(r"(?:https://openalex\.org/W[0-9]{2,12}(?: (?=h)|$))*")

_REMEMBERED = 8192
_SHORT = 300
"""Only texts up to this length are remembered: a cache must not hold somebody's megabytes."""


def parse(body: bytes) -> Record:
    """The record of one raw work (a JSON object).

    `as_of` is the day of `updated_date`, for files and snapshots, whose counts are of that day; a day that is 1 January
    is OpenAlex's placeholder for a year, and only the year is kept. Raises ParseError where `body` is not JSON or names
    no OpenAlex work.
    """
    work, drift = tolerant.decode(body, wire.Work)
    ids = work.ids or wire.Ids()
    own = _work_id(work.id) or _work_id(ids.openalex)
    if own is None:
        raise ParseError(f"no OpenAlex work id: {str(work.id)[:80]!r}")
    location, oa, biblio = work.primary_location or wire.Location(), work.open_access, work.biblio or wire.Biblio()
    title = normal.text(work.title) or normal.text(work.display_name)
    abstract, abstract_drift = _abstract(work.abstract_inverted_index)
    references, references_drift = _others(work.referenced_works, own, "referenced_works[]")
    related, related_drift = _others(work.related_works, own, "related_works[]")
    day = _date(work.publication_date[:_SHORT]) if work.publication_date else None
    return Record(
        source=NAME,
        source_id=own,
        identifiers=_identifiers(own, work, ids),
        title=title,
        abstract=abstract,
        abstract_status=_abstract_status(work, abstract, abstract_drift),
        year=normal.year(work.publication_year) or normal.year(day[:4] if day else None),
        date=day[:4] if day and day.endswith("-01-01") else day,
        type=_type(work.type),
        language=_language(work.language, title or abstract),
        venue=_venue(location, work.host_venue),
        volume=_plain(biblio.volume),
        issue=_plain(biblio.issue),
        first_page=_plain(biblio.first_page),
        last_page=_plain(biblio.last_page),
        authors=_authors(work.authorships, work.corresponding_author_ids or ()),
        authors_truncated=_truncated(work),
        subjects=_subjects(work),
        references=references,
        related=related,
        cited_by_count=normal.count(work.cited_by_count),
        counts_by_year=_by_year(work.counts_by_year),
        is_oa=oa.is_oa if oa else None,
        oa_status=_plain(oa.oa_status) if oa else None,
        oa_url=_url(oa.oa_url) if oa else None,
        license=_license(work),
        url=_url(location.landing_page_url) or _url(work.host_venue.url if work.host_venue else None),
        is_retracted=work.is_retracted,
        funding=_funding(work),
        as_of=_day(work.updated_date),
        drift=drift + abstract_drift + references_drift + related_drift,
    )


# --- identifiers ---------------------------------------------------------------------------------------------------


def _work_id(raw: str | None) -> str | None:
    if raw is None:
        return None
    if raw.startswith("https://openalex.org/W"):
        digits = raw[22:]
        if digits.isdecimal() and digits.isascii() and 2 <= len(digits) <= 12:
            return raw[21:]
    return normal.openalex(raw)


def _own_id(raw: str | None) -> str | None:
    """OpenAlex's id of what is not a work (A..., S..., I..., T..., C..., keywords/...), without its address."""
    if not raw:
        return None
    return raw.removeprefix(_BASE) if len(raw) <= _SHORT else None


def _identifiers(own: str, work: wire.Work, ids: wire.Ids) -> tuple[Identifier, ...]:
    doi = normal.doi(work.doi) or normal.doi(ids.doi)
    pairs: list[tuple[str, str | None]] = [("openalex", own), ("doi", doi)]
    if ids.pmid is not None:
        pairs.append(("pmid", normal.pmid(ids.pmid)))
    if ids.pmcid is not None:
        pairs.append(("pmcid", normal.pmcid(ids.pmcid)))
    if doi and doi.startswith("10.48550/arxiv."):
        pairs.append(("arxiv", normal.arxiv(doi)))
    urls = [url for place in work.locations or () if place for url in (place.landing_page_url, place.pdf_url)]
    pairs += [("arxiv", normal.arxiv(url.replace("http:", "https:", 1))) for url in urls if url and _ARXIV in url[:30]]
    if ids.mag is not None:
        pairs.append(("mag", normal.number(ids.mag)))
    return identifiers_of(pairs)


def _others(raw: list[str | None] | None, own: str, path: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The works a list at this path names, each once, without the work itself and the tombstone; and what could not be read."""
    if raw is None:
        return None, ()
    urls = [url for url in raw if url is not None]
    drift: tuple[str, ...] = ()
    if _WORKS.fullmatch(" ".join(urls)):  # one look for all
        found = dict.fromkeys([url[21:] for url in urls])
    else:
        ids = [_work_id(url) for url in urls]
        found = dict.fromkeys([id_ for id_ in ids if id_])
        drift = (path,) if None in ids else ()
    found.pop(own, None)
    found.pop(_TOMBSTONE, None)
    return tuple(found), drift


# --- texts and small values ----------------------------------------------------------------------------------------

_text = functools.lru_cache(_REMEMBERED)(normal.text)


def _name(raw: str | None) -> str | None:
    """The clean text of a name that is likely to come again."""
    return _text(raw) if raw and len(raw) <= _SHORT else normal.text(raw)


def _plain(raw: str | int | None) -> str | None:
    """A short text as it stands, except what only says that there is none."""
    clean = normal.text(str(raw)) if raw is not None else None
    return None if clean is None or clean.lower() in _JUNK else clean


def _url(raw: str | None) -> str | None:
    """An address that a browser may be sent to."""
    if raw and raw.startswith(("https://", "http://")) and raw.isprintable() and " " not in raw:
        return raw
    return None


_date = functools.lru_cache(_REMEMBERED)(normal.date)


def _day(raw: str | None) -> str | None:
    day = _date(raw[:10]) if raw else None
    return day if day and len(day) == 10 else None


def _type(raw: str | None) -> str | None:
    clean = _plain(raw)
    return _TYPES.get(clean, clean) if clean else None


def _language(raw: str | None, text: str | None) -> str | None:
    """The language's code; "ng" is what the detector answers where there is neither title nor abstract to judge by."""
    clean = _plain(raw)
    return None if clean == "ng" and not text else clean


def _by_year(raw: list[wire.YearCount | None] | None) -> tuple[tuple[int, int], ...] | None:
    if raw is None:
        return None
    pairs = ((normal.year(each.year), normal.count(each.cited_by_count)) for each in raw if each)
    return tuple(sorted({year: count for year, count in pairs if year is not None and count is not None}.items()))


def _abstract_status(work: wire.Work, abstract: str | None, drift: tuple[str, ...]) -> str | None:
    """OpenAlex says nothing of why there is none: an abstract it had to take out looks like one it never had."""
    if abstract:
        return "present"
    return None if work.abstract_inverted_index is UNSET or drift else "absent"


def _license(work: wire.Work) -> str | None:
    """The licence of the copy that `oa_url` leads to, else of the publisher's."""
    for place in (work.best_oa_location, work.primary_location, work.host_venue):
        if place and place.license and (found := normal.license(place.license)):
            return found
    return None


def _abstract(raw: dict[str, list[int] | None] | str | UnsetType | None) -> tuple[str | None, tuple[str, ...]]:
    """The abstract that an inverted index (word -> its places) spells, gaps closed; and what could not be read."""
    if isinstance(raw, str):
        try:
            inner, drift = tolerant.decode(raw.encode(), wire.AbstractText)
        except (ParseError, UnicodeEncodeError):
            return None, ("abstract_inverted_index",)
        words, drift = inner.InvertedIndex, tuple(f"abstract_inverted_index.{path}" for path in drift)
    else:
        words, drift = None if raw is UNSET else raw, ()
    if not words:
        return None, drift
    return normal.abstract(_spelt(words)), drift


def _spelt(words: dict[str, list[int] | None]) -> str:
    """The words in order. Nearly always their places are 0..n-1, each taken once: then there is nothing to sort."""
    count = sum([len(places) for places in words.values() if places])
    text: list[str | None] = [None] * count
    with contextlib.suppress(IndexError):  # a place beyond the end leaves another one free
        for word, places in words.items():
            for place in places or ():
                text[place] = word
    if None in text:
        placed = sorted([(place, word) for word, places in words.items() for place in places or ()])
        return " ".join([word for _, word in placed])
    return " ".join(text)  # type: ignore[arg-type]  # no place is None


# --- venue, authors, subjects --------------------------------------------------------------------------------------


def _venue(location: wire.Location, host: wire.Venue | None) -> Venue | None:
    source = location.source or host
    if source is None or (source.display_name is None and source.id is None):
        name = normal.text(location.raw_source_name)  # the venue as the work's own metadata name it
        return Venue(name=name) if name else None
    return _known_venue(source, host.publisher if host else None)


@functools.lru_cache(_REMEMBERED)
def _known_venue(raw: wire.Venue, publisher: str | None) -> Venue:
    linking = normal.issn(raw.issn_l)
    known = [normal.issn(issn) for issn in (raw.issn if isinstance(raw.issn, tuple) else (raw.issn,))]
    return Venue(
        name=normal.text(raw.display_name),
        issn_l=linking,
        issns=tuple(dict.fromkeys(issn for issn in (linking, *known) if issn)),
        type=_plain(raw.type),
        publisher=normal.text(raw.host_organization_name or raw.publisher or publisher),
        id=_own_id(raw.id),
    )


def _authors(raw: list[wire.Authorship | None] | None, pointed: Sequence[str | None]) -> tuple[Author, ...] | None:
    if raw is None:
        return None
    return tuple([author for each in raw if each and (author := _author(each, pointed))])


def _author(raw: wire.Authorship, pointed: Sequence[str | None]) -> Author | None:
    """One author; None for an entry that names nobody. pointed: ids of those who correspond, where the work lists them."""
    person = raw.author or wire.Person()
    name = normal.text(person.display_name) or normal.text(raw.raw_author_name)
    if name is None:
        return None
    printed = raw.raw_affiliation_strings or (raw.raw_affiliation_string,)
    affiliations = [clean for each in printed if (clean := _name(each))]
    return Author(
        name=name,
        orcid=_orcid(person.orcid) if person.orcid else None,
        id=_own_id(person.id),
        corresponding=True if person.id in pointed and person.id else raw.is_corresponding,
        institutions=tuple([found for each in raw.institutions or () if each and (found := _institution(each))]),
        raw_affiliation="; ".join(affiliations) or None,
    )


_orcid = functools.lru_cache(_REMEMBERED)(normal.orcid)


@functools.lru_cache(_REMEMBERED)
def _institution(raw: wire.Institution) -> Institution | None:
    name = normal.text(raw.display_name)
    if name is None and not raw.id:
        return None
    code = raw.country_code.strip().upper() if raw.country_code else ""
    return Institution(
        name=name,
        ror=normal.ror(raw.ror),
        country=code if len(code) == 2 and code.isascii() and code.isalpha() else None,
        id=_own_id(raw.id),
    )


def _funding(work: wire.Work) -> tuple[Funding, ...] | None:
    """Funders in the order they are named, each with its awards; one has the id of its ROR where that is told."""
    if work.funders is None and work.awards is None and work.grants is None:
        return None
    names: dict[str, tuple[str, str | None]] = {}  # the funder's own id, else its name -> name, id to keep
    awards: dict[str, list[str]] = {}
    for funder in work.funders or ():
        if funder and (name := _name(funder.display_name)):
            names.setdefault(funder.id or name, (name, normal.ror(funder.ror) or _own_id(funder.id)))
    for award in (*(work.awards or ()), *(work.grants or ())):
        name = _name(award.funder_display_name) if award else None
        if award is None or name is None:
            continue
        own = award.funder_id or award.funder
        key = own or name
        names.setdefault(key, (name, _own_id(own)))
        number = _plain(award.funder_award_id if award.funder_award_id is not None else award.award_id)
        awards.setdefault(key, []).extend(_SEVERAL.split(number) if number else ())
    return tuple(
        Funding(name, own, tuple(dict.fromkeys(filter(None, awards.get(key, ())))))
        for key, (name, own) in names.items()
    )


_SEVERAL = re.compile(r"[,;]\s+")  # "18K13235, 20K20132" is real


def _truncated(work: wire.Work) -> bool:
    """Whether authors are missing: it says so, or (before it did) there are exactly as many as a list shows."""
    if work.is_authors_truncated is not None:
        return work.is_authors_truncated
    return work.authorships is not None and len(work.authorships) == _LIST_AUTHORS


def _subjects(work: wire.Work) -> tuple[Subject, ...] | None:
    topics = work.topics if work.topics is not None or work.primary_topic is None else [work.primary_topic]
    if topics is None and work.keywords is None and work.concepts is None:
        return None
    found: list[Subject] = []
    for scheme, entries in (("topic", topics), ("keyword", work.keywords), ("concept", work.concepts)):
        for entry in entries or ():
            name = _name(entry.display_name or entry.keyword) if entry else None
            if entry is None or name is None:
                continue
            score = _score(entry.score)
            if score != 0:  # a concept with score 0 is an ancestor of another, not what the work is about
                found.append(Subject(scheme, name, _own_id(entry.id), score))
    return tuple(found)


def _score(raw: float | str | None) -> float | None:
    try:
        score = float(raw) if raw is not None else None
    except ValueError:
        return None
    return score if score is not None and 0 <= score <= 1 else None  # "nan" is a text that float() takes


# --- a venue on its own --------------------------------------------------------------------------------------------

_STATS = ("2yr_mean_citedness", "h_index", "i10_index")


def venue_of(body: bytes) -> Venue:
    """The venue of one raw source (/sources/S...), with its figures.

    Those of `summary_stats` are of the day they are read, so they state no year; what was published and received in a year
    (`works_in_year`, `citations_in_year`) states that year. Raises ParseError where it is no OpenAlex source.
    """
    source, _ = tolerant.decode(body, wire.Source)
    own = _own_id(source.id)
    if own is None or not re.fullmatch(r"S[0-9]{2,12}", own):
        raise ParseError(f"no OpenAlex source id: {str(source.id)[:80]!r}")
    stats = source.summary_stats or {}
    figures = [Metric(name, str(stats[name])) for name in _STATS if stats.get(name) is not None]
    for each in source.counts_by_year or ():
        year = normal.year(each.year) if each else None
        if each is None or year is None:
            continue
        for name, raw in (("works_in_year", each.works_count), ("citations_in_year", each.cited_by_count)):
            if (count := normal.count(raw)) is not None:
                figures.append(Metric(name, str(count), year))
    known = _known_venue(wire.Venue(*(getattr(source, field) for field in wire.Venue.__struct_fields__)), None)
    return structs.replace(known, metrics=tuple(figures))
