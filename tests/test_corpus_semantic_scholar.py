"""Semantic Scholar as it was really recorded: replies over real HTTP through door and source, papers through the tap."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harvester import normal
from harvester.errors import BadReply, KeyRejected, NotFound, RateLimited, Refused, ServerFault, SourceError
from harvester.importing import import_files
from harvester.records import Ask, Citing, Identifier, Item, Lookup, Page, References, Search
from harvester.sources import semantic_scholar
from harvester.sources.semantic_scholar import SemanticScholar, parse
from tests.build import a_store
from tests.replay import Answer, Recording, Replay, door, recordings

NOW = "2026-11-23T08:00:00+00:00"
FAULTS = {400: Refused, 403: KeyRejected, 404: NotFound, 429: RateLimited, 500: ServerFault, 504: ServerFault}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[Recording]:
    return recordings(shared / "corpus" / "semantic_scholar")


def fetch(
    replay: Replay, answer: Answer, ask: Ask, cursor: str | None = None, waits: list[float] | None = None
) -> Page:
    replay.answer = lambda _: answer
    with door(semantic_scholar.service(replay.url), waits) as way:
        return SemanticScholar(way).fetch(ask, cursor)


def identifier(spelt: str) -> Identifier:
    """What an id of a recorded question names; ids of other kinds (ACL) as if they were Semantic Scholar's own."""
    return Identifier(*(normal.identifier(spelt) or ("s2", spelt)))


def endpoint(one: Recording) -> str:
    """The kind of a recorded question: batch, search, bulk, match, citations, references, paper, papers (an author's), other."""
    if one.path.startswith(("/datasets/", "/recommendations/", "/graph/v1/snippet/")):
        return "other"
    last = one.path.rsplit("/", 1)[-1]
    if "/author/" in one.path:
        return "papers" if last == "papers" else "other"
    if last in ("batch", "search", "bulk", "match", "citations", "references"):
        return last
    return "paper" if "/paper/" in one.path and last != "authors" else "other"


def fitting(one: Recording) -> tuple[Ask, str | None]:
    """The ask, and the cursor, that would put the recorded question."""
    asked, kind = one.asked, endpoint(one)
    if kind == "batch":
        return Lookup(tuple(map(identifier, asked.body["ids"]))), None
    if kind == "paper":
        return Lookup((identifier(one.path.partition("/paper/")[2]),)), None
    if kind in ("citations", "references"):
        paper, offset = one.path.split("/paper/")[1].rpartition("/")[0], asked.params["offset"]
        return (Citing if kind == "citations" else References)((paper,)), offset if offset != "0" else None
    return Search(asked.params.get("query", "anything")), "a token" if "token" in asked.params else None


def paper_said(item: Item, paper: Any) -> None:
    """An item is exactly the paper the service sent, and says of it what it says of itself."""
    assert json.loads(item.body) == paper
    assert item.problem is None
    assert item.record
    assert item.record.source_id == paper["paperId"]
    assert item.record.cited_by_count == paper.get("citationCount", paper.get("numCitedBy"))


# --- replies -------------------------------------------------------------------------------------------------------


def test_the_recordings_hold_every_kind_of_reply(recorded: list[Recording]) -> None:
    kinds = Counter(endpoint(one) for one in recorded if one.answer.status == 200)
    assert min(kinds[kind] for kind in ("batch", "search", "bulk", "match", "citations", "references", "paper")) >= 5


@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["search", "bulk", "match", "papers"])
def test_no_paper_of_a_recorded_search_is_lost(recorded: list[Recording], replay: Replay, kind: str) -> None:
    read = 0
    for one in recorded:
        if endpoint(one) != kind or one.answer.status != 200:
            continue
        body, (ask, cursor) = one.value, fitting(one)
        page = fetch(replay, one.answer, ask, cursor)
        for item, paper in zip(page.items, body.get("data", ()), strict=True):
            paper_said(item, paper)
        assert page.total == body.get("total"), one.name
        assert page.next == body.get("token"), one.name
        assert not (page.failed or page.absent or page.unidentified), one.name
        read += len(page.items)
    assert read >= 90


