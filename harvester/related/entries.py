"""The works that a file's entries are: somebody's bibliography as a place to start from. Nothing is written."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harvester import sources
from harvester.errors import ParseError
from harvester.records import Record
from harvester.sources.files import read
from harvester.store import Store


class Entries(msgspec.Struct, frozen=True):
    """works: those held, each once, in the file's order; of `total` entries some are absent (not held) or unread (broken)."""

    works: tuple[int, ...]
    total: int
    absent: int
    unread: int


def entries(store: Store, path: Path) -> Entries:
    """The entries of a file of records, of whatever form an import reads. Raises UsageError where it cannot be read."""
    form = read(path)
    parse = sources.parser_of(form.source)
    works, total, absent, unread = dict[int, None](), 0, 0, 0
    for total, body in enumerate(form, start=1):  # noqa: B007 (the last number is what is wanted)
        try:
            work = _work(store, parse(body))
        except ParseError:
            unread += 1
            continue
        if work is None:
            absent += 1
        else:
            works[work] = None
    return Entries(tuple(works), total, absent, unread)


def _work(store: Store, record: Record) -> int | None:
    """The work that this very record is of, else the first that bears one of its identifiers; None where none is held."""
    row = store.row("work_of_record", source=record.source, source_id=record.source_id)
    if row is not None:
        return int(row["work"])
    named = (work for name in record.identifiers for work in store.works_meant(name))
    return next(named, None)
