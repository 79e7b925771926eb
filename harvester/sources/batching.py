"""What one request may ask at once: lists bounded by count and by bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batches(things: Iterable[T], most: int, most_bytes: int, cost: Callable[[T], int]) -> Iterator[list[T]]:
    """The things in order, in lists of at most `most`, and of at most `most_bytes` by what each costs.

    One that is too large for any list has one of its own.

    >>> list(batches(["aa", "b", "cccccc", "d", "e", "f"], 2, 4, len))
    [['aa', 'b'], ['cccccc'], ['d', 'e'], ['f']]
    """
    batch: list[T] = []
    size = 0
    for thing in things:
        price = cost(thing)
        if batch and (len(batch) == most or size + price > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(thing)
        size += price
    if batch:
        yield batch
