"""Ids that die, move and come back: the record stays, the series goes on, an event says so, and the past stays as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from harvester.cli.reading import _sections
from harvester.orders import Order
from harvester.records import Identifier, Record
from harvester.store import Store
from harvester.tracker.growth import growth
from harvester.tracker.sheet import sheet
from tests.build import DAY, Hand, counts, in_review, one, partition, record, rows

DOI, PREPRINT = "10.5555/quay.1", "10.48550/arxiv.2301.00001"
TITLE = "Leaving the harbour of invented states"
MAY, JUNE, JULY, AUGUST = "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"


def gone(store: Store, hand: Hand, day: str, *ids: str, source: str = "openalex") -> int:
    with store.transaction():
        store.runs.observed(source, day)
        return hand.saver.gone(source, ids, day)


def openalex(source_id: str, count: int | None = None, **fields: Any) -> Record:
    said = {"doi": DOI, "title": TITLE, "cited_by_count": count, "openalex": source_id} | fields
    return record(source_id, **{name: value for name, value in said.items() if value is not None})


def seen(store: Store, hand: Hand, day: str, *records: Record, asked: Identifier | None = None) -> None:
    with store.transaction():
        store.runs.observed(records[0].source, day)
    hand.live(day, *records, asked=asked)


def series(store: Store) -> list[tuple[str, int]]:
    return rows(store, "SELECT day, count FROM citation_counts WHERE source = 'openalex' ORDER BY day")


def grown(store: Store, to: str, **window: Any) -> list[tuple[Any, ...]]:
    found = growth(store, to=to, **window)
    return [(row["source"], row["count"], row["gained"], row["from_date"], row["to_date"]) for row in found]


def events(store: Store, *kinds: str) -> list[tuple[Any, ...]]:
    wanted = f"AND kind IN ({', '.join(map(repr, kinds))})" if len(kinds) > 1 else f"AND kind = '{kinds[0]}'"
    return rows(store, f"SELECT on_day, kind, source, before, after, why FROM event WHERE 1 {wanted} ORDER BY id")


def marks(store: Store) -> list[tuple[Any, ...]]:
    return rows(
        store,
        "SELECT r.source_id, r.gone_on, s.source_id FROM record r LEFT JOIN record s ON s.id = r.successor ORDER BY r.id",
    )


def as_known(store: Store, day: str) -> str:
    """All that is said of the counts of that day, byte for byte."""
    told = sheet(store, 1, day)
    windows = [growth(store, to=day), growth(store, to=day, since=MAY), growth(store, to=day, days=31)]
    until = rows(store, "SELECT * FROM citation_counts WHERE day <= ? ORDER BY work, source, day", day)
    names = [row for row in told["identifiers"] if row["first_seen"] <= day]
    states = [(r["source_id"], r["gone_on"], r["successor"]) for r in told["records"] if r["first_seen"] <= day]
    return json.dumps([told["counts"], names, states, windows, until])


# --- an id that is answered with nothing ---


def test_a_series_goes_on_at_the_record_that_answers_for_the_doi(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 100))
    seen(store, hand, JUNE, openalex("W1", 110))
    seen(store, hand, JULY, openalex("W2", 95))
    assert gone(store, hand, JULY, "W1") == 1
    seen(store, hand, AUGUST, openalex("W2", 98))

    assert partition(store) == {frozenset(("W1", "W2"))}
    assert marks(store) == [("W1", JULY, "W2"), ("W2", None, None)]
    assert events(store, "gone", "moved") == [
        (JULY, "gone", "openalex", "W1", None, "openalex does not know W1 any more"),
        (JULY, "moved", "openalex", "W1", "W2", f"openalex W1 is gone; W2 answers for doi {DOI}"),
    ]
    assert series(store) == [(MAY, 100), (JUNE, 110), (JULY, 95), (AUGUST, 98)]
    # the last of the living series less the first of the old one, not the better of two halves
    assert grown(store, AUGUST) == [("openalex", 98, -2, MAY, AUGUST)]
    assert grown(store, AUGUST, since=JUNE) == [("openalex", 98, -12, JUNE, AUGUST)]
    assert grown(store, AUGUST, since=JULY) == [("openalex", 98, 3, JULY, AUGUST)]
    assert grown(store, JUNE) == [("openalex", 110, 10, MAY, JUNE)]
    view = rows(store, "SELECT source, count, gained, from_date, to_date FROM citation_growth")
    assert view == [("openalex", 98, -2, MAY, AUGUST)]
    assert rows(store, "SELECT openalex, citation_count FROM works") == [("W2", 98)], "not the 110 of an id long dead"
    assert rows(store, "SELECT openalex, gap FROM source_comparison") == [(98, 0)]
    assert counts(store, "W1") == [(MAY, MAY, 100, None), (JUNE, JUNE, 110, 10)], "its own history is not touched"


def test_as_of_a_day_before_the_splice_nothing_has_changed(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 100), openalex("W9", 40))  # the same DOI on two ids of one source
    seen(store, hand, JUNE, openalex("W1", 101), openalex("W9", 105))
    before = {day: as_known(store, day) for day in (MAY, "2026-05-20", JUNE)}
    seen(store, hand, JULY, openalex("W2", 95))
    gone(store, hand, JULY, "W1")
    assert marks(store) == [("W1", JULY, "W2"), ("W9", None, None), ("W2", None, None)]
    seen(store, hand, AUGUST, openalex("W2", 98))
    assert {day: as_known(store, day) for day in before} == before
    assert as_known(store, JULY) != before[JUNE]
    assert grown(store, JUNE) == [("openalex", 105, 65, MAY, JUNE)], "two records side by side, as ever"
    assert grown(store, AUGUST) == [("openalex", 105, 5, MAY, AUGUST)], "one series of what was alive on either day"


def test_a_chain_of_moves_is_one_series_and_is_told_whole(hand: Hand, store: Store) -> None:
    for day, source_id, count in ((MAY, "W1", 10), (JUNE, "W2", 12), (JULY, "W3", 7), (AUGUST, "W3", 9)):
        seen(store, hand, day, openalex(source_id, count))
        if day in (JUNE, JULY):
            gone(store, hand, day, "W1", "W2")
    assert marks(store) == [("W1", JUNE, "W2"), ("W2", JULY, "W3"), ("W3", None, None)]
    assert grown(store, AUGUST) == [("openalex", 9, -1, MAY, AUGUST)]
    assert grown(store, JUNE) == [("openalex", 12, 2, MAY, JUNE)]
    assert series(store) == [(MAY, 10), (JUNE, 12), (JULY, 7), (AUGUST, 9)]
    told = sheet(store, 1, AUGUST)
    before = [{"source_id": "W1", "until": JUNE}, {"source_id": "W2", "until": JULY}]
    assert [(row["source_id"], row["spliced"]) for row in told["counts"]] == [("W3", before)]
    assert "spliced" not in sheet(store, 1, MAY)["counts"][0]
    shown = dict(_sections(told))
    assert [row[2] for row in shown["citation counts"]] == [f"W1 until {JUNE}, then W2 until {JULY}, then W3"]
    assert shown["records"][0][1].endswith(f"W1 is gone since {JUNE}; W2 answers in its place")


def test_an_id_that_died_without_an_heir_keeps_its_last_count(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    gone(store, hand, JUNE, "W1")
    assert marks(store) == [("W1", JUNE, None)]
    assert [kind for _, kind, *_ in events(store, "gone", "moved")] == ["gone"]
    assert (grown(store, JULY), series(store)) == ([("openalex", 10, 0, MAY, MAY)], [(MAY, 10)])
    assert rows(store, "SELECT openalex, citation_count FROM works") == [("W1", 10)]
    seen(store, hand, JULY, openalex("W2", 11))  # found later: what was lost is found
    assert marks(store) == [("W1", JUNE, "W2"), ("W2", None, None)]
    assert grown(store, JULY) == [("openalex", 11, 1, MAY, JULY)]
    assert [kind for _, kind, *_ in events(store, "moved")] == ["moved"]


def test_an_heir_that_is_only_seen_again_is_found_when_the_id_is_asked_for_next(hand: Hand, store: Store) -> None:
    for source_id in ("W1", "W2"):
        seen(store, hand, MAY, openalex(source_id, 10))
    gone(store, hand, JUNE, "W1")
    assert marks(store)[0] == ("W1", JUNE, None), "W2 has not been seen since"
    seen(store, hand, JULY, openalex("W2", 10))
    assert gone(store, hand, JULY, "W1") == 0
    assert marks(store)[0] == ("W1", JUNE, "W2")


def test_an_heir_whose_count_is_not_known_yet_ends_no_series(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    seen(store, hand, JUNE, openalex("W2"))
    gone(store, hand, JUNE, "W1")
    assert marks(store)[0] == ("W1", JUNE, "W2")
    assert grown(store, JUNE) == [("openalex", 10, 0, MAY, MAY)]
    assert rows(store, "SELECT openalex, citation_count FROM works") == [("W2", 10)]
    assert [row["count"] for row in sheet(store, 1, JUNE)["counts"]] == [10]


def test_to_say_again_that_an_id_is_gone_changes_nothing(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    assert [gone(store, hand, day, "W1", "W404") for day in (JUNE, JUNE, JULY)] == [1, 0, 0]
    assert marks(store) == [("W1", JUNE, None)]
    assert len(events(store, "gone")) == 1


def test_what_was_sent_on_the_very_day_is_not_gone(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    assert gone(store, hand, MAY, "W1") == 0
    assert marks(store) == [("W1", None, None)]


def test_an_id_of_another_source_is_not_gone_with_it(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    seen(store, hand, MAY, record("W1", "semantic_scholar", doi=DOI, title=TITLE, cited_by_count=5))
    gone(store, hand, JUNE, "W1")
    assert one(store, "SELECT source FROM record WHERE gone_on IS NOT NULL") == "openalex"
    assert one(store, "SELECT successor FROM record WHERE gone_on IS NOT NULL") is None, "another source is no heir"


def test_an_id_that_comes_back_is_what_it_was(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    seen(store, hand, JUNE, openalex("W2", 4))
    gone(store, hand, JUNE, "W1")
    before = as_known(store, JUNE)
    seen(store, hand, JULY, openalex("W1", 12))
    assert marks(store) == [("W1", None, None), ("W2", None, None)]
    assert events(store, "returned") == [(JULY, "returned", "openalex", None, "W1", "openalex knows W1 again")]
    assert grown(store, JULY) == [("openalex", 12, 2, MAY, JULY)]
    assert as_known(store, JUNE) != before, "on that day it was not gone, as is known now"


def test_an_old_file_brings_no_id_back_to_life(hand: Hand, store: Store) -> None:
    seen(store, hand, JUNE, openalex("W1", 10))
    gone(store, hand, JULY, "W1")
    hand.file(AUGUST, openalex("W1", 8, as_of=MAY))
    assert marks(store) == [("W1", JULY, None)]
    assert series(store) == [(MAY, 8), (JUNE, 10)]


def test_an_old_file_says_nothing_of_the_days_when_another_answered(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    seen(store, hand, JUNE, openalex("W2", 4))
    gone(store, hand, JUNE, "W1")
    hand.file(AUGUST, openalex("W1", 11, as_of=JULY))
    assert series(store) == [(MAY, 10), (JUNE, 4)]


# --- an id that is answered with another ---


def test_an_id_answered_with_another_goes_on_there(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    for day in (JUNE, JUNE, JULY):
        seen(store, hand, day, openalex("W2", 12), asked=Identifier("openalex", "W1"))
    assert partition(store) == {frozenset(("W1", "W2"))}
    assert marks(store) == [("W1", JUNE, "W2"), ("W2", None, None)]
    why = "openalex W1 was asked for and W2 answered"
    assert events(store, "moved", "alias") == [(JUNE, "moved", "openalex", "W1", "W2", why)], "told once, on its day"
    assert store.works_named(Identifier("openalex", "W1")) == [1]
    assert grown(store, JULY) == [("openalex", 12, 2, MAY, JULY)]


def test_works_of_two_ids_that_have_become_one_are_joined(hand: Hand, store: Store) -> None:
    """A source that keeps two ids says they are two; one that answers the one with the other says they are one."""
    seen(store, hand, MAY, openalex("W1", 10, doi=None, pmid="7"), openalex("W2", 3, doi=None, pmid="8"))
    assert len(partition(store)) == 2
    seen(store, hand, JUNE, openalex("W2", 12, doi=None, pmid="8"), asked=Identifier("openalex", "W1"))
    assert partition(store) == {frozenset(("W1", "W2"))}
    assert grown(store, JUNE) == [("openalex", 12, 2, MAY, JUNE)]


def test_a_pmid_leads_to_the_heir_of_an_id_that_died(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10, doi=None, pmid="7"))
    seen(store, hand, JUNE, openalex("W2", 9, doi=None, pmid="7"))
    assert in_review(store) == {("W2", 1)}, "two ids of one source: a doubt, as long as both live"
    gone(store, hand, JUNE, "W1")
    assert partition(store) == {frozenset(("W1", "W2"))}
    assert in_review(store) == set()
    assert grown(store, JUNE) == [("openalex", 9, -1, MAY, JUNE)]


def test_chapters_that_share_an_isbn_inherit_nothing_from_one_another(hand: Hand, store: Store) -> None:
    isbn = "9780306406157"
    seen(store, hand, MAY, openalex("W1", 10, doi="10.5555/chapter.1", isbn=isbn, title="On quays and their keepers"))
    seen(store, hand, JUNE, openalex("W2", 9, doi="10.5555/chapter.2", isbn=isbn, title="Of tides, storms and pilots"))
    gone(store, hand, JUNE, "W1")
    assert marks(store) == [("W1", JUNE, None), ("W2", None, None)]


def test_two_dois_are_two_works_also_when_a_source_makes_them_one(hand: Hand, store: Store) -> None:
    """Quirk 18: a preprint's id is answered with its article. Each keeps its own counts; they are a family."""
    seen(store, hand, MAY, openalex("W1", 10, doi=PREPRINT, type="preprint"), openalex("W2", 50, type="article"))
    seen(store, hand, JUNE, openalex("W2", 60, type="article"), asked=Identifier("openalex", "W1"))
    assert partition(store) == {frozenset(("W1",)), frozenset(("W2",))}
    assert marks(store) == [("W1", JUNE, "W2"), ("W2", None, None)]
    assert sorted(grown(store, JUNE)) == [("openalex", 10, 0, MAY, MAY), ("openalex", 60, 10, MAY, JUNE)]
    assert rows(store, "SELECT work, family, role FROM families ORDER BY work") == [
        (1, 1, "preprint"), (2, 1, "published"),
    ]  # fmt: skip
    [row] = sheet(store, 1, JUNE)["records"]
    assert (row["successor"], row["successor_work"]) == ("W2", 2)


