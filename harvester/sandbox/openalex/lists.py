"""Lists of works: their order, their pages by number or cursor, the fields that are shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import msgspec
from flask import g, request

from harvester.sandbox.literature import Work
from harvester.sandbox.openalex.catalogue import Catalogue, Record
from harvester.sandbox.openalex.filters import SEARCHES, bad, matching, scores_of, split

MOST_PER_PAGE = 200  # 100 is documented; 200 was still accepted in 2026
DEEPEST_PAGE = 10_000

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
        raise bad(f"Sorting by {name} is not possible here. Valid fields are: {', '.join(values)}")
    value, sign = values[name], -1 if direction == "desc" else 1
    return lambda work: (sign * value(work), work.number)


def _number(name: str, default: int, most: int) -> int:
    """A whole number from the query, from 1 to `most`; hyphens and underscores are the same."""
    raw = request.args.get(name) or request.args.get(name.replace("_", "-"))
    if raw is None:
        return default
    if not raw.isdigit() or not 1 <= int(raw) <= most:
        raise bad(f"{name} parameter must be between 1 and {most}")
    return int(raw)


def selected() -> list[str] | None:
    """The fields that `select=` asks for; None: all of them. Raises Refusal for a field that is none."""
    raw = request.args.get("select")
    if not raw:
        return None
    names = [name.strip() for name in raw.split(",")]
    for name in names:
        if name not in FIELDS:
            raise bad(f"{name} is not a valid select field. Valid fields for select are: {', '.join(FIELDS)}.")
    return names


def cut_to(record: Record, names: list[str] | None) -> Record:
    """A record with these of its fields only; None: with all."""
    return record if names is None else {name: record[name] for name in names if name in record}


def _found(catalogue: Catalogue) -> tuple[list[Work], dict[int, float] | None]:
    """The works that answer the query's filters and search, and their relevance where something was searched."""
    pairs = split(request.args["filter"]) if request.args.get("filter") else []
    found = set(catalogue.known)
    for name, value in pairs:
        found &= matching(catalogue, name, value)
    texts = [(value, SEARCHES[name]) for name, value in pairs if name in SEARCHES]
    if search := request.args.get("search"):
        texts.append((search, True))
        found &= set(scores_of(catalogue, search, in_abstract=True))
    if not texts:
        return [catalogue.known[number] for number in found], None
    relevance = dict.fromkeys(found, 0.0)
    for text, in_abstract in texts:
        scores = scores_of(catalogue, text, in_abstract=in_abstract)
        relevance = {number: relevance[number] + scores.get(number, 0.0) for number in found}
    return [catalogue.known[number] for number in found], relevance


def page_of(catalogue: Catalogue) -> Record:
    """One page of a list: by number, or after the place a cursor marks."""
    cursor, per_page = request.args.get("cursor"), _number("per_page", 25, MOST_PER_PAGE)
    if cursor and request.args.get("page"):
        raise bad("Cannot use page parameter with cursor.")
    names = selected()
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
            raise bad(f"Maximum results size of {DEEPEST_PAGE:,} records is exceeded. Use a cursor.")
        shown = keyed[(page - 1) * per_page : page * per_page]
        meta |= {"page": page, "per_page": per_page}
    meta |= {"groups_count": None, "cost_usd": g.cost / 10_000}
    results = [cut_to(_with_relevance(catalogue.record(work), work, scores), names) for work in shown]
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
        raise bad("Cursor value is invalid.") from None
