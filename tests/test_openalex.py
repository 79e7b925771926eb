"""OpenAlex: what one raw work means, what is asked and how, what a reply says of each identifier, and its files."""

from __future__ import annotations

import copy
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester import normal
from harvester.errors import BadReply, ParseError, Refused, ServerFault, UsageError
from harvester.http import Door, Reply
from harvester.records import (
    Author,
    Citing,
    Identifier,
    Institution,
    Lookup,
    Page,
    Record,
    References,
    Search,
    Subject,
    Venue,
    VenueWorks,
)
from harvester.sources import openalex
from harvester.sources.openalex import OpenAlex, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
TODAY = json.loads((DATA / "openalex_work.json").read_text())
OLD = json.loads((DATA / "openalex_work_2023.json").read_text())
URL = "https://openalex.invalid"


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def work(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"id": f"https://openalex.org/W{9_000_000_000 + number}", "title": f"Work {number}", **fields}


def parsed(**fields: Any) -> Record:
    return parse(dump(work(**fields)))


# --- one work ------------------------------------------------------------------------------------------------------


def test_a_work_of_2026_in_full() -> None:
    record = parse((DATA / "openalex_work.json").read_bytes())
    assert record == Record(
        source="openalex",
        source_id="W9000000001",
        identifiers=(
            Identifier("openalex", "W9000000001"),
            Identifier("doi", "10.5555/harbour.1"),
            Identifier("pmid", "90000001"),
            Identifier("pmcid", "PMC9000001"),
            Identifier("arxiv", "2501.00001"),
            Identifier("mag", "9000000001"),
        ),
        title="Leaving the harbour: ships & states",
        abstract="Ships leave harbours. Ships return.",
        year=2025,
        date="2025-05-19",
        type="article",
        language="en",
        venue=Venue(
            "Journal of Invented Harbours",
            "1758-5880",
            ("1758-5880", "1758-5899"),
            "journal",
            "Quay Press",
            "S9000000002",
        ),
        volume="16",
        issue="1_Supplement",
        first_page="e4375",
        last_page=None,
        authors=(
            Author(
                "Mira Kai",
                "0000-0002-1825-0097",
                "A9000000004",
                True,
                (
                    Institution("Harbour University", "04jr1s763", "IT", "I9000000005"),
                    Institution("Office of Tides"),
                ),
                "Harbour University, Quay 1; Office of Tides",
            ),
            Author("O. Anker", corresponding=False),
        ),
        authors_truncated=False,
        subjects=(
            Subject("topic", "Maritime Order", "T90001", 0.75),
            Subject("keyword", "Harbour", "keywords/harbour", 0.5),
            Subject("concept", "Port", "C90001", 0.25),
        ),
        references=("W9000000010", "W9000000011"),
        related=("W9000000012",),
        cited_by_count=7,
        counts_by_year=((2025, 3), (2026, 5)),
        is_oa=True,
        oa_status="hybrid",
        oa_url="https://quay.example/1.pdf",
        url="https://doi.org/10.5555/harbour.1",
        is_retracted=False,
        abstract_status="present",
        as_of="2026-05-02",
    )


def test_a_work_of_2023_says_the_same_things_in_other_places() -> None:
    record = parse((DATA / "openalex_work_2023.json").read_bytes())
    assert record.identifiers == (Identifier("openalex", "W9000000020"), Identifier("mag", "9000000020"))
    assert (record.title, record.abstract) == ("Tides of 1937", "Flood, ebb")
    assert (record.year, record.date, record.type) == (1937, "1937", "article")
    assert record.venue == Venue("Old Harbours", "0317-8471", ("0317-8471",), "journal", "Mole & Sons", "S9000000021")
    assert record.authors == (Author("A. Bollard", id="A9000000022", raw_affiliation="Customs House"),)
    assert record.subjects == (Subject("keyword", "tide tables", None, 0.4), Subject("concept", "Tide", "C90003"))
    assert (record.volume, record.issue, record.first_page, record.last_page) == (None, None, "2838", "42")
    assert (record.references, record.counts_by_year) == ((), ())
    assert (record.url, record.as_of, record.drift) == ("https://mole.example/tides", "2023-03-12", ())


def test_what_is_not_said_is_none_and_what_is_said_to_be_empty_is_empty() -> None:
    silent, empty = parsed(), parsed(authorships=[], referenced_works=[], topics=[], counts_by_year=[])
    assert (silent.authors, silent.references, silent.subjects, silent.counts_by_year) == (None, None, None, None)
    assert (empty.authors, empty.references, empty.subjects, empty.counts_by_year) == ((), (), (), ())
    assert (silent.cited_by_count, silent.is_oa, silent.is_retracted, silent.venue) == (None, None, None, None)


