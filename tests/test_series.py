"""Series of counts over days: what they say of a day is what growth says as of that day, whatever records a work has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.store import Store
from harvester.tracker.growth import growth
from harvester.tracker.series import Point, Series, ordinal, series
from tests.build import Hand, a_store, undone
from tests.test_moved import gone, openalex, seen


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("series")) as store:
        yield store


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(["W1", "W2"]), st.integers(0, 4)), min_size=1, max_size=8),
    st.sampled_from([None, "W1", "W2"]),
)
def test_a_series_is_what_growth_says_as_of_each_day(
    shelf: Store, sightings: list[tuple[str, int]], dies: str | None
) -> None:
    """Two records of one work from one source, seen in turn; at last one of them may be gone and the other answer for it."""
    with undone(shelf):
        hand = Hand(shelf)
        days = [f"2026-05-{3 * number + 1:02}" for number in range(len(sightings) + 1)]
        for day, (name, count) in zip(days, sightings, strict=False):
            seen(shelf, hand, day, openalex(name, count))
        if dies and len({name for name, _ in sightings}) == 2:
            seen(shelf, hand, days[-1], openalex("W1" if dies == "W2" else "W2", 9))
            gone(shelf, hand, days[-1], dies)
        [last] = series(shelf, [1], as_of=days[-1])
        for day in days:
            [one] = series(shelf, [1], as_of=day)
            assert one.points[-1].value == growth(shelf, to=day)[0]["count"]
            known = last.at(ordinal(day))
            assert known is not None and known.value == one.points[-1].value
            assert all(before.last < after.first for before, after in zip(one.points, one.points[1:], strict=False))


def test_a_window_lies_between_days_on_which_the_work_was_seen() -> None:
    one = Series(1, "openalex", [Point(10, 20, 5), Point(30, 40, 7)])
    assert one.at(9) is None and one.at(25) == Point(10, 20, 5) and one.at(35) == Point(30, 35, 7)
    assert one.between(25, 50) == (Point(10, 20, 5), Point(30, 40, 7))
    assert one.between(5, 50) is None, "not seen before it"
    assert one.between(22, 29) is None and one.between(40, 50) is None, "not seen in it"
