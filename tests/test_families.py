"""Families of versions: what chains and what does not, found in whatever order things come; the union of who cites them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from harvester import families
from harvester.cli import app
from harvester.cli.reading import _sections
from harvester.families import Link, components, members, versions
from harvester.records import RELATIONS, Identifier, Record, Relation
from harvester.store import Store
from harvester.store.joining import join_works
from harvester.tracker.family import citing_family, family
from harvester.tracker.sheet import sheet
from tests.build import DAY, Hand, a_store, one, record, rows

NEXT, THIRD = "2026-05-02", "2026-05-03"
TITLE = "Leaving the harbour of invented states"
AUTHORS = ("Mira Kai", "Ada Example", "Ben Sample", "Cy Trial")
PREPRINT, ARTICLE, MANUSCRIPT = "10.48550/arxiv.2301.00001", "10.5555/quay.1", "10.5555/repository.1"


def relation(kind: str, other: str, scheme: str = "doi") -> Relation:
    return Relation(kind, Identifier(scheme, other))


def of(doi: str, *relations: Relation, source: str = "crossref", **fields: Any) -> Record:
    return record(doi, source, **{"doi": doi, "title": f"On {doi}", "relations": relations or None} | fields)


def kin(store: Store) -> list[tuple[Any, ...]]:
    """(family's first DOI, DOI, role) of every member."""
    return rows(
        store,
        "SELECT f.doi, m.doi, m.role FROM families m JOIN works f ON f.work = m.family ORDER BY f.doi, m.role, m.doi",
    )


# --- what is stated ---


@pytest.mark.parametrize(("kind", "inverse"), RELATIONS.items())
@pytest.mark.parametrize("told_by", ["one", "other"])
@pytest.mark.parametrize("first", ["one", "other"])
def test_a_relation_makes_a_family_told_by_either_end_whichever_comes_first(
    hand: Hand, store: Store, kind: str, inverse: str, told_by: str, first: str
) -> None:
    own, other = "10.5555/one", "10.5555/other"
    words = {
        "one": of(own, *((relation(kind, other),) if told_by == "one" else ())),
        "other": of(other, *((relation(inverse, own),) if told_by == "other" else ())),
    }
    for day, end in zip((DAY, NEXT), sorted(words, key=lambda end: end != first), strict=True):
        assert kin(store) == []
        hand.live(day, words[end])
    [(_, role), (_, base)] = sorted((doi, role) for _, doi, role in kin(store))
    assert (role, base) == (families.VERSIONS.get(kind) or families.NOTICES[kind], "published")
    [[why]] = rows(store, "SELECT DISTINCT why FROM families")
    assert why.startswith(f"crossref says {own} is ")
    assert why.endswith(f" {other}")


def test_versions_chain_and_the_family_has_the_smallest_number_of_its_versions(hand: Hand, store: Store) -> None:
    hand.live(DAY, of(ARTICLE, relation("has_accepted", MANUSCRIPT)), of(PREPRINT), of(MANUSCRIPT))
    hand.live(NEXT, of(MANUSCRIPT, relation("has_preprint", PREPRINT)))
    assert kin(store) == [
        (ARTICLE, MANUSCRIPT, "accepted"), (ARTICLE, PREPRINT, "preprint"), (ARTICLE, ARTICLE, "published"),
    ]  # fmt: skip
    assert rows(store, "SELECT DISTINCT family, members FROM families") == [(1, 3)]


@pytest.mark.parametrize(
    ("kind", "role"), [("correction_of", "correction"), ("review_of", "review"), ("retraction_of", "retraction")]
)
def test_what_is_about_two_articles_is_in_both_families_and_makes_them_none(
    hand: Hand, store: Store, kind: str, role: str
) -> None:
    hand.live(DAY, of("10.5555/about", relation(kind, "10.5555/a"), relation(kind, "10.5555/b")))
    hand.live(DAY, of("10.5555/a"), of("10.5555/b", relation("has_preprint", PREPRINT)), of(PREPRINT))
    assert set(kin(store)) == {
        ("10.5555/a", "10.5555/a", "published"),
        ("10.5555/a", "10.5555/about", role),
        ("10.5555/b", PREPRINT, "preprint"),
        ("10.5555/b", "10.5555/b", "published"),
        ("10.5555/b", "10.5555/about", role),
    }
    found = family(store, one(store, "SELECT work FROM works WHERE doi = '10.5555/about'"), DAY)
    assert [(row["doi"], row["role"]) for row in found] == [
        ("10.5555/a", "published"), ("10.5555/about", role), ("10.5555/b", "published"), (PREPRINT, "preprint"),
        ("10.5555/about", role),
    ]  # fmt: skip


def test_a_notice_has_no_family_of_its_own_and_a_correction_of_it_does_not_reach_the_article(
    hand: Hand, store: Store
) -> None:
    hand.live(DAY, of("10.5555/a"), of("10.5555/b", relation("correction_of", "10.5555/a")))
    hand.live(DAY, of("10.5555/c", relation("correction_of", "10.5555/b")))
    assert kin(store) == [
        ("10.5555/a", "10.5555/b", "correction"), ("10.5555/a", "10.5555/a", "published"),
        ("10.5555/b", "10.5555/c", "correction"), ("10.5555/b", "10.5555/b", "published"),
    ]  # fmt: skip


def test_an_arxiv_id_and_its_doi_are_one_name(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("S1", "semantic_scholar", arxiv="2301.00001", title="As a preprint"))
    hand.live(DAY, of(ARTICLE, relation("has_preprint", PREPRINT)))
    assert [role for *_, role in kin(store)] == ["preprint", "published"]
    hand.live(NEXT, of("10.5555/quay.2", relation("has_preprint", "2302.00002", scheme="arxiv")))
    hand.live(NEXT, of("10.48550/arxiv.2302.00002"))
    assert len(kin(store)) == 4


def test_a_link_that_is_no_longer_stated_ends_the_family(hand: Hand, store: Store) -> None:
    hand.live(DAY, of(PREPRINT), of(ARTICLE, relation("has_preprint", PREPRINT), relation("has_review", "10.5555/r")))
    hand.live(DAY, of("10.5555/r"))
    hand.live(NEXT, of(ARTICLE, relation("has_review", "10.5555/r")))
    assert [(doi, role) for _, doi, role in kin(store)] == [(ARTICLE, "published"), ("10.5555/r", "review")]
    hand.live(THIRD, record(ARTICLE, "crossref", doi=ARTICLE, title="No more", relations=()))
    assert kin(store) == []


def test_a_family_whose_smallest_member_leaves_has_a_new_number(hand: Hand, store: Store) -> None:
    hand.live(DAY, of("10.5555/a", relation("version_of", "10.5555/b")), of("10.5555/b"), of("10.5555/c"))
    hand.live(DAY, of("10.5555/d", relation("version_of", "10.5555/b")))
    assert {row[0] for row in rows(store, "SELECT family FROM families")} == {1}
    hand.live(NEXT, record("10.5555/a", "crossref", doi="10.5555/a", title="alone", relations=()))
    assert rows(store, "SELECT family, work, role FROM families ORDER BY work") == [
        (2, 2, "published"), (2, 4, "version"),
    ]  # fmt: skip


# --- what is inferred ---


def version(doi: str | None, **fields: Any) -> Record:
    said = {"doi": doi, "title": TITLE, "year": 2024, "authors": AUTHORS, "type": "article"} | fields
    return record(doi or "S1", **{name: value for name, value in said.items() if value is not None})


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({}, True),
        ({"title": TITLE.upper() + "!"}, True),
        ({"year": 2021}, True),
        ({"authors": AUTHORS[:3]}, True),
        ({"authors": ("Kai, M.", "Example, Ada", "Sample, B.", "Trial, Cy")}, True),
        ({"doi": "10.31219/osf.io/x", "type": "preprint"}, True),
        ({"doi": "10.2139/ssrn.1"}, True),
        ({"doi": None, "arxiv": "2301.00001"}, True),
        ({"title": "Editorial"}, False),
        ({"title": TITLE + " revisited"}, False),
        ({"year": 2020}, False),
        ({"year": None}, False),
        ({"authors": AUTHORS[:2]}, False),
        ({"authors": ("Mira Kai", "Dan Other", "Eve Other", "Fay Other")}, False),
        ({"authors": None}, False),
        ({"doi": "10.5555/quay.2"}, False),
        ({"doi": "10.5281/zenodo.1"}, False),
        ({"doi": None}, False),
    ],
)
def test_which_preprint_is_taken_for_one_of_the_article(change: dict[str, Any], alike: bool) -> None:
    other = {"title": "Editorial"} if change.get("title") == "Editorial" else {}
    preprint, article = version(**{"doi": PREPRINT} | change), version(ARTICLE, **other)
    assert bool(versions(preprint, article)) is alike
    assert versions(preprint, article) == versions(article, preprint)


