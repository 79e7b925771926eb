"""Which records are one article: the rules on their own, then through the store in every order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.identity import Doubt, Holder, Join, Match, New, Same, decide, titles_disagree
from harvester.normal import title_key
from harvester.records import Identifier, Record
from harvester.store import Store
from harvester.titles import FREQUENT_TITLES, telling
from tests.build import DAY, TITLE, Hand, a_store, in_review, one, partition, record, rows, undone

DOI, OTHER_DOI = "10.5555/a", "10.5555/b"
ELSEWHERE = "Photosynthesis under artificial lamps in greenhouses"


def holder(work: int = 1, **fields: object) -> Holder:
    """A work held, by openalex unless said otherwise."""
    shared = tuple(Identifier(scheme, value) for scheme, value in fields.pop("shared", ()))  # type: ignore[attr-defined]
    named = {name: frozenset(value) for name, value in fields.items() if name in ("dois", "sources", "author_keys")}  # type: ignore[call-overload]
    return Holder(work, shared, **({"sources": frozenset(("openalex",))} | fields | named))


# --- decide: the truth table ---


def test_a_shared_doi_joins_even_two_records_of_one_source() -> None:
    found = decide(record(doi=DOI), None, [holder(shared=[("doi", DOI)], dois=[DOI])])
    assert found == Join(1, f"shares doi {DOI}")


def test_another_shared_identifier_joins_across_sources() -> None:
    found = decide(record(pmid="1"), None, [holder(shared=[("pmid", "1")], sources=["aggregator"])])
    assert found == Join(1, "shares pmid 1")


@pytest.mark.parametrize(
    ("new", "held", "why"),
    [
        ({"doi": OTHER_DOI, "pmid": "1"}, {"dois": [DOI], "sources": ["aggregator"]}, "their DOIs differ"),
        ({"pmid": "1"}, {"sources": ["openalex"]}, "openalex holds them as two records"),
        ({"pmid": "1", "title": TITLE}, {"sources": ["aggregator"], "title_key": title_key(ELSEWHERE)}, "titles"),
    ],
    ids=["two DOIs", "one source, two ids", "nothing of the title"],
)
def test_another_shared_identifier_is_a_doubt_where_something_speaks_against_it(
    new: dict[str, str], held: dict[str, object], why: str
) -> None:
    found = decide(record(**new), None, [holder(7, shared=[("pmid", "1")], **held)])
    assert isinstance(found, Doubt)
    [(work, reason)] = found.doubts
    assert work == 7
    assert reason.startswith("shares pmid 1, but ")
    assert why in reason


def test_a_shared_doi_is_a_doubt_only_if_neither_title_nor_authors_agree() -> None:
    new = record(doi=DOI, title=TITLE, authors=["Mira Kai"])
    alien = {"shared": [("doi", DOI)], "dois": [DOI], "title_key": title_key(ELSEWHERE)}
    assert isinstance(decide(new, None, [holder(**alien, author_keys=["anker o"])]), Doubt)
    assert isinstance(decide(new, None, [holder(**alien, author_keys=["kai m"])]), Join)
    assert isinstance(decide(new, None, [holder(**alien)]), Join), "unknown authors contradict nothing"
    assert isinstance(decide(record(doi=DOI, title=TITLE), None, [holder(**alien, author_keys=["anker o"])]), Join)


def test_of_two_works_that_bear_its_doi_a_record_belongs_to_the_one_that_bears_no_other() -> None:
    """The first is a preprint's, in which one source's record has moved on to the DOI of the article."""
    preprint = holder(1, shared=[("doi", DOI)], dois=[OTHER_DOI, DOI])
    article = holder(2, shared=[("doi", DOI)], dois=[DOI])
    found = decide(record(doi=DOI, source="crossref"), None, [preprint, article])
    assert isinstance(found, Join)
    assert (found.work, found.joins, [work for work, _ in found.doubts]) == (2, (), [1])


def test_a_doi_decides_before_any_other_identifier() -> None:
    by_pmid = holder(1, shared=[("pmid", "1")], sources=["aggregator"])
    by_doi = holder(2, shared=[("doi", DOI)], dois=[DOI], sources=["bibliography"])
    assert decide(record(doi=DOI, pmid="1"), None, [by_pmid, by_doi]) == Join(
        2, f"shares doi {DOI}", joins=((1, "shares pmid 1"),)
    )


def test_a_bridge_joins_only_works_that_agree_with_all_that_is_joined() -> None:
    plain = holder(1, shared=[("pmid", "1")], sources=["aggregator"])
    two = holder(2, shared=[("pmcid", "PMC2")], dois=[DOI], sources=["bibliography"])
    three = holder(3, shared=[("arxiv", "2501.00001")], dois=[OTHER_DOI], sources=["semantic_scholar"])
    found = decide(record(pmid="1", pmcid="PMC2", arxiv="2501.00001"), None, [plain, two, three])
    assert isinstance(found, Join)
    assert [work for work, _ in found.joins] == [2]
    assert [work for work, _ in found.doubts] == [3], "1 has no DOI, but 1 and 2 together have"


def test_a_bridge_does_not_join_works_whose_texts_contradict_each_other() -> None:
    one_ = holder(1, shared=[("doi", DOI)], dois=[DOI], title_key=title_key(TITLE), author_keys=["kai m"])
    other = holder(
        2,
        shared=[("doi", DOI)],
        dois=[DOI],
        title_key=title_key(ELSEWHERE),
        author_keys=["anker o"],
        sources=["aggregator"],
    )
    found = decide(record("S1", "semantic_scholar", doi=DOI), None, [one_, other])
    assert found == Join(
        1,
        f"shares doi {DOI}",
        doubts=((2, f"shares doi {DOI}, but neither title nor authors have anything in common"),),
    )


def test_a_record_held_stays_and_may_join_or_doubt_others() -> None:
    home = holder(5, sources=["openalex"], dois=[DOI])
    friend = holder(2, shared=[("pmid", "1")], sources=["aggregator"])
    stranger = holder(3, shared=[("pmid", "1")], sources=["bibliography"], dois=[OTHER_DOI])
    found = decide(record(pmid="1", doi=DOI), home, [home, friend, stranger])
    assert isinstance(found, Same)
    assert found.work == 5
    assert [work for work, _ in found.joins] == [2]
    assert [work for work, _ in found.doubts] == [3]


ALIKE = {
    "title_key": title_key(TITLE),
    "year": 2024,
    "author_keys": ["kai m"],
    "people": (("kai", "m"),),
    "sources": ["aggregator"],
}


def test_equal_title_year_and_author_are_a_match_and_title_with_one_of_them_a_doubt() -> None:
    found = decide(record(title=TITLE, year=2024, authors=["Mira Kai"]), None, [], [holder(**ALIKE)])
    assert found == Match(1, "the same title, the author, year; no identifier in common: score 13.0")
    for less in ({"year": 2024}, {"authors": ["Mira Kai"]}):
        found = decide(record(title=TITLE, **less), None, [], [holder(**ALIKE)])
        assert isinstance(found, Doubt)
        assert [work for work, _ in found.doubts] == [1]


@pytest.mark.parametrize(
    ("new", "held"),
    [
        ({"title": ELSEWHERE}, {}),
        ({"title": TITLE, "year": 2019}, {}),
        ({"title": TITLE, "authors": ["Otto Anker"]}, {}),
        ({"title": TITLE, "doi": OTHER_DOI}, {"dois": [DOI]}),
        ({"title": TITLE}, {"sources": ["openalex"]}),
        ({"title": "Book review"}, {"title_key": "book review"}),
        ({"title": "On harbours"}, {"title_key": "on harbours"}),
        ({}, {}),
    ],
    ids=["title", "year", "author", "two DOIs", "one source", "frequent", "short", "no title"],
)
def test_works_alike_in_title_that_differ_otherwise_are_no_doubt(
    new: dict[str, object], held: dict[str, object]
) -> None:
    found = decide(record(**new), None, [], [holder(**(ALIKE | held))])
    assert isinstance(found, New)


def test_frequent_titles_are_written_as_title_keys() -> None:
    assert {title_key(title) for title in FREQUENT_TITLES} == FREQUENT_TITLES
    assert not any(telling(title) for title in FREQUENT_TITLES)
    assert telling(title_key(TITLE))
    assert not telling(None)


def test_short_or_unknown_titles_contradict_nothing() -> None:
    assert titles_disagree(title_key(TITLE), title_key(ELSEWHERE))
    assert not titles_disagree(title_key(TITLE), "on three words")
    assert not titles_disagree(None, title_key(TITLE))
    assert not titles_disagree(title_key(TITLE), title_key(f"{TITLE}: a reply to its critics and many others besides"))


# --- through the store ---


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples: each is undone."""
    with a_store(tmp_path_factory.mktemp("identity")) as opened:
        yield opened


