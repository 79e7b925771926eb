"""A stand-in for the OpenAlex works endpoint as it was in 2026: shapes, limits, prices, errors.

Sources: developers.openalex.org and help.openalex.org (filters, paging, rate limits and prices), recorded replies of
2025-11 to 2026-05 (key order, headers, error texts). What it refuses is as important as what it answers: more than
100 values joined with `|`, a malformed id, `page` beside `cursor`, a request line over 8,190 bytes, paid filters.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, g, request

from harvester.sandbox.desk import SECONDS_TO_MIDNIGHT, Desk, Refusal, after, reply, score, stamp, terms
from harvester.sandbox.literature import Person, Place, Venue, Work

HOME = "https://openalex.org/"
LONGEST_REQUEST = 8190  # bytes of the request line, measured after the edge has encoded the query anew
MOST_VALUES = 100
MOST_PER_PAGE = 200  # 100 is documented; 200 was still accepted in 2026
DEEPEST_PAGE = 10_000
MOST_AUTHORS = 100  # in lists
FREE_CREDITS, KEYLESS_CREDITS = 10_000, 1_000  # a day; one credit is $0.0001
LIST_COST, SEARCH_COST = 1, 10

FIELDS = (
    "id", "doi", "title", "display_name", "relevance_score", "publication_year", "publication_date", "ids",
    "language", "primary_location", "sources", "type", "type_crossref", "indexed_in", "open_access", "authorships",
    "institution_assertions", "institutions", "countries_distinct_count", "institutions_distinct_count",
    "corresponding_author_ids", "corresponding_institution_ids", "apc_list", "apc_paid", "fwci",
    "is_authors_truncated", "has_fulltext", "fulltext_origin", "cited_by_count", "citation_normalized_percentile",
    "cited_by_percentile_year", "biblio", "is_retracted", "is_paratext", "is_xpac", "primary_topic", "topics",
    "keywords", "concepts", "mesh", "locations_count", "locations", "best_oa_location",
    "sustainable_development_goals", "awards", "funders", "datasets", "versions", "has_content", "content_urls",
    "referenced_works_count", "referenced_works", "related_works", "abstract_inverted_index", "cited_by_api_url",
    "counts_by_year", "updated_date", "created_date",
)  # fmt: skip

Record = dict[str, object]


def work_id(number: int) -> str:
    """The W id of an article; real ones are lower."""
    return f"W{9_900_000_001 + 37 * number}"


# --- records -------------------------------------------------------------------------------------------------------


class Catalogue:
    """What OpenAlex knows on one day. Counts are what the reference lists of the works of that day say."""

    def __init__(self, works: Iterable[Work], on: date) -> None:
        self.on = on
        self.works = [work for work in works if work.openalex and work.published <= on]
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
        location = _location(work)
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
            "corresponding_author_ids": [_author_id(work.authors[0])],
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
            "locations_count": 1,
            "locations": [location],
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
            "created_date": stamp(work.published, 0).isoformat(),
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


def _location(work: Work) -> Record:
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


def _author_id(person: Person) -> str:
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
            "id": _author_id(person),
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


def _topic_number(work: Work) -> int:
    return 99_000 + len(work.theme.topic)


def _topic(work: Work) -> Record:
    theme, number = work.theme, _topic_number(work)
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


# --- filters -------------------------------------------------------------------------------------------------------

_W_ID = re.compile(r"(?:https://openalex\.org/)?(W\d{2,12})", re.IGNORECASE)
_PAID = re.compile(r"(?:from|to)_(?:created|updated)_date")
Matcher = Callable[[Catalogue, str], set[int]]


def _bad(message: str) -> Refusal:
    return Refusal(400, {"error": "Invalid query parameters error.", "message": message})


def _w_id(value: str) -> str:
    match = _W_ID.fullmatch(value)
    if match is None:
        raise _bad(f"'{value}' is not a valid OpenAlex ID.")
    return match[1].upper()


def _one(number: int | None) -> set[int]:
    return set() if number is None else {number}


def _doi(catalogue: Catalogue, value: str) -> set[int]:
    bare = value.lower().removeprefix("https://doi.org/").removeprefix("http://doi.org/").removeprefix("doi:")
    return _one(catalogue.by_doi.get(bare))


def _openalex(catalogue: Catalogue, value: str) -> set[int]:
    return _one(catalogue.by_id.get(_w_id(value)))


def _pmid(catalogue: Catalogue, value: str) -> set[int]:
    return _one(catalogue.by_pmid.get(value.rsplit("/", 1)[-1]))


def _cites(catalogue: Catalogue, value: str) -> set[int]:
    number = catalogue.by_id.get(_w_id(value))
    return {work.number for work in catalogue.citing[number]} if number is not None else set()


def _cited_by(catalogue: Catalogue, value: str) -> set[int]:
    number = catalogue.by_id.get(_w_id(value))
    return {n for n in catalogue.known[number].references if n in catalogue.known} if number is not None else set()


def _each(test: Callable[[Work, str], bool]) -> Matcher:
    """A filter that looks at every work."""
    return lambda catalogue, value: {work.number for work in catalogue.works if test(work, value)}


def _issn(work: Work, value: str) -> bool:
    return work.venue is not None and value.upper() in (work.venue.issn_print, work.venue.issn_online)


def _year(work: Work, value: str) -> bool:
    year = work.published.year
    match = re.fullmatch(r"([<>])?(\d{4})(-(\d{4})?)?", value)
    if match is None:
        raise _bad(f"Value for param publication_year must be a number, range or comparison, not {value}.")
    first = int(match[2])
    if match[1]:
        return year < first if match[1] == "<" else year > first
    return first <= year <= (int(match[4] or 9999) if match[3] else first)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _bad(f"Value for date param must be a date in the form YYYY-MM-DD, not {value}.") from None


def _person(test: Callable[[Person], str | None]) -> Matcher:
    return _each(lambda work, value: any(test(person) == value.rsplit("/", 1)[-1] for person in work.authors))


def _text(*, in_abstract: bool) -> Matcher:
    return lambda catalogue, value: set(_scores(catalogue, value, in_abstract=in_abstract))


def _scores(catalogue: Catalogue, text: str, *, in_abstract: bool) -> dict[int, float]:
    """Relevance by work; AND is implied, OR between words joins alternatives."""
    scores: dict[int, float] = {}
    for alternative in re.split(r"\s+OR\s+", text):
        wanted = terms(re.sub(r"\bAND\b", " ", alternative))
        for work in catalogue.works if wanted else []:
            if found := score(work, wanted, in_abstract=in_abstract):
                scores[work.number] = scores.get(work.number, 0) + found
    return scores


_SEARCHES = {
    "default.search": True, "title_and_abstract.search": True, "title.search": False, "display_name.search": False,
}  # fmt: skip
_OF_ORCID = _person(lambda person: person.orcid)
_OF_ROR = _person(lambda person: person.place.ror if person.place else None)
_OF_AUTHOR = _person(lambda person: _author_id(person).rsplit("/", 1)[-1])
_FILTERS: dict[str, Matcher] = {
    "doi": _doi, "ids.doi": _doi,
    "openalex": _openalex, "openalex_id": _openalex, "ids.openalex": _openalex,
    "pmid": _pmid, "ids.pmid": _pmid,
    "cites": _cites, "referenced_works": _cites, "cited_by": _cited_by,
    "primary_location.source.issn": _each(_issn), "locations.source.issn": _each(_issn), "journal.issn": _each(_issn),
    "publication_year": _each(_year),
    "from_publication_date": _each(lambda work, value: work.published >= _day(value)),
    "to_publication_date": _each(lambda work, value: work.published <= _day(value)),
    "publication_date": _each(lambda work, value: work.published == _day(value)),
    "author.orcid": _OF_ORCID, "authorships.author.orcid": _OF_ORCID,
    "author.id": _OF_AUTHOR, "authorships.author.id": _OF_AUTHOR,
    "institutions.ror": _OF_ROR, "authorships.institutions.ror": _OF_ROR,
    "topics.id": _each(lambda work, value: value.rsplit("/", 1)[-1] == f"T{_topic_number(work)}"),
    "locations.landing_page_url": _each(lambda work, value: _location(work)["landing_page_url"] == value),
    "type": _each(lambda work, value: work.type == value),
    "is_retracted": _each(lambda work, value: work.is_retracted == (value.lower() == "true")),
    **{name: _text(in_abstract=in_abstract) for name, in_abstract in _SEARCHES.items()},
}  # fmt: skip


def _split(text: str) -> list[tuple[str, str]]:
    """The filters of a `filter=` parameter. Commas separate whatever their encoding: they are decoded before this."""
    pairs = []
    for part in text.split(","):
        name, colon, value = part.partition(":")
        if not colon or not value.strip():
            raise _bad(f"Filter parameters must be in the form filter_name:value, not '{part}'.")
        pairs.append((name.strip().replace("-", "_").lower(), value.strip()))
    return pairs


def _matching(catalogue: Catalogue, name: str, value: str) -> set[int]:
    """The works one filter lets through."""
    if _PAID.fullmatch(name):
        raise Refusal(429, {"error": "Plan upgrade required", "message": f"The filter {name} needs a paid plan."})
    matcher = _FILTERS.get(name)
    if matcher is None:
        valid = ", ".join(sorted(_FILTERS))
        raise _bad(f"{name} is not a valid field. Valid fields are underscore or hyphenated versions of: {valid}")
    if name in _SEARCHES:
        return matcher(catalogue, value)
    negated = value.startswith("!")
    values = value.removeprefix("!").split("|")
    if len(values) > MOST_VALUES:
        raise _bad(f"Maximum number of values exceeded for {name}. Decrease values to {MOST_VALUES} or below.")
    if len(values) > 1 and any(v.lower().startswith("doi:") for v in values):
        raise _bad("Values of an OR list must not carry a prefix.")
    found = set().union(*(matcher(catalogue, v.strip()) for v in values))
    return set(catalogue.known) - found if negated else found


# --- lists ---------------------------------------------------------------------------------------------------------

Key = tuple[float, int]


def _ordering(catalogue: Catalogue, sort: str | None, scores: dict[int, float] | None) -> Callable[[Work], Key]:
    """The sort key (ascending, unique): by relevance in a search, else most cited first."""
    sort = sort or ("cited_by_count:desc" if scores is None else "relevance_score:desc")
    name, _, direction = sort.partition(":")
    values: dict[str, Callable[[Work], float]] = {
        "relevance_score": lambda work: (scores or {}).get(work.number, 0.0),
        "cited_by_count": lambda work: len(catalogue.citing[work.number]),
        "publication_date": lambda work: work.published.toordinal(),
        "publication_year": lambda work: work.published.year,
        "id": lambda work: work.number,
    }
    if name not in values or (name == "relevance_score" and scores is None):
        raise _bad(f"Sorting by {name} is not possible here. Valid fields are: {', '.join(values)}")
    value, sign = values[name], -1 if direction == "desc" else 1
    return lambda work: (sign * value(work), work.number)


def _number(name: str, default: int, most: int) -> int:
    """A whole number from the query, from 1 to `most`; hyphens and underscores are the same."""
    raw = request.args.get(name) or request.args.get(name.replace("_", "-"))
    if raw is None:
        return default
    if not raw.isdigit() or not 1 <= int(raw) <= most:
        raise _bad(f"{name} parameter must be between 1 and {most}")
    return int(raw)


def _selected() -> list[str] | None:
    raw = request.args.get("select")
    if not raw:
        return None
    names = [name.strip() for name in raw.split(",")]
    for name in names:
        if name not in FIELDS:
            raise _bad(f"{name} is not a valid select field. Valid fields for select are: {', '.join(FIELDS)}.")
    return names


def _shown(record: Record, names: list[str] | None) -> Record:
    return record if names is None else {name: record[name] for name in names if name in record}


def _found(catalogue: Catalogue) -> tuple[list[Work], dict[int, float] | None]:
    """The works that answer the query's filters and search, and their relevance where something was searched."""
    pairs = _split(request.args["filter"]) if request.args.get("filter") else []
    found = set(catalogue.known)
    for name, value in pairs:
        found &= _matching(catalogue, name, value)
    texts = [(value, _SEARCHES[name]) for name, value in pairs if name in _SEARCHES]
    if search := request.args.get("search"):
        texts.append((search, True))
        found &= set(_scores(catalogue, search, in_abstract=True))
    if not texts:
        return [catalogue.known[number] for number in found], None
    relevance = dict.fromkeys(found, 0.0)
    for text, in_abstract in texts:
        scores = _scores(catalogue, text, in_abstract=in_abstract)
        relevance = {number: relevance[number] + scores.get(number, 0.0) for number in found}
    return [catalogue.known[number] for number in found], relevance


