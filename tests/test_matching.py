"""Works recognised without an identifier in common: titles, evidence, what it must never do; then through the store."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.evidence import DOUBT, NEVER, SAME, as_holder, weigh
from harvester.families import versions
from harvester.identity import Doubt, Match, New, decide
from harvester.records import Record, Venue
from harvester.store import Store
from harvester.store.known import MAX_ALIKE, Known
from harvester.titles import blocks, compare, sought, title
from tests.benchmarks.matching import DAMAGES, change
from tests.build import DAY, TITLE, Hand, a_store, in_review, one, partition, record, rows

NEXT, THIRD = "2026-05-02", "2026-05-03"
DOI, OTHER_DOI = "10.5555/a", "10.5555/b"
LONG = "Leaving the harbour of invented states: gulls, nets and the price of ropes"
FULL: dict[str, Any] = {
    "title": LONG,
    "year": 2024,
    "authors": ["Mira Kai", "Otto Anker", "Ida Våg"],
    "venue": Venue(name="Journal of Invented Harbours", issns=("1758-5880",)),
    "volume": "16",
    "issue": "3",
    "first_page": "430",
    "type": "article",
}


def full(source_id: str = "B1", source: str = "bibliography", **fields: Any) -> Record:
    """A record with all that can speak for it."""
    return record(source_id, source, **(FULL | fields))


HELD = as_holder(full("W1", "openalex"), work=1)


def answer(new: Record, *held: Record) -> Match | New | Doubt:
    """What is decided about a record beside works that may be alike, numbered from 1."""
    found = decide(new, None, (), [as_holder(one_, work=n) for n, one_ in enumerate(held, start=1)])
    assert isinstance(found, Match | New | Doubt)
    return found


# --- titles ---


@pytest.mark.parametrize(
    ("one_", "other", "found"),
    [
        ("Harbours & states: a study", "HARBOURS AND STATES. A Study", "same"),
        ("The H2O of E-harbours", "H 2 O of eharbours", "same"),
        ("Łódź and Øresund in the Ægean of þe", "Lodz and Oresund in the Aegean of the", "same"),
        ("RETRACTED: Harbours of the invented north", "Harbours of the invented north", "same"),
        ("Størmer’s harbours at the invented coast", "St?rmer's harbours at the invented coast", "damaged"),
        ("Größe der erfundenen Häfen des Nordens", "Gr\ufffd\ufffde der erfundenen H\ufffdfen des Nordens", "damaged"),
        ("Invented harbours of the northern states", "Invented harbors of the northern states", "letters"),
        ("Nitrate in the harbours of the north", "Nitrite in the harbours of the north", "letters"),
        ("Effects of α-tocopherol on invented gulls", "Effects of γ-tocopherol on invented gulls", "other"),
        (LONG, "Leaving the harbour of invented states", "subtitle"),
        (LONG, "Leaving the harbour of invented states - gulls, nets an", "cut"),
        ("ChartCrow: Augmenting large harbours with gulls", "Augmenting large harbours with gulls", "subtitle"),
        ("Effects of gulls on harbour men", "Effects of gulls on harbour women", "other"),
        ("Hypotension in the invented harbours", "Hypertension in the invented harbours", "other"),
        ("Gulls of the harbour", "Nets of the harbour", "other"),
        ("Gulls of the harbour. Part I", "Gulls of the harbour. Part II", "number"),
        ("Gulls of the harbour", "Gulls of the harbour. Part II: nests", "number"),
        ("Gulls of the harbour", "Gulls of the harbour. II. Nests", "number"),
        ("Gulls of the harbour", "Gulls of the harbour 2", "number"),
        ("Gulls of the harbour", "Gulls of the harbour 2: nests", "number"),
        ("Gulls of the harbour", "Gulls of the harbourmaster", "other"),
        (
            "Gulls of the many invented harbours in winter aged a",
            "Gulls of the many invented harbours in winter aged and grey",
            "cut",
        ),
        (
            "Gulls of the many invented harbours in winter aged",
            "Gulls of the many invented harbours in winter aged 2 years",
            "cut",
        ),
        ("Part II: Gulls of the harbour", "Gulls of the harbour", "number"),
        ("Gulls of the harbour in 2019", "Gulls of the harbour in 2020", "other"),
        ("Gulls of the harbour", "Gulls of the harbour: a reply", "notice"),
        ("Gulls of the harbour", "Gulls of the harbour: study protocol for a long watch", "notice"),
    ],
)
def test_titles_compare_by_what_sources_do_to_them(one_: str, other: str, found: str) -> None:
    a, b = title(one_), title(other)
    assert a
    assert b
    assert (compare(a, b), compare(b, a)) == (found, found)


NOTICES = (
    "Erratum to: {}", "Corrigendum: {}", "Correction to: {}", "Author Correction: {}", "Reply to {}", "Re: {}", "Response to {}",
    "Comment on {}", "Book Review: {}", "Review of {}", "Rezension: {}", "Compte rendu: {}", "Reseña: {}", "Retraction: {}",
    "Expression of Concern: {}", "Editorial: {}", "Introduction to {}", "Data from: {}", "Supplementary material for {}",
    "Abstract: {}", "{}: a reply", "{}: authors’ response", "{}. Corrigendum", "{}: a commentary", "{}, Part II", "{} (2)",
)  # fmt: skip


@pytest.mark.parametrize("form", NOTICES)
def test_a_text_about_an_article_or_another_part_of_it_is_never_the_article(form: str) -> None:
    """Not even where all else agrees, as an erratum's authors, journal and volume do."""
    for new, held in ((form.format(LONG), LONG), (LONG, form.format(LONG))):
        found = answer(full(title=new), full("W1", "openalex", title=held))
        assert not isinstance(found, Match), form
        apart = answer(full(title=new, first_page="501"), full("W1", "openalex", title=held))
        assert isinstance(apart, New), form


