"""Milestones, first citations, sleeping beauties, and how they and surprises reach a person."""

from __future__ import annotations

import pytest

from harvester.records import Edge
from harvester.store import Store
from harvester.tracker.alerts import alerts
from harvester.tracker.milestones import beauty, reached, woken
from harvester.tracker.series import Point, Series
from harvester.tracker.yearly import Yearly
from tests.build import Hand, record


def sleeping(*counts: int, total: int | None = None, published: int = 2010) -> Yearly:
    """A work with these citations from its year of publication on, the last full year the last of them."""
    years = {published + age: count for age, count in enumerate(counts) if count}
    day = f"{published + len(counts)}-02-01"
    return Yearly(1, "openalex", published, day, sum(counts) if total is None else total, years)


def test_a_milestone_is_reached_once_and_what_was_there_at_first_is_none() -> None:
    points = [Point(day, day, count) for day, count in ((1, 4), (2, 11), (3, 9), (4, 12), (5, 260))]
    found = list(reached(Series(1, "openalex", points), 0, 9))
    assert [(one.milestone, one.before, one.day) for one in found] == [(10, 1, 2), (50, 4, 5), (100, 4, 5), (250, 4, 5)]
    assert [one.milestone for one in reached(Series(1, "openalex", points), 2, 4)] == []


def test_beauty_by_hand() -> None:
    """The line from 1 to 13 over four years is 1, 4, 7, 10, 13: (4-1)/1 + (7-2)/2 + (10-1)/1."""
    found = beauty([1, 1, 2, 1, 13])
    assert found is not None and (found.coefficient, found.awakening, found.peak) == (14.5, 3, 4)


@pytest.mark.parametrize(
    ("told", "year"),
    [
        (sleeping(0, 1, 0, 0, 1, 0, 0, 3, 12, 15), 2016),
        (sleeping(0, 0, 1, 0, 0, 0, 0, 1, 2, 3), None),  # small figures make no beauty
        (sleeping(0, 5, 6, 5, 5, 6, 5, 8, 12, 30), None),  # it never slept
        (sleeping(0, 0, 0, 0, 2, 30), None),  # not long enough
        (sleeping(0, 0, 0, 0, 0, 0, 2, 30, 30, 30, 30, 30, 30), None),  # that was long ago
        (sleeping(*[0] * 20, 0, 5, 20, 30, published=1990), 2010),  # nothing lies before the list
        (sleeping(*[0] * 20, 0, 5, 20, 30, published=1990, total=90), None),  # what lies before is not known by year
    ],
)
def test_a_wake_up_is_long_deep_large_and_new(told: Yearly, year: int | None) -> None:
    found = woken(told)
    assert (found and found.year) == year


def test_alerts_of_a_window(hand: Hand, store: Store) -> None:
    """Twelve works gain one a month; then one gains thirty, one its first citation, one its tenth, one wakes."""
    months = [f"2025-{month:02}-01" for month in range(1, 13)]
    for number, day in enumerate(months):
        hand.live(
            day, *(record(f"W{n}", title=f"Harbour {n}", year=2020, cited_by_count=20 + number) for n in range(9))
        )
        hand.live(day, record("W20", title="Uncited", year=2020, cited_by_count=0))
        hand.live(day, record("W21", title="Nearly", year=2020, cited_by_count=9))
    hand.live("2026-01-01", record("W0", title="Harbour 0", year=2020, cited_by_count=61))
    hand.live("2026-01-01", *(record(f"W{n}", title=f"Harbour {n}", year=2020, cited_by_count=32) for n in range(1, 9)))
    years = ((2022, 1), (2023, 8), (2024, 12), (2025, 25))
    hand.live(
        "2026-01-01",
        record("W20", title="Uncited", year=2020, cited_by_count=1),
        record("W21", title="Nearly", year=2020, cited_by_count=10),
        record("W22", title="Beauty", year=2010, cited_by_count=46, counts_by_year=years),
    )
    with store.transaction():
        hand.saver.save_edges("openalex", [Edge("W99", "W20", created="2025-11-30")], "2026-01-01", 1)
    found = alerts(store, range(1, 13), since="2025-12-02", to="2026-01-01", rate=0.001)
    told = {(row["kind"], row["title"]): row for row in found.rows}
    assert list(told) == [
        ("surprise", "Harbour 0"), ("milestone", "Harbour 0"), ("first_citation", "Uncited"), ("milestone", "Nearly"),
        ("wake_up", "Beauty"),
    ]  # fmt: skip
    surprise = told["surprise", "Harbour 0"]
    assert list(surprise)[:5] == ["work", "doi", "title", "year", "venue"]
    assert (surprise["gained"], surprise["against_works"], found.tested) == (30, 11, 11)
    assert surprise["expected_low"] <= surprise["expected"] <= surprise["expected_high"] < 30
    assert surprise["probability"] <= surprise["false_discovery"] <= 0.001
    assert told["first_citation", "Uncited"]["citing_date"] == "2025-11-30"
    assert told["milestone", "Harbour 0"]["milestone"] == 50
    quiet = alerts(store, range(1, 13), since="2025-11-02", to="2025-12-01", rate=0.001)
    assert (quiet.rows, quiet.tested) == ([], 11), "what came later was not known then"
