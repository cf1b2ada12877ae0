"""The queue of messages that leave: made of what is due, leased, sent by whoever holds the lease, and noted."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.base.i18n import DEFAULT_LANGUAGE
from core.base.settings import Settings
from core.notify.events import MESSAGE_FAILED, Event
from core.notify.keeping import locked_away
from core.notify.models import (
    ChannelKind,
    MailServer,
    Notice,
    NoticeChannel,
    NoticeLine,
    NoticePost,
    NoticeProfile,
    NoticeTry,
    PostState,
)
from core.notify.people import holders
from core.notify.sending import PROBLEMS, Outcome, Problem
from core.notify.tell import once, settle, tell, unsettled
from core.notify.words import Letter, event_of, said, title_of
from core.security.models import User
from core.work.store import Store
from core.work.unit import UnitOfWork, table_of

LEASE = timedelta(minutes=2)
MINUTE = timedelta(seconds=60)
TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
MOST_LINES = 200
LOOKED_AT = 50
PRODUCT = "Salesbook"

_CHANNEL = table_of(NoticeChannel)
_REST = update(_CHANNEL)


@dataclass(frozen=True)
class Parcel:
    """A message that is leased to the caller, and where it goes, its secrets encrypted as they are stored.

    `attempt` tells this lease from a later one.
    """

    post_id: int
    attempt: int
    kind: ChannelKind
    address: str
    secret: str
    server: MailServer | None
    letter: Letter


def is_anything_due(store: Store) -> bool:
    """Whether there may be something to send; reads only."""
    now = store.clock.now()
    with Session(store.reader) as session:
        return bool(session.scalar(select(or_(exists(_due_posts(now)), exists(_due_lines(now))))))


def take_post(uow: UnitOfWork) -> Parcel | None:
    """The message that is due the longest, leased to the caller; made of all that waits for its target if it is new.

    A channel that has used up its minute rests until it has room again.
    """
    return _take_again(uow) or _take_new(uow)


def note_post(uow: UnitOfWork, post_id: int, attempt: int, outcome: Outcome) -> bool:
    """Write down what came of an attempt; False where the lease was lost meanwhile and somebody else has it."""
    post = uow.session.get(NoticePost, post_id, with_for_update=True)
    if post is None or post.state != PostState.SENDING or post.attempts != attempt:
        return False
    post.leased_until = None
    if outcome.problem is None:
        post.state, post.sent_at, post.problem, post.answer = PostState.SENT, uow.now, "", ""
        settle(uow, MESSAGE_FAILED, _target(post))
        return True
    post.problem, post.answer = outcome.problem.value, outcome.answer[:300]
    if outcome.problem is Problem.BUSY:
        # The other side is there and asks for patience: that uses up no attempt.
        post.attempts -= 1
        post.state, post.due_at = PostState.WAITING, uow.now + (outcome.pause or MINUTE)
        if post.channel_id is not None:
            _rest(uow, post.channel_id, post.due_at)
        return True
    if post.attempts < TRIES and outcome.problem is not Problem.ADDRESS:
        post.state = PostState.WAITING
        post.due_at = uow.now + min(FIRST_PAUSE * 2 ** (post.attempts - 1), LONGEST_PAUSE)
        return True
    post.state = PostState.FAILED
    _tell_failed(uow, post, outcome.problem)
    return True


def _take_again(uow: UnitOfWork) -> Parcel | None:
    waiting = uow.session.scalars(
        _due_posts(uow.now)
        .order_by(NoticePost.due_at, NoticePost.id)
        .limit(LOOKED_AT)
        .with_for_update(skip_locked=True, of=NoticePost)
    )
    for post in waiting:
        if post.channel_id is None:
            return _leased(uow, post)
        channel = _roomy(uow, post.channel_id)
        if channel is not None:
            return _leased(uow, post, channel)
        if post.state == PostState.SENDING:
            # Its sender died; it waits for the channel like any other.
            post.state = PostState.WAITING
    uow.session.flush()
    return None


def _take_new(uow: UnitOfWork) -> Parcel | None:
    targets = uow.session.execute(
        _due_lines(uow.now)
        .with_only_columns(NoticeLine.channel_id, NoticeLine.user_id, func.min(NoticeLine.due_at))
        .group_by(NoticeLine.channel_id, NoticeLine.user_id)
        .order_by(func.min(NoticeLine.due_at))
        .limit(LOOKED_AT)
    ).all()
    for channel_id, user_id, _due_at in targets:
        channel = _roomy(uow, channel_id) if channel_id is not None else None
        if channel is None and (channel_id is not None or not _is_free(uow, user_id)):
            continue
        lines = _gathered(uow, channel_id, user_id)
        if lines:
            post = uow.add(
                NoticePost(
                    uid=uuid.uuid4().hex,
                    channel_id=channel_id,
                    user_id=user_id,
                    due_at=uow.now,
                    attempts=0,
                    created_at=uow.now,
                )
            )
            for line in lines:
                line.post_id = post.id
            uow.session.flush()
            return _leased(uow, post, channel)
    return None


def _is_free(uow: UnitOfWork, user_id: int | None) -> bool:
    """Whether nobody else makes a message for this person at this moment."""
    locked = select(NoticeProfile.user_id).where(NoticeProfile.user_id == user_id).with_for_update(skip_locked=True)
    return uow.session.scalar(locked) is not None


def _gathered(uow: UnitOfWork, channel_id: int | None, user_id: int | None) -> list[NoticeLine]:
    """What waits for a target, without what is settled by now, or what the person may not see any more."""
    found = uow.session.execute(
        select(NoticeLine, Notice.event, Notice.settled_at)
        .join(Notice, Notice.id == NoticeLine.notice_id)
        .where(
            NoticeLine.post_id.is_(None),
            NoticeLine.dropped_at.is_(None),
            NoticeLine.due_at <= uow.now,
            NoticeLine.channel_id == channel_id if channel_id is not None else NoticeLine.user_id == user_id,
        )
        .order_by(NoticeLine.id)
        .limit(MOST_LINES)
        .with_for_update(of=NoticeLine)
    ).all()
    kept = []
    may: dict[str, bool] = {}
    for line, name, settled_at in found:
        event = event_of(name)
        if event is not None and user_id is not None and name not in may:
            may[name] = bool(holders(uow.session, event.permission, [user_id]))
        if event is None or settled_at is not None or not may.get(name, True):
            line.dropped_at = uow.now
        else:
            kept.append(line)
    uow.session.flush()
    return kept


def _roomy(uow: UnitOfWork, channel_id: int) -> NoticeChannel | None:
    """The channel, locked, if it takes one more message now; else None, and it rests until it does."""
    channel = uow.session.get(NoticeChannel, channel_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if channel is None or (channel.paused_until is not None and channel.paused_until > uow.now):
        return None
    tries = select(NoticeTry.at).where(NoticeTry.channel_id == channel_id, NoticeTry.at > uow.now - MINUTE)
    newest_first = list(uow.session.scalars(tries.order_by(NoticeTry.at.desc()).limit(channel.per_minute)))
    if len(newest_first) >= channel.per_minute:
        _rest(uow, channel_id, newest_first[-1] + MINUTE)
        return None
    return channel


def _rest(uow: UnitOfWork, channel_id: int, until: datetime) -> None:
    """Nothing leaves to a channel until then. Its version stays, or a form that is open would lose what was typed."""
    uow.session.connection().execute(_REST.where(_CHANNEL.c.id == channel_id).values(paused_until=until))


def _leased(uow: UnitOfWork, post: NoticePost, channel: NoticeChannel | None = None) -> Parcel:
    post.state, post.leased_until, post.attempts = PostState.SENDING, uow.now + LEASE, post.attempts + 1
    uow.session.flush()
    if channel is not None:
        uow.write(NoticeTry, [{"channel_id": channel.id, "at": uow.now}])
        kind, address, secret, language = channel.kind, channel.address, channel.secret, channel.language
    else:
        kind, secret = ChannelKind.MAIL, ""
        profile = uow.session.get_one(NoticeProfile, post.user_id)
        address = locked_away(uow.settings, profile.email)
        language = uow.session.get_one(User, post.user_id).language or DEFAULT_LANGUAGE
    server = uow.session.get(MailServer, 1) if kind is ChannelKind.MAIL else None
    if server is not None:
        uow.session.expunge(server)
    return Parcel(post.id, post.attempts, kind, address, secret, server, _letter(uow, post, language))


def _letter(uow: UnitOfWork, post: NoticePost, language: str) -> Letter:
    rows = uow.session.execute(
        select(Notice.event, Notice.facts, Notice.query)
        .join(NoticeLine, NoticeLine.notice_id == Notice.id)
        .where(NoticeLine.post_id == post.id)
        .order_by(NoticeLine.id)
    )
    found = [(event, facts, query) for name, facts, query in rows if (event := event_of(name)) is not None]
    settings = uow.settings
    told = tuple(
        said(event, facts, language=language, currency=settings.currency, address=address_of(settings, event, query))
        for event, facts, query in found
    )
    return Letter(post.uid, title_of(told, language), told, settings.company or PRODUCT, language)


def address_of(settings: Settings, event: Event, query: Mapping[str, Any]) -> str:
    """Where a notice leads, as an address for outside the app; nothing where the app's own is not known."""
    if not settings.public_url:
        return ""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{settings.public_url.rstrip('/')}/{event.word}{asked}"


