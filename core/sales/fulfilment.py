"""How an order is fulfilled: by its customer's rule, else the company's; back orders; unpaid orders that expire.

Goods that arrive go to the orders that wait for them: by priority, among equals to what is paid first,
then to what is to leave first, then to the oldest.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, case, delete, or_, select, update

from core.base.errors import InvalidInput, NotFound
from core.base.exact import RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Customer
from core.db.upsert import upsert
from core.jobs.registry import job
from core.jobs.rhythm import minutes
from core.sales.approvals import lapse
from core.sales.errors import NotComplete
from core.sales.fulfilment_models import FulfilmentRule, OrderPromise
from core.sales.models import BusinessState, OrderLine, PaymentState, Progress, SalesOrder
from core.sales.money.credit import order_called_off
from core.sales.money.worth import worth_now
from core.sales.nearness import near_to
from core.sales.offers import free_offers
from core.sales.orders import locked_order, origin_of
from core.sales.rules import ORDER_FLOW
from core.sales.sources import remember_sources
from core.sales.tolerance_rules import checked_shares
from core.sales.wished import USUAL_DAYS
from core.security.permissions import P
from core.stock.allocation import Sources
from core.stock.expiry import LeastLife
from core.stock.ledger import Line, release, reserve_more, storage_of
from core.stock.moves import reserved_moves
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork, table_of

USUAL_PRIORITY = 5
AT_ONCE = 200
MOST_DAYS = 365
_NAMES = (
    *("ship_complete", "back_orders", "other_warehouses", "unpaid_minutes"),
    *("least_life_share", "least_life_days", "priority", "under_share", "over_share", "ship_days"),
)
_RULE = table_of(FulfilmentRule)
_OF_CUSTOMER = (
    select(*(_RULE.c[name] for name in _NAMES))
    .where(or_(_RULE.c.customer_id == bindparam("customer"), _RULE.c.customer_id.is_(None)))
    .order_by(_RULE.c.customer_id.is_(None))
)


@dataclass(frozen=True)
class Terms:
    """How orders of somebody are fulfilled."""

    ship_complete: bool = False
    back_orders: bool = False
    other_warehouses: bool = False
    unpaid_minutes: int | None = None
    least_life_share: Decimal | None = None
    least_life_days: int | None = None
    priority: int = USUAL_PRIORITY
    under_share: Decimal | None = None
    over_share: Decimal | None = None
    ship_days: int = USUAL_DAYS

    @property
    def least(self) -> LeastLife:
        """How much life goods must have left."""
        return LeastLife(self.least_life_share, self.least_life_days)


USUAL = Terms()


@dataclass(frozen=True)
class RuleRow:
    """A rule as it is written; None where it says nothing, `customer` is empty for the company's."""

    customer_id: int | None
    customer: str
    ship_complete: bool | None
    back_orders: bool | None
    other_warehouses: bool | None
    unpaid_minutes: int | None
    least_life_share: Decimal | None
    least_life_days: int | None
    priority: int | None
    under_share: Decimal | None
    over_share: Decimal | None
    ship_days: int | None


def terms_of(scope: Scope, customer_id: int) -> Terms:
    """What holds for orders of this customer."""
    found = scope.session.connection().execute(_OF_CUSTOMER, {"customer": customer_id})
    said: dict[str, Any] = {}
    for row in found:
        for name, fact in zip(_NAMES, row, strict=True):
            if fact is not None:
                said.setdefault(name, fact)
    return Terms(**said) if said else USUAL


def terms_of_customers(scope: Scope, customer_ids: Collection[int]) -> dict[int, Terms]:
    """What holds for orders of each of these customers."""
    wanted = or_(FulfilmentRule.customer_id.in_(customer_ids), FulfilmentRule.customer_id.is_(None))
    rules = {rule.customer_id: rule for rule in scope.session.scalars(select(FulfilmentRule).where(wanted))}
    found = {}
    for customer_id in customer_ids:
        said: dict[str, Any] = {}
        for rule in (rules.get(customer_id), rules.get(None)):
            for name in _NAMES:
                if rule is not None and getattr(rule, name) is not None:
                    said.setdefault(name, getattr(rule, name))
        found[customer_id] = Terms(**said)
    return found


