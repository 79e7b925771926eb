from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import ParseError, UsageError
from harvester.records import Identifier, Metric, Record, Subject
from harvester.sources import aggregator
from harvester.sources.aggregator import parse
from tests.hostile import outcome, values

OBJECTS, TEXT = aggregator.TAPS
DATA = Path(__file__).parent / "data"
PAGE = (DATA / "aggregator_page.txt").read_bytes()
WORDS = (DATA / "aggregator_words.txt").read_bytes()
ARTICLE = json.loads(PAGE.splitlines()[0])


def record(**fields: Any) -> Record:
    return parse(json.dumps({"title": "A title"} | fields).encode())


def read(raw: bytes) -> list[Record]:
    tap = next(tap for tap in aggregator.TAPS if tap.sniff(raw))
    return [parse(body) for body in tap.read(io.BytesIO(raw))]


# --- the object ----------------------------------------------------------------------------------------------------


def test_the_object_of_a_page() -> None:
    found = parse(PAGE)
    assert (found.source, found.source_id) == ("aggregator", "10.1234/exits.9")
    assert found.identifiers == (Identifier("doi", "10.1234/exits.9"), Identifier("pmcid", "PMC55"))
    assert found.title == "Exit Revisited"
    assert found.abstract == "We ask why clubs lose members."
    assert (found.year, found.date, found.type) == (2025, "2025-05-19", "article")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("16", "3", "430", "441")
    assert [author.name for author in found.authors] == ["Ada Example", "Ben Sample"]
    assert (found.cited_by_count, found.is_oa, found.oa_url) == (0, False, None)
    assert found.url == "https://example.org/epdf/9", "where the PDF is, though not free"
    assert (found.venue.name, found.venue.id) == ("Example Policy", "51")
    assert found.venue.metrics == (
        Metric("impact_factor", "2.2"), Metric("quartile", "Q1"), Metric("category", "INTERNATIONAL RELATIONS"),
        Metric("region", "3"), Metric("region_category", "社会学"),
    )  # fmt: skip
    assert (found.subjects, found.highlights, found.drift) == (None, (), ())


def test_the_page_is_kept_to_the_last_letter() -> None:
    assert list(OBJECTS.read(io.BytesIO(PAGE))) == [PAGE]
    assert parse(PAGE) == parse(PAGE.splitlines()[0])


@pytest.mark.parametrize(
    ("count", "expected"), [(None, None), ("0", 0), ("1,204", 1204), (12, 12), ("many", None), ("", None)]
)
def test_counts(count: Any, expected: int | None) -> None:
    assert record(citationCount=count).cited_by_count == expected


def test_a_pdf_is_open_only_where_the_article_is() -> None:
    pdf = "https://example.org/a.pdf"
    free = record(isOpenAccess=True, openAccessPdf=pdf, url="https://example.org/a")
    assert (free.oa_url, free.url, free.is_oa) == (pdf, "https://example.org/a", True)
    unknown = record(openAccessPdf=pdf)
    assert (unknown.oa_url, unknown.url, unknown.is_oa) == (None, pdf, None)
    assert record(openAccessPdf="javascript:alert(1)", isOpenAccess=True).oa_url is None
    assert record(DOIUrl="https://doi.org/10.1234/x").url == "https://doi.org/10.1234/x"


def test_where_the_doi_may_stand() -> None:
    assert record(doi=None, DOIUrl="https://doi.org/10.1234/X").source_id == "10.1234/x"
    assert record(doi="10.1234/x", DOIUrl="10.1234/x").identifiers == (Identifier("doi", "10.1234/x"),)


def test_a_record_without_a_doi_is_named_by_the_aggregators_number_or_by_what_it_says() -> None:
    numbered = record(paperid="145204878")
    assert (numbered.source_id, numbered.identifiers) == ("145204878", ())
    named = record(authors="Ada Example, Ben Sample", publicationDate="2025-01-02")
    other = record(authors="Ada Example, Ben Sample", publicationDate="2024-01-02")
    assert named.source_id == record(title="A Title!", authors="A. Example", publicationDate="2025-07-01").source_id
    assert named.source_id != other.source_id
    with pytest.raises(ParseError, match="neither doi, paperid nor title"):
        parse(b'{"authors": "Ada Example", "PeriodicalId": 3}')


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"publicationDate": "2025-05-19"}, "2025-05-19"),
        ({"pub_date_label": "2025-04-23"}, "2025-04-23"),
        ({"publicationDate": "", "EPubDate": "2024-07"}, "2024-07"),
        ({"publicationDate": "2020-00-00"}, "2020"),
        ({}, None),
    ],
)
def test_dates(fields: dict[str, Any], date: str | None) -> None:
    assert record(**fields).date == date