@pytest.mark.parametrize(
    ("index", "abstract"),
    [
        (None, None),
        ({}, None),
        ({"b": [1], "a": [0, 2]}, "a b a"),
        ({"a": [0], "b": [7], "c": [3]}, "a c b"),
        ({"a": [5], "b": [5]}, "a b"),
        ({"b": [-1], "a": [-2], "c": [10**15]}, "a b c"),
        ({"a": None, "b": [0]}, "b"),
        ({"one\r\n": [0], "<p>two": [1], "three</p>": [2]}, "one two three"),
        ({"No": [0], "abstract": [1], "provided": [2]}, None),
        ("", None),
        ("plain words", None),
        ('{"InvertedIndex": {"x": [0]}}', "x"),
        ('{"InvertedIndex": [1]}', None),
    ],
)
def test_abstracts(index: object, abstract: str | None) -> None:
    assert parsed(abstract_inverted_index=index).abstract == abstract


def test_an_abstract_that_cannot_be_read_is_drift() -> None:
    assert parsed(abstract_inverted_index="plain words").drift == ("abstract_inverted_index",)
    assert parsed(abstract_inverted_index='{"InvertedIndex": [1]}').drift == ("abstract_inverted_index.InvertedIndex",)
    odd = parsed(abstract_inverted_index={"a": [0], "b": "1", "c": [2, "x"]})
    assert (odd.abstract, odd.drift) == (
        "a c",
        ("abstract_inverted_index[]", "abstract_inverted_index[][]"),
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2020-07-28", "2020-07-28"),
        ("2020-01-01", "2020"),
        ("2020-01-02", "2020-01-02"),
        ("2020-02-30", "2020-02"),
        ("soon", None),
        (None, None),
    ],
)
def test_the_first_of_january_stands_for_a_year(said: str | None, kept: str | None) -> None:
    record = parsed(publication_date=said)
    assert (record.date, record.year) == (kept, 2020 if kept else None)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("journal-article", "article"),
        ("proceedings-article", "article"),
        ("posted-content", "preprint"),
        ("monograph", "book"),
        ("journal-issue", "paratext"),
        ("review", "review"),
        ("grant", "grant"),
        ("null", None),
    ],
)
def test_old_types_become_today_s(said: str, kept: str | None) -> None:
    assert parsed(type=said).type == kept


def test_the_language_of_no_text_is_no_language() -> None:
    assert parse(dump({"id": "W90", "language": "ng"})).language is None
    assert parsed(language="ng").language == "ng"
    assert parsed(language="").language is None


@pytest.mark.parametrize(("said", "kept"), [(12, 12), ("12", 12), (0, 0), (-1, None), ("many", None), (None, None)])
def test_a_count_that_is_none_is_never_zero(said: object, kept: int | None) -> None:
    assert parsed(cited_by_count=said).cited_by_count == kept


def test_authors_cut_at_a_hundred() -> None:
    hundred = [{"author": {"display_name": f"Author {n}"}} for n in range(100)]
    assert parsed(authorships=hundred).authors_truncated
    assert parsed(authorships=hundred[:3], is_authors_truncated=True).authors_truncated
    assert not parsed(authorships=hundred, is_authors_truncated=False).authors_truncated
    assert not parsed(authorships=[*hundred, hundred[0]]).authors_truncated
    assert [a.name for a in parsed(authorships=hundred).authors or ()] == [f"Author {n}" for n in range(100)]


def test_authors_institutions_and_venues_that_name_nobody_are_left_out() -> None:
    nobody = {"author": {"id": None, "display_name": " "}, "institutions": [None, {"display_name": None}]}
    somebody = {**nobody, "raw_author_name": "N. Emo"}
    assert parsed(authorships=[None, nobody, somebody]).authors == (Author("N. Emo"),)
    assert parsed(primary_location={"source": {"type": "journal"}}).venue is None
    raw = parsed(primary_location={"source": None, "raw_source_name": "Harbour Notes"})
    assert raw.venue == Venue("Harbour Notes")


def test_the_publisher_may_stand_with_the_host_venue_only() -> None:
    both = parsed(
        primary_location={"source": {"id": "https://openalex.org/S9", "display_name": "Tides"}},
        host_venue={"display_name": "Tides", "publisher": "Mole &amp; Sons"},
    )
    assert both.venue == Venue("Tides", publisher="Mole & Sons", id="S9")


def test_references_without_itself_the_tombstone_repeats_and_nulls() -> None:
    urls = ["https://openalex.org/" + name for name in ("W11", "W4285719527", "W9000000001", "W12", "W11")]
    assert parsed(referenced_works=urls).references == ("W11", "W12")
    odd = parsed(referenced_works=[urls[0], None, "w13", "https://openalex.org/A1", "https://openalex.org/W"])
    assert (odd.references, odd.drift) == (("W11", "W13"), ("referenced_works[]",))


