"""The position of a work in its cohort: works of the same venue and year, or of the same first topic and year.

A percentile is the share of the cohort below a work, those level with it counted half, itself among them (mid-rank, Hazen's
definition; Bornmann, Leydesdorff and Mutz 2013, 10.1016/j.joi.2012.10.001): the average over a cohort is 50 whatever the
ties, so that works without any citation stand in the middle of all that have none. Below LEAST works there is none.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from harvester.store import Row, Store
from harvester.tracker.series import Series, ordinal, series

LEAST = 10  # works of a cohort in which a position says something
EARLIER = 5  # years


class Cohort(
    msgspec.Struct, frozen=True, eq=False
):  # eq: each is itself, whatever it takes to compare a thousand works
    """Works that can be compared. kind: venue, topic; year: theirs, or the last of them; 0: any."""

    kind: str
    name: str
    year: int
    works: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.year}" if self.year else self.name


class _Key(NamedTuple):
    kind: str
    number: int
    first: int
    last: int
    name: str


class Place(NamedTuple):
    """A work among those of its cohort that have the figure; a percentile is None where fewer than LEAST have it.

    size: works with a count at the end of the window; compared: those of them that were seen before it and in it.
    """

    cohort: Cohort
    size: int
    compared: int
    by_count: float | None
    by_gain: float | None


def cohorts(store: Store, works: Iterable[int], *, earlier: bool = False) -> dict[int, list[Cohort]]:
    """The cohorts of these works, the venue's before the topic's, of whatever size.

    earlier: instead of the works of the same year those of the EARLIER years before it.
    """
    asked = sorted(set(works))
    keys = {row["work"]: _keys(row, earlier) for row in store.rows("cohort_keys", works=json.dumps(asked))}
    distinct = list(dict.fromkeys(key for own in keys.values() for key in own))
    members: list[list[int]] = [[] for _ in distinct]
    for row in store.rows("cohort_members", keys=json.dumps([key[:4] for key in distinct])):
        members[row["key"]].append(row["work"])
    found = {key: Cohort(key.kind, key.name, key.last, tuple(own)) for key, own in zip(distinct, members, strict=True)}
    return {work: [found[key] for key in keys.get(work, ())] for work in asked}


def percentiles(store: Store, works: Iterable[int], source: str, *, since: str, to: str) -> dict[int, list[Place]]:
    """Where each work stands in its cohorts by the count of a source at `to` and by its gain since `since`.

    The venue's cohort comes first. A work of which this source has no count by `to` has no place.
    """
    found = cohorts(store, works)
    members = {work for own in found.values() for cohort in own for work in cohort.works}
    counts = {one.work: one for one in series(store, members, as_of=to, source=source)}
    start, end = ordinal(since), ordinal(to)
    ranks: dict[Cohort, tuple[list[int], list[int]]] = {}
    for cohort in {cohort for own in found.values() for cohort in own}:
        held = [counts[work] for work in cohort.works if work in counts]
        gains = [gain for one in held if (gain := _gained(one, start, end)) is not None]
        ranks[cohort] = sorted(one.points[-1].value for one in held), sorted(gains)
    return {
        work: [_place(counts[work], cohort, *ranks[cohort], start, end) for cohort in own]
        for work, own in found.items()
        if work in counts
    }


def placed(store: Store, rows: Sequence[Row], *, since: str | None, to: str) -> list[Row]:
    """Rows of growth, each with `cohorts`: its place by count and by what was gained since that day (None: since first seen).

    A place is {cohort, size, by_count, by_gain}: percentiles, null in a cohort that is too small. `stands` says it in words.
    """
    told: list[Row] = []
    for source in dict.fromkeys(row["source"] for row in rows):
        own = [row for row in rows if row["source"] == source]
        begin = since or min(row["from_date"] for row in own)
        places = percentiles(store, (row["work"] for row in own), source, since=begin, to=to)
        for row in own:
            cohorts = [
                {"cohort": str(one.cohort), "size": one.size, "by_count": one.by_count, "by_gain": one.by_gain}
                for one in places.get(row["work"], ())
            ]
            told.append(row | {"cohorts": cohorts, "stands": [_in_words(one) for one in cohorts]})
    order = {(row["work"], row["source"]): n for n, row in enumerate(rows)}
    return sorted(told, key=lambda row: order[row["work"], row["source"]])


def _in_words(place: Row) -> str:
    by = [
        f"{place[name]:g} by {name.removeprefix('by_')}" for name in ("by_gain", "by_count") if place[name] is not None
    ]
    return f"{', '.join(by) or f'fewer than {LEAST} to compare'}: {place['cohort']} ({place['size']} works)"


def percentile(value: float, ranked: Sequence[float]) -> float | None:
    """The mid-rank percentile of a value among all (sorted, itself among them); None below LEAST.

    >>> percentile(3, [0, 0, 0, 0, 1, 1, 2, 2, 3, 9]), percentile(0, [0] * 12), percentile(1, [1, 2])
    (85.0, 50.0, None)
    """
    if len(ranked) < LEAST:
        return None
    return round(100 * (bisect_left(ranked, value) + bisect_right(ranked, value)) / 2 / len(ranked), 1)


def narrowest(own: Sequence[Cohort], sizes: Mapping[Cohort, int]) -> Cohort | None:
    """The first cohort of a work that has LEAST works; sizes: of each, those that have the figure in question."""
    return next((cohort for cohort in own if sizes.get(cohort, 0) >= LEAST), None)


def _keys(row: Row, earlier: bool) -> list[_Key]:
    first, last = (row["year"] - EARLIER, row["year"] - 1) if earlier else (row["year"], row["year"])
    kinds = [(kind, row[kind], row[f"{kind}_name"]) for kind in ("venue", "topic")]
    return [_Key(kind, number, first, last, name or "") for kind, number, name in kinds if number is not None]


def _gained(one: Series, start: int, end: int) -> int | None:
    ends = one.between(start, end)
    return ends and ends[1].value - ends[0].value


def _place(one: Series, cohort: Cohort, counts: Sequence[int], gains: Sequence[int], start: int, end: int) -> Place:
    gained = _gained(one, start, end)
    return Place(
        cohort,
        len(counts),
        len(gains),
        percentile(one.points[-1].value, counts),
        None if gained is None else percentile(gained, gains),
    )
