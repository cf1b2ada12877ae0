"""Real places for backups on this machine: an SFTP server, an S3 server, a WebDAV server, a folder."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncssh
import boto3
from cheroot.wsgi import Server
from moto.server import ThreadedMotoServer
from wsgidav.wsgidav_app import WsgiDAVApp

from core.ops.backups.places import Kind, Place

USER, SECRET = "li", "three-cups@of/tea:please"


@contextmanager
def a_place(kind: Kind, folder: Path) -> Iterator[Place]:
    """A place of this kind that works until the block ends."""
    if kind == Kind.FOLDER:
        yield Place(kind, str(folder / "nas" / "salesbook"))
        return
    with {Kind.SFTP: _sftp, Kind.S3: _s3, Kind.WEBDAV: _webdav}[kind](folder) as place:
        yield place


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - the signature is asyncssh's
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, SECRET)


@contextmanager
def _sftp(folder: Path) -> Iterator[Place]:
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    root = folder / "sftp"
    root.mkdir()
    loop = asyncio.new_event_loop()
    ready, port, stop = threading.Event(), [0], asyncio.Event()

    async def serve() -> None:
        server = await asyncssh.create_server(
            _Door,
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )
        port[0] = server.get_port()
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield Place(Kind.SFTP, "/backups/salesbook", "127.0.0.1", port[0], user=USER, secret=SECRET)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


@contextmanager
def _s3(_folder: Path) -> Iterator[Place]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        known = {"aws_access_key_id": USER, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        with closing(boto3.client("s3", endpoint_url=address, **known)) as client:
            client.create_bucket(Bucket="company")
        yield Place(Kind.S3, "company/salesbook", address=address, region="us-east-1", user=USER, secret=SECRET)
    finally:
        server.stop()


@contextmanager
def _webdav(folder: Path) -> Iterator[Place]:
    root = folder / "webdav"
    root.mkdir()
    known = {"*": {USER: {"password": SECRET}}}
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": known},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.bind_addr[1]}"
        yield Place(Kind.WEBDAV, "backups/salesbook", address=address, user=USER, secret=SECRET)
    finally:
        server.stop()
        thread.join(20)
