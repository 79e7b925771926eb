"""Retractions and how far they reach: what watched works cite, who says so and who does not, told once, found out cheaply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harvester.cli import app
from harvester.orders import order
from harvester.records import Identifier, Lookup, Page, Record, Relation
from harvester.store import Store
from harvester.store.joining import join_works
from harvester.tracker.ripple import retractions
from harvester.tracking import DEFAULTS
from tests.build import DAY, Hand, record, rows, undone
from tests.test_harvest import MONDAY, Fake, item, play, week, work

NEXT, THIRD = "2026-05-02", "2026-05-03"
MINE, BAD, NOTICE = "10.5555/mine", "10.5555/bad", "10.5555/notice"
RETRACTED = Relation("retracted_by", Identifier("doi", NOTICE), "retraction-watch", "2026-03-15")


def mine(**fields: Any) -> Record:
    return record("W1", **{"doi": MINE, "title": "Mine", "date": "2026-01-10", "references": ("W2",)} | fields)


def bad(**fields: Any) -> Record:
    return record("W2", **{"doi": BAD, "title": "Bad", "is_retracted": False} | fields)


def agency(*relations: Relation, source_id: str = BAD, **fields: Any) -> Record:
    return record(source_id, "crossref", doi=source_id, title="Bad", relations=relations, **fields)


def watch(store: Store, *works: int) -> int:
    with store.transaction():
        number = store.watches.add(order(f"doi:{MINE}"), DAY)[0].id
        store.watches.stands_for(number, works)
    return number


def tell(store: Store, on: str) -> None:
    with store.transaction():
        store.tell_retracted_citations(on)


def told(store: Store) -> list[tuple[Any, ...]]:
    return rows(
        store, 'SELECT "on", doi, after FROM changes WHERE kind = \'cites_retracted\' ORDER BY "on", work, after'
    )


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_a_watched_work_that_cites_what_is_retracted_says_who_says_so_and_who_does_not(
    hand: Hand, store: Store
) -> None:
    hand.live(DAY, mine(), bad())
    watch(store, 1)
    assert retractions(store, as_of=DAY) == []
    hand.live(NEXT, agency(RETRACTED))
    [row] = retractions(store, as_of=NEXT)
    assert list(row)[:5] == ["work", "doi", "title", "year", "venue"]
    assert {name: row[name] for name in list(row)[1:] if name not in ("title", "year", "venue")} == {
        "doi": MINE, "kind": "cites_retracted", "retracted_work": 2, "retracted_doi": BAD, "retracted_title": "Bad",
        "notices": [NOTICE], "said_by": ["crossref (retraction-watch)"], "denied_by": ["openalex"], "taken_back_by": [],
        "on_day": "2026-03-15", "since": NEXT, "cited": "before", "cited_by_watched": 1,
    }  # fmt: skip
    assert retractions(store, as_of=DAY) == [], "not known the day before"


def test_a_watched_work_itself_and_what_is_not_watched(hand: Hand, store: Store) -> None:
    hand.live(DAY, mine(references=()), bad(is_retracted=True), record("W3", title="Else", references=("W2",)))
    assert retractions(store, as_of=DAY) == []
    number = watch(store, 2)
    [row] = retractions(store, as_of=DAY, watch=number)
    assert (row["kind"], row["retracted_work"], row["said_by"], row["notices"]) == ("retracted", None, ["openalex"], [])
    assert retractions(store, as_of=DAY, cited=True) == retractions(store, as_of=DAY, watch=99) == []
    watch(store, 3)
    assert [(r["kind"], r["cited_by_watched"]) for r in retractions(store, as_of=DAY)] == [
        ("retracted", 1), ("cites_retracted", 1),
    ]  # fmt: skip


def test_who_took_it_back_is_named_as_long_as_another_still_says_so(hand: Hand, store: Store) -> None:
    hand.live(DAY, bad(is_retracted=True))
    hand.live(DAY, agency(RETRACTED))
    watch(store, 1)
    hand.live(NEXT, bad())
    [row] = retractions(store, as_of=NEXT)
    assert (row["said_by"], row["denied_by"], row["taken_back_by"]) == (
        ["crossref (retraction-watch)"], ["openalex"], ["openalex"],
    )  # fmt: skip
    hand.live(THIRD, agency())
    assert retractions(store, as_of=THIRD) == []


@pytest.mark.parametrize(
    ("published", "on", "cited"),
    [
        ({"date": "2026-03-14"}, "2026-03-15", "before"), ({"date": "2026-03-15"}, "2026-03-15", None),
        ({"date": "2026-04"}, "2026-03-15", "after"), ({"date": "2026-03"}, "2026-03-15", None),
        ({"year": 2025, "date": None}, "2026-03-15", "before"), ({"year": 2026, "date": None}, "2026-03-15", None),
        ({"date": "2026-03-14"}, "2026", None), ({"date": "2027-01-01"}, "2026", "after"), ({"date": None}, "2026-03-15", None),
        ({"date": "2026-01-01"}, None, None), ({"date": "2026-05-03"}, None, "after"),  # it was known on the second
    ],
)  # fmt: skip
def test_cited_before_or_after_it_was_retracted_as_far_as_the_days_tell(
    hand: Hand, store: Store, published: dict[str, Any], on: str | None, cited: str | None
) -> None:
    hand.live(DAY, mine(**published), bad())
    hand.live(NEXT, agency(Relation("retracted_by", Identifier("doi", NOTICE), "publisher", on)))
    watch(store, 1)
    assert [row["cited"] for row in retractions(store, as_of=NEXT)] == [cited]


def test_the_notice_itself_is_no_victim_and_tells_from_its_own_end(hand: Hand, store: Store) -> None:
    notice = agency(Relation("retraction_of", Identifier("doi", BAD), "publisher", "2026-03-15"), source_id=NOTICE,
                    references=(BAD,), date="2026-03-15")  # fmt: skip
    hand.live(DAY, mine(), bad())
    hand.live(NEXT, notice)
    watch(store, *(number for (number,) in rows(store, "SELECT id FROM work")))
    assert [(r["doi"], r["kind"], r["said_by"], r["notices"]) for r in retractions(store, as_of=NEXT)] == [
        (MINE, "cites_retracted", ["crossref (publisher)"], [NOTICE]), (BAD, "retracted", ["crossref (publisher)"], [NOTICE]),
    ]  # fmt: skip


def test_a_reference_that_is_only_named_meets_the_article_held_by_its_doi(hand: Hand, store: Store) -> None:
    hand.live(DAY, agency(source_id=MINE, references=(BAD,)))
    watch(store, 1)
    assert retractions(store, as_of=DAY) == [], "nothing is known of what is only named"
    hand.live(NEXT, bad(is_retracted=True))
    assert [(r["doi"], r["retracted_doi"], r["since"]) for r in retractions(store, as_of=NEXT)] == [(MINE, BAD, NEXT)]
    tell(store, NEXT)
    assert told(store) == [(NEXT, MINE, BAD)]


def test_a_reference_that_was_taken_out_touches_nothing(hand: Hand, store: Store) -> None:
    hand.live(DAY, mine(), bad(is_retracted=True))
    watch(store, 1)
    hand.live(NEXT, mine(references=()))
    assert retractions(store, as_of=NEXT) == []


# --- told once -------------------------------------------------------------------------------------------------------


def test_it_is_told_with_its_reasons(hand: Hand, store: Store) -> None:
    hand.live(DAY, mine(), bad())
    watch(store, 1)
    hand.live(NEXT, agency(RETRACTED))
    tell(store, NEXT)
    why = (
        f"it cites {BAD}, which is retracted, as crossref (retraction-watch) says (notice {NOTICE}, 2026-03-15); "
        "openalex says it is not; published before the retraction"
    )
    events = rows(store, "SELECT on_day, work, after, why FROM event WHERE kind = 'cites_retracted'")
    assert events == [(NEXT, 1, BAD, why)]


STEPS = ("cites", "retracted", "watched", "agency", "join", "again")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order_of=st.permutations(STEPS), twice=st.sets(st.sampled_from(STEPS)))
def test_in_whatever_order_it_is_told_once_on_the_day_all_is_known(
    hand: Hand, store: Store, order_of: list[str], twice: set[str]
) -> None:
    """A day each: the citation, either source's retraction, the watch, a join of the citing work with another; and anew."""
    with undone(store):
        hand.live(DAY, record("W9", title="Another", doi="10.5555/another"), mine(references=()), bad())
        known: set[str] = set()
        on = DAY
        for day, step in enumerate([*order_of, *(one for one in order_of if one in twice)], start=2):
            on = f"2026-05-{day:02d}"
            if step == "cites":
                hand.live(on, mine(title=f"Mine {on}"))
            elif step == "retracted":
                hand.live(on, bad(is_retracted=True, title=f"Bad {on}"))
            elif step == "agency":
                hand.live(on, agency(RETRACTED))
            elif step == "watched":
                watch(store, *(w for (w,) in rows(store, "SELECT work FROM record WHERE source_id = 'W1'")))
            elif step == "join" and "join" not in known:
                join_works(store.db, 1, 2, on, "a person says so")
                hand.saver.remerge([1], on)
            known.add(step)
            tell(store, on)
            is_known = {"cites", "watched"} <= known and known & {"retracted", "agency"}
            assert len(told(store)) == bool(is_known)
            if is_known:
                first = told(store)[0][0]
                assert first <= on
                known |= {f"told {first}"}
        assert len({one for one in known if one.startswith("told")}) == 1


