"""Order entry: the lines that typed text becomes, what a product costs and where it is, what to begin with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, case, func, or_, select

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.models import ProductKind
from core.catalog.queries import get_products
from core.catalog.typed import FoundLine, Typed, find_typed, refuse_unclear
from core.customers.models import Channel, Customer
from core.customers.rules import walk_in_code
from core.sales.draft import LineDraft
from core.sales.errors import NothingToSellFrom
from core.sales.kits import KitRow
from core.sales.line_prices import line_to_join
from core.sales.memory import prices_on
from core.sales.models import BusinessState, OrderKit, OrderLine, SalesOrder
from core.sales.queries import LineRow, OrderCard
from core.security.permissions import P
from core.stock.kits import kit_stock
from core.stock.queries import stock_levels, warehouses
from core.work.command import Scope, query

# Orders that count as recent; without a limit, every order entry would read the orders of all years.
LATELY = 2_000


@dataclass(frozen=True)
class DraftRow:
    """A draft that somebody began."""

    id: int
    number: str
    customer: str
    lines: int
    gross_amount: Decimal


@dataclass(frozen=True)
class HabitRow:
    """What the actor chose for the last order."""

    customer_id: int
    customer: str
    channel_id: int
    warehouse_id: int


@dataclass(frozen=True)
class RecentRow:
    """A customer who ordered lately."""

    id: int
    name: str


@dataclass(frozen=True)
class ChoiceRow:
    """A product as order entry offers it: what this customer pays for a unit, and what each warehouse can promise.

    `unit_price` is what the order's line will get: as typed, or as the lists say of all that it then holds.
    `available` is what the order's own warehouse can promise, of a kit how many its parts allow; None for a service.
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


@dataclass(frozen=True)
class DraftKitRow:
    """A kit of a draft; `available` counts whole kits, and `is_short` says that a part of it is."""

    kit: KitRow
    available: Decimal
    is_short: bool


def line_drafts(lines: Sequence[FoundLine]) -> list[LineDraft]:
    """The order lines that these mean; refuses, naming each line that is not clear."""
    refuse_unclear(lines)
    return [_drafted(line.choices[0].variant_id, line.typed) for line in lines]


@query(P.ORDER_EDIT)
def suggest(scope: Scope, order_id: int, text: str) -> list[ChoiceRow]:
    """The products that a line means while it is being typed, the likeliest first."""
    try:
        lines = find_typed(scope, text)
    except AppError:
        return []
    if len(lines) > 1:
        return []
    return _offered(scope, order_id, [row.variant_id for row in lines[0].choices], lines[0].typed)


@query(P.ORDER_EDIT)
def chosen_line(scope: Scope, text: str, variant_id: int) -> LineDraft:
    """The order line for a typed line when one of the products it may mean was chosen."""
    typed = find_typed(scope, text)[0].typed
    return _drafted(variant_id, typed)


@query(P.ORDER_READ)
def my_draft(scope: Scope) -> int | None:
    """The draft that the actor worked on last, so that a reload goes on where it stopped."""
    return scope.session.scalar(
        select(func.max(SalesOrder.id)).where(
            SalesOrder.business_state == BusinessState.DRAFT, SalesOrder.created_by == scope.actor.id
        )
    )


@query(P.ORDER_READ)
def my_drafts(scope: Scope, *, limit: int = 20) -> list[DraftRow]:
    """The drafts that the actor began, newest first."""
    counted = func.count(OrderLine.id)
    found = scope.session.execute(
        select(SalesOrder.id, SalesOrder.number, Customer.name, counted, SalesOrder.gross_amount)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .outerjoin(OrderLine, OrderLine.order_id == SalesOrder.id)
        .where(SalesOrder.business_state == BusinessState.DRAFT, SalesOrder.created_by == scope.actor.id)
        .group_by(SalesOrder.id, SalesOrder.number, Customer.name, SalesOrder.gross_amount)
        .order_by(SalesOrder.id.desc())
        .limit(limit)
    )
    return [DraftRow(*columns) for columns in map(tuple[Any, ...], found)]


