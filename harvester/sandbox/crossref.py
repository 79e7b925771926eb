"""A stand-in for Crossref's REST API, works only: one work, lists of DOIs, a journal's works, a query.

Sources: github.com/CrossRef/rest-api-doc, the limits announced for 2025-12 (per pool and kind of request), recorded
replies of 2025-06 to 2026-03. Counts come from works with a DOI only, so they are lower than the others'.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime

from flask import Blueprint, Response, request

from harvester.sandbox.desk import Desk, Refusal, after, reply, score, terms
from harvester.sandbox.literature import Literature, Person, Work

MOST_ROWS = 1_000
DEEPEST_ROW = 10_000

Record = dict[str, object]


class Register:
    """What Crossref knows on one day: works with a DOI, and those of their references that have one."""

    def __init__(self, literature: Literature, on: date) -> None:
        self.on = on
        self.works = [work for work in literature.works if work.doi and work.published <= on]
        self.by_doi = {work.doi: work for work in self.works}
        self.by_number = {work.number: work for work in self.works}
        self.counts = dict.fromkeys(self.by_number, 0)
        for work in self.works:
            for cited in self.cited(work):
                self.counts[cited.number] += 1
        self._records: dict[int, Record] = {}

    def cited(self, work: Work) -> list[Work]:
        """The works with a DOI on a reference list; one publisher in ten deposits none."""
        return [self.by_number[n] for n in work.references if n in self.by_number] if work.number % 10 != 7 else []

    def record(self, work: Work) -> Record:
        """A work as the service writes it."""
        if work.number not in self._records:
            self._records[work.number] = self._write(work)
        return self._records[work.number]

    def _write(self, work: Work) -> Record:
        references = [
            {"key": f"ref{i}", "doi-asserted-by": "publisher", "DOI": cited.doi}
            for i, cited in enumerate(self.cited(work), 1)
        ]
        published = {"date-parts": [[work.published.year, work.published.month, work.published.day]]}
        optional: Record = {
            "issue": work.issue,
            "volume": work.volume,
            "page": f"{work.first_page}-{work.last_page}" if work.first_page else None,
            "abstract": f"<jats:p>{work.abstract}</jats:p>" if work.abstract and work.number % 3 == 0 else None,
            "reference": references or None,
            "ISSN": [work.venue.issn_print, work.venue.issn_online] if work.venue else None,
        }
        return {
            "indexed": {**_moment(after(work.published, 2)), "version": "3.49.0"},
            "reference-count": len(references),
            "publisher": work.venue.publisher if work.venue else "Simulated Press",
            "content-domain": {"domain": [], "crossmark-restriction": False},
            "short-container-title": [work.venue.short] if work.venue else [],
            "DOI": work.doi,
            "type": {"preprint": "posted-content", "book-chapter": "book-chapter"}.get(work.type, "journal-article"),
            "created": _moment(work.published),
            "source": "Crossref",
            "is-referenced-by-count": self.counts[work.number],
            "title": [work.title],
            "prefix": (work.doi or "").partition("/")[0],
            "author": [_author(person, i) for i, person in enumerate(work.authors)],
            "member": "0",
            "published-online": published,
            "container-title": [work.venue.name] if work.venue else [],
            "language": "en",
            "deposited": _moment(after(work.published, 1)),
            "score": 1,
            "subtitle": [],
            "short-title": [],
            "issued": published,
            "references-count": len(references),
            "URL": f"https://doi.org/{work.doi}",
            "relation": {},
            "subject": [],
            "published": published,
            **{name: value for name, value in optional.items() if value is not None},
        }


def _moment(day: date) -> Record:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return {
        "date-parts": [[day.year, day.month, day.day]],
        "date-time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timestamp": int(moment.timestamp()) * 1000,
    }


def _author(person: Person, index: int) -> Record:
    author: Record = (
        {"ORCID": f"https://orcid.org/{person.orcid}", "authenticated-orcid": False} if person.orcid else {}
    )
    affiliation = [{"name": f"{person.place.name}, {person.place.city}"}] if person.place else []
    sequence = "additional" if index else "first"
    return {**author, "given": person.given, "family": person.family, "sequence": sequence, "affiliation": affiliation}


# --- queries -------------------------------------------------------------------------------------------------------

_FILTERS: dict[str, Callable[[Work, str], bool]] = {
    "doi": lambda work, value: work.doi == value.lower(),
    "issn": lambda w, value: w.venue is not None and value.upper() in (w.venue.issn_print, w.venue.issn_online),
    "from-pub-date": lambda work, value: work.published.isoformat() >= value,
    "until-pub-date": lambda work, value: work.published.isoformat()[: len(value)] <= value,
    "prefix": lambda work, value: (work.doi or "").startswith(value + "/"),
}


def _invalid(kind: str, value: str, message: str) -> Refusal:
    problem = {"type": kind, "value": value, "message": message}
    return Refusal(400, {"status": "failed", "message-type": "validation-failure", "message": [problem]})


def _whole(name: str, default: int, most: int) -> int:
    raw = request.args.get(name, str(default))
    if not raw.isdigit() or int(raw) > most:
        what = f"Integer specified as {raw} but must be a positive integer less than or equal to {most}. "
        raise _invalid("integer-not-valid", raw, what)
    return int(raw)


def _matching(register: Register) -> list[Work]:
    """The works that pass all filters (values of one filter are alternatives) and hold the query's words."""
    asked: dict[str, list[str]] = {}
    for part in filter(None, request.args.get("filter", "").split(",")):
        name, _, value = part.partition(":")
        if name not in _FILTERS:
            what = f"Filter {name} specified but there is no such filter for this route. "
            valid = f"Valid filters for this route are: {', '.join(_FILTERS)}"
            raise _invalid("filter-not-available", name, what + valid)
        asked.setdefault(name, []).append(value)
    works = [
        work
        for work in register.works
        if all(any(_FILTERS[name](work, value) for value in values) for name, values in asked.items())
    ]
    wanted = terms(_query() or "")
    scored = sorted((-score(work, wanted), work.number) for work in works) if wanted else []
    return [register.by_number[number] for points, number in scored if points] if wanted else works


