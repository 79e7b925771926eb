"""Forecasts: what they are made from, when there is none, and that on real works they beat both naive ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.records import Venue
from harvester.store import Store
from harvester.tracker.forecast import Forecast, forecasts, predict
from tests.benchmarks import foreseeing
from tests.build import Hand, record

HARBOURS = Venue(name="Invented Harbours", issns=("1758-5880",))


def only(store: Store, work: int, as_of: str = "2026-12-31") -> Forecast:
    [found] = forecasts(store, [work], as_of=as_of)
    return found


def test_a_forecast_stands_on_full_years_and_is_counted_from_the_day_the_work_was_seen(
    hand: Hand, store: Store
) -> None:
    years = ((2022, 8), (2023, 12), (2024, 11), (2025, 12), (2026, 1))
    hand.live("2026-01-01", record(title="Quay", year=2021, cited_by_count=44, counts_by_year=years))
    found = only(store, 1)
    assert (found.from_date, found.to_date, found.last_year) == ("2026-01-01", "2027-01-01", 12)
    assert found.predicted is not None and found.predicted.method == "model"
    assert 0 < found.predicted.low <= found.predicted.median <= found.predicted.high
    assert found.predicted[:3] == predict([12, 11, 12, 8, 0], 5, 1)[:3], "the running year has only begun"
    hand.live("2026-12-31", record(title="Quay", year=2021, cited_by_count=44, counts_by_year=years))
    later = only(store, 1).predicted
    assert later is not None and later[:3] == predict([12, 11, 12, 8, 0], 6, 2)[:3], "it is over"
    assert only(store, 1, as_of="2026-06-30").from_date == "2026-06-30"


def test_a_year_that_is_not_listed_is_zero_and_years_before_the_list_are_unknown(hand: Hand, store: Store) -> None:
    hand.live("2026-01-01", record(title="Quay", year=1990, cited_by_count=0, counts_by_year=()))
    zero = only(store, 1)
    assert zero.predicted is not None and zero.predicted.median == 0 and zero.last_year == 0
    hand.live("2026-01-01", record("W2", title="Pier", year=1990, cited_by_count=7, counts_by_year=()))
    hand.live("2026-01-01", record("W3", title="Mole", cited_by_count=7, counts_by_year=((2025, 7),)))
    assert [only(store, work).predicted for work in (2, 3)] == [None, None]
    assert "no full year" in only(store, 2).why and "year of publication" in only(store, 3).why


def test_a_new_work_is_judged_by_earlier_ones_of_its_venue_at_its_age(hand: Hand, store: Store) -> None:
    """Eleven works of 2021 with n citations in their first year and 2 n in the second; half of 2026 is over."""
    for n in range(11):
        years = ((2021, n), (2022, 2 * n))
        hand.live(
            "2026-07-02",
            record(
                f"W{n}", title=f"Harbour {n}", year=2021, venue=HARBOURS, cited_by_count=3 * n, counts_by_year=years
            ),
        )
    hand.live("2026-07-02", record("W20", title="New", year=2026, venue=HARBOURS, cited_by_count=0, counts_by_year=()))
    found = only(store, 12)
    assert found.predicted is not None and found.predicted.method == "cohort"
    assert found.predicted[:3] == (2, 8, 14), "1.5 n, from the second to the tenth of them"
    assert "11 earlier works of Invented Harbours" in found.why


@pytest.mark.parametrize("history", [[0], [0, 0, 0], [1], [3, 2, 9, 0, 1], [400, 300, 20], [10**6] * 10])
@pytest.mark.parametrize("ahead", [1, 2])
def test_whatever_the_history_the_interval_holds_the_forecast(history: list[int], ahead: int) -> None:
    for age in (0, 1, 3, 4, 10, 11, 150):
        found = predict(history, age, ahead)
        assert 0 <= found.low <= found.median <= found.high
        assert predict([10 * x + 10 for x in history], age, ahead).median >= found.median


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [1, 2])
def test_on_real_works_not_chosen_on_it_beats_both_naive_forecasts(shared: Path, ahead: int) -> None:
    """Over all and in every group in which the model is shipped; the interval holds four times out of five."""
    choosing, reporting = foreseeing.halves(foreseeing.real_works(shared / "corpus"))
    errors = foreseeing.naive_errors(foreseeing.cases(choosing, foreseeing.CHOOSING, ahead))
    scores = foreseeing.scored(foreseeing.cases(reporting, foreseeing.CHOOSING, ahead), ahead, errors)
    assert len(scores) == 10
    for group, score in scores.items():
        assert score.wins or group in foreseeing.forecast.INSTEAD[ahead], group
    assert 0.78 <= scores["all", ""].inside / scores["all", ""].cases <= 0.85
