"""The demo: the real program, through real HTTP, against the sandbox, for twelve simulated weeks."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import typer

from harvester.cli import growing, keeping, reading, relating, watching
from harvester.cli.state import State
from harvester.errors import UsageError
from harvester.schema import APPLICATION_ID

if TYPE_CHECKING:
    from harvester.sandbox import Sandbox

SEED_ARTICLE = "10.1111/1758-5899.70005"
JOURNAL = "1758-5880"
FIRST_DAY = date(2026, 8, 31)
WEEKS = 12


def run(state: State, keep: Path) -> None:
    """Watch the seed article and its journal, harvest twelve weeks, report; the database stays at `keep`."""
    from harvester.config import Settings
    from harvester.sandbox import Sandbox

    _make_way(keep)
    with Sandbox(seed=1, on=FIRST_DAY) as sandbox:
        urls = {"openalex": sandbox.openalex_url, "semantic_scholar": sandbox.semantic_scholar_url}
        quiet = State(keep, None, 0, True, Settings(database=keep, urls=urls))
        _say(
            "Simulated literature: one real article's bibliographic facts among invented works, served on 127.0.0.1.\n"
        )
        _command(f"--db {keep} watch add {SEED_ARTICLE}")
        watching.watch_add(_context(quiet), SEED_ARTICLE, label="Ruxit Revisited", on=FIRST_DAY.isoformat())
        _command(f"--db {keep} watch add {JOURNAL}")
        watching.watch_add(_context(quiet), JOURNAL, label="Global Policy", on=FIRST_DAY.isoformat())
        for week in range(WEEKS):
            _week(quiet, sandbox, FIRST_DAY + timedelta(weeks=week))
    last = (FIRST_DAY + timedelta(weeks=WEEKS - 1)).isoformat()
    since = FIRST_DAY + timedelta(weeks=WEEKS - 4)
    reader = _context(State(keep, None, 0, state.quiet))
    _command(f"--db {keep} growth --since {FIRST_DAY} --as-of {last} --limit 8")
    growing.growth(reader, since=FIRST_DAY.isoformat(), as_of=last, limit=8, form="table")
    _command(f"--db {keep} citing {SEED_ARTICLE} --since {since} --as-of {last} --limit 8")
    reading.citing(reader, SEED_ARTICLE, since=since.isoformat(), as_of=last, limit=8, form="table")
    _command(f"--db {keep} related {SEED_ARTICLE} --limit 8")
    relating.related(reader, [SEED_ARTICLE], limit=8, form="table")
    _say(
        f"\nThe database is {keep}. Look into it with:\n"
        f"  harvester --db {keep} status\n"
        f"  harvester --db {keep} show {SEED_ARTICLE}\n"
        f"  sqlite3 {keep} 'SELECT day, count FROM citation_counts WHERE work = 1'\n"  # for a person to type
        f"  datasette {keep}"
    )


def _week(quiet: State, sandbox: Sandbox, on: date) -> None:
    sandbox.move_to(on)
    _command(f"--db {quiet.database} harvest --on {on}")
    try:
        keeping.harvest(_context(quiet), on=on.isoformat())
    except typer.Exit as end:
        raise UsageError(f"the demo's harvest of {on} ended with exit code {end.exit_code}; please report it") from end


def _make_way(keep: Path) -> None:
    """A demo begins anew, but never over a file that is not a demo's."""
    if keep.exists() and not (keep.name.startswith("harvester-demo") and _is_ours(keep)):
        raise UsageError(f"{keep} exists and is not a demo's; name another file with --keep")
    for file in (keep, *(keep.with_name(keep.name + end) for end in ("-wal", "-shm", ".lock"))):
        file.unlink(missing_ok=True)


def _is_ours(file: Path) -> bool:
    """Whether this is a database of this program, of whatever version; nothing is one that broke off at once."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        head = opened.read(72)
    return not head or head[68:] == APPLICATION_ID.to_bytes(4)  # https://www.sqlite.org/fileformat.html


def _context(state: State) -> typer.Context:
    """What a command wants of its context: the state."""
    return cast(typer.Context, SimpleNamespace(obj=state))


def _command(words: str) -> None:
    _say(f"$ harvester {words}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
