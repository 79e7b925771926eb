"""Works that gain more than their own past and their cohort lead one to expect.

The model. Citations come to a work at a rate; the rates of a cohort are gamma distributed; what a window brings, given the rate,
is a count whose variance may exceed its mean, by a share of the mean (citations come in batches, as lists are indexed) and by a
share of its square (good and bad seasons). A work's own past moves its rate from the cohort's towards its own (empirical Bayes:
Clayton and Kaldor 1987, 10.2307/2532003, for the gamma-Poisson case, in which the gain to come is exactly negative binomial; with
the further variance a negative binomial of the same mean and variance stands for it). Gamma and variance are fitted by moments.
Where the cohort as a whole gains more than by chance in this very window, its works are expected to: a season, or a source that
indexes more, is no surprise of one work.

The rate of alerts holds for a work and a window: of works that grow steadily no more than that share is called surprising, so
that among n of them n * rate false alerts are to be expected at most. Beside it stands, for each alert, the share of false
ones to be expected if the list ended with it (Benjamini and Hochberg 1995, 10.1111/j.2517-6161.1995.tb02031.x). `make bench`
holds the rate against simulated steady growth, Poisson and overdispersed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from harvester.tracker.binomial import SIZE_MOST, quantile, tail

WINDOWS = 24  # of the past that are looked at, at most ...
FEWEST = 4  # ... and at least: with fewer the windows tell too little of how they vary
LEAST_GAIN = 5  # citations: of rarely cited works too little is seen to tell that they come in batches
_INTERVAL = (0.025, 0.975)
_ASSUMED, _KNOWN = (1.0, 0.1), 10.0
"""The further variance that is assumed before anything is seen, as if it had been seen in so many windows of one citation each:
about what is left of the yearly counts of works over ten years old once each one's level and age are allowed for (ageing.py)."""
_KNOWN_MOST = 1_000.0  # windows' worth: what comes need not be quite like what was, however long that was seen
_DOUBT = 2.5
"""By how many standard errors of itself the variance is taken for larger than it was found to be: chosen by `make bench`, so that
alerts of overdispersed steady growth stay under the rate in small cohorts with short pasts too."""


class Past(NamedTuple):
    """What was seen of a work: its gains in windows before, each with its days; and in the window in question."""

    gains: Sequence[int]
    days: Sequence[int]
    gained: int
    window: int  # days


class Group(NamedTuple):
    """A cohort with the past of each of its works, and those that are asked about."""

    pasts: Mapping[int, Past]
    asked: Collection[int]


class Model(NamedTuple):
    """A cohort's rates (citations a day): gamma of this shape over `days`; and the further variance of what a window brings.

    batches, seasons: it, as shares of the mean and of its square; error: the relative standard error of the variance.
    """

    shape: float
    days: float
    batches: float
    seasons: float
    error: float


class Expected(NamedTuple):
    """What a window should bring: a negative binomial distribution."""

    mean: float
    size: float

    def at_least(self, gained: int) -> float:
        """The probability of a gain at least so large."""
        return tail(gained, self.mean, self.size)

    def surprised(self, gained: int, rate: float) -> bool:
        """Whether so large a gain is called surprising at this rate."""
        return gained >= LEAST_GAIN and self.at_least(gained) <= rate

    def interval(self) -> tuple[int, int]:
        """What is expected in 95 of 100 windows."""
        low, high = (quantile(share, self.mean, self.size) for share in _INTERVAL)
        return low, high


class Surprise(NamedTuple):
    """A gain larger than expected. false: the share of false ones among the alerts up to this one, by expectation."""

    work: int
    gained: int
    expected: float
    low: int
    high: int
    probability: float
    false: float
    tide: float  # how many times its past rates the cohort gained in this window; 1 where it is within chance
    cohort: int  # works in it


def surprises(groups: Iterable[Group], rate: float) -> list[Surprise]:
    """The surprising works among those asked about, the most surprising first."""
    found: list[tuple[float, int, Past, Expected, float, int]] = []
    tested = 0
    for group in groups:
        found_out = expectations(group.pasts)
        tested += len(group.asked)
        for work in group.asked:
            own, tide = found_out[work]
            past = group.pasts[work]
            if own.surprised(past.gained, rate):
                found.append((own.at_least(past.gained), work, past, own, tide, len(group.pasts)))
    found.sort(key=lambda one: one[:2])
    told: list[Surprise] = []
    false = 1.0
    for number in range(len(found), 0, -1):  # the least surprising first: down the list the share never falls
        probability, work, past, expected, tide, size = found[number - 1]
        false = min(false, probability * tested / number)
        told.append(Surprise(work, past.gained, expected.mean, *expected.interval(), probability, false, tide, size))
    return told[::-1]


def expectations(group: Mapping[int, Past]) -> dict[int, tuple[Expected, float]]:
    """What the window should bring to each work of a cohort, and the tide it rose with."""
    model = fit(group.values())
    steady = {work: _expected(past, model) for work, past in group.items()}
    gained = sum(past.gained for past in group.values())
    mean = sum(one.mean for one in steady.values())
    spread = sum(one.mean * (1 + one.mean / one.size) for one in steady.values())
    found: dict[int, tuple[Expected, float]] = {}
    for work, past in group.items():
        own = steady[work]
        others, rest = gained - past.gained, mean - own.mean
        chance = math.sqrt(max(spread - own.mean * (1 + own.mean / own.size), 0))
        tide = max(1.0, (others - chance) / rest) if rest > 0 else 1.0
        found[work] = own._replace(mean=own.mean * tide), tide
    return found