@pytest.mark.parametrize(
    "frequent", ["Editorial", "Rezension", "Éditorial", "Introducción", "BOOK REVIEW", "Введение", "Erratum"]
)
def test_the_name_of_a_kind_of_text_never_matches_and_is_never_looked_for(frequent: str) -> None:
    assert isinstance(answer(full(title=frequent), full("W1", "openalex", title=frequent)), New)
    assert not blocks(frequent)


@pytest.mark.parametrize(
    "damaged",
    [
        LONG.upper(),
        "Leaving the harbour of invented states",
        "Leaving the harbour of invented states. Gulls, nets & the price of ropes",
        "Leaving the harbour of invented states - gulls, ne",
        "Leeving teh harbour of invented states: gulls, nets and the price of ropes",
        "Leaving the harbour of invented states: gulls, nots ond the prise of robes",
    ],
)
def test_a_damaged_title_is_still_looked_for_where_the_whole_one_is_kept(damaged: str) -> None:
    assert set(sought(damaged)) & set(blocks(LONG))
    assert set(sought(LONG)) & set(blocks(damaged))


# --- evidence ---


def test_every_piece_is_named_weighed_and_told_in_words() -> None:
    found = weigh(full(), HELD)
    assert [(piece.name, piece.said) for piece in found.evidence] == [
        ("title", "the same title"),
        ("authors", "3 of 3 authors"),
        ("year", "year"),
        ("venue", "venue"),
        ("volume", "volume 16"),
        ("issue", "issue 3"),
        ("pages", "pages 430"),
    ]
    assert found.score == pytest.approx(sum(piece.weight for piece in found.evidence))
    assert answer(full(), full("W1", "openalex")) == Match(
        1,
        "the same title, 3 of 3 authors, year, venue, volume 16, issue 3, pages 430; no identifier in common: "
        f"score {found.score:.1f}",
    )
    assert DOUBT < SAME < found.score


@pytest.mark.parametrize("silent", ["year", "venue", "volume", "issue", "first_page", "authors", "title", "type"])
def test_a_field_that_one_side_does_not_state_is_no_evidence(silent: str) -> None:
    name = {"first_page": "pages"}.get(silent, silent)
    for new, held in (
        (full(**{silent: None}), full("W1", "openalex")),
        (full(), full("W1", "openalex", **{silent: None})),
    ):
        assert name not in {piece.name for piece in weigh(new, as_holder(held)).evidence}


