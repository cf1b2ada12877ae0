"""Goodwill: less money for goods that the customer keeps, as a credit on a delivered order or on several of them.

It is a document like a return, of lines with an amount and no quantity: so what is owed, what can be given back,
statements, sales figures and self-checks need nothing of their own for it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import AMOUNT_PLACES, ZERO, fits, round_to
from core.base.i18n import N_
from core.customers.models import Customer
from core.sales.models import (
    SOLD_STATES,
    OrderLine,
    Progress,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.money.credit import order_moved
from core.sales.money.ledger import RETURN
from core.sales.money.settle import open_of
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import worth_now
from core.sales.orders import locked_order
from core.sales.returns.documents import (
    Opened,
    count,
    counted_amounts,
    goodwill_amounts,
    opened,
    settle_returns,
    total_return,
)
from core.sales.returns.errors import (
    AlreadyInspected,
    NeverDelivered,
    NoGoodwill,
    TooMuchForAccount,
    TooMuchGoodwill,
)
from core.sales.returns.refunded import refunded
from core.sales.returns.request import known_reason
from core.sales.returns.rules import GOODWILL_FLOW, split_goodwill
from core.sales.rules import NOTHING, ORDER_FLOW, Amounts
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

LATEST = 50
"""Goodwill on an account is spread over so many of the customer's latest delivered orders at most."""


@command(P.GOODWILL_GIVE)
def give_goodwill(uow: UnitOfWork, order_id: int, *, amount: Decimal, reason: str, note: str = "") -> int:
    """Let the customer of a delivered order off so much of it; no goods come back and no claim is needed.

    The amount is split over the lines by what was charged for what left of them, with its tax. Refuses more than
    that, less what was credited before, and reasons that are not in the list.
    """
    amount, reason = _checked(amount), known_reason(uow, reason)
    order = locked_order(uow, order_id, with_lines=True)
    _refuse_undelivered(order)
    left = _left(uow, order)
    _refuse_too_much(order, amount, left)
    document = _credit(uow, order, amount, left, reason, note)
    uow.audit(
        "goodwill.given",
        document,
        number=document.number,
        order=order.number,
        gross=amount,
        tax=document.tax_amount,
        reason=reason,
    )
    return document.id


@command(P.GOODWILL_GIVE)
def give_goodwill_on_account(
    uow: UnitOfWork, customer_id: int, *, amount: Decimal, reason: str, note: str = ""
) -> None:
    """Let a customer off so much altogether: a credit on each of so many delivered orders as it takes.

    What is still owed is let off first, oldest order first; the rest of the newest orders, where it can be given
    back. Refuses more than was charged for them, less what was credited before.
    """
    amount, reason = _checked(amount), known_reason(uow, reason)
    customer = uow.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound(what=N_("The customer"))
    orders = [locked_order(uow, order_id, with_lines=True) for order_id in _delivered(uow, customer_id)]
    left = {order.id: _left(uow, order) for order in orders}
    parts = _spread(amount, orders, {order_id: _sum(each) for order_id, each in left.items()})
    if sum(parts.values(), ZERO) < amount:
        most = sum((_sum(each) for each in left.values()), ZERO)
        raise TooMuchForAccount(customer=customer.name, left=most, asked=amount, orders=len(orders))
    made = {
        document.number: document.gross_amount
        for document in (
            _credit(uow, order, parts[order.id], left[order.id], reason, note) for order in orders if order.id in parts
        )
    }
    uow.audit("goodwill.given_on_account", customer, customer=customer.name, gross=amount, reason=reason, credits=made)


