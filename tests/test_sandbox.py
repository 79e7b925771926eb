"""The stand-in server: its literature, its endpoints and limits, its clock, its faults, and that it leaves no trace."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from zlib import decompress

import pytest

from harvester import normal
from harvester.sandbox import Sandbox, serve, words
from harvester.sandbox.faults import INSTEAD, SERVICES, SPOILT, STATUSES, parse
from harvester.sandbox.literature import SEASON, SEED_DOI, imagine
from harvester.sandbox.openalex import FREE_CREDITS, KEYLESS_CREDITS, work_id

pytestmark = pytest.mark.loopback
GLOBAL_POLICY = "1758-5899"
PREPRINT = "10.48550/arxiv.9999.00006"


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    address: str,
    params: Mapping[str, object] | None = None,
    *,
    payload: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
) -> Answer:
    """One request over a connection of its own; POST where there is a payload."""
    parts = urlsplit(address)
    query = urlencode(params) if params else parts.query
    target = parts.path + (f"?{query}" if query else "")
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        body = None if payload is None else json.dumps(payload)
        connection.request("GET" if body is None else "POST", target or "/", body, dict(headers or {}))
        reply = connection.getresponse()
        return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox that no test changes. A budget that does not end: the tests share it."""
    with Sandbox(faults=["openalex:budget:1000000"]) as sandbox:
        yield sandbox


def works(sandbox: Sandbox, **params: object) -> Any:
    answer = ask(
        f"{sandbox.openalex_url}/works", {name.replace("per_page", "per-page"): v for name, v in params.items()}
    )
    assert answer.status == 200, answer.body
    return answer.json


def everything(sandbox: Sandbox, **params: object) -> list[dict[str, Any]]:
    """All pages of an OpenAlex list."""
    found, cursor = [], "*"
    while cursor:
        page = works(sandbox, cursor=cursor, **params)
        found += page["results"]
        cursor = page["meta"]["next_cursor"]
    return found


def seed_work(sandbox: Sandbox) -> dict[str, Any]:
    record: dict[str, Any] = ask(f"{sandbox.openalex_url}/works/doi:{SEED_DOI}").json
    return record


def papers(sandbox: Sandbox, ids: list[str], fields: str = "title,citationCount,externalIds") -> Any:
    return ask(f"{sandbox.semantic_scholar_url}/graph/v1/paper/batch?fields={fields}", payload={"ids": ids}).json


# --- the literature ------------------------------------------------------------------------------------------------


def test_the_same_seed_writes_the_same_literature() -> None:
    assert imagine(seed=7) == imagine(seed=7)
    assert imagine(seed=7) != imagine(seed=8)


def test_one_article_is_real_and_the_others_say_that_they_are_not() -> None:
    literature = imagine()
    article = literature.works[literature.article]
    assert (article.doi, article.volume, article.issue, article.first_page, article.last_page) == (
        SEED_DOI, "16", "3", "430", "441",
    )  # fmt: skip
    assert article.published == date(2025, 5, 19)
    assert [author.name for author in article.authors] == ["Mikhail Polianskii"]
    assert article.venue is not None
    assert (article.venue.name, article.venue.publisher, article.venue.is_oa) == ("Global Policy", "Wiley", False)
    others = [work for work in literature.works if work is not article]
    assert all(work.abstract is None or work.abstract.endswith("Simulated record.") for work in literature.works)
    assert all(work.doi is None or work.doi.startswith("10.5555/") for work in others)


def test_invented_identifiers_have_the_right_form_and_check_digits() -> None:
    literature = imagine()
    venues = {work.venue for work in literature.works if work.venue}
    people = {person for work in literature.works for person in work.authors}
    assert len(venues) == 12
    assert all(normal.issn(number) == number for venue in venues for number in (venue.issn_print, venue.issn_online))
    iris = [person.orcid for person in people if person.orcid]
    assert len(iris) > 50
    assert all(normal.orcid(iri) == iri for iri in iris)
    assert all(normal.ror(person.place.ror) == person.place.ror for person in people if person.place)
    dois = [work.doi for work in literature.works if work.doi]
    assert [normal.doi(doi) for doi in dois] == dois
    assert len(set(dois)) == len(dois)


def test_references_point_back_in_time_and_never_twice_to_one_work() -> None:
    literature = imagine()
    for work in literature.works:
        assert len(set(work.references)) == len(work.references)
        assert all(literature.works[cited].published < work.published for cited in work.references)


