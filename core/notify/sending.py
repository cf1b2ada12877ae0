"""Sending one message: by mail, to the bot of a chat, or to any service that Apprise knows; and what came of it.

Bots are spoken to here and not through Apprise, because they say “no” with HTTP 200 and a code in the answer.
"""

import base64
import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus, urlsplit

import apprise
import requests

from core.base.i18n import N_
from core.notify.models import ChannelKind, Security
from core.notify.words import Letter

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
LARGEST_ANSWER = 20_000
BODY_BYTES = {ChannelKind.WECOM: 2_000, ChannelKind.DINGTALK: 18_000, ChannelKind.FEISHU: 18_000}
OTHER_BYTES = 3_000
TOO_OFTEN = {ChannelKind.WECOM: {45009}, ChannelKind.DINGTALK: {130101, 130102}, ChannelKind.FEISHU: {9499, 11232}}
# DingTalk lets nothing through for ten minutes once it was asked more than twenty times in one.
PATIENCE = {ChannelKind.DINGTALK: timedelta(minutes=10)}
WRONG_SIGN = {ChannelKind.DINGTALK: {310000}, ChannelKind.FEISHU: {19021}}
LONGEST_PATIENCE = timedelta(hours=1)
SHORTEST_SECRET, SHORTEST_TOKEN = 4, 8


class Problem(StrEnum):
    """Why a message did not get through."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    BUSY = "busy"
    REFUSED = "refused"
    SIGNATURE = "signature"
    ADDRESS = "address"
    SIGN_IN = "sign_in"
    KEY = "key"
    SERVER = "server"


PROBLEMS = {
    Problem.UNREACHABLE: N_("No connection. Check the address and that this machine may reach it."),
    Problem.SILENT: N_("No answer in time. It is tried again by itself."),
    Problem.BUSY: N_("The other side asks for patience; what waits is sent together afterwards."),
    Problem.REFUSED: N_("The other side refused the message; its answer stands beside this."),
    Problem.SIGNATURE: N_(
        "The signature or a keyword is refused. Enter the secret of the bot's security settings again."
    ),
    Problem.ADDRESS: N_("The address cannot be used. Enter it again."),
    Problem.SIGN_IN: N_("The mail server refuses name or password. Enter them again."),
    Problem.KEY: N_("The stored address cannot be read, because the key file notices.secret changed. Enter it again."),
    Problem.SERVER: N_("No mail server is set up."),
}


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: no problem, or which one, what the other side said, and how long it wants to rest."""

    problem: Problem | None = None
    answer: str = ""
    pause: timedelta | None = None


@dataclass(frozen=True)
class MailRoute:
    """The mail server, its password in the clear."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    sender: str


def send_mail(route: MailRoute, to: str, letter: Letter) -> Outcome:
    """One mail; its Message-ID is the same at every attempt."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = " ".join(letter.title.split()), route.sender, to
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{letter.uid}@{route.sender.rpartition('@')[2].strip('>') or 'salesbook'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body())
    try:
        with _connected(route) as server:
            if route.username:
                server.login(route.username, route.password)
            server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        return Outcome(Problem.SIGN_IN, _scrubbed(str(error.smtp_code), route.password))
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        problem = Problem.ADDRESS if code >= 500 else Problem.REFUSED
        return Outcome(problem, f"{code} {_text(words)}")
    except smtplib.SMTPResponseException as error:
        return Outcome(Problem.REFUSED, _scrubbed(f"{error.smtp_code} {_text(error.smtp_error)}", route.password))
    except smtplib.SMTPException as error:
        return Outcome(Problem.REFUSED, _scrubbed(type(error).__name__, route.password))
    except TimeoutError:
        return Outcome(Problem.SILENT)
    except (OSError, ValueError) as error:
        return Outcome(Problem.UNREACHABLE, type(error).__name__)
    return Outcome()


