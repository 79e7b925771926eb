"""The inventory's "Verified quirks a normaliser must survive", each by its number, on the recorded file it was seen in.

Where that file is not among the recordings, a small invented body has its shape.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harvester import normal, sources
from harvester.errors import BadReply, KeyRejected, NotFound, RateLimited, Refused, ServerFault, SourceError
from harvester.records import (
    Author,
    Citing,
    Identifier,
    Lookup,
    Page,
    Record,
    References,
    Search,
)
from harvester.sources import aggregator, crossref, openalex, opencitations, semantic_scholar
from harvester.store import Arrival, Store, Visit
from harvester.tracker.sheet import sheet
from tests.build import a_store, counts, said
from tests.replay import Answer, Recording, Replay, door, fetch, recording, walk

S2 = "semantic_scholar/danielnsilva__semanticscholar/"
PRO = "openalex/openalexPro__openalexPro/"
A, B = "a" * 40, "b" * 40


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    return shared / "corpus"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path, "quirks.db") as opened:
        yield opened
        assert opened.check()["integrity"] == "ok"


def recorded(corpus: Path, name: str) -> Recording:
    found = recording(corpus / name)
    assert found, name
    return found


def read(path: Path) -> Any:
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in body.splitlines()] if path.suffix == ".jsonl" else json.loads(body)


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def papers(corpus: Path, name: str) -> dict[str, Record]:
    """The Semantic Scholar records of a file, wherever in it they stand."""
    raw = [paper for paper in walk(read(corpus / name)) if paper.get("paperId")]
    return {record.source_id: record for record in map(semantic_scholar.parse, map(dump, raw))}


def raw_works(corpus: Path, name: str) -> dict[str, dict[str, Any]]:
    """The raw OpenAlex works of a file by their ids."""
    found = [one for one in walk(read(corpus / name)) if "authorships" in one and "cited_by_count" in one]
    return {work["id"].rpartition("/")[2]: work for work in found}


def works(corpus: Path, name: str) -> dict[str, Record]:
    """The OpenAlex records of a file."""
    return {name: openalex.parse(dump(work)) for name, work in raw_works(corpus, name).items()}


def work(number: int = 1, **fields: Any) -> Record:
    return openalex.parse(dump({"id": f"https://openalex.org/W900000000{number}", **fields}))


def paper(paper_id: str = A, **fields: Any) -> Record:
    return semantic_scholar.parse(dump({"paperId": paper_id, **fields}))


def save(store: Store, day: str, bodies: Iterable[bytes], module: Any = semantic_scholar) -> None:
    """What one source sent on a day, saved as a harvest saves it."""
    with store.transaction():
        parser_of = sources.parser_of if module is not Counted else lambda _: Counted.parse
        saver = store.saver(sources.ranks(), parser_of)
        saver.save(Visit(module.NAME, day, live=True), [Arrival(module.parse(body), body) for body in bodies])
        store.runs.observed(module.NAME, day)


def numbers(store: Store) -> dict[str, int]:
    """Source id -> work."""
    return dict(store.db.execute("SELECT source_id, work FROM record WHERE work IS NOT NULL").fetchall())


def changes(counts: Iterable[int]) -> list[int]:
    """The counts without those that repeat the one before."""
    found: list[int] = []
    for count in counts:
        if not found or found[-1] != count:
            found.append(count)
    return found


# --- Semantic Scholar ----------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_quirk_01_a_citing_paper_without_id_is_counted_and_named_by_nobody(corpus: Path, replay: Replay) -> None:
    one = recorded(corpus, S2 + "test_get_paper_citations__12__20240708.json")
    page = fetch(replay, semantic_scholar, one.answer, Citing((A,)), one.asked.params["offset"])
    nameless = [entry for entry in one.value["data"] if entry["citingPaper"]["paperId"] is None]
    assert page.unidentified == len(nameless) > 0
    assert len(page.items) == len(page.edges) == len(one.value["data"]) - len(nameless)
    assert all(edge.citing and edge.cited == A for edge in page.edges)


@pytest.mark.loopback
def test_quirk_02_null_in_a_batch_is_the_one_id_that_is_unknown(corpus: Path, replay: Replay) -> None:
    one = recorded(corpus, S2 + "test_get_papers_not_found_warning__00__20241208.json")
    asked = tuple(Identifier(*(normal.identifier(name) or ("", ""))) for name in one.asked.body["ids"])
    page = fetch(replay, semantic_scholar, one.answer, Lookup(asked))
    assert page.absent == (Identifier("corpusid", "211530585"),)
    assert [item.asked for item in page.items] == list(asked[1:])
    assert page.failed == ()


def test_quirk_03_a_list_cut_at_1000_is_never_the_count(corpus: Path) -> None:
    body = recorded(corpus, S2 + "test_get_paper__00__20221221.json").value
    record = semantic_scholar.parse(dump(body))
    assert len(body["citations"]) == 1000
    assert record.cited_by_count == body["citationCount"] == 8557
    assert record.references is None


def test_quirk_05_volume_and_issue_in_one_field(corpus: Path) -> None:
    record = papers(corpus, S2 + "Author.fixture.json")["e972b5110d036991078e55bede6608a7cdaf48b1"]
    assert (record.volume, record.issue) == ("12", "5")
    (seed,) = map(aggregator.parse, map(dump, [read(corpus / "domain/seed_booksci_144635606.json")["record"]]))
    assert (seed.volume, seed.issue, seed.first_page, seed.last_page) == ("16", "3", "430", "441")
    preprint = paper(journal={"name": "ArXiv", "volume": "abs/2503.23674"})
    assert (preprint.volume, preprint.issue) == ("abs/2503.23674", None)


def test_quirk_06_pages_with_newlines_spaces_and_in_reverse(corpus: Path) -> None:
    found = papers(corpus, S2 + "Author.fixture.json")
    pages = {name: (record.first_page, record.last_page) for name, record in found.items()}
    assert pages["e972b5110d036991078e55bede6608a7cdaf48b1"] == ("390", "397")
    assert pages["6b7b392d5f3284a78fd559439bc735f3f0b08bae"] == ("82", "86")
    reverse = paper(journal={"pages": "117 - 97"})
    assert (reverse.first_page, reverse.last_page) == ("117", "97")


def test_quirk_07_one_doi_in_two_cases_is_one_work(store: Store) -> None:
    upper = {"paperId": A, "title": "On a quay", "externalIds": {"DOI": "10.5555/A:1007154515475"}, "citationCount": 7}
    lower = {"id": "https://openalex.org/W11", "title": "On a quay", "doi": "https://doi.org/10.5555/a:1007154515475"}
    save(store, "2026-11-23", [dump(upper)])
    save(store, "2026-11-23", [dump(lower)], openalex)
    assert len(set(numbers(store).values())) == 1
    assert store.works_named(Identifier("doi", "10.5555/a:1007154515475")) == [1]


def test_quirk_08_two_dois_in_one_string_are_both_names(corpus: Path) -> None:
    found = papers(corpus, S2 + "test_search_paper_traversing_results__00__20230913.json")
    dois = [value for scheme, value in found["31c607d80105842ec9c0dc8e142cedbfd948d078"].identifiers if scheme == "doi"]
    assert dois == ["10.1109/tit.2023.3289981", "10.4230/lipics.itcs.2023.73"]


@pytest.mark.loopback
def test_quirk_09_a_sici_doi_is_kept_and_asked_for_whole(corpus: Path, replay: Replay) -> None:
    found = papers(corpus, S2 + "test_search_paper_min_citation_count__00__20231227.json")
    doi = "10.1002/1521-3978(200009)48:9/11<771::aid-prop771>3.0.co;2-e"
    asked = Identifier("doi", doi)
    assert asked in found["52012db392ae0dffbf990b62682e21cf13bf093e"].identifiers
    other = Identifier("doi", "10.5555/b")
    fetch(replay, openalex, Answer.json({"meta": {"count": 0}, "results": []}), Lookup((asked, other)))
    assert replay.questions[-1].params["filter"] == f"doi:{doi}|10.5555/b"
    fetch(replay, openalex, Answer(404, b""), Lookup((asked,)))
    assert Recording("", replay.questions[-1], Answer(404, b""), "").path == f"/works/doi:{doi}"
    assert "/11" not in replay.questions[-1].path  # its own slash is no step of the path
    fetch(replay, semantic_scholar, Answer.json([None]), Lookup((asked,)))
    assert replay.questions[-1].body == {"ids": [f"DOI:{doi}"]}


def test_quirk_10_a_year_without_a_date_and_neither_of_them(corpus: Path) -> None:
    found = papers(corpus, S2 + "test_get_author__00__20221221.json")
    undated = [record for record in found.values() if record.date is None]
    assert len(undated) == 27
    assert found["5d10faffeae5e9f2ae868626b29e6e9b8047cecb"].year == 2022
    assert [record.source_id for record in undated if record.year is None] == [
        "4d81ff79406cd02e064285e5f61e5b6bde68f5e7"
    ]


def test_quirk_11_no_authors_authors_without_id_and_one_twice(corpus: Path) -> None:
    found = papers(corpus, S2 + "test_get_paper__00__20221221.json")
    assert found["16d852015f99773a3e2e10f2a2d78c1e34cf211a"].authors == ()
    assert found["7a487e12c6124dcee8228bbaec60569c0017e04f"].authors == (Author("Joseph Makokha", id="117213984"),)
    authors = found["f2c65fbb7d510b462ae545e2257b399b4cc8b850"].authors or ()
    assert len(authors) == 7
    assert authors[0] == Author("Zhilin Lu")
    assert authors[1] == Author("Rongpeng Li", id="1760102")


def test_quirk_12_titles_with_newlines_entities_and_lost_letters(corpus: Path) -> None:
    first = papers(corpus, S2 + "test_get_paper__00__20221221.json")
    assert first["bdfcc87264808446152972591e66777c0c69f837"].title == "State of the art and practice in AI in education"
    second = papers(corpus, S2 + "test_get_paper_citations__10__20240708.json")[
        "13558ca2936a79288adb37a1c3d1b974fb5fb541"
    ]
    assert (second.title or "").endswith("Evidence from Kenya'S Western Province")
    third = papers(corpus, S2 + "test_search_paper_publication_date_or_year__00__20231227.json")
    assert (third["3e71112141d085fecf07c5d7cd354c7c62b48fcf"].title or "").startswith(
        "An e\ufffdcient Turing-type Ag 2"
    )


def test_quirk_13_abstracts_that_are_null_padded_or_empty_markup(corpus: Path) -> None:
    body = recorded(corpus, S2 + "test_get_paper__00__20221221.json").value
    raw = {one["paperId"]: one["abstract"] for one in walk(body) if one.get("paperId") and "abstract" in one}
    found = papers(corpus, S2 + "test_get_paper__00__20221221.json")
    assert raw["ea40818e5f51b00f9a9ef533c73526645356e0c7"] == "<jats:p />"
    assert found["ea40818e5f51b00f9a9ef533c73526645356e0c7"].abstract is None
    assert (found["f1afd2e2c04307d3d0faea4c24f2ae47735221cf"].abstract or "").startswith(
        "Surprise Machines is a project"
    )
    for name, text in raw.items():
        clean = found[name].abstract
        assert clean is None if text is None else clean is None or (clean == clean.strip() and "\n" not in clean), name


def test_quirk_14_an_open_access_address_that_is_none(corpus: Path) -> None:
    name = S2 + "test_get_author__00__20231201.json"
    raw = {one["paperId"]: one["openAccessPdf"] for one in walk(read(corpus / name)) if "openAccessPdf" in one}
    assert None in raw.values()
    assert {name: record.oa_url for name, record in papers(corpus, name).items()} == {
        name: pdf and pdf["url"] for name, pdf in raw.items()
    }
    today = paper(
        isOpenAccess=False, openAccessPdf={"url": "", "status": None, "license": None, "disclaimer": "A notice"}
    )
    assert (today.oa_url, today.oa_status, today.is_oa) == (None, None, False)
    closed = paper(openAccessPdf={"url": "", "status": "CLOSED"})
    assert (closed.oa_url, closed.oa_status) == (None, "closed")


FAULTS: list[tuple[str, type[SourceError], str]] = [
    ("test_not_found__00__20230103.json", NotFound, "Paper with id 0 not found"),
    ("test_debug__00__20241208.json", KeyRejected, "Forbidden"),
    ("test_get_papers__01__20230907.json", ServerFault, "Internal Server Error"),
    ("test_get_paper_citations_async__00__20230908.json", ServerFault, "Endpoint request timed out"),
]


@pytest.mark.loopback
@pytest.mark.parametrize(("name", "kind", "said"), FAULTS)
def test_quirk_15_what_an_error_says_is_heard_under_any_key(
    corpus: Path, replay: Replay, name: str, kind: type[SourceError], said: str
) -> None:
    one = recorded(corpus, S2 + name)
    with pytest.raises(kind, match=said) as caught:
        fetch(replay, semantic_scholar, one.answer, Citing((A,)))
    assert caught.value.status == one.answer.status


@pytest.mark.loopback
def test_quirk_15_a_429_speaks_in_a_third_way(replay: Replay) -> None:
    with pytest.raises(RateLimited, match="Too Many Requests") as caught:
        fetch(
            replay, semantic_scholar, Answer.json({"message": "Too Many Requests.", "code": "429"}, 429), Citing((A,))
        )
    assert caught.value.exit_code == 75


@pytest.mark.loopback
@pytest.mark.parametrize("answer", [Answer.json({"error": "Title match not found"}, 404), Answer.json({"data": []})])
def test_quirk_16_nothing_like_it_is_said_in_two_ways(replay: Replay, answer: Answer) -> None:
    page = fetch(replay, semantic_scholar, answer, Search("no such title"))
    assert (page.items, page.next, page.failed) == ((), None, ())
    with pytest.raises(SourceError):  # of citations, "not found" is no empty list
        fetch(replay, semantic_scholar, Answer.json({"error": "Paper not found"}, 404), Citing((A,)))


@pytest.mark.loopback
def test_quirk_17_a_last_page_has_no_next_and_most_references_no_id(corpus: Path, replay: Replay) -> None:
    one = recorded(corpus, S2 + "test_get_paper_references__01__20241210.json")
    page = fetch(replay, semantic_scholar, one.answer, References((A,)), "50")
    assert "next" not in one.value
    assert (page.next, page.capped) == (None, False)
    assert (page.unidentified, len(page.items), len(page.edges)) == (13, 4, 4)


# --- one record through time ---------------------------------------------------------------------------------------


def drift(corpus: Path, kind: str) -> list[dict[str, Any]]:
    return [row for row in read(corpus / "timeseries/s2_identity_drift.jsonl") if kind in row["kinds"]]


def days_of(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Day -> what the paper said of itself on it. A row's fields are [value, first day, last day]; of two values that were
    both seen before and after a day, the one that came up later is that of the days between.
    """

    def said(field: str, day: str) -> Any:
        spans = [(first, value) for value, first, last in row.get(field, ()) if first <= day <= last]
        return max(spans, key=lambda span: span[0])[1] if spans else None

    days = sorted({day for field in ("doi", "year", "title") for _, *both in row.get(field, ()) for day in both})
    return {
        day: {
            "paperId": row["paperId"],
            "title": said("title", day) or row["paperId"],
            "year": said("year", day),
            "externalIds": {"DOI": doi} if (doi := said("doi", day)) else None,
            "citationCount": 3,
        }
        for day in days
    }


