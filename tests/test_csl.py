from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import ParseError, UsageError
from harvester.records import Subject
from harvester.sources.bibliography import TAPS, parse
from tests.hostile import outcome, values

TAP = TAPS[0]
ENTRIES = json.loads((Path(__file__).parent / "data" / "library.csl.json").read_text("utf-8"))
WHOLE, BARE = ENTRIES


def record(**fields: Any) -> Any:
    return parse(
        json.dumps({"title": "A title"} | {name.replace("_", "-"): value for name, value in fields.items()}).encode()
    )


def test_a_whole_entry() -> None:
    found = parse(json.dumps(WHOLE).encode())
    assert (found.source, found.source_id) == ("bibliography", "10.1234/exits.7")
    assert [str(one) for one in found.identifiers] == ["10.1234/exits.7", "pmid:77", "pmcid:PMC88"]
    assert found.title == "Exits & Voices: H2O"
    assert (found.year, found.date, found.type, found.language) == (2022, "2022-05-03", "article", "en")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("47", "2", "7", "32")
    assert [author.name for author in found.authors] == [
        "Inken von Borzyskowski", "Sammy Sample Jr.", "Working Group on Exits", "Plato",
    ]  # fmt: skip
    assert found.authors[0].orcid == "0000-0002-1825-0097"
    assert found.venue.name == "Journal of Exits & Voices"
    assert found.venue.issns == ("1758-5880", "1758-5899")
    assert (found.venue.type, found.venue.publisher) == ("journal", "Example Press")
    assert found.subjects == (Subject("keyword", "Withdrawal"), Subject("keyword", "norms, rules"))
    assert found.abstract == "We ask."
    assert found.url == "https://example.org/exits?a=b"
    assert found.cited_by_count is None
    assert found.drift == ()


def test_an_entry_without_a_doi_is_named_by_what_it_says_and_not_by_its_local_id() -> None:
    first = parse(json.dumps(BARE).encode())
    again = parse(
        json.dumps(
            BARE | {"id": "another-file-9", "title": "Leaving: a history.", "author": [{"literal": "Ada Example"}]}
        ).encode()
    )
    other = parse(json.dumps(BARE | {"title": "Staying: a History"}).encode())
    year = parse(json.dumps(BARE | {"issued": {"date-parts": [[1999]]}}).encode())
    assert first.source_id == again.source_id
    author = parse(json.dumps(BARE | {"author": [{"literal": "Ben Sample"}]}).encode())
    assert len({first.source_id, other.source_id, year.source_id, author.source_id}) == 4
    assert first.identifiers == ()
    assert (first.venue, first.authors[0].name, first.year) == (None, "Ada Example", 1998)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"title": null}', b'{"title": " <i></i> "}', b'{"title": ["x"]}', b"[]", b"", b"\xff", b"7"]
)
def test_what_has_no_title_is_no_record(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(
    ("issued", "date"),
    [
        ({"date-parts": [[2022, 5, 3]]}, "2022-05-03"),
        ({"date-parts": [["2022", "05"]]}, "2022-05"),
        ({"date-parts": [[2022], [2023]]}, "2022"),
        ({"date-parts": [2022, 5]}, "2022-05"),
        ({"date-parts": [[2022, "May"]]}, "2022"),
        ({"date-parts": [[2022, 2, 30]]}, "2022-02"),
        ({"date-parts": [[None]]}, None),
        ({"date-parts": [[]]}, None),
        ({"date-parts": []}, None),
        ({"date-parts": [[None]], "raw": "2022-05-03"}, "2022-05-03"),
        ({"raw": "3 May 2022"}, "2022"),
        ({"literal": "2022/5"}, "2022-05"),
        ({"literal": "forthcoming"}, None),
        ("2022-05-03T10:00:00Z", "2022-05-03"),
        ("2021-05/2022-06", "2021-05"),
        (2022, "2022"),
        (None, None),
        ({"date-parts": [[12345]]}, None),
    ],
)
def test_every_odd_form_of_a_date(issued: Any, date: str | None) -> None:
    found = record(issued=issued)
    assert found.date == date
    assert found.year == (int(date[:4]) if date else None)
    assert found.drift == ()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "article-journal"}, "article"),
        ({"type": "thesis"}, "dissertation"),
        ({"type": "chapter"}, "book-chapter"),
        ({"type": "article"}, "preprint"),
        ({"type": "article", "container_title": "Mind"}, "article"),
        ({"type": "article", "container_title": "arXiv", "genre": "Preprint"}, "preprint"),
        ({"type": "song"}, None),
        ({}, None),
    ],
)
def test_types_in_openalex_words(fields: dict[str, Any], expected: str | None) -> None:
    assert record(**fields).type == expected


