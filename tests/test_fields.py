"""Licence, abstract status, funding, corresponding authors, topics, figures of venues: from each source's words to `show`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from harvester import sources
from harvester.cli.reading import _sections
from harvester.errors import ParseError
from harvester.merge import merge
from harvester.records import Author, Funding, Metric, Record, Subject, Venue
from harvester.report.sheet import write_sheet
from harvester.sources import openalex, semantic_scholar
from harvester.store import Store
from harvester.tracker.sheet import sheet
from tests.build import RANKS, Hand, one, openalex_work, parser_of, record, rows

DAY, NEXT, LATER = "2026-05-01", "2026-05-02", "2027-02-01"
WHOLE = tuple(f"Author {n}" for n in range(103))
NOTICE = (
    "Notice: The following paper fields have been elided by the publisher: {%s}. Paper or abstract available at "
    "https://doi.org/10.5555/a, which is subject to the license by the author or copyright owner."
)


def work(**fields: Any) -> Record:
    return openalex.parse(openalex_work(1, **fields))


def paper(**fields: Any) -> Record:
    return semantic_scholar.parse(json.dumps({"paperId": "a" * 40, "title": "T", **fields}).encode())


# --- what sources say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "license_"),
    [
        ({"primary_location": {"license": "cc-by-nc"}, "best_oa_location": None}, "cc-by-nc"),
        ({"primary_location": {"license": None}, "best_oa_location": {"license": "cc-by"}}, "cc-by"),
        ({"primary_location": {"license": "publisher-specific-oa"}, "best_oa_location": {"license": "cc-by"}}, "cc-by"),
        (
            {"primary_location": None, "host_venue": {"license": "elsevier-specific: oa user license"}},
            "publisher-specific-oa",
        ),
        ({"primary_location": {"license": "pd"}}, "public-domain"),
        ({"primary_location": {"license": None}}, None),
        ({"primary_location": {"license": 4}}, None),
    ],
)
def test_the_licence_is_that_of_the_open_copy(fields: dict[str, Any], license_: str | None) -> None:
    assert work(**fields).license == license_


@pytest.mark.parametrize(
    ("index", "abstract", "status"),
    [
        ({"We": [0], "ask.": [1]}, "We ask.", "present"),
        (None, None, "absent"),
        ({}, None, "absent"),
        ({"No": [0], "abstract": [1], "provided": [2]}, None, "absent"),
        ("not what it was", None, None),
        (7, None, None),
    ],
)
def test_openalex_says_that_there_is_an_abstract_or_none(index: Any, abstract: str | None, status: str | None) -> None:
    found = work(abstract_inverted_index=index)
    assert (found.abstract, found.abstract_status) == (abstract, status)
    assert work().abstract_status is None, "not a word of it"


FUND, SEA = "https://openalex.org/F901", "https://openalex.org/F902"


@pytest.mark.parametrize(
    ("fields", "funding"),
    [
        (  # since 2026
            {
                "funders": [
                    {"id": FUND, "display_name": "Harbour Fund", "ror": "https://ror.org/04jr1s763"},
                    {"id": SEA, "display_name": "Sea Council", "ror": None},
                ],
                "awards": [
                    {"funder_award_id": "H-1", "funder_id": FUND, "funder_display_name": "Harbour Fund"},
                    {"funder_award_id": "H-2", "funder_id": FUND, "funder_display_name": "Harbour Fund"},
                    {"funder_award_id": None, "funder_id": SEA, "funder_display_name": "Sea Council"},
                ],
            },
            (Funding("Harbour Fund", "04jr1s763", ("H-1", "H-2")), Funding("Sea Council", "F902")),
        ),
        (  # until then
            {
                "grants": [
                    {"funder": FUND, "funder_display_name": "Harbour Fund", "award_id": "18K13235, 20K20132"},
                    {"funder": FUND, "funder_display_name": "Harbour Fund", "award_id": "18K13235"},
                    {"funder": SEA, "funder_display_name": None, "award_id": "lost"},
                ]
            },
            (Funding("Harbour Fund", "F901", ("18K13235", "20K20132")),),
        ),
        ({"funders": [], "awards": []}, ()),
        ({}, None),
    ],
)  # fmt: skip
def test_funders_of_every_generation(fields: dict[str, Any], funding: tuple[Funding, ...] | None) -> None:
    assert work(**fields).funding == funding


def test_who_corresponds_is_said_of_an_author_or_listed_apart() -> None:
    first, second = ({"id": f"https://openalex.org/A{n}", "display_name": f"Author {n}"} for n in (1, 2))
    said = work(
        authorships=[{"author": first, "is_corresponding": False}, {"author": second, "is_corresponding": True}]
    )
    listed = work(authorships=[{"author": first}, {"author": second}], corresponding_author_ids=[second["id"], None])
    nobody = work(authorships=[{"author": {"id": None, "display_name": "X"}}], corresponding_author_ids=[None])
    assert [author.corresponding for author in said.authors or ()] == [False, True]
    assert [author.corresponding for author in listed.authors or ()] == [None, True]
    assert [author.corresponding for author in nobody.authors or ()] == [None]


def test_a_topic_is_kept_with_its_score_also_where_only_the_first_is_given() -> None:
    topic = {"id": "https://openalex.org/T9", "display_name": "Maritime Order", "score": 0.97}
    assert Subject("topic", "Maritime Order", "T9", 0.97) in (work(primary_topic=topic, concepts=None).subjects or ())
    assert work(primary_topic=topic, topics=[], concepts=None).subjects == ()


@pytest.mark.parametrize(
    ("fields", "abstract", "status"),
    [
        ({"abstract": "We ask."}, "We ask.", "present"),
        ({"abstract": None}, None, "absent"),
        ({"abstract": None, "openAccessPdf": {"url": "", "disclaimer": NOTICE % "'abstract'"}}, None, "withheld"),
        ({"abstract": "Secret.", "openAccessPdf": {"disclaimer": NOTICE % "'references', 'abstract'"}}, None, "withheld"),
        ({"abstract": None, "openAccessPdf": {"disclaimer": NOTICE % "'references'"}}, None, "absent"),
        ({"abstract": None, "openAccessPdf": {"disclaimer": "Notice: This snippet is extracted from ..."}}, None, "absent"),
        ({"abstract": None, "textAvailability": "abstract"}, None, "withheld"),
        ({"abstract": None, "textAvailability": "none"}, None, "absent"),
        ({}, None, None),
    ],
)  # fmt: skip
def test_semantic_scholar_names_whose_abstract_it_may_not_show(
    fields: dict[str, Any], abstract: str | None, status: str | None
) -> None:
    found = paper(**fields)
    assert (found.abstract, found.abstract_status) == (abstract, status)


def test_the_licence_of_semantic_scholar_in_the_words_of_all() -> None:
    found = paper(isOpenAccess=True, openAccessPdf={"url": "", "status": "HYBRID", "license": "CCBYNCND"})
    assert (found.license, found.oa_status, found.oa_url) == ("cc-by-nc-nd", "hybrid", None)
    assert paper(openAccessPdf={"url": "", "status": None, "license": None}).license is None


# --- one work from several sources ---------------------------------------------------------------------------------


def test_every_source_of_funding_stands_with_its_name(hand: Hand) -> None:
    fund = Funding("Harbour Fund", "10.13039/1", ("H-1", "H-2"))
    theirs = record("A", "aggregator", doi="10.5555/a", funding=(Funding("Harbour Fund"), Funding("Sea Council")))
    hand.live(DAY, record("W1", title="T", doi="10.5555/a", funding=(fund, fund)))
    hand.live(DAY, theirs)
    for _ in range(2):
        assert rows(hand.store, "SELECT work, funder, funder_id, award, source FROM funding ORDER BY source, 2, 4") == [
            (1, "Harbour Fund", None, None, "aggregator"), (1, "Sea Council", None, None, "aggregator"),
            (1, "Harbour Fund", "10.13039/1", "H-1", "openalex"), (1, "Harbour Fund", "10.13039/1", "H-2", "openalex"),
        ]  # fmt: skip
        hand.reparse(NEXT, theirs)
    hand.live(NEXT, record("W1", title="T", doi="10.5555/a", funding=()))
    assert one(hand.store, "SELECT count(*) FROM funding WHERE source = 'openalex'") == 0, "stated to be none"


ORCID, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"


@pytest.mark.parametrize(
    ("listed", "named", "marked"),
    [
        ((Author("Mira Kai"), Author("Otto Anker")), (Author("Kai, M.", corresponding=True),), ["Mira Kai"]),
        ((Author("M. K.", ORCID), Author("Otto Anker")), (Author("Mira Kai", ORCID, corresponding=True),), ["M. K."]),
        ((Author("Mira Kai", OTHER),), (Author("Mira Kai", ORCID, corresponding=True),), []),
        ((Author("Mira Kai"), Author("Maria Kai")), (Author("M. Kai", corresponding=True),), []),
        ((Author("Otto Anker"),), (Author("Mira Kai", corresponding=True),), []),
        ((Author("Mira Kai", corresponding=True), Author("Otto")), (Author("Otto", corresponding=True),), ["Mira Kai"]),
    ],
    ids=["name", "ORCID", "another ORCID", "two of that name", "nobody", "the list's own word first"],
)  # fmt: skip
def test_who_corresponds_is_kept_from_whoever_says_it(
    listed: tuple[Author, ...], named: tuple[Author, ...], marked: list[str]
) -> None:
    merged = merge([record("W1", identifiers=()), record("A", "aggregator")], RANKS)
    assert "corresponding" not in merged.origin
    mine, theirs = Record("openalex", "W1", authors=listed), Record("aggregator", "A", authors=named)
    merged = merge([theirs, mine], RANKS)
    assert [author.name for author in merged.authors if author.corresponding] == marked
    assert merged.authors_source == "openalex"
    own = any(author.corresponding for author in listed)
    assert merged.origin.get("corresponding") == ("openalex" if own else "aggregator" if marked else None)


@pytest.mark.parametrize("whole_first", [True, False])
def test_the_hundred_authors_of_a_list_never_take_the_place_of_all(hand: Hand, *, whole_first: bool) -> None:
    whole = record(title="T", authors=WHOLE, cited_by_count=1)
    cut = record(title="T", authors=WHOLE[:100], authors_truncated=True, cited_by_count=2)
    for n, one_ in enumerate((whole, cut, whole, cut) if whole_first else (cut, whole, cut)):
        hand.live(f"2026-05-0{n + 1}", one_)
    assert one(hand.store, "SELECT count(*) FROM authorship") == len(WHOLE)
    assert one(hand.store, "SELECT authors_truncated FROM work") == 0
    for n in range(3):  # and no number of newer list pages makes the reply that gave all superfluous
        hand.live(
            f"2026-06-0{n + 1}", record(title="T", authors=WHOLE[:100], authors_truncated=True, cited_by_count=9 + n)
        )
    assert one(hand.store, "SELECT count(*) FROM authorship") == len(WHOLE)
    assert one(hand.store, "SELECT count(*) FROM payload") == 2


def test_a_list_of_all_authors_comes_before_a_better_source_that_cut_its_own() -> None:
    cut = record("W1", authors=WHOLE[:100], authors_truncated=True)
    merged = merge([cut, record("S", "semantic_scholar", authors=WHOLE)], RANKS)
    assert (len(merged.authors), merged.authors_source, merged.authors_truncated) == (103, "semantic_scholar", False)
    merged = merge([cut, record("S", "semantic_scholar", authors=WHOLE[:3])], RANKS)
    assert (len(merged.authors), merged.authors_source, merged.authors_truncated) == (100, "openalex", True)


# --- figures of venues ---------------------------------------------------------------------------------------------

SOURCE = {
    "id": "https://openalex.org/S901",
    "issn_l": "1758-5880",
    "issn": ["1758-5880", "1758-5899", "1234-0000"],
    "display_name": "Journal of Invented &amp; Harbours",
    "host_organization_name": "Quay Press",
    "type": "journal",
    "works_count": 500,
    "summary_stats": {"2yr_mean_citedness": 2.25, "h_index": 31, "i10_index": None, "new_index": 1},
    "counts_by_year": [
        {"year": 2026, "works_count": 12, "oa_works_count": 3, "cited_by_count": 340},
        {"year": 2025, "works_count": 40, "cited_by_count": None},
        None,
    ],
}


def test_a_source_of_openalex_is_a_venue_with_figures() -> None:
    assert openalex.venue_of(json.dumps(SOURCE).encode()) == Venue(
        name="Journal of Invented & Harbours",
        issn_l="1758-5880",
        issns=("1758-5880", "1758-5899"),
        type="journal",
        publisher="Quay Press",
        id="S901",
        metrics=(
            Metric("2yr_mean_citedness", "2.25"), Metric("h_index", "31"), Metric("works_in_year", "12", 2026),
            Metric("citations_in_year", "340", 2026), Metric("works_in_year", "40", 2025),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", openalex_work(1), b'{"id": "https://openalex.org/Sx"}'])
def test_what_is_no_source_is_no_venue(body: bytes) -> None:
    with pytest.raises(ParseError):
        openalex.venue_of(body)


def test_the_recorded_sources_are_read(shared: Path) -> None:
    folder = shared / "corpus" / "openalex"
    bodies = [(folder / "nthomsencph__pyopenalex" / "source.json").read_bytes()]
    samples = json.loads((folder / "ropensci__openalexR" / "entity_list_samples.from_rds.json").read_bytes())
    bodies += [json.dumps(each).encode() for each in samples["sources"]]
    for body in bodies:
        said, found = json.loads(body), openalex.venue_of(body)
        assert found.name == said["display_name"]
        assert {m.name for m in found.metrics} >= {"2yr_mean_citedness", "h_index"}
        assert Metric("h_index", str(said["summary_stats"]["h_index"])) in found.metrics


def test_figures_stand_by_year_and_origin_and_none_takes_the_place_of_another(hand: Hand) -> None:
    def venue(value: str) -> Venue:
        return Venue(name="Invented Harbours", issns=("1758-5880",), metrics=(Metric("impact_factor", value),))

    for day, value in ((DAY, "2.2"), (LATER, "2.4")):
        hand.live(day, record("A1", "aggregator", title="T", venue=venue(value)))
    hand.live(LATER, record("W1", title="T", venue=venue("2.4")))
    hand.file(LATER, record("A1", "aggregator", title="T", venue=venue("2.1"), as_of="2025-03-01"))
    found = rows(hand.store, "SELECT name, value, year, source FROM venue_metric ORDER BY year, source")
    assert [row for row in found if row[2] >= 2026] == [
        ("impact_factor", "2.2", 2026, "aggregator"), ("impact_factor", "2.4", 2027, "aggregator"),
        ("impact_factor", "2.4", 2027, "openalex"),
    ]  # fmt: skip
    assert one(hand.store, "SELECT count(*) FROM venues") == 1


# --- shown ---------------------------------------------------------------------------------------------------------


def told(store: Store, as_of: str = LATER) -> tuple[dict[str, Any], str]:
    """A work as JSON and as a person sees it."""
    found, out = sheet(store, 1, as_of), io.StringIO()
    write_sheet(list(_sections(found)), out)
    return found, out.getvalue()


@pytest.fixture
def shown(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The hand, and `sheet` reading its payloads (records as JSON) with the parser they were written for."""
    monkeypatch.setattr(sources, "parser_of", parser_of)
    return hand


