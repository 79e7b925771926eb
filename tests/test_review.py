"""The commands by which a person decides about identity, on eighty columns and as JSON, beside a harvest and by mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harvester.cli import app
from harvester.errors import HarvesterError
from harvester.evidence import NEVER
from harvester.store import Store
from harvester.store.content import content_hash
from harvester.store.lock import run_lock
from tests.build import openalex_work

WORK_KEYS = ["work", "doi", "title", "year", "venue"]
TITLE = "Harbour number 1 and its invented tides"


class Here:
    """A folder with a database, and the program run in it within this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "harvest.db"

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """(stdout, stderr and the fault's line) of a command."""
        done = CliRunner().invoke(app, ["--db", str(self.database), *words])
        fault = done.exception if isinstance(done.exception, HarvesterError) else None
        if done.exception and not fault and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert (fault.exit_code if fault else done.exit_code) == code, done.output
        return done.stdout, done.stderr + str(fault or "")

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--format", "jsonl")[0].splitlines()]

    def table(self, *words: str) -> str:
        shown = self.run(*words, "--format", "table")[0]
        assert max(map(len, shown.splitlines())) <= 80
        return shown

    def content(self) -> str:
        with Store(self.database, read_only=True) as store:
            return content_hash(store.db, without=("decision", "event"))


@pytest.fixture
def here(tmp_path: Path) -> Here:
    """Two works by OpenAlex, and an entry without identifiers that is like the first."""
    found = Here(tmp_path)
    (tmp_path / "works.jsonl").write_bytes(openalex_work(1) + b"\n" + openalex_work(2))
    entry = {
        "id": "kai", "type": "article-journal", "title": TITLE, "issued": {"date-parts": [[2024, 4]]}, "volume": "9",
        "author": [{"family": "Kai", "given": "Mira"}, {"family": "Anker\x1b[31m", "given": "Odo"}],
        "container-title": "Another Harbour",
    }  # fmt: skip
    (tmp_path / "library.json").write_text(json.dumps([entry]))
    found.run("import", str(tmp_path / "works.jsonl"), str(tmp_path / "library.json"), "--on", "2026-05-01")
    return found


def test_doubts_are_listed_with_both_sides(here: Here) -> None:
    [row] = here.rows("review")
    assert list(row) == [
        *WORK_KEYS, "review", "source", "source_id", "candidate", "candidate_doi", "candidate_title", "candidate_year",
        "candidate_venue", "why", "on",
    ]  # fmt: skip
    assert (row["work"], row["title"], row["candidate"], row["candidate_doi"]) == (3, TITLE, 1, "10.5555/harbour.1")
    assert here.rows("review", "list") == [row]
    assert here.rows("review", "--limit", "1") == [row]
    assert "the same title, the author, year; but the venues differ" in here.run("review", "-f", "csv")[0]
    assert "candidate year" in here.table("review")
    [status] = here.rows("status")
    assert [problem["review"] for problem in status["problems"]] == [row["review"]]
    assert status["doubts"] == 1
    shown = here.run("status", "--format", "table")[0]
    assert "review" in shown.split("problems")[1].splitlines()[1]


def test_the_evidence_of_a_doubt_side_by_side(here: Here) -> None:
    shown = here.table("review", "1")
    assert shown == here.table("review", "show", "1")
    lines = shown.splitlines()
    assert lines[:2] == [
        "question 1 (open, 2026-05-01): is work 3 the same article as work 1?",
        "the same title, the author, year; but the venues differ: score 11.5",
    ]
    assert lines[3].split() == ["work", "3", "work", "1"]
    assert "\x1b" not in shown

    def line(field: str) -> str:
        return next(each for each in lines if each[3:].startswith(field))

    assert line("title").startswith("=")
    assert line("venue").startswith("≠")
    assert "Another Harbour" in line("venue") and "Invented Harbours" in line("venue")
    assert line("doi").startswith(" ")
    assert "openalex 1" in line("citations")
    [found] = here.rows("review", "1")
    assert list(found)[:7] == [*WORK_KEYS, "review", "state"]
    evidence = {row["field"]: row for row in found["evidence"]}
    assert [evidence[field]["differs"] for field in ("title", "authors", "year", "venue", "volume")] == [
        False, True, False, True, None,
    ]  # fmt: skip
    assert evidence["doi"] == {"field": "doi", "record": None, "candidate": ["10.5555/harbour.1"], "differs": None}


