"""The app in a process of its own, for browsers to visit.

with serving(data_dir, {"SALESBOOK_DEMO": "1"}) as address, visiting(browser) as page:
    page.goto(address)

`browser` is the fixture of `tests/browser.py`, `visiting` stands in `tests/scenarios/visitors.py`. The processes are
forked from one that has read the libraries and our rooms already and done nothing else: that saves seconds each time.
"""

import os
import runpy
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

from tests.apart import without_main

PROJECT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.1
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["streamlit.web.cli", "pages._shared.start", "pages._shared.screens"])


@contextmanager
def serving(
    data_dir: Path, settings: Mapping[str, str] | None = None, *, script: Path = PROJECT / "app.py"
) -> Iterator[str]:
    """Start the app, or another script that uses our rooms; its address, until the block ends.

    What it prints stands in `server.log` in the data directory.
    """
    port = free_port()
    address, log = f"http://localhost:{port}", data_dir / "server.log"
    places = {"SALESBOOK_DATA_DIR": str(data_dir), **(settings or {})}
    server = FORKS.Process(target=_serve, args=(script, port, places, log))
    with without_main():
        server.start()
    try:
        wait_until_up(lambda: server.exitcode is not None, address, log)
        yield address
    finally:
        server.terminate()
        server.join()


def setup_code(data_dir: Path) -> str:
    """The one-time code that the app printed for whoever sets it up."""
    return (data_dir / "server.log").read_text().split("Set-up code: ")[1].split()[0]


def _serve(script: Path, port: int, places: Mapping[str, str], log: Path) -> None:
    """What the new process does: become `streamlit run`, with these settings alone."""
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    for name in [name for name in os.environ if name.startswith(("SALESBOOK_", "STREAMLIT_"))]:
        del os.environ[name]
    os.environ |= places
    os.chdir(PROJECT)
    sys.argv = ["streamlit", "run", str(script), "--server.headless=true", f"--server.port={port}"]
    runpy.run_module("streamlit", run_name="__main__")


def wait_until_up(has_ended: Callable[[], bool], address: str, log: Path) -> None:
    """Return once the app answers; `RuntimeError` with what it printed where it ended instead."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(URLError, OSError), urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 - our own
            return
        if has_ended():
            raise RuntimeError(f"the app did not start:\n{log.read_text()}")
        Event().wait(BETWEEN_LOOKS_SECONDS)
    raise TimeoutError(f"the app did not answer:\n{log.read_text()}")


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
