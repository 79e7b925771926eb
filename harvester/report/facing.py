"""Two things side by side, field by field, with a mark where they differ; and what that weighs. Not a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import heading, line, shown
from harvester.report.paper import put, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELD = 10  # cells for a field's name
_WEIGHT = 6  # cells for a weight, or the word that stands for it
_GAP = 2
_MARKS = {True: "≠", False: "=", None: ""}


def write_facing(
    title: Sequence[str],
    heads: tuple[str, str],
    rows: Sequence[tuple[str, object, object, bool | None]],
    out: TextIO,
) -> None:
    """Write a title's lines, then rows of (field, left, right, whether they differ; None: nothing to compare).

    Nothing is cut: values wrap.
    """
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, _GAP, 0, 0), expand=True, pad_edge=False)
    grid.add_column(width=1)
    grid.add_column(width=_FIELD, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row("", "", *(Text(line(head)) for head in heads))
    for field, left, right, differs in rows:
        grid.add_row(_MARKS[differs], Text(heading(field)), Text(shown(left)), Text(shown(right)))
    for text in title:
        put(Text(line(text)), width_of(out), out)
    out.write("\n")
    put(grid, width_of(out), out)


def write_weights(rows: Sequence[tuple[str, str, str]], out: TextIO) -> None:
    """Write rows of (weight, what it is of, what was seen), the weights one under the other. Nothing is cut."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, _GAP, 0, 0), expand=True, pad_edge=False)
    grid.add_column(width=_WEIGHT, justify="right")
    grid.add_column(width=_FIELD, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for weight, name, said in rows:
        grid.add_row(Text(line(weight)), Text(heading(name)), Text(line(said)))
    put(grid, width_of(out), out)