def test_quirk_18_a_paper_whose_doi_year_or_title_changes_stays_itself(corpus: Path, store: Store) -> None:
    rows = [row for kind in ("doi_changed", "year_changed", "title_changed") for row in drift(corpus, kind)]
    rows = list({row["paperId"]: row for row in rows}.values())
    said = [(day, body) for row in rows for day, body in days_of(row).items()]
    for day in sorted({day for day, _ in said}):
        save(store, day, [dump(body) for when, body in said if when == day])
    held = numbers(store)
    assert held.keys() == {row["paperId"] for row in rows}
    assert len(set(held.values())) == len(rows) > 40
    changed = 0
    for row in rows:
        dois = {doi for value, *_ in row.get("doi", ()) for doi in normal.dois(value)}
        for doi in dois:
            assert held[row["paperId"]] in store.works_named(Identifier("doi", doi)), (row["paperId"], doi)
        changed += len(dois) > 1
        years = [body["year"] for body in days_of(row).values() if body["year"]]
        assert (store.row("work", work=held[row["paperId"]]) or {})["year"] == (years[-1] if years else None)
    assert changed > 5


def test_quirk_18_a_doi_in_another_case_is_no_other_doi(corpus: Path) -> None:
    rows = drift(corpus, "doi_case_changed")
    assert rows
    for row in rows:
        assert len({normal.doi(value) for value, *_ in row["doi"]}) == 1


