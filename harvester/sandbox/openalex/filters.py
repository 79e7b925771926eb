"""Which works a filter, a search or an identifier means, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from harvester.sandbox.desk import Refusal, score, terms
from harvester.sandbox.literature import Person, Work
from harvester.sandbox.openalex.catalogue import Catalogue, author_id, topic_number

MOST_VALUES = 100

_W_ID = re.compile(r"(?:https://openalex\.org/)?(W\d{2,12})", re.IGNORECASE)
_PAID = re.compile(r"(?:from|to)_(?:created|updated)_date")
Matcher = Callable[[Catalogue, str], set[int]]


def bad(message: str) -> Refusal:
    """A 400 that says what was wrong with the question."""
    return Refusal(400, {"error": "Invalid query parameters error.", "message": message})


def _w_id(value: str) -> str:
    match = _W_ID.fullmatch(value)
    if match is None:
        raise bad(f"'{value}' is not a valid OpenAlex ID.")
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


def has_issn(work: Work, value: str) -> bool:
    """Whether a work appeared in the venue of this ISSN, in print or online."""
    return work.venue is not None and value.upper() in (work.venue.issn_print, work.venue.issn_online)


def _landing_page(catalogue: Catalogue, value: str) -> set[int]:
    lies_there = (work.number for work in catalogue.works
                  if any(place["landing_page_url"] == value for place in catalogue.locations(work)))  # fmt: skip
    return set(lies_there)


def _year(work: Work, value: str) -> bool:
    year = work.published.year
    match = re.fullmatch(r"([<>])?(\d{4})(-(\d{4})?)?", value)
    if match is None:
        raise bad(f"Value for param publication_year must be a number, range or comparison, not {value}.")
    first = int(match[2])
    if match[1]:
        return year < first if match[1] == "<" else year > first
    return first <= year <= (int(match[4] or 9999) if match[3] else first)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise bad(f"Value for date param must be a date in the form YYYY-MM-DD, not {value}.") from None


def _person(test: Callable[[Person], str | None]) -> Matcher:
    return _each(lambda work, value: any(test(person) == value.rsplit("/", 1)[-1] for person in work.authors))


def _text(*, in_abstract: bool) -> Matcher:
    return lambda catalogue, value: set(scores_of(catalogue, value, in_abstract=in_abstract))


def scores_of(catalogue: Catalogue, text: str, *, in_abstract: bool) -> dict[int, float]:
    """Relevance by work; AND is implied, OR between words joins alternatives."""
    scores: dict[int, float] = {}
    for alternative in re.split(r"\s+OR\s+", text):
        wanted = terms(re.sub(r"\bAND\b", " ", alternative))
        for work in catalogue.works if wanted else []:
            if found := score(work, wanted, in_abstract=in_abstract):
                scores[work.number] = scores.get(work.number, 0) + found
    return scores


SEARCHES = {
    "default.search": True, "title_and_abstract.search": True, "title.search": False, "display_name.search": False,
}  # fmt: skip
_OF_ORCID = _person(lambda person: person.orcid)
_OF_ROR = _person(lambda person: person.place.ror if person.place else None)
_OF_AUTHOR = _person(lambda person: author_id(person).rsplit("/", 1)[-1])
_FILTERS: dict[str, Matcher] = {
    "doi": _doi, "ids.doi": _doi,
    "openalex": _openalex, "openalex_id": _openalex, "ids.openalex": _openalex,
    "pmid": _pmid, "ids.pmid": _pmid,
    "cites": _cites, "referenced_works": _cites, "cited_by": _cited_by,
    "primary_location.source.issn": _each(has_issn), "locations.source.issn": _each(has_issn), "journal.issn": _each(has_issn),
    "publication_year": _each(_year),
    "from_publication_date": _each(lambda work, value: work.published >= _day(value)),
    "to_publication_date": _each(lambda work, value: work.published <= _day(value)),
    "publication_date": _each(lambda work, value: work.published == _day(value)),
    "author.orcid": _OF_ORCID, "authorships.author.orcid": _OF_ORCID,
    "author.id": _OF_AUTHOR, "authorships.author.id": _OF_AUTHOR,
    "institutions.ror": _OF_ROR, "authorships.institutions.ror": _OF_ROR,
    "topics.id": _each(lambda work, value: value.rsplit("/", 1)[-1] == f"T{topic_number(work)}"),
    "locations.landing_page_url": _landing_page,
    "type": _each(lambda work, value: work.type == value),
    "is_retracted": _each(lambda work, value: work.is_retracted == (value.lower() == "true")),
    **{name: _text(in_abstract=in_abstract) for name, in_abstract in SEARCHES.items()},
}  # fmt: skip


def split(text: str) -> list[tuple[str, str]]:
    """The filters of a `filter=` parameter. Commas separate whatever their encoding: they are decoded before this."""
    pairs = []
    for part in text.split(","):
        name, colon, value = part.partition(":")
        if not colon or not value.strip():
            raise bad(f"Filter parameters must be in the form filter_name:value, not '{part}'.")
        pairs.append((name.strip().replace("-", "_").lower(), value.strip()))
    return pairs


def matching(catalogue: Catalogue, name: str, value: str) -> set[int]:
    """The works one filter lets through."""
    if _PAID.fullmatch(name):
        raise Refusal(429, {"error": "Plan upgrade required", "message": f"The filter {name} needs a paid plan."})
    matcher = _FILTERS.get(name)
    if matcher is None:
        valid = ", ".join(sorted(_FILTERS))
        raise bad(f"{name} is not a valid field. Valid fields are underscore or hyphenated versions of: {valid}")
    if name in SEARCHES:
        return matcher(catalogue, value)
    negated = value.startswith("!")
    values = value.removeprefix("!").split("|")
    if len(values) > MOST_VALUES:
        raise bad(f"Maximum number of values exceeded for {name}. Decrease values to {MOST_VALUES} or below.")
    if len(values) > 1 and any(v.lower().startswith("doi:") for v in values):
        raise bad("Values of an OR list must not carry a prefix.")
    found = set().union(*(matcher(catalogue, v.strip()) for v in values))
    return set(catalogue.known) - found if negated else found


def resolve(catalogue: Catalogue, identifier: str) -> int | None:
    """The article an identifier of any spelling names."""
    identifier = identifier.strip()
    if _W_ID.fullmatch(identifier):
        return catalogue.by_id.get(_w_id(identifier))
    scheme, _, value = identifier.partition(":")
    if scheme.lower() == "pmid":
        return catalogue.by_pmid.get(value)
    return next(iter(_doi(catalogue, identifier)), None)
