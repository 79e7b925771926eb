"""Marks: what was kept and dismissed for a work, remembered with its history, and learnt from at the next list."""

from __future__ import annotations

import pytest

from harvester.errors import UsageError
from harvester.related import related
from harvester.related.marks import mark, marks, ranked
from harvester.store import Store
from harvester.store.deciding import Word
from tests.build import DAY, Hand, record, rows

FIRST, SECOND, THIRD = "2026-05-08", "2026-05-15", "2026-05-22"
ASKED = {1: 1.0}


def word(on: str, note: str | None = None) -> Word:
    return Word("mira", note, on, f"{on}T09:00:00+00:00")


@pytest.fixture
def hand(store: Store) -> Hand:
    """A seed, W1; what its title finds, W2 to W5; what only W5 finds, W6; and strangers."""
    made = Hand(store)
    made.live(
        DAY,
        record("W1", title="Estrangement of states"),
        *(record(f"W{n}", title=f"Estrangement of states {n}") for n in range(2, 5)),
        record("W5", title="Estrangement of states; or, bread, salt, lanterns", references=("W90", "W91")),
        record("W6", title="Lanterns, salt and bread", references=("W90", "W91")),
        *(record(f"W{n}", title=f"Moraine report {n}") for n in range(20, 40)),
    )
    return made


def said(store: Store, *seeds: int) -> dict[int, str]:
    return {row["work"]: row["state"] for row in marks(store, seeds or (1,))}


def listed(store: Store, marked: dict[int, str] | None = None, **options: bool) -> list[int]:
    return [one.work for one in ranked(store, ASKED, said(store) if marked is None else marked, limit=100, **options)]


def test_the_last_word_holds_and_every_word_is_kept(hand: Hand, store: Store) -> None:
    assert mark(store, [1], {2: "kept", 3: "dismissed"}, word(FIRST, "for the review")) == (2, 0)
    assert mark(store, [1], {2: "kept", 3: "cleared"}, word(SECOND)) == (1, 1)
    assert mark(store, [1], {2: "dismissed", 4: "cleared"}, word(THIRD)) == (1, 1), "4 was not marked anyway"
    [row] = marks(store, [1])
    assert (row["work"], row["title"], row["seed"], row["state"], row["changed_on"], row["who"], row["note"]) == (
        2, "Estrangement of states 2", 1, "dismissed", THIRD, "mira", None,
    )  # fmt: skip
    assert rows(store, "SELECT marked, state, on_day, note FROM mark ORDER BY id") == [
        (2, "kept", FIRST, "for the review"),
        (3, "dismissed", FIRST, "for the review"),
        (3, "cleared", SECOND, None),
        (2, "dismissed", THIRD, None),
    ]
    for on, then in ((DAY, {}), (FIRST, {2: "kept", 3: "dismissed"}), (SECOND, {2: "kept"}), (THIRD, {2: "dismissed"})):
        with Store(store.path, as_of=on) as seen:
            assert said(seen) == then


def test_marks_are_of_each_seed_and_of_all_seeds_together(hand: Hand, store: Store) -> None:
    mark(store, [1], {3: "kept"}, word(FIRST))
    mark(store, [1, 2], {4: "dismissed"}, word(FIRST))
    mark(store, [2], {3: "dismissed"}, word(SECOND))
    assert said(store, 1) == {3: "kept", 4: "dismissed"}
    assert said(store, 2) == {3: "dismissed", 4: "dismissed"}
    assert said(store, 1, 2) == {4: "dismissed", 3: "dismissed"}, "the last word about a work"
    with pytest.raises(UsageError, match="work 2 cannot be marked for itself"):
        mark(store, [1, 2], {5: "kept", 2: "kept"}, word(THIRD))
    assert 5 not in said(store, 1)


def test_what_was_kept_draws_its_like_and_what_was_dismissed_goes(hand: Hand, store: Store) -> None:
    assert set(listed(store)) >= {2, 3, 4, 5}
    whole = listed(store)
    mark(store, [1], {5: "kept", 2: "dismissed"}, word(FIRST))
    learnt = listed(store)
    assert not {1, 2, 5} & set(learnt)
    assert 6 in learnt[:3]
    assert 6 not in whole[:3]
    assert listed(store, {}) == whole, "and without feedback nothing is changed"
    shown = listed(store, show=True)
    assert set(shown) == {*learnt, 2, 5}
    assert [work for work in shown if work not in (2, 5)] == learnt


def test_a_limit_is_filled_with_what_is_not_marked(hand: Hand, store: Store) -> None:
    first = [one.work for one in related(store, ASKED, limit=2)]
    left = ranked(store, ASKED, dict.fromkeys(first, "dismissed"), limit=2)
    assert len(left) == 2
    assert not {one.work for one in left} & set(first)


def test_marks_go_with_works_that_are_joined_and_taken_apart(hand: Hand, store: Store) -> None:
    mark(store, [1], {4: "kept", 3: "dismissed"}, word(FIRST))
    mark(store, [4], {5: "kept"}, word(FIRST))
    deciding = store.deciding(hand.saver)
    decided = deciding.join(word(SECOND), 2, 4)
    assert said(store, 1) == {2: "kept", 3: "dismissed"}
    assert said(store, 2) == {5: "kept"}
    mark(store, [1], {2: "cleared"}, word(SECOND))
    assert said(store, 1) == {3: "dismissed"}
    deciding.undo(word(THIRD), decided.number)
    assert said(store, 1) == {4: "kept", 3: "dismissed"}, "what was said of the two together was said of the first"
    deciding.join(word(THIRD), 1, 4)
    assert said(store, 1) == {3: "dismissed", 5: "kept"}, "and a work is no mark of itself"
    with Store(store.path, as_of=FIRST) as seen:
        assert said(seen) == {4: "kept", 3: "dismissed"}