def arrive(hand: Hand, order: tuple[Record, ...], batch: int) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """Save in this order, up to `batch` records of one source at once: the works, and the pairs of works in review."""
    rest = list(order)
    while rest:
        source = rest[0].source
        together = [one for n, one in enumerate(rest[:batch]) if all(r.source == source for r in rest[: n + 1])]
        hand.live(DAY, *together)
        rest = rest[len(together) :]
    works: dict[int, set[str]] = {}
    for work, source_id in rows(hand.store, "SELECT work, source_id FROM record"):
        works.setdefault(work, set()).add(source_id)
    asked = {
        frozenset((first, second))
        for work, candidate in rows(hand.store, "SELECT r.work, v.work FROM review v JOIN record r ON r.id = v.record")
        for first in works[work]
        for second in works[candidate]
    }
    return {frozenset(ids) for ids in works.values()}, asked


_some = st.none() | st.sampled_from(["1", "2"])
_records = st.lists(
    st.fixed_dictionaries(
        {"source": st.sampled_from(["openalex", "semantic_scholar", "aggregator"])},
        optional={
            "doi": st.sampled_from([DOI, OTHER_DOI, "10.5555/c"]),
            "pmid": st.sampled_from(["1", "2"]),
            "pmcid": st.sampled_from(["PMC1", "PMC2"]),
            "arxiv": st.sampled_from(["2501.00001", "2501.00002"]),
        },
    ),
    min_size=3,
    max_size=4,
)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_records, st.sampled_from([1, 4]))
def test_order_of_arrival_does_not_change_what_is_together_or_else_a_person_is_asked(
    store: Store, drawn: list[dict[str, str]], batch: int
) -> None:
    records = [record(f"R{n}", **fields) for n, fields in enumerate(drawn)]
    hand, outcomes = Hand(store), []
    for order in permutations(records):
        with undone(store):
            outcomes.append(arrive(hand, order, batch))
    for pair in map(frozenset, combinations((r.source_id for r in records), 2)):
        together = [any(pair <= work for work in works) for works, _ in outcomes]
        if any(together):
            assert all(same or pair in asked for same, (_, asked) in zip(together, outcomes, strict=True)), (
                f"{sorted(pair)} are one work in some orders, and in others apart with nobody asked"
            )


