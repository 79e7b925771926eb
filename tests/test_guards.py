"""Counts that fall: held until they are confirmed, classed, and never lost; sources that stand still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harvester.errors import ServerFault
from harvester.guard import Evidence, Held, judge
from harvester.http import Door
from harvester.importing import reparse
from harvester.records import Again, Ask, Citing, Edge, Identifier, Item, Lookup, Page
from harvester.sources import crossref, datacite, openalex, opencitations, semantic_scholar
from harvester.store import Store
from harvester.tracking import DEFAULTS
from tests.build import Hand, a_store, counts, held, one, record, rows, said, undone
from tests.test_harvest import Fake, item, now, play, watch, work

START = date(2026, 1, 1)


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for many examples, each of which is undone."""
    with a_store(tmp_path_factory.mktemp("guards")) as opened:
        yield opened


def visit(hand: Hand, on: int, *of: tuple[str, int], second: bool = False, source: str = "openalex") -> None:
    """A live reading of these records and counts."""
    hand.live(day(on), *(record(name, source, title=name, cited_by_count=count) for name, count in of), second=second)
    hand.store.runs.observed(source, day(on))


def observed(store: Store, source_id: str = "W1") -> list[int]:
    return [count for _, _, count, _ in counts(store, source_id)]


def told(store: Store) -> list[tuple[str, ...]]:
    """Kind, day, before and after of the events of this subject."""
    wanted = "('drop_held', 'drop_settled', 'source_stale', 'source_moving')"
    return rows(store, f"SELECT kind, on_day, before, after FROM event WHERE kind IN {wanted} ORDER BY id")


# --- series, one sighting a day ---


@pytest.mark.parametrize(
    ("series", "kept", "classes"),
    [
        ((100, 60, 58, 57), [100, 60, 58, 57], ["correction 2"]),
        ((100, 0, 100), [100], ["outage 2"]),
        ((100, 60, 101), [100, 101], ["outage 2"]),
        ((52, 45, 50), [52, 50], ["outage 2"]),  # 45 would be a fall from 50
        ((220, 206, 210), [220, 206, 210], ["correction 2"]),  # 206 would be none from 210
        ((100, 0, 60, 58), [100, 60, 58], ["outage 2", "correction 3"]),
        ((100, 60, 30, 31), [100, 60, 30, 31], ["correction 3", "correction 3"]),
        ((100, 60, 30, 99), [100, 99], ["outage 3", "outage 3"]),
        ((100, 60, 30, 60, 60), [100, 60], ["correction 3", "outage 3"]),
        ((100, 60), [100], [None]),
        ((100, *[0] * 7), [100], [None]),
        ((100, *[0] * 8), [100, 0], ["correction 8"]),
        ((100, *[0] * 7, 100), [100], ["outage 8"]),
        ((10, 8, 2, 1, 0), [10, 8, 2, 1], ["correction 3", None]),
    ],
)
def test_what_becomes_of_a_fall(
    store: Store, series: Sequence[int], kept: list[int], classes: list[str | None]
) -> None:
    hand = Hand(store)
    for number, count in enumerate(series):
        visit(hand, number, ("W1", count))
    found = [f"{kind} {(date.fromisoformat(on) - START).days}" if kind else None for *_, kind, on in held(store)]
    assert observed(store) == kept
    assert found == classes
    assert said(store, map(day, range(len(series)))) == {day(n): count for n, count in enumerate(series)}


def test_a_fall_that_is_believed_began_on_the_day_it_was_first_said(store: Store) -> None:
    hand = Hand(store)
    for number, count in ((0, 100), (7, 60), (14, 61)):
        visit(hand, number, ("W1", count))
    assert counts(store) == [
        (day(0), day(0), 100, None),
        (day(7), day(7), 60, -40),
        (day(14), day(14), 61, 1),
    ]
    assert told(store) == [("drop_held", day(7), "100", "60"), ("drop_settled", day(14), "60", "correction")]
    [row] = rows(store, "SELECT kind, before, after, why FROM changes WHERE kind = 'drop_settled'")
    assert row == ("drop_settled", "60", "correction", "openalex said 60 since 2026-01-08; on 2026-01-15 it said 61")


