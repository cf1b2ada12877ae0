"""Reads of returns: the list, why goods come back, what can come back of an order, the reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select

from core.base.exact import ZERO
from core.catalog.models import Product, Variant
from core.customers.models import Customer
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    OrderLine,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.returns.documents import announced, counted_amounts, goodwill_amounts
from core.sales.returns.models import ReturnReason, ReturnRefund
from core.sales.returns.rules import share, share_left
from core.sales.rules import NOTHING, Amounts
from core.security.permissions import P
from core.stock.models import Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class ReturnFilter:
    """Which returns are looked for; `until` is the first day that is too late."""

    text: str = ""
    states: tuple[ReturnState, ...] = ()
    kinds: tuple[ReturnKind, ...] = ()
    reason: str = ""
    since: date | None = None
    until: date | None = None
    order_id: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True)
class ReturnRow:
    """A return in the list."""

    id: int
    number: str
    kind: ReturnKind
    state: ReturnState
    returned_on: date
    order_id: int | None
    order_number: str
    customer: str
    warehouse: str
    reason: str
    quantity: Decimal
    gross_amount: Decimal
    refunded: Decimal
    needs_inspection: bool


@dataclass(frozen=True)
class ReasonCount:
    """How often goods came back for a reason, and what they were worth."""

    reason: str
    returns: int
    quantity: Decimal
    gross_amount: Decimal


@dataclass(frozen=True)
class ReturnableRow:
    """A line of an order of which something can come back, and what all of that is worth."""

    order_line_id: int
    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    gross_amount: Decimal


@dataclass(frozen=True)
class ReasonRow:
    """A reason to choose from."""

    id: int
    name: str
    is_active: bool


@query(P.ORDER_READ)
def find_returns(scope: Scope, wanted: ReturnFilter, *, limit: int = 50, offset: int = 0) -> list[ReturnRow]:
    """Returns that pass the filter, newest first."""
    page = _of(select(SalesReturn.id), wanted).order_by(SalesReturn.returned_on.desc(), SalesReturn.id.desc())
    ids = scope.session.scalars(page.limit(limit).offset(offset)).all()
    return _rows(scope, ids)


@query(P.ORDER_READ)
def count_returns(scope: Scope, wanted: ReturnFilter) -> int:
    """How many returns pass the filter."""
    return int(scope.session.scalars(_of(select(func.count(SalesReturn.id)), wanted)).one())


@query(P.ORDER_READ)
def returns_of(scope: Scope, order_id: int) -> list[ReturnRow]:
    """The returns of an order, oldest first."""
    ids = scope.session.scalars(select(SalesReturn.id).where(SalesReturn.order_id == order_id)).all()
    return sorted(_rows(scope, ids), key=lambda row: row.id)


@query(P.ORDER_READ)
def return_reasons_counted(
    scope: Scope, *, since: date, until: date, kinds: Iterable[ReturnKind] = (ReturnKind.RETURN,)
) -> list[ReasonCount]:
    """Why goods came back in a period, the most frequent reason first; what was refused counts apart."""
    quantity, count = func.sum(ReturnLine.quantity), func.count(SalesReturn.id.distinct())
    found = scope.session.execute(
        select(SalesReturn.reason, count, quantity, func.sum(ReturnLine.gross_amount))
        .join(ReturnLine, ReturnLine.return_id == SalesReturn.id)
        .where(
            SalesReturn.state.in_(CAME_BACK),
            SalesReturn.kind.in_(list(kinds)),
            SalesReturn.returned_on >= since,
            SalesReturn.returned_on < until,
        )
        .group_by(SalesReturn.reason)
        .order_by(count.desc(), SalesReturn.reason)
    )
    return [ReasonCount(*columns) for columns in map(tuple[Any, ...], found)]


@query(P.ORDER_READ)
def returnable(scope: Scope, order_id: int) -> list[ReturnableRow]:
    """What of an order the customer has and has not announced, with its exact share of what was charged."""
    order = scope.session.get(SalesOrder, order_id)
    if order is None or order.business_state not in SOLD_STATES:
        return []
    waiting = announced(scope, order_id)
    counted, let_off = counted_amounts(scope, order_id), goodwill_amounts(scope, order_id)
    found = scope.session.execute(
        select(OrderLine, Variant.sku, Product.name, Product.unit)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_number)
    )
    rows = []
    for line, sku, name, unit in found:
        left = line.shipped_quantity - line.returned_quantity - waiting.get(line.id, ZERO)
        if left > ZERO:
            whole = Amounts(line.net_amount, line.tax_amount, line.gross_amount)
            before = counted.get(line.id, NOTHING)
            worth_of = share_left if line.id in let_off else share
            worth = worth_of(whole, line.quantity, before, line.returned_quantity, left, order.rounding)
            rows.append(ReturnableRow(line.id, line.variant_id, sku, name, unit, left, line.unit_price, worth.gross))
    return rows


@query(P.ORDER_READ)
def return_reasons(scope: Scope, *, with_inactive: bool = False) -> list[ReasonRow]:
    """The reasons to choose from, in the order in which they were added."""
    wanted = select(ReturnReason).order_by(ReturnReason.id)
    if not with_inactive:
        wanted = wanted.where(ReturnReason.is_active)
    return [ReasonRow(each.id, each.name, each.is_active) for each in scope.session.scalars(wanted)]


def _rows(scope: Scope, ids: Iterable[int]) -> list[ReturnRow]:
    quantity = select(func.sum(ReturnLine.quantity)).where(ReturnLine.return_id == SalesReturn.id).scalar_subquery()
    given = (
        select(func.sum(ReturnRefund.amount))
        .where(ReturnRefund.return_id == SalesReturn.id, ReturnRefund.undone_at.is_(None))
        .scalar_subquery()
    )
    nothing = literal_column("0", ReturnRefund.amount.type)
    found = scope.session.execute(
        select(
            SalesReturn.id,
            SalesReturn.number,
            SalesReturn.kind,
            SalesReturn.state,
            SalesReturn.returned_on,
            SalesReturn.order_id,
            func.coalesce(SalesOrder.number, ""),
            Customer.name,
            Warehouse.name,
            SalesReturn.reason,
            quantity,
            SalesReturn.gross_amount,
            func.coalesce(given, nothing, type_=ReturnRefund.amount.type),
            (SalesReturn.state == ReturnState.RECEIVED) & SalesReturn.requested_at.is_not(None),
        )
        .join(Customer, Customer.id == SalesReturn.customer_id)
        .join(Warehouse, Warehouse.id == SalesReturn.warehouse_id)
        .outerjoin(SalesOrder, SalesOrder.id == SalesReturn.order_id)
        .where(SalesReturn.id.in_(list(ids)))
        .order_by(SalesReturn.returned_on.desc(), SalesReturn.id.desc())
    )
    return [ReturnRow(*columns) for columns in map(tuple[Any, ...], found)]


def _of(chosen: Select[Any], wanted: ReturnFilter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        text = f"%{wanted.text.strip()}%"
        chosen = chosen.join(Customer, Customer.id == SalesReturn.customer_id).outerjoin(
            SalesOrder, SalesOrder.id == SalesReturn.order_id
        )
        conditions.append(
            or_(
                SalesReturn.number.ilike(text),
                SalesOrder.number.ilike(text),
                Customer.name.ilike(text),
                SalesReturn.channel_return_number.ilike(text),
            )
        )
    if wanted.states:
        conditions.append(SalesReturn.state.in_(wanted.states))
    if wanted.kinds:
        conditions.append(SalesReturn.kind.in_(wanted.kinds))
    if wanted.reason:
        conditions.append(SalesReturn.reason == wanted.reason)
    if wanted.since is not None:
        conditions.append(SalesReturn.returned_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(SalesReturn.returned_on < wanted.until)
    if wanted.order_id is not None:
        conditions.append(SalesReturn.order_id == wanted.order_id)
    if wanted.customer_id is not None:
        conditions.append(SalesReturn.customer_id == wanted.customer_id)
    return chosen.where(*conditions)
