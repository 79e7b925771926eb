"""What OpenAlex knows on one day, and the records of works and venues it makes of that."""

from __future__ import annotations

from collections import Counter

from harvester.sandbox.desk import after, stamp
from harvester.sandbox.happenings import Seen
from harvester.sandbox.literature import Person, Place, Venue, Work, work_id

HOME = "https://openalex.org/"
MOST_AUTHORS = 100  # in lists

Record = dict[str, object]


class Catalogue:
    """What OpenAlex knows on one day. Counts are what the reference lists of the works of that day say.

    A work that was merged into another is known no more, and lies where that one lies too.
    """

    def __init__(self, seen: Seen) -> None:
        self.on = seen.on
        self.works = [work for work in seen.works if work.openalex and work.published <= seen.on]
        self.merged = seen.merged
        self.known = {work.number: work for work in self.works}
        self.by_id = {work_id(work.number): work.number for work in self.works}
        self.by_doi = {work.doi: work.number for work in self.works if work.doi}
        self.by_pmid = {str(work.pmid): work.number for work in self.works if work.pmid}
        self.citing: dict[int, list[Work]] = {number: [] for number in self.known}
        for work in self.works:
            for cited in work.references:
                if cited in self.citing:
                    self.citing[cited].append(work)
        self._records: dict[int, Record] = {}

    def source_id(self, work: Work) -> str:
        """What OpenAlex calls a work."""
        return work_id(work.number)

    def locations(self, work: Work) -> list[Record]:
        """Where a work lies, first of all its own place."""
        return [location_of(work), *(location_of(other) for other, into in self.merged if into == work.number)]

    def record(self, work: Work, *, whole: bool = False) -> Record:
        """A work as lists show it; `whole` as it is shown alone, with every author."""
        if work.number not in self._records:
            self._records[work.number] = self._write(work)
        record = self._records[work.number]
        if len(work.authors) <= MOST_AUTHORS:
            return record
        if whole:
            return {**record, "authorships": [_authorship(work, i) for i in range(len(work.authors))]}
        return {**record, "is_authors_truncated": True}

    def _write(self, work: Work) -> Record:
        counts = Counter(citing.published.year for citing in self.citing[work.number])
        location, *others = self.locations(work)
        open_access = bool(work.venue and work.venue.is_oa) or work.venue is None
        topic = _topic(work)
        references = [work_id(number) for number in work.references if number in self.known]
        last_cited = max((citing.published for citing in self.citing[work.number]), default=work.published)
        people = [person for person in work.authors if person.place]
        return {
            "id": HOME + work_id(work.number),
            "doi": f"https://doi.org/{work.doi}" if work.doi else None,
            "title": work.title,
            "display_name": work.title,
            "publication_year": work.published.year,
            "publication_date": work.published.isoformat(),
            "ids": _ids(work),
            "language": "en",
            "primary_location": location,
            "type": work.type,
            "indexed_in": [*(["crossref"] if work.doi else []), *(["pubmed"] if work.pmid else [])],
            "open_access": {
                "is_oa": open_access,
                "oa_status": "closed" if not open_access else "gold" if work.venue else "green",
                "oa_url": location["landing_page_url"] if open_access else None,
                "any_repository_has_fulltext": work.venue is None,
            },
            "authorships": [_authorship(work, i) for i in range(min(len(work.authors), MOST_AUTHORS))],
            "institutions": [],
            "countries_distinct_count": len({person.place.country for person in people if person.place}),
            "institutions_distinct_count": len({person.place.number for person in people if person.place}),
            "corresponding_author_ids": [author_id(work.authors[0])],
            "corresponding_institution_ids": [_place_id(p) for p in [work.authors[0].place] if p],
            "apc_list": None,
            "apc_paid": None,
            "fwci": round(len(self.citing[work.number]) / (1 + (self.on - work.published).days / 365), 4),
            "has_fulltext": False,
            "cited_by_count": sum(counts.values()),
            "citation_normalized_percentile": None,
            "cited_by_percentile_year": None,
            "biblio": {
                "volume": work.volume,
                "issue": work.issue,
                "first_page": work.first_page,
                "last_page": work.last_page,
            },
            "is_retracted": work.is_retracted,
            "is_paratext": False,
            "is_xpac": False,
            "primary_topic": topic,
            "topics": [topic],
            "keywords": _keywords(work),
            "concepts": [],
            "mesh": [],
            "locations_count": 1 + len(others),
            "locations": [location, *others],
            "best_oa_location": location if open_access else None,
            "sustainable_development_goals": [],
            "awards": [],
            "funders": [],
            "has_content": {"grobid_xml": False, "pdf": False},
            "content_urls": None,
            "referenced_works_count": len(references),
            "referenced_works": [HOME + reference for reference in references],
            "related_works": [HOME + work_id(number) for number in self._related(work)],
            "abstract_inverted_index": _inverted(work.abstract),
            "counts_by_year": [
                {"year": year, "cited_by_count": counts[year]}
                for year in sorted(counts, reverse=True)
                if year > self.on.year - 10
            ],
            "updated_date": f"{stamp(after(last_cited, 1)).isoformat()}.{work.number:06d}",
            "created_date": stamp(work.indexed or work.published, 0).isoformat(),
        }

    def _related(self, work: Work) -> list[int]:
        """Up to ten works that share a reference, as OpenAlex lists some for every work."""
        fellows = [fellow.number for number in work.references[:5] for fellow in self.citing.get(number, ())[:20]]
        return [number for number, _ in Counter(fellows).most_common(11) if number != work.number][:10]