@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["citations", "references"])
def test_no_entry_of_a_recorded_list_is_lost(recorded: list[Recording], replay: Replay, kind: str) -> None:
    """Those without a paperId are counted, the others kept with their edge; the end is where `next` is missing."""
    end = "citingPaper" if kind == "citations" else "citedPaper"
    seen: Counter[str] = Counter()
    for one in recorded:
        if endpoint(one) != kind or one.answer.status != 200:
            continue
        body, (ask, cursor) = one.value, fitting(one)
        page = fetch(replay, one.answer, ask, cursor)
        named = [entry for entry in body["data"] if entry[end]["paperId"] is not None]
        assert page.unidentified == len(body["data"]) - len(named), one.name
        for item, entry in zip(page.items, named, strict=True):
            paper_said(item, entry[end])
        assert isinstance(ask, Citing | References)
        (asked,) = ask.source_ids
        ends = [(one.citing, one.cited) if kind == "references" else (one.cited, one.citing) for one in page.edges]
        assert ends == [(asked, entry[end]["paperId"]) for entry in named], one.name
        assert [edge.influential for edge in page.edges] == [entry.get("isInfluential") for entry in named], one.name
        assert page.next == (str(body["next"]) if "next" in body else None), one.name
        assert not page.capped
        seen.update(named=len(named), unidentified=page.unidentified, last="next" not in body)
    assert seen["named"] > 300
    assert seen["unidentified"] > 0
    assert seen["last"] > 0


@pytest.mark.loopback
def test_every_place_of_a_recorded_batch_is_answered(recorded: list[Recording], replay: Replay) -> None:
    """Found, absent or unknown. Early in 2023 a batch came back in an order of its own: then only proofs are believed."""
    seen: Counter[str] = Counter()
    for one in recorded:
        if endpoint(one) != "batch" or one.answer.status != 200:
            continue
        ask, _ = fitting(one)
        assert isinstance(ask, Lookup)
        page = fetch(replay, one.answer, ask)
        sent = {paper["paperId"]: paper for paper in one.value if paper}
        answers = [item.asked for item in page.items] + list(page.absent) + [failed.asked for failed in page.failed]
        assert sorted(map(str, answers)) == sorted(map(str, ask.identifiers)), one.name
        for item in page.items:
            assert item.record
            paper_said(item, sent[item.record.source_id])
            if item.asked and item.asked.scheme == "s2":
                assert item.record.source_id == item.asked.value, one.name
        seen.update(found=len(page.items), absent=len(page.absent), failed=len(page.failed))
        assert len(page.absent) == one.value.count(None), one.name
    assert seen["found"] > 20
    assert seen["absent"] == 2


@pytest.mark.loopback
def test_every_recorded_paper_is_that_paper(recorded: list[Recording], replay: Replay) -> None:
    """Single papers of the Graph API and of the API before it (v1), as a batch of one would give them."""
    generations: Counter[bool] = Counter()
    for one in recorded:
        if endpoint(one) != "paper" or one.answer.status != 200:
            continue
        ask, _ = fitting(one)
        page = fetch(replay, one.answer._replace(body=b"[" + one.answer.body + b"]"), ask)
        (item,) = page.items
        paper_said(item, one.value)
        assert not (page.absent or page.failed)
        generations["graph" in one.path] += 1
    assert generations == {True: 38, False: 9}


@pytest.mark.loopback
@pytest.mark.parametrize(
    "ask",
    [Lookup((Identifier("doi", "10.5555/a"), Identifier("doi", "10.5555/b"))), Search("order"), Citing(("a" * 40,))],
)
def test_every_recorded_error_is_a_fault_that_says_source_status_and_what_to_do(
    recorded: list[Recording], replay: Replay, ask: Ask
) -> None:
    met: Counter[int] = Counter()
    for one in recorded:
        status = one.answer.status
        if status == 200:
            continue
        before = len(replay.questions)
        said = next(one.value[key] for key in ("error", "message") if key in one.value)
        if status == 404 and "match not found" in said and isinstance(ask, Search):
            assert fetch(replay, one.answer, ask) == Page(total=0)  # the service's own word for "nothing like it"
            continue
        if status == 400 and isinstance(ask, Lookup) and "unsupported fields" not in said:
            page = fetch(replay, one.answer, ask)  # halved to the last id: each is unknown, none is absent
            assert [failed.asked for failed in page.failed] == list(ask.identifiers)
            assert all(said in failed.why for failed in page.failed)
            assert not (page.items or page.absent)
            continue
        waits: list[float] = []
        with pytest.raises(SourceError) as caught:
            fetch(replay, one.answer, ask, waits=waits)
        fault = caught.value
        assert type(fault) is FAULTS[status], one.name
        assert (fault.source, fault.status) == ("semantic_scholar", status)
        assert fault.advice
        assert said in str(fault), one.name
        assert len(replay.questions) - before == (5 if status in (429, 500, 504) else 1)
        met[status] += 1
    assert set(met) >= {400, 403, 404, 500, 504}


