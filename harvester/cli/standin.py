"""Commands that need no service: sandbox and demo."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from harvester.cli.state import State, day
from harvester.errors import UsageError


def register(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command()(sandbox)
    app.command()(demo)


def sandbox(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free port.")] = 8765,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another literature.")] = 1,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day its clock shows.")] = "2026-08-31",
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="Such as openalex:503@2-4; may be repeated.")
    ] = None,
    happening: Annotated[
        list[str] | None,
        typer.Option("--happening", help="Such as '2026-10-05 openalex late-batch 10'; may be repeated."),
    ] = None,
) -> None:
    """Serve simulated services on 127.0.0.1.

    A stand-in for OpenAlex, Semantic Scholar, Crossref, OpenCitations and DataCite, with a clock, and on request with faults
    and with what happens to literature: outages, merges, works indexed late, retractions.
    """
    from datetime import date

    from harvester.sandbox import Sandbox

    state: State = context.obj
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` ends it as Ctrl-C does
    try:
        seen_on = date.fromisoformat(day(on, "--on") or "")
        stand_in = Sandbox(seed=seed, on=seen_on, faults=fault or (), happenings=happening or (), port=port)
    except ValueError as error:  # it names the rule
        raise UsageError(f"{error}; see --help for --fault and --happening") from error
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}; another one, or 0 for any that is free") from error
    with stand_in as served, suppress(KeyboardInterrupt):
        state.say(f"simulated literature, seed {seed}, on {on}, at {served.url} (Ctrl-C ends it); to harvest from it:")
        typer.echo(f"export HARVESTER_OPENALEX_URL={served.openalex_url}")
        typer.echo(f"export HARVESTER_SEMANTIC_SCHOLAR_URL={served.semantic_scholar_url}")
        typer.echo(f"export HARVESTER_CROSSREF_URL={served.crossref_url}")
        typer.echo(f"export HARVESTER_OPENCITATIONS_URL={served.opencitations_url}")
        typer.echo(f"export HARVESTER_DATACITE_URL={served.datacite_url}")
        served.wait()


def demo(
    context: typer.Context,
    keep: Annotated[Path, typer.Option("--keep", help="Where to leave the database.")] = Path("harvester-demo.db"),
) -> None:
    """Twelve simulated weeks: no key, no internet.

    From an empty watch list to a growth report, new citing works and related literature.
    """
    from harvester.cli.demo import run

    run(context.obj, keep)
