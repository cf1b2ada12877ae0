"""Statements of account: gathering the documents of a customer, and what becomes of them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.base.errors import InvalidInput, NotFound, StaleVersion, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.account import account_changed
from core.receivables.errors import NothingToState, StatementOpen
from core.receivables.models import AccountCharge
from core.receivables.rules import STATEMENT_FLOW
from core.receivables.service import ORDER
from core.receivables.statement_models import LineKind, Statement, StatementLine, StatementState
from core.sales.models import SalesOrder
from core.sales.money.ledger import Booked, documents_of
from core.sales.money.settle import open_of
from core.sales.money.stated import documents_on, set_statement_states
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

EARLIEST = date(2000, 1, 1)


@command(P.STATEMENT_EDIT)
def draw_statement(uow: UnitOfWork, customer_id: int, *, since: date, until: date, note: str = "") -> int:
    """Put every document of a customer before `until` that is on no live statement on a new one.

    What was entered late, for days of an earlier statement, comes along; what lies before the first statement
    is in its opening balance. Closing is what the customer owed when `until` began.
    """
    customer = uow.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound(what=N_("The customer"))
    if not EARLIEST <= since < until:
        raise InvalidInput(field=N_("Period"), reason=N_("the last day lies before the first; choose them again."))
    # Orders are locked before the account, as by every other step; then nothing moves meanwhile.
    _lock_orders(uow, _orders(documents_of(uow.session, customer_id, until, uow.settings.timezone)))
    account_changed(uow, customer_id)
    booked = documents_of(uow.session, customer_id, until, uow.settings.timezone)
    closing = sum((each.amount for each in booked), ZERO)
    lines = _not_stated(uow, customer_id, booked, since)
    if not lines and closing == ZERO:
        raise NothingToState(customer=customer.name, until=until)
    sums = {kind: sum((each.amount for each in lines if each.kind == kind), ZERO) for kind in LineKind}
    statement = uow.add(
        Statement(
            number=uow.number("AS"),
            customer_id=customer_id,
            since=since,
            until=until,
            currency=uow.settings.currency,
            opening_amount=closing - sum(sums.values(), ZERO),
            shipped_amount=sums[LineKind.SHIPMENT],
            returned_amount=-sums[LineKind.RETURN] - sums[LineKind.GOODWILL],
            charged_amount=sums[LineKind.CHARGE],
            paid_amount=-sums[LineKind.PAYMENT],
            closing_amount=closing,
            note=note.strip()[:500],
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    try:
        uow.write(StatementLine, [_line(statement.id, n, each) for n, each in enumerate(lines, 1)])
    except IntegrityError as error:
        raise StaleVersion(what=N_("The account")) from error
    set_statement_states(uow, _orders(lines))
    uow.audit(
        "statement.drawn",
        statement,
        number=statement.number,
        customer=customer.name,
        lines=len(lines),
        closing=closing,
    )
    return statement.id


@command(P.STATEMENT_EDIT)
def send_statement(uow: UnitOfWork, statement_id: int) -> int:
    """The statement went to the customer."""
    statement = taken(uow, statement_id, "send")
    statement.sent_at = uow.now
    uow.audit("statement.sent", statement, number=statement.number)
    return statement.id


@command(P.STATEMENT_EDIT)
def confirm_statement(uow: UnitOfWork, statement_id: int, *, remark: str = "") -> int:
    """The customer agrees."""
    statement = taken(uow, statement_id, "confirm")
    statement.answered_at, statement.remark = uow.now, remark.strip()[:500]
    uow.audit("statement.confirmed", statement, number=statement.number, remark=statement.remark)
    return statement.id


@command(P.STATEMENT_EDIT)
def dispute_statement(uow: UnitOfWork, statement_id: int, *, remark: str) -> int:
    """The customer does not agree, and says why."""
    remark = reason_given(remark)
    statement = taken(uow, statement_id, "dispute")
    statement.answered_at, statement.remark = uow.now, remark[:500]
    uow.audit("statement.disputed", statement, number=statement.number, remark=remark)
    return statement.id


@command(P.STATEMENT_EDIT)
def settle_statement(uow: UnitOfWork, statement_id: int) -> int:
    """All that is owed on the statement was paid; refused with what is open."""
    statement = taken(uow, statement_id, "settle")
    left = _open_on(uow, statement)
    if left > ZERO:
        raise StatementOpen(number=statement.number, amount=left)
    statement.closed_at = uow.now
    uow.audit("statement.settled", statement, number=statement.number)
    return statement.id


@command(P.STATEMENT_EDIT)
def cancel_statement(uow: UnitOfWork, statement_id: int, *, reason: str) -> int:
    """The statement holds no more; its documents may stand on another one."""
    reason = reason_given(reason)
    statement = taken(uow, statement_id, "cancel")
    lines = uow.session.scalars(select(StatementLine).where(StatementLine.statement_id == statement_id)).all()
    orders = sorted({line.order_id for line in lines if line.order_id is not None})
    _lock_orders(uow, orders)
    for line in lines:
        line.is_live = False
    uow.session.flush()
    set_statement_states(uow, orders)
    statement.closed_at = uow.now
    uow.audit("statement.cancelled", statement, number=statement.number, reason=reason)
    return statement.id


def taken(uow: UnitOfWork, statement_id: int, verb: str) -> Statement:
    """The statement, locked and moved by this step; refused where it may not be taken."""
    statement = uow.session.get(Statement, statement_id, with_for_update=True, populate_existing=True)
    if statement is None:
        raise NotFound(what=N_("The statement"))
    STATEMENT_FLOW.take(verb, statement)
    return statement


def _not_stated(uow: UnitOfWork, customer_id: int, booked: list[Booked], since: date) -> list[Booked]:
    live = (
        select(StatementLine.document_type, StatementLine.document_id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(Statement.customer_id == customer_id, StatementLine.is_live)
    )
    stated = {(kind, document_id) for kind, document_id in uow.session.execute(live)}
    first = uow.session.scalar(
        select(Statement.since)
        .where(Statement.customer_id == customer_id, Statement.state != StatementState.CANCELLED)
        .order_by(Statement.since)
        .limit(1)
    )
    begins = since if first is None else min(since, first)
    return [each for each in booked if each.on >= begins and (each.document_type, each.document_id) not in stated]


def _orders(lines: list[Booked]) -> list[int]:
    return sorted({each.order_id for each in lines if each.kind == LineKind.SHIPMENT and each.order_id is not None})


def _line(statement_id: int, line_number: int, booked: Booked) -> dict[str, object]:
    return {
        "statement_id": statement_id,
        "line_number": line_number,
        "kind": booked.kind,
        "document_type": booked.document_type,
        "document_id": booked.document_id,
        "document_number": booked.number,
        "order_id": booked.order_id,
        "order_number": booked.order_number,
        "happened_on": booked.on,
        "amount": booked.amount,
        "is_live": True,
    }


def _lock_orders(uow: UnitOfWork, order_ids: list[int]) -> None:
    uow.session.execute(
        select(SalesOrder.id).where(SalesOrder.id.in_(order_ids)).order_by(SalesOrder.id).with_for_update()
    ).all()


def _open_on(uow: UnitOfWork, statement: Statement) -> Decimal:
    """What of the goods and charges on a statement is not paid: of an order, no more than is on the statement."""
    stated: dict[int, Decimal] = {}
    for line in uow.session.scalars(
        select(StatementLine).where(StatementLine.statement_id == statement.id, StatementLine.kind == LineKind.SHIPMENT)
    ):
        if line.order_id is not None:
            stated[line.order_id] = stated.get(line.order_id, ZERO) + line.amount
    left = ZERO
    for kind, document_id in documents_on(uow, statement.id, statement.customer_id):
        if kind == ORDER:
            order = uow.session.get_one(SalesOrder, document_id)
            left += min(open_of(order), stated.get(document_id, ZERO))
        else:
            left += open_of(uow.session.get_one(AccountCharge, document_id))
    return left
