"""What every parser must survive: JSON of any shape under the names it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from harvester.errors import ParseError
from harvester.records import Record


def outcome(parse: Callable[[bytes], Record], body: bytes) -> str:
    """The name of the record, or why there is none: anything but a ParseError fails the test."""
    try:
        return parse(body).source_id
    except ParseError as fault:
        return str(fault)


def values(names: Iterable[str]) -> st.SearchStrategy[Any]:
    """JSON values up to a few levels deep, whose objects use these names."""
    known = sorted(names)
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(known), inner, max_size=3),
        max_leaves=6,
    )
