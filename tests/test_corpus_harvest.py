"""Whole harvests over real HTTP, answered from recorded bodies: OpenAlex, Semantic Scholar and Crossref, conductor and store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harvester import normal, sources
from harvester.harvest import Harvested, harvest
from harvester.merge import FIELDS, SCALARS
from harvester.orders import Order
from harvester.records import Identifier, Record
from harvester.sources import crossref, openalex, semantic_scholar
from harvester.store import Store
from harvester.tracker.sheet import sheet
from tests.build import a_store
from tests.replay import Answer, Question, Recording, Replay, door, recordings, walk

DOIS = (  # answered by all three services: INVENTORY, headline numbers
    "10.1007/s40278-023-41815-2",
    "10.1016/j.addr.2015.01.008",
    "10.1016/j.xgen.2025.100814",
    "10.1023/a:1007154515475",
    "10.1038/s42256-024-00832-8",
    "10.1063/1.4938384",
    "10.1073/pnas.1414271111",
)
PREPRINT, ARTICLE = "10.1101/2024.04.01.587366", "10.1016/j.xgen.2025.100814"  # of one study; see the test on them
SEED = "10.2139/ssrn.2250500"  # its whole list of citations was recorded, page by page, on one day
SEED_PAPER = "cb1ebd913c3724c599f6b276b14b5c6253da68f3"
SEED_DAY = "2024-07-08"
NOT_FOUND = Answer(404, b"<!doctype html><title>404 Not Found</title>", {"content-type": "text/html"})


@cache
def interactions(corpus: Path) -> list[tuple[Recording, Any]]:
    """Every answer of the three services with its body decoded, oldest first."""
    found = [one for name in ("openalex", "semantic_scholar", "crossref") for one in recordings(corpus / name)]
    answers = [one for one in sorted(found, key=lambda one: one.day) if one.answer.status == 200]
    return [(one, one.value) for one in answers]


class Recorded:
    """The services as they were recorded up to a day; what had not been recorded by then is answered as absent.

    OpenAlex and Crossref both answer on /works: Crossref alone is asked for a DOI there, or for a number of `rows`.
    """

    def __init__(self, corpus: Path, until: str = "9999") -> None:
        self.works: dict[str, dict[str, Any]] = {}
        self.papers: dict[str, dict[str, Any]] = {}
        self.articles: dict[str, dict[str, Any]] = {}
        self.pages: dict[tuple[str, str], bytes] = {}  # (kind, offset) -> a page of the seed's lists
        for one, value in interactions(corpus):
            if one.day <= until:
                self._keep_works(value)
                self._keep_papers(one, value)
                self._keep_articles(value)
        self.doi = {doi: work for work in self.works.values() if (doi := normal.doi(work["doi"]))}
        named = self.papers.values()
        self.paper_doi = {doi: paper for paper in named for doi in normal.dois(paper["externalIds"].get("DOI"))}
        if SEED_PAPER in self.papers:
            self.paper_doi[SEED] = self.papers[SEED_PAPER]

    def _keep_works(self, value: Any) -> None:
        for work in walk(value):
            if str(work.get("id")).startswith("https://openalex.org/W") and "cited_by_count" in work:
                self.works[work["id"][21:]] = work

    def _keep_papers(self, one: Recording, value: Any) -> None:
        if one.path.startswith(f"/graph/v1/paper/{SEED}/") and one.day == SEED_DAY:
            self.pages[one.path.rsplit("/", 1)[1], one.asked.params["offset"]] = one.answer.body
        if "citationCount" in one.asked.params.get("fields", ""):
            body = value if isinstance(value, list) else value.get("data", [value])
            found = [paper for paper in body if paper and isinstance(paper.get("externalIds"), dict)]
            self.papers |= {paper["paperId"]: paper for paper in found if "paperId" in paper}

    def _keep_articles(self, value: Any) -> None:
        """Of replies that leave fields out (`select`), the fullest; among equals the newest."""
        for article in walk(value):
            if "DOI" in article and "title" in article:
                doi = article["DOI"].lower()
                if len(article) >= len(self.articles.get(doi, ())):
                    self.articles[doi] = article

    def paper(self, name: str) -> dict[str, Any] | None:
        return self.paper_doi.get(name[4:]) if name.startswith("DOI:") else self.papers.get(name)

    def __call__(self, question: Question) -> Answer:
        one = Recording("", question, NOT_FOUND, "")
        if one.path.startswith(("/works/10.", "/prefixes/")) or "rows" in question.params:
            return self._published(one)
        if one.path.startswith("/works/"):
            name = one.path.removeprefix("/works/")
            work = self.doi.get(name[4:]) if name.startswith("doi:") else self.works.get(name)
            return Answer.json(work) if work else NOT_FOUND
        if one.path == "/works":
            found = list(self._listed(*question.params["filter"].split(":", 1)))
            return Answer.json({"meta": {"count": len(found), "next_cursor": None}, "results": found})
        if one.path == "/graph/v1/paper/batch":
            return Answer.json([self.paper(name) for name in question.body["ids"]])
        kind = one.path.rsplit("/", 1)[1]
        if one.path == f"/graph/v1/paper/{SEED_PAPER}/{kind}" and (kind, question.params["offset"]) in self.pages:
            return Answer(200, self.pages[kind, question.params["offset"]])
        return Answer.json({"offset": int(question.params["offset"]), "data": []})

    def _published(self, one: Recording) -> Answer:
        """What Crossref answers: one work, or those of a list of DOIs."""
        if "rows" in one.asked.params:
            asked = [name.removeprefix("doi:") for name in one.asked.params["filter"].split(",")]
            found = [self.articles[doi] for doi in asked if doi in self.articles]
            return Answer.json({"message-type": "work-list", "message": {"total-results": len(found), "items": found}})
        article = self.articles.get(one.path.removeprefix("/works/"))
        missing = Answer(404, b"Resource not found.", {"content-type": "text/plain"})
        return Answer.json({"message-type": "work", "message": article}) if article else missing

    def _listed(self, name: str, value: str) -> Iterator[dict[str, Any]]:
        asked = value.split("|")
        if name in ("doi", "openalex"):
            held = self.doi if name == "doi" else self.works
            yield from {id(held[one]): held[one] for one in asked if one in held}.values()
        for work_id, work in self.works.items():
            cited = {one[21:] for one in work["referenced_works"]}
            if name == "cites" and cited.intersection(asked):
                yield work
            if name == "cited_by" and any(f"https://openalex.org/{work_id}" in self._cited(one) for one in asked):
                yield work

    def _cited(self, work_id: str) -> list[str]:
        return self.works[work_id]["referenced_works"] if work_id in self.works else []


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Recorded:
    return Recorded(shared / "corpus")


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay(lambda _: NOT_FOUND) as server:
        yield server


def run(store: Store, replay: Replay, day: str, *modules: Any) -> Harvested:
    with ExitStack() as doors:
        clients = [module.client(doors.enter_context(door(module.service(replay.url)))) for module in modules]
        return harvest(store, clients, day, lambda: f"{day}T08:00:00+00:00")


def watch(store: Store, *names: str) -> None:
    with store.transaction():
        for name in names:
            store.watches.add(Order("work", name), "2026-11-01")


def observations(store: Store) -> list[tuple[Any, ...]]:
    """Source, source's id, count, first day, last day: a row for each value a record ever had."""
    rows = store.db.execute(
        "SELECT r.source, r.source_id, o.count, o.first_seen, ifnull(o.last_seen, s.last_seen) "
        "FROM observation o JOIN standing s ON s.record = o.record JOIN record r ON r.id = o.record "
        "ORDER BY r.source, r.source_id, o.first_seen"
    )
    return [tuple(row) for row in rows]


