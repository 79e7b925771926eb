"""The command line as people, cron and scripts use it: keys, forms, exit codes, streams, terminals, hostile texts."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harvester.sandbox import Sandbox

DATA = Path(__file__).parent / "data" / "readme"
PROGRAM = [sys.executable, "-c", "from harvester.cli import main; main()"]
WORK_KEYS = ["work", "doi", "title", "year", "venue"]
READING = (
    ("show", "10.5555/quay.1"), ("search", "harbour"), ("growth",), ("citing", "10.5555/quay.1"),
    ("related", "10.5555/quay.1"), ("watch", "list"), ("status",), ("compare",),
    ("alerts", "--all", "--days", "31", "--as-of", "2026-08-31"),
    ("forecast", "10.5555/quay.1"), ("history", "10.5555/quay.1"), ("topic", "harbour"),
)  # fmt: skip


pytestmark = pytest.mark.slow  # a process for each question: all of it is in `make test`, none in `make unit`


class Here:
    """A folder with a database, and the program run in it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*PROGRAM, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words).stdout.splitlines()]

    def terminal(self, *words: str) -> str:
        """What an 80-column terminal shows."""
        leader, follower = pty.openpty()
        environment = {**self.environment, "COLUMNS": "80", "LINES": "40", "TERM": "xterm"}
        with subprocess.Popen([*PROGRAM, *words], cwd=self.folder, env=environment, stdout=follower, stderr=follower):
            os.close(follower)
            shown = b""
            while select.select([leader], [], [], 30)[0]:
                try:
                    shown += os.read(leader, 65536)
                except OSError:
                    break
        os.close(leader)
        return shown.decode()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    found = Here(tmp_path_factory.mktemp("commands"))
    found.run("import", *(str(DATA / f"{name}.jsonl") for name in ("july", "august")), "--on", "2026-09-01")
    found.run("import", str(DATA / "aggregator.json"), "--on", "2026-09-01")
    found.run("watch", "add", "10.5555/quay.1", "--label", "quays", "--on", "2026-09-01")
    return found


# --- the contract ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (("growth",), {"source", "count", "gained", "from_date", "to_date"}),
        (("citing", "10.5555/quay.1"), {"citing_doi", "citing_title", "first_seen", "created", "self_citation"}),
        (("related", "10.5555/quay.1"), {"openalex", "score", "reasons"}),
        (("search", "harbour"), {"openalex", "score"}),
        (("show", "10.5555/quay.1"), {"authors", "identifiers", "counts", "origin", "disagreements"}),
    ],
)
def test_rows_about_a_work_carry_the_keys_of_the_contract(here: Here, words: tuple[str, ...], more: set[str]) -> None:
    rows = here.rows(*words)
    assert rows
    for row in rows:
        assert list(row)[:5] == WORK_KEYS
        assert more <= row.keys()


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_every_form_of_every_reading_command(here: Here, words: tuple[str, ...]) -> None:
    lines = here.run(*words, "--format", "jsonl").stdout.splitlines()
    whole = json.loads(here.run(*words, "--format", "json").stdout)
    assert [json.loads(line) for line in lines] == whole
    assert here.run(*words).stdout.splitlines() == lines  # JSON lines in a pipe
    if words[0] not in ("status", "compare", "topic"):
        assert len(list(csv.DictReader(io.StringIO(here.run(*words, "--format", "csv").stdout)))) == len(whole)
    assert "|" in here.run(*words, "--format", "markdown").stdout
    assert here.run(*words, "--format", "table").stdout.strip()
    assert "known" in here.run(*words, "--format", "yaml", code=2).stderr or words[0] == "status"


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_a_terminal_of_eighty_columns_is_enough(here: Here, words: tuple[str, ...]) -> None:
    shown = here.terminal(*words).replace("\r", "")
    assert shown.strip()
    assert not shown.startswith("{")
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "name", ["10.5555/quay.1", "https://doi.org/10.5555/QUAY.1", "doi:10.5555/Quay.1", "1", "W9100000001"]
)
def test_a_work_in_every_spelling(here: Here, name: str) -> None:
    expected = here.rows("show", "10.5555/quay.1")[0]
    if name.startswith("W"):
        name = next(i["value"] for i in expected["identifiers"] if i["scheme"] == "openalex")
    assert here.rows("show", name)[0]["work"] == expected["work"]


def test_as_it_was_known_on_a_day(here: Here) -> None:
    def count(*words: str) -> int:
        rows = here.rows("growth", "10.5555/quay.1", "--source", "openalex", *words)
        return int(rows[0]["count"])

    assert count("--as-of", "2026-08-01") == 7
    assert count() == 11
    assert here.rows("growth", "--as-of", "2026-01-01") == []
    assert here.rows("show", "10.5555/quay.1", "--as-of", "2026-08-01")[0]["counts"][0]["count"] == 7


