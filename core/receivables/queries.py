"""Reads of payments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class PaymentRow:
    """A payment as far as it settles one document; reversals and money given back have negative amounts."""

    id: int
    number: str
    amount: Decimal
    method: PaymentMethod
    received_on: date
    note: str
    is_reversal: bool
    is_reversed: bool


@query(P.PAYMENT_READ)
def payments_of(scope: Scope, document_type: str, document_id: int) -> list[PaymentRow]:
    """The payments of a document as far as they settle it, oldest first; those taken off it are left out."""
    reversal = aliased(Payment)
    total = func.sum(Allocation.amount)
    found = scope.session.execute(
        select(Payment, total, reversal.id)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(reversal, reversal.reverses_id == Payment.id)
        .where(Allocation.document_type == document_type, Allocation.document_id == document_id)
        .group_by(Payment.id, reversal.id)
        .having(total != ZERO)
        .order_by(Payment.id)
    )
    return [
        PaymentRow(
            id=payment.id,
            number=payment.number,
            amount=amount,
            method=payment.method,
            received_on=payment.received_on,
            note=payment.note,
            is_reversal=payment.reverses_id is not None,
            is_reversed=reversed_by is not None,
        )
        for payment, amount, reversed_by in found
    ]
