"""How often a work will be cited in the next twelve months, with an interval that holds four times out of five.

The model: the citations of a calendar year are negative binomial; the logarithm of their mean is linear in the level of the last
three years, in where the last one stands against them (a trend, which counts for more the more a work is cited), in the level
of all years known and in the work's age. That citations follow a work's age and its own fitness is what Wang, Song and Barabási
found (2013, 10.1126/science.1237825); what is fitted here is only what the next year needs. Coefficients, by age and by years
ahead, and what is left out at either end of the interval, by age and number of citations, were fitted on real works and stand
in ageing.py, with what they were worth on others. Where the better of two naive forecasts, last year's count and the mean of
the last three, was not beaten, it is given in the model's place, with the interval that its own errors had.

Years are calendar years: the running one is not used, being incomplete by an unknown lag, and of "the next twelve months" what
lies in it is forecast one year ahead, what lies in the next one two years ahead, each in proportion. Citations of the last full
year are still indexed in the first months after it, so that forecasts made early in a year come out low.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from harvester.normal import shift
from harvester.store import Store
from harvester.tracker.ageing import ENDS, INSTEAD, LINES
from harvester.tracker.binomial import quantile
from harvester.tracker.cohorts import LEAST, Cohort, cohorts
from harvester.tracker.yearly import Yearly, yearly

HISTORY = 10  # full years that are looked at
_BANDS = (("young", 3), ("middle", 10), ("old", 10_000))  # age in the year that is forecast, up to
_VOLUMES = (("few", 5), ("some", 30), ("many", 10**9))  # citations of the last three full years, up to


class Predicted(NamedTuple):
    """Citations: as likely more as fewer than `median`; between low and high four times out of five. method: how it was found."""

    low: float
    median: float
    high: float
    method: str


class Forecast(NamedTuple):
    """Of one work and source for the days after from_date up to to_date; predicted None: `why` says what is wanting."""

    work: int
    source: str
    from_date: str
    to_date: str
    last_year: int | None  # citations of the last full year; None: there was none
    predicted: Predicted | None
    why: str


def forecasts(store: Store, works: Iterable[int], *, as_of: str, source: str | None = None) -> list[Forecast]:
    """The next twelve months of these works from what was known on a day, from the day each was last seen on."""
    works = sorted(set(works))
    known = yearly(store, works, as_of=as_of, source=source)
    own = [_own(one) for one in known]
    wanting = {one.work for one, found in zip(known, own, strict=True) if found is None}
    around = cohorts(store, wanting, earlier=True)
    beside = {work for each in around.values() for cohort in each for work in cohort.works}
    others = {(one.work, one.source): one for one in yearly(store, beside, as_of=as_of, source=source)}
    return [
        _forecast(one, found or _of_cohort(one, around.get(one.work, ()), others))
        for one, found in zip(known, own, strict=True)
    ]


def predict(history: Sequence[int], age: int, ahead: int) -> Predicted:
    """A calendar year's citations from those of the full years before it, newest first, at least one.

    age: of the work in the year that is forecast; ahead: 1 for the first year after the history, 2 for the second.
    """
    history = history[:HISTORY]
    group = band(age), volume(history)
    if instead := INSTEAD[ahead].get(group):
        return _naive(history, *instead)
    mean, size = expected(LINES[ahead][group[0]], features(history, age))
    end = ENDS[ahead][group]
    low, median, high = (quantile(share, mean, size) for share in (end, 0.5, 1 - end))
    return Predicted(low, median, high, "model")


def features(history: Sequence[int], age: int) -> tuple[float, ...]:
    """What the model looks at: 1, level, trend, trend by level, long level against level, age."""
    level = math.log(mean_of_three(history) + 0.5)
    trend = math.log(history[0] + 0.5) - level
    long = math.log(sum(history) / len(history) + 0.5) - level
    return 1.0, level, trend, trend * level, long, math.log(max(age, 1))


def expected(line: Sequence[float], found: Sequence[float]) -> tuple[float, float]:
    """Mean and size of the distribution; line: a coefficient for each feature, then the variance's shares of mean and square."""
    *coefficients, linear, square = line
    mean = math.exp(min(sum(map(float.__mul__, coefficients, found)), 20.0))
    return mean, 1 / (square + linear / mean)


