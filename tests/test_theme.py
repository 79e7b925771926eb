"""The literature of a theme: two camps are told apart in their own terms; what is absent, left out or cut is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner, Result

from harvester.cli import app
from harvester.records import Record
from harvester.related import theme as room
from harvester.related import ties
from harvester.related.communities import communities, modularity
from harvester.related.rising import Gain, lately, rising
from harvester.related.theme import Theme, Years, theme
from harvester.store import Store
from tests.build import DAY, Hand, a_store, one, record

LATER = "2026-06-01"
FLEET, TREATY, ALONE = range(1, 7), range(11, 17), 21
CORE, EVERYWHERE, MISSING = 31, 32, 900
MATCH = '"secession"'


def article(number: int, title: str, *cites: int, **fields: object) -> Record:
    references = tuple(f"W{one}" for one in cites)
    return record(f"W{number}", title=title, doi=f"10.5555/{number}", references=references, **fields)  # type: ignore[arg-type]


def literature() -> list[Record]:
    """On secession two camps: fleets (1 to 6) and treaties (11 to 16), each citing its own; one of it (21) alone.

    The fleets build on a work that does not bear the word (31), and on one that is not held (900). One that everybody cites
    (32) is of no theme; strangers (100 to 159).
    """
    fleets = [article(n, f"Secession of the herring fleet {n}", CORE, EVERYWHERE, MISSING, 901, *([1] if n > 1 else []))
              for n in FLEET]  # fmt: skip
    treaties = [article(n, f"Secession and the lapsed treaty {n}", 950, 951, EVERYWHERE, *([11] if n > 11 else []))
                for n in TREATY]  # fmt: skip
    strangers = [article(100 + n, f"Glacier chronicle moraine till {n}", EVERYWHERE, 2000 + n) for n in range(60)]
    return [
        *fleets,
        *treaties,
        article(ALONE, "Secession as a figure of speech"),
        article(CORE, "Boats and their keels", 800),
        article(EVERYWHERE, "How to count", 801),
        *strangers,
    ]


@pytest.fixture
def library(store: Store) -> Store:
    Hand(store).live(DAY, *literature())
    return store


def number(store: Store, source_id: int) -> int:
    return int(one(store, "SELECT work FROM record WHERE source_id = ?", f"W{source_id}"))


def groups(store: Store, found: Theme) -> list[set[str]]:
    names = dict(store.db.execute("SELECT work, source_id FROM record WHERE work IS NOT NULL").fetchall())
    return [{names[work] for work in group.works} for group in found.communities]


def ids(*numbers: int) -> set[str]:
    return {f"W{one}" for one in numbers}


def asked(store: Store, *words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["--db", str(store.path), "topic", *words], env={"COLUMNS": "80"})
    assert done.exit_code == code or type(done.exception).__name__ == "UsageError", (done.output, done.exception)
    return done


def answer(store: Store, *words: str) -> dict[str, object]:
    found = json.loads(asked(store, *words, "--format", "json").stdout)
    return found[0] if isinstance(found, list) else found


def test_two_camps_are_told_apart_in_their_own_terms(library: Store) -> None:
    found = theme(library, MATCH)
    assert groups(library, found) == [ids(*FLEET, CORE), ids(*TREATY)]
    fleets, treaties = (set(group.terms) for group in found.communities)
    assert "herring fleet" in fleets
    assert "lapsed treaty" in treaties
    assert not fleets & treaties
    assert "secession" not in fleets | treaties, "it tells neither from the other"
    assert found.modularity
    assert found.modularity > 0.3


def test_the_core_need_not_bear_the_word_and_what_everybody_cites_is_not_it(library: Store) -> None:
    members = {member.work: member for member in theme(library, MATCH).members}
    core = members[number(library, CORE)]
    assert (len(core.cited_by), core.matches) == (6, None)
    assert number(library, EVERYWHERE) not in members
    assert next(iter(members)) == number(library, FLEET[0]), "cited by the five others, and bears the word"
    [row] = [row for row in answer(library, "secession")["core"] if row["title"] == "Boats and their keels"]  # type: ignore[attr-defined]
    assert list(row)[:5] == ["work", "doi", "title", "year", "venue"]
    assert row["reasons"] == ["cited by 6 of the theme's 14 works", "without the words"]


def test_what_is_cited_and_not_held_is_named(library: Store) -> None:
    found = theme(library, MATCH)
    assert [(one.source, one.source_id, one.cited_by) for one in found.absent[:2]] == [
        ("openalex", "W900", 6),
        ("openalex", "W901", 6),
    ]


def test_a_work_without_ties_is_in_no_community_and_counted(library: Store) -> None:
    [alone] = [member for member in theme(library, MATCH).members if member.community is None]
    assert alone.work == number(library, ALONE)
    assert answer(library, "secession")["in_no_community"] == 1
    assert "1 of the 14 works are tied to no other, and in no community" in asked(library, "secession").stderr


def test_without_citations_there_are_works_and_no_communities(store: Store) -> None:
    Hand(store).live(DAY, article(1, "Secession"), article(2, "Secession of the fleet"))
    found = theme(store, MATCH)
    assert (len(found.members), found.communities, found.modularity) == (2, (), None)
    assert "no community: no citation ties these works together" in asked(store, "secession").stderr


def test_the_same_in_any_order(library: Store, tmp_path: Path) -> None:
    backwards = tmp_path / "backwards"
    backwards.mkdir()
    with a_store(backwards) as other:
        Hand(other).live(DAY, *reversed(literature()))
        one, two = theme(library, MATCH), theme(other, MATCH)
        assert groups(library, one) == groups(other, two)
        assert [group.terms for group in one.communities] == [group.terms for group in two.communities]
        assert one.modularity == pytest.approx(two.modularity)


@pytest.mark.slow
def test_the_same_whatever_the_seed_of_hashes(library: Store) -> None:
    program = (
        "import sys; from pathlib import Path; from harvester.store import Store; from harvester.related.theme import theme\n"
        f"print(theme(Store(Path(sys.argv[1]), read_only=True), {MATCH!r}).communities)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(library.path)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_communities_do_not_depend_on_the_order_of_edges_and_leave_chance_alone() -> None:
    rng = Random(3)
    edges = {(a, b): 1.0 + (a + b) % 3 for a in range(40) for b in range(a) if a // 10 == b // 10 or rng.random() < 0.1}
    shuffled = list(edges.items())
    rng.shuffle(shuffled)
    found = communities(edges)
    assert found == communities(dict(shuffled)) == communities({(b, a): weight for (a, b), weight in edges.items()})
    assert found == [list(range(10)), list(range(10, 20)), list(range(20, 30)), list(range(30, 40))]
    assert modularity(edges, found) > modularity(edges, [range(20), range(20, 40)]) > 0
    assert communities({}) == []


def test_as_it_was_known_on_a_day(library: Store) -> None:
    before = asked(library, "secession", "--as-of", DAY, "--format", "json").stdout
    Hand(library).live(
        LATER, article(7, "Secession of the herring fleet 7", 1, CORE), article(22, "Secession of nobody", 11)
    )
    assert number(library, 7) in {member.work for member in theme(library, MATCH).members}
    assert asked(library, "secession", "--as-of", DAY, "--format", "json").stdout == before
    with Store(library.path, as_of=DAY) as then:
        assert len(theme(then, MATCH).members) == 14


def test_only_works_of_some_years(store: Store) -> None:
    Hand(store).live(DAY, *(article(n, "Secession", year=2000 + n) for n in range(1, 7)), article(9, "Secession"))
    assert len(theme(store, MATCH).members) == 7
    found = theme(store, MATCH, Years(2003, 2004))
    assert (found.matched, len(found.members)) == (2, 2)
    assert answer(store, "secession", "--to-year", "2002")["works"] == 2
    assert "2004 is after" in str(
        asked(store, "secession", "--from-year", "2004", "--to-year", "2003", code=2).exception
    )


@pytest.mark.parametrize(
    "title", ['"', "NEAR(a b) OR *", "title:(x)", "''); DROP TABLE work; --", "日本語 の 題名", "\u202ea"]
)
def test_hostile_titles_and_themes_are_only_words(store: Store, title: str) -> None:
    cites = [article(n, f"{title} secession {n}", 900, 901, year=2000) for n in range(1, 5)]
    Hand(store).live(DAY, *cites)
    assert len(theme(store, MATCH).communities[0].works) == 4
    shown = asked(store, f"{title} secession", "--format", "table").stdout
    assert "\u202e" not in shown
    assert store.check()["integrity"] == "ok"


def test_nothing_matches_or_nothing_is_asked(library: Store) -> None:
    done = asked(library, "gondola")
    assert "no work held matches 'gondola'; try fewer words" in done.stderr
    assert (answer(library, "gondola")["works"], answer(library, "gondola")["core"]) == (0, [])
    assert "has no word to search for" in str(asked(library, '"', code=2).exception)


def test_what_is_left_out_for_its_number_is_said(library: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert theme(library, MATCH).caps == ()
    monkeypatch.setattr(ties, "CITING", 3)
    monkeypatch.setattr(ties, "SHARED", 4)
    monkeypatch.setattr(room, "OTHERS", 0)
    assert theme(library, MATCH).caps == (
        "1 more are tied to these; the 0 strongest tied are taken",
        "2 lists are longer than what is read of one: 1000 references, or the 3 citing works that are newest in the database",
        "8 works are left out of the ties, each cited by or citing more than 4 of the theme's",
    )
    monkeypatch.setattr(ties, "CANDIDATES", 1)
    assert "6 more are linked with several of these; the 1 with most links are looked at" in theme(library, MATCH).caps
    monkeypatch.setattr(room, "MATCHES", 2)
    caps = theme(library, MATCH).caps
    assert caps[0] == "13 works match; the 2 nearest to the words are taken"
    assert caps[0] in asked(library, "secession").stderr


def test_beyond_chance() -> None:
    assert ties.beyond_chance(links=3, degree=3, works=3, held=100_000) == pytest.approx(1)
    assert ties.beyond_chance(links=3, degree=300, works=1_000, held=100_000) == pytest.approx(0)
    assert ties.beyond_chance(links=2, degree=2, works=3, held=100_000) < ties.TIED, "two are not several"
    assert ties.beyond_chance(links=3, degree=1, works=3, held=3) == 1


# --- what rises ------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(store: Store) -> Callable[[int], dict[str, object]]:
    """A theme whose counts were seen on two days, but for one work (3); (4) appeared of late and cites two others."""
    hand = Hand(store)
    hand.live(
        DAY, article(1, "Secession, a classic", cited_by_count=400), article(2, "Secession anew", cited_by_count=4)
    )
    hand.live(DAY, article(3, "Secession unseen"), article(5, "Secession ebbing", cited_by_count=9))
    hand.live(
        LATER, article(1, "Secession, a classic", cited_by_count=410), article(2, "Secession anew", cited_by_count=16)
    )
    hand.live(
        LATER, article(4, "Secession today", 2, 3, date="2026-05-20"), article(5, "Secession ebbing", cited_by_count=9)
    )

    def rows(days: int) -> dict[str, object]:
        return answer(store, "secession", "--days", str(days), "--as-of", "2026-06-10")

    return rows


def test_what_rises_is_what_gained_most_for_its_size_or_is_cited_of_late(
    counted: Callable[[int], dict[str, object]],
) -> None:
    found = counted(60)
    risen = {row["title"]: row for row in found["rising"]}  # type: ignore[attr-defined]
    assert list(risen) == ["Secession anew", "Secession, a classic", "Secession unseen"]
    assert risen["Secession anew"]["reasons"] == [
        f"gained 12 of 16 (openalex) from {DAY} to {LATER}",
        "cited by 1 of the theme's 1 works of that time",
    ]
    assert (found["counted"], found["appeared"]) == (3, 1)


def test_what_was_not_counted_gained_null_and_not_nothing(counted: Callable[[int], dict[str, object]]) -> None:
    [unseen] = [row for row in counted(60)["rising"] if row["title"] == "Secession unseen"]  # type: ignore[attr-defined]
    assert (unseen["gained"], unseen["from_date"], unseen["cited_lately"]) == (None, None, 1)


def test_where_nothing_is_known_of_a_time_that_is_said(library: Store) -> None:
    done = asked(library, "secession", "--format", "table")
    assert "\nrising since" not in done.stdout
    assert "rising: no count of these works was seen on two days of the last 365" in done.stderr
    assert "rising: none of these works appeared in the last 365 days" in done.stderr


def test_a_date_that_is_only_a_year_is_as_late_as_may_be() -> None:
    members = [
        room.Member(work, 0.0, frozenset(), 0, "title", date, None)
        for work, date in enumerate(("2025", "2026-01", "2025-11-23", "2027", None))
    ]
    assert lately(members, "2025-11-23", "2026-11-23") == {0, 1}


def test_a_fall_is_no_rise_and_a_first_citation_hardly_one() -> None:
    members = [room.Member(work, 0.0, frozenset(), 0, "title", None, None) for work in (1, 2, 3)]
    gains = {1: Gain(1, 1, "s", DAY, LATER), 2: Gain(30, 900, "s", DAY, LATER), 3: Gain(-4, 10, "s", DAY, LATER)}
    assert [one.work for one in rising(members, set(), gains)] == [2, 1]