def test_quirk_19_papers_that_share_a_doi_keep_their_own_counts(corpus: Path, store: Store) -> None:
    rows = drift(corpus, "doi_shared_by_paperIds")
    counts: dict[str, int] = {}
    bodies: list[bytes] = []
    for row in rows:
        for paper_id in row["paperIds"]:
            if paper_id not in counts:
                counts[paper_id] = len(counts)
                body = {
                    "title": row["titles"][paper_id][0],
                    "externalIds": {"DOI": row["doi"]},
                    "citationCount": counts[paper_id],
                }
                bodies.append(dump({"paperId": paper_id, **body}))
    save(store, "2026-11-23", bodies)
    held = store.db.execute(
        "SELECT r.source_id, o.count FROM record r JOIN observation o ON o.record = r.id"
    ).fetchall()
    assert dict(held) == counts
    for row in rows:
        named = store.works_named(Identifier("doi", normal.doi(row["doi"]) or ""))
        assert {numbers(store)[paper_id] for paper_id in row["paperIds"]} & set(named)
    assert len(counts) > 150


# --- counts through time -------------------------------------------------------------------------------------------


class Counted:
    """A source of nothing but counts, whose records share no identifier, so that each is a work of its own."""

    NAME = "openalex"

    @staticmethod
    def parse(body: bytes) -> Record:
        said = json.loads(body)
        return Record(Counted.NAME, said["id"], title=said["id"], cited_by_count=said["count"])


def follow(store: Store, series: dict[str, list[tuple[str, int]]]) -> None:
    """Every series (id -> [(day, count)]) saved day by day, then read back from what is observed and what is held."""
    by_day: dict[str, list[bytes]] = {}
    for name, days in series.items():
        for day, count in days:
            by_day.setdefault(day, []).append(dump({"id": name, "count": count}))
    for day in sorted(by_day):
        save(store, day, by_day[day], Counted)
    for name, days in series.items():
        assert said(store, [day for day, _ in days], name) == dict(days), name
    for name in series:
        found = counts(store, name)
        assert [row[3] for row in found] == [None, *(after[2] - before[2] for before, after in pairwise(found))], name


def series_of(corpus: Path, source: str) -> dict[str, list[tuple[str, int]]]:
    """The dated counts of a source by record."""
    rows = read(corpus / f"timeseries/{source}_citation_counts.jsonl")
    return {row["id"]: [(day, count) for day, count in row["series"]] for row in rows}


