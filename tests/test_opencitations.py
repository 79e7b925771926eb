"""OpenCitations: a second opinion on counts and citations, and what is never taken for one."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import responses
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harvester.errors import BadReply, KeyRejected, ParseError, RateLimited, ServerFault, Unreachable, UsageError
from harvester.http import Door
from harvester.records import (
    AuthorWorks,
    Citing,
    Edge,
    Failed,
    Filtered,
    Identifier,
    InstitutionWorks,
    Lookup,
    Page,
    Record,
    References,
    Search,
    TopicWorks,
    VenueWorks,
)
from harvester.sources import opencitations
from harvester.sources.opencitations import OpenCitations, fetch, parse
from tests.hostile import outcome, values

HOST = "https://api.opencitations.net"
META, COUNT = f"{HOST}/meta/v1/metadata/", f"{HOST}/index/v2/citation-count/"
CITATIONS, REFERENCES = f"{HOST}/index/v2/citations/", f"{HOST}/index/v2/references/"

ROW = {
    "id": "doi:10.5555/tides.1 openalex:W2100000001 pmid:990000001 omid:br/0612345",
    "title": "Tides And Their Treaties &amp; <i>After</i>",
    "author": "Kai, Mira [orcid:0000-0002-1825-0097 omid:ra/0611]; Sample, Ben [omid:ra/0612]; World Tide Office",
    "pub_date": "2024-03",
    "issue": "2",
    "volume": "71",
    "venue": "Invented Harbours [issn:1758-5880 issn:1758-5899 omid:br/0619]",
    "page": "253-277",
    "type": "journal article",
    "publisher": "Simulated Press [crossref:140 omid:ra/0613]",
    "editor": "",
}
COCI_ROW = {
    "doi": "10.5555/tides.1", "title": "Tides And Their Treaties", "author": "Kai, Mira; Sample, Ben", "year": "2024",
    "source_title": "Invented Harbours", "source_id": "issn:1758-5880", "volume": "71", "issue": "2", "page": "253-277",
    "citation_count": "20", "citation": "10.5555/a; 10.5555/b", "oa_link": "https://example.org/tides.pdf",
    "reference": "10.1002/(sici)1097-4571(198909)40:5<342::aid-asi7>3.0.co;2-u; 10.5555/tides.1; 10.5555/c",
}  # fmt: skip


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


A, B, C = doi("10.5555/a"), doi("10.5555/b"), doi("10.5555/c")


def row(*names: str, **fields: Any) -> dict[str, Any]:
    return {"id": " ".join(names), "title": f"About {names[0]}", "author": "", "pub_date": "2024", **fields}


def citation(citing: str, cited: str, **fields: Any) -> dict[str, Any]:
    return {
        "oci": "061-062", "citing": citing, "cited": cited, "creation": "2021-03-10", "timespan": "P6Y0M1D",
        "journal_sc": "no", "author_sc": "no", **fields,
    }  # fmt: skip


def record(value: object) -> Record:
    return parse(json.dumps(value).encode())


@pytest.fixture
def source() -> Iterator[OpenCitations]:
    with Door(opencitations.service(key="sesame"), sleep=lambda _: None) as door:
        yield OpenCitations(door)


class Service:
    """Answers as Meta and the citation counts do: only with what is known, and counts that are texts."""

    def __init__(self, network: responses.RequestsMock, rows: list[dict[str, Any]], counts: dict[str, Any]) -> None:
        self.rows, self.counts = rows, counts
        self.asked: list[list[str]] = []
        self.refuse: dict[str, int] = {}  # an id whose presence makes Meta answer with this status
        network.add_callback("GET", _under(META), self.meta)
        network.add_callback("GET", _under(COUNT), self.count)

    def meta(self, request: Any) -> tuple[int, dict[str, str], str]:
        names = unquote(request.url).removeprefix(META).split("__")
        self.asked.append(names)
        if status := next((self.refuse[name] for name in names if name in self.refuse), None):
            return status, {}, "HTTP status code: something unexpected"
        return 200, {}, json.dumps([one for one in self.rows if set(str(one.get("id")).split()) & set(names)])

    def count(self, request: Any) -> tuple[int, dict[str, str], str]:
        count = self.counts.get(unquote(request.url).removeprefix(COUNT), "0")
        if isinstance(count, int):
            return count, {}, "HTTP status code: something unexpected"
        return 200, {}, json.dumps([] if count is None else [{"count": count}])


def _under(base: str) -> Any:
    return re.compile(re.escape(base))


# --- the service ---------------------------------------------------------------------------------------------------


def test_the_pace_is_below_180_a_minute_and_the_token_goes_into_a_header() -> None:
    service = opencitations.service("http://127.0.0.1:9/", "sesame")
    assert 60 / service.interval < 180
    assert (service.url, service.key_header) == ("http://127.0.0.1:9", ("authorization", "sesame"))
    assert opencitations.service().key_header is None
    assert fetch.BATCH <= 14


def test_a_429_is_waited_for_and_never_taken_for_an_answer(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    network.get(f"{META}doi:{A.value}", body="Too many requests", status=429)
    with pytest.raises(RateLimited):
        source.fetch(Lookup((A,)))
    assert len(network.calls) == 5


# --- asks ----------------------------------------------------------------------------------------------------------


def test_a_look_up_is_cut_into_batches_that_meta_bears(source: OpenCitations) -> None:
    want = Lookup(tuple(doi(f"10.5555/{number}") for number in range(23)))
    assert [len(ask.identifiers) for ask in source.asks(want) if isinstance(ask, Lookup)] == [10, 10, 3]
    long = Lookup(tuple(doi(f"10.5555/{'<' * 200}{number}") for number in range(5)))  # three bytes each, encoded
    assert [len(ask.identifiers) for ask in source.asks(long) if isinstance(ask, Lookup)] == [2, 2, 1]


def test_two_underscores_stand_between_ids_so_one_at_the_end_goes_alone(source: OpenCitations) -> None:
    ends, never = doi("10.5555/a_"), doi("10.5555/a__b")
    asks = list(source.asks(Lookup((A, ends, B, never, Identifier("mag", "1"), A))))
    assert asks == [Lookup((A, B)), Lookup((ends,)), Lookup((never, Identifier("mag", "1")))]
    assert source.fetch(asks[2]) == Page(
        failed=(Failed(never, "it cannot be asked for"), Failed(Identifier("mag", "1"), "it cannot be asked for"))
    )


def test_citing_and_cited_works_are_asked_for_one_work_at_a_time(source: OpenCitations) -> None:
    assert list(source.asks(Citing(("10.5555/a", "pmid:7")))) == [Citing(("10.5555/a",)), Citing(("pmid:7",))]
    assert list(source.asks(References(("omid:br/0612",)))) == [References(("omid:br/0612",))]
    assert not source.many_citing_at_once
    for wrong in ("W1", "10.5555/A", "https://doi.org/10.5555/a", "pmid:x", ""):
        with pytest.raises(UsageError, match="is not what opencitations calls a work"):
            list(source.asks(Citing((wrong,))))


@pytest.mark.parametrize(
    "want",
    [
        Search("tides"), Filtered("cites:W1"), VenueWorks("1758-5880"), AuthorWorks("orcid", "0000-0002-1825-0097"),
        InstitutionWorks("04jr1s763"), TopicWorks("T1"),
    ],
)  # fmt: skip
def test_what_it_has_no_list_of_is_not_asked(source: OpenCitations, want: Any) -> None:
    assert list(source.asks(want)) == []


def test_dois_and_pubmed_ids_can_be_looked_up(source: OpenCitations) -> None:
    assert [scheme for scheme in ("doi", "pmid", "openalex", "arxiv", "s2", "isbn") if source.can_look_up(scheme)] == [
        "doi",
        "pmid",
    ]


# --- look-up -------------------------------------------------------------------------------------------------------


def test_found_and_absent_are_told_apart_and_the_payload_holds_the_exact_rows(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    network.get(f"{META}doi:{A.value}__doi:{B.value}", body=b'[ {"title":"T",  "id": "doi:10.5555/a omid:br/061"} ]')
    network.get(f"{COUNT}doi:{A.value}", body=b'[ {"count" : "13"} ]')
    network.get(f"{COUNT}doi:{B.value}", body=b'[{"count": "0"}]')
    page = source.fetch(Lookup((A, B)))
    assert (page.absent, page.failed) == ((B,), ())
    [item] = page.items
    assert item.body == (
        b'{"asked":"doi:10.5555/a","meta":{"title":"T",  "id": "doi:10.5555/a omid:br/061"},"count":{"count" : "13"}}'
    )
    assert item.asked == A
    assert item.record == parse(item.body)
    assert item.record
    assert (item.record.source_id, item.record.cited_by_count) == ("10.5555/a", 13)
    assert all(call.request.headers["authorization"] == "sesame" for call in network.calls)
    assert not any("sesame" in (call.request.url or "") for call in network.calls)


def test_a_count_of_nothing_is_no_observation(network: responses.RequestsMock, source: OpenCitations) -> None:
    """Zero for a work it knows is a count; for one it does not know, zero and an empty list both mean: never heard of."""
    rows = [row("doi:10.5555/a"), row("doi:10.5555/b")]
    Service(network, rows, {"doi:10.5555/a": "0", "doi:10.5555/b": None, "doi:10.5555/d": None})
    page = source.fetch(Lookup((A, B, C, doi("10.5555/d"))))
    assert [(item.asked, item.record and item.record.cited_by_count) for item in page.items] == [(A, 0), (B, None)]
    assert page.absent == (C, doi("10.5555/d"))


def test_what_meta_does_not_know_but_is_cited_is_a_record_of_its_count(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    Service(network, [], {"doi:10.5555/a": "7"})
    [item] = source.fetch(Lookup((A,))).items
    assert item.record == Record("opencitations", "10.5555/a", identifiers=(A,), cited_by_count=7)


@pytest.mark.parametrize(
    "reply", ['[{"count": "many"}]', '[{"count": null}]', "[{}]", '[{"count": "1"}, {"count": "2"}]']
)
def test_a_count_that_is_no_number_is_no_answer(
    network: responses.RequestsMock, source: OpenCitations, reply: str
) -> None:
    network.get(f"{META}doi:{A.value}", json=[row("doi:10.5555/a")])
    network.get(f"{COUNT}doi:{A.value}", body=reply)
    with pytest.raises(BadReply, match="not one number where a count was promised"):
        source.fetch(Lookup((A,)))


@pytest.mark.parametrize("status", [400, 404, 414, 422])
def test_one_bad_id_does_not_cost_the_others_their_answer(
    network: responses.RequestsMock, source: OpenCitations, status: int
) -> None:
    asked = [doi(f"10.5555/{number}") for number in range(8)]
    service = Service(network, [row(f"doi:{one.value}") for one in asked], {})
    service.refuse["doi:10.5555/5"] = status
    page = source.fetch(Lookup(tuple(asked)))
    assert [one.asked for one in page.failed] == [asked[5]]
    assert {item.asked for item in page.items} == set(asked) - {asked[5]}
    assert page.absent == ()
    assert len(service.asked) == 7


def test_an_id_on_which_meta_breaks_down_is_found_by_the_halves_that_go_through(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    asked = tuple(doi(f"10.5555/{number}") for number in range(4))
    service = Service(network, [row(f"doi:{one.value}") for one in asked], {})
    service.refuse["doi:10.5555/2"] = 500
    page = source.fetch(Lookup(asked))
    assert [one.asked for one in page.failed] == [asked[2]]
    assert len(page.items) == 3
    service.refuse["doi:10.5555/0"] = 500  # now neither half goes through
    with pytest.raises(ServerFault):
        source.fetch(Lookup((asked[0], asked[2])))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_an_error_and_no_absence(
    network: responses.RequestsMock, source: OpenCitations, status: int
) -> None:
    service = Service(network, [], {"doi:10.5555/a": status, "doi:10.5555/b": status})
    with pytest.raises(ServerFault):  # of the counts
        source.fetch(Lookup((A, B)))
    service.refuse = {"doi:10.5555/a": status, "doi:10.5555/b": status}
    with pytest.raises(ServerFault):  # of Meta
        source.fetch(Lookup((A, B)))


def test_one_count_that_cannot_be_had_leaves_its_work_unknown(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    rows = [row("doi:10.5555/a"), row("doi:10.5555/b"), row("doi:10.5555/c")]
    Service(network, rows, {"doi:10.5555/a": 500, "doi:10.5555/b": 404, "doi:10.5555/c": "4"})
    page = source.fetch(Lookup((A, B, C)))
    assert [item.asked for item in page.items] == [C]
    assert [one.asked for one in page.failed] == [B, A] or [one.asked for one in page.failed] == [A, B]
    assert page.absent == ()


def test_a_row_nobody_asked_for_makes_the_unanswered_unknown(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    network.get(f"{META}doi:{A.value}__doi:{B.value}", json=[row("doi:10.5555/a"), row("doi:10.5555/x"), {"id": 3}])
    for one in (A, B):
        network.get(f"{COUNT}doi:{one.value}", json=[{"count": "0"}])
    page = source.fetch(Lookup((A, B)))
    assert [(item.asked, item.problem) for item in page.items] == [
        (None, "not asked for"), (None, "not asked for"), (A, None),
    ]  # fmt: skip
    assert page.failed == (Failed(B, "2 of the rows in the reply could not be matched with what was asked"),)


def test_of_two_entries_for_one_doi_the_fuller_is_taken(network: responses.RequestsMock, source: OpenCitations) -> None:
    Service(network, [row("doi:10.5555/a"), row("doi:10.5555/a", title="A longer title of the same work")], {})
    [item] = source.fetch(Lookup((A,))).items
    assert item.record
    assert item.record.title == "A longer title of the same work"


def test_a_pubmed_id_leads_to_the_record_of_the_doi(network: responses.RequestsMock, source: OpenCitations) -> None:
    rows = [row("doi:10.5555/a", "pmid:7"), row("pmid:8", "omid:br/06")]
    Service(network, rows, {"pmid:7": "1", "pmid:8": "2"})
    page = source.fetch(Lookup((Identifier("pmid", "7"), Identifier("pmid", "8"))))
    assert [(item.asked, item.record and item.record.source_id) for item in page.items] == [
        (Identifier("pmid", "7"), "10.5555/a"),
        (Identifier("pmid", "8"), "pmid:8"),
    ]


HTML = "<!doctype html><title>Sign in</title>"


@pytest.mark.parametrize("body", [HTML, "", "{}", '[{"id": "doi:10.5555/a"', "null", '"x"'])
@pytest.mark.parametrize("ask", [Lookup((A,)), Citing((A.value,)), References((A.value,))])
def test_what_is_no_list_is_no_answer(
    network: responses.RequestsMock, source: OpenCitations, ask: Any, body: str
) -> None:
    network.get(_under(HOST), body=body)
    with pytest.raises(BadReply):
        source.fetch(ask)


def test_a_denied_token_and_a_broken_line_are_errors(network: responses.RequestsMock, source: OpenCitations) -> None:
    network.get(_under(META), status=401)
    with pytest.raises(KeyRejected):
        source.fetch(Lookup((A,)))
    network.get(_under(CITATIONS), body=ConnectionResetError())
    with pytest.raises(Unreachable):
        source.fetch(Citing((A.value,)))


# --- citations -----------------------------------------------------------------------------------------------------


def test_citing_works_are_edges_with_a_date_and_flags(network: responses.RequestsMock, source: OpenCitations) -> None:
    here = "omid:br/061 doi:10.5555/a"
    rows = [
        citation("omid:br/062 doi:10.5555/B pmid:7", here, author_sc="yes"),
        citation("omid:br/063 doi:10.5555/c", here, creation="2020-11", journal_sc="yes"),
        citation("omid:br/064 pmid:8", here, creation="2019", author_sc="", journal_sc=""),
        citation("omid:br/065", here, creation=""),
        citation("", ""),  # Meta did not answer for its ends
    ]
    network.get(f"{CITATIONS}doi:10.5555/a", json=rows)
    page = source.fetch(Citing(("10.5555/a",)))
    assert page.edges == (
        Edge("10.5555/b", "10.5555/a", created="2021-03-10", author_self=True, venue_self=False),
        Edge("10.5555/c", "10.5555/a", created="2020-11", author_self=False, venue_self=True),
        Edge("pmid:8", "10.5555/a", created="2019"),
        Edge("omid:br/065", "10.5555/a", author_self=False, venue_self=False),
    )
    assert (page.items, page.unidentified, page.capped, page.next, page.total) == ((), 1, False, None, None)


def test_a_list_from_some_day_on_leaves_out_what_is_known_to_be_older(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    days = ("2024-05-05", "2024-05-06", "2024-05", "2023", "")
    rows = [citation(f"doi:10.5555/{number}", "doi:10.5555/a", creation=day) for number, day in enumerate(days)]
    network.get(f"{CITATIONS}doi:10.5555/a", json=rows)
    [ask] = source.asks(Citing(("10.5555/a",), "2024-05-06"))
    assert [edge.created for edge in source.fetch(ask).edges] == ["2024-05-06", "2024-05", None]


def test_references_point_the_other_way(network: responses.RequestsMock, source: OpenCitations) -> None:
    network.get(f"{REFERENCES}doi:10.5555/a", json=[citation("doi:10.5555/a", "doi:10.5555/b")])
    page = source.fetch(References(("10.5555/a",)))
    assert page.edges == (Edge("10.5555/a", "10.5555/b", created="2021-03-10", author_self=False, venue_self=False),)


def test_one_citation_that_two_indexes_know_is_one(network: responses.RequestsMock, source: OpenCitations) -> None:
    here = "doi:10.5555/a"
    rows = [
        citation("doi:10.5555/b", here, creation="2021", author_sc=""),
        citation("doi:10.5555/b", here, creation="2021-03", author_sc="yes"),
        citation("doi:10.5555/z doi:10.5555/b", here, creation="", author_sc="no"),
        citation("doi:10.5555/a", here),  # itself
    ]
    network.get(f"{CITATIONS}doi:10.5555/a", json=rows)
    page = source.fetch(Citing(("10.5555/a",)))
    assert page.edges == (Edge("10.5555/b", "10.5555/a", created="2021-03", author_self=True, venue_self=False),)
    assert page.unidentified == 0


def test_the_older_form_of_citations_is_read(network: responses.RequestsMock, source: OpenCitations) -> None:
    rows = [
        citation("10.1002/(SICI)1097-4571(1998)49:8<6::A>3.0.CO;2-O", "10.5555/a"),
        citation(
            "coci => 10.5555/b; poci => 10.5555/b", "coci => 10.5555/a", creation="coci => 2016; poci => 2016-07-10"
        ),
    ]
    network.get(f"{CITATIONS}doi:10.5555/a", json=rows)
    assert [(edge.citing, edge.created) for edge in source.fetch(Citing(("10.5555/a",))).edges] == [
        ("10.1002/(sici)1097-4571(1998)49:8<6::a>3.0.co;2-o", "2021-03-10"),
        ("10.5555/b", "2016-07-10"),
    ]


def test_the_list_of_another_work_is_no_answer(network: responses.RequestsMock, source: OpenCitations) -> None:
    network.get(f"{CITATIONS}doi:10.5555/a", json=[citation("doi:10.5555/b", "doi:10.5555/c")])
    with pytest.raises(BadReply, match="those of another work sent"):
        source.fetch(Citing(("10.5555/a",)))


def test_an_empty_list_is_an_empty_list_and_a_row_that_is_none_is_set_aside(
    network: responses.RequestsMock, source: OpenCitations
) -> None:
    network.get(f"{CITATIONS}doi:10.5555/a", json=[])
    assert source.fetch(Citing(("10.5555/a",))) == Page()
    network.get(f"{REFERENCES}doi:10.5555/a", json=[3, citation("doi:10.5555/a", "doi:10.5555/b")])
    page = source.fetch(References(("10.5555/a",)))
    assert [item.body for item in page.items] == [b"3"]
    assert page.items[0].problem
    assert len(page.edges) == 1


def test_a_list_as_long_as_the_query_allows_is_cut_off(
    network: responses.RequestsMock, source: OpenCitations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_ENDS", (2, 4))
    rows = [citation(f"doi:10.5555/b{number}", "doi:10.5555/a") for number in range(5)]
    cut = []
    for length in range(6):
        network.upsert("GET", f"{CITATIONS}doi:10.5555/a", json=rows[:length])
        cut.append(source.fetch(Citing(("10.5555/a",))).capped)
    assert cut == [False, False, True, False, True, True]


def test_a_doi_is_encoded_where_an_address_would_end(network: responses.RequestsMock, source: OpenCitations) -> None:
    odd = "10.1002/(sici)1097(1998)49:8<693::aid>3.0.co;2-o#?%"
    network.get(_under(CITATIONS), json=[])
    source.fetch(Citing((odd,)))
    assert unquote((network.calls[0].request.url or "").removeprefix(CITATIONS)) == f"doi:{odd}"
    assert "#" not in (network.calls[0].request.url or "")


# --- one record ----------------------------------------------------------------------------------------------------


def test_a_whole_row() -> None:
    found = record({"asked": "doi:10.5555/tides.1", "meta": ROW, "count": {"count": "13"}})
    assert found.source_id == "10.5555/tides.1"
    assert found.identifiers == (
        doi("10.5555/tides.1"), Identifier("openalex", "W2100000001"), Identifier("pmid", "990000001"),
    )  # fmt: skip
    assert found.title == "Tides And Their Treaties & After"
    assert (found.date, found.year, found.type) == ("2024-03", 2024, "article")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("71", "2", "253", "277")
    assert found.venue
    assert (found.venue.name, found.venue.issns, found.venue.publisher) == (
        "Invented Harbours", ("1758-5880", "1758-5899"), "Simulated Press",
    )  # fmt: skip
    assert [(one.name, one.orcid) for one in found.authors or ()] == [
        ("Mira Kai", "0000-0002-1825-0097"), ("Ben Sample", None), ("World Tide Office", None),
    ]  # fmt: skip
    assert (found.cited_by_count, found.references, found.drift) == (13, None, ())


def test_a_row_of_a_file_is_read_as_it_is_and_coci_said_more() -> None:
    assert record(ROW).source_id == "10.5555/tides.1"
    assert record(ROW).cited_by_count is None
    old = record(COCI_ROW)
    assert (old.source_id, old.cited_by_count, old.year, old.oa_url) == (
        "10.5555/tides.1", 20, 2024, "https://example.org/tides.pdf",
    )  # fmt: skip
    assert old.references == ("10.1002/(sici)1097-4571(198909)40:5<342::aid-asi7>3.0.co;2-u", "10.5555/c")
    assert old.venue
    assert (old.venue.name, old.venue.issns) == ("Invented Harbours", ("1758-5880",))
    assert record(COCI_ROW | {"reference": ""}).references is None, "a list that is not open is not an empty one"


def test_two_dois_are_two_works() -> None:
    """A preprint and its article that were taken for one: each keeps its own DOI, and nothing that may be the other's."""
    both = row("doi:10.5555/article", "pmid:7", "doi:10.5555/preprint.v1", "openalex:W1")
    for asked in ("10.5555/article", "10.5555/preprint.v1"):
        found = record({"asked": f"doi:{asked}", "meta": both, "count": {"count": "1"}})
        assert (found.source_id, found.identifiers) == (asked, (doi(asked),))