@pytest.mark.parametrize(
    "fields",
    [
        {"doi": "https://doi.org/10.48550/arXiv.2501.00001"},
        {"locations": [None, {"pdf_url": "http://arxiv.org/pdf/2501.00001v3"}]},
    ],
)
def test_arxiv_ids_come_from_dois_and_places(fields: dict[str, Any]) -> None:
    assert Identifier("arxiv", "2501.00001") in parsed(**fields).identifiers


def test_the_doi_may_be_among_the_ids_only() -> None:
    record = parsed(doi=None, ids={"doi": "https://doi.org/10.5555/X(1)<2>"})
    assert record.identifiers[1] == Identifier("doi", "10.5555/x(1)<2>")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://x.example/", "https://x.example/\nSet-Cookie:a", "https://x.example/a b", "", None],
)
def test_only_web_addresses_are_kept(url: str | None) -> None:
    record = parsed(open_access={"oa_url": url}, primary_location={"landing_page_url": url})
    assert (record.oa_url, record.url) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"id": null}',
        b'{"id": "https://openalex.org/A9000000004"}',
        b'{"id": "W1"',
        b'{"id": "W11", "title": "\xff"}',
        b'{"id": "W11", "x": ' + b"[" * 100_000,
        b'{"error": "gone"}',
    ],
)
def test_what_is_no_work_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse(body)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_retyped_field_is_left_out_and_told() -> None:
    changed = copy.deepcopy(TODAY)
    changed["language"] = ["en"]
    changed["authorships"][0]["author"]["orcid"] = {"id": 1}
    changed["primary_location"]["source"]["display_name"] = "x" * 5_000
    record, whole = parse(dump(changed)), parse(dump(TODAY))
    assert set(record.drift) == {"language", "authorships[].author.orcid", "primary_location.source.display_name"}
    assert (record.language, record.title, record.cited_by_count) == (None, whole.title, 7)
    assert record.authors is not None
    assert [author.name for author in record.authors] == ["Mira Kai", "O. Anker"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([TODAY, OLD]).flatmap(
        lambda whole: st.tuples(st.just(whole), st.lists(st.tuples(st.sampled_from(list(places(whole))[1:]), JSON)))
    )
)
def test_a_mutated_work_is_a_record_or_a_parse_error(case: tuple[Any, list[tuple[tuple[Any, ...], Any]]]) -> None:
    whole, changes = copy.deepcopy(case[0]), case[1]
    for path, value in changes:
        place = whole
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    try:
        record = parse(json.dumps(whole, ensure_ascii=True).encode())
    except ParseError:
        return
    assert normal.openalex(record.source_id) == record.source_id
    assert record.cited_by_count is None or record.cited_by_count >= 0


@given(st.binary(max_size=200))
def test_bytes_are_a_record_or_a_parse_error(body: bytes) -> None:
    for candidate in (body, b'{"id":"W11","title":"' + body + b'"}'):
        try:
            assert parse(candidate).source_id
        except ParseError:
            continue


# --- what is asked -------------------------------------------------------------------------------------------------


@pytest.fixture
def source() -> Iterator[OpenAlex]:
    with Door(openalex.service(URL + "/", "SECRET"), sleep=lambda _: None) as door:
        yield OpenAlex(door)


def page(*works: dict[str, Any], count: int | None = None, following: str | None = None) -> dict[str, Any]:
    meta = {"count": len(works) if count is None else count, "next_cursor": following, "per_page": 100}
    return {"meta": meta, "results": list(works), "group_by": []}


def reply(mock: responses.RequestsMock, body: object, status: int = 200, path: str = "/works") -> None:
    mock.get(URL + path, body=dump(body), status=status, content_type="application/json")


def asked(mock: responses.RequestsMock) -> list[str]:
    return [str(call.request.url).removeprefix(URL) for call in mock.calls]


def lookup(*identifiers: tuple[str, str]) -> Lookup:
    return Lookup(tuple(Identifier(*each) for each in identifiers))


def dois(*values: str) -> Lookup:
    return lookup(*(("doi", value) for value in values))