def test_the_literature_tells_the_story_that_is_wanted() -> None:
    literature = imagine()
    citing = [work for work in literature.works if literature.article in work.references and work.openalex]
    weeks = [(work.published - SEASON).days // 7 for work in citing]
    assert len(citing) >= 55
    assert all(1 <= weeks.count(week) <= 4 for week in range(30))
    assert 70 <= sum(work.venue is not None and work.venue.name == "Global Policy" for work in literature.works) <= 85
    assert {work.theme.key for work in literature.works} == {theme.key for theme in words.THEMES}
    assert sum(len(work.authors) > 100 for work in literature.works) == 2
    assert {work.doi for work in literature.works} >= {*words.ODD_DOIS, None}
    assert {work.title for work in literature.works} >= set(words.ODD_TITLES)
    assert any(work.abstract is None for work in literature.works)
    assert any(work.is_retracted for work in literature.works)


@pytest.mark.parametrize("size", [30, 31, 60, 1200])
def test_any_size_from_thirty_on_has_its_article(size: int) -> None:
    literature = imagine(works=size)
    assert len(literature.works) == size
    assert literature.works[literature.article].doi == SEED_DOI
    assert any(literature.article in work.references for work in literature.works)


def test_too_small_a_literature_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        Sandbox(works=5)


# --- the sandbox itself --------------------------------------------------------------------------------------------


def test_it_says_what_it_is(box: Sandbox) -> None:
    about = ask(box.url).json
    assert "simulated" in about["note"]
    assert (about["seed"], about["on"], about["real"]) == (1, "2026-08-31", SEED_DOI)


def test_it_listens_on_loopback_only_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Sandbox(works=30) as sandbox:
        assert sandbox._server.socket.getsockname()[0] == "127.0.0.1"
        ask(sandbox.url)
        ask(f"{sandbox.openalex_url}/works")
    assert capfd.readouterr() == ("", "")


def test_two_sandboxes_of_one_seed_give_the_same_bytes() -> None:
    with Sandbox(works=60) as one, Sandbox(works=60) as other:
        for path in ("/openalex/works?per-page=100", "/crossref/works?rows=100", "/openalex/works/W1", "/"):
            assert ask(one.url + path) == ask(other.url + path)
        search = "/semantic_scholar/graph/v1/paper/search/bulk?query=&fields=title,authors,journal"
        assert ask(one.url + search).body == ask(other.url + search).body


def test_closing_leaves_neither_threads_nor_sockets_even_while_clients_hang() -> None:
    before = set(threading.enumerate())
    sandbox = Sandbox(works=30, faults=["stall"])
    address = ("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))
    with socket.create_connection(address) as silent, socket.create_connection(address) as stalled:
        stalled.sendall(b"GET /openalex/works HTTP/1.1\r\nHost: x\r\n\r\n")
        while not sandbox.requests:
            threading.Event().wait(0.01)
        sandbox.close()
        sandbox.close()
        assert silent.recv(1) == b""
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address).close()


def test_a_taken_port_is_an_os_error(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(works=30, port=int(box.url.rsplit(":", 1)[1]))
    assert capfd.readouterr() == ("", "")


def test_serve_blocks_until_the_sandbox_is_closed() -> None:
    made: list[Sandbox] = []
    ready = threading.Event()

    def note(sandbox: Sandbox) -> None:
        made.append(sandbox)
        ready.set()

    thread = threading.Thread(target=serve, kwargs={"works": 30, "ready": note})
    thread.start()
    assert ready.wait(10)
    assert ask(made[0].url).status == 200
    assert thread.is_alive()
    made[0].close()
    thread.join(10)
    assert not thread.is_alive()


def test_requests_are_noted_without_the_keys() -> None:
    with Sandbox(works=30, faults=["crossref:503"]) as sandbox:
        ask(f"{sandbox.semantic_scholar_url}/graph/v1/paper/x?fields=title", headers={"X-API-Key": "hidden"})
        ask(f"{sandbox.crossref_url}/works", headers={"User-Agent": "me"})
        ask(sandbox.url)
        first, second = sandbox.requests
    assert (first.service, first.method, first.status, first.fault) == ("semantic_scholar", "GET", 404, None)
    assert first.target == "/semantic_scholar/graph/v1/paper/x?fields=title"
    assert first.headers["x-api-key"] == "present"
    assert (second.service, second.status, second.fault, second.headers["user-agent"]) == ("crossref", 503, "503", "me")


# --- the clock -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_clock_only_ever_adds() -> None:
    with Sandbox(on=date(2026, 6, 1), works=120) as sandbox:
        counts: dict[str, tuple[int, ...]] = {}
        known: set[str] = set()
        for week in range(30):
            sandbox.move_to(date(2026, 6, 1) + timedelta(7 * week))
            seed = seed_work(sandbox)
            found = papers(sandbox, [f"DOI:{SEED_DOI}"])[0]
            crossref = ask(f"{sandbox.crossref_url}/works/{SEED_DOI}").json["message"]
            now = seed["cited_by_count"], found["citationCount"], crossref["is-referenced-by-count"]
            citing = {work["id"] for work in everything(sandbox, filter=f"cites:{seed['id']}", select="id")}
            assert len(citing) == seed["cited_by_count"]
            assert sum(year["cited_by_count"] for year in seed["counts_by_year"]) == seed["cited_by_count"]
            assert known <= citing
            assert all(old <= new for old, new in zip(counts.get("seed", now), now, strict=True))
            known, counts["seed"] = citing, now
        assert counts["seed"][0] >= 20
        assert counts["seed"][1] != counts["seed"][0]


def test_nothing_is_known_before_it_is_published(box: Sandbox) -> None:
    found = everything(box, per_page=200, select="publication_date")
    assert len(found) > 200
    assert max(work["publication_date"] for work in found) <= "2026-08-31"


def test_the_clock_moves_over_http_and_not_backwards() -> None:
    with Sandbox(works=30) as sandbox:
        assert ask(f"{sandbox.url}/_clock", payload={"on": "2026-09-07"}).json == {"on": "2026-09-07"}
        assert sandbox.on == date(2026, 9, 7)
        answer = ask(f"{sandbox.url}/_clock", payload={"on": "2026-09-06"})
        assert (answer.status, "only moves forward" in answer.json["error"]) == (400, True)
        assert ask(f"{sandbox.url}/_clock", payload={"on": "soon"}).status == 400
        assert ask(f"{sandbox.url}/_clock", payload=[]).status == 400
        assert answer.headers["date"] == "Mon, 07 Sep 2026 12:00:00 GMT"
        with pytest.raises(ValueError, match="only moves forward"):
            sandbox.move_to(date(2020, 1, 1))


# --- OpenAlex ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_page", [7, 25, 100, 200])
def test_a_cursor_reaches_every_work_once(box: Sandbox, per_page: int) -> None:
    found = [work["id"] for work in everything(box, per_page=per_page, select="id")]
    assert len(found) == len(set(found)) == works(box)["meta"]["count"]


def test_a_full_last_page_promises_another_which_is_empty(box: Sandbox) -> None:
    pair = "|".join(work["id"] for work in works(box, per_page=2, select="id")["results"])
    first = works(box, filter=f"openalex:{pair}", per_page=2, cursor="*")
    assert (first["meta"]["count"], len(first["results"])) == (2, 2)
    last = works(box, filter=f"openalex:{pair}", per_page=2, cursor=first["meta"]["next_cursor"])
    assert (last["meta"]["count"], last["results"], last["meta"]["next_cursor"]) == (2, [], None)


def test_pages_by_number_agree_with_the_cursor(box: Sandbox) -> None:
    pages = [works(box, per_page=100, page=number, select="id")["results"] for number in (1, 2, 3, 4)]
    assert [work for page in pages for work in page] == everything(box, per_page=100, select="id")


@pytest.mark.parametrize("sort", ["publication_date", "publication_date:desc", "cited_by_count:desc", "id"])
def test_sorted_lists_are_sorted(box: Sandbox, sort: str) -> None:
    name, _, direction = sort.partition(":")
    values = [work[name] for work in everything(box, sort=sort, per_page=50, select=name)]
    assert len(values) > 200
    assert values == sorted(values, reverse=direction == "desc")


def test_filters_let_through_what_they_say(box: Sandbox) -> None:
    seed = seed_work(box)
    journal = everything(box, filter=f"journal.issn:{GLOBAL_POLICY}", per_page=100)
    assert len(journal) > 50
    assert {work["primary_location"]["source"]["issn_l"] for work in journal} == {"1758-5880"}
    same = everything(box, filter="primary_location.source.issn:1758-5880|9999-9999", per_page=100)
    assert [work["id"] for work in same] == [work["id"] for work in journal]
    cited = works(box, filter=f"cited_by:{seed['id']}", per_page=100)["results"]
    assert {work["id"] for work in cited} == set(seed["referenced_works"])
    years = works(box, filter="publication_year:2020|2021", per_page=100)["results"]
    assert {work["publication_year"] for work in years} == {2020, 2021}
    dates = works(box, filter="from_publication_date:2026-06-01,to_publication_date:2026-06-30", per_page=100)[
        "results"
    ]
    assert dates
    assert all("2026-06-01" <= work["publication_date"] <= "2026-06-30" for work in dates)
    assert works(box, filter="publication_year:!2020")["meta"]["count"] == works(box)["meta"]["count"] - sum(
        work["publication_year"] == 2020 for work in years
    )
    everyone = everything(box, per_page=200)
    pmid = next(work["ids"]["pmid"] for work in everyone if "pmid" in work["ids"])
    assert works(box, filter=f"pmid:{pmid.rsplit('/', 1)[1]}")["results"][0]["ids"]["pmid"] == pmid
    retracted = works(box, filter="is_retracted:true")["results"]
    assert {work["id"] for work in retracted} == {work["id"] for work in everyone if work["is_retracted"]}
    person = next(a for work in everyone for a in work["authorships"] if a["author"]["orcid"] and a["institutions"])
    for name, value in (
        ("author.orcid", person["author"]["orcid"]),
        ("institutions.ror", person["institutions"][0]["ror"]),
    ):
        found = works(box, filter=f"{name}:{value}", per_page=100)["results"]
        assert found
        assert all(value in json.dumps(work) for work in found)


def test_search_finds_words_and_ranks_titles_first(box: Sandbox) -> None:
    found = works(box, search="dissociation", per_page=100)["results"]
    scores = [work["relevance_score"] for work in found]
    assert scores == sorted(scores, reverse=True)
    assert {"Dissociation of States from International Institutions", "Dissociations of Memory and Language"} <= {
        work["primary_topic"]["display_name"] for work in found
    }
    only_titles = works(box, filter="title.search:dissociation", per_page=100)["results"]
    assert only_titles
    assert all("dissociat" in work["title"].lower() for work in only_titles)
    both = works(box, filter="title_and_abstract.search:seagrass OR vaccination")["meta"]["count"]
    alone = [
        works(box, filter=f"title_and_abstract.search:{word}")["meta"]["count"] for word in ("seagrass", "vaccination")
    ]
    assert both == sum(alone) > 0
    assert works(box, search="Ruxit Revisited: Unravelling Russia's Dissociation")["results"][0]["doi"].endswith(
        SEED_DOI
    )
    assert works(box, search="xyzzy")["meta"]["count"] == 0


def test_a_batch_of_dois_comes_in_one_list(box: Sandbox) -> None:
    dois = [work["doi"] for work in everything(box, per_page=200, select="doi") if work["doi"]]
    plain = [doi for doi in dois if not set(doi) & set(",|")][:100]
    bare = [doi.removeprefix("https://doi.org/") for doi in plain]
    found = works(box, filter="doi:" + "|".join(bare), per_page=100, select="doi")
    assert {work["doi"] for work in found["results"]} == set(plain)
    upper = works(box, filter=f"doi:{bare[0].upper()}|10.5555/nobody", select="doi")
    assert [work["doi"] for work in upper["results"]] == [plain[0]]


@pytest.mark.parametrize("doi", words.ODD_DOIS)
def test_an_awkward_doi_is_found_alone_at_every_service(box: Sandbox, doi: str) -> None:
    spelt = quote(doi, safe="")
    assert ask(f"{box.openalex_url}/works/doi:{spelt}").json["doi"] == f"https://doi.org/{doi}"
    assert ask(f"{box.openalex_url}/works/https://doi.org/{spelt}").json["doi"] == f"https://doi.org/{doi}"
    assert ask(f"{box.crossref_url}/works/{spelt}").json["message"]["DOI"] == doi
    paper = ask(f"{box.semantic_scholar_url}/graph/v1/paper/DOI:{spelt}?fields=externalIds")
    assert paper.status == 404 or paper.json["externalIds"]["DOI"].lower() == doi
    assert "," in doi or "|" in doi or works(box, filter=f"doi:{doi}")["meta"]["count"] == 1


def test_commas_and_pipes_split_a_filter_however_they_are_encoded(box: Sandbox) -> None:
    assert ask(f"{box.openalex_url}/works?filter=doi:10.5555%2Fsim.comma%2C1").status == 400
    assert works(box, filter="doi:10.5555/sim.pipe|2")["meta"]["count"] == 0


def test_lists_show_a_hundred_authors_and_one_work_shows_all(box: Sandbox) -> None:
    crowded = [work for work in everything(box, per_page=200) if work.get("is_authors_truncated")]
    assert len(crowded) == 2
    for work in crowded:
        assert len(work["authorships"]) == 100
        alone = ask(f"{box.openalex_url}/works/{work['id'].rsplit('/', 1)[1]}").json
        assert len(alone["authorships"]) > 100
        assert (
            alone["authorships"][99:]
            == [
                {**author, "author_position": "last" if i == len(alone["authorships"]) - 1 else "middle"}
                for i, author in enumerate(alone["authorships"])
            ][99:]
        )
        assert "is_authors_truncated" not in alone


def test_select_takes_root_fields_only(box: Sandbox) -> None:
    assert list(works(box, select="doi,ids")["results"][0]) == ["doi", "ids"]
    assert list(ask(f"{box.openalex_url}/works/doi:{SEED_DOI}?select=id").json) == ["id"]
    assert ask(f"{box.openalex_url}/works?select=ids.doi").status == 400


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"filter": "nonsense:1"}, "nonsense is not a valid field"),
        ({"filter": "doi"}, "filter_name:value"),
        ({"filter": "doi:"}, "filter_name:value"),
        ({"filter": "openalex:W1|Q12345"}, "not a valid OpenAlex ID"),
        ({"filter": "cites:W123|"}, "not a valid OpenAlex ID"),
        ({"filter": "doi:10.1/a|doi:10.1/b"}, "prefix"),
        ({"filter": "openalex:" + "|".join(f"W{n}" for n in range(1000, 1101))}, "Maximum number of values"),
        ({"filter": "from_publication_date:yesterday"}, "date"),
        ({"filter": "publication_year:x"}, "number"),
        ({"cursor": "*", "page": 1}, "Cannot use page parameter with cursor"),
        ({"cursor": "not one"}, "Cursor value is invalid"),
        ({"per-page": 201}, "between 1 and 200"),
        ({"per_page": "all"}, "between 1 and 200"),
        ({"page": 200, "per-page": 100}, "Maximum results size"),
        ({"sort": "title"}, "Sorting by title"),
        (
            {"filter": "doi:" + "|".join(["10.5555/(sici)1097-4571(1998)49:8<693::aid-sim4>3.0.co;2-o"] * 100)},
            "too long",
        ),
    ],
)
def test_a_wrong_question_is_refused(box: Sandbox, params: dict[str, object], said: str) -> None:
    answer = ask(f"{box.openalex_url}/works", params)
    assert answer.status == 400
    assert set(answer.json) == {"error", "message"}
    assert said in answer.json["error"] + answer.json["message"]


