"""People's decisions about identity: kept for ever against whatever arrives, and undone exactly, in any order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import count

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import UsageError
from harvester.identity import Doubt, Holder, Join, decide, works_conflict
from harvester.orders import Order
from harvester.records import Author, Highlight, Identifier, Institution, Record, Relation, Subject
from harvester.store import Store, families
from harvester.store.content import content_hash
from harvester.store.deciding import Deciding, Word
from harvester.tracker.family import family
from tests.build import DAY, TITLE, Hand, a_store, in_review, one, partition, record, rows, undone

NEXT, THIRD = "2026-05-02", "2026-05-03"
DOI, OTHER_DOI, THIRD_DOI = "10.5555/a", "10.5555/b", "10.5555/c"
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
    """What must hold whatever was decided: no dangling reference, every text searched as it is, no empty work, every family
    as it would be found anew."""
    kin = kinship(store)
    with undone(store):
        families.refresh(store.db, [work for (work,) in rows(store, "SELECT id FROM work")])
        assert kinship(store) == kin
    assert rows(store, "PRAGMA foreign_key_check") == []
    store.db.execute("INSERT INTO work_text (work_text, rank) VALUES ('integrity-check', 1)")
    assert rows(store, "SELECT id FROM work WHERE id NOT IN (SELECT work FROM record WHERE work IS NOT NULL)") == []
    assert rows(store, "SELECT id FROM former_work WHERE id IN (SELECT id FROM work)") == []
    assert (
        rows(
            store,
            "SELECT * FROM verdict v JOIN record a ON a.id = v.record JOIN record b ON b.id = v.other "
            "WHERE a.work IS NOT NULL AND b.work IS NOT NULL AND v.same <> (a.work = b.work)",
        )
        == []
    ), "nobody's word is gone against"


def kinship(store: Store) -> list[tuple[object, ...]]:
    """Every family: (family, work, role, why)."""
    return rows(store, "SELECT family, work, role, why FROM family_member ORDER BY family, work")


def stated(kind: str, doi: str) -> tuple[Relation, ...]:
    return (Relation(kind, Identifier("doi", doi)),)


def literature(hand: Hand) -> None:
    """Works with all that hangs on them: five by openalex and others, a doubt, a shared DOI, a text in no work; two families:
    work 2 is a preprint of work 1 by one record of it, work 3 a correction of work 1 by the other, and work 5 a version of
    work 3.
    """
    port = (Institution("Port of Kai", None, "https://ror.org/1", "DE"),)
    hand.live(
        DAY,
        record("W1", doi=DOI, title=TITLE, year=2024, authors=["Mira Kai"], cited_by_count=3, references=("W3",),
               subjects=(Subject("topic", "Ports", score=0.5),), abstract="Lamps and ropes along the quay.",
               relations=stated("has_preprint", OTHER_DOI)),
        record("W2", doi=OTHER_DOI, title="Another harbour altogether", authors=["Odo Anker"], is_retracted=True),
        record("W3", title="Tides of the invented north", year=2020, authors=["Una Strand"], doi=THIRD_DOI),
    )  # fmt: skip
    hand.live(
        DAY,
        Record(
            "semantic_scholar", "S1", title=TITLE, year=2024, identifiers=(Identifier("doi", DOI),), cited_by_count=4,
            authors=(Author("M. Kai", id="77", institutions=port),), subjects=(Subject("field", "Geography"),),
            relations=stated("corrected_by", THIRD_DOI),
        ),
        record("S3", "semantic_scholar", title="Tides of the Invented North", year=2020),
    )  # fmt: skip
    hand.file(
        DAY,
        record("P1", "aggregator", title=TITLE, pmid="1", year=2024, highlights=(Highlight("t", "x"),), volume="16",
               relations=stated("version_of", THIRD_DOI)),
    )  # fmt: skip


def test_setting(hand: Hand, store: Store) -> None:
    literature(hand)
    assert partition(store) == {frozenset(each) for each in (("W1", "S1"), ("W2",), ("W3",), ("S3",), ("P1",))}
    assert in_review(store) == {("S3", 3), ("P1", 1)}
    assert [row[:3] for row in kinship(store)] == [
        (1, 1, "published"), (1, 2, "preprint"), (1, 3, "correction"), (3, 3, "published"), (3, 5, "version"),
    ]  # fmt: skip
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
            held = [
                n for (n,) in rows(store, "SELECT id FROM record WHERE work = ? ORDER BY id", works[a % len(works)])
            ]
            return deciding.split(ADA, works[a % len(works)], held[b % len(held) :]).number
        if kind in ("accept", "refuse") and asked:
            return getattr(deciding, kind)(ADA, asked[a % len(asked)]).number  # type: ignore[no-any-return]
    return None


_steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "split", "accept", "refuse", "undo", "undo"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=2,
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_steps)
def test_any_decisions_undone_in_any_order_leave_nothing_behind(
    library: Hand, steps: list[tuple[str, int, int]]
) -> None:
    store, deciding = library.store, library.store.deciding(library.saver)
    with undone(store):
        first = content(store)
        standing: dict[int, str | None] = {}  # decision -> what was held before it, while nothing below it is undone

        advice: list[int] = []

        def undo(decision: int) -> bool:
            try:
                deciding.undo(BEN, decision)
            except UsageError as refused:
                advice.append(int(str(refused).rsplit("harvester undo ", 1)[1]))
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
        turns = 20
        while standing:
            advice.clear()
            undone_now = [undo(decision) for decision in sorted(standing)]
            if any(undone_now):
                continue
            named = next(decision for decision in advice if decision not in standing)  # an undoing in the way
            deciding.undo(BEN, named)
            standing |= {again: None for (again,) in rows(store, "SELECT undoes FROM decision WHERE id = ?", named)}
            assert (turns := turns - 1), "what is advised leads out"
        assert content(store) == first
        sound(store)


def test_families_follow_records_joined_and_split_and_go_back_with_them(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    before = kinship(store)
    split = deciding.split(ADA, 1, [number_of(store, "S1")])
    assert [(m["family"], m["work"], m["role"]) for m in family(store, 6, DAY)] == [
        (6, 6, "published"), (6, 3, "correction"),
    ], "the correction is that of the article by whose record it was stated"  # fmt: skip
    assert {(m["work"], m["role"]) for m in family(store, 1, DAY)} >= {(1, "published"), (2, "preprint")}
    deciding.undo(BEN, split.number)
    assert kinship(store) == before
    joined = deciding.join(ADA, 2, 3)
    assert {(m["family"], m["work"], m["role"]) for m in family(store, 2, DAY)} == {
        (1, 1, "published"), (1, 2, "preprint"), (1, 5, "version"),
    }, "one work is both, and brings its version along"  # fmt: skip
    deciding.undo(BEN, joined.number)
    assert kinship(store) == before
    inward = deciding.join(ADA, 1, 2)
    assert [row[:3] for row in kinship(store)] == [
        (1, 1, "published"), (1, 3, "correction"), (3, 3, "published"), (3, 5, "version"),
    ], "an article is no preprint of itself"  # fmt: skip
    deciding.undo(BEN, inward.number)
    assert kinship(store) == before


# --- whether a record belongs where evidence alone has placed it ---


def contradicted(hand: Hand, store: Store) -> int:
    """A record matched with a work, and a DOI that comes later and says otherwise; the number of the question."""
    words = {"title": TITLE, "year": 2024, "volume": "9", "authors": ["Mira Kai", "Odo Anker", "Una Strand"]}
    hand.live(DAY, record("W1", doi=DOI, **words))
    hand.file(DAY, record("B1", "bibliography", **words), record("B0", "bibliography", title="Something else entirely"))
    assert rows(store, "SELECT work, decision FROM record WHERE source_id = 'B1'") == [(1, "match")]
    hand.file(NEXT, record("B1", "bibliography", doi=OTHER_DOI, **words))
    return int(one(store, "SELECT review FROM doubts WHERE work = candidate"))


def test_a_match_that_is_contradicted_is_asked_about_and_confirmed(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    asked = contradicted(hand, store)
    assert deciding.accept(ADA, asked).works == (1,)
    assert partition(store) == {frozenset(("W1", "B1")), frozenset(("B0",))}
    assert rows(store, "SELECT decision FROM record WHERE source_id = 'B1'") == [("accept",)]
    assert rows(store, "SELECT same FROM verdict") == [(1,)]
    assert in_review(store) == set()
    hand.file(THIRD, record("B1", "bibliography", doi="10.5555/z", title=TITLE))
    assert in_review(store) == set(), "it is not asked again"
    sound(store)


def test_a_match_that_is_contradicted_is_refused_and_gets_a_work_of_its_own(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    asked = contradicted(hand, store)
    decided = deciding.refuse(ADA, asked)
    assert (decided.works, decided.notes) == ((1, 3), ("bibliography:B1 is now work 3",))
    assert frozenset(("B1",)) in partition(store)
    assert rows(store, "SELECT kind, question FROM decision") == [("split", asked)]
    assert in_review(store) == set()
    sound(store)
    hand.file(THIRD, record("B1", "bibliography", doi=DOI, title=TITLE))
    assert frozenset(("B1",)) in partition(store), "nothing joins it again"
    hand.file(THIRD, record("B1", "bibliography", doi=OTHER_DOI, title=TITLE))
    deciding.undo(BEN, decided.number)
    assert in_review(store) == {("B1", 1)}
    sound(store)


def test_both_answers_about_a_match_are_undone_exactly(hand: Hand, store: Store, deciding: Deciding) -> None:
    asked = contradicted(hand, store)
    before = content(store)
    for answer in (deciding.accept, deciding.refuse):
        decided = answer(ADA, asked)
        assert content(store) != before
        deciding.undo(BEN, decided.number)
        assert content(store) == before
        sound(store)


# --- a person's word comes first, for ever ---


def test_what_identity_decides_heeds_what_people_said() -> None:
    said = Holder(1, dois=frozenset((DOI,)), apart=frozenset((2,)))
    other = Holder(2, (Identifier("doi", DOI),), frozenset((DOI,)))
    new = record("W9", doi=DOI)
    assert works_conflict(said, other) == works_conflict(other, said) == "a person has said that they are two articles"
    found = decide(new, said, [other])
    assert (found.joins, found.doubts) == ((), ()), "asked and answered"  # type: ignore[union-attr]
    bridge = decide(new, None, [Holder(1, (Identifier("doi", DOI),), frozenset((DOI,)), apart=frozenset((2,))), other])
    assert isinstance(bridge, Join)
    assert (bridge.work, bridge.joins) == (1, ())
    assert "a person has said" in bridge.doubts[0][1]
    third = Holder(3, (Identifier("pmid", "1"),), frozenset(), apart=frozenset((2,)))
    chain = decide(record("W9", doi=DOI, pmid="1"), None, [other, third])
    assert isinstance(chain, Join)
    assert [work for work, _ in chain.doubts] == [3], "what is joined first takes its word along"
    assert not isinstance(decide(new, None, [other]), Doubt)


def arrivals(hand: Hand) -> None:
    """Whatever may come after a decision: each record again and changed, read anew, and new ones with all identifiers."""
    words = {
        "openalex": [record("W1", doi=DOI, pmid="1", title=TITLE, year=2024, cited_by_count=9)],
        "semantic_scholar": [
            record("S1", "semantic_scholar", doi=DOI, pmid="1", title=TITLE, year=2024, cited_by_count=8)
        ],
        "aggregator": [record("P1", "aggregator", doi=DOI, title=TITLE, pmid="1", year=2024, volume="17")],
    }
    for each in words.values():
        hand.live(THIRD, *each)
    for each in words.values():
        hand.reparse(THIRD, *each)
    hand.file(THIRD, record("B1", "bibliography", doi=DOI, pmid="1", title=TITLE, year=2024))
    hand.live("2026-05-04", record("W8", doi=DOI, pmid="1", title=TITLE, year=2024))
    for each in words.values():
        hand.live("2026-05-05", *(record(r.source_id, r.source, doi=DOI, title=TITLE, pmcid="PMC7") for r in each))


def test_what_a_person_split_no_harvest_import_or_reparse_joins_again_even_on_a_shared_doi(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    assert deciding.split(ADA, 1, [number_of(store, "S1")]).works == (1, 6)
    arrivals(hand)
    assert work_of(store, "W1") != work_of(store, "S1")
    sound(store)
    assert ("S1", 1) not in in_review(store) and ("W1", 6) not in in_review(store), "nor is it asked again"
    with hand.store.transaction():
        hand.store.place_fragments(hand.saver, THIRD)
    assert work_of(store, "W1") != work_of(store, "S1")


def test_a_question_refused_is_neither_asked_again_nor_answered_by_anything_automatic(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    deciding.refuse(ADA, question(store, "P1"))
    assert in_review(store) == {("S3", 3)}
    arrivals(hand)
    assert work_of(store, "P1") != work_of(store, "W1")
    assert not [each for each in in_review(store) if each[0] == "P1"]
    sound(store)
    with pytest.raises(UsageError, match="refused already"):
        deciding.accept(ADA, one(store, "SELECT id FROM review WHERE state = 'refused' AND record = 6 AND work = 1"))


def test_what_a_person_joined_stays_together_whatever_comes(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    deciding.join(ADA, 1, 2)
    hand.live(THIRD, record("W2", doi="10.5555/zzz", title="Quite another thing", authors=["Una Strand"]))
    hand.reparse(THIRD, record("W1", doi=DOI, title=TITLE))
    assert work_of(store, "W1") == work_of(store, "W2") == 1
    sound(store)


def test_works_told_apart_are_joined_by_a_person_only(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    deciding.split(ADA, 1, [number_of(store, "S1")])
    hand.file(THIRD, record("B1", "bibliography", doi=DOI, title=TITLE))
    assert work_of(store, "B1") == 1
    with pytest.raises(UsageError, match="split 1 bibliography:B1"):
        deciding.accept(BEN, question(store, "B1", 6))
    deciding.join(BEN, 6, 1)
    assert rows(store, "SELECT count(*) FROM verdict WHERE NOT same") == [(0,)], "the latest word holds"
    assert store.work_numbered(6) == 1
    deciding.undo(BEN, 2)
    assert {("W1", 1), ("S1", 6)} <= set(rows(store, "SELECT source_id, work FROM record"))
    sound(store)


def test_preprint_and_published_are_two_or_one_as_a_person_says_and_back_again(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    """One source holds a preprint and its article as one paper, the other as two; DOIs differ."""
    preprint = record("W1", doi="10.48550/arxiv.2501.00001", title=TITLE, year=2024, authors=["Mira Kai"])
    article = record("W2", doi=DOI, title=TITLE, year=2025, authors=["Mira Kai"])
    both = record(
        "S1", "semantic_scholar", doi=DOI, title=TITLE, identifiers=(Identifier("doi", "10.48550/arxiv.2501.00001"),)
    )
    hand.live(DAY, preprint, article)
    hand.live(DAY, both)
    apart, astray = {frozenset(("W1",)), frozenset(("W2", "S1"))}, {frozenset(("W1", "S1")), frozenset(("W2",))}
    assert partition(store) == astray, "S1 names both DOIs; openalex says there are two articles"
    before = content(store)
    accepted = deciding.accept(ADA, question(store, "S1", 2))
    assert partition(store) == {frozenset(("W1", "W2", "S1"))}
    deciding.undo(BEN, accepted.number)
    assert content(store) == before
    split = deciding.split(BEN, 1, [number_of(store, "S1")])
    joined = deciding.join(BEN, 2, max(split.works))
    for day in (NEXT, THIRD):
        hand.live(day, preprint, article)
        hand.live(day, msgspec.structs.replace(both, cited_by_count=int(day[-1])))
        assert partition(store) == apart
    assert in_review(store) == set()
    deciding.undo(ADA, joined.number)
    deciding.undo(ADA, split.number)
    assert partition(store) == astray
    assert in_review(store) == {("S1", 2)}
    sound(store)


# --- numbers, events, watches ---


def test_numbers_answer_through_everything_and_are_never_given_to_another(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    hand.live(NEXT, record("W4", pmid="4", title="One"))
    hand.live(NEXT, record("S4", "semantic_scholar", pmcid="PMC4", title="One"))
    hand.live(NEXT, record("P4", "aggregator", pmid="4", pmcid="PMC4", title="One"))
    assert (store.work_numbered(7), work_of(store, "S4")) == (6, 6), "joined by what P4 shares with both"
    split = deciding.split(ADA, 6, [number_of(store, "S4")])
    assert split.works == (6, 8)
    assert store.work_numbered(7) == 8, "an old number goes with the records it stood for"
    deciding.undo(BEN, split.number)
    assert (store.work_numbered(7), store.work_numbered(8), store.work_numbered(9)) == (6, 6, None)
    hand.live(THIRD, record("W5", title="Five"))
    assert work_of(store, "W5") == 9, "8 was somebody's number for what is in 6 again"


def test_changes_tell_of_joins_splits_and_their_undoing(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    joined = deciding.join(ADA, 2, 3)
    undone = deciding.undo(BEN, joined.number)
    deciding.join(ADA, 2, 3)
    deciding.split(BEN, 1, [number_of(store, "S1")])
    told = rows(store, "SELECT work, kind, before, after, why FROM changes WHERE kind IN ('joined', 'split', 'undone')")
    assert (2, "joined", "3", "3", "joined by ada (decision 1): I looked") in told
    assert (2, "undone", None, "3", "join (decision 1) undone by ben (decision 2)") in told
    assert (6, "split", "1", "6", "split from work 1 by ben (decision 4)") in told
    assert [kind for _, kind, *_ in told].count("joined") == 2, "twice on one day"
    assert undone.works == (2, 3)


def test_watches_and_edges_hang_on_records_and_follow_them(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    watch, _ = store.watches.add(Order("work", "pmid:1"), DAY)
    store.watches.stands_for(watch.id, [work_of(store, "P1") or 0])
    accepted = deciding.accept(ADA, question(store, "P1"))
    assert rows(store, "SELECT works FROM watches") == [(1,)]
    assert rows(store, "SELECT work, source FROM citation_growth WHERE work = 1 ORDER BY source") == [
        (1, "openalex"), (1, "semantic_scholar"),
    ]  # fmt: skip
    assert rows(store, "SELECT decision, why FROM record WHERE source_id = 'P1'") == [
        ("accept", "the same title, year: score 9.0; accepted by ada (decision 1): I looked")
    ]
    assert rows(store, "SELECT volume FROM work WHERE id = 1") == [("16",)]
    assert rows(store, "SELECT title FROM highlight WHERE work = 1") == [("t",)]
    deciding.undo(BEN, accepted.number)
    assert rows(store, "SELECT volume FROM work WHERE id = 1") == [(None,)]
    assert rows(store, "SELECT work FROM highlight") == [(5,)]


# --- what cannot be ---


def test_what_cannot_be_decided_is_said_with_what_to_do(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    before = content_hash(store.db)
    for act, says in (
        (lambda: deciding.join(ADA, 1, 1), "one work already"),
        (lambda: deciding.split(ADA, 2, [number_of(store, "W2")]), "nothing to split"),
        (lambda: deciding.split(ADA, 2, []), "harvester why"),
        (lambda: deciding.split(ADA, 2, [number_of(store, "W1")]), "harvester why"),
        (lambda: deciding.accept(ADA, 77), "harvester review"),
        (lambda: deciding.refuse(ADA, 77), "harvester review"),
        (lambda: deciding.undo(ADA, 77), "harvester decisions"),
    ):
        with pytest.raises(UsageError, match=says):
            act()
    assert content_hash(store.db) == before


def test_a_decision_that_others_rest_on_waits_and_names_them(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    before = content(store)
    deciding.join(ADA, 2, 3)
    deciding.join(ADA, 1, 2)
    deciding.join(ADA, 4, 5)
    with pytest.raises(UsageError, match="decision 2 rests on decision 1; undo that one first: harvester undo 2"):
        deciding.undo(BEN, 1)
    deciding.undo(BEN, 2)
    with pytest.raises(UsageError, match="undone already, by decision 4"):
        deciding.undo(BEN, 2)
    deciding.undo(BEN, 1)
    deciding.undo(BEN, 3)
    assert content(store) == before


def test_two_joins_to_one_work_are_undone_in_either_order(hand: Hand, store: Store, deciding: Deciding) -> None:
    literature(hand)
    deciding.join(ADA, 1, 2)
    deciding.join(ADA, 1, 3)
    deciding.undo(BEN, 1)
    assert (work_of(store, "W2"), work_of(store, "W3")) == (2, 1)
    sound(store)


# --- what has come between ---


def test_a_record_that_came_since_goes_with_those_it_shares_identifiers_with(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    deciding.join(ADA, 1, 2)
    hand.file(THIRD, record("B2", "bibliography", doi=OTHER_DOI, title="Another harbour altogether"))
    hand.file(THIRD, record("B1", "bibliography", doi=DOI, title=TITLE))
    assert work_of(store, "B2") == work_of(store, "B1") == 1
    decided = deciding.undo(BEN, 1)
    assert (work_of(store, "B2"), work_of(store, "B1")) == (2, 1)
    assert decided.notes == ("bibliography:B2 has come since and belongs to work 2",)
    sound(store)


def test_a_record_that_came_since_and_shares_with_both_stays_and_a_person_is_asked(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    deciding.join(ADA, 1, 2)
    bridge = record("B1", "bibliography", doi=DOI, identifiers=(Identifier("doi", OTHER_DOI),), title=TITLE)
    hand.file(THIRD, bridge)
    decided = deciding.undo(BEN, 1)
    assert (work_of(store, "W1"), work_of(store, "W2"), work_of(store, "B1")) == (1, 2, 1)
    assert "question" in decided.notes[0]
    assert ("B1", 2) in in_review(store)
    sound(store)


def test_works_joined_by_identifiers_since_go_where_their_identifiers_are(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    literature(hand)
    deciding.join(ADA, 1, 2)
    hand.file(THIRD, record("B2", "bibliography", pmid="9", title="Another harbour altogether"))
    lone = work_of(store, "B2")
    hand.live(THIRD, record("W2", doi=OTHER_DOI, pmid="9", title="Another harbour altogether", is_retracted=True))
    assert work_of(store, "B2") == 1
    deciding.undo(BEN, 1)
    assert (work_of(store, "B2"), store.work_numbered(lone or 0)) == (2, 2)
    sound(store)


def test_a_work_joined_elsewhere_since_gives_its_records_back_all_the_same(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    hand.live(DAY, record("W1", title="One", doi=DOI))
    hand.live(DAY, record("P2", "aggregator", title="Two"), record("P3", "aggregator", title="Three"))
    deciding.join(ADA, 2, 3)
    hand.live(THIRD, record("P2", "aggregator", title="Two", doi=DOI))
    assert partition(store) == {frozenset(("W1", "P2", "P3"))}
    deciding.undo(BEN, 1)
    assert [work_of(store, name) for name in ("W1", "P2", "P3")] == [1, 1, 3]
    assert store.work_numbered(2) == 1
    sound(store)


def test_what_came_to_a_split_off_work_follows_when_the_split_is_undone(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    hand.live(DAY, record("W1", title=TITLE, doi=DOI))
    hand.live(DAY, record("S1", "semantic_scholar", title=TITLE, doi=DOI, pmid="1"))
    deciding.split(ADA, 1, [number_of(store, "S1")])
    hand.file(THIRD, record("B1", "bibliography", pmid="1", title=TITLE))
    hand.file(THIRD, record("P1", "aggregator", pmid="1", title=TITLE))
    assert work_of(store, "B1") == work_of(store, "P1") == 2
    deciding.undo(BEN, 1)
    assert partition(store) == {frozenset(("W1", "S1", "B1", "P1"))}
    assert store.work_numbered(2) == 1
    sound(store)


def test_a_text_in_no_work_is_placed_by_a_person_and_taken_out_again(
    hand: Hand, store: Store, deciding: Deciding
) -> None:
    words = (
        "We follow the tidal quays and then the frozen ropes and then the hollow lamps until the harbour closes at last"
    )
    hand.file(DAY, record("W1", title="One harbour", abstract=words, pmid="1"))
    hand.file(DAY, record("B1", "bibliography", title="Two harbours", abstract=words, pmcid="PMC1"))
    hand.file(DAY, record("text:1", "aggregator", abstract=words, highlights=(Highlight("t", "x"),)))
    with store.transaction():
        assert store.place_fragments(hand.saver, DAY) == 0
    before = content(store)
    with pytest.raises(UsageError, match="ends by itself"):
        deciding.accept(ADA, one(store, "SELECT id FROM review WHERE work IS NULL"))
    deciding.accept(ADA, question(store, "text:1", 2))
    assert rows(store, "SELECT work FROM highlight") == [(2,)]
    assert in_review(store) == set()
    deciding.undo(BEN, 1)
    assert content(store) == before
    deciding.refuse(ADA, question(store, "text:1", 2))
    with store.transaction():
        assert store.place_fragments(hand.saver, DAY) == 1, "what is left is certain"
    assert work_of(store, "text:1") == 1
    sound(store)


def test_the_same_hand_saves_on_after_decisions(hand: Hand, store: Store, deciding: Deciding) -> None:
    """It remembers numbers of works, authors and records; none of them may be stale."""
    literature(hand)
    for day in count(10):
        if day == 16:
            break
        split = deciding.split(ADA, 1, [number_of(store, "S1")])
        hand.live(
            f"2026-05-{day}", record(f"W{day}", title=f"Harbour of day {day}", authors=["Mira Kai", f"Day {day}"])
        )
        deciding.undo(BEN, split.number)
        hand.live(f"2026-05-{day}", record(f"V{day}", title=f"Another of day {day}", authors=[f"Day {day}", "M. Kai"]))
        sound(store)
    assert len(partition(store)) == 5 + 12
