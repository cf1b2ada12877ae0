"""Reads of one return or exchange whole: its lines, its money, what can be done next, what happened."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Customer
from core.db.cards import card_of
from core.receivables.models import Payment, PaymentMethod
from core.sales.models import (
    CAME_BACK,
    BusinessState,
    Progress,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.queries import TimelineRow
from core.sales.returns.models import RefundWay, ReturnRefund, SalesExchange
from core.sales.returns.rules import RETURN_FLOW, refundable
from core.security.models import User
from core.security.permissions import P
from core.stock.models import Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class ReturnLineRow:
    """A line of a return, and what became of its goods."""

    id: int
    order_line_id: int | None
    variant_id: int
    sku: str
    name: str
    unit: str
    kind: ProductKind
    quantity: Decimal
    unit_price: Decimal
    gross_amount: Decimal
    deducted: Decimal
    restocked: Decimal
    second: Decimal
    scrapped: Decimal
    note: str


@dataclass(frozen=True)
class RefundRow:
    """A part of the credit that was given back."""

    id: int
    way: RefundWay
    amount: Decimal
    method: PaymentMethod
    payment_number: str
    on: date
    is_undone: bool


@dataclass(frozen=True)
class RelatedRow:
    """Another return of the same goods: the part that has not arrived, or their next delivery."""

    id: int
    number: str
    kind: ReturnKind
    state: ReturnState


@dataclass(frozen=True)
class ReturnCard:
    """One return whole. `left` is what can still be given back as things stand."""

    id: int
    number: str
    kind: ReturnKind
    state: ReturnState
    order_id: int | None
    order_number: str
    customer_id: int
    customer: str
    warehouse_id: int
    warehouse: str
    requested_at: datetime | None
    returned_at: datetime
    inspected_at: datetime | None
    reason: str
    note: str
    net_amount: Decimal
    tax_amount: Decimal
    gross_amount: Decimal
    refunded: Decimal
    left: Decimal
    created_by: str
    exchange_id: int | None
    exchange_number: str
    lines: tuple[ReturnLineRow, ...]
    refunds: tuple[RefundRow, ...]
    related: tuple[RelatedRow, ...]

    @property
    def is_ours(self) -> bool:
        """Whether it went through the steps here, and did not come with an import."""
        return self.requested_at is not None and self.order_id is not None

    @property
    def goes_again(self) -> bool:
        """Whether goods of it are delivered once more."""
        return any(each.kind == ReturnKind.REDELIVERY and each.state in CAME_BACK for each in self.related)

    @property
    def steps(self) -> frozenset[str]:
        """The steps that would not be refused as things stand; whether one may take them is another question."""
        if not self.is_ours:
            return frozenset()
        if self.kind == ReturnKind.REDELIVERY:
            return frozenset({"cancel_redelivery"} if self.state in CAME_BACK else ())
        if self.kind == ReturnKind.GOODWILL:
            steps = {"undo_goodwill"} if self.state in CAME_BACK and not self.refunded else set()
            return frozenset(steps | ({"refund"} if self.state in CAME_BACK and self.left > ZERO else set()))
        in_exchange = self.exchange_id is not None
        is_claim = self.kind == ReturnKind.CLAIM
        fits = {
            "receive": not is_claim,
            "inspect": not is_claim,
            "accept": is_claim,
            "decline": not in_exchange,
            "cancel": not in_exchange,
            "reopen": not in_exchange,
            "undo_receipt": not is_claim and not self.refunded and not self.goes_again,
            "undo_inspection": not is_claim,
            "undo_acceptance": is_claim and not self.refunded and not self.goes_again,
            "redeliver": True,
        }
        steps = {verb for verb, fit in fits.items() if fit and RETURN_FLOW.allows(verb, self.state)}
        if self.state in CAME_BACK and self.left > ZERO:
            steps.add("refund")
        return frozenset(steps)


@dataclass(frozen=True)
class ExchangeCard:
    """An exchange: what comes back, what goes out, and what is to be paid or given back in the end."""

    id: int
    number: str
    return_id: int
    return_number: str
    return_state: ReturnState
    back_amount: Decimal
    order_id: int
    order_number: str
    business: BusinessState
    shipment: Progress
    out_amount: Decimal
    created_at: datetime
    settled_at: datetime | None

    @property
    def difference(self) -> Decimal:
        """What the customer pays in the end; negative: what the customer gets back."""
        return self.out_amount - self.back_amount

    @property
    def can_settle(self) -> bool:
        """Whether the goods are back, the others are still to be had, and nothing is settled yet."""
        called_off = self.business == BusinessState.CANCELLED
        return self.settled_at is None and self.return_state in CAME_BACK and not called_off

    @property
    def can_cancel_return(self) -> bool:
        """Whether the goods have not come back yet."""
        return self.return_state == ReturnState.REQUESTED

    @property
    def can_cancel_delivery(self) -> bool:
        """Whether the other goods have not left yet."""
        return self.business != BusinessState.CANCELLED and self.shipment == Progress.NONE


@query(P.ORDER_READ)
def return_card(scope: Scope, return_id: int) -> ReturnCard:
    """One return; `NotFound` where there is none."""
    found = scope.session.execute(
        select(
            SalesReturn,
            SalesOrder,
            Customer.name,
            Warehouse.name,
            func.coalesce(User.name, ""),
            SalesExchange.id,
            func.coalesce(SalesExchange.number, ""),
        )
        .join(Customer, Customer.id == SalesReturn.customer_id)
        .join(Warehouse, Warehouse.id == SalesReturn.warehouse_id)
        .outerjoin(SalesOrder, SalesOrder.id == SalesReturn.order_id)
        .outerjoin(User, User.id == SalesReturn.created_by)
        .outerjoin(SalesExchange, SalesExchange.return_id == SalesReturn.id)
        .where(SalesReturn.id == return_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The return"))
    document, order, customer, warehouse, created_by, exchange_id, exchange_number = found
    refunds = _refunds(scope, return_id)
    refunded = sum((each.amount for each in refunds if not each.is_undone), ZERO)
    left = ZERO
    if order is not None and document.state in CAME_BACK and document.kind != ReturnKind.REDELIVERY:
        owed = order.gross_amount - order.returned_amount
        left = refundable(document.gross_amount, refunded, order.paid_amount, owed)
    return card_of(
        ReturnCard,
        document,
        order_number=order.number if order is not None else "",
        customer=customer,
        warehouse=warehouse,
        refunded=refunded,
        left=left,
        created_by=created_by,
        exchange_id=exchange_id,
        exchange_number=exchange_number,
        lines=tuple(_lines(scope, return_id)),
        refunds=tuple(refunds),
        related=tuple(_related(scope, document)),
    )


@query(P.ORDER_READ)
def exchange_card(scope: Scope, exchange_id: int) -> ExchangeCard:
    """One exchange; `NotFound` where there is none."""
    found = scope.session.execute(
        select(
            SalesExchange.id,
            SalesExchange.number,
            SalesReturn.id,
            SalesReturn.number,
            SalesReturn.state,
            SalesReturn.gross_amount,
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.business_state,
            SalesOrder.shipment_state,
            SalesOrder.gross_amount,
            SalesExchange.created_at,
            SalesExchange.settled_at,
        )
        .join(SalesReturn, SalesReturn.id == SalesExchange.return_id)
        .join(SalesOrder, SalesOrder.id == SalesExchange.order_id)
        .where(SalesExchange.id == exchange_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The exchange"))
    columns: list[Any] = list(found)
    return ExchangeCard(*columns)


@query(P.ORDER_READ)
def exchange_of(scope: Scope, order_id: int) -> int | None:
    """The exchange in which the goods of this order go out, if it is one's."""
    return scope.session.scalar(select(SalesExchange.id).where(SalesExchange.order_id == order_id))