def test_a_hundred_ids_are_accepted(box: Sandbox) -> None:
    assert works(box, filter="openalex:" + "|".join(work_id(n) for n in range(100)), per_page=100)["meta"]["count"] > 90


def test_paid_filters_want_a_plan_and_name_no_time(box: Sandbox) -> None:
    answer = ask(f"{box.openalex_url}/works", {"filter": "from_updated_date:2026-01-01"})
    assert (answer.status, answer.json["error"]) == (429, "Plan upgrade required")
    assert "retry-after" not in answer.headers


def test_an_unknown_work_is_an_html_page(box: Sandbox) -> None:
    for identifier in ("W1234567890", "doi:10.5555/nobody", "pmid:1"):
        answer = ask(f"{box.openalex_url}/works/{identifier}")
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (404, "text/html")


def test_prices_and_the_budget() -> None:
    with Sandbox(works=30) as sandbox:
        address = f"{sandbox.openalex_url}/works"
        expected = KEYLESS_CREDITS
        for path, cost in (
            (f"/doi:{SEED_DOI}", 0), (f"/{work_id(0)}", 0), (f"/doi%3A{quote(SEED_DOI, safe='')}", 1), ("", 1),
            ("?search=exit", 10), ("?filter=title.search:exit", 10), ("?filter=nonsense:1", 1),
        ):  # fmt: skip
            headers = ask(address + path).headers
            expected -= cost
            assert headers["x-ratelimit-credits-used"] == str(cost), path
            assert headers["x-ratelimit-remaining"] == str(expected), path
            assert float(headers["x-ratelimit-cost-usd"]) == cost / 10_000
            assert headers["x-ratelimit-reset"] == "43200"
        assert ask(address).json["meta"]["cost_usd"] == 0.0001
        keyed = ask(address, headers={"Authorization": "Bearer key"}).headers
        assert (keyed["x-ratelimit-limit"], keyed["x-ratelimit-remaining"]) == (
            str(FREE_CREDITS),
            str(FREE_CREDITS - 1),
        )


