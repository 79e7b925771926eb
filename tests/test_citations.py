"""Citations: edges to works held or only named, closed and opened again, and what was known on a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.records import Edge
from harvester.store import Store
from tests.build import DAY, Hand, a_store, edges, one, record, rows
from tests.test_observing import day, undone

NEXT, THIRD, FOURTH = "2026-05-02", "2026-05-03", "2026-05-04"


def who_cites(work: int) -> dict[str, Any]:
    """The query's parameters for one work."""
    return {
        "work": work, "cited": f"[{work}]", "own": f"[{work}]", "as_of": DAY, "since": None, "source": None, "limit": 9,
    }  # fmt: skip


def citing(store: Store, as_of: str) -> list[str]:
    """Who cites work 1, as known on this day."""
    found = store.rows("citing", work=1, as_of=as_of, source=None, since=None, limit=100, cited="[1]", own="[1]")
    return sorted(str(row["citing_id"]) for row in found)


def test_edges_to_works_not_held_are_kept_and_found_when_they_come(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A", references=("W2", "W3")))
    assert edges(store) == [("W1", "W2", DAY, None), ("W1", "W3", DAY, None)]
    assert store.row("totals") is not None
    hand.live(NEXT, record("W2", title="B"))
    assert rows(store, "SELECT work, citing_work, citing_id, first_seen FROM new_citations") == [(2, 1, "W1", DAY)]


def test_references_read_again_close_what_vanished_and_open_what_came_back(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="A", references=("R1", "R2")))
    hand.live(NEXT, record(title="B", references=("R2", "R3")))
    assert edges(store) == [("W1", "R1", DAY, DAY), ("W1", "R2", DAY, None), ("W1", "R3", NEXT, None)]
    hand.live(THIRD, record(title="C", references=("R1",)))
    assert edges(store) == [("W1", "R1", DAY, None), ("W1", "R2", DAY, NEXT), ("W1", "R3", NEXT, NEXT)]


def test_a_list_that_is_missing_says_nothing_an_empty_one_says_none(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="A", references=("R1",)))
    hand.live(NEXT, record(title="B"))
    assert edges(store) == [("W1", "R1", DAY, None)]
    hand.live(THIRD, record(title="C", references=()))
    assert edges(store) == [("W1", "R1", DAY, NEXT)]


def test_an_edge_stood_as_long_as_its_record_was_seen_unchanged(hand: Hand, store: Store) -> None:
    """Known on each of those days to stand: a report as of one of them says so for ever."""
    first = record("W2", title="A", references=("W1",))
    hand.live(DAY, record("W1", title="cited"))
    for on in (DAY, NEXT, THIRD):
        hand.live(on, first)
        assert citing(store, on) == ["W2"]
    hand.live(FOURTH, record("W2", title="A", references=()))
    assert edges(store) == [("W2", "W1", DAY, THIRD)]
    assert [citing(store, on) for on in ("2026-04-30", DAY, NEXT, THIRD, FOURTH)] == [[], ["W2"], ["W2"], ["W2"], []]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.sets(st.sampled_from(["R1", "R2", "R3"])), min_size=1, max_size=8))
def test_what_was_known_of_the_references_on_each_day_stays_known(shelf: Store, lists: list[set[str]]) -> None:
    """Against a dictionary; an edge that comes back forgets only that it was gone."""
    with undone(shelf) as hand:
        for number, references in enumerate(lists):
            hand.live(day(number), record(title="A", references=tuple(sorted(references))))
            found = {cited: (first, last) for _, cited, first, last in edges(shelf)}
            assert {cited for cited, (_, last) in found.items() if last is None} == references
            for cited, (first, last) in found.items():
                having = [n for n in range(number + 1) if cited in lists[n]]
                assert (first, last) == (day(having[0]), None if cited in references else day(having[-1]))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("citations")) as opened:
        yield opened


def test_an_older_list_closes_nothing(hand: Hand, store: Store) -> None:
    hand.live(DAY, record(title="A", references=("R1",)))
    hand.file(NEXT, record(title="A", abstract="We ask.", references=("R9",), as_of="2023-01-01"))
    assert edges(store) == [("W1", "R1", DAY, None)]


def test_an_older_file_dates_an_edge_back_that_a_list_had_stated(hand: Hand, store: Store) -> None:
    hand.live(NEXT, record("W1", title="cited"))
    hand.citing(NEXT, 1, "W1", "W2", "W3")
    hand.file(THIRD, record("W2", title="B", references=("W1",), as_of="2024-01-01"))
    assert edges(store) == [("W2", "W1", "2024-01-01", None), ("W3", "W1", NEXT, None)]


