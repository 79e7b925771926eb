"""Every recorded interaction is accounted for: what each ends in, service by service, and how many of each there are.

The tests of each service look closely at what a reply becomes; here nothing may be passed over.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harvester.errors import KeyRejected, NotFound, Refused, ServerFault, SourceError
from harvester.harvest import harvest
from harvester.orders import order
from harvester.records import Ask, Citing, Identifier, Lookup, Page, References, Search
from harvester.sources import crossref, openalex, opencitations, semantic_scholar
from harvester.store import Store
from tests import test_corpus_crossref, test_corpus_openalex, test_corpus_opencitations, test_corpus_semantic_scholar
from tests.build import openalex_work
from tests.replay import Answer, Question, Recording, Replay, door, fetch, recordings

MODULES: dict[str, Any] = {module.NAME: module for module in (openalex, semantic_scholar, crossref, opencitations)}

# (status, what it ends in) -> how many interactions. "not that": a reply to a question the program does not put (groups,
# counts, authors, members, queries), which is a BadReply and never an empty page; "nothing": a page past the last, or a
# search that found none, as the reply itself says; "set aside": authors where papers were asked for, each kept in
# quarantine; "failed": early batches in an order of their own, of which no place can be trusted.
ACCOUNT: dict[str, dict[tuple[int, str], int]] = {
    "openalex": {
        (200, "records"): 88, (200, "nothing"): 14, (200, "not that"): 28,
        (400, "Refused"): 10, (401, "KeyRejected"): 4, (403, "KeyRejected"): 3,
    },
    "semantic_scholar": {
        (200, "records"): 302, (200, "nothing"): 5, (200, "set aside"): 11, (200, "failed"): 2, (200, "not that"): 19,
        (400, "Refused"): 11, (403, "KeyRejected"): 2, (404, "NotFound"): 16, (404, "nothing"): 7,
        (500, "ServerFault"): 5, (504, "ServerFault"): 2,
    },
    "crossref": {
        (200, "records"): 232, (200, "agency"): 10, (200, "nothing"): 6, (200, "not that"): 69,
        (301, "BadReply"): 1,  # a redirect that leads to itself here; where it really leads is in test_corpus_crossref
        (400, "Refused"): 9, (404, "NotFound"): 11, (404, "agency"): 2,
        (500, "Refused"): 2, (504, "ServerFault"): 2,  # 500: a cursor that is over
    },
    "opencitations": {(200, "records"): 4, (200, "edges"): 10, (200, "not that"): 18},
}  # fmt: skip
HEADLINE = {"openalex": "OpenAlex", "semantic_scholar": "S2", "crossref": "Crossref", "opencitations": "OpenCitations"}


def of_openalex(one: Recording, replay: Replay) -> Page:
    ask, cursor = test_corpus_openalex.fitting(one.asked)
    if not one.path.startswith("/works"):
        ask, cursor = Search("anything"), None
    return fetch(replay, openalex, one.answer, ask, None if cursor == "*" else cursor)


def of_semantic_scholar(one: Recording, replay: Replay) -> Page:
    """A single paper as a batch of one, which is how the program asks for it."""
    ask, cursor = test_corpus_semantic_scholar.fitting(one)
    is_paper = one.answer.status == 200 and test_corpus_semantic_scholar.endpoint(one) == "paper"
    answer = one.answer._replace(body=b"[" + one.answer.body + b"]") if is_paper else one.answer
    return fetch(replay, semantic_scholar, answer, ask, cursor)


def of_crossref(one: Recording, replay: Replay) -> Page:
    ask, cursor = test_corpus_crossref.fitting(one)
    return fetch(replay, crossref, one.answer, ask, cursor)


def of_opencitations(one: Recording, replay: Replay) -> Page:
    name, ids = test_corpus_opencitations.operation(one)
    own = one.value[0]["cited"] if name == "citation" else ids[0] if ids else "10.5555/a"
    kinds: dict[str, Ask] = {
        "metadata": Lookup(tuple(Identifier("doi", each) for each in ids)),
        "references": References((own,)),
    }
    return test_corpus_opencitations.fetch(replay, one.answer, kinds.get(name, Citing((own,))))


FETCH: dict[str, Callable[[Recording, Replay], Page]] = {
    "openalex": of_openalex,
    "semantic_scholar": of_semantic_scholar,
    "crossref": of_crossref,
    "opencitations": of_opencitations,
}


def outcome(page: Page) -> str:
    if any(item.record for item in page.items):
        return "records"
    words = {"set aside": page.items, "edges": page.edges, "agency": page.agencies, "absent": page.absent,
             "failed": page.failed}  # fmt: skip
    return next((word for word, found in words.items() if found), "nothing")


def interactions(folder: Path) -> int:
    """How many files of a folder are interactions, told apart from `replay.recordings`."""
    found = 0
    for path in folder.rglob("*.json"):
        held = json.loads(path.read_bytes()) if b'"response"' in path.read_bytes() else None
        found += isinstance(held, dict) and {"request", "response"} <= held.keys()
    return found


def end_of(one: Recording, replay: Replay, service: str) -> str | SourceError:
    try:
        return outcome(FETCH[service](one, replay))
    except SourceError as fault:
        return fault


@pytest.mark.loopback
@pytest.mark.parametrize("service", MODULES)
def test_every_interaction_ends_in_what_it_is(shared: Path, replay: Replay, service: str) -> None:
    folder, account = shared / "corpus" / service, Counter[tuple[int, str]]()
    for one in recordings(folder):
        found = end_of(one, replay, service)
        if isinstance(found, SourceError):
            assert found.source == service, one.name
            assert found.status in (one.answer.status, None), one.name
            assert found.advice
            assert "\n" not in str(found)
            found = "not that" if one.answer.status == 200 else type(found).__name__
        account[one.answer.status, found] += 1
    assert account == ACCOUNT[service]
    assert account.total() == interactions(folder)


@pytest.mark.parametrize("service", MODULES)
def test_the_account_agrees_with_the_inventory(shared: Path, service: str) -> None:
    """Its headline counts more than is here: part of what was collected is kept back."""
    (line,) = re.findall(
        r"^HTTP statuses: (.*)$", (shared / "corpus" / "INVENTORY.md").read_text("utf-8"), re.MULTILINE
    )
    (said,) = re.findall(rf"{HEADLINE[service]} ([^;.]*)", line)
    collected = {int(status): int(number) for number, status in re.findall(r"(\d+)x(\d+)", said)}
    here = Counter[int]()
    for (status, _), number in ACCOUNT[service].items():
        here[status] += number
    assert here <= Counter(collected)


# --- every recorded error, through a whole harvest -----------------------------------------------------------------

FAULTS = {400: Refused, 401: KeyRejected, 403: KeyRejected, 404: NotFound, 500: ServerFault, 504: ServerFault}
DOI = "10.5555/harbour.1"


def well(question: Question) -> Answer:
    """OpenAlex and Semantic Scholar, which know one work, and nobody who cites it."""
    if question.path.endswith("/paper/batch"):
        paper = {"paperId": "a" * 40, "title": "A harbour", "externalIds": {"DOI": DOI}, "citationCount": 0}
        return Answer.json([paper])
    if "/works/doi:" in question.path:
        return Answer(200, openalex_work(1, cited_by_count=0, referenced_works=[]))
    return Answer.json({"meta": {"count": 0, "next_cursor": None}, "results": [], "offset": 0, "data": []})


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.parametrize("service", ["openalex", "semantic_scholar", "crossref"])
def test_a_harvest_that_meets_a_recorded_error_says_so_and_goes_on_with_the_others(
    shared: Path, replay: Replay, tmp_path: Path, service: str
) -> None:
    """One service answers everything with the error; what is wrong with it is typed, and the other's work comes in."""
    found = [one for one in recordings(shared / "corpus" / service) if one.answer.status not in (200, 301)]
    errors = {
        (*one.answer[:2], one.answer.headers.get("content-type")): one for one in found
    }.values()  # the same again is no news
    other, down = openalex if service != "openalex" else semantic_scholar, MODULES[service]
    for number, one in enumerate(errors):
        status = one.answer.status
        replay.answer = lambda question, one=one: one.answer if question.path.startswith("/down") else well(question)
        with (
            Store(tmp_path / f"{number}.db", create=True) as store,
            door(other.service(f"{replay.url}/well")) as good,
            door(down.service(f"{replay.url}/down")) as bad,
        ):
            with store.transaction():
                store.watches.add(order(DOI), "2026-11-01")
            clients = [other.client(good), down.client(bad)]
            result = harvest(store, clients, "2026-11-23", lambda: "2026-11-23T08:00:00+00:00")
            whys = [row["why"] for row in store.rows("problems", limit=9) if row["source"] == service]
            assert result.saved.new_records == 1, one.name
        if (service, status) == ("crossref", 404):  # its word for a DOI that it does not have
            assert (result.faults, result.absent, result.status) == ([], 1, "complete"), one.name
            continue
        assert result.status == "partial", one.name
        assert any(f"HTTP {status}" in why or one.value["error"] in why for why in whys), one.name
        if result.faults or (service, status) != ("semantic_scholar", 400):  # its 400s may be about the one id
            (fault,) = result.faults
            assert (type(fault), fault.source, fault.status) == (FAULTS[status], service, status), one.name
