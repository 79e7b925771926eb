"""The inbox: citing works that are news, and what people make of each."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from harvester.errors import UsageError
from harvester.store import Row, Store
from harvester.store.deciding import Word

STATES = ("new", "seen", "kept", "dismissed")
ALL = 2**31


def inbox(
    store: Store, *, as_of: str, state: str | None = None, watch: int | None = None, work: int | None = None,
    items: Collection[int] | None = None, uncarried: bool = False, limit: int = ALL,
) -> list[Row]:  # fmt: skip
    """The items as known on a day, the latest first, a row each; None: whatever state, watch, work, numbers.

    `items` of a row are all the numbers that mean it: two citing works may turn out to be one. uncarried: only those that
    still stand and that no digest (of this watch, or of all) has carried.
    """
    numbers = None if items is None else json.dumps(list(items))
    rows = store.rows(
        "inbox", as_of=as_of, state=state, watch=watch, work=work, items=numbers, uncarried=uncarried, limit=limit
    )
    for row in rows:
        row["watches"] = [int(number) for number in (row["watches"] or "").split(",") if number]
        row["items"] = sorted(json.loads(row["items"]))
    return rows


def item(store: Store, number: int, as_of: str) -> Row:
    """One item with what became of it: {..., history: [{on, at, state, who, note}]}. Raises UsageError if there is none."""
    [row] = _named(store, [number], as_of)
    return row | {"history": store.rows("inbox_history", items=json.dumps(row["items"]), as_of=as_of)}


def mark(
    store: Store, state: str, word: Word, items: Sequence[int], *, watch: int | None = None, work: int | None = None
) -> tuple[int, int]:
    """Somebody says that these items are in this state; without numbers, all that are new (or, to be new again, that are not).

    Returns how many have changed, and how many were so already. Raises UsageError, changing nothing, where there is no such
    item.
    """
    with store.transaction():
        rows = (
            _named(store, items, word.on)
            if items
            else inbox(store, as_of=word.on, state=None if state == "new" else "new", watch=watch, work=work)
        )
        changed = [row for row in rows if row["state"] != state]
        store.inbox.change([number for row in changed for number in row["items"]], state, word)
    return len(changed), len(rows) - len(changed) if items else 0


def _named(store: Store, items: Sequence[int], as_of: str) -> list[Row]:
    rows = inbox(store, as_of=as_of, items=items)
    meant = {number for row in rows for number in row["items"]}
    if missing := [number for number in items if number not in meant]:
        raise UsageError(
            f"there is no item {', '.join(map(str, missing))} in the inbox; `harvester inbox --state all` lists them"
        )
    return rows
