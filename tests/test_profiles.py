"""Sets of works: counts and indexes by source, two-year mean citedness and how complete it is, who is meant by a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.cli.profiling import _meant
from harvester.cli.state import venue_meant
from harvester.errors import UsageError
from harvester.harvest import harvest
from harvester.http import Door
from harvester.orders import order
from harvester.records import Author, Institution, Metric, Record, Subject, Venue
from harvester.sandbox import Sandbox
from harvester.sources import openalex
from harvester.store import Row, Store
from harvester.tracker import citedness, profiles
from harvester.tracker.profiles import Held, h_index, i10_index
from tests.build import DAY, Hand, record
from tests.test_commands import Here

ISSN = "1758-5880"
QUAY = Venue("Quay Letters", issns=(ISSN,), id="S1")
END_OF_2025, LATER = "2025-12-31", "2026-05-08"


def item(number: int, year: int, count: int = 0, by_year: dict[int, int] | None = None, **more: Any) -> Record:
    fields: dict[str, Any] = {
        "title": f"Tide number {number} of the invented harbour", "year": year, "type": "article", "venue": QUAY,
        "cited_by_count": count, "counts_by_year": tuple((by_year or {}).items()),
    }  # fmt: skip
    return record(f"W{number}", **fields | more)


def of(store: Store, as_of: str = DAY, days: int = 365) -> Held:
    return profiles.held(store, as_of=as_of, days=days, venue=venue_meant(store, ISSN)["venue"])


def figures(store: Store) -> list[Row]:
    return store.rows("venue_metrics", venue=venue_meant(store, ISSN)["venue"])


def cited(store: Store, as_of: str = DAY, *, edges: bool = False) -> dict[int, Row]:
    """By year, of the one source there is."""
    find = citedness.from_edges if edges else citedness.from_counts
    return {row["year"]: row for row in find(store, of(store, as_of), figures(store))}


# --- indexes ---------------------------------------------------------------------------------------------------------


@given(counts=st.lists(st.integers(0, 12), max_size=12))
def test_the_indexes_are_what_their_definitions_say(counts: list[int]) -> None:
    assert h_index(counts) == max(h for h in range(len(counts) + 1) if sum(count >= h for count in counts) >= h)
    assert i10_index(counts) == len([count for count in counts if count >= 10])


def test_each_source_has_its_own_indexes_and_h5_looks_at_five_whole_years(hand: Hand, store: Store) -> None:
    hand.live(DAY, *(item(n, year, 5, doi=f"10.5555/{n}") for n, year in enumerate((2020, 2021, 2025, 2026))))
    hand.live(DAY, record("a", "semantic_scholar", doi="10.5555/1", cited_by_count=40))
    told = {row["source"]: row for row in profiles.indexes(of(store))}
    assert [told["openalex"][name] for name in ("works", "citations", "h_index", "h5_index", "h5_works")] == [
        4,
        20,
        4,
        2,
        2,
    ]
    assert [told["openalex"][name] for name in ("h5_from", "h5_to")] == [2021, 2025]
    assert [told["semantic_scholar"][name] for name in ("works", "citations", "h_index", "i10_index")] == [1, 40, 1, 1]


def test_years_count_works_by_type_once_and_citations_by_source(hand: Hand, store: Store) -> None:
    quay = Venue("Quay Letters", issns=(ISSN,), id="S1", metrics=(Metric("works_in_year", "9", 2025),))
    hand.live(DAY, item(1, 2025, 3, doi="10.5555/1", venue=quay), item(2, 2025, 1, type="editorial"), item(3, 2026))
    hand.live(DAY, record("a", "semantic_scholar", doi="10.5555/1", cited_by_count=7))
    works = of(store)
    assert [(y["year"], y["works"], y["citable"], y["partial"], y["types"]) for y in profiles.years(works)] == [
        (2026, 1, 1, True, {"article": 1}), (2025, 2, 1, False, {"article": 1, "editorial": 1}),
    ]  # fmt: skip
    by_year = profiles.citations(works, figures(store))
    assert [(c["year"], c["source"], c["works"], c["citations"], c["published"]) for c in by_year] == [
        (2026, "openalex", 1, 0, None), (2025, "openalex", 2, 4, 9), (2025, "semantic_scholar", 1, 7, None),
    ]  # fmt: skip


def test_what_grew_is_known_as_of_a_day_and_goes_on_at_the_record_that_answers(hand: Hand, store: Store) -> None:
    hand.live("2025-01-01", item(1, 2024, 5, doi="10.5555/1"))
    hand.live("2026-04-01", item(1, 2024, 9, doi="10.5555/1"), item(2, 2024, 50))
    with store.transaction():
        hand.saver.gone("openalex", ["W1"], DAY)
    hand.live(DAY, item(7, 2024, 12, doi="10.5555/1"))
    for as_of, count in (("2025-02-01", 5), ("2026-04-02", 9), (DAY, 12)):
        assert profiles.indexes(of(store, as_of))[0]["citations"] == count + (50 if as_of > "2026" else 0)
    assert [(r["work"], r["count"], r["gained"], r["from_date"]) for r in profiles.growing(store, of(store), 5)] == [
        (1, 12, 7, "2025-05-01")
    ]
    assert profiles.growing(store, of(store, days=10), 5)[0]["gained"] == 3
    assert list(profiles.growing(store, of(store), 5)[0])[:5] == ["work", "doi", "title", "year", "venue"]


# --- two-year mean citedness -----------------------------------------------------------------------------------------


def test_it_divides_what_items_of_two_years_received_by_those_items(hand: Hand, store: Store) -> None:
    hand.live(
        DAY,
        item(1, 2023, 9, {2024: 2, 2025: 6, 2026: 1}), item(2, 2024, 4, {2025: 3, 2026: 1}), item(3, 2024),
        item(4, 2022, 99, {2025: 99}), item(5, 2025, 50, {2025: 50}), item(6, 2024, 70, {2025: 70}, type="editorial"),
    )  # fmt: skip
    row = cited(store)[2025]
    assert (row["items"], row["counted"], row["citations"], row["citedness"], row["partial"]) == (3, 3, 9, 3.0, False)
    assert (row["held"], row["published"], row["complete"]) == (
        4,
        None,
        "openalex does not say how many works there are",
    )
    now = cited(store)[2026]  # of 2024 and 2025, as far as the year has come
    assert (now["citations"], now["items"], now["until"], now["partial"]) == (1, 3, DAY, True)


def test_an_item_without_counts_for_the_year_is_not_divided_by(hand: Hand, store: Store) -> None:
    hand.live(END_OF_2025, item(1, 2024, 4, {2025: 4}), item(2, 2023, 5))
    hand.live("2024-06-30", item(3, 2023, 6, {2024: 6}))
    row = cited(store, LATER)[2025]
    assert (row["items"], row["counted"], row["citedness"], row["until"]) == (3, 1, 4.0, END_OF_2025)
    assert row["complete"].startswith("openalex states 2025 of 1 of 3 items; 2025 until 2025-12-31; ")
    assert 2026 in cited(store, LATER), "items of 2024 are there to be cited in it"
    assert cited(store, LATER)[2026]["citedness"] is None, "nothing was read in 2026: unknown, not nothing"


def test_a_decade_is_all_that_is_stated(hand: Hand, store: Store) -> None:
    hand.live(DAY, item(1, 2014, 30, {2018: 30}), item(2, 2015, 4, {2019: 4}))
    found = cited(store)
    assert found[2016]["citedness"] is None, "ten years before 2026 end at 2017"
    assert (found[2017]["citations"], found[2017]["counted"]) == (0, 1), "a year left out is a year with nothing"
    hand.live("2026-05-02", item(1, 2014, 30, {2015: 1, 2018: 29}))
    assert cited(store, LATER)[2016]["citations"] == 0, "it has stated 2015 of one of them"


def test_how_much_of_the_venue_is_held_is_what_its_source_says(hand: Hand, store: Store) -> None:
    stated = Venue(
        "Quay Letters", issns=(ISSN,), id="S1",
        metrics=tuple(Metric("works_in_year", "4", year) for year in (2023, 2024)),
    )  # fmt: skip
    hand.live(DAY, item(1, 2023, 1, {2025: 1}, venue=stated), item(2, 2024, 0, type="letter"))
    row = cited(store)[2025]
    assert (row["held"], row["published"], row["complete"]) == (2, 8, "2 of 8 works held")


def test_from_the_citations_held_it_is_a_least_figure_until_every_list_is_read(hand: Hand, store: Store) -> None:
    hand.live(DAY, item(1, 2023, 2), item(2, 2024, 1))
    hand.live(DAY, *(record(f"W{n}", title=f"Citing {n}", year=year, references=cites) for n, year, cites in (
        (11, 2025, ("W1", "W2")), (12, 2025, ("W1",)), (13, 2024, ("W1",)), (14, None, ("W2",)),
    )))  # fmt: skip
    row = cited(store, edges=True)[2025]
    assert (row["citations"], row["items"], row["counted"], row["citedness"]) == (3, 2, 0, 1.5)
    assert row["complete"].startswith("at least: all citing works are held of 0 of 2 items")
    hand.citing("2026-05-02", 1, "W1", "W11", "W12", "W13", count=3)
    hand.citing("2026-05-02", 1, "W2", "W11", count=1)
    row = cited(store, LATER, edges=True)[2025]
    assert (row["counted"], row["complete"]) == (2, "openalex does not say how many works there are")
    assert cited(store, DAY, edges=True)[2025]["counted"] == 0, "as of the day before"
    assert cited(store) == {}, "no source states counts by year: nothing is reckoned from them"


def test_a_work_counts_only_from_the_day_it_is_held(hand: Hand, store: Store) -> None:
    hand.live(DAY, item(1, 2024, 1, {2025: 1}))
    hand.live(LATER, item(1, 2024, 3, {2025: 3}), item(2, 2024, 9, {2025: 9}))
    assert cited(store)[2025]["citedness"] == 1
    assert cited(store, LATER)[2025]["citedness"] == 6


def test_what_was_known_on_a_day_is_the_same_after_it(hand: Hand, store: Store) -> None:
    def everything() -> list[object]:
        works = of(store)
        found = [find(store, works, []) for find in (citedness.from_counts, citedness.from_edges)]
        return [works, *found, profiles.indexes(works), profiles.years(works), profiles.growing(store, works, 9)]

    hand.live("2026-01-01", item(1, 2024, 2, {2025: 2}), item(2, 2023, 8, {2024: 1, 2025: 7}))
    hand.live(DAY, item(1, 2024, 5, {2025: 4, 2026: 1}, references=("W2",)), item(2, 2023, 8, {2024: 1, 2025: 7}))
    before = everything()
    hand.live(LATER, item(1, 2024, 1, {2025: 1}), item(3, 2024, 70, {2025: 70}, references=("W1", "W2")))
    hand.citing(LATER, 1, "W2", "W3", count=9)
    assert everything() == before


def test_stated_figures_stand_beside_ours_with_what_may_part_them(hand: Hand, store: Store) -> None:
    stated = Venue("Quay Letters", issns=(ISSN,), id="S1", metrics=(
        Metric("2yr_mean_citedness", "2.0", 2026), Metric("h_index", "30", 2026), Metric("works_in_year", "3", 2024),
        Metric("works_in_year", "3", 2023), Metric("impact_factor", "2.2", 2026),
    ))  # fmt: skip
    hand.live(DAY, item(1, 2024, 1, {2025: 1}, venue=stated), item(2, 2024, 1, type="letter"))
    works, metrics = of(store), figures(store)
    rows = citedness.beside(citedness.from_counts(store, works, metrics), works, metrics)
    assert [(r["figure"], r["theirs"], r["ours"], r["apart"]) for r in rows] == [
        ("2yr_mean_citedness", 2.0, 1.0, True), ("h_index", 30.0, 1, True),
    ]  # fmt: skip
    assert rows[0]["why"] == (
        "2 of its 6 works of 2023 and 2024 are held; it divides by works of any type, 1 of which are no items here; "
        "it was reckoned on another day"
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, works=200, on=date(2026, 8, 31)) as served:
        yield served


@pytest.mark.loopback
def test_of_a_venue_held_whole_ours_is_what_openalex_says(store: Store, box: Sandbox) -> None:
    with store.transaction():
        store.watches.add(order(ISSN), "2026-08-31")
    client = openalex.client(Door(openalex.service(box.openalex_url), sleep=lambda _: None))
    harvest(store, [client], "2026-08-31", lambda: "2026-08-31T00:00:00+00:00")
    works, metrics = of(store, "2026-08-31"), figures(store)
    counted = citedness.from_counts(store, works, metrics)
    told = {row["figure"]: row for row in citedness.beside(counted, works, metrics)}
    assert (told["h_index"]["apart"], told["i10_index"]["apart"]) == (False, False)
    [row] = [row for row in counted if row["year"] == 2025]
    assert (row["held"], row["counted"], row["items"]) == (5, 4, 4) and row["published"] == 5
    theirs = told["2yr_mean_citedness"]
    assert row["citations"] / row["held"] == pytest.approx(theirs["theirs"]), "with the chapter that is no item"
    assert (
        theirs["why"] == "it divides by works of any type, 1 of which are no items here; it was reckoned on another day"
    )
    by_edges = {row["year"]: row for row in citedness.from_edges(store, works, metrics) if row["source"] == "openalex"}
    assert [by_edges[2025][name] for name in ("citations", "counted")] == [row["citations"], row["counted"]]


# --- who is meant ----------------------------------------------------------------------------------------------------


@pytest.fixture
def people(hand: Hand, store: Store) -> Store:
    ror = Institution("Port University", ror="04jr1s763", id="I5")
    mira, other = (
        Author("Mira Kai", orcid="0000-0002-1825-0097", id="A1", institutions=(ror,)),
        Author("Mira Kai", id="A2"),
    )
    hand.live(
        DAY,
        Record("openalex", "W1", title="One tide", authors=(mira,), year=2024, cited_by_count=3,
               subjects=(Subject("topic", "Tides"), Subject("keyword", "tides"))),
        Record("openalex", "W2", title="Two tides", authors=(other,), year=2025, cited_by_count=1),
    )  # fmt: skip
    hand.live(DAY, Record("crossref", "10.5555/3", title="Three", year=2023,
                          authors=(Author("Kai, Mira", orcid="0000-0002-1825-0097"),)))  # fmt: skip
    return store


@pytest.mark.parametrize(
    ("kind", "name", "works"),
    [
        ("author", "https://orcid.org/0000-0002-1825-0097", 2), ("author", "A2", 1), ("author", "openalex:A2", 1),
        ("institution", "https://ror.org/04jr1s763", 1), ("institution", "port university", 1),
        ("topic", "topic:tides", 1), ("topic", "keyword:Tides", 1),
    ],
)  # fmt: skip
def test_an_id_or_a_name_that_fits_one_is_who_is_meant(people: Store, kind: str, name: str, works: int) -> None:
    whole, which = _meant(people, kind, name, None)
    assert whole["kind"] == kind
    assert len(profiles.held(people, as_of=DAY, days=30, **which).works) == works


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("author", "Mira Kai", "names 2 of them; give one by its id: 0000-0002-1825-0097 (Mira Kai, 2 works); openalex:A2"),
        ("topic", "tides", "names 2 of them; give one by its id: keyword:tides (tides, 1 works); topic:Tides"),
        ("topic", "T77", "topic T77 is not watched"), ("institution", "Nowhere", "no institution 'Nowhere' is held"),
        ("person", "x", "say what of"), ("author", None, "say what of"),
    ],
)  # fmt: skip
def test_what_fits_several_or_nobody_is_refused(people: Store, kind: str, name: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(").replace(")", r"\)")):
        _meant(people, kind, name, None)


def test_a_watch_is_profiled_by_its_number_and_a_topic_by_its_id_where_it_is_watched(people: Store) -> None:
    with people.transaction():
        watch, _ = people.watches.add(order("T77"), DAY)
        people.watches.stands_for(watch.id, [1, 2])
    for asked in ((None, None, watch.id), ("topic", "T77", None)):
        whole, which = _meant(people, *asked)
        assert whole["kind"] == "watch of a topic"
        assert [row["h_index"] for row in profiles.indexes(profiles.held(people, as_of=DAY, days=9, **which))] == [1]
    for wrong in ((None, None, 99), ("author", "A2", watch.id)):
        with pytest.raises(UsageError):
            _meant(people, *wrong)


@pytest.mark.slow
def test_the_commands_give_one_object_and_tables_that_fit(tmp_path: Path) -> None:
    here = Here(tmp_path, PYTHONPATH=str(Path.cwd()))
    with Store(tmp_path / "harvest.db", create=True) as store:
        Hand(store).live(DAY, item(1, 2024, 3, {2025: 3}), item(2, 2025, 1, authors=["Mira Kai"]))
    whole = json.loads(here.run("journal", ISSN, "--as-of", DAY).stdout)
    assert list(whole)[:2] == ["venue", "name"]
    assert set(whole) >= {
        "metrics",
        "beside",
        "citedness",
        "citedness_of_edges",
        "indexes",
        "years",
        "citations",
        "growing",
    }
    assert whole["citedness"][1]["citedness"] == 3
    assert json.loads(here.run("profile", "author", "mira kai").stdout)["works"] == 1
    for words in (("journal", ISSN), ("profile", "author", "Mira Kai")):
        shown = here.terminal(*words)
        assert max(map(len, shown.splitlines())) <= 80
        assert "h index" in shown
