"""Sources side by side: overlap as sets have it, nothing said of lists that are not whole, and a request that can be pasted."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harvester.cli import app
from harvester.orders import order
from harvester.records import Identifier, Lookup
from harvester.store import Row, Store
from harvester.tracker.compare import (
    by_source,
    citing_of,
    compared,
    contradictions,
    duplicates,
    missing,
    pairs,
    records_of,
    requests,
)
from harvester.tracking import DEFAULTS
from tests.build import Hand, parser_of, record, undone

FIRST, SECOND, THIRD = "2026-05-01", "2026-05-08", "2026-05-15"
S2, OC = "semantic_scholar", "opencitations"
CITED = "10.5555/cited"
OWN = {"openalex": "W1", S2: "s1", OC: CITED}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads are read as `build` writes them."""
    monkeypatch.setattr("harvester.sources.parser_of", parser_of)


def name(source: str, number: int) -> str:
    """What a source calls the citing work of this number, whose DOI is 10.5555/cN."""
    return {"openalex": f"C{number}", S2: f"c{number}", OC: f"10.5555/c{number}"}[source]


def count(hand: Hand, day: str, source: str, number: int | None, **fields: object) -> None:
    """A source counts so many citing works of the article."""
    told = {"title": "Cited", "year": 2024, "doi": CITED} | fields
    hand.live(day, record(OWN[source], source, cited_by_count=number, **told))


def lists(hand: Hand, day: str, source: str, *numbers: int, counted: int | None = None, run: int = 1) -> None:
    """A source counts its citing works, sends those it has records of, and its list is read to its end."""
    count(hand, day, source, len(numbers) if counted is None else counted)
    if source != OC and numbers:
        hand.live(
            day,
            *(record(name(source, n), source, title=f"Citing {n}", year=2026, doi=f"10.5555/c{n}") for n in numbers),
        )
    hand.citing(
        day, run, OWN[source], *(name(source, n) for n in numbers), source=source,
        count=len(numbers) if counted is None else counted,
    )  # fmt: skip


def the_work(store: Store) -> Row:
    [row] = store.rows("briefs", works="[1]")
    return row


def pair(store: Store, as_of: str = THIRD) -> Row:
    [found] = pairs(compared(store, [the_work(store)], as_of), DEFAULTS)
    return found


def test_citing_works_meet_by_work_and_by_doi(hand: Hand, store: Store) -> None:
    lists(hand, FIRST, "openalex", 1, 2, 3)
    lists(hand, FIRST, OC, 2, 3, 4, 5)
    found = pair(store)
    assert (
        found | {"sources": ["openalex", OC], "both": 2, "only_a": 1, "only_b": 2, "union": 5, "whole": True} == found
    )
    assert (found["jaccard"], found["coverage_a"], found["coverage_b"]) == (0.4, 0.6, 0.8)
    assert (found["total_a"], found["total_b"], found["median_ratio"]) == (3, 4, 0.75)
    citing = citing_of(store, compared(store, [the_work(store)], THIRD)[0], THIRD, DEFAULTS)
    assert {row["citing_doi"][-1]: (row["sources"], row["lacking"]) for row in citing} == {
        "1": (["openalex"], [OC]), "2": (["openalex", OC], []), "3": (["openalex", OC], []),
        "4": ([OC], ["openalex"]), "5": ([OC], ["openalex"]),
    }  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sets=st.dictionaries(st.sampled_from([*OWN]), st.sets(st.integers(1, 6)), min_size=2))
def test_overlap_is_what_sets_say(store: Store, sets: dict[str, set[int]]) -> None:
    with undone(store):
        hand = Hand(store)
        for source, numbers in sets.items():
            lists(hand, FIRST, source, *sorted(numbers))
        works = compared(store, [the_work(store)], FIRST)
        found = {tuple(row["sources"]): row for row in pairs(works, DEFAULTS)}
        assert found.keys() == set(combinations(sorted(sets), 2))
        for (a, b), row in found.items():
            one, other = sets[a], sets[b]
            union = len(one | other)
            assert (row["both"], row["only_a"], row["only_b"]) == (len(one & other), len(one - other), len(other - one))
            assert row["union"] == union
            assert row["jaccard"] == (round(len(one & other) / union, 4) if union else None)
            assert row["coverage_b"] == (round(len(other) / union, 4) if union else None)
        assert {row["source"]: row["citing"] for row in by_source(works, [], DEFAULTS)} == {
            s: len(n) for s, n in sets.items()
        }


