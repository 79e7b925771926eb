"""DataCite: the registration's own word on the DOIs that Crossref does not hold."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import BadReply, KeyRejected, NotFound, ParseError, RateLimited, Refused, ServerFault, UsageError
from harvester.http import Door
from harvester.records import (
    AuthorWorks,
    Citing,
    Edge,
    Failed,
    Funding,
    Identifier,
    Institution,
    InstitutionWorks,
    Lookup,
    Page,
    Record,
    References,
    Relation,
    Search,
    Subject,
    TopicWorks,
    Venue,
    VenueWorks,
)
from harvester.sources import datacite
from harvester.sources.datacite import DataCite, parse
from tests.hostile import outcome, values

DOIS = "https://api.datacite.org/dois"
WHOLE = json.loads((Path(__file__).parent / "data" / "datacite_doi.json").read_text("utf-8"))
NOT_THERE = {"errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]}


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


A, B, C = doi("10.5281/zenodo.1"), doi("10.5281/zenodo.2"), doi("10.5281/zenodo.3")


def deposit(name: str, client: str = "cern.zenodo", **attributes: Any) -> dict[str, Any]:
    return {
        "id": name, "type": "dois", "attributes": {"doi": name, "titles": [{"title": f"Data {name}"}], **attributes},
        "relationships": {"client": {"data": {"id": client, "type": "clients"}}},
    }  # fmt: skip


def page(*found: Any, total: int | None = None, following: str | None = None) -> dict[str, Any]:
    links = {"next": following} if following else {}
    return {"data": list(found), "meta": {"total": len(found) if total is None else total}, "links": links}


def record(value: object) -> Record:
    return parse(json.dumps(value).encode())


def attributes(**stated: Any) -> Record:
    return record({"id": "10.5281/zenodo.1", "attributes": stated})


@pytest.fixture
def source() -> Iterator[DataCite]:
    with Door(datacite.service(), sleep=lambda _: None) as door:
        yield DataCite(door)


def params(network: responses.RequestsMock, call: int = 0) -> dict[str, str]:
    return {name: found[0] for name, found in parse_qs(urlsplit(network.calls[call].request.url).query).items()}


# --- the service ---------------------------------------------------------------------------------------------------


def test_the_pace_is_that_of_somebody_who_says_nothing_of_himself() -> None:
    service = datacite.service("http://127.0.0.1:9/", "key")
    assert 300 / service.interval < 500
    assert (service.url, service.key_header) == ("http://127.0.0.1:9", None)
    assert DataCite.agency == "datacite"


def test_a_429_is_waited_for_and_never_taken_for_an_answer(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(f"{DOIS}/10.5281%2Fzenodo.1", json={"errors": [{"status": "429", "title": "Too many"}]}, status=429)
    with pytest.raises(RateLimited):
        source.fetch(Lookup((A,)))
    assert len(network.calls) == 5


# --- asks ----------------------------------------------------------------------------------------------------------


def test_a_look_up_is_cut_by_count_and_by_bytes(source: DataCite) -> None:
    want = Lookup(tuple(doi(f"10.5281/zenodo.{number}") for number in range(120)))
    assert [len(ask.identifiers) for ask in source.asks(want) if isinstance(ask, Lookup)] == [50, 50, 20]
    long = Lookup(tuple(doi(f"10.5281/{'<' * 400}{number}") for number in range(7)))
    assert [len(ask.identifiers) for ask in source.asks(long) if isinstance(ask, Lookup)] == [3, 3, 1]


def test_what_cannot_stand_in_a_list_goes_alone_and_the_rest_fails_without_a_request(source: DataCite) -> None:
    comma, umlaut, strange = doi("10.5281/a,b"), doi("10.5281/größe"), Identifier("pmid", "1")
    asks = list(source.asks(Lookup((A, comma, B, umlaut, strange, A))))
    assert asks == [Lookup((A, B)), Lookup((comma,)), Lookup((umlaut,)), Lookup((strange,))]
    assert source.fetch(asks[3]) == Page(failed=(Failed(strange, "it cannot be asked for"),))


def test_lists_of_a_person_and_of_an_institution_but_of_nothing_else(source: DataCite) -> None:
    person, place = AuthorWorks("orcid", "0000-0002-1825-0097"), InstitutionWorks("04jr1s763")
    assert [list(source.asks(want)) for want in (person, place)] == [[person], [place]]
    for want in (
        Search("tides"), VenueWorks("1758-5880"), AuthorWorks("openalex", "A1"), TopicWorks("T1"), References((A.value,)),
    ):  # fmt: skip
        assert list(source.asks(want)) == []
    assert not source.many_citing_at_once
    assert list(source.asks(Citing((A.value, B.value)))) == [Citing((A.value,)), Citing((B.value,))]
    assert [scheme for scheme in ("doi", "arxiv", "pmid", "openalex") if source.can_look_up(scheme)] == ["doi", "arxiv"]


@pytest.mark.parametrize(
    "want",
    [
        AuthorWorks("orcid", '0000-0002-1825-0097") OR *:*'), AuthorWorks("orcid", "0000-0002-1825-0098"),
        InstitutionWorks('x" OR "y'), Citing(("W1",)), Citing(("10.5281/ZENODO.1",)),
    ],
)  # fmt: skip
def test_nothing_but_an_identifier_gets_into_a_question(source: DataCite, want: Any) -> None:
    with pytest.raises(UsageError):
        list(source.asks(want))


# --- look-up -------------------------------------------------------------------------------------------------------


def test_a_batch_is_one_request(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(DOIS, json=page(deposit("10.5281/ZENODO.2"), deposit("10.5281/zenodo.1", citationCount=4)))
    found = source.fetch(Lookup((A, B, C)))
    assert params(network)["ids"] == "10.5281/zenodo.1,10.5281/zenodo.2,10.5281/zenodo.3"
    assert int(params(network)["page[size]"]) >= 3
    assert [(item.asked, item.record and item.record.cited_by_count) for item in found.items] == [(A, 4), (B, None)]
    assert (found.absent, found.failed) == ((C,), ())
    assert len(network.calls) == 1


def test_an_arxiv_id_is_asked_for_by_the_doi_that_arxiv_gives(
    network: responses.RequestsMock, source: DataCite
) -> None:
    asked = Identifier("arxiv", "9901.00042")
    network.get(f"{DOIS}/10.48550%2Farxiv.9901.00042", json={"data": WHOLE})
    [item] = source.fetch(Lookup((asked, doi("10.48550/arxiv.9901.00042")))).items[:1]
    assert item.asked == asked
    assert item.record
    assert asked in item.record.identifiers
    assert json.loads(item.body) == WHOLE


def test_the_one_doi_is_absent_where_the_service_says_so(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(f"{DOIS}/10.5281%2Fzenodo.1", json=NOT_THERE, status=404)
    assert source.fetch(Lookup((A,))) == Page(absent=(A,))


@pytest.mark.parametrize("body", ["<!doctype html><title>404</title>", "", '{"message": "no Route matched"}'])
def test_a_404_of_something_else_says_nothing_of_the_doi(
    network: responses.RequestsMock, source: DataCite, body: str
) -> None:
    network.get(f"{DOIS}/10.5281%2Fzenodo.1", body=body, status=404)
    with pytest.raises(NotFound):
        source.fetch(Lookup((A,)))


def test_another_agencys_doi_is_absent(network: responses.RequestsMock, source: DataCite) -> None:
    """DataCite keeps copies of them to count citations; they are not its own word."""
    network.get(DOIS, json=page(deposit("10.5281/zenodo.1", "CROSSREF.CITATIONS"), deposit("10.5281/zenodo.2")))
    found = source.fetch(Lookup((A, B)))
    assert [item.asked for item in found.items] == [B]
    assert (found.absent, found.failed) == ((A,), ())


def test_a_doi_nobody_asked_for_makes_the_unanswered_unknown(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(DOIS, json=page(deposit("10.5281/zenodo.9"), deposit("10.5281/zenodo.2")))
    found = source.fetch(Lookup((A, B)))
    assert [(item.asked, item.problem) for item in found.items] == [(None, "not asked for"), (B, None)]
    assert found.failed == (Failed(A, "1 of the DOIs in the reply could not be matched with what was asked"),)
    assert found.absent == ()


@pytest.mark.parametrize("status", [400, 414, 422])
def test_one_bad_doi_does_not_cost_the_others_their_answer(
    network: responses.RequestsMock, source: DataCite, status: int
) -> None:
    asked = [doi(f"10.5281/zenodo.{number}") for number in range(8)]

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url)
        ids = parse_qs(parts.query).get("ids", [unquote(parts.path).removeprefix("/dois/")])[0].split(",")
        if "10.5281/zenodo.5" in ids:
            return status, {}, json.dumps({"errors": [{"title": "bad"}]})
        found = [deposit(name) for name in ids]
        return 200, {}, json.dumps(page(*found) if "ids" in parts.query else {"data": found[0]})

    network.add_callback("GET", _under(DOIS), answer)
    found = source.fetch(Lookup(tuple(asked)))
    assert [one.asked for one in found.failed] == [asked[5]]
    assert {item.asked for item in found.items} == {*asked} - {asked[5]}
    assert len(network.calls) == 7


def test_closing_in_on_bad_dois_has_an_end(network: responses.RequestsMock, source: DataCite) -> None:
    asked = tuple(doi(f"10.5281/zenodo.{number}") for number in range(50))
    network.get(_under(DOIS), status=400)
    found = source.fetch(Lookup(asked))
    assert {one.asked for one in found.failed} == set(asked)
    assert len(network.calls) == 32


def _under(base: str) -> Any:
    return re.compile(re.escape(base))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    "ask", [Lookup((A,)), Lookup((A, B)), Citing((A.value,)), AuthorWorks("orcid", "0000-0002-1825-0097")]
)
def test_an_outage_is_an_error_and_no_absence(
    network: responses.RequestsMock, source: DataCite, ask: Any, status: int
) -> None:
    network.get(_under(DOIS), status=status)
    with pytest.raises(ServerFault):
        source.fetch(ask)


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><title>Sign in</title>", "", "{}", "[]", "null", '{"data": [', '{"data": [], "meta": {}}',
        '{"data": [], "meta": {"total": 1}}', json.dumps(page(total=60_000_000)), '{"data": {}, "meta": {"total": 0}}',
        json.dumps(page(deposit("10.5281/zenodo.1"), total=2)),
    ],
)  # fmt: skip
def test_what_is_no_page_is_no_answer(network: responses.RequestsMock, source: DataCite, body: str) -> None:
    network.get(DOIS, body=body)
    with pytest.raises(BadReply):
        source.fetch(Lookup((A, B)))


def test_denied_and_refused(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(_under(DOIS), status=401)
    with pytest.raises(KeyRejected):
        source.fetch(Lookup((A, B)))
    network.upsert("GET", _under(DOIS), status=400)
    with pytest.raises(Refused):
        source.fetch(InstitutionWorks("04jr1s763"))


# --- lists ---------------------------------------------------------------------------------------------------------


def test_a_list_goes_from_cursor_to_cursor_and_ends(network: responses.RequestsMock, source: DataCite) -> None:
    ask = AuthorWorks("orcid", "0000-0002-1825-0097")
    following = "https://api.datacite.org/dois?page%5Bcursor%5D=MTYx&page%5Bsize%5D=1"
    network.get(DOIS, json=page(deposit("10.5281/zenodo.1"), total=2, following=following))
    first = source.fetch(ask)
    assert (first.next, first.total, params(network)["page[cursor]"]) == ("MTYx", 2, "1")
    assert "0000-0002-1825-0097" in params(network)["query"]
    network.upsert("GET", DOIS, json=page(deposit("10.5281/zenodo.2"), total=2))
    second = source.fetch(ask, first.next)
    assert (second.next, params(network, 1)["page[cursor]"]) == (None, "MTYx")
    network.upsert("GET", DOIS, json=page(total=2, following=following))
    assert source.fetch(ask, "zz").next is None, "an empty page is the end, whatever it says"
    with pytest.raises(BadReply, match="promised 2 DOIs and sent none"):
        source.fetch(ask)
    network.upsert("GET", DOIS, json=page(deposit("10.5281/zenodo.2"), total=2, following=following))
    with pytest.raises(BadReply, match="does not move on"):
        source.fetch(ask, "MTYx")


def test_since_leaves_out_what_is_older(network: responses.RequestsMock, source: DataCite) -> None:
    dated = [
        deposit(f"10.5281/{day}", dates=[{"date": day, "dateType": "Issued"}])
        for day in ("2024-04-30", "2024-05-01", "2024", "2024-03")
    ]
    network.get(DOIS, json=page(*dated, deposit("10.5281/x")))
    found = source.fetch(InstitutionWorks("04jr1s763", "2024-05-01"))
    assert [item.record and item.record.date for item in found.items] == ["2024-05-01", "2024", None]
    assert found.total is None
    assert "publicationYear:[2024 TO *]" in params(network)["query"]


# --- citations -----------------------------------------------------------------------------------------------------


def test_citing_works_stand_in_the_record(network: responses.RequestsMock, source: DataCite) -> None:
    own = "10.48550/arxiv.9901.00042"
    network.get(f"{DOIS}/10.48550%2Farxiv.9901.00042", json={"data": WHOLE})
    found = source.fetch(Citing((own,)))
    assert found == Page(edges=(Edge("10.5555/c1", own), Edge("10.5281/zenodo.5", own)))


@pytest.mark.parametrize(
    "data",
    [
        deposit("10.5281/zenodo.1"), deposit("10.5281/zenodo.2") | {"relationships": {"citations": {"data": []}}}, [],
        {"id": "10.5281/zenodo.1", "relationships": {"citations": {"data": None}}},
    ],
)  # fmt: skip
def test_a_record_without_its_list_says_nothing_of_citations(
    network: responses.RequestsMock, source: DataCite, data: Any
) -> None:
    network.get(f"{DOIS}/10.5281%2Fzenodo.1", json={"data": data})
    with pytest.raises(BadReply):
        source.fetch(Citing(("10.5281/zenodo.1",)))


def test_citations_of_a_doi_that_is_not_there(network: responses.RequestsMock, source: DataCite) -> None:
    network.get(f"{DOIS}/10.5281%2Fzenodo.1", json=NOT_THERE, status=404)
    with pytest.raises(NotFound):
        source.fetch(Citing(("10.5281/zenodo.1",)))


# --- one record ----------------------------------------------------------------------------------------------------


def test_a_whole_doi() -> None:
    found = record(WHOLE)
    assert found.source_id == "10.48550/arxiv.9901.00042"
    assert found.identifiers == (doi("10.48550/arxiv.9901.00042"), Identifier("arxiv", "9901.00042"))
    assert found.title == "Tides and their treaties: A reckoning"
    assert (found.abstract, found.abstract_status) == ("We count tides & treaties.", "present")
    assert (found.date, found.year, found.type, found.language) == ("2024-03-04", 2024, "preprint", None)
    assert found.venue == Venue("arXiv", type="repository", publisher="arXiv")
    assert (found.cited_by_count, found.counts_by_year) == (3, ((2025, 1), (2026, 2)))
    assert (found.is_oa, found.license, found.url) == (True, "cc-by-nc", "https://arxiv.example/abs/9901.00042")
    assert found.references == ("10.5555/harbour.7", "10.5555/harbour.8")
    assert found.subjects == (
        Subject("keyword", "Physics and Society (physics.soc-ph)"), Subject("field", "Physical sciences"),
    )  # fmt: skip
    assert found.funding == (
        Funding("Council of Tides", "10.13039/100000001", ("T-1", "T-2")), Funding("Harbour Fund", "04jr1s763"),
    )  # fmt: skip
    assert found.drift == ()


def test_authors_with_their_places() -> None:
    mira, ben, group = record(WHOLE).authors or ()
    assert (mira.name, mira.orcid, mira.raw_affiliation) == (
        "Mira Kai", "0000-0002-1825-0097", "Institute of Invented Tides; Harbour Office",
    )  # fmt: skip
    assert mira.institutions == (Institution("Institute of Invented Tides", "04jr1s763"),)
    assert (ben.name, ben.raw_affiliation, ben.institutions) == ("Ben Sample", "Harbour Office", ())
    assert group.name == "The Tide Group, Ltd"


def test_versions_are_relations_and_never_a_second_identifier() -> None:
    found = record(WHOLE)
    assert found.relations == (
        Relation("preprint_of", doi("10.5555/tides.1")), Relation("version_of", doi("10.5281/zenodo.99")),
        Relation("review_of", Identifier("arxiv", "9901.00041")),
    )  # fmt: skip
    inside = {"relationType": "IsVersionOf", "relatedIdentifier": "10.5281/zenodo.2", "relatedIdentifierType": "DOI"}
    for kind in ("Preprint", "Dataset"):  # a version inside one repository is a version, whatever it is
        of = attributes(types={"resourceTypeGeneral": kind}, relatedIdentifiers=[inside])
        assert of.relations == (Relation("version_of", B),)
    assert attributes(relatedIdentifiers=[]).relations == ()
    assert attributes().relations is None


def test_a_journals_article() -> None:
    found = attributes(
        types={"resourceTypeGeneral": "JournalArticle"}, publisher={"name": "Simulated Press"}, publicationYear="2021",
        container={
            "type": "Journal", "title": "Invented Harbours", "identifier": "1758-5880", "identifierType": "ISSN",
            "volume": 7, "issue": "2", "firstPage": "11", "lastPage": 19,
        },
        language="eng", descriptions=[],
    )  # fmt: skip
    assert found.venue == Venue("Invented Harbours", issns=("1758-5880",), type="journal", publisher="Simulated Press")
    assert (found.volume, found.issue, found.first_page, found.last_page) == ("7", "2", "11", "19")
    assert (found.type, found.date, found.abstract_status, found.language) == ("article", "2021", "absent", "eng")


@pytest.mark.parametrize(
    ("general", "own", "expected"),
    [
        ("Dataset", "", "dataset"), ("Software", None, "software"), ("ConferencePaper", None, "article"),
        ("Text", "Journal article", "article"), ("Text", "Thesis", "dissertation"), ("Text", "Preprint", "preprint"),
        ("Text", "Poster", None), ("BookChapter", None, "book-chapter"), ("PeerReview", None, "peer-review"),
        ("Image", "Photo", "other"), (None, None, None),
    ],
)  # fmt: skip
def test_types_in_our_words(general: str | None, own: str | None, expected: str | None) -> None:
    assert attributes(types={"resourceTypeGeneral": general, "resourceType": own}).type == expected


def test_a_count_is_one_only_where_it_is_stated() -> None:
    assert attributes().cited_by_count is None
    assert attributes(citationCount=None).cited_by_count is None
    assert attributes(citationCount=0).cited_by_count == 0
    assert attributes(citationCount="many").cited_by_count is None


def test_references_are_unknown_where_nothing_lists_them() -> None:
    assert attributes().references is None
    assert attributes(relatedIdentifiers=[]).references is None
    empty = deposit("10.5281/zenodo.1")
    empty["relationships"]["references"] = {"data": []}
    assert record(empty).references == ()


@pytest.mark.parametrize(
    "value", [{}, [], 3, {"id": "W1"}, {"attributes": {"doi": "none"}}, {"id": None, "attributes": 3}]
)
def test_what_has_no_doi_is_no_record(value: object) -> None:
    with pytest.raises(ParseError):
        record(value)


def test_a_retyped_field_is_left_out_and_told() -> None:
    found = attributes(titles={"title": "T"}, citationCount=[1], creators=[{"name": 3}], publicationYear=2020)
    assert (found.title, found.cited_by_count, found.year) == (None, None, 2020)
    assert set(found.drift) == {"attributes.titles", "attributes.citationCount", "attributes.creators[].name"}


NAMES = {*WHOLE["attributes"], "id", "attributes", "relationships", "data", "title", "name", "date", "rights"}


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.dictionaries(st.sampled_from(sorted(NAMES)), values(NAMES), max_size=4), noise=st.binary(max_size=3))
def test_a_mutated_doi_is_a_record_or_a_parse_error(changes: dict[str, Any], noise: bytes) -> None:
    body = json.dumps(WHOLE | {"attributes": WHOLE["attributes"] | changes}).encode()
    outcome(parse, body)
    outcome(parse, json.dumps(WHOLE | changes).encode())
    outcome(parse, body[: len(body) // 2] + noise + body[len(body) // 2 :])


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document", [page(WHOLE, deposit("10.5281/zenodo.1")), {"data": WHOLE}, [WHOLE], WHOLE, {"data": [WHOLE]}]
)
def test_the_forms_of_a_file(document: Any) -> None:
    [tap] = datacite.TAPS
    for indent in (None, 2):
        text = json.dumps(document, indent=indent).encode()
        assert tap.sniff(text)
        bodies = [json.loads(body) for body in tap.read(io.BytesIO(text))]
        assert bodies[0] == WHOLE
        assert len(bodies) == (2 if isinstance(document, dict) and "meta" in document else 1)


def test_json_lines_and_other_forms() -> None:
    [tap] = datacite.TAPS
    lines = b"\n".join(json.dumps(one).encode() for one in (WHOLE, deposit("10.5281/zenodo.1")))
    assert [json.loads(body)["id"] for body in tap.read(io.BytesIO(lines))] == [WHOLE["id"], "10.5281/zenodo.1"]
    assert [*tap.read(io.BytesIO(lines + b"\n{broken"))][2] == b"{broken"
    others = (b'{"id": "https://openalex.org/W1"}', b'{"paperId": "a"}', b'[{"title": "T", "issued": {}}]', b"id,title")
    assert [tap.sniff(one) for one in others] == [False] * 4