def test_two_preprints_or_two_articles_are_no_versions_by_their_title(hand: Hand, store: Store) -> None:
    hand.live(DAY, version("10.1101/1", type="preprint"), version("10.2139/ssrn.1", type="preprint"))
    assert kin(store) == []


def test_preprint_and_article_of_one_title_are_a_family_whichever_comes_first(tmp_path: Path) -> None:
    """Quirk 37: a search for a title brings preprint and article, in either order."""
    said = []
    for number, order in enumerate(itertools.permutations((version(PREPRINT, type="preprint"), version(ARTICLE)))):
        with a_store(tmp_path, f"{number}.db") as store:
            for day, word in zip((DAY, NEXT), order, strict=True):
                Hand(store).live(day, word)
            said.append(sorted((doi, role) for _, doi, role in kin(store)))
            assert one(store, "SELECT count(*) FROM works") == 2, "they are two works"
            [[why]] = rows(store, "SELECT DISTINCT why FROM families")
            assert why == "the same title and authors, 2024 and 2024; one is a preprint"
    assert said == [[(PREPRINT, "preprint"), (ARTICLE, "published")]] * 2


def test_a_title_that_a_work_takes_later_may_make_a_family_and_end_it(hand: Hand, store: Store) -> None:
    hand.live(DAY, version(PREPRINT, title="A working title of this text"), version(ARTICLE))
    assert kin(store) == []
    hand.live(NEXT, version(PREPRINT))
    assert len(kin(store)) == 2
    hand.live(THIRD, version(PREPRINT, title="Another title for this text"))
    assert kin(store) == []


