"""Related work: each signal finds what it is for, fusion ranks it, reasons say why; nothing hostile gets through."""

from __future__ import annotations

import pytest

from harvester.records import Record, Venue
from harvester.related import Related, fusion, related
from harvester.related.look import Hit
from harvester.store import Store
from tests.build import DAY, Hand, record

LATER = "2026-06-01"
SEED = "W1"
HOME = Venue("Invented Harbours", id="S1")


def article(number: int, title: str, *, cites: tuple[int, ...] = (), **fields: object) -> Record:
    references = tuple(f"W{one}" for one in cites)
    return record(f"W{number}", title=title, doi=f"10.5555/{number}", references=references, **fields)  # type: ignore[arg-type]


@pytest.fixture
def library(store: Store) -> Store:
    """A seed (1), its neighbours by one signal each (2 to 7), what cites two of them (8, 9), and strangers (20 to 79)."""
    strangers = [article(20 + n, f"Glacier chronicle volume {n} moraine till", cites=(900 + n,)) for n in range(60)]
    Hand(store).live(
        DAY,
        article(1, "Estrangement of states from clubs", cites=(4, 100, 101), authors=["Mira Kai"], venue=HOME),
        article(2, "Estrangement between states and courts"),
        article(3, "Bread and salt", cites=(100, 101), authors=["A. Baker"]),
        article(4, "Ink, paper, wax"),
        article(5, "Rope work for beginners", authors=["Kai, M."]),
        article(6, "Lamps of the north", cites=(1,)),
        article(7, "Estrangement in harbours", venue=HOME),
        article(8, "Tables of tides", cites=(1, 9)),
        article(9, "Weather signs"),
        article(10, "Sand and gravel", authors=["Mira Kai"]),
        *strangers,
    )
    return store


def number(store: Store, source_id: str) -> int:
    return int(store.db.execute("SELECT work FROM record WHERE source_id = ?", (source_id,)).fetchone()[0])


def around(store: Store, *source_ids: str, **options: object) -> dict[str, Related]:
    seeds = {number(store, source_id): 1.0 for source_id in source_ids or [SEED]}
    found = related(store, seeds, **options)  # type: ignore[arg-type]
    names = dict(store.db.execute("SELECT work, source_id FROM record WHERE work IS NOT NULL").fetchall())
    return {names[one.work]: one for one in found}


@pytest.mark.parametrize(
    ("neighbour", "reason"),
    [
        ("W2", "text: states, estrangement"),
        ("W3", "shares 2 references, 2 of them rare"),
        ("W4", "cited by it"),
        ("W5", "author of the same name: Kai, M."),
        ("W6", "cites it"),
        ("W7", "same venue: Invented Harbours"),
        ("W9", "cited together with it by 1 work"),
        ("W10", "same author: Mira Kai"),
    ],
)
def test_each_signal_finds_its_neighbour_and_says_so(library: Store, neighbour: str, reason: str) -> None:
    found = around(library)
    assert reason in found[neighbour].reasons


def test_strangers_and_the_seed_itself_stay_out(library: Store) -> None:
    found = around(library, limit=100)
    assert SEED not in found
    assert not any(int(name[1:]) >= 20 for name in found)


def test_best_first_and_the_same_every_time(library: Store) -> None:
    found = related(library, {number(library, SEED): 1.0}, limit=100)
    assert found == related(library, {number(library, SEED): 1.0}, limit=100)
    assert [(-one.score, one.work) for one in found] == sorted((-one.score, one.work) for one in found)
    assert related(library, {number(library, SEED): 1.0}, limit=3) == [
        one for one in found[:3] if one
    ]  # a limit cuts, it does not choose others
    for one in found:
        assert one.parts
        assert all(part.rank >= 1 for part in one.parts.values())


def test_as_it_was_known_on_a_day(library: Store) -> None:
    Hand(library).live(LATER, article(11, "Rigging of old ships", cites=(1, 9)))
    assert "W11" in around(library)
    assert any("by 2 works" in reason for reason in around(library)["W9"].reasons)
    with Store(library.path, as_of=DAY) as then:
        assert "W11" not in around(then)
        assert any("by 1 work" in reason for reason in around(then)["W9"].reasons)


def test_the_same_edge_from_two_sources_counts_once(library: Store) -> None:
    s2 = [
        record("s2-8", "semantic_scholar", title="Tables of tides", doi="10.5555/8", references=("s2-1", "s2-9")),
        record("s2-1", "semantic_scholar", title="Estrangement of states from clubs", doi="10.5555/1"),
        record("s2-9", "semantic_scholar", title="Weather signs", doi="10.5555/9"),
    ]
    Hand(library).live(DAY, *s2)
    work = number(library, "W9")
    (found,) = [one for one in related(library, {number(library, SEED): 1.0}, limit=100) if one.work == work]
    assert "cited together with it by 1 work" in found.reasons


def test_a_large_journal_does_not_fill_the_list(store: Store) -> None:
    issue = [article(100 + n, f"Moraine report {n}", venue=HOME) for n in range(80)]
    Hand(store).live(
        DAY, article(1, "Estrangement of states", venue=HOME), article(2, "States in estrangement"), *issue
    )
    assert list(around(store)) == ["W2"]


@pytest.mark.parametrize(
    "title",
    ['"', "NEAR(a b) OR *", "title:(x)", "''); DROP TABLE work; --", "\u0301\u0301", "日本語 の 題名", "a " * 5000],
)
def test_hostile_titles_are_only_words(store: Store, title: str) -> None:
    Hand(store).live(DAY, article(1, title), article(2, title), article(3, "Estrangement of states"))
    assert number(store, "W3") not in {one.work for one in related(store, {number(store, "W1"): 1.0})}
    assert store.check()["integrity"] == "ok"


def test_a_work_with_nothing_but_a_title_and_one_that_does_not_exist(store: Store) -> None:
    Hand(store).live(DAY, article(1, "Alone"))
    assert related(store, {number(store, "W1"): 1.0}) == []
    assert related(store, {4711: 1.0}) == []


def test_fusion_adds_what_signals_say_and_nothing_for_silence() -> None:
    ranks = {"text": fusion.ranks({1: Hit(3.0, 0), 2: Hit(2.0, 0)}), "references": fusion.ranks({2: Hit(9.0, 4)})}
    assert ranks == {"text": {1: 1, 2: 2}, "references": {2: 1}}
    scores = fusion.fuse(ranks, {"text": 1.0, "references": 0.5, "absent": 2.0})
    assert scores == pytest.approx({1: 1 / 61, 2: 1 / 62 + 0.5 / 61})
    assert fusion.order(scores) == [2, 1]