@pytest.mark.parametrize(
    ("ask", "query"),
    [
        (dois("10.5555/a", "10.5555/b"), "filter=doi%3A10.5555%2Fa%7C10.5555%2Fb"),
        (dois("10.5555/a&b#c", "10.5555/3.0.co;2-o"), "filter=doi%3A10.5555%2Fa%26b%23c%7C10.5555%2F3.0.co%3B2-o"),
        (lookup(("openalex", "W11"), ("openalex", "W12")), "filter=openalex%3AW11%7CW12"),
        (lookup(("pmid", "7"), ("pmid", "8")), "filter=pmid%3A7%7C8"),
        (lookup(("pmcid", "PMC7"), ("pmcid", "PMC8")), "filter=pmcid%3A7%7C8"),
        (lookup(("mag", "7"), ("mag", "8")), "filter=mag%3A7%7C8"),
        (
            lookup(("arxiv", "2501.00001"), ("doi", "10.5555/a")),
            "filter=doi%3A10.48550%2Farxiv.2501.00001%7C10.5555%2Fa",
        ),
        (Search("dissociation & order, [states]"), "search=dissociation+%26+order%2C+%5Bstates%5D"),
        (VenueWorks("17585899"), "filter=primary_location.source.issn%3A1758-5899"),
        (Citing(("W11", "W12")), "filter=cites%3AW11%7CW12"),
        (Citing(("W11", "W12"), None, (2025, 2026)), "filter=cites%3AW11%7CW12%2Cpublication_year%3A2025%7C2026"),
        (References(("W11",)), "filter=cited_by%3AW11"),
    ],
)
def test_the_exact_query(network: responses.RequestsMock, source: OpenAlex, ask: Any, query: str) -> None:
    reply(network, page())
    assert list(source.asks(ask)) == [ask]
    assert source.fetch(ask).items == ()
    assert asked(network) == [f"/works?{query}&per-page=100&cursor=%2A"]


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        (("openalex", "W11"), "/works/W11"),
        (("doi", "10.5555/a,b|c"), "/works/doi:10.5555%2Fa%2Cb%7Cc"),
        (("doi", "10.5555/../../authors?x=1#y"), "/works/doi:10.5555%2F..%2F..%2Fauthors%3Fx%3D1%23y"),
        (("doi", "10.1002/(sici)1097(1998)49:8<693::aid-asi4>3.0.co;2-o"),
         "/works/doi:10.1002%2F%28sici%291097%281998%2949%3A8%3C693%3A%3Aaid-asi4%3E3.0.co%3B2-o"),
        (("arxiv", "2501.00001"), "/works/doi:10.48550%2Farxiv.2501.00001"),
        (("pmid", "7"), "/works/pmid:7"),
        (("pmcid", "PMC7"), "/works/pmcid:7"),
        (("mag", "7"), "/works/mag:7"),
    ],
)  # fmt: skip
def test_one_identifier_is_a_single_request(
    network: responses.RequestsMock, source: OpenAlex, identifier: tuple[str, str], path: str
) -> None:
    network.get(url := URL + path, status=404, body="<html>not here</html>")
    assert source.fetch(lookup(identifier)).absent == (Identifier(*identifier),), url
    assert asked(network) == [path]


def test_the_key_travels_in_a_header_only(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, page())
    source.fetch(Search("tide"))
    request = network.calls[0].request
    assert request.headers["Authorization"] == "Bearer SECRET"
    assert "SECRET" not in str(request.url)
    assert "SECRET" not in repr(openalex.service(URL, "SECRET"))
    assert openalex.service().url == "https://api.openalex.org"
    assert openalex.service().key_header is None
    assert openalex.service().interval >= 0.1
    assert openalex.service(key="SECRET").interval >= 1 / 30


def test_lists_are_split_by_count_and_by_encoded_bytes(network: responses.RequestsMock, source: OpenAlex) -> None:
    short = [f"W{10_000 + n}" for n in range(250)]
    assert [len(ask.source_ids) for ask in source.asks(Citing(tuple(short))) if isinstance(ask, Citing)] == [
        100,
        100,
        50,
    ]
    long = [f"10.5555/{'(<[;]>)' * 8}{n:04}" for n in range(200)]
    asks = [ask for ask in source.asks(dois(*long)) if isinstance(ask, Lookup)]
    assert [each.value for ask in asks for each in ask.identifiers] == long
    assert 1 < len(asks[0].identifiers) < 40
    reply(network, page())
    for ask in asks:
        source.fetch(ask)
    assert all(len(f"GET {url} HTTP/1.1") < 4_000 for url in asked(network))
    assert max(len(url) for url in asked(network)) > 3_000


def test_a_mixed_look_up_becomes_one_ask_for_each_kind(source: OpenAlex) -> None:
    comma, lonely = ("doi", "10.5555/a,b"), ("pmid", "7")
    want = lookup(
        ("doi", "10.5555/a"), comma, ("openalex", "W11"), ("doi", "10.5555/a"), ("arxiv", "2501.00001"), lonely,
        ("openalex", "W12"), ("s2", "0" * 40), ("isbn", "9780306406157"), ("openalex", "W1|W2"),
    )  # fmt: skip
    assert list(source.asks(want)) == [
        lookup(comma),
        lookup(("doi", "10.5555/a"), ("arxiv", "2501.00001")),
        lookup(("openalex", "W11"), ("openalex", "W12")),
        lookup(lonely),
        lookup(("s2", "0" * 40), ("isbn", "9780306406157"), ("openalex", "W1|W2")),
    ]