@pytest.mark.loopback
def test_an_article_that_two_services_know_is_one_work_with_a_count_from_each(
    recorded: Recorded, replay: Replay, tmp_path: Path
) -> None:
    replay.answer = recorded
    with a_store(tmp_path, "h.db") as store:
        watch(store, *(f"doi:{doi}" for doi in DOIS))
        first = run(store, replay, "2026-11-22", openalex, semantic_scholar)
        assert first.faults == []
        assert first.absent == 0
        assert first.quarantined == 0
        for doi in DOIS:
            work, paper = recorded.doi[doi], recorded.paper_doi[doi]
            (number,) = store.works_named(Identifier("doi", doi))
            found = sheet(store, number, "2026-11-22")
            assert {(row["source"], row["source_id"]) for row in found["records"]} >= {
                ("openalex", work["id"][21:]),
                ("semantic_scholar", paper["paperId"]),
            }
            assert {row["source_id"]: row["count"] for row in found["counts"]} == {
                work["id"][21:]: work["cited_by_count"],
                paper["paperId"]: paper["citationCount"],
            }
            assert found["doi"] == doi
            assert found["origin"]["title"] == "openalex"  # the better ranked of two that state it
            fields = {name for name, value in found.items() if value is not None and name in found["origin"]}
            assert {found["origin"][name] for name in fields} <= {"openalex", "semantic_scholar"}
            assert {"title", "year", "doi", "venue"} <= fields
        before = observations(store)
        second = run(store, replay, "2026-11-23", openalex, semantic_scholar)
        assert second.saved.counts_changed == 0
        assert second.saved.new_records == second.saved.changed == 0
        after = observations(store)
        assert [row[:4] for row in after] == [row[:4] for row in before]  # no row more ...
        seen = {row[1]: row[4] for row in after}
        assert all(
            seen[recorded.doi[doi]["id"][21:]] == "2026-11-23" for doi in DOIS
        )  # ... the old ones are seen again
        assert store.check()["integrity"] == "ok"


