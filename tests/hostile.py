"""What every parser must survive: JSON of any shape under the names it knows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from harvester.errors import ParseError
from harvester.records import Record, Tap


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


def damaged(samples: Iterable[bytes], pieces: Iterable[bytes]) -> st.SearchStrategy[bytes]:
    """Files like these, with up to four places cut out or replaced by some of these pieces."""
    edit = st.tuples(st.integers(0, 5_000), st.integers(0, 40), st.lists(st.sampled_from(sorted(pieces)), max_size=3))
    return st.builds(_edited, st.sampled_from(sorted(samples)), st.lists(edit, max_size=4))


def _edited(sample: bytes, edits: list[tuple[int, int, list[bytes]]]) -> bytes:
    for place, cut, put in edits:
        at = place % (len(sample) + 1)
        sample = sample[:at] + b"".join(put) + sample[at + cut :]
    return sample


def survives(tap: Tap, parse: Callable[[bytes], Record], content: bytes) -> None:
    """Every raw entry of the file is a record, or a ParseError of one line."""
    for body in tap.read(io.BytesIO(content)):
        assert "\n" not in outcome(parse, body)
