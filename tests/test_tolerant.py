"""Decoding what has changed its type: the rest of a record is kept, and what was left out is told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import ParseError
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd") | st.just("id"), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(Outer.__struct_fields__), JSON))
def test_any_value_in_any_field_leaves_a_record(value: dict[str, Any]) -> None:
    found, paths = told(value)
    assert isinstance(found, Outer)
    if isinstance(value.get("title"), str | None):
        assert found.title == value.get("title")
        assert "title" not in paths
