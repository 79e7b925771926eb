"""Surprises: the negative binomial tail against exact sums, false alerts on steady growth, and what a surprise is not."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.tracker.binomial import quantile, tail
from harvester.tracker.surprise import Group, Past, expectations, surprises
from tests.benchmarks.foreseeing import KINDS, MIXED, cohort, false_alerts, power


def exact(least: int, mean: Fraction, size: int) -> Fraction:
    """P(X >= least) as one less the sum of the terms below, in fractions."""
    q = mean / (mean + size)
    term, below = (1 - q) ** size, Fraction(0)
    for at in range(least):
        below += term
        term = term * (size + at) / (at + 1) * q
    return 1 - below


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 150), st.fractions(Fraction(1, 100), 100, max_denominator=100), st.integers(1, 300))
def test_the_tail_is_the_exact_sum(least: int, mean: Fraction, size: int) -> None:
    assert tail(least, float(mean), float(size)) == pytest.approx(float(exact(least, mean, size)), rel=1e-9)


@pytest.mark.parametrize(
    ("least", "mean", "size"), [(1, 1e-4, 1e6), (5, 0.3, 0.02), (40, 2.0, 1e9), (100_000, 1e5, 1e6), (10**7, 1e4, 0.5)]
)
def test_the_tail_is_a_probability_that_falls_however_extreme(least: int, mean: float, size: float) -> None:
    assert 1 >= tail(least - 1, mean, size) > tail(least, mean, size) >= 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0.001, 0.999), st.floats(0, 1000), st.floats(0.01, 1e7))
def test_a_quantile_is_the_first_number_with_its_share_at_or_below(share: float, mean: float, size: float) -> None:
    found = quantile(share, mean, size)
    assert 1 - tail(found + 1, mean, size) >= share * (1 - 1e-12)
    assert found == 0 or 1 - tail(found, mean, size) < share * (1 + 1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rates", "windows", "works"), [((1.0,), 4, 12), ((10.0,), 24, 12), (MIXED, 6, 60)])
def test_steady_growth_is_called_surprising_no_oftener_than_stated(
    kind: str, rates: tuple[float, ...], windows: int, works: int
) -> None:
    """The generator is seeded by its arguments: the same works every time."""
    assert false_alerts(kind, rates, windows, works, tests=1200)[0.01] <= 0.01


def test_a_surge_is_seen() -> None:
    assert power("Poisson", (100.0,), 24, 40, surge=2, surges=20, rate=0.001) == 1
    assert power("Poisson", (10.0,), 24, 40, surge=3, surges=20, rate=0.001) >= 0.8


def test_what_rises_with_its_whole_cohort_is_no_surprise_of_one_work() -> None:
    steady, _ = cohort(random.Random(1), "Poisson", (20.0,), 12, 40)
    risen = {work: past._replace(gained=3 * past.gained) for work, past in steady.items()}
    alone = {**steady, 0: risen[0]}
    assert [found.work for found in surprises([Group(alone, list(alone))], 0.001)] == [0]
    assert surprises([Group(risen, list(risen))], 0.001) == []
    assert expectations(risen)[0][1] > 2.5


def test_one_that_leaps_hides_no_other_in_another_cohort_and_the_share_of_false_ones_grows_down_the_list() -> None:
    groups = []
    for number in range(3):
        pasts, _ = cohort(random.Random(number), "Poisson", (5.0,), 12, 30)
        first = {work + 100 * number: past for work, past in pasts.items()}
        first[100 * number] = first[100 * number]._replace(gained=25 + 10 * number)
        groups.append(Group(first, list(first)))
    found = surprises(groups, 0.001)
    assert [one.work for one in found] == [200, 100, 0]
    assert all(one.probability <= one.false <= 90 * one.probability for one in found)
    assert [one.false for one in found] == sorted(one.false for one in found)
    assert all(one.low <= one.expected <= one.high < one.gained for one in found)


def test_only_who_is_asked_about_is_tested_and_a_lone_work_is_judged_by_its_own_past() -> None:
    pasts = {1: Past([5, 4, 6, 5], [30] * 4, 40, 30), 2: Past([5, 4, 6, 5], [30] * 4, 40, 30)}
    [both] = surprises([Group(pasts, [1])], 1.0)
    assert both.work == 1 and both.false == both.probability
    [lone] = surprises([Group({1: pasts[1]}, [1])], 0.001)
    assert lone.tide == 1 and lone.low <= 5 <= lone.high < 40
