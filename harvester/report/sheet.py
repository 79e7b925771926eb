"""One thing in full: its fields in sections, each with its value and where that comes from. Not a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import heading, line, plain
from harvester.report.paper import put, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELD = 20  # at most so many cells for a field's name, and for an origin
_ORIGIN = 18
_GAP = 2


def write_sheet(sections: Sequence[tuple[str, Sequence[tuple[str, str, str]]]], out: TextIO) -> None:
    """Write sections of (field, value, origin); a section without fields is left out. Nothing is cut: values wrap."""
    from rich.cells import cell_len

    told = [(line(title), rows) for title, rows in sections if rows]
    fields = [heading(field) for _, rows in told for field, _, _ in rows]
    origins = [line(origin) for _, rows in told for _, _, origin in rows]
    field_width = min(max(map(cell_len, fields), default=0), _FIELD)
    origin_width = min(max(map(cell_len, origins), default=0), _ORIGIN)
    for number, (title, rows) in enumerate(told):
        if number:
            out.write("\n")
        out.write(f"{title}\n" if title else "")
        _section(rows, field_width, origin_width, out)


def _section(rows: Sequence[tuple[str, str, str]], field_width: int, origin_width: int, out: TextIO) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, _GAP, 0, 0), expand=True, pad_edge=False)
    grid.add_column(width=field_width, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    if origin_width:
        grid.add_column(width=origin_width, overflow="fold")
    for field, value, origin in rows:
        cells = [Text(heading(field)), Text(plain(value).expandtabs(4).strip())]
        grid.add_row(*cells, *([Text(line(origin))] if origin_width else []))
    put(Padding(grid, (0, 0, 0, 2)), width_of(out), out)