def test_what_speaks_for_and_against_is_weighed_under_the_evidence(here: Here) -> None:
    [found] = here.rows("review", "1")
    assert list(found)[-4:] == ["shares", "score", "verdict", "weights"]
    assert (found["shares"], found["score"], found["verdict"]) == ([], 11.5, "doubt")
    assert found["weights"][0] == {"name": "title", "weight": 6.5, "said": "the same title"}
    assert sum(row["weight"] for row in found["weights"]) == found["score"]
    weighed = here.table("review", "1").split("\n\n")[-1].splitlines()
    assert [line.split(maxsplit=2) for line in weighed] == [
        ["+6.5", "title", "the same title"],
        ["+4.0", "authors", "the author"],
        ["+2.5", "year", "year"],
        ["-1.5", "venue", "the venues differ"],
        ["+11.5", "sum", "a doubt (the same from 12 on, a doubt from 6 on)"],
    ]
    here.run("review", "refuse", "1")
    [found] = here.rows("review", "1")
    assert found["weights"][0] == {
        "name": "person",
        "weight": NEVER,
        "said": "a person has said that they are two articles",
    }
    assert (found["score"], found["verdict"]) == (11.5 + NEVER, "new")
    shown = here.table("review", "1").split("\n\n")[-1]
    assert "-100" not in shown and "-88" not in shown
    assert next(line.split()[:2] for line in shown.splitlines()) == ["never", "person"]
    assert "never  sum         two articles, whatever else agrees (+11.5 without that;" in shown


@pytest.mark.slow
def test_a_match_that_is_contradicted_is_asked_about_against_the_rest_of_its_work(tmp_path: Path) -> None:
    here = Here(tmp_path)
    entry = {
        "id": "m", "type": "article-journal", "title": TITLE, "issued": {"date-parts": [[2024]]}, "DOI": "10.5555/other",
        "author": [{"family": "Kai", "given": "Mira"}], "container-title": "Invented Harbours",
    }  # fmt: skip
    (tmp_path / "library.json").write_text(json.dumps([entry]))
    works = tmp_path / "works.jsonl"
    works.write_bytes(openalex_work(1, doi=None))
    here.run("import", str(works), str(tmp_path / "library.json"), "--on", "2026-05-01")
    [held] = [row for row in here.rows("why", "1")[0]["records"] if row["decision"] == "match"]
    assert held["score"] == 16.0
    assert [(row["name"], row["weight"]) for row in held["weights"]] == [
        ("title", 6.5), ("authors", 4.0), ("year", 2.5), ("venue", 3.0),
    ]  # fmt: skip
    assert held["why"] == "the same title, the author, year, venue; no identifier in common: score 16.0"
    assert "score 16.0" in " ".join(here.table("why", "1").split())
    others = [row for row in here.rows("why", "1")[0]["records"] if row["decision"] != "match"]
    assert [(row["score"], row["weights"]) for row in others] == [(None, [])]

    works.write_bytes(openalex_work(1, updated_date="2026-05-03"))
    here.run("import", str(works), "--on", "2026-05-04")
    [row] = [row for row in here.rows("review") if row["candidate"] == row["work"]]
    number = str(row["review"])
    [status] = here.rows("status")
    assert [problem["review"] for problem in status["problems"]] == [row["review"]]
    [found] = here.rows("review", number)
    assert found["weights"][-1] == {
        "name": "doi", "weight": NEVER, "said": "their DOIs differ: 10.5555/other, 10.5555/harbour.1",
    }  # fmt: skip
    assert found["evidence"][0] == {
        "field": "doi", "record": ["10.5555/other"], "candidate": ["10.5555/harbour.1"], "differs": True,
    }  # fmt: skip
    shown = here.table("review", number)
    assert f"is {held['record']} of work 1, where it is, or another article?" in " ".join(shown.split())
    assert "the rest of work 1" in shown
    _, said = here.run("review", "refuse", number, "--who", "Ada")
    assert "is now work 2" in said
    assert here.rows("show", "10.5555/other")[0]["work"] == 2


def test_a_doubt_is_accepted_with_who_and_why_and_undone_as_it_says(here: Here) -> None:
    before = here.content()
    _, said = here.run("review", "accept", "1", "--why", "same  text", "--who", "Ada", "--on", "2026-05-02")
    assert said.splitlines() == [
        "question 1 is accepted: one article, work 1 (decision 1)",
        "to undo it: harvester undo 1",
    ]
    assert here.rows("review") == []
    [decision] = here.rows("decisions")
    assert decision | {"at": "", "records": ""} == {
        "decision": 1, "kind": "accept", "on": "2026-05-02", "at": "", "who": "Ada", "why": "same text", "works": "1,3",
        "records": "", "review": 1, "undoes": None, "undone_by": None,
    }  # fmt: skip
    assert decision["records"].startswith("bibliography:")
    assert here.rows("show", "3")[0]["work"] == 1
    here.run("undo", "1", "--who", "Ben")
    assert here.content() == before
    assert [(row["kind"], row["who"], row["undone_by"]) for row in here.rows("decisions")] == [
        ("undo", "Ben", None), ("accept", "Ada", 2),
    ]  # fmt: skip
    assert "Ben" in here.table("decisions")
    assert len(here.rows("review")) == 1