# --- found out -------------------------------------------------------------------------------------------------------


class Agency(Fake):
    """A registration agency: it has notices, and says of no article that it is not retracted."""

    many_citing_at_once = flags_retractions = False
    agency = "crossref"


def looked_up(fake: Fake) -> list[tuple[str, ...]]:
    return [tuple(name.value for name in ask.identifiers) for ask, _ in fake.asked if isinstance(ask, Lookup)]


def test_cited_works_are_asked_for_again_only_after_a_time_and_what_is_retracted_at_the_agency(store: Store) -> None:
    with store.transaction():
        store.watches.add(order("10.5555/a"), MONDAY)
    found = item(work(11, 12, 13, doi="10.5555/a"), "doi:10.5555/a")
    cited = [work(12, doi=BAD), work(13, doi="10.5555/good")]
    first = Fake(look_up=Page(items=(found,)), references=Page(items=tuple(map(item, cited)), total=2))
    play(store, first, Agency("crossref"))
    assert looked_up(first) == [("10.5555/a",)]
    for weeks in (1, 4):  # 28 days
        early = Fake(look_up=Page(items=(found,)))
        play(store, early, Agency("crossref"), on=week(weeks))
        assert looked_up(early) == [("10.5555/a",)]
    assert week(5) > MONDAY and DEFAULTS.recheck_days == 30

    def answer(_: str | None) -> Page:
        """The watched work, then those it cites."""
        retracted = [item(work(12, doi=BAD, is_retracted=True), "openalex:W12"), item(cited[1], "openalex:W13")]
        return Page(items=(found,) if len(looked_up(late)) == 1 else tuple(retracted))

    late, registrar = Fake(look_up=answer), Agency("crossref")
    play(store, late, registrar, on=week(5))
    assert looked_up(late) == [("10.5555/a",), ("W12", "W13")]
    assert looked_up(registrar) == [("10.5555/a",), (BAD,)]
    assert told(store) == [(week(5), "10.5555/a", BAD)]
    play(store, quiet := Fake(look_up=Page(items=(found,))), Agency("crossref"), on=week(6))
    assert looked_up(quiet) == [("10.5555/a",)]
    assert told(store) == [(week(5), "10.5555/a", BAD)]


