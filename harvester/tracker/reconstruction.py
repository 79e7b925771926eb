"""The history of a count: as it was observed, and from before as it is reconstructed. Each point says which.

Two things tell of the time before the first harvest: the dates of the citing works that are held, to the year, month or day as
far as each is stated, and the source's own counts by year. Both are what is known today of what was cited then: works indexed
late, or never, and citing works that have vanished make them another figure than a count read at that time. How far off they
are is measured where a work was observed too (`errors`). What a list leaves of the count stays one figure of its own: "before"
its first year for a work older than that, "unplaced" (either sign) where the list should reach back to the beginning; it is
spread over no years.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import fmean
from typing import Literal, NamedTuple

import msgspec

from harvester.normal import last_day
from harvester.store import Row, Store
from harvester.tracker.series import Series, iso, ordinal, series
from harvester.tracker.yearly import Yearly, yearly

Kind = Literal["observed", "reconstructed"]
Basis = Literal["count", "citing works", "counts by year"]
PRECISION = {"year": 4, "month": 7, "day": 10}  # characters of a date
LEAST_DAYS = 30  # observed, before an error is measured
_NEAR_END = 31  # days before the turn of a year in which a count stands for that day


class Point(msgspec.Struct, frozen=True):
    """One step of a history. `count`: after it; None where it stands for no time. Days: None where they are not known."""

    kind: Kind
    basis: Basis
    source: str
    period: (
        str  # a day for an observation, else a day, month or year, "before 2017", "undated", "not held" or "unplaced"
    )
    from_date: str | None
    to_date: str | None
    gained: int | None  # None: the first observation
    count: int | None


class Miss(NamedTuple):
    """What a reconstruction says of a time that was observed, and by how much it is off."""

    work: int
    source: str
    basis: Basis
    from_date: str
    to_date: str
    observed: int
    reconstructed: float
    error_per_30_days: float  # above nought: more was reconstructed than observed


def history(store: Store, work: int, *, as_of: str, source: str | None = None, by: str = "year") -> list[Point]:
    """All that is known of a work's counts on a day, source by source: what was observed, then each reconstruction.

    by: year, month or day: how fine the citing works' dates are told, as far as they are stated.
    """
    points: list[Point] = []
    told = {one.source: one for one in yearly(store, [work], as_of=as_of, source=source)}
    dated = {name: dates for (_, name), dates in _dates(store, [work], as_of, source).items()}
    for one in series(store, [work], as_of=as_of, source=source):
        points += _observed(one)
        if one.source in dated:
            points += _of_citing(one, dated[one.source], PRECISION[by])
        if one.source in told and told[one.source].years:
            points += _of_years(told[one.source])
    return points


def errors(store: Store, works: Iterable[int], *, as_of: str, source: str | None = None) -> list[Miss]:
    """Where works were both observed and reconstructed, what either says: a row a work, source and basis (and year)."""
    works = list(works)
    dated = _dates(store, works, as_of, source)
    told = {(one.work, one.source): one for one in yearly(store, works, as_of=as_of, source=source)}
    found: list[Miss] = []
    for one in series(store, works, as_of=as_of, source=source):
        key = one.work, one.source
        if key in dated and (miss := _miss_of_citing(one, dated[key])):
            found.append(miss)
        if key in told:
            found += _misses_of_years(one, told[key])
    return found


def mean_errors(misses: Sequence[Miss]) -> list[Row]:
    """The mean error of each source and basis in citations per 30 days, each work counting once.

    Rows of source, basis, works, signed (above nought: too many are reconstructed), absolute.
    """
    rows = []
    for (source, basis), own in groupby(sorted(misses, key=_origin), key=_origin):
        by_work = [list(of_work) for _, of_work in groupby(own, key=lambda miss: miss.work)]
        signed = [fmean(miss.error_per_30_days for miss in of_work) for of_work in by_work]
        absolute = [fmean(abs(miss.error_per_30_days) for miss in of_work) for of_work in by_work]
        means = {"signed": round(fmean(signed), 3), "absolute": round(fmean(absolute), 3)}
        rows.append({"source": source, "basis": basis, "works": len(by_work)} | means)
    return rows


def first_date(store: Store, work: int, *, as_of: str, source: str) -> str | None:
    """The date of the first work citing this one, as far as it is stated; None where none that is held has a date."""
    dates = [date for own in _dates(store, [work], as_of, source).values() for date in own if date]
    return min(dates, key=lambda date: (span(date)[0], span(date)[1]), default=None)


def span(date: str) -> tuple[int, int]:
    """The first and last day (ordinals) of a date that is stated to the year, month or day.

    >>> [tuple(map(iso, span(text))) for text in ("2024", "2024-02", "2024-02-29")]
    [('2024-01-01', '2024-12-31'), ('2024-02-01', '2024-02-29'), ('2024-02-29', '2024-02-29')]
    """
    last = last_day(date)
    if last is None:
        raise ValueError(f"{date!r} is no date")
    return ordinal(date + "0000-01-01"[len(date) :]), last.toordinal()


def _dates(
    store: Store, works: Sequence[int], as_of: str, source: str | None
) -> dict[tuple[int, str], list[str | None]]:
    """The dates of the citing works held of each work and source, None for one without."""
    rows = store.rows("citing_dates", works=json.dumps(sorted(set(works))), as_of=as_of, source=source)
    return {
        key: [row["date"] for row in own] for key, own in groupby(rows, key=lambda row: (row["work"], row["source"]))
    }


def _observed(one: Series) -> Iterator[Point]:
    before = None
    for point in one.points:
        gained = None if before is None else point.value - before
        before = point.value
        first, last = iso(point.first), iso(point.last)
        yield Point("observed", "count", one.source, first, first, last, gained, point.value)


def _of_citing(one: Series, dates: Sequence[str | None], width: int) -> Iterator[Point]:
    """By the dates of the citing works; then those without a date, and what the count has more than are held."""
    periods = Counter(date[:width] for date in dates if date)
    count = 0
    for period, gained in sorted(periods.items(), key=lambda pair: (span(pair[0])[1], len(pair[0]) < width, pair[0])):
        count += gained
        first, last = map(iso, span(period))
        yield Point("reconstructed", "citing works", one.source, period, first, last, gained, count)
    rest = {"undated": len(dates) - count, "not held": one.points[-1].value - len(dates)}
    for name, number in rest.items():
        if number:
            yield Point("reconstructed", "citing works", one.source, name, None, None, number, None)


def _of_years(one: Yearly) -> Iterator[Point]:
    """By the source's counts by year, with what they leave of its count."""
    older = one.published is None or one.published < one.reach
    count = one.gap if older and one.gap > 0 else 0
    first_year = min(one.years)
    if count:
        end = f"{first_year - 1}-12-31"
        yield Point("reconstructed", "counts by year", one.source, f"before {first_year}", None, end, count, count)
    for year in range(first_year, max(one.years) + 1):
        gained = one.years.get(year, 0)
        count += gained
        end = min(f"{year}-12-31", max(one.day, f"{year}-01-01"))
        yield Point("reconstructed", "counts by year", one.source, str(year), f"{year}-01-01", end, gained, count)
    if count != one.total:
        gap = one.total - count
        yield Point("reconstructed", "counts by year", one.source, "unplaced", None, None, gap, None)