def _page(catalogue: Catalogue) -> Record:
    """One page of a list: by number, or after the place a cursor marks."""
    cursor, per_page = request.args.get("cursor"), _number("per_page", 25, MOST_PER_PAGE)
    if cursor and request.args.get("page"):
        raise _bad("Cannot use page parameter with cursor.")
    names = _selected()
    works, scores = _found(catalogue)
    ordering = _ordering(catalogue, request.args.get("sort"), scores)
    keyed = sorted(works, key=ordering)
    meta: Record = {"count": len(keyed), "db_response_time_ms": 1}
    if cursor:
        place = _place(cursor)
        left = [work for work in keyed if place is None or ordering(work) > place]
        shown = left[:per_page]
        # A full page promises a next one, even where nothing is left: the real service then sends an empty last page.
        following = _cursor(ordering(shown[-1])) if len(shown) == per_page else None
        meta |= {"page": None, "per_page": per_page, "next_cursor": following}
    else:
        page = _number("page", 1, DEEPEST_PAGE)
        if page * per_page > DEEPEST_PAGE:
            raise _bad(f"Maximum results size of {DEEPEST_PAGE:,} records is exceeded. Use a cursor.")
        shown = keyed[(page - 1) * per_page : page * per_page]
        meta |= {"page": page, "per_page": per_page}
    meta |= {"groups_count": None, "cost_usd": g.cost / 10_000}
    results = [_shown(_with_relevance(catalogue.record(work), work, scores), names) for work in shown]
    return {"meta": meta, "results": results, "group_by": []}