def test_a_semantic_scholar_paper_that_moved_is_found_by_the_name_it_was_asked_by(hand: Hand, store: Store) -> None:
    old, new = "a" * 40, "b" * 40
    paper = record(old, "semantic_scholar", s2=old, doi=DOI, title=TITLE, cited_by_count=20)
    seen(store, hand, MAY, paper)
    moved = record(new, "semantic_scholar", s2=new, doi=DOI, title=TITLE, cited_by_count=25)
    seen(store, hand, JUNE, moved, asked=Identifier("s2", old))
    assert rows(store, "SELECT semantic_scholar, citation_count FROM works") == [(new, 25)]
    assert grown(store, JUNE) == [("semantic_scholar", 25, 5, MAY, JUNE)]


# --- what is asked next ---


@pytest.mark.parametrize(("heirs", "asked"), [(["W2"], []), ([], ["W1"])], ids=["it moved", "it may come back"])
def test_an_id_that_another_answers_for_is_not_asked_again(
    hand: Hand, store: Store, heirs: Sequence[str], asked: Sequence[str]
) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    with store.transaction():
        store.watches.add(Order("work", f"doi:{DOI}"), DAY)
    for heir in heirs:
        seen(store, hand, JULY, openalex(heir, 9))
    gone(store, hand, JULY, "W1")
    assert [row["value"] for row in store.rows("harvest_unseen", source="openalex", on=JULY)] == asked


def test_a_move_undone_leaves_no_mark(hand: Hand, store: Store) -> None:
    seen(store, hand, MAY, openalex("W1", 10))
    seen(store, hand, JUNE, openalex("W2", 9))
    with pytest.raises(ZeroDivisionError), store.transaction():
        hand.saver.gone("openalex", ["W1"], JUNE)
        1 / 0  # noqa: B018
    assert marks(store) == [("W1", None, None), ("W2", None, None)]
    assert gone(store, hand, JUNE, "W1") == 1