def test_the_payloads_are_shown_as_they_came(here: Here) -> None:
    rows = json.loads(here.run("show", "10.5555/quay.1", "--raw").stdout)
    assert {row["source"] for row in rows} == {"openalex", "aggregator"}
    assert any('"id"' in row["payload"] for row in rows)


def test_stdout_is_data_and_stderr_is_talk(here: Here) -> None:
    done = here.run("search", "nosuchword")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert here.run("--quiet", "search", "nosuchword").stderr == ""
    assert "%" not in here.run("reparse").stderr  # no bar in a pipe
    checked = here.rows("status", "--check")[0]
    assert checked["integrity"] == "ok"
    assert len(checked["content_hash"]) == 32


@pytest.mark.parametrize(
    "text", ['"', "NEAR(a b)", "title:harbour", "-", "*", "harbour OR", "(", "a* -b", "'; DROP", "^x"]
)
def test_whatever_is_typed_is_words(here: Here, text: str) -> None:
    done = subprocess.run(
        [*PROGRAM, "search", "--", text],
        cwd=here.folder,
        env=here.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    assert "fts5" not in done.stderr


# --- exit codes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "10.5555/nowhere"), 2, "watch add"),
        (("show", "no identifier"), 2, "no identifier"),
        (("show", "999999"), 2, "no work number"),
        (("growth", "--since", "yesterday"), 2, "2026-05-31"),
        (("watch", "add", "1758-5890"), 2, "ISSN"),
        (("watch", "remove", "77"), 2, "watch list"),
        (("journal", "9999-9994"), 2, "venue"),
        (("import", "nowhere.json"), 2, "nowhere.json"),
        (("--config", "nowhere.toml", "status"), 3, "nowhere.toml"),
        (("--db", "nowhere.db", "status"), 5, "init"),
        (("--db", "/proc/nowhere/x.db", "init"), 5, "cannot open"),
    ],
)
def test_one_line_says_what_is_wrong(here: Here, words: tuple[str, ...], code: int, says: str) -> None:
    done = here.run(*words, code=code)
    assert done.stdout == ""
    assert says in done.stderr


def test_a_foreign_file_is_left_alone(here: Here) -> None:
    foreign, text = here.folder / "foreign.db", here.folder / "text.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    text.write_text("not a database at all, but long enough to be read as one " * 20)
    before = foreign.read_bytes(), text.read_bytes()
    for file in (foreign, text):
        for words in (("status",), ("init",), ("import", str(DATA / "july.jsonl"))):
            here.run("--db", str(file), *words, code=5)
    assert (foreign.read_bytes(), text.read_bytes()) == before


def test_settings_that_cannot_be_used(tmp_path: Path) -> None:
    there = Here(tmp_path)
    (tmp_path / "harvest.toml").write_text('sources = "openalex"\n')
    there.run("status", code=3)
    (tmp_path / "harvest.toml").unlink()
    assert "HARVESTER_DATABASE" in Here(tmp_path, HARVESTER_DATABASE="x").run("status", code=3).stderr


def test_a_bad_record_is_set_aside_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    there = Here(tmp_path)
    lines = (DATA / "july.jsonl").read_text().splitlines()
    (tmp_path / "mixed.jsonl").write_text("\n".join([lines[0], '{"id": "https://openalex.org/W1", ', *lines[1:]]))
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    done = there.run("import", "mixed.jsonl", "bad.txt", "--on", "2026-09-01", code=6)
    assert "bad.txt" in done.stderr
    (problem,) = [row for row in there.rows("status")[0]["problems"] if row["kind"] == "quarantine"]
    assert problem["subject"] == "mixed.jsonl, record 2"
    assert there.rows("status")[0]["works"] == len(lines)


