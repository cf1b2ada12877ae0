"""Reads of statements."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.rules import STATEMENT_FLOW
from core.receivables.statement_models import LineKind, Statement, StatementLine, StatementState
from core.security.permissions import P
from core.work.command import Scope, query

PAGE = 50


@dataclass(frozen=True)
class StatementRow:
    """A statement in a list; `last_on` is its last day."""

    id: int
    number: str
    customer_id: int
    customer: str
    since: date
    last_on: date
    state: StatementState
    closing_amount: Decimal
    created_at: datetime


@dataclass(frozen=True)
class StatementLineRow:
    """A line with what was owed after it."""

    line_number: int
    on: date
    kind: LineKind
    document_type: str
    document_id: int
    document: str
    order_id: int | None
    order: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True)
class StatementCard:
    """One statement whole."""

    row: StatementRow
    code: str
    currency: str
    opening_amount: Decimal
    shipped_amount: Decimal
    returned_amount: Decimal
    charged_amount: Decimal
    paid_amount: Decimal
    note: str
    remark: str
    sent_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    lines: tuple[StatementLineRow, ...]

    @property
    def steps(self) -> frozenset[str]:
        """What may become of the statement next."""
        return frozenset(step.verb for step in STATEMENT_FLOW if self.row.state in step.sources)


@query(P.PAYMENT_READ)
def find_statements(
    scope: Scope,
    *,
    customer_id: int | None = None,
    state: StatementState | None = None,
    limit: int = PAGE,
    offset: int = 0,
) -> list[StatementRow]:
    """Statements, newest first."""
    chosen = _rows(customer_id, state).order_by(Statement.id.desc()).limit(limit).offset(offset)
    return [_row(statement, customer) for statement, customer in scope.session.execute(chosen)]


@query(P.PAYMENT_READ)
def count_statements(scope: Scope, *, customer_id: int | None = None, state: StatementState | None = None) -> int:
    """How many statements `find_statements` would go through."""
    counted = _rows(customer_id, state).with_only_columns(Statement.id).subquery()
    return int(scope.session.scalars(select(func.count()).select_from(counted)).one())


@query(P.PAYMENT_READ)
def statement_card(scope: Scope, statement_id: int) -> StatementCard:
    """One statement with its lines; `NotFound` where there is none."""
    return card_of_statement(scope, statement_id)


def card_of_statement(scope: Scope, statement_id: int) -> StatementCard:
    """The card of a statement, for queries that asked for their own permission."""
    found = scope.session.execute(
        select(Statement, Customer.name, Customer.code)
        .join(Customer, Customer.id == Statement.customer_id)
        .where(Statement.id == statement_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The statement"))
    statement, customer, code = found
    return StatementCard(
        row=_row(statement, customer),
        code=code,
        currency=statement.currency,
        opening_amount=statement.opening_amount,
        shipped_amount=statement.shipped_amount,
        returned_amount=statement.returned_amount,
        charged_amount=statement.charged_amount,
        paid_amount=statement.paid_amount,
        note=statement.note,
        remark=statement.remark,
        sent_at=statement.sent_at,
        answered_at=statement.answered_at,
        closed_at=statement.closed_at,
        lines=tuple(_lines(scope, statement)),
    )


def _rows(customer_id: int | None, state: StatementState | None) -> Select[*tuple[Any, ...]]:
    chosen: Select[*tuple[Any, ...]] = select(Statement, Customer.name).join(
        Customer, Customer.id == Statement.customer_id
    )
    if customer_id is not None:
        chosen = chosen.where(Statement.customer_id == customer_id)
    return chosen.where(Statement.state == state) if state is not None else chosen


def _row(statement: Statement, customer: str) -> StatementRow:
    return StatementRow(
        id=statement.id,
        number=statement.number,
        customer_id=statement.customer_id,
        customer=customer,
        since=statement.since,
        last_on=statement.until - timedelta(days=1),
        state=statement.state,
        closing_amount=statement.closing_amount,
        created_at=statement.created_at,
    )


def _lines(scope: Scope, statement: Statement) -> list[StatementLineRow]:
    rows = []
    balance = statement.opening_amount
    for line in scope.session.scalars(
        select(StatementLine).where(StatementLine.statement_id == statement.id).order_by(StatementLine.line_number)
    ):
        balance += line.amount
        rows.append(
            StatementLineRow(
                line_number=line.line_number,
                on=line.happened_on,
                kind=line.kind,
                document_type=line.document_type,
                document_id=line.document_id,
                document=line.document_number,
                order_id=line.order_id,
                order=line.order_number,
                amount=line.amount,
                balance=balance,
            )
        )
    return rows
