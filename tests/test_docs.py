"""The papers say what the program does, and nothing of the machine they were written on."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from harvester import __version__, errors, schema
from tests import docs

ROOT = docs.ROOT
PAPERS = sorted(ROOT.glob("*.md"))


@pytest.fixture(scope="module")
def readme() -> str:
    return docs.README.read_text("utf-8")


def tracked() -> list[Path]:
    """The files of the project: as git knows them, or all that lies in its folders where there is no git (an sdist)."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    folders = ("harvester", "db", "cron", "tests")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()] + PAPERS


def texts() -> list[tuple[str, str]]:
    """(name, text) of every tracked file that is a text."""
    found = []
    for path in tracked():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    assert len(found) > 50
    return found


# --- what is made from the code ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_made_parts_are_what_the_code_says() -> None:
    assert docs.check() == []


@pytest.mark.slow
@pytest.mark.loopback
def test_the_demo_says_what_the_readme_shows(readme: str) -> None:
    assert docs.parts(readme)["demo"] == docs.demo()


def test_check_names_what_is_wrong(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "README.md"
    wrong.write_text(
        readme.replace("| `init` |", "| `initiate` |").replace(
            "harvester --db harvester-demo.db growth", "harvester grow"
        ),
        "utf-8",
    )
    monkeypatch.setattr(docs, "README", wrong)
    monkeypatch.setattr(docs, "PARTS", {name: made for name, made in docs.PARTS.items() if name != "example"})
    said = docs.check()
    assert any("README.md, commands: -| `initiate` |" in line for line in said)
    assert any(line.startswith("README.md, demo: no such command: harvester grow ") for line in said)


def test_a_part_that_is_missing_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "README.md").write_text("# nothing", "utf-8")
    monkeypatch.setattr(docs, "README", tmp_path / "README.md")
    assert {f"README.md has no part {name!r}" for name in docs.PARTS} <= set(docs.check())


def test_writing_makes_only_the_parts_anew(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = readme.replace("| `init` |", "| `initiate` |")
    monkeypatch.setattr(docs, "README", tmp_path / "README.md")
    monkeypatch.setattr(docs, "METADATA", tmp_path / "metadata.json")
    monkeypatch.setattr(docs, "PARTS", dict.fromkeys(("example", "demo"), str) | {
        name: made for name, made in docs.PARTS.items() if name not in ("example", "demo")
    })  # fmt: skip
    docs.README.write_text(spoilt, "utf-8")
    docs.write()
    now, before = docs.README.read_text("utf-8"), docs.parts(readme)
    assert docs.parts(now) == before | {"example": "", "demo": ""}
    for name in ("example", "demo"):
        now = now.replace(f"<!-- made: {name} -->\n", f"<!-- made: {name} -->\n{before[name]}")
    assert now == readme


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--wrong"], 2)])
def test_the_arguments_are_explained(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(arguments) == code
    assert "--write" in capsys.readouterr().out


# --- commands, exit codes, views -----------------------------------------------------------------------------------


def test_every_command_is_in_the_readme(readme: str) -> None:
    table = docs.parts(readme)["commands"]
    for name in docs.commands():
        assert re.search(rf"^\| `{name}[` ]", table, re.MULTILINE), name


@pytest.mark.parametrize("name", docs.commands())
def test_every_command_has_help_and_so_has_every_option(name: str) -> None:
    command = docs.commands()[name]
    first = docs._first_line(command.help)
    assert first.endswith((".", ":")), f"{name}: its help is no sentence"
    assert len(first) > 15
    for param in command.params:
        if "--help" not in getattr(param, "opts", ()):
            assert getattr(param, "help", None), f"{name}: {param.name} has no help"


def test_the_exit_codes_are_those_of_the_faults(readme: str) -> None:
    table = docs.parts(readme)["exit-codes"]
    codes = {fault.exit_code for fault in docs._faults(errors.HarvesterError)} | {0}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


def test_every_view_is_documented(readme: str) -> None:
    table = docs.parts(readme)["views"]
    for name, sql in schema.views().items():
        comment = docs.first_comment(sql)
        assert len(comment) > 20, f"db/views/{name}.sql does not begin with a comment that tells what is in it"
        assert f"| `{name}` | {comment} |" in table


def test_the_statements_of_the_readme_run(readme: str, tmp_path: Path) -> None:
    statements = re.findall(r'^sqlite3 harvest\.db "(.*)"$', readme, re.MULTILINE)
    assert len(statements) >= 3
    for file in docs.DATA.iterdir():
        shutil.copy(file, tmp_path)
    docs.run(docs.EXAMPLE[0], tmp_path)
    connection = sqlite3.connect(tmp_path / "harvest.db")
    rows = [connection.execute(statement).fetchall() for statement in statements]
    connection.close()
    assert all(rows)


def test_what_is_shown_is_what_a_person_would_type(readme: str) -> None:
    names = docs.commands()
    for command in re.findall(r"^harvester (.*?)(?: *#.*)?$", readme, re.MULTILINE):
        assert any(f"{command} ".startswith(f"{name} ") for name in names), command


# --- the other papers ----------------------------------------------------------------------------------------------


def test_the_changelog_has_what_is_unreleased_and_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:1] == ["Unreleased"]
    assert __version__ in headings


def test_the_citation_file_is_whole() -> None:
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cff["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= cff.keys()
    assert cff["authors"] == [{"name": "The harvester authors"}]
    assert (cff["version"], cff["license"], cff["type"]) == (__version__, "Apache-2.0", "software")


def test_the_licence_is_there_in_full() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text[:200]
    assert "9. Accepting Warranty or Additional Liability." in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(paper: Path) -> None:
    text = re.sub(r"^```.*?^```", "", paper.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", text)
    for target in targets:
        path, _, anchor = target.partition("#")
        found = paper.parent / unquote(path) if path else paper
        assert found.exists(), f"{paper.name}: {target}"
        if anchor:
            assert anchor in _anchors(found), f"{paper.name}: {target}"


def _anchors(paper: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", paper.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_folders_and_files_named_in_the_papers_are_there(paper: Path) -> None:
    """`harvester/http.py`, `db/views/`: what is named by its path from the top exists."""
    named = re.findall(r"`((?:harvester|db|cron|tests)/[a-z0-9_./-]*)`", paper.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


# --- every file ----------------------------------------------------------------------------------------------------


def test_no_path_of_a_machine_in_any_file() -> None:
    path = re.compile(r"(?<![\w.~$}-])/(?:work|root|home|Users)/\S*")
    found = [f"{name}: {match.group()}" for name, text in texts() for match in path.finditer(text)]
    assert found == []


def test_no_task_is_left_in_any_file() -> None:
    mark = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
    found = [f"{name}: {text[match.start() :][:60]!r}" for name, text in texts() for match in mark.finditer(text)]
    assert found == []


def test_every_text_ends_with_a_line_end_and_has_none_of_windows() -> None:
    names = [name for name, text in texts() if text and (not text.endswith("\n") or "\r\n" in text)]
    assert [name for name in names if not name.startswith("tests/data/")] == []
