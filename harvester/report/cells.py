"""A row's values as text that nothing takes for a command."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

# What moves a cursor, turns the direction of a line or cannot be encoded: C0 (tab and line breaks aside), DEL, C1,
# embeddings, overrides and isolates (Unicode TR 9), lone surrogates. Joiners and direction marks belong to scripts.
_ACTIVE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SEPARATORS = re.compile("[\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def columns_of(rows: Iterable[Mapping[str, object]], columns: Sequence[str] | None) -> list[str]:
    """The columns to show: those asked for, else every key of the rows in the order they appear.

    >>> columns_of([{"a": 1}, {"b": 2, "a": 3}], None), columns_of([{"a": 1}], ["b"])
    (['a', 'b'], ['b'])
    """
    return list(dict.fromkeys(key for row in rows for key in row)) if columns is None else list(columns)


def is_number(value: object) -> bool:
    """Whether a value is a number: a bool is none, nor is NaN or an infinity.

    >>> is_number(-3), is_number(0.5), is_number(True), is_number("3"), is_number(float("nan"))
    (True, True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_numeric(rows: Iterable[Mapping[str, object]], column: str) -> bool:
    """Whether a column holds numbers and, besides, only None."""
    values = [value for row in rows if (value := row.get(column)) is not None]
    return bool(values) and all(is_number(value) for value in values)


def plain(text: str) -> str:
    r"""A text without anything active; tabs and line breaks stay.

    >>> plain("a\x1b[31mb\u202ec\n\td")
    'a�[31mb�c\n\td'
    """
    return _SEPARATORS.sub("\n", _ACTIVE.sub("\ufffd", text))


def line(text: str) -> str:
    r"""A text on one line, without anything active.

    >>> line(" a\r\n  b\tc ")
    'a b c'
    """
    return _SPACES.sub(" ", plain(text)).strip()


def heading(column: str) -> str:
    """A column's name for a person.

    >>> heading("citing_doi")
    'citing doi'
    """
    return line(column.replace("_", " "))


def text(value: object) -> str:
    """A value as exact text: nothing for None (and for what is no number), "; " between items, JSON for a dict.

    >>> [text(v) for v in (None, True, -3, 0.1, "x", ["a", 2, None], {"a": [1]}, float("nan"))]
    ['', 'true', '-3', '0.1', 'x', 'a; 2; ', '{"a": [1]}', '']
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value) if is_number(value) else ""
        case str():
            return value
        case list() | tuple():
            return "; ".join(text(item) for item in value)
        case dict():
            return encode(value)
    raise TypeError(f"a {type(value).__name__} cannot be reported")


def shown(value: object) -> str:
    """A value on one line for a person: a fraction with three digits that count.

    >>> shown(0.1 + 0.2), shown(1234.5678), shown(0.0000123), shown(2.0), shown(-7), shown([0.25, 1])
    ('0.3', '1234.568', '1.23e-05', '2', '-7', '0.25; 1')
    """
    if isinstance(value, list | tuple):
        return "; ".join(shown(item) for item in value)
    if not isinstance(value, float) or not is_number(value):
        return line(text(value))
    if (value and abs(value) < 0.001) or abs(value) >= 1e15:
        return f"{value:.3g}"
    return f"{value:.3f}".rstrip("0").rstrip(".")


def encode(value: object) -> str:
    r"""JSON on one line, readable in any script; what is active is escaped, NaN and infinities are null.

    >>> encode({"title": "Größe\u202e", "score": float("inf"), "by": ("a", None)})
    '{"title": "Größe\\u202e", "score": null, "by": ["a", null]}'
    """
    encoded = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    escaped = _ACTIVE.sub(lambda found: f"\\u{ord(found.group()):04x}", encoded)
    return _SEPARATORS.sub(lambda found: f"\\u{ord(found.group()):04x}", escaped)


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [_finite(item) for item in value]
        case dict():
            return {key: _finite(item) for key, item in value.items()}
    return value
