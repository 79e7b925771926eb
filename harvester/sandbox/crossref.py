"""A stand-in for Crossref's REST API: one work, lists of DOIs, the works of a journal, author or institution, a query; whose a
DOI or prefix is.

Sources: github.com/CrossRef/rest-api-doc, the limits announced for 2025-12 (per pool and kind of request), recorded
replies of 2025-06 to 2026-03. Counts come from works with a DOI only, so they are lower than the others'. What is retracted in
the literature has its notice here, every other one known through Retraction Watch only; one article is corrected; preprints
and their articles name each other. A cursor lives five minutes, so no longer than the simulated day it was given on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
from flask import Blueprint, Response, request

from harvester.sandbox.desk import Desk, Refusal, after, reply, score, terms
from harvester.sandbox.happenings import Seen
from harvester.sandbox.literature import SEED_DOI, Person, Place, Work

MOST_ROWS = 1_000
DEEPEST_ROW = 10_000

DATACITE = ("10.5281", "10.48550")
"""Prefixes of the other large agency."""

Record = dict[str, object]


class Update(msgspec.Struct, frozen=True):
    """A notice on an article: its kind, who knows of it, and the notice's own work."""

    kind: str
    origin: str
    article: Work
    notice: Work

    def written(self, other: Work) -> Record:
        """The update as it stands on the one, naming the other."""
        what = {"DOI": other.doi, "type": self.kind, "source": self.origin, "label": self.kind.capitalize()}
        return {"updated": _moment(self.notice.published), **what}


class Register:
    """What Crossref knows on one day: works with a DOI, and those of their references that have one.

    The DOI of a work that was merged into another is an alias: asked alone it leads there, and no list has it.
    """

    def __init__(self, seen: Seen) -> None:
        self.on = seen.on
        self.works = [work for work in seen.works if work.doi and work.published <= seen.on]
        self.updates = _updates(self.works, len(seen.literature.works), seen.on)
        self.works += [update.notice for update in self.updates]
        self.related = _preprints(self.works)
        self.by_doi = {work.doi: work for work in self.works}
        self.by_number = {work.number: work for work in self.works}
        self.by_doi |= {other.doi: self.by_number[into] for other, into in seen.merged if into in self.by_number}
        self.citing: dict[int, list[Work]] = {number: [] for number in self.by_number}
        for work in self.works:
            for cited in self.cited(work):
                self.citing[cited.number].append(work)
        self._records: dict[int, Record] = {}

    def cited(self, work: Work) -> list[Work]:
        """The works with a DOI on a reference list; one publisher in ten deposits none."""
        return [self.by_number[n] for n in work.references if n in self.by_number] if work.number % 10 != 7 else []

    def source_id(self, work: Work) -> str | None:
        """What Crossref calls a work."""
        return work.doi

    def updates_doi(self, work: Work, doi: str) -> bool:
        """Whether a work is a notice on this DOI."""
        return any(update.notice is work and update.article.doi == doi.lower() for update in self.updates)

    def agency(self, doi: str) -> str | None:
        """Whose a DOI is: it must exist, here or (which cannot be told) at the other agency."""
        if doi.lower() in self.by_doi:
            return "Crossref"
        return "DataCite" if doi.partition("/")[0] in DATACITE else None

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
            "update-to": [u.written(u.article) for u in self.updates if u.notice is work] or None,
            "updated-by": [u.written(u.notice) for u in self.updates if u.article is work] or None,
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
            "is-referenced-by-count": len(self.citing[work.number]),
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
            "relation": {name: [_end(other)] for name, other in self.related.get(work.number, {}).items()},
            "subject": [],
            "published": published,
            **{name: value for name, value in optional.items() if value is not None},
        }


def _updates(works: list[Work], free: int, on: date) -> list[Update]:
    """The notices out by that day, under numbers that are free: 400 days after the article, unless a happening says when."""
    corrected = [work for work in works if work.venue and work.venue.number == 0 and work.doi != SEED_DOI][:1]
    wanted = [("correction", "publisher", work) for work in corrected]
    retracted = sorted((work for work in works if work.is_retracted), key=lambda work: work.retracted is not None)
    for place, work in enumerate(retracted):  # those of happenings last: the others stay as they are
        wanted.append(("retraction", ("retraction-watch", "publisher")[place % 2], work))
    found = []
    for place, (kind, origin, article) in enumerate(wanted):
        notice = Work(
            number=free + place,
            theme=article.theme,
            title=f"{kind.capitalize()}: {article.title}",
            abstract=None,
            authors=article.authors,
            venue=article.venue,
            published=(kind == "retraction" and article.retracted) or after(article.published, 400),
            type="article",
            references=(),
            doi=f"{article.doi}.{kind}",
        )
        if notice.published <= on:
            found.append(Update(kind, origin, article, notice))
    return found


def _preprints(works: list[Work]) -> dict[int, dict[str, Work]]:
    """What a preprint and its article, known by their title and authors, say of each other."""
    found: dict[int, dict[str, Work]] = {}
    articles = {(work.title, work.authors): work for work in works if work.type != "preprint"}
    for work in works:
        article = articles.get((work.title, work.authors)) if work.type == "preprint" else None
        if article:
            found[work.number] = {"is-preprint-of": article}
            found[article.number] = {"has-preprint": work}
    return found


