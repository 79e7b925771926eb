"""What the stand-ins share: the literature, the clock, and how a reply is written."""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import msgspec
from flask import Response

from harvester.sandbox import happenings
from harvester.sandbox.literature import Literature, Work

SECONDS_TO_MIDNIGHT = 12 * 3600  # the clock knows days only; its hour is always noon, UTC


class Desk:
    """The literature, the day it is seen on, and what happens to it.

    Days only move forward, so that nothing published is ever unwritten.
    """

    def __init__(self, literature: Literature, on: date) -> None:
        self.literature = literature
        self.on = on
        self.happenings: tuple[happenings.Happening, ...] = ()
        self._seen: dict[str, happenings.Seen] = {}
        self.closing = threading.Event()  # set when the server stops: whoever waits, waits on this
        self.credits: int | None = None  # the day's budget on OpenAlex where a rule sets one

    def move_to(self, day: date) -> None:
        """Set the clock. Raises ValueError for a day before the one it stands at."""
        if day < self.on:
            raise ValueError(f"the clock stands at {self.on} and only moves forward, not to {day}")
        self.on = day

    def let_happen(self, texts: Sequence[str]) -> None:
        """Put these rules in place of those in force. Raises ValueError; then nothing changes."""
        self.happenings = happenings.read(self.literature, texts)

    def is_out(self, service: str) -> bool:
        """Whether a service answers nothing today."""
        return happenings.is_out(self.happenings, service, self.on)

    def seen(self, service: str) -> happenings.Seen:
        """What a service can know today: one and the same object as long as that is the same."""
        day, rules = happenings.day_seen(self.happenings, service, self.on), self.happenings
        held = self._seen.get(service)
        if held is None or (held.on, held.rules, held.literature) != (day, rules, self.literature):
            held = self._seen[service] = happenings.look(self.literature, rules, service, self.on)
        return held


class Refusal(Exception):
    """A request that the service answers with an error: the status, the body (text or a value for JSON), headers."""

    def __init__(
        self, status: int, body: object, mimetype: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.response = reply(body, status, mimetype, headers)


def reply(
    body: object, status: int = 200, mimetype: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    """A reply; a body that is not text is written as JSON."""
    data = body if isinstance(body, str | bytes) else msgspec.json.encode(body)
    return Response(data, status, headers, mimetype=mimetype)


def http_date(day: date) -> str:
    """The `Date` header of the simulated day.

    >>> http_date(date(2026, 8, 31))
    'Mon, 31 Aug 2026 12:00:00 GMT'
    """
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{weekday}, {day.day:02} {month} {day.year} 12:00:00 GMT"


def stamp(day: date, hour: int = 4) -> datetime:
    """A point in time on a day, without a zone, as OpenAlex writes them."""
    return datetime.combine(day, time(hour))


def after(day: date, days: int) -> date:
    """The day so many days later."""
    return day + timedelta(days)


_WORD = re.compile(r"\w+")


@functools.lru_cache(maxsize=1 << 14)
def terms(text: str) -> tuple[str, ...]:
    """The words of a text for searching: lower case, without diacritics, roughly stemmed.

    >>> terms("Dissociating states: État!")
    ('dissociat', 'stat', 'etat')
    """
    folded = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    return tuple(_stem(word) for word in _WORD.findall(folded))


def _stem(word: str) -> str:
    for ending in ("ing", "ion", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def score(work: Work, wanted: tuple[str, ...], *, in_abstract: bool = True) -> float:
    """How well a work answers a search: 0 unless every word occurs; a word in the title counts three times."""
    title = terms(work.title)
    abstract = terms(work.abstract or "") if in_abstract else ()
    total = 0
    for word in wanted:
        found = 3 * title.count(word) + abstract.count(word)
        if not found:
            return 0.0
        total += found
    return round(100 * total / (len(title) + 4), 4)
