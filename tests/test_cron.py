"""The files in cron/: harvest.sh run for real with a stand-in for the program, the rest read by those who will read it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harvester import config

CRON = Path(__file__).resolve().parents[1] / "cron"
BARE_PATH = "/usr/bin:/bin"  # what cron gives
STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \S")
KEY = "k3y-that-nobody-may-see"

needs_shell = pytest.mark.skipif(
    not (shutil.which("bash", path=BARE_PATH) and shutil.which("flock", path=BARE_PATH)),
    reason="harvest.sh needs bash and flock",
)
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")

PROGRAM = r"""#!/bin/sh
here='{here}'
for argument in "$@"; do printf '%s\n' "$argument"; done >"$here/arguments"
env -0 >"$here/environment of the run"
pwd >"$here/folder"
echo run >>"$here/runs"
echo "a line for the log"
printf 'and one without an end' >&2
{on_signal}
[ -e "$here/wait" ] && : >"$here/started"
while [ -e "$here/wait" ]; do sleep 0.05; done
exit {code}
"""


class House:
    """A folder with a space in its name that holds a database, the settings and a stand-in for the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "the data"
        self.data.mkdir(parents=True)
        self.database = self.data / "harvest.db"
        self.log = folder / "the log.txt"
        self.settings = self.data / "environment"
        self.settings.touch(mode=0o600)  # so that nothing of /etc is read
        self.program(0)

    def program(self, code: int, *, at: Path | None = None, on_signal: str = "") -> Path:
        path = at or self.folder / "the program"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROGRAM.format(here=self.folder, code=code, on_signal=on_signal))
        path.chmod(0o755)
        return path

    def environment(self, **more: str | None) -> dict[str, str]:
        """As bare as cron's; None takes a variable out."""
        told = {
            "PATH": BARE_PATH,
            "HARVESTER_DB": str(self.database),
            "HARVESTER_BIN": str(self.folder / "the program"),
            "HARVESTER_LOG": str(self.log),
        }
        return {name: value for name, value in (told | more).items() if value is not None}

    def run(
        self, *arguments: str, script: Path = CRON / "harvest.sh", **more: str | None
    ) -> subprocess.CompletedProcess[str]:
        command = [str(script), *arguments]
        return subprocess.run(
            command,
            env=self.environment(**more),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def start(self) -> subprocess.Popen[str]:
        """A run that is under way and stays so until `finish`."""
        (self.folder / "wait").touch()
        process = subprocess.Popen(
            [str(CRON / "harvest.sh")],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until((self.folder / "started").exists)
        return process

    def finish(self) -> None:
        (self.folder / "wait").unlink(missing_ok=True)

    def seen(self) -> dict[str, str]:
        """The environment the program was given."""
        pairs = (self.folder / "environment of the run").read_text().rstrip("\0").split("\0")
        return dict(pair.split("=", 1) for pair in pairs)

    def arguments(self) -> list[str]:
        return (self.folder / "arguments").read_text().splitlines()

    def runs(self) -> int:
        record = self.folder / "runs"
        return len(record.read_text().splitlines()) if record.exists() else 0


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "a house with spaces")
    yield house
    house.finish()


# --- one run -------------------------------------------------------------------------------------------------------


@needs_shell
@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 6, 75])
def test_the_exit_code_is_handed_on(house: House, code: int) -> None:
    house.program(code)
    done = house.run()
    assert done.returncode == code
    assert done.stdout == ""
    assert bool(done.stderr) == (code != 0), "cron mails what is printed: only a failure is worth a mail"


@needs_shell
def test_one_harvest_of_the_database_in_its_folder(house: House) -> None:
    assert house.run("--limit", "two words").returncode == 0
    assert house.arguments() == ["--db", str(house.database), "harvest", "--limit", "two words"]
    assert (house.folder / "folder").read_text().strip() == str(house.data)
    assert house.runs() == 1


@needs_shell
def test_a_relative_database_and_log_lie_in_the_callers_folder(house: House) -> None:
    done = house.run(HARVESTER_DB="the data/harvest.db", HARVESTER_LOG="here.log", HARVESTER_BIN="the program")
    assert done.returncode == 0, done.stderr
    assert house.arguments()[1] == str(house.database)
    assert "a line for the log" in (house.folder / "here.log").read_text()


@needs_shell
def test_the_log_has_the_time_of_each_line_and_is_appended_to(house: House) -> None:
    house.program(6)
    house.run()
    house.run()
    lines = house.log.read_text().splitlines()
    assert all(STAMPED.match(line) for line in lines), lines
    said = [line.split(" ", 1)[1] for line in lines]
    once = ["harvest.sh: start", "a line for the log", "and one without an end", "harvest.sh: end, exit code 6"]
    assert said == once * 2


