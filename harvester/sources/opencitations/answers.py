"""Which of the rows that Meta and the Index sent answers which identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harvester import normal
from harvester.errors import ParseError
from harvester.records import Failed, Item, Page
from harvester.sources import asking
from harvester.sources.opencitations import naming
from harvester.sources.opencitations.record import Count, body_of, parse
from harvester.sources.tolerant import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harvester.records import Identifier


class _Named(msgspec.Struct):
    id: str | None = None
    doi: str | None = None


def answers(rows: Sequence[bytes], counts: Mapping[Identifier, bytes | None], failed: Mapping[Identifier, str]) -> Page:
    """Which row answers which identifier.

    One that Meta does not know is absent, unless the Index counts citations of it: a count of 0 for what nobody knows
    is no observation. Where a row was sent that answers nothing, an identifier without one is unknown, not absent.
    """
    borne = {row: _row_ids(row) for row in rows}
    stray = [row for row, ids in borne.items() if not counts.keys() & set(ids) and not failed.keys() & set(ids)]
    items = [Item(row, problem="not asked for") for row in stray]
    absent: list[Identifier] = []
    unknown = dict(failed)
    for one, count in counts.items():
        fitting = [row for row, ids in borne.items() if one in ids]
        if fitting:
            row = max(fitting, key=lambda row: (len(row), row))  # of two entries for one DOI the one that says more
            doi = next((each for each in sorted(borne[row]) if each.scheme == "doi"), None)
            own = one if one.scheme == "doi" or doi is None else doi
            items.append(_item(body_of(own, row, count), one))
        elif stray:
            unknown[one] = f"{len(stray)} of the rows in the reply could not be matched with what was asked"
        elif count is not None and normal.count(msgspec.json.decode(count, type=Count).count):
            items.append(_item(body_of(one, None, count), one))
        else:
            absent.append(one)
    return Page(
        items=tuple(items), absent=tuple(absent), failed=tuple(Failed(one, why) for one, why in unknown.items())
    )


def _item(body: bytes, asked: Identifier) -> Item:
    return msgspec.structs.replace(asking.item(body, parse), asked=asked)


def _row_ids(row: bytes) -> tuple[Identifier, ...]:
    try:
        named, _ = decode(row, _Named)
    except ParseError:
        return ()
    return naming.ids(" ".join(filter(None, (named.id, named.doi))))