def _connected(route: MailRoute) -> smtplib.SMTP:
    if route.security is Security.TLS:
        return smtplib.SMTP_SSL(route.host, route.port, timeout=ANSWER_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(route.host, route.port, timeout=ANSWER_SECONDS)
    if route.security is Security.STARTTLS:
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def send_to_bot(kind: ChannelKind, address: str, secret: str, letter: Letter) -> Outcome:
    """One message to a bot; what it answers decides, whatever the status."""
    text = f"{letter.title}\n{letter.body(BODY_BYTES[kind] - len(letter.title.encode()) - 1)}"
    payload: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    target = address
    if kind is ChannelKind.FEISHU:
        payload = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(time.time()))
            payload |= {"timestamp": stamp, "sign": _feishu_sign(stamp, secret)}
    elif kind is ChannelKind.DINGTALK:
        payload["msgUuid"] = letter.uid
        if secret:
            stamp = str(round(time.time() * 1000))
            joint = "&" if "?" in address else "?"
            target = f"{address}{joint}timestamp={stamp}&sign={quote_plus(_dingtalk_sign(stamp, secret))}"
    try:
        with requests.post(
            target,
            json=payload,
            headers={"X-Request-Id": letter.uid},
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            status, patience = response.status_code, response.headers.get("Retry-After", "")
            answer = response.raw.read(LARGEST_ANSWER, decode_content=True)
    except requests.Timeout:
        return Outcome(Problem.SILENT)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
        return Outcome(Problem.ADDRESS)
    except requests.RequestException as error:
        return Outcome(Problem.UNREACHABLE, type(error).__name__)
    words = _scrubbed(answer.decode(errors="replace"), address, secret)
    return _judged(kind, status, patience, words)


def _judged(kind: ChannelKind, status: int, patience: str, words: str) -> Outcome:
    if status in {429, 503}:
        asked = timedelta(seconds=int(patience)) if patience.isdecimal() else PATIENCE.get(kind)
        return Outcome(Problem.BUSY, f"{status} {words}".strip(), min(asked, LONGEST_PATIENCE) if asked else None)
    if status != 200:
        return Outcome(Problem.REFUSED, f"{status} {words}".strip())
    code = _code_in(words)
    if code in TOO_OFTEN[kind]:
        return Outcome(Problem.BUSY, words, PATIENCE.get(kind))
    if code in WRONG_SIGN.get(kind, ()):
        return Outcome(Problem.SIGNATURE, words)
    return Outcome() if code == 0 else Outcome(Problem.REFUSED, words)


def _code_in(words: str) -> int | None:
    """What the bot calls its code; 0 is a yes."""
    try:
        found = json.loads(words)
        return int(next(found[name] for name in ("errcode", "code", "StatusCode") if name in found))
    except (ValueError, TypeError, StopIteration):
        return None


def send_elsewhere(address: str, letter: Letter) -> Outcome:
    """One message to a service that Apprise knows by its address."""
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return Outcome(Problem.ADDRESS)
    room = min(OTHER_BYTES, service.body_maxlen)
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as heard:  # type: ignore[no-untyped-call]
        is_sent = service.notify(body=letter.body(room), title=letter.title)
        said = heard.getvalue()
    if is_sent:
        return Outcome()
    problem = Problem.BUSY if "error=429" in said else Problem.REFUSED
    if "onnection error" in said:
        problem = Problem.UNREACHABLE
    return Outcome(problem, _scrubbed(said, address))


def _dingtalk_sign(stamp: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _feishu_sign(stamp: str, secret: str) -> str:
    return base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _scrubbed(words: str, *secrets: str) -> str:
    """What the other side said, in one line, without anything that lets somebody send in our name."""
    for secret in secrets:
        parts = urlsplit(secret)
        pieces = [secret, parts.query, parts.netloc.rpartition("@")[0]]
        pieces += [each for each in (parts.path, *parts.path.split("/")) if len(each) >= SHORTEST_TOKEN]
        pieces += [each.partition("=")[2] for each in parts.query.split("&")]
        pieces += parts.netloc.rpartition("@")[0].split(":")
        if parts.scheme not in {"http", "https"}:
            pieces.append(parts.netloc.rpartition("@")[2])
        for piece in sorted({each for each in pieces if len(each) >= SHORTEST_SECRET}, key=len, reverse=True):
            words = words.replace(piece, "•••")
    return " ".join(words.split())