_words = st.sampled_from(
    ["gulls", "nets", "ropes", "tides", "Part II", "2019", "lamps:", "a reply", "Editorial", "Ærø"]
)
_texts = st.lists(_words, min_size=1, max_size=7).map(" ".join)
_names = st.lists(
    st.sampled_from(["Mira Kai", "Kai, M.", "Kai MA", "Otto Anker", "ANKER O", "Ida V?g", "Ida Våg"]), max_size=4
)
_records = st.builds(
    lambda doi, fields: record("X", **({"doi": doi} if doi else {}), **fields),
    st.sampled_from([None, DOI, OTHER_DOI]),
    st.fixed_dictionaries(
        {
            "title": _texts,
            "authors": _names,
            "source": st.sampled_from(["openalex", "aggregator", "bibliography"]),
            "year": st.sampled_from([None, 2019, 2020, 2025]),
            "volume": st.sampled_from([None, "16", "17"]),
            "first_page": st.sampled_from([None, "1", "430", "e12"]),
            "venue": st.sampled_from([None, Venue(name="Journal of Invented Harbours"), Venue(name="J Inv Harb")]),
            "type": st.sampled_from([None, "article", "preprint", "book", "book-chapter", "erratum"]),
        }
    ),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(_records, _records)
def test_evidence_is_symmetric_and_never_goes_against_a_doi_a_source_or_the_rule_of_three(
    one_: Record, other: Record
) -> None:
    found, back = weigh(one_, as_holder(other)), weigh(other, as_holder(one_))
    assert (found.score, found.verdict) == (back.score, back.verdict)
    if found.verdict != "same":
        return
    agreeing = {piece.name for piece in found.evidence if piece.weight > 0}
    assert {"title", "authors"} < agreeing
    assert agreeing & {"year", "venue", "volume", "pages"}
    assert not any(piece.weight <= NEVER for piece in found.evidence)
    dois = [{value for scheme, value in each.identifiers if scheme == "doi"} for each in (one_, other)]
    assert not all(dois) or dois[0] & dois[1]
    assert one_.source != other.source or one_.source == "bibliography"


@pytest.mark.parametrize(
    "shared", [{}, {"url": "https://example.org/harbour"}, {"year": 2024}, {"volume": "16", "first_page": "430"}]
)
def test_a_title_alone_even_with_a_url_never_matches(shared: dict[str, Any]) -> None:
    """One title at one address is how different texts are shown: a landing page, a series."""
    found = answer(record("B1", "bibliography", title=LONG, **shared), record("W1", title=LONG, **shared))
    assert isinstance(found, Doubt)
    assert "url" not in {piece.name for piece in weigh(full(url="x"), as_holder(full(url="x"))).evidence}


def test_title_and_authors_want_one_thing_more() -> None:
    bare = dict.fromkeys(("year", "venue", "volume", "issue", "first_page"))
    assert isinstance(answer(full(**bare), full("W1", "openalex")), Doubt)
    assert isinstance(answer(full(**bare | {"year": 2024}), full("W1", "openalex")), Match)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"doi": OTHER_DOI}, New),
        ({"source": "openalex"}, New),
        ({"authors": ["Eva Other", "Jon Else"]}, New),
        ({"type": "erratum"}, New),
        ({"type": "dataset"}, New),
        ({"type": "peer-review"}, New),
        ({"first_page": "501", "volume": "17", "year": 2020}, New),
        ({"first_page": "501"}, Doubt),  # of one volume of one journal
        ({"type": "letter"}, Match),
        ({"year": 2025}, Match),
        ({"authors": ["Kai M", "Anker O", "Vag I"]}, Match),
        ({"authors": ["Ida Våg", "Mira Kai", "Otto Anker"]}, Match),
        ({"authors": ["Mira Kai"]}, Match),
        ({"authors": ["KAI, M.", "ANKER, O.", "V?G, I."]}, Match),
        ({"venue": Venue(name="J Inv Harb")}, Match),
    ],
)  # fmt: skip
def test_what_speaks_against_a_match(changed: dict[str, Any], kind: type) -> None:
    held = full("W1", "openalex", doi=DOI)
    assert isinstance(answer(full(**changed), held), kind)


