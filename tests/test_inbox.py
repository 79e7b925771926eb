"""The inbox: each citing work that is news once, whoever shows it; what people made of it; joined and taken apart again."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harvester.cli import app
from harvester.errors import UsageError
from harvester.orders import order
from harvester.store import Row, Store
from harvester.store.deciding import Word
from harvester.tracker.inbox import inbox, item, mark
from tests.build import Hand, one, record, rows, undone

FIRST, SECOND, THIRD, FOURTH = "2026-05-01", "2026-05-08", "2026-05-15", "2026-05-22"
S2 = "semantic_scholar"
MIRA = Word("mira", None, THIRD, "2026-05-15T09:00:00+00:00")


def fill(store: Store, on: str) -> int:
    """What a harvest does at its end."""
    with store.transaction():
        return store.inbox.fill(on)


def citing_ids(store: Store, as_of: str = FOURTH) -> list[str]:
    return [row["citing_id"] for row in inbox(store, as_of=as_of)]


@pytest.fixture
def hand(store: Store) -> Hand:
    """One article at two sources, watched; OpenAlex has listed C1 as citing it, Semantic Scholar nothing."""
    made = Hand(store)
    made.live(FIRST, record("W1", title="Cited", doi="10.5555/cited"))
    made.live(FIRST, record("s1", S2, title="Cited", doi="10.5555/cited"))
    with store.transaction():
        watch, _ = store.watches.add(order("10.5555/cited", "work"), FIRST)
        store.watches.stands_for(watch.id, [1])
    hold(made, FIRST, 1)
    made.citing(FIRST, 1, "W1", "C1")
    made.citing(FIRST, 2, "s1", source=S2)
    return made


def hold(hand: Hand, day: str, *numbers: int, source: str = "openalex", doi: bool = True) -> None:
    """The citing works of these numbers are held: C1 of OpenAlex, c1 of Semantic Scholar, both 10.5555/c1."""
    letter = "C" if source == "openalex" else "c"
    names = [{"doi": f"10.5555/c{number}"} if doi else {} for number in numbers]
    hand.live(day, *(record(f"{letter}{n}", source, title=f"Citing {n}", year=2026, **name)
                     for n, name in zip(numbers, names, strict=True)))  # fmt: skip


def test_what_was_there_at_the_first_list_is_no_news_and_what_comes_is_one_item(hand: Hand, store: Store) -> None:
    assert fill(store, FIRST) == 0
    hold(hand, SECOND, 2)
    hand.citing(SECOND, 3, "W1", "C1", "C2")
    assert (fill(store, SECOND), fill(store, SECOND)) == (1, 0)
    [row] = inbox(store, as_of=SECOND)
    assert (row["work"], row["state"], row["citing_title"], row["source"], row["since"], row["watches"]) == (
        1, "new", "Citing 2", "openalex", SECOND, [1],
    )  # fmt: skip
    assert inbox(store, as_of=FIRST) == []


def test_a_second_source_brings_no_second_item(hand: Hand, store: Store) -> None:
    hold(hand, SECOND, 2, 3)
    hand.citing(SECOND, 3, "W1", "C1", "C2")
    fill(store, SECOND)
    hold(hand, THIRD, 1, 2, 3, source=S2)
    hand.citing(THIRD, 4, "s1", "c1", "c2", "c3", source=S2)
    hand.citing(THIRD, 5, "W1", "C1", "C2", "C3")
    assert fill(store, THIRD) == 1, "C1 was known from the beginning, C2 is an item, C3 comes from both on one day"
    assert sorted(row["citing_doi"] for row in inbox(store, as_of=THIRD)) == ["10.5555/c2", "10.5555/c3"]


def test_what_is_only_named_by_its_doi_gets_its_work_when_it_is_held(hand: Hand, store: Store) -> None:
    hand.live(FIRST, record("10.5555/cited", "opencitations", doi="10.5555/cited"))
    hand.citing(FIRST, 3, "10.5555/cited", source="opencitations")
    hand.citing(SECOND, 4, "10.5555/cited", "10.5555/c2", source="opencitations")
    assert fill(store, SECOND) == 1
    [row] = inbox(store, as_of=SECOND)
    assert (row["citing_work"], row["citing_doi"], row["citing_title"]) == (None, "10.5555/c2", None)
    hold(hand, THIRD, 2)
    hand.citing(THIRD, 5, "W1", "C1", "C2")
    assert fill(store, THIRD) == 0, "OpenCitations has shown it already"
    [row] = inbox(store, as_of=THIRD)
    assert (row["citing_title"], row["since"]) == ("Citing 2", SECOND)


def test_citing_works_that_become_one_are_one_item_and_apart_again_two_with_what_was_said(
    hand: Hand, store: Store
) -> None:
    hold(hand, SECOND, 2, 3, doi=False)
    hand.citing(SECOND, 3, "W1", "C1", "C2", "C3")
    assert fill(store, SECOND) == 2
    two, three = (one(store, "SELECT work FROM record WHERE source_id = ?", name) for name in ("C2", "C3"))
    mark(store, "dismissed", MIRA, [1])
    decided = store.deciding(hand.saver).join(MIRA, two, three)
    [row] = inbox(store, as_of=THIRD)
    assert (row["item"], row["items"], row["state"], row["who"]) == (1, [1, 2], "dismissed", "mira")
    assert item(store, 2, THIRD)["item"] == 1, "its number goes on answering"
    mark(store, "kept", MIRA, [2])
    assert [(row["state"], row["who"]) for row in item(store, 1, THIRD)["history"]] == [
        ("dismissed", "mira"),
        ("kept", "mira"),
    ]
    store.deciding(hand.saver).undo(MIRA, decided.number)
    assert [(row["item"], row["state"]) for row in inbox(store, as_of=THIRD)] == [(2, "kept"), (1, "kept")]
    assert [row["state"] for row in inbox(store, as_of=SECOND)] == ["new", "new"], "as it was before"


def test_a_work_that_turns_out_to_cite_itself_is_no_item(hand: Hand, store: Store) -> None:
    hold(hand, SECOND, 2, doi=False)
    hand.citing(SECOND, 3, "W1", "C1", "C2")
    fill(store, SECOND)
    store.deciding(hand.saver).join(MIRA, 1, one(store, "SELECT work FROM record WHERE source_id = 'C2'"))
    assert inbox(store, as_of=THIRD) == []


def test_what_a_run_that_was_cut_short_left_is_found_by_the_next(hand: Hand, store: Store) -> None:
    hand.citing(SECOND, 3, "W1", "C1", "C2")  # and then the power failed
    hand.citing(THIRD, 4, "W1", "C1", "C2", "C3")
    assert fill(store, THIRD) == 2
    assert [(row["citing_id"], row["since"]) for row in inbox(store, as_of=THIRD)] == [("C3", THIRD), ("C2", SECOND)]


def test_a_citation_that_vanishes_says_so_unless_another_source_still_has_it(hand: Hand, store: Store) -> None:
    hold(hand, SECOND, 2, 3)
    hold(hand, SECOND, 2, source=S2)
    hand.citing(SECOND, 3, "W1", "C1", "C2", "C3")
    hand.citing(SECOND, 4, "s1", "c2", source=S2)
    fill(store, SECOND)
    hand.citing(FOURTH, 5, "W1", "C1")
    gone = {row["citing_title"]: row["gone_since"] for row in inbox(store, as_of=FOURTH)}
    assert gone == {"Citing 2": None, "Citing 3": SECOND}
    assert {row["citing_title"]: row["gone_since"] for row in inbox(store, as_of=SECOND)}["Citing 3"] is None


def test_only_the_watches_that_follow_citing_works_and_want_it_have_brought_it(hand: Hand, store: Store) -> None:
    with store.transaction():
        for wanted in (
            order("1758-5880", "venue", depth=["itself"]),
            order("q", "query", since="2026-04-01"),
            order("p", "query", since="2026-02-01"),
        ):
            watch, _ = store.watches.add(wanted, FIRST)
            store.watches.stands_for(watch.id, [1])
    hand.live(SECOND, record("C2", title="Citing", date="2026-03"))
    hand.citing(SECOND, 3, "W1", "C1", "C2")
    fill(store, SECOND)
    assert [row["watches"] for row in inbox(store, as_of=SECOND)] == [[1, 4]]
    assert len(inbox(store, as_of=SECOND, watch=4)) == 1
    assert inbox(store, as_of=SECOND, watch=3) == []
    with store.transaction():
        store.watches.remove(4, SECOND)
    assert [row["watches"] for row in inbox(store, as_of=SECOND)] == [[1]]


# --- what people say ---


@pytest.fixture
def filled(hand: Hand, store: Store) -> Store:
    """Three items, 1 to 3, since SECOND."""
    hold(hand, SECOND, 2, 3, 4)
    hand.citing(SECOND, 3, "W1", "C1", "C2", "C3", "C4")
    assert fill(store, SECOND) == 3
    return store


def states(store: Store, as_of: str) -> dict[int, str]:
    return {row["item"]: row["state"] for row in inbox(store, as_of=as_of)}


def test_states_change_and_each_day_keeps_its_own(filled: Store) -> None:
    assert mark(filled, "seen", MIRA, [1, 2]) == (2, 0)
    later = Word("jo", "not ours", FOURTH, "2026-05-22T09:00:00+00:00")
    assert mark(filled, "dismissed", later, [2]) == (1, 0)
    assert mark(filled, "dismissed", later, [2]) == (0, 1), "said again, nothing changes"
    assert states(filled, SECOND) == {1: "new", 2: "new", 3: "new"}
    assert states(filled, THIRD) == {1: "seen", 2: "seen", 3: "new"}
    assert states(filled, FOURTH) == {1: "seen", 2: "dismissed", 3: "new"}
    assert [row["item"] for row in inbox(filled, as_of=FOURTH, state="new")] == [3]
    shown = item(filled, 2, FOURTH)
    assert [(row["on"], row["state"], row["who"], row["note"]) for row in shown["history"]] == [
        (THIRD, "seen", "mira", None), (FOURTH, "dismissed", "jo", "not ours"),
    ]  # fmt: skip
    assert mark(filled, "new", later, [1, 2, 3]) == (2, 1)
    assert len(item(filled, 2, FOURTH)["history"]) == 3, "nothing is forgotten"


def test_all_are_those_that_are_new_or_for_reopening_that_are_not(filled: Store) -> None:
    mark(filled, "kept", MIRA, [2])
    assert mark(filled, "seen", MIRA, [], watch=1) == (2, 0)
    assert states(filled, THIRD) == {1: "seen", 2: "kept", 3: "seen"}
    assert mark(filled, "new", MIRA, [], work=1) == (3, 0)


def test_a_number_that_is_none_changes_nothing(filled: Store) -> None:
    with pytest.raises(UsageError, match=r"no item 7, 9 in the inbox"):
        mark(filled, "seen", MIRA, [1, 7, 9])
    assert set(states(filled, THIRD).values()) == {"new"}
    with pytest.raises(UsageError, match="no item 1 "):
        mark(filled, "seen", Word("mira", None, FIRST, "t"), [1])  # it was none on that day


def call(store: Store, *words: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["--db", str(store.path), *words])
    if isinstance(done.exception, UsageError):
        assert code == done.exception.exit_code
        return done.stdout, str(done.exception)
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_the_command_lists_shows_and_marks(filled: Store) -> None:
    listed = [json.loads(line) for line in call(filled, "inbox", "--as-of", SECOND)[0].splitlines()]
    assert list(listed[0])[:6] == ["work", "doi", "title", "year", "venue", "item"]
    assert [row["item"] for row in listed] == [3, 2, 1]
    said = call(filled, "inbox", "keep", "1", "--by", "Mira", "--note", "for the review", "--on", THIRD)[1]
    assert said == "1 is kept\n"
    [kept] = [json.loads(line) for line in call(filled, "inbox", "1", "--as-of", THIRD)[0].splitlines()]
    assert (kept["state"], kept["who"], kept["history"][0]["note"]) == ("kept", "Mira", "for the review")
    assert call(filled, "inbox", "dismiss", "--all", "--who", "Mira", "--on", THIRD)[1] == "2 are dismissed\n"
    assert call(filled, "inbox", "--as-of", THIRD)[1] == "nothing in the inbox is new\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seen",), "name items by their numbers"),
        (("seen", "1", "--all"), "name items by their numbers"),
        (("seen", "1", "--work", "1"), "--watch and --work narrow --all"),
        (("seen", "8"), "there is no item 8 in the inbox"),
        (("--state", "lost"), "--state 'lost' is none; known are new, seen, kept, dismissed and all"),
        (("--watch", "8"), "there is no watch 8; `harvester watch list` shows the numbers"),
        (("dismiss", "--all", "--work", "10.5555/no"), "no work named doi 10.5555/no is held"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(filled: Store, words: tuple[str, ...], said: str) -> None:
    assert said in call(filled, "inbox", *words, code=2)[1]
    assert set(states(filled, THIRD).values()) == {"new"}


# --- whatever two sources list in whatever order ---

DAYS = [(date(2026, 5, 1) + timedelta(days=n)).isoformat() for n in range(6)]
LISTS = st.lists(
    st.tuples(st.sampled_from(["openalex", S2]), st.sets(st.integers(1, 5), max_size=4)), min_size=1, max_size=2,
    unique_by=lambda read: read[0],
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(LISTS, min_size=2, max_size=6), filled_on=st.sets(st.integers(0, 5)))
def test_an_item_is_what_appears_after_a_first_list_and_nobody_had_shown(
    store: Store, days: list[list[tuple[str, set[int]]]], filled_on: set[int]
) -> None:
    """Against the same rule over sets: filled every day, or some days later, the items are the same, each once."""
    with undone(store):
        hand = Hand(store)
        hand.live(DAYS[0], record("W1", title="Cited", doi="10.5555/cited"))
        hand.live(DAYS[0], record("s1", S2, title="Cited", doi="10.5555/cited"))
        hold(hand, DAYS[0], 1, 2, 3, 4, 5)
        hold(hand, DAYS[0], 1, 2, 3, 4, 5, source=S2)
        began: dict[str, int] = {}
        shown: dict[tuple[str, int], int] = {}
        run = 0
        for day, lists in enumerate(days):
            for source, numbers in lists:
                run += 1
                cited, letter = ("W1", "C") if source == "openalex" else ("s1", "c")
                hand.citing(DAYS[day], run, cited, *(f"{letter}{n}" for n in sorted(numbers)), source=source)
                began.setdefault(source, day)
                for number in numbers:
                    shown.setdefault((source, number), day)
            if day in filled_on:
                fill(store, DAYS[day])
        fill(store, DAYS[len(days) - 1])
        first: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for (source, number), day in shown.items():
            first[number].append((day, source))
        expected = {
            f"10.5555/c{number}": DAYS[min(seen)[0]]
            for number, seen in first.items()
            if any(day == min(seen)[0] and day > began[source] for day, source in seen)
        }
        found: list[Row] = inbox(store, as_of=DAYS[-1])
        assert {row["citing_doi"]: row["since"] for row in found} == expected
        assert len(found) == len(expected) == len(rows(store, "SELECT 1 FROM inbox_item"))