def _with_relevance(record: Record, work: Work, scores: dict[int, float] | None) -> Record:
    if scores is None:
        return record
    head = {name: record[name] for name in ("id", "doi", "title", "display_name")}
    return {**head, "relevance_score": scores.get(work.number, 0.0), **record}


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode()


def _place(cursor: str) -> Key | None:
    if cursor == "*":
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=tuple[float, int])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise _bad("Cursor value is invalid.") from None


# --- money ---------------------------------------------------------------------------------------------------------


class Purse:
    """The day's credits, by key; the key itself is not kept. A new day of the clock brings new credits."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.day = desk.on
        self.used: Counter[int] = Counter()
        self.lock = threading.Lock()

    def limit(self) -> int:
        """What this request's key may spend a day."""
        return self.desk.credits or (FREE_CREDITS if self._key() else KEYLESS_CREDITS)

    def left(self) -> int:
        """What this request's key has left today."""
        if self.day != self.desk.on:
            self.day, self.used = self.desk.on, Counter()
        return max(0, self.limit() - self.used[self._key()])

    def pay(self, price: int) -> None:
        """Take the price of a request. Raises Refusal (429 until midnight) where too little is left."""
        with self.lock:
            if price > self.left():
                g.cost = 0
                raise Refusal(429, BUDGET_GONE, headers=budget_gone_headers(price))
            self.used[self._key()] += price

    def headers(self, price: int) -> dict[str, str]:
        """What every reply says of the budget."""
        return {
            "x-ratelimit-cost-usd": f"{price / 10_000:g}",
            "x-ratelimit-credits-used": str(price),
            "x-ratelimit-limit": str(self.limit()),
            "x-ratelimit-limit-usd": f"{self.limit() / 10_000:g}",
            "x-ratelimit-onetime-remaining": "0",
            "x-ratelimit-prepaid-remaining-usd": "0",
            "x-ratelimit-remaining": str(self.left()),
            "x-ratelimit-remaining-usd": f"{self.left() / 10_000:g}",
            "x-ratelimit-reset": str(SECONDS_TO_MIDNIGHT),
        }

    @staticmethod
    def _key() -> int:
        key = request.headers.get("Authorization") or request.args.get("api_key") or ""
        return hash(key) if key else 0