@needs_shell
def test_without_a_log_it_speaks_on_stderr(house: House) -> None:
    done = house.run(HARVESTER_LOG=None)
    assert done.stdout == ""
    assert "a line for the log" in done.stderr
    assert all(STAMPED.match(line) for line in done.stderr.splitlines())


@needs_shell
def test_the_program_is_found_on_path(house: House) -> None:
    house.program(6, at=house.folder / "bin dir" / "harvester")
    done = house.run(HARVESTER_BIN=None, PATH=f"{house.folder / 'bin dir'}:{BARE_PATH}")
    assert done.returncode == 6


@needs_shell
def test_the_program_is_found_beside_the_script_even_through_a_link(house: House) -> None:
    script = house.folder / "check out" / "cron" / "harvest.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(CRON / "harvest.sh", script)
    house.program(6, at=house.folder / "check out" / ".venv" / "bin" / "harvester")
    link = house.folder / "link"
    link.symlink_to(script)
    assert house.run(HARVESTER_BIN=None, script=script).returncode == 6
    assert house.run(HARVESTER_BIN=None, script=link).returncode == 6


@needs_shell
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"HARVESTER_BIN": "/nowhere/harvester"}, "no program at /nowhere/harvester"),
        ({"HARVESTER_BIN": "/tmp"}, "no program at /tmp"),
        ({"HARVESTER_DB": "/nowhere/at all/harvest.db"}, "no folder for /nowhere/at all/harvest.db"),
        ({"HARVESTER_LOG": "/nowhere/log"}, "cannot write the log /nowhere/log"),
        ({"HARVESTER_ENV_FILE": "/nowhere/environment"}, "HARVESTER_ENV_FILE=/nowhere/environment cannot be read"),
    ],
)
def test_wrong_settings_are_one_line_and_exit_code_3(house: House, wrong: dict[str, str], said: str) -> None:
    done = house.run(**wrong)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert house.runs() == 0


# --- the environment file ------------------------------------------------------------------------------------------


@needs_shell
def test_the_environment_file_is_read_as_it_stands(house: House) -> None:
    house.settings.write_text(
        f"# a comment\n; another\n\nOPENALEX_API_KEY={KEY}\r\n"
        "HARVESTER_MAILTO=\"library@example.org\"\nA_B='it is $HOME `id` $(id)'\nhttps_proxy=http://proxy:1/?a=b  \nLAST=end"
    )
    assert house.run().returncode == 0
    seen = house.seen()
    assert seen["OPENALEX_API_KEY"] == KEY
    assert seen["HARVESTER_MAILTO"] == "library@example.org"
    assert seen["A_B"] == "it is $HOME `id` $(id)"
    assert seen["https_proxy"] == "http://proxy:1/?a=b"
    assert seen["LAST"] == "end"


@needs_shell
def test_what_is_set_already_wins_but_an_empty_variable_counts_as_unset(house: House) -> None:
    house.settings.write_text("HARVESTER_MAILTO=file@example.org\nOPENALEX_API_KEY=of-the-file\n")
    house.run(HARVESTER_MAILTO="set@example.org", OPENALEX_API_KEY="")
    assert house.seen()["HARVESTER_MAILTO"] == "set@example.org"
    assert house.seen()["OPENALEX_API_KEY"] == "of-the-file"


@needs_shell
def test_a_named_environment_file_may_name_everything(house: House) -> None:
    named = house.folder / "my settings"
    named.write_text(
        f"HARVESTER_DB={house.database}\nHARVESTER_BIN={house.folder}/the program\nHARVESTER_LOG={house.log}\n"
    )
    done = house.run(HARVESTER_ENV_FILE=str(named), HARVESTER_DB=None, HARVESTER_BIN=None, HARVESTER_LOG=None)
    assert done.returncode == 0, done.stderr
    assert house.arguments()[1] == str(house.database)
    assert house.log.exists()


@needs_shell
def test_the_program_accepts_the_environment_it_is_given(house: House) -> None:
    house.settings.write_text(f"SEMANTIC_SCHOLAR_API_KEY={KEY}\n")
    house.run(HARVESTER_ENV_FILE=str(house.settings))
    settings = config.load(house.seen(), folder=house.folder)  # an unknown HARVESTER_ name is an error there
    assert settings.database == house.database
    assert settings.key("semantic_scholar") == KEY