def test_several_forms_of_small_fields() -> None:
    assert record(journal={"name": "X", "volume": "15 S8", "pages": "51-56"}).issue == "S8"
    assert record(journal={"name": "X", "volume": 15}).volume == "15"
    assert record(journal=None, PeriodicalName="X").venue.name == "X"
    assert record().venue is None
    assert record(PeriodicalIF="2.200", JCR=None).venue.metrics == (Metric("impact_factor", "2.200"),)
    assert record(fieldsOfStudy=["Law", "Law"]).subjects == (Subject("field", "Law"),)
    assert record(fieldsOfStudy="Law, History").subjects == (Subject("field", "Law"), Subject("field", "History"))
    assert [author.name for author in record(authors=["Ada Example", {"name": "Ben"}, {}]).authors] == [
        "Ada Example",
        "Ben",
    ]
    assert record(authors="").authors == ()
    assert record(authors=None).authors is None
    assert record(publicationTypes=["Poem", "Review"]).type == "review"
    assert record(publicationTypes="Journal Article; Review").type == "article"


def test_a_retyped_field_is_left_out_and_named() -> None:
    found = record(citationCount={"all": 3}, doi="10.1234/x")
    assert (found.cited_by_count, found.drift) == (None, ("citationCount",))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"title": }', b'{"title": "x"', b"[]", b"\xff{}", b'{"title": ' + b"[" * 100_000, b"only words"],
)
def test_what_is_no_record(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


# --- the plain text ------------------------------------------------------------------------------------------------


def test_the_words_of_a_page() -> None:
    found = parse(WORDS)
    assert found.source_id.startswith("text:")
    assert (found.title, found.identifiers, found.authors, found.cited_by_count) == (None, (), None, None)
    assert found.abstract == "We ask why clubs lose members. We find that they do. It is their second paragraph."
    assert [(one.title, one.text) for one in found.highlights] == [
        ("Clubs and rules", "Rules should be few: this helps."),
        ("", "A statement without a title."),
        ("Members’ voices", "Listen to them, even over a line’s end."),
    ]


def test_the_name_of_a_text_is_its_abstracts() -> None:
    other = WORDS.replace(b"Photo by Somebody", b"Image: somebody else").replace(b"\n", b"\r\n")
    assert parse(other).source_id == parse(WORDS).source_id
    assert parse(other).highlights == parse(WORDS).highlights
    assert parse(WORDS.replace(b"clubs lose", b"circles lose")).source_id != parse(WORDS).source_id


@pytest.mark.parametrize(
    "text", ["No heading at all.", "Policy implications\n- A: b", "  \nPolicy Implications:\n- A: b"]
)
def test_a_text_without_abstract_or_heading_is_no_record(text: str) -> None:
    with pytest.raises(ParseError, match="Policy implications"):
        parse(text.encode())


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"_provenance": "x", "record": ARTICLE},
        {"_provenance": "x", "records": [ARTICLE], "notes": "y", "record": None},
        [ARTICLE],
        ARTICLE,
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_forms_of_a_document(document: Any, indent: int | None) -> None:
    assert read(json.dumps(document, indent=indent).encode()) == [parse(PAGE)]


def test_json_lines() -> None:
    raw = b"\n".join(json.dumps(ARTICLE | {"doi": doi}).encode() for doi in ("10.1234/1", "10.1234/2"))
    assert [found.source_id for found in read(raw)] == ["10.1234/1", "10.1234/2"]


def test_a_broken_document_is_refused_as_a_whole() -> None:
    with pytest.raises(UsageError, match="broken JSON"):
        read(PAGE[:200])
    with pytest.raises(UsageError, match="nested deeper"):
        list(OBJECTS.read(io.BytesIO(b'{"paperid": ' + b"[" * 100_000)))


def test_each_form_knows_its_own() -> None:
    assert (OBJECTS.sniff(PAGE), TEXT.sniff(PAGE)) == (True, False)
    assert (OBJECTS.sniff(WORDS), TEXT.sniff(WORDS)) == (False, True)
    assert not OBJECTS.sniff(b'{"paperId": "x", "title": "y"}')
    assert not TEXT.sniff(b"An abstract that mentions policy implications in passing.")
    assert not TEXT.sniff(b"<p>x</p>\nPolicy implications\n")
    assert not TEXT.sniff(b"")


JSON = values([*ARTICLE, "name"])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(ARTICLE)), JSON, max_size=5), st.binary(max_size=3), st.integers(0, 10_000)
)
def test_a_mutated_page_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes, place: int) -> None:
    body = json.dumps(ARTICLE | changes).encode("utf-8", "surrogatepass") + b"\nwords"
    for whole in (body, WORDS):
        at = place % len(whole)
        for hostile in (whole, whole[:at] + noise + whole[at + len(noise) :]):
            assert "\n" not in outcome(parse, hostile)


