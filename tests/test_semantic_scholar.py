from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester import normal
from harvester.errors import BadReply, ConfigError, NotFound, ParseError, RateLimited, Refused, ServerFault, UsageError
from harvester.http import Door
from harvester.records import (
    Citing,
    Edge,
    Failed,
    Identifier,
    Lookup,
    Page,
    References,
    Search,
    Subject,
    VenueWorks,
)
from harvester.sources import semantic_scholar
from harvester.sources.semantic_scholar import SemanticScholar, parse
from tests.hostile import outcome, values

BATCH = "https://api.semanticscholar.org/graph/v1/paper/batch"
BULK = "https://api.semanticscholar.org/graph/v1/paper/search/bulk"
GRAPH = "https://api.semanticscholar.org/graph/v1/paper/"

A, B, C = ("a" * 40, "b" * 40, "c" * 40)
PAPER = json.loads((Path(__file__).parent / "data" / "s2_paper.json").read_text("utf-8"))


def paper(paper_id: str | None = A, **fields: Any) -> dict[str, Any]:
    return {"paperId": paper_id, "title": "A title", **fields}


def record(**fields: Any) -> Any:
    return parse(json.dumps(paper(**fields)).encode())


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


@pytest.fixture
def source() -> Iterator[SemanticScholar]:
    with Door(semantic_scholar.service(key="sesame"), sleep=lambda _: None) as door:
        yield SemanticScholar(door)


# --- the service ---------------------------------------------------------------------------------------------------


def test_the_service_is_paced_for_one_request_a_second_and_its_key_goes_into_a_header() -> None:
    service = semantic_scholar.service(url="http://127.0.0.1:9/", key="sesame")
    assert service.interval >= 1.0
    assert service.key_header == ("x-api-key", "sesame")
    assert service.url == "http://127.0.0.1:9"
    assert semantic_scholar.service().key_header is None
    assert semantic_scholar.service().interval >= 1.0


def test_every_field_asked_for_is_in_the_vocabulary_of_the_client_library() -> None:
    asked = semantic_scholar.fields().split(",")
    assert {"paperId", "citationCount", "externalIds", "publicationVenue"} <= set(asked)
    assert not {"citations", "references", "embedding", "tldr", "citationStyles"} & {
        one.partition(".")[0] for one in asked
    }


def test_a_field_that_left_the_vocabulary_is_named() -> None:
    with pytest.raises(ConfigError, match="does not know the field yearOfGrace"):
        semantic_scholar.fields(("paperId", "yearOfGrace"))