def test_a_refused_doubt_is_not_asked_again(here: Here) -> None:
    here.run("review", "refuse", "1")
    here.run("import", str(here.folder / "library.json"))
    here.run("reparse")
    assert here.rows("review") == []
    assert "refused already" in here.run("review", "accept", "1", code=2)[1]
    assert here.rows("review", "1")[0]["state"] == "refused"


def test_join_split_and_why(here: Here) -> None:
    before = here.content()
    _, said = here.run("join", "10.5555/HARBOUR.1", "W2", "--who", "Ada")
    assert said.startswith("works 1 and 2 are one: work 1 (decision 1)")
    [found] = here.rows("why", "2")
    assert list(found) == [*WORK_KEYS, "records", "events", "decisions", "doubts"]
    assert [row["record"] for row in found["records"]] == ["openalex:W1", "openalex:W2"]
    assert [row["decision"] for row in found["records"]] == ["new", "join"]
    assert [(e["kind"], e["before"], e["after"], e["decision"]) for e in found["events"]] == [
        ("joined", "2", "openalex:W2", 1)
    ]
    assert [d["decision"] for d in found["decisions"]] == [1]
    assert [d["candidate"] for d in found["doubts"]] == [1]
    assert "joined by Ada (decision 1)" in " ".join(here.table("why", "1").split())
    _, said = here.run("split", "1", "10.5555/harbour.2", "openalex:W2", "--why", "two harbours")
    assert said.startswith("1 of the records of work 1 are now work 4 (decision 2)")
    assert here.rows("show", "10.5555/harbour.2")[0]["work"] == 4
    assert here.rows("show", "2")[0]["work"] == 4, "the old number goes with its record"
    here.run("undo", "2")
    here.run("undo", "1")
    assert here.content() == before
    assert here.rows("show", "4")[0]["work"] == 2, "a number once given goes on answering"


def test_why_names_what_records_share_and_their_aliases(here: Here) -> None:
    (here.folder / "more.json").write_text(
        json.dumps([{"id": "x", "type": "article-journal", "title": TITLE, "DOI": "10.5555/harbour.1"}])
    )
    here.run("import", str(here.folder / "more.json"), "--on", "2026-05-03")
    [found] = here.rows("why", "1")
    entry = found["records"][1]["record"]
    assert found["records"][0]["shares"] == [f"doi 10.5555/harbour.1 with {entry}"]
    assert found["records"][1]["shares"] == ["doi 10.5555/harbour.1 with openalex:W1"]
    assert found["records"][1]["why"] == "shares doi 10.5555/harbour.1"
    _, said = here.run("split", "1", entry)
    assert "work 4" in said
    here.run("import", str(here.folder / "works.jsonl"), str(here.folder / "more.json"))
    here.run("reparse")
    assert [row["record"] for row in here.rows("why", "4")[0]["records"]] == [entry]
    assert "names 2 works: 1, 4" in here.run("why", "10.5555/harbour.1", code=2)[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("review", "77"), "harvester review"),
        (("review", "accept", "77"), "harvester review"),
        (("review", "refuse", "77"), "harvester review"),
        (("undo", "77"), "harvester decisions"),
        (("join", "1", "77"), "no work number 77"),
        (("join", "1", "10.5555/nowhere"), "no work named"),
        (("join", "1", "10.5555/harbour.1"), "harvester why 1"),
        (("split", "77", "openalex:W1"), "no work number 77"),
        (("split", "1", "openalex:W2"), "it has openalex:W1"),
        (("split", "1", "openalex:W1"), "nothing to split"),
        (("why", "77"), "no work number 77"),
        (("why", "1", "77"), "no work number 77"),
        (("why", "1", "W1"), "`harvester why 1` says why"),
    ],
    ids=" ".join,
)
def test_what_is_mistaken_is_a_usage_error_that_says_what_to_do(here: Here, words: tuple[str, ...], says: str) -> None:
    before = here.content()
    assert says in here.run(*words, code=2)[1]
    assert here.content() == before
    assert here.rows("decisions") == []


def test_nothing_is_decided_beside_a_harvest(here: Here) -> None:
    with run_lock(here.database):
        for words in ("join 1 2", "split 1 x", "undo 1", "review accept 1", "review refuse 1"):
            here.run(*words.split(), code=75)
        assert here.rows("review"), "reading goes on"
    assert here.rows("decisions") == []


def test_numbers_too_large_and_no_numbers_are_usage_errors(here: Here) -> None:
    for words in (("review", "0"), ("review", str(2**64)), ("undo", "one"), ("undo", "-1"), ("review", "nothing")):
        here.run(*words, code=2)


def test_who_decides_must_be_known(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "--who NAME" in here.run("join", "1", "2", code=2)[1]
    monkeypatch.setattr("getpass.getuser", lambda: "una")
    here.run("join", "1", "2")
    assert here.rows("decisions")[0]["who"] == "una"
