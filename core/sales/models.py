"""Orders, shipments and returns with their lines."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.exact import Rounding
from core.base.i18n import N_
from core.base.tax import TaxRounding
from core.db.model import Base
from core.db.types import Amount, Beyond, Id, Moment, Price, Quantity, Rate, UnitCost, Word, signs


class BusinessState(StrEnum):
    """Where the order stands as an agreement."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


SOLD_STATES = (BusinessState.CONFIRMED, BusinessState.ON_HOLD, BusinessState.COMPLETED)
"""Where an order counts as a sale."""


class PaymentState(StrEnum):
    """How much of the order is paid."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    OVER = "over"


class Progress(StrEnum):
    """How much of the order is shipped, returned or on a statement."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


BUSINESS_STATE_LABELS = {
    BusinessState.DRAFT: N_("Draft"),
    BusinessState.CONFIRMED: N_("Confirmed"),
    BusinessState.ON_HOLD: N_("On hold"),
    BusinessState.COMPLETED: N_("Completed"),
    BusinessState.CANCELLED: N_("Cancelled"),
    BusinessState.EXPIRED: N_("Expired"),
}
PAYMENT_STATE_LABELS = {
    PaymentState.NONE: N_("Unpaid"),
    PaymentState.PARTIAL: N_("Partly paid"),
    PaymentState.FULL: N_("Paid"),
    PaymentState.OVER: N_("Overpaid"),
}
SHIPMENT_STATE_LABELS = {
    Progress.NONE: N_("Not shipped"),
    Progress.PARTIAL: N_("Partly shipped"),
    Progress.FULL: N_("Shipped"),
}
RETURN_STATE_LABELS = {
    Progress.NONE: N_("No return"),
    Progress.PARTIAL: N_("Partly returned"),
    Progress.FULL: N_("Returned"),
}
STATEMENT_STATE_LABELS = {
    Progress.NONE: N_("Not on a statement"),
    Progress.PARTIAL: N_("Partly on a statement"),
    Progress.FULL: N_("On a statement"),
}


NOT_PAID = "payment_state <> 'full'"
NOT_SHIPPED = "shipment_state <> 'full'"
TO_SHIP = f"business_state = 'confirmed' AND {NOT_SHIPPED}"


