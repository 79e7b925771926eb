"""The digest: each item carried once, by the watch that brought it; nothing is marked that was not written."""

from __future__ import annotations

import io
import json

import pytest
from typer.testing import CliRunner

from harvester.cli import app, inboxes
from harvester.cli.state import State
from harvester.orders import order
from harvester.store import Store
from harvester.tracker.digest import Digest, digest
from harvester.tracker.inbox import mark
from tests.build import Hand, record, rows
from tests.test_inbox import FIRST, FOURTH, MIRA, SECOND, THIRD, fill

EVIL = "\x1b[31mPay <b>now</b> | `rm` *here*\u202e"


@pytest.fixture
def hand(store: Store) -> Hand:
    """W1 in the watches 1 and 2, W2 in 2 alone; since SECOND C1 and C2 cite W1, C3 cites W2."""
    made = Hand(store)
    made.live(
        FIRST, record("W1", title="Cited one", cited_by_count=10), record("W2", title="Cited two", cited_by_count=100)
    )
    with store.transaction():
        for value, works in (("a", [1]), ("b", [1, 2])):
            watch, _ = store.watches.add(order(value, "query"), FIRST)
            store.watches.stands_for(watch.id, works)
        for run, day, status in ((1, FIRST, "complete"), (2, SECOND, "partial")):
            store.runs.finish(
                store.runs.start("harvest", day, f"{day}T01:00:00"), status, f"{day}T02:00:00", f"run {run}"
            )
    made.citing(FIRST, 1, "W1")
    made.citing(FIRST, 2, "W2")
    made.live(
        SECOND, *(record(f"C{n}", title=f"Citing {n}", date="2026-05-02") for n in (1, 2)), record("C3", title=EVIL)
    )
    made.citing(SECOND, 3, "W1", "C1", "C2")
    made.citing(SECOND, 4, "W2", "C3")
    made.live(
        SECOND, record("W1", title="Cited one", cited_by_count=12), record("W2", title="Cited two", cited_by_count=97)
    )
    fill(store, SECOND)
    return made


@pytest.fixture
def filled(hand: Hand) -> Store:
    return hand.store


def give(store: Store, on: str, watch: int | None = None, limit: int = 50) -> list[int]:
    """The items of a digest that was given out."""
    made = digest(store, on=on, watch=watch, limit=limit)
    carry(store, made)
    return [row["item"] for row in made.items]


def carry(store: Store, made: Digest) -> None:
    with store.transaction():
        store.inbox.carry(made.carried(), made.watch, made.on, "t", len(made.items))


def test_an_item_is_carried_once(filled: Store) -> None:
    assert give(filled, SECOND) == [1, 2, 3]
    assert give(filled, SECOND) == give(filled, THIRD) == []
    assert {row["carried_on"] for row in filled.rows(
        "inbox", as_of=FOURTH, state=None, watch=None, work=None, items=None, uncarried=False, limit=9)} == {SECOND}  # fmt: skip
    mark(filled, "seen", MIRA, [1])
    mark(filled, "new", MIRA, [1])
    assert give(filled, FOURTH) == [], "new again is no news"


def test_what_has_been_seen_kept_or_dismissed_or_is_gone_needs_no_carrying(hand: Hand, filled: Store) -> None:
    mark(filled, "seen", MIRA, [1])
    mark(filled, "dismissed", MIRA, [3])
    hand.citing(THIRD, 5, "W1", "C1")
    assert give(filled, SECOND) == [1, 3], "as it was on that day, but what is gone since"
    assert give(filled, THIRD) == []


def test_each_watch_carries_it_once_and_a_digest_of_all_carries_for_all(filled: Store) -> None:
    assert give(filled, SECOND, watch=1) == [1, 2]
    assert give(filled, SECOND, watch=1) == []
    assert give(filled, SECOND, watch=2) == [1, 2, 3], "another watch, another reader"
    assert give(filled, SECOND) == []


def test_a_digest_of_all_leaves_nothing_for_a_watch(filled: Store) -> None:
    assert give(filled, SECOND) == [1, 2, 3]
    assert give(filled, THIRD, watch=2) == []