def fell(days: list[tuple[str, int]]) -> bool:
    return any(after[1] < before[1] for before, after in pairwise(days))


@pytest.mark.slow
def test_quirk_04_counts_that_fall_come_back_as_they_were(corpus: Path, store: Store) -> None:
    series = series_of(corpus, "semantic_scholar")
    assert sum(map(fell, series.values())) > 400
    follow(store, series)


def test_quirk_04_a_rise_and_a_fall(store: Store) -> None:
    days = ["2022-12-21", "2023-09-13", "2024-07-08", "2026-03-27"]
    follow(store, {A: list(zip(days, (77, 78, 80, 76), strict=True))})


def test_quirk_29_openalex_counts_that_fall_and_rise_again(corpus: Path, store: Store) -> None:
    series = series_of(corpus, "openalex")
    assert sum(map(fell, series.values())) >= 8
    follow(store, series)


def test_quirk_47_a_blip_to_zero_and_back_is_kept_as_it_was_seen(corpus: Path, store: Store) -> None:
    series = series_of(corpus, "crossref")
    assert changes(count for _, count in series["10.1002/ece3.2314"]) == [2, 3, 18, 20, 0, 20, 24, 25]
    follow(store, series)


def test_quirk_30_references_that_vanish_are_closed_and_never_forgotten(corpus: Path, store: Store) -> None:
    """The sets of works cited by two works: 41 ids, then 38, then 38; those who cite them are in test_corpus_harvest."""
    sets = [row for row in read(corpus / "timeseries/citing_sets.jsonl") if row["relation"] == "cited_by"]
    days = [row["observed_on"] for row in sets]
    assert [len(row["ids"]) for row in sets] == [41, 38, 38]
    for row in sets:
        names = [f"https://openalex.org/{name}" for name in row["ids"]]
        save(
            store,
            row["observed_on"],
            [dump({"id": "https://openalex.org/W3045921891", "referenced_works": names})],
            openalex,
        )
    edges = store.db.execute(
        "SELECT b.source_id, c.first_seen, c.last_seen FROM citation c JOIN record b ON b.id = c.cited"
    ).fetchall()
    assert {row[0] for row in edges if row[2] is None} == set(sets[2]["ids"])
    gone = set(sets[0]["ids"]) - set(sets[1]["ids"])
    assert {row[0]: (row[1], row[2]) for row in edges if row[2]} == dict.fromkeys(gone, (days[0], days[0]))


def test_quirk_50_of_two_answers_on_one_day_the_later_stands(corpus: Path, store: Store) -> None:
    answers = read(corpus / (PRO + "extract_same_minute_conflict_W2250539671_20250617.json"))
    assert [one["work"]["cited_by_count"] for one in answers] == [32759, 32759, 32800]
    for one in answers:
        save(store, one["observed_at"][:10], [dump(one["work"])], openalex)
    rows = store.db.execute("SELECT count, since, last_seen FROM standing").fetchall()
    assert [tuple(row) for row in rows] == [(32800, "2025-06-17", "2025-06-17")]
    assert store.db.execute("SELECT count(*) FROM work").fetchone()[0] == 1


# --- all services --------------------------------------------------------------------------------------------------


def test_quirk_20_counts_and_dates_that_differ_stand_side_by_side(store: Store) -> None:
    names = {"title": "Ships of the quay"}
    ours = {"id": "https://openalex.org/W11", "doi": "https://doi.org/10.5555/quay", "publication_date": "2024-05-08"}
    theirs = {"paperId": A, "externalIds": {"DOI": "10.5555/QUAY"}, "publicationDate": "2023-04-11", "year": 2023}
    published = {"DOI": "10.5555/quay", "title": ["Ships of the quay"], "issued": {"date-parts": [[2024, 5, 8]]}}
    save(store, "2026-11-23", [dump(ours | names | {"cited_by_count": 236, "publication_year": 2024})], openalex)
    save(store, "2026-11-23", [dump(theirs | names | {"citationCount": 500})])
    save(store, "2026-11-23", [dump(published | {"is-referenced-by-count": 238})], crossref)
    found = sheet(store, 1, "2026-11-23")
    counts = {"semantic_scholar": 500, "openalex": 236, "crossref": 238}
    assert {row["source"]: row["count"] for row in found["counts"]} == counts
    assert (found["year"], found["origin"]["year"]) == (2024, "crossref")
    said = {one["field"]: one["values"] for one in found["disagreements"]}
    assert said["year"] == {"crossref": 2024, "openalex": 2024, "semantic_scholar": 2023}
    assert set(said["date"].values()) == {"2024-05-08", "2023-04-11"}


# --- OpenAlex ------------------------------------------------------------------------------------------------------


def test_quirk_21_no_title_an_empty_title_and_a_language_that_is_none(corpus: Path) -> None:
    for name in ("api_call_200__00__20250617.json", "api_call_200__00__20260522.json"):
        (record,) = works(corpus, PRO + name).values()
        assert (record.title, record.language, record.type) == (None, None, "paratext")
    raw = raw_works(corpus, PRO + "api_call_200__00__20260522.json")["W4234567890"]
    assert raw["language"] == "ng"
    assert work(title="", display_name="").title is None
    untitled = works(corpus, PRO + "oa_snowball__05__20250606.json")["W2963341956"]
    assert untitled.title is None
    assert untitled.cited_by_count


def test_quirk_22_markup_and_entities_leave_a_title(corpus: Path) -> None:
    higgs = works(corpus, "openalex/Nabeelhassan__OpenAlex-Dashboard/works3.json")["W1694905212"].title or ""
    assert higgs.startswith("Combined Measurement of the Higgs Boson Mass in")
    assert higgs.endswith("8 TeV with the ATLAS and CMS Experiments")
    assert not set("<>&") & set(higgs)
    assert "mml" not in higgs
    crystals = works(corpus, "openalex/UtrechtUniversity__BackToPure/works.json")["W1995017064"].title or ""
    assert crystals.startswith("Crystallography & NMR System: ")


def test_quirk_23_without_a_doi_the_other_names_stand() -> None:
    record = work(doi=None, ids={"openalex": "https://openalex.org/W9000000001", "mag": "9000000001"})
    assert record.identifiers == (Identifier("openalex", "W9000000001"), Identifier("mag", "9000000001"))