@pytest.mark.parametrize(
    "value",
    ["10.5555/a,b", "10.5555/a|b", "10.5555/a+b", "10.5555/a!b", '10.5555/"a"', "10.5555/type:x", "10.5555/doi.org/1",
     "10.5555/ä", "10.5555/a b"],
)  # fmt: skip
def test_a_doi_that_would_break_a_list_is_asked_alone(source: OpenAlex, value: str) -> None:
    want = dois("10.5555/1", value, "10.5555/2")
    assert list(source.asks(want)) == [dois(value), dois("10.5555/1", "10.5555/2")]


def test_what_openalex_cannot_look_up_is_failed_without_a_request(
    network: responses.RequestsMock, source: OpenAlex
) -> None:
    want = lookup(("s2", "0" * 40), ("openalex", "W1,W2"), ("doi", "no doi"), ("pmid", "x"))
    answer = source.fetch(want)
    assert [each.asked for each in answer.failed] == list(want.identifiers)
    assert (answer.items, answer.absent, len(network.calls)) == ((), (), 0)
    assert [openalex.can_look_up(scheme) for scheme in ("doi", "arxiv", "openalex", "pmid", "pmcid", "mag")] == [
        True
    ] * 6
    assert not any(openalex.can_look_up(scheme) for scheme in ("s2", "corpusid", "isbn"))


@pytest.mark.parametrize(
    "want", [Search("  "), VenueWorks("1758-5890"), Citing(("W11", "W1|W2")), References(("A11",)), Citing(("",))]
)
def test_what_cannot_be_asked_is_refused_before_a_request(source: OpenAlex, want: Any) -> None:
    with pytest.raises(UsageError):
        list(source.asks(want))


def test_nothing_wanted_is_nothing_asked(source: OpenAlex) -> None:
    assert list(source.asks(Citing(()))) == list(source.asks(References(()))) == list(source.asks(Lookup(()))) == []
    assert list(source.asks(References(("W11", "w12", "W11")))) == [References(("W11",)), References(("W12",))]


def test_a_list_of_several_schemes_is_a_mistake_of_the_caller(source: OpenAlex) -> None:
    with pytest.raises(ValueError, match="asks"):
        source.fetch(lookup(("doi", "10.5555/a"), ("pmid", "7")))


# --- what comes back: lists ----------------------------------------------------------------------------------------


def test_a_list_is_paged_to_its_empty_end(network: responses.RequestsMock, source: OpenAlex) -> None:
    for body in (
        page(work(1), work(2), count=3, following="c1"),
        page(work(3), count=3, following="c2"),
        page(count=3),
    ):
        reply(network, body)
    first = source.fetch(Search("tide"))
    second = source.fetch(Search("tide"), first.next)
    third = source.fetch(Search("tide"), second.next)
    assert [p.next for p in (first, second, third)] == ["c1", "c2", None]
    assert [p.total for p in (first, second, third)] == [3, 3, 3]
    assert [len(p.items) for p in (first, second, third)] == [2, 1, 0]
    assert [parse_qs(urlsplit(url).query)["cursor"] for url in asked(network)] == [["*"], ["c1"], ["c2"]]


def test_items_hold_the_exact_bytes(network: responses.RequestsMock, source: OpenAlex) -> None:
    first, second = b'{ "id" : "W9000000001",\n "title": "caf\\u00e9" }', b'{"title": "no id"}'
    body = b'{"results": [' + first + b" ,\n" + second + b'], "meta": {"count": 2, "next_cursor": null}}'
    network.get(URL + "/works", body=body)
    items = source.fetch(Citing(("W11",))).items
    assert [item.body for item in items] == [first, second]
    assert items[0].record is not None
    assert items[0].record.title == "café"
    assert items[0].asked is None
    assert items[1].record is None
    assert items[1].problem is not None
    assert "work id" in items[1].problem


def test_an_empty_page_at_the_end_may_name_a_cursor(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, page(count=3, following="more"))
    assert source.fetch(Search("tide"), "c2").next is None


@pytest.mark.parametrize(
    ("body", "cursor", "what"),
    [
        (page(count=5), None, "promised 5 works and sent none"),
        (page(work(1), count=5, following="c1"), "c1", "cursor"),
        ({"meta": {"count": 1}}, None, "results"),
        ({"results": []}, None, "meta"),
        ({"meta": {"count": "1"}, "results": []}, None, "count"),
        (["x"], None, "object"),
    ],
)
def test_a_list_that_breaks_its_promise_is_an_error(
    network: responses.RequestsMock, source: OpenAlex, body: object, cursor: str | None, what: str
) -> None:
    reply(network, body)
    with pytest.raises(BadReply, match=what):
        source.fetch(Search("tide"), cursor)


# --- what comes back: look-ups -------------------------------------------------------------------------------------