def test_several_forms_of_small_fields() -> None:
    assert record(ISSN=["17585880", "1758-5890", "1758-5880"]).venue.issns == ("1758-5880",)
    assert record(ISSN="1758-5880 1758-5899").venue.issns == ("1758-5880", "1758-5899")
    assert record(container_title=["", "Mind"]).venue.name == "Mind"
    assert record(volume=12, issue=3.0).issue == "3"
    assert record(volume="47(2)").issue == "2"
    assert record(keyword="a, b, a").subjects == (Subject("keyword", "a"), Subject("keyword", "b"))
    assert record(keyword=["a, b"]).subjects == (Subject("keyword", "a, b"),)
    assert record(keyword="").subjects == ()
    assert record(author=[]).authors == ()
    assert record(author=[{"family": " "}, {"given": "Plato"}]).authors[0].name == "Plato"
    assert record(type="book", ISBN="0-306-40615-2 978-0-306-40615-7").identifiers[0].value == "9780306406157"
    assert record(type="chapter", ISBN="0-306-40615-2").identifiers == (), "the book's, not the chapter's"
    assert record(URL="javascript:alert(1)").url is None
    assert record(URL="https://doi.org/10.1234/x").identifiers[0].value == "10.1234/x"
    assert record(language="English").language == "en"
    assert record(DOI="https://doi.org/10.48550/arXiv.1706.03762").identifiers[1].value == "1706.03762"


def test_a_retyped_field_is_left_out_and_named() -> None:
    found = record(publisher={"name": "X"}, volume=True)
    assert (found.title, found.venue, found.volume) == ("A title", None, None)
    assert set(found.drift) == {"publisher", "volume"}


@pytest.mark.parametrize(
    "wrap", [lambda all_: all_, lambda all_: {"items": all_}, lambda all_: {"version": 3, "items": all_}]
)
def test_the_forms_of_a_file(wrap: Any) -> None:
    raw = json.dumps(wrap(ENTRIES), indent=1).encode()
    assert TAP.sniff(raw)
    assert [json.loads(body) for body in TAP.read(io.BytesIO(raw))] == ENTRIES


def test_one_object_and_json_lines() -> None:
    lines = b"\n".join(json.dumps(entry).encode() for entry in ENTRIES)
    assert [json.loads(body) for body in TAP.read(io.BytesIO(lines))] == ENTRIES
    assert [json.loads(body) for body in TAP.read(io.BytesIO(json.dumps(WHOLE).encode()))] == [WHOLE]


def test_a_broken_document_is_refused_as_a_whole() -> None:
    raw = json.dumps(ENTRIES).encode()
    with pytest.raises(UsageError, match="broken JSON"):
        list(TAP.read(io.BytesIO(raw[:-9])))
    with pytest.raises(UsageError, match="nested deeper"):
        list(TAP.read(io.BytesIO(b"[" * 100_000)))


def test_crossref_and_others_are_not_taken_for_csl() -> None:
    assert not TAP.sniff(b'{"status": "ok", "message-type": "work", "message": {"title": ["A"], "issued": {}}}')
    assert not TAP.sniff(b'{"title": ["A"], "container-title": ["B"], "x": {"title": "y"}}')
    assert not TAP.sniff(b'{"title": "A", "doi": "10.1/x"}')
    assert not TAP.sniff(b'title: "A", "issued": 1998')


JSON = values([*WHOLE, "date-parts"])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON, max_size=5), st.binary(max_size=3), st.integers(0, 10_000))
def test_a_mutated_entry_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes, place: int) -> None:
    body = json.dumps(WHOLE | changes).encode("utf-8", "surrogatepass")
    for hostile in (body, body[: place % len(body)] + noise + body[place % len(body) + len(noise) :]):
        assert "\n" not in outcome(parse, hostile)


def test_the_reading_list_on_dissociation(shared: Path) -> None:
    raw = (shared / "corpus" / "domain" / "dissociation.csl.json").read_bytes()
    assert TAP.sniff(raw)
    found = [parse(body) for body in TAP.read(io.BytesIO(raw))]
    assert len(found) == 11
    assert len({one.source_id for one in found}) == 11
    assert [one.source_id for one in found if one.identifiers] == [
        one.identifiers[0].value for one in found if one.identifiers
    ]
    assert sum(bool(one.identifiers) for one in found) == 8
    first, sixth, last = found[0], found[5], found[10]
    assert (first.volume, first.issue, first.first_page, first.last_page) == ("47", "2", "7", "32")
    assert (first.venue.issns, len(first.subjects)) == (("0172-6404",), 6)
    assert sixth.authors[0].name == "Inken von Borzyskowski"
    assert (last.type, last.date, last.year) == ("dissertation", "2024-10-09", 2024)
    assert all(one.cited_by_count is None and one.drift == () for one in found)
