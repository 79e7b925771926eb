"""What becomes of the citations of a record after the first list of them: told once, on the day it was noticed."""

from __future__ import annotations

import json

import pytest

from harvester.records import Edge
from harvester.store import Store
from harvester.tracker.growth import citing
from tests.build import Hand, one, record, rows

FIRST, SECOND, THIRD, FOURTH = "2026-05-01", "2026-05-08", "2026-05-15", "2026-05-22"


@pytest.fixture
def hand(store: Store) -> Hand:
    """Work W1 with two citing works, W2 and W3, in the first list of them."""
    made = Hand(store)
    made.live(FIRST, record("W1", title="Cited", cited_by_count=2))
    made.citing(FIRST, 1, "W1", "W2", "W3", count=2)
    return made


def told(store: Store) -> list[tuple[str, str, str]]:
    """Day, citing work, what became of it."""
    return rows(
        store,
        "SELECT e.on_day, r.source_id, e.kind FROM citation_event e JOIN record r ON r.id = e.citing ORDER BY 1, 2",
    )


def test_the_first_list_tells_nothing_and_what_comes_after_is_told(hand: Hand, store: Store) -> None:
    assert told(store) == []
    hand.citing(SECOND, 2, "W1", "W2", "W3", "W4", count=3)
    hand.citing(THIRD, 3, "W1", "W3", "W4", count=2)
    hand.citing(FOURTH, 4, "W1", "W2", "W3", "W4", count=3)
    assert told(store) == [(SECOND, "W4", "appeared"), (THIRD, "W2", "vanished"), (FOURTH, "W2", "returned")]


def test_a_list_read_twice_a_day_tells_the_difference_to_the_day_before(hand: Hand, store: Store) -> None:
    hand.citing(SECOND, 2, "W1", "W2", count=1)
    hand.citing(SECOND, 3, "W1", "W2", "W3", "W4", count=3)
    assert told(store) == [(SECOND, "W4", "appeared")], "W3 was only missing for an hour"


def test_references_of_a_citing_work_tell_it_too(hand: Hand, store: Store) -> None:
    hand.live(SECOND, record("W5", title="New", references=("W1", "W9")))
    assert told(store) == [(SECOND, "W5", "appeared")], "of W9 no list of citing works was ever read"
    hand.live(THIRD, record("W5", title="New, corrected", references=("W9",)))
    assert told(store) == [(SECOND, "W5", "appeared"), (THIRD, "W5", "vanished")]


def test_a_file_older_than_the_first_list_brings_no_news(hand: Hand, store: Store) -> None:
    hand.file(FOURTH, record("W5", title="Old", references=("W1",), as_of="2025-01-01"))
    assert told(store) == []


def test_every_list_is_kept_with_what_it_came_to(hand: Hand, store: Store) -> None:
    hand.citing(SECOND, 2, "W1", "W2", "W3", "W4", count=4)
    with store.transaction():
        hand.saver.listed("openalex", "W1", THIRD, 12_000, "capped")
    assert rows(store, "SELECT on_day, count, held, status FROM citing_list ORDER BY on_day") == [
        (FIRST, 2, 2, "done"),
        (SECOND, 4, 3, "done"),
        (THIRD, 12_000, 3, "capped"),
    ]


def test_what_semantic_scholar_says_of_a_citation_is_kept_and_a_later_silence_takes_nothing_away(
    hand: Hand, store: Store
) -> None:
    edge = Edge(
        "b" * 40, "a" * 40, influential=True, intents=("background",), contexts=("As Kai [1] shows, <b>it</b> holds.",)
    )
    with store.transaction():
        hand.saver.save_edges("semantic_scholar", [edge], FIRST, 1)
        hand.saver.save_edges("semantic_scholar", [Edge("b" * 40, "a" * 40)], SECOND, 2)
    [(influential, intents, contexts)] = rows(
        store,
        "SELECT influential, intents, contexts FROM citation JOIN citation_context USING (citing, cited) WHERE influential",
    )
    assert (influential, json.loads(intents), json.loads(contexts)) == (1, ["background"], list(edge.contexts))


def test_citations_by_year_are_kept_as_they_were_stated(store: Store) -> None:
    hand = Hand(store)
    hand.live(FIRST, record("W1", title="T", counts_by_year=((2025, 3), (2026, 1))))
    hand.live(SECOND, record("W1", title="T", counts_by_year=((2025, 3), (2026, 2))))
    hand.live(THIRD, record("W1", title="T", counts_by_year=((2026, 2),)))
    hand.file(FOURTH, record("W1", title="T, an old file", counts_by_year=((2025, 1),), as_of="2025-12-31"))
    assert rows(store, "SELECT year, first_seen, count, gained FROM count_by_year ORDER BY year, first_seen") == [
        (2025, FIRST, 3, None),
        (2026, FIRST, 1, None),
        (2026, SECOND, 2, 1),
    ]
    hand.live(FOURTH, record("W1", title="T", counts_by_year=((2026, 4),)))
    hand.live(FOURTH, record("W1", title="T again", counts_by_year=((2026, 5),)))
    assert one(store, "SELECT gained FROM count_by_year WHERE first_seen = ?", FOURTH) == 3, "the later answer of a day"


def test_who_cites_tells_how_and_in_which_words(hand: Hand, store: Store) -> None:
    hand.live(FIRST, record("a" * 40, source="semantic_scholar", title="Cited too", cited_by_count=2))
    edges = [
        Edge("b" * 40, "a" * 40, influential=True, intents=("background", "result"), contexts=("One [1].", "Two [1].")),
        Edge("c" * 40, "a" * 40),
    ]
    with store.transaction():
        hand.saver.save_edges("semantic_scholar", edges, FIRST, 1)
    work = one(store, "SELECT work FROM record WHERE source_id = ?", "a" * 40)
    told = {row["citing_id"][0]: row for row in citing(store, work, as_of=FIRST)}
    assert (told["b"]["influential"], told["b"]["intents"]) == (1, ["background", "result"])
    assert told["b"]["contexts"] == ["One [1].", "Two [1]."]
    assert (told["c"]["influential"], told["c"]["intents"], told["c"]["contexts"]) == (None, [], [])