@pytest.mark.parametrize(
    ("counted", "later", "status", "told"),
    [
        (2, None, "done", "whole"), (4, None, "done", "nearly whole"), (9, None, "done", "incomplete"),
        (2, 3, "done", "outdated"), (9_999, None, "capped", "capped"), (2, None, "short", "short"), (2, None, None, "unread"),
    ],
)  # fmt: skip
def test_of_a_list_that_is_not_whole_nothing_is_claimed(
    hand: Hand, store: Store, counted: int, later: int | None, status: str | None, told: str
) -> None:
    lists(hand, FIRST, OC, 1, 2, 3)
    count(hand, FIRST, "openalex", counted)
    if status == "done":
        lists(hand, FIRST, "openalex", 1, 2, counted=counted, run=2)
    elif status:
        with store.transaction():
            hand.saver.listed("openalex", "W1", FIRST, counted, status)
    if later:
        count(hand, SECOND, "openalex", later)
    [one] = compared(store, [the_work(store)], THIRD)
    assert {row["source"]: row["list"] for row in records_of(one, DEFAULTS)} == {"openalex": told, OC: "whole"}
    claimed = [row for row in citing_of(store, one, THIRD, DEFAULTS) if "openalex" in row["lacking"]]
    asked = [row for made in requests(store, "openalex", [the_work(store)], as_of=THIRD) for row in made["lacking"]]
    sound = "whole" in told
    assert bool(claimed) == bool(asked) == sound
    if later:
        assert records_of(compared(store, [the_work(store)], FIRST)[0], DEFAULTS)[0]["list"] == "whole"
    several = compared(store, [the_work(store)] * 2, THIRD)  # summed, only what is whole counts
    [summed] = [row for row in pairs(several, DEFAULTS) if row["counted"]]
    assert (summed["listed"], bool(summed["union"])) == (2 * sound, sound)


def test_a_citing_work_known_by_nothing_but_a_sources_own_id_is_lacking_nowhere(hand: Hand, store: Store) -> None:
    lists(hand, FIRST, OC, 1)
    count(hand, FIRST, "openalex", 1)
    hand.citing(FIRST, 2, "W1", "W77", count=1)
    found = pair(store)
    assert (found["both"], found["only_a"], found["only_b"]) == (0, 0, 1)
    [one] = compared(store, [the_work(store)], THIRD)
    assert {row["citing_id"]: row["lacking"] for row in citing_of(store, one, THIRD, DEFAULTS)} == {
        "10.5555/c1": ["openalex"], "W77": [],
    }  # fmt: skip


def test_a_day_is_as_it_was_on_that_day(hand: Hand, store: Store) -> None:
    lists(hand, FIRST, "openalex", 1, 2)
    lists(hand, FIRST, OC, 1)
    before = pair(store, FIRST), compared(store, [the_work(store)], FIRST)[0].row(DEFAULTS)
    lists(hand, SECOND, OC, 1, 2, 3, run=2)
    lists(hand, THIRD, "openalex", 1, 2, 3, run=3)
    assert (pair(store, FIRST), compared(store, [the_work(store)], FIRST)[0].row(DEFAULTS)) == before
    assert [pair(store, day)["jaccard"] for day in (FIRST, SECOND, THIRD)] == [0.5, 0.6667, 1]


def test_a_count_far_beyond_all_others_is_pointed_out(hand: Hand, store: Store) -> None:
    """A repository item of 23,799 citations that nobody else knows anything of."""
    count(hand, FIRST, "openalex", 23_799)
    count(hand, FIRST, S2, 4)
    [one] = compared(store, [the_work(store)], THIRD)
    row = one.row(DEFAULTS)
    assert (list(row)[:5], row["gap"], row["far_beyond"]) == (
        ["work", "doi", "title", "year", "venue"],
        23_795,
        "openalex",
    )
    assert [source["far_beyond"] for source in by_source([one], [], DEFAULTS)] == [1, 0]
    count(hand, SECOND, S2, 9_000)
    assert compared(store, [the_work(store)], THIRD)[0].row(DEFAULTS)["far_beyond"] is None


def test_several_records_of_one_work_at_one_source_are_told_unless_one_answers_for_the_other(
    hand: Hand, store: Store
) -> None:
    hand.live(FIRST, *(record(f"W{n}", title="Twins", doi=CITED, cited_by_count=n) for n in (500, 236, 238)))
    works = compared(store, [the_work(store)], THIRD)
    [row] = duplicates(works)
    assert (row["source"], sorted(row["counts"])) == ("openalex", [236, 238, 500])
    assert works[0].counts() == {"openalex": 500}
    [made] = requests(store, "openalex", [the_work(store)], as_of=THIRD)
    assert len(made["own"]) == 3


@pytest.mark.usefixtures("read")
def test_what_sources_contradict_each_other_about(hand: Hand, store: Store) -> None:
    count(hand, FIRST, "openalex", 1, year=2024, type="article", is_retracted=False)
    count(hand, FIRST, S2, 1, year=2025, type="article", is_retracted=True, title="Cited, otherwise")
    found = {row["field"]: row["values"] for row in contradictions(store, compared(store, [the_work(store)], THIRD))}
    assert found["year"] == {"openalex": 2024, S2: 2025}
    assert "title" not in found
    assert "type" not in found


