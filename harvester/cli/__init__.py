"""The command line. One function a command; nothing below this room prints, reads the clock or the environment."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from harvester.cli import keeping, reading, standin
from harvester.cli.state import ConfigFile, Database, Quiet, State, Verbose
from harvester.errors import HarvesterError

app = typer.Typer(
    name="harvester",
    help="Every citation count, of every source, on every day it was seen; and the literature around it.",
    epilog="Exit codes: 0 ok, 2 usage, 3 configuration, 4 source, 5 store, 6 partly done, 75 come back later.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for commands in (keeping, reading, standin):
    commands.register(app)


def _version(show: bool) -> None:
    if show:
        from harvester import __version__

        typer.echo(f"harvester {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    db: Database = None,
    config: ConfigFile = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    version: Annotated[  # noqa: ARG001  # its callback has done all there is to do
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before every command."""
    context.obj = State(db, config, verbose, quiet)


def main() -> None:
    """Run the program; every expected fault becomes one line on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # under cron's bare environment it would be ASCII
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except HarvesterError as fault:
        _say(str(fault))
        sys.exit(fault.exit_code)
    except BrokenPipeError:  # `harvester growth | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _say("interrupted; what was saved stays, and the same command goes on from there")
        sys.exit(130)


def _say(text: str) -> None:
    """One line on stderr, with nothing in it that a terminal would obey."""
    from harvester.cli.state import harmless

    sys.stderr.write(f"harvester: {harmless(text)}\n")