@pytest.mark.loopback
def test_the_same_article_from_three_services_is_one_work_whose_fields_name_their_sources(
    recorded: Recorded, replay: Replay, tmp_path: Path
) -> None:
    """Crossref's word on one of them was only ever recorded in part: without count, date and type."""
    replay.answer = recorded
    services = (openalex, semantic_scholar, crossref)
    ranks = sources.ranks()
    with a_store(tmp_path, "h.db") as store:
        watch(store, *(f"doi:{doi}" for doi in DOIS))
        first = run(store, replay, "2026-11-22", *services)
        assert (first.faults, first.absent, first.quarantined) == ([], 0, 0)
        told, numbers = Counter[str](), set[int]()
        for doi in DOIS:
            work, paper, article = recorded.doi[doi], recorded.paper_doi[doi], recorded.articles[doi]
            (number,) = store.works_named(Identifier("doi", doi))
            numbers.add(number)
            found = sheet(store, number, "2026-11-22")
            names = {"openalex": work["id"][21:], "semantic_scholar": paper["paperId"], "crossref": doi}
            assert {row["source"]: row["source_id"] for row in found["records"]} == names, doi
            counts = {"openalex": work["cited_by_count"], "semantic_scholar": paper["citationCount"]}
            if "is-referenced-by-count" in article:
                counts["crossref"] = article["is-referenced-by-count"]
            assert {row["source"]: row["count"] for row in found["counts"]} == counts, doi
            records = {
                source: sources.parser_of(source)(json.dumps(raw).encode())
                for source, raw in (("openalex", work), ("semantic_scholar", paper), ("crossref", article))
            }
            says_where_each_field_is_from(found, records, ranks)
            listed = lists_what_they_disagree_on(found, records)
            told.update(listed)
        assert len(numbers) == len(DOIS)
        assert told["date"] > 2
        assert {"title", "type", "first_page"} & set(told)
        before = store.check(), observations(store)
        second = run(store, replay, "2026-11-23", *services)
        assert (second.faults, second.saved.new_records, second.saved.changed) == ([], 0, 0)
        assert (second.saved.counts_changed, second.saved.joined) == (0, 0)
        assert [row[:4] for row in observations(store)] == [row[:4] for row in before[1]]
        assert {row[4] for row in observations(store)} == {"2026-11-23"}
        assert store.check()["integrity"] == "ok"