def test_a_work_a_source_was_asked_for_and_does_not_know_is_missing_there(hand: Hand, store: Store) -> None:
    count(hand, FIRST, "openalex", 3)
    with store.transaction():
        run = store.runs.start("harvest", FIRST, "t")
        store.runs.plan(run, [(S2, "look-up", None, Lookup((Identifier("doi", CITED),)))])
        [task] = store.runs.tasks(run)
        task.status = "done"
        store.runs.checkpoint(task)
        store.runs.unanswered(run, S2, [Identifier("doi", CITED), Identifier("doi", "10.5555/other")], [])
    [row] = missing(store, compared(store, [the_work(store)], THIRD), THIRD)
    assert (row["work"], row["source"], row["asked"], row["on"]) == (1, S2, f"doi:{CITED}", FIRST)
    assert list(missing(store, compared(store, [the_work(store)], "2026-04-30"), "2026-04-30")) == []
    count(hand, SECOND, S2, 1)
    assert list(missing(store, compared(store, [the_work(store)], THIRD), THIRD)) == []
    assert len(list(missing(store, compared(store, [the_work(store)], FIRST), FIRST))) == 1, "as it was"


# --- the command ---


def call(store: Store, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--db", str(store.path), "compare", *words])
    found = getattr(done.exception, "exit_code", done.exit_code)
    assert found == code, done.output
    return str(done.exception) if code else done.stdout


TEXT = """\
Request for correction to openalex
As seen until 2026-05-15; 1 work

1. Cited
   https://doi.org/10.5555/cited
   You have: W1, 2 citations, seen 2026-05-01
   Others count: opencitations 3 (seen 2026-05-01); semantic scholar 2
     (seen 2026-05-01)
   Differs: year: you say 2024; opencitations 2024, semantic scholar
     2025
   Your list of citing works, read to its end on 2026-05-01 (2 works),
   lacks 2 that others list:

   - https://doi.org/10.5555/c3
     \ufffd[31mNorms, <b>institutions</b> & the | end of a very long title
     that needs another line (2026)
     listed by opencitations, semantic scholar

   - https://doi.org/10.5555/c9
     (title not held)
     listed by opencitations
"""


@pytest.mark.usefixtures("read")
def test_a_request_can_be_pasted_into_a_ticket(hand: Hand, store: Store) -> None:
    lists(hand, FIRST, "openalex", 1, 2)
    lists(hand, FIRST, OC, 1, 3, 9)
    count(hand, FIRST, S2, 2, year=2025)
    evil = "\x1b[31mNorms, <b>institutions</b> & the | end\nof a very long title that needs another line"
    hand.live(FIRST, record("c3", S2, title=evil, year=2026, doi="10.5555/c3", references=("s1",)))
    text = call(store, "1", "--request", "openalex", "--as-of", THIRD)
    assert text == TEXT
    assert text == call(store, CITED, "--request", "openalex", "--as-of", THIRD)
    assert max(map(len, text.splitlines())) <= 72
    assert call(store, "1", "--request", "datacite") == "", "nothing is held against it"
    assert "Not named here: 1 more with a DOI" in call(store, "1", "--request", "openalex", "--limit", "1")


def test_one_work_a_watch_and_all_works_are_compared(hand: Hand, store: Store) -> None:
    lists(hand, FIRST, "openalex", 1, 2)
    lists(hand, FIRST, OC, 1, 3)
    with store.transaction():
        watch, _ = store.watches.add(order(CITED, "work"), FIRST)
        store.watches.stands_for(watch.id, [1])
    [one] = json.loads(call(store, "1", "--format", "json"))
    assert list(one)[:5] == ["work", "doi", "title", "year", "venue"]
    assert (one["counts"], one["gap"], len(one["citing"]), one["overlap"][0]["both"]) == (
        {"openalex": 2, OC: 2},
        0,
        3,
        1,
    )
    [watched] = json.loads(call(store, "--watch", "1", "--format", "json"))
    assert (watched["works"], [row["total"] for row in watched["sources"]]) == (1, [2, 2])
    [everything] = json.loads(call(store, "--format", "json"))
    assert everything["works"] == 3, "the citing works held are works too"
    header, *lines = call(store, "--watch", "1", "--format", "csv").splitlines()
    assert (header, len(lines)) == ("work,doi,title,year,venue,openalex,opencitations,gap,far_beyond", 1)
    assert len(call(store, "1", "--format", "csv", "--limit", "2").splitlines()) == 3
    table = call(store, "1", "--format", "table")
    assert max(map(len, table.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1", "--watch", "1"), "compare one work, one watch or one venue"),
        (("--watch", "7"), "there is no watch 7"),
        (("--issn", "0000-0000"), "no venue"),
        (("77",), "there is no work number 77"),
        (("1", "--request", "elsewhere"), "--request 'elsewhere' is not a source"),
        (("1", "--request", "openalex", "--format", "json"), "a request is plain text"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(hand: Hand, store: Store, words: tuple[str, ...], said: str) -> None:
    count(hand, FIRST, "openalex", 1)
    assert said in call(store, *words, code=2)
