"""Reads of orders: the list, one order with its lines, its timeline, the numbers of documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select

from core.audit.models import AuditEntry
from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Channel, Customer
from core.db.cards import card_of
from core.sales.agreed import agreed_of
from core.sales.kits import KitRow, kit_rows
from core.sales.line_prices import Discounted
from core.sales.models import (
    BusinessState,
    OrderLine,
    PaymentState,
    Progress,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)
from core.sales.reallocation.models import Reallocation, ReallocationLine
from core.sales.rules import ORDER_FLOW
from core.sales.search import OrderFilter, counted, newest
from core.sales.tolerance_rules import Agreed
from core.sales.typed_units import price_of_unit
from core.security.models import User
from core.security.permissions import P
from core.stock.models import Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class OrderRow:
    """An order in the list."""

    id: int
    number: str
    ordered_on: date
    customer: str
    channel: str
    sales_rep: str
    business: BusinessState
    payment: PaymentState
    shipment: Progress
    return_: Progress
    gross_amount: Decimal
    paid_amount: Decimal
    wanted_on: date | None = None
    ship_by: date | None = None


@dataclass(frozen=True)
class LineRow(Discounted):
    """A line of an order."""

    id: int
    line_number: int
    variant_id: int
    sku: str
    name: str
    unit: str
    kind: ProductKind
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    gross_amount: Decimal
    shipped: Decimal
    returned: Decimal
    price_trace: dict[str, Any] | None
    kit_id: int | None = None
    typed_unit: str | None = None
    typed_quantity: Decimal | None = None

    @property
    def typed_price(self) -> Decimal | None:
        """What one unit costs in which the line was typed, where there was one and that is exact."""
        return self.typed_quantity and price_of_unit(self.unit_price, self.quantity, self.typed_quantity)

    @property
    def unshipped(self) -> Decimal:
        """What of the line has not left yet."""
        return self.quantity - self.shipped


@dataclass(frozen=True)
class OrderCard:
    """One order whole, with its lines."""

    id: int
    number: str
    customer_id: int
    customer: str
    channel_id: int
    channel: str
    warehouse_id: int
    warehouse: str
    sales_rep_id: int | None
    sales_rep: str
    region: str
    ordered_at: datetime
    wanted_on: date | None
    ship_by: date | None
    business: BusinessState
    payment: PaymentState
    shipment: Progress
    return_: Progress
    statement: Progress
    net_amount: Decimal
    tax_amount: Decimal
    gross_amount: Decimal
    paid_amount: Decimal
    returned_amount: Decimal
    currency: str
    prices_include_tax: bool
    channel_order_number: str | None
    import_batch_id: int | None
    note: str
    cancel_reason: str
    revision: int
    version: int
    lines: tuple[LineRow, ...]
    offers: dict[str, Any] | None = None
    kits: tuple[KitRow, ...] = ()
    ordered: Mapping[int, Decimal] = field(default_factory=dict)
    """What was ordered of lines of which a shipment made more or less."""

    @property
    def sold(self) -> tuple[LineRow | KitRow, ...]:
        """What has a price of its own: each line that is in no kit, and each kit in the place of its lines."""
        kits = {kit.id: kit for kit in self.kits}
        found: list[LineRow | KitRow] = []
        for line in self.lines:
            if line.kit_id is None:
                found.append(line)
            elif line.kit_id in kits:
                found.append(kits.pop(line.kit_id))
        return tuple(found)

    @property
    def closed(self) -> Decimal:
        """How many units shipments closed that were ordered and will not leave."""
        return sum((max(self.ordered.get(line.id, ZERO) - line.quantity, ZERO) for line in self.lines), ZERO)

    @property
    def on_top(self) -> Decimal:
        """How many units left beyond what was ordered."""
        asked = ((line.quantity, self.ordered.get(line.id, line.quantity)) for line in self.lines)
        return sum((max(quantity - ordered, ZERO) for quantity, ordered in asked), ZERO)

    @property
    def unpaid(self) -> Decimal:
        """What is still owed, less what came back."""
        return max(self.gross_amount - self.returned_amount - self.paid_amount, ZERO)

    @property
    def surplus(self) -> Decimal:
        """What was paid beyond what is owed, less what came back."""
        return max(self.paid_amount + self.returned_amount - self.gross_amount, ZERO)

    @property
    def promised(self) -> Decimal:
        """How many units of stock wait for this order, promised and not shipped."""
        if self.business not in {BusinessState.CONFIRMED, BusinessState.ON_HOLD}:
            return ZERO
        return sum((line.unshipped for line in self.lines if line.kind == ProductKind.STOCKED), ZERO)

    @property
    def can_move(self) -> bool:
        """Whether goods and money of this order may still go either way."""
        return ORDER_FLOW.allows("ship", self.business)

    @property
    def steps(self) -> frozenset[str]:
        """The steps that would not be refused as things stand; whether one may take them is another question."""
        is_paid = self.payment in {PaymentState.FULL, PaymentState.OVER}
        fits = {
            "edit": True,
            "confirm": bool(self.lines),
            "pay": self.unpaid > ZERO,
            "ship": any(line.unshipped for line in self.lines),
            "amend": True,
            "hold": True,
            "resume": True,
            "complete": is_paid and self.shipment == Progress.FULL,
            "cancel": self.shipment == Progress.NONE and self.paid_amount == ZERO,
            "reopen": self.import_batch_id is None,
        }
        return frozenset(verb for verb, fit in fits.items() if fit and ORDER_FLOW.allows(verb, self.business))


@dataclass(frozen=True)
class ShipmentRow:
    """A shipment of an order."""

    id: int
    number: str
    shipped_at: datetime
    carrier: str
    tracking_number: str
    is_cancelled: bool
    quantity: Decimal


@dataclass(frozen=True)
class TimelineRow:
    """Something that happened to an order."""

    at: datetime
    actor: str
    source: str
    tag: str
    facts: dict[str, Any]


@query(P.ORDER_READ)
def find_orders(scope: Scope, wanted: OrderFilter, *, limit: int = 100, offset: int = 0) -> list[OrderRow]:
    """Orders that pass the filter, newest first; of those to ship, what is to leave first."""
    page = newest(scope, wanted, limit, offset)
    found = scope.session.execute(
        select(
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.ordered_on,
            Customer.name,
            Channel.name,
            func.coalesce(User.name, ""),
            SalesOrder.business_state,
            SalesOrder.payment_state,
            SalesOrder.shipment_state,
            SalesOrder.return_state,
            SalesOrder.gross_amount,
            SalesOrder.paid_amount,
            SalesOrder.wanted_on,
            SalesOrder.ship_by,
        )
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .join(Channel, Channel.id == SalesOrder.channel_id)
        .outerjoin(User, User.id == SalesOrder.sales_rep_id)
        .where(SalesOrder.id.in_(page))
        .order_by(*wanted.turn(SalesOrder))
    )
    return [OrderRow(*tuple(row)) for row in found]


@query(P.ORDER_READ)
def count_orders(scope: Scope, wanted: OrderFilter, *, most: int | None = None) -> int:
    """How many orders pass the filter, counted no further than `most`."""
    return counted(scope, wanted, most)


@query(P.ORDER_READ)
def order_card(scope: Scope, order_id: int) -> OrderCard:
    """One order; `NotFound` where there is none."""
    found = scope.session.execute(
        select(SalesOrder, Customer.name, Channel.name, Warehouse.name, func.coalesce(User.name, ""))
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .join(Channel, Channel.id == SalesOrder.channel_id)
        .join(Warehouse, Warehouse.id == SalesOrder.warehouse_id)
        .outerjoin(User, User.id == SalesOrder.sales_rep_id)
        .where(SalesOrder.id == order_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The order"))
    order, customer, channel, warehouse, sales_rep = found
    lines = tuple(_lines(scope, order_id))
    return card_of(
        OrderCard,
        order,
        customer=customer,
        channel=channel,
        warehouse=warehouse,
        sales_rep=sales_rep,
        business=order.business_state,
        payment=order.payment_state,
        shipment=order.shipment_state,
        return_=order.return_state,
        statement=order.statement_state,
        lines=lines,
        offers=order.offers,
        kits=tuple(kit_rows(scope.session, order_id)) if any(line.kit_id for line in lines) else (),
        ordered=_ordered(scope, order_id, lines) if order.revision else {},
    )


@query(P.ORDER_READ)
def shipments_of(scope: Scope, order_id: int) -> list[ShipmentRow]:
    """The shipments of an order, oldest first."""
    found = scope.session.execute(
        select(
            Shipment.id,
            Shipment.number,
            Shipment.shipped_at,
            Shipment.carrier,
            Shipment.tracking_number,
            Shipment.cancelled_at.is_not(None),
            func.coalesce(func.sum(ShipmentLine.quantity), ZERO, type_=ShipmentLine.quantity.type),
        )
        .outerjoin(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .where(Shipment.order_id == order_id)
        .group_by(Shipment.id)
        .order_by(Shipment.id)
    )
    return [ShipmentRow(*row) for row in found]


@query(P.ORDER_READ)
def order_timeline(scope: Scope, order_id: int) -> list[TimelineRow]:
    """Everything that happened to an order, its returns and the goods it shared with other orders, newest first."""
    returns = scope.session.scalars(select(SalesReturn.id).where(SalesReturn.order_id == order_id)).all()
    subject = and_(AuditEntry.subject_type == SalesOrder.__tablename__, AuditEntry.subject_id == order_id)
    if returns:
        of_return = AuditEntry.subject_type == SalesReturn.__tablename__
        subject = or_(subject, and_(of_return, AuditEntry.subject_id.in_(returns)))
    shared = _reallocations_of(scope, order_id)
    if shared:
        of_goods = AuditEntry.subject_type == Reallocation.__tablename__
        subject = or_(subject, and_(of_goods, AuditEntry.subject_id.in_(shared)))
    found = scope.session.scalars(select(AuditEntry).where(subject).order_by(AuditEntry.id.desc()))
    return [TimelineRow(e.at, e.actor_name, e.source, e.tag, e.facts) for e in found]


@query(P.STOCK_READ)
def document_numbers(scope: Scope, origins: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The human numbers of orders and returns that caused stock moves: (type, id) → number."""
    origins = set(origins)
    numbers = {}
    for table in (SalesOrder, SalesReturn):
        kind = table.__tablename__
        ids = [document_id for each, document_id in origins if each == kind]
        for document_id, number in scope.session.execute(select(table.id, table.number).where(table.id.in_(ids))):
            numbers[kind, document_id] = number
    return numbers


