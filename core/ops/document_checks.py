"""What must always be true of documents that are facts themselves: found, never repaired."""

from decimal import Decimal
from typing import Any

from sqlalchemy import and_, exists, func, literal_column, or_, select, type_coerce

from core.audit.models import AuditEntry
from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.db.types import Exact
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.sales.amend_models import OrderAmendment
from core.sales.models import (
    CAME_BACK,
    OrderLine,
    ReturnKind,
    ReturnLine,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)

RECORDED = ("order.paid", "order.payment_reversed", "payment.received", "payment.reversed")


def _shipments(scope: Checking) -> list[Difference]:
    """Lines of which more or less has left than their shipments say; imported orders may have gone without any."""
    sent = (
        select(ShipmentLine.order_line_id.label("line_id"), func.sum(ShipmentLine.quantity).label("total"))
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.cancelled_at.is_(None))
        .group_by(ShipmentLine.order_line_id)
        .subquery()
    )
    # What is delivered once more counts as if it had not left before.
    again = (
        select(ReturnLine.order_line_id.label("line_id"), func.sum(ReturnLine.quantity).label("total"))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(SalesReturn.kind == ReturnKind.REDELIVERY, SalesReturn.state.in_(CAME_BACK))
        .group_by(ReturnLine.order_line_id)
        .subquery()
    )
    nothing = literal_column("0", Exact(QUANTITY_PLACES))
    left: Any = func.coalesce(sent.c.total, nothing) + func.coalesce(again.c.total, nothing)
    total: Any = type_coerce(left, Exact(QUANTITY_PLACES))
    statement = (
        select(OrderLine.id, OrderLine.shipped_quantity, total)
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .outerjoin(sent, sent.c.line_id == OrderLine.id)
        .outerjoin(again, again.c.line_id == OrderLine.id)
        .where(
            OrderLine.shipped_quantity != total,
            or_(
                SalesOrder.import_batch_id.is_(None),
                and_(exists().where(Shipment.order_id == SalesOrder.id), again.c.total.is_(None)),
            ),
        )
        .order_by(OrderLine.id)
    )
    return [
        Difference("shipments", "order_line", line_id, "shipped_quantity", shipped, sent_quantity)
        for line_id, shipped, sent_quantity in scope.session.execute(statement)
    ]


def _settled(scope: Checking) -> list[Difference]:
    """Payments of the past that are not what they settle, and reversals that are not the opposite of their payment."""
    allocated: Any = func.coalesce(
        select(func.sum(Allocation.amount)).where(Allocation.payment_id == Payment.id).scalar_subquery(),
        literal_column("0", Exact(AMOUNT_PLACES)),
        type_=Exact(AMOUNT_PLACES),
    )
    past = select(Payment.id, Payment.amount, allocated).where(
        Payment.method == PaymentMethod.HISTORY, Payment.amount != allocated + Payment.open_amount
    )
    first = Payment.__table__.alias("first")
    undone = (
        select(Payment.id, Payment.amount, -first.c.amount)
        .join(first, first.c.id == Payment.reverses_id)
        .where(and_(Payment.amount != -first.c.amount, Payment.method != PaymentMethod.HISTORY))
    )
    return [
        Difference("payment_records", "payment", payment_id, "amount", amount, right)
        for statement in (past.order_by(Payment.id), undone.order_by(Payment.id))
        for payment_id, amount, right in scope.session.execute(statement)
    ]


def _recorded(scope: Checking) -> list[Difference]:
    """Payments whose amount is not the one that the audit trail recorded when they were taken."""
    entries = scope.session.scalars(
        select(AuditEntry.facts).where(AuditEntry.tag.in_(RECORDED)).execution_options(yield_per=5_000)
    )
    recorded = {facts["payment"]: facts["amount"] for facts in entries if {"payment", "amount"} <= facts.keys()}
    if not recorded:
        return []
    payments = scope.session.execute(
        select(Payment.id, Payment.number, Payment.amount)
        .where(Payment.method != PaymentMethod.HISTORY)
        .order_by(Payment.id)
        .execution_options(yield_per=5_000)
    )
    return [
        Difference("payment_records", "payment", payment_id, "amount", amount, Decimal(recorded[number]))
        for payment_id, number, amount in payments
        if number in recorded and amount != Decimal(recorded[number])
    ]


def _made_by_shipments(scope: Checking) -> list[Difference]:
    """Amendments that a shipment is said to have made of an order that is not its own."""
    statement = (
        select(OrderAmendment.id, OrderAmendment.order_id, Shipment.order_id)
        .join(Shipment, Shipment.id == OrderAmendment.shipment_id)
        .where(OrderAmendment.order_id != Shipment.order_id)
        .order_by(OrderAmendment.id)
    )
    return [
        Difference("shipment_amendments", "order_amendment", amendment_id, "order_id", order_id, of_shipment)
        for amendment_id, order_id, of_shipment in scope.session.execute(statement)
    ]


register(
    SelfCheck("shipment_amendments", N_("Shipments that were off amend their own orders"), _made_by_shipments),
    SelfCheck("shipments", N_("Shipped quantities equal the lines of shipments that stand"), _shipments),
    SelfCheck(
        "payment_records",
        N_("Payments are what was recorded when they were taken"),
        lambda scope: _settled(scope) + _recorded(scope),
    ),
)
