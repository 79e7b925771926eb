"""The digest: what a person reads after an unattended harvest. It carries an item of the inbox once."""

from __future__ import annotations

import json

import msgspec

from harvester.store import Row, Store
from harvester.tracker.inbox import ALL, inbox

QUIET = ("absent",)  # problems of which a person need not be told every time


class Digest(msgspec.Struct, frozen=True):
    """What came after the digest before (`since`, a day; None: it is the first), up to and with the day `on`.

    items: rows of the inbox, as many as are shown, by the watch that brought them; waiting: how many more there are, for the
    next digest. counts: works and sources, what changed most first. run: the last harvest, None if there was none.
    """

    on: str
    since: str | None
    watch: int | None
    run: Row | None
    items: list[Row]
    waiting: int
    counts: list[Row]
    notices: list[Row]
    problems: list[Row]

    def carried(self) -> list[int]:
        """The numbers of all items in it."""
        return [number for row in self.items for number in row["items"]]


def digest(store: Store, *, on: str, watch: int | None = None, limit: int = 50) -> Digest:
    """The digest of a day, of one watch or of all; at most `limit` rows in each part."""
    last = store.row("digest_last", on=on, watch=watch) or {"on": None}
    window = {"since": last["on"], "on": on, "watch": watch, "limit": limit}
    items = sorted(
        inbox(store, as_of=on, state="new", watch=watch, uncarried=True, limit=ALL),
        key=lambda row: (brought_by(row, watch) or ALL, row["since"], row["item"]),
    )
    counts = store.rows("digest_counts", **window)
    for row in counts:
        row["why"] = json.loads(row["why"])
    return Digest(
        on=on,
        since=last["on"],
        watch=watch,
        run=store.row("digest_run", on=on),
        items=items[:limit],
        waiting=len(items[limit:]),
        counts=counts,
        notices=store.rows("digest_notices", **window),
        problems=[row for row in store.rows("problems", limit=limit) if row["kind"] not in QUIET],
    )


def brought_by(row: Row, watch: int | None) -> int | None:
    """The watch under which a digest shows an item: the one it is of, else the oldest that brought it, if one did."""
    return watch or next(iter(row["watches"]), None)
