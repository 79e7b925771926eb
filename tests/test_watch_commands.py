"""The watch list on the command line: a look before it is saved, caps that ask, the list in git."""

from __future__ import annotations

import os
import pty
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from harvester.sandbox import Sandbox
from tests.test_commands import PROGRAM, Here

SEED, JOURNAL = "10.1111/1758-5899.70005", "1758-5880"

pytestmark = [pytest.mark.slow, pytest.mark.loopback]  # a process for each question


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=1, on=date(2026, 8, 31)) as served:
        yield served


@pytest.fixture
def here(tmp_path: Path, box: Sandbox) -> Here:
    box.set_faults([])
    return Here(
        tmp_path, HARVESTER_OPENALEX_URL=box.openalex_url, HARVESTER_SEMANTIC_SCHOLAR_URL=box.semantic_scholar_url
    )


def test_a_look_comes_first_and_a_dry_run_saves_nothing(here: Here) -> None:
    said = here.run("watch", "add", SEED, "--dry-run").stderr
    assert "openalex: 1 work\n  Ruxit Revisited" in said
    assert "semantic_scholar: 1 work" in said
    assert "nothing was saved" in said
    assert list(here.folder.iterdir()) == []
    assert "60 works, such as" in here.run("watch", "add", JOURNAL).stderr
    said = here.run("watch", "add", "10.5555/no.such").stderr
    assert "is it written as you mean it?" in said


def test_more_works_than_the_cap_are_not_watched_without_asking(here: Here) -> None:
    refused = here.run("watch", "add", JOURNAL, "--cap", "5", code=2)
    assert "stands for 60 works, more than its cap of 5" in refused.stderr
    assert not (here.folder / "harvest.db").exists()
    assert here.run("watch", "add", JOURNAL, "--cap", "60").returncode == 0
    leader, follower = pty.openpty()
    words = [*PROGRAM, "watch", "add", JOURNAL, "--cap", "7"]
    with subprocess.Popen(
        words, cwd=here.folder, env=here.environment, stdin=follower, stdout=follower, stderr=follower
    ) as asking:
        os.close(follower)
        os.write(leader, b"y\n")
        assert asking.wait(30) == 0
    os.close(leader)
    (watch,) = here.rows("watch", "list")
    assert watch["cap"] == 66  # what was agreed to, and a tenth for what comes


def test_a_source_that_is_down_is_said_and_the_watch_is_saved(here: Here, box: Sandbox) -> None:
    box.set_faults(["openalex:503"])
    said = here.run("watch", "add", SEED).stderr
    assert "openalex: the service failed" in said
    assert "semantic_scholar: 1 work" in said
    assert "watch 1: work doi:" in said
    asked = len(box.requests)
    here.run("watch", "add", JOURNAL, "--no-look")
    assert len(box.requests) == asked


def test_a_kind_no_enabled_source_knows_is_refused(here: Here) -> None:
    (here.folder / "harvest.toml").write_text('sources = ["semantic_scholar"]\n')
    assert "enable another in harvest.toml" in here.run("watch", "add", JOURNAL, code=2).stderr
    said = here.run("watch", "add", SEED, "--source", "openalx", code=2).stderr
    assert "'openalx' is not a source; known are openalex" in said


def test_options_said_again_change_the_watch_and_leave_the_others(here: Here) -> None:
    here.run("watch", "add", SEED, "--label", "seed", "--depth", "citing", "--source", "openalex")
    here.run("watch", "add", f"doi:{SEED}", "--since", "2026-01-01", "--no-look")
    (watch,) = here.rows("watch", "list")
    assert (watch["label"], watch["depth"], watch["sources"], watch["since"]) == (
        "seed", "itself,citing", '["openalex"]', "2026-01-01",
    )  # fmt: skip


def test_the_list_goes_to_git_and_comes_back(here: Here, tmp_path: Path) -> None:
    (here.folder / "dois.txt").write_text(f"{SEED} # the first\n10.5555/a\n{JOURNAL}\n")
    assert "3 watches, 3 new; nothing was saved" in here.run("watch", "import", "dois.txt", "--dry-run").stderr
    assert "3 watches, 3 new" in here.run("watch", "import", "dois.txt").stderr
    assert "3 watches, 0 new" in here.run("watch", "import", "dois.txt").stderr
    text = here.run("watch", "export").stdout
    here.run("watch", "export", "list.toml")
    assert (here.folder / "list.toml").read_text() == text
    assert "name a new file" in here.run("watch", "export", "list.toml", code=2).stderr
    here.run("--db", "second.db", "watch", "import", "list.toml")
    assert here.run("--db", "second.db", "watch", "export").stdout == text
    (here.folder / "bad.toml").write_text(text + '\n[[watch]]\nvalue = "nothing"\n')
    told = here.run("--db", "third.db", "watch", "import", "bad.toml", code=2).stderr
    assert "watch 4: 'nothing' is neither" in told
    assert not (here.folder / "third.db").exists()


def test_the_settings_file_and_the_list_agree(here: Here) -> None:
    settings = here.folder / "harvest.toml"
    settings.write_text(f'# ours\nsources = ["openalex"]\n\n[[watch]]\nvalue = "{SEED}" # the seed\n')
    here.run("init")
    assert [watch["value"] for watch in here.rows("watch", "list")] == [f"doi:{SEED}"]
    here.run("watch", "add", JOURNAL, "--label", "Policy")
    text = settings.read_text()
    assert text.startswith("# ours\n")
    assert "# the seed" in text
    assert [one["value"] for one in tomllib.loads(text)["watch"]] == [SEED, JOURNAL]
    here.run("watch", "remove", "1")
    assert [one["value"] for one in tomllib.loads(settings.read_text())["watch"]] == [JOURNAL]
    settings.write_text('sources = ["openalex"]\nwatch = []\n')
    assert "0 added, 1 removed" in here.run("watch", "list").stderr
    settings.write_text(f'sources = ["openalex"]\n[[watch]]\nvalue = "{SEED}"\n')
    said = here.run("harvest", "--on", "2026-08-31").stderr
    assert "1 added, 0 removed" in said
    assert "complete" in said
    assert [watch["works"] for watch in here.rows("watch", "list")] == [1]
