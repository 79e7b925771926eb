"""The command that draws: map."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harvester.cli.state import AsOf, State, day_or_today, work_number
from harvester.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harvester.related.neighbourhood import Neighbourhood

LARGEST = 500  # works beyond which no page is readable


def register(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("map")(map_)


def map_(
    context: typer.Context,
    work: Annotated[
        list[str],
        typer.Argument(metavar="WORK...", help="DOIs, W123, Semantic Scholar ids, pmid:1, arxiv:..., or our numbers."),
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="The page; - for stdout.  [default: map-NUMBER.html]"),
    ] = None,
    nodes: Annotated[int, typer.Option("--nodes", min=1, max=LARGEST, help="At most so many works.")] = 80,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_of: AsOf = None,
) -> None:
    """The literature around works as an interactive page.

    A graph of the works most related to them: colour by year, size by citations, edges by kind; a click opens the DOI. One
    file that needs no network and asks nobody.
    """
    from harvester.related.neighbourhood import neighbourhood

    state: State = context.obj
    with state.store(as_of=as_of) as store:
        seeds = list(dict.fromkeys(work_number(store, name) for name in work))
        if len(seeds) > nodes:
            raise UsageError(
                f"{len(seeds)} works are asked about; let there be room for them with --nodes {len(seeds)} or more"
            )
        target = _target(out, seeds, force)
        found = neighbourhood(store, seeds, nodes=nodes)
    drawn = _drawn(found, day_or_today(as_of, "--as-of"))
    _write(drawn, target, force)
    told = f"{len(found.nodes)} works, {len(found.edges)} edges"
    state.say(f"{target}: {told}" if target else told)
    if len(found.nodes) == len(seeds):
        state.say("nothing held is related to it")


def _drawn(found: Neighbourhood, as_of: str) -> dict[str, Any]:
    """What the page shows (report/page.py), every node with its place on it."""
    from harvester.related.layout import WIDE, layout
    from harvester.related.neighbourhood import pulls
    from harvester.report.page import highest, size

    place = {node.work: n for n, node in enumerate(found.nodes)}
    most = max((count for node in found.nodes if (count := highest(node.counts))), default=0)
    spots = layout(
        [1.0 if not node.place else size(highest(node.counts), most) ** 0.5 for node in found.nodes], pulls(found)
    )
    return {
        "as_of": as_of,
        "wide": WIDE,
        "there": found.there,
        "nodes": [
            {**node.row, "place": node.place, "counts": node.counts, "reasons": node.reasons, "x": x, "y": y}
            for node, (x, y) in zip(found.nodes, spots, strict=True)
        ],
        "edges": [
            {"kind": e.kind, "a": place[e.a], "b": place[e.b], "common": e.common, "drawn": e.drawn}
            for e in found.edges
        ],
    }


# --- the file ---


def _target(out: str | None, seeds: Sequence[int], force: bool) -> Path | None:
    """Where the page goes; None: stdout. Raises UsageError where it should not be written."""
    if out == "-":
        if sys.stdout.isatty():
            raise UsageError("--out - writes a page of HTML, which is not for a terminal; put it into a file or a pipe")
        return None
    more = f"-and-{len(seeds) - 1}-more" if len(seeds) > 1 else ""
    path = Path(out or f"map-{seeds[0]}{more}.html")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it first, or name another with --out")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file with --out")
    if path.exists() and not force:
        raise _there(path)
    return path


def _there(path: Path) -> UsageError:
    return UsageError(f"{path} is there already; replace it with --force, or name another file with --out")


def _write(drawn: dict[str, Any], target: Path | None, force: bool) -> None:
    """The page, whole or not at all. Raises UsageError where the file cannot be written."""
    from harvester.report.page import write_page

    if target is None:
        write_page(drawn, sys.stdout)
        return
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            beside = Path(folder) / target.name
            with beside.open("w", encoding="utf-8", newline="\n") as file:
                write_page(drawn, file)
            if force:
                beside.replace(target)
            else:
                os.link(beside, target)  # unlike a renaming, never over what came there meanwhile
    except FileExistsError:
        raise _there(target) from None
    except OSError as fault:
        raise UsageError(f"{target} cannot be written ({fault.strerror}); name another file with --out") from None