def test_of_two_pubmed_ids_for_one_doi_none_is_believed() -> None:
    found = record(row("doi:10.5555/a", "pmid:7", "pmid:8", "pmcid:PMC9"))
    assert found.identifiers == (A, Identifier("pmcid", "PMC9"))


def test_a_work_without_doi_is_named_by_pubmed_else_by_omid() -> None:
    assert record(row("omid:br/06", "pmid:8")).source_id == "pmid:8"
    assert record(row("meta:br/06")).source_id == "omid:br/06"
    assert record(row("meta:br/06")).identifiers == ()


@pytest.mark.parametrize(
    "value", [{}, {"id": ""}, {"id": "isbn:9780306406157"}, {"asked": "x"}, [], 3, {"doi": "none"}]
)
def test_what_nothing_names_is_no_record(value: object) -> None:
    with pytest.raises(ParseError):
        record(value)


def test_a_retyped_field_is_left_out_and_told() -> None:
    found = record({"asked": "doi:10.5555/a", "meta": ROW | {"title": ["a"], "volume": {}}, "count": {"count": [1]}})
    assert (found.title, found.volume, found.cited_by_count) == (None, None, None)
    assert set(found.drift) == {"meta.title", "meta.volume", "count.count"}


NAMES = {*ROW, *COCI_ROW, "asked", "meta", "count"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.dictionaries(st.sampled_from(sorted(NAMES)), values(NAMES), max_size=4), noise=st.binary(max_size=3))
@example(changes={"asked": None, "meta": None, "author": None}, noise=b"\x80")
def test_a_mutated_row_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes) -> None:
    body = json.dumps({"asked": "doi:10.5555/a", "meta": ROW, "count": {"count": "3"}} | changes).encode()
    outcome(parse, body)
    outcome(parse, body[: len(body) // 2] + noise + body[len(body) // 2 :])
    outcome(parse, json.dumps(ROW | COCI_ROW | changes).encode())


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[ROW, row("doi:10.5555/b")], [COCI_ROW], [row("omid:br/061")]])
def test_a_file_of_rows_is_known_and_read(rows: list[dict[str, Any]]) -> None:
    [tap] = opencitations.TAPS
    for text in (json.dumps(rows), "\n".join(map(json.dumps, rows))):
        assert tap.sniff(text.encode())
        assert [json.loads(body) for body in tap.read(io.BytesIO(text.encode()))] == rows


def test_other_forms_are_not_taken_for_it() -> None:
    [tap] = opencitations.TAPS
    others = (
        '{"id": "https://openalex.org/W1", "doi": "https://doi.org/10.5555/a"}', '{"paperId": "a", "citationCount": 1}',
        '[{"id": "a", "title": "T", "issued": {}}]', '{"data": [{"id": "10.5555/a", "type": "dois", "attributes": {}}]}',
        "id,title", '[{"oci": "1-2", "citing": "doi:10.5555/a"}]',
    )  # fmt: skip
    assert [tap.sniff(text.encode()) for text in others] == [False] * len(others)