@needs_shell
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
@pytest.mark.parametrize("line", [f"OPENALEX_API_KEY={KEY}", f"my_token = {KEY}".replace(" ", ""), f"PASSWORD='{KEY}'"])
def test_a_key_open_to_others_is_refused(house: House, mode: int, line: str) -> None:
    house.settings.write_text(f"HARVESTER_MAILTO=library@example.org\n{line}\n")
    house.settings.chmod(mode)
    done = house.run()
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert f"chmod 600 '{house.settings}'" in done.stderr
    assert KEY not in done.stderr
    assert house.runs() == 0


@needs_shell
def test_a_link_does_not_hide_that_a_key_is_open_to_others(house: House) -> None:
    real = house.folder / "real"
    real.write_text(f"OPENALEX_API_KEY={KEY}\n")
    real.chmod(0o644)
    house.settings.unlink()
    house.settings.symlink_to(real)
    assert house.run().returncode == 3


@needs_shell
def test_a_link_itself_is_open_to_all_and_does_not_count(house: House) -> None:
    real = house.folder / "real"
    real.write_text(f"OPENALEX_API_KEY={KEY}\n")
    real.chmod(0o600)
    house.settings.unlink()
    house.settings.symlink_to(real)
    assert house.run().returncode == 0


@needs_shell
@pytest.mark.parametrize(
    ("line", "mode"),
    [(f"OPENALEX_API_KEY={KEY}", 0o640), ("OPENALEX_API_KEY=", 0o644), ("HARVESTER_MAILTO=a@b.org", 0o644)],
)
def test_a_group_may_read_a_key_and_all_may_read_a_file_without_one(house: House, line: str, mode: int) -> None:
    house.settings.write_text(f"{line}\n")
    house.settings.chmod(mode)
    assert house.run().returncode == 0


@needs_shell
@pytest.mark.parametrize(
    "line", [KEY, f"export OPENALEX_API_KEY={KEY}", f"OPENALEX API KEY={KEY}", f"OPENALEX_API_KEY = {KEY}"]
)
def test_a_line_that_is_no_setting_is_named_by_its_number_only(house: House, line: str) -> None:
    house.settings.write_text(f"A=b\n{line}\n")
    done = house.run()
    assert done.returncode == 3
    assert "line 2 is not NAME=VALUE" in done.stderr
    assert KEY not in done.stderr


@needs_shell
def test_no_key_is_shown_anywhere(house: House) -> None:
    house.settings.write_text(f"OPENALEX_API_KEY={KEY}\n")
    house.program(4)
    done = house.run()
    assert house.seen()["OPENALEX_API_KEY"] == KEY
    assert KEY not in done.stdout + done.stderr + house.log.read_text()
    assert KEY not in "".join(house.arguments())


# --- two runs, and a run that is stopped ---------------------------------------------------------------------------


@needs_shell
def test_a_second_run_comes_back_later_and_leaves_the_first_alone(house: House) -> None:
    first = house.start()
    second = house.run()
    assert second.returncode == 75
    assert second.stderr.count("\n") == 1
    assert "another run holds" in second.stderr
    assert first.poll() is None
    house.finish()
    _, said = first.communicate(timeout=30)
    assert (first.returncode, said) == (0, "")
    assert house.runs() == 1
    assert house.run().returncode == 0, "the lock is free again"


@needs_shell
def test_the_lock_outlives_a_script_that_was_killed_while_its_harvest_goes_on(house: House) -> None:
    first = house.start()
    first.kill()
    first.wait(timeout=30)
    assert house.run().returncode == 75
    house.finish()
    first.communicate(timeout=30)  # until the harvest has ended: it holds the pipes
    until(lambda: house.run().returncode == 0)


@needs_shell
def test_a_signal_reaches_the_harvest_and_its_own_exit_code_comes_back(house: House) -> None:
    house.program(0, on_signal="trap 'exit 6' TERM")
    first = house.start()
    first.terminate()
    first.communicate(timeout=30)
    assert first.returncode == 6
    assert "end, exit code 6" in house.log.read_text()


@needs_shell
def test_a_harvest_that_dies_of_the_signal_is_not_a_success(house: House) -> None:
    first = house.start()
    first.terminate()
    first.communicate(timeout=30)
    assert first.returncode == 128 + 15


# --- what others read ----------------------------------------------------------------------------------------------


@needs_shell
def test_bash_can_read_the_script() -> None:
    subprocess.run(["bash", "-n", str(CRON / "harvest.sh")], check=True, timeout=30)
    assert (CRON / "harvest.sh").stat().st_mode & 0o111


def test_nothing_in_cron_belongs_to_one_machine() -> None:
    files = sorted(path for path in CRON.iterdir() if path.is_file())
    assert {"crontab", "github-workflow.yml", "harvest.sh", "harvester.service", "harvester.timer"} <= {
        p.name for p in files
    }
    for path in files:
        text = path.read_text()
        assert not re.search(r"/(?:home|root|Users|work|tmp)/", text), path
        assert text.endswith("\n"), path