def test_values_settled_alike_on_one_day_are_told_in_one_event(store: Store) -> None:
    hand = Hand(store)
    for number, count in enumerate((100, 60, 30, 99)):
        visit(hand, number, ("W1", count))
    [(on, why)] = rows(store, "SELECT on_day, why FROM event WHERE kind = 'drop_settled'")
    assert (on, why) == (day(3), f"openalex said 60 since {day(1)}, 30 since {day(2)}; on {day(3)} it said 99")


def test_what_was_held_on_a_day_is_known_ever_after(store: Store) -> None:
    hand = Hand(store)
    for number, count in enumerate((100, 0, 0, 100)):
        visit(hand, number, ("W1", count))
    shown = {
        number: [(row["says"], row["stood"], row["class"]) for row in store.rows("held", as_of=day(number), limit=9)]
        for number in range(4)
    }
    assert shown == {0: [], 1: [(0, 100, None)], 2: [(0, 100, None)], 3: []}
    assert rows(store, "SELECT state, before, count, first_day, last_day, seen, class FROM held_counts") == [
        ("settled", 100, 0, day(1), day(2), 2, "outage")
    ]


# --- whatever is said, nothing is lost ---

_VALUES = st.sampled_from((0, 0, 1, 2, 40, 57, 60, 97, 100, 103))
_sightings = st.lists(st.tuples(st.integers(0, 20), _VALUES), min_size=1, max_size=25)
_quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.slow
@_quick
@given(_sightings)
@example([(0, 100), (0, 60), (0, 100), (1, 60), (1, 0), (2, 0), (2, 60), (3, 60)])
def test_what_was_said_on_any_day_is_observed_or_held(shelf: Store, sightings: list[tuple[int, int]]) -> None:
    """Several readings on one day included; the last stands for the day."""
    with undone(shelf):
        hand, model = Hand(shelf), dict[str, int]()
        for on, count in sorted(sightings, key=lambda sighting: sighting[0]):
            visit(hand, on, ("W1", count))
            model[day(on)] = count
            assert said(shelf, model) == model
        consistent(shelf)


@_quick
@given(_sightings)
@example([(0, 1), (0, 0), (1, 1), (0, 1)])
def test_files_of_any_age_take_the_same_road(shelf: Store, sightings: list[tuple[int, int]]) -> None:
    with undone(shelf):
        hand, model = Hand(shelf), dict[str, int]()
        for number, (on, count) in enumerate(sightings):
            hand.file(day(30), record(title=f"T{number}", cited_by_count=count, as_of=day(on)))
            model[day(on)] = count
            assert said(shelf, model) == model
        consistent(shelf)


def consistent(store: Store) -> None:
    """Each value held is open or settled with a reason; what is believed is observed; differences are those of neighbours."""
    found = counts(store)
    assert [row[3] for row in found] == [None, *(b[2] - a[2] for a, b in pairwise(found))]
    assert one(store, "SELECT count(*) FROM standing") == 1
    assert rows(store, "SELECT count, since, last_seen FROM standing") == [(found[-1][2], found[-1][0], found[-1][1])]
    assert (
        one(
            store,
            "SELECT count(*) FROM held_count WHERE (class IS NULL) <> (settled_on IS NULL) OR last_day < first_day",
        )
        == 0
    )
    assert one(store, "SELECT count(*) FROM held_count WHERE ended_on IS NULL") <= 1


_falls = st.lists(st.tuples(st.integers(0, 3), st.sampled_from((0, 0, 0.4, 0.7))), min_size=4, max_size=12)


@pytest.mark.slow
@_quick
@given(st.lists(st.integers(0, 4), min_size=4, max_size=12), _falls)
def test_an_outage_leaves_the_series_as_if_it_had_not_happened(
    shelf: Store, rises: list[int], falls: list[tuple[int, float]]
) -> None:
    """After each true reading some that say nothing, or once a part: the observations are those of the true readings alone."""
    true, wrong, on, count = list[tuple[int, int]](), list[tuple[int, int]](), 0, 20
    for rise, (length, share) in zip(rises, falls, strict=False):
        count += rise
        true.append((on, count))
        wrong += [(on + n, int(count * share)) for n in range(1, (length if share == 0 else min(length, 1)) + 1)]
        on += length + 1
    true.append((on, count))
    found = []
    for series in (true, sorted(true + wrong)):
        with undone(shelf):
            hand = Hand(shelf)
            for when, said_then in series:
                visit(hand, when, ("W1", said_then))
            found.append(counts(shelf))
            if series is not true:
                assert {kind for *_, kind, _ in held(shelf)} <= {"outage"}
                assert said(shelf, [day(n) for n, _ in series]) == {day(n): value for n, value in series}
    assert found[0] == found[1]


