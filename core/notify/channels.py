"""The company's channels and its mail server, kept by an administrator; what is secret is never shown again."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import apprise
from sqlalchemy import func, select, update

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import LANGUAGES, N_, said_in
from core.base.search import one_line
from core.notify.choices import checked_email, checked_quiet
from core.notify.errors import NoMailServer, NothingToRetry
from core.notify.events import EVENTS
from core.notify.keeping import hint_of, locked_away
from core.notify.models import (
    ChannelKind,
    Gathering,
    MailServer,
    NoticeChannel,
    NoticeLine,
    NoticePost,
    NoticeTry,
    PostState,
    Security,
)
from core.notify.outgoing import PRODUCT, Parcel
from core.notify.words import Letter, Said
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

NAME_LENGTH, ADDRESS_LENGTH, SECRET_LENGTH = 80, 1_000, 500
MOST_PER_MINUTE = 600
TEST = N_("Test")
TEST_WORDS = N_("This is a test from {company}. Whoever reads it gets the notices of this channel.")
BOTS = frozenset({ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU})


@dataclass(frozen=True)
class ChannelRow:
    """A channel as an administrator sees it: its address as a hint only."""

    id: int
    name: str
    kind: ChannelKind
    hint: str
    has_secret: bool
    events: tuple[str, ...]
    language: str
    per_minute: int
    gathering: Gathering
    quiet_from: int | None
    quiet_until: int | None
    paused_until: datetime | None
    is_stopped: bool
    waiting: int
    version: int


@dataclass(frozen=True)
class MailServerCard:
    """The mail server without its password."""

    host: str
    port: int
    security: Security
    username: str
    has_password: bool
    sender: str


@dataclass(frozen=True)
class PostRow:
    """A message on its way or gone: where it goes, how many notices it has, how often it was tried, and why not."""

    id: int
    uid: str
    target: str
    state: PostState
    notices: int
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    problem: str
    answer: str


@query(P.SYSTEM_OPERATE)
def channels(scope: Scope) -> list[ChannelRow]:
    """The company's channels, with how many notices wait for each."""
    waiting = (
        select(NoticeLine.channel_id, func.count().label("count"))
        .where(NoticeLine.post_id.is_(None), NoticeLine.dropped_at.is_(None))
        .group_by(NoticeLine.channel_id)
        .subquery()
    )
    found = scope.session.execute(
        select(NoticeChannel, func.coalesce(waiting.c.count, 0))
        .outerjoin(waiting, waiting.c.channel_id == NoticeChannel.id)
        .where(NoticeChannel.removed_at.is_(None))
        .order_by(NoticeChannel.id)
    )
    return [
        ChannelRow(
            each.id,
            each.name,
            each.kind,
            each.hint,
            bool(each.secret),
            tuple(name for name in each.events if name in EVENTS),
            each.language,
            each.per_minute,
            each.gathering,
            each.quiet_from,
            each.quiet_until,
            each.paused_until,
            each.stopped_at is not None,
            count,
            each.version,
        )
        for each, count in found
    ]


@query(P.SYSTEM_OPERATE)
def mail_server(scope: Scope) -> MailServerCard | None:
    """The mail server, if one is set up."""
    found = scope.session.get(MailServer, 1)
    if found is None:
        return None
    return MailServerCard(found.host, found.port, found.security, found.username, bool(found.password), found.sender)


@query(P.SYSTEM_OPERATE)
def posts(scope: Scope, *, states: Collection[PostState] = (), limit: int = 100) -> list[PostRow]:
    """Messages, the newest first; of these states, or all."""
    lines = select(NoticeLine.post_id, func.count().label("count")).group_by(NoticeLine.post_id).subquery()
    wanted = (
        select(NoticePost, func.coalesce(NoticeChannel.name, User.name, ""), func.coalesce(lines.c.count, 0))
        .outerjoin(NoticeChannel, NoticeChannel.id == NoticePost.channel_id)
        .outerjoin(User, User.id == NoticePost.user_id)
        .outerjoin(lines, lines.c.post_id == NoticePost.id)
        .order_by(NoticePost.id.desc())
        .limit(limit)
    )
    if states:
        wanted = wanted.where(NoticePost.state.in_(states))
    return [
        PostRow(
            post.id,
            post.uid,
            target,
            post.state,
            count,
            post.attempts,
            post.due_at,
            post.sent_at,
            post.problem,
            post.answer,
        )
        for post, target, count in scope.session.execute(wanted)
    ]


