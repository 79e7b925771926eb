"""What every command shares: settings, the database, the options of reading commands, and how rows go out.

A reading command has --format, --limit where it has many rows, and --as-of, which it gives to `State.store`.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from harvester import normal
from harvester.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from harvester.config import Settings
    from harvester.orders import Order
    from harvester.store import Row, Store, Watch

LARGEST = 2**63 - 1  # a number that SQLite can hold
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Database = Annotated[
    Path | None, typer.Option("--db", help="The database file.  [env: HARVESTER_DB; default: harvest.db]")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings file.  [default: harvest.toml, if there]")]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more; twice: every request.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Form = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", help="table, json, jsonl, csv or markdown.  [default: table on a terminal, else jsonl]"
    ),
]
WorksForm = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help="table, json, jsonl, csv, markdown; or the works as bibtex, ris or csl-json.  "
        "[default: table on a terminal, else jsonl]",
    ),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="At most so many rows.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As it was known on this day.")]
OnDay = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="DATE", help="The day to record; for a stand-in with a clock of its own.  [default: today, UTC]"
    ),
]
WorkName = Annotated[
    str, typer.Argument(metavar="WORK", help="A DOI, W123, a Semantic Scholar id, pmid:1, arxiv:..., or our number.")
]


WATCH_COLUMNS = ("watch", "kind", "value", "label", "works", "last_seen")


class Part(NamedTuple):
    """Rows that belong to one object: its key in JSON, the title over its table, the table's columns (None: all)."""

    key: str
    title: str
    rows: Sequence[Mapping[str, object]]
    columns: Sequence[str] | None = None