@query(P.ORDER_READ)
def last_choices(scope: Scope) -> HabitRow | None:
    """Customer, channel and warehouse of the actor's last order, to start the next one from."""
    found = scope.session.execute(
        select(SalesOrder.customer_id, Customer.name, SalesOrder.channel_id, SalesOrder.warehouse_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.created_by == scope.actor.id, SalesOrder.import_batch_id.is_(None))
        .order_by(SalesOrder.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    columns: list[Any] = list(found)
    return HabitRow(*columns)


@query(P.ORDER_READ)
def recent_customers(scope: Scope, *, limit: int = 8) -> list[RecentRow]:
    """Customers in use who ordered lately: those whom the actor served first, then those of everybody."""
    mine = or_(SalesOrder.created_by == scope.actor.id, SalesOrder.sales_rep_id == scope.actor.id)
    found = scope.session.execute(
        select(Customer.id, Customer.name)
        .join(SalesOrder, SalesOrder.customer_id == Customer.id)
        .where(SalesOrder.id > _newest() - LATELY, Customer.is_active)
        .group_by(Customer.id, Customer.name)
        .order_by(func.max(case((mine, 1), else_=0)).desc(), func.max(SalesOrder.id).desc())
        .limit(limit)
    )
    return [RecentRow(*columns) for columns in map(tuple[Any, ...], found)]


@query(P.ORDER_EDIT)
def order_defaults(scope: Scope, customer_id: int | None = None) -> tuple[int, int]:
    """Channel and warehouse to begin an order with, of this customer if given; refuses where the company has none.

    Without a channel of the customer it is that of the actor's last order, then of the company's last one.
    """
    habit = last_choices(scope)
    its_channel = scope.session.scalar(select(Customer.channel_id).where(Customer.id == customer_id))
    channel_id = its_channel or (habit.channel_id if habit else _company_channel(scope))
    open_ids = [warehouse.id for warehouse in warehouses(scope)]
    if channel_id is None or not open_ids:
        raise NothingToSellFrom
    return channel_id, habit.warehouse_id if habit and habit.warehouse_id in open_ids else open_ids[0]


@query(P.ORDER_EDIT)
def walk_in_channel(scope: Scope) -> int:
    """The channel of a sale over the counter: where the actor, or else anybody, made the last one."""
    codes = [walk_in_code(channel_id).lower() for channel_id in scope.session.scalars(select(Channel.id))]
    mine = case((SalesOrder.created_by == scope.actor.id, 0), else_=1)
    last = (
        select(Customer.channel_id)
        .join(SalesOrder, SalesOrder.customer_id == Customer.id)
        .where(
            SalesOrder.id > _newest() - LATELY, func.lower(Customer.code).in_(codes), Customer.channel_id.is_not(None)
        )
        .order_by(mine, SalesOrder.id.desc())
        .limit(1)
    )
    return scope.session.scalar(last) or order_defaults(scope)[0]


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


@query(P.ORDER_READ)
def draft_kits(scope: Scope, order: OrderCard, lines: Sequence[DraftLineRow]) -> dict[int, DraftKitRow]:
    """The kits of a draft by id, each with how many its warehouse can promise; `lines` are those of the draft."""
    stock = kit_stock(scope, [kit.variant_id for kit in order.kits]) if order.kits else {}
    return {
        kit.id: DraftKitRow(
            kit,
            sum(
                (row.available for row in stock.get(kit.variant_id, ()) if row.warehouse_id == order.warehouse_id), ZERO
            ),
            any(row.is_short for row in lines if row.line.kit_id == kit.id),
        )
        for kit in order.kits
    }


@query(P.STOCK_READ)
def available_in(scope: Scope, warehouse_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What a warehouse can promise of each of these; products it never had are left out."""
    variant_ids = list(variant_ids)
    levels = stock_levels(scope, warehouse_id=warehouse_id, variant_ids=variant_ids, limit=len(variant_ids) or 1)
    return {level.variant_id: level.available for level in levels}


def _drafted(variant_id: int, typed: Typed) -> LineDraft:
    return LineDraft(variant_id, typed.quantity, typed.unit_price, unit=typed.unit, count=typed.count)


def _newest() -> ScalarSelect[int]:
    return select(func.max(SalesOrder.id)).scalar_subquery()


def _company_channel(scope: Scope) -> int | None:
    """The channel of the last order that somebody entered lately, else the first that was opened."""
    entered = select(SalesOrder.channel_id).where(
        SalesOrder.id > _newest() - LATELY, SalesOrder.import_batch_id.is_(None)
    )
    last = scope.session.scalar(entered.order_by(SalesOrder.id.desc()).limit(1))
    return last or scope.session.scalar(select(func.min(Channel.id)))


def _offered(scope: Scope, order_id: int, variant_ids: Sequence[int], typed: Typed) -> list[ChoiceRow]:
    head = scope.session.execute(
        select(SalesOrder.warehouse_id, SalesOrder.customer_id, SalesOrder.channel_id).where(SalesOrder.id == order_id)
    ).first()
    if head is None or not variant_ids:
        return []
    products = get_products(scope, variant_ids)
    if typed.unit_price is None:
        asked = _with_what_is_on(scope, order_id, variant_ids, typed.quantity)
        prices = prices_on(scope, scope.today, head.customer_id, asked, head.channel_id)
    else:
        prices = dict.fromkeys(variant_ids, typed.unit_price)
    here = available_in(scope, head.warehouse_id, variant_ids)
    kits = [each for each in variant_ids if products[each].kind == ProductKind.KIT]
    boxed = kit_stock(scope, kits) if kits else {}
    elsewhere: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for level in stock_levels(scope, variant_ids=variant_ids, limit=len(variant_ids) * 50):
        if level.warehouse_id != head.warehouse_id and level.available > ZERO:
            elsewhere[level.variant_id].append((level.warehouse, level.available))
    for kit_id, rows in boxed.items():
        here[kit_id] = sum((row.available for row in rows if row.warehouse_id == head.warehouse_id), ZERO)
        elsewhere[kit_id] = [(row.warehouse, row.available) for row in rows if row.warehouse_id != head.warehouse_id]
    offered = []
    for variant_id in variant_ids:
        product = products[variant_id]
        is_stocked = product.kind != ProductKind.SERVICE
        offered.append(
            ChoiceRow(
                variant_id=variant_id,
                sku=product.sku,
                name=product.name,
                unit=product.unit,
                unit_price=prices[variant_id],
                quantity=typed.quantity,
                available=here.get(variant_id, ZERO) if is_stocked else None,
                elsewhere=tuple(elsewhere[variant_id]) if is_stocked else (),
            )
        )
    return offered


def _with_what_is_on(
    scope: Scope, order_id: int, variant_ids: Sequence[int], quantity: Decimal
) -> list[tuple[int, Decimal]]:
    """Each product with the quantity of its line once so much more is put on the order."""
    lines = scope.session.scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order_id, OrderLine.variant_id.in_(variant_ids))
        .order_by(OrderLine.line_number)
    ).all()
    kits = scope.session.scalars(
        select(OrderKit)
        .where(OrderKit.order_id == order_id, OrderKit.variant_id.in_(variant_ids))
        .order_by(OrderKit.id)
    ).all()
    sold: list[OrderLine | OrderKit] = [*lines, *kits]
    joined = {each: line_to_join(sold, each) for each in variant_ids}
    return [(variant_id, quantity + (line.quantity if line else ZERO)) for variant_id, line in joined.items()]
