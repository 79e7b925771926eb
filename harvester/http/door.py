"""The door: one question, as often as it takes, and what a status means."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import requests  # noqa: TID251 (this package may)
import urllib3

from harvester import normal
from harvester.errors import (
    BadReply,
    BudgetSpent,
    KeyRejected,
    NotFound,
    PlanRequired,
    RateLimited,
    Refused,
    ReplyTooDeep,
    ReplyTooLarge,
    ServerFault,
    SourceError,
)
from harvester.http.addresses import base_address, same_host, split
from harvester.http.book import MemoryBook
from harvester.http.faults import connection_fault
from harvester.http.limits import DAY, fill, moment, retry_after, too_deep
from harvester.http.redaction import redact, secrets_of, without_content, words_of
from harvester.http.service import Reply, headers
from harvester.http.session import DEADLINE, new_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harvester.http.book import Allowance, Book
    from harvester.http.service import Service

T = TypeVar("T")
_E = TypeVar("_E", bound=SourceError)

log = logging.getLogger(__name__)

_MAX_REDIRECTS = 5
_MAX_ERROR_BODY = 64 * 1024  # enough for a service to say what is wrong
_SHOWN = 200  # characters of a question or of a service's message in an error
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# 500-504 by HTTP's own meaning; 408 is an idle connection given up; 520-524, 529 are how edge networks spell 502-504.
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


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

    book: where pace and budget are kept. mailto: a contact for the service, sent in the User-Agent. allowance: how many
    requests may be sent, by this door and those that share it; retries and redirects are requests too. Raises Enough.
    sleep, clock (Unix seconds) and rng are what time and chance are to it.
    """

    def __init__(
        self,
        service: Service,
        book: Book | None = None,
        *,
        mailto: str | None = None,
        allowance: Allowance | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self.service = service
        self.book: Book = MemoryBook() if book is None else book
        self._allowance = allowance
        self._sleep = sleep
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 (spreads retries, guards nothing)
        self._base = base_address(service)
        self._secrets = secrets_of(service, mailto)
        self._mailto = mailto
        self._session = new_session()
        self._interval = service.interval
        self._key_known_good = False

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
            what = without_content(error)
        raise self._fault(BadReply, reply, what)

    # --- one question, as often as it takes --------------------------------------------------------------------------

    def _ask(self, method: str, path: str, params: Mapping[str, str] | None, body: bytes | None) -> Reply:
        if path and not path.startswith("/"):
            raise ValueError("a path begins with '/'")
        url = self._base + path + (("&" if "?" in path else "?") + urlencode(params) if params else "")
        asked = self._short(f"{method} {url}")
        if {".", ".."} & set(path.partition("?")[0].split("/")):  # resolved on the way, they ask for another record
            raise Refused(self.service.source, asked, "a path may not hold the segments '.' and '..'")
        tries = 0
        while True:
            outcome = self._once(_Question(method, url, headers(self.service, self._mailto, body), body, asked))
            if isinstance(outcome, Reply):
                return outcome
            tries += 1
            self._wait_or_raise(outcome, tries)

    def _wait_or_raise(self, again: _Again, tries: int) -> None:
        """Wait before the next try: what the service asks for, else "full jitter", doubling from one second."""
        fault, after = again
        if after is not None and after > self.service.max_wait:
            self._come_back(RateLimited, fault, after)
        if tries >= self.service.tries or (self._allowance and not self._allowance.left):
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
        if self._allowance:
            self._allowance.take()
        wait = self.book.reserve(source, self._interval, self._clock())
        if wait > 0:
            self._sleep(wait)
            self._refuse_if_blocked(asked)  # by another process meanwhile
        self.book.requested(source)

    def _refuse_if_blocked(self, asked: str) -> None:
        until = self.book.blocked_until(self.service.source, self._clock())
        if until is not None:
            when = moment(until)
            what = f"the budget is spent until {when:%Y-%m-%d %H:%M} UTC; nothing was sent"
            raise BudgetSpent(self.service.source, asked, what, retry_at=when)

    # --- one request -------------------------------------------------------------------------------------------------

    def _send(self, question: _Question) -> Reply | _Again:
        """One request and its whole body. Faults of the connection come back as `_Again`, without their cause.

        The library's own exceptions hold the full URL and would hang on ours as `__context__`: ours is made inside the
        `except` and raised, if at all, outside of it.
        """
        until = time.monotonic() + self.service.total_timeout  # real time: sockets know no other
        DEADLINE.set(until)
        try:
            with self._answer(question) as answer:
                body = self._body(answer, question.asked)
            said = {name.lower(): value for name, value in answer.headers.items()}
            reply = Reply(answer.status_code, said, body, question.asked)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            fault, worth_retrying = connection_fault(
                self.service, error, question.asked, late=time.monotonic() >= until
            )
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
                fill(body, answer.raw, _MAX_ERROR_BODY)
        elif fill(body, answer.raw, self.service.max_bytes):
            what = f"a reply larger than {self.service.max_bytes:,} bytes"
            raise ReplyTooLarge(self.service.source, asked, what, status=answer.status_code)
        return body.getvalue()

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
        to = split(reply.headers.get("location", ""), question.url)
        here = urlsplit(question.url)
        if "location" not in reply.headers or to is None or to.scheme not in ("http", "https") or "@" in to.netloc:
            raise self._fault(BadReply, reply, "a redirect to no usable address")
        if here.scheme == "https" and to.scheme == "http":
            raise self._fault(BadReply, reply, "a redirect from https to http")
        if question.body is not None and reply.status not in (307, 308):
            raise self._fault(BadReply, reply, "a redirect that would lose the question")
        if not same_host(here, to):
            log.debug("%s: redirected to another host; key and mail address stay behind", self.service.source)
            question = question._replace(headers=headers(self.service, None, question.body, known=False))
        return question._replace(url=to.geturl())

    # --- what a status means -----------------------------------------------------------------------------------------

    def _judge(self, reply: Reply) -> Reply | _Again:
        """The reply if it is one; `_Again` where it is worth it; else raises what the status means."""
        status = reply.status
        if 200 <= status < 300:
            self._key_is_good()
            return reply
        after = retry_after(reply.headers.get("retry-after"), self._clock())
        said = self._message(reply)
        if status == 429:
            return self._too_many(reply, after, said)
        if status in _TRANSIENT:
            return _Again(self._fault(ServerFault, reply, f"the service failed{said}"), after)
        if status in (401, 403):
            advice = None if self.service.key_header else "the service may want a key: set it in the environment"
            denied = self._fault(KeyRejected, reply, f"the service denies access{said}", advice=advice)
            return self._without_key(denied)
        if status in (404, 410):
            raise self._fault(NotFound, reply, f"no such thing there{said}")
        if 400 <= status < 500:
            raise self._fault(Refused, reply, f"the service refuses the question{said}")
        if status >= 500:
            raise self._fault(ServerFault, reply, f"the service failed{said}")
        raise self._fault(BadReply, reply, f"an unexpected status{said}")

    def _without_key(self, denied: KeyRejected) -> _Again:
        """Go on without a key that is refused, where the service is open to everybody. Raises `denied` elsewhere."""
        if not (self.service.key_header and self.service.open_without_key):
            raise denied
        self.service = msgspec.structs.replace(self.service, key_header=None)
        self.book.key_refused(self.service.source, self._clock())
        log.warning("%s: the key is refused; going on without it", self.service.source)
        return _Again(denied, 0.0)

    def _key_is_good(self) -> None:
        if self.service.key_header and not self._key_known_good:
            self._key_known_good = True
            self.book.key_refused(self.service.source, None)

    def _too_many(self, reply: Reply, after: float | None, said: str) -> _Again:
        """429 has three meanings, and only the source can tell them apart."""
        meaning = self.service.meaning_of_429(reply) if self.service.meaning_of_429 else "burst"
        if meaning == "plan":
            raise self._fault(PlanRequired, reply, f"the service wants a paid plan for this{said}")
        if meaning == "budget":
            spent = self._fault(BudgetSpent, reply, f"the budget is spent{said}")
            wait = min(self._until_renewal(reply) if after is None else after, DAY)  # no header may silence us longer
            self.book.block(self.service.source, self._clock() + wait, spent.what)
            self._come_back(BudgetSpent, spent, wait)
        if meaning != "burst":
            raise ValueError(f"429 cannot mean {meaning!r}")
        limited = self._fault(RateLimited, reply, f"too many requests{said}")
        limited.retry_at = None if after is None else moment(self._clock() + after)
        return _Again(limited, after)

    def _until_renewal(self, reply: Reply) -> float:
        """Seconds until the budget's reset as the headers state it, else until midnight UTC, the usual hour."""
        spent = self.service.budget(reply.headers) if self.service.budget else None
        if spent is not None and spent.reset_seconds is not None and spent.reset_seconds >= 0:
            return spent.reset_seconds
        return DAY - self._clock() % DAY

    def _come_back(self, kind: type[RateLimited] | type[BudgetSpent], fault: SourceError, seconds: float) -> None:
        when = moment(self._clock() + seconds)
        what = f"{fault.what}; it asks to come back at {when:%Y-%m-%d %H:%M:%S} UTC"
        advice = "run again after that" if kind is RateLimited else None
        raise kind(fault.source, fault.asked, what, status=fault.status, advice=advice, retry_at=when)

    # --- words -------------------------------------------------------------------------------------------------------

    def _fault(self, kind: type[_E], reply: Reply, what: str, *, advice: str | None = None) -> _E:
        return kind(self.service.source, reply.asked, what, status=reply.status, advice=advice)

    def _message(self, reply: Reply) -> str:
        """': ' and what the service says is wrong, in one short line; '' if it says nothing."""
        said = self._short(normal.text(words_of(reply.body, self.service.max_depth)[: 20 * _SHOWN]) or "")
        return f": {said}" if said else ""

    def _short(self, text: str) -> str:
        text = redact(text, self._secrets)  # before it is cut: half a key would not be recognised
        return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
