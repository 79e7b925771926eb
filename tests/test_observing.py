"""Citation counts against the plainest model there is: a dictionary day -> count."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harvester.store import Store
from harvester.store.observing import Span, place
from tests.build import Hand, a_store, counts, held, one, record, rows, said

START = date(2026, 1, 1)


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


_sightings = st.lists(st.tuples(st.integers(0, 12).map(day), st.integers(0, 3)), min_size=1, max_size=25)


@given(_sightings)
@example([(day(0), 1), (day(9), 1), (day(4), 2), (day(4), 1)])
def test_every_day_that_was_observed_has_the_last_count_seen_on_it(sightings: list[tuple[str, int]]) -> None:
    """In whatever order they arrive; equal values in a row are one span."""
    model: dict[str, int] = {}
    spans: list[Span[int]] = []
    exact: list[Span[int]] = []
    for on, count in sightings:
        spans, exact = place(spans, on, count), place(exact, on, count, list(model))
        model[on] = count
        for found in (spans, exact):
            assert {on: value_on(found, on) for on in model} == model
            assert all(a.last < b.first and a.value != b.value for a, b in pairwise(found))
            assert all(span.first <= span.last for span in found)
        assert {on for span in exact for on in span[:2]} <= model.keys(), "a day when nobody looked"
    assert [span.value for span in exact] == [count for count, _ in groupby(model[on] for on in sorted(model))]


def value_on(spans: list[Span[int]], on: str) -> int | None:
    found = [span.value for span in spans if span.first <= on <= span.last]
    assert len(found) <= 1
    return found[0] if found else None


def test_place_does_not_change_what_it_is_given() -> None:
    spans = [Span(day(0), day(9), 5)]
    place(spans, day(4), 6)
    assert spans == [Span(day(0), day(9), 5)]


# --- through the store ---


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("observing")) as opened:
        yield opened


class _UndoneError(Exception):
    pass


@contextlib.contextmanager
def undone(store: Store) -> Iterator[Hand]:
    with contextlib.suppress(_UndoneError), store.transaction():
        yield Hand(store)
        raise _UndoneError


def harvested(hand: Hand, on: str, count: int | None) -> None:
    """A run of this day that read the record."""
    hand.live(on, record(title="T", cited_by_count=count))
    hand.store.runs.observed("openalex", on)


def shown(store: Store) -> dict[str, int]:
    return dict(rows(store, "SELECT day, count FROM citation_counts WHERE work = 1 ORDER BY day"))


def assert_consistent(store: Store) -> None:
    found = counts(store)
    assert [gained for *_, gained in found] == [None, *(b[2] - a[2] for a, b in pairwise(found))]
    growth = rows(store, "SELECT count, gained, from_date, to_date FROM citation_growth WHERE work = 1")
    assert growth == [(found[-1][2], found[-1][2] - found[0][2], found[0][0], found[-1][1])]
    assert rows(store, "SELECT openalex, gap FROM source_comparison WHERE work = 1") == [(found[-1][2], 0)]
    assert one(store, "SELECT citation_count FROM works WHERE work = 1") == found[-1][2]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_sightings)
def test_daily_runs_are_shown_day_by_day_exactly_as_they_were_seen(
    store: Store, sightings: list[tuple[str, int]]
) -> None:
    """Several runs on one day included: the last stands for the day."""
    model: dict[str, int] = {}
    with undone(store) as hand:
        for on, count in sorted(sightings, key=lambda sighting: sighting[0]):
            harvested(hand, on, count)
            model[on] = count
        assert said(store, model) == model
        assert_consistent(store)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_sightings)
def test_files_of_any_age_in_any_order_lose_no_sighting(store: Store, sightings: list[tuple[str, int]]) -> None:
    model: dict[str, int] = {}
    with undone(store) as hand:
        for number, (on, count) in enumerate(sightings):
            # a title of its own makes each a different payload
            hand.file(day(20), record(title=f"T{number}", cited_by_count=count, as_of=on))
            model[on] = count
            assert said(store, model) == model
        assert_consistent(store)


def test_a_year_of_daily_runs_over_unchanged_counts_adds_no_row(store: Store) -> None:
    with undone(store) as hand:
        for number in range(365):
            harvested(hand, day(number), 7)
        assert counts(store) == [(day(0), day(364), 7, None)]
        assert len(shown(store)) == 365
        assert one(store, "SELECT count(*) FROM payload") == 1


def test_a_count_that_falls_and_comes_back_is_three_rows_with_their_differences(store: Store) -> None:
    with undone(store) as hand:
        for number, count in enumerate((20, 20, 18, 24)):
            harvested(hand, day(number), count)
        assert held(store) == []
        assert counts(store) == [
            (day(0), day(1), 20, None),
            (day(2), day(2), 18, -2),
            (day(3), day(3), 24, 6),
        ]
        assert rows(store, 'SELECT kind, "on", before, after FROM changes ORDER BY "on"') == [
            ("lost", day(2), "20", "18"),
            ("gained", day(3), "18", "24"),
        ]


def test_a_missing_count_is_no_count(store: Store) -> None:
    with undone(store) as hand:
        harvested(hand, day(0), 5)
        harvested(hand, day(1), None)
        assert counts(store) == [(day(0), day(0), 5, None)]
        assert shown(store) == {day(0): 5}


def test_an_older_file_changes_the_first_gain_and_the_day_of_first_sight(store: Store) -> None:
    with undone(store) as hand:
        harvested(hand, day(10), 7)
        hand.file(day(11), record(title="T", cited_by_count=4, as_of=day(2)))
        assert counts(store) == [(day(2), day(2), 4, None), (day(10), day(10), 7, 3)]
        assert rows(store, "SELECT first_seen, last_seen FROM record") == [(day(2), day(10))]


def test_a_day_of_the_future_is_taken_for_today(store: Store) -> None:
    with undone(store) as hand:
        hand.file(day(3), record(title="T", cited_by_count=4, as_of="2199-01-01"))
        assert counts(store) == [(day(3), day(3), 4, None)]


def test_several_records_of_one_source_show_the_highest_count(store: Store) -> None:
    """Two ids of one article at one source split its citations between them; nothing is added up."""
    with undone(store) as hand:
        hand.live(
            day(0), record("W1", doi="10.5555/a", cited_by_count=3), record("W2", doi="10.5555/a", cited_by_count=9)
        )
        assert shown(store) == {day(0): 9}
        assert one(store, "SELECT openalex FROM source_comparison") == 9


def test_current_counts_are_the_latest(store: Store) -> None:
    with undone(store) as hand:
        harvested(hand, day(0), 9)
        harvested(hand, day(1), 8)
        hand.live(day(1), record("W2", title="uncounted"))
        assert store.current_counts("openalex", ["W1", "W2", "W3"]) == {"W1": 8}