def _end(work: Work) -> Record:
    return {"id-type": "doi", "id": work.doi, "asserted-by": "subject"}


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
    affiliation = [_affiliation(person.place)] if person.place else []
    sequence = "additional" if index else "first"
    return {**author, "given": person.given, "family": person.family, "sequence": sequence, "affiliation": affiliation}


def _affiliation(place: Place) -> Record:
    ror = {"id": f"https://ror.org/{place.ror}", "id-type": "ROR", "asserted-by": "publisher"}
    return {"id": [ror], "name": f"{place.name}, {place.city}"}


# --- queries -------------------------------------------------------------------------------------------------------


def _works_at(work: Work, value: str) -> bool:
    ror = value.lower().removeprefix("https://ror.org/")
    return any(person.place is not None and person.place.ror == ror for person in work.authors)


_FILTERS: dict[str, Callable[[Work, str], bool]] = {
    "doi": lambda work, value: work.doi == value.lower(),
    "issn": lambda w, value: w.venue is not None and value.upper() in (w.venue.issn_print, w.venue.issn_online),
    "from-pub-date": lambda work, value: work.published.isoformat() >= value,
    "until-pub-date": lambda work, value: work.published.isoformat()[: len(value)] <= value,
    "prefix": lambda work, value: (work.doi or "").startswith(value + "/"),
    "orcid": lambda work, value: any(person.orcid == value.upper()[-19:] for person in work.authors),
    "ror-id": _works_at,
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
        if name not in _FILTERS and name != "updates":
            what = f"Filter {name} specified but there is no such filter for this route. "
            valid = f"Valid filters for this route are: {', '.join(_FILTERS)}, updates"
            raise _invalid("filter-not-available", name, what + valid)
        asked.setdefault(name, []).append(value)
    tests = _FILTERS | {"updates": register.updates_doi}
    works = [
        work
        for work in register.works
        if all(any(tests[name](work, value) for value in values) for name, values in asked.items())
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
        offset = _offset(cursor, register.on)
        message["next-cursor"] = f"C:{register.on}:{min(offset + rows, len(works))}"
    elif offset + rows > DEEPEST_ROW:
        raise _invalid("integer-not-valid", str(offset), f"offset plus rows must not exceed {DEEPEST_ROW}")
    names = [name for name in request.args.get("select", "").split(",") if name]
    records = [register.record(work) for work in works[offset : offset + rows]]
    items = [{name: record[name] for name in names if name in record} for record in records] if names else records
    query = {"start-index": 0 if cursor else offset, "search-terms": _query()}
    return {**message, "items": items, "items-per-page": rows, "query": query}


def _offset(cursor: str, on: date) -> int:
    """Where a cursor stands. One of an earlier day is forgotten; what was none makes the index raise an exception."""
    if cursor == "*":
        return 0
    mark, _, place = cursor.partition(":")
    day, _, offset = place.partition(":")
    if mark != "C" or not offset.isdigit():
        name = "class clojure.lang.ExceptionInfo"
        what = {"name": name, "description": f"{name[6:]}: Response Exception", "message": "Response Exception"}
        raise Refusal(
            500, {"status": "error", "message-type": "exception", "message-version": "1.0.0", "message": what}
        )
    if day != on.isoformat():
        raise Refusal(404, "Resource not found.", "text/plain")
    return int(offset)


# --- the endpoints -------------------------------------------------------------------------------------------------


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /crossref."""
    routes = Blueprint("crossref", __name__, url_prefix="/crossref")
    register_of = functools.lru_cache(maxsize=2)(Register)

    def now() -> Register:
        return register_of(desk.seen("crossref"))

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
        return reply(_answer("work-list", _list(now())))

    @routes.get("/works/<path:doi>")
    def work(doi: str) -> Response:
        if "select" in request.args:
            raise _invalid("parameter-not-allowed", "select", "This route does not support select")
        register = now()
        found = register.by_doi.get(doi.lower())
        if found is None:
            return reply("Resource not found.", 404, "text/plain")
        return reply(_answer("work", register.record(found)))

    @routes.get("/works/<path:doi>/agency")
    def agency(doi: str) -> Response:
        found = now().agency(doi)
        if found is None:
            return reply("Resource not found.", 404, "text/plain")
        return reply(_answer("work-agency", {"DOI": doi.lower(), "agency": {"id": found.lower(), "label": found}}))

    @routes.get("/prefixes/<prefix>")
    def prefixes(prefix: str) -> Response:
        register = now()
        if not any((work.doi or "").startswith(prefix + "/") for work in register.works):
            return reply("Resource not found.", 404, "text/plain")
        member = {"member": "https://id.crossref.org/member/0", "name": "Simulated Press"}
        return reply(_answer("prefix", {**member, "prefix": f"https://id.crossref.org/prefix/{prefix}"}))

    return routes


def _answer(kind: str, message: Record) -> Record:
    return {"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message}
