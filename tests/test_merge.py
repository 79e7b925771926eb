"""One set of fields from several records: rank, null, origin; and what an older payload fills in."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.merge import FIELDS, SCALARS, doi_of, merge, overlay, stamped
from harvester.records import Author, Funding, Highlight, Identifier, Institution, Metric, Record, Subject, Venue
from tests.build import RANKS, record

HARBOURS = Venue(name="Invented Harbours", issns=("1758-5880",), id="S1")
FIGURE = Metric("impact_factor", "2.2")


def test_the_best_ranked_source_that_states_a_field_gives_it_and_is_named() -> None:
    merged = merge(
        [
            record("A", "aggregator", title="Their title", volume="16", doi="10.5555/a"),
            record("W1", title="Our title", year=2025),
        ],
        RANKS,
    )
    assert (merged.values["title"], merged.values["year"], merged.values["volume"]) == ("Our title", 2025, "16")
    assert merged.values["doi"] == "10.5555/a"
    assert merged.origin == {"title": "openalex", "year": "openalex", "volume": "aggregator", "doi": "aggregator"}


def test_of_two_records_of_one_source_the_first_wins_and_an_unknown_source_comes_last() -> None:
    merged = merge([record("X", "nobody", title="C"), record("W1", title="A"), record("W2", title="B")], RANKS)
    assert merged.title == "A"
    assert merge([record("X", "nobody", year=2020), record("W1", title="A")], RANKS).values["year"] == 2020


def test_origin_names_every_field_that_has_a_value_and_no_other() -> None:
    full = record(
        title="T", abstract="A", year=2025, date="2025-05", type="article", language="en", volume="1", issue="2",
        first_page="3", last_page="4", is_oa=False, oa_status="closed", oa_url="https://a.example/", doi="10.5555/a",
        url="https://b.example/", is_retracted=False, venue=HARBOURS, authors=["Mira Kai"],
        subjects=(Subject("topic", "Harbours"),), highlights=(Highlight("t", "x"),), license="cc-by",
        funding=(Funding("Harbour Fund"),),
    )  # fmt: skip
    full = msgspec.structs.replace(full, authors=(Author("Mira Kai", corresponding=True),))
    assert set(merge([full], RANKS).origin) == set(FIELDS)
    assert merge([record()], RANKS).origin == {}
    assert set(merge([record()], RANKS).values) == {*SCALARS, "doi"}


_sources = st.sampled_from(["openalex", "semantic_scholar", "aggregator", "bibliography", "nobody"])
_values = st.fixed_dictionaries(
    {"source": _sources},
    optional={
        "title": st.sampled_from(["T", "U"]),
        "year": st.sampled_from([2024, 2025]),
        "is_oa": st.booleans(),
        "is_retracted": st.booleans(),
    },
)


@given(st.lists(_values, min_size=1, max_size=5))
def test_null_never_beats_a_value_and_a_retraction_is_believed_from_anyone(drawn: list[dict[str, object]]) -> None:
    records = [record(f"R{n}", **fields) for n, fields in enumerate(drawn)]
    merged = merge(records, RANKS)
    for field in ("title", "year", "is_oa"):
        stated = {getattr(one, field) for one in records} - {None}
        assert merged.values[field] in (stated or {None})
        assert (field in merged.origin) == bool(stated)
        if stated:
            best = min(RANKS.get(one.source, 9) for one in records if getattr(one, field) is not None)
            assert RANKS.get(merged.origin[field], 9) == best
    assert merged.values["is_retracted"] == (
        True
        if any(one.is_retracted for one in records)
        else next((False for one in records if one.is_retracted is False), None)
    )


def test_an_empty_list_is_no_value_and_lists_are_taken_whole() -> None:
    merged = merge(
        [
            record("W1", authors=[], subjects=()),
            record(
                "A",
                "aggregator",
                authors=["Mira Kai", "Otto Anker"],
                authors_truncated=True,
                subjects=(Subject("field", "x"),),
            ),
        ],
        RANKS,
    )
    assert [author.name for author in merged.authors] == ["Mira Kai", "Otto Anker"]
    assert (merged.authors_source, merged.authors_truncated) == ("aggregator", True)
    assert merged.origin["subjects"] == "aggregator"


def test_every_venue_and_highlight_is_kept_with_its_source() -> None:
    mine, theirs = Highlight("a", "x"), Highlight("b", "y")
    merged = merge(
        [
            record("A", "aggregator", venue=Venue(name="Harbours"), highlights=(theirs, theirs)),
            record("W1", venue=HARBOURS, highlights=(mine,)),
        ],
        RANKS,
    )
    assert merged.venues == ((HARBOURS, "openalex"), (Venue(name="Harbours"), "aggregator"))
    assert merged.highlights == ((mine, "openalex"), (theirs, "aggregator"))


def test_the_doi_is_the_first_a_record_names() -> None:
    two = (Identifier("pmid", "1"), Identifier("doi", "10.5555/a"), Identifier("doi", "10.5555/b"))
    assert doi_of(record(identifiers=two)) == "10.5555/a"
    assert doi_of(record(pmid="1")) is None


# --- overlay ---


def test_overlay_fills_what_only_the_older_word_tells() -> None:
    older = record(
        title="Old", abstract="We ask.", doi="10.5555/a", pmid="1", cited_by_count=3, highlights=(Highlight("t", "x"),)
    )
    newer = record(title="New", doi="10.5555/b", year=2025)
    found = overlay(newer, older)
    assert found == record(
        title="New", abstract="We ask.", year=2025, cited_by_count=3, highlights=(Highlight("t", "x"),),
        identifiers=(Identifier("doi", "10.5555/b"), Identifier("pmid", "1")),
    )  # fmt: skip


@pytest.mark.parametrize(
    "older",
    [
        record(),
        record(title="Old", authors=["Otto Anker"], doi="10.5555/old"),
        record(venue=Venue(name="Harbours", id="S1")),
        record(venue=Venue(name="Elsewhere", id="S2", publisher="Quay")),
    ],
    ids=["nothing", "only what the newer states", "the same venue", "another venue"],
)
def test_overlay_returns_the_newer_record_itself_where_the_older_adds_nothing(older: Record) -> None:
    newer = record(title="New", authors=["Mira Kai"], doi="10.5555/a", venue=HARBOURS)
    assert overlay(newer, older) is newer


def test_overlay_fills_the_same_venue_field_by_field() -> None:
    older = record(venue=Venue(name="Harbours", publisher="Quay", metrics=(FIGURE,)))
    assert overlay(record(venue=HARBOURS), older).venue == msgspec.structs.replace(
        HARBOURS, publisher="Quay", metrics=(FIGURE,)
    )
    assert overlay(record(), older).venue == older.venue


@pytest.mark.parametrize(
    ("author", "fields", "source"),
    [
        ({"id": "A1", "institutions": (Institution("Harbour University"),)}, {}, "semantic_scholar"),
        ({"id": "A1", "institutions": (Institution("Harbour University"),)}, {"authors_truncated": True}, "openalex"),
        ({"id": "A1"}, {}, "openalex"),
        ({"institutions": (Institution("Harbour University"),)}, {}, "openalex"),
    ],
)
def test_authors_who_are_told_apart_and_placed_come_before_printed_names(
    author: dict[str, Any], fields: dict[str, Any], source: str
) -> None:
    printed = record(authors=["M. Kai"])
    told = msgspec.structs.replace(record("B", "semantic_scholar", **fields), authors=(Author("Mira Kai", **author),))
    merged = merge([printed, told], RANKS)
    assert (merged.authors_source, merged.origin["authors"]) == (source, source)


def test_overlay_keeps_all_authors_where_the_newer_list_was_cut() -> None:
    """A list page shows a hundred; the single reply before it gave all."""
    whole = record(authors=["Mira Kai", "Otto Anker", "Ada Quay"])
    cut = record(authors=["Mira Kai", "Otto Anker"], authors_truncated=True, title="T")
    assert overlay(cut, whole) == msgspec.structs.replace(whole, title="T")
    assert overlay(whole, cut).authors == whole.authors
    assert overlay(msgspec.structs.replace(cut, authors_truncated=False), whole).authors == cut.authors, (
        "it became shorter"
    )


def test_overlay_takes_a_cut_list_as_cut() -> None:
    older = record(authors=["Mira Kai"], authors_truncated=True)
    assert overlay(record(), older).authors_truncated
    assert overlay(record(authors=[]), older) == record(authors=[]), "stated to be empty is stated"


_words = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["T", "U"]),
        "abstract": st.sampled_from(["A", "B"]),
        "doi": st.sampled_from(["10.5555/a", "10.5555/b"]),
        "pmid": st.sampled_from(["1", "2"]),
        "cited_by_count": st.integers(0, 3),
        "venue": st.sampled_from([HARBOURS, Venue(name="H", metrics=(FIGURE,)), Venue(name="E", id="S2")]),
    },
)


@given(_words, _words)
def test_no_field_is_lost_in_an_overlay_and_the_newer_word_stands(
    newer: dict[str, object], older: dict[str, object]
) -> None:
    found = overlay(record(**newer), record(**older))
    for field in ("title", "abstract", "cited_by_count"):
        assert getattr(found, field) == newer.get(field, older.get(field))
    assert {i.scheme for i in found.identifiers} == {scheme for scheme in ("doi", "pmid") if scheme in newer | older}
    assert (found.venue is None) == ("venue" not in newer | older)
    assert overlay(found, record(**older)) is found, "once is enough"


def test_stamped_gives_the_year_of_its_day_to_figures_without_one() -> None:
    dated = Metric("quartile", "Q1", 2020)
    found = stamped(record(venue=Venue(metrics=(FIGURE, dated))), "2026-05-01")
    assert found.venue is not None
    assert found.venue.metrics == (Metric("impact_factor", "2.2", 2026), dated)
    bare = record(venue=Venue(metrics=(dated,)))
    assert stamped(bare, "2026-05-01") is bare
    assert stamped(record(), "2026-05-01") == record()


def test_author_is_named_by_position_not_sorted() -> None:
    assert merge([record(authors=["Zoe Z", "Ada A"])], RANKS).authors == (Author("Zoe Z"), Author("Ada A"))
