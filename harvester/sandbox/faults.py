"""Faults on request: rules as text, each saying which service fails how, and at which of its requests.

    [SERVICE:]FAULT[:VALUE][@WHEN][%PERCENT]

SERVICE is `openalex`, `semantic_scholar`, `crossref`, `opencitations`, `datacite`, or `*` (any; the default). WHEN is a
request's number, counted from 1 for each service since the rules were set (over all services for `*`): `@3`, `@2-4`,
`@5-`. PERCENT takes that share of them, chosen by the seed. The first rule that applies is followed.

Instead of an answer:
    429-burst     too many requests in a second (OpenAlex: Retry-After: 1; the others send none)
    429-budget    the day's budget is spent (Retry-After: seconds to midnight UTC)
    429-plan      a paid plan is needed (no Retry-After)
    400 401 403 404 500 502 503 504   that status, with the service's own error body
    html          200 with an HTML page
    bare          200 with `{}`
    garbage       200 with bytes that are not JSON
    huge[:MB]     200 with a body of so many MB (80) once unpacked, gzip where the client takes it
    deep          200 with JSON nested 100,000 levels deep
    stall[:S]     nothing, for S seconds (an hour), then the connection is dropped
    reset         the connection is reset

The right answer, spoilt:
    slow:S        after S seconds
    drip[:S]      one byte every S seconds (0.1)
    cut           half of the body, though all of it was announced
    empty         well formed with nothing in it: no results, no next page
    zero          every count is zero
    retyped       every count is a text

One rule is no fault of a request: `openalex:budget:N` gives every key N credits a day.

>>> parse("openalex:429-burst@3")
Rule(service='openalex', fault='429-burst', value=None, first=3, last=3, percent=100.0)
>>> parse("semantic_scholar:503@2-4").last, parse("*:500%10").percent, parse("slow:2.5").value
(4, 10.0, 2.5)
>>> parse("openalex:explode")
Traceback (most recent call last):
ValueError: fault rule 'openalex:explode': there is no fault 'explode'
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import msgspec
from flask import Response, request

from harvester.sandbox import openalex
from harvester.sandbox.desk import Desk, reply
from harvester.sandbox.happenings import SERVICES

STATUSES = ("400", "401", "403", "404", "500", "502", "503", "504")
INSTEAD = (
    "429-burst",
    "429-budget",
    "429-plan",
    *STATUSES,
    "html",
    "bare",
    "garbage",
    "huge",
    "deep",
    "stall",
    "reset",
)
SPOILT = ("slow", "drip", "cut", "empty", "zero", "retyped")
FAULTS = frozenset({*INSTEAD, *SPOILT, "budget"})
WITH_VALUE = {"huge": 80.0, "stall": 3600.0, "slow": None, "drip": 0.1, "budget": None}  # and its default
COUNTS = frozenset({"cited_by_count", "citationCount", "influentialCitationCount", "is-referenced-by-count"})
NO_LAST = 1 << 60


class Rule(msgspec.Struct, frozen=True):
    """One rule, read. `first` and `last` are request numbers, both included; `percent` a share of them."""

    service: str
    fault: str
    value: float | None = None
    first: int = 1
    last: int = NO_LAST
    percent: float = 100.0


OUTAGE = Rule("*", "503")

_RULE = re.compile(
    r"(?P<fault>[a-z0-9-]+)(?::(?P<value>\d+(?:\.\d+)?))?"
    r"(?:@(?P<first>\d+)(?P<dash>-)?(?P<last>\d+)?)?(?:%(?P<percent>\d+(?:\.\d+)?))?"
)


def parse(text: str) -> Rule:
    """A rule from its text. Raises ValueError that says what is wrong with it."""
    head, colon, rest = text.strip().partition(":")
    service, rest = (head, rest) if colon and head not in FAULTS else ("*", text.strip())
    match = _RULE.fullmatch(rest)
    if match is None:
        raise ValueError(f"fault rule {text!r}: not of the form [SERVICE:]FAULT[:VALUE][@WHEN][%PERCENT]")
    fault = match["fault"]
    first = int(match["first"] or 1)
    last = int(match["last"] or NO_LAST) if match["dash"] or not match["first"] else first
    rule = Rule(service, fault, _value(text, fault, match["value"]), first, last, float(match["percent"] or 100))
    if service not in (*SERVICES, "*"):
        raise ValueError(f"fault rule {text!r}: there is no service {service!r}")
    if fault == "budget" and service != "openalex":
        raise ValueError(f"fault rule {text!r}: only openalex has a budget")
    if not 1 <= rule.first <= rule.last:
        raise ValueError(f"fault rule {text!r}: requests are counted upwards from 1")
    if not 0 < rule.percent <= 100:
        raise ValueError(f"fault rule {text!r}: the share must be over 0 and at most 100")
    return rule


def _value(text: str, fault: str, raw: str | None) -> float | None:
    if fault not in FAULTS:
        raise ValueError(f"fault rule {text!r}: there is no fault {fault!r}")
    if fault not in WITH_VALUE:
        if raw is not None:
            raise ValueError(f"fault rule {text!r}: {fault!r} takes no value")
        return None
    if raw is None and WITH_VALUE[fault] is None:
        raise ValueError(f"fault rule {text!r}: {fault!r} needs a value")
    return float(raw) if raw is not None else WITH_VALUE[fault]


class Faults:
    """The rules in force, and how many requests each service has had under them."""

    def __init__(self, desk: Desk, texts: Sequence[str] = ()) -> None:
        self.desk = desk
        self.lock = threading.Lock()
        self.set(texts)

    def set(self, texts: Sequence[str]) -> None:
        """Put these rules in place of the old ones and count from 1 again. Raises ValueError; then nothing changes."""
        rules = [parse(text) for text in texts]
        with self.lock:
            self.rules = rules
            self.seen = dict.fromkeys((*SERVICES, "*"), 0)
            self.desk.credits = next((int(rule.value or 0) for rule in rules if rule.fault == "budget"), None)

    def meet(self, service: str) -> Rule | None:
        """Count a request to a service; the rule it falls under, if any."""
        with self.lock:
            self.seen[service] += 1
            self.seen["*"] += 1
            return next((r for r in self.rules if r.service in (service, "*") and self._applies(r)), None)

    def _applies(self, rule: Rule) -> bool:
        number = self.seen[rule.service]
        if rule.fault == "budget" or not rule.first <= number <= rule.last:
            return False
        dice = _dice(self.desk, rule.service, rule.fault, number)
        return rule.percent == 100 or dice.random() * 100 < rule.percent


# --- instead of an answer ------------------------------------------------------------------------------------------


def instead(rule: Rule, service: str, desk: Desk) -> Response | None:
    """The reply that takes the answer's place; None where the rule only spoils the answer."""
    if rule.fault in STATUSES:
        return _status(service, int(rule.fault))
    if rule.fault.startswith("429"):
        return _refused(service, rule.fault)
    make = _INSTEAD.get(rule.fault)
    return make(rule, desk) if make else None


