"""The parts of the papers that are made from the code.

    python -m tests.docs --write     make them anew (`make docs`)
    python -m tests.docs --check     exit 1 where a part is not what the code says, and name it

In README.md a part stands between `<!-- made: NAME -->` and `<!-- end -->`:

    exit-codes, commands, views, environment   tables from errors.py, the command line, the first comments, config.py
    example    a transcript: the commands below are really run, in an empty folder, on the invented records of tests/data
    demo       the transcript of `harvester demo`, trimmed where a line says …

`--check` makes all of them anew but the last: that takes as long as the demo, so here only its commands are compared, and
a slow test (tests/test_docs.py) runs it whole. db/datasette/metadata.json is made from the views' first comments too.
"""

from __future__ import annotations

import difflib
import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import sqlite3
import struct
import subprocess
import sys
import sysconfig
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harvester import config, errors, schema, sources

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
METADATA = ROOT / "db" / "datasette" / "metadata.json"
PROGRAM = Path(sysconfig.get_path("scripts")) / "harvester"
DATA = ROOT / "tests" / "data" / "readme"
COLUMNS = 100  # of the terminal in a transcript

EXAMPLE = (
    "harvester import july.jsonl august.jsonl aggregator.json --on 2026-09-01",
    "harvester growth",
    "harvester show 10.5555/quay.1",
    "harvester related 10.5555/quay.1",
    "harvester growth --format jsonl --limit 1",
)