def test_a_title_that_very_many_bear_is_no_evidence(hand: Hand, store: Store) -> None:
    hand.live(DAY, *(version(f"10.5555/{n}") for n in range(25)))
    hand.live(NEXT, version(PREPRINT))
    assert kin(store) == []


def test_one_paper_made_of_preprint_and_article_makes_them_a_family(hand: Hand, store: Store) -> None:
    """Quirks 18 and 20: Semantic Scholar's paper bears the preprint's arXiv id and the article's DOI."""
    hand.live(DAY, record("W1", doi=PREPRINT, arxiv="2301.00001", title="A draft of something else", cited_by_count=30))
    hand.live(DAY, record("W2", doi=ARTICLE, title=TITLE, cited_by_count=236))
    hand.live(
        DAY, record("a" * 40, "semantic_scholar", doi=ARTICLE, arxiv="2301.00001", title=TITLE, cited_by_count=500)
    )
    found = rows(store, "SELECT doi, role, counts, why FROM families ORDER BY work")
    assert [(doi, role, json.loads(counts)) for doi, role, counts, _ in found] == [
        (PREPRINT, "preprint", {"openalex": 30}),
        (ARTICLE, "published", {"openalex": 236, "semantic_scholar": 500}),
    ]
    assert {why for *_, why in found} == {"both bear arxiv 2301.00001, though they are two"}


def test_a_paper_that_takes_the_articles_doi_makes_them_a_family(hand: Hand, store: Store) -> None:
    """Quirk 18 as it happens: the paper was the preprint's, and one day names the article's DOI."""
    hand.live(
        DAY, record("W1", doi=PREPRINT, title=TITLE, year=2021), record("W2", doi=ARTICLE, title="In print", year=2024)
    )
    hand.live(DAY, record("a" * 40, "semantic_scholar", doi=PREPRINT, title=TITLE, year=2021))
    assert kin(store) == []
    hand.live(NEXT, record("a" * 40, "semantic_scholar", doi=ARTICLE, title=TITLE, year=1937))
    assert one(store, "SELECT count(*) FROM works") == 2
    assert sorted((doi, role) for _, doi, role in kin(store)) == [(PREPRINT, "preprint"), (ARTICLE, "published")]


def test_a_file_made_before_there_were_families_has_them_when_it_is_read_anew(hand: Hand, store: Store) -> None:
    words = version(PREPRINT), version(ARTICLE), of("10.5555/r", relation("review_of", ARTICLE), source="openalex")
    hand.live(DAY, *words)
    before = rows(store, "SELECT * FROM families"), rows(store, "SELECT * FROM relation")
    assert [len(table) for table in before] == [3, 1]
    store.db.executescript("DELETE FROM family_member; DELETE FROM relation;")
    hand.reparse(NEXT, *words)
    assert (rows(store, "SELECT * FROM families"), rows(store, "SELECT * FROM relation")) == before


# --- joins ---