def test_a_spent_budget_returns_on_the_next_day() -> None:
    with Sandbox(works=30, faults=["openalex:budget:12"]) as sandbox:
        address = f"{sandbox.openalex_url}/works"
        assert [ask(address).status for _ in range(3)] == [200, 200, 200]
        answer = ask(f"{address}?search=exit")
        assert (answer.status, answer.headers["retry-after"]) == (429, "43200")
        assert int(answer.headers["x-ratelimit-remaining"]) < int(answer.headers["x-ratelimit-credits-required"])
        assert ask(f"{address}/doi:{SEED_DOI}").status == 200
        sandbox.move_to(date(2026, 9, 1))
        assert ask(f"{address}?search=exit").status == 200


# --- Semantic Scholar ----------------------------------------------------------------------------------------------


def graph(sandbox: Sandbox, path: str, **params: object) -> Answer:
    return ask(f"{sandbox.semantic_scholar_url}/graph/v1/paper{path}", params)


def test_a_batch_answers_in_place_with_null_for_the_unknown(box: Sandbox) -> None:
    paper = papers(box, [f"DOI:{SEED_DOI}"])[0]
    corpus = paper["externalIds"]["CorpusId"]
    ids = ["DOI:10.5555/nobody", SEED_DOI, f"CorpusId:{corpus}", paper["paperId"], "PMID:1", f"CorpusID:{corpus}"]
    assert papers(box, ids) == [None, paper, paper, paper, None, paper]


def test_only_asked_fields_appear_beside_the_paper_id(box: Sandbox) -> None:
    assert list(papers(box, [SEED_DOI], "year,title")[0]) == ["paperId", "title", "year"]
    assert list(graph(box, f"/{SEED_DOI}").json) == ["paperId", "title"]
    assert graph(box, f"/DOI:{SEED_DOI}", fields="authors.name").json["authors"][0]["name"] == "Mikhail Polianskii"
    nested = graph(box, f"/DOI:{SEED_DOI}", fields="citationCount,citations.year,references").json
    assert len(nested["citations"]) == nested["citationCount"]
    assert set(nested["citations"][0]) == {"paperId", "year"}
    assert set(nested["references"][0]) == {"paperId", "title"}