_titled = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["openalex", "aggregator"]),
            "title": st.sampled_from([TITLE, ELSEWHERE, "Editorial"]),
            "year": st.sampled_from([2024, 2025]),
        },
        optional={"doi": st.sampled_from([DOI, OTHER_DOI]), "pmid": st.sampled_from(["1", "2"])},
    ),
    min_size=2,
    max_size=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(_titled, st.sampled_from([1, 6]))
def test_records_are_together_only_through_identifiers_they_share(
    store: Store, drawn: list[dict[str, object]], batch: int
) -> None:
    records = {f"R{n}": record(f"R{n}", **fields) for n, fields in enumerate(drawn)}
    with undone(store):
        works, _ = arrive(Hand(store), tuple(records.values()), batch)
    for work in works:
        reached, rest = {min(work)}, set(work) - {min(work)}
        while near := {
            r for r in rest if any(set(records[r].identifiers) & set(records[k].identifiers) for k in reached)
        }:
            reached |= near
            rest -= near
        assert not rest, f"{sorted(rest)} share no identifier with {sorted(reached)}"


def test_two_joins_of_one_batch_do_not_bring_two_dois_together(store: Store) -> None:
    """Each of the two is harmless alone; the second must see what the first has done."""
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, record("A", "aggregator", doi=DOI))
        hand.live(DAY, record("B", "bibliography", pmid="1", pmcid="PMC2"))
        hand.live(DAY, record("C", "semantic_scholar", doi=OTHER_DOI))
        hand.live(DAY, record("X", doi=DOI, pmid="1"), record("Y", doi=OTHER_DOI, pmcid="PMC2"))
        assert not any({"A", "C"} <= work for work in partition(store))
        assert in_review(store), "somebody is asked"


