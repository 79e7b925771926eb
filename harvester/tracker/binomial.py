"""The negative binomial distribution: what gains are expected to be like where a rate is not known exactly, or varies.

Given by its mean and its size: the variance is mean + mean² / size. It is the Poisson distribution of a rate that is itself
gamma distributed (Greenwood and Yule 1920, 10.2307/2341080), and comes near the Poisson distribution as the size grows.
Its tail is a regularised incomplete beta function, P(X >= k) = I(q; k, size) with q = mean / (mean + size) (DLMF 8.17.24,
https://dlmf.nist.gov/8.17), which is computed here by its continued fraction (DLMF 8.17.22, modified Lentz method).
"""

from __future__ import annotations

import math

SIZE_MOST = 1e6  # beyond it, lgamma's rounding would cost more than what tells it from a Poisson distribution
_TINY = 1e-300
_ENOUGH = 1e-15
_STEPS = 10_000  # some 5 sqrt(k) are needed


def tail(least: int, mean: float, size: float) -> float:
    """The probability of at least so many. mean >= 0, size > 0.

    >>> round(tail(1, 2.0, 1.0), 12), tail(0, 2.0, 1.0), tail(3, 0.0, 1.0)
    (0.666666666667, 1.0, 0.0)
    """
    if least <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    size = min(size, SIZE_MOST)
    q = mean / (mean + size)
    if q < (least + 1) / (least + size + 2):  # where the fraction converges fast
        return _beta(least, size, q)
    return 1.0 - _beta(size, least, size / (mean + size))


def quantile(share: float, mean: float, size: float) -> int:
    """The smallest number with at least this share of the distribution at or below it; 0 < share < 1.

    >>> quantile(0.5, 3.0, 1e6), quantile(0.1, 3.0, 1e6), quantile(0.9, 3.0, 1e6), quantile(0.9, 0.0, 1.0)
    (3, 1, 5, 0)
    """
    above = 1.0 - share
    high = 1
    while tail(high, mean, size) > above:
        high *= 2
    low = high // 2  # P(X >= low) > above >= P(X >= high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tail(middle, mean, size) > above else (low, middle)
    return high - 1


def _beta(a: float, b: float, x: float) -> float:
    """I(x; a, b), the regularised incomplete beta function, where x < (a + 1) / (a + b + 2)."""
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _not_zero(1.0 + term * d)
            c = _not_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _ENOUGH:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