def test_citations_page_to_the_end_and_agree_with_the_count(box: Sandbox) -> None:
    count = papers(box, [SEED_DOI])[0]["citationCount"]
    found, offset = [], 0
    while offset is not None:
        page = graph(box, f"/DOI:{SEED_DOI}/citations", fields="title,year,isInfluential", offset=offset, limit=4).json
        assert page["offset"] == offset
        found += page["data"]
        offset = page.get("next")
    assert len(found) == count > 10
    assert all(list(entry) == ["isInfluential", "citingPaper"] for entry in found)
    ids = [entry["citingPaper"]["paperId"] for entry in found if entry["citingPaper"]["paperId"]]
    assert len(ids) == len(set(ids))
    assert "next" not in page
    since = graph(box, f"/DOI:{SEED_DOI}/citations", fields="publicationDate", publicationDateOrYear="2026-08-01:").json
    assert 0 < len(since["data"]) < count


def test_some_entries_have_a_title_and_no_paper_id(box: Sandbox) -> None:
    ids = [f"DOI:{work['doi'][16:]}" for work in everything(box, per_page=200, select="doi") if work["doi"]]
    nameless = [
        entry
        for paper in papers(box, ids, "references.title,citations.title,references.externalIds")
        if paper
        for entry in paper["references"] + paper["citations"]
        if entry["paperId"] is None
    ]
    assert nameless
    assert all(entry["title"] and entry.get("externalIds") is None for entry in nameless)


def test_references_are_those_of_the_reference_list(box: Sandbox) -> None:
    page = graph(
        box, f"/DOI:{SEED_DOI}/references", fields="title,contexts,intents,contextsWithIntent", limit=1000
    ).json
    assert page["offset"] == 0
    assert len(page["data"]) == papers(box, [SEED_DOI], "referenceCount")[0]["referenceCount"] > 5
    assert list(page["data"][0]) == ["contexts", "intents", "contextsWithIntent", "citedPaper"]


def test_it_knows_nearly_the_same_literature_as_openalex_but_not_quite(box: Sandbox) -> None:
    token, here = "", set()
    while token is not None:
        page = graph(box, "/search/bulk", query="", token=token, fields="externalIds").json
        here |= {paper["externalIds"].get("DOI", "").lower() for paper in page["data"]}
        token = page["token"]
    there = {(work["doi"] or "")[16:] for work in everything(box, per_page=200, select="doi")}
    assert here - there
    assert there - here
    assert len(here & there) > 0.8 * len(there)


def test_search_and_its_pages(box: Sandbox) -> None:
    first = graph(box, "/search", query="dissociation", fields="title", limit=10).json
    assert list(first) == ["total", "offset", "next", "data"]
    found, offset = [], 0
    while offset is not None:
        page = graph(box, "/search", query="dissociation", fields="title", limit=10, offset=offset).json
        found += [paper["paperId"] for paper in page["data"]]
        offset = page.get("next")
    assert len(found) == len(set(found)) == first["total"] > 20
    assert graph(box, "/search", query="xyzzy").json == {"total": 0, "offset": 0}
    assert graph(box, "/search/match", query="Ruxit Revisited").json["data"][0]["title"].startswith("Ruxit Revisited")
    assert graph(box, "/search/match", query="xyzzy").status == 404


def test_bulk_search_filters_and_hands_out_tokens(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.sandbox.semantic_scholar.BULK_PAGE", 10)
    found, token, pages = [], "", 0
    while token is not None:
        page = graph(
            box, "/search/bulk", query="", venue="Global Policy", year="2020-", token=token, fields="venue,year"
        ).json
        found += page["data"]
        token, pages = page["token"], pages + 1
    assert pages > 2
    assert len({paper["paperId"] for paper in found}) == len(found) == page["total"]
    assert all(paper["venue"] == "Global Policy" and paper["year"] >= 2020 for paper in found)


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/0", {}, 404, "Paper with id 0 not found"),
        ("/DOI:10.5555/no/body", {}, 404, "Paper with id DOI:10.5555/no/body not found"),
        ("/DOI:10.5555/nobody/citations", {}, 404, "Paper with id DOI:10.5555/nobody not found"),
        (f"/{SEED_DOI}", {"fields": "title,unknown"}, 400, "Unrecognized or unsupported fields: [unknown]"),
        (f"/{SEED_DOI}/citations", {"fields": "citingPaper.title"}, 400, "[citingPaper.title]"),
        (f"/{SEED_DOI}/citations", {"offset": 9000, "limit": 1000}, 400, "limit and/or offset"),
        (f"/{SEED_DOI}/citations", {"limit": 1001}, 400, "limit must be"),
        (f"/{SEED_DOI}/references", {"offset": "x"}, 400, "Unacceptable"),
        ("/search", {"query": "a", "limit": 101}, 400, "limit must be"),
        ("/search", {"query": "a", "offset": 950, "limit": 100}, 400, "limit and/or offset"),
        ("/search", {}, 400, "query"),
    ],
)
def test_semantic_scholar_refuses(box: Sandbox, path: str, params: dict[str, object], status: int, said: str) -> None:
    answer = graph(box, path, **params)
    assert answer.status == status
    assert list(answer.json) == ["error"]
    assert said in answer.json["error"]


@pytest.mark.parametrize("payload", [{"ids": ["x"] * 501}, {"ids": []}, {}, [], {"ids": [1]}])
def test_a_wrong_batch_is_refused(box: Sandbox, payload: object) -> None:
    answer = ask(f"{box.semantic_scholar_url}/graph/v1/paper/batch", payload=payload)
    assert (answer.status, list(answer.json)) == (400, ["error"])


# --- Crossref ------------------------------------------------------------------------------------------------------


