"""The stand-in's records have the form of recorded ones: no key and no type that the services do not show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harvester.sandbox import Sandbox
from harvester.sandbox.literature import SEED_DOI
from harvester.sandbox.semantic_scholar import EDGE_FIELDS, PAPER_FIELDS
from tests.test_sandbox import Answer, ask

pytestmark = pytest.mark.loopback

Shape = dict[str, set[str]]
# Keys that are words or positions of a text, not names of fields.
TEXTS = ("abstract_inverted_index",)


def kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", list: "list", dict: "object"}[type(value)]


def walk(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every place in a JSON value with the kind of what stands there."""
    yield path, kind(value)
    if isinstance(value, dict):
        for name, item in value.items():
            yield from walk(item, f"{path}.*" if path.endswith(TEXTS) else f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, f"{path}[]")


def shape(values: Iterable[object]) -> Shape:
    found: Shape = defaultdict(set)
    for value in values:
        for path, name in walk(value):
            found[path].add(name)
    return found


def odd(ours: Shape, theirs: Shape) -> list[str]:
    """Places of ours that no recorded reply has, or has only with another kind of value; null may stand anywhere."""
    return sorted(f"{path}: {sorted(kinds - theirs.get(path, set()) - {'null'})}" for path, kinds in ours.items()
                  if path not in theirs or kinds - theirs[path] - {"null"})  # fmt: skip


def recorded(folder: Path, *, years: tuple[str, ...], status: int = 200) -> Iterator[tuple[str, Any]]:
    """Address and body of the JSON replies recorded in these years."""
    for file in sorted(folder.glob("*.json")):
        if not file.stem.rsplit("__", 1)[-1].startswith(years):
            continue
        interaction = json.loads(file.read_bytes())
        body = interaction["response"]["body"]
        if interaction["response"]["status"] == status:
            try:
                yield interaction["request"]["uri"], json.loads(body) if isinstance(body, str) else body
            except ValueError:
                continue


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


# --- OpenAlex ------------------------------------------------------------------------------------------------------

# What the program reads of a work.
RELIED_ON = {
    "id", "doi", "title", "publication_year", "publication_date", "ids", "language", "primary_location", "type",
    "open_access", "authorships", "cited_by_count", "biblio", "is_retracted", "topics", "keywords", "referenced_works",
    "abstract_inverted_index", "counts_by_year", "updated_date", "created_date",
}  # fmt: skip


@pytest.fixture(scope="module")
def openalex(shared: Path) -> list[tuple[str, Any]]:
    """Replies of the shape that is served since 2025-11 (awards and funders, location ids)."""
    return list(recorded(shared / "corpus/openalex/openalexPro__openalexPro", years=("202511", "2026")))


def of_openalex(replies: list[tuple[str, Any]]) -> tuple[list[Any], list[Any]]:
    """The works and the list pages among replies."""
    pages = [body for _, body in replies if isinstance(body, dict) and "results" in body]
    alone = [body for _, body in replies if isinstance(body, dict) and "authorships" in body]
    return [work for page in pages for work in page["results"]] + alone, pages


def test_openalex_works_have_the_recorded_form(box: Sandbox, openalex: list[tuple[str, Any]]) -> None:
    theirs = shape(of_openalex(openalex)[0])
    works = [
        work for page in (1, 2, 3) for work in ask(f"{box.openalex_url}/works?per-page=100&page={page}").json["results"]
    ]
    works += ask(f"{box.openalex_url}/works?search=dissociation").json["results"]
    works.append(ask(f"{box.openalex_url}/works/doi:{SEED_DOI}").json)
    ours = shape(works)
    # Recorded with crowds of authors only, in lists of 2024; and relevance with searches only, none of them recorded whole.
    known_elsewhere = {".is_authors_truncated", ".relevance_score"}
    assert {line for line in odd(ours, theirs) if line.partition(":")[0] not in known_elsewhere} == set()
    assert len(works) > 200
    assert all(work.keys() >= RELIED_ON for work in works)
    recorded_whole = next(body for _, body in openalex if isinstance(body, dict) and "authorships" in body)
    assert list(ask(f"{box.openalex_url}/works/doi:{SEED_DOI}").json) == list(recorded_whole)


