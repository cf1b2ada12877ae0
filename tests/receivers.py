"""Real servers on loopback that notices are sent to: one for the bots of chats, one for mail."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Reply = tuple[int, str, dict[str, str]]
FINE: Reply = (200, '{"errcode": 0, "errmsg": "ok"}', {})


@dataclass
class Arrival:
    """What a bot was asked: the address with its query, the headers, the body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def uid(self) -> str:
        """By which the receiver can tell a second copy."""
        return self.headers["X-Request-Id"]


@dataclass
class Bot:
    """A bot that answers in turn what it is told to, and fine afterwards; it may keep its askers waiting."""

    url: str
    arrivals: list[Arrival] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self) -> list[str]:
        """What it was told, message by message."""
        return [(each.body.get("text") or each.body["content"]).get("content", "") for each in self.arrivals]


@contextmanager
def a_bot(*replies: Reply) -> Iterator[Bot]:
    """A bot on a port of its own."""
    bot = Bot("", replies=list(replies))
    bot.answers.set()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bot.arrivals.append(Arrival(self.path, dict(self.headers), body))
            status, words, headers = bot.replies.pop(0) if bot.replies else FINE
            bot.arrived.set()
            bot.answers.wait(20)
            try:
                self.send_response(status)
                for name, each in headers.items():
                    self.send_header(name, each)
                self.end_headers()
                self.wfile.write(words.encode())
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    bot.url = f"http://127.0.0.1:{server.server_port}/robot/send?access_token=abcdef0123456789"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bot
    finally:
        bot.answers.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Postbox:
    """A mail server that keeps what it gets, refuses whom it is told to, and knows one name and password."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refused: set[str] = set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse the refused."""
        if address in self.refused:
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail."""
        self.mails.append(message_from_bytes(envelope.original_content or b""))
        return "250 OK"


def _may_send(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
    is_known = isinstance(given, LoginPassword) and (given.login, given.password) == (b"shop", b"rice-and-tea")
    return AuthResult(success=is_known, handled=is_known)


@contextmanager
def a_postbox(*, asks: bool = False) -> Iterator[Postbox]:
    """A mail server on a port of its own; one that asks wants name and password."""
    box = Postbox()
    more: dict[str, Any] = (
        {"authenticator": _may_send, "auth_required": True, "auth_require_tls": False} if asks else {}
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port, **more)
    server.start()
    try:
        yield box
    finally:
        server.stop()
