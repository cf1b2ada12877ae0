"""Asking for an exception on an order, and the answer: yes puts the prices asked for on the draft, no says why."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.accounts.duties import refuse_own_work
from core.accounts.duty_models import Duty
from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import PRICE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Variant
from core.customers.models import Customer
from core.notify.tell import tell
from core.pricing.limits import below_lowest
from core.pricing.rules.margins import floor_of
from core.receivables.models import APPROVAL_LABELS, ApprovalKind
from core.sales.approval_models import ApprovalRequest, RequestState
from core.sales.approvals import ASKED, REASON_LENGTH, RIGHTS, answer_open, grant
from core.sales.draft import set_price
from core.sales.errors import AlreadyAnswered, GiftLine, NothingToAsk
from core.sales.kits import floor_of_kit, kits_on
from core.sales.line_prices import APPROVAL, is_gift
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.offers import retotal
from core.sales.orders import locked_order
from core.sales.rules import ORDER_FLOW
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

Place = tuple[str, int]
LINE, KIT = "line", "kit"


@command(P.ORDER_EDIT)
def ask_approval(
    uow: UnitOfWork,
    order_id: int,
    *,
    kind: ApprovalKind,
    reason: str,
    prices: Mapping[int, Decimal] | None = None,
    kit_prices: Mapping[int, Decimal] | None = None,
) -> int:
    """Ask those who may for an exception on an order; asking anew takes the place of what is still open.

    For prices below the lowest one: on a draft, with what a unit of each line or kit (by their ids) is to cost.
    """
    reason = reason_given(reason)[:REASON_LENGTH]
    order = locked_order(uow, order_id, with_lines=kind == ApprovalKind.PRICE)
    wishes: list[dict[str, Any]] = []
    if kind == ApprovalKind.PRICE:
        ORDER_FLOW.take("edit", order)
        wishes = _wishes(uow, order, prices or {}, kit_prices or {})
    elif not (ORDER_FLOW.allows("edit", order.business_state) or ORDER_FLOW.allows("ship", order.business_state)):
        ORDER_FLOW.take("edit", order)
    answer_open(uow, order.id, kind, RequestState.REPLACED)
    request = uow.add(
        ApprovalRequest(
            order_id=order.id, kind=kind, prices=wishes, reason=reason, asked_at=uow.now, asked_by=uow.actor.id
        )
    )
    customer = uow.session.scalar(select(Customer.name).where(Customer.id == order.customer_id))
    facts = {"asked_by": uow.actor.name, "number": order.number, "customer": customer, "reason": reason}
    facts["kind"] = APPROVAL_LABELS[kind]
    tell(uow, ASKED[kind], str(request.id), facts, query={"id": order.id}, amount=order.gross_amount)
    uow.audit("order.approval_asked", order, kind=kind.value, reason=reason, prices=wishes)
    return request.id


@command(P.PRICE_OVERRIDE)
def approve_prices(uow: UnitOfWork, request_id: int, *, days: int = 1, answer: str = "") -> int:
    """Put the prices that are asked for on the draft; it may be confirmed with them once, for so many days from now.

    Lines that were taken off meanwhile are left out.
    """
    request = _open_request(uow, request_id)
    if request.kind != ApprovalKind.PRICE:
        raise NotFound(what=N_("The request"))
    order = locked_order(uow, request.order_id, with_lines=True)
    refuse_own_work(uow, Duty.PRICES, order.created_by, request.asked_by)
    ORDER_FLOW.take("edit", order)
    there = _there(uow, order)
    put = [(sold, each) for each in request.prices for sold in [there.get(_place(each))] if sold is not None]
    if not put:
        raise NotFound(what=N_("The order line"))
    for sold, wish in put:
        set_price(uow, order, sold, Decimal(wish["price"]))
    retotal(uow, order)
    prices = [wish for _sold, wish in put]
    approval = grant(
        uow,
        order,
        ApprovalKind.PRICE,
        amount=order.gross_amount,
        reason=request.reason,
        days=days,
        answer=answer,
        prices=prices,
    )
    for sold, _wish in put:
        sold.price_trace = (sold.price_trace or {}) | {APPROVAL: approval.id}
    reason = " · ".join(filter(None, [request.reason, answer.strip()]))
    uow.audit("order.prices_approved", order, gross=order.gross_amount, prices=prices, days=days, reason=reason)
    return approval.id


@command(P.ORDER_READ)
def decline_approval(uow: UnitOfWork, request_id: int, *, reason: str) -> None:
    """Answer a request with no, saying why; for those who might have said yes."""
    reason = reason_given(reason)
    request = _open_request(uow, request_id)
    uow.actor.require(RIGHTS[request.kind])
    order = locked_order(uow, request.order_id)
    answer_open(uow, order.id, request.kind, RequestState.DECLINED, answer=reason)
    uow.audit("order.approval_declined", order, kind=request.kind.value, reason=reason)


def _open_request(uow: UnitOfWork, request_id: int) -> ApprovalRequest:
    order_id = uow.session.scalar(select(ApprovalRequest.order_id).where(ApprovalRequest.id == request_id))
    if order_id is None:
        raise NotFound(what=N_("The request"))
    # The order first: who asks anew and who answers never wait for each other.
    order = locked_order(uow, order_id)
    request = uow.session.get_one(ApprovalRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state != RequestState.OPEN:
        raise AlreadyAnswered(number=order.number)
    return request


def _there(uow: UnitOfWork, order: SalesOrder) -> dict[Place, OrderLine | OrderKit]:
    """What has a price of its own on an order: lines of no kit, and kits."""
    found: dict[Place, OrderLine | OrderKit] = {(LINE, line.id): line for line in order.lines if line.kit_id is None}
    return found | {(KIT, kit.id): kit for kit in kits_on(uow.session, order)}


def _place(wish: Mapping[str, Any]) -> Place:
    return (KIT, wish[KIT]) if KIT in wish else (LINE, wish[LINE])


def _wishes(
    uow: UnitOfWork, order: SalesOrder, prices: Mapping[int, Decimal], kit_prices: Mapping[int, Decimal]
) -> list[dict[str, Any]]:
    there = _there(uow, order)
    asked = {(LINE, line_id): price for line_id, price in prices.items()}
    asked |= {(KIT, kit_id): price for kit_id, price in kit_prices.items()}
    if not asked:
        raise InvalidInput(field=N_("Price asked for"), reason=N_("enter it for at least one line."))
    if asked.keys() - there.keys():
        raise NotFound(what=N_("The order line"))
    found = uow.session.execute(
        select(Variant.id, Variant.sku, Variant.lowest_price).where(
            Variant.id.in_({there[each].variant_id for each in asked})
        )
    )
    goods = {row.id: row for row in found}
    below = below_lowest(uow.session, uow.actor.roles)
    wishes = []
    for (what, sold_id), price in asked.items():
        sold = there[what, sold_id]
        its = goods[sold.variant_id]
        lowest = floor_of_kit(uow.session, order, sold) if isinstance(sold, OrderKit) else its.lowest_price
        _refuse_price(sold, its.sku, price)
        if price >= floor_of(lowest, below):
            raise NothingToAsk(sku=its.sku, price=price)
        wishes.append(
            {
                what: sold_id,
                "variant": sold.variant_id,
                "sku": its.sku,
                "quantity": f"{sold.quantity.normalize():f}",
                "price": f"{price.normalize():f}",
                "before": f"{sold.unit_price.normalize():f}",
                "lowest": f"{lowest.normalize():f}",
            }
        )
    return wishes


def _refuse_price(sold: OrderLine | OrderKit, sku: str, price: Decimal) -> None:
    if is_gift(sold):
        raise GiftLine(sku=sku, promotion=(sold.price_trace or {})["name"])
    if price <= ZERO or not fits(price, PRICE_PLACES):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter a price above zero with at most 4 decimals."))
