"""The routes of OpenAlex."""

from __future__ import annotations

import functools
import re
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from harvester.sandbox.desk import Desk, Refusal, reply
from harvester.sandbox.openalex.catalogue import Catalogue, venue_record
from harvester.sandbox.openalex.filters import has_issn, resolve
from harvester.sandbox.openalex.lists import cut_to, page_of, selected
from harvester.sandbox.openalex.purse import LIST_COST, SEARCH_COST, Purse

LONGEST_REQUEST = 8190  # bytes of the request line, measured after the edge has encoded the query anew


def blueprint(desk: Desk) -> Blueprint:
    """The routes below /openalex."""
    routes = Blueprint("openalex", __name__, url_prefix="/openalex")
    purse = Purse(desk)
    catalogue_of = functools.lru_cache(maxsize=2)(Catalogue)

    def now() -> Catalogue:
        return catalogue_of(desk.seen("openalex"))

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
        return reply(page_of(now()))

    @routes.get("/works/<path:identifier>")
    def work(identifier: str) -> Response:
        g.cost = 0 if _is_plain_singleton() else LIST_COST
        purse.pay(g.cost)
        names = selected()
        catalogue = now()
        number = resolve(catalogue, identifier)
        if number is None:
            return reply(NOT_FOUND, 404, "text/html")
        return reply(cut_to(catalogue.record(catalogue.known[number], whole=True), names))

    @routes.get("/sources/<identifier>")
    def source(identifier: str) -> Response:
        issn = identifier.lower().removeprefix("issn:").upper()
        catalogue = now()
        works = [work for work in catalogue.works if has_issn(work, issn)]
        if not works:
            return reply(NOT_FOUND, 404, "text/html")
        return reply(venue_record(catalogue, works))

    return routes


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
