"""Trying a promotion on past orders before it goes live: what they would have come to."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import func, select, tuple_

from core.base.exact import ZERO
from core.catalog.kits import kit_costs
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Channel, Customer, customer_tagging
from core.customers.rules import walk_in_code
from core.pricing.promotions import published
from core.pricing.queries import get_promotion
from core.pricing.resolve import category_paths
from core.pricing.rules.holdout import is_held_out
from core.pricing.rules.trial import OrderEffect, PastLine, Trying
from core.sales.models import SOLD_STATES, OrderKit, OrderLine, SalesOrder
from core.security.permissions import P
from core.stock.costs.models import CostEntry
from core.stock.costs.rules.events import EntryKind
from core.stock.costs.rules.pools import unit_of
from core.stock.models import StockMove
from core.work.command import Scope, query

CHUNK = 500
ROWS = 100
"""How many of the orders that would change are named."""


@dataclass(frozen=True)
class TriedRow:
    """An order that would have come to something else."""

    order_id: int
    number: str
    ordered_on: date
    customer: str
    before: Decimal
    after: Decimal

    @property
    def saved(self) -> Decimal:
        """How much less the customer would have paid."""
        return self.before - self.after


@dataclass(frozen=True)
class TrialCard:
    """What a promotion would have changed, tax aside; `margin` is None for those who may not see costs.

    All orders of the days were tried. `rows` are the dearest of those that it would have touched. `left_out` are
    those of customers who do without the coupon. Of all `lines`, `at_issue` are reckoned at what their goods cost
    when they left, the others at today's purchase price.
    """

    orders: int
    touched: int
    revenue_before: Decimal
    revenue_after: Decimal
    margin: tuple[Decimal, Decimal] | None
    rows: tuple[TriedRow, ...]
    left_out: int = 0
    lines: int = 0
    at_issue: int = 0


@query(P.PROMOTION_EDIT)
def orders_to_try(scope: Scope, *, since: date, until: date) -> int:
    """How many orders there are to try a promotion on."""
    return scope.session.scalar(select(func.count()).select_from(SalesOrder).where(_sold(since, until))) or 0


@query(P.PROMOTION_EDIT)
def try_on_orders(
    scope: Scope,
    promotion_id: int,
    *,
    since: date,
    until: date,
    after_chunk: Callable[[int], None] | None = None,
) -> TrialCard:
    """A promotion tried on every order from `since` on and before `until`, beside those that are live.

    Prices are those the orders were sold at, costs what the goods cost when they left where that is known, else
    today's purchase prices. Whoever would do without a coupon does so here. Orders are read and forgotten in
    chunks, in the order of their days; `after_chunk` hears how many are done.
    """
    draft = get_promotion(scope, promotion_id).promotion
    others = [each for each in published(scope, since=since, until=until) if each.id != draft.id]
    gifts = {each.adds_variant for each in [draft, *others] if each.adds_variant is not None}
    costs = scope.session.execute(select(Variant.id, Variant.purchase_price).where(Variant.id.in_(gifts)))
    walk_ins = _walk_ins(scope) if draft.held_out else frozenset()

    def without(customer_id: int) -> bool:
        return customer_id not in walk_ins and is_held_out(draft.id, customer_id, draft.held_out)

    trying = Trying(draft, others, {row.id: row.purchase_price for row in costs}, without)
    counted, at_issue = 0, 0
    has_tags = any(each.tags for each in [draft, *others])
    touched = 0
    dearest: list[tuple[Decimal, int, OrderEffect]] = []
    for chunk, known in _chunks(scope, since, until, has_tags):
        counted, at_issue = counted + len(chunk), at_issue + known
        for _order, rows in groupby(chunk, key=lambda line: line.order_id):
            effect = trying.take(list(rows))
            if effect is not None:
                touched += 1
                _keep(dearest, effect)
        if after_chunk is not None:
            after_chunk(trying.orders)
    return TrialCard(
        orders=trying.orders,
        touched=touched,
        revenue_before=trying.revenue[0],
        revenue_after=trying.revenue[1],
        margin=(trying.margin[0], trying.margin[1]) if scope.actor.may(P.COST_READ) else None,
        rows=_rows(scope, [effect for _saved, _id, effect in dearest]),
        left_out=trying.left_out,
        lines=counted,
        at_issue=at_issue,
    )


def _keep(dearest: list[tuple[Decimal, int, OrderEffect]], effect: OrderEffect) -> None:
    kept = (effect.before - effect.after, -effect.order_id, effect)
    if len(dearest) < ROWS:
        heapq.heappush(dearest, kept)
    else:
        heapq.heappushpop(dearest, kept)


def _sold(since: date, until: date) -> Any:
    return (
        SalesOrder.business_state.in_(SOLD_STATES) & (SalesOrder.ordered_on >= since) & (SalesOrder.ordered_on < until)
    )


def _chunks(scope: Scope, since: date, until: date, has_tags: bool) -> Iterator[tuple[list[PastLine], int]]:
    """The lines of all orders, so many orders at a time, each order together; and how many costs are known."""
    place = (SalesOrder.ordered_on, SalesOrder.id)
    last: tuple[date, int] | None = None
    while True:
        wanted = select(*place).where(_sold(since, until)).order_by(*place).limit(CHUNK)
        if last is not None:
            wanted = wanted.where(tuple_(*place) > last)
        heads = scope.session.execute(wanted).all()
        if not heads:
            return
        last = (heads[-1].ordered_on, heads[-1].id)
        lines, known = _lines(scope, [head.id for head in heads], has_tags)
        if lines:
            yield lines, known


def _lines(scope: Scope, order_ids: list[int], has_tags: bool) -> tuple[list[PastLine], int]:
    lines = _sold_in(OrderLine, OrderLine.line_number, order_ids).where(OrderLine.kit_id.is_(None))
    found = [*scope.session.execute(lines), *scope.session.execute(_sold_in(OrderKit, -OrderKit.id, order_ids))]
    found.sort(key=lambda row: (row.ordered_on, row.id, row.line_number))
    costs = kit_costs(scope.session, [row.variant_id for row in found if row.kind == ProductKind.KIT])
    paths = category_paths(scope, {row.category_id for row in found})
    issued = _issue_costs(scope, order_ids)
    tags = _tags(scope, {row.customer_id for row in found}) if has_tags else {}
    made = [
        PastLine(
            order_id=row.id,
            line_number=row.line_number,
            ordered_on=row.ordered_on,
            customer_id=row.customer_id,
            channel_id=row.channel_id,
            variant_id=row.variant_id,
            product_id=row.product_id,
            categories=paths[row.category_id],
            quantity=row.quantity,
            unit_price=row.unit_price,
            tax_rate=row.tax_rate,
            unit_cost=issued.get((row.id, row.line_number), costs.get(row.variant_id, row.purchase_price)),
            tags=tags.get(row.customer_id, frozenset()),
            prices_include_tax=row.prices_include_tax,
        )
        for row in found
    ]
    return made, sum((row.id, row.line_number) in issued for row in found)


def _issue_costs(scope: Scope, order_ids: list[int]) -> dict[tuple[int, int], Decimal]:
    """What a unit of each line or kit of these orders cost when it left: by order and the key of `_sold_in`.

    A kit has one where each of its parts has.
    """
    left = (
        select(StockMove.origin_line_id, func.sum(CostEntry.quantity), func.sum(CostEntry.amount))
        .join(CostEntry, CostEntry.move_id == StockMove.id)
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id.in_(order_ids),
            CostEntry.kind != EntryKind.EXPENSED,
        )
        .group_by(StockMove.origin_line_id)
    )
    units = {
        line_id: unit_of(amount, quantity) for line_id, quantity, amount in scope.session.execute(left) if quantity
    }
    if not units:
        return {}
    lines = select(OrderLine.id, OrderLine.order_id, OrderLine.line_number, OrderLine.quantity, OrderLine.kit_id)
    found: dict[tuple[int, int], Decimal] = {}
    kits: dict[tuple[int, int], list[Decimal | None]] = {}
    for line in scope.session.execute(lines.where(OrderLine.order_id.in_(order_ids))):
        unit = units.get(line.id)
        if line.kit_id is not None:
            kits.setdefault((line.order_id, -line.kit_id), []).append(None if unit is None else unit * line.quantity)
        elif unit is not None:
            found[line.order_id, line.line_number] = unit
    whole = {key: sum((part for part in parts if part is not None), ZERO) for key, parts in kits.items() if all(parts)}
    counts = select(OrderKit.order_id, OrderKit.id, OrderKit.quantity).where(
        OrderKit.id.in_([-key for _, key in whole])
    )
    for order_id, kit_id, quantity in scope.session.execute(counts):
        found[order_id, -kit_id] = unit_of(whole[order_id, -kit_id], quantity)
    return found


def _walk_ins(scope: Scope) -> frozenset[int]:
    """The customers who stand for everybody without a name: they are nobody, and get every coupon."""
    codes = [walk_in_code(channel_id) for channel_id in scope.session.scalars(select(Channel.id))]
    found = select(Customer.id).where(Customer.code.in_(codes), Customer.channel_id.is_not(None))
    return frozenset(scope.session.scalars(found))


def _sold_in(sold: Any, key: Any, orders: Any) -> Any:
    """What was sold in these orders at a price of its own: lines, or kits with a key that no line has."""
    return (
        select(
            SalesOrder.id,
            SalesOrder.ordered_on,
            SalesOrder.customer_id,
            SalesOrder.channel_id,
            SalesOrder.prices_include_tax,
            key.label("line_number"),
            sold.variant_id,
            sold.quantity,
            sold.unit_price,
            sold.tax_rate,
            Variant.product_id,
            Variant.purchase_price,
            Product.category_id,
            Product.kind,
        )
        .join(sold, sold.order_id == SalesOrder.id)
        .join(Variant, Variant.id == sold.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(SalesOrder.id.in_(orders))
    )


def _tags(scope: Scope, customer_ids: set[int]) -> dict[int, frozenset[int]]:
    found = scope.session.execute(
        select(customer_tagging.c.customer_id, customer_tagging.c.tag_id).where(
            customer_tagging.c.customer_id.in_(customer_ids)
        )
    )
    tags: dict[int, frozenset[int]] = {}
    for customer_id, tag_id in found:
        tags[customer_id] = tags.get(customer_id, frozenset()) | {tag_id}
    return tags


def _rows(scope: Scope, touched: list[OrderEffect]) -> tuple[TriedRow, ...]:
    effects = {each.order_id: each for each in touched}
    found = scope.session.execute(
        select(SalesOrder.id, SalesOrder.number, SalesOrder.ordered_on, Customer.name)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.id.in_(effects))
    )
    rows = [
        TriedRow(row.id, row.number, row.ordered_on, row.name, effects[row.id].before, effects[row.id].after)
        for row in found
    ]
    return tuple(sorted(rows, key=lambda row: (-row.saved, row.order_id)))