def _miss_of_citing(one: Series, dates: Sequence[str | None]) -> Miss | None:
    """What the citing works' dates say of the time between the first and the last observation.

    A date that is stated to a month or year at its edge counts by the share of its days that lie within.
    """
    start, end = one.points[0].first, one.points[-1].last
    if end - start < LEAST_DAYS:
        return None
    within = sum(_share(*span(date), start + 1, end) for date in dates if date)
    return _miss(one, "citing works", start, end, one.points[-1].value - one.points[0].value, within)


def _misses_of_years(one: Series, told: Yearly) -> Iterator[Miss]:
    """What counts by year say of each calendar year at whose beginning and end a count was seen."""
    for year in range(told.begins, told.last_full + 1):
        turns = [one.at(ordinal(f"{before}-12-31")) for before in (year - 1, year)]
        start, end = turns
        if start is None or end is None or not told.told:
            continue
        if all(ordinal(f"{turn}-12-31") - point.last <= _NEAR_END for turn, point in ((year - 1, start), (year, end))):
            observed = end.value - start.value
            yield _miss(one, "counts by year", start.last, end.last, observed, told.years.get(year, 0))


def _miss(one: Series, basis: Basis, start: int, end: int, observed: int, said: float) -> Miss:
    error = 30 * (said - observed) / (end - start)
    return Miss(one.work, one.source, basis, iso(start), iso(end), observed, round(said, 2), round(error, 3))


def _share(first: int, last: int, start: int, end: int) -> float:
    return max(0, min(last, end) - max(first, start) + 1) / (last - first + 1)


def _origin(miss: Miss) -> tuple[str, str]:
    return miss.source, miss.basis
