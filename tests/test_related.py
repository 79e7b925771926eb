"""Related work: each signal finds what it is for, fusion ranks it, reasons say why; nothing hostile gets through."""

from __future__ import annotations

import pytest

from harvester.records import Record, Subject, Venue
from harvester.related import Related, fusion, related, signals
from harvester.related.look import Hit
from harvester.store import Store, stems
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


def test_several_works_are_ranked_as_one_set(store: Store) -> None:
    """What two of them share a little with comes before what one alone shares as much with."""
    Hand(store).live(
        DAY,
        article(1, "Mooring lines", cites=(100, 101)),
        article(2, "Buoys and beacons", cites=(200, 201)),
        article(3, "Sealing wax", cites=(100, 200)),
        article(4, "Salted fish", cites=(101, 300)),
        *[article(20 + n, f"Glacier chronicle volume {n}", cites=(900 + n,)) for n in range(60)],
    )
    found = list(around(store, "W1", "W2"))
    assert found == ["W3", "W4"]
    assert "shares 2 references, 2 of them rare" in around(store, "W1", "W2")["W3"].reasons


def test_reasons_speak_of_them_where_several_are_asked_about(library: Store) -> None:
    said = {reason for one in around(library, "W1", "W2").values() for reason in one.reasons}
    assert "cites them" in said
    assert "cites it" not in said


def test_what_was_dismissed_stays_out_and_its_words_count_for_less(store: Store) -> None:
    strangers = [article(20 + n, f"Glacier chronicle volume {n} moraine till") for n in range(60)]
    words = "anchor beacon cable dredge"
    Hand(store).live(
        DAY,
        article(1, f"{words} fathom gale harbour"),
        article(2, f"{words} quay"),
        article(3, "fathom gale harbour quay"),
        article(4, f"{words} pilot"),
        *strangers,
    )
    before, after = around(store, "W1"), around(store, "W1", against=[number(store, "W4")])
    assert set(before) == {"W2", "W3", "W4"}
    assert set(after) == {"W2", "W3"}
    alike = [found["W2"].parts["similar"].evidence for found in (before, after)]
    assert alike[1] < alike[0]  # type: ignore[operator]  # W2 is alike in the words that W4 has too


def test_two_citations_lead_from_one_work_to_another(library: Store) -> None:
    Hand(library).live(LATER, article(12, "Lanterns", cites=(6,)), article(13, "Winches", cites=(12,)))
    found = around(library, limit=100)
    assert found["W12"].parts["paths"].evidence == 1  # W12 cites W6, which cites W1
    assert "paths" not in (found["W13"].parts if "W13" in found else {})


def test_subjects_rank_what_others_have_found(store: Store) -> None:
    topic = (Subject("topic", "Harbour law", score=0.9),)
    Hand(store).live(
        DAY,
        article(1, "Estrangement of states", subjects=topic),
        article(2, "Estrangement between courts"),
        article(3, "Estrangement between clubs", subjects=topic),
        article(4, "Sealing wax", subjects=topic),
        *[article(20 + n, f"Glacier chronicle volume {n}") for n in range(60)],
    )
    found = around(store)
    assert list(found) == ["W3", "W2"]
    assert "subject: Harbour law" in found["W3"].reasons


def test_only_a_sample_is_read_of_what_is_cited_very_much_and_it_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "CITING", 5)
    monkeypatch.setattr(signals.cocited, "__defaults__", (5,))
    citing = [article(20 + n, f"Glacier chronicle volume {n}", cites=(1, 2)) for n in range(12)]
    Hand(store).live(DAY, article(1, "Estrangement"), article(2, "Weather signs"), *citing)
    assert "cited together with it by 5 works of the 5 looked at" in around(store, limit=100)["W2"].reasons


def test_the_best_of_a_bad_lot_is_not_taken_along(store: Store) -> None:
    """W3 shares one word of many with the seed: what is cited together with it has nothing to do with the seed."""
    Hand(store).live(
        DAY,
        article(1, "Estrangement of states from international clubs and courts"),
        article(2, "Estrangement of states from international courts"),
        article(3, "Clubs for golfers: grips, shafts, balls, bags, caddies, fairways, greens, handicaps, tees"),
        article(4, "Sealing wax"),
        *[article(20 + n, f"Golfing chronicle volume {n}", cites=(3, 4)) for n in range(60)],
    )
    assert list(around(store, limit=100)) == ["W2", "W3"]


def test_common_stems_are_known_without_being_counted(library: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = related(library, {number(library, SEED): 1.0}, limit=100)
    monkeypatch.setattr(stems, "LARGE", 10)
    monkeypatch.setattr(stems, "COMMON", 0)
    with library.transaction():
        assert stems.count_common(library.db)
        assert not stems.count_common(library.db)  # nothing has come since
    stored = dict(library.db.execute("SELECT stem, works FROM common_stem").fetchall())
    assert stored["estrang"] == 3
    assert related(library, {number(library, SEED): 1.0}, limit=100) == before


def test_fusion_adds_what_signals_say_and_nothing_for_silence() -> None:
    ranks = {"text": fusion.ranks({1: Hit(3.0, 0), 2: Hit(2.0, 0)}), "references": fusion.ranks({2: Hit(9.0, 4)})}
    assert ranks == {"text": {1: 1, 2: 2}, "references": {2: 1}}
    scores = fusion.fuse(ranks, {"text": 1.0, "references": 0.5, "absent": 2.0})
    assert scores == pytest.approx({1: 1 / 61, 2: 1 / 62 + 0.5 / 61})
    assert fusion.order(scores) == [2, 1]
