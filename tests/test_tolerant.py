"""Decoding what has changed its type: the rest of a record is kept, and what was left out is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.errors import ParseError
from harvester.records import Identifier
from harvester.sources import crossref, datacite, opencitations
from harvester.sources.datacite import wire
from harvester.sources.tolerant import decode


class Inner(msgspec.Struct):
    id: str | None = None
    score: float | None = None


class Needy(msgspec.Struct):
    name: str


class Outer(msgspec.Struct):
    title: str | None = None
    inner: Inner | None = None
    items: list[Inner] = []
    index: dict[str, list[int]] = {}
    needy: Needy | None = None
    places: dict[int, str] = {}


def told(value: object) -> tuple[Outer, tuple[str, ...]]:
    return decode(json.dumps(value).encode(), Outer)


def test_what_fits_is_decoded_and_nothing_told() -> None:
    assert told({"title": "A", "unknown": [[{}]], "items": [{"id": "x"}]}) == (Outer("A", items=[Inner("x")]), ())


@pytest.mark.parametrize(
    ("value", "kept", "drift"),
    [
        ({"title": 3, "inner": {"id": "x"}}, Outer(inner=Inner("x")), ("title",)),
        ({"inner": {"id": ["x"], "score": 1}}, Outer(inner=Inner(score=1.0)), ("inner.id",)),
        ({"inner": "x", "title": "A"}, Outer("A"), ("inner",)),
        ({"items": [{"id": "a"}, 5, {"id": "b"}, 6]}, Outer(items=[Inner("a"), Inner("b")]), ("items[]",)),
        ({"items": [{"id": 1}, {"id": "b"}, {"id": 2}]}, Outer(items=[Inner(), Inner("b"), Inner()]), ("items[].id",)),
        ({"index": {"a": [1], "b": 2, "c": 3}}, Outer(index={"a": [1]}), ("index[]",)),
        ({"index": {"a": [1, 2.5], "b": [None, 2]}}, Outer(index={"a": [1], "b": [2]}), ("index[][]", "index[][]")),
        ({"needy": {}, "title": "A"}, Outer("A"), ("needy",)),
        ({"places": {"one": "x"}, "title": "A"}, Outer("A"), ("places",)),
    ],
)
def test_what_does_not_fit_is_left_out_and_told(value: object, kept: Outer, drift: tuple[str, ...]) -> None:
    found, paths = told(value)
    assert (found, paths) == (kept, tuple(dict.fromkeys(drift)))


def test_a_field_wrong_in_a_thousand_places_is_one_fault() -> None:
    found, paths = told({"items": [{"id": n, "score": 0.5} for n in range(1_000)]})
    assert (len(found.items), paths) == (1_000, ("items[].id",))


def test_too_many_different_faults_are_no_record() -> None:
    many = msgspec.defstruct("many", [(f"field{n}", str | None, None) for n in range(30)])
    with pytest.raises(ParseError, match="more than 20 places"):
        decode(json.dumps({f"field{n}": n for n in range(30)}).encode(), many)
    assert len(decode(json.dumps({f"field{n}": n for n in range(19)}).encode(), many)[1]) == 19


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"title": "A"', "not JSON"),
        (b'{"title": "\xff"}', "UTF-8"),
        (b'{"x": ' + b"[" * 100_000, "deep"),
        (b'{"title": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b"[]", "form"),
        (b"null", "form"),
        (b'{"title": 1, "x": 1e999}', "not JSON"),
    ],
)
def test_what_cannot_be_mended_is_a_parse_error_of_one_line(body: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why) as caught:
        decode(body, Outer)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 200


# --- names ---


class Book(msgspec.Struct, rename="camel"):
    PROMISED: ClassVar[tuple[str, ...]] = ("bookId", "title", "firstPages")
    UNREAD: ClassVar[tuple[str, ...]] = ("score", "@version")

    book_id: int | None = None
    title: str | msgspec.UnsetType | None = msgspec.UNSET
    first_pages: list[int] | None = None
    tags: list[str] | None = None


WHOLE: dict[str, Any] = {"bookId": 1, "title": "A", "firstPages": [1]}


def names_told(value: object) -> tuple[str, ...]:
    return decode(json.dumps(value).encode(), Book)[1]


def test_what_is_known_and_what_is_null_is_no_drift() -> None:
    assert names_told(WHOLE) == ()
    assert names_told(WHOLE | {"score": {"deep": [1]}, "@version": None, "tags": None}) == ()
    assert names_told(WHOLE | {"title": None, "bookId": None}) == ()


def test_an_unknown_name_is_told_with_every_record_that_has_it_and_the_record_is_read() -> None:
    for _ in range(2):  # before it was met and after
        found, drift = decode(json.dumps(WHOLE | {"new": [{}], "newer": 1}).encode(), Book)
        assert (found.book_id, found.title, found.first_pages) == (1, "A", [1])
        assert drift == ("+new", "+newer")
        assert names_told(WHOLE) == ()
        assert names_told({"score": 1} | WHOLE | {"bookId": "x"}) == ("bookId",)
    assert names_told(WHOLE | {"title": 3, "new": 1}) == ("title", "+new")


def test_a_missing_name_is_told_unless_the_record_was_cut_down() -> None:
    assert names_told({"bookId": 1, "title": "A"}) == ("-firstPages",)
    assert names_told({"bookId": 1, "firstPages": [1], "tags": []}) == ("-title",)
    assert names_told({"bookId": 1}) == ()
    assert names_told({}) == ()
    assert names_told({"bookId": 1, "title": 7}) == ("title", "-firstPages")


def test_a_hostile_record_tells_few_names_and_short_ones() -> None:
    told_ = names_told(WHOLE | {f"{n}" * 500: n for n in range(10, 99)})
    assert len(told_) == 20
    assert max(map(len, told_)) <= 81
    assert decode(b'{"bookId": 1, "\xff": 2}', Book) == (Book(1), ()), "no name that anybody could read"


def test_a_shape_that_states_no_names_tells_none() -> None:
    assert told({"new": 1}) == (Outer(), ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd") | st.just("id"), inner),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(Outer.__struct_fields__), JSON))
@example(dict.fromkeys(Outer.__struct_fields__, -(2**63) - 1))
@example(dict.fromkeys(Outer.__struct_fields__, 2**64))
def test_any_value_in_any_field_leaves_a_record(value: dict[str, Any]) -> None:
    found, paths = told(value)
    assert isinstance(found, Outer)
    if isinstance(value.get("title"), str | None):
        assert found.title == value.get("title")
        assert "title" not in paths


def test_names_that_are_new_or_gone_are_told_by_every_service() -> None:
    """Crossref tells them of the work, DataCite of what was registered, OpenCitations of Meta's row."""
    work = json.loads((Path(__file__).parent / "data" / "crossref_work.json").read_bytes())
    assert not [one for one in crossref.parse(json.dumps(work).encode()).drift if one[0] in "+-"]
    del work["publisher"]
    assert crossref.parse(json.dumps(work | {"novelty": 1}).encode()).drift == ("+novelty", "-publisher")
    attributes = dict.fromkeys(wire.Attributes.PROMISED) | {"doi": "10.5281/zenodo.1"}
    registered = {"id": "10.5281/zenodo.1", "attributes": attributes}
    assert datacite.parse(json.dumps(registered).encode()).drift == ()
    del attributes["titles"]
    attributes["novelty"] = 1
    assert datacite.parse(json.dumps(registered).encode()).drift == ("+attributes.novelty", "-attributes.titles")
    row = dict.fromkeys(("title", "author", "pub_date", "venue", "volume", "issue", "page", "type", "publisher"), "")
    body = opencitations.record.body_of(
        Identifier("doi", "10.5555/a"), json.dumps(row | {"id": "doi:10.5555/a"}).encode(), None
    )
    assert opencitations.parse(body).drift == ()
    del row["venue"]
    changed = json.dumps(row | {"id": "doi:10.5555/a", "novelty": 1}).encode()
    body = opencitations.record.body_of(Identifier("doi", "10.5555/a"), changed, None)
    assert opencitations.parse(body).drift == ("+meta.novelty", "-meta.venue")