def test_crossref_answers_for_a_work_and_a_batch(box: Sandbox) -> None:
    answer = ask(f"{box.crossref_url}/works/{SEED_DOI.upper()}")
    message = answer.json["message"]
    assert (answer.json["message-type"], message["DOI"], message["page"]) == ("work", SEED_DOI, "430-441")
    assert message["ISSN"] == ["1758-5880", "1758-5899"]
    assert (answer.headers["x-rate-limit-limit"], answer.headers["x-api-pool"]) == ("5", "public-single")
    params = {"filter": f"doi:{SEED_DOI},doi:10.5555/nobody,doi:10.5555/sim.0000", "rows": 50, "select": "DOI,title"}
    batch = ask(f"{box.crossref_url}/works", params, headers={"User-Agent": "x (mailto:a@b.invalid)"})
    assert {item["DOI"] for item in batch.json["message"]["items"]} == {SEED_DOI, "10.5555/sim.0000"}
    assert list(batch.json["message"]["items"][0]) == ["DOI", "title"]
    assert (batch.headers["x-rate-limit-limit"], batch.headers["x-api-pool"]) == ("3", "polite-array")


def test_a_crossref_cursor_ends_with_an_empty_page(box: Sandbox) -> None:
    found: list[str] = []
    cursor, items = "*", [{}]
    while items:
        params = {"filter": f"issn:{GLOBAL_POLICY}", "rows": 20, "cursor": cursor}
        message = ask(f"{box.crossref_url}/works", params).json["message"]
        items, cursor = message["items"], message["next-cursor"]
        found += [item["DOI"] for item in items]
    assert len(found) == len(set(found)) == message["total-results"] > 40


def test_crossref_searches_and_pages_by_offset(box: Sandbox) -> None:
    pages = [
        ask(f"{box.crossref_url}/works", {"query": "dissociation", "rows": 5, "offset": offset}).json["message"]
        for offset in (0, 5)
    ]
    assert pages[0]["query"] == {"start-index": 0, "search-terms": "dissociation"}
    assert not {item["DOI"] for item in pages[0]["items"]} & {item["DOI"] for item in pages[1]["items"]}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/10.5555/nobody", 404, b"Resource not found."),
        (f"/{SEED_DOI}?select=DOI", 400, b"This route does not support select"),
        ("?filter=nonsense:1", 400, b"filter-not-available"),
        ("?rows=1001", 400, b"integer-not-valid"),
        ("?rows=many", 400, b"integer-not-valid"),
        ("?rows=1000&offset=9500", 400, b"integer-not-valid"),
        ("?cursor=5", 500, b"Response Exception"),
        ("?cursor=C:2020-01-01:20", 404, b"Resource not found."),
        ("/10.9999/nowhere/agency", 404, b"Resource not found."),
    ],
)
def test_crossref_refuses(box: Sandbox, path: str, status: int, said: bytes) -> None:
    answer = ask(f"{box.crossref_url}/works{path}")
    assert answer.status == status
    assert said in answer.body


# --- OpenCitations -------------------------------------------------------------------------------------------------


def citations(sandbox: Sandbox, path: str, **headers: str) -> Answer:
    return ask(f"{sandbox.opencitations_url}{path}", headers=headers)


def test_opencitations_counts_in_words_and_lists_every_citation(box: Sandbox) -> None:
    [count] = citations(box, f"/index/v2/citation-count/doi:{SEED_DOI.upper()}").json
    rows = citations(box, f"/index/v2/citations/doi:{SEED_DOI}").json
    distinct = {row["oci"]: row for row in rows}
    assert count == {"count": str(len(distinct))}
    assert len(rows) > len(distinct) > 5, "one that two indexes know comes twice"
    for row in rows:
        assert all(isinstance(value, str) for value in row.values())
        assert f"doi:{SEED_DOI}" in row["cited"].split()
        assert row["citing"].startswith("omid:br/06")
        assert {row["author_sc"], row["journal_sc"]} <= {"yes", "no"}
    assert len({len(row["creation"]) for row in rows}) > 1, "days and months"
    assert int(count["count"]) < seed_work(box)["cited_by_count"], "its releases are weeks behind"
    cited = citations(box, f"/index/v2/references/doi:{SEED_DOI}").json
    assert citations(box, f"/index/v2/reference-count/doi:{SEED_DOI}").json == [{"count": str(len(cited))}]
    assert {row["citing"] for row in cited} == {rows[0]["cited"]}


def test_opencitations_answers_an_unknown_id_with_nothing_and_a_bare_one_with_404(box: Sandbox) -> None:
    assert citations(box, "/index/v2/citations/doi:10.5555/nowhere").json == []
    assert citations(box, "/index/v2/citation-count/doi:10.5555/nowhere").json == [{"count": "0"}]
    assert citations(box, "/meta/v1/metadata/doi:10.5555/nowhere").json == []
    for path in (
        f"/index/v2/citations/{SEED_DOI}",
        f"/index/v2/nothing/doi:{SEED_DOI}",
        f"/meta/v1/metadata/{SEED_DOI}",
    ):
        assert citations(box, path).status == 404


def test_opencitations_meta_takes_fourteen_ids_and_breaks_at_fifteen(box: Sandbox) -> None:
    names = [f"doi:10.5555/sim.{number:04d}" for number in range(15)]
    rows = citations(box, f"/meta/v1/metadata/{'__'.join(names[:14])}").json
    assert {name for row in rows for name in row["id"].split() if name.startswith("doi:")} <= set(names)
    assert len(rows) > 5
    assert citations(box, f"/meta/v1/metadata/{'__'.join(names)}").status == 500
    [row] = citations(box, f"/meta/v1/metadata/doi:{SEED_DOI}").json
    assert (row["author"].split(" [")[0], row["pub_date"], row["page"]) == (
        "Polianskii, Mikhail",
        "2025-05-19",
        "430-441",
    )
    assert "issn:1758-5880" in row["venue"]


# --- DataCite ------------------------------------------------------------------------------------------------------


def dois(sandbox: Sandbox, **params: object) -> Any:
    spelt = {
        name.replace("size", "page[size]").replace("cursor", "page[cursor]"): value for name, value in params.items()
    }
    return ask(f"{sandbox.datacite_url}/dois", spelt).json


def test_datacite_holds_what_crossref_does_not(box: Sandbox) -> None:
    known = dois(box, size=1000)["data"]
    assert {one["attributes"]["types"]["resourceTypeGeneral"] for one in known} == {"Preprint", "Dataset"}
    for one in known:
        assert ask(f"{box.crossref_url}/works/{one['id']}").status == 404
        assert ask(f"{box.datacite_url}/dois/{one['id'].upper()}").json["data"]["id"] == one["id"]
    answer = ask(f"{box.datacite_url}/dois/{SEED_DOI}")
    assert (answer.status, answer.json["errors"][0]["status"]) == (404, "404")