@pytest.mark.loopback
def test_quirk_24_one_doi_on_two_ids_is_two_records_of_one_work(store: Store, replay: Replay) -> None:
    twins = [
        {
            "id": f"https://openalex.org/W1{n}",
            "title": "Twins",
            "doi": "https://doi.org/10.5555/twins",
            "cited_by_count": n,
        }
        for n in (1, 2)
    ]
    asked = (Identifier("doi", "10.5555/twins"), Identifier("doi", "10.5555/other"))
    page = fetch(replay, openalex, Answer.json({"meta": {"count": 2}, "results": twins}), Lookup(asked))
    assert [(item.record and item.record.source_id, item.asked) for item in page.items] == [
        ("W11", asked[0]),
        ("W12", asked[0]),
    ]
    save(store, "2026-11-23", [item.body for item in page.items], openalex)
    assert numbers(store) == {"W11": 1, "W12": 1}
    assert [row["count"] for row in store.rows("work_counts", work=1, as_of="2026-11-23")] == [1, 2]


def test_quirk_25_abstracts_with_gaps_newlines_markup_and_placeholders(corpus: Path) -> None:
    raw, found = (of(corpus, PRO + "oa_snowball__05__20250606.json") for of in (raw_works, works))
    assert "sampling.\r\n\r\nAn" in raw["W2153579005"]["abstract_inverted_index"]
    abstract = found["W2153579005"].abstract or ""
    assert abstract.startswith("The recently introduced continuous Skip-gram model")
    assert "sampling. An " in abstract
    assert works(corpus, PRO + "pro_request_parallel__06__20260522.json")["W1995613650"].abstract is None
    old = "openalex/eliarizzetto__omid-openalex/snapshot_works_part_test.jsonl"
    assert isinstance(raw_works(corpus, old)["W2749887630"]["abstract_inverted_index"], str)
    assert (works(corpus, old)["W2749887630"].abstract or "").startswith("Using social comparison theory")
    led = work(abstract_inverted_index={"Abstract": [0], "We": [1], "show<mml:mi>x</mml:mi>": [2], "it.": [7]})
    assert led.abstract == "We showx it."


def test_quirk_26_authors_without_id_none_at_all_very_many_and_cut(corpus: Path) -> None:
    (bare,) = works(
        corpus, "openalex/Future-House__paper-qa/test_doi_search_paper_attributes2__02__20250811.json"
    ).values()
    assert (bare.type, bare.authors) == ("article", ())
    (crowd,) = works(corpus, "openalex/Nabeelhassan__OpenAlex-Dashboard/works3.json").values()
    assert len(crowd.authors or ()) == 5103
    assert not crowd.authors_truncated
    listed = works(corpus, "openalex/UtrechtUniversity__BackToPure/works.json")
    assert {name for name, record in listed.items() if record.authors_truncated} == {"W2110052313", "W2900756811"}
    nameless = works(corpus, "openalex/nthomsencph__pyopenalex/works_list.json")["W4392145873"]
    assert Author("Hadjas, Irka", corresponding=False) in (nameless.authors or ())
    raw = work(authorships=[{"author": {"id": None, "display_name": None}, "raw_author_name": "Irka Hadjas"}])
    assert raw.authors == (Author("Irka Hadjas"),)


def test_quirk_27_counts_by_year_never_change_the_count(corpus: Path) -> None:
    name = "openalex/ResearchHub__researchhub-backend/paper__openalex_author_works.json"
    for work_id, record in works(corpus, name).items():
        raw = raw_works(corpus, name)[work_id]
        assert record.cited_by_count == raw["cited_by_count"]
        assert dict(record.counts_by_year or ()) == {
            one["year"]: one["cited_by_count"] for one in raw["counts_by_year"]
        }
    more = works(corpus, name)["W2490425535"]
    assert (more.cited_by_count, sum(count for _, count in more.counts_by_year or ())) == (105, 106)
    early = work(publication_year=2024, cited_by_count=3, counts_by_year=[{"year": 2023, "cited_by_count": 3}])
    assert (early.year, early.counts_by_year) == (2024, ((2023, 3),))


def test_quirk_28_a_count_without_years() -> None:
    record = work(cited_by_count=768, counts_by_year=[])
    assert (record.cited_by_count, record.counts_by_year) == (768, ())


def test_quirk_31_nobody_cites_the_tombstone_or_itself() -> None:
    names = ["W4285719527", "W9000000001", "W9000000002"]
    assert work(1, referenced_works=[f"https://openalex.org/{name}" for name in names]).references == ("W9000000002",)


def test_quirk_32_a_work_whose_metadata_change_stays_itself(corpus: Path, store: Store) -> None:
    days = {"2025-06-06": "20250606", "2025-11-17": "20251117"}
    raw: dict[str, dict[str, dict[str, Any]]] = {day: {} for day in days}
    for day, stamp in days.items():
        for number in ("01", "03", "05"):
            raw[day] |= raw_works(corpus, f"{PRO}oa_snowball__{number}__{stamp}.json")
        save(store, day, map(dump, raw[day].values()), openalex)
    before, after = raw.values()
    held = numbers(store)
    assert held.keys() == before.keys() | after.keys()
    assert len(set(held.values())) == len(held)

    def now(name: str) -> dict[str, Any]:
        return store.row("work", work=held[name]) or {}

    assert (before["W2807650837"]["doi"], now("W2807650837")["doi"]) == (None, "10.48550/arxiv.1806.03537")
    assert now("W3045921891")["date"] == "2020-07-28"
    assert before["W2741809807"]["type"] == "article"
    assert now("W2741809807")["type"] == "book-chapter"
    assert after["W4387316167"]["biblio"]["volume"] is None
    assert now("W4387316167")["volume"] == "500?225"  # null never beats a value, however odd that is
    assert after["W2963341956"]["title"] == ""
    for name in before.keys() & after.keys():
        told = dict(zip(days, (before[name]["cited_by_count"], after[name]["cited_by_count"]), strict=True))
        assert said(store, days, name) == told, name


def test_quirk_33_odd_volumes_issues_and_pages_stand_as_they_are(corpus: Path) -> None:
    found = works(corpus, "openalex/ResearchHub__researchhub-backend/utils__openalex_with_researchhub_works.json")
    assert (found["W2766868798"].issue, found["W2766868798"].first_page) == ("1_Supplement", "209.29")
    assert works(corpus, "openalex/zotero__translators/openalex_json_testcase_05.json")["W2046245907"].volume == "AU-13"
    (paged,) = works(corpus, "openalex/b-vitamins__openalex-python/W2741809807.json").values()
    assert (paged.first_page, paged.last_page, paged.issue) == ("e4375", "e4375", None)
    reverse = work(biblio={"first_page": "2838", "last_page": "42"})
    assert (reverse.first_page, reverse.last_page) == ("2838", "42")