def says_where_each_field_is_from(found: dict[str, Any], records: dict[str, Record], ranks: dict[str, int]) -> None:
    """Each field with a value names its source, the best ranked of those that state it, and has that source's word."""
    origin = found["origin"]
    assert set(origin) <= set(FIELDS)
    for field in FIELDS:
        if field == "corresponding":
            assert (field in origin) == any(author["corresponding"] for author in found["authors"])
        elif found[field] is None or found[field] == []:
            assert field not in origin
        else:
            assert origin[field] in records, field
    plain = [field for field in SCALARS if not field.startswith("abstract") and field != "is_retracted"]
    for field in plain:
        stating = [source for source, record in records.items() if getattr(record, field) is not None]
        best = min(stating, key=lambda source: ranks[source], default=None)
        assert origin.get(field) == best, field
        assert found[field] == (getattr(records[best], field) if best else None), field


def lists_what_they_disagree_on(found: dict[str, Any], records: dict[str, Record]) -> list[str]:
    """The fields listed as disagreements, each with every source's own value; years, volumes and issues that differ all are."""
    listed = {one["field"]: one["values"] for one in found["disagreements"]}
    for field in SCALARS:
        stated = {source: value for source, record in records.items() if (value := getattr(record, field)) is not None}
        if field in listed and field not in ("abstract_status", "is_retracted"):
            assert listed[field] == stated
        if field in ("year", "volume", "issue", "first_page", "last_page", "type"):
            assert (field in listed) == (len(set(stated.values())) > 1), field
    return list(listed)


@pytest.mark.loopback
def test_the_eighth_article_a_preprint_is_one_work_of_those_who_answered(
    shared: Path, replay: Replay, tmp_path: Path
) -> None:
    """The preprint: up to 2024 two services answered its DOI; what Crossref said of it is not among the recordings."""
    replay.answer = then = Recorded(shared / "corpus", "2024-12-31")
    with a_store(tmp_path, "h.db") as store:
        watch(store, f"doi:{PREPRINT}")
        first = run(store, replay, "2024-12-31", openalex, semantic_scholar, crossref)
        assert (first.faults, first.absent) == ([], 1)
        (number,) = store.works_named(Identifier("doi", PREPRINT))
        found = sheet(store, number, "2024-12-31")
        assert {row["source"]: row["count"] for row in found["counts"]} == {
            "openalex": then.doi[PREPRINT]["cited_by_count"],
            "semantic_scholar": then.paper_doi[PREPRINT]["citationCount"],
        }
        assert found["origin"]["title"] == "openalex"
        (absent,) = [row for row in store.rows("problems", limit=9) if row["kind"] == "absent"]
        assert (absent["source"], absent["subject"]) == ("crossref", f"doi:{PREPRINT}")


@pytest.mark.loopback
def test_a_list_of_citations_recorded_page_by_page_is_read_to_its_end(
    recorded: Recorded, replay: Replay, tmp_path: Path
) -> None:
    """22 pages; some entries have no paperId, some papers stand in the list twice."""
    pages = {int(offset): json.loads(body) for (kind, offset), body in recorded.pages.items() if kind == "citations"}
    entries = [entry["citingPaper"]["paperId"] for offset in sorted(pages) for entry in pages[offset]["data"]]
    assert len(entries) > 2000
    replay.answer, asked = recorded, len(replay.questions)
    with a_store(tmp_path, "h.db") as store:
        watch(store, f"s2:{SEED_PAPER}")
        result = run(store, replay, "2026-11-23", semantic_scholar)
        offsets = [q.params["offset"] for q in replay.questions[asked:] if q.path.endswith("/citations")]
        assert list(map(int, offsets)) == sorted(pages)
        citing = {
            row[0]
            for row in store.db.execute(
                "SELECT a.source_id FROM citation c JOIN record a ON a.id = c.citing JOIN record b ON b.id = c.cited "
                "WHERE b.source_id = ? AND c.last_seen IS NULL",
                (SEED_PAPER,),
            )
        }
        assert citing == set(entries) - {None}
        assert result.new_citations == len(citing)
        (task,) = [task for task in store.runs.tasks(result.run) if task.stage == "citing"]
        assert (task.status, task.pages) == ("done", len(pages))
        assert task.received == len(citing) + entries.count(None)
        assert store.check()["integrity"] == "ok"