TOO_MANY = Answer.json({"message": "Too Many Requests. Please wait and try again.", "code": "429"}, 429)
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.loopback
@pytest.mark.parametrize("ask", [Lookup((Identifier("doi", "10.5555/a"),)), Search("order"), Citing(("a" * 40,))])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (TOO_MANY, RateLimited),
        (Answer(429, b"", {"retry-after": "1"}), RateLimited),
        (Answer(502, HTML, {"content-type": "text/html"}), ServerFault),
        (Answer(504, b"", {}), ServerFault),
        (Answer(404, HTML, {"content-type": "text/html"}), NotFound),
        (Answer(200, HTML, {"content-type": "text/html"}), BadReply),
        (Answer(200, b"", {}), BadReply),
        (Answer(200, b"{}"), BadReply),
        (Answer(200, b'{"message": "Internal server error"}'), BadReply),
        (Answer(200, b"null"), BadReply),
    ],
)
def test_what_is_no_answer_is_never_an_empty_page(
    replay: Replay, answer: Answer, kind: type[SourceError], ask: Ask
) -> None:
    with pytest.raises(kind) as caught:
        fetch(replay, answer, ask)
    assert caught.value.status in (answer.status, None)
    assert caught.value.advice


# --- files ---------------------------------------------------------------------------------------------------------


def test_every_recorded_reply_with_papers_can_be_read_from_a_file(recorded: list[Recording]) -> None:
    (tap,) = semantic_scholar.TAPS
    kinds = Counter[str]()
    for one in recorded:
        body = one.value
        if one.answer.status != 200 or not tap.sniff(one.answer.body[: 64 * 1024]):
            continue
        papers = _papers(body)
        read = [parse(raw) for raw in tap.read(io.BytesIO(one.answer.body)) if json.loads(raw)["paperId"]]
        assert [record.source_id for record in read] == [paper["paperId"] for paper in papers], one.name
        kinds["recommended" if "recommendedPapers" in body else endpoint(one)] += 1
    assert min(kinds[kind] for kind in ("batch", "search", "citations", "papers", "paper", "recommended")) >= 1


def test_no_name_of_a_recorded_paper_is_unknown_and_none_that_was_asked_for_is_missing(
    recorded: list[Recording],
) -> None:
    promised = set(semantic_scholar.record._Paper.PROMISED)
    whole = 0
    for one in recorded:
        if one.answer.status != 200 or endpoint(one) in ("other", "papers") or one.value == {"total": 0, "offset": 0}:
            continue
        for paper in _papers(one.value):
            drift = parse(json.dumps(paper).encode()).drift
            asked = set(one.asked.params.get("fields", "").split(","))
            assert all(path.startswith("-") for path in drift), one.name
            if promised - {"paperId"} <= {field.rsplit(".", 1)[-1] for field in asked}:
                assert drift == (), one.name
                whole += 1
    assert whole > 50


def _papers(body: Any) -> list[Any]:
    """The papers of a reply that have an id, worked out apart from the tap."""
    if isinstance(body, dict) and "paperId" not in body:
        body = next(body[name] for name in ("data", "papers", "recommendedPapers") if name in body)
    entries = body if isinstance(body, list) else [body]
    found = [entry.get("citingPaper") or entry.get("citedPaper") or entry for entry in entries if entry]
    return [paper for paper in found if paper["paperId"]]


def test_a_profile_with_its_papers_comes_in_whole(shared: Path, tmp_path: Path) -> None:
    path = shared / "corpus/semantic_scholar/danielnsilva__semanticscholar/Author.fixture.json"
    papers = json.loads(path.read_bytes())["papers"]
    with a_store(tmp_path, "papers.db") as store:
        result = import_files(store, [path], "2026-11-23", NOW)
        assert store.check()["integrity"] == "ok"
        counts = dict(
            store.db.execute(
                "SELECT r.source_id, o.count FROM record r JOIN observation o ON o.record = r.id"
            ).fetchall()
        )
    (file,) = result.files
    assert (file.received, file.quarantined, file.problem) == (len(papers), 0, None)
    assert counts == {paper["paperId"]: paper["citationCount"] for paper in papers}
