"""The only door to the network: pace, budget, retry, time limits, size limits, redaction, honest names.

    source asks ─> blocked? ─> wait for a slot ─> send ─> read within limits ─> judge ─┬─> Reply
                       ^                                                                ├─> SourceError
                       └── wait (jitter, Retry-After) <── worth another try ────────────┘

A fault is always raised, never returned as something empty. Nothing that leaves here in an error, a log line or a repr
holds a key or a mail address.
"""

from __future__ import annotations

import contextlib
import contextvars
import email.utils
import http.client
import io
import logging
import random
import re
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

import msgspec
import requests  # noqa: TID251 (this is the file that may)
import urllib3
from requests.adapters import HTTPAdapter  # noqa: TID251

from harvester import __version__, normal
from harvester.errors import (
    BadReply,
    BudgetSpent,
    ConfigError,
    KeyRejected,
    NotFound,
    PlanRequired,
    RateLimited,
    Refused,
    ReplyTooDeep,
    ReplyTooLarge,
    ServerFault,
    SourceError,
    TimedOut,
    Unreachable,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

T = TypeVar("T")

log = logging.getLogger(__name__)

_DAY = 86_400
_MAX_REDIRECTS = 5
_MAX_ERROR_BODY = 64 * 1024  # enough for a service to say what is wrong
_CHUNK = 64 * 1024
_SHOWN = 200  # characters of a question or of a service's message in an error
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# 500-504 by HTTP's own meaning; 408 is an idle connection given up; 520-524, 529 are how edge networks spell 502-504.
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


class Reply(msgspec.Struct, frozen=True):
    """What came back: status, headers (names in lower case), body (decompressed), and what was asked (redacted).

    moved: a redirect led here, so the answer may be about what the service put in place of what was asked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked: str
    moved: bool = False

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes, asked {self.asked})"


class Spent(msgspec.Struct, frozen=True):
    """What a reply's headers say about the budget (None: not said); `cost` of this request, in the same unit."""

    limit: int | None = None
    remaining: int | None = None
    reset_seconds: int | None = None
    cost: float | None = None


class Service(msgspec.Struct, frozen=True):
    """What the door must know of a service; the facts, with their reasons, stand in the source's file.

    source: the name in errors and budget rows. url: base address. interval: seconds between two requests.
    key_header: ("Authorization", "Bearer XXX"); a key never travels in a URL. budget: reads a reply's headers.
    meaning_of_429: "burst" (wait and ask again), "budget" (stop until it is renewed), "plan" (never ask that again).
    pace: reads from a reply's headers the seconds that the service wants between two requests (None: not said).
    Times are seconds: read_timeout is the longest silence, total_timeout the longest request; max_wait is the longest
    Retry-After that is waited for.
    """

    source: str
    url: str
    interval: float
    key_header: tuple[str, str] | None = None
    budget: Callable[[Mapping[str, str]], Spent | None] | None = None
    meaning_of_429: Callable[[Reply], str] | None = None
    pace: Callable[[Mapping[str, str]], float | None] | None = None
    max_bytes: int = 64 * 1024 * 1024
    max_depth: int = 64
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    total_timeout: float = 300.0
    tries: int = 5
    max_wait: float = 60.0

    def __repr__(self) -> str:
        return f"Service({self.source}, {'with' if self.key_header else 'without'} a key)"


class Book(Protocol):
    """Where pace and budget are kept, shared by every process that uses the same database. Times are Unix seconds."""

    def reserve(self, source: str, interval: float, now: float) -> float:
        """Book the next slot, `interval` after the last one; returns how many seconds to wait for it."""

    def blocked_until(self, source: str, now: float) -> float | None:
        """When the source may be asked again, or None if it may be asked now."""

    def spent(self, source: str, spent: Spent, now: float) -> None:
        """Keep what a reply said about the budget."""

    def block(self, source: str, until: float, why: str) -> None:
        """Let nobody ask this source before `until`."""

    def requested(self, source: str) -> None:
        """Count one request that is sent."""


class MemoryBook:
    """A Book for one process: safe between threads, gone at exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[str, float] = {}
        self._blocks: dict[str, float] = {}
        self.requests: Counter[str] = Counter()
        self.last: dict[str, Spent] = {}

    def reserve(self, source: str, interval: float, now: float) -> float:
        """See Book.

        >>> book = MemoryBook()
        >>> [book.reserve("s2", 1.5, now) for now in (100.0, 100.0, 102.0, 110.0)]
        [0.0, 1.5, 1.0, 0.0]
        """
        with self._lock:
            slot = max(now, self._slots.get(source, now))
            self._slots[source] = slot + interval
            return slot - now

    def blocked_until(self, source: str, now: float) -> float | None:
        """See Book."""
        with self._lock:
            until = self._blocks.get(source)
            return until if until is not None and until > now else None

    def spent(self, source: str, spent: Spent, now: float) -> None:  # noqa: ARG002 (the Book's signature)
        """See Book; the newest word is in `last`."""
        with self._lock:
            self.last[source] = spent

    def block(self, source: str, until: float, why: str) -> None:  # noqa: ARG002 (the Book's signature)
        """See Book."""
        with self._lock:
            self._blocks[source] = until

    def requested(self, source: str) -> None:
        """See Book; the count is in `requests`."""
        with self._lock:
            self.requests[source] += 1


class _Question(NamedTuple):
    """One question as it is sent; a redirect changes it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    asked: str


class _Again(NamedTuple):
    """A fault that another try may mend, and the seconds the service asks to be left alone (None: not said)."""

    fault: SourceError
    after: float | None = None


class Door:
    """The connection to one service; a context manager. Every method raises SourceError (or a kind of it).

    book: where pace and budget are kept. mailto: a contact for the service, sent in the User-Agent.
    sleep, clock (Unix seconds) and rng are what time and chance are to it.
    """

    def __init__(
        self,
        service: Service,
        book: Book | None = None,
        *,
        mailto: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self.service = service
        self.book: Book = MemoryBook() if book is None else book
        self._sleep = sleep
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 (spreads retries, guards nothing)
        self._base = _base_address(service)
        self._secrets = _secrets(service, mailto)
        self._mailto = mailto
        self._session = _session()
        self._interval = service.interval

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # --- asking ------------------------------------------------------------------------------------------------------

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        """GET base address + `path` (encoded by the caller, begins with "/") with `params` (encoded here)."""
        return self._ask("GET", path, params, None)

    def post(self, path: str, params: Mapping[str, str] | None, payload: object) -> Reply:
        """POST `payload` as JSON. For questions that change nothing there: it is retried like a GET."""
        return self._ask("POST", path, params, msgspec.json.encode(payload))

    def decode(self, reply: Reply, type: type[T]) -> T:  # noqa: A002 (the word msgspec uses)
        """The reply's JSON as `type`. Raises ReplyTooDeep or BadReply, naming the place, not what is there."""
        start = reply.body[:256].lstrip()
        if not start:
            raise self._fault(BadReply, reply, "an empty body where JSON was promised")
        if start.startswith(b"<"):
            raise self._fault(BadReply, reply, "HTML or XML where JSON was promised")
        if too_deep(reply.body, self.service.max_depth):
            raise self._fault(ReplyTooDeep, reply, f"JSON nested deeper than {self.service.max_depth} levels")
        try:
            return msgspec.json.decode(reply.body, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            what = _without_content(error)
        raise self._fault(BadReply, reply, what)

    # --- one question, as often as it takes --------------------------------------------------------------------------

    def _ask(self, method: str, path: str, params: Mapping[str, str] | None, body: bytes | None) -> Reply:
        if path and not path.startswith("/"):
            raise ValueError("a path begins with '/'")
        url = self._base + path + (("&" if "?" in path else "?") + urlencode(params) if params else "")
        asked = self._short(f"{method} {url}")
        if {".", ".."} & set(path.partition("?")[0].split("/")):  # resolved on the way, they ask for another record
            raise Refused(self.service.source, asked, "a path may not hold the segments '.' and '..'")
        question = _Question(method, url, self._headers(body), body, asked)
        tries = 0
        while True:
            outcome = self._once(question)
            if isinstance(outcome, Reply):
                return outcome
            tries += 1
            self._wait_or_raise(outcome, tries)

    def _wait_or_raise(self, again: _Again, tries: int) -> None:
        """Wait before the next try: what the service asks for, else "full jitter", doubling from one second."""
        fault, after = again
        if after is not None and after > self.service.max_wait:
            self._come_back(RateLimited, fault, after)
        if tries >= self.service.tries:
            raise fault
        if after is None:
            pause = self._rng.uniform(0, min(self.service.max_wait, 2.0 ** (tries - 1)))
        else:
            pause = after + self._rng.uniform(0, 1)  # so that those who were told the same do not return together
        log.info("%s: %s; try %d of %d in %.1f s", fault.source, fault.what, tries + 1, self.service.tries, pause)
        self._sleep(pause)

    def _once(self, question: _Question) -> Reply | _Again:
        """Send a question and follow its redirects to a reply, a fault worth another try, or a raised fault."""
        hops = 0
        while True:
            self._admit(question.asked)
            outcome = self._send(question)
            if isinstance(outcome, _Again):
                return outcome
            if outcome.status not in _REDIRECTS:
                return self._judge(msgspec.structs.replace(outcome, moved=hops > 0))
            hops += 1
            if hops > _MAX_REDIRECTS:
                raise self._fault(BadReply, outcome, f"more than {_MAX_REDIRECTS} redirects")
            question = self._redirected(question, outcome)

    def _admit(self, asked: str) -> None:
        """Wait for a slot. Raises BudgetSpent where the source is blocked, before or after that wait."""
        source = self.service.source
        self._refuse_if_blocked(asked)
        wait = self.book.reserve(source, self._interval, self._clock())
        if wait > 0:
            self._sleep(wait)
            self._refuse_if_blocked(asked)  # by another process meanwhile
        self.book.requested(source)

    def _refuse_if_blocked(self, asked: str) -> None:
        until = self.book.blocked_until(self.service.source, self._clock())
        if until is not None:
            when = _moment(until)
            what = f"the budget is spent until {when:%Y-%m-%d %H:%M} UTC; nothing was sent"
            raise BudgetSpent(self.service.source, asked, what, retry_at=when)

    # --- one request -------------------------------------------------------------------------------------------------

    def _send(self, question: _Question) -> Reply | _Again:
        """One request and its whole body. Faults of the connection come back as `_Again`, without their cause.

        The library's own exceptions hold the full URL and would hang on ours as `__context__`: ours is made inside the
        `except` and raised, if at all, outside of it.
        """
        until = time.monotonic() + self.service.total_timeout  # real time: sockets know no other
        _DEADLINE.set(until)
        try:
            with self._answer(question) as answer:
                body = self._body(answer, question.asked)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            reply = Reply(answer.status_code, headers, body, question.asked)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            fault, worth_retrying = self._connection_fault(error, question.asked, late=time.monotonic() >= until)
        else:
            log.debug("%s -> %d, %d bytes", question.asked, reply.status, len(body))
            self._note_budget(reply)
            return reply
        log.debug("%s -> %s", question.asked, fault.what)
        if not worth_retrying:
            raise fault
        return _Again(fault)

    def _answer(self, question: _Question) -> requests.Response:
        """An answer whose body is not read yet.

        Past `Session.send`: on a redirect that reads the whole body without limit even if told not to follow, and when
        following it would carry a key in a header of its own to any host.
        """
        request = requests.Request(question.method, question.url, headers=question.headers, data=question.body)
        prepared = self._session.prepare_request(request)
        # proxies and certificates as the environment names them
        settings: Any = self._session.merge_environment_settings(question.url, {}, stream=True, verify=None, cert=None)
        timeout = (self.service.connect_timeout, self.service.read_timeout)
        return self._session.get_adapter(question.url).send(prepared, timeout=timeout, **settings)

    def _body(self, answer: requests.Response, asked: str) -> bytes:
        """The decompressed body. Raises ReplyTooLarge as soon as it passes the limit.

        That of an error is only read for its message: as far as it comes and no further than that takes.
        """
        body = io.BytesIO()
        if not 200 <= answer.status_code < 300:
            with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
                _fill(body, answer.raw, _MAX_ERROR_BODY)
        elif _fill(body, answer.raw, self.service.max_bytes):
            what = f"a reply larger than {self.service.max_bytes:,} bytes"
            raise ReplyTooLarge(self.service.source, asked, what, status=answer.status_code)
        return body.getvalue()

    def _connection_fault(self, error: Exception, asked: str, *, late: bool) -> tuple[SourceError, bool]:
        """What went wrong on the wire, in our words, and whether another try may mend it."""
        source, limits = self.service.source, self.service
        if late:  # a server that uses up the whole time once will do so again
            return TimedOut(source, asked, f"no complete reply within {limits.total_timeout:g} s"), False
        if isinstance(error, requests.ConnectTimeout):
            return TimedOut(source, asked, f"no connection within {limits.connect_timeout:g} s"), True
        if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
            return TimedOut(source, asked, f"no answer for {limits.read_timeout:g} s"), True
        for kinds, fault, what in _HOPELESS:
            if isinstance(error, kinds):
                return fault(source, asked, what), False
        return Unreachable(source, asked, _broken(error)), True

    def _note_budget(self, reply: Reply) -> None:
        spent = self.service.budget(reply.headers) if self.service.budget else None
        if spent is not None:
            self.book.spent(self.service.source, spent, self._clock())
        asked = self.service.pace(reply.headers) if self.service.pace and self.service.interval else None
        if asked is not None:  # slower where the service says so; never faster than the source's file allows
            self._interval = min(max(self.service.interval, asked), self.service.max_wait)

    # --- redirects ---------------------------------------------------------------------------------------------------

    def _redirected(self, question: _Question, reply: Reply) -> _Question:
        """Where a redirect leads. Key and mail address stay behind, for good, where it leaves the service's host."""
        to = _split(reply.headers.get("location", ""), question.url)
        here = urlsplit(question.url)
        if "location" not in reply.headers or to is None or to.scheme not in ("http", "https") or "@" in to.netloc:
            raise self._fault(BadReply, reply, "a redirect to no usable address")
        if here.scheme == "https" and to.scheme == "http":
            raise self._fault(BadReply, reply, "a redirect from https to http")
        if question.body is not None and reply.status not in (307, 308):
            raise self._fault(BadReply, reply, "a redirect that would lose the question")
        if not _same_host(here, to):
            log.debug("%s: redirected to another host; key and mail address stay behind", self.service.source)
            question = question._replace(headers=self._headers(question.body, known=False))
        return question._replace(url=to.geturl())

    def _headers(self, body: bytes | None, *, known: bool = True) -> dict[str, str]:
        """The headers of a request; one to a host that is not known to be the service's says nothing private."""
        contact = f"; mailto:{self._mailto}" if known and self._mailto else ""
        headers = {
            "User-Agent": f"harvester/{__version__} (bibliographic metadata harvester{contact})",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if known and self.service.key_header:
            name, value = self.service.key_header
            headers[name] = value
        return headers

    # --- what a status means -----------------------------------------------------------------------------------------

    def _judge(self, reply: Reply) -> Reply | _Again:
        """The reply if it is one; `_Again` where it is worth it; else raises what the status means."""
        status = reply.status
        if 200 <= status < 300:
            return reply
        after = _retry_after(reply.headers.get("retry-after"), self._clock())
        said = self._message(reply)
        if status == 429:
            return self._too_many(reply, after, said)
        if status in _TRANSIENT:
            return _Again(self._fault(ServerFault, reply, f"the service failed{said}"), after)
        if status in (401, 403):
            advice = None if self.service.key_header else "the service may want a key: set it in the environment"
            raise self._fault(KeyRejected, reply, f"the service denies access{said}", advice=advice)
        if status in (404, 410):
            raise self._fault(NotFound, reply, f"no such thing there{said}")
        if 400 <= status < 500:
            raise self._fault(Refused, reply, f"the service refuses the question{said}")
        if status >= 500:
            raise self._fault(ServerFault, reply, f"the service failed{said}")
        raise self._fault(BadReply, reply, f"an unexpected status{said}")

    def _too_many(self, reply: Reply, after: float | None, said: str) -> _Again:
        """429 has three meanings, and only the source can tell them apart."""
        meaning = self.service.meaning_of_429(reply) if self.service.meaning_of_429 else "burst"
        if meaning == "plan":
            raise self._fault(PlanRequired, reply, f"the service wants a paid plan for this{said}")
        if meaning == "budget":
            spent = self._fault(BudgetSpent, reply, f"the budget is spent{said}")
            wait = min(self._until_renewal(reply) if after is None else after, _DAY)  # no header may silence us longer
            self.book.block(self.service.source, self._clock() + wait, spent.what)
            self._come_back(BudgetSpent, spent, wait)
        if meaning != "burst":
            raise ValueError(f"429 cannot mean {meaning!r}")
        limited = self._fault(RateLimited, reply, f"too many requests{said}")
        limited.retry_at = None if after is None else _moment(self._clock() + after)
        return _Again(limited, after)

    def _until_renewal(self, reply: Reply) -> float:
        """Seconds until the budget's reset as the headers state it, else until midnight UTC, the usual hour."""
        spent = self.service.budget(reply.headers) if self.service.budget else None
        if spent is not None and spent.reset_seconds is not None and spent.reset_seconds >= 0:
            return spent.reset_seconds
        return _DAY - self._clock() % _DAY

    def _come_back(self, kind: type[RateLimited] | type[BudgetSpent], fault: SourceError, seconds: float) -> None:
        when = _moment(self._clock() + seconds)
        what = f"{fault.what}; it asks to come back at {when:%Y-%m-%d %H:%M:%S} UTC"
        advice = "run again after that" if kind is RateLimited else None
        raise kind(fault.source, fault.asked, what, status=fault.status, advice=advice, retry_at=when)

    # --- words -------------------------------------------------------------------------------------------------------

    def _fault(self, kind: type[_E], reply: Reply, what: str, *, advice: str | None = None) -> _E:
        return kind(self.service.source, reply.asked, what, status=reply.status, advice=advice)

    def _message(self, reply: Reply) -> str:
        """': ' and what the service says is wrong, in one short line; '' if it says nothing."""
        said = self._short(normal.text(_said(reply.body, self.service.max_depth)[: 20 * _SHOWN]) or "")
        return f": {said}" if said else ""

    def _short(self, text: str) -> str:
        text = redact(text, self._secrets)  # before it is cut: half a key would not be recognised
        return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_E = TypeVar("_E", bound=SourceError)


# --- faults of the connection ----------------------------------------------------------------------------------------

_HOPELESS: tuple[tuple[tuple[type[Exception], ...], type[SourceError], str], ...] = (
    (
        (requests.exceptions.SSLError, urllib3.exceptions.SSLError),
        Unreachable,
        "the server's certificate or encryption is not accepted",
    ),
    (
        (urllib3.exceptions.DecodeError,),
        BadReply,
        "the reply's compression is broken",
    ),
    (
        (ValueError,),  # InvalidURL, LocationParseError, UnicodeError: what a redirect can lead to
        Unreachable,
        "an address that cannot be used",
    ),
)


def _broken(error: Exception) -> str:
    """What broke a connection, told from the chain of causes; only names of kinds, never their texts."""
    kinds: set[str] = set()
    links: list[object] = [error]
    while links and len(kinds) < 50:
        link = links.pop()
        if isinstance(link, BaseException) and type(link).__name__ not in kinds:
            kinds.add(type(link).__name__)
            links += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    if "ConnectionRefusedError" in kinds:
        return "the connection was refused"
    if kinds & {"NameResolutionError", "gaierror"}:
        return "the host's name is not known"
    if kinds & {"IncompleteRead", "InvalidChunkLength"}:
        return "the reply was cut short"
    if kinds & {"ConnectionResetError", "RemoteDisconnected", "BrokenPipeError", "ConnectionAbortedError"}:
        return "the connection was closed by the other side"
    return "no connection, or it broke"


# --- redaction -------------------------------------------------------------------------------------------------------

_PRIVATE = re.compile(r"(?i)\b((?:api[_-]?key|access_token|key|token|mailto|email)=)[^&#;\s\"'<>]+")
_USER = re.compile(r"(?<=//)[^/?#@\s]+@")


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without these secrets, without the values of query parameters that hold one, without a URL's user.

    >>> redact("GET https://u:p@example.org/works?page=2&api_key=abc&mailto=a%40b.org", ())
    'GET https://***@example.org/works?page=2&api_key=***&mailto=***'
    >>> redact("Invalid API key: s3cret", ("s3cret",))
    'Invalid API key: ***'
    """
    for secret in secrets:
        text = text.replace(secret, "***")
    return _USER.sub("***@", _PRIVATE.sub(r"\1***", text))


def _secrets(service: Service, mailto: str | None) -> tuple[str, ...]:
    """Every spelling in which a key or the mail address could come back. ConfigError for what no header can hold."""
    plain = [mailto] if mailto else []
    if service.key_header:
        value = service.key_header[1]
        plain += [value, value.split(" ")[-1]]  # "Bearer XXX": XXX alone is the secret
    for text in plain:
        if not (text.isascii() and text.isprintable()) or text != text.strip():
            raise ConfigError(f"{service.source}: the key or mail address has a character that no header can hold")
    spellings = {spelling for text in plain if text for spelling in (text, quote(text), quote(text, safe=""))}
    return tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))


_SAYS = ("error", "errors", "message", "title", "detail")


def _said(body: bytes, max_depth: int) -> str:
    """What an error's body says: {"error", "message"}, {"message"}, a list of such, a line of text, an HTML page."""
    if body[:256].lstrip()[:1] in (b"{", b"[") and not too_deep(body, max_depth):
        try:
            return _spoken(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # then it is a line of text
    text = body.decode("utf-8", "replace")
    title = re.search(r"<title[^>]{0,200}>([^<]{1,500})", text, re.IGNORECASE)
    return title[1] if title else text


def _spoken(value: Any) -> str:
    match value:
        case str():
            return value
        case dict():
            return ": ".join(filter(None, (_spoken(value[name]) for name in _SAYS if name in value)))
        case [first, *_]:
            return _spoken(first)
    return ""


_CONTENT_FREE = re.compile(r"(?:Expected |Object missing |JSON is malformed|Input data was truncated)[^'\"]*")
_PATH = re.compile(r"`(\$[^`]*)`$")


def _without_content(error: Exception) -> str:
    """A decoding error in words that hold no content of the reply, whatever the decoder says."""
    said = str(error)
    if _CONTENT_FREE.fullmatch(said):
        return f"the reply's JSON is not as promised: {said}"
    place = _PATH.search(said)
    return f"the reply's JSON is not as promised{f', at {place[1]}' if place else ''}"


# --- limits ----------------------------------------------------------------------------------------------------------


def _fill(body: io.BytesIO, raw: Any, limit: int) -> bool:
    """Read a reply into `body` until its end, or until it has passed `limit` bytes: then True.

    urllib3's `read1` hands over what has arrived and decompresses no more than it is asked for, so a small reply that
    unfolds into gigabytes is never held.
    """
    while chunk := raw.read1(_CHUNK, decode_content=True):
        body.write(chunk)
        if body.tell() > limit:
            return True
    return False


_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"]*"?')


def too_deep(body: bytes, limit: int) -> bool:
    """Whether JSON is nested deeper than `limit`, told without decoding it and without recursion.

    Escapes, texts and everything but brackets are taken out, then the innermost pairs, level by level. Each step is one
    pass in C: some 5 ms a megabyte. Broken JSON may count as deep; it is never decoded then, which is as well.

    >>> too_deep(b'{"a": [1, "[[[[", {}]}', 3), too_deep(b'{"a": [1, "[[[[", {}]}', 2)
    (False, True)
    """
    bare = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(_ONE_KIND, _NOT_STRUCTURE)
    bare = _STRING.sub(b"", bare.replace(b'""', b""))
    run = b"[" * (limit + 1)
    for _ in range(limit):
        if run in bare:
            return True
        outer = bare.replace(b"[]", b"")
        if len(outer) == len(bare):
            return False
        bare = outer
    return b"[" in bare


_SECONDS = re.compile(r"\d{1,10}(?:\.\d{1,10})?")


def _retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3); None where it says nothing sensible."""
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return min(float(value), 366 * _DAY)
    try:
        when = email.utils.parsedate_to_datetime(value)
        stamp = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(stamp - now, 0.0), 366 * _DAY)


def _moment(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


# --- addresses -------------------------------------------------------------------------------------------------------


def _split(url: str, base: str = "") -> SplitResult | None:
    """The parts of an address, seen from `base`; None if it has no host or its port is no number."""
    try:
        parts = urlsplit(urljoin(base, url))
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _base_address(service: Service) -> str:
    parts = _split(service.url)
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"{service.source}: its address must be http(s)://host[:port][/path], without user or query")
    return service.url.rstrip("/")


_PORTS = {"http": 80, "https": 443}


def _same_host(here: SplitResult, to: SplitResult) -> bool:
    """Whether a key may go along: same host and port, or the same host's step from http to https."""
    if here.hostname != to.hostname:
        return False
    ports = [parts.port or _PORTS[parts.scheme] for parts in (here, to)]
    return ports[0] == ports[1] or ports == [80, 443]


# --- the total time limit --------------------------------------------------------------------------------------------
# A read timeout bounds the silence between two bytes, so a server that sends a byte a second, in the headers or in the
# body, can hold a request for days. These few classes put a stream under every reply on which each read from the socket
# gets at most what is left of the request's time.

_DEADLINE: contextvars.ContextVar[float] = contextvars.ContextVar("deadline")


class _Timed(io.RawIOBase):
    """A socket's incoming bytes until a moment of the monotonic clock; after it, TimeoutError."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until
        self._silence = sock.gettimeout()
        self.ended = False
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left if self._silence is None else min(left, self._silence))
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self._timed = _Timed(sock, _DEADLINE.get())
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        super().begin()
        if self._timed.ended:  # http.client takes headers that were cut short for a whole reply with an empty body
            raise http.client.RemoteDisconnected("in the headers")


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _TimedResponse


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def _session() -> requests.Session:
    """A session that sends what it is given and nothing else: no .netrc password, no retry of its own."""
    session = requests.Session()
    session.auth = lambda request: request  # an auth of any kind keeps .netrc closed
    session.headers.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0))
    return session