def test_every_identifier_is_answered(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(
        network,
        page(
            work(1, doi="https://doi.org/10.5555/A"),
            work(2, doi="https://doi.org/10.48550/arxiv.2501.00001"),
            work(3, doi="https://doi.org/10.5555/a"),
        ),
    )
    want = lookup(
        ("doi", "10.5555/a"), ("doi", "10.5555/gone"), ("arxiv", "2501.00001"), ("doi", "10.48550/arxiv.2501.00001")
    )
    answer = source.fetch(want)
    found = [(str(item.asked), item.record.source_id if item.record else None) for item in answer.items]
    assert found == [
        ("10.5555/a", "W9000000001"),
        ("arxiv:2501.00001", "W9000000002"),
        ("10.48550/arxiv.2501.00001", "W9000000002"),
        ("10.5555/a", "W9000000003"),
    ]
    assert answer.absent == (Identifier("doi", "10.5555/gone"),)
    assert (answer.failed, answer.next, answer.total, answer.edges) == ((), None, 3, ())


def test_a_work_nobody_asked_for_leaves_the_rest_unknown(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, page(work(1, doi="10.5555/a"), work(2, doi="10.5555/other")))
    answer = source.fetch(dois("10.5555/a", "10.5555/b"))
    assert [(item.problem, item.record is None) for item in answer.items] == [(None, False), ("not asked for", True)]
    assert answer.absent == ()
    assert [each.asked for each in answer.failed] == [Identifier("doi", "10.5555/b")]


def test_a_work_that_cannot_be_read_leaves_the_rest_unknown(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, page(work(1, doi="10.5555/a"), {"doi": "10.5555/b", "id": 5}))
    answer = source.fetch(dois("10.5555/a", "10.5555/b"))
    assert [item.problem is None for item in answer.items] == [True, False]
    assert [each.asked for each in answer.failed] == [Identifier("doi", "10.5555/b")]


def test_a_look_up_with_more_works_than_a_page_goes_on(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, page(work(1, doi="10.5555/a"), count=2, following="c1"))
    reply(network, page(work(2, doi="10.5555/b"), count=2, following="c2"))
    answer = source.fetch(dois("10.5555/a", "10.5555/b"))
    assert len(answer.items) == len(network.calls) == 2
    assert answer.absent == ()


@pytest.mark.parametrize(
    "body",
    [
        page(work(1, doi="10.5555/a"), count=2),
        page(count=2, following="c1"),
        page(work(1, doi="10.5555/a"), count=322_000_000, following="c1"),
        page(work(1, doi="10.5555/a"), work(2, doi="10.5555/b"), count=1),
        {"meta": {}, "results": []},
    ],
    ids=["cut short", "empty", "filter not heeded", "more than promised", "no count"],
)
def test_a_look_up_that_breaks_its_promise_says_nothing_is_absent(
    network: responses.RequestsMock, source: OpenAlex, body: object
) -> None:
    reply(network, body)
    with pytest.raises(BadReply):
        source.fetch(dois("10.5555/a", "10.5555/b"))


def test_a_merged_work_answers_for_its_old_id(network: responses.RequestsMock, source: OpenAlex) -> None:
    network.get(URL + "/works/W11", status=301, headers={"Location": "/works/W9000000002"})
    reply(network, work(2), path="/works/W9000000002")
    (item,) = source.fetch(lookup(("openalex", "W11"))).items
    assert item.asked == Identifier("openalex", "W11")
    assert item.record is not None
    assert item.record.source_id == "W9000000002"


def test_another_work_than_asked_for_is_a_problem(network: responses.RequestsMock, source: OpenAlex) -> None:
    reply(network, work(2, doi="10.5555/other"), path="/works/doi:10.5555%2Fa%2Cb")
    (item,) = source.fetch(dois("10.5555/a,b")).items
    assert (item.record, item.problem) == (None, "asked for 10.5555/a,b, sent W9000000002")
    assert item.asked == Identifier("doi", "10.5555/a,b")


@pytest.mark.parametrize(
    ("status", "body", "fault"), [(200, b"<html>", BadReply), (503, b"", ServerFault), (400, b"{}", Refused)]
)
def test_a_fault_of_a_single_request_is_not_an_answer(
    network: responses.RequestsMock, source: OpenAlex, status: int, body: bytes, fault: type[Exception]
) -> None:
    network.get(URL + "/works/W11", status=status, body=body)
    with pytest.raises(fault):
        source.fetch(lookup(("openalex", "W11")))


# --- limits --------------------------------------------------------------------------------------------------------


def test_the_budget_is_read_from_the_headers() -> None:
    headers = {"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "-3", "x-ratelimit-reset": "41749.2"}
    spent = openalex.budget({**headers, "x-ratelimit-credits-used": "10"})
    assert spent is not None
    assert (spent.limit, spent.remaining, spent.reset_seconds, spent.cost) == (10_000, 0, 41_749, 10.0)
    assert openalex.budget({}) is None
    assert openalex.budget({"ratelimit-limit": "5", "x-ratelimit-limit": "plenty"}) is None


@pytest.mark.parametrize(
    ("headers", "body", "meaning"),
    [
        ({"retry-after": "1"}, b"{}", "burst"),
        ({"retry-after": "1", "x-ratelimit-remaining": "9000", "x-ratelimit-credits-required": "1"}, b"{}", "burst"),
        ({}, b"", "burst"),
        ({"retry-after": "Fri, 22 May 2026 12:24:11 GMT"}, b"", "burst"),
        ({"retry-after": "41749"}, b"{}", "budget"),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-credits-required": "10"}, b"{}", "budget"),
        ({"x-ratelimit-remaining": "0"}, b"{}", "budget"),
        ({"x-ratelimit-remaining": "500"}, b'{"error": "Plan upgrade required"}', "plan"),
    ],
)
def test_the_three_meanings_of_429(headers: dict[str, str], body: bytes, meaning: str) -> None:
    assert openalex.meaning_of_429(Reply(429, headers, body, "GET /works")) == meaning


# --- files ---------------------------------------------------------------------------------------------------------

ONE, TWO = dump(work(1, authorships=[])), dump(work(2, ids={"openalex": "https://openalex.org/W9000000002"}))
PRETTY = json.dumps(TODAY, indent=2).encode()
LINES, DOCUMENT = openalex.TAPS


@pytest.mark.parametrize(
    ("body", "tap", "records"),
    [
        (ONE + b"\n" + TWO + b"\n", LINES, [ONE, TWO]),
        (b"\xef\xbb\xbf" + ONE + b"\r\n\n  \n" + TWO, LINES, [ONE, TWO]),
        (ONE + b"\nnot json\n" + TWO, LINES, [ONE, b"not json", TWO]),
        (ONE, LINES, [ONE]),
        (PRETTY, DOCUMENT, [PRETTY]),
        (b"\xef\xbb\xbf [" + ONE + b", " + TWO + b"]", DOCUMENT, [ONE, TWO]),
        (b'{"meta": {"count": 2}, "results": [' + ONE + b"," + TWO + b"]}\n", DOCUMENT, [ONE, TWO]),
        (b'{\n "results": [' + PRETTY + b"]}", DOCUMENT, [PRETTY]),
    ],
)
def test_files_are_told_apart_and_read_exactly(body: bytes, tap: Any, records: list[bytes]) -> None:
    told = [each for each in openalex.TAPS if each.sniff(body[:65536])]
    assert told == [tap]
    assert list(tap.read(io.BytesIO(body))) == records


def test_a_head_that_is_cut_is_enough() -> None:
    long = {"related_works": ["https://openalex.org/W11"] * 3_000, "authorships": [], **work(1)}
    for body, tap in ((dump(long), LINES), (dump([long]), DOCUMENT), (dump(page(long)), DOCUMENT), (PRETTY, DOCUMENT)):
        for size in (900, 65536):
            told = [each for each in openalex.TAPS if each.sniff(body[:size])]
            assert told == ([tap] if b"authorships" in body[:size] or b'"id"' in body[:size] else [])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"@article{x, title={https://openalex.org/W11}}",
        b'{"paperId": "0", "externalIds": {"MAG": "11"}}',
        b'{"DOI": "10.5555/a", "title": ["x"]}',
        b'[{"id": "https://openalex.org/A11", "display_name": "An author"}]',
        b"\x1f\x8b\x08",
    ],
)
def test_other_files_are_not_ours(head: bytes) -> None:
    assert not any(tap.sniff(head) for tap in openalex.TAPS)