def test_a_family_follows_a_work_that_is_joined_to_another(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", doi=ARTICLE, title="On print"))
    hand.live(DAY, of(PREPRINT), of("10.5555/twin", relation("has_preprint", PREPRINT), title="On print"))
    assert [row[0] for row in rows(store, "SELECT DISTINCT family FROM families")] == [2]
    with store.transaction():
        join_works(store.db, 1, 3, NEXT, "a person says so")
        hand.saver.remerge([1], NEXT)
    assert rows(store, "SELECT family, work, role FROM families ORDER BY work") == [
        (1, 1, "published"), (1, 2, "preprint"),
    ]  # fmt: skip
    assert store.check()["integrity"] == "ok"


def test_two_members_that_turn_out_to_be_one_are_no_family(hand: Hand, store: Store) -> None:
    hand.live(DAY, of("10.5555/a", relation("version_of", "10.5555/b")), of("10.5555/b"))
    assert len(kin(store)) == 2
    with store.transaction():
        join_works(store.db, 1, 2, NEXT, "a person says so")
        hand.saver.remerge([1], NEXT)
    assert kin(store) == []
    assert store.check()["integrity"] == "ok"


# --- who cites them ---


@pytest.fixture
def cited(hand: Hand, store: Store) -> Store:
    """Preprint P1 and article W1, a correction of it; who cites them, by two sources."""
    hand.live(
        DAY,
        record("W1", doi=ARTICLE, title=TITLE, year=2024, authors=AUTHORS, cited_by_count=2, relations=(
            relation("has_preprint", PREPRINT), relation("corrected_by", "10.5555/erratum"))),
        record("W2", doi=PREPRINT, title=TITLE, year=2023, authors=AUTHORS, cited_by_count=3, references=("W9",)),
        record("W3", doi="10.5555/erratum", title="Erratum to all of that", references=("W1",)),
        record("W4", doi="10.5555/both", title="Cites both of them", references=("W1", "W2")),
        record("W5", doi="10.5555/draft", title="Cites the draft alone", references=("W2",)),
        record("W6", doi="10.5555/note", title="Cites the erratum alone", references=("W3",)),
    )  # fmt: skip
    hand.live(DAY, record("W1b", doi=ARTICLE, title=TITLE, references=("W2",)))
    hand.live(
        NEXT,
        record("S1", "semantic_scholar", doi=ARTICLE, title=TITLE, cited_by_count=5),
        record("S4", "semantic_scholar", doi="10.5555/both", title="Cites both of them", references=("S1",)),
        record("S7", "semantic_scholar", doi="10.5555/new", title="Known to one source", references=("S1",)),
    )
    return store


def test_a_work_that_cites_two_members_counts_once_and_the_family_itself_not_at_all(cited: Store) -> None:
    union = [row["citing_doi"] for row in citing_family(cited, 1, as_of=NEXT)]
    assert sorted(union) == ["10.5555/both", "10.5555/draft", "10.5555/new"]
    found = family(cited, 2, NEXT)
    assert [(row["doi"], row["role"], row["counts"], row["citing_held"]) for row in found] == [
        (ARTICLE, "published", {"openalex": 2, "semantic_scholar": 5}, 3),
        (PREPRINT, "preprint", {"openalex": 3}, 3),
        ("10.5555/erratum", "correction", {}, 1),
    ]
    assert {row["union_citing"] for row in found} == {3}
    assert list(found[0])[:5] == ["work", "doi", "title", "year", "venue"]
    assert rows(cited, "SELECT DISTINCT union_citing, members FROM families") == [(3, 3)]
    assert [row["union_citing"] for row in family(cited, 1, DAY)] == [2, 2, 2], "as known the day before"
    assert next(row["counts"] for row in family(cited, 1, DAY)) == {"openalex": 2}


def test_which_versions_a_citing_work_cites_is_told(cited: Store) -> None:
    found = {row["citing_doi"]: row["cited_works"] for row in citing_family(cited, 2, as_of=NEXT)}
    assert found == {"10.5555/both": [1, 2], "10.5555/draft": [2], "10.5555/new": [1]}


def test_a_work_without_family_has_its_own_citing_works(hand: Hand, store: Store) -> None:
    hand.live(DAY, record("W1", title="A"), record("W2", title="B", references=("W1",)))
    assert family(store, 1, DAY) == []
    assert [row["citing_work"] for row in citing_family(store, 1, as_of=DAY)] == [2]
    assert sheet(store, 1, DAY)["family"] == []


def run(store: Store, *arguments: str) -> Any:
    done = CliRunner().invoke(app, ["--db", str(store.path), *arguments])
    assert done.exit_code == 0, done.output
    return done


def test_the_command_line_shows_a_family_and_its_union(cited: Store) -> None:
    done = run(cited, "family", ARTICLE, "--as-of", NEXT)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["role"], row["union_citing"]) for row in told] == [
        ("published", 3),
        ("preprint", 3),
        ("correction", 3),
    ]
    assert done.stderr == "3 works cite any version in family 1, each counted once\n"
    union = [
        json.loads(line) for line in run(cited, "citing", PREPRINT, "--family", "--as-of", NEXT).stdout.splitlines()
    ]
    assert len(union) == 3
    assert {row["work"] for row in union} == {2}
    alone = [json.loads(line) for line in run(cited, "citing", PREPRINT, "--as-of", NEXT).stdout.splitlines()]
    assert "cited_works" not in alone[0]
    assert run(cited, "family", "10.5555/draft").stderr == "no other version of it is held, nor anything about it\n"


