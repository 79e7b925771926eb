"""A real Chromium for the tests of pages: found on this machine, else got in a way that this machine allows.

    python -m tests.browser     find or get one and say which (`make test` does); exit code 0 also where there is none

Looked for in $CHROMIUM, on PATH, and where Playwright keeps its own. Where there is none: Debian's package, as root where
apt-get is; else Playwright's download, which needs no root but its host. Where neither works the tests are skipped, saying so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
PACKAGE = "chromium-headless-shell"  # 60 MB, without what a window needs
SECONDS = 600


def chromium() -> str | None:
    """The path of a Chromium on this machine, None if there is none."""
    own = os.environ.get("CHROMIUM")
    return own or next(filter(None, map(shutil.which, NAMES)), None) or _of_playwright()


def _of_playwright() -> str | None:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(kept.glob("chromium*/*/*"), reverse=True)
    return next(
        (str(path) for path in found if path.name in ("headless_shell", "chrome", "chrome-headless-shell")), None
    )


def ways() -> list[list[list[str]]]:
    """How one may be got here, each way its commands, the surest first."""
    apt, sudo = shutil.which("apt-get"), shutil.which("sudo")
    playwright = [[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]
    before = [] if os.geteuid() == 0 else [sudo, "-n"] if sudo else None
    if not apt or before is None:
        return [playwright]
    wait = ["-q", "-o", "DPkg::Lock::Timeout=300"]
    install = [*before, apt, *wait, "install", "-y", "--no-install-recommends", PACKAGE]
    return [[[*before, apt, *wait, "update"], install], playwright]


def get() -> None:
    """Try each way until one gives a browser, telling on stderr what was tried."""
    for commands in ways():
        for command in commands:
            print("tests.browser:", " ".join(command), file=sys.stderr, flush=True)
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=SECONDS, env=environment
                )
            except subprocess.TimeoutExpired:
                break
            if done.returncode:
                break
        if chromium():
            return


def main() -> None:
    """Find one, else get one; say which."""
    if not chromium():
        get()
    print(
        f"tests.browser: {chromium() or 'no Chromium is to be had here: the tests of pages will be skipped'}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