@pytest.mark.parametrize("body", [b"[1, 2", b'{"results": {}}', b"{", b"[" * 100_000, b'{"id": "\xff"}'])
def test_a_broken_document_is_told(body: bytes) -> None:
    with pytest.raises(UsageError, match="not a JSON document"):
        list(DOCUMENT.read(io.BytesIO(body)))


def test_what_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from harvester.sources.openalex import taps

    monkeypatch.setattr(taps, "_MOST_LINE", 1 << 20)
    monkeypatch.setattr(taps, "_MOST_DOCUMENT", 1 << 20)
    lines = LINES.read(io.BytesIO(ONE + b"\n" + b"x" * (1 << 20) + b"x\n"))
    assert next(lines) == ONE
    with pytest.raises(UsageError, match="line 2 is over 1 MiB"):
        next(lines)
    with pytest.raises(UsageError, match="over 1 MiB"):
        list(DOCUMENT.read(io.BytesIO(b"[" + b" " * (1 << 20) + b"]")))


# --- real replies --------------------------------------------------------------------------------------------------


def recorded(folder: Path) -> Iterator[tuple[str, int, bytes]]:
    """(file, status, body) of every recorded reply about works, and every file kept as it came."""
    for path in sorted(folder.glob("*/*.json")):
        if "derived" in path.name or "history" in path.name:
            continue
        whole = json.loads(path.read_text())
        if isinstance(whole, dict) and "response" in whole:
            body = whole["response"]["body"]
            yield path.name, whole["response"]["status"], body.encode() if isinstance(body, str) else dump(body)
        else:
            yield path.name, 200, dump(whole)