def _ids(work: Work) -> Record:
    ids: Record = {"openalex": HOME + work_id(work.number)}
    if work.doi:
        ids["doi"] = f"https://doi.org/{work.doi}"
    if work.pmid:
        ids["pmid"] = f"https://pubmed.ncbi.nlm.nih.gov/{work.pmid}"
    return ids


def location_of(work: Work) -> Record:
    """The place where a work lies of itself: its journal, or a repository."""
    is_oa = bool(work.venue and work.venue.is_oa) or work.venue is None
    address = f"https://doi.org/{work.doi}" if work.doi else f"https://works.invalid/{work.number}"
    return {
        "id": f"doi:{work.doi}" if work.doi else f"pmh:oai:works.invalid:{work.number}",
        "is_oa": is_oa,
        "landing_page_url": address,
        "pdf_url": None,
        "source": _source(work.venue) if work.venue else None,
        "license": "cc-by" if is_oa else None,
        "license_id": "https://openalex.org/licenses/cc-by" if is_oa else None,
        "version": "submittedVersion" if work.type == "preprint" else "publishedVersion",
        "is_accepted": work.type != "preprint",
        "is_published": work.type != "preprint",
        "raw_source_name": work.venue.name if work.venue else None,
        "raw_type": {"preprint": "posted-content", "book-chapter": "book-chapter"}.get(work.type, "journal-article"),
    }


def _source(venue: Venue) -> Record:
    publisher = f"{HOME}P{9_900_000_001 + len(venue.publisher)}"
    return {
        "id": f"{HOME}S{9_900_000_001 + venue.number}",
        "display_name": venue.name,
        "issn_l": venue.issn_print,
        "issn": [venue.issn_print, venue.issn_online],
        "is_oa": venue.is_oa,
        "is_in_doaj": venue.is_oa,
        "is_core": True,
        "host_organization": publisher,
        "host_organization_name": venue.publisher,
        "host_organization_lineage": [publisher],
        "host_organization_lineage_names": [venue.publisher],
        "type": "journal",
    }


def author_id(person: Person) -> str:
    """A person's id, as an address."""
    return f"{HOME}A{9_900_000_001 + person.number}"


def _place_id(place: Place) -> str:
    return f"{HOME}I{9_900_000_001 + place.number}"


def _authorship(work: Work, index: int) -> Record:
    person = work.authors[index]
    place = person.place
    affiliation = f"{place.name}, {place.city}, {place.country}" if place else None
    position = "first" if index == 0 else "last" if index == len(work.authors) - 1 else "middle"
    return {
        "author_position": position,
        "author": {
            "id": author_id(person),
            "display_name": person.name,
            "orcid": f"https://orcid.org/{person.orcid}" if person.orcid else None,
        },
        "institutions": [_institution(place)] if place else [],
        "countries": [place.country] if place else [],
        "is_corresponding": index == 0,
        "raw_author_name": person.name,
        "raw_affiliation_strings": [affiliation] if affiliation else [],
        "raw_orcid": None,
        "affiliations": (
            [{"raw_affiliation_string": affiliation, "institution_ids": [_place_id(place)]}] if place else []
        ),
    }


def _institution(place: Place) -> Record:
    return {
        "id": _place_id(place),
        "display_name": place.name,
        "ror": f"https://ror.org/{place.ror}",
        "country_code": place.country,
        "type": "education",
        "lineage": [_place_id(place)],
    }


def topic_number(work: Work) -> int:
    """The number in the id of a work's topic."""
    return 99_000 + len(work.theme.topic)


def _topic(work: Work) -> Record:
    theme, number = work.theme, topic_number(work)
    return {
        "id": f"{HOME}T{number}",
        "display_name": theme.topic,
        "score": 0.99,
        "subfield": {"id": f"{HOME}subfields/{number % 10_000}", "display_name": theme.topic},
        "field": {"id": f"{HOME}fields/{len(theme.field)}", "display_name": theme.field},
        "domain": {"id": f"{HOME}domains/{len(theme.domain)}", "display_name": theme.domain},
    }


def _keywords(work: Work) -> list[Record]:
    names = [k for i, k in enumerate(work.theme.keywords) if (work.number + i) % 3]
    return [
        {
            "id": f"{HOME}keywords/{name.lower().replace(' ', '-')}",
            "display_name": name,
            "score": round(0.9 - i / 10, 2),
        }
        for i, name in enumerate(names)
    ]


def _inverted(abstract: str | None) -> dict[str, list[int]] | None:
    if abstract is None:
        return None
    index: dict[str, list[int]] = {}
    for position, word in enumerate(abstract.split()):
        index.setdefault(word, []).append(position)
    return index


def venue_record(catalogue: Catalogue, works: list[Work]) -> Record:
    """A venue with its figures, as it is shown when it is asked for by itself."""
    venue = works[0].venue
    assert venue is not None  # noqa: S101 - the works were found by its ISSN
    year = catalogue.on.year
    recent = [work for work in works if year - 3 <= work.published.year <= year - 2]
    cited = sum(one.published.year == year - 1 for work in recent for one in catalogue.citing[work.number])
    counts = sorted((len(catalogue.citing[work.number]) for work in works), reverse=True)
    published = Counter(work.published.year for work in works)
    return {
        **_source(venue),
        "works_count": len(works),
        "cited_by_count": sum(counts),
        "summary_stats": {
            "2yr_mean_citedness": cited / len(recent) if recent else 0.0,
            "h_index": sum(count > place for place, count in enumerate(counts)),
            "i10_index": sum(count >= 10 for count in counts),
        },
        "counts_by_year": [
            {
                "year": each,
                "works_count": published[each],
                "cited_by_count": sum(one.published.year == each for w in works for one in catalogue.citing[w.number]),
            }
            for each in sorted(published, reverse=True)
        ],
        "updated_date": stamp(catalogue.on).isoformat(),
    }
