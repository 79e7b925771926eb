"""What records say their articles are of others: kept change-only; retractions, corrections and concerns are told once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.merge import merge, overlay
from harvester.records import Identifier, Record, Relation
from harvester.store import Store
from harvester.store.joining import join_works
from harvester.tracker.sheet import disagreements, sheet
from tests.build import DAY, Hand, a_store, one, record, rows

NEXT, THIRD, FOURTH = "2026-05-02", "2026-05-03", "2026-05-04"
DOI, NOTICE, OTHER = "10.5555/quay.1", "10.5555/quay.9", "10.5555/quay.2"


def relation(kind: str, other: str, origin: str | None = None, on: str | None = None) -> Relation:
    return Relation(kind, Identifier("doi", other), origin, on)


RETRACTED = relation("retracted_by", NOTICE, "retraction-watch", "2026-04-30")
REVIEW = relation("has_review", OTHER)


def article(*relations: Relation, source: str = "crossref", **fields: Any) -> Record:
    return record(DOI, source, **{"doi": DOI, "title": "A", "relations": relations} | fields)


def stated(store: Store) -> list[tuple[Any, ...]]:
    return rows(
        store, "SELECT kind, value, origin, on_day, first_seen, last_seen FROM relation ORDER BY kind, value, origin"
    )


def notices(store: Store) -> list[tuple[Any, ...]]:
    return rows(
        store,
        "SELECT work, kind, notice, origin, source, on_day, first_seen, last_seen FROM notices ORDER BY work, kind, origin",
    )


def events(store: Store) -> list[tuple[Any, ...]]:
    return rows(store, "SELECT on_day, kind, source, work, after, why FROM event ORDER BY id")


# --- what is kept ---


def test_a_relation_is_kept_with_who_says_so_and_the_days(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(REVIEW))
    assert stated(store) == [("has_review", OTHER, "crossref", None, DAY, None)]
    hand.live(NEXT, article(REVIEW, RETRACTED))
    assert stated(store) == [
        ("has_review", OTHER, "crossref", None, DAY, None),
        ("retracted_by", NOTICE, "retraction-watch", "2026-04-30", NEXT, None),
    ]


def test_one_that_is_no_longer_stated_is_closed_on_the_day_it_was_last_seen(hand: Hand, store: Store) -> None:
    for day in (DAY, NEXT):
        hand.live(day, article(REVIEW))
    hand.live(FOURTH, article())
    assert stated(store) == [("has_review", OTHER, "crossref", None, DAY, NEXT)]
    hand.live("2026-05-05", article(REVIEW))
    assert stated(store) == [("has_review", OTHER, "crossref", None, DAY, None)], "stated again"


def test_to_say_nothing_closes_nothing(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(REVIEW))
    hand.live(NEXT, record(DOI, "crossref", doi=DOI, title="A again"))
    assert stated(store) == [("has_review", OTHER, "crossref", None, DAY, None)]


def test_an_old_file_closes_nothing_that_is_stated_now(hand: Hand, store: Store) -> None:
    hand.live(THIRD, article(REVIEW))
    hand.file(FOURTH, article(relation("has_preprint", OTHER), as_of=DAY))
    assert stated(store) == [("has_review", OTHER, "crossref", None, THIRD, None)]


def test_a_day_that_a_notice_states_later_is_filled_in(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(relation("corrected_by", NOTICE)))
    hand.live(NEXT, article(relation("corrected_by", NOTICE, on=DAY)))
    hand.live(THIRD, article(relation("corrected_by", NOTICE)), asked=None)
    assert stated(store) == [("corrected_by", NOTICE, "crossref", DAY, DAY, None)]


def test_a_better_parser_takes_back_what_was_read_wrongly(hand: Hand, store: Store) -> None:
    """Reparse: the bytes are the same, the word is another."""
    hand.live(DAY, article(REVIEW))
    hand.saver._payloads._parser_of = lambda _: lambda _: article(relation("has_preprint", OTHER))  # type: ignore[method-assign]
    hand.reparse(NEXT, article(REVIEW))
    assert stated(store) == [("has_preprint", OTHER, "crossref", None, DAY, None)]


def test_an_unchanged_record_costs_no_row(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(REVIEW, RETRACTED))
    before = stated(store), one(store, "SELECT total_changes()")
    hand.live(NEXT, article(REVIEW, RETRACTED))
    assert stated(store) == before[0]


def test_null_never_beats_a_relation_but_an_empty_list_does() -> None:
    older = article(REVIEW)
    assert overlay(record(DOI, "crossref", doi=DOI), older).relations == (REVIEW,)
    assert overlay(article(), older).relations == ()


# --- retracted, corrected, doubted ---


def test_a_retraction_is_told_once_with_its_origin_its_notice_and_its_day(hand: Hand, store: Store) -> None:
    hand.live(DAY, article())
    for day in (NEXT, THIRD):
        hand.live(day, article(RETRACTED, title=f"A {day}"))
    hand.live(FOURTH, article(RETRACTED, relation("retracted_by", NOTICE, "publisher")))
    why = f"retraction-watch says the article is retracted (notice {NOTICE}, 2026-04-30)"
    assert events(store) == [(NEXT, "retracted", "crossref", 1, NOTICE, why)]
    assert notices(store) == [
        (1, "retracted", NOTICE, "publisher", "crossref", None, FOURTH, None),
        (1, "retracted", NOTICE, "retraction-watch", "crossref", "2026-04-30", NEXT, None),
    ]
    assert one(store, "SELECT is_retracted FROM works") == 1


@pytest.mark.parametrize(("kind", "told"), [("retracted_by", ["retracted"]), ("corrected_by", []), ("concern_by", [])])
def test_what_is_stated_at_first_sight_is_history_but_a_retraction(
    hand: Hand, store: Store, kind: str, told: list[str]
) -> None:
    hand.live(DAY, article(relation(kind, NOTICE, on="2020-01-01")))
    assert [row[1] for row in events(store)] == told
    assert all(row[5].endswith("; known at first sight") for row in events(store))
    assert len(notices(store)) == 1


def test_a_notice_younger_than_the_article_here_is_news_from_a_source_new_to_it(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=DOI, title="A"))
    hand.live(
        THIRD, article(relation("corrected_by", NOTICE, on=NEXT), relation("corrected_by", OTHER, on="2020-01-01"))
    )
    assert [(row[1], row[4]) for row in events(store)] == [("corrected", NOTICE)]


def test_every_correction_is_told_and_a_concern_once(hand: Hand, store: Store) -> None:
    hand.live(DAY, article())
    hand.live(NEXT, article(relation("corrected_by", NOTICE), relation("concern_by", NOTICE)))
    hand.live(
        THIRD,
        article(*(relation(kind, other) for kind in ("corrected_by", "concern_by") for other in (NOTICE, OTHER))),
    )
    assert [(row[0], row[1], row[4]) for row in events(store)] == [
        (NEXT, "concern", NOTICE), (NEXT, "corrected", NOTICE), (THIRD, "corrected", OTHER),
    ]  # fmt: skip
    assert (
        events(store)[0][5] == f"crossref says the article is the subject of an expression of concern (notice {NOTICE})"
    )


def test_a_notice_tells_of_its_article_whichever_comes_first(tmp_path: Path) -> None:
    notice = record(
        NOTICE, "crossref", doi=NOTICE, title="Retraction note", date=NEXT, relations=(relation("retraction_of", DOI),)
    )
    mine = record("W1", doi=DOI, title="A")
    told = []
    for number, order in enumerate(((mine, notice), (notice, mine))):
        with a_store(tmp_path, f"{number}.db") as store:
            hand = Hand(store)
            for day, word in zip((DAY, THIRD), order, strict=True):
                hand.live(day, word)
            retracted = one(store, "SELECT work FROM works WHERE doi = ?", DOI)
            told.append([(row[1], row[3] == retracted, row[4]) for row in events(store)])
            assert [row[1:4] for row in notices(store)] == [("retracted", NOTICE, "crossref")]
    assert told == [[("retracted", True, NOTICE)]] * 2


def test_an_event_of_a_work_that_was_joined_is_not_told_again(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=OTHER, title="A"))
    hand.live(DAY, article(RETRACTED))
    assert [row[3] for row in events(store)] == [2]
    with store.transaction():
        join_works(store.db, 1, 2, NEXT, "a person says so")
        hand.saver.remerge([1], NEXT)
    hand.live(THIRD, article(RETRACTED, title="A again"))
    assert [row[1] for row in events(store)] == ["retracted", "joined"]
    assert rows(store, "SELECT work FROM changes WHERE kind = 'retracted'") == [(1,)]


def test_a_flag_without_a_notice_is_a_retraction_too_and_can_be_withdrawn(hand: Hand, store: Store) -> None:
    for day, flag in ((DAY, False), (NEXT, True), (THIRD, None), (FOURTH, False)):
        hand.live(day, record("W1", doi=DOI, title="A", is_retracted=flag))
    assert notices(store) == [(1, "retracted", None, "openalex", "openalex", None, NEXT, THIRD)]
    assert events(store) == [(NEXT, "retracted", "openalex", 1, "retracted", "openalex says the article is retracted")]


def test_a_flag_beside_a_named_notice_is_no_second_statement(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(RETRACTED, is_retracted=True))
    assert [row[2] for row in notices(store)] == [NOTICE]


def test_sources_that_disagree_about_a_retraction_are_shown(hand: Hand, store: Store) -> None:
    words = record("W1", doi=DOI, title="A", is_retracted=False), article(RETRACTED)
    assert list(disagreements(words)) == [{"field": "is_retracted", "values": {"openalex": False, "crossref": True}}]
    hand.live(DAY, article(RETRACTED, source="semantic_scholar"))
    told = sheet(store, 1, DAY)["notices"]
    assert [(row["kind"], row["notice"], row["origin"], row["last_seen"]) for row in told] == [
        ("retracted", NOTICE, "retraction-watch", None)
    ]


def test_who_names_a_retraction_notice_says_that_it_is_retracted() -> None:
    merged = merge([record("W1", is_retracted=False), article(RETRACTED)], {"openalex": 0, "crossref": 1})
    assert (merged.values["is_retracted"], merged.origin["is_retracted"]) == (True, "crossref")


def test_a_notice_that_is_the_article_itself_is_kept_and_makes_no_family(hand: Hand, store: Store) -> None:
    hand.live(DAY, article(relation("retracted_by", DOI, "retraction-watch")))
    assert [row[2] for row in notices(store)] == [DOI]
    assert rows(store, "SELECT * FROM families") == []


# --- in whatever order ---

KINDS = ("has_review", "retracted_by", "corrected_by")
said = st.one_of(
    st.none(), st.frozensets(st.sampled_from([relation(kind, DOI[:-1] + n) for kind in KINDS for n in "23"]))
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(said, min_size=1, max_size=6))
def test_what_is_open_is_what_was_said_last(hand: Hand, store: Store, words: list[Any]) -> None:
    name = (
        f"10.5555/said.{one(store, 'SELECT count(*) FROM record')}"  # one file for all examples: making one takes long
    )
    latest: frozenset[Relation] = frozenset()
    ever: set[Relation] = set()
    for number, relations in enumerate(words):
        word = None if relations is None else tuple(sorted(relations, key=repr))
        hand.live(f"2026-05-{number + 1:02d}", record(name, "crossref", doi=name, title="A", relations=word))
        latest = latest if relations is None else relations
        ever |= latest
    kept = rows(
        store,
        "SELECT x.kind, x.value, x.first_seen, x.last_seen FROM relation x JOIN record r ON r.id = x.record "
        "WHERE r.source_id = ?",
        name,
    )
    assert {(kind, value) for kind, value, _, last in kept if last is None} == {(r.kind, r.other.value) for r in latest}
    assert {(kind, value) for kind, value, *_ in kept} == {(r.kind, r.other.value) for r in ever}
    assert all(last is None or first <= last for *_, first, last in kept)
