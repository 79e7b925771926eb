"""A GitHub table (https://github.github.com/gfm/#tables-extension-)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import columns_of, heading, is_numeric, line, plain, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARKS = re.compile(r"([\\`*_\[\]~|$])")  # what opens code, emphasis, a link, an image, a formula or the next cell
_BREAK = re.compile(r"\s*[\r\n]\s*")


def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """Numbers to the right, line breaks as <br>. No row: nothing."""
    keys = columns_of(rows, columns)
    if not rows or not keys:
        return
    _row([escaped(heading(key)) for key in keys], out)
    _row(["---:" if is_numeric(rows, key) else "---" for key in keys], out)
    for row in rows:
        _row([_cell(row.get(key)) for key in keys], out)


def _row(cells: Sequence[str], out: TextIO) -> None:
    out.write(f"| {' | '.join(cells)} |\n")


def _cell(value: object) -> str:
    if not isinstance(value, str):
        return escaped(shown(value))
    return "<br>".join(escaped(line(part)) for part in _BREAK.split(plain(value).strip()))


def escaped(text: str) -> str:
    """A text that opens no markup."""
    return _MARKS.sub(r"\\\1", html.escape(text, quote=False))
