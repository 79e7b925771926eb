"""Milestones of a count, the first citation among them, and works that wake after a long sleep.

A sleeping beauty is a work that is hardly cited for years and much later (van Raan 2004, 10.1023/B:SCIE.0000018543.82441.f1). How
much of one it is, and when it woke, is measured without thresholds by Ke, Ferrara, Radicchi and Flammini (2015,
10.1073/pnas.1424329112): the line from the citations of the year of publication to those of the year with the most; the
beauty coefficient is what the years lie below it, each in units of its own citations, the awakening the year farthest below.
So that small figures make no beauty, a work must have slept at least SLEPT years with DEEP citations a year at most on average,
and have gained more than WOKE in the AWAKE years from its awakening on: van Raan's less deep sleep, length and intensity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harvester.tracker.series import Series
from harvester.tracker.yearly import Yearly

MILESTONES = (
    1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
)  # fmt: skip
SLEPT, DEEP = 5, 2.0  # years; citations a year
AWAKE, WOKE = 4, 20  # years; citations in them, more than


class Reached(NamedTuple):
    """A milestone: seen reached on `day`, not yet on `before` (ordinals)."""

    milestone: int
    before: int
    day: int
    value: int


class Beauty(NamedTuple):
    """coefficient: Ke's B; awakening, peak: years after publication."""

    coefficient: float
    awakening: int
    peak: int


class Wake(NamedTuple):
    """A work that woke: years of its sleep and the citations in them, the citations of the years since (AWAKE at most)."""

    beauty: Beauty
    year: int
    slept: int
    asleep: int
    awake: int


def reached(one: Series, start: int, end: int) -> Iterator[Reached]:
    """The milestones first seen reached after day `start`, up to day `end`.

    A count that falls and comes back reaches nothing again; what a count had when it was first seen is no milestone of that day.
    """
    highest, last = one.points[0].value, one.points[0].last
    for point in one.points[1:]:
        if start < point.first <= end:
            for milestone in MILESTONES:
                if highest < milestone <= point.value:
                    yield Reached(milestone, last, point.first, point.value)
        highest, last = max(highest, point.value), point.last


def beauty(counts: Sequence[int]) -> Beauty | None:
    """The beauty of a work cited so often in each year from publication on; None where it was never cited.

    The first of equal peaks and of equally distant years counts.

    >>> beauty([0, 0, 0, 0, 10])
    Beauty(coefficient=15.0, awakening=3, peak=4)
    >>> beauty([5, 4, 3]), beauty([0, 0])
    (Beauty(coefficient=0.0, awakening=0, peak=0), None)
    """
    most = max(counts, default=0)
    if not most:
        return None
    peak = counts.index(most)
    if peak == 0:
        return Beauty(0.0, 0, 0)
    slope, first = (most - counts[0]) / peak, counts[0]
    years = range(peak + 1)
    coefficient = sum((slope * year + first - counts[year]) / max(1, counts[year]) for year in years)
    length = math.hypot(most - first, peak)
    distances = [abs((most - first) * year - peak * counts[year] + peak * first) / length for year in years]
    return Beauty(round(coefficient, 2), distances.index(max(distances)), peak)


def woken(told: Yearly) -> Wake | None:
    """A work that woke within its last AWAKE full years; None: it did not, or not all years since publication are known."""
    if told.published is None or not told.told or told.begins != told.published:
        return None
    counts = told.full()
    found = beauty(counts)
    if found is None or found.awakening < max(SLEPT, len(counts) - AWAKE):
        return None
    asleep, awake = sum(counts[: found.awakening]), sum(counts[found.awakening :])
    if asleep > DEEP * found.awakening or awake <= WOKE:
        return None
    return Wake(found, told.published + found.awakening, found.awakening, asleep, awake)