def test_a_chapter_is_not_the_book_of_its_title_nor_a_preprint_the_article() -> None:
    book = full("W1", "openalex", type="book", volume=None, issue=None, first_page=None)
    assert isinstance(answer(full(type="book-chapter"), book), New)
    posted = {"type": "preprint", "venue": Venue(name="arXiv"), "volume": None, "issue": None, "first_page": None}
    assert not isinstance(answer(full(**posted), full("W1", "openalex")), Match)


def test_two_works_that_fit_are_asked_about_unless_one_fits_clearly_better() -> None:
    twins = full("W1", "openalex"), full("W2", "openalex", issue="3")
    found = answer(full(), *twins)
    assert isinstance(found, Doubt)
    assert [work for work, _ in found.doubts] == [1, 2]
    other = full("W2", "openalex", volume=None, issue=None, first_page=None)
    assert isinstance(found := answer(full(), *reversed((twins[0], other))), Match)
    assert found.work == 2, "the one whose volume and pages agree"


def test_versions_are_a_posted_and_a_published_text_of_one_title_and_authors() -> None:
    posted = {"type": "preprint", "doi": "10.48550/arxiv.2501.00001", "year": 2023}
    preprint, article = full("P", **posted, venue=Venue(name="arXiv")), full("W", "openalex", doi=DOI)
    assert versions(preprint, article) == "the same title and authors, 2023 and 2024; one is a preprint"
    assert versions(full("P", doi="10.1101/2020.01.01.123456", type=None), article)
    assert versions(article, preprint) == versions(preprint, article)
    for changed in ({"title": "Gulls of the harbour"}, {"authors": ["Eva Other"]}, {"year": 2010}, {"type": "dataset"}):
        assert versions(full("P", **(posted | changed)), article) is None or "type" in changed
    assert versions(full("X", doi=OTHER_DOI), article) is None, "both are published"
    assert versions(full("X", doi="10.1101/gr.123456"), article) is None, "a journal of the same press"


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["! ", "a. ", "a ", "A. ", "re ", "part i ", "? ", "\ufffd", "and ", "1 ", "Å", "x" * 50 + " "]
)
def test_a_hostile_text_takes_no_time_that_grows_with_its_square(piece: str) -> None:
    new = full(title=piece * 50_000, authors=[piece * 20_000, *(f"{piece}{n}" for n in range(5_000))])
    held = full("W1", "openalex", title=piece * 49_999 + "b", authors=[f"{n}{piece}" for n in range(5_000)])
    assert weigh(new, as_holder(held)).score == weigh(held, as_holder(new)).score
    assert len(sought(new.title)) < 8


# --- through the store ---


def test_a_match_is_a_join_that_can_be_told_from_others(hand: Hand, store: Store) -> None:
    hand.live(DAY, full("W1", "openalex", doi=DOI))
    saved = hand.file(NEXT, full())
    assert (saved.matched, saved.new_works) == (1, 0)
    assert partition(store) == {frozenset(("W1", "B1"))}
    assert rows(store, "SELECT decision FROM record ORDER BY id") == [("new",), ("match",)]
    assert one(store, "SELECT why FROM record WHERE source_id = 'B1'").startswith(
        "the same title, 3 of 3 authors, year"
    )
    assert in_review(store) == set()


def test_the_blocks_of_a_work_follow_its_title(hand: Hand, store: Store) -> None:
    def kept() -> set[tuple[int, int]]:
        return set(rows(store, "SELECT hash, work FROM title_block"))

    hand.live(DAY, record("W1", title=LONG, doi=DOI))
    assert kept() == {(block, 1) for block in blocks(LONG)}
    hand.live(NEXT, record("W1", title=TITLE, doi=DOI))
    assert kept() == {(block, 1) for block in blocks(TITLE)}
    hand.live(NEXT, record("P1", "aggregator", title=LONG, pmid="1"))
    hand.live(THIRD, record("S1", "semantic_scholar", title=LONG, doi=DOI, pmid="1"))
    assert len(partition(store)) == 1
    assert kept() == {(block, 1) for block in blocks(TITLE)}, (
        "of the best-ranked title, and nothing of the work given up"
    )