def test_only_one_run_at_a_time(here: Here) -> None:
    with (here.folder / "harvest.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "try again later" in here.run("reparse", code=75).stderr
        assert here.rows("status")  # reading is free at any time


def test_nothing_watched_and_nobody_there(tmp_path: Path) -> None:
    there = Here(tmp_path)
    there.run("init")
    assert "watch add" in there.run("harvest", code=2).stderr


# --- against the sandbox -----------------------------------------------------------------------------------------------


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(works=60, on=date(2026, 8, 31)) as served:
        yield served


def at(folder: Path, sandbox: Sandbox) -> Here:
    urls = {
        "HARVESTER_OPENALEX_URL": sandbox.openalex_url,
        "HARVESTER_SEMANTIC_SCHOLAR_URL": sandbox.semantic_scholar_url,
    }
    there = Here(folder, **urls)
    there.run("watch", "add", "10.1111/1758-5899.70005", "--on", "2026-08-31")
    return there


@pytest.mark.loopback
def test_a_harvest_from_the_command_line(tmp_path: Path, sandbox: Sandbox) -> None:
    there = at(tmp_path, sandbox)
    there.run("watch", "add", "1758-5899", "--label", "Global Policy")
    there.run("watch", "add", "european security", "--kind", "query")
    assert "complete" in there.run("harvest", "--on", "2026-08-31").stderr
    assert [row["kind"] for row in there.rows("watch", "list")] == ["work", "venue", "query"]
    assert all(row["works"] > 0 for row in there.rows("watch", "list"))
    venue = there.rows("journal", "1758-5880")[0]
    assert venue["name"] == "Global Policy"
    assert sum(year["works"] for year in venue["years"]) == venue["works"]


@pytest.mark.loopback
def test_a_spent_budget_asks_to_come_back(tmp_path: Path, sandbox: Sandbox) -> None:
    there = at(tmp_path, sandbox)
    sandbox.set_faults(["openalex:429-budget"])
    done = there.run("harvest", "--on", "2026-08-31", code=75)
    assert "budget" in done.stderr
    assert there.rows("growth")[0]["source"] == "semantic_scholar"  # the other went on


@pytest.mark.loopback
def test_a_source_that_refuses_everything_is_a_source_fault(tmp_path: Path, sandbox: Sandbox) -> None:
    there = at(tmp_path, sandbox)
    sandbox.set_faults(["*:401"])
    done = there.run("harvest", "--on", "2026-08-31", code=4)
    assert "set it in the environment" in done.stderr
    assert there.rows("growth") == []


@pytest.mark.loopback
def test_ctrl_c_is_one_line_and_the_next_run_goes_on(tmp_path: Path, sandbox: Sandbox) -> None:
    there = at(tmp_path, sandbox)
    sandbox.set_faults(["*:slow:2"])
    asked = len(sandbox.requests)
    with subprocess.Popen(
        [*PROGRAM, "harvest", "--on", "2026-08-31"],
        cwd=tmp_path,
        env=there.environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    ) as process:
        until = time.monotonic() + 30
        while len(sandbox.requests) == asked and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "interrupted" in said
    sandbox.set_faults([])
    assert "gone on with" in there.run("harvest", "--on", "2026-08-31").stderr


@pytest.mark.loopback
def test_hostile_titles_reach_no_terminal_and_no_spreadsheet(tmp_path: Path) -> None:
    there = Here(tmp_path)
    titles = [
        "[red]paint[/] \x1b]8;;http://x\x1b\\link",
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script> \u202egnp.exe | pipe",
    ]
    works = [
        {
            "id": f"https://openalex.org/W90{n}",
            "title": title + " of harbours",
            "publication_year": 2020,
            "cited_by_count": n,
        }
        for n, title in enumerate(titles)
    ]
    (tmp_path / "hostile.json").write_text(json.dumps(works))
    there.run("import", "hostile.json")
    for form in ("table", "markdown", "csv", "json"):
        for words in (("growth",), ("search", "harbours"), ("show", "W900"), ("related", "W900")):
            out = there.run(*words, "--format", form).stdout
            assert "\x1b" not in out
            assert "\u202e" not in out
            assert "<script>" not in out or form in ("table", "csv", "json")
    cells = csv.reader(io.StringIO(there.run("growth", "--format", "csv").stdout))
    assert not any(cell.startswith("=") for row in cells for cell in row)
    assert "[red]paint[/]" in there.run("growth", "--format", "table").stdout.replace("\n", " ")


def test_a_reader_that_has_had_enough(here: Here) -> None:
    command = f"{' '.join(repr(word) for word in PROGRAM)} growth | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=here.folder, env=here.environment,
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0


# --- stand-ins -------------------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_the_demo(tmp_path: Path) -> None:
    there = Here(tmp_path)
    out = there.run("demo").stdout
    for part in ("Simulated literature", "growth", "citing", "related", "sqlite3 harvester-demo.db"):
        assert part in out
    with sqlite3.connect(tmp_path / "harvester-demo.db") as db:
        days = db.execute("SELECT count(DISTINCT day) FROM citation_counts").fetchone()[0]
        statuses = {row[0] for row in db.execute("SELECT status FROM runs")}
    db.close()
    assert (days, statuses) == (12, {"complete"})
    (tmp_path / "mine.db").write_text("mine")
    there.run("demo", "--keep", "mine.db", code=2)
    assert (tmp_path / "mine.db").read_text() == "mine"


@pytest.mark.loopback
def test_the_sandbox_as_a_program(tmp_path: Path) -> None:
    there = Here(tmp_path)
    with subprocess.Popen(
        [*PROGRAM, "sandbox", "--port", "0"], cwd=tmp_path, env=there.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert all(line.startswith("export HARVESTER_") and "http://127.0.0.1:" in line for line in lines)
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert "--fault" in there.run("sandbox", "--port", "0", "--fault", "nonsense", code=2).stderr
