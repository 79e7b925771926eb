"""Works joined into one, and texts without title that find their article: what moves, and what must not."""

from __future__ import annotations

import pytest

from harvester.orders import Order
from harvester.records import Highlight, Identifier, Record
from harvester.schema import query
from harvester.store import Store
from harvester.store.content import content_hash
from harvester.store.known import DOIS_OF, FIELDS_OF, IN_BLOCKS, NAMES_OF, RECORDS_OF
from tests.build import DAY, TITLE, Hand, in_review, one, partition, record, rows, sizes

NEXT, THIRD = "2026-05-02", "2026-05-03"
DOI = "10.5555/a"


HISTORY = ("observation", "citation", "count_by_year", "payload", "identifier", "watch", "watch_record")


def history(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(store, f"SELECT * FROM {table} ORDER BY 1, 2") for table in HISTORY}


def two_works(hand: Hand) -> None:
    """Two works with all that can hang on them, which a record of a third source will show to be one."""
    hand.live(
        DAY,
        record(
            "W1",
            doi=DOI,
            title=TITLE,
            cited_by_count=3,
            references=("W8", "W9"),
            authors=["Mira Kai"],
            counts_by_year=((2025, 3),),
        ),
        record("W9", title="Another harbour altogether", references=("W1",)),
    )
    hand.live(
        DAY,
        record(
            "P1", "aggregator", pmid="1", title=TITLE, cited_by_count=2, volume="16", highlights=(Highlight("t", "x"),)
        ),
    )


BRIDGE = record("S1", "semantic_scholar", doi=DOI, pmid="1", title=TITLE, cited_by_count=4)


def test_a_join_moves_records_and_leaves_history_alone(hand: Hand, store: Store) -> None:
    two_works(hand)
    watch, _ = store.watches.add(Order("work", "pmid:1"), DAY)
    store.watches.stands_for(watch.id, [3])
    before = history(store)
    assert partition(store) == {frozenset(("W1",)), frozenset(("W9",)), frozenset(("P1",))}
    saved = hand.live(NEXT, BRIDGE)
    assert (saved.joined, saved.new_works) == (1, 0)
    assert partition(store) == {frozenset(("W1", "P1", "S1")), frozenset(("W9",))}
    after = history(store)
    assert all(set(before[table]) <= set(after[table]) for table in HISTORY)
    assert {table: len(after[table]) - len(before[table]) for table in HISTORY} == {
        "observation": 1, "citation": 0, "count_by_year": 0, "payload": 1, "identifier": 2, "watch": 0, "watch_record": 0,
    }  # fmt: skip
    assert rows(store, "SELECT title, volume FROM work WHERE id = 1") == [(TITLE, "16")]
    assert rows(store, "SELECT work, title FROM highlight") == [(1, "t")]
    assert rows(store, "SELECT works FROM watches") == [(1,)]
    assert store.check()["integrity"] == "ok"


def test_former_numbers_still_answer_through_a_chain_of_joins(hand: Hand, store: Store) -> None:
    for number, source in enumerate(("openalex", "semantic_scholar", "aggregator", "bibliography"), start=1):
        hand.live(DAY, record(f"R{number}", source, pmid=str(number), pmcid=f"PMC{number + 1}", title=TITLE))
    for number in (3, 2, 1):  # 4 into 3, 3 into 2, 2 into 1
        hand.live(
            NEXT, record(f"B{number}", f"bridge{number}", pmid=str(number), pmcid=f"PMC{number + 2}", title=TITLE)
        )
    assert len(partition(store)) == 1
    assert [store.work_numbered(number) for number in range(1, 6)] == [1, 1, 1, 1, None]
    assert rows(store, "SELECT id, work FROM former_work ORDER BY id") == [(2, 1), (3, 1), (4, 1)]
    assert rows(store, "SELECT work, kind, before FROM changes WHERE kind = 'joined' ORDER BY before") == [
        (1, "joined", "2"), (1, "joined", "3"), (1, "joined", "4"),
    ]  # fmt: skip
    hand.live(THIRD, record("W99", title="Later"))
    assert store.work_numbered(5) == 5, "a number given up is not given again"


