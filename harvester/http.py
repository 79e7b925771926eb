"""CONTRACT ONLY, being written."""
from __future__ import annotations
import msgspec
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from harvester.errors import SourceError
T = TypeVar("T")

class Reply(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]     # keys in lower case
    body: bytes                    # decompressed
    asked: str                     # method and redacted URL, for messages

class Spent(msgspec.Struct, frozen=True):
    """What a reply's headers say about the budget (None: not said)."""
    limit: int | None = None
    remaining: int | None = None
    reset_seconds: int | None = None
    cost: float | None = None

class Service(msgspec.Struct, frozen=True):
    """What the door must know of a service; the facts, with reasons, stand in the source's file."""
    source: str                    # name used in errors, budget rows
    url: str                       # base address, no trailing slash
    interval: float                # seconds between two requests
    key_header: tuple[str, str] | None = None     # ("Authorization", "Bearer XXX"); never in a URL
    budget: Callable[[Mapping[str, str]], Spent | None] | None = None
    meaning_of_429: Callable[[Reply], str] | None = None   # "burst" | "budget" | "plan"
    max_bytes: int = 64 * 1024 * 1024
    max_depth: int = 64
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    total_timeout: float = 300.0
    tries: int = 5
    max_wait: float = 60.0         # longest Retry-After honoured by waiting

class Book(Protocol):
    """Where pace and budget are kept, shared by every process that uses the database."""
    def reserve(self, source: str, interval: float, now: float) -> float:
        """Book the next slot; returns how many seconds to wait for it."""
    def blocked_until(self, source: str, now: float) -> float | None: ...
    def spent(self, source: str, spent: Spent, now: float) -> None: ...
    def block(self, source: str, until: float, why: str) -> None: ...
    def requested(self, source: str) -> None: ...

class Door:
    def __init__(self, service: Service, book: Book, *, mailto: str | None = None) -> None: ...
    def get(self, path: str, params: Mapping[str, str] | None = None) -> Reply: ...
    def post(self, path: str, params: Mapping[str, str] | None, payload: object) -> Reply: ...
    def decode(self, reply: Reply, type: type[T]) -> T: ...