def test_reading_payloads_again_settles_nothing(store: Store) -> None:
    hand = Hand(store)
    visit(hand, 0, ("W1", 100))
    visit(hand, 1, ("W1", 60))
    before = (held(store), counts(store), told(store))
    hand.reparse(day(9), record("W1", title="W1", cited_by_count=60))
    assert (held(store), counts(store), told(store)) == before


# --- classes ---


def journal(hand: Hand, on: int, *values: int) -> None:
    """A reading of as many records as there are counts."""
    visit(hand, on, *((f"W{number}", count) for number, count in enumerate(values, start=1)))


def test_many_that_fall_alike_are_a_new_index_and_one_among_many_is_a_correction(store: Store) -> None:
    hand = Hand(store)
    journal(hand, 0, *[100] * 40)
    journal(hand, 7, *[90] * 10, *[100] * 30)
    journal(hand, 14, *[90] * 10, *[100] * 29, 80)
    journal(hand, 21, *[90] * 10, *[100] * 29, 80)
    assert set(rows(store, "SELECT first_day, class, settled_on, count(*) FROM held_count GROUP BY 1, 2, 3")) == {
        (day(7), "reindex", day(14), 10),
        (day(14), "correction", day(21), 1),
    }
    assert rows(store, "SELECT day, read, moved, high, fell FROM source_day") == [
        (day(7), 40, 10, 40, 10),
        (day(14), 40, 1, 40, 1),
        (day(21), 40, 0, 40, 0),
    ]


def test_a_source_that_counts_nothing_any_more_is_out_however_long(store: Store) -> None:
    hand = Hand(store)
    journal(hand, 0, *range(1, 41))
    for week in range(1, 5):
        journal(hand, 7 * week, *[0] * 40)
    assert rows(store, "SELECT class, seen, count(*) FROM held_count GROUP BY 1, 2") == [("outage", 4, 40)]
    assert len([one for one in told(store) if one[0] == "drop_held"]) == 40, "told once, not every week"
    assert len(store.rows("held", as_of=day(28), limit=99)) == 40
    journal(hand, 35, *range(2, 42))
    assert rows(store, "SELECT count(*) FROM observation WHERE gained < 0 OR count = 0") == [(0,)]
    assert store.rows("held", as_of=day(35), limit=99) == []


def test_citing_works_that_are_still_listed_speak_against_a_count_of_nothing(store: Store) -> None:
    hand = Hand(store)
    visit(hand, 0, ("W1", 5))
    visit(hand, 1, ("W1", 0))
    with store.transaction():
        hand.saver.listed_again("openalex", "W1", 5, day(1))
    for number in range(2, 12):
        visit(hand, number, ("W1", 0))
    assert held(store) == [(day(1), day(11), 0, 11, "outage", day(1))]
    assert observed(store) == [5]
    visit(hand, 12, ("W1", 6))
    assert counts(store) == [(day(0), day(0), 5, None), (day(12), day(12), 6, 1)]


def test_a_count_that_went_to_another_record_of_the_article_is_a_merge_or_its_undoing(store: Store) -> None:
    hand = Hand(store)
    preprint = {"doi": "10.5555/a", "title": "T"}
    hand.live(day(0), record("W1", cited_by_count=100, **preprint))
    hand.live(day(7), record("W1", cited_by_count=60, **preprint), record("W2", cited_by_count=41, **preprint))
    with store.transaction():
        hand.saver.settle("openalex", day(7))
    assert held(store) == [(day(7), day(7), 60, 1, "merge", day(7))]
    assert one(store, "SELECT why FROM held_count") == "W2 gained 41"
    assert observed(store) == [100, 60]