def _query() -> str | None:
    return request.args.get("query") or request.args.get("query.bibliographic") or request.args.get("query.title")


def _list(register: Register) -> Record:
    """A page; with a cursor there is always a next one, and an empty page is the end."""
    rows, offset, cursor = _whole("rows", 20, MOST_ROWS), _whole("offset", 0, DEEPEST_ROW), request.args.get("cursor")
    works = _matching(register)
    message: Record = {"facets": {}, "total-results": len(works)}
    if cursor:
        offset = int(cursor[2:]) if cursor.startswith("C:") and cursor[2:].isdigit() else 0
        message["next-cursor"] = f"C:{min(offset + rows, len(works))}"
    elif offset + rows > DEEPEST_ROW:
        raise _invalid("integer-not-valid", str(offset), f"offset plus rows must not exceed {DEEPEST_ROW}")
    names = [name for name in request.args.get("select", "").split(",") if name]
    records = [register.record(work) for work in works[offset : offset + rows]]
    items = [{name: record[name] for name in names if name in record} for record in records] if names else records
    query = {"start-index": 0 if cursor else offset, "search-terms": _query()}
    return {**message, "items": items, "items-per-page": rows, "query": query}


# --- the endpoints -------------------------------------------------------------------------------------------------


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /crossref."""
    routes = Blueprint("crossref", __name__, url_prefix="/crossref")
    register_on = functools.lru_cache(maxsize=2)(lambda on: Register(desk.literature, on))

    @routes.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Response:
        return refusal.response

    @routes.after_request
    def say_limits(response: Response) -> Response:
        is_list = request.endpoint == "crossref.works"
        polite = "mailto:" in request.headers.get("User-Agent", "") or "mailto" in request.args
        limit = (3 if is_list else 10) if polite else (1 if is_list else 5)
        pool = f"{'polite' if polite else 'public'}-{'array' if is_list else 'single'}"
        headers = {"x-rate-limit-limit": str(limit), "x-rate-limit-interval": "1s", "x-api-pool": pool}
        for name, value in {**headers, "x-concurrency-limit": "3" if polite else "1"}.items():
            response.headers.setdefault(name, value)
        return response

    @routes.get("/works")
    def works() -> Response:
        return reply(_answer("work-list", _list(register_on(desk.on))))

    @routes.get("/works/<path:doi>")
    def work(doi: str) -> Response:
        if "select" in request.args:
            raise _invalid("parameter-not-allowed", "select", "This route does not support select")
        register = register_on(desk.on)
        found = register.by_doi.get(doi.lower())
        if found is None:
            return reply("Resource not found.", 404, "text/plain")
        return reply(_answer("work", register.record(found)))

    return routes


def _answer(kind: str, message: Record) -> Record:
    return {"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message}