def test_entries_of_peoples_own_lists_may_be_one_article_also_in_one_batch(hand: Hand, store: Store) -> None:
    hand.file(DAY, full("B1"), full("B2", title=LONG.upper()), full("B3", title="Gulls of another harbour"))
    assert partition(store) == {frozenset(("B1", "B2")), frozenset(("B3",))}
    hand.live(NEXT, full("W1", "openalex", doi=DOI), full("W2", "openalex", doi=OTHER_DOI, issue=None))
    assert not any({"W1", "W2"} <= work for work in partition(store)), "a service that keeps two ids says they are two"


def test_a_whole_title_is_found_though_its_ends_are_those_of_many(hand: Hand, store: Store) -> None:
    stem = "A randomised trial of invented harbours and their gulls in the"
    hand.live(DAY, *(full(f"W{n}", "openalex", title=f"{stem} {n} islands") for n in range(MAX_ALIKE + 5)))
    hand.file(NEXT, full("B1", title=f"{stem.upper()} 7 ISLANDS"))
    assert frozenset(("W7", "B1")) in partition(store)


def test_a_doi_that_comes_later_and_contradicts_a_match_is_put_before_a_person(hand: Hand, store: Store) -> None:
    hand.live(DAY, full("W1", "openalex", doi=DOI))
    hand.file(DAY, full("B1"))
    hand.file(NEXT, full("B1", doi=OTHER_DOI))
    assert in_review(store) == {("B1", 1)}
    why = f"placed here on evidence alone, but their DOIs differ: {OTHER_DOI}, {DOI}"
    assert rows(store, "SELECT why FROM review") == [(why,)]
    hand.file(THIRD, full("B1", doi=OTHER_DOI, year=2023))
    assert len(in_review(store)) == 1, "asked once"


def test_so_is_one_that_comes_to_the_work_it_was_matched_with(hand: Hand, store: Store) -> None:
    hand.live(DAY, full("W1", "openalex"))
    hand.live(DAY, full("P1", "aggregator", doi=OTHER_DOI))
    assert partition(store) == {frozenset(("W1", "P1"))}
    hand.live(NEXT, full("W1", "openalex", doi=DOI))
    assert in_review(store) == {("P1", 1)}
    hand.live(NEXT, full("W1", "openalex", doi=DOI, pmid="1"), record("W9", pmid="9", title="Gulls and ropes"))
    hand.live(THIRD, record("S1", "semantic_scholar", doi=DOI))
    assert in_review(store) == {("P1", 1)}, "a question about a record's own work is not answered by a join"


def test_no_doi_that_agrees_is_questioned(hand: Hand, store: Store) -> None:
    hand.live(DAY, full("W1", "openalex"))
    hand.file(DAY, full("B1"))
    hand.live(NEXT, full("W1", "openalex", doi=DOI))
    hand.file(NEXT, full("B1", doi=DOI))
    assert partition(store) == {frozenset(("W1", "B1"))}
    assert in_review(store) == set()


def test_who_comes_after_a_match_that_would_have_been_a_question_asks_it(tmp_path: Path) -> None:
    """W1 and W2 look the same and B1 fits both: whichever comes first, B1 is not silently with one of them."""
    arrivals = full("W1", "openalex", doi=DOI), full("W2", "openalex", doi=OTHER_DOI), full("B1")
    for number, order in enumerate(permutations(arrivals)):
        with a_store(tmp_path, f"{number}.db") as store:
            hand = Hand(store)
            for each in order:
                hand.live(DAY, each)
            assert not any({"W1", "W2"} <= work for work in partition(store))
            assert in_review(store), [each.source_id for each in order]


def test_a_match_brings_no_two_records_of_a_service_together(tmp_path: Path) -> None:
    """W1 states no DOI; P1 is like it, and has that of W2: whichever comes first, W1 and W2 stay two."""
    arrivals = full("W1", "openalex"), full("P1", "aggregator", doi=DOI), full("W2", "openalex", doi=DOI)
    for number, order in enumerate(permutations(arrivals)):
        with a_store(tmp_path, f"{number}.db") as store:
            hand = Hand(store)
            for each in order:
                hand.live(DAY, each)
            assert not any({"W1", "W2"} <= work for work in partition(store)), [each.source_id for each in order]
            assert {"P1", "W2"} in partition(store) or in_review(store)


