"""How orders are fulfilled: rules of the company and of customers, what was agreed for an order, picked lots."""

from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.exact import RATE_PLACES
from core.db.model import Base
from core.db.types import Exact, Id, Moment


class FulfilmentRule(Base):
    """How orders of a customer are fulfilled, or of everybody whose own rule does not say (no customer).

    None means: as for everybody. `unpaid_minutes` is how long goods stay promised to an order that nobody
    pays; a lot needs `least_life_share` of its life, or `least_life_days`, left; a line that is within
    `under_share` of its quantity may be closed as shipped in full, and up to `over_share` more than its
    quantity may leave; `priority` 0 goes first; an order for which nobody wished a day is in time within
    `ship_days` days after it was confirmed.
    """

    __tablename__ = "fulfilment_rule"
    __table_args__ = (
        Index("uq_fulfilment_rule_customer", text("coalesce(customer_id, 0)"), unique=True),
        CheckConstraint("least_life_share BETWEEN 0 AND 10000", name="share_of_life"),
        CheckConstraint("under_share BETWEEN 0 AND 10000", name="share_of_quantity"),
        CheckConstraint("over_share BETWEEN 0 AND 10000", name="share_over"),
        CheckConstraint("least_life_days >= 0 AND unpaid_minutes > 0", name="lengths"),
        CheckConstraint("ship_days BETWEEN 0 AND 365", name="days_to_ship"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    ship_complete: Mapped[bool | None]
    back_orders: Mapped[bool | None]
    other_warehouses: Mapped[bool | None]
    unpaid_minutes: Mapped[int | None]
    least_life_share: Mapped[Decimal | None] = mapped_column(Exact(RATE_PLACES))
    least_life_days: Mapped[int | None]
    under_share: Mapped[Decimal | None] = mapped_column(Exact(RATE_PLACES))
    over_share: Mapped[Decimal | None] = mapped_column(Exact(RATE_PLACES))
    priority: Mapped[int | None]
    ship_days: Mapped[int | None]


class CategoryTolerance(Base):
    """How far shipments of a category may be off what was ordered; None: as the next category above says."""

    __tablename__ = "category_tolerance"
    __table_args__ = (
        CheckConstraint("under_share BETWEEN 0 AND 10000", name="share_under"),
        CheckConstraint("over_share BETWEEN 0 AND 10000", name="share_over"),
    )

    category_id: Mapped[int] = mapped_column(
        ForeignKey("category.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    under_share: Mapped[Decimal | None] = mapped_column(Exact(RATE_PLACES))
    over_share: Mapped[Decimal | None] = mapped_column(Exact(RATE_PLACES))


class OrderPromise(Base):
    """What holds for one order beside the rules.

    Whether it leaves as a whole, whether it waits for goods that were not there, until when for money.
    """

    __tablename__ = "order_promise"

    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), primary_key=True, autoincrement=False)
    ship_complete: Mapped[bool | None]
    waits: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)
    reserved_until: Mapped[Moment | None] = mapped_column(index=True)


class ShipmentPick(Base):
    """A move that a shipment took, where lots or places make it more than its lines say."""

    __tablename__ = "shipment_pick"

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"), primary_key=True)


class SourceChoice(Base):
    """Which warehouses an order that others may help got goods from, and what else was looked at then."""

    __tablename__ = "source_choice"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    made_at: Mapped[Moment]
    looked: Mapped[dict[str, Any]] = mapped_column(JSON)
