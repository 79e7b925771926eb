"""`related --why`: one pair in full, also one that the ranking does not hold; and lists for breadth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.errors import UsageError
from harvester.records import Subject, Venue
from harvester.related.diversity import POOL, spread
from harvester.related.look import Look
from harvester.related.pair import Pair, pair
from harvester.store import Store
from tests.build import DAY, Hand, a_store, record
from tests.test_related import article, number

LATER = "2026-06-01"
HOME = Venue("Invented Harbours", id="S1")
TOPIC = Subject("topic", "Estrangement")


@pytest.fixture
def shelf(store: Store) -> Store:
    """A seed (1) and a work (2) that share all there is to share; a stranger (3); works around them."""
    common: dict[str, Any] = {"venue": HOME, "subjects": (TOPIC,)}
    Hand(store).live(
        DAY,
        article(1, "Estrangement of states", cites=(10, 100, 101, 20), authors=["Mira Kai"], **common),
        article(2, "Estrangement between states", cites=(1, 10, 100, 101, 21), authors=["Mira Kai", "Kai, M."], **common),
        article(3, "Bread and salt"),
        article(10, "Weather signs", year=1999),
        article(11, "Tables of tides", cites=(1, 2, 100), year=2020),
        article(12, "Lamps", cites=(1, 2, 100), year=2024),
        article(20, "Ropes", cites=(2,)),
        article(21, "Anchors", cites=(1,)),
        *(article(30 + n, f"Glacier volume {n}") for n in range(60)),
    )  # fmt: skip
    return store


def of(store: Store, other: str) -> Pair:
    return pair(store, {number(store, "W1"): 1.0}, number(store, other))


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] or row["name"] for row in rows]


def test_a_pair_in_full(shelf: Store) -> None:
    found = of(shelf, "W2")
    assert (found.place, found.of >= 4, found.score) == (1, True, pytest.approx(sum(one.adds for one in found.signals)))
    assert {"text", "references", "cocited", "citations", "authors", "venue"} <= {one.signal for one in found.signals}
    assert all(1 <= one.rank <= one.of for one in found.signals)
    assert [(row["how"], row["title"], row["sources"], row["first_seen"]) for row in found.citations] == [
        ("cites it", "Estrangement of states", ["openalex"], DAY)
    ]
    # rare first: what is cited by two, then by four; held or not
    assert [(name, row["cited_by_held"]) for name, row in zip(titles(found.references), found.references, strict=True)] == [
        ("Weather signs", 2), ("openalex W101", 2), ("openalex W100", 4)
    ]  # fmt: skip
    assert titles(found.citing) == ["Lamps", "Tables of tides"]
    assert [(row["how"], row["title"]) for row in found.between] == [
        ("cited by it, cites the other", "Ropes"), ("cites it, cited by the other", "Anchors")
    ]  # fmt: skip
    assert [(row["name"], row["same"]) for row in found.authors] == [("Mira Kai", 1), ("Kai, M.", 0)]
    assert found.venues == [{"name": "Invented Harbours"}]
    assert found.subjects == [{"scheme": "topic", "name": "Estrangement", "works": 2}]
    assert {word.word: word.works for word in found.words} == {"estrangement": 2, "states": 2}
    assert 0 < found.cosine <= 1
    assert found.cosine == pytest.approx(sum(word.adds for word in found.words))


def test_a_pair_that_no_signal_finds_is_answered_too(shelf: Store) -> None:
    found = of(shelf, "W3")
    assert (found.place, found.score, found.signals) == (None, None, [])
    assert not any(
        (found.citations, found.references, found.citing, found.between, found.authors, found.venues, found.words)
    )


def test_a_pair_as_it_was_known_on_a_day_and_from_two_sources(shelf: Store) -> None:
    before = of(shelf, "W2")
    Hand(shelf).live(LATER, article(13, "Rigging", cites=(1, 2), year=2026))
    s2 = [
        record("s2-12", "semantic_scholar", title="Lamps", doi="10.5555/12", references=("s2-1", "s2-2")),
        record("s2-1", "semantic_scholar", title="Estrangement of states", doi="10.5555/1"),
        record("s2-2", "semantic_scholar", title="Estrangement between states", doi="10.5555/2", references=("s2-1",)),
    ]
    Hand(shelf).live(LATER, *s2)
    now = of(shelf, "W2")
    assert titles(now.citing) == ["Rigging", "Lamps", "Tables of tides"]
    assert now.citations[0]["sources"] == ["openalex", "semantic_scholar"]
    with Store(shelf.path, as_of=DAY) as then:
        assert of(then, "W2") == before


def test_why_on_the_command_line(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        Hand(store).live(
            DAY,
            article(1, "Estrangement of states", cites=tuple(range(100, 112))),
            article(2, "Estrangement [red] between", cites=tuple(range(100, 112))),
            article(3, "Bread"),
        )
        path = store.path

    def said(*words: str) -> Any:
        done = CliRunner().invoke(app, ["--db", str(path), "related", "1", "--why", *words], catch_exceptions=False)
        assert done.exit_code == 0
        return done

    [whole] = json.loads(said("2", "--limit", "10", "--format", "json").stdout)
    assert [*whole][:5] == ["work", "doi", "title", "year", "venue"]
    assert (whole["place"], whole["references_in_all"], len(whole["references"])) == (1, 12, 10)
    shown = said("10.5555/2", "--limit", "10", "--format", "table").stdout
    assert "references in common, the rarest first: 12, the first 10\n" in shown
    assert "[red]" in shown
    none = said("3", "--format", "table")
    assert none.stderr == "no signal finds it among what is related\n"
    with pytest.raises(UsageError, match="that is the work asked about"):
        said("1")


# --- breadth ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def field(store: Store) -> Store:
    """Ten works (1 to 10) of one kind, of the same words and references, and two of others (11, 12)."""
    Hand(store).live(
        DAY,
        *(article(n, f"Estrangement of states part {n}", cites=(100, 101)) for n in range(1, 11)),
        article(11, "Lamps of northern harbours", cites=(200,)),
        article(12, "Salt and trade"),
    )
    return store


def test_breadth_keeps_the_best_and_brings_forward_what_is_unlike_it(field: Store) -> None:
    ranked = [(n, 1 - n / 20) for n in range(1, 13)]
    look = Look(field)
    assert spread(look, ranked, 4, balance=1) == [1, 2, 3, 4]
    assert spread(look, ranked, 3, balance=0.3) == [1, 11, 12]
    assert spread(look, ranked, 12) == spread(look, ranked, 12)
    assert sorted(spread(look, ranked, 12)) == list(range(1, 13))


def test_breadth_of_nothing_of_equals_and_of_more_than_the_pool(field: Store) -> None:
    look = Look(field)
    assert spread(look, [], 20) == []
    assert spread(look, [(1, 0.5)], 0) == []
    assert spread(look, [(n, 0.5) for n in (2, 1, 11)], 2) == [2, 11]
    many = [(n, 1 / n) for n in range(1, POOL + 4)]  # most of them are not there: neither words nor references
    assert spread(look, many, POOL + 4)[-3:] == [POOL + 1, POOL + 2, POOL + 3]


def test_breadth_is_what_its_definition_says(field: Store) -> None:
    """The lazy search against the definition, every candidate compared with every one taken."""
    from harvester.related.diversity import _relevance, _told, similarity

    ranked = [(n, 1 / place) for place, n in enumerate((3, 11, 4, 12, 5, 1, 2), start=1)]
    told, pool = _told(Look(field), [work for work, _ in ranked]), [work for work, _ in ranked]
    worth = dict(zip(pool, _relevance([score for _, score in ranked]), strict=True))
    for balance in (0.3, 0.5, 0.7):
        taken: list[int] = []
        while len(taken) < len(pool):
            rest = [work for work in pool if work not in taken]
            near = {w: max((similarity(told[w], told[one]) for one in taken), default=0.0) for w in rest}
            taken.append(max(rest, key=lambda w: (balance * worth[w] - (1 - balance) * near[w], -pool.index(w))))
        assert spread(Look(field), ranked, 7, balance=balance) == taken