def test_citations_listed_for_a_version_now_explain_the_fall(store: Store) -> None:
    hand = Hand(store)
    same = {"doi": "10.5555/a", "title": "T"}
    hand.live(day(0), record("W1", cited_by_count=8, **same), record("W2", cited_by_count=300, **same))
    hand.citing(day(0), 1, "W1", *(f"C{n}" for n in range(8)), count=8)
    hand.live(day(7), record("W1", cited_by_count=2, **same))
    hand.citing(day(7), 2, "W2", *(f"C{n}" for n in range(2, 8)), count=300)
    hand.citing(day(7), 2, "W1", "C0", "C1", count=2)
    with store.transaction():
        hand.saver.settle("openalex", day(7))
    assert rows(store, "SELECT class, why FROM held_count") == [("merge", "W2 is cited by 6 that cited this one")]


def test_an_id_that_went_on_as_another_explains_it(store: Store) -> None:
    hand = Hand(store)
    hand.live(
        day(0),
        record("W1", title="T", openalex="W1", cited_by_count=50),
        record("W2", title="U", openalex="W2", cited_by_count=9),
    )
    hand.live(day(7), record("W1", title="T", openalex="W1", cited_by_count=30))
    hand.live(day(7), record("W1", title="T", openalex="W1", cited_by_count=30), asked=Identifier("openalex", "W2"))
    with store.transaction():
        hand.saver.settle("openalex", day(7))
    assert rows(store, "SELECT class, why FROM held_count") == [("merge", "W2 goes on as this one")]


def test_what_speaks_against_a_count_comes_before_what_explains_it() -> None:
    fall = Held(1, day(0), day(0), 0, 1, 50, listed=50)
    assert judge(fall, Evidence(40, 10, 9, "W2 gained 50"), None, DEFAULTS) == (
        "outage",
        "it still lists 50 citing works",
    )
    gone = fall._replace(listed=None)
    assert judge(gone, Evidence(40, 10, 10, None), "seen", DEFAULTS) == (
        "outage",
        f"10 of 40 counts of the source fell to nothing on {day(0)}",
    )
    [kind, _] = judge(gone, Evidence(3, 3, 3, None), "seen", DEFAULTS) or ("", "")
    assert kind == "outage", "all there are"
    assert judge(gone, Evidence(2, 2, 2, None), "seen", DEFAULTS) == ("correction", "seen")
    assert judge(gone._replace(listed=0), Evidence(), None, DEFAULTS) is None, "an empty list confirms no nothing"
    assert judge(gone._replace(value=20, listed=19), Evidence(), None, DEFAULTS) == (
        "correction",
        "it lists 19 citing works",
    )


# --- the second way ---


@pytest.mark.parametrize(
    ("module", "source_id", "asked"),
    [
        (openalex, "W7", [Lookup((Identifier("openalex", "W7"),))]),
        (crossref, "10.5555/a,b", [Lookup((Identifier("doi", "10.5555/a,b"),))]),
        (datacite, "10.5555/a", [Lookup((Identifier("doi", "10.5555/a"),))]),
        (opencitations, "pmid:77", [Citing(("pmid:77",))]),
        (semantic_scholar, "a" * 40, [Again("a" * 40)]),
    ],
)
def test_every_source_has_a_second_way_that_is_one_request(module: Any, source_id: str, asked: list[Ask]) -> None:
    client = module.client(Door(module.service(None, None), None))
    assert list(client.asks(Again(source_id))) == asked


def test_semantic_scholar_tells_of_a_paper_by_itself(network: responses.RequestsMock) -> None:
    paper = f"{semantic_scholar.service().url}/graph/v1/paper/{'a' * 40}"
    network.get(paper, json={"paperId": "a" * 40, "title": "T", "citationCount": 12})
    client = semantic_scholar.client(Door(semantic_scholar.service(None, None), None, sleep=lambda _: None))
    [found] = client.fetch(Again("a" * 40)).items
    assert found.record is not None
    assert (found.record.cited_by_count, found.problem) == (12, None)
    network.replace("GET", paper, json={"error": f"Paper with id {'a' * 40} not found"}, status=404)
    assert client.fetch(Again("a" * 40)).absent == (Identifier("s2", "a" * 40),)