def is_work(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("id")).startswith("https://openalex.org/W")


def test_every_recorded_reply_is_read_without_loss(
    shared: Path, network: responses.RequestsMock, source: OpenAlex
) -> None:
    seen: Counter[str] = Counter()
    for name, status, body in recorded(shared / "corpus" / "openalex"):
        try:
            whole = json.loads(body)
        except ValueError:
            continue
        if status != 200:
            continue
        if is_work(whole):
            assert parse(body).drift == (), name
            seen["single"] += 1
        elif (
            isinstance(whole, dict) and whole.get("results") and all(map(is_work, whole["results"])) and "meta" in whole
        ):
            network.reset()
            network.get(URL + "/works", body=body)
            answer = source.fetch(Search("x"))
            assert [item.problem for item in answer.items] == [None] * len(whole["results"]), name
            assert [item.record.drift for item in answer.items if item.record] == [()] * len(whole["results"]), name
            assert (answer.total, answer.next) == (whole["meta"]["count"], whole["meta"].get("next_cursor")), name
            seen["listed"] += len(answer.items)
    assert seen["single"] > 20
    assert seen["listed"] > 300


def test_recorded_files_of_works_are_told_and_read(shared: Path) -> None:
    folder, seen = shared / "corpus" / "openalex", 0
    for path in sorted(folder.glob("*/*.jsonl")):
        body = path.read_bytes()
        assert [tap for tap in openalex.TAPS if tap.sniff(body[:65536])] == [LINES], path.name
        records = [parse(raw) for raw in LINES.read(io.BytesIO(body))]
        assert len(records) == len(body.splitlines())
        assert [record.drift for record in records] == [()] * len(records)
        seen += len(records)
    assert seen > 50


@pytest.mark.slow
def test_seven_thousand_works_of_2023(shared: Path) -> None:
    seen: Counter[str] = Counter()
    for path in sorted((shared / "corpus" / "openalex" / "synergy").glob("*.gz")):
        with gzip.open(path) as stream:
            for raw in LINES.read(stream):
                record, said = parse(raw), json.loads(raw)
                assert record.drift == ()
                assert record.cited_by_count == said["cited_by_count"]
                assert len(record.authors or ()) <= len(said["authorships"])
                listed = {url.rpartition("/")[2] for url in said["referenced_works"]}
                assert set(record.references or ()) == listed - {record.source_id, "W4285719527"}
                seen["works"] += 1
                seen["abstracts"] += record.abstract is not None
                seen["doi"] += any(identifier.scheme == "doi" for identifier in record.identifiers)
    assert seen["works"] == 7_234
    assert seen["abstracts"] > 6_900
    assert seen["doi"] > 6_800


# --- where a work lies ---


def test_a_work_is_found_at_its_address_if_it_lies_there_alone(
    source: OpenAlex, network: responses.RequestsMock
) -> None:
    place = Identifier("url", "https://repository.example/77?a=b&c=d")
    body = {"id": "https://openalex.org/W7", "title": "Tides"}
    network.get(f"{URL}/works", json={"meta": {"count": 1, "next_cursor": None}, "results": [body]})
    (ask,) = source.asks(Lookup((place,)))
    page = source.fetch(ask)
    assert [(one.asked, one.record and one.record.source_id) for one in page.items] == [(place, "W7")]
    assert (
        "filter=locations.landing_page_url%3Ahttps%3A%2F%2Frepository.example%2F77%3Fa%3Db%26c%3Dd&"
        in asked(network)[0]
    )
    network.reset()
    network.get(
        f"{URL}/works", json={"meta": {"count": 2, "next_cursor": None}, "results": [body, body | {"id": "W8"}]}
    )
    assert source.fetch(ask) == Page(absent=(place,)), "nobody can say which one is meant"


@pytest.mark.parametrize(
    "address", ["https://x.example/a,b", "https://x.example/a|b", "javascript:alert(1)", "https://x y"]
)
def test_an_address_that_is_no_single_value_is_not_asked_for(source: OpenAlex, address: str) -> None:
    (ask,) = source.asks(Lookup((Identifier("url", address),)))
    assert [one.asked.value for one in source.fetch(ask).failed] == [address]