class SalesOrder(Base):
    """A customer's order. The five states are derived from its lines' events, never typed.

    Amounts: `net_amount + tax_amount = gross_amount`, each the sum of the lines.
    `returned_amount` is the gross of what came back: the customer owes `gross_amount - returned_amount`.
    `channel_order_number` is the number the channel gave it, unique among what was not reversed.
    `revision` counts the amendments accepted since it was confirmed.
    `due_on` is the day by which its oldest shipment that is not paid should be.
    `wanted_on` is the day that the customer wishes for; `ship_by` the last one on which all of it leaves in
    time: that day, or without a wish so many days after it was confirmed. A draft has none yet.
    `offers` holds its coupon codes and what became of each promotion; None where there were none to look at.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        CheckConstraint("net_amount + tax_amount = gross_amount", name="adds_up"),
        Index(
            "uq_sales_order_channel_order_number",
            "channel_id",
            "channel_order_number",
            unique=True,
            sqlite_where=text("channel_order_number IS NOT NULL AND business_state <> 'cancelled'"),
            postgresql_where=text("channel_order_number IS NOT NULL AND business_state <> 'cancelled'"),
        ),
        Index(None, "business_state", "ordered_on"),
        Index(None, "customer_id", "ordered_on"),
        Index(None, "channel_id", "ordered_on"),
        # Nearly all orders end paid and shipped: only the others are looked for, and worth a place in an index.
        Index(
            "ix_sales_order_unpaid",
            "payment_state",
            "ordered_on",
            sqlite_where=text(NOT_PAID),
            postgresql_where=text(NOT_PAID),
        ),
        Index(
            "ix_sales_order_unshipped",
            "shipment_state",
            "ordered_on",
            sqlite_where=text(NOT_SHIPPED),
            postgresql_where=text(NOT_SHIPPED),
        ),
        Index(
            "ix_sales_order_to_ship",
            "ship_by",
            "id",
            sqlite_where=text(TO_SHIP),
            postgresql_where=text(TO_SHIP),
        ),
        Index(
            "ix_sales_order_channel_order_number",
            "channel_order_number",
            sqlite_where=text("channel_order_number IS NOT NULL"),
            postgresql_where=text("channel_order_number IS NOT NULL"),
        ),
        Index(
            "ix_sales_order_due",
            "customer_id",
            "due_on",
            sqlite_where=text("due_on IS NOT NULL"),
            postgresql_where=text("due_on IS NOT NULL"),
        ),
        Index(
            "ix_sales_order_entered_by",
            "created_by",
            "id",
            sqlite_where=text("import_batch_id IS NULL"),
            postgresql_where=text("import_batch_id IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )
    feeds = ("sales_order", "id")

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(signs(24), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sales_rep_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    region: Mapped[str] = mapped_column(String(80), default="")
    ordered_at: Mapped[Moment]
    ordered_on: Mapped[date] = mapped_column(index=True)
    business_state: Mapped[BusinessState] = mapped_column(Word(BusinessState), default=BusinessState.DRAFT)
    payment_state: Mapped[PaymentState] = mapped_column(Word(PaymentState), default=PaymentState.NONE)
    shipment_state: Mapped[Progress] = mapped_column(Word(Progress), default=Progress.NONE)
    return_state: Mapped[Progress] = mapped_column(Word(Progress), default=Progress.NONE)
    statement_state: Mapped[Progress] = mapped_column(Word(Progress), default=Progress.NONE)
    prices_include_tax: Mapped[bool]
    rounding: Mapped[Rounding] = mapped_column(Word(Rounding), default=Rounding.HALF_UP)
    tax_rounding: Mapped[TaxRounding] = mapped_column(
        Word(TaxRounding), default=TaxRounding.LINE, server_default=TaxRounding.LINE.value
    )
    currency: Mapped[str] = mapped_column(String(3))
    net_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    tax_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    gross_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    paid_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    returned_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default=text("0"))
    channel_order_number: Mapped[str | None] = mapped_column(signs(64))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    import_batch_id: Mapped[int | None] = mapped_column(index=True)
    note: Mapped[str] = mapped_column(String(1000), default="")
    cancel_reason: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[Moment]
    confirmed_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    due_on: Mapped[date | None]
    wanted_on: Mapped[date | None]
    ship_by: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    offers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list["OrderLine"]] = relationship(
        lazy="raise", back_populates="order", order_by="OrderLine.line_number", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class OrderKit(Base):
    """A kit on an order: so many at this price. Its goods are the order lines that name it, and share its price.

    What one kit holds is frozen in its lines when it is entered. Its amounts are the sums of theirs.
    """

    __tablename__ = "order_kit"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"), {"sqlite_autoincrement": True})
    feeds = ("sales_order", "order_id")

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[Quantity]
    unit_price: Mapped[Price]
    discount_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    tax_rate: Mapped[Rate] = mapped_column(default=Decimal(0))
    price_trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class OrderLine(Base):
    """One variant, its quantity and its frozen price. The amounts are for the whole line, after discount.

    A line of a kit carries its share of the kit's price: it changes with the kit, never alone. `typed_quantity`
    of `typed_unit` is what was typed, where it was another unit than that of the stock.
    `discount_amount` is what promotions take off and what is granted by hand, together. `price_trace` tells which
    price rules were looked at, which gave the price, and what each promotion took off; None for imported lines.
    `unit_cost` is what a unit cost when the order was confirmed, or by its file; None if unknown. `beyond_cents` is
    what a file said of the amount beyond the whole cents that were booked.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "line_number"),
        Index(None, "variant_id", "order_id"),
        Index(
            "ix_order_line_kit",
            "kit_id",
            sqlite_where=text("kit_id IS NOT NULL"),
            postgresql_where=text("kit_id IS NOT NULL"),
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("net_amount + tax_amount = gross_amount", name="adds_up"),
        CheckConstraint("shipped_quantity >= 0 AND shipped_quantity <= quantity", name="shipped_within"),
        CheckConstraint("returned_quantity >= 0 AND returned_quantity <= shipped_quantity", name="returned_within"),
    )
    feeds = ("sales_order", "order_id")

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    line_number: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[Quantity]
    unit_price: Mapped[Price]
    discount_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    tax_rate: Mapped[Rate] = mapped_column(default=Decimal(0))
    net_amount: Mapped[Amount]
    tax_amount: Mapped[Amount]
    gross_amount: Mapped[Amount]
    price_trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    kit_id: Mapped[int | None] = mapped_column(ForeignKey("order_kit.id"))
    typed_unit: Mapped[str | None] = mapped_column(String(20))
    typed_quantity: Mapped[Quantity | None]
    shipped_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0))
    returned_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0))
    unit_cost: Mapped[UnitCost | None]
    beyond_cents: Mapped[Beyond] = mapped_column(default=Decimal(0), server_default=text("0"))
    order: Mapped[SalesOrder] = relationship(lazy="raise", back_populates="lines")


class Shipment(Base):
    """Goods of an order leaving a warehouse; its lines are moves whose origin line is the order's.

    `amount` is its exact share of the order: the shipments of a shipped order add up to what it costs.
    `shipped_on` is the company's day of `shipped_at`, empty where it left before days were wished for.
    """

    __tablename__ = "shipment"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    shipped_at: Mapped[Moment] = mapped_column(index=True)
    cancelled_at: Mapped[Moment | None]
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_number: Mapped[str] = mapped_column(String(80), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    amount: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))
    due_on: Mapped[date | None]
    shipped_on: Mapped[date | None]


class ShipmentLine(Base):
    """How much of an order line left with a shipment."""

    __tablename__ = "shipment_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True, index=True)
    quantity: Mapped[Quantity]


class ReturnKind(StrEnum):
    """Why goods stand on a return.

    Used and sent back, never taken by the customer, missing or spoilt where nothing comes back,
    delivered once more, or kept for less money than was charged.
    """

    RETURN = "return"
    REFUSAL = "refusal"
    CLAIM = "claim"
    REDELIVERY = "redelivery"
    GOODWILL = "goodwill"