@query(P.ORDER_READ)
def return_timeline(scope: Scope, return_id: int) -> list[TimelineRow]:
    """Everything that happened to a return, newest first."""
    found = scope.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_type == SalesReturn.__tablename__, AuditEntry.subject_id == return_id)
        .order_by(AuditEntry.id.desc())
    )
    return [TimelineRow(e.at, e.actor_name, e.source, e.tag, e.facts) for e in found]


def _lines(scope: Scope, return_id: int) -> list[ReturnLineRow]:
    found = scope.session.execute(
        select(
            ReturnLine.id,
            ReturnLine.order_line_id,
            ReturnLine.variant_id,
            Variant.sku,
            Product.name,
            Product.unit,
            Product.kind,
            ReturnLine.quantity,
            ReturnLine.unit_price,
            ReturnLine.gross_amount,
            ReturnLine.deducted_gross,
            ReturnLine.restocked_quantity,
            ReturnLine.second_quantity,
            ReturnLine.scrapped_quantity,
            ReturnLine.inspection_note,
        )
        .join(Variant, Variant.id == ReturnLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(ReturnLine.return_id == return_id)
        .order_by(ReturnLine.line_number)
    )
    return [ReturnLineRow(*columns) for columns in map(tuple[Any, ...], found)]


def _refunds(scope: Scope, return_id: int) -> list[RefundRow]:
    found = scope.session.execute(
        select(
            ReturnRefund.id,
            ReturnRefund.way,
            ReturnRefund.amount,
            Payment.method,
            Payment.number,
            Payment.received_on,
            ReturnRefund.undone_at.is_not(None),
        )
        .join(Payment, Payment.id == ReturnRefund.payment_id)
        .where(ReturnRefund.return_id == return_id)
        .order_by(ReturnRefund.id)
    )
    return [RefundRow(*columns) for columns in map(tuple[Any, ...], found)]


def _related(scope: Scope, document: SalesReturn) -> list[RelatedRow]:
    found = scope.session.execute(
        select(SalesReturn.id, SalesReturn.number, SalesReturn.kind, SalesReturn.state)
        .where((SalesReturn.follows_id == document.id) | (SalesReturn.id == document.follows_id))
        .order_by(SalesReturn.id)
    )
    return [RelatedRow(*columns) for columns in map(tuple[Any, ...], found)]