def test_show_names_the_source_of_each_field_and_where_they_differ(shown: Hand) -> None:
    common = {"title": "Leaving the harbour", "doi": "10.5555/a", "abstract": "We ask."}
    mine = {"authors": [], "funding": (Funding("Harbour Fund", "04jr1s763", ("H-1", "H-2")),), "license": "cc-by"}
    people = (Author("Mira Kai", corresponding=True), Author("Otto Anker"))
    subjects = (Subject("topic", "Maritime Order", "T9", 0.97), Subject("keyword", "tides"))
    for day, status, abstract in ((DAY, "closed", "We ask."), (NEXT, "green", None)):
        fields = common | mine | {"oa_status": status, "is_oa": status != "closed", "abstract": abstract}
        fields |= {"abstract_status": "present" if abstract else "absent", "subjects": subjects}
        fields |= {"license": None} if status == "closed" else {}
        body = record("W1", **fields)  # type: ignore[arg-type]
        shown.live(day, Record(**{**{f: getattr(body, f) for f in body.__struct_fields__}, "authors": people}))
    shown.live(
        NEXT,
        record("S", "semantic_scholar", doi="10.5555/a", license="cc-by-nc", oa_status="diamond", is_oa=True,
               funding=(Funding("Sea Council"),), abstract_status="withheld"),
    )  # fmt: skip
    found, text = told(shown.store)
    assert list(found)[:5] == ["work", "doi", "title", "year", "venue"]
    assert (found["license"], found["abstract_status"]) == ("cc-by", "removed")
    assert [(f["funder"], f["award"], f["source"]) for f in found["funding"]] == [
        ("Harbour Fund", "H-1", "openalex"), ("Harbour Fund", "H-2", "openalex"), ("Sea Council", None, "semantic_scholar"),
    ]  # fmt: skip
    differ = {d["field"]: d["values"] for d in found["disagreements"]}
    assert differ["license"] == {"openalex": "cc-by", "semantic_scholar": "cc-by-nc"}
    assert differ["oa_status"] == {"openalex": "green", "semantic_scholar": "diamond"}
    assert differ["abstract_status"] == {"openalex": "removed", "semantic_scholar": "withheld"}
    assert differ["funding"] == {"openalex": ["Harbour Fund"], "semantic_scholar": ["Sea Council"]}
    assert {h["field"] for h in found["history"]} == {"oa_status", "license", "abstract_status"}
    words = " ".join(text.split())
    for part in (
        "Mira Kai (*); Otto Anker [(*)", "open access green (since 2026-05-02)", "licence cc-by", "abstract We ask.",
        "removed: openalex has it no more;", "open access closed until 2026-05-01, green since",
        "abstract present until 2026-05-01, absent", "1 Harbour Fund [04jr1s763]: H-1, H-2 openalex",
        "2 Sea Council semantic_scholar", "Maritime Order (0.97)", "funding openalex: Harbour Fund;",
    ):  # fmt: skip
        assert part in words, text
    assert max(len(line) for line in text.splitlines()) <= 80
    before, _ = told(shown.store, DAY)
    assert [(h["field"], h["value"]) for h in before["history"]] == [
        ("abstract_status", "present"), ("oa_status", "closed"),
    ]  # fmt: skip


def test_who_names_the_corresponding_author_is_said_where_it_is_another_source(shown: Hand) -> None:
    shown.live(DAY, record("W1", title="T", doi="10.5555/a", authors=["Mira Kai"], is_oa=True))
    theirs = Record("aggregator", "A", identifiers=record(doi="10.5555/a").identifiers, oa_status="gold",
                    authors=(Author("Kai, Mira", corresponding=True),))  # fmt: skip
    shown.live(DAY, theirs)
    _, text = told(shown.store)
    words = " ".join(text.split())
    assert "Mira Kai (*) [(*) corresponding, as openalex aggregator states]" in words
    assert "open access gold (seen since 2026-05-01) aggregator" in words
