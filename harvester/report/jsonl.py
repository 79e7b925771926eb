"""JSON lines: one object a line (https://jsonlines.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import columns_of, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """Every row has the same keys; a value that is not known is null. No row: nothing."""
    keys = columns_of(rows, columns)
    for row in rows:
        out.write(encode({key: row.get(key) for key in keys}) + "\n")
