"""The history of fields whose change is news: each value with its days, null only with its reason, every change told once."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.records import Record
from harvester.store import Store
from tests.build import Hand, one, record, rows
from tests.test_observing import store as store  # noqa: PLC0414 (one for all examples)
from tests.test_observing import undone

START = date(2026, 5, 1)
D1, D2, D3, D4, D5 = ((START + timedelta(days=n)).isoformat() for n in range(5))


def history(store: Store, field: str, source: str = "openalex") -> list[tuple[Any, ...]]:
    return rows(
        store,
        "SELECT value, first_seen, last_seen, reason FROM field_history WHERE field = ? AND source = ? ORDER BY first_seen",
        field,
        source,
    )


def news(store: Store) -> list[tuple[Any, ...]]:
    return rows(store, 'SELECT "on", kind, source, before, after FROM changes ORDER BY 1, 2, 3')


def open_access(status: str | None, **fields: Any) -> Record:
    return record(title="T", oa_status=status, is_oa=status != "closed", **fields)


def test_first_sight_is_no_news_and_an_unchanged_day_only_moves_the_last(store: Store) -> None:
    with undone(store) as hand:
        for day in (D1, D2, D4):
            hand.live(day, open_access("green", license="cc-by", abstract="We ask.", is_retracted=False))
        assert news(store) == []
        assert rows(store, "SELECT field, value, first_seen, last_seen, reason FROM field_history ORDER BY 1") == [
            ("abstract_status", "present", D1, D4, None),
            ("is_retracted", "false", D1, D4, None),
            ("license", "cc-by", D1, D4, None),
            ("oa_status", "green", D1, D4, None),
        ]


def test_closed_to_green_is_news_once_on_its_day(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D1, open_access("closed"))
        hand.live(D2, open_access("closed"))
        for day in (D3, D4, D4):
            hand.live(day, open_access("green"))
        assert news(store) == [(D3, "oa_opened", "openalex", "closed", "green")]
        assert history(store, "oa_status") == [("closed", D1, D2, None), ("green", D3, D4, None)]
        assert one(store, "SELECT why FROM changes") == "openalex says green where it said closed"
        hand.live(D5, open_access("gold"))
        assert news(store)[1:] == [(D5, "oa_changed", "openalex", "green", "gold")]


def test_what_closes_takes_its_licence_and_address_along_with_a_reason(store: Store) -> None:
    """Null is let through: an old licence would say of a closed article that it may be reused."""
    with undone(store) as hand:
        hand.live(D1, open_access("hybrid", license="cc-by", oa_url="https://quay.example/1"))
        hand.live(D2, open_access("closed"))
        hand.live(D3, open_access("closed"))
        assert rows(store, "SELECT oa_status, is_oa, license, oa_url FROM works") == [("closed", 0, None, None)]
        assert history(store, "license") == [("cc-by", D1, D1, None), (None, D2, D3, "closed")]
        assert news(store) == [(D2, "oa_closed", "openalex", "hybrid", "closed")], "the licence is no second news"
        hand.live(D4, open_access("hybrid", license="cc-by-nc"))
        assert history(store, "license")[-1] == ("cc-by-nc", D4, D4, None)
        assert [kind for _, kind, *_ in news(store)] == ["oa_closed", "oa_opened"]


def test_null_without_a_reason_beats_nothing_and_is_no_history(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D1, open_access("gold", license="cc-by", is_retracted=False))
        hand.live(D2, record(title="T"))
        hand.live(D3, open_access("gold", license="cc-by-sa"))
        assert rows(store, "SELECT oa_status, license, is_retracted FROM works") == [("gold", "cc-by-sa", 0)]
        assert history(store, "license") == [("cc-by", D1, D1, None), ("cc-by-sa", D3, D3, None)]
        assert news(store) == [(D3, "license_changed", "openalex", "cc-by", "cc-by-sa")]
        assert history(store, "is_retracted") == [("false", D1, D1, None)]


def test_the_schema_itself_refuses_null_without_a_reason(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D1, record(title="T"))
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            store.db.execute("INSERT INTO field_value VALUES (1, 'license', ?, ?, NULL, NULL, NULL)", (D1, D1))


def test_an_abstract_its_source_has_no_more_is_kept_and_said_to_be_removed(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D1, record(title="T", abstract="We ask.", abstract_status="present"))
        hand.live(D2, record(title="T", abstract_status="absent"))
        hand.live(D3, record(title="T", abstract_status="absent"))
        assert rows(store, "SELECT abstract, abstract_status FROM works") == [("We ask.", "removed")]
        assert history(store, "abstract_status") == [("present", D1, D1, None), ("absent", D2, D3, "removed")]
        assert news(store) == [(D2, "abstract_removed", "openalex", "present", "absent")]
        assert "kept here" in one(store, "SELECT why FROM changes")
        hand.live(D4, record(title="T", abstract="We ask again.", abstract_status="present"))
        assert rows(store, "SELECT abstract, abstract_status FROM works") == [("We ask again.", "present")]
        assert news(store)[-1] == (D4, "abstract_added", "openalex", "absent", "present")


def test_a_withheld_abstract_is_not_kept_shown_or_found_whatever_else_its_payload_tells(store: Store) -> None:
    s2 = {"source_id": "a" * 40, "source": "semantic_scholar", "doi": "10.5555/a"}
    with undone(store) as hand:
        hand.live(D1, record(**s2, title="T", abstract="We ask secretly.", abstract_status="present", language="en"))
        assert one(store, "SELECT count(*) FROM work_text WHERE work_text MATCH 'secretly'") == 1
        hand.live(D2, record(**s2, title="T", abstract_status="withheld"))
        assert rows(store, "SELECT abstract, abstract_status FROM works") == [(None, "withheld")]
        assert one(store, "SELECT count(*) FROM work_text WHERE work_text MATCH 'secretly'") == 0
        assert all(b"secretly" not in body for _, body in store.payloads_of(1))
        assert news(store) == [(D2, "abstract_withheld", "semantic_scholar", "present", "withheld")]
        assert history(store, "abstract_status", "semantic_scholar")[-1] == ("withheld", D2, D2, "withheld")
        hand.live(D3, record("W1", title="T", doi="10.5555/a", abstract="We ask openly."))
        assert rows(store, "SELECT abstract, abstract_status FROM works") == [("We ask openly.", "present")]
        hand.live(D4, record(**s2, title="T", abstract_status="absent"))
        assert history(store, "abstract_status", "semantic_scholar")[-1] == ("absent", D4, D4, None)
        assert len(news(store)) == 1, "that there is none of it now is no news"


def test_a_source_that_only_says_open_or_not_is_in_the_same_series(store: Store) -> None:
    """Semantic Scholar gives a closed paper no status at all: its opening must be seen."""
    with undone(store) as hand:
        for day, is_oa, status in ((D1, False, None), (D2, True, None), (D3, True, "green"), (D4, False, None)):
            hand.live(day, record("A", "aggregator", title="T", is_oa=is_oa, oa_status=status))
        assert [row[:2] for row in history(store, "oa_status", "aggregator")] == [
            ("closed", D1), ("open", D2), ("green", D3), ("closed", D4),
        ]  # fmt: skip
        assert news(store) == [
            (D2, "oa_opened", "aggregator", "closed", "open"), (D4, "oa_closed", "aggregator", "green", "closed"),
        ]  # fmt: skip


def test_a_retraction_is_one_event_and_taking_it_back_is_news(store: Store) -> None:
    with undone(store) as hand:
        for day, is_retracted in ((D1, False), (D2, True), (D3, False)):
            hand.live(day, record(title="T", is_retracted=is_retracted))
        assert [(on, kind) for on, kind, *_ in news(store)] == [(D2, "retracted"), (D3, "retraction_taken_back")]


def test_an_old_file_read_late_takes_its_place_and_changes_what_is_news(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D5, open_access("green"))
        hand.file(D5, open_access("closed", as_of=D1))
        assert history(store, "oa_status") == [("closed", D1, D1, None), ("green", D5, D5, None)]
        assert news(store) == [(D5, "oa_opened", "openalex", "closed", "green")]
        hand.file(D5, open_access("green", as_of=D3))
        assert news(store) == [(D3, "oa_opened", "openalex", "closed", "green")], "it was open earlier than was known"
        before = store.check()
        hand.file(D5, open_access("green", as_of=D3))
        hand.file(D5, open_access("closed", as_of=D1))
        assert store.check() == before


_days = st.integers(0, 9).map(lambda n: (START + timedelta(days=n)).isoformat())
_sightings = st.lists(
    st.tuples(_days, st.sampled_from(["closed", "green", "gold"]), st.sampled_from([None, "cc-by", "cc0"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_sightings)
def test_files_of_any_age_in_any_order_lose_no_value(
    store: Store, sightings: list[tuple[str, str, str | None]]
) -> None:
    """The plainest model there is: a dictionary day -> value; news are its steps."""
    model: dict[str, str] = {}
    with undone(store) as hand:
        for number, (on, status, license_) in enumerate(sightings):
            said = open_access(status, license=license_ if status != "closed" else None, as_of=on)
            # a title of its own makes each a different payload
            hand.file("2026-06-01", msgspec.structs.replace(said, title=f"T{number}"))
            model[on] = status
        spans = history(store, "oa_status")
        for on, status in model.items():
            assert [value for value, first, last, _ in spans if first <= on <= last] == [status]
        assert all(a[0] != b[0] and a[2] < b[1] for a, b in pairwise(spans))
        befores = rows(store, "SELECT before FROM field_value WHERE field = 'oa_status' ORDER BY first_seen")
        assert [before for (before,) in befores] == [None, *(value for value, *_ in spans[:-1])]
        kinds = [(on, before, after) for on, kind, _, before, after in news(store) if kind.startswith("oa_")]
        assert kinds == [(b[1], a[0], b[0]) for a, b in pairwise(spans)]
        licences = history(store, "license")
        assert licences == [] or licences[0][0] is not None
        assert all((value is None) == (reason == "closed") for value, _, _, reason in licences)


def test_works_that_are_joined_keep_both_histories(store: Store) -> None:
    with undone(store) as hand:
        for day, status in ((D1, "closed"), (D2, "green")):
            hand.live(day, record("W1", title="A", pmid="1", oa_status=status))
            hand.live(day, record("S1", "semantic_scholar", title="A", mag="2", oa_status=status))
        assert one(store, "SELECT count(*) FROM works") == 2
        hand.live(D3, record("S1", "semantic_scholar", title="A", mag="2", pmid="1", oa_status="green"))
        assert one(store, "SELECT count(*) FROM works") == 1
        opened = rows(store, "SELECT work, source FROM changes WHERE kind = 'oa_opened' ORDER BY source")
        assert opened == [(1, "openalex"), (1, "semantic_scholar")]


def test_a_database_without_history_gets_it_from_its_payloads(store: Store) -> None:
    """As an older version left it: `reparse` begins each series on the days the newest payload was what the source sent."""
    words = open_access("green", license="cc-by")
    with undone(store) as hand:
        hand.live(D1, open_access("closed"))
        hand.live(D2, words)
        hand.live(D4, words)
        store.db.execute("DELETE FROM field_value")
        hand.reparse(D5, words)
        assert history(store, "oa_status") == [("green", D2, D4, None)]
        assert news(store) == []
        hand.reparse(D5, words)
        assert history(store, "license") == [("cc-by", D2, D4, None)]


def test_what_was_read_wrongly_is_put_right_without_news(store: Store) -> None:
    with undone(store) as hand:
        hand.live(D1, open_access("closed"))
        hand.live(D2, open_access("greeen"))
        hand.reparse(D3, open_access("green"))
        assert history(store, "oa_status") == [("closed", D1, D1, None), ("green", D2, D2, None)]
        hand.reparse(D3, open_access("closed"))
        assert history(store, "oa_status") == [("closed", D1, D2, None)]
        assert news(store) == []


def test_a_run_day_when_nobody_looked_ends_no_span(hand: Hand) -> None:
    store = hand.store
    for day in (D1, D2):
        hand.live(day, open_access("closed"))
        store.runs.observed("openalex", day)
    hand.live(D4, open_access("closed"))
    store.runs.observed("openalex", D4)
    hand.live(D4, open_access("green"))
    assert history(store, "oa_status") == [("closed", D1, D2, None), ("green", D4, D4, None)]