def test_what_changes_in_a_batch_is_seen_by_the_rest_of_it(store: Store) -> None:
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, record("W1", title=TITLE))
        hand.live("2026-05-02", record("W1", title=TITLE, doi=DOI), record("W2", title=TITLE, doi=DOI))
        assert partition(store) == {frozenset(("W1", "W2"))}
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, record("W1", title="One"), record("W2", title="Two"))
        hand.live("2026-05-02", record("W1", title="One", doi=DOI), record("W2", title="Two", doi=DOI))
        [(source_id, candidate)] = in_review(store)
        assert (source_id, candidate) == ("W2", one(store, "SELECT work FROM record WHERE source_id = 'W1'"))


def test_a_doubt_is_a_work_of_its_own_and_a_question_with_its_reason(store: Store) -> None:
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, record("W1", title=TITLE, year=2024, authors=["Mira Kai"]))
        hand.live(DAY, record("P1", "aggregator", title=TITLE.upper(), authors=["Kai, M."]))
        assert partition(store) == {frozenset(("W1",)), frozenset(("P1",))}
        assert rows(store, "SELECT why, state FROM review") == [("the same title, the author: score 10.5", "open")]
        assert rows(store, "SELECT decision FROM record ORDER BY id") == [("new",), ("doubt",)]
        assert rows(store, "SELECT kind, subject, why FROM problems") == [
            ("doubt", "P1", "the same title, the author: score 10.5 (work 1)")
        ]


def test_frequent_and_endlessly_repeated_titles_ask_nobody(store: Store) -> None:
    """A thousand editorials must neither be compared with each other nor fill the review."""
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, *(record(f"W{n}", title="Editorial") for n in range(5)))
        hand.live(DAY, *(record(f"V{n}", title="Minutes of the annual general meeting") for n in range(30)))
        looks: list[str] = []
        store.db.set_trace_callback(looks.append)
        hand.live(DAY, *(record(f"P{n}", "aggregator", title="Editorial") for n in range(5)))
        hand.live(DAY, record("P9", "aggregator", title="Minutes of the Annual General Meeting"))
        store.db.set_trace_callback(None)
        assert not in_review(store)
        assert not [look for look in looks if "FROM authorship" in look], "no work was looked at"


def test_a_doi_that_changes_stays_as_an_alias(store: Store) -> None:
    """A look-up must ask by the DOI of today; the old one still finds the work."""
    with undone(store):
        hand = Hand(store)
        hand.live(DAY, record("P1", "semantic_scholar", doi="10.48550/arxiv.2501.1", pmid="1"))
        hand.live("2026-05-02", record("P1", "semantic_scholar", doi=DOI))
        assert rows(store, "SELECT scheme, value, alias FROM identifier ORDER BY 1, 2") == [
            ("doi", "10.48550/arxiv.2501.1", 1),
            ("doi", DOI, 0),
            ("pmid", "1", 0),
        ]
        assert store.works_named(Identifier("doi", "10.48550/arxiv.2501.1")) == [1]
        hand.live("2026-05-03", record("P1", "semantic_scholar", doi="10.48550/arxiv.2501.1"))
        assert dict(rows(store, "SELECT value, alias FROM identifier WHERE scheme = 'doi'")) == {
            "10.48550/arxiv.2501.1": 0,
            DOI: 1,
        }