def test_the_order_of_arrival_makes_no_difference_where_there_is_one_answer(tmp_path: Path) -> None:
    arrivals = (
        full("W1", "openalex", doi=DOI),
        full("B1", title=LONG.upper(), authors=["Kai M", "Anker O", "Vag I"]),
        full("P1", "aggregator", year=2025, venue=None),
    )
    for number, order in enumerate(permutations(arrivals)):
        with a_store(tmp_path, f"{number}.db") as store:
            hand = Hand(store)
            hand.live(DAY, full("W9", "openalex", title="Gulls and nets of the harbour", doi=OTHER_DOI))
            for each in order:
                hand.live(DAY, each)
            assert partition(store) == {frozenset(("W1", "B1", "P1")), frozenset(("W9",))}
            assert in_review(store) == set()


# --- measured, on a small literature ---

_THINGS = [
    "gulls",
    "nets",
    "ropes",
    "tides",
    "lamps",
    "quays",
    "masts",
    "cranes",
    "pilots",
    "ferries",
    "buoys",
    "sails",
    "fog",
]
_PLACES = ["Ærø", "Łeba", "Øresund", "Málaga", "Genova", "Bergen", "Split", "Riga", "Turku", "Nantes", "Gdańsk", "Bari"]
_SURNAMES = [
    "Kai",
    "Anker",
    "Våg",
    "Müller",
    "Łoś",
    "Sørby",
    "Núñez",
    "Pilot",
    "Fog",
    "Quay",
    "Rope",
    "Mast",
    "Tide",
    "Crane",
]
_GIVEN = ["Mira", "Otto", "Ida", "Zoë", "Jan", "Eva", "Ole", "Åse", "Ivo", "Uma"]


def literature(count: int) -> list[Record]:
    """Invented works that resemble each other: few words, few names, a dozen journals."""
    rng, found = random.Random(7), dict[str, Record]()
    while len(found) < count:
        a, b, c = rng.sample(_THINGS, 3)
        here, there = rng.sample(_PLACES, 2)
        name = f"On {a} and {b} in the harbour of {here}: the case of {c} between {there} and the sea"
        found.setdefault(
            name,
            full(
                f"W{len(found)}",
                "openalex",
                doi=f"10.5555/{len(found)}",
                title=name,
                year=rng.randrange(1990, 2026),
                authors=[f"{rng.choice(_GIVEN)} {rng.choice(_SURNAMES)}" for _ in range(rng.randrange(1, 6))],
                venue=Venue(name=f"Journal of Invented {rng.choice(_THINGS).title()}"),
                volume=str(rng.randrange(1, 60)),
                first_page=str(rng.randrange(1, 900)),
            ),
        )
    return list(found.values())


def test_damaged_works_find_their_way_back_and_strangers_do_not(store: Store) -> None:
    works = literature(150)
    held, strangers = works[:115], works[115:]
    Hand(store).live(DAY, *held)
    numbers = dict(rows(store, "SELECT source_id, work FROM record"))
    right, asked = 0, 0
    for name, damage in DAMAGES.items():
        told = [
            change(changed, source="bibliography", source_id=each.source_id, identifiers=())
            for each in works
            if (changed := damage(each, random.Random(f"{each.source_id} {name}")))
        ]
        known = Known(store.db, told)
        for each in told:
            found = decide(each, None, (), known.alike(each))
            asked += each.source_id in numbers
            if isinstance(found, Match):
                assert found.work == numbers.get(each.source_id), (name, each.title, found.why)
                right += 1
    assert {each.source_id for each in strangers}.isdisjoint(numbers)
    assert right / asked >= 0.98


def test_a_batch_is_matched_without_a_question_to_the_database_for_each(store: Store) -> None:
    works = literature(60)
    Hand(store).live(DAY, *works)
    told = [change(each, source="bibliography", identifiers=()) for each in works]
    looks: list[str] = []
    store.db.set_trace_callback(looks.append)
    known = Known(store.db, told)
    found = [decide(each, None, (), known.alike(each)) for each in told]
    store.db.set_trace_callback(None)
    assert sum(isinstance(each, Match) for each in found) == len(works)
    assert len(looks) < 10
