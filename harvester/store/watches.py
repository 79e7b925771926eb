"""The watch list: standing orders, and the records each of them stands for."""

from __future__ import annotations

import sqlite3  # noqa: TID251
from collections.abc import Iterable, Sequence

import msgspec

from harvester.orders import Order
from harvester.store import days
from harvester.store.sql import json_list

_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode


class Watch(msgspec.Struct, frozen=True):
    """An order on the list, by its number; `listed`: it stands in the settings file and goes with it."""

    id: int
    order: Order
    added_on: str
    listed: bool = False

    @property
    def kind(self) -> str:
        """What kind of thing is watched."""
        return self.order.kind

    @property
    def value(self) -> str:
        """What is watched, in its one spelling."""
        return self.order.value

    def asks(self, source: str) -> bool:
        """Whether this source is to be asked about it."""
        return self.order.asks(source)


def _watch(row: sqlite3.Row) -> Watch:
    sources = _decode_names(row["sources"]) if row["sources"] else None
    depth = tuple(row["depth"].split(","))
    order = Order(row["kind"], row["value"], row["label"], sources, depth, row["since"], row["cap"])
    return Watch(row["id"], order, row["added_on"], bool(row["listed"]))


class Watches:
    """The watch, watch_record and watch_entry tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, order: Order, on: str, *, listed: bool = False) -> tuple[Watch, bool]:
        """Put an order on the list; returns it and whether it is new. One that is there takes what is said anew."""
        days.begin(self._db, on)
        held = self.find(order.kind, order.value)
        options = (
            json_list(order.sources) if order.sources else None,
            ",".join(order.depth),
            order.since,
            order.cap,
            listed or (held is not None and held.listed),
        )
        if held is None:
            self._db.execute(
                "INSERT INTO watch (kind, value, label, added_on, sources, depth, since, cap, listed) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (order.kind, order.value, order.label, on, *options),
            )
        else:
            self._db.execute(
                "UPDATE watch SET label = ?, sources = ?, depth = ?, since = ?, cap = ?, listed = ? WHERE id = ?",
                (order.label if listed else order.label or held.order.label, *options, held.id),
            )
        found = self.find(order.kind, order.value)
        assert found is not None  # noqa: S101 - it was written a moment ago
        return found, held is None

    def find(self, kind: str, value: str) -> Watch | None:
        """The watch of this very thing, if there is one."""
        row = self._db.execute("SELECT * FROM watch WHERE kind = ? AND value = ?", (kind, value)).fetchone()
        return _watch(row) if row else None

    def numbered(self, number: int) -> Watch | None:
        """The watch of this number, if it is on the list: it may be removed at any time."""
        row = self._db.execute("SELECT * FROM watch WHERE id = ?", (number,)).fetchone()
        return _watch(row) if row else None

    def all(self) -> list[Watch]:
        """Every watch, oldest first."""
        return [_watch(row) for row in self._db.execute("SELECT * FROM watch ORDER BY id")]

    def remove(self, watch: int, on: str) -> bool:
        """Remove a watch; what it has harvested stays. Returns whether there was one."""
        days.begin(self._db, on)
        return self._db.execute("DELETE FROM watch WHERE id = ?", (watch,)).rowcount > 0

    def follow(self, orders: Sequence[Order], on: str) -> tuple[int, int]:
        """Make the list agree with a settings file: (added, removed). What was never in the file is left alone."""
        wanted = {(order.kind, order.value) for order in orders}
        gone = [watch for watch in self.all() if watch.listed and (watch.kind, watch.value) not in wanted]
        for watch in gone:
            self.remove(watch.id, on)
        added = sum([self.add(order, on, listed=True)[1] for order in orders])
        return added, len(gone)

    def agrees(self, orders: Sequence[Order]) -> bool:
        """Whether the list is what a settings file says, so that nothing need be written."""
        return {watch.order for watch in self.all() if watch.listed} == set(orders)

    # --- what they stand for ---

    def caught(self, watch: int, source: str, source_ids: Iterable[str]) -> None:
        """These records belong to what the watch stands for."""
        self._db.execute(
            "INSERT OR IGNORE INTO watch_record SELECT ?, r.id FROM json_each(?) j "
            "JOIN record r ON r.source = ? AND r.source_id = j.value",
            (watch, json_list(source_ids), source),
        )

    def stands_for(self, watch: int, works: Iterable[int]) -> None:
        """A watch stands for every record of these works."""
        self._db.execute(
            "INSERT OR IGNORE INTO watch_record SELECT ?, r.id FROM json_each(?) j JOIN record r ON r.work = j.value",
            (watch, json_list(works)),
        )

    def spread(self, watch: int) -> None:
        """A watched file stands for every record of the works its entries are of."""
        self._db.execute(
            "INSERT OR IGNORE INTO watch_record SELECT e.watch, m.id FROM watch_entry e JOIN record r ON r.id = e.record "
            "JOIN record m ON m.work = r.work WHERE e.watch = ? AND e.removed_on IS NULL",
            (watch,),
        )

    def lists(self, watch: int, source: str, source_ids: Sequence[str], on: str) -> tuple[int, int]:
        """A watched file holds exactly these records now; what stands there no longer is not watched any more.

        Returns how many entries are new and how many are gone.
        """
        days.begin(self._db, on)
        ids = json_list(source_ids)
        gone = self._db.execute(
            "UPDATE watch_entry SET removed_on = ? WHERE watch = ? AND removed_on IS NULL AND record NOT IN "
            "(SELECT r.id FROM json_each(?) j JOIN record r ON r.source = ? AND r.source_id = j.value)",
            (on, watch, ids, source),
        ).rowcount
        new = self._db.execute(
            "INSERT INTO watch_entry (watch, record, added_on) SELECT DISTINCT ?1, r.id, ?2 FROM json_each(?3) j "
            "JOIN record r ON r.source = ?4 AND r.source_id = j.value WHERE NOT EXISTS "
            "(SELECT 1 FROM watch_entry e WHERE e.watch = ?1 AND e.record = r.id AND e.removed_on IS NULL) "
            "ON CONFLICT DO UPDATE SET removed_on = NULL",  # out and in again on one day
            (watch, on, ids, source),
        ).rowcount
        self._db.execute(
            "DELETE FROM watch_record WHERE watch = ?1 AND record NOT IN (SELECT m.id FROM watch_entry e "
            "JOIN record r ON r.id = e.record JOIN record m ON m.id = r.id OR m.work = r.work "
            "WHERE e.watch = ?1 AND e.removed_on IS NULL)",
            (watch,),
        )
        return new, gone
