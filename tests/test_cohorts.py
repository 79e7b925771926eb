"""Cohorts: who stands beside a work, and its place there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.records import Subject, Venue
from harvester.store import Store
from harvester.tracker.cohorts import LEAST, cohorts, percentile, percentiles, placed
from harvester.tracker.growth import growth
from tests.build import Hand, a_store, record

BEGIN, END = "2026-01-01", "2026-03-01"
HARBOURS = Venue(name="Invented Harbours", issns=("1758-5880",))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Twelve works of one venue and year, work n with n citations at first and n more later; and works beside them."""
    with a_store(tmp_path_factory.mktemp("cohorts")) as store:
        hand = Hand(store)
        for day, factor in ((BEGIN, 1), (END, 2)):
            hand.live(
                day,
                *(
                    record(
                        f"W{n}", title=f"Harbour {n}", year=2020, venue=HARBOURS, cited_by_count=n * factor,
                        subjects=(Subject("topic", "Tides", None, 0.9 - n / 100), Subject("concept", "Port", None, 1.0)),
                    )
                    for n in range(12)
                ),
                record("W20", title="Another year", year=2021, venue=HARBOURS, cited_by_count=5),
                record(
                    "W21", title="Another venue", year=2020, cited_by_count=30 * factor,
                    subjects=(Subject("topic", "Ships", None, 0.5), Subject("topic", "Tides", None, 0.6)),
                ),
                record("W22", title="No year", venue=HARBOURS, cited_by_count=5),
            )  # fmt: skip
        hand.live(END, record("W23", title="Just come", year=2020, venue=HARBOURS, cited_by_count=1000))
        yield store


def test_a_cohort_is_of_one_year_and_of_the_venue_or_the_first_topic(shelf: Store) -> None:
    found = cohorts(shelf, [1, 13, 14, 15])
    assert [(one.kind, str(one), len(one.works)) for one in found[1]] == [
        ("venue", "Invented Harbours 2020", 13), ("topic", "Tides 2020", 13),
    ]  # fmt: skip
    assert [(str(one), one.works) for one in found[13]] == [("Invented Harbours 2021", (13,))]
    assert [str(one) for one in found[14]] == ["Tides 2020"]
    assert found[15] == []


def test_places_say_how_many_were_compared_and_leave_out_gains_of_works_that_came_in_the_window(shelf: Store) -> None:
    found = percentiles(shelf, [1, 12, 13, 14, 16], "openalex", since=BEGIN, to=END)
    venue, topic = found[12]
    assert (venue.size, venue.compared, topic.size, topic.compared) == (13, 12, 13, 13)
    assert (venue.by_count, venue.by_gain) == (
        pytest.approx(100 * 11.5 / 13, abs=0.1),
        pytest.approx(100 * 11.5 / 12, abs=0.1),
    )
    assert found[16][0].by_gain is None and found[16][0].by_count == pytest.approx(100 * 12.5 / 13, abs=0.1)
    assert found[13][0].by_count is None, "fewer than LEAST works"
    assert found[1][0].by_count == pytest.approx(100 * 0.5 / 13, abs=0.1)
    assert percentiles(shelf, [1], "crossref", since=BEGIN, to=END) == {}


def test_what_came_later_is_not_known_before(shelf: Store) -> None:
    [venue, _] = percentiles(shelf, [1], "openalex", since="2025-12-01", to=BEGIN)[1]
    assert (venue.size, venue.compared, venue.by_gain) == (12, 0, None)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 5), min_size=LEAST, max_size=40).map(sorted))
def test_the_average_place_of_a_cohort_is_its_middle_whatever_the_ties(values: list[float]) -> None:
    places = [percentile(value, values) for value in values]
    assert sum(place for place in places if place is not None) / len(places) == pytest.approx(50, abs=0.06)


def test_rows_of_growth_are_placed_in_their_order_and_in_words(shelf: Store) -> None:
    rows = growth(shelf, to=END, since=BEGIN, limit=5)
    found = placed(shelf, rows, since=BEGIN, to=END)
    assert [(row["work"], row["source"]) for row in found] == [(row["work"], row["source"]) for row in rows]
    for row in found:
        own = percentiles(shelf, [row["work"]], row["source"], since=BEGIN, to=END).get(row["work"], [])
        assert [(place["by_count"], place["by_gain"]) for place in row["cohorts"]] == [
            (one.by_count, one.by_gain) for one in own
        ]
        assert len(row["stands"]) == len(own)
    assert any("by gain" in text for row in found for text in row["stands"])
