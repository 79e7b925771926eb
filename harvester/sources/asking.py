"""What services share that are asked for batches of identifiers: cutting the batches, and what a reply's record is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from harvester.errors import ParseError
from harvester.records import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harvester.records import Record

T = TypeVar("T")


def batches(values: Iterable[T], most: int, most_bytes: int, size: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """Parts that each fit one request: at most `most` values, which together take up at most `most_bytes`.

    `size` tells how many bytes one takes up, encoded, with what separates it from the next. One that is larger than all
    is a part of its own.

    >>> list(batches(["a", "bb", "cccc", "d"], 2, 4, len))
    [('a', 'bb'), ('cccc',), ('d',)]
    """
    batch: list[T] = []
    taken = 0
    for value in values:
        cost = size(value)
        if batch and (len(batch) == most or taken + cost > most_bytes):
            yield tuple(batch)
            batch, taken = [], 0
        batch.append(value)
        taken += cost
    if batch:
        yield tuple(batch)


def item(body: bytes, parse: Callable[[bytes], Record]) -> Item:
    """A raw record with what it means, or with the reason why it means nothing."""
    try:
        return Item(body, record=parse(body))
    except ParseError as fault:
        return Item(body, problem=str(fault))