_NAMES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


def _status(service: str, status: int) -> Response:
    """An error in the service's own words, which may be JSON, a line of text or an HTML page."""
    name = _NAMES[status]
    said = _SAID[service](status, name)
    if said is None:
        return reply(f"<html><body><h1>{status} {name}</h1></body></html>", status, "text/html")
    return reply(said, status, "text/plain" if isinstance(said, str) else "application/json")


def _semantic_scholar_says(status: int, name: str) -> object:
    key = "error" if status in (400, 404) else "message"
    return {key: "Endpoint request timed out" if status == 504 else name}


def _openalex_says(status: int, name: str) -> object:
    return None if status == 404 else _BAD_KEY if status == 401 else {"error": name, "message": f"{name}."}


def _crossref_says(status: int, name: str) -> object:
    failed = {"status": "failed", "message-type": "validation-failure", "message": [{"message": name}]}
    return "Resource not found." if status == 404 else failed if status < 500 else None


def _opencitations_says(status: int, name: str) -> object:
    return f"HTTP status code {status}: {name}" if status <= 500 else None


def _datacite_says(status: int, name: str) -> object:
    title = "The resource you are looking for doesn't exist." if status == 404 else name
    return {"errors": [{"status": str(status), "title": title}]} if status <= 500 else None


_SAID: dict[str, Callable[[int, str], object]] = {
    "openalex": _openalex_says, "semantic_scholar": _semantic_scholar_says, "crossref": _crossref_says,
    "opencitations": _opencitations_says, "datacite": _datacite_says,
}  # fmt: skip
_BAD_KEY = {"error": "Invalid or missing API key", "message": "API key not found"}


def _refused(service: str, fault: str) -> Response:
    """A 429 of one of its three meanings."""
    if fault == "429-budget":
        headers = {**openalex.budget_gone_headers(1), "x-ratelimit-remaining": "0", "x-ratelimit-remaining-usd": "0"}
        return reply(openalex.BUDGET_GONE, 429, headers=headers)
    if fault == "429-plan":
        return reply({"error": "Plan upgrade required", "message": "This needs a paid plan."}, 429)
    if service == "semantic_scholar":
        return reply({"message": "Too Many Requests. Please wait and try again.", "code": "429"}, 429)
    if service in ("crossref", "opencitations"):
        return reply("Too many requests.", 429, "text/plain")
    if service == "datacite":
        return reply({"errors": [{"status": "429", "title": "Too many requests"}]}, 429)
    return reply({"error": "Rate limit exceeded", "message": "Too many requests."}, 429, headers={"Retry-After": "1"})