def test_openalex_pages_have_the_recorded_form(box: Sandbox, openalex: list[tuple[str, Any]]) -> None:
    pages = [{**page, "results": []} for page in of_openalex(openalex)[1]]
    for mine, key in (("cursor=*", "next_cursor"), ("page=1", "page")):
        page = ask(f"{box.openalex_url}/works?{mine}").json
        fitting = [
            p for p in pages if "cost_usd" in p["meta"] and ("next_cursor" in p["meta"]) == (key == "next_cursor")
        ]
        assert fitting
        assert [list(page["meta"]), list(page)] == [list(fitting[0]["meta"]), list(fitting[0])]
        known = shape([*pages, {"meta": {"next_cursor": "text, in every page but the last"}}])
        assert odd(shape([{**page, "results": []}]), known) == []


def test_openalex_errors_and_headers_have_the_recorded_form(box: Sandbox, shared: Path) -> None:
    folder = shared / "corpus/openalex/openalexPro__openalexPro"
    bodies = [body for _, body in recorded(folder, years=("2026",), status=400)]
    refused = ask(f"{box.openalex_url}/works?filter=DOESNTEXIST:1")
    assert {tuple(body) for body in bodies} == {tuple(refused.json)}
    assert refused.json["error"] in {body["error"] for body in bodies}
    latest = [json.loads(file.read_bytes())["response"]["headers"] for file in folder.glob("*list_count*20260522.json")]
    assert latest
    names = {name.lower() for headers in latest for name in headers if name.lower().startswith("x-ratelimit")}
    assert names == {name for name in refused.headers if name.startswith("x-ratelimit")}


# --- Semantic Scholar ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scholar(shared: Path) -> list[tuple[str, Any]]:
    """Replies of the graph API on papers. Whole papers, and edges with contexts, were last recorded in 2023 and 2024."""
    folder = shared / "corpus/semantic_scholar"
    years = ("2023", "2024", "2025", "2026")
    replies = [*recorded(folder / "danielnsilva__semanticscholar", years=years)]
    replies += recorded(folder / "Future-House__paper-qa", years=years)
    return [(address, body) for address, body in replies if "/graph/v1/paper" in address]