@pytest.mark.loopback
def test_who_cites_and_who_is_cited_on_two_recorded_days(shared: Path, replay: Replay, tmp_path: Path) -> None:
    """INVENTORY's row 30: between the days the citing works grew from 3 to 5, and 3 of the 41 cited ones were not listed any
    more, merged away: yet the two works still name all 42 in their references, so that no citation is over.
    """
    folder, seeds = shared / "corpus" / "openalex", ("W3045921891", "W3046863325")
    held = {one.name.partition("/")[2]: one.answer for one in recordings(folder) if "oa_snowball" in one.name}
    numbers = {"openalex": "01", "doi": "01", "cites": "03", "cited_by": "05"}
    past_the_end = Answer.json({"meta": {"count": 0, "next_cursor": None}, "results": []})
    edges: list[list[tuple[str, str, str]]] = []
    with a_store(tmp_path, "h.db") as store:
        watch(store, *(f"openalex:{seed}" for seed in seeds))
        for day in ("2025-06-06", "2025-11-17"):
            replies = {name: held[f"oa_snowball__{n}__{day.replace('-', '')}.json"] for name, n in numbers.items()}
            replay.answer = lambda question, replies=replies: (
                replies[question.params["filter"].partition(":")[0]]
                if question.params["cursor"] == "*"
                else past_the_end
            )
            assert run(store, replay, day, openalex).faults == []
            rows = store.db.execute(
                "SELECT a.source_id, b.source_id, c.first_seen FROM citation c JOIN record a ON a.id = c.citing "
                "JOIN record b ON b.id = c.cited WHERE c.last_seen IS NULL"
            )
            edges.append([(row[0], row[1], row[2]) for row in rows])
        assert store.check()["integrity"] == "ok"
        read = store.db.execute("SELECT count(*) FROM record WHERE first_seen = '2025-06-06'").fetchone()[0]
    citing = [{(one, first) for one, cited, first in day if cited == seeds[1] and one not in seeds} for day in edges]
    cited = [{other for one, other, _ in day if one in seeds} for day in edges]
    assert [len(day) for day in citing] == [3, 5]
    assert {first for _, first in citing[1] - citing[0]} == {"2025-11-17"}
    assert [len(day) for day in cited] == [42, 42]
    assert read == 2 + 3 + 41


@pytest.mark.loopback
@pytest.mark.parametrize("watched", [(PREPRINT,), (PREPRINT, ARTICLE)])
def test_a_record_whose_doi_now_leads_elsewhere_is_still_read_every_day(
    shared: Path, replay: Replay, tmp_path: Path, watched: tuple[str, ...]
) -> None:
    """In 2024 both services knew the preprint by its DOI; in 2025 Semantic Scholar's paper bore the article's DOI only.

    OpenAlex keeps the two apart, so they stay two works, and a person is asked which one Semantic Scholar's paper is of.
    """
    (old, new), days = ("W4393448183", "W4408732759"), ("2024-12-31", "2025-12-31", "2026-01-01", "2026-01-02")
    with a_store(tmp_path, "h.db") as store:
        watch(store, *(f"doi:{doi}" for doi in watched))
        for day in days:
            replay.answer = Recorded(shared / "corpus", day)
            assert run(store, replay, day, openalex, semantic_scholar).faults == []
        rows = {(name, count): (first, last) for _, name, count, first, last in observations(store)}
        paper = "7e5d4466c8b85f93775fe183e1a318a3e65ac8e4"
        assert rows[old, 2] == (days[0], days[-1])
        assert rows[paper, 1] == (days[0], days[0])
        assert rows[paper, 5] == (days[1], days[-1])
        if ARTICLE in watched:
            assert rows[new, 3] == (days[1], days[-1])
            works = [
                row["work"] for row in store.db.execute("SELECT work FROM record WHERE source_id IN (?, ?)", (old, new))
            ]
            assert len(set(works)) == 2
            (doubt,) = [row for row in store.rows("problems", limit=99) if row["kind"] == "doubt"]
            assert doubt["subject"] == paper
            assert "their DOIs differ" in doubt["why"]
        (number,) = [row["work"] for row in store.db.execute("SELECT work FROM record WHERE source_id = ?", (paper,))]
        assert number in store.works_named(Identifier("doi", PREPRINT))  # the old name still finds it
        assert store.check()["integrity"] == "ok"
