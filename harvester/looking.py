"""A first look at what an order stands for, before it is put on the list: one question to each source, nothing saved."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from harvester.errors import SourceError
from harvester.orders import Order
from harvester.records import Ask, Lookup, Record, Source


class Look(msgspec.Struct, frozen=True):
    """What one source says: how many works (None: it does not say), some of them; or why it could not be asked."""

    source: str
    total: int | None = None
    records: tuple[Record, ...] = ()
    fault: SourceError | None = None


def look(clients: Sequence[Source], order: Order) -> list[Look]:
    """Ask every source that has something to say about an order; a source that is down says so and the others go on."""
    looks = []
    for client in clients:
        ask = _question(client, order)
        if ask is not None:
            looks.append(_asked(client, ask))
    return looks


def _question(client: Source, order: Order) -> Ask | None:
    """What is to be asked of this source; None where it knows nothing of the kind, or is not meant."""
    if not order.asks(client.name):
        return None
    name = order.identifier
    if name is not None:
        return next(client.asks(Lookup((name,))), None) if client.can_look_up(name.scheme) else None
    return next(client.asks(order.listing), None) if order.listing else None


def _asked(client: Source, ask: Ask) -> Look:
    try:
        page = client.fetch(ask)
    except SourceError as fault:
        return Look(client.name, fault=fault)
    records = tuple(item.record for item in page.items if item.record and not item.problem)
    total = len(records) if isinstance(ask, Lookup) or page.next is None else page.total
    return Look(client.name, total if page.total is None else page.total, records)