def test_datacite_answers_a_batch_and_says_more_where_asked(box: Sandbox) -> None:
    page = dois(box, ids=f"{PREPRINT.upper()},10.5281/zenodo.990000003,{SEED_DOI}", size=50)
    assert (page["meta"]["total"], [one["id"] for one in page["data"]]) == (2, ["10.5281/zenodo.990000003", PREPRINT])
    assert "next" not in page["links"]
    plain = page["data"][1]
    [more] = dois(box, ids=PREPRINT, detail="true", affiliation="true")["data"]
    assert "citations" not in plain["relationships"]
    assert len(more["relationships"]["citations"]["data"]) == more["attributes"]["citationCount"] > 5
    assert sum(year["total"] for year in more["attributes"]["citationsOverTime"]) == more["attributes"]["citationCount"]
    whole = dois(box, size=1000)["data"], dois(box, size=1000, affiliation="true")["data"]
    places = [who["affiliation"] for found in whole for one in found for who in one["attributes"]["creators"]]
    assert {type(place[0]) for place in places if place} == {str, dict}


def test_datacite_lists_the_works_of_people_and_places_page_by_page(box: Sandbox) -> None:
    known = dois(box, size=1000, detail="true", affiliation="true")["data"]
    people = {
        name["nameIdentifier"]: one["id"]
        for one in known
        for person in one["attributes"]["creators"]
        for name in person["nameIdentifiers"]
    }
    iris, own = next(iter(people.items()))
    listed = dois(box, query=f'creators.nameIdentifiers.nameIdentifier:("{iris}")')["data"]
    assert own in {one["id"] for one in listed}
    assert len(listed) < len(known)
    seen, cursor = list[str](), "1"
    while cursor:
        page = dois(box, size=7, cursor=cursor)
        seen += [one["id"] for one in page["data"]]
        following = page["links"].get("next")
        cursor = parse_qs(urlsplit(following).query)["page[cursor]"][0] if following else ""
    assert seen == [one["id"] for one in known]
    assert ask(f"{box.datacite_url}/dois", {"page[cursor]": "no cursor"}).status == 400


# --- faults --------------------------------------------------------------------------------------------------------


def status_of(sandbox: Sandbox, service: str = "openalex") -> int:
    paths = {
        "openalex": "/works", "semantic_scholar": f"/graph/v1/paper/{SEED_DOI}", "crossref": f"/works/{SEED_DOI}",
        "opencitations": f"/index/v2/citation-count/doi:{SEED_DOI}", "datacite": "/dois",
    }  # fmt: skip
    return ask(f"{sandbox.url}/{service}{paths[service]}").status


def test_a_rule_names_the_requests_it_is_for() -> None:
    with Sandbox(works=30, faults=["openalex:503@2-3", "crossref:500@3-", "openalex:429-burst@5"]) as sandbox:
        assert [status_of(sandbox) for _ in range(6)] == [200, 503, 503, 200, 429, 200]
        assert [status_of(sandbox, "crossref") for _ in range(4)] == [200, 200, 500, 500]
        assert status_of(sandbox, "semantic_scholar") == 200


@pytest.mark.slow
def test_a_share_of_the_requests_is_the_same_share_every_time() -> None:
    runs = []
    for _ in range(2):
        with Sandbox(works=30, faults=["*:500%30"]) as sandbox:
            runs.append([status_of(sandbox) for _ in range(60)])
    assert runs[0] == runs[1]
    assert 8 <= runs[0].count(500) <= 30


