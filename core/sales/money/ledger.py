"""The documents behind an account: goods shipped and returned, charges, money, each with its day and sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from core.base.clock import business_day
from core.receivables.models import AccountCharge, Payment
from core.receivables.service import CHARGE, ORDER, PAYMENT
from core.receivables.statement_models import LineKind
from core.sales.models import CAME_BACK, Progress, ReturnKind, SalesOrder, SalesReturn, Shipment

SHIPMENT, RETURN = "shipment", "sales_return"
_ORDER_OF_KINDS = tuple(LineKind)
_KIND_OF = {ReturnKind.GOODWILL: LineKind.GOODWILL}


@dataclass(frozen=True)
class Booked:
    """A document of an account; what the customer owes by it is positive."""

    kind: LineKind
    document_type: str
    document_id: int
    number: str
    on: date
    amount: Decimal
    order_id: int | None
    order_number: str
    note: str = ""


def documents_of(session: Session, customer_id: int, until: date, timezone: str) -> list[Booked]:
    """Every document of a customer before a day, by day; they add up to what was owed when it began."""
    found = [
        *_shipments(session, customer_id, until, timezone),
        *_returns(session, customer_id, until),
        *_charges(session, customer_id, until),
        *_payments(session, customer_id, until),
    ]
    return sorted(found, key=lambda each: (each.on, _ORDER_OF_KINDS.index(each.kind), each.document_id))


def day_begins(day: date, timezone: str) -> datetime:
    """The moment at which a business day begins."""
    return datetime.combine(day, time(), ZoneInfo(timezone))


def without_shipment() -> ColumnElement[bool]:
    """Whether an order left without a shipment: one of the past, from an import."""
    live = exists().where(Shipment.order_id == SalesOrder.id, Shipment.cancelled_at.is_(None))
    return (SalesOrder.shipment_state == Progress.FULL) & ~live


def _shipments(session: Session, customer_id: int, until: date, timezone: str) -> list[Booked]:
    found = _read(
        session,
        select(Shipment.id, Shipment.number, Shipment.shipped_at, Shipment.amount, SalesOrder.id, SalesOrder.number)
        .join(SalesOrder, SalesOrder.id == Shipment.order_id)
        .where(
            SalesOrder.customer_id == customer_id,
            Shipment.cancelled_at.is_(None),
            Shipment.shipped_at < day_begins(until, timezone),
        ),
    )
    shipped = [
        Booked(LineKind.SHIPMENT, SHIPMENT, each, number, business_day(at, timezone), amount, order_id, order_number)
        for each, number, at, amount, order_id, order_number in found
    ]
    past = _read(
        session,
        select(SalesOrder.id, SalesOrder.number, SalesOrder.ordered_on, SalesOrder.gross_amount).where(
            SalesOrder.customer_id == customer_id, SalesOrder.ordered_on < until, without_shipment()
        ),
    )
    return shipped + [
        Booked(LineKind.SHIPMENT, ORDER, order_id, number, on, amount, order_id, number)
        for order_id, number, on, amount in past
    ]


def _returns(session: Session, customer_id: int, until: date) -> list[Booked]:
    found = _read(
        session,
        select(SalesReturn.id, SalesReturn.number, SalesReturn.returned_on, SalesReturn.gross_amount)
        .add_columns(SalesOrder.id, SalesOrder.number, SalesReturn.reason, SalesReturn.kind)
        .outerjoin(SalesOrder, SalesOrder.id == SalesReturn.order_id)
        .where(
            SalesReturn.customer_id == customer_id,
            SalesReturn.returned_on < until,
            SalesReturn.state.in_(CAME_BACK),
            SalesReturn.import_batch_id.is_(None),
        ),
    )
    return [
        Booked(_KIND_OF.get(kind, LineKind.RETURN), RETURN, each, number, on, -amount, order_id, order or "", reason)
        for each, number, on, amount, order_id, order, reason, kind in found
    ]


def _charges(session: Session, customer_id: int, until: date) -> list[Booked]:
    found = _read(
        session,
        select(AccountCharge.id, AccountCharge.number, AccountCharge.charged_on)
        .add_columns(AccountCharge.amount, AccountCharge.note)
        .where(
            AccountCharge.customer_id == customer_id,
            AccountCharge.charged_on < until,
            AccountCharge.cancelled_at.is_(None),
        ),
    )
    return [
        Booked(LineKind.CHARGE, CHARGE, each, number, on, amount, None, "", note)
        for each, number, on, amount, note in found
    ]


def _payments(session: Session, customer_id: int, until: date) -> list[Booked]:
    found = _read(
        session,
        select(Payment.id, Payment.number, Payment.received_on, Payment.amount, Payment.note).where(
            Payment.customer_id == customer_id, Payment.received_on < until
        ),
    )
    return [
        Booked(LineKind.PAYMENT, PAYMENT, each, number, on, -amount, None, "", note)
        for each, number, on, amount, note in found
    ]


def _read(session: Session, statement: Any) -> Sequence[Any]:
    return session.execute(statement).all()
