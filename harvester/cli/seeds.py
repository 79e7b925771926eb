"""What a person asks about: works, files of works, a watch; as seeds of a search for what is related."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harvester import normal
from harvester.cli.state import LARGEST, State, watch_numbered, work_number
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.store import Store

_ENDINGS = (".bib", ".ris", ".json", ".jsonl", ".gz", ".txt", ".nbib")

SeedNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="WORK", help="Works (any identifier), or files of them: .bib, .ris, CSL-JSON.",
                   show_default=False),
]  # fmt: skip
SeedWatch = Annotated[int | None, typer.Option("--watch", min=1, max=LARGEST, help="All works of this watch.")]


def seeds_meant(state: State, store: Store, names: Iterable[str], watch: int | None = None) -> dict[int, float]:
    """The works a person asks about, each once: number -> 1. Raises UsageError where there is none."""
    seeds = {work: 1.0 for name in names for work in _named(state, store, name)}
    if watch is not None:
        followed = store.rows("works_followed", watch=watch_numbered(store, watch).id, all=False)
        if not followed:
            raise UsageError(f"watch {watch} stands for no work yet; fetch what it watches with: harvester harvest")
        seeds.update((row["work"], 1.0) for row in followed)
    if not seeds:
        raise UsageError("name a work, a file of works (library.bib), or a watch (--watch N)")
    return seeds


def _named(state: State, store: Store, name: str) -> Iterator[int]:
    if _is_file(name):
        yield from _listed(state, store, Path(name))
    else:
        yield work_number(store, name)


def _is_file(name: str) -> bool:
    """Whether a file is meant: one is there, or the name ends as that of a file does and is no identifier."""
    path = Path(name)
    if name.startswith("10.") or not path.suffix:
        return False
    try:
        there = path.is_file()
    except OSError:  # too long for a name of a file
        return False
    return there or (path.suffix.lower() in _ENDINGS and normal.identifier(name) is None)


def _listed(state: State, store: Store, path: Path) -> tuple[int, ...]:
    """The works held that a file lists; what it has besides is said. Raises UsageError where there is none."""
    from harvester.related.entries import entries

    found = entries(store, path)
    lacking = [f"{found.absent} not held"] * bool(found.absent) + [f"{found.unread} not readable"] * bool(found.unread)
    told = f"{path}: of {found.total} {'entry' if found.total == 1 else 'entries'} {', '.join(lacking)}"
    advice = f"; to have what is not held: harvester watch add {path}, then harvester harvest" if found.absent else ""
    if not found.works:
        raise UsageError(f"{told if lacking else f'{path}: no entries'}{advice}")
    if lacking:
        state.say(told + advice)
    return found.works