@command(P.SYSTEM_OPERATE)
def add_channel(
    uow: UnitOfWork,
    name: str,
    *,
    kind: ChannelKind,
    address: str,
    events: Collection[str],
    secret: str = "",
    language: str = "zh_CN",
    per_minute: int = 20,
    gathering: Gathering = Gathering.AT_ONCE,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
) -> int:
    """Let notices of these kinds go to a group chat or address. Refuses an address that its kind cannot use."""
    address, secret = _checked_address(kind, address), _checked_secret(secret)
    channel = NoticeChannel(
        name="",
        kind=kind,
        address=locked_away(uow.settings, address),
        secret=locked_away(uow.settings, secret),
        hint=hint_of(address),
        events=[],
        language=language,
        created_at=uow.now,
        created_by=uow.actor.id,
    )
    _set_habits(channel, name, events, language, per_minute, gathering, quiet_from, quiet_until)
    uow.add(channel)
    uow.audit("notice_channel.added", channel, name=channel.name, kind=kind, hint=channel.hint, events=channel.events)
    return channel.id


@command(P.SYSTEM_OPERATE)
def change_channel(
    uow: UnitOfWork,
    channel_id: int,
    *,
    name: str,
    events: Collection[str],
    language: str = "zh_CN",
    per_minute: int = 20,
    gathering: Gathering = Gathering.AT_ONCE,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
    address: str = "",
    secret: str = "",
) -> None:
    """Change a channel; an address or secret that is left empty stays as it is."""
    channel = _channel(uow, channel_id)
    _set_habits(channel, name, events, language, per_minute, gathering, quiet_from, quiet_until)
    if address.strip():
        given = _checked_address(channel.kind, address)
        channel.address, channel.hint, channel.paused_until = locked_away(uow.settings, given), hint_of(given), None
    if secret.strip():
        channel.secret = locked_away(uow.settings, _checked_secret(secret))
    is_new = {"new_address": bool(address.strip()), "new_secret": bool(secret.strip())}
    uow.audit("notice_channel.changed", None, subject_id=channel.id, name=channel.name, events=channel.events, **is_new)


@command(P.SYSTEM_OPERATE)
def stop_channel(uow: UnitOfWork, channel_id: int) -> None:
    """Let nothing leave to a channel for the time being; what waits for it goes on waiting, nothing new is queued."""
    channel = _channel(uow, channel_id)
    channel.stopped_at = channel.stopped_at or uow.now
    uow.audit("notice_channel.stopped", None, subject_id=channel.id, name=channel.name)


@command(P.SYSTEM_OPERATE)
def start_channel(uow: UnitOfWork, channel_id: int) -> None:
    """Undo: a channel takes notices again."""
    channel = _channel(uow, channel_id)
    channel.stopped_at = channel.paused_until = None
    uow.audit("notice_channel.started", None, subject_id=channel.id, name=channel.name)


@command(P.SYSTEM_OPERATE)
def remove_channel(uow: UnitOfWork, channel_id: int) -> None:
    """Take a channel away for good: its address is forgotten, and what waits for it is given up."""
    channel = _channel(uow, channel_id)
    channel.removed_at, channel.address, channel.secret = uow.now, "", ""
    uow.session.execute(
        update(NoticeLine)
        .where(NoticeLine.channel_id == channel_id, NoticeLine.post_id.is_(None), NoticeLine.dropped_at.is_(None))
        .values(dropped_at=uow.now)
    )
    uow.session.execute(
        update(NoticePost)
        .where(NoticePost.channel_id == channel_id, NoticePost.state.in_((PostState.WAITING, PostState.FAILED)))
        .values(state=PostState.DROPPED)
    )
    uow.audit("notice_channel.removed", None, subject_id=channel.id, name=channel.name)


@command(P.SYSTEM_OPERATE)
def set_mail_server(
    uow: UnitOfWork,
    *,
    host: str,
    port: int,
    security: Security,
    sender: str,
    username: str = "",
    password: str = "",
) -> None:
    """Say which server mails leave by; a password that is left empty stays as it is while the host does."""
    host, sender = host.strip(), checked_email(sender)
    if not host or len(host) > 200 or any(sign.isspace() or sign in "/@" for sign in host):
        raise InvalidInput(field=N_("Host"), reason=N_("enter the name of the server, such as smtp.example.com."))
    if not 1 <= port <= 65_535:
        raise InvalidInput(field=N_("Port"), reason=N_("enter 1 to 65535."))
    password = _checked_secret(password)
    server = uow.session.get(MailServer, 1, with_for_update=True)
    if server is None:
        server = MailServer(id=1, password="")
        uow.session.add(server)
    # Never hand a stored password to another server.
    if password or server.host != host:
        server.password = locked_away(uow.settings, password)
    server.host, server.port, server.security = host, port, security
    server.username, server.sender = username.strip(), sender
    uow.session.flush()
    uow.audit("mail_server.set", None, host=host, port=port, security=security, sender=sender, username=username)


