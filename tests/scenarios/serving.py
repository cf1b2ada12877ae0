"""The app in a process of its own, for browsers to visit.

with serving(data_dir, {"SALESBOOK_DEMO": "1"}) as address, visiting(browser) as page:
    page.goto(address)

`browser` is the fixture of `tests/browser.py`, `visiting` stands in `tests/scenarios/visitors.py`.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.1


@contextmanager
def serving(
    data_dir: Path, settings: Mapping[str, str] | None = None, *, script: Path = PROJECT / "app.py"
) -> Iterator[str]:
    """Start the app, or another script that uses our rooms; its address, until the block ends.

    What it prints stands in `server.log` in the data directory.
    """
    port = free_port()
    address = f"http://localhost:{port}"
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("SALESBOOK_", "STREAMLIT_"))}
    arguments = ["-m", "streamlit", "run", str(script), "--server.headless=true", f"--server.port={port}"]
    with (data_dir / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={**kept, "SALESBOOK_DATA_DIR": str(data_dir), "PYTHONPATH": str(PROJECT), **(settings or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_up(server, address, data_dir / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait()


def setup_code(data_dir: Path) -> str:
    """The one-time code that the app printed for whoever sets it up."""
    return (data_dir / "server.log").read_text().split("Set-up code: ")[1].split()[0]


def wait_until_up(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return once the app answers; `RuntimeError` with what it printed where it ended instead."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(URLError, OSError), urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 - our own
            return
        with suppress(subprocess.TimeoutExpired):
            server.wait(BETWEEN_LOOKS_SECONDS)
            raise RuntimeError(f"the app did not start:\n{log.read_text()}")
    raise TimeoutError(f"the app did not answer:\n{log.read_text()}")


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