_PART = re.compile(r"(?P<begin><!-- made: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


# --- tables --------------------------------------------------------------------------------------------------------


def exit_codes() -> str:
    """The exit codes, each with what the faults that set it say of themselves, up to a semicolon."""
    said = {0: ["All that was asked is done."], 1: ["An unforeseen fault; please report it."]}
    for fault in _faults(errors.HarvesterError):
        if "exit_code" in vars(fault) and fault is not errors.HarvesterError:
            first = _first_line(fault.__doc__).partition(";")[0]
            said.setdefault(fault.exit_code, []).append(f"{first.rstrip('.')}.")
    return _table(("code", "meaning"), ((str(code), " ".join(texts)) for code, texts in sorted(said.items())))


def _faults(fault: type[errors.HarvesterError]) -> Iterator[type[errors.HarvesterError]]:
    yield fault
    for below in fault.__subclasses__():
        yield from _faults(below)


def commands() -> dict[str, Any]:
    """Every command of the command line by its full name (`watch add`), in its order."""
    import typer

    from harvester.cli import app

    return dict(_commands(typer.main.get_command(app), ""))


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def command_table() -> str:
    """The commands, each with its arguments and the first line of its help."""
    return _table(
        ("command", "what it does"),
        (
            (f"`{' '.join([name, *_arguments(command)])}`", _first_line(command.help))
            for name, command in commands().items()
        ),
    )


def _arguments(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.param_type_name == "argument":
            name = (param.metavar or param.name.upper()).strip("[]")
            name += "..." if param.nargs < 0 and not name.endswith("...") else ""
            yield name if param.required else f"[{name}]"


def view_table() -> str:
    """The views, each with the comment its file begins with."""
    return _table(
        ("view", "what is in it"), ((f"`{name}`", first_comment(sql)) for name, sql in schema.views().items())
    )


def first_comment(sql: str) -> str:
    """The comment an SQL file begins with, as one line; empty where it begins with none."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def environment() -> str:
    """The variables that are read, from the names that config.py knows."""
    rows = {
        config._DATABASE: "the database file; `--db` wins, without either it is `harvest.db`",
        config._MAILTO: "your mail address, sent to the services as the contact they ask for",
        **{name: f"your key for {source}; sent in a header only" for source, name in config._KEYS.items()},
    }
    known = {name for name, module in sources.modules().items() if hasattr(module, "service")}
    for source, name in config._URLS.items():
        if source in known:
            rows[name] = f"the address to ask instead of {source}'s own, such as a stand-in's"
    return _table(("variable", "meaning"), ((f"`{name}`", text) for name, text in rows.items()))


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", 1)[0]


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


# --- transcripts ---------------------------------------------------------------------------------------------------


def example() -> str:
    """The transcript of EXAMPLE."""
    with tempfile.TemporaryDirectory() as folder:
        for file in DATA.iterdir():
            shutil.copy(file, folder)
        return _fenced("\n".join(f"$ {command}\n{run(command, Path(folder))}" for command in EXAMPLE))


def demo() -> str:
    """The transcript of the demo: the first and the last harvest stand for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        said = run("harvester demo", Path(folder))
    return _fenced("$ harvester demo\n" + trimmed(said))


def trimmed(said: str) -> str:
    """What the demo says, with "…" for the harvests between the first and the last, and for all but a table's first rows.

    >>> print(trimmed("$ harvester harvest 1\\na\\n$ harvester harvest 2\\n$ harvester harvest 3\\n$ harvester growth"))
    $ harvester harvest 1
    a
      …
    $ harvester harvest 3
    $ harvester growth
    """
    lines = said.splitlines()
    harvests = [number for number, line in enumerate(lines) if _HARVEST.match(line)]
    if len(harvests) > 2:
        lines[harvests[1] : harvests[-1]] = ["  …"]
    return "\n".join(_first_rows(lines))


_HARVEST = re.compile(r"\$ harvester (?:.* )?harvest\b")
_YEAR = re.compile(r" (?:19|20)\d\d(?:-\d\d-\d\d)? ")  # a row's first line has one; a title that goes on has none
_ROWS = 3


def _first_rows(lines: list[str]) -> Iterator[str]:
    """Lines, with a table (what follows a rule, up to a blank line or a command) cut after its first rows."""
    rows: int | None = None  # None: not in a table
    for line in lines:
        if line.startswith("──"):
            rows = 0
        elif not line or line.startswith("$ "):
            rows = None
        elif rows is not None and _YEAR.search(line):
            rows += 1
            if rows == _ROWS + 1:
                yield "  …"
        if rows is None or rows <= _ROWS:
            yield line


def said_commands(transcript: str) -> list[str]:
    """The commands of a transcript, in order."""
    return [line[2:] for line in transcript.splitlines() if line.startswith("$ ")]


def run(command: str, folder: Path) -> str:
    """What a command line of the program says on a terminal, talk before data. Raises RuntimeError where it fails."""
    words = shlex.split(command)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    shown: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(ours, shown))
    try:
        with subprocess.Popen(
            [PROGRAM, *words[1:]], cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=theirs,
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            os.close(theirs)
            reader.start()
            _, talk = process.communicate(timeout=600)
            reader.join()
    finally:
        os.close(ours)
    if process.returncode:
        raise RuntimeError(f"{command}: exit code {process.returncode}: {talk[-2000:]}")
    return talk + b"".join(shown).decode().replace("\r\n", "\n")


def _drain(terminal: int, shown: list[bytes]) -> None:
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody writes to it any more
            return
        if not part:
            return
        shown.append(part)


def _environment() -> dict[str, str]:
    """Nothing of whoever runs this changes what the program says."""
    private = ("HARVESTER_", "OPENALEX_", "SEMANTIC_SCHOLAR_", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
    return {name: value for name, value in os.environ.items() if not name.startswith(private)} | {"LC_ALL": "C.UTF-8"}


def _fenced(text: str) -> str:
    return f"```console\n{text.strip()}\n```\n"


# --- Datasette -----------------------------------------------------------------------------------------------------


def metadata() -> str:
    """Datasette's metadata.json: the views with their descriptions, the private tables hidden."""
    views = {name: {"description": first_comment(sql)} for name, sql in schema.views().items()}
    tables = {name: {"hidden": True} for name in _tables()}
    return _json(
        {
            "title": "harvester",
            "description": "Every citation count, from every source, on every day it was seen, and why it changed.",
            "databases": {"harvest": {"tables": views | tables}},
        }
    )


def _tables() -> list[str]:
    """The tables of a database, but those of the text index, which Datasette hides by itself."""
    with tempfile.TemporaryDirectory() as folder:
        from harvester.store import Store

        path = Path(folder) / "empty.db"
        Store(path, create=True).close()
        connection = sqlite3.connect(path)
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        connection.close()
    return [name for (name,) in found if not name.startswith(("sqlite_", "work_text_"))]


def _json(value: object) -> str:
    """JSON with the innermost objects on one line."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return re.sub(r"\{\n\s*([^{}\n]*)\n\s*\}", r"{\1}", text) + "\n"


# --- the papers ----------------------------------------------------------------------------------------------------

PARTS: Mapping[str, Callable[[], str]] = {
    "example": example,
    "demo": demo,
    "commands": command_table,
    "exit-codes": exit_codes,
    "views": view_table,
    "environment": environment,
}


def parts(text: str) -> dict[str, str]:
    """The made parts that stand in a text, by name."""
    return {part["name"]: part.group()[len(part["begin"]) : -len(part["end"])] for part in _PART.finditer(text)}


def write() -> None:
    """Make every part anew."""
    METADATA.write_text(metadata(), "utf-8")
    text = README.read_text("utf-8")
    README.write_text(_PART.sub(lambda part: part["begin"] + PARTS[part["name"]]() + part["end"], text), "utf-8")


def check() -> list[str]:
    """What is not as the code says, a line each; nothing where all is well."""
    found = parts(README.read_text("utf-8"))
    wrong = [f"README.md has no part {name!r}" for name in PARTS if name not in found]
    for name, made in PARTS.items():
        if name in found and name != "demo":
            wrong += _differences(f"README.md, {name}", found[name], made())
    wrong += _unknown_commands(found.get("demo", ""))
    return wrong + _differences("db/datasette/metadata.json", METADATA.read_text("utf-8"), metadata())


def _differences(where: str, stands: str, should: str) -> list[str]:
    lines = difflib.unified_diff(stands.splitlines(), should.splitlines(), "stands there", "should", lineterm="", n=0)
    return [f"{where}: {line}" for line in lines]


def _unknown_commands(transcript: str) -> list[str]:
    """Commands of the recorded demo that the command line does not have."""
    said, names = said_commands(transcript), commands()
    wrong = [] if said else ["README.md, demo: it has no command"]
    for command in said:
        words = re.sub(r"^harvester (?:--db \S+ )?", "", command)
        if not any(f"{words} ".startswith(f"{name} ") for name in names):
            wrong.append(f"README.md, demo: no such command: {command}")
    return wrong


def main(arguments: list[str]) -> int:
    """Run it; returns the exit code."""
    if arguments == ["--write"]:
        write()
    elif arguments != ["--check"]:
        print(__doc__)
        return 2
    wrong = check()
    for line in wrong:
        print(line)
    if wrong:
        print("`make docs` makes these parts anew")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
