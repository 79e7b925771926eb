"""Where pace and budget are kept: the protocol, and the book of one process. The store has one that all share."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from harvester.errors import Enough

if TYPE_CHECKING:
    from harvester.http.service import Spent


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

    def key_refused(self, source: str, at: float | None) -> None:
        """Keep when the source refused our key; None: it is good."""


class Allowance:
    """How many requests may be sent altogether, over all doors that share it."""

    def __init__(self, most: int) -> None:
        self.sent = 0
        self.left = most

    def take(self) -> None:
        """Count one request that is about to be sent. Raises Enough where none is left."""
        if not self.left:
            raise Enough("as many requests were sent as were allowed")
        self.left -= 1
        self.sent += 1


class MemoryBook:
    """A Book for one process: safe between threads, gone at exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[str, float] = {}
        self._blocks: dict[str, float] = {}
        self.requests: Counter[str] = Counter()
        self.last: dict[str, Spent] = {}
        self.refused: dict[str, float | None] = {}

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

    def key_refused(self, source: str, at: float | None) -> None:
        """See Book; the moment is in `refused`."""
        with self._lock:
            self.refused[source] = at
