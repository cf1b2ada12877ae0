"""Money reaching and leaving documents: orders and charges keep what is paid, and their customer's account."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.receivables.account import account_changed
from core.receivables.errors import MoreThanOpen, MoreThanPaid, WrongCustomer
from core.receivables.models import AccountCharge
from core.receivables.service import CHARGE, ORDER, Document
from core.sales.models import SOLD_STATES, PaymentState, SalesOrder
from core.sales.money.worth import set_due
from core.sales.orders import locked_order
from core.sales.rules import ORDER_FLOW, payment_state
from core.work.unit import UnitOfWork

Payable = SalesOrder | AccountCharge


def lock_documents(uow: UnitOfWork, changes: Mapping[Document, Decimal]) -> dict[Document, Payable]:
    """The documents, locked in one order for everybody: orders first, then charges, by age.

    Money moves while an order is confirmed; of a completed one, only what is paid above what is owed.
    """
    found: dict[Document, Payable] = {}
    for kind, document_id in sorted(changes, key=lambda each: (each[0] != ORDER, each[1])):
        if kind == ORDER:
            order = locked_order(uow, document_id)
            owed = order.gross_amount - order.returned_amount
            is_surplus = changes[kind, document_id] < ZERO and order.paid_amount + changes[kind, document_id] >= owed
            if not (is_surplus and order.business_state in SOLD_STATES):
                ORDER_FLOW.take("pay", order)
            found[kind, document_id] = order
        elif kind == CHARGE:
            charge = uow.session.get(AccountCharge, document_id, with_for_update=True, populate_existing=True)
            if charge is None or charge.cancelled_at is not None:
                raise NotFound(what=N_("The charge"))
            found[kind, document_id] = charge
        else:
            raise NotFound(what=N_("The document"))
    return found


def open_of(document: Payable) -> Decimal:
    """What may still be paid for a document: for an order all of it less what came back, shipped or not."""
    if isinstance(document, SalesOrder):
        return max(document.gross_amount - document.returned_amount - document.paid_amount, ZERO)
    return document.amount - document.paid_amount


def surplus_of(order: SalesOrder) -> Decimal:
    """What was paid for an order beyond what is owed for it."""
    return max(order.paid_amount - (order.gross_amount - order.returned_amount), ZERO)


def settle(
    uow: UnitOfWork,
    customer_id: int,
    documents: Mapping[Document, Payable],
    changes: Mapping[Document, Decimal],
    *,
    balance: Decimal,
    up_to_open: bool = True,
) -> None:
    """Let documents be paid by so much more or less, and the balance change with the account.

    Refuses documents of others, more than is open (unless a correction brings it back), and less than nothing.
    """
    for document, change in changes.items():
        row = documents[document]
        if row.customer_id != customer_id:
            raise WrongCustomer(number=row.number)
        if up_to_open and change > ZERO and change > (is_open := open_of(row)):
            raise MoreThanOpen(number=row.number, open=is_open, asked=change)
        if row.paid_amount + change < ZERO:
            raise MoreThanPaid(number=row.number, paid=row.paid_amount, asked=-change)
        row.paid_amount += change
        if isinstance(row, SalesOrder):
            row.payment_state = payment_state(row.gross_amount - row.returned_amount, row.paid_amount)
            set_due(uow, row)
    account_changed(uow, customer_id, receivable=-sum(changes.values(), ZERO), balance=balance)


def open_documents(uow: UnitOfWork, customer_id: int, *, only: set[Document] | None = None) -> list[Document]:
    """The documents of a customer that money can settle, oldest first: by their day, then as they were entered."""
    orders = uow.session.execute(
        select(SalesOrder.ordered_on, SalesOrder.id).where(
            SalesOrder.customer_id == customer_id,
            SalesOrder.business_state.in_(ORDER_FLOW.steps["pay"].sources),
            SalesOrder.payment_state.in_((PaymentState.NONE, PaymentState.PARTIAL)),
        )
    )
    charges = uow.session.execute(
        select(AccountCharge.charged_on, AccountCharge.id).where(
            AccountCharge.customer_id == customer_id,
            AccountCharge.cancelled_at.is_(None),
            AccountCharge.paid_amount < AccountCharge.amount,
        )
    )
    dated = [(day, 0, each, (ORDER, each)) for day, each in orders]
    dated += [(day, 1, each, (CHARGE, each)) for day, each in charges]
    return [document for *_, document in sorted(dated) if only is None or document in only]