def _tell_failed(uow: UnitOfWork, post: NoticePost, problem: Problem) -> None:
    """One notice for a target that cannot be reached, however many messages fail meanwhile."""
    target = _target(post)
    if not any(key.startswith(f"{target}.") for key in unsettled(uow.session, MESSAGE_FAILED)):
        where = select(NoticeChannel.name).where(NoticeChannel.id == post.channel_id)
        if post.channel_id is None:
            where = select(User.name).where(User.id == post.user_id)
        facts = {"target": uow.session.scalar(where), "problem": PROBLEMS[problem]}
        tell(uow, MESSAGE_FAILED, once(uow, target), facts)


def _target(post: NoticePost) -> str:
    return f"channel {post.channel_id}" if post.channel_id else f"person {post.user_id}"


def _open_channels(now: datetime) -> Select[int]:
    return select(NoticeChannel.id).where(
        NoticeChannel.removed_at.is_(None),
        NoticeChannel.stopped_at.is_(None),
        or_(NoticeChannel.paused_until.is_(None), NoticeChannel.paused_until <= now),
    )


def _due_posts(now: datetime) -> Select[NoticePost]:
    return select(NoticePost).where(
        or_(
            and_(NoticePost.state == PostState.WAITING, NoticePost.due_at <= now),
            and_(NoticePost.state == PostState.SENDING, NoticePost.leased_until < now),
        ),
        or_(NoticePost.channel_id.is_(None), NoticePost.channel_id.in_(_open_channels(now))),
    )


def _due_lines(now: datetime) -> Select[NoticeLine]:
    return select(NoticeLine).where(
        NoticeLine.post_id.is_(None),
        NoticeLine.dropped_at.is_(None),
        NoticeLine.due_at <= now,
        or_(NoticeLine.channel_id.is_(None), NoticeLine.channel_id.in_(_open_channels(now))),
    )