def test_quirk_34_four_generations_of_the_schema_say_the_same(corpus: Path) -> None:
    name = "openalex/eliarizzetto__omid-openalex/snapshot_works_part_test.jsonl"
    old, raw = works(corpus, name), raw_works(corpus, name)
    assert all(record.drift == () for record in old.values())
    numbered = {work_id: one["ids"]["mag"] for work_id, one in raw.items() if isinstance(one["ids"].get("mag"), int)}
    assert numbered
    assert all(Identifier("mag", str(mag)) in old[work_id].identifiers for work_id, mag in numbered.items())
    assert "journal-article" in {one["type"] for one in raw.values()}
    assert "journal-article" not in {record.type for record in old.values()}
    spring = works(corpus, "openalex/Nabeelhassan__OpenAlex-Dashboard/works.json")["W2138270253"]
    keywords = [(subject.name, subject.score) for subject in spring.subjects or () if subject.scheme == "keyword"]
    assert keywords[0] == ("inhibitors", 0.4958)
    assert Identifier("mag", "2138270253") in spring.identifiers
    today = work(
        keywords=[{"id": "https://openalex.org/keywords/quay", "display_name": "Quay", "score": 0.5}],
        awards=[{"id": 1}],
    )
    assert [(subject.name, subject.id) for subject in today.subjects or ()] == [("Quay", "keywords/quay")]
    assert today.drift == ()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (
            "openalex/openalexPro__openalexPro/pro_request_biodiversity_and_group_by_type__00__20250908.json",
            KeyRejected,
        ),
        ("openalex/openalexPro__openalexSnowball/pro_snowball__00__20251117.json", Refused),
    ],
)
def test_quirk_35_a_bad_filter_is_a_fault_by_any_status(
    corpus: Path, replay: Replay, name: str, kind: type[SourceError]
) -> None:
    with pytest.raises(kind, match="DOESNTEXIST is not a valid field"):
        fetch(replay, openalex, recorded(corpus, name).answer, Search("order"))


@pytest.mark.loopback
def test_quirk_35_a_404_in_html_and_a_401(replay: Replay) -> None:
    page = Answer(404, b"<!doctype html><html lang=en><title>404 Not Found</title>", {"content-type": "text/html"})
    asked = Identifier("openalex", "W11")
    assert fetch(replay, openalex, page, Lookup((asked,))) == Page(absent=(asked,))
    with pytest.raises(NotFound, match="404 Not Found"):
        fetch(replay, openalex, page, Search("order"))
    with pytest.raises(KeyRejected, match="API key not found"):
        fetch(
            replay,
            openalex,
            Answer.json({"error": "Invalid key", "message": "API key not found"}, 401),
            Search("order"),
        )


@pytest.mark.loopback
def test_quirk_36_the_page_after_the_last_is_empty_and_the_first_never_is(corpus: Path, replay: Replay) -> None:
    one = recorded(corpus, PRO + "pro_snowball__02__20250612.json")
    page = fetch(replay, openalex, one.answer, Search("order"), one.asked.params["cursor"])
    assert (page.items, page.next, page.total) == ((), None, 2)
    with pytest.raises(BadReply, match="promised 2 works and sent none"):
        fetch(replay, openalex, one.answer, Search("order"))
    no_id = {"meta": {"count": 1}, "results": [{"ids": {"openalex": "https://openalex.org/W11"}}, {"title": "?"}]}
    first, second = fetch(replay, openalex, Answer.json(no_id), Search("order")).items
    assert first.record
    assert first.record.source_id == "W11"
    assert second.record is None
    assert "no OpenAlex work id" in (second.problem or "")


@pytest.mark.loopback
def test_quirk_37_a_preprint_and_its_article_are_two_works_in_any_order(
    corpus: Path, store: Store, replay: Replay
) -> None:
    for day in ("20241202", "20241009"):
        one = recorded(corpus, f"openalex/Future-House__paper-qa/test_title_search_paper_attributes2__00__{day}.json")
        page = fetch(replay, openalex, one.answer, Search("Augmenting large language models with chemistry tools"))
        save(store, one.day, [item.body for item in page.items], openalex)
    assert len(set(numbers(store).values())) == 2
    assert {row["doi"] for row in store.db.execute("SELECT doi FROM work")} == {
        "10.48550/arxiv.2304.05376",
        "10.1038/s42256-024-00832-8",
    }


def test_quirk_51_an_implausible_count_is_what_the_source_said(corpus: Path) -> None:
    record = works(corpus, "openalex/nthomsencph__pyopenalex/works_list.json")["W4392145873"]
    assert (record.cited_by_count, record.references, record.year) == (23799, (), 2024)


# --- Crossref ------------------------------------------------------------------------------------------------------

SERRANO, DUMP = "crossref/sckott__serrano/", "crossref/opencitations__oc_ds_converter/dump_slice_0.json.gz"
MEMBERS, RCROSSREF = SERRANO + "test_members_works__00.json", "crossref/ropensci__rcrossref/"
PREFIXES = RCROSSREF + "cr_prefixes_with_cursor_and_progress_bar__0{}__20221109.json"


@cache
def raw_articles(corpus: Path, name: str) -> dict[str, dict[str, Any]]:
    """The raw Crossref works of a file by their DOIs."""
    return {one["DOI"].lower(): one for one in walk(read(corpus / name)) if "DOI" in one and "title" in one}


@cache
def articles(corpus: Path, name: str) -> dict[str, Record]:
    """The Crossref records of a file."""
    return {doi: crossref.parse(dump(one)) for doi, one in raw_articles(corpus, name).items()}


def article(doi: str = "10.5555/quay", **fields: Any) -> Record:
    return crossref.parse(dump({"DOI": doi, **{name.replace("_", "-"): value for name, value in fields.items()}}))


def test_quirk_38_dates_are_as_long_as_what_is_known(corpus: Path) -> None:
    raw, found = (of(corpus, DUMP) | of(corpus, MEMBERS) for of in (raw_articles, articles))
    assert {len(record.date or "") for record in found.values()} == {0, 4, 7, 10}
    assert all(record.year == (int(record.date[:4]) if record.date else None) for record in found.values())
    undated = {doi for doi, one in raw.items() if one["issued"]["date-parts"] == [[None]]}
    assert undated == {doi for doi, record in found.items() if record.date is None} != set()
    late = raw["10.1001/10-v4n2-hsf10003"]
    assert [late[name]["date-parts"][0][0] for name in ("published-print", "published-online")] == [2011, 2013]
    assert found["10.1001/10-v4n2-hsf10003"].date == "2011-03"


