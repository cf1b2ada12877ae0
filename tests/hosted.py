"""A hosted installation on this machine: app processes on one database behind nginx with the shipped configuration.

with hosted(settings, folder, nginx) as site:
    page.goto(site.address)

`python -m tests.hosted` sees that there is an nginx to test with.
"""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.base.settings import Settings
from tests.scenarios.serving import BETWEEN_LOOKS_SECONDS, PATIENCE_SECONDS, PROJECT, free_port, wait_until_up

SHIPPED = PROJECT / "deploy" / "nginx"
APT = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
WRAPPED = """
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
{user}
events {{ worker_connections 2048; }}
http {{
    types {{ text/html html; }}
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/salesbook.conf;
}}
"""


def find_nginx() -> str | None:
    """The nginx of this machine; None where there is none."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def prepare() -> str | None:
    """Find an nginx, or install one through the system's package manager."""
    found = find_nginx()
    if found is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        sys.stdout.write("Installing nginx with apt-get (only this once)\n")
        for words in (("update", "-q"), ("install", "-q", "-y", "--no-install-recommends", "nginx-light")):
            subprocess.run(["apt-get", *words], check=False, stdout=subprocess.DEVNULL, env=os.environ | APT)
        found = find_nginx()
    return found


@pytest.fixture(scope="session")
def nginx() -> str:
    """The program; the test is skipped, with the reason, where there is none."""
    found = find_nginx()
    if found is None:
        pytest.skip("no nginx on this machine, and none could be installed: install nginx and try again")
    return found


@dataclass
class Site:
    """What runs: nginx with its address, and the app processes behind it by their ports."""

    address: str
    folder: Path
    settings: Settings
    apps: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """A request through nginx, as anybody could send it."""
        return fetched(f"{self.address}{path}", **headers)

    def sessions(self, port: int) -> int:
        """How many browsers are connected to this process."""
        _, _, text = fetched(f"http://127.0.0.1:{port}/metrics")
        found = re.search(r"^salesbook_sessions (\d+)", text.decode(), re.MULTILINE)
        return int(found[1]) if found else 0

    def wait_for_browsers(self, port: int, count: int) -> None:
        """Return once so many browsers are connected to this process."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.sessions(port) != count:
            if time.monotonic() > until:
                raise TimeoutError(f"{count} browsers did not come to {port}")
            time.sleep(BETWEEN_LOOKS_SECONDS)

    def start(self, port: int) -> None:
        """Start an app process on this port, without waiting for it."""
        kept = {name: word for name, word in os.environ.items() if not name.startswith(("SALESBOOK_", "STREAMLIT_"))}
        ours = {
            **self.settings.environment(),
            "SALESBOOK_HOSTED": "true",
            "STREAMLIT_SERVER_COOKIE_SECRET": "the same for all",
            "PYTHONPATH": str(PROJECT),
        }
        words = ["-m", "streamlit", "run", "app.py", "--server.headless=true", "--server.address=127.0.0.1"]
        with (self.folder / f"app-{port}.log").open("ab") as log:
            self.apps[port] = subprocess.Popen(
                [sys.executable, *words, f"--server.port={port}"],
                cwd=PROJECT,
                env=kept | ours,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        """Return once every process is ready to serve."""
        for port, process in self.apps.items():
            log = self.folder / f"app-{port}.log"
            wait_until_up(lambda app=process: app.poll() is not None, f"http://127.0.0.1:{port}", log)  # type: ignore[misc]
        until = time.monotonic() + PATIENCE_SECONDS
        while any(fetched(f"http://127.0.0.1:{port}/readyz")[0] != 200 for port in self.apps):
            if time.monotonic() > until:
                raise TimeoutError("the processes did not get ready")
            time.sleep(BETWEEN_LOOKS_SECONDS)

    def kill(self, port: int) -> None:
        """End a process at once, in the middle of whatever it does."""
        process = self.apps.pop(port)
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def hosted(settings: Settings, folder: Path, program: str, *, count: int = 2) -> Iterator[Site]:
    """So many app processes behind nginx; all end with the block."""
    ports, https = [free_port() for _ in range(count)], free_port()
    configuration = configured(folder, ports, https, free_port())
    site = Site(f"https://localhost:{https}", folder, settings)
    for port in ports:
        site.start(port)
    web = subprocess.Popen([program, "-p", folder, "-e", folder / "error.log", "-c", configuration])
    try:
        site.wait()
        yield site
    finally:
        for process in (web, *site.apps.values()):
            process.terminate()
        for process in (web, *site.apps.values()):
            process.wait()


def configured(folder: Path, ports: list[int], https: int, http: int) -> Path:
    """The shipped configuration with the ports and folders of a test, wrapped as a whole one."""
    text = (SHIPPED / "salesbook.conf").read_text(encoding="utf-8")
    servers = re.findall(r"^ *server 127\.0\.0\.1:\d+ (.*);\n", text, re.MULTILINE)
    first, *others = (f"    server 127.0.0.1:{port} {servers[0]};\n" for port in ports)
    text = re.sub(r"(^ *server 127\.0\.0\.1:\d+ .*;\n)+", first + "".join(others), text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{http};")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{https} ssl")
    text = text.replace("/etc/salesbook/tls", str(folder)).replace("/etc/salesbook/pages", str(SHIPPED))
    (folder / "salesbook.conf").write_text(text, encoding="utf-8")
    whole = folder / "nginx.conf"
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    whole.write_text(WRAPPED.format(folder=folder, user=user), encoding="utf-8")
    make_certificate(folder)
    return whole


def make_certificate(folder: Path) -> None:
    """A certificate of our own for this machine, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "privkey.pem").write_bytes(private)


def trusting() -> ssl.SSLContext:
    """What trusts the certificates of tests."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def titled(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers under their names as they are usually written."""
    return {name.title(): word for name, word in headers.items()}


def fetched(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, also of an answer that says no; patient while nobody listens yet."""
    named = {name.replace("_", "-"): word for name, word in headers.items()}
    request = Request(address, headers=named)  # noqa: S310 - our own
    for _ in range(50):
        with suppress(ConnectionError):
            try:
                with urlopen(request, timeout=10, context=trusting()) as answer:  # noqa: S310 - our own
                    return answer.status, titled(answer.headers), answer.read()
            except URLError as error:
                if hasattr(error, "read"):
                    return error.code, titled(error.headers), error.read()  # type: ignore[attr-defined]
                if not isinstance(error.reason, ConnectionError):
                    raise
        time.sleep(0.1)
    raise ConnectionError(address)


if __name__ == "__main__":
    sys.stdout.write("" if prepare() else "No nginx here: the tests that need it are skipped.\n")