def test_show_tells_family_notices_and_names_with_their_days(cited: Store) -> None:
    told = dict(_sections(sheet(cited, 1, NEXT)))
    assert told["notices"] == [("corrected", f"by 10.5555/erratum, stated {DAY} to now (openalex)", "openalex")]
    assert [(role, which) for role, _, which in told["family"]] == [
        ("published", "this work"), ("preprint", ""), ("correction", ""), ("cited by", "family 1"),
    ]  # fmt: skip
    assert told["family"][0][1].startswith(
        f"{ARTICLE}; openalex 2, semantic_scholar 5; 3 citing works held; openalex says "
    )
    assert told["family"][-1][1] == "3 works cite any version, each counted once"
    assert told["identifiers"] == [("doi", f"{ARTICLE} (since {DAY})", "openalex,semantic_scholar")]
    [whole] = json.loads(run(cited, "show", ARTICLE, "--format", "json", "--as-of", NEXT).stdout)
    assert [row["doi"] for row in whole["family"]] == [ARTICLE, PREPRINT, "10.5555/erratum"]
    assert [row["kind"] for row in whole["notices"]] == ["corrected"]
    assert "family" in run(cited, "show", ARTICLE, "--format", "table").stdout


def test_the_table_of_a_family_has_its_counts_by_source(cited: Store) -> None:
    text = run(cited, "family", ARTICLE, "--format", "table", "--as-of", NEXT).stdout
    assert "semantic_scholar" in text
    assert "preprint" in text


# --- pure ---

links = st.lists(
    st.builds(Link, st.integers(1, 6), st.sampled_from(sorted(RELATIONS)), st.integers(7, 12), st.just("so")),
    max_size=10,
)


@given(links=links)
def test_only_versions_chain_and_a_version_is_in_one_family(links: Sequence[Link]) -> None:
    cores = components(range(1, 13), links)
    assert sorted(work for core in cores for work in core) == list(range(1, 13))
    found = [member for core in cores for member in members(core, links, ())]
    core_of = {work: core for core in cores for work in core}
    for one_end, kind, other, _ in links:
        if kind in families.VERSIONS:
            assert core_of[one_end] == core_of[other]
    versions_of = [member.work for member in found if member.role in families.VERSION_ROLES]
    assert len(versions_of) == len(set(versions_of))
    for member in found:
        if member.role in families.VERSION_ROLES:
            assert member.family == min(core_of[member.work])


doi = st.sampled_from(["10.5555/a", "10.5555/b", "10.5555/c", PREPRINT, "10.48550/arxiv.2302.00002"])
word = st.tuples(doi, st.lists(st.tuples(st.sampled_from([*RELATIONS, *RELATIONS.values()]), doi), max_size=2))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(words=st.lists(word, min_size=1, max_size=5, unique_by=lambda word: word[0]), data=st.data())
def test_families_are_the_same_in_whatever_order_and_batches_their_members_come(
    tmp_path_factory: pytest.TempPathFactory, words: list[Any], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("order")
    found = []
    for number in range(2):
        order = data.draw(st.permutations(words)) if number else words
        with a_store(folder, f"{number}.db") as store:
            hand = Hand(store)
            if number:
                hand.live(DAY, *(of(name, *(relation(*pair) for pair in pairs)) for name, pairs in order))
            else:
                for name, pairs in order:
                    hand.live(DAY, of(name, *(relation(*pair) for pair in pairs)))
            found.append(
                {
                    frozenset(rows(store, "SELECT doi, role, why FROM families WHERE family = ?", number))
                    for (number,) in rows(store, "SELECT DISTINCT family FROM families")
                }
            )
    assert found[0] == found[1]