def test_without_a_source_that_flags_them_the_agency_is_asked_about_all(store: Store) -> None:
    with store.transaction():
        store.watches.add(order(MINE), MONDAY)
    with store.transaction():
        Hand(store).live("2026-01-01", agency(source_id=MINE, references=(BAD,)), agency(source_id=BAD))
        store.watches.stands_for(1, [1])
    registrar = Agency("crossref")
    play(store, registrar)
    assert looked_up(registrar) == [(MINE,), (BAD,)]


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_shows_them_and_says_where_there_are_none(tmp_path: Path) -> None:
    base = ["--db", str(tmp_path / "harvest.db"), "retractions", "--format", "table"]
    with Store(tmp_path / "harvest.db", create=True) as store:
        Hand(store).live(DAY, mine(title="Leaving the harbour of states"), bad(title="A tide that never was"))
        watch(store, 1)
        none = CliRunner().invoke(app, base)
        assert (none.exit_code, none.stdout) == (0, "")
        assert none.stderr.startswith("no watched work")
        Hand(store).live(NEXT, agency(RETRACTED))
    shown = CliRunner().invoke(app, [*base, "--watch", "1", "--cited"], env={"COLUMNS": "80"}).stdout
    assert all(words in shown for words in ("cites_retracted", "before", "openalex", NEXT))
    assert max(map(len, shown.splitlines())) <= 80
    assert CliRunner().invoke(app, [*base, "--watch", "7"]).exit_code != 0