def test_quirk_39_titles_are_lists_with_markup(corpus: Path) -> None:
    found = articles(corpus, DUMP) | articles(corpus, SERRANO + "test_funders_select__00.json")
    assert found["10.1001/archderm.100.1.109"].title is None
    assert raw_articles(corpus, PREFIXES.format(1))["10.1016/j.tvjl.2008.09.011"]["title"] == [""]
    assert articles(corpus, PREFIXES.format(1))["10.1016/j.tvjl.2008.09.011"].title is None
    assert found["10.1001/2013.jamaophthalmol.63"].title == "May 2012 Archives Web Quiz Winner"
    assert (found["10.1111/j.1558-5646.1999.tb03776.x"].title or "").startswith(
        "FLUCTUATING ASYMMETRY IN A SALIX HYBRID"
    )
    for record in found.values():
        assert not any(mark in (record.title or "") for mark in ("\n", "<emph", "<i>", "  "))
    told_apart = found["10.1001/2012.jama.10161"].title
    assert told_apart == "The State of the World's Refugees: Adapting Health Responses to Urban Environments"
    assert article(title=["Of quays", "Von Kais"]).title == "Of quays"


def test_quirk_40_names_of_groups_capitals_and_halves(corpus: Path) -> None:
    def names(name: str, doi: str) -> list[str]:
        return [author.name for author in articles(corpus, name)[doi].authors or ()]

    affiliated = "crossref/dspinellis__alexandria3k/affiliations.json"
    assert names(affiliated, "10.1002/mdc3.13466")[-1] == "the CNS physiotherapy study group"
    loud = names(MEMBERS, "10.1111/j.1365-2095.2011.00917.x")[0]
    assert (loud, normal.name_key(loud)) == ("X.J. LENG", normal.name_key("Leng, X."))
    assert names(PREFIXES.format(2), "10.1016/0016-0032(78)90468-4") == ["C."]
    assert names(PREFIXES.format(2), "10.1016/j.gie.2007.03.120")[-2:] == [
        "the NOTES Development Group",
        "Gary L. Long",
    ]
    raw, found = raw_articles(corpus, DUMP), articles(corpus, DUMP)
    nobody = {doi for doi, one in raw.items() if "author" not in one}
    assert nobody == {doi for doi, record in found.items() if record.authors is None} != set()
    assert article(author=[{"given": "Irka", "family": "Hadjas"}] * 2).authors == (Author("Irka Hadjas"),)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<jats:title>Abstract</jats:title>\n<jats:p>We show\n   it.</jats:p>", "We show it."),
        ("<jats:sec>\n<jats:title>Aim</jats:title>\n<jats:p>To see.</jats:p></jats:sec>", "Aim To see."),
        ("<p>Plain <i>markup</i>.</p>", "Plain markup."),
    ],
)
def test_quirk_41_abstracts_in_jats_and_in_plain_html(raw: str, clean: str) -> None:
    assert article(abstract=raw).abstract == clean


def test_quirk_41_recorded_abstracts_are_text(corpus: Path) -> None:
    name = RCROSSREF + "cr_journals_issn_workstrue_behavior__02__20221109.json"
    raw, found = raw_articles(corpus, name), articles(corpus, name)
    marked = [doi for doi, one in raw.items() if "<jats:title>Abstract</jats:title>\n" in one.get("abstract", "")]
    assert len(marked) > 1
    assert (found["10.1093/femsec/fiab110"].abstract or "").startswith("Deep-sea carbonate mounds can harbor")
    for doi in marked:
        assert not any(mark in (found[doi].abstract or "<") for mark in ("<", "\n", "Abstract"))


def test_quirk_42_volumes_that_are_null_and_pages_that_are_odd(corpus: Path) -> None:
    assert articles(corpus, MEMBERS)["10.1111/j.1399-5448.2007.00338.x"].issue == "s9"
    raw, found = raw_articles(corpus, DUMP), articles(corpus, DUMP)
    assert found["10.1001/2012.jama.10697"].first_page == "753b"
    assert found["10.1001/amaguidesnewsletters.2000.janfeb05"].first_page == "7-7, 12"
    assert all(found[doi].first_page for doi, one in raw.items() if "page" in one)
    odd = article(volume="null", page="998-100")
    assert (odd.volume, odd.first_page, odd.last_page) == (None, "998", "100")
    assert article(article_number="e4375").first_page == "e4375"


def test_quirk_43_a_malformed_doi_of_a_reference_is_never_somebody_elses(corpus: Path) -> None:
    names = (RCROSSREF + "cr_works_with_cursor_and_progress_bar__01__20221109.json", MEMBERS,
             SERRANO + "test_works_sample__00.json")  # fmt: skip
    raw, found = (
        {key: one for name in names for key, one in of(corpus, name).items()} for of in (raw_articles, articles)
    )
    listed = 0
    for doi, one in raw.items():
        given = [each["DOI"].lower() for each in one.get("reference", ()) if "DOI" in each]
        whole = {each for each in given if " " not in each} - {doi}
        assert set(found[doi].references or ()) == whole, doi
        assert len(found[doi].references or ()) == len(whole), "each once"
        listed += len(whole)
    assert listed > 200
    assert not {"10.1126/science", "10.1126/science.1109070"} & set(found["10.1002/9781118015841.ch5"].references or ())
    itself = "10.1097/brs.0000000000004785"
    assert itself in [each["DOI"].lower() for each in raw[itself]["reference"]]
    assert any(each.get("year") == "1998a" for each in raw["10.1111/j.1365-2109.2012.03212.x"]["reference"])
    assert article(reference=[{"key": "1", "unstructured": "Ebb, A. Of quays. 1998a."}]).references == ()


@pytest.mark.loopback
def test_quirk_44_a_count_of_references_without_their_list_is_a_list_unknown(corpus: Path, replay: Replay) -> None:
    raw, found = raw_articles(corpus, DUMP), articles(corpus, DUMP)
    counted = {doi: one["reference-count"] for doi, one in raw.items() if "reference" not in one}
    closed = "10.1001/amaguidesnewsletters.1996.novdec01"
    assert counted[closed] == 3
    for doi, number in counted.items():
        assert found[doi].references == (None if number else ()), doi  # unknown is not none
    assert len({number > 0 for number in counted.values()}) == 2
    reply = Answer.json({"status": "ok", "message-type": "work", "message": raw[closed]})
    assert fetch(replay, crossref, reply, References((closed,))) == Page(capped=True)


