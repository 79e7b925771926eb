"""The command line. One function a command; nothing below this room prints, reads the clock or the environment."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Annotated

import typer

from harvester.cli import (
    changing,
    comparing,
    deciding,
    foreseeing,
    growing,
    inboxes,
    keeping,
    mapping,
    marking,
    profiling,
    reading,
    relating,
    standin,
    theming,
    watching,
)
from harvester.cli.state import ConfigFile, Database, Quiet, State, Verbose, complain
from harvester.errors import HarvesterError, UsageError

INTERRUPTED = 130  # 128 + SIGINT, as shells have it

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
for commands in (
    keeping,
    watching,
    growing,
    reading,
    relating,
    theming,
    marking,
    mapping,
    changing,
    comparing,
    inboxes,
    foreseeing,
    profiling,
    deciding,
    standin,
):
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
        try:
            app()
        finally:
            sys.stdout.flush()  # what cannot be written is said here, not by the interpreter in its last moment
    except HarvesterError as fault:
        complain(str(fault))
        sys.exit(fault.exit_code)
    except UnicodeEncodeError as fault:
        if not "\udc80" <= fault.object[fault.start] <= "\udcff":  # how Python spells bytes that are no text
            raise
        complain("an argument is not valid UTF-8")
        sys.exit(UsageError.exit_code)
    except OSError as fault:
        _write_no_more()
        if fault.errno == errno.EPIPE:  # `harvester growth | head`: the reader has had enough
            sys.exit(0)
        if fault.errno != errno.ENOSPC:
            raise
        complain("the output cannot be written: no space left there")
        sys.exit(HarvesterError.exit_code)
    except SystemExit as end:  # typer has taken these two for itself
        if end.code == INTERRUPTED:
            complain("interrupted; what was saved stays, and the same command goes on from there")
        if isinstance(end.__context__, BrokenPipeError):
            _write_no_more()
            sys.exit(0)
        raise


def _write_no_more() -> None:
    """Let what is left in the buffer go nowhere: writing it would only fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