class ReturnState(StrEnum):
    """How far a return is. One that came with an import is received and stays so."""

    REQUESTED = "requested"
    DECLINED = "declined"
    RECEIVED = "received"
    INSPECTED = "inspected"
    SETTLED = "settled"
    CANCELLED = "cancelled"


CAME_BACK = (ReturnState.RECEIVED, ReturnState.INSPECTED, ReturnState.SETTLED)
"""Where a return counts: its goods have come back, and its amounts are negative sales."""

RETURN_KIND_LABELS = {
    ReturnKind.RETURN: N_("Return"),
    ReturnKind.REFUSAL: N_("Delivery refused"),
    ReturnKind.CLAIM: N_("Claim"),
    ReturnKind.REDELIVERY: N_("Delivered again"),
    ReturnKind.GOODWILL: N_("Goodwill"),
}
RETURN_DOCUMENT_LABELS = {
    ReturnState.REQUESTED: N_("Requested"),
    ReturnState.DECLINED: N_("Declined"),
    ReturnState.RECEIVED: N_("Came back"),
    ReturnState.INSPECTED: N_("Inspected"),
    ReturnState.SETTLED: N_("Settled"),
    ReturnState.CANCELLED: N_("Cancelled"),
}


class SalesReturn(Base):
    """Goods or money going back. Its amounts are positive; analytics counts them as negative sales.

    `order_id` is empty where the channel reports a return without naming the order. `requested_at` is
    empty where it came with an import: its goods went to the shelf without inspection. `follows_id`
    names the return of which this is the part that has not arrived yet, or whose goods it delivers once
    more; such a redelivery takes back what its return counted, so its quantities and amounts are negative.
    """

    __tablename__ = "sales_return"
    __table_args__ = (
        CheckConstraint("net_amount + tax_amount = gross_amount", name="adds_up"),
        Index(
            "uq_sales_return_channel_return_number",
            "channel_id",
            "channel_return_number",
            unique=True,
            sqlite_where=text("channel_return_number IS NOT NULL AND state <> 'cancelled'"),
            postgresql_where=text("channel_return_number IS NOT NULL AND state <> 'cancelled'"),
        ),
        {"sqlite_autoincrement": True},
    )
    feeds = ("sales_return", "id")

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sales_rep_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    region: Mapped[str] = mapped_column(String(80), default="")
    returned_at: Mapped[Moment]
    returned_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[ReturnState] = mapped_column(Word(ReturnState))
    kind: Mapped[ReturnKind] = mapped_column(
        Word(ReturnKind), default=ReturnKind.RETURN, server_default=ReturnKind.RETURN.value
    )
    requested_at: Mapped[Moment | None]
    inspected_at: Mapped[Moment | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("sales_return.id"))
    currency: Mapped[str] = mapped_column(String(3))
    net_amount: Mapped[Amount]
    tax_amount: Mapped[Amount]
    gross_amount: Mapped[Amount]
    channel_return_number: Mapped[str | None] = mapped_column(String(64))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    import_batch_id: Mapped[int | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[Moment]


class ReturnLine(Base):
    """One variant coming back; amounts positive, for the whole line.

    An inspection splits the quantity into what is sold again, sold as second quality, and thrown away.
    Of goodwill nothing comes back: its quantity is nothing, and it has an amount. The deducted amounts
    are what was kept of the exact share, where a lower price was agreed. `unit_cost` is only of lines that
    came with a file which says it; otherwise that of the order line counts.
    """

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("return_id", "line_number"),
        CheckConstraint("quantity <> 0 OR gross_amount > 0", name="goods_or_money"),
        CheckConstraint("net_amount + tax_amount = gross_amount", name="adds_up"),
        CheckConstraint(
            "restocked_quantity >= 0 AND second_quantity >= 0 AND scrapped_quantity >= 0", name="inspected_positive"
        ),
        CheckConstraint(
            "quantity < 0 OR restocked_quantity + second_quantity + scrapped_quantity <= quantity",
            name="inspected_within",
        ),
    )
    feeds = ("sales_return", "return_id")

    id: Mapped[Id]
    return_id: Mapped[int] = mapped_column(ForeignKey("sales_return.id"))
    line_number: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[Quantity]
    unit_price: Mapped[Price]
    tax_rate: Mapped[Rate] = mapped_column(default=Decimal(0))
    net_amount: Mapped[Amount]
    tax_amount: Mapped[Amount]
    gross_amount: Mapped[Amount]
    restocked_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default=text("0"))
    second_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default=text("0"))
    scrapped_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default=text("0"))
    inspection_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    deducted_net: Mapped[Amount] = mapped_column(default=Decimal(0), server_default=text("0"))
    deducted_gross: Mapped[Amount] = mapped_column(default=Decimal(0), server_default=text("0"))
    unit_cost: Mapped[UnitCost | None]
    beyond_cents: Mapped[Beyond] = mapped_column(default=Decimal(0), server_default=text("0"))