class Counter(Fake):
    """Twelve works; what it counts in its lists, and when asked for one by itself."""

    def __init__(self, count: int, alone: int | ServerFault | None = None) -> None:
        super().__init__()
        self.count, self.alone = count, alone

    def asks(self, want: Ask) -> Iterator[Ask]:
        if isinstance(want, Lookup | Again):
            yield want

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        self.asked.append((ask, cursor))
        if isinstance(ask, Lookup):
            return Page(items=tuple(self._of(n, self.count if n == 1 else 10 + n) for n in range(1, 13)))
        if isinstance(self.alone, ServerFault):
            raise self.alone
        return Page(items=(self._of(1, self.alone or 0),))

    @staticmethod
    def _of(number: int, count: int) -> Item:
        return item(work(number, count=count, doi=f"10.5555/{number}"), asked=f"doi:10.5555/{number}")

    @property
    def again(self) -> int:
        return sum(isinstance(ask, Again) for ask, _ in self.asked)


WATCHED = [("work", f"doi:10.5555/{number}") for number in range(1, 13)]
DOWN = ServerFault("openalex", "/works/W1", "down", status=503)


@pytest.mark.parametrize(
    ("count", "alone", "kept", "classed", "status"),
    [
        (60, 100, [100], ("outage", "asked again it said 100"), "complete"),
        (60, 60, [100, 60], ("correction", "asked again it said 60"), "complete"),
        (60, 61, [100, 61], ("correction", "asked again it said 61"), "complete"),
        (60, DOWN, [100], (None, None), "partial"),
        (0, 0, [100], (None, None), "complete"),  # nothing is not believed on the day itself
        (0, 99, [100, 99], ("outage", "asked again it said 99"), "complete"),
    ],
)
def test_a_fall_is_asked_again_in_the_same_run(
    store: Store,
    count: int,
    alone: int | ServerFault,
    kept: list[int],
    classed: tuple[str | None, str | None],
    status: str,
) -> None:
    watch(store, *WATCHED)
    play(store, Counter(100), on=day(0))
    source = Counter(count, alone)
    result = play(store, source, on=day(7))
    assert source.again == 1
    assert result.status == status
    assert result.held == (classed[0] is None)
    assert observed(store) == kept
    assert rows(store, "SELECT class, why FROM held_count") == [classed]
    again = Counter(count, alone)
    play(store, again, on=day(7))  # a second run on that day is no second day
    assert observed(store) == kept
    assert rows(store, "SELECT class FROM held_count") == [(classed[0],)]


def test_no_more_are_asked_again_than_a_person_has_set(store: Store) -> None:
    from harvester.harvest import harvest
    from harvester.tracking import Tracking

    watch(store, *WATCHED)
    play(store, Counter(100), on=day(0))
    source = Counter(60, 60)
    harvest(store, [source], day(7), now, tracking=Tracking(ask_again=0))
    assert source.again == 0
    assert held(store) == [(day(7), day(7), 60, 1, None, None)]


class Listing(Fake):
    """A source that counts, and whose second way is the list of citing works; it counts nothing, and lists them still."""

    many_citing_at_once = False

    def __init__(self, count: int, listed: int) -> None:
        super().__init__("opencitations")
        self.count, self.listed = count, listed

    def asks(self, want: Ask) -> Iterator[Ask]:
        if isinstance(want, Lookup | Citing):
            yield want
        elif isinstance(want, Again):
            yield Citing((want.source_id,))

    def fetch(self, ask: Ask, cursor: str | None = None) -> Page:
        if isinstance(ask, Citing):
            return Page(edges=tuple(Edge(f"10.5555/c{n}", "10.5555/a") for n in range(self.listed)))
        [name] = ask.identifiers  # type: ignore[union-attr]
        body = opencitations.record.body_of(
            name, b'{"id": "doi:10.5555/a", "title": "T"}', b'{"count": "%d"}' % self.count
        )
        return Page(items=(Item(body, record=opencitations.parse(body), asked=name),))


def test_a_source_that_answers_0_for_a_work_it_knows_well_is_not_believed(store: Store) -> None:
    """OpenCitations does. Its list of citations is the second way: a length, and never taken for a count."""
    watch(store, ("work", "doi:10.5555/a"))
    play(store, Listing(40, 40), on=day(0))
    play(store, Listing(0, 40), on=day(7))
    assert rows(store, "SELECT count, again, listed, class, why FROM held_count") == [
        (0, None, 40, "outage", "it still lists 40 citing works")
    ]
    play(store, Listing(41, 41), on=day(14))
    assert observed(store, "10.5555/a") == [40, 41]
    assert one(store, "SELECT count(*) FROM citation WHERE last_seen IS NOT NULL") == 0


