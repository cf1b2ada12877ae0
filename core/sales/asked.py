"""What is asked for on orders: the inbox of those who answer, and what became of it on one order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from core.accounts.duties import is_own_work
from core.accounts.duty_models import Duty
from core.customers.models import Customer
from core.receivables.models import ApprovalKind, CreditApproval
from core.sales.approval_models import ApprovalRequest, RequestState
from core.sales.approvals import RIGHTS
from core.sales.models import SalesOrder
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class WishRow:
    """A price that is asked for."""

    sku: str
    quantity: Decimal
    price: Decimal
    before: Decimal
    lowest: Decimal


@dataclass(frozen=True)
class RequestRow:
    """A request with its answer; `expires_at` and `used_at` are those of the approval it led to."""

    id: int
    order_id: int
    number: str
    customer: str
    gross_amount: Decimal
    kind: ApprovalKind
    state: RequestState
    wishes: tuple[WishRow, ...]
    reason: str
    asked_at: datetime
    asked_by: str
    answered_by: str
    answer: str
    approval_id: int | None
    expires_at: datetime | None
    used_at: datetime | None


@query(P.ORDER_READ)
def must_ask(scope: Scope, order_id: int, exception: ApprovalKind) -> bool:
    """Whether the actor has to ask for exceptions of this kind on an order, for want of the right or as their own."""
    if not scope.actor.may(RIGHTS[exception]):
        return True
    duty = Duty.PRICES if exception == ApprovalKind.PRICE else Duty.CREDIT
    entered_by = scope.session.scalar(select(SalesOrder.created_by).where(SalesOrder.id == order_id))
    return is_own_work(scope.session, scope.actor, duty, entered_by)


@query(P.ORDER_READ)
def asked_for(scope: Scope, *, limit: int = 20) -> list[RequestRow]:
    """What waits for an answer of the actor, that which waits longest first."""
    mine = [kind for kind, right in RIGHTS.items() if scope.actor.may(right)]
    if not mine:
        return []
    found = (
        _rows()
        .where(ApprovalRequest.state == RequestState.OPEN, ApprovalRequest.kind.in_(mine))
        .order_by(ApprovalRequest.id)
        .limit(limit)
    )
    return [_row(*each) for each in scope.session.execute(found)]


@query(P.ORDER_READ)
def requests_of(scope: Scope, order_id: int, *, limit: int = 5) -> list[RequestRow]:
    """What was asked for on an order and what became of it, the newest first; what was asked anew is left out."""
    found = (
        _rows()
        .where(ApprovalRequest.order_id == order_id, ApprovalRequest.state != RequestState.REPLACED)
        .order_by(ApprovalRequest.id.desc())
        .limit(limit)
    )
    return [_row(*each) for each in scope.session.execute(found)]


def _rows() -> Select[*tuple[Any, ...]]:
    asker, answerer = aliased(User), aliased(User)
    return (
        select(
            ApprovalRequest,
            SalesOrder.number,
            Customer.name,
            SalesOrder.gross_amount,
            func.coalesce(asker.name, ""),
            func.coalesce(answerer.name, ""),
            CreditApproval.expires_at,
            CreditApproval.used_at,
        )
        .join(SalesOrder, SalesOrder.id == ApprovalRequest.order_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .outerjoin(asker, asker.id == ApprovalRequest.asked_by)
        .outerjoin(answerer, answerer.id == ApprovalRequest.answered_by)
        .outerjoin(CreditApproval, CreditApproval.id == ApprovalRequest.approval_id)
    )


def _row(
    request: ApprovalRequest,
    number: str,
    customer: str,
    gross: Decimal,
    asked_by: str,
    answered_by: str,
    expires_at: datetime | None,
    used_at: datetime | None,
) -> RequestRow:
    wishes = tuple(
        WishRow(each["sku"], *(Decimal(each[name]) for name in ("quantity", "price", "before", "lowest")))
        for each in request.prices
    )
    return RequestRow(
        request.id,
        request.order_id,
        number,
        customer,
        gross,
        request.kind,
        request.state,
        wishes,
        request.reason,
        request.asked_at,
        asked_by,
        answered_by,
        request.answer,
        request.approval_id,
        expires_at,
        used_at,
    )
