"""What `related --why` tells: one pair in full."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harvester.cli.state import Part, emit_parts
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.related.pair import Pair
    from harvester.store import Store

Why = Annotated[
    str | None,
    typer.Option("--why", metavar="WORK", help="Explain one pair in full: what each signal says, and all they share."),
]

_PARTS = {
    "signals": ("what the signals say", ("signal", "rank", "of", "strength", "weight", "adds", "evidence")),
    "citations": ("citations between the two", ("how", "title", "sources", "first_seen")),
    "references": ("references in common, the rarest first", ("title", "year", "cited_by_held")),
    "citing": ("cited together by, the newest first", ("title", "year", "venue")),
    "between": ("works between the two", ("how", "title", "year")),
    "authors": ("authors in common", ("name", "same")),
    "venues": ("venue in common", ("name",)),
    "subjects": ("subjects in common, the rarest first", ("scheme", "name", "works")),
    "words": ("words in common, what tells most first", ("word", "works", "adds")),
}


def emit_pair(
    form: str | None,
    store: Store,
    seeds: Mapping[int, float],
    other: int,
    *,
    limit: int,
    against: Collection[int] = (),
) -> bool:
    """What makes `other` related to `seeds` to stdout; whether any signal finds it. against: as `related` takes it.

    All signals, and of the other lists the first `limit`. Raises UsageError where it is one of them.
    """
    from harvester import report
    from harvester.related.pair import pair

    if other in seeds:
        raise UsageError(f"--why {other}: that is the work asked about; give one that is, or might be, related to it")
    found = pair(store, seeds, other, against=against)
    [brief] = store.rows("briefs", works=json.dumps([other]))
    form = form or report.default_form(sys.stdout)
    whole = brief | {name: getattr(found, name) for name in ("place", "of", "score", "cosine")}
    whole |= {f"{name}_in_all": len(getattr(found, name)) for name in _PARTS}
    emit_parts(
        form, whole, ("title", "year", "place", "of", "score"), list(_parts(found, limit, form in ("json", "jsonl")))
    )
    return found.place is not None


def _parts(found: Pair, limit: int, exact: bool) -> Iterator[Part]:
    """Each list with its title; exact: rows as they are, else for a person to read."""
    import msgspec

    for name, (title, columns) in _PARTS.items():
        rows = [msgspec.to_builtins(row) for row in getattr(found, name)]
        most = len(rows) if name == "signals" else limit
        cut = f", the first {most}" if len(rows) > most else ""
        yield Part(name, f"{title}: {len(rows)}{cut}", [row if exact else _told(row) for row in rows[:most]], columns)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a person: a work that is not held goes by its record, yes or no in words."""
    told = dict(row)
    if "name" in row and "title" in row:
        told["title"] = row["title"] or row["name"]
    if isinstance(row.get("evidence"), dict):
        told["evidence"] = [f"{name} {value}" for name, value in row["evidence"].items() if isinstance(value, int)]
    if "same" in row:
        told["same"] = "the same" if row["same"] else "of the same name"
    return told
