"""Lists of what a customer usually orders."""

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db.model import Base
from core.db.types import Id, Moment, Quantity


class OrderTemplate(Base):
    """A named list of products and quantities of one customer; it holds no prices."""

    __tablename__ = "order_template"
    __table_args__ = (UniqueConstraint("customer_id", "name"),)

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str] = mapped_column(String(80))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list["OrderTemplateLine"]] = relationship(
        lazy="raise",
        back_populates="template",
        order_by="OrderTemplateLine.line_number",
        cascade="all, delete-orphan",
    )

    __mapper_args__ = {"version_id_col": version}


class OrderTemplateLine(Base):
    """How much of a product the list names."""

    __tablename__ = "order_template_line"
    __table_args__ = (
        UniqueConstraint("template_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    template_id: Mapped[int] = mapped_column(ForeignKey("order_template.id"))
    line_number: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[Quantity]
    template: Mapped[OrderTemplate] = relationship(lazy="raise", back_populates="lines")
