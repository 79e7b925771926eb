"""What sources themselves say an article is like: lists of related works and vectors, as they are read, kept and used."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from operator import mul
from random import Random
from typing import Any

import msgspec
import pytest
import responses
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from harvester.errors import BadReply, NotFound
from harvester.http import Door
from harvester.records import Embedding, Embeddings, Recommended, Record
from harvester.related.given import dots, embeddings, suggested
from harvester.related.look import Hit, Look
from harvester.sources import openalex, semantic_scholar
from harvester.sources.semantic_scholar import SemanticScholar
from harvester.store import Store
from harvester.store.given import quantised
from tests.build import DAY, Hand, record, rows

LATER, LATEST = "2026-06-01", "2026-09-01"
A, B, C = ("a" * 40, "b" * 40, "c" * 40)
API = "https://api.semanticscholar.org"
FOR_A = f"{API}/recommendations/v1/papers/forpaper/{A}"
BATCH = f"{API}/graph/v1/paper/batch"
MODEL = "specter_v2@v0.1.1"
NEARBY = [1.0, *[0.0] * 767]


def vector(*firsts: float) -> tuple[float, ...]:
    return (*firsts, *[0.0] * (768 - len(firsts)))


def paper(paper_id: str = A, **fields: Any) -> dict[str, Any]:
    return {"paperId": paper_id, "title": f"Paper {paper_id[0]}", **fields}


def stated(source_id: str, *related: str, source: str = "openalex", **fields: Any) -> Record:
    return msgspec.structs.replace(record(source_id, source, **fields), related=related)


@pytest.fixture
def source() -> Iterator[SemanticScholar]:
    with Door(semantic_scholar.service(key="sesame"), sleep=lambda _: None) as door:
        yield SemanticScholar(door)


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "read", "drift"),
    [
        (["https://openalex.org/W12", "https://openalex.org/W11"], ("W12", "W11"), ()),
        ([], (), ()),
        (None, None, ()),
        (["https://openalex.org/W12", "https://openalex.org/W12", "https://openalex.org/W10"], ("W12",), ()),
        (["https://openalex.org/A1", "W12", None], ("W12",), ("related_works[]",)),
        ("W12", None, ("related_works",)),
        ([["W12"], 7, "W13"], ("W13",), ("related_works[]",)),
    ],
)
def test_what_openalex_lists_as_related(stated: Any, read: Any, drift: tuple[str, ...]) -> None:
    found = openalex.parse(json.dumps({"id": "https://openalex.org/W10", "related_works": stated}).encode())
    assert (found.related, found.drift) == (read, drift)
    assert openalex.parse(b'{"id": "https://openalex.org/W10"}').related is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": MODEL, "vector": NEARBY[:-1]},
        {"model": MODEL, "vector": []},
        {"model": MODEL, "vector": [0.0] * 768},
        {"model": MODEL, "vector": [1e300, *NEARBY[1:]]},
        {"model": MODEL, "vector": ["1.0", *NEARBY[1:]]},
        {"model": MODEL, "vector": [[1.0], *NEARBY[1:]]},
        {"model": MODEL, "vector": {"0": 1.0}},
        {"model": MODEL, "vector": None},
        {"model": None, "vector": NEARBY},
        {"model": ["x"], "vector": NEARBY},
        [1.0],
        "specter",
    ],
    ids=lambda wrong: repr(wrong)[:40],
)
def test_a_vector_that_is_none_is_left_out_and_said(wrong: Any) -> None:
    found = semantic_scholar.parse(json.dumps(paper(embedding=wrong)).encode())
    assert (found.embedding, found.title) == (None, "Paper a")
    assert found.drift
    assert all(path.startswith("embedding") for path in found.drift)


def test_a_vector_is_read_and_its_absence_is_no_drift() -> None:
    found = semantic_scholar.parse(json.dumps(paper(embedding={"model": f" {MODEL}\n", "vector": NEARBY})).encode())
    assert found.embedding == Embedding(MODEL, tuple(NEARBY))
    for none in (paper(embedding=None), paper()):
        found = semantic_scholar.parse(json.dumps(none).encode())
        assert (found.embedding, found.drift) == (None, ())


# --- asking --------------------------------------------------------------------------------------------------------


def test_recommendations_are_asked_for_with_the_key_and_keep_their_order(
    network: responses.RequestsMock, source: SemanticScholar
) -> None:
    network.get(FOR_A, json={"recommendedPapers": [paper(C), paper(A), paper(B), paper(C), None]})
    page = source.fetch(next(source.asks(Recommended(A))))
    assert page.related == ((A, (C, B)),)  # never for itself, which the service does at times
    assert [item.record.source_id for item in page.items if item.record] == [C, A, B, C]
    [call] = network.calls
    assert call.request.headers["x-api-key"] == "sesame"
    assert {"limit": "100", "from": "recent"}.items() <= call.request.params.items()


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({"json": {"recommendedPapers": []}}, ((A, ()),)),
        ({"json": {"error": "Paper not found"}, "status": 404}, NotFound),
        ({"json": {}}, BadReply),
        ({"json": {"recommendedPapers": None}}, BadReply),
        ({"body": "<html>"}, BadReply),
    ],
)
def test_no_recommendation_is_an_answer_and_a_failure_is_none(
    network: responses.RequestsMock, source: SemanticScholar, reply: Any, outcome: Any
) -> None:
    network.get(FOR_A, **reply)
    if isinstance(outcome, tuple):
        assert source.fetch(Recommended(A)).related == outcome
    else:
        with pytest.raises(outcome):
            source.fetch(Recommended(A))


def test_vectors_are_asked_for_in_batches_by_themselves(
    network: responses.RequestsMock, source: SemanticScholar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.sources.semantic_scholar.fetch.EMBEDDED", 3)
    good = {"model": MODEL, "vector": NEARBY}
    successor = paper("d" * 40, embedding=good)
    network.post(BATCH, json=[paper(A, embedding=good), None, paper(C, embedding={"model": MODEL, "vector": [1]})])
    network.post(BATCH, json=[successor])
    asks = list(source.asks(Embeddings((A, B, C, "e" * 40))))
    assert asks == [Embeddings((A, B, C)), Embeddings(("e" * 40,))]
    pages = [source.fetch(ask) for ask in asks]
    assert [one for page in pages for one in page.embeddings] == [(A, Embedding(MODEL, tuple(NEARBY)))]
    assert [page.drift for page in pages] == [("embedding.vector",), ()]
    assert [page.absent + page.items for page in pages] == [(), ()]  # one without a vector may well be there
    assert network.calls[0].request.params == {"fields": "embedding.specter_v2"}


# --- keeping -------------------------------------------------------------------------------------------------------


def suggestions(store: Store) -> list[tuple[Any, ...]]:
    return rows(store, "SELECT r.source_id, g.first_seen, g.listed FROM suggestion g JOIN record r ON r.id = g.record")


def test_a_list_is_kept_when_it_changes_and_none_is_no_change(store: Store, hand: Hand) -> None:
    hand.live(DAY, stated("W1", "W5", "W6"), stated("W2"), record("W3"))
    hand.live(LATER, stated("W1", "W5", "W6", cited_by_count=7), record("W2", cited_by_count=9))
    first = [("W1", DAY, '["W5","W6"]'), ("W2", DAY, "[]")]
    assert suggestions(store) == first
    hand.live(LATEST, stated("W1", "W6", "W5"), stated("W2", "W1"))
    assert suggestions(store) == sorted([*first, ("W1", LATEST, '["W6","W5"]'), ("W2", LATEST, '["W1"]')])
    assert rows(store, "SELECT count(*) FROM record") == [(3,)]  # what is only named there needs no row


def test_an_old_file_takes_its_place_in_time(store: Store, hand: Hand) -> None:
    hand.file(LATEST, stated("W1", "W6", as_of=LATER))
    hand.file(LATEST, stated("W1", "W5", title="Older", as_of=DAY))
    assert suggestions(store) == [("W1", DAY, '["W5"]'), ("W1", LATER, '["W6"]')]
    hand.file(LATEST, stated("W1", "W6", title="Oldest", as_of="2026-01-01"))
    hand.file(LATEST, stated("W1", "W6", title="Between", as_of="2026-05-31"))
    assert [(day, listed) for _, day, listed in suggestions(store)] == [
        ("2026-01-01", '["W6"]'), (DAY, '["W5"]'), ("2026-05-31", '["W6"]')]  # fmt: skip


def test_what_was_kept_before_it_was_read_is_filled_in_by_a_reparse(store: Store, hand: Hand) -> None:
    told = msgspec.structs.replace(stated("W1", "W5", title="One"), embedding=Embedding(MODEL, vector(1.0)))
    hand.live(DAY, told)
    hand.live(LATER, told)
    with store.transaction():
        store.db.execute("DELETE FROM suggestion")
        store.db.execute("DELETE FROM embedding")
    hand.reparse(LATEST, told)
    assert suggestions(store) == [("W1", DAY, '["W5"]')]
    assert rows(store, "SELECT model, first_seen FROM embedding") == [(MODEL, DAY)]


def test_recommendations_and_vectors_are_kept_of_records_that_are_held(store: Store, hand: Hand) -> None:
    hand.live(DAY, record(A, "semantic_scholar"))
    for day, first in ((DAY, 1.0), (LATER, 1.0), (LATEST, -1.0)):
        told = Embedding(MODEL, vector(first, 0.5))
        with store.transaction():
            hand.saver.save_given("semantic_scholar", [(A, (B,)), (C, (A,))], [(A, told), (C, told)], day)
    assert suggestions(store) == [(A, DAY, json.dumps([B]))]
    kept = rows(store, "SELECT model, first_seen, hex(substr(vector, 1, 3)), length(vector) FROM embedding ORDER BY 2")
    assert kept == [(MODEL, DAY, "7F4000", 768), (MODEL, LATEST, "814000", 768)]


@settings(deadline=None, max_examples=30)
@for_all(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_a_vector_kept_in_bytes_points_where_it_did(seed: int, size: float) -> None:
    rng = Random(seed)
    told = [rng.gauss(0, size) for _ in range(768)]
    kept, length = quantised(told)
    values = memoryview(kept).cast("b")
    true = math.sqrt(math.fsum(value * value for value in told))
    assert math.fsum(a * b for a, b in zip(told, values, strict=True)) / (true * length) > 0.9995


# --- the signals ---------------------------------------------------------------------------------------------------


def numbers(store: Store) -> dict[str, int]:
    return dict(store.db.execute("SELECT source_id, work FROM record WHERE work IS NOT NULL").fetchall())


@pytest.fixture
def listed(store: Store, hand: Hand) -> Store:
    """W1 and its paper A (one work) list others, W2 too; W9 is not held. Vectors of W1, W3 (near), W4 (far)."""
    first = stated("W1", "W9", "W3", "W4", "W2", doi="10.5555/1")
    hand.live(DAY, first, stated("W2", "W4", doi="10.5555/2"))
    hand.live(DAY, record("W3", doi="10.5555/3"), record("W4", doi="10.5555/4"))
    hand.live(DAY, record(A, "semantic_scholar", doi="10.5555/1"), record(B, "semantic_scholar", doi="10.5555/b"))
    hand.live(DAY, record(C, "semantic_scholar", doi="10.5555/c"), stated("W5", doi="10.5555/b"))
    near = {A: vector(1.0, 0.1), B: vector(1.0, 0.2), C: vector(0.0, 1.0)}
    with store.transaction():
        told = [(one, Embedding(MODEL, where)) for one, where in near.items()]
        told += [(C, Embedding("specter@v0.1.1", vector(1.0)))]
        hand.saver.save_given("semantic_scholar", [(A, (B,))], told, DAY)
        hand.saver.save_given("semantic_scholar", [(A, (C, B))], [(B, Embedding(MODEL, vector(-1.0)))], LATER)
    return store


def test_what_sources_list_ranks_by_place_and_by_how_many_say_so(listed: Store) -> None:
    of = numbers(listed)
    found = suggested(Look(listed), {of["W1"]: 1.0})
    assert {one: hit.evidence for one, hit in found.items()} == {
        of["W2"]: ("openalex",), of["W3"]: ("openalex",), of["W4"]: ("openalex",),
        of[B]: ("semantic_scholar",), of[C]: ("semantic_scholar",),
    }  # fmt: skip
    assert found[of[C]].strength > found[of[B]].strength == found[of["W3"]].strength > found[of["W4"]].strength
    both = suggested(Look(listed), {of["W1"]: 1.0, of["W2"]: 0.5})
    assert both[of["W4"]].strength == pytest.approx(found[of["W4"]].strength + 0.5)
    with Store(listed.path, as_of=DAY) as then:
        assert set(suggested(Look(then), {of["W1"]: 1.0})) == set(found) - {of[C]}
    assert suggested(Look(listed), {of["W3"]: 1.0}) == {}


def test_vectors_rank_the_candidates_that_have_one(listed: Store) -> None:
    of = numbers(listed)
    seed, candidates = {of["W1"]: 1.0}, [of[B], of[C], of["W3"]]
    with Store(listed.path, as_of=DAY) as then:
        found = embeddings(Look(then), seed, candidates)
        several = embeddings(Look(then), {of["W1"]: 0.1, of[C]: 1.0}, candidates)
    assert found == {
        of[B]: Hit(pytest.approx(0.9952, abs=0.004), pytest.approx(0.9952, abs=0.004)),
        of[C]: Hit(pytest.approx(0.0995, abs=0.004), pytest.approx(0.0995, abs=0.004)),
    }  # W3 has none: absent, not zero
    assert set(several) == {of[B]}
    assert several[of[B]].strength < found[of[B]].strength
    assert embeddings(Look(listed), seed, candidates)[of[B]].strength < -0.99  # it was moved since
    assert embeddings(Look(listed), {of["W3"]: 1.0}, candidates) == {}


@settings(deadline=None, max_examples=50)
@for_all(st.data())
def test_many_products_at_once_are_what_each_is_by_itself(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 20))
    one = data.draw(st.lists(st.integers(-2047, 2047), min_size=size, max_size=size))
    vectors = data.draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=5))
    assert dots(one, vectors) == [sum(map(mul, one, array("b", each))) for each in vectors]
    most = [bytes([128]) * 4000, bytes([127]) * 4000]
    assert dots([2047] * 4000, most) == [-2047 * 128 * 4000, 2047 * 127 * 4000]