def test_429_is_waited_for_and_never_taken_for_an_answer(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.post(BATCH, json={"message": "Too Many Requests", "code": "429"}, status=429)
    with pytest.raises(RateLimited):
        source.fetch(Lookup((doi("10.1000/a"),)))
    assert len(network.calls) == 5


# --- asks ----------------------------------------------------------------------------------------------------------


def test_a_look_up_is_split_by_500(source: SemanticScholar) -> None:
    want = Lookup(tuple(doi(f"10.1000/{number}") for number in range(1001)))
    asks = list(source.asks(want))
    assert [len(ask.identifiers) for ask in asks] == [500, 500, 1]
    assert tuple(one for ask in asks for one in ask.identifiers) == want.identifiers


def test_a_look_up_is_split_by_bytes(source: SemanticScholar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.BATCH_BYTES", 200)
    asks = list(source.asks(Lookup(tuple(doi(f"10.1000/{'ü' * 30}{number}") for number in range(5)))))
    assert [len(ask.identifiers) for ask in asks] == [2, 2, 1]


def test_citations_are_asked_one_work_at_a_time(source: SemanticScholar) -> None:
    assert list(source.asks(Citing((A, B)))) == [Citing((A,)), Citing((B,))]
    assert list(source.asks(References((A, B)))) == [References((A,)), References((B,))]
    with pytest.raises(ValueError, match="at once"):
        source.fetch(Citing((A, B)))


def test_a_venue_cannot_be_asked_for(source: SemanticScholar) -> None:
    assert list(source.asks(VenueWorks("1758-5880"))) == []
    assert list(source.asks(Search("dissociation"))) == [Search("dissociation")]
    with pytest.raises(UsageError, match="give a text"):
        list(source.asks(Search(" ")))


def test_which_schemes_can_be_looked_up(source: SemanticScholar) -> None:
    can = [
        scheme for scheme in ("doi", "s2", "corpusid", "pmid", "pmcid", "arxiv", "mag") if source.can_look_up(scheme)
    ]
    assert len(can) == 7
    assert not source.can_look_up("openalex")
    assert not source.can_look_up("isbn")


# --- look-up -------------------------------------------------------------------------------------------------------


def test_a_look_up_spells_each_scheme_and_hides_the_key(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    asked = tuple(
        Identifier(*one)
        for one in (
            ("doi", "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o"), ("s2", A), ("corpusid", "7"),
            ("pmid", "8"), ("pmcid", "PMC9"), ("arxiv", "1706.03762"), ("mag", "10"),
        )
    )  # fmt: skip
    network.post(BATCH, json=[None] * 7)
    page = source.fetch(Lookup(asked))
    assert page.absent == asked
    assert page.items == page.failed == ()
    request = network.calls[0].request
    assert json.loads(request.body)["ids"] == [
        "DOI:10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o", A, "CorpusId:7",
        "PMID:8", "PMCID:9", "ARXIV:1706.03762", "MAG:10",
    ]  # fmt: skip
    assert request.headers["x-api-key"] == "sesame"
    assert "sesame" not in request.url


def test_found_absent_and_unreadable_are_told_apart(network: responses.RequestsMock, source: SemanticScholar) -> None:
    body = json.dumps([paper(externalIds={"DOI": "10.1000/A"}), None, {"title": "no id"}], indent=3)
    network.post(BATCH, body=body)
    page = source.fetch(Lookup((doi("10.1000/a"), doi("10.1000/b"), doi("10.1000/c"))))
    first, second = page.items
    assert first.asked == doi("10.1000/a")
    assert first.record.source_id == A
    assert first.body.decode() in body, "the exact bytes"
    assert (second.asked, second.record, second.problem) == (doi("10.1000/c"), None, "no paperId")
    assert page.absent == (doi("10.1000/b"),)


def test_a_successor_answers_for_the_paper_that_was_merged_into_it(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.post(BATCH, json=[paper(B), paper(B)])
    page = source.fetch(Lookup((Identifier("s2", A), Identifier("s2", B))))
    assert [(item.asked.value, item.record.source_id) for item in page.items] == [(A, B), (B, B)]


def test_a_paper_answers_to_the_doi_that_arxiv_gives(network: responses.RequestsMock, source: SemanticScholar) -> None:
    published = paper(A, externalIds={"ArXiv": "1706.03762", "DOI": "10.1000/published"})
    network.post(BATCH, json=[published, published, None])
    asked = (doi("10.48550/arxiv.1706.03762"), doi("10.1000/published"), doi("10.1000/other"))
    page = source.fetch(Lookup(asked))
    assert [item.asked for item in page.items] == [*asked[:2]]
    assert (page.absent, page.failed) == (asked[2:], ())


def test_a_reply_in_another_order_joins_nobody_wrongly(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.post(BATCH, json=[paper(B), paper(A), paper(C), None])
    asked = tuple(Identifier("s2", one) for one in (A, B, C, "d" * 40))
    page = source.fetch(Lookup(asked))
    assert [(item.asked.value, item.record.source_id) for item in page.items] == [(C, C)]
    assert {failed.asked for failed in page.failed} == {asked[0], asked[1], asked[3]}
    assert page.absent == ()


def test_a_reply_of_another_length_is_no_answer(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.post(BATCH, json=[None])
    with pytest.raises(BadReply, match="1 answers to 2 ids"):
        source.fetch(Lookup((doi("10.1000/a"), doi("10.1000/b"))))


@pytest.mark.parametrize("reply", [{"error": "x"}, None, "text"])
def test_a_reply_that_is_no_list_is_no_answer(
    network: responses.RequestsMock, source: SemanticScholar, reply: Any
) -> None:
    network.post(BATCH, json=reply)
    with pytest.raises(BadReply):
        source.fetch(Lookup((doi("10.1000/a"),)))


def test_an_outage_is_an_error_and_no_absence(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.post(BATCH, json={"message": "Internal Server Error"}, status=503)
    with pytest.raises(ServerFault):
        source.fetch(Lookup((doi("10.1000/a"),)))


def test_a_scheme_the_service_does_not_know_fails_by_itself(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.post(BATCH, json=[paper(externalIds={"DOI": "10.1000/a"})])
    page = source.fetch(Lookup((Identifier("isbn", "9780306406157"), doi("10.1000/a"))))
    assert [item.asked for item in page.items] == [doi("10.1000/a")]
    assert page.failed == (Failed(Identifier("isbn", "9780306406157"), "semantic_scholar knows no isbn"),)
    assert source.fetch(Lookup(())) == Page()


def refusing(culprits: set[str], error: str) -> Any:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        ids = json.loads(request.body)["ids"]
        if culprits.intersection(ids):
            return 400, {}, json.dumps({"error": error})
        return 200, {}, json.dumps([paper(externalIds={"DOI": one.removeprefix("DOI:")}) for one in ids])

    return answer


@pytest.mark.parametrize(
    ("error", "absent", "failed"),
    [("No valid paper ids given", 1, 0), ("Paper with id DOI:10.1000/77 not found", 1, 0), ("something odd", 0, 1)],
)
def test_one_bad_id_does_not_cost_the_others_their_answer(
    network: responses.RequestsMock, source: SemanticScholar, error: str, absent: int, failed: int
) -> None:
    network.add_callback(responses.POST, BATCH, refusing({"DOI:10.1000/77"}, error))
    asked = tuple(doi(f"10.1000/{number}") for number in range(500))
    page = source.fetch(Lookup(asked))
    assert [item.asked for item in page.items] == [one for one in asked if one.value != "10.1000/77"]
    assert (page.absent, tuple(one.asked for one in page.failed)) == ((asked[77],) * absent, (asked[77],) * failed)
    assert len(network.calls) <= 20


def test_closing_in_on_bad_ids_has_an_end(network: responses.RequestsMock, source: SemanticScholar) -> None:
    asked = tuple(doi(f"10.1000/{number}") for number in range(500))
    network.add_callback(responses.POST, BATCH, refusing({f"DOI:{one.value}" for one in asked}, "something odd"))
    page = source.fetch(Lookup(asked))
    assert {one.asked for one in page.failed} == set(asked)
    assert page.absent == page.items == ()
    assert len(network.calls) == 64


def test_a_refusal_of_the_question_itself_is_raised_at_once(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.post(BATCH, json={"error": "Unrecognized or unsupported fields: [year]"}, status=400)
    with pytest.raises(Refused, match="Unrecognized"):
        source.fetch(Lookup((doi("10.1000/a"), doi("10.1000/b"))))
    assert len(network.calls) == 1


# --- search --------------------------------------------------------------------------------------------------------


def test_a_search_goes_from_token_to_token(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.get(BULK, json={"total": 3, "token": "T1", "data": [paper(A), paper(B)]})
    network.get(BULK, json={"total": 3, "token": None, "data": [paper(C)]})
    first = source.fetch(Search('"norm exit" & c++'))
    assert ([item.record.source_id for item in first.items], first.next, first.total) == ([A, B], "T1", 3)
    second = source.fetch(Search('"norm exit" & c++'), first.next)
    assert ([item.record.source_id for item in second.items], second.next) == ([C], None)
    assert network.calls[0].request.params["query"] == '"norm exit" & c++'
    assert [call.request.params.get("token") for call in network.calls] == [None, "T1"]


@pytest.mark.parametrize("reply", [{"total": 0, "token": None, "data": []}, {"total": 0, "offset": 0}])
def test_a_search_without_a_match(network: responses.RequestsMock, source: SemanticScholar, reply: Any) -> None:
    network.get(BULK, json=reply)
    assert source.fetch(Search("xyzzy")) == Page(total=0)


def test_a_404_is_an_empty_search_only_where_it_says_so(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(BULK, json={"error": "Title match not found"}, status=404)
    network.get(BULK, body="<html><title>Not Found</title></html>", status=404)
    assert source.fetch(Search("xyzzy")) == Page(total=0)
    with pytest.raises(NotFound):
        source.fetch(Search("xyzzy"))


@pytest.mark.parametrize(
    "reply",
    [
        {"total": 9, "token": "T1", "data": [{"paperId": A}]},  # the same token again
        {"total": 9, "token": "T2", "data": []},  # more is promised, nothing given
        {"total": 9, "token": None},
        {"message": "Endpoint request timed out"},
        {"total": 9, "data": None},
    ],
)
def test_a_search_page_that_is_none_is_an_error(
    network: responses.RequestsMock, source: SemanticScholar, reply: Any
) -> None:
    network.get(BULK, json=reply)
    with pytest.raises(BadReply):
        source.fetch(Search("xyzzy"), "T1")


# --- citations and references --------------------------------------------------------------------------------------


def test_citing_works_come_with_their_edges(network: responses.RequestsMock, source: SemanticScholar) -> None:
    entries = [
        {
            "isInfluential": True,
            "intents": ["methodology", None],
            "contexts": ["As <b>shown</b> in\n[1].", 5, ""],
            "citingPaper": paper(B),
        },
        {"isInfluential": None, "intents": None, "citingPaper": paper(C)},
        {"isInfluential": False, "intents": [], "citingPaper": {"paperId": None, "title": "A report"}},
        {"citingPaper": None},
        {"citingPaper": {"paperId": 7}},
        3,
    ]
    network.get(f"{GRAPH}{A}/citations", json={"offset": 0, "next": 1000, "data": entries})
    page = source.fetch(Citing((A,)))
    assert page.edges == (Edge(B, A, True, ("methodology",), ("As shown in [1].",)), Edge(C, A, None, ()))
    assert [item.record and item.record.source_id for item in page.items] == [B, C, None, None]
    assert [item.problem is None for item in page.items] == [True, True, False, False]
    assert page.unidentified == 2
    assert (page.next, page.total, page.capped) == ("1000", None, False)
    params = network.calls[0].request.params
    assert (params["offset"], params["limit"]) == ("0", "1000")
    assert {"isInfluential", "intents", "citationCount"} <= set(params["fields"].split(","))


def test_a_list_of_some_years_is_asked_for_a_year_at_a_time(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    """A list ends at 9,999; a year's is that much shorter."""
    asks = list(source.asks(Citing((A, B), "2025-06-01", (2025, 2026))))
    assert asks == [Citing((one,), "2025-06-01", (year,)) for one in (A, B) for year in (2025, 2026)]
    network.get(f"{GRAPH}{A}/citations", json={"offset": 0, "data": []})
    published = []
    for ask in (*asks[:2], Citing((A,), None, (2025,)), Citing((A,))):
        source.fetch(ask)
        published.append(network.calls[-1].request.params.get("publicationDateOrYear"))
    assert published == ["2025-06-01:2025", "2026:2026", "2025:2025", None]


def test_the_body_of_a_citing_work_is_its_exact_bytes(network: responses.RequestsMock, source: SemanticScholar) -> None:
    inner = f'{{"title" :  "x", "paperId":"{B}"}}'
    network.get(f"{GRAPH}{A}/citations", body=f'{{"offset": 0, "data": [{{"citingPaper":{inner}, "intents":[]}}]}}')
    assert source.fetch(Citing((A,))).items[0].body == inner.encode()


def test_references_point_the_other_way(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.get(f"{GRAPH}{A}/references", json={"offset": 50, "data": [{"citedPaper": paper(B)}]})
    page = source.fetch(References((A,)), "50")
    assert page.edges == (Edge(A, B),)
    assert page.next is None
    assert network.calls[0].request.params["offset"] == "50"


def test_references_that_a_publisher_had_removed_are_unknown_not_none(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(f"{GRAPH}{A}/references", json={"data": None, "citingPaperInfo": {"openAccessPdf": None}})
    assert source.fetch(References((A,))) == Page(capped=True)


def test_the_last_page_a_list_can_have_says_that_it_is_cut(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(f"{GRAPH}{A}/citations", json={"offset": 8000, "next": 9000, "data": [{"citingPaper": paper(B)}]})
    network.get(f"{GRAPH}{A}/citations", json={"offset": 9000, "next": 9999, "data": [{"citingPaper": paper(C)}]})
    before = source.fetch(Citing((A,)), "8000")
    assert (before.next, before.capped) == ("9000", False)
    last = source.fetch(Citing((A,)), before.next)
    assert (last.next, last.capped, len(last.items)) == (None, True, 1)
    assert all(int(call.request.params["offset"]) + int(call.request.params["limit"]) < 10000 for call in network.calls)


def test_an_empty_last_page_ends_the_list_and_an_empty_page_between_does_not(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(f"{GRAPH}{A}/citations", json={"offset": 1000, "next": 2000, "data": []})
    network.get(f"{GRAPH}{A}/citations", json={"offset": 2000, "data": []})
    assert source.fetch(Citing((A,)), "1000").next == "2000"
    assert source.fetch(Citing((A,)), "2000") == Page()


@pytest.mark.parametrize(
    "reply", [{"offset": 5, "next": 5, "data": []}, {"offset": 0, "data": []}, {"offset": 5}, [], {"message": "no"}]
)
def test_a_list_that_does_not_go_on_is_an_error(
    network: responses.RequestsMock, source: SemanticScholar, reply: Any
) -> None:
    network.get(f"{GRAPH}{A}/citations", json=reply)
    with pytest.raises(BadReply):
        source.fetch(Citing((A,)), "5")


def test_a_page_too_large_for_the_service_is_asked_for_in_smaller_pieces(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(f"{GRAPH}{A}/citations", json={"error": "Response would exceed maximum size. Use limit."}, status=400)
    network.get(f"{GRAPH}{A}/citations", json={"offset": 0, "next": 500, "data": [{"citingPaper": paper(B)}]})
    page = source.fetch(Citing((A,)))
    assert (page.next, len(page.items)) == ("500", 1)
    assert [call.request.params["limit"] for call in network.calls] == ["1000", "500"]


def test_the_pieces_do_not_shrink_for_ever(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.get(f"{GRAPH}{A}/citations", json={"error": "Response would exceed maximum size"}, status=400)
    with pytest.raises(Refused):
        source.fetch(Citing((A,)))
    assert len(network.calls) < 10


def test_citations_of_an_unknown_paper(network: responses.RequestsMock, source: SemanticScholar) -> None:
    network.get(f"{GRAPH}{A}/citations", json={"error": f"Paper with id {A} not found"}, status=404)
    with pytest.raises(NotFound):
        source.fetch(Citing((A,)))


# --- one paper -----------------------------------------------------------------------------------------------------


def test_a_whole_paper() -> None:
    found = parse(json.dumps(PAPER).encode())
    assert found.source_id == PAPER["paperId"]
    assert [str(one) for one in found.identifiers] == [
        "10.1234/abc.2021.7", "10.5678/xyz", PAPER["paperId"], "corpusid:215416146", "pmid:123", "pmcid:PMC456",
        "arxiv:2101.00001", "mag:3015453090",
    ]  # fmt: skip
    assert found.title == "Leaving the club, O'BRIEN'S way: a $k$-step \ufffd model"
    assert found.abstract == "We ask why states leave."
    assert (found.year, found.date, found.type) == (2021, "2021-03", "review")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("12", "5", "390", "397")
    assert [(author.name, author.id) for author in found.authors] == [
        ("Ada Example", "11"), ("Nobody Known", None), ("Nobody Known", None), ("Ben Sample", "12"),
    ]  # fmt: skip
    assert found.venue.name == "Journal of Examples"
    assert (found.venue.issns, found.venue.type) == (("1758-5880", "1758-5899"), "journal")
    assert found.venue.id == "1e33b3be-b2ab-46e9-96e8-d4eb4bad6e44"
    assert found.subjects == (Subject("field", "Political Science"), Subject("field", "History"))
    assert found.cited_by_count == 8557
    assert (found.is_oa, found.oa_status) == (True, "green")
    assert found.oa_url == "https://example.org/a.pdf"
    assert found.url == f"https://www.semanticscholar.org/paper/{PAPER['paperId']}"
    assert found.references is None
    assert found.drift == ()


def test_a_paper_of_nulls() -> None:
    found = parse(json.dumps(dict.fromkeys(PAPER) | {"paperId": A}).encode())
    assert found.identifiers == (Identifier("s2", A),)
    assert [found.title, found.year, found.venue, found.authors, found.cited_by_count, found.is_oa] == [None] * 6
    assert found.subjects is None


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"title": "x"}', b'{"paperId": null}', b'{"paperId": "7"}', b"\xff"]
)
def test_what_is_no_paper(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


def test_a_count_is_never_made_of_a_list() -> None:
    assert record(citations=[{"paperId": B}], references=[{"paperId": C}], referenceCount=1).cited_by_count is None
    assert record(citationCount=0, citations=[{"paperId": B}]).cited_by_count == 0
    assert record(citationCount=-1).cited_by_count is None
    retyped = record(citationCount={"total": 4})
    assert (retyped.cited_by_count, retyped.drift) == (None, ("citationCount",))


def test_the_shape_of_the_first_api() -> None:
    found = record(
        doi="10.1000/A", arxivId="1706.03762v2", numCitedBy=448, corpusId=9, authors=[{"authorId": None, "name": "N"}]
    )
    assert [str(one) for one in found.identifiers] == ["10.1000/a", A, "corpusid:9", "arxiv:1706.03762"]
    assert found.cited_by_count == 448


@pytest.mark.parametrize(
    ("date", "year", "expected"),
    [
        (None, 1937, (None, 1937)),
        ("2020-00-00", 2021, ("2020", 2021)),
        ("2020-07-28", None, ("2020-07-28", 2020)),
        ("soon", None, (None, None)),
    ],
)
def test_dates(date: str | None, year: int | None, expected: tuple[str | None, int | None]) -> None:
    found = record(publicationDate=date, year=year)
    assert (found.date, found.year) == expected


@pytest.mark.parametrize("abstract", [None, "\n ", "<jats:p />", "", "No abstract available"])
def test_an_abstract_that_says_nothing(abstract: str | None) -> None:
    assert record(abstract=abstract).abstract is None


@pytest.mark.parametrize(
    ("pdf", "url", "status"),
    [
        (None, None, None),
        ({"url": "https://example.org/a.pdf"}, "https://example.org/a.pdf", None),
        ({"url": "", "status": None, "license": None, "disclaimer": "Notice: ..."}, None, None),
        ({"url": "https://example.org/a.pdf", "status": "GOLD"}, "https://example.org/a.pdf", "gold"),
        ({"url": "javascript:alert(1)", "status": "CLOSED"}, None, "closed"),
    ],
)
def test_the_shapes_of_the_open_access_pdf(pdf: Any, url: str | None, status: str | None) -> None:
    found = record(openAccessPdf=pdf)
    assert (found.oa_url, found.oa_status) == (url, status)


@pytest.mark.parametrize(
    ("stated", "venue", "expected"),
    [
        (["JournalArticle"], "Mind", "article"),
        (["JournalArticle", "Review"], "Mind", "review"),
        (["JournalArticle"], "arXiv.org", "preprint"),
        (None, "bioRxiv", "preprint"),
        (["Review"], "arXiv.org", "review"),
        (["LettersAndComments", "JournalArticle"], "", "letter"),
        (["BookSection", "Book"], "", "book-chapter"),
        (["Conference"], "", "article"),
        (["Poem"], "", None),
        (None, None, None),
    ],
)
def test_types_in_openalex_words(stated: Any, venue: str | None, expected: str | None) -> None:
    assert record(publicationTypes=stated, venue=venue).type == expected


def test_a_venue_from_whatever_names_it() -> None:
    assert record(venue="").venue is None
    assert record(venue="Mind").venue.name == "Mind"
    assert record(venue="Mind", journal={"name": "Mind (London)"}).venue.name == "Mind (London)"
    assert record(publicationVenue="1e33b3be").venue.id == "1e33b3be"
    assert record(publicationVenue={"name": "X", "issn": "1758-5890"}).venue.issns == (), "its check digit is wrong"
    assert record(journal={"name": None, "volume": "abs/2503.23674", "pages": "82 - 86"}).first_page == "82"


def test_authors() -> None:
    assert record(authors=[]).authors == ()
    assert record(authors=[{"authorId": "1", "name": " "}, {"authorId": 2, "name": "B"}]).authors[0].id == "2"


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        paper(),
        [paper(), None, paper(B)],
        {"total": 2, "data": [paper(), paper(B)]},
        {"offset": 0, "data": [{"intents": [], "citingPaper": paper()}, {"citedPaper": paper(B)}]},
        {"recommendedPapers": [paper(), paper(B)]},
        {"authorId": "1", "papers": [paper(), paper(B)]},
        {"data": None, "paperId": A},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_forms_of_a_file(document: Any, indent: int | None) -> None:
    (tap,) = semantic_scholar.TAPS
    raw = json.dumps(document, indent=indent).encode()
    assert tap.sniff(raw)
    found = [parse(body).source_id for body in tap.read(io.BytesIO(raw))]
    assert found in ([A], [A, B])
    assert len(found) == raw.count(b'"paperId"')


def test_json_lines_of_papers() -> None:
    (tap,) = semantic_scholar.TAPS
    raw = b"\n" + b"\n".join(json.dumps(one).encode() for one in (paper(), {"data": [paper(B)]})) + b'\n{"paperId": \n'
    bodies = list(tap.read(io.BytesIO(raw)))
    assert [parse(body).source_id for body in bodies[:2]] == [A, B]
    assert bodies[2] == b'{"paperId":', "what is broken is handed on, for the quarantine"


def test_other_forms_are_not_taken_for_papers() -> None:
    (tap,) = semantic_scholar.TAPS
    assert not tap.sniff(b'{"id": "https://openalex.org/W1"}')
    assert not tap.sniff(b'{"paperid": "12", "PeriodicalId": 3}')
    assert not tap.sniff(b'[{"abstract": "the key \\"paperId\\": is"}]')
    assert not tap.sniff(b'the key "paperId": is')


# --- hostile and real ----------------------------------------------------------------------------------------------


JSON = values(PAPER)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(PAPER)), JSON, max_size=5), st.binary(max_size=3), st.integers(0, 10_000))
def test_a_mutated_paper_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes, place: int) -> None:
    body = json.dumps(PAPER | changes).encode("utf-8", "surrogatepass")
    for hostile in (body, body[: place % len(body)] + noise + body[place % len(body) + len(noise) :]):
        assert "\n" not in outcome(parse, hostile)


def test_a_deeply_nested_paper_is_a_parse_error() -> None:
    with pytest.raises(ParseError):
        parse(b'{"paperId": ' + b"[" * 100_000)


def _papers(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "paperId" in value:
            yield value
        for inner in value.values():
            yield from _papers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _papers(inner)


def test_every_recorded_paper_is_read(shared: Path) -> None:
    read = unnamed = drifted = 0
    for path in sorted((shared / "corpus" / "semantic_scholar").rglob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        reply = document["response"]["body"] if "response" in document else document
        for one in _papers(reply):
            if one["paperId"] is None:
                unnamed += 1
                continue
            found = parse(json.dumps(one).encode())
            assert found.source_id == one["paperId"]
            assert found.cited_by_count == one.get("citationCount", one.get("numCitedBy"))
            assert (found.title is None) == (not (one.get("title") or "").strip())
            dois = re.findall(r"10\.\d{4,9}/\S+", (one.get("externalIds") or {}).get("DOI") or "")
            assert {doi.lower().rstrip(".") for doi in dois} <= {
                i.value.rstrip(".") for i in found.identifiers if i.scheme == "doi"
            }
            read += 1
            drifted += any(not path.startswith("-") for path in found.drift)  # not every field was asked for
    assert read > 10_000
    assert unnamed > 10
    assert drifted == 0


def test_recorded_look_ups_are_answered_one_by_one(
    network: responses.RequestsMock, source: SemanticScholar, shared: Path
) -> None:
    seen = 0
    for path in sorted((shared / "corpus" / "semantic_scholar").rglob("test_get_papers*.json")):
        recorded = json.loads(path.read_text("utf-8"))
        if recorded["response"]["status"] != 200:
            continue
        network.reset()
        network.post(BATCH, json=recorded["response"]["body"])
        asked = tuple(Identifier(*normal.identifier(one)) for one in recorded["request"]["body"]["ids"])
        page = source.fetch(Lookup(asked))
        answers = {item.asked: item.record for item in page.items}
        assert {*answers, *page.absent, *(one.asked for one in page.failed)} == set(asked)
        if "externalIds" in recorded["request"]["uri"]:
            assert all(one in found.identifiers for one, found in answers.items())
        if "20230102" in path.name or "20230103" in path.name:
            assert len(page.failed) == 3, "at the start of 2023 the order was not kept"
        else:
            assert page.failed == ()
        seen += 1
    assert seen >= 10


def test_the_tap_finds_all_papers_of_a_recorded_reply(shared: Path) -> None:
    (tap,) = semantic_scholar.TAPS
    for path in sorted((shared / "corpus" / "semantic_scholar").rglob("*citations__*.json"))[:20]:
        reply = json.loads(path.read_text("utf-8"))["response"]["body"]
        raw = json.dumps(reply).encode()
        assert len(list(tap.read(io.BytesIO(raw)))) == len(reply["data"])
