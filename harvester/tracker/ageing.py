"""The constants of forecast.py, as `python -m tests.benchmarks.foreseeing tune` chose them.

TABLE
"""

from __future__ import annotations

from collections.abc import Mapping

Group = tuple[str, str]  # (age, number of citations): see forecast.band and forecast.volume

# By years ahead and age: a coefficient for each of forecast.features, then the variance's share of the mean (beyond 1) and of its
# square. Maximum likelihood.
LINES: Mapping[int, Mapping[str, tuple[float, ...]]] = {
    1: {
        "young": (1.0449, 0.8170, 0.1156, 0.3038, 0.0, -0.6419, 1.3864, 0.1369),
        "middle": (0.0638, 1.1053, -0.0044, 0.1333, 0.1852, -0.2136, 0.6388, 0.0493),
        "old": (-0.2305, 1.0769, 0.0512, -0.0387, 0.7523, -0.1071, 0.9155, 0.0199),
    },
    2: {
        "young": (2.4612, 0.6603, -0.0061, 0.5556, 0.0, -1.6041, 2.3516, 0.1818),
        "middle": (0.4747, 1.0844, 0.0483, 0.2112, 0.1834, -0.3983, 0.7359, 0.0914),
        "old": (-0.2889, 1.0774, 0.0189, 0.0568, 0.6117, -0.0904, 0.9408, 0.0182),
    },
}

# By years ahead and group: the largest share of the distribution left out at either end with which the interval still held four
# times out of five. Citations come whole, so that of works with few of them less can be left out than a tenth looks like.
ENDS: Mapping[int, Mapping[Group, float]] = {
    1: {
        ("young", "few"): 0.18, ("young", "some"): 0.17, ("young", "many"): 0.16,
        ("middle", "few"): 0.31, ("middle", "some"): 0.16, ("middle", "many"): 0.13,
        ("old", "few"): 0.33, ("old", "some"): 0.19, ("old", "many"): 0.12,
    },
    2: {
        ("young", "few"): 0.18, ("young", "some"): 0.17, ("young", "many"): 0.09,
        ("middle", "few"): 0.28, ("middle", "some"): 0.15, ("middle", "many"): 0.13,
        ("old", "few"): 0.33, ("old", "some"): 0.19, ("old", "many"): 0.12,
    },
}  # fmt: skip

# By years ahead and group: the naive forecast that stands for the model, which did not beat it there or had too few works to be
# chosen on, and its own errors at either end of the interval, in square roots of it plus one.
INSTEAD: Mapping[int, Mapping[Group, tuple[str, float, float]]] = {
    1: {("young", "many"): ("last year", -2.105, 2.475)},
    2: {("young", "many"): ("last year", -3.355, 5.662)},
}