CRON_LINE = re.compile(r"#?(\d\S*|\*\S*)((?:\s+[\d*][\d*,/-]*){4})\s+(\S.*)")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def test_the_crontab_lines_are_five_fields_and_a_command() -> None:
    lines = (CRON / "crontab").read_text().splitlines()
    found = [match for line in lines if (match := CRON_LINE.fullmatch(line))]
    rest = [line for line in lines if not CRON_LINE.fullmatch(line)]
    assert all(re.fullmatch(r"|#( .*)?|[A-Z_]+=\S+", line) for line in rest), rest
    assert len(found) == 2
    for match in found:
        fields = [match[1], *match[2].split()]
        for field, (low, high) in zip(fields, RANGES, strict=True):
            assert field == "*" or low <= int(field) <= high
        assert match[3] == "/opt/harvester/cron/harvest.sh"
    assert sorted(line.startswith("#") for line in lines if CRON_LINE.fullmatch(line)) == [False, True]
    assert [match[2].split()[-1] for match in found] == ["1", "*"], "weekly, daily"


def settings_of(unit: str) -> list[tuple[str, str]]:
    lines = (CRON / unit).read_text().splitlines()
    return [
        (name, value)
        for line in lines
        if (name := line.partition("=")[0]) != line and line[0] != "#"
        for value in [line.partition("=")[2]]
    ]


def test_the_service_is_one_run_in_a_closed_room() -> None:
    service = dict(settings_of("harvester.service"))
    assert service["Type"] == "oneshot"
    assert service["ExecStart"].endswith("harvester --db %S/harvester/harvest.db harvest")
    assert service["EnvironmentFile"] == "-/etc/harvester/environment"
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["StateDirectory"]) == (
        "strict",
        "true",
        "harvester",
    )
    assert service["SuccessExitStatus"] == "6"
    assert service["Restart"] == "on-failure"
    assert "75" not in service["RestartPreventExitStatus"].split(), "75 is tried again"


def test_the_timer_makes_up_for_missed_runs() -> None:
    timer = dict(settings_of("harvester.timer"))
    assert timer["Persistent"] == "true"
    assert timer["RandomizedDelaySec"] == "30min"
    assert timer["WantedBy"] == "timers.target"


@needs_systemd
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    shutil.copy(CRON / "harvester.timer", tmp_path)
    text = re.sub(
        r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", (CRON / "harvester.service").read_text(), flags=re.M
    )
    (tmp_path / "harvester.service").write_text(text)
    units = [str(tmp_path / name) for name in ("harvester.service", "harvester.timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "harvester." not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@needs_systemd
def test_systemd_knows_the_times() -> None:
    comment = re.search(r"instead: (.+)", (CRON / "harvester.timer").read_text())
    assert comment
    times = [dict(settings_of("harvester.timer"))["OnCalendar"], comment[1]]
    for each in times:
        done = subprocess.run(
            ["systemd-analyze", "calendar", each], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "04:17:00 UTC" in done.stdout


def test_the_workflow_keeps_the_database_whatever_the_end() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    workflow = yaml.safe_load((CRON / "github-workflow.yml").read_text())
    assert workflow[True]["schedule"][0]["cron"].split() == ["17", "4", "*", "*", "1"]  # YAML 1.1 reads `on` as true
    assert workflow["concurrency"]["cancel-in-progress"] is False
    steps = workflow["jobs"]["harvest"]["steps"]
    harvest = next(step for step in steps if step.get("id") == "harvest")
    keep = next(step for step in steps if step.get("name") == "Keep the database")
    assert "cron/harvest.sh" in harvest["run"]
    assert steps.index(keep) > steps.index(harvest)
    assert keep["if"].startswith("always()")
    assert all("secrets." not in str(step) for step in steps if step is not harvest)


@needs_shell
@pytest.mark.parametrize(("code", "handed_on"), [(0, 0), (4, 4), (5, 5), (6, 0), (75, 0)])
def test_the_workflows_shell_says_what_went_wrong(house: House, code: int, handed_on: int) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    steps = yaml.safe_load((CRON / "github-workflow.yml").read_text())["jobs"]["harvest"]["steps"]
    script = next(step["run"] for step in steps if step.get("id") == "harvest")
    house.program(code)
    house.database.write_text("not empty")
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        env=house.environment(),
        cwd=CRON.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == handed_on
    assert ("::warning::" in done.stdout) == (code in (6, 75))