def edges_of(replies: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [edge for address, body in replies for edge in (body.get("data", []) if _lists_edges(address) else [])]


def as_one_kind(edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Edges of either direction alike: whole papers were recorded in reference lists only."""
    return [{name.replace("citingPaper", "citedPaper"): value for name, value in edge.items()} for edge in edges]


def _lists_edges(address: str) -> bool:
    return address.partition("?")[0].endswith(("/citations", "/references"))


def papers_of(replies: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    found = [edge.get("citingPaper") or edge["citedPaper"] for edge in edges_of(replies)]
    for address, body in replies:
        if not _lists_edges(address) and not address.partition("?")[0].endswith("/authors"):
            found += body if isinstance(body, list) else body.get("data", [body])
    return [paper for paper in found if paper]


def graph(box: Sandbox, path: str, payload: object = None) -> Answer:
    return ask(f"{box.semantic_scholar_url}/graph/v1/paper{path}", payload=payload)


def test_papers_have_the_recorded_form(box: Sandbox, scholar: list[tuple[str, Any]]) -> None:
    theirs = shape(papers_of(scholar))
    found = graph(box, f"/search/bulk?query=&fields={','.join(PAPER_FIELDS)}").json["data"]
    assert len(found) > 150
    assert odd(shape(found), theirs) == []
    whole = [tuple(paper) for paper in papers_of(scholar) if len(paper) == len(PAPER_FIELDS)]
    assert whole
    assert set(whole) == {PAPER_FIELDS} == {tuple(paper) for paper in found}


def test_edges_have_the_recorded_form(box: Sandbox, scholar: list[tuple[str, Any]]) -> None:
    theirs = shape(as_one_kind(edges_of(scholar)))
    fields = ",".join([*EDGE_FIELDS, "title", "abstract", "venue", "authors", "externalIds"])
    for name in ("citations", "references"):
        page = graph(box, f"/DOI:{SEED_DOI}/{name}?fields={fields}&limit=1000").json
        assert page["data"]
        assert odd(shape(as_one_kind(page["data"])), theirs) == []
    last = [body for address, body in scholar if _lists_edges(address) and "next" not in body]
    assert {tuple(body) for body in last} == {tuple(page)}


def test_search_pages_and_errors_have_the_recorded_form(
    box: Sandbox, scholar: list[tuple[str, Any]], shared: Path
) -> None:
    for path in ("/search", "/search/bulk"):
        pages = [body for address, body in scholar if address.partition("?")[0].endswith("/paper" + path)]
        mine = graph(box, f"{path}?query=dissociation&limit=5&fields=title").json
        token = {"token": "text, in every page but the last"} if path == "/search/bulk" else {}
        assert odd(shape([{**mine, "data": []}]), shape([{**page, "data": []} for page in pages] + [token])) == []
    folder = shared / "corpus/semantic_scholar/danielnsilva__semanticscholar"
    missing = [body for address, body in recorded(folder, years=("2024",), status=404) if "/paper/0" in address]
    assert {json.dumps(body) for body in missing} == {json.dumps(graph(box, "/0").json)}
    unknown = [body for _, body in recorded(folder, years=("2023",), status=400) if "[unknown]" in str(body)]
    assert unknown
    assert graph(box, f"/{SEED_DOI}?fields=unknown").json == unknown[0]


# --- Crossref ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crossref(shared: Path) -> list[Any]:
    """The JSON replies of 2025 and 2026 on works (one collection's file names carry no day)."""
    serrano = shared / "corpus/crossref/sckott__serrano"
    replies = [
        *recorded(shared / "corpus/crossref/Future-House__paper-qa", years=("2025",)),
        *recorded(serrano, years=("0",)),
    ]
    bodies = [body for _, body in replies if isinstance(body, dict)]
    return [body for body in bodies if body.get("message-type") in ("work", "work-list")]


def test_crossref_works_have_the_recorded_form(box: Sandbox, crossref: list[Any]) -> None:
    lists = [body["message"] for body in crossref if body["message-type"] == "work-list"]
    theirs = shape(
        [item for page in lists for item in page["items"]]
        + [b["message"] for b in crossref if "DOI" in b["message"]]
        + [_DOCUMENTED]
    )
    page = ask(f"{box.crossref_url}/works?rows=1000&cursor=*").json
    assert len(page["message"]["items"]) > 200
    assert odd(shape(page["message"]["items"]), theirs) == []
    assert odd(shape([{**page["message"], "items": []}]), shape([{**p, "items": []} for p in lists] + [_CURSOR])) == []
    assert {tuple(body) for body in crossref} == {tuple(page)}


_CURSOR = {"next-cursor": "text, recorded in 2022 only"}
# https://www.crossref.org/documentation/principles-practices/best-practices/ (ROR), and .../retraction-watch/: not recorded
# among the replies of 2025 and 2026, or with another kind of notice or relation only.
_END = {"id-type": "doi", "id": "10.5555/x", "asserted-by": "subject"}
_UPDATE = {"updated": {"date-parts": [[2025, 1, 1]], "date-time": "x", "timestamp": 1}, "DOI": "10.5555/x", "type": "retraction",
           "source": "retraction-watch", "label": "Retraction"}  # fmt: skip
_DOCUMENTED = {
    "author": [{"affiliation": [{"id": [{"id": "https://ror.org/x", "id-type": "ROR", "asserted-by": "publisher"}]}]}],
    "relation": {"is-preprint-of": [_END], "has-preprint": [_END]},
    "update-to": [_UPDATE],
    "updated-by": [_UPDATE],
}