def begins_to_wait(uow: UnitOfWork, order: SalesOrder) -> None:
    """Goods that were promised to an order are not any more: it waits for others."""
    write_promise(uow, order.id, waits=True)


def waits_no_more(uow: UnitOfWork, order: SalesOrder) -> None:
    """Everything an order waited for is promised to it."""
    uow.session.execute(update(OrderPromise).where(OrderPromise.order_id == order.id).values(waits=False))


def promise_made(uow: UnitOfWork, order: SalesOrder, terms: Terms, *, waits: bool) -> None:
    """Remember that an order waits for goods, and until when for money."""
    until = None
    if terms.unpaid_minutes is not None and order.payment_state == PaymentState.NONE:
        until = uow.now + timedelta(minutes=terms.unpaid_minutes)
    if waits or until is not None:
        write_promise(uow, order.id, waits=waits, reserved_until=until)


def forget_promise(uow: UnitOfWork, order: SalesOrder) -> None:
    """An order begins again: it waits for nothing."""
    uow.session.execute(delete(OrderPromise).where(OrderPromise.order_id == order.id))


def refuse_part(
    uow: UnitOfWork, order: SalesOrder, lines: Mapping[int, OrderLine], leaving: Mapping[int, Decimal]
) -> None:
    """Refuse to let a part leave of an order that is to leave as a whole."""
    left = sum(
        (line.quantity - line.shipped_quantity - leaving.get(line_id, ZERO) for line_id, line in lines.items()), ZERO
    )
    if left <= ZERO:
        return
    own = uow.session.scalar(select(OrderPromise.ship_complete).where(OrderPromise.order_id == order.id))
    if terms_of(uow, order.customer_id).ship_complete if own is None else own:
        raise NotComplete(number=order.number, left=left)


@command(P.STOCK_POLICY)
def set_fulfilment_rule(
    uow: UnitOfWork,
    *,
    customer_id: int | None = None,
    ship_complete: bool | None = None,
    back_orders: bool | None = None,
    other_warehouses: bool | None = None,
    unpaid_minutes: int | None = None,
    least_life_share: Decimal | None = None,
    least_life_days: int | None = None,
    priority: int | None = None,
    under_share: Decimal | None = None,
    over_share: Decimal | None = None,
    ship_days: int | None = None,
) -> None:
    """Say how orders of a customer, or of everybody, are fulfilled; what is None is as for everybody."""
    if customer_id is not None and uow.session.get(Customer, customer_id) is None:
        raise NotFound(what=N_("The customer"))
    if least_life_share is not None and not (ZERO <= least_life_share <= 1 and fits(least_life_share, RATE_PLACES)):
        raise InvalidInput(field=N_("Shelf life left"), reason=N_("enter a share from 0 to 100%."))
    if (least_life_days or 0) < 0 or (unpaid_minutes is not None and unpaid_minutes < 1) or (priority or 0) < 0:
        raise InvalidInput(field=N_("Rule"), reason=N_("enter numbers that are not below zero."))
    if ship_days is not None and not 0 <= ship_days <= MOST_DAYS:
        raise InvalidInput(field=N_("Leaves within days"), reason=N_("enter 0 to 365 days."))
    checked_shares(under_share, over_share)
    rule = uow.session.scalars(
        select(FulfilmentRule).where(FulfilmentRule.customer_id.is_not_distinct_from(customer_id))
    ).one_or_none()
    if rule is None:
        rule = uow.add(FulfilmentRule(customer_id=customer_id))
    rule.ship_complete, rule.back_orders, rule.other_warehouses = ship_complete, back_orders, other_warehouses
    rule.unpaid_minutes, rule.priority = unpaid_minutes, priority
    rule.least_life_share, rule.least_life_days = least_life_share, least_life_days
    rule.under_share, rule.over_share, rule.ship_days = under_share, over_share, ship_days
    uow.audit("fulfilment_rule.set", rule, customer=customer_id)


