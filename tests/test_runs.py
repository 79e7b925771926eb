"""Runs and their checkpoints, what is set aside, watches, the lock, and the pace that processes share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import Busy, StoreError
from harvester.http import Spent
from harvester.orders import Order
from harvester.records import Ask, Citing, Failed, Identifier, Lookup, References, Search, VenueWorks
from harvester.store import Store, Task
from harvester.store.content import content_hash
from harvester.store.lock import run_lock
from tests.build import DAY, Hand, a_store, one, record, rows, sizes

NEXT = "2026-05-02"
DOI = Identifier("doi", "10.5555/a")


# --- runs ---


def test_a_run_tells_what_it_did_and_how_it_ended(store: Store) -> None:
    run = store.runs.start("import", DAY, "08:00")
    store.runs.add(run, {"received": 3, "new_works": 2})
    store.runs.add(run, {"received": 4, "quarantined": 1})
    store.runs.finish(run, "partial", "08:01", "one was bad")
    assert rows(
        store, 'SELECT kind, "on", status, started, finished, received, new_works, quarantined, note FROM runs'
    ) == [("import", DAY, "partial", "08:00", "08:01", 7, 2, 1, "one was bad")]


def test_a_run_that_was_cut_short_is_closed_as_failed_by_the_next_of_its_kind(store: Store) -> None:
    first, other = store.runs.start("harvest", DAY, "1"), store.runs.start("import", DAY, "2")
    second = store.runs.start("harvest", NEXT, "3")
    assert rows(store, "SELECT id, status, note FROM run ORDER BY id") == [
        (first, "failed", "cut short"), (other, "running", None), (second, "running", None),
    ]  # fmt: skip


def test_a_run_that_changed_nothing_can_be_taken_back(store: Store) -> None:
    before = sizes(store)
    run = store.runs.start("import", DAY, "now")
    store.runs.plan(run, [("openalex", "look-up", None, Lookup((DOI,)))])
    store.runs.unanswered(run, "openalex", [DOI], [])
    store.runs.withdraw(run)
    assert sizes(store) == before
    assert store.runs.start("import", DAY, "now") == run, "no gap in the numbers"


@pytest.mark.parametrize(
    ("left", "same_day", "resumes"),
    [("running", True, True), ("open task", True, True), ("complete", True, False), ("running", False, False)],
)
def test_only_an_unfinished_run_of_the_same_day_goes_on(
    store: Store, left: str, *, same_day: bool, resumes: bool
) -> None:
    run = store.runs.start("harvest", DAY, "now")
    if left == "open task":
        store.runs.plan(run, [("openalex", "look-up", None, Lookup((DOI,)))])
    if left != "running":
        store.runs.finish(run, "partial", "then")
    assert store.runs.resume("harvest", DAY if same_day else NEXT) == (run if resumes else None)
    assert store.runs.resume("import", DAY) is None
    if resumes:
        assert rows(store, "SELECT status, finished FROM run") == [("running", None)]


_names = st.builds(Identifier, st.sampled_from(["doi", "pmid"]), st.text(min_size=1, max_size=8))
_asks: st.SearchStrategy[Ask] = st.one_of(
    st.builds(Lookup, st.lists(_names, max_size=3).map(tuple)),
    st.builds(Search, st.text(max_size=20)),
    st.builds(VenueWorks, st.just("1758-5880")),
    st.builds(Citing, st.lists(st.text(max_size=5), max_size=3).map(tuple)),
    st.builds(References, st.lists(st.text(max_size=5), max_size=3).map(tuple)),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(_asks, min_size=1, max_size=5))
def test_every_ask_comes_back_from_the_plan_as_it_was(shelf: Store, asks: list[Ask]) -> None:
    run = shelf.runs.start("harvest", DAY, "now")
    half = len(asks) // 2
    for part in (asks[:half], asks[half:]):
        shelf.runs.plan(run, [("openalex", "list", 7, ask) for ask in part])
    found = shelf.runs.tasks(run)
    assert [task.ask for task in found] == asks
    assert [task.position for task in found] == list(range(1, len(asks) + 1))
    assert {(task.watch, task.status, task.received) for task in found} == {(7, "open", 0)}
    assert shelf.runs.tasks(run, "citing") == []


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("runs")) as opened:
        yield opened


def test_a_checkpoint_writes_how_far_one_task_came_and_no_other(store: Store) -> None:
    run = store.runs.start("harvest", DAY, "now")
    store.runs.plan(run, [("openalex", "list", None, Search("a")), ("openalex", "list", None, Search("b"))])
    first, second = store.runs.tasks(run)
    first.cursor, first.pages, first.expected, first.received, first.status, first.why = "c2", 1, 9, 5, "short", "so"
    store.runs.checkpoint(first)
    assert store.runs.tasks(run) == [first, second]


def test_a_page_and_its_checkpoint_are_one(store: Store) -> None:
    """Whatever fails between them: neither the page nor the cursor after it is there, and the page can come again."""
    hand, run = Hand(store), store.runs.start("harvest", DAY, "now")
    store.runs.plan(run, [("openalex", "list", None, Search("a"))])
    [task] = store.runs.tasks(run)

    def page(*, failing: bool) -> None:
        with store.transaction():
            hand.live(DAY, record("W1", title="A", authors=["Mira Kai"]), record("W2", title="B", references=("W3",)))
            task.cursor, task.received = "next", 2
            store.runs.checkpoint(task)
            if failing:
                raise KeyboardInterrupt

    before = content_hash(store.db), sizes(store)
    with pytest.raises(KeyboardInterrupt):
        page(failing=True)
    assert (content_hash(store.db), sizes(store)) == before
    assert [(left.cursor, left.received) for left in store.runs.tasks(run)] == [(None, 0)]
    page(failing=False)
    assert [(left.cursor, left.received) for left in store.runs.tasks(run)] == [("next", 2)]
    assert rows(store, "SELECT id, source_id FROM record ORDER BY id") == [(1, "W1"), (2, "W2"), (3, "W3")]


def test_what_was_not_answered_is_told_apart(store: Store) -> None:
    run = store.runs.start("harvest", DAY, "now")
    other = Identifier("pmid", "1")
    store.runs.unanswered(run, "openalex", [DOI], [Failed(other, "HTTP 503")])
    store.runs.unanswered(run, "openalex", [], [Failed(DOI, "HTTP 500")])
    assert rows(store, "SELECT scheme, answer, why FROM unanswered ORDER BY scheme") == [
        ("doi", "failed", "HTTP 500"), ("pmid", "failed", "HTTP 503"),
    ]  # fmt: skip
    assert rows(store, "SELECT absent, failed FROM runs") == [(0, 2)]


def test_a_task_has_the_fields_of_its_table(store: Store) -> None:
    columns = [name for _, name, *_ in rows(store, "PRAGMA table_info(task)")]
    assert set(columns) == set(Task.__struct_fields__)


# --- set aside ---


def test_what_is_set_aside_is_kept_once_with_its_bytes(store: Store) -> None:
    run = store.runs.start("import", DAY, "now")
    bad = [("a.json, record 1", b"\xff\x00{", "not JSON"), ("a.json, record 2", b"", "empty")]
    assert store.runs.quarantine(run, "openalex", DAY, bad) == 2
    assert store.runs.quarantine(run, "openalex", NEXT, bad) == 0
    assert store.runs.quarantine(run, "aggregator", DAY, bad[:1]) == 1, "another source may read the same bytes"
    assert [(source, day, body) for _, source, day, body in store.quarantined()] == [
        ("openalex", DAY, b"\xff\x00{"), ("openalex", DAY, b""), ("aggregator", DAY, b"\xff\x00{"),
    ]  # fmt: skip
    assert one(store, "SELECT count(*) FROM problems WHERE kind = 'quarantine'") == 3
    store.release([1, 3])
    assert [number for number, *_ in store.quarantined()] == [2]


def test_what_nobody_asked_for_is_set_aside_but_not_tried_again(store: Store) -> None:
    run = store.runs.start("harvest", DAY, "now")
    assert (
        store.runs.quarantine(run, "openalex", DAY, [("look-up", b"{}", "not what was asked for")], unasked=True) == 1
    )
    assert store.quarantined() == []
    assert one(store, "SELECT count(*) FROM problems") == 1


def test_drift_is_counted_by_field_with_its_first_and_last_day(store: Store) -> None:
    store.runs.drift("openalex", NEXT, ["a.b", "c", "a.b"])
    store.runs.drift("openalex", DAY, ["c"])
    assert rows(store, "SELECT path, first_seen, last_seen, records FROM drift ORDER BY path") == [
        ("a.b", NEXT, NEXT, 2),
        ("c", DAY, NEXT, 2),
    ]


def told(store: Store) -> list[tuple[str, str]]:
    """The drift a person is told of."""
    return rows(store, "SELECT subject, why FROM problems WHERE kind = 'drift' ORDER BY subject")


def test_unknown_fields_are_counted_and_no_problem(store: Store) -> None:
    store.runs.drift("openalex", DAY, ["+new", "old", "+new"])
    store.runs.drift("openalex", NEXT, ["+new"], live=False)
    assert store.rows("schema", limit=9) == [
        {"source": "openalex", "kind": kind, "path": path, "records": n, "first_seen": DAY, "last_seen": last}
        for kind, path, n, last in (("unknown", "new", 3, NEXT), ("retyped", "old", 1, DAY))
    ]
    assert told(store) == [("old", "unexpected shape in 1 records; left out")]


def test_a_missing_field_is_a_problem_where_it_misses_from_half_of_what_was_read_that_day(hand: Hand) -> None:
    store = hand.store

    def read(day: str, whole: int, lacking: int) -> None:
        """A page of a run: so many records, of which so many lack a field."""
        hand.live(day, *(record(f"W{n}", title=f"T{n}") for n in range(whole)))
        store.runs.drift("openalex", day, ["-biblio"] * lacking)

    read(DAY, 9, 1)
    assert told(store) == []
    read(DAY, 10, 3)
    assert told(store) == []
    read(DAY, 10, 1)
    assert told(store) == [("biblio", "missing from 5 of 10 records read that day")]
    read(NEXT, 4, 1)
    assert told(store) == [], "another day, another share"
    read(NEXT, 4, 4)
    assert told(store) == [("biblio", "missing from 4 of 4 records read that day")], "read twice, counted once"
    store.runs.drift("openalex", DAY, ["-biblio"])
    assert one(store, "SELECT records FROM drift") == 11
    assert told(store) == [("biblio", "missing from 4 of 4 records read that day")], "an older day changes nothing now"


def test_one_record_without_a_field_is_nothing_and_a_file_may_have_less(hand: Hand) -> None:
    hand.live(DAY, record(title="T"))
    hand.store.runs.drift("openalex", DAY, ["-biblio"])
    assert told(hand.store) == []
    hand.store.runs.drift("openalex", NEXT, ["-ids"] * 50, live=False)
    assert rows(hand.store, "SELECT path FROM drift") == [("biblio",)]


# --- watches ---


def test_a_watch_is_there_once_and_can_be_renamed_and_removed(store: Store) -> None:
    first, new = store.watches.add(Order("work", "doi:10.5555/a", label="seed"), DAY)
    again, newer = store.watches.add(Order("work", "doi:10.5555/a"), NEXT)
    assert (new, newer, again) == (True, False, first)
    renamed, _ = store.watches.add(Order("work", "doi:10.5555/a", label="other"), NEXT)
    assert (renamed.id, renamed.order.label, renamed.added_on) == (first.id, "other", DAY)
    query, _ = store.watches.add(Order("query", "doi:10.5555/a"), DAY)
    assert [watch.id for watch in store.watches.all()] == [first.id, query.id]
    assert store.watches.remove(first.id, DAY)
    assert not store.watches.remove(first.id, DAY)


def test_what_a_watch_has_caught_stays_when_the_watch_goes(store: Store) -> None:
    Hand(store).live(DAY, record("W1", title="A"), record("W2", title="B"))
    watch, _ = store.watches.add(Order("query", "harbours"), DAY)
    store.watches.caught(watch.id, "openalex", ["W1", "W1", "W404"])
    store.watches.stands_for(watch.id, [1, 2, 404])
    assert rows(store, "SELECT watch, works, last_seen FROM watches") == [(watch.id, 2, DAY)]
    store.watches.remove(watch.id, DAY)
    assert one(store, "SELECT count(*) FROM watch_record") == 0
    assert one(store, "SELECT count(*) FROM work") == 2


# --- the lock ---


def test_one_run_at_a_time_and_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    database = tmp_path / "harvest.db"
    with (
        run_lock(database),
        pytest.raises(Busy, match="another harvest is running on .*harvest.db"),
        run_lock(database),
    ):
        pass
    with run_lock(database), run_lock(tmp_path / "other.db"):
        pass
    script = "import sys, os; from pathlib import Path; from harvester.store.lock import run_lock\n"
    script += "with run_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.readline(); os._exit(9)"
    command = [sys.executable, "-c", script, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy) as busy, run_lock(database):
            pass
        assert busy.value.exit_code == 75
        holder.communicate("die\n")
    assert holder.returncode == 9
    with run_lock(database):
        assert (tmp_path / "harvest.db.lock").exists()


def test_a_folder_that_takes_no_lock_is_a_fault_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot make the lock"), run_lock(tmp_path / "nowhere" / "harvest.db"):
        pass


# --- the book: pace and budget shared by all processes ---


def test_two_processes_share_one_pace(store: Store) -> None:
    with Store(store.path) as other:
        books = (store.book(), other.book())
        waits = [books[n % 2].reserve("semantic_scholar", 1.0, 1000.0) for n in range(5)]
        assert waits == [0, 1, 2, 3, 4]
        assert books[0].reserve("openalex", 1.0, 1000.0) == 0, "each service has a pace of its own"
        assert books[1].reserve("semantic_scholar", 1.0, 1010.0) == 0, "what was not used is not saved up"
        assert books[0].reserve("semantic_scholar", 1.0, 1010.0) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.sampled_from([0.0, 0.1, 1.0])), min_size=1, max_size=15),
)
@settings(max_examples=40, deadline=None)
def test_nobody_waits_longer_than_a_hundred_turns_whatever_the_clock_does(
    shelf: Store, calls: list[tuple[float, float]]
) -> None:
    shelf.db.execute("DELETE FROM budget")
    for now, interval in calls:
        assert 0 <= shelf.book().reserve("openalex", interval, now) <= 100 * interval + 1e-6


def test_a_clock_set_back_by_a_year_costs_no_year(store: Store) -> None:
    book = store.book()
    book.reserve("openalex", 1.0, 40_000_000.0)
    assert book.reserve("openalex", 1.0, 8_000_000.0) == 100.0
    assert book.reserve("openalex", 1.0, 8_000_100.0) == 1.0


def test_a_block_holds_for_every_process_until_its_time(store: Store) -> None:
    with Store(store.path) as other:
        store.book().block("openalex", 2000.0, "the day's budget is spent")
        assert other.book().blocked_until("openalex", 1999.0) == 2000.0
        assert other.book().blocked_until("openalex", 2000.0) is None
        assert other.book().blocked_until("crossref", 0.0) is None
        assert rows(other, "SELECT source, blocked_until, blocked_why FROM freshness") == [
            ("openalex", "1970-01-01 00:33:20", "the day's budget is spent")
        ]


def test_what_a_reply_says_of_the_budget_is_kept_and_silence_takes_nothing_back(store: Store) -> None:
    book = store.book()
    book.spent("openalex", Spent(limit=1000, remaining=990, reset_seconds=60), 1000.0)
    book.spent("openalex", Spent(remaining=989), 1001.0)
    book.requested("openalex")
    book.requested("openalex")
    assert rows(store, "SELECT allowance, remaining, reset_at, requests FROM budget") == [(1000, 989, 1060.0, 2)]


def test_the_book_is_no_content(store: Store) -> None:
    before = content_hash(store.db)
    store.book().requested("openalex")
    store.runs.start("import", DAY, "now")
    assert content_hash(store.db) == before
    hand = Hand(store)
    hand.live(DAY, record("W1", title="cited"))
    hand.citing(DAY, 1, "W1", "W2")
    known = content_hash(store.db)
    assert known != before
    store.db.execute("UPDATE citation SET read_in = 99")
    assert content_hash(store.db) == known, "by which run, is no content"
    store.db.execute("UPDATE citation SET first_seen = '2020-01-01'")
    assert content_hash(store.db) != known
