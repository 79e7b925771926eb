"""What the signals have in common: the store as they read it, what they are asked, what they answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from harvester.store import Store

Seeds = Mapping[int, float]
"""Work -> its weight: 1 for a work asked about, less for one that stands for it, such as its nearest."""


class Shared(msgspec.Struct, frozen=True):
    """References in common: how many, how many of them rare, and the rarest of those that are held (works)."""

    references: int
    rare: int
    rarest: tuple[int, ...] = ()


class Together(msgspec.Struct, frozen=True):
    """Works that cite both: how many, the latest year of one, and how many were looked at where that is not all of them."""

    works: int
    last: int | None = None
    of: int | None = None


Evidence = int | float | str | tuple[str, ...] | Shared | Together


class Hit(NamedTuple):
    """A candidate of one signal: `strength` ranks it, `evidence` is what a person is told or can check."""

    strength: float
    evidence: Evidence


Signal = dict[int, Hit]
"""Work -> hit. What a signal does not find is absent, not zero."""


class Look:
    """The store, and what was read once and is asked for again within one question."""

    def __init__(self, store: Store) -> None:
        """store: opened as of a day, where a day is asked about."""
        self._store = store
        self.remembered: dict[Any, Any] = {}

    def rows(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a named query; lists and mappings (as lists of pairs) go as JSON arrays."""
        return self._store.rows(query, **{name: _json(value) for name, value in parameters.items()})

    def counts(self, query: str, works: Collection[int], most: int) -> dict[int, int]:
        """Work -> number, by a query that counts up to `most`."""
        return {row["work"]: row["n"] for row in self.rows(query, works=sorted(works), most=most)}


def numbers(text: str) -> list[int]:
    """The numbers of a JSON array, as a query gives them."""
    return msgspec.json.decode(text, type=list[int])


def _json(value: object) -> object:
    if isinstance(value, Mapping):
        value = sorted(value.items())
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        value = list(value)
    else:
        return value
    return msgspec.json.encode(value).decode()