def test_all_works_a_record_connects_are_joined_at_once(hand: Hand, store: Store) -> None:
    for number, source in enumerate(("openalex", "semantic_scholar", "aggregator"), start=1):
        hand.live(DAY, record(f"R{number}", source, pmid=str(number), title=TITLE))
    names = [Identifier("pmid", str(number)) for number in (3, 1, 2)]
    assert hand.live(NEXT, record("B", "bibliography", identifiers=names)).joined == 2
    assert partition(store) == {frozenset(("R1", "R2", "R3", "B"))}
    assert rows(store, "SELECT id, work FROM former_work ORDER BY id") == [(2, 1), (3, 1)]


def test_questions_move_with_the_work_and_end_where_it_answers_them(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=DOI, title=TITLE, year=2024))
    hand.live(DAY, record("P1", "aggregator", title=TITLE, year=2024))
    hand.live(DAY, record("B1", "bibliography", pmid="7", title=TITLE, year=2024))
    assert in_review(store) == {("P1", 1), ("B1", 1), ("B1", 2)}
    hand.live(NEXT, record("S1", "semantic_scholar", doi=DOI, pmid="7", title=TITLE, year=2024))
    assert partition(store) == {frozenset(("W1", "B1", "S1")), frozenset(("P1",))}
    assert in_review(store) == {("P1", 1), ("B1", 2)}, "what is left: is P1 the same article?"
    hand.live(THIRD, record("P1", "aggregator", title=TITLE, doi=DOI, year=2024))
    assert partition(store) == {frozenset(("W1", "B1", "S1", "P1"))}
    assert in_review(store) == set()


def test_an_event_of_a_work_given_up_is_shown_with_the_one_it_became(hand: Hand, store: Store) -> None:
    two_works(hand)
    hand.live(NEXT, record("P1", "aggregator", pmid="1", title=TITLE, is_retracted=True))
    hand.live(THIRD, BRIDGE)
    found = rows(store, "SELECT work, kind FROM changes WHERE kind IN ('retracted', 'joined') ORDER BY \"on\"")
    assert set(found) == {(1, "retracted"), (1, "joined")}
    assert one(store, "SELECT work FROM event WHERE kind = 'retracted' AND on_day = ?", NEXT) == 3, "history as written"


def test_a_joined_work_is_found_by_text_once(hand: Hand, store: Store) -> None:
    two_works(hand)
    hand.live(NEXT, BRIDGE)
    assert rows(store, "SELECT rowid FROM work_text WHERE work_text MATCH 'invented'") == [(1,)]
    store.db.execute("INSERT INTO work_text (work_text, rank) VALUES ('integrity-check', 1)")


# --- texts without title ---

WORDS = [
    f"{adjective} {noun}"
    for adjective in ("tidal", "frozen", "hollow", "distant")
    for noun in ("quays", "ropes", "lamps", "gulls", "masts", "nets")
]
ABSTRACT = "We follow " + " and then the ".join(WORDS) + " until the harbour closes."


def text(abstract: str = ABSTRACT, source_id: str = "text:1") -> Record:
    return record(source_id, "aggregator", abstract=abstract, highlights=(Highlight("Lamps", "Keep them lit."),))


def article(source_id: str = "W1", abstract: str = ABSTRACT) -> Record:
    return record(source_id, title=f"The harbour of {source_id}", abstract=abstract)


def placed(hand: Hand) -> int:
    with hand.store.transaction():
        return hand.store.place_fragments(hand.saver, NEXT)


@pytest.mark.parametrize("text_first", [False, True])
def test_a_text_finds_its_article_whichever_comes_first(hand: Hand, store: Store, *, text_first: bool) -> None:
    for each in (text(), article()) if text_first else (article(), text()):
        hand.file(DAY, each)
    assert placed(hand) == 1
    assert partition(store) == {frozenset(("W1", "text:1"))}
    assert rows(store, "SELECT h.work, h.title, h.source FROM highlight h") == [(1, "Lamps", "aggregator")]
    assert in_review(store) == set()
    before = sizes(store), content_hash(store.db)
    assert placed(hand) == 0
    assert (sizes(store), content_hash(store.db)) == before


