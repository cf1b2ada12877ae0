"""Writing very many payments that settle one order each."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from core.db.bulk import bulk_insert_dicts, next_ids, runs, storing
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.work.unit import UnitOfWork


class Paid(NamedTuple):
    """A payment of one order, in cents."""

    customer_id: int
    order_id: int
    amount: int
    received_on: Any
    method: str = PaymentMethod.HISTORY.value
    reverses_id: int | None = None
    note: str = ""


def book_payments(uow: UnitOfWork, payments: Sequence[Paid]) -> Sequence[int]:
    """Write payments, each settling its order by all of its amount; their ids in this order."""
    if not payments:
        return []
    session = uow.session
    ids = next_ids(session, Payment, len(payments))
    now = storing(session, Payment.created_at)(uow.now)
    rows = (
        {
            "id": payment_id,
            "number": number,
            "customer_id": paid.customer_id,
            "amount": paid.amount,
            "method": paid.method,
            "received_on": paid.received_on,
            "reverses_id": paid.reverses_id,
            "note": paid.note,
            "created_at": now,
            "created_by": uow.actor.id,
        }
        for payment_id, number, paid in zip(ids, uow.numbers("PM", len(payments)), payments, strict=True)
    )
    bulk_insert_dicts(session, Payment, rows)
    for first, last in runs(ids):
        uow.touch(Payment, first, last)
    settled = (
        {"payment_id": payment_id, "document_type": "sales_order", "document_id": paid.order_id, "amount": paid.amount}
        for payment_id, paid in zip(ids, payments, strict=True)
    )
    bulk_insert_dicts(session, Allocation, settled)
    return ids
