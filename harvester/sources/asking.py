"""What services share that are asked for batches of identifiers: what one raw record of a reply is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harvester.errors import ParseError
from harvester.records import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from harvester.records import Record


def item(body: bytes, parse: Callable[[bytes], Record]) -> Item:
    """A raw record with what it means, or with the reason why it means nothing."""
    try:
        return Item(body, record=parse(body))
    except ParseError as fault:
        return Item(body, problem=str(fault))
