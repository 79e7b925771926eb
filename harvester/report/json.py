"""One JSON array, a row a line; lists and dicts stay what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from harvester.report.cells import columns_of, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def write(rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None, out: TextIO) -> None:
    """Every row has the same keys; a value that is not known is null."""
    keys = columns_of(rows, columns)
    body = ",\n".join(encode({key: row.get(key) for key in keys}) for row in rows)
    out.write(f"[\n{body}\n]\n" if rows else "[]\n")
