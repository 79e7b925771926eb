"""Small helpers for SQL text and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

_encode = msgspec.json.Encoder().encode


def json_list(values: Iterable[object]) -> str:
    """Values as one JSON parameter for json_each: one statement for any number of values, none of them in the SQL."""
    return _encode(list(values)).decode()


def json_object(values: Mapping[int, int]) -> str:
    """Numbers by number as one JSON parameter for json_each, whose keys are texts."""
    return _encode(values).decode()


def insert(table: str, columns: int, *, or_ignore: bool = False) -> str:
    """An INSERT of whole rows."""
    return f"INSERT {'OR IGNORE ' if or_ignore else ''}INTO {table} VALUES ({', '.join('?' * columns)})"


def key_text(raw: str) -> str:
    """A source's own id as it may be looked up: SQLite's JSON ends a text at a NUL, so that it would never be found."""
    return raw.replace("\0", "")