def fit(pasts: Iterable[Past]) -> Model:
    """The model of a cohort from its pasts, by moments. One work alone, or none with a past, leaves a vague prior (Jeffreys')."""
    seen = [past for past in pasts if sum(past.days)]
    batches, seasons, error = _further(seen)
    gains, days = sum(sum(past.gains) for past in seen), sum(sum(past.days) for past in seen)
    if len(seen) < 2 or not days:
        return Model(0.5, 0.0, batches, seasons, error)
    rate = (gains + 0.5) / days
    between = chance = 0.0
    for past in seen:
        own, length = sum(past.days), past.window
        excess = _variance(rate * length, batches, seasons) / length  # of the gain of a day, on average
        between += own * (sum(past.gains) / own - rate) ** 2
        chance += excess * (1 - own / days)
    spread = (between - chance) / (days - sum(sum(past.days) ** 2 for past in seen) / days)
    # It cannot be known better than by all that was seen.
    shape = min(rate * rate / spread, gains + 0.5) if spread > 0 else gains + 0.5
    return Model(shape, shape / rate, batches, seasons, error)


def _expected(past: Past, model: Model) -> Expected:
    """The posterior of its rate, times the window, and what a window adds by chance."""
    gains, days = sum(past.gains), sum(past.days)
    mean = max(gains, 0.5) / days * past.window
    weight = mean / _variance(
        mean, model.batches, model.seasons
    )  # a citation in a batch tells less than one that comes alone
    shape, length = model.shape + weight * gains, model.days + weight * days
    mean = shape / length * past.window
    # Seen through seasons, a rate has the longer tail of an inverse gamma distribution: a shape two less for its variance.
    known = max(shape - 2 * (1 - weight), shape / 2)
    variance = _variance(mean, model.batches, model.seasons) * (1 + _DOUBT * model.error) + mean * mean / known
    return Expected(mean, min(mean * mean / (variance - mean), SIZE_MOST))


def _variance(mean: float, batches: float, seasons: float) -> float:
    """Of what a window brings, its mean being known."""
    return mean * (1 + batches) + mean * mean * seasons


class _Seen(NamedTuple):
    """What the windows of one work say of their variance: their mean, it, and how many they are less one."""

    mean: float
    variance: float
    freedom: float

    def weight(self, batches: float, seasons: float) -> float:
        """How well their variance is known, relative to itself: by the kurtosis of a negative binomial distribution."""
        size_inverse = seasons + batches / self.mean
        return self.freedom / (2 + 6 * size_inverse + 1 / _variance(self.mean, batches, seasons))


def _further(pasts: Sequence[Past]) -> tuple[float, float, float]:
    """The variance between the windows of one work beyond a Poisson distribution's: batches, seasons, error (see Model).

    Given how much a work gained in all, its windows' gains are multinomial under Poisson growth, so that their variance less
    their mean is nought on average whatever the rate; weighted least squares over all works, and what is assumed beforehand.
    """
    found = [_Seen(1.0, _variance(1.0, *_ASSUMED), _KNOWN), *(_seen(past) for past in pasts if _tells(past))]
    batches, seasons = _ASSUMED
    for _ in range(2):
        weights = [one.weight(batches, seasons) / _variance(one.mean, batches, seasons) ** 2 for one in found]
        squares = [max(one.mean**2 - one.variance / (one.freedom + 1), 0.0) for one in found]
        rows = list(zip(weights, found, squares, strict=True))
        batches, seasons = _solved(
            sum(w * one.mean**2 for w, one, _ in rows),
            sum(w * one.mean * square for w, one, square in rows),
            sum(w * square * square for w, _, square in rows),
            sum(w * one.mean * (one.variance - one.mean) for w, one, _ in rows),
            sum(w * square * (one.variance - one.mean) for w, one, square in rows),
        )
    known = min(sum(one.weight(batches, seasons) for one in found), _KNOWN_MOST)
    return batches, seasons, 1 / math.sqrt(known)


def _tells(past: Past) -> bool:
    """Whether its windows say anything of their variance."""
    return len(past.gains) > 1 and sum(past.gains) > 0


def _seen(past: Past) -> _Seen:
    rate = sum(past.gains) / sum(past.days)
    scatter = sum((gain - rate * days) ** 2 / days for gain, days in zip(past.gains, past.days, strict=True))
    freedom = len(past.gains) - 1
    return _Seen(rate * past.window, scatter / freedom * past.window, freedom)


def _solved(aa: float, ab: float, bb: float, ay: float, by: float) -> tuple[float, float]:
    """The least squares solution of two unknowns, neither negative."""
    determinant = aa * bb - ab * ab
    if determinant > 1e-12 * aa * bb:
        a, b = (ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant
        if a >= 0 and b >= 0:
            return a, b
    alone_a, alone_b = max(ay / aa, 0.0), max(by / bb, 0.0)
    return (alone_a, 0.0) if alone_a * ay >= alone_b * by else (0.0, alone_b)