def test_what_is_not_shown_waits_for_the_next(filled: Store) -> None:
    made = digest(filled, on=SECOND, limit=2)
    assert ([row["item"] for row in made.items], made.waiting) == ([1, 2], 1)
    carry(filled, made)
    assert give(filled, THIRD) == [3]


def test_it_tells_the_last_run_and_what_came_since_the_last_digest(hand: Hand, filled: Store) -> None:
    made = digest(filled, on=SECOND)
    assert made.since is None
    assert made.run is not None
    assert (made.run["on"], made.run["status"]) == (SECOND, "partial")
    assert [(row["work"], row["source"], row["changed"]) for row in made.counts] == [
        (2, "openalex", -3),
        (1, "openalex", 2),
    ]
    [why] = made.counts[0]["why"]
    assert why.startswith(f"{SECOND}: openalex counts 3 fewer")
    carry(filled, made)
    hand.live(THIRD, record("W1", title="Cited one", cited_by_count=13, is_retracted=True))
    later = digest(filled, on=THIRD)
    assert (later.since, [row["changed"] for row in later.counts]) == (SECOND, [1])
    assert [(row["kind"], row["on"]) for row in later.notices] == [("retracted", THIRD)]
    assert digest(filled, on=THIRD, watch=2).since == SECOND, "a digest of all told of it"
    assert digest(filled, on=FIRST).run == filled.row("digest_run", on=FIRST), "as on that day"


# --- the command ---


def call(store: Store, *words: str) -> str:
    done = CliRunner().invoke(app, ["--db", str(store.path), "digest", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_peeking_marks_nothing(filled: Store) -> None:
    assert call(filled, "--on", SECOND, "--peek") == call(filled, "--on", SECOND, "--peek")
    assert rows(filled, "SELECT 1 FROM digest") == []
    first = call(filled, "--on", SECOND)
    assert "2 new citing works: watch 1 (query a)" in first
    assert "1 new citing work: watch 2 (query b)" in first
    assert "the last harvest is partial: not all of it came" in first
    again = call(filled, "--on", SECOND)
    assert "no new citing works" in again
    assert "Citing 1" not in again


class Torn(io.StringIO):
    """Paper that takes so many lines, and tears at the latest when it is handed over."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines = lines

    def write(self, text: str) -> int:
        if self.getvalue().count("\n") >= self._lines:
            raise BrokenPipeError
        return super().write(text)

    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("lines", [0, 6, 1000])
def test_one_that_is_cut_off_while_it_is_written_marks_nothing(
    filled: Store, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context:
        obj = State(filled.path, None, 0, quiet=True)

    monkeypatch.setattr("sys.stdout", Torn(lines))
    with pytest.raises(BrokenPipeError):
        inboxes.digest(Context(), on=SECOND)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert rows(filled, "SELECT 1 FROM digest UNION SELECT 1 FROM inbox_item WHERE carried_on IS NOT NULL") == []
    assert "Citing 1" in call(filled, "--on", SECOND)


def test_every_form_tells_the_same_and_a_title_acts_on_none(filled: Store) -> None:
    told = json.loads(call(filled, "--on", SECOND, "--peek", "--format", "json"))
    assert [list(told[0])] == [["on", "since", "watch", "run", "items", "waiting", "counts", "notices", "problems"]]
    assert [row["item"] for row in told[0]["items"]] == [1, 2, 3]
    assert list(told[0]["counts"][0])[:5] == ["work", "doi", "title", "year", "venue"]
    text = call(filled, "--on", SECOND, "--peek")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= 80
    page = call(filled, "--on", SECOND, "--peek", "--format", "markdown")
    assert r"Pay &lt;b&gt;now&lt;/b&gt; \| \`rm\` \*here\*" in page
    assert "\n## 2 new citing works: watch 1 (query a)\n| item |" in page
    assert call(filled, "--on", SECOND, "--peek", "--format", "jsonl").count("\n") == 1


@pytest.mark.parametrize("words", [("--format", "csv"), ("--watch", "9"), ("--on", "soon")])
def test_what_cannot_be_meant_is_refused(filled: Store, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["--db", str(filled.path), "digest", *words])
    assert getattr(done.exception, "exit_code", None) == 2
    assert rows(filled, "SELECT 1 FROM digest") == []
