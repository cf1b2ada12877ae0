"""What must always be true of accounts, payments, shipments' worth and statements."""

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, literal_column, not_, or_, select, type_coerce
from sqlalchemy.orm import aliased

from core.base.exact import AMOUNT_PLACES, ZERO
from core.base.i18n import N_
from core.db.types import Exact
from core.ops.derived import compared, set_right
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.receivables.models import AccountCharge, Allocation, Payment
from core.receivables.reminder_models import Reminder, ReminderPart
from core.receivables.service import CHARGE, ORDER
from core.receivables.statement_models import LineKind, Statement, StatementLine
from core.sales.models import Progress, SalesOrder, Shipment
from core.sales.money.accounts import FIGURES, accounts_that_differ, set_accounts
from core.sales.money.ledger import SHIPMENT
from core.work.unit import UnitOfWork

NO_AMOUNT = literal_column("0", Exact(AMOUNT_PLACES))


def _accounts(scope: Checking) -> list[Difference]:
    return [
        Difference("customer_accounts", "customer_account", each.customer_id, name, stored, derived)
        for each in accounts_that_differ(scope.session)
        for name, stored, derived in zip(FIGURES, each.stored, each.derived, strict=True)
        if stored != derived
    ]


def _set_accounts_right(uow: UnitOfWork, differences: list[Difference]) -> None:
    wanted = {found.row_id for found in differences}
    set_accounts(uow, [each for each in accounts_that_differ(uow.session) if each.customer_id in wanted])


def _free_money() -> Select[Any]:
    """Payments whose free part is not what their allocations leave; money going back is never free."""
    total = func.coalesce(func.sum(Allocation.amount), NO_AMOUNT, type_=Exact(AMOUNT_PLACES))
    free = type_coerce(Payment.amount - total, Exact(AMOUNT_PLACES))
    return (
        select(Payment.id, Payment.open_amount.label("stored_open_amount"))
        .add_columns(free.label("derived_open_amount"))
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .group_by(Payment.id, Payment.amount, Payment.open_amount)
        .having(Payment.open_amount != free)
        .order_by(Payment.id)
    )


def _charges() -> Select[Any]:
    settled = (
        select(Allocation.document_id.label("key"), func.sum(Allocation.amount).label("total"))
        .where(Allocation.document_type == CHARGE)
        .group_by(Allocation.document_id)
        .subquery()
    )
    derived = func.coalesce(settled.c.total, NO_AMOUNT, type_=Exact(AMOUNT_PLACES))
    return (
        select(AccountCharge.id, AccountCharge.paid_amount.label("stored_paid_amount"))
        .add_columns(derived.label("derived_paid_amount"))
        .outerjoin(settled, settled.c.key == AccountCharge.id)
        .where(AccountCharge.paid_amount != derived)
        .order_by(AccountCharge.id)
    )


def _shipments(scope: Checking) -> list[Difference]:
    """Orders shipped whole whose shipments do not add up to what they cost."""
    total = func.sum(Shipment.amount)
    found = scope.session.execute(
        select(SalesOrder.id, total, SalesOrder.gross_amount)
        .join(Shipment, and_(Shipment.order_id == SalesOrder.id, Shipment.cancelled_at.is_(None)))
        .where(SalesOrder.shipment_state == Progress.FULL)
        .group_by(SalesOrder.id, SalesOrder.gross_amount)
        .having(total != SalesOrder.gross_amount)
        .order_by(SalesOrder.id)
    )
    return [
        Difference("shipment_amounts", "sales_order", order_id, "gross_amount", gross, amount)
        for order_id, amount, gross in found
    ]


