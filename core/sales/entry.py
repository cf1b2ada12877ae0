"""Order entry: the lines that typed text becomes, what a product costs and where it is, what to begin with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.models import ProductKind
from core.catalog.queries import get_products
from core.catalog.typed import FoundLine, find_typed, refuse_unclear
from core.customers.models import Channel, Customer
from core.sales.draft import LineDraft
from core.sales.errors import NothingToSellFrom
from core.sales.models import SalesOrder
from core.sales.queries import LineRow, OrderCard, last_choices
from core.sales.rules import usual_price
from core.security.permissions import P
from core.stock.queries import stock_levels, warehouses
from core.work.command import Scope, query


@dataclass(frozen=True)
class ChoiceRow:
    """A product as order entry offers it: this customer's price, and what each warehouse can promise.

    `available` is what the order's own warehouse can promise; None for a service.
    """

    variant_id: int
    sku: str
    name: str
    unit: str
    unit_price: Decimal
    quantity: Decimal
    available: Decimal | None
    elsewhere: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class DraftLineRow:
    """A line of a draft; `available` is None for a service, and `is_short` says that confirming would refuse it."""

    line: LineRow
    available: Decimal | None
    is_short: bool


def line_drafts(lines: Sequence[FoundLine]) -> list[LineDraft]:
    """The order lines that these mean; refuses, naming each line that is not clear."""
    refuse_unclear(lines)
    return [LineDraft(line.choices[0].variant_id, line.typed.quantity, line.typed.unit_price) for line in lines]


@query(P.ORDER_EDIT)
def suggest(scope: Scope, order_id: int, text: str) -> list[ChoiceRow]:
    """The products that a line means while it is being typed, the likeliest first."""
    try:
        lines = find_typed(scope, text)
    except AppError:
        return []
    if len(lines) > 1:
        return []
    return _offered(scope, order_id, [row.variant_id for row in lines[0].choices], lines[0].typed.quantity)


@query(P.ORDER_EDIT)
def chosen_line(scope: Scope, text: str, variant_id: int) -> LineDraft:
    """The order line for a typed line when one of the products it may mean was chosen."""
    typed = find_typed(scope, text)[0].typed
    return LineDraft(variant_id, typed.quantity, typed.unit_price)


@query(P.ORDER_EDIT)
def order_defaults(scope: Scope, customer_id: int) -> tuple[int, int]:
    """Channel and warehouse to begin an order of this customer with; refuses where the company has none."""
    habit = last_choices(scope)
    its_channel = scope.session.scalar(select(Customer.channel_id).where(Customer.id == customer_id))
    channel_id = its_channel or (habit.channel_id if habit else scope.session.scalar(select(func.min(Channel.id))))
    open_ids = [warehouse.id for warehouse in warehouses(scope)]
    if channel_id is None or not open_ids:
        raise NothingToSellFrom
    return channel_id, habit.warehouse_id if habit and habit.warehouse_id in open_ids else open_ids[0]


@query(P.ORDER_READ)
def draft_lines(scope: Scope, order: OrderCard) -> list[DraftLineRow]:
    """The lines of a draft, each with what its warehouse can promise at this moment."""
    here = available_in(scope, order.warehouse_id, [line.variant_id for line in order.lines])
    asked: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in order.lines:
        asked[line.variant_id] += line.quantity
    rows = []
    for line in order.lines:
        available = here.get(line.variant_id, ZERO) if line.kind == ProductKind.STOCKED else None
        is_short = available is not None and asked[line.variant_id] > available
        rows.append(DraftLineRow(line, available, is_short))
    return rows


@query(P.STOCK_READ)
def available_in(scope: Scope, warehouse_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What a warehouse can promise of each of these; products it never had are left out."""
    variant_ids = list(variant_ids)
    levels = stock_levels(scope, warehouse_id=warehouse_id, variant_ids=variant_ids, limit=len(variant_ids) or 1)
    return {level.variant_id: level.available for level in levels}


def _offered(scope: Scope, order_id: int, variant_ids: Sequence[int], quantity: Decimal) -> list[ChoiceRow]:
    head = scope.session.execute(
        select(SalesOrder.warehouse_id, Customer.kind)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.id == order_id)
    ).first()
    if head is None or not variant_ids:
        return []
    products = get_products(scope, variant_ids)
    here = available_in(scope, head.warehouse_id, variant_ids)
    elsewhere: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for level in stock_levels(scope, variant_ids=variant_ids, limit=len(variant_ids) * 50):
        if level.warehouse_id != head.warehouse_id and level.available > ZERO:
            elsewhere[level.variant_id].append((level.warehouse, level.available))
    offered = []
    for variant_id in variant_ids:
        product = products[variant_id]
        is_stocked = product.kind == ProductKind.STOCKED
        offered.append(
            ChoiceRow(
                variant_id=variant_id,
                sku=product.sku,
                name=product.name,
                unit=product.unit,
                unit_price=usual_price(head.kind, product.retail_price, product.wholesale_price),
                quantity=quantity,
                available=here.get(variant_id, ZERO) if is_stocked else None,
                elsewhere=tuple(elsewhere[variant_id]) if is_stocked else (),
            )
        )
    return offered