@command(P.SYSTEM_OPERATE)
def retry_post(uow: UnitOfWork, post_id: int) -> None:
    """Try a message that failed again, with a fresh count of attempts; `NothingToRetry` where it did not fail."""
    post = uow.session.get(NoticePost, post_id, with_for_update=True)
    if post is None or post.state != PostState.FAILED:
        raise NothingToRetry
    post.state, post.due_at, post.attempts = PostState.WAITING, uow.now, 0
    uow.audit("notice_message.retried", None, subject_id=post.id)


@command(P.SYSTEM_OPERATE)
def give_up_post(uow: UnitOfWork, post_id: int) -> None:
    """Give up a message that failed; its notices stay in the inboxes."""
    post = uow.session.get(NoticePost, post_id, with_for_update=True)
    if post is None or post.state != PostState.FAILED:
        raise NothingToRetry
    post.state = PostState.DROPPED
    uow.audit("notice_message.given_up", None, subject_id=post.id)


@command(P.SYSTEM_OPERATE)
def prepare_test(uow: UnitOfWork, channel_id: int | None = None, *, to: str = "") -> Parcel:
    """A test message for a channel, or by mail to this address; whoever asks sends it outside the transaction."""
    if channel_id is None:
        kind, address, secret, language = ChannelKind.MAIL, locked_away(uow.settings, checked_email(to)), "", ""
    else:
        channel = _channel(uow, channel_id)
        kind, address, secret, language = channel.kind, channel.address, channel.secret, channel.language
        uow.write(NoticeTry, [{"channel_id": channel.id, "at": uow.now}])
    language = language or uow.actor.language
    server = uow.session.get(MailServer, 1) if kind is ChannelKind.MAIL else None
    if kind is ChannelKind.MAIL and server is None:
        raise NoMailServer
    company = uow.settings.company or PRODUCT
    words = Said(said_in(language, TEST), said_in(language, TEST_WORDS).format(company=company))
    uow.audit("notice_channel.tested", None, subject_id=channel_id, to=to)
    uow.session.flush()
    if server is not None:
        uow.session.expunge(server)
    letter = Letter(uuid.uuid4().hex, words.label, (words,), company, language)
    return Parcel(0, 0, kind, address, secret, server, letter)


def _set_habits(
    channel: NoticeChannel,
    name: str,
    events: Collection[str],
    language: str,
    per_minute: int,
    gathering: Gathering,
    quiet_from: int | None,
    quiet_until: int | None,
) -> None:
    name = one_line(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InvalidInput(field=N_("Channel name"), reason=N_("enter 1 to 80 characters."))
    known = [each for each in EVENTS if each in set(events) and EVENTS[each].leaves]
    if not known:
        raise InvalidInput(field=N_("Kinds of notices"), reason=N_("choose at least one kind."))
    if language not in LANGUAGES:
        raise NotFound(what=N_("The language"))
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise InvalidInput(field=N_("Messages a minute"), reason=N_("enter 1 to 600; bots take 20."))
    checked_quiet(quiet_from, quiet_until)
    channel.name, channel.events, channel.language, channel.per_minute = name, known, language, per_minute
    channel.gathering, channel.quiet_from, channel.quiet_until = gathering, quiet_from, quiet_until


def _checked_address(kind: ChannelKind, typed: str) -> str:
    address = typed.strip()
    if kind is ChannelKind.MAIL:
        return checked_email(address)
    parts = urlsplit(address)
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if len(address) > ADDRESS_LENGTH or not address.isprintable() or " " in address or (kind in BOTS and not is_web):
        raise InvalidInput(
            field=N_("Address"), reason=N_("paste the whole webhook address of the bot; it begins with https://.")
        )
    if kind is ChannelKind.OTHER and apprise.Apprise.instantiate(address, suppress_exceptions=True) is None:
        raise InvalidInput(field=N_("Address"), reason=N_("Apprise does not know it; look up how it is written there."))
    return address


def _checked_secret(typed: str) -> str:
    if len(typed) > SECRET_LENGTH:
        raise InvalidInput(field=N_("Secret"), reason=N_("enter at most 500 characters."))
    return typed.strip()


def _channel(uow: UnitOfWork, channel_id: int) -> NoticeChannel:
    channel = uow.session.get(NoticeChannel, channel_id, with_for_update=True)
    if channel is None or channel.removed_at is not None:
        raise NotFound(what=N_("The notice channel"))
    return channel