def mean_of_three(history: Sequence[int]) -> float:
    """The mean of the last three full years, or of as many as there are."""
    last = history[:3]
    return sum(last) / len(last)


def band(age: int) -> str:
    """young, middle or old."""
    return next(name for name, most in _BANDS if age <= most)


def volume(history: Sequence[int]) -> str:
    """few, some or many citations."""
    return next(name for name, most in _VOLUMES if sum(history[:3]) <= most)


def naive(history: Sequence[int], name: str) -> float:
    """A naive forecast by its name."""
    return float(history[0]) if name == "last year" else mean_of_three(history)


def _naive(history: Sequence[int], name: str, below: float, above: float) -> Predicted:
    """A naive forecast; below, above: its errors at either end of the interval, in square roots of the forecast plus one."""
    median = naive(history, name)
    unit = math.sqrt(median + 1)
    return Predicted(max(median + below * unit, 0.0), median, median + above * unit, name)


def _own(one: Yearly) -> tuple[Predicted, str] | None:
    """From a work's own full years; None where it has none, or its source tells none."""
    if one.published is None or not one.told or one.begins > one.last_full:
        return None
    history = one.full()[::-1]
    age = one.last_full + 1 - one.published
    blended = _blend(predict(history, age, 1), predict(history, age + 1, 2), _elapsed(one.day))
    return blended, f"its own {len(history[:HISTORY])} full years"


def _blend(one: Predicted, two: Predicted, elapsed: float) -> Predicted:
    """What is left of the running year, and as much of the next one as is gone of it; whole citations."""
    low, median, high = (round((1 - elapsed) * a + elapsed * b) for a, b in zip(one[:3], two[:3], strict=True))
    return Predicted(low, median, high, one.method if one.method == two.method else f"{one.method}, then {two.method}")


def _elapsed(day: str) -> float:
    """How much of its year is over at the end of a day."""
    on = date.fromisoformat(day)
    return (on - date(on.year - 1, 12, 31)).days / 366


def _of_cohort(
    one: Yearly, around: Sequence[Cohort], others: Mapping[tuple[int, str], Yearly]
) -> tuple[Predicted, str] | None:
    """As works of its venue, else of its topic, that came out some years before it were cited at its age."""
    if one.published is None:
        return None
    age, elapsed = int(one.day[:4]) - one.published, _elapsed(one.day)
    for cohort in around:
        members = [
            others[work, one.source] for work in cohort.works if (work, one.source) in others and work != one.work
        ]
        found = sorted(counts for member in members if (counts := _at_age(member, age, elapsed)) is not None)
        if len(found) >= LEAST:
            low, median, high = (round(found[int(share * (len(found) - 1) + 0.5)]) for share in (0.1, 0.5, 0.9))
            return Predicted(low, median, high, "cohort"), f"{len(found)} earlier works of {cohort.name} at its age"
    return None


def _at_age(one: Yearly, age: int, elapsed: float) -> float | None:
    """What a work got in the twelve months that begin so far in its year of this age; None where that is not known."""
    if one.published is None or not one.told:
        return None
    year = one.published + max(age, 0)
    if year < one.begins or year + 1 > one.last_full:
        return None
    return (1 - elapsed) * one.years.get(year, 0) + elapsed * one.years.get(year + 1, 0)


def _forecast(one: Yearly, found: tuple[Predicted, str] | None) -> Forecast:
    to_date = shift(one.day, 365)
    last = one.years.get(one.last_full, 0) if one.told and one.begins <= one.last_full else None
    if found is None:
        wanting = "its year of publication is not known" if one.published is None else _WANTING
        return Forecast(one.work, one.source, one.day, to_date, last, None, wanting)
    predicted, grounds = found
    return Forecast(one.work, one.source, one.day, to_date, last, predicted, f"from {grounds}")


_WANTING = f"no full year of its own is known, nor {LEAST} earlier works of its venue or topic at its age"
