"""RFC 4180: commas, a header, CRLF; nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import columns_of, plain, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What makes a spreadsheet compute, in half and full width (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """The header stands even where no row follows it; None is an empty cell."""
    keys = columns_of(rows, columns)
    if not keys:
        return
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(key) for key in keys])
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in keys])


def _cell(value: object) -> str:
    """A cell's text, led by ' where a spreadsheet would take it for a formula; a number stays a number."""
    cell = plain(text(value))
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