def test_the_list_of_citing_works_closes_what_it_no_longer_has(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited", cited_by_count=2))
    assert hand.citing(DAY, 1, "W1", "W2", "W3", count=2) == 0
    assert hand.citing(THIRD, 2, "W1", "W3", "W4", count=2) == 1
    assert edges(store) == [("W2", "W1", DAY, DAY), ("W3", "W1", DAY, None), ("W4", "W1", THIRD, None)]
    assert hand.citing(FOURTH, 3, "W1", "W2", "W3", "W4") == 0
    assert edges(store)[0] == ("W2", "W1", DAY, None)
    assert rows(store, "SELECT citing_on, citing_from, citing_count FROM record WHERE source_id = 'W1'") == [
        (FOURTH, DAY, None)
    ]


def test_only_what_came_after_the_first_whole_list_is_news(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited"))
    hand.live(DAY, record("W9", title="held", references=("W1",)))
    assert rows(store, "SELECT citing_id, is_new FROM new_citations") == [("W9", 0)], "no list was read yet"
    hand.citing(NEXT, 1, "W1", "W2")
    hand.citing(THIRD, 2, "W1", "W2", "W3")
    assert rows(store, "SELECT citing_id, is_new FROM new_citations ORDER BY 1") == [("W2", 0), ("W3", 1), ("W9", 0)]


def test_an_edge_that_never_was_in_a_list_is_not_closed_before_it_was_seen(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited"))
    hand.citing(DAY, 1, "W1")
    hand.live(NEXT, record("W2", title="B", references=("W1",)))
    hand.citing(THIRD, 2, "W1", "W3")
    assert edges(store) == [("W2", "W1", NEXT, NEXT), ("W3", "W1", THIRD, None)]


def test_a_list_does_not_close_what_the_citing_record_itself_says_that_day(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited"))
    hand.live(DAY, record("W2", title="B", references=("W1",)))
    assert hand.citing(DAY, 1, "W1", "W3") == 0
    assert edges(store) == [("W2", "W1", DAY, None), ("W3", "W1", DAY, None)]


def test_new_edges_are_counted_once(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited"))
    with store.transaction():
        stated = [Edge("W2", "W1"), Edge("W3", "W1", influential=True), Edge("W2", "W1")]
        assert hand.saver.save_edges("openalex", stated, DAY, 1) == 2
        assert hand.saver.save_edges("openalex", [*stated, Edge("W4", "W1")], NEXT, 2) == 1
        assert hand.saver.save_edges("openalex", [], NEXT, 2) == 0
    assert (
        one(store, "SELECT influential FROM citation c JOIN record r ON r.id = c.citing WHERE r.source_id = 'W3'") == 1
    )
    assert rows(store, "SELECT source_id, work, first_seen FROM record WHERE id > 1 ORDER BY source_id") == [
        ("W2", None, None), ("W3", None, None), ("W4", None, None),
    ]  # fmt: skip


def test_an_edge_that_is_opened_again_is_not_new(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="cited"))
    for run, listed in enumerate((["W2"], [], ["W2"])):
        hand.citing(day(run), run, "W1", *listed)
    with store.transaction():
        assert hand.saver.save_edges("openalex", [Edge("W2", "W1")], FOURTH, 4) == 0
    assert edges(store) == [("W2", "W1", day(0), None)]


def test_an_influence_once_stated_is_not_lost_to_silence(hand: Hand, store: Store) -> None:
    with store.transaction():
        hand.saver.save_edges("semantic_scholar", [Edge("b", "a", influential=True)], DAY, 1)
        hand.saver.save_edges("semantic_scholar", [Edge("b", "a")], NEXT, 2)
        assert one(store, "SELECT influential FROM citation") == 1
        hand.saver.save_edges("semantic_scholar", [Edge("b", "a", influential=False)], NEXT, 3)
        assert one(store, "SELECT influential FROM citation") == 0


def test_sources_hold_their_edges_apart_and_a_work_does_not_cite_itself(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A", doi="10.5555/a"), record("W2", title="B", references=("W1",)))
    hand.live(DAY, record("W3", title="A too", doi="10.5555/a", references=("W1",)))
    hand.live(DAY, record("S9", "semantic_scholar", title="C", references=("W1",)))
    assert citing(store, DAY) == ["W2"]
    assert rows(store, "SELECT citing_id FROM new_citations") == [("W2",)]


def test_closing_for_a_record_that_is_not_held_does_nothing(hand: Hand, store: Store) -> None:
    assert hand.saver.close_unread("openalex", "W404", DAY, 1, 0) == 0
    assert not rows(store, "SELECT 1 FROM record")


def test_cited_works_read_themselves_are_noted(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A"), record("W2", title="B", references=()))
    store.references_read("openalex", ["W1", "W2", "W404"], NEXT)
    assert rows(store, "SELECT source_id, references_on, cited_on FROM record ORDER BY 1") == [
        ("W1", NEXT, NEXT),
        ("W2", DAY, NEXT),
    ]


# --- what is said of a citation ---


def said(store: Store) -> list[tuple[object, ...]]:
    return rows(store, "SELECT created, author_self, venue_self, influential FROM citation ORDER BY citing")


def stated(hand: Hand, run: int, *listed: Edge, source: str = "opencitations", on: str = DAY) -> None:
    with hand.store.transaction():
        hand.saver.save_edges(source, listed, on, run)


def test_what_was_said_of_a_citation_stays_until_something_else_is_said(hand: Hand, store: Store) -> None:
    full = Edge("10.5555/c", "10.5555/a", created="2024-03-02", author_self=True, venue_self=False)
    stated(hand, 1, full)
    assert said(store) == [("2024-03-02", 1, 0, None)]
    stated(hand, 2, Edge("10.5555/c", "10.5555/a"))
    stated(hand, 3, Edge("10.5555/c", "10.5555/a", created="2024-03"), Edge("10.5555/c", "10.5555/a", created="2024"))
    assert said(store) == [("2024-03-02", 1, 0, None)], "neither silence nor a date cut shorter says anything new"
    stated(
        hand, 4, Edge("10.5555/c", "10.5555/a", created="2023", author_self=False, venue_self=True, influential=True)
    )
    assert said(store) == [("2023", 0, 1, 1)]


def test_a_date_becomes_known_and_fuller(hand: Hand, store: Store) -> None:
    for run, created in enumerate((None, "2024", "2024-03", "2024-03-02")):
        stated(hand, run, Edge("10.5555/c", "10.5555/a", created=created))
        assert said(store)[0][0] == created


def test_a_citing_work_that_is_only_named_has_the_date_of_its_citation(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("10.5555/a", source="opencitations", doi="10.5555/a", title="cited"))
    stated(hand, 1, Edge("10.5555/c", "10.5555/a", created="2024-03", author_self=True))
    stated(hand, 1, Edge("pmid:7", "10.5555/a"))
    view = "SELECT citing_work, citing_doi, citing_date, citing_year, created, self_citation, same_venue FROM new_citations"
    named, unnamed = (
        (None, "10.5555/c", "2024-03", 2024, "2024-03", 1, None),
        (None, None, None, None, None, None, None),
    )
    assert sorted(rows(store, view), key=str) == sorted([named, unnamed], key=str)
    query = who_cites(1)
    found = store.rows("citing", **query)
    assert [(row["citing_id"], row["citing_doi"], row["citing_date"], row["self_citation"]) for row in found] == [
        ("10.5555/c", "10.5555/c", "2024-03", 1),
        ("pmid:7", None, None, None),
    ]
    assert [row["citing_id"] for row in store.rows("citing", **query | {"since": "2024-03"})] == ["10.5555/c"]
    assert store.rows("citing", **query | {"since": "2024-04"}) == []


def test_a_citing_work_named_by_its_doi_is_the_one_that_another_source_sent(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi="10.5555/a", title="The cited harbour", authors=["Mira Kai"]))
    hand.live(DAY, record("10.5555/a", source="opencitations", doi="10.5555/a", title="The cited harbour"))
    hand.live(DAY, record("W2", doi="10.5555/c", title="A citing tide", date="2024-05-06", references=("W1",)))
    stated(hand, 1, Edge("10.5555/c", "10.5555/a", created="2024-05", author_self=True))
    stated(hand, 1, Edge("10.5555/d", "10.5555/a", created="2023"))
    stated(hand, 1, Edge("10.5555/d", "10.5555/a"), source="crossref")
    [known, named] = store.rows("citing", **who_cites(1))
    assert (known["citing_work"], known["citing_title"], known["citing_date"]) == (2, "A citing tide", "2024-05-06")
    assert (set(known["sources"].split(",")), known["created"], known["self_citation"]) == (
        {"openalex", "opencitations"}, "2024-05", 1,
    )  # fmt: skip
    assert (named["citing_work"], named["citing_doi"], named["created"]) == (None, "10.5555/d", "2023")
    assert rows(store, "SELECT count(*) FROM new_citations WHERE citing_work = 2") == [(2,)]


def test_a_work_does_not_cite_itself_by_its_doi(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi="10.5555/a", title="The cited harbour"))
    hand.live(DAY, record("10.5555/b", source="opencitations", doi="10.5555/b", title="The cited harbour"))
    stated(hand, 1, Edge("10.5555/b", "10.5555/b"), Edge("10.5555/a", "10.5555/b"))
    assert [row["citing_id"] for row in store.rows("citing", **who_cites(2))] == ["10.5555/a"]
