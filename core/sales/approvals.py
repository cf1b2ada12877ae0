"""Exceptions for one order, granted once: the price below the lowest, the credit, goods before money."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select, update

from core.accounts.duties import is_own_work
from core.accounts.duty_models import Duty
from core.base.errors import InvalidInput, reason_given
from core.base.i18n import N_
from core.notify.events import EXCEPTION_ASKED, PRICE_ASKED, REQUEST_ANSWERED
from core.notify.tell import settle, tell
from core.receivables.models import ApprovalKind, CreditApproval
from core.receivables.service import ORDER, checked_amount
from core.sales.approval_models import REQUEST_STATE_LABELS, ApprovalRequest, RequestState
from core.sales.errors import PriceNotApproved
from core.sales.models import SalesOrder
from core.security.permissions import P
from core.work.unit import UnitOfWork, table_of

LONGEST_DAYS = 90
REASON_LENGTH = 200
RIGHTS = {
    ApprovalKind.CREDIT: P.CREDIT_APPROVE,
    ApprovalKind.PREPAYMENT: P.CREDIT_APPROVE,
    ApprovalKind.PRICE: P.PRICE_OVERRIDE,
}
"""Who may let what pass."""

ASKED = {
    ApprovalKind.CREDIT: EXCEPTION_ASKED,
    ApprovalKind.PREPAYMENT: EXCEPTION_ASKED,
    ApprovalKind.PRICE: PRICE_ASKED,
}
"""What those who may hear of it."""

_REQUEST = table_of(ApprovalRequest)
_LAPSE = update(_REQUEST).where(_REQUEST.c.state == RequestState.OPEN)


def grant(
    uow: UnitOfWork,
    order: SalesOrder,
    kind: ApprovalKind,
    *,
    amount: Decimal,
    reason: str,
    days: int,
    answer: str = "",
    prices: list[dict[str, Any]] | None = None,
) -> CreditApproval:
    """Let this order pass once, for so many days from now; what was asked for of this kind is answered with it."""
    uow.actor.require(RIGHTS[kind])
    reason = reason_given(reason)
    checked_amount(amount)
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(field=N_("Valid for days"), reason=N_("enter 1 to 90 days."))
    approval = uow.add(
        CreditApproval(
            customer_id=order.customer_id,
            document_type=ORDER,
            document_id=order.id,
            kind=kind,
            amount=amount,
            reason=reason[:REASON_LENGTH],
            expires_at=uow.now + timedelta(days=days),
            created_at=uow.now,
            created_by=uow.actor.id,
            prices=prices,
        )
    )
    answer_open(uow, order.id, kind, RequestState.APPROVED, answer=answer, approval_id=approval.id)
    return approval


def answer_open(
    uow: UnitOfWork,
    order_id: int,
    kind: ApprovalKind,
    state: RequestState,
    *,
    answer: str = "",
    approval_id: int | None = None,
) -> None:
    """Give every open request of this kind on an order its answer."""
    for request in uow.session.scalars(
        select(ApprovalRequest)
        .where(
            ApprovalRequest.order_id == order_id,
            ApprovalRequest.kind == kind,
            ApprovalRequest.state == RequestState.OPEN,
        )
        .with_for_update()
    ):
        request.state, request.approval_id = state, approval_id
        request.answered_at, request.answered_by = uow.now, uow.actor.id
        request.answer = answer.strip()[:REASON_LENGTH]
        settle(uow, ASKED[kind], request.id)
        if state != RequestState.REPLACED:
            _tell_answer(uow, request)


def askers(uow: UnitOfWork, order_id: int, kind: ApprovalKind) -> list[int | None]:
    """Who has asked for an exception of this kind on an order, whatever became of it."""
    asked = select(ApprovalRequest.asked_by).where(ApprovalRequest.order_id == order_id, ApprovalRequest.kind == kind)
    return list(uow.session.scalars(asked))


def lapse(uow: UnitOfWork, orders: Iterable[int] | Select[int], *kinds: ApprovalKind) -> None:
    """Close what is still asked for on orders that went on or ended without it: of these kinds, or all of it."""
    closed = _LAPSE.where(_REQUEST.c.order_id.in_(orders), _REQUEST.c.kind.in_(kinds or tuple(ApprovalKind)))
    closed = closed.values(state=RequestState.LAPSED, answered_at=uow.now)
    for request_id, kind in uow.session.connection().execute(closed.returning(_REQUEST.c.id, _REQUEST.c.kind)).all():
        settle(uow, ASKED[kind], request_id)


def _tell_answer(uow: UnitOfWork, request: ApprovalRequest) -> None:
    number = uow.session.scalar(select(SalesOrder.number).where(SalesOrder.id == request.order_id))
    facts = {"number": number, "state": REQUEST_STATE_LABELS[request.state], "answered_by": uow.actor.name}
    facts["answer"] = request.answer
    tell(uow, REQUEST_ANSWERED, str(request.id), facts, query={"id": request.order_id}, to=[request.asked_by])


def use_approval(uow: UnitOfWork, order: SalesOrder, kind: ApprovalKind) -> bool:
    """Use the oldest approval that lets this order pass for what it comes to, once."""
    for approval in _live(uow, order, kind, locked=True):
        if approval.amount >= order.gross_amount:
            approval.used_at, approval.used_by = uow.now, uow.actor.id
            return True
    return False


def may_override(uow: UnitOfWork, order: SalesOrder) -> bool:
    """Whether who acts may set prices below the lowest on this order without asking."""
    if not uow.actor.may(P.PRICE_OVERRIDE):
        return False
    return not is_own_work(uow.session, uow.actor, Duty.PRICES, order.created_by)


def price_approval(
    uow: UnitOfWork, order: SalesOrder, variant_id: int, charged: Decimal, quantity: Decimal
) -> int | None:
    """The approval that lets a line of this order charge so little for a product, if there is one."""
    if order.id is None:
        return None
    for approval in _live(uow, order, ApprovalKind.PRICE):
        for each in approval.prices or ():
            if each["variant"] == variant_id and charged >= Decimal(each["price"]) * quantity:
                return approval.id
    return None


def use_prices(uow: UnitOfWork, order: SalesOrder, approval_ids: Collection[int]) -> None:
    """Use the approvals that prices of this order rest on; `PriceNotApproved` where one does not hold any more.

    Who may set such prices on this order may confirm them all the same.
    """
    live = {each.id: each for each in _live(uow, order, ApprovalKind.PRICE, locked=True)}
    for approval_id in approval_ids:
        approval = live.get(approval_id)
        if approval is not None:
            approval.used_at, approval.used_by = uow.now, uow.actor.id
        elif not may_override(uow, order):
            raise PriceNotApproved(number=order.number)


def _live(uow: UnitOfWork, order: SalesOrder, kind: ApprovalKind, *, locked: bool = False) -> list[CreditApproval]:
    found = (
        select(CreditApproval)
        .where(
            CreditApproval.document_type == ORDER,
            CreditApproval.document_id == order.id,
            CreditApproval.customer_id == order.customer_id,
            CreditApproval.kind == kind,
            CreditApproval.used_at.is_(None),
            CreditApproval.expires_at > uow.now,
        )
        .order_by(CreditApproval.id)
    )
    return list(uow.session.scalars(found.with_for_update() if locked else found))
