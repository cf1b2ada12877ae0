"""From an order to its documents and from each of them back: shipments with their lines, returns, stock moves."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.sales.models import OrderLine, ReturnState, SalesOrder, SalesReturn, Shipment, ShipmentLine
from core.sales.typed_units import recounted
from core.security.models import User
from core.security.permissions import P
from core.stock.models import Location, MoveState, StockMove, Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class ShippedRow:
    """How much of a product left with a shipment, also in the unit it was typed in where that is exact."""

    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    typed_unit: str | None = None
    typed_quantity: Decimal | None = None


@dataclass(frozen=True)
class ShipmentCard:
    """A shipment whole, with the order it belongs to."""

    id: int
    number: str
    order_id: int
    order: str
    customer: int
    shipped_at: datetime
    cancelled_at: datetime | None
    carrier: str
    tracking_number: str
    created_by: str
    lines: tuple[ShippedRow, ...]

    @property
    def quantity(self) -> Decimal:
        """All units together."""
        return sum((line.quantity for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class OrderReturnRow:
    """A return of an order's goods."""

    id: int
    number: str
    state: ReturnState
    returned_at: datetime
    gross_amount: Decimal


@dataclass(frozen=True)
class OrderMoveRow:
    """A stock move that an order or one of its returns caused: from where to where, in warehouses' names if inside."""

    id: int
    at: datetime
    state: MoveState
    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    source: str
    target: str


@query(P.ORDER_READ)
def shipment_card(scope: Scope, shipment_id: int) -> ShipmentCard:
    """One shipment; `NotFound` where there is none."""
    order_id = scope.session.scalar(select(Shipment.order_id).where(Shipment.id == shipment_id))
    if order_id is None:
        raise NotFound(what=N_("The shipment"))
    return next(card for card in shipment_cards(scope, order_id) if card.id == shipment_id)


@query(P.ORDER_READ)
def shipment_cards(scope: Scope, order_id: int) -> list[ShipmentCard]:
    """The shipments of an order with their lines, oldest first."""
    heads = scope.session.execute(
        select(Shipment, SalesOrder.number, SalesOrder.customer_id, func.coalesce(User.name, ""))
        .join(SalesOrder, SalesOrder.id == Shipment.order_id)
        .outerjoin(User, User.id == Shipment.created_by)
        .where(Shipment.order_id == order_id)
        .order_by(Shipment.id)
    ).all()
    lines: dict[int, list[ShippedRow]] = defaultdict(list)
    found = scope.session.execute(
        select(ShipmentLine.shipment_id, Variant.id, Variant.sku, Product.name, Product.unit, ShipmentLine.quantity)
        .add_columns(OrderLine.quantity.label("ordered"), OrderLine.typed_unit, OrderLine.typed_quantity)
        .join(OrderLine, OrderLine.id == ShipmentLine.order_line_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(ShipmentLine.shipment_id.in_([shipment.id for shipment, *_rest in heads]))
        .order_by(OrderLine.line_number)
    )
    for shipment_id, variant_id, sku, name, unit, quantity, ordered, typed_unit, typed in found:
        count = typed and recounted(ordered, typed, quantity)
        lines[shipment_id].append(
            ShippedRow(variant_id, sku, name, unit, quantity, typed_unit if count else None, count or None)
        )
    return [
        ShipmentCard(
            id=shipment.id,
            number=shipment.number,
            order_id=order_id,
            order=order,
            customer=customer,
            shipped_at=shipment.shipped_at,
            cancelled_at=shipment.cancelled_at,
            carrier=shipment.carrier,
            tracking_number=shipment.tracking_number,
            created_by=created_by,
            lines=tuple(lines[shipment.id]),
        )
        for shipment, order, customer, created_by in heads
    ]


@query(P.ORDER_READ)
def returns_of(scope: Scope, order_id: int) -> list[OrderReturnRow]:
    """The returns that name an order, oldest first."""
    found = scope.session.execute(
        select(SalesReturn.id, SalesReturn.number, SalesReturn.state, SalesReturn.returned_at, SalesReturn.gross_amount)
        .where(SalesReturn.order_id == order_id)
        .order_by(SalesReturn.id)
    )
    return [OrderReturnRow(*row) for row in found]


@query(P.STOCK_READ)
def moves_of_order(scope: Scope, order_id: int) -> list[OrderMoveRow]:
    """What an order and its returns moved or hold reserved, oldest first; taken-back reservations are left out."""
    returns = list(scope.session.scalars(select(SalesReturn.id).where(SalesReturn.order_id == order_id)))
    return sorted(
        [*_moves(scope, "sales_order", [order_id]), *_moves(scope, "sales_return", returns)],
        key=lambda row: (row.at, row.id),
    )


def _moves(scope: Scope, kind: str, ids: Iterable[int]) -> list[OrderMoveRow]:
    source, target, house_from, house_to = aliased(Location), aliased(Location), aliased(Warehouse), aliased(Warehouse)
    found = scope.session.execute(
        select(
            StockMove.id,
            StockMove.at,
            StockMove.state,
            StockMove.variant_id,
            Variant.sku,
            Product.name,
            Product.unit,
            StockMove.quantity,
            func.coalesce(house_from.name, source.name),
            func.coalesce(house_to.name, target.name),
        )
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .outerjoin(house_from, house_from.id == source.warehouse_id)
        .outerjoin(house_to, house_to.id == target.warehouse_id)
        .where(
            StockMove.origin_type == kind, StockMove.origin_id.in_(list(ids)), StockMove.state != MoveState.CANCELLED
        )
    )
    return [OrderMoveRow(*tuple(row)) for row in found]
