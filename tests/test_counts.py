"""Counts of many records at once, on many days, against writing them one by one and against the plainest model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.store import Store, counts
from harvester.store.counts import Count
from tests.benchmarks import tracking
from tests.build import a_store, rows, undone
from tests.test_observing import day, value_on

RECORDS = (1, 2, 3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("counts")) as opened:
        with opened.transaction():
            named = [(number, f"W{number}") for number in RECORDS]
            opened.db.executemany("INSERT INTO record (id, source, source_id) VALUES (?, 'openalex', ?)", named)
        yield opened


def held(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT * FROM observation ORDER BY 1, 2") + rows(store, "SELECT * FROM standing ORDER BY 1")


# A batch has at most one count a record, each of whatever day.
_batches = st.lists(
    st.dictionaries(st.sampled_from(RECORDS), st.tuples(st.integers(0, 8).map(day), st.integers(0, 3)), min_size=1),
    min_size=1, max_size=10,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_batches)
def test_a_batch_is_as_good_as_its_counts_one_by_one(store: Store, batches: list[dict[int, tuple[str, int]]]) -> None:
    told = [[Count(record, *seen) for record, seen in batch.items()] for batch in batches]
    changes = {False: 0, True: 0}
    found = {}
    for at_once in changes:
        with undone(store):
            for batch in told:
                parts = [batch] if at_once else [[one] for one in batch]
                changes[at_once] += sum(counts.observe(store.db, part) for part in parts)
            found[at_once] = held(store)
            model: dict[int, dict[str, int]] = {}
            for one in (one for batch in told for one in batch):
                model.setdefault(one.record, {})[one.day] = one.value
            for record, seen in model.items():
                spans = counts.series(store.db, record)
                assert {on: value_on(spans, on) for on in seen} == seen
                rises = sum(max(b.value - a.value, 0) for a, b in pairwise(spans))
                standing = rows(store, "SELECT count, since, last_seen, rises FROM standing WHERE record = ?", record)
                assert standing == [(spans[-1].value, spans[-1].first, spans[-1].last, rises)]
    assert found[True] == found[False]
    assert changes[True] == changes[False]


def test_the_benchmark_s_year_is_as_if_every_count_had_been_seen_on_every_day(tmp_path: Path) -> None:
    quick, slow = tracking.Literature(60), tracking.Literature(60)
    with a_store(tmp_path, "quick.db") as built, a_store(tmp_path, "slow.db") as seen:
        tracking.build(built, quick, 20)
        with seen.transaction():
            named = [(number, f"W{number}") for number in slow.counts]
            seen.db.executemany("INSERT INTO record (id, source, source_id) VALUES (?, 'openalex', ?)", named)
            for number in range(20):
                if number:
                    slow.changed()
                counts.observe(seen.db, [Count(n, tracking.day(number), count) for n, count in slow.counts.items()])
        assert held(built) == held(seen)
