"""Why two works are two: what they share, what speaks against it, what people said, and how they are related."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.evidence import NEVER
from harvester.records import Identifier, Relation
from harvester.store import Store
from harvester.store.deciding import Word
from harvester.tracker.evidence import why, why_not
from tests.build import DAY, TITLE, Hand, parser_of, record, rows

ADA = Word("ada", "two printings", "2026-05-02", "2026-05-02T10:00:00+00:00")
DOI, OTHER_DOI = "10.5555/a", "10.5555/b"
SIX = ["Mira Kai", "Odo Anker", "Una Strand"]


def weights(found: dict[str, Any]) -> dict[str, float]:
    return {row["name"]: row["weight"] for row in found["weights"]}


def test_names_that_differ_rule_and_say_so(hand: Hand, store: Store) -> None:
    words = {"title": TITLE, "year": 2024, "authors": SIX}
    hand.live(DAY, record("W1", doi=DOI, **words), record("W2", doi=OTHER_DOI, **words))
    found = why_not(store, 1, 2)
    assert list(found) == [
        "work", "doi", "title", "year", "venue", "candidate", "candidate_doi", "candidate_title", "candidate_year",
        "candidate_venue", "why", "shares", "score", "verdict", "weights", "decisions", "doubts", "family",
    ]  # fmt: skip
    assert found["why"] == f"they share no identifier, and their DOIs differ: {DOI}, {OTHER_DOI}"
    assert weights(found) == {"title": 6.5, "authors": 7.5, "year": 2.5, "doi": NEVER, "source": NEVER}
    assert (found["score"], found["verdict"]) == (16.5 + 2 * NEVER, "new")
    assert (found["decisions"], found["doubts"], found["family"]) == ([], [], [])
    turned = why_not(store, 2, 1)
    assert (turned["work"], turned["candidate"], weights(turned)) == (2, 1, weights(found))


def test_works_that_share_an_identifier_though_something_speaks_against_it(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=DOI, pmid="7", title=TITLE))
    hand.live(DAY, record("S1", "semantic_scholar", doi=OTHER_DOI, pmid="7", title=TITLE))
    found = why_not(store, 1, 2)
    assert found["shares"] == ["pmid 7"]
    assert found["why"] == f"they share pmid 7, but their DOIs differ: {DOI}, {OTHER_DOI}"
    assert [row["candidate"] for row in found["doubts"]] == [1]


@pytest.mark.parametrize(
    ("other", "verdict", "says"),
    [
        ({"title": TITLE, "year": 2019}, "new", "what agrees is not enough to ask a person"),
        ({"title": TITLE, "year": 2024}, "doubt", "what agrees is enough to ask a person, not to join them"),
        ({"title": "Gulls of quite another harbour"}, "new", "their titles differ"),
        ({}, "new", "what agrees is not enough to ask a person"),
    ],
    ids=["little", "more", "nothing", "silent"],
)
def test_works_that_share_nothing(hand: Hand, store: Store, other: dict[str, Any], verdict: str, says: str) -> None:
    hand.live(DAY, record("W1", doi=DOI, title=TITLE, year=2024, authors=SIX))
    hand.file(DAY, record("P1", "aggregator", pmid="9", **other))
    found = why_not(store, 1, 2)
    assert (found["verdict"], found["why"]) == (verdict, f"they share no identifier, and {says}")


def test_works_alike_enough_that_nothing_has_compared(hand: Hand, store: Store) -> None:
    words = {"title": TITLE, "year": 2024, "authors": SIX}
    hand.live(DAY, record("W1", doi=DOI, **words))
    hand.file(DAY, record("P1", "aggregator", title="Gulls", pmid="9"))
    hand.file("2026-05-02", record("P1", "aggregator", pmid="9", **words))
    found = why_not(store, 1, 2)
    assert (found["verdict"], found["score"]) == ("same", 16.5)
    assert found["why"].endswith("enough to put a new record of the one into the other")


def test_a_persons_word_and_the_family_of_both(hand: Hand, store: Store) -> None:
    preprint = (Relation("has_preprint", Identifier("doi", OTHER_DOI)),)
    hand.live(DAY, record("W1", doi=DOI, title=TITLE, relations=preprint), record("W2", doi=OTHER_DOI, title=TITLE))
    hand.live(
        DAY, record("S1", "semantic_scholar", doi=DOI, title=TITLE), record("S9", "semantic_scholar", title="Gulls")
    )
    found = why_not(store, 1, 2)
    assert [(row["work"], row["role"]) for row in found["family"]] == [(1, "published"), (2, "preprint")]
    assert all(f"openalex says {OTHER_DOI} is a preprint of {DOI}" == row["why"] for row in found["family"])
    assert why_not(store, 1, 3)["family"] == []

    deciding = store.deciding(hand.saver)
    [[moved]] = rows(store, "SELECT id FROM record WHERE source_id = 'S1'")
    split = deciding.split(ADA, 1, [moved])
    found = why_not(store, 1, split.works[-1])
    assert found["why"] == f"they share doi {DOI}, but a person has said that they are two articles"
    assert weights(found)["person"] == NEVER
    assert [(row["kind"], row["who"], row["why"]) for row in found["decisions"]] == [("split", "ada", "two printings")]
    assert why_not(store, 2, 3)["decisions"] == []
    deciding.undo(ADA, split.number)
    deciding.join(ADA, 1, 3)
    assert [row["kind"] for row in why_not(store, 1, 2)["decisions"]] == [], (
        "not what was decided about only one of them"
    )


def test_a_match_is_weighed_against_the_rest_and_an_id_given_up_keeps_nothing_apart(
    hand: Hand, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.sources.parser_of", parser_of)
    words = {"title": TITLE, "year": 2024, "authors": SIX, "volume": "9"}
    hand.live(DAY, record("W1", **words))
    hand.file(DAY, record("B1", "bibliography", **words))
    with store.transaction():
        assert hand.saver.gone("openalex", ["W1"], "2026-05-02") == 1
    hand.live("2026-05-03", record("W2", **words))
    found = {row["record"]: row for row in why(store, 1)["records"]}
    assert [row["decision"] for row in found.values()] == ["new", "match", "match"]
    assert found["openalex:W1"]["weights"] == []
    for name in ("bibliography:B1", "openalex:W2"):
        assert found[name]["score"] == sum(weights(found[name]).values()) == 19.0
        assert "source" not in weights(found[name])


def test_on_one_screen_of_eighty_columns(hand: Hand, store: Store, tmp_path: Path) -> None:
    words = {"title": TITLE + " and of what its \x1b[31m gulls remember " * 2, "year": 2024, "authors": SIX}
    hand.live(DAY, record("W1", doi=DOI, pmid="7", **words))
    hand.live(DAY, record("S1", "semantic_scholar", doi=OTHER_DOI, pmid="7", **words))
    done = CliRunner().invoke(app, ["--db", str(tmp_path / "harvest.db"), "why", DOI, "2", "--format", "table"])
    lines = done.stdout.splitlines()
    assert lines[0].startswith("works 1 and 2 are two: they share pmid 7, but their DOIs differ:")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24 + 2, "the open doubt is one row more"
    assert "\x1b" not in done.stdout
    assert ["shared", "identifier", "pmid 7"] in [line.split(maxsplit=2) for line in lines]
    assert any(line.split()[:2] == ["never", "doi"] for line in lines)
    done = CliRunner().invoke(app, ["--db", str(tmp_path / "harvest.db"), "why", "1", "2", "--format", "jsonl"])
    assert json.loads(done.stdout)["candidate_doi"] == OTHER_DOI