@query(P.STOCK_POLICY)
def fulfilment_rules(scope: Scope) -> list[RuleRow]:
    """All rules, the company's first."""
    found = scope.session.execute(
        select(FulfilmentRule, Customer.name)
        .outerjoin(Customer, Customer.id == FulfilmentRule.customer_id)
        .order_by(FulfilmentRule.customer_id.is_not(None), Customer.name)
    )
    return [RuleRow(rule.customer_id, name or "", *(getattr(rule, each) for each in _NAMES)) for rule, name in found]


@dataclass(frozen=True)
class PromiseCard:
    """What holds for one order: what was agreed for it alone (None: nothing), and what follows with the rules."""

    ship_complete: bool | None
    ships_whole: bool
    reserved_until: datetime | None


@query(P.ORDER_READ)
def order_promise(scope: Scope, order_id: int) -> PromiseCard:
    """Whether an order leaves as a whole, and until when its goods are reserved without money."""
    customer_id = scope.session.scalar(select(SalesOrder.customer_id).where(SalesOrder.id == order_id))
    if customer_id is None:
        raise NotFound(what=N_("The order"))
    found = scope.session.get(OrderPromise, order_id)
    own = found.ship_complete if found else None
    by_rule = terms_of(scope, customer_id).ship_complete
    return PromiseCard(own, by_rule if own is None else own, found.reserved_until if found else None)


@command(P.ORDER_CONFIRM)
def ship_as_a_whole(uow: UnitOfWork, order_id: int, *, whole: bool | None) -> None:
    """Let an order leave as a whole or in parts, whatever its customer's rule says; None: as the rule says."""
    order = locked_order(uow, order_id)
    write_promise(uow, order.id, ship_complete=whole)
    uow.audit("order.ship_complete_set", order, whole=whole)


@command(P.ORDER_CONFIRM)
def keep_reserved(uow: UnitOfWork, order_id: int, *, more_minutes: int | None) -> None:
    """Keep goods for an unpaid order so many minutes from now, or, with None, until it is cancelled."""
    if more_minutes is not None and more_minutes <= 0:
        raise InvalidInput(field=N_("Minutes"), reason=N_("enter a number above zero."))
    order = locked_order(uow, order_id)
    ORDER_FLOW.take("ship", order)
    until = None if more_minutes is None else uow.now + timedelta(minutes=more_minutes)
    write_promise(uow, order.id, reserved_until=until)
    uow.audit("order.kept_reserved", order, until=until)


@command(P.ORDER_CONFIRM)
def allot_waiting(uow: UnitOfWork, order_id: int | None = None) -> None:
    """Promise goods that are there now to the orders that wait for them, or to one of them before its turn."""
    allotted: dict[str, Any] = {}
    for each in waiting_orders(uow, order_id):
        order = locked_order(uow, each, with_lines=True)
        if order.business_state != BusinessState.CONFIRMED:
            continue
        open_ = unreserved(uow, order)
        terms = terms_of(uow, order.customer_id)
        storage = storage_of(uow, order.warehouse_id)
        told: list[Sources] | None = [] if terms.other_warehouses else None
        how: dict[str, Any] = {"least": terms.least, "everywhere": terms.other_warehouses, "told": told}
        how["near"] = near_to(uow, order)
        missing = reserve_more(uow, storage, open_, origin_of(order), partly=True, **how) if open_ else {}
        if sum(missing.values(), ZERO) < sum((line.quantity for line in open_), ZERO):
            remember_sources(uow, order, told)
            allotted[order.number] = {line.line_id: line.quantity - missing.get(line.line_id, ZERO) for line in open_}
        if not missing:
            waits_no_more(uow, order)
    uow.audit("orders.allotted", None, orders=allotted)