def test_rules_are_set_over_http_and_counted_anew() -> None:
    with Sandbox(works=30, faults=["503@1"]) as sandbox:
        assert [status_of(sandbox) for _ in range(2)] == [503, 200]
        assert ask(f"{sandbox.url}/_faults", payload={"rules": ["openalex:500@1"]}).json == {
            "rules": ["openalex:500@1"]
        }
        assert [status_of(sandbox) for _ in range(2)] == [500, 200]
        refused = ask(f"{sandbox.url}/_faults", payload={"rules": ["explode"]})
        assert (refused.status, "there is no fault 'explode'" in refused.json["error"]) == (400, True)
        assert ask(f"{sandbox.url}/_faults", payload={}).status == 400
        sandbox.set_faults([])
        assert [status_of(sandbox) for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("openalex:explode", "no fault 'explode'"), ("arxiv:500", "no service 'arxiv'"), ("slow", "needs a value"),
        ("500:3", "takes no value"), ("500@0", "from 1"), ("500@4-2", "from 1"), ("500%0", "share"), ("500%101", "share"),
        ("", "not of the form"), ("openalex:", "not of the form"), ("crossref:budget:5", "only openalex"),
        ("500@x", "not of the form"),
    ],
)  # fmt: skip
def test_a_wrong_rule_says_what_is_wrong(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        Sandbox(works=30, faults=[rule])
    assert repr(rule) in str(error.value)


def test_every_fault_can_be_written_for_every_service() -> None:
    for fault in (*INSTEAD, *SPOILT):
        for service in (*SERVICES, "*"):
            assert parse(f"{service}:{fault}{':1' if fault == 'slow' else ''}@2-").fault == fault


def test_a_429_has_three_meanings() -> None:
    with Sandbox(works=30, faults=["429-burst@1", "429-budget@2", "429-plan@3"]) as sandbox:
        burst, budget, plan = (ask(f"{sandbox.openalex_url}/works") for _ in range(3))
    assert {burst.status, budget.status, plan.status} == {429}
    assert burst.headers["retry-after"] == "1"
    assert int(burst.headers["x-ratelimit-remaining"]) > 0
    assert budget.headers["retry-after"] == "43200"
    assert int(budget.headers["x-ratelimit-remaining"]) < int(budget.headers["x-ratelimit-credits-required"])
    assert "retry-after" not in plan.headers
    assert plan.json["error"] == "Plan upgrade required"
    with Sandbox(works=30, faults=["429-burst"]) as sandbox:
        answer = graph(sandbox, f"/{SEED_DOI}")
        assert (answer.status, set(answer.json), answer.json["code"]) == (429, {"message", "code"}, "429")
        assert "retry-after" not in answer.headers
        assert status_of(sandbox, "crossref") == 429


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_comes_with_the_services_own_body(status: str) -> None:
    with Sandbox(works=30, faults=[status]) as sandbox:
        openalex = ask(f"{sandbox.openalex_url}/works")
        scholar = graph(sandbox, f"/{SEED_DOI}")
        crossref = ask(f"{sandbox.crossref_url}/works/{SEED_DOI}")
        citations = ask(f"{sandbox.opencitations_url}/index/v2/citations/doi:{SEED_DOI}")
        datacite = ask(f"{sandbox.datacite_url}/dois")
    assert {str(answer.status) for answer in (openalex, scholar, crossref, citations, datacite)} == {status}
    assert list(scholar.json) == ["error" if status in ("400", "404") else "message"]
    if status == "404":
        assert b"<h1>" in openalex.body
        assert crossref.body == b"Resource not found."
        assert "resource you are looking for" in datacite.json["errors"][0]["title"]
        assert b"HTTP status code 404" in citations.body
    else:
        assert set(openalex.json) == {"error", "message"}


def spoilt(rule: str, path: str = "/works?per-page=5", timeout: float = 10) -> Answer:
    with Sandbox(works=60, faults=[rule]) as sandbox:
        return ask(sandbox.openalex_url + path, headers={"Accept-Encoding": "gzip"}, timeout=timeout)


def test_html_bare_and_garbage_come_with_200() -> None:
    assert spoilt("html").body.startswith(b"<!doctype html>")
    assert spoilt("bare").json == {}
    garbage = spoilt("garbage")
    assert (garbage.status, garbage.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError):
        garbage.json  # noqa: B018


def test_deep_is_deep_and_huge_is_huge() -> None:
    assert spoilt("deep").body == b"[" * 100_000 + b"]" * 100_000
    packed = spoilt("huge:3")
    assert len(packed.body) < 20_000
    assert len(decompress(packed.body, 31)) == 3 * 2**20 + 2
    with Sandbox(works=30, faults=["huge:2"]) as sandbox:
        assert len(ask(f"{sandbox.openalex_url}/works").body) == 2 * 2**20 + 2


def test_a_cut_body_is_shorter_than_was_announced() -> None:
    with pytest.raises(http.client.IncompleteRead) as error:
        spoilt("cut")
    assert len(error.value.partial) > 1000


@pytest.mark.slow
def test_reset_stall_and_drip_break_off() -> None:
    with pytest.raises(ConnectionResetError):
        spoilt("reset")
    with pytest.raises(TimeoutError):
        spoilt("stall", timeout=0.2)
    with pytest.raises(http.client.RemoteDisconnected):
        spoilt("stall:0.05")
    with pytest.raises((TimeoutError, http.client.IncompleteRead)):
        spoilt("drip:0.5", timeout=0.2)


def test_slow_and_drip_are_right_in_the_end() -> None:
    plain = spoilt("openalex:500@2")
    assert spoilt("slow:0.05") == plain
    dripped = spoilt("drip:0.0001", "/works?per-page=1&select=id")
    assert dripped.body == spoilt("openalex:500@2", "/works?per-page=1&select=id").body


def test_empty_keeps_the_form_and_the_total() -> None:
    page = spoilt("empty", "/works?per-page=5&cursor=*").json
    assert page["results"] == []
    assert page["meta"]["count"] > 5
    assert page["meta"]["next_cursor"] is None
    assert spoilt("empty", f"/works/doi:{SEED_DOI}").json == {}
    with Sandbox(works=60, faults=["empty"]) as sandbox:
        assert graph(sandbox, f"/{SEED_DOI}/citations", limit=1).json == {"offset": 0, "data": []}
        assert papers(sandbox, [SEED_DOI]) == []
        assert ask(f"{sandbox.crossref_url}/works").json["message"]["items"] == []
        assert ask(f"{sandbox.opencitations_url}/index/v2/citations/doi:{SEED_DOI}").json == []
        page = ask(f"{sandbox.datacite_url}/dois").json
        assert (page["data"], page["meta"]["total"] > 0, page["links"]) == ([], True, {})
    with Sandbox(faults=["empty"]) as sandbox:
        assert ask(f"{sandbox.datacite_url}/dois/{PREPRINT}").json == {}


def test_zero_and_retyped_change_counts_and_nothing_else() -> None:
    path = f"/works/doi:{SEED_DOI}"
    plain, zero, retyped = (spoilt(rule, path).json for rule in ("openalex:500@2", "zero", "retyped"))
    assert plain["cited_by_count"] > 0
    assert (zero["cited_by_count"], retyped["cited_by_count"]) == (0, str(plain["cited_by_count"]))
    assert {year["cited_by_count"] for year in zero["counts_by_year"]} == {0}
    counts = ("cited_by_count", "counts_by_year")
    assert [{k: v for k, v in r.items() if k not in counts} for r in (zero, retyped)] == [
        {k: v for k, v in plain.items() if k not in counts}
    ] * 2
    with Sandbox(works=60, faults=["zero"]) as sandbox:
        assert papers(sandbox, [SEED_DOI])[0]["citationCount"] == 0
        assert ask(f"{sandbox.crossref_url}/works/{SEED_DOI}").json["message"]["is-referenced-by-count"] == 0
        assert ask(f"{sandbox.opencitations_url}/index/v2/citation-count/doi:{SEED_DOI}").json == [{"count": "0"}]
        assert {one["attributes"]["citationCount"] for one in ask(f"{sandbox.datacite_url}/dois").json["data"]} == {0}


def test_many_clients_at_once_are_all_served_and_counted(box: Sandbox) -> None:
    statuses: list[int] = []

    def fetch() -> None:
        statuses.extend(ask(f"{box.openalex_url}/works?per-page=50").status for _ in range(5))

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    before = len(box.requests)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 30
    assert len(box.requests) - before == 30
