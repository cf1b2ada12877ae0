"""Notices, who gets them and how, the messages they leave in, and every attempt to send one."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word


class Notice(Base):
    """Something that happened, once for each `key`; settled once nothing is left to do about it."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[Id]
    event: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    amount: Mapped[Amount | None]
    due_on: Mapped[date | None]
    created_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]


class NoticeReceipt(Base):
    """A notice in somebody's inbox."""

    __tablename__ = "notice_receipt"
    __table_args__ = (UniqueConstraint("notice_id", "user_id"), Index(None, "user_id", "read_at"))

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    read_at: Mapped[Moment | None]


class ChannelKind(StrEnum):
    """What stands at the other end of a channel."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    MAIL = "mail"
    OTHER = "other"


CHANNEL_LABELS = {
    ChannelKind.WECOM: N_("WeCom bot"),
    ChannelKind.DINGTALK: N_("DingTalk bot"),
    ChannelKind.FEISHU: N_("Feishu bot"),
    ChannelKind.MAIL: N_("Mail address"),
    ChannelKind.OTHER: N_("Other service (Apprise address)"),
}


class Gathering(StrEnum):
    """When notices leave."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


GATHERING_LABELS = {
    Gathering.AT_ONCE: N_("At once"),
    Gathering.HOURLY: N_("Gathered every hour"),
    Gathering.DAILY: N_("Gathered once a day, at half past eight"),
}


class NoticeChannel(Base):
    """A group chat or address of the company. Address and secret are encrypted; `hint` shows which one it is."""

    __tablename__ = "notice_channel"
    __table_args__ = (
        CheckConstraint("per_minute > 0", name="rate_positive"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_whole"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[ChannelKind] = mapped_column(Word(ChannelKind))
    address: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(1000), default="")
    hint: Mapped[str] = mapped_column(String(80))
    events: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(8))
    per_minute: Mapped[int] = mapped_column(default=20)
    gathering: Mapped[Gathering] = mapped_column(Word(Gathering), default=Gathering.AT_ONCE)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    paused_until: Mapped[Moment | None]
    stopped_at: Mapped[Moment | None]
    removed_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


SECURITY_LABELS = {
    Security.TLS: N_("TLS (port 465)"),
    Security.STARTTLS: N_("STARTTLS (port 587)"),
    Security.NONE: N_("None (own network only)"),
}


class MailServer(Base):
    """The server that mails leave by; one row."""

    __tablename__ = "notice_mail_server"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[Id]
    host: Mapped[str] = mapped_column(String(200))
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(Word(Security))
    username: Mapped[str] = mapped_column(String(200), default="")
    password: Mapped[str] = mapped_column(String(1000), default="")
    sender: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class NoticeProfile(Base):
    """How notices reach somebody outside the app. Quiet hours are minutes of the company's day."""

    __tablename__ = "notice_profile"
    __table_args__ = (CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_whole"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(200), default="")
    gathering: Mapped[Gathering] = mapped_column(Word(Gathering), default=Gathering.AT_ONCE)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]


class NoticeChoice(Base):
    """What somebody chose for one kind of notice, instead of what is usual."""

    __tablename__ = "notice_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(40), primary_key=True)
    in_app: Mapped[bool]
    by_mail: Mapped[bool]


class PostState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


POST_STATE_LABELS = {
    PostState.WAITING: N_("Waiting"),
    PostState.SENDING: N_("Being sent"),
    PostState.SENT: N_("Sent"),
    PostState.FAILED: N_("Failed"),
    PostState.DROPPED: N_("Given up"),
}


class NoticePost(Base):
    """One message to one channel or person, with one notice or many. `uid` is the same at every attempt."""

    __tablename__ = "notice_post"
    __table_args__ = (
        CheckConstraint("(channel_id IS NULL) <> (user_id IS NULL)", name="one_target"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[Id]
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("notice_channel.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    state: Mapped[PostState] = mapped_column(Word(PostState), default=PostState.WAITING)
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[Moment | None]
    problem: Mapped[str] = mapped_column(String(20), default="")
    answer: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]


class NoticeLine(Base):
    """A notice on its way to a channel or person: waiting (no post), on a post, or dropped before it left."""

    __tablename__ = "notice_line"
    __table_args__ = (
        CheckConstraint("(channel_id IS NULL) <> (user_id IS NULL)", name="one_target"),
        UniqueConstraint("notice_id", "channel_id"),
        UniqueConstraint("notice_id", "user_id"),
        Index(None, "post_id", "due_at"),
    )

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("notice_channel.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    due_at: Mapped[Moment]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("notice_post.id"))
    dropped_at: Mapped[Moment | None]


class NoticeTry(Base):
    """One attempt to send to a channel: what a bot allows in a minute is counted by these."""

    __tablename__ = "notice_try"
    __table_args__ = (Index(None, "channel_id", "at"),)

    id: Mapped[Id]
    channel_id: Mapped[int] = mapped_column(ForeignKey("notice_channel.id"))
    at: Mapped[Moment]
