"""Filters of related works: each alone, together, before the list is cut; what was seen, and whose works are one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.cli.reading import fts_query
from harvester.orders import order
from harvester.records import Author, Venue
from harvester.related import related
from harvester.related.look import Look
from harvester.related.marks import mark
from harvester.related.wanted import Wanted, left_out, passing
from harvester.store import Store
from harvester.store.deciding import Word
from harvester.tracker.inbox import mark as mark_items
from tests.build import DAY, Hand, a_store, one, record, rows

LATER = "2026-06-01"
MIRA = Word("mira", None, LATER, f"{LATER}T09:00:00+00:00")
ALL = 10_000
ASKED = {1: 1.0}
HOME, AWAY = Venue("Invented Harbours", id="S1"), Venue("Tidal Affairs", issns=("1758-5880",))
SEED = record("W1", title="Estrangement of states", abstract="Clubs lose members.", year=2020, venue=HOME)
# (year, type, venue, open access, abstract) of W2, W3, ...: something is not known of each but the first.
FACTS = [
    (2019, "article", HOME, True, "Courts are left."),
    (2020, "preprint", HOME, None, None),
    (2021, None, AWAY, False, "Courts and treaties are left by estranged states."),
    (None, "article", AWAY, True, "Treaties again."),
    (2024, "book-chapter", None, True, None),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A seed, W1, five works that its title finds, W2 to W6, and some of another subject."""
    with a_store(Path(tmp_path_factory.mktemp("wanted"))) as opened:
        others = [
            record(f"W{n}", title=f"Estrangement of states, part {n}", year=year, type=kind, venue=at, is_oa=free, abstract=text)
            for n, (year, kind, at, free, text) in enumerate(FACTS, start=2)
        ]  # fmt: skip
        Hand(opened).live(DAY, SEED, *others, *(record(f"W{n}", title=f"Moraine report {n}") for n in range(20, 40)))
        yield opened


def names(store: Store, wanted: Wanted, seeds: Mapping[int, float] = ASKED, limit: int = ALL) -> set[str]:
    return {f"W{one.work}" for one in related(store, seeds, wanted=wanted, limit=limit)}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), "W2 W3 W4 W5 W6"),
        (Wanted(from_year=2020), "W3 W4 W6"),
        (Wanted(to_year=2020), "W2 W3"),
        (Wanted(from_year=2020, to_year=2021), "W3 W4"),
        (Wanted(type=("article", "preprint")), "W2 W3 W5"),
        (Wanted(venue=1), "W2 W3"),
        (Wanted(open_access=True), "W2 W5 W6"),
        (Wanted(about=fts_query("courts")), "W2 W4"),
        (Wanted(about=fts_query('treat* -"treaties again"')), "W4"),
        (Wanted(about=fts_query("glacier")), ""),
        (Wanted(from_year=2021, open_access=True, type=("article",)), ""),
        (Wanted(to_year=2022, open_access=True, venue=1, about=fts_query("left")), "W2"),
    ],
)
def test_each_filter_leaves_what_is_known_to_be_wanted(store: Store, wanted: Wanted, expected: str) -> None:
    assert names(store, wanted) == set(expected.split())


def test_filters_come_before_the_cut_and_tell_what_they_leave_out(store: Store) -> None:
    last = related(store, ASKED, limit=ALL)[-1].work
    year = one(store, "SELECT year FROM work WHERE id = ?", last)
    wanted = Wanted(about=fts_query(f'"part {last}"'), from_year=year)
    assert names(store, wanted, limit=1) == {f"W{last}"}
    look = Look(store)
    assert left_out(look, ASKED, [2, 3, 5], Wanted(from_year=2020, open_access=True)) == {
        "from_year": {2, 5},
        "open_access": {3},
    }
    assert passing(look, ASKED, [], Wanted(about='"x"')) == set()


wishes = st.builds(
    Wanted,
    from_year=st.none() | st.integers(2018, 2025),
    to_year=st.none() | st.integers(2018, 2025),
    type=st.lists(st.sampled_from(["article", "preprint", "no such"]), max_size=2).map(tuple),
    venue=st.none() | st.integers(1, 3),
    open_access=st.booleans(),
    about=st.none()
    | st.text(max_size=8).map(lambda text: '"' + text.replace('"', "").replace("\0", "") + '" OR "left"'),
    unseen=st.booleans(),
    not_own=st.booleans(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=wishes, limit=st.integers(1, 6))
def test_what_is_wanted_is_the_whole_list_without_the_rest(store: Store, wanted: Wanted, limit: int) -> None:
    whole = related(store, ASKED, limit=ALL)
    left = passing(Look(store), ASKED, {one.work for one in whole}, wanted)
    assert related(store, ASKED, limit=limit, wanted=wanted) == [one for one in whole if one.work in left][:limit]


# --- what was seen ---


def test_what_was_marked_looked_at_or_is_watched_is_seen(store: Store, tmp_path: Path) -> None:
    with a_store(tmp_path) as other:
        hand = Hand(other)
        hand.live(DAY, *(record(f"W{n}", title=f"Estrangement of states {n}", doi=f"10.5555/{n}") for n in range(1, 9)))
        hand.live(DAY, record("W9", title="Sand", doi="10.5555/9"))
        mark(other, [9], {2: "kept", 3: "cleared"}, MIRA)
        with other.transaction():
            for value, works in (("10.5555/4", [4]), ("1758-5880", [5])):
                watch, _ = other.watches.add(order(value), DAY)
                other.watches.stands_for(watch.id, works)
        hand.citing(DAY, 1, "W9")
        hand.citing(LATER, 2, "W9", "W6", "W7", "W8")
        with other.transaction():
            other.inbox.fill(LATER)
        items = dict(rows(other, "SELECT citing_work, item FROM inbox"))
        mark_items(other, "seen", MIRA, [items[6], items[7]])
        mark_items(other, "new", MIRA, [items[7]])
        assert names(other, Wanted(unseen=True)) == {"W3", "W5", "W7", "W8", "W9"}
        with Store(other.path, as_of=DAY) as then:
            assert "W2" in names(then, Wanted(unseen=True))


# --- one's own ---

OWN = {
    "W2": [Author("Mira Kai", id="A1")],
    "W3": [Author("M. Kai")],  # a name that no id tells apart from hers
    "W4": [Author("Max Kai", id="A2")],  # the source tells the two apart
    "W5": [Author("Kaia Mir", id="A3", orcid="0000-0001")],  # under another name and id of hers
    "W6": [Author("Ben Poe")],
    "W7": [Author("Milo Kai", id="A4", orcid="0000-0002")],
}


def test_works_of_the_same_authors_are_left_out(tmp_path: Path) -> None:
    her = Author("Mira Kai", id="A1", orcid="0000-0001")
    with a_store(tmp_path) as store:
        others = [record(f"W{n}", title=f"Estrangement of states {n}", authors=OWN.get(f"W{n}")) for n in range(2, 9)]
        Hand(store).live(DAY, record("W1", title="Estrangement of states", authors=[her]), *others)
        assert names(store, Wanted(not_own=True)) == {"W4", "W6", "W7", "W8"}
        assert names(store, Wanted(not_own=True), {1: 0.5, 8: 1.0}) >= {"W2", "W3"}, "hers only helps here"
