"""Users, their roles, second factors, sign-ins and the attempts at them."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db.model import Base
from core.db.types import Id, Moment


class User(Base):
    """Somebody who can sign in. Disabled, never deleted, so that history keeps its names.

    Users of the same `team` share its customers, where their roles say so.
    """

    __tablename__ = "app_user"
    __table_args__ = (CheckConstraint("username = lower(username)", name="username_lower"),)
    feeds = ("app_user", "id")

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(128))
    language: Mapped[str | None] = mapped_column(String(8))
    team: Mapped[str] = mapped_column(String(40), default="")
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[Moment]
    password_changed_at: Mapped[Moment]
    disabled_at: Mapped[Moment | None]
    roles: Mapped[list["UserRole"]] = relationship(lazy="raise", cascade="all, delete-orphan", back_populates="user")


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.code"), primary_key=True)
    user: Mapped[User] = relationship(lazy="raise", back_populates="roles")


class UserWarehouse(Base):
    """A warehouse that is a user's own."""

    __tablename__ = "user_warehouse"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)


class AuthSession(Base):
    """One sign-in on one browser. The cookie holds a token whose SHA-256 stands here.

    `proved_at` is when the password was typed on it last.
    """

    __tablename__ = "auth_session"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    proved_at: Mapped[Moment | None]


class SignInCode(Base):
    """A code, good once and for seconds, that a browser exchanges for its session cookie."""

    __tablename__ = "sign_in_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[Moment]


class SignInAttempt(Base):
    """A failed or successful attempt to sign in, for lock-out by user and by address."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "username", "at"), Index(None, "address", "at"))

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment]
    succeeded: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str] = mapped_column(String(64), default="")


class SignInStep(Base):
    """A sign-in whose password was right and whose code is still asked for; good once and for minutes."""

    __tablename__ = "sign_in_step"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[Moment]


class SecondFactor(Base):
    """What an authenticator app shares with us; it counts once `enrolled_at` is set. No step is taken twice."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(String(64))
    enrolled_at: Mapped[Moment | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Base):
    """Gets its owner in once, without the authenticator app; its SHA-256 stands here."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    used_at: Mapped[Moment | None]


class SecondFactorRule(Base):
    """A role whose holders cannot sign in without a second factor."""

    __tablename__ = "second_factor_rule"

    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class SetupCode(Base):
    """The one-time code that guards the set-up screen of an installation without users."""

    __tablename__ = "setup_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[Moment]


class CompanyAccount(Base):
    """An account of an identity provider, known by issuer and subject; `user_id` is whose it is here."""

    __tablename__ = "company_account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    email: Mapped[str] = mapped_column(String(255))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    first_at: Mapped[Moment]
    seen_at: Mapped[Moment]


class UsedAssertion(Base):
    """A proof of the identity provider that has signed somebody in; none counts twice."""

    __tablename__ = "used_assertion"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[Moment]