def test_a_text_without_article_waits_in_review_and_opens_no_work(hand: Hand, store: Store) -> None:
    hand.file(DAY, text())
    hand.file(DAY, article(abstract=ABSTRACT.replace("the", "a")))
    assert placed(hand) == 0
    assert in_review(store) == {("text:1", None)}
    assert one(store, "SELECT count(*) FROM work") == 1
    assert rows(store, "SELECT kind, subject, work FROM problems") == [("doubt", "text:1", None)]


def test_a_text_that_fits_two_articles_is_a_question_until_they_are_one(hand: Hand, store: Store) -> None:
    hand.file(DAY, record("W1", title="One harbour", abstract=ABSTRACT, pmid="1"))
    hand.file(DAY, record("B1", "bibliography", title="Two harbours", abstract=ABSTRACT, pmcid="PMC1"))
    hand.file(DAY, text())
    assert placed(hand) == 0
    assert {work for _, work in in_review(store)} >= {1, 2}
    hand.live(NEXT, record("S1", "semantic_scholar", pmid="1", pmcid="PMC1"))
    assert placed(hand) == 1
    assert partition(store) == {frozenset(("W1", "B1", "S1", "text:1"))}
    assert in_review(store) == set()


@pytest.mark.parametrize(
    ("abstract", "fits"),
    [
        (ABSTRACT.upper().replace(" AND ", " — and "), True),
        (ABSTRACT + " It reopens in spring, and we tell of that too.", True),
        (ABSTRACT.split(" and then the hollow")[0], True),
        ("We follow the " + " then a ".join(reversed(WORDS)), False),
        ("Too short a text to tell.", False),
        ("", False),
        ('We "follow" AND (NOT) the* ^quays NEAR/3 ropes; DROP TABLE work -- ' * 2, False),
    ],
    ids=["spelling", "longer", "cut short", "the same words", "short", "none", "query syntax"],
)
def test_a_text_is_compared_whole_and_by_its_words(hand: Hand, store: Store, abstract: str, *, fits: bool) -> None:
    hand.file(DAY, article())
    hand.file(DAY, text(abstract))
    assert placed(hand) == int(fits)


def test_a_placed_text_that_is_read_again_stays(hand: Hand, store: Store) -> None:
    hand.file(DAY, text())
    hand.file(DAY, article())
    placed(hand)
    assert not hand.file(NEXT, text()).anything
    hand.reparse(NEXT, text())
    assert partition(store) == {frozenset(("W1", "text:1"))}
    assert one(store, "SELECT count(*) FROM highlight") == 1


def test_what_joining_and_planning_look_up_reads_no_whole_table(store: Store) -> None:
    def plan(statement: str, **parameters: object) -> str:
        found = store.db.execute(f"EXPLAIN QUERY PLAN {statement}", parameters or (1,)).fetchall()
        return "\n".join(row["detail"] for row in found)

    for statement in (DOIS_OF, RECORDS_OF, NAMES_OF, FIELDS_OF, IN_BLOCKS):
        scans = [step for step in plan(statement).splitlines() if step.startswith("SCAN")]
        assert all(step.startswith(("SCAN j ", "SCAN (subquery")) for step in scans), scans
    assert "SEARCH r USING COVERING INDEX record_work" in plan(DOIS_OF)
    assert "SEARCH b USING PRIMARY KEY (hash=?)" in plan(IN_BLOCKS)
    for name in ("harvest_due", "harvest_unseen"):
        looked = plan(query(name), source="openalex", on=DAY)
        assert "USING PRIMARY KEY (scheme=? AND value=?)" in looked
        assert "SCAN identifier" not in looked
        assert "SCAN i USING" not in looked
        assert "SCAN n USING" not in looked