def _huge(megabytes: int) -> Response:
    """A JSON text of that size: `{}` after a sea of spaces, made while it is sent."""
    spaces = b" " * (1 << 20)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(
            (b"{}" if i == megabytes else spaces for i in range(megabytes + 1)), mimetype="application/json"
        )
    packer = zlib.compressobj(wbits=31)

    def packed() -> Iterator[bytes]:
        for _ in range(megabytes):
            yield packer.compress(spaces)
        yield packer.compress(b"{}") + packer.flush()

    return Response(packed(), headers={"Content-Encoding": "gzip"}, mimetype="application/json")


def _stall(desk: Desk, seconds: float) -> Iterator[bytes]:
    # Waits while it is sent, not while it is made: the application is done by then and nothing has gone out yet.
    yield from ()
    desk.closing.wait(seconds)
    raise ConnectionAbortedError


def _reset(connection: socket.socket) -> Iterator[bytes]:
    # To linger for no time at all makes the kernel answer with RST instead of FIN when the socket is closed.
    yield from ()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


_SIGN_IN = "<!doctype html><title>Sign in</title><p>Please sign in to the network.</p>"
_INSTEAD: dict[str, Callable[[Rule, Desk], Response]] = {
    "html": lambda *_: reply(_SIGN_IN, 200, "text/html"),
    "bare": lambda *_: reply({}),
    "garbage": lambda _, desk: reply(_dice(desk, "garbage").randbytes(2000)),
    "deep": lambda *_: reply("[" * 100_000 + "]" * 100_000),
    "huge": lambda rule, _: _huge(int(rule.value or 0)),
    "stall": lambda rule, desk: Response(_stall(desk, rule.value or 0)),
    "reset": lambda *_: Response(_reset(request.environ["werkzeug.socket"])),
}


def _dice(desk: Desk, *what: object) -> Random:
    """Chance that falls the same way every time for the same thing."""
    return Random("/".join(map(str, (desk.literature.seed, *what))))  # noqa: S311 - to be repeated, not to be secret


# --- the answer, spoilt --------------------------------------------------------------------------------------------


def spoil(rule: Rule, response: Response, desk: Desk) -> Response:
    """The service's answer as the rule leaves it."""
    body = response.get_data()
    match rule.fault:
        case "slow":
            desk.closing.wait(rule.value)
        case "cut":
            return _stream(response, iter([body[: len(body) // 2]]), len(body))
        case "drip":
            return _stream(response, _drip(body, desk, rule.value or 0), len(body))
        case "empty" | "zero" | "retyped" if response.status_code == 200:
            change = {"empty": _emptied, "zero": _zeroed, "retyped": _retyped}[rule.fault]
            response.set_data(msgspec.json.encode(change(msgspec.json.decode(body))))
    return response


def _stream(response: Response, body: Iterator[bytes], announced: int) -> Response:
    spoilt = Response(body, response.status_code, response.headers)
    spoilt.headers["Content-Length"] = str(announced)
    return spoilt


def _drip(body: bytes, desk: Desk, seconds: float) -> Iterator[bytes]:
    for i in range(len(body)):
        if desk.closing.wait(seconds):
            return
        yield body[i : i + 1]


def _emptied(value: Any) -> Any:
    """A list or a look-up that found nothing, in the service's form; the total stays as it was."""
    if isinstance(value, list):
        return []
    if "links" in value or "attributes" in (value.get("data") or ()):  # JSON:API: a page, or the one thing asked for
        return {**value, "data": [], "links": {}} if "meta" in value else {}
    if "meta" in value:
        last = {"next_cursor": None} if "next_cursor" in value["meta"] else {}
        return {**value, "meta": {**value["meta"], **last}, "results": []}
    if "data" in value:
        nothing: dict[str, object] = {"data": [], "token": None}
        return {name: nothing.get(name, v) for name, v in value.items() if name != "next"}
    if "items" in value.get("message", ()):
        return {**value, "message": {**value["message"], "items": []}}
    return {}


def _counts(value: object, change: Callable[[str, object], object]) -> object:
    """The value with every count changed, at any depth."""
    if isinstance(value, list):
        return [_counts(item, change) for item in value]
    if isinstance(value, dict):
        names = COUNTS | {"count"} if value.keys() == {"count"} else COUNTS  # OpenCitations says nothing but a count
        return {name: change(name, item) if name in names else _counts(item, change) for name, item in value.items()}
    return value


def _zeroed(value: Any) -> Any:
    return _counts(value, lambda _, count: None if count is None else "0" if isinstance(count, str) else 0)


def _retyped(value: Any) -> Any:
    return _counts(value, lambda _, count: None if count is None else str(count))