BUDGET_GONE = {"error": "Rate limit exceeded", "message": "The daily budget is spent. It resets at midnight UTC."}


def budget_gone_headers(price: int) -> dict[str, str]:
    """The headers of a 429 for a spent budget."""
    return {"Retry-After": str(SECONDS_TO_MIDNIGHT), "x-ratelimit-credits-required": str(price)}


# --- the endpoint --------------------------------------------------------------------------------------------------


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /openalex."""
    routes = Blueprint("openalex", __name__, url_prefix="/openalex")
    purse = Purse(desk)
    catalogue_on = functools.lru_cache(maxsize=2)(lambda on: Catalogue(desk.literature.works, on))

    @routes.before_request
    def measure() -> Response | None:
        g.cost = 0
        return _too_long()

    @routes.after_request
    def say_budget(response: Response) -> Response:
        for name, value in purse.headers(g.get("cost", 0)).items():
            response.headers.setdefault(name, value)
        return response

    @routes.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return refusal.response

    @routes.get("/works")
    def works() -> Response:
        g.cost = SEARCH_COST if _is_search() else LIST_COST
        purse.pay(g.cost)
        return reply(_page(catalogue_on(desk.on)))

    @routes.get("/works/<path:identifier>")
    def work(identifier: str) -> Response:
        g.cost = 0 if _is_plain_singleton() else LIST_COST
        purse.pay(g.cost)
        names = _selected()
        catalogue = catalogue_on(desk.on)
        number = _resolve(catalogue, identifier)
        if number is None:
            return reply(NOT_FOUND, 404, "text/html")
        return reply(_shown(catalogue.record(catalogue.known[number], whole=True), names))

    @routes.get("/sources/<identifier>")
    def source(identifier: str) -> Response:
        issn = identifier.lower().removeprefix("issn:").upper()
        catalogue = catalogue_on(desk.on)
        works = [work for work in catalogue.works if _issn(work, issn)]
        if not works:
            return reply(NOT_FOUND, 404, "text/html")
        return reply(_source_object(catalogue, works))

    return routes


def _source_object(catalogue: Catalogue, works: list[Work]) -> Record:
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


NOT_FOUND = (
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    "<p>The requested URL was not found on the server.</p>\n"
)


def _too_long() -> Response | None:
    query = urlencode(list(request.args.items(multi=True)), safe="*")
    line = f"{request.method} {request.path.removeprefix('/openalex')}{'?' if query else ''}{query} HTTP/1.1"
    if len(line.encode()) <= LONGEST_REQUEST:
        return None
    return reply({"error": "Request URL too long", "message": f"The limit is {LONGEST_REQUEST} bytes."}, 400)


def _is_search() -> bool:
    return bool(request.args.get("search")) or ".search:" in request.args.get("filter", "")


def _is_plain_singleton() -> bool:
    """Whether the edge sees one work asked for, which is free: it looks at the path before decoding it.

    An encoded `doi%3A` or an address in place of an id looks like a list there and costs a credit.
    """
    segment = str(request.environ.get("RAW_URI", "")).partition("?")[0].partition("/works/")[2]
    return re.match(r"(?:W\d+$|(?:doi|pmid|pmcid|mag):)", segment, re.IGNORECASE) is not None


def _resolve(catalogue: Catalogue, identifier: str) -> int | None:
    """The article an identifier of any spelling names."""
    identifier = identifier.strip()
    if _W_ID.fullmatch(identifier):
        return catalogue.by_id.get(_w_id(identifier))
    scheme, _, value = identifier.partition(":")
    if scheme.lower() == "pmid":
        return catalogue.by_pmid.get(value)
    return next(iter(_doi(catalogue, identifier)), None)
