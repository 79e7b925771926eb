"""How the tests of pages come by a browser on a machine that has none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import browser

INSTALL = ["install", "-y", "--no-install-recommends", "chromium-headless-shell"]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, in a home without a browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "kept"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_a_chromium_is_found_on_path_then_where_playwright_keeps_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.chromium() is None
    kept = program(path / "kept" / "chromium_headless_shell-1" / "chrome-linux" / "headless_shell")
    assert browser.chromium() == kept
    on_path = program(path / "chromium")
    assert browser.chromium() == on_path
    monkeypatch.setenv("CHROMIUM", "/own/chromium")
    assert browser.chromium() == "/own/chromium"


@pytest.mark.parametrize(("user", "sudo", "before"), [(0, False, []), (1000, True, ["sudo", "-n"])])
def test_debians_package_is_taken_with_root_or_sudo(
    path: Path, monkeypatch: pytest.MonkeyPatch, user: int, sudo: bool, before: list[str]
) -> None:
    program(path / "apt-get")
    if sudo:
        program(path / "sudo")
    monkeypatch.setattr("os.geteuid", lambda: user)
    [[update, install], [other]] = browser.ways()
    for command in (update, install):
        assert [Path(word).name for word in command][: len(before) + 1] == [*before, "apt-get"]
    assert update[-1] == "update"
    assert install[-len(INSTALL) :] == INSTALL
    assert other[0] == sys.executable


def test_without_root_playwright_is_asked_for_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert browser.ways() == [[[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]]
