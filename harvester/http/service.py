"""What the door must know of a service, and what it hands back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harvester import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


def headers(service: Service, mailto: str | None, body: bytes | None, *, known: bool = True) -> dict[str, str]:
    """The headers of a request; one to a host that is not known to be the service's says nothing private."""
    contact = f"; mailto:{mailto}" if known and mailto else ""
    said = {
        "User-Agent": f"harvester/{__version__} (bibliographic metadata harvester{contact})",
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
    }
    if body is not None:
        said["Content-Type"] = "application/json"
    if known and service.key_header:
        name, value = service.key_header
        said[name] = value
    return said
