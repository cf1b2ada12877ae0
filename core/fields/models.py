"""Definitions of custom fields, their choices, and the values that products and customers have in them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

import core.catalog.models
import core.customers.models  # noqa: F401 - values belong to products and customers
from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Price, Word


class Subject(StrEnum):
    """What a field is on."""

    PRODUCT = "product"
    CUSTOMER = "customer"


class FieldKind(StrEnum):
    """What is entered into a field."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    YES_NO = "yes_no"


SUBJECT_LABELS = {Subject.PRODUCT: N_("Products"), Subject.CUSTOMER: N_("Customers")}
FIELD_KIND_LABELS = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("Numeric"),
    FieldKind.CHOICE: N_("Choice list"),
    FieldKind.DATE: N_("Date"),
    FieldKind.YES_NO: N_("Yes or no"),
}


class CustomField(Base):
    """A field; its kind never changes. `unit` and `decimals` are those of a number."""

    __tablename__ = "custom_field"
    __table_args__ = (
        Index("uq_custom_field_name", "subject", text("lower(name)"), unique=True),
        CheckConstraint("decimals BETWEEN 0 AND 4", name="decimals_kept"),
    )

    id: Mapped[Id]
    subject: Mapped[Subject] = mapped_column(Word(Subject))
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[FieldKind] = mapped_column(Word(FieldKind))
    unit: Mapped[str] = mapped_column(String(20), default="")
    decimals: Mapped[int] = mapped_column(default=0)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    choices: Mapped[list["CustomChoice"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="CustomChoice.place"
    )


class CustomChoice(Base):
    """A word that a choice list offers."""

    __tablename__ = "custom_choice"
    __table_args__ = (UniqueConstraint("field_id", "name"),)

    id: Mapped[Id]
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    place: Mapped[int]


class CustomValue(Base):
    """What a product or a customer has in a field, in the one column that its kind says."""

    __tablename__ = "custom_value"
    __table_args__ = (
        CheckConstraint("(product_id IS NULL) <> (customer_id IS NULL)", name="of_one"),
        UniqueConstraint("field_id", "product_id"),
        UniqueConstraint("field_id", "customer_id"),
    )

    id: Mapped[Id]
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    text: Mapped[str | None] = mapped_column(String(200))
    number: Mapped[Price | None]
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("custom_choice.id"), index=True)
    day: Mapped[date | None]
    yes: Mapped[bool | None]


FieldValue = str | Decimal | int | date | bool
"""A text, a number, the id of a choice, a day, or yes or no, as the kind of the field says."""
