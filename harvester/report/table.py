"""A table for a person. Where the columns are too many for the paper, each row becomes a block of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TextIO

from harvester.report.cells import columns_of, heading, is_numeric, shown
from harvester.report.paper import put, width_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.text import Text

_GAP = 2  # cells between two columns
# What a column keeps, from roomy to tight: (a lone word, like a DOI or a source's name; prose, like a title; whether a heading
# over numbers stays on one line).
_LEAST = ((26, 24, True), (16, 12, True), (16, 12, False), (12, 12, False))
_LINES = 6  # so many lines of a text, then an ellipsis; every other form has the whole


class _Column(NamedTuple):
    heading: Text
    cells: list[Text]
    numeric: bool
    natural: int  # cells its longest text takes
    word: int  # cells its longest text of a single word takes; of a number's heading each word counts

    def least(self, word: int, prose: int, whole: bool) -> int:
        """What it cannot do without: a number is never cut (its heading may be), a lone word not up to `word` cells."""
        if self.numeric:
            return self.natural if whole else self.word
        return max(min(self.word, word), min(self.natural, prose))


def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """As wide as the terminal, 80 cells elsewhere; numbers to the right. No row: nothing."""
    drawn = [_column(rows, key) for key in columns_of(rows, columns)]
    if not rows or not drawn:
        return
    width = width_of(out)
    widths = _widths(drawn, width - _GAP * (len(drawn) - 1))
    if widths:
        _table(drawn, widths, width, out)
    else:
        _blocks(drawn, width, out)


def _column(rows: Sequence[Mapping[str, object]], key: str) -> _Column:
    from rich.cells import cell_len
    from rich.text import Text  # a Text: neither [markup] nor :emoji: is read in it

    numeric, head = is_numeric(rows, key), heading(key)
    cells = [shown(row.get(key)) for row in rows]
    texts = [head, *cells]
    words = (text for text in (*(head.split() if numeric else (head,)), *cells) if " " not in text)
    natural, word = max(map(cell_len, texts)), max(map(cell_len, words), default=0)
    return _Column(Text(head), list(map(Text, cells)), numeric, max(natural, 1), max(word, 1))


def _widths(columns: Sequence[_Column], space: int) -> list[int] | None:
    """How to share `space`: to each its least, the rest cell by cell to whoever needs most lines. None: too narrow."""
    for least in _LEAST:
        widths = [column.least(*least) for column in columns]
        if sum(widths) <= space:
            break
    else:
        return None
    needs = [width if column.numeric else column.natural for column, width in zip(columns, widths, strict=True)]
    for _ in range(min(space, sum(needs)) - sum(widths)):
        neediest = max(range(len(columns)), key=lambda i: needs[i] / widths[i])
        widths[neediest] += 1
    return widths


def _table(columns: Sequence[_Column], widths: Sequence[int], width: int, out: TextIO) -> None:
    from rich.box import Box
    from rich.table import Table

    under_the_heading = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
    table = Table(box=under_the_heading, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column, cells in zip(columns, widths, strict=True):
        table.add_column(column.heading, justify="right" if column.numeric else "left", width=cells, overflow="fold")
    for row in zip(*(column.cells for column in columns), strict=True):
        for cell, cells in zip(row, widths, strict=True):
            cell.truncate(cells * _LINES, overflow="ellipsis")
        table.add_row(*row)
    put(table, width, out)


def _blocks(columns: Sequence[_Column], width: int, out: TextIO) -> None:
    from rich.table import Table

    names = min(max(column.heading.cell_len for column in columns), width // 3)
    for number in range(len(columns[0].cells)):
        block = Table.grid(padding=(0, _GAP, 0, 0))
        block.add_column(width=names, overflow="fold")
        block.add_column(overflow="fold")
        for column in columns:
            cell = column.cells[number]
            cell.truncate((width - names - _GAP) * _LINES, overflow="ellipsis")
            block.add_row(column.heading, cell)
        if number:
            out.write("\n")
        put(block, width, out)