@job("sales.allot_waiting", N_("Promise goods that arrived to the orders that wait for them"), every=minutes(1))
def allot_what_arrived(uow: UnitOfWork) -> None:
    """As somebody would by hand; nothing where no order waits."""
    if uow.session.scalar(select(OrderPromise.order_id).where(OrderPromise.waits).limit(1)) is not None:
        allot_waiting(uow)


@job("sales.expire_unpaid", N_("Let unpaid orders go whose time is over"), every=minutes(1))
def expire_unpaid(uow: UnitOfWork) -> None:
    """Free what is promised to orders that nobody began to pay or ship; each can be opened again."""
    late = uow.session.scalars(
        select(OrderPromise.order_id)
        .join(SalesOrder, SalesOrder.id == OrderPromise.order_id)
        .where(
            OrderPromise.reserved_until <= uow.now,
            SalesOrder.business_state == BusinessState.CONFIRMED,
            SalesOrder.payment_state == PaymentState.NONE,
            SalesOrder.shipment_state == Progress.NONE,
        )
        .order_by(OrderPromise.order_id)
        .limit(AT_ONCE)
    ).all()
    for order_id in late:
        order = locked_order(uow, order_id)
        if order.business_state != BusinessState.CONFIRMED or order.payment_state != PaymentState.NONE:
            continue
        before = worth_now(uow, order)
        ORDER_FLOW.take("expire", order)
        release(uow, storage_of(uow, order.warehouse_id), origin_of(order))
        order_called_off(uow, order, before)
        order.closed_at = uow.now
        free_offers(uow, order)
        forget_promise(uow, order)
        lapse(uow, [order.id])
        uow.audit("order.expired", order)


def waiting_orders(scope: Scope, order_id: int | None = None) -> list[int]:
    """The orders that goods which arrive go to first, in their turn; or one of them, if it waits."""
    own, company = FulfilmentRule, table_of(FulfilmentRule).alias()
    priority = case((own.priority.is_not(None), own.priority), else_=USUAL_PRIORITY)
    company_wide = scope.session.scalar(select(company.c.priority).where(company.c.customer_id.is_(None)))
    if company_wide is not None:
        priority = case((own.priority.is_not(None), own.priority), else_=company_wide)
    paid = SalesOrder.payment_state.in_((PaymentState.FULL, PaymentState.OVER))
    wanted = (
        select(OrderPromise.order_id)
        .join(SalesOrder, SalesOrder.id == OrderPromise.order_id)
        .outerjoin(own, own.customer_id == SalesOrder.customer_id)
        .where(OrderPromise.waits, SalesOrder.business_state == BusinessState.CONFIRMED)
        .order_by(priority, case((paid, 0), else_=1), SalesOrder.ship_by, SalesOrder.confirmed_at, SalesOrder.id)
        .limit(AT_ONCE)
    )
    if order_id is not None:
        wanted = wanted.where(OrderPromise.order_id == order_id)
    return list(scope.session.scalars(wanted))


def unreserved(uow: UnitOfWork, order: SalesOrder) -> list[Line]:
    """What of the lines of an order is neither shipped nor promised."""
    promised: dict[int | None, Decimal] = {}
    for move in reserved_moves(uow, origin_of(order)):
        promised[move.origin_line_id] = promised.get(move.origin_line_id, ZERO) + move.quantity
    stocked = set(
        uow.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_({line.variant_id for line in order.lines}), Product.kind == ProductKind.STOCKED)
        )
    )
    found = []
    for line in order.lines:
        left = line.quantity - line.shipped_quantity - promised.get(line.id, ZERO)
        if line.variant_id in stocked and left > ZERO:
            found.append(Line(line.variant_id, left, line.id))
    return found


def write_promise(uow: UnitOfWork, order_id: int, **facts: Any) -> None:
    """Set what holds for one order beside the rules."""
    row = upsert(uow.session, OrderPromise).values(order_id=order_id, **facts)
    uow.session.execute(row.on_conflict_do_update(index_elements=["order_id"], set_=facts))
