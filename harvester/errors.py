"""The tree of faults; each knows its exit code (DESIGN's contract).

    HarvesterError                   1
    ├── UsageError                   2   the command line or a file given on it is wrong
    ├── ConfigError                  3   harvest.toml or the environment is wrong
    ├── SourceError                  4   a source could not be read; says source, what was asked, status, advice
    │   ├── Unreachable                  no connection, or it broke
    │   ├── TimedOut                     connect, read or total time ran out
    │   ├── ServerFault                  500, 502, 503, 504 after the last try
    │   ├── BadReply                     not what was promised: HTML for JSON, cut short, retyped
    │   │   ├── ReplyTooLarge
    │   │   └── ReplyTooDeep
    │   ├── Refused                      400 and its like: this question will never be answered
    │   │   └── PlanRequired             429 without Retry-After: the question wants a paid plan
    │   ├── KeyRejected                  401, 403
    │   ├── NotFound                     404: the source knows no such thing
    │   └── ComeBackLater           75   429 that waiting a moment does not mend
    │       ├── RateLimited              burst 429 after the last try
    │       └── BudgetSpent              the day's budget is gone until `retry_at`
    ├── StoreError                   5   the database
    ├── PartlyDone                   6   the run ended, some of it in quarantine or missing
    ├── Enough                           as many requests were sent as were allowed; never the end of a command
    └── Busy                        75   another harvest holds the lock

`ParseError` is not in the tree's exits: one bad record goes to quarantine and the run goes on.
"""

from __future__ import annotations

from datetime import datetime


class HarvesterError(Exception):
    """Base of all expected faults: one line for a person, an exit code for cron."""

    exit_code = 1


class UsageError(HarvesterError):
    """The command line, or a file named on it, cannot be used."""

    exit_code = 2


class ConfigError(HarvesterError):
    """The settings file or the environment cannot be used."""

    exit_code = 3


class SourceError(HarvesterError):
    """A source did not answer as it should.

    source: the source's name; asked: what was asked, redacted; status: HTTP status or None;
    advice: what a person can do.
    """

    exit_code = 4
    advice = "try again later"

    def __init__(
        self, source: str, asked: str, what: str, *, status: int | None = None, advice: str | None = None
    ) -> None:
        self.source = source
        self.asked = asked
        self.what = what
        self.status = status
        self.advice = advice or self.advice
        super().__init__(str(self))

    def __str__(self) -> str:
        status = f" (HTTP {self.status})" if self.status is not None else ""
        return f"{self.source}: {self.what}{status}, asked {self.asked}; {self.advice}"


class Unreachable(SourceError):
    """No connection, or the connection broke."""

    advice = "check the network and the source's address"


class TimedOut(SourceError):
    """The connect, read or total time ran out."""


class ServerFault(SourceError):
    """The service failed on its own side (500, 502, 503, 504) at every try."""


class BadReply(SourceError):
    """The reply is not what the service promises: HTML for JSON, cut short, or of another shape."""

    advice = "the service may have changed or a proxy may stand between; nothing was stored from this reply"


class ReplyTooLarge(BadReply):
    """The reply is larger, after decompression, than the source's limit."""


class ReplyTooDeep(BadReply):
    """The reply's JSON is nested deeper than any real record."""


class Refused(SourceError):
    """The service refuses this question (400, 405, 413, 414, 422): asking again will not help."""

    advice = "the question is wrong for this service; please report it"


class PlanRequired(Refused):
    """The question wants a paid plan: never ask it again with this key."""

    advice = "this needs a paid plan of the service"


class KeyRejected(SourceError):
    """The key is missing, wrong or disabled (401, 403)."""

    advice = "check the key in the environment"


class NotFound(SourceError):
    """The service knows no such thing (404)."""

    advice = "check the identifier"


class ComeBackLater(SourceError):
    """Nothing is wrong but the time; `retry_at` says when (aware UTC), where known."""

    exit_code = 75

    def __init__(
        self,
        source: str,
        asked: str,
        what: str,
        *,
        status: int | None = None,
        advice: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        self.retry_at = retry_at
        super().__init__(source, asked, what, status=status, advice=advice)


class RateLimited(ComeBackLater):
    """Too many requests in a short time, still so after the last try."""

    advice = "another program may be using the same key; run again in a few minutes"


class BudgetSpent(ComeBackLater):
    """The day's budget is spent."""

    advice = "run again after the reset; the harvest goes on where it stopped"


class StoreError(HarvesterError):
    """The database cannot be opened, read or written."""

    exit_code = 5


class PartlyDone(HarvesterError):
    """The run came to its end, but part of it is missing or in quarantine."""

    exit_code = 6


class Enough(HarvesterError):
    """As many requests were sent as a person allowed; nothing was sent for this one, and nothing is wrong with it."""


class Busy(HarvesterError):
    """Another harvest is running on this database."""

    exit_code = 75


class ParseError(ValueError):
    """One record cannot be understood; the message says which field and why."""
