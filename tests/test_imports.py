"""Who imports whom, where SQL stands, and what starting the program loads. Layers are import-linter's (`make lint`)."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import harvester
from harvester import config, sources
from harvester.errors import ParseError
from harvester.records import Record

PACKAGE = Path(harvester.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

HELPERS = {"asking", "batching", "documents", "files", "tolerant"}
"""What lies in harvester/sources and is no source."""

HEAVY = ("requests", "pyalex", "semanticscholar", "sqlite_utils", "flask", "rich.console", "ftfy", "urllib3")


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere in it, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _importers(*packages: str) -> set[str]:
    return {
        _name(path)
        for path in MODULES
        for imported in _imports(path)
        if any(imported == package or imported.startswith(f"{package}.") for package in packages)
    }


# --- starting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["growth", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import json, sys\n"
        f"sys.argv = ['harvester', *{arguments!r}]\n"
        "from harvester.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "json.dump(sorted(sys.modules), sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stderr)
    assert "harvester" in done.stdout
    assert "typer" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_reading_records_of_a_file_opens_no_connection_library() -> None:
    program = (
        "import sys\nfrom harvester import sources\n[sources.parser_of(name) for name in sources.modules()]\n"
        "print('requests' in sys.modules, 'pyalex' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# --- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_only_the_door_opens_connections() -> None:
    door = _importers("requests", "urllib3")
    assert "http/session.py" in door
    assert {name for name in door if not name.startswith("http/")} == set()
    assert _importers("httpx", "urllib.request", "ftplib", "smtplib", "aiohttp") == set()
    assert _importers("http.client") == {"http/session.py"}


@pytest.mark.slow
def test_only_the_store_and_the_schema_know_sqlite() -> None:
    importers = _importers("sqlite3", "sqlite_utils")
    assert "schema.py" in importers
    assert {name for name in importers if not name.startswith("store/")} == {"schema.py"}


_SQL = re.compile(
    r"\s*(?:SELECT\s.*?\bFROM\b|INSERT\s+(?:OR\s+\w+\s+)?INTO\b|UPDATE\s+(?:OR\s+\w+\s+)?\w*\s*SET\b|DELETE\s+FROM\b|PRAGMA\s+\w"
    r"|(?:CREATE|DROP|ALTER)\s+(?:TEMP\w*\s+|UNIQUE\s+|VIRTUAL\s+)*(?:TABLE|VIEW|INDEX|TRIGGER)\b|WITH\s+\w+\s+AS\s*\(|REPLACE\s+INTO\b"
    r"|ATTACH\s|VACUUM\b|SAVEPOINT\s|BEGIN\s+(?:IMMEDIATE|EXCLUSIVE))",
    re.DOTALL,
)


def _statements(path: Path) -> list[str]:
    constants = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
    return [node.value for node in constants if isinstance(node.value, str) and _SQL.match(node.value)]


@pytest.mark.slow
def test_sql_stands_in_the_store_the_schema_and_db() -> None:
    with_sql = {_name(path) for path in MODULES if _statements(path)}
    assert {name for name in with_sql if not name.startswith("store/")} == {"schema.py"}
    assert len(with_sql) > 5, "nothing found: is SQL still recognised?"


@pytest.mark.slow
def test_only_the_command_line_prints_and_reads_the_environment() -> None:
    """os.environ, print and the clock are arguments to everything below the command line."""
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "os.environ",
                "os.getenv",
                "sys.stdout",
                "sys.stderr",
            ):
                found.add(_name(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.add(_name(path))
            if isinstance(node, ast.Call) and re.fullmatch(
                r"(?:date\w*\.)+(?:now|today|utcnow)", ast.unparse(node.func)
            ):
                found.add(_name(path))
    assert {name for name in found if not name.startswith("cli/")} == set()


@pytest.mark.slow
def test_nothing_below_knows_the_command_line() -> None:
    assert {name for name in _importers("typer", "harvester.cli") if not name.startswith("cli/")} == set()


# --- sources -------------------------------------------------------------------------------------------------------


def _source_modules() -> list[str]:
    return sorted({module.name for module in pkgutil.iter_modules(sources.__path__)} - HELPERS)


def test_every_source_is_found_by_its_name() -> None:
    names = [importlib.import_module(f"harvester.sources.{module}").NAME for module in _source_modules()]
    assert sorted(names) == sorted(sources.modules())


@pytest.mark.parametrize("module", _source_modules())
def test_every_source_states_name_rank_and_parse(module: str) -> None:
    source = importlib.import_module(f"harvester.sources.{module}")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", source.NAME)
    assert type(source.RANK) is int
    assert callable(source.parse)
    for nothing in (b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000):
        with pytest.raises(ParseError):
            source.parse(nothing)


@pytest.mark.parametrize("module", _source_modules())
def test_every_source_can_be_asked_or_read_from_files(module: str) -> None:
    source = importlib.import_module(f"harvester.sources.{module}")
    taps = getattr(source, "TAPS", ())
    assert taps or hasattr(source, "service")
    assert all(tap.source == source.NAME for tap in taps)
    if hasattr(source, "service"):
        assert source.NAME in config.SOURCES
        assert source.service("http://127.0.0.1:1", None).source == source.NAME
        assert callable(source.client)


def test_the_rule_that_no_source_knows_another_names_every_source() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    rules = {rule["name"]: rule for rule in project["tool"]["importlinter"]["contracts"]}
    named = rules["No source knows another"]["modules"]
    assert sorted(named) == [f"harvester.sources.{module}" for module in _source_modules()]


def test_no_two_sources_share_a_rank() -> None:
    ranks = [module.RANK for module in sources.modules().values()]
    assert len(set(ranks)) == len(ranks), "which of two equals wins would be chance"
    assert list(sources.ranks()) == sorted(sources.modules(), key=lambda name: -sources.modules()[name].RANK)


def test_every_source_that_is_on_without_settings_exists() -> None:
    assert set(config.ENABLED) <= set(sources.modules())
    assert set(config.Settings().sources) == set(config.ENABLED)


def test_a_record_knows_no_database() -> None:
    """What travels between a source and the store is a value: nothing in it can be changed by who reads it."""
    record = Record("openalex", "W1")
    with pytest.raises(AttributeError):
        record.source = "other"  # type: ignore[misc]
    assert hash(record) == hash(Record("openalex", "W1"))
