"""Which orders gave goods that were promised to them to which other order."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment, Quantity


class Reallocation(Base):
    """Promised goods that went to an order, all at once. It stays; what is given back is another one."""

    __tablename__ = "reallocation"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class ReallocationLine(Base):
    """How much of a product one order gave; `reasons` are the words of `Reason`, with commas between them."""

    __tablename__ = "reallocation_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    id: Mapped[Id]
    reallocation_id: Mapped[int] = mapped_column(ForeignKey("reallocation.id"), index=True)
    from_order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[Quantity]
    reasons: Mapped[str] = mapped_column(String(120))
