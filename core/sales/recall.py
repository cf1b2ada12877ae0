"""Where a lot went and where it came from: whom to call when goods are called back, and from a complaint up."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.customers.models import Customer
from core.customers.rules import masked_phone
from core.sales.models import OrderLine, SalesOrder
from core.security.permissions import P
from core.stock.lot_queries import LotRow, lots_on_hand, relatives
from core.stock.models import CUSTOMER, Lot, MoveState, StockMove
from core.work.command import Scope, query


@dataclass(frozen=True)
class RecallRow:
    """What a customer has of a lot, by order; the phone is masked."""

    lot: str
    order_id: int
    order: str
    customer_id: int
    customer: str
    phone: str
    shipped_at: datetime
    quantity: Decimal


@dataclass(frozen=True)
class ShippedLotRow:
    """Which lot a line of an order left as."""

    order_line_id: int
    lot_id: int
    number: str
    quantity: Decimal


@query(P.ORDER_READ)
def recall(scope: Scope, lot_id: int) -> list[RecallRow]:
    """Who has goods of a lot, or of one that was split off it or merged into it, and how many are not back."""
    back = aliased(StockMove)
    returned = (
        select(func.coalesce(func.sum(back.quantity), 0))
        .where(back.returns_id == StockMove.id, back.state == MoveState.DONE)
        .scalar_subquery()
    )
    left = func.sum(StockMove.quantity - returned, type_=StockMove.quantity.type)
    found = scope.session.execute(
        select(Lot.number, SalesOrder.id, SalesOrder.number, Customer.id, Customer.name, Customer.phone)
        .add_columns(func.min(StockMove.at), left)
        .select_from(StockMove)
        .join(Lot, Lot.id == StockMove.lot_id)
        .join(SalesOrder, SalesOrder.id == StockMove.origin_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(
            StockMove.lot_id.in_(relatives(scope, lot_id)),
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.state == MoveState.DONE,
            StockMove.target_id == CUSTOMER,
        )
        .group_by(Lot.number, SalesOrder.id, SalesOrder.number, Customer.id, Customer.name, Customer.phone)
        .having(left != 0)
        .order_by(func.min(StockMove.at), SalesOrder.id)
    )
    rows = map(tuple[Any, ...], found)
    return [RecallRow(row[0], row[1], row[2], row[3], row[4], masked_phone(row[5]), row[6], row[7]) for row in rows]


@query(P.ORDER_READ)
def shipped_lots(scope: Scope, order_id: int) -> list[ShippedLotRow]:
    """The lots that an order left as: from a customer's complaint to the receipt behind it."""
    found = scope.session.execute(
        select(StockMove.origin_line_id, Lot.id, Lot.number, func.sum(StockMove.quantity))
        .join(Lot, Lot.id == StockMove.lot_id)
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id == order_id,
            StockMove.state == MoveState.DONE,
            StockMove.target_id == CUSTOMER,
        )
        .group_by(StockMove.origin_line_id, Lot.id, Lot.number)
        .order_by(StockMove.origin_line_id, Lot.id)
    )
    return [ShippedLotRow(line_id or 0, lot_id, number, quantity) for line_id, lot_id, number, quantity in found]


@dataclass(frozen=True)
class LotChoice:
    """A lot that a line may leave as: how much it could take, and how much is proposed."""

    order_line_id: int
    sku: str
    lot: LotRow
    most: Decimal
    proposed: Decimal


@query(P.ORDER_READ)
def lot_choices(scope: Scope, order_id: int) -> list[LotChoice]:
    """For every line of tracked goods that is to leave: the lots there are, in their turn, with what is promised."""
    lines = scope.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    promised: dict[tuple[int, int], Decimal] = {}
    for line_id, lot_id, quantity in scope.session.execute(
        select(StockMove.origin_line_id, StockMove.lot_id, func.sum(StockMove.quantity))
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id == order_id,
            StockMove.state == MoveState.RESERVED,
            StockMove.lot_id.is_not(None),
        )
        .group_by(StockMove.origin_line_id, StockMove.lot_id)
    ):
        promised[line_id or 0, lot_id or 0] = quantity
    warehouse_id = scope.session.scalar(select(SalesOrder.warehouse_id).where(SalesOrder.id == order_id))
    lots = lots_on_hand(scope, warehouse_id=warehouse_id, variant_ids={line.variant_id for line in lines}, limit=500)
    found = []
    for line in lines:
        if line.quantity == line.shipped_quantity:
            continue
        for lot in lots:
            proposed = promised.get((line.id, lot.lot_id), ZERO)
            most = lot.free + proposed
            if lot.variant_id == line.variant_id and most > ZERO and lot.kind == "storage":
                found.append(LotChoice(line.id, lot.sku, lot, most, proposed))
    return found