def test_quirk_45_the_journal_is_nothing_one_or_two_texts(corpus: Path) -> None:
    def journal(record: Record) -> str | None:
        return record.venue.name if record.venue else None

    raw, found = raw_articles(corpus, DUMP), articles(corpus, DUMP)
    assert journal(found["10.1001/2013.jamaoto.104"]) == "Archives of Otolaryngology–Head & Neck Surgery"
    nowhere = {doi for doi, one in raw.items() if one.get("container-title", []) == []}
    assert nowhere == {doi for doi, record in found.items() if journal(record) is None} == {"10.1001/978-1-57947-888-9"}
    assert not any("&amp;" in (journal(record) or "") for record in found.values())
    assert journal(article(container_title=["Lectures on Quays", "Head &amp; Neck"])) == "Lectures on Quays"
    assert journal(article(container_title=["Head &amp; Neck"])) == "Head & Neck"
    assert article().venue is None


@pytest.mark.loopback
def test_quirk_46_errors_in_bare_text_and_html(corpus: Path, replay: Replay) -> None:
    bare = recorded(corpus, RCROSSREF + "cr_funders_fails_well__00__20221109.json").answer
    assert bare.body == b"Resource not found."
    with pytest.raises(NotFound, match=r"Resource not found\. \(HTTP 404\)"):
        fetch(replay, crossref, bare, Search("quay"))
    asked = Identifier("doi", "10.5555/quay")
    as_json = bare._replace(headers={"content-type": "application/json"})
    for answer in (bare, as_json):
        assert fetch(replay, crossref, answer, Lookup((asked,))) == Page(absent=(asked,))
    page = recorded(corpus, RCROSSREF + "cr_journals_faceting__00__20221109.json").answer
    with pytest.raises(ServerFault, match=r"504 Gateway Time-out.*\(HTTP 504\)") as caught:
        fetch(replay, crossref, page, Lookup((asked,)))
    assert "<" not in str(caught.value)


@pytest.mark.loopback
def test_quirk_46_an_alias_leads_to_its_doi_by_a_relative_address(corpus: Path, replay: Replay) -> None:
    moved, target = (recorded(corpus, f"{SERRANO}test_works_impolite_redirect__0{n}.json") for n in (0, 1))
    assert moved.answer.headers["location"] == target.asked.path == "/works/10.26434/chemrxiv.5406907.v5"
    replay.answer = lambda asked: target.answer if asked.path == target.asked.path else moved.answer
    alias = Identifier("doi", moved.path.removeprefix("/works/"))
    with door(crossref.service(replay.url)) as way:
        (item,) = crossref.client(way).fetch(Lookup((alias,))).items
    assert item.record
    assert (item.asked, item.record.source_id) == (alias, "10.26434/chemrxiv.5406907.v5")


def test_quirk_48_a_preprint_and_its_article_name_each_other(corpus: Path, store: Store) -> None:
    """Each of two recorded works names an other end that was not recorded: that one stands here with a title alone."""
    preprint, article_ = (
        Identifier("doi", "10.26434/chemrxiv.5406907.v5"),
        Identifier("doi", "10.3389/fgene.2017.00147"),
    )
    names = {preprint: SERRANO + "test_works_impolite_redirect__01.json",
             article_: RCROSSREF + "cr_works_empty_funder__00__20221109.json"}  # fmt: skip
    ends = {preprint: ("preprint_of", "10.1021/acs.jpcb.7b11820"), article_: ("has_preprint", "10.1101/171108")}
    for own, (kind, other) in ends.items():
        record = articles(corpus, names[own])[own.value]
        assert [(one.kind, one.other.value) for one in record.relations or ()] == [(kind, other)]
        bodies = [dump(raw_articles(corpus, names[own])[own.value]), dump({"DOI": other, "title": ["The other end"]})]
        save(store, "2026-11-23", bodies, crossref)
    assert len(set(numbers(store).values())) == 4, "versions are works of their own"
    for own, (_, other) in ends.items():
        (work,), (its,) = store.works_named(own), store.works_named(Identifier("doi", other))
        roles = {row["work"]: row["role"] for row in sheet(store, work, "2026-11-23")["family"]}
        article_is = work if own == article_ else its
        assert roles == {one: "published" if one == article_is else "preprint" for one in (work, its)}


def test_quirk_48_a_correction_stands_on_the_article(corpus: Path, store: Store) -> None:
    name, doi = SERRANO + "test_works__00.json", "10.1371/journal.pone.0033693"
    save(store, "2026-11-23", [dump(raw_articles(corpus, name)[doi])], crossref)
    found = sheet(store, 1, "2026-11-23")
    (notice,) = found["notices"]
    assert (notice["kind"], notice["notice"]) == (
        "corrected",
        "10.1371/annotation/c76da2c1-ccb8-4797-94c1-359d3ceceeda",
    )
    assert found["is_retracted"] is None


# --- OpenCitations -------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_quirk_49_opencitations_says_everything_in_texts(corpus: Path, replay: Replay) -> None:
    folder, cited = "opencitations/ropensci__citecorp/oc_coci_", "10.1108/jd-12-2013-0166"
    lists = [recorded(corpus, f"{folder}cites__00__{day}.json").answer for day in ("20191209", "20200408")]
    before, after = (fetch(replay, opencitations, one, Citing((cited,))).edges for one in lists)
    assert [len(before), len(after)] == [13, 20]
    assert {edge.citing for edge in before} < {edge.citing for edge in after}
    assert {len(edge.created or "") for edge in after} == {4, 7, 10}
    (row,) = recorded(corpus, folder + "meta__00__20200408.json").value
    record = opencitations.parse(dump(row))
    assert (record.cited_by_count, record.year, record.first_page, record.last_page) == (20, 2015, "253", "277")
    assert set(record.references or ()) == {normal.doi(doi) for doi in row["reference"].split("; ")}


# --- the inventory itself ------------------------------------------------------------------------------------------


def test_every_quirk_of_the_inventory_has_its_test(corpus: Path) -> None:
    listed = re.findall(r"^\| (\d+) \| (?:S2|OA|CR|OC|all)", (corpus / "INVENTORY.md").read_text("utf-8"), re.MULTILINE)
    tested = {int(found[1]) for name in globals() if (found := re.match(r"test_quirk_(\d\d)_", name))}
    assert tested == set(map(int, listed)) == set(range(1, 52))
