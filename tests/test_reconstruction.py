"""History before the first harvest: always named as reconstructed, its gaps kept, its error measured where it can be."""

from __future__ import annotations

import pytest

from harvester.records import Edge
from harvester.store import Store
from harvester.tracker.reconstruction import Point, errors, first_date, history, mean_errors
from tests.build import Hand, record


def told(points: list[Point], basis: str) -> list[tuple[str, int | None, int | None]]:
    return [(point.period, point.gained, point.count) for point in points if point.basis == basis]


def cited_by(hand: Hand, day: str, **dates: str | None) -> None:
    """Edges to W1, each with the date stated with it."""
    with hand.store.transaction():
        hand.saver.save_edges("openalex", [Edge(name, "W1", created=date) for name, date in dates.items()], day, 1)


def test_observed_and_reconstructed_are_told_apart_in_every_point(hand: Hand, store: Store) -> None:
    hand.live("2026-01-05", record(title="Quay", year=2024, cited_by_count=3, counts_by_year=((2024, 1), (2025, 2))))
    hand.live(
        "2026-02-05",
        record(title="Quay", year=2024, cited_by_count=4, counts_by_year=((2024, 1), (2025, 2), (2026, 1))),
    )
    cited_by(hand, "2026-02-05", A="2025-03-02", B="2025", C="2024-12", D=None)
    points = history(store, 1, as_of="2026-02-05")
    assert {(point.kind, point.basis) for point in points} == {
        ("observed", "count"), ("reconstructed", "citing works"), ("reconstructed", "counts by year"),
    }  # fmt: skip
    assert told(points, "count") == [("2026-01-05", None, 3), ("2026-02-05", 1, 4)]
    assert told(points, "citing works") == [("2024", 1, 1), ("2025", 2, 3), ("undated", 1, None)]
    assert told(points, "counts by year") == [("2024", 1, 1), ("2025", 2, 3), ("2026", 1, 4)]
    monthly = history(store, 1, as_of="2026-02-05", by="month")
    assert told(monthly, "citing works")[:3] == [("2024-12", 1, 1), ("2025-03", 1, 2), ("2025", 1, 3)]
    assert told(history(store, 1, as_of="2026-01-31"), "count") == [("2026-01-05", None, 3)]
    assert first_date(store, 1, as_of="2026-02-05", source="openalex") == "2024-12"


@pytest.mark.parametrize(
    ("year", "count", "years", "expected"),
    [
        (
            1990,
            20,
            ((2017, 3), (2019, 5)),
            [("before 2017", 12, 12), ("2017", 3, 15), ("2018", 0, 15), ("2019", 5, 20)],
        ),
        (2017, 10, ((2017, 3), (2018, 5)), [("2017", 3, 3), ("2018", 5, 8), ("unplaced", 2, None)]),
        (1990, 7, ((2017, 3), (2018, 5)), [("2017", 3, 3), ("2018", 5, 8), ("unplaced", -1, None)]),
    ],
)
def test_what_the_years_leave_of_the_count_is_kept_as_one_figure(
    hand: Hand, store: Store, year: int, count: int, years: tuple[tuple[int, int], ...], expected: list[object]
) -> None:
    hand.live("2026-01-05", record(title="Quay", year=year, cited_by_count=count, counts_by_year=years))
    assert told(history(store, 1, as_of="2026-02-05"), "counts by year") == expected


def test_the_error_is_measured_where_both_exist(hand: Hand, store: Store) -> None:
    """Observed: 10 in 300 days. Dates: 4 in the window, half of a month's one, none of what lies before."""
    hand.live("2025-01-16", record(title="Quay", year=2020, cited_by_count=10))
    hand.live("2025-11-12", record(title="Quay", year=2020, cited_by_count=20))
    dates = {
        "A": "2025-02-01",
        "B": "2025-03",
        "C": "2025-11-12",
        "D": "2025-11-13",
        "E": "2025-01-16",
        "F": "2025-05-05",
    }
    cited_by(hand, "2025-11-12", **dates, G="2025-06-30", H="2024")
    [miss] = errors(store, [1], as_of="2025-12-31")
    assert (miss.basis, miss.observed, miss.reconstructed) == ("citing works", 10, 5)
    assert miss.error_per_30_days == -0.5
    [row] = mean_errors([miss, miss._replace(work=2, error_per_30_days=0.1)])
    assert row == {"source": "openalex", "basis": "citing works", "works": 2, "signed": -0.2, "absolute": 0.3}


def test_a_calendar_year_that_was_observed_is_compared_with_the_source_s_figure(hand: Hand, store: Store) -> None:
    hand.live("2024-12-20", record(title="Quay", year=2020, cited_by_count=10))
    hand.live("2025-12-30", record(title="Quay", year=2020, cited_by_count=16))
    hand.live("2026-03-01", record(title="Quay", year=2020, cited_by_count=16, counts_by_year=((2024, 10), (2025, 8))))
    [miss] = errors(store, [1], as_of="2026-03-01")
    assert (miss.basis, miss.observed, miss.reconstructed) == ("counts by year", 6, 8)
    assert errors(store, [1], as_of="2026-02-01") == [], "the years were not told yet"