# --- the real ones -------------------------------------------------------------------------------------------------


def seed_facts(found: Record) -> None:
    assert found.source_id == "10.1111/1758-5899.70005"
    assert found.identifiers == (Identifier("doi", "10.1111/1758-5899.70005"),)
    assert found.title.startswith("Ruxit Revisited")
    assert [author.name for author in found.authors] == ["Mikhail Polianskii"]
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("16", "3", "430", "441")
    assert (found.year, found.date, found.type) == (2025, "2025-05-19", "article")
    assert (found.venue.name, found.venue.id) == ("Global Policy", "51510")
    assert (found.is_oa, found.oa_url) == (False, None)
    assert found.url.endswith("/epdf/10.1111/1758-5899.70005")
    assert found.abstract[0] == "R"
    assert "<" not in found.abstract
    assert found.drift == ()


def test_the_seed_as_a_page(shared: Path) -> None:
    (path,) = (shared / "seed").glob("001_*.txt")
    raw = path.read_bytes()
    (found,) = read(raw)
    seed_facts(found)
    assert list(OBJECTS.read(io.BytesIO(raw))) == [raw]
    assert found.cited_by_count == 0
    assert {one.name: one.value for one in found.venue.metrics} == {
        "impact_factor": "2.2", "quartile": "Q1", "category": "INTERNATIONAL RELATIONS",
        "region": "3", "region_category": "社会学",
    }  # fmt: skip


def test_the_seed_as_words(shared: Path) -> None:
    (words,), (page,) = ((shared / "seed").glob(name) for name in ("000_*.txt", "001_*.txt"))
    (found,) = read(words.read_bytes())
    (whole,) = read(page.read_bytes())
    assert found.abstract == whole.abstract, "the same article, to be joined by its words"
    assert (found.title, found.identifiers) == (None, ())
    assert [one.title.split()[:2] for one in found.highlights] == [
        ["Deglobalization", "and"], ["Reframing", "the"], ["Russia's", "dissociation"], ["Value", "convergence"],
    ]  # fmt: skip
    assert all(one.text and "Photo" not in one.text for one in found.highlights)


def test_the_seed_as_a_document(shared: Path) -> None:
    (found,) = read((shared / "corpus" / "domain" / "seed_booksci_144635606.json").read_bytes())
    seed_facts(found)
    assert found.cited_by_count is None, "cut off before the count"
    assert [(one.name, one.value) for one in found.venue.metrics] == [("impact_factor", "2.2")]


def test_a_list_of_records(shared: Path) -> None:
    found = read((shared / "corpus" / "domain" / "global_policy_booksci_records.json").read_bytes())
    assert [one.source_id.rpartition(".")[2] for one in found] == ["70084", "70060", "70009", "13419", "13414"]
    assert [(one.volume, one.issue) for one in found] == [
        ("16", "4"),
        ("16", "4"),
        (None, None),
        ("15", "S8"),
        (None, None),
    ]
    assert [one.date for one in found] == ["2025-09-12", "2025-07-10", "2025-04-23", "2024-08-18", "2024-08-14"]
    assert [len(one.authors) for one in found] == [2, 2, 3, 1, 1]
    assert all(one.cited_by_count is None for one in found)
    assert all(len(one.identifiers) == 1 for one in found)
