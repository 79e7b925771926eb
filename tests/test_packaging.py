"""What is shipped: the wheel holds all the program needs, and works in an empty folder far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from harvester import __version__, schema

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("migrations", "views", "queries")


def _run(command: list[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its exit code and what it said."""
    private = ("HARVESTER_", "PYTHON", "PIP_", "VIRTUAL_ENV", "MAKE", "MFLAGS")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    return subprocess.run(
        command, check=False, cwd=folder, env=clean | environment, capture_output=True, text=True, timeout=600
    )


def _done(command: list[str | Path], folder: Path, **environment: str) -> str:
    done = _run(command, folder, **environment)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


# --- the wheel and the sdist ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment without harvester, which borrows everything else from the one of the tests.

    A path in a .pth file borrows the packages of that folder, but none of its own .pth files: the checkout, which is
    installed through one, is not there.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    _done([sys.executable, "-m", "venv", folder], folder.parent)
    (borrowing,) = folder.glob("lib/python3*/site-packages")
    (borrowing / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="session")
def wheel(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as pip builds it from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip: list[str | Path] = [clean / "bin/python", "-m", "pip", "--disable-pip-version-check"]
    _done([*pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(clean: Path, wheel: Path) -> Path:
    """The bin folder of the clean environment with the wheel in it."""
    pip: list[str | Path] = [clean / "bin/python", "-m", "pip", "--disable-pip-version-check"]
    _done([*pip, "install", "--no-deps", "--no-index", "--ignore-installed", wheel], clean)
    return clean / "bin"


def _members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


@pytest.mark.slow
def test_the_wheel_holds_all_that_the_program_reads(wheel: Path) -> None:
    members = _members(wheel)
    assert wheel.name == f"harvester-{__version__}-py3-none-any.whl"
    assert "harvester/py.typed" in members
    for folder in FOLDERS:
        here = {path.name for path in (ROOT / "db" / folder).glob("*.sql")}
        assert here
        assert {f"harvester/db/{folder}/{name}" for name in here} <= members
    assert "harvester/db/datasette/metadata.json" in members
    parts = [path for path in (ROOT / "harvester").rglob("*.*") if path.suffix in (".py", ".html", ".css", ".js")]
    assert len({path.suffix for path in parts}) == 4
    assert {path.relative_to(ROOT).as_posix() for path in parts} <= members


@pytest.mark.slow
def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    info = f"harvester-{__version__}.dist-info/"
    others = {name for name in _members(wheel) if not name.startswith(("harvester/", info))}
    assert others == set()
    odd = {name for name in _members(wheel) if "__pycache__" in name or name.endswith((".pyc", ".db", ".orig"))}
    assert odd == set()
    assert f"{info}licenses/LICENSE" in _members(wheel)


@pytest.mark.slow
def test_the_wheel_made_from_the_sdist_is_the_same(wheel: Path, clean: Path, tmp_path: Path) -> None:
    hatchling: list[str | Path] = [clean / "bin/python", "-m", "hatchling", "build"]
    _done([*hatchling, "-t", "sdist", "-d", tmp_path], ROOT)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert (unpacked / "tests" / "conftest.py").is_file()
    assert (unpacked / "cron" / "harvest.sh").is_file()
    _done([*hatchling, "-t", "wheel", "-d", tmp_path], unpacked)
    assert _members(tmp_path / wheel.name) == _members(wheel)


# --- installed -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_installed_program_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    said = _done([installed / "python", "-c", "import harvester; print(harvester.__file__)"], tmp_path)
    assert Path(said.strip()).is_relative_to(installed.parent)
    assert ROOT not in Path(said.strip()).parents
    assert _done([installed / "harvester", "--version"], tmp_path) == f"harvester {__version__}\n"


@pytest.mark.slow
def test_init_makes_a_database_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    _done([installed / "harvester", "init"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["harvest.db"]
    assert _read(tmp_path / "harvest.db", "SELECT count(*) FROM works") == "0"


@pytest.mark.slow
@pytest.mark.loopback
def test_the_demo_runs_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    _done([installed / "harvester", "demo"], tmp_path)
    database = tmp_path / "harvester-demo.db"
    assert int(_read(database, "SELECT count(*) FROM works")) > 10
    assert int(_read(database, "SELECT count(DISTINCT day) FROM citation_counts WHERE source = 'openalex'")) == 12
    assert _read(database, "SELECT group_concat(DISTINCT status) FROM runs") == "complete"
    for view in schema.views():
        assert int(_read(database, f"SELECT count(*) FROM {view}")) >= 0


def _read(database: Path, statement: str) -> str:
    """The one value of a statement, read by an interpreter that has nothing installed at all."""
    program = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])"
    return _done([sys.executable, "-I", "-S", "-c", program, database, statement], database.parent).strip()


# --- the Makefile --------------------------------------------------------------------------------------------------


def _planned(target: str, tmp_path: Path, *, uv: bool) -> list[str]:
    """The commands `make TARGET` would run on a fresh machine with nothing on PATH but a shell and, perhaps, uv."""
    make, shell = shutil.which("make"), shutil.which("sh")
    assert make, "make is needed to set the project up"
    assert shell
    path = tmp_path / "bin"
    path.mkdir()
    (path / "sh").symlink_to(shell)
    if uv:
        (path / "uv").write_text("#!/bin/sh\n")
        (path / "uv").chmod(0o755)
    venv = tmp_path / "venv"
    said = _done([make, "-n", target, f"VENV={venv}", "PYTHON=python3"], ROOT, PATH=str(path))
    return [line.strip().replace(str(path / "uv"), "uv").replace(str(venv), "VENV") for line in said.splitlines()]


def test_make_demo_sets_up_with_uv(tmp_path: Path) -> None:
    assert _planned("demo", tmp_path, uv=True) == [
        "uv venv --quiet --python python3 VENV",
        "uv pip install --quiet --python VENV/bin/python -e .",
        "touch VENV/.installed",
        "VENV/bin/harvester demo",
    ]


def test_make_demo_sets_up_without_uv(tmp_path: Path) -> None:
    pip = "VENV/bin/python -m pip install --quiet --disable-pip-version-check"
    assert _planned("demo", tmp_path, uv=False) == [
        "python3 -m venv VENV",
        f'{pip} --upgrade "pip>=25.1"',
        f"{pip} -e .",
        "touch VENV/.installed",
        "VENV/bin/harvester demo",
    ]


@pytest.mark.parametrize("uv", [True, False])
def test_make_test_installs_the_tools_and_runs_all_of_them(tmp_path: Path, uv: bool) -> None:
    planned = _planned("test", tmp_path, uv=uv)
    group = next(number for number, line in enumerate(planned) if line.endswith("--group test"))
    assert planned[group].startswith("uv pip" if uv else "VENV/bin/python -m pip")
    tools = [line.removeprefix("VENV/bin/") for line in planned[group + 2 :]]
    assert tools == [
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "lint-imports --no-cache",
        "python -m tests.docs --check",
        "python -m tests.browser",
        "python -m pytest -n 2",
    ]


def test_with_uv_nothing_asks_for_pip(tmp_path: Path) -> None:
    """An environment that uv made need not have pip."""
    for target in ("demo", "test", "unit", "lint", "docs", "bench", "wheel"):
        folder = tmp_path / target
        folder.mkdir()
        assert [line for line in _planned(target, folder, uv=True) if "-m pip" in line] == [], target


def test_make_help_lists_every_target_a_person_calls() -> None:
    said = _done(["make", "help"], ROOT)
    assert {line.split()[0] for line in said.splitlines()} >= {
        "demo",
        "test",
        "unit",
        "lint",
        "docs",
        "bench",
        "wheel",
        "clean",
    }


def test_ci_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("make test")