def _statement_states() -> Select[Any]:
    """Orders whose statement axis is not what the lines of live statements say."""
    shipment = aliased(Shipment)
    live = (
        select(func.count(shipment.id))
        .where(shipment.order_id == SalesOrder.id, shipment.cancelled_at.is_(None))
        .correlate(SalesOrder)
        .scalar_subquery()
    )
    stated = (
        select(StatementLine.order_id.label("order_id"), func.count().label("lines"))
        .where(StatementLine.is_live, StatementLine.document_type.in_((SHIPMENT, ORDER)))
        .group_by(StatementLine.order_id)
        .subquery()
    )
    state = SalesOrder.statement_state
    derived = case(
        (stated.c.lines.is_(None), literal(Progress.NONE, state.type)),
        (
            and_(SalesOrder.shipment_state == Progress.FULL, stated.c.lines >= live),
            literal(Progress.FULL, state.type),
        ),
        else_=literal(Progress.PARTIAL, state.type),
    )
    return (
        select(SalesOrder.id, state.label("stored_statement_state"), derived.label("derived_statement_state"))
        .outerjoin(stated, stated.c.order_id == SalesOrder.id)
        .where(or_(state != Progress.NONE, not_(stated.c.lines.is_(None))), state != derived)
        .order_by(SalesOrder.id)
    )


_COLUMN_OF = {
    LineKind.SHIPMENT: "shipped_amount",
    LineKind.RETURN: "returned_amount",
    LineKind.GOODWILL: "returned_amount",
    LineKind.CHARGE: "charged_amount",
    LineKind.PAYMENT: "paid_amount",
}


def _statements(scope: Checking) -> list[Difference]:
    """Statements whose amounts are not the sum of their lines."""
    sums: dict[int, dict[str, Any]] = {}
    lines = select(StatementLine.statement_id, StatementLine.kind, func.sum(StatementLine.amount))
    grouped = lines.group_by(StatementLine.statement_id, StatementLine.kind)
    for statement_id, kind, amount in scope.session.execute(grouped):
        sign = 1 if kind in (LineKind.SHIPMENT, LineKind.CHARGE) else -1
        of = sums.setdefault(statement_id, {})
        of[_COLUMN_OF[kind]] = of.get(_COLUMN_OF[kind], ZERO) + sign * amount
    found = []
    for statement in scope.session.scalars(select(Statement).order_by(Statement.id)):
        for column in dict.fromkeys(_COLUMN_OF.values()):
            stored, derived = getattr(statement, column), sums.get(statement.id, {}).get(column, ZERO)
            if stored != derived:
                found.append(Difference("statements", "statement", statement.id, column, stored, derived))
    return found


def _reminders() -> Select[Any]:
    """Reminders whose level is not the highest of what they were about."""
    highest: Any = func.max(ReminderPart.level)
    return (
        select(Reminder.id, Reminder.level.label("stored_level"), func.coalesce(highest, 0).label("derived_level"))
        .outerjoin(ReminderPart, ReminderPart.reminder_id == Reminder.id)
        .group_by(Reminder.id, Reminder.level)
        .having(func.coalesce(highest, 0) != Reminder.level)
        .order_by(Reminder.id)
    )


register(
    SelfCheck("customer_accounts", N_("Accounts of customers equal their documents"), _accounts, _set_accounts_right),
    SelfCheck(
        "free_money",
        N_("The free part of a payment is what its allocations leave"),
        compared("free_money", Payment, _free_money()),
        set_right(Payment),
    ),
    SelfCheck(
        "charges",
        N_("Paid amounts of charges equal what payments settle"),
        compared("charges", AccountCharge, _charges()),
        set_right(AccountCharge),
    ),
    SelfCheck("shipment_amounts", N_("The shipments of a shipped order add up to what it costs"), _shipments),
    SelfCheck(
        "statement_states",
        N_("The statement state of an order follows from live statements"),
        compared("statement_states", SalesOrder, _statement_states()),
        set_right(SalesOrder),
    ),
    SelfCheck("statements", N_("A statement adds up to its lines"), _statements),
    SelfCheck(
        "reminders",
        N_("A reminder has the highest level of what it was about"),
        compared("reminders", Reminder, _reminders()),
    ),
)
