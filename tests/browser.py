"""`python -m tests.browser`: see that there is a Chromium to test with; and the fixture that starts it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def find_chromium() -> str | None:
    """The program that the browser tests drive; None where this machine has none."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def prepare() -> str | None:
    """Find a Chromium, or install one through the system's package manager or Playwright's own."""
    found = find_chromium()
    if found is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        _say("Installing Chromium and fonts for Chinese with apt-get (only this once)")
        _try("apt-get", "update", "-q")
        _try("apt-get", "install", "-q", "-y", "--no-install-recommends", *PACKAGES)
        found = find_chromium()
    if found is None:
        _say("Installing Playwright's own Chromium (only this once)")
        _try(sys.executable, "-m", "playwright", "install", "chromium")
        found = find_chromium()
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; the test is skipped, with the reason, where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine, and none could be installed: install chromium and try again")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def _try(*words: str) -> None:
    subprocess.run(
        words, check=False, stdout=subprocess.DEVNULL, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    )


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    program = prepare()
    _say(f"Browser tests use {program}" if program else "Browser tests are skipped: no Chromium, and none to install")