@command(P.GOODWILL_GIVE)
def undo_goodwill(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """The customer owes what was let off again. Refused while it was given back, or stands on a statement."""
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    if document.kind != ReturnKind.GOODWILL:
        raise NoGoodwill(number=document.number)
    given = refunded(uow, document.id)
    if given:
        raise AlreadyInspected(number=document.number, amount=given)
    refuse_stated(uow, RETURN, document.id, document.number)
    before = worth_now(uow, found.order)
    GOODWILL_FLOW.take("undo_goodwill", document)
    count(found, -1)
    order_moved(uow, found.order, before)
    settle_returns(uow, found.order)
    uow.audit("goodwill.undone", document, number=document.number, gross=document.gross_amount, reason=reason)


@query(P.ORDER_READ)
def goodwill_left(scope: Scope, order_id: int) -> Decimal:
    """How much of an order can be let off as it stands; nothing of one that was not delivered."""
    order = scope.session.get(SalesOrder, order_id)
    if order is None or order.business_state not in SOLD_STATES:
        return ZERO
    lines = scope.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    return _sum(_left_of(scope, order_id, lines))


@query(P.ORDER_READ)
def goodwill_given(scope: Scope, order_id: int) -> Decimal:
    """How much of an order was let off."""
    return _sum(goodwill_amounts(scope, order_id))


def _checked(amount: Decimal) -> Decimal:
    if amount <= ZERO or not fits(amount, AMOUNT_PLACES):
        reason = N_("enter an amount above zero with at most 2 decimals.")
        raise InvalidInput(field=N_("Amount"), reason=reason)
    return amount


def _refuse_undelivered(order: SalesOrder) -> None:
    if order.business_state not in SOLD_STATES:
        ORDER_FLOW.next_state("ship", order.business_state, order.number)
    if all(line.shipped_quantity == ZERO for line in order.lines):
        raise NeverDelivered(number=order.number)


def _refuse_too_much(order: SalesOrder, amount: Decimal, left: dict[int, Amounts]) -> None:
    most = _sum(left)
    if amount > most:
        raise TooMuchGoodwill(number=order.number, left=most, asked=amount)


def _left(uow: UnitOfWork, order: SalesOrder) -> dict[int, Amounts]:
    return _left_of(uow, order.id, order.lines)


def _left_of(scope: Scope, order_id: int, lines: Iterable[OrderLine]) -> dict[int, Amounts]:
    """What was charged for what left of each line, less what was credited; lines of which nothing is are left out."""
    counted = counted_amounts(scope, order_id)
    found = {}
    for line in sorted(lines, key=lambda each: each.line_number):
        part = min(line.shipped_quantity, line.quantity) / line.quantity
        before = counted.get(line.id, NOTHING)
        gross = round_to(line.gross_amount * part) - before.gross
        net = min(max(round_to(line.net_amount * part) - before.net, ZERO), gross)
        if gross > ZERO:
            found[line.id] = Amounts(net, gross - net, gross)
    return found


def _sum(left: dict[int, Amounts]) -> Decimal:
    return sum((each.gross for each in left.values()), ZERO)


def _delivered(uow: UnitOfWork, customer_id: int) -> list[int]:
    """The newest orders of a customer of which something was delivered, in the order in which everybody locks them."""
    found = uow.session.scalars(
        select(SalesOrder.id)
        .where(
            SalesOrder.customer_id == customer_id,
            SalesOrder.business_state.in_(SOLD_STATES),
            SalesOrder.shipment_state != Progress.NONE,
        )
        .order_by(SalesOrder.ordered_on.desc(), SalesOrder.id.desc())
        .limit(LATEST)
    )
    return sorted(found)


def _spread(amount: Decimal, orders: Sequence[SalesOrder], most: dict[int, Decimal]) -> dict[int, Decimal]:
    """Order → how much is let off: what is owed first, by age, then of the newest."""
    by_age = sorted(orders, key=lambda order: (order.ordered_on, order.id))
    parts: dict[int, Decimal] = {}
    limits = [(order.id, min(open_of(order), most[order.id])) for order in by_age]
    limits += [(order.id, most[order.id]) for order in reversed(by_age)]
    for order_id, limit in limits:
        part = min(amount, limit - parts.get(order_id, ZERO))
        if part > ZERO:
            parts[order_id] = parts.get(order_id, ZERO) + part
            amount -= part
    return parts


def _credit(
    uow: UnitOfWork, order: SalesOrder, amount: Decimal, left: dict[int, Amounts], reason: str, note: str
) -> SalesReturn:
    """The document that lets so much off an order."""
    before = worth_now(uow, order)
    document = uow.add(
        SalesReturn(
            number=uow.number("SR"),
            kind=ReturnKind.GOODWILL,
            state=ReturnState.INSPECTED,
            order_id=order.id,
            customer_id=order.customer_id,
            channel_id=order.channel_id,
            warehouse_id=order.warehouse_id,
            sales_rep_id=order.sales_rep_id,
            region=order.region,
            requested_at=uow.now,
            returned_at=uow.now,
            returned_on=uow.today,
            currency=order.currency,
            net_amount=ZERO,
            tax_amount=ZERO,
            gross_amount=ZERO,
            reason=reason,
            note=note.strip()[:500],
            created_by=uow.actor.id,
            created_at=uow.now,
        )
    )
    sold = {line.id: line for line in order.lines}
    parts = zip(left, split_goodwill(amount, list(left.values())), strict=True)
    lines = [
        ReturnLine(
            return_id=document.id,
            line_number=place,
            order_line_id=line_id,
            variant_id=sold[line_id].variant_id,
            quantity=ZERO,
            unit_price=ZERO,
            tax_rate=sold[line_id].tax_rate,
            net_amount=part.net,
            tax_amount=part.tax,
            gross_amount=part.gross,
        )
        for place, (line_id, part) in enumerate(((key, each) for key, each in parts if each.gross), 1)
    ]
    uow.session.add_all(lines)
    total_return(document, lines)
    uow.session.flush()
    count(Opened(document, lines, order, sold), 1)
    order_moved(uow, order, before)
    settle_returns(uow, order)
    return document
