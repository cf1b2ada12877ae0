"""Channels, customers, contacts, addresses and their tags."""

from enum import StrEnum

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.base.search import WORD_LENGTH
from core.db.model import Base
from core.db.types import Id, Moment, Word, signs


class CustomerKind(StrEnum):
    """Whether the customer is a company or a person."""

    COMPANY = "company"
    PERSON = "person"


CUSTOMER_KIND_LABELS = {CustomerKind.COMPANY: N_("Company"), CustomerKind.PERSON: N_("Person")}


class Channel(Base):
    """Where orders come from: the shop, a platform, the sales team."""

    __tablename__ = "channel"
    feeds = ("channel", "id")

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)


class CustomerTag(Base):
    """A free word on customers."""

    __tablename__ = "customer_tag"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True)


customer_tagging = Table(
    "customer_tagging",
    Base.metadata,
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("tag_id", ForeignKey("customer_tag.id"), primary_key=True),
)


class Customer(Base):
    """Somebody who buys."""

    __tablename__ = "customer"
    __table_args__ = (Index("uq_customer_code", text("lower(code)"), unique=True), {"sqlite_autoincrement": True})
    feeds = ("customer", "id")

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CustomerKind] = mapped_column(Word(CustomerKind), default=CustomerKind.COMPANY)
    region: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    tax_number: Mapped[str] = mapped_column(String(40), default="")
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    note: Mapped[str] = mapped_column(String(2000), default="")
    initials: Mapped[str] = mapped_column(String(200), default="")
    search_text: Mapped[str] = mapped_column(String(2000), default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)
    contacts: Mapped[list["Contact"]] = relationship(
        lazy="raise", back_populates="customer", cascade="all, delete-orphan", order_by="Contact.id"
    )
    addresses: Mapped[list["Address"]] = relationship(
        lazy="raise", back_populates="customer", cascade="all, delete-orphan", order_by="Address.id"
    )
    tags: Mapped[list[CustomerTag]] = relationship(lazy="raise", secondary=customer_tagging)

    __mapper_args__ = {"version_id_col": version}


class CustomerWord(Base):
    """A beginning by which a customer is found; written with its search text."""

    __tablename__ = "customer_word"
    __table_args__ = {"sqlite_with_rowid": False}

    word: Mapped[str] = mapped_column(signs(WORD_LENGTH), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True, index=True)


class Contact(Base):
    """A person to talk to at a customer."""

    __tablename__ = "contact"

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    customer: Mapped[Customer] = relationship(lazy="raise", back_populates="contacts")


class Address(Base):
    """Where goods or letters go."""

    __tablename__ = "address"

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    region: Mapped[str] = mapped_column(String(80), default="")
    street: Mapped[str] = mapped_column(String(300))
    recipient: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    customer: Mapped[Customer] = relationship(lazy="raise", back_populates="addresses")