def test_a_list_as_short_as_the_count_confirms_it_and_its_edges_are_closed(store: Store) -> None:
    watch(store, ("work", "doi:10.5555/a"))
    play(store, Listing(40, 40), on=day(0))
    result = play(store, Listing(22, 22), on=day(7))
    assert result.status == "complete"
    assert rows(store, "SELECT count, listed, class FROM held_count") == [(22, 22, "correction")]
    assert observed(store, "10.5555/a") == [40, 22]
    assert one(store, "SELECT count(*) FROM citation_event WHERE kind = 'vanished'") == 18


def test_an_empty_list_beside_a_count_of_nothing_closes_no_edge(store: Store) -> None:
    watch(store, ("work", "doi:10.5555/a"))
    play(store, Listing(40, 40), on=day(0))
    result = play(store, Listing(0, 0), on=day(7))
    assert result.short == 1
    assert rows(store, "SELECT count, listed, class FROM held_count") == [(0, 0, None)]
    assert one(store, "SELECT count(*) FROM citation WHERE last_seen IS NOT NULL") == 0
    play(store, Listing(0, 0), on=day(14))
    assert observed(store, "10.5555/a") == [40, 0], "said for a week, and nothing else"


# --- sources that stand still ---


def reading(hand: Hand, on: int, frozen: int, moving: int, *, works: int = 12) -> None:
    """A reading of some works at two sources; `moving` counts of the second are new, and the first adds `frozen` to one."""
    for source, plus, moved in (("openalex", frozen, 1), ("semantic_scholar", on, moving)):
        hand.live(
            day(on),
            *(
                record(
                    f"{source[0]}{n}", source, doi=f"10.5555/{n}", title=f"T{n}", cited_by_count=10 + plus * (n < moved)
                )
                for n in range(works)
            ),
        )
    with hand.store.transaction():
        hand.saver.still(["openalex", "semantic_scholar"], day(on))


def test_a_source_that_stands_still_while_others_move_is_told_once_and_so_is_its_waking(store: Store) -> None:
    hand = Hand(store)
    for week, frozen in enumerate((0, 1, 1, 1, 1, 1, 1, 1, 4, 4)):
        reading(hand, 7 * week, frozen, 6)
    assert told(store) == [
        ("source_stale", day(35), day(7), "openalex"),
        ("source_moving", day(56), day(7), "openalex"),
    ]
    why = f"no count of openalex has moved since {day(7)}, in 4 readings of 12; "
    why += "other sources moved those of 6 of the same works"
    assert one(store, "SELECT why FROM event WHERE kind = 'source_stale'") == why


@pytest.mark.parametrize(("works", "moving"), [(9, 9), (12, 4), (12, 0)])
def test_few_works_or_no_movement_elsewhere_call_nobody_stale(store: Store, works: int, moving: int) -> None:
    hand = Hand(store)
    for week in range(10):
        reading(hand, 7 * week, 0, moving, works=works)
    assert told(store) == []


def test_what_is_held_and_who_stands_still_are_shown(store: Store) -> None:
    hand = Hand(store)
    for week in range(6):
        reading(hand, 7 * week, 0, 6)
    visit(hand, 42, ("o0", 4))
    [stale] = [row["stale_since"] for row in store.rows("freshness") if row["source"] == "openalex"]
    assert stale == day(7), "the first day on which a count could have been another"
    shown = dict(rows(store, "SELECT kind, why FROM problems"))
    assert shown.keys() == {"stale", "held"}
    assert store.rows("problems", limit=9) == [], "status shows them by themselves"
    assert [(row["source"], row["stale_since"]) for row in store.rows("stale")] == [("openalex", day(7))]
    assert shown["held"] == f"says 4 where 10 stood, since {day(42)}: not confirmed yet"


def test_a_reparse_of_everything_keeps_what_is_held(store: Store) -> None:
    watch(store, *WATCHED)
    play(store, Counter(100), on=day(0))
    play(store, Counter(0, 0), on=day(7))
    before = (rows(store, "SELECT * FROM held_count"), rows(store, "SELECT * FROM observation"), told(store))
    reparse(store, day(30), now())
    assert (rows(store, "SELECT * FROM held_count"), rows(store, "SELECT * FROM observation"), told(store)) == before
