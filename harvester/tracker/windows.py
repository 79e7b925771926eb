"""Windows of days: what counts gained in one, and which works gained most.

The best few of a hundred thousand works are found without looking at each: lists that give an upper bound for what is not yet
looked at are read from the top, until nothing further down can still be among the best. (The threshold algorithm: Fagin,
Lotem, Naor 2003, https://doi.org/10.1016/S0022-0000(03)00026-6.) The bounds: no window has gained more than all rises of a
count; a count that has stood since before the window gained nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from typing import NamedTuple

from harvester.normal import shift
from harvester.store import Row, Store

FEW = 1_000  # so many works are all looked at
CHUNK = 5_000  # works looked at in one query
_SPARE = 8  # leads beyond those that are wanted: some are of one work, or of none
_AGREE = 7  # days: sources that are read once a week see a work on different days of it

Key = tuple[float, float]  # gained, count: what comes first


class Window(NamedTuple):
    """Whose counts are meant, from day `start` (None: since each was first seen) to day `end`, of which source (None: all).

    best: of each work only the source that `best_of` chooses; ranks: source -> rank, 0 is best.
    """

    start: str | None
    end: str
    source: str | None = None
    best: bool = False
    ranks: Mapping[str, int] = {}

    def asked(self) -> dict[str, str | None]:
        """As parameters of the queries."""
        return {"from": self.start, "to": self.end, "source": self.source}


def series(store: Store, window: Window, works: Sequence[int]) -> Iterator[Row]:
    """What counts of these works gained: {work, source, count, gained, from_date, to_date, records}, a row a work and source.

    gained: the count on to_date less the one on from_date, the days between which it was really observed; records: the
    numbers of those it is read from (JSON list).
    """
    for first in range(0, len(works), CHUNK):
        chunk = json.dumps(works[first : first + CHUNK])
        rows = store.rows("growth", works=chunk, **window.asked())
        yield from best_of(rows, window) if window.best else rows


def best_of(rows: Sequence[Row], window: Window) -> Iterator[Row]:
    """Of the series of each work the one to go by: seen throughout the window, then the highest count, then the best rank.

    Throughout: on or before the window's first day and until its last; where no source saw so much, within a week of the
    first and of the last day any of them saw the work.
    """
    for _, group in groupby(sorted(rows, key=lambda row: row["work"]), key=lambda row: row["work"]):
        one = list(group)
        since = max(window.start or "", shift(min(row["from_date"] for row in one), _AGREE))
        until = shift(max(row["to_date"] for row in one), -_AGREE)
        yield max(
            one,
            key=lambda row: (
                row["from_date"] <= since and row["to_date"] >= until,
                row["count"],
                -window.ranks.get(row["source"], len(window.ranks)),
            ),
        )


def most(store: Store, window: Window, works: Sequence[int] | None, limit: int) -> list[Row]:
    """The `limit` rows of `series` that gained most, of these works (None: of all); equal ones by count, work and source."""
    for candidates, bound in _rounds(store, window, works, limit):
        rows = sorted(series(store, window, candidates), key=_order)[:limit]
        if bound is None or (len(rows) == limit and _key(rows[-1]) > bound):
            return rows
    raise AssertionError("the last round has no bound")


def _key(row: Row) -> Key:
    return row["gained"], row["count"]


def _order(row: Row) -> tuple[float, float, int, str]:
    return -row["gained"], -row["count"], row["work"], row["source"]


def _rounds(
    store: Store, window: Window, works: Sequence[int] | None, limit: int
) -> Iterator[tuple[Sequence[int], Key | None]]:
    """Ever more works, each time with the highest key (gained, count) that any other work can have; None: there is no other."""
    if works is not None and len(works) <= FEW:
        yield works, None
        return
    asked = window.asked() | {"works": None if works is None else json.dumps(works)}
    spliced = {row["work"] for row in store.rows("growth_spliced", to=window.end)}
    sure = spliced if works is None else spliced & set(works)
    for leads, bound in _risen(store, asked, limit):
        sure |= leads
        yield sorted(sure), bound
    size = limit + _SPARE
    while True:  # all that gained anything is at hand: what did not comes by its count
        rows = store.rows("growth_still", limit=size, **asked)
        found = sorted(sure | _works(rows))
        if len(rows) < size:
            yield found, None
            return
        yield found, (0, rows[-1]["count"])
        size *= 8


def _risen(store: Store, asked: Mapping[str, object], limit: int) -> Iterator[tuple[set[int], Key]]:
    """The works of ever more records in order of what they gained, until all that gained anything are told."""
    bound = store.row("growth_bound", limit=limit, **asked)
    least, size = max((bound and bound["gained"]) or 1, 1), limit + _SPARE
    while True:
        rows = store.rows("growth_leads", least=least, limit=size, **asked)
        if len(rows) == size:
            yield _works(rows), (rows[-1]["gained"], rows[-1]["count"])
            size *= 8
            continue
        yield _works(rows), (least - 1, inf)
        if least == 1:
            return
        least = 1


def _works(rows: Collection[Row]) -> set[int]:
    return {row["work"] for row in rows if row["work"] is not None}
