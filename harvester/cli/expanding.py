"""`related --expand N`: what lies around some works is fetched first, and it is told what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from harvester.cli.seeds import is_file, seeds_meant
from harvester.cli.state import State, clock, complain, today
from harvester.errors import ComeBackLater, PartlyDone, SourceError, UsageError

if TYPE_CHECKING:
    from harvester.expanding import Expanded
    from harvester.records import Identifier
    from harvester.store import Store

Expand = Annotated[
    int | None,
    typer.Option(
        "--expand",
        metavar="N",
        min=1,
        max=100_000,
        help="First fetch what lies around, with at most N requests to all sources together, retries included: the works "
        "themselves, what is recommended for them, references, citing works, embeddings.",
    ),
]
LEFT = {
    "look-up": "works themselves", "recommended": "recommendations", "references": "references", "citing": "citing works",
    "embeddings": "embeddings", "more": "further pages of long lists",
}  # fmt: skip


def expanded(state: State, works: Sequence[str], watch: int | None, most: int, as_of: str | None) -> int:
    """Fetch what lies around these works with at most so many requests, and say what came of it; returns the exit code.

    Raises UsageError, Busy.
    """
    from harvester.expanding import expand
    from harvester.harvest import connected
    from harvester.http import Allowance

    if as_of:
        raise UsageError("--expand fetches what is known today; leave it out to look at an earlier day (--as-of)")
    settings, allowance = state.settings, Allowance(most)
    with state.writing() as store, state.progress("expand") as bar:
        held, unheld = _held(state, store, works, watch)
        state.say(
            f"asking {', '.join(settings.sources)} for the works themselves, recommendations, references, citing works and "
            f"embeddings: at most {_many(most, 'request')}"
        )
        with connected(settings, store, allowance=allowance) as clients:
            result = expand(
                store, clients, held, today(), clock, allowance,
                unheld=unheld, tracking=settings.tracking, progress=bar,
            )  # fmt: skip
    return _tell_expanded(state, result)


def _held(state: State, store: Store, works: Sequence[str], watch: int | None) -> tuple[list[int], list[Identifier]]:
    """The works that are held, and the names of those that are not: these can be fetched. Raises UsageError."""
    from harvester import normal
    from harvester.records import Identifier

    unheld = {}
    for name in works:
        pair = None if is_file(name) or name.strip().isdecimal() else normal.identifier(name)
        if pair and not store.works_meant(Identifier(*pair)):
            unheld[name] = Identifier(*pair)
    others = [name for name in works if name not in unheld]
    held = seeds_meant(state, store, others, watch) if others or watch is not None or not unheld else {}
    return sorted(held), list(unheld.values())


def _tell_expanded(state: State, result: Expanded) -> int:
    """What was sent, what it brought, what was left and what failed; the exit code."""
    saved = result.saved
    state.say(
        f"{_many(result.requests, 'request')} sent: {_many(saved.received, 'record')}, {_many(saved.new_works, 'new work')}, "
        f"{_many(result.new_edges, 'new citation')}"
    )
    if result.left:
        left = ", ".join(f"{LEFT[stage]} ({n})" for stage, n in result.left.items())
        state.say(f"left for want of requests: {left}; the same command again goes on from here")
    for fault in result.faults:
        complain(str(fault))
    later = next((fault for fault in result.faults if isinstance(fault, ComeBackLater)), None)
    if later:
        return later.exit_code
    if result.faults:
        return SourceError.exit_code if result.status == "failed" else PartlyDone.exit_code
    if result.short or result.quarantined:
        complain("not everything came; `harvester status` says what is missing")
        return PartlyDone.exit_code
    return 0


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
