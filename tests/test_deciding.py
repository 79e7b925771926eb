"""People's decisions about identity: kept for ever against whatever arrives, and undone exactly, in any order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import UsageError
from harvester.identity import Doubt, Holder, Join, decide, works_conflict
from harvester.records import Author, Highlight, Identifier, Institution, Record, Subject
from harvester.store import Store
from harvester.store.content import content_hash
from harvester.store.deciding import Deciding, Word
from tests.build import DAY, TITLE, Hand, a_store, in_review, one, partition, record, rows

NEXT, THIRD = "2026-05-02", "2026-05-03"
DOI, OTHER_DOI = "10.5555/a", "10.5555/b"
ADA = Word("ada", "I looked", NEXT, "2026-05-02T10:00:00+00:00")
BEN = Word("ben", None, THIRD, "2026-05-03T10:00:00+00:00")


@pytest.fixture
def deciding(hand: Hand) -> Deciding:
    return hand.store.deciding(hand.saver)


def content(store: Store) -> str:
    """All that is held, but the decisions and the events that tell of them."""
    return content_hash(store.db, without=("decision", "event"))


def number_of(store: Store, source_id: str) -> int:
    return int(one(store, "SELECT id FROM record WHERE source_id = ?", source_id))


def work_of(store: Store, source_id: str) -> int | None:
    found: int | None = one(store, "SELECT work FROM record WHERE source_id = ?", source_id)
    return found


def question(store: Store, source_id: str, candidate: int | None = None) -> int:
    """The number of the open question about a record (and a candidate)."""
    return int(
        one(
            store,
            "SELECT v.id FROM review v JOIN record r ON r.id = v.record WHERE v.state = 'open' AND r.source_id = ? "
            "AND (? IS NULL OR v.work = ?)",
            source_id, candidate, candidate,
        )
    )  # fmt: skip


def sound(store: Store) -> None:
    """What must hold whatever was decided: no dangling reference, every text searched as it is, no empty work."""
    assert rows(store, "PRAGMA foreign_key_check") == []
    store.db.execute("INSERT INTO work_text (work_text, rank) VALUES ('integrity-check', 1)")
    assert rows(store, "SELECT id FROM work WHERE id NOT IN (SELECT work FROM record WHERE work IS NOT NULL)") == []
    assert rows(store, "SELECT id FROM former_work WHERE id IN (SELECT id FROM work)") == []
    assert rows(
        store,
        "SELECT * FROM verdict v JOIN record a ON a.id = v.record JOIN record b ON b.id = v.other "
        "WHERE a.work IS NOT NULL AND b.work IS NOT NULL AND v.same <> (a.work = b.work)",
    ) == [], "nobody's word is gone against"


def literature(hand: Hand) -> None:
    """Works with all that hangs on them: five by openalex and others, a doubt, a shared DOI, a text in no work."""
    port = (Institution("Port of Kai", None, "https://ror.org/1", "DE"),)
    hand.live(
        DAY,
        record("W1", doi=DOI, title=TITLE, year=2024, authors=["Mira Kai"], cited_by_count=3, references=("W3",),
               subjects=(Subject("topic", "Ports", 0.5),), abstract="Lamps and ropes along the quay."),
        record("W2", doi=OTHER_DOI, title="Another harbour altogether", authors=["Odo Anker"], is_retracted=True),
        record("W3", title="Tides of the invented north", year=2020, authors=["Una Strand"]),
    )  # fmt: skip
    hand.live(
        DAY,
        Record(
            "semantic_scholar", "S1", title=TITLE, year=2024, identifiers=(Identifier("doi", DOI),), cited_by_count=4,
            authors=(Author("M. Kai", id="77", institutions=port),), subjects=(Subject("field", "Geography"),),
        ),
        record("S3", "semantic_scholar", title="Tides of the Invented North", year=2020, authors=["U. Strand"]),
    )  # fmt: skip
    hand.file(
        DAY, record("P1", "aggregator", title=TITLE, pmid="1", year=2024, highlights=(Highlight("t", "x"),), volume="16")
    )


def test_setting(hand: Hand, store: Store) -> None:
    literature(hand)
    assert partition(store) == {frozenset(each) for each in (("W1", "S1"), ("W2",), ("W3",), ("S3",), ("P1",))}
    assert in_review(store) == {("S3", 3), ("P1", 1)}
    sound(store)


# --- each decision, and its undoing ---


def do_join(store: Store, deciding: Deciding) -> None:
    deciding.join(ADA, 2, 3)


def do_join_of_the_doubted(store: Store, deciding: Deciding) -> None:
    deciding.join(ADA, work_of(store, "P1") or 0, 1)


def do_split(store: Store, deciding: Deciding) -> None:
    deciding.split(ADA, 1, [number_of(store, "S1")])


def do_split_the_best(store: Store, deciding: Deciding) -> None:
    deciding.split(ADA, 1, [number_of(store, "W1")])


def do_accept(store: Store, deciding: Deciding) -> None:
    deciding.accept(ADA, question(store, "P1"))


def do_refuse(store: Store, deciding: Deciding) -> None:
    deciding.refuse(ADA, question(store, "P1"))


DECISIONS = [do_join, do_join_of_the_doubted, do_split, do_split_the_best, do_accept, do_refuse]


@pytest.mark.parametrize("do", DECISIONS, ids=lambda do: do.__name__)
def test_a_decision_is_undone_exactly_and_done_again_exactly(
    hand: Hand, store: Store, deciding: Deciding, do: Callable[[Store, Deciding], None]
) -> None:
    literature(hand)
    before = content(store)
    do(store, deciding)
    after = content(store)
    assert after != before
    sound(store)
    undone = deciding.undo(BEN, 1)
    assert content(store) == before
    sound(store)
    deciding.undo(ADA, undone.number)
    assert content(store) == after
    sound(store)
    deciding.undo(BEN, 1)
    assert content(store) == before
    assert rows(store, "SELECT id, undoes, undone_by FROM decision ORDER BY id") == [
        (1, None, 2), (2, 1, None), (3, 2, 4), (4, 3, None),
    ]  # fmt: skip


@pytest.mark.parametrize("do", DECISIONS, ids=lambda do: do.__name__)
def test_a_fault_in_the_middle_leaves_everything_as_before(
    hand: Hand, store: Store, deciding: Deciding, do: Callable[[Store, Deciding], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    literature(hand)
    before = content_hash(store.db), rows(store, "SELECT * FROM event")
    for fault in (KeyboardInterrupt, RuntimeError):
        with monkeypatch.context() as patch, pytest.raises(fault):
            patch.setattr(hand.saver, "remerge", lambda *_, fault=fault, **__: (_ for _ in ()).throw(fault))
            do(store, deciding)
        assert (content_hash(store.db), rows(store, "SELECT * FROM event")) == before
    do(store, deciding)
    made = content_hash(store.db)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(hand.saver, "remerge", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        deciding.undo(BEN, 1)
    assert content_hash(store.db) == made


class _UndoneError(Exception):
    pass


@contextlib.contextmanager
def undone(store: Store) -> Iterator[None]:
    with contextlib.suppress(_UndoneError), store.transaction():
        yield
        raise _UndoneError


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    """One store with the literature for all examples: each is undone."""
    with a_store(tmp_path_factory.mktemp("deciding")) as opened:
        hand = Hand(opened)
        literature(hand)
        yield hand


def anything(store: Store, deciding: Deciding, step: tuple[str, int, int]) -> int | None:
    """Do what the step says to what there is; the decision's number, None where it cannot be done."""
    kind, a, b = step
    works = [work for (work,) in rows(store, "SELECT id FROM work ORDER BY id")]
    asked = [number for (number,) in rows(store, "SELECT review FROM doubts ORDER BY review")]
    with contextlib.suppress(UsageError):
        if kind == "join":
            return deciding.join(ADA, works[a % len(works)], works[b % len(works)]).number
        if kind == "split":
            held = [n for (n,) in rows(store, "SELECT id FROM record WHERE work = ? ORDER BY id", works[a % len(works)])]
            return deciding.split(ADA, works[a % len(works)], held[b % len(held) :]).number
        if kind in ("accept", "refuse") and asked:
            return getattr(deciding, kind)(ADA, asked[a % len(asked)]).number  # type: ignore[no-any-return]
    return None


_steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "split", "accept", "refuse", "undo", "undo"]), st.integers(0, 9), st.integers(0, 9)
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_steps)
def test_any_decisions_undone_in_any_order_leave_nothing_behind(
    library: Hand, steps: list[tuple[str, int, int]]
) -> None:
    store, deciding = library.store, library.store.deciding(library.saver)
    with undone(store):
        first = content(store)
        standing: dict[int, str | None] = {}  # decision -> what was held before it, while nothing below it is undone

        def undo(decision: int) -> bool:
            try:
                deciding.undo(BEN, decision)
            except UsageError as fault:
                assert "harvester undo" in str(fault), fault
                return False
            before = standing.pop(decision)
            for later in standing:
                if later > decision:
                    standing[later] = None
            if before is not None and not any(later > decision for later in standing):
                assert content(store) == before
            return True

        for step in steps:
            if step[0] == "undo":
                if standing:
                    undo(sorted(standing)[step[1] % len(standing)])
            else:
                before = content(store)
                if (made := anything(store, deciding, step)) is not None:
                    standing[made] = before
            sound(store)
        while standing:
            assert any([undo(decision) for decision in sorted(standing)]), "the last one can always be undone"
        assert content(store) == first
        sound(store)