def _ordered(scope: Scope, order_id: int, lines: Iterable[LineRow]) -> dict[int, Decimal]:
    says = {line.id: Agreed(line.quantity, line.discount) for line in lines}
    found = agreed_of(scope, order_id, says)
    return {line_id: now.quantity for line_id, now in found.items() if now.quantity != says[line_id].quantity}


def _reallocations_of(scope: Scope, order_id: int) -> list[int]:
    """The times at which goods went from one order to another, of which this is one."""
    took = select(Reallocation.id).where(Reallocation.order_id == order_id)
    gave = select(ReallocationLine.reallocation_id).where(ReallocationLine.from_order_id == order_id)
    return list(scope.session.scalars(took.union(gave)))


def _lines(scope: Scope, order_id: int) -> list[LineRow]:
    found = scope.session.execute(
        select(
            OrderLine.id,
            OrderLine.line_number,
            OrderLine.variant_id,
            Variant.sku,
            Product.name,
            Product.unit,
            Product.kind,
            OrderLine.quantity,
            OrderLine.unit_price,
            OrderLine.discount_amount,
            OrderLine.tax_rate,
            OrderLine.net_amount,
            OrderLine.tax_amount,
            OrderLine.gross_amount,
            OrderLine.shipped_quantity,
            OrderLine.returned_quantity,
            OrderLine.price_trace,
            OrderLine.kit_id,
            OrderLine.typed_unit,
            OrderLine.typed_quantity,
        )
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_number)
    )
    return [LineRow(*tuple(row)) for row in found]