class State:
    """What the options before the command say; settings and database are opened when a command asks for them."""

    def __init__(
        self, db: Path | None, config: Path | None, verbose: int, quiet: bool, settings: Settings | None = None
    ) -> None:
        """settings: these instead of the file's and the environment's."""
        self._db, self._config, self._settings = db, config, settings
        self.quiet = quiet
        if verbose:
            logging.basicConfig(
                level=logging.DEBUG if verbose > 1 else logging.INFO,
                stream=sys.stderr,
                format="%(asctime)s %(name)s: %(message)s",
            )
            logging.getLogger("urllib3").setLevel(logging.WARNING)  # it would log addresses unredacted

    @property
    def settings(self) -> Settings:
        """The settings of the file and the environment. Raises ConfigError."""
        from harvester import config

        if self._settings is None:
            self._settings = config.load(os.environ, self._config)
        return self._settings

    @property
    def database(self) -> Path:
        """The database file: --db, else the settings'."""
        return self._db or self.settings.database

    def store(self, *, create: bool = False, read_only: bool = True, as_of: str | None = None) -> Store:
        """The database, opened. Raises StoreError.

        as_of: what --as-of says, so that all that is read is what was known at the end of that day: a command that has
        --as-of passes it here, and there is nothing else to be done (store/lens.py). Raises UsageError.
        """
        from harvester.store import Store

        return Store(self.database, create=create, read_only=read_only, as_of=day(as_of, "--as-of"))

    @contextmanager
    def writing(self, *, create: bool = False) -> Iterator[Store]:
        """The database for a run, with the run lock held. Raises Busy, StoreError."""
        from harvester.store.lock import run_lock

        with self.store(create=create, read_only=False) as store, run_lock(self.database):
            yield store

    def follow_settings(self, store: Store, on: str) -> None:
        """Where the settings file holds a watch list, make the database's agree with it. Raises ConfigError."""
        orders = self.settings.watches
        if orders is None or store.watches.agrees(orders):
            return
        with store.transaction():
            added, removed = store.watches.follow(orders, on)
        self.say(f"watch list brought up to {self.settings.file}: {added} added, {removed} removed")

    @contextmanager
    def watch_list(self) -> Iterator[Store]:
        """The database for reading its watch list, brought up to the settings file's first where the two differ."""
        with self.store() as store:
            if self.settings.watches is None or store.watches.agrees(self.settings.watches):
                yield store
                return
        with self.store(read_only=False) as store:
            self.follow_settings(store, today())
            yield store

    @contextmanager
    def store_if_there(self) -> Iterator[Store | None]:
        """The database for a first look, whose pace and budget it shares; None where none is made yet."""
        if not self.database.exists():
            yield None
            return
        with self.store(read_only=False) as store:
            yield store

    def rewrite_settings(self, orders: Sequence[Order]) -> None:
        """Put these orders into the settings file, everything else in it as it was. Raises ConfigError."""
        from harvester.orders import rewritten

        file = self.settings.file
        if file is None:
            return
        try:
            text = rewritten(file.read_text("utf-8"), orders, file.parent.absolute())
            beside = file.with_name(file.name + ".new")
            beside.write_text(text, "utf-8")
            beside.replace(file)
        except OSError as fault:
            raise ConfigError(f"{file}: cannot be written ({fault.strerror}); nothing was changed") from None
        self._settings = None  # it has changed

    def confirm(self, question: str, otherwise: str) -> None:
        """Go on only if a person at the terminal says so. Raises UsageError, telling what to do `otherwise`."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(otherwise)
        if not typer.confirm(harmless(question), err=True):
            raise typer.Exit(UsageError.exit_code)

    def say(self, text: str) -> None:
        """Talk goes to stderr; stdout is data."""
        if not self.quiet:
            sys.stderr.write(harmless(text) + "\n")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str, int, int | None], None]]:
        """A bar on stderr for what may take over a second; nothing in a pipe. Call it with (text, done, of)."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda text, done, of: None  # noqa: ARG005
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.text import Text

        class Plain(TextColumn):
            def render(self, task: Any) -> Text:
                return Text(harmless(task.description))  # never markup: it may come from a source

        columns = (Plain(""), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task(what, total=None)
            yield lambda text, done, of: bars.update(bar, description=text, completed=done, total=of)


def complain(text: str) -> None:
    """One line on stderr about what went wrong; also where nothing else is to be said (--quiet)."""
    sys.stderr.write(f"harvester: {harmless(text)}\n")


def harmless(text: str) -> str:
    """Text without anything a terminal would obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def today() -> str:
    """The day in UTC: services count their days so, and a harvest at midnight must not depend on a time zone."""
    return datetime.now(UTC).date().isoformat()


def clock() -> str:
    """The time, for a run's record."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def day(text: str | None, option: str) -> str | None:
    """An ISO day given on the command line. Raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{option} {text!r} is no day; write it as 2026-05-31") from None


def day_or_today(text: str | None, option: str) -> str:
    """An ISO day given on the command line, else today. Raises UsageError."""
    return day(text, option) or today()


def work_number(store: Store, name: str) -> int:
    """The work a person means. Raises UsageError where none is held, or the name fits several."""
    from harvester.records import Identifier

    if name.strip().isdecimal():
        work = store.work_numbered(int(name)) if len(name) < 20 and int(name) <= LARGEST else None
        if work is None:
            raise UsageError(f"there is no work number {name}; `harvester search` finds works by their words")
        return work
    pair = normal.identifier(name)
    if pair is None:
        raise UsageError(f"{name!r} is no identifier; give a DOI, W123, pmid:1, arxiv:..., or a work's number")
    works = store.works_meant(Identifier(*pair))
    if not works:
        raise UsageError(
            f"no work named {pair[0]} {pair[1]} is held; add it with: harvester watch add {pair[0]}:{pair[1]}"
        )
    if len(works) > 1:
        numbers = ", ".join(map(str, works))
        raise UsageError(f"{pair[0]} {pair[1]} names {len(works)} works: {numbers}; give one of these numbers")
    return works[0]


def venue_meant(store: Store, name: str) -> Row:
    """The venue a person means by an ISSN or a name. Raises UsageError where none is held or a name fits several."""
    rows = store.rows("venue_named", issn=normal.issn(name), name=normal.title_key(name))
    if not rows:
        raise UsageError(f"no venue {name!r} is held; give an ISSN such as 1758-5880, or its name in full")
    if len(rows) > 1:
        issns = ", ".join(row["issns"] or "without ISSN" for row in rows)
        raise UsageError(f"{name!r} names {len(rows)} venues; give one ISSN: {issns}")
    return rows[0]


def watch_numbered(store: Store, number: int) -> Watch:
    """The watch a person means. Raises UsageError where there is none."""
    watch = store.watches.numbered(number)
    if watch is None:
        raise UsageError(f"there is no watch {number}; `harvester watch list` shows the numbers")
    return watch


def emit(form: str | None, rows: Sequence[Mapping[str, object]], table: Sequence[str]) -> None:
    """Rows to stdout. `table`: the columns that fit a page; the other forms carry every key."""
    from harvester import report

    form = form or report.default_form(sys.stdout)
    report.write(form, rows, table if form in ("table", "markdown") else None, sys.stdout)


def emit_works(
    form: str | None, store: Store, rows: Sequence[Mapping[str, Any]], table: Sequence[str], *, key: str = "work"
) -> None:
    """Rows about works to stdout as `emit` does, or as a bibliography the works that they name in `key`, each once."""
    from harvester import report

    if form not in report.bibliographies():
        emit(form, rows, table)
        return
    from harvester.report.works import read

    held = [row[key] for row in rows if row[key] is not None]
    report.write_works(form, read(store, held), sys.stdout)


def emit_parts(
    form: str | None, whole: Mapping[str, object], first: Sequence[str] | None, parts: Sequence[Part]
) -> None:
    """One object with parts to stdout: whole in the JSON forms, else its own row and a table for each part that has rows.

    first: the columns of its own row, None for all.
    """
    from harvester import report

    form = form or report.default_form(sys.stdout)
    if form in ("json", "jsonl"):
        report.write(form, [{**whole, **{part.key: part.rows for part in parts}}], None, sys.stdout)
        return
    report.write(form, [whole], first, sys.stdout)
    for part in parts:
        write_part(form, part)


def write_part(form: str, part: Part) -> None:
    """A part's title and table to stdout; nothing where it has no rows."""
    from harvester import report

    if part.rows:
        sys.stdout.write(f"\n{part.title}\n")
        report.write(form, part.rows, part.columns, sys.stdout)
