"""Credit of customers, where orders are confirmed and shipped: limit, overdue money, money before goods, approvals."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from core.accounts.duties import refuse_own_work
from core.accounts.duty_models import Duty
from core.base.errors import AppError, InvalidInput, NotFound, Refusals
from core.base.exact import ZERO
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.account import Account, account_changed
from core.receivables.errors import ApprovalGone, NotPaidBefore, Overdue, OverLimit
from core.receivables.models import AccountCharge, ApprovalKind, CreditApproval, CreditStage
from core.receivables.rules import needed_before
from core.sales.approvals import RIGHTS, askers, grant, use_approval
from core.sales.models import Progress, SalesOrder, Shipment
from core.sales.money.stated import restate
from core.sales.money.worth import (
    Worth,
    delivered_again,
    live_shipments,
    set_due,
    shipped_value,
    value_of_goods,
    worth,
    worth_now,
)
from core.sales.orders import locked_order
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.CREDIT_APPROVE)
def approve_exception(
    uow: UnitOfWork,
    order_id: int,
    *,
    kind: ApprovalKind,
    amount: Decimal,
    reason: str,
    days: int = 1,
    answer: str = "",
) -> int:
    """Let this order pass once, while it is worth no more than `amount`, for so many days from now.

    Whoever asked for it has the answer with it, in words where there are any.
    """
    if kind == ApprovalKind.PRICE:
        raise InvalidInput(field=N_("Exception"), reason=N_("prices are approved where they are asked for."))
    order = locked_order(uow, order_id)
    refuse_own_work(uow, Duty.CREDIT, order.created_by, *askers(uow, order.id, kind))
    approval = grant(uow, order, kind, amount=amount, reason=reason, days=days, answer=answer)
    uow.audit("order.exception_approved", order, kind=kind.value, amount=amount, reason=reason, days=days)
    return approval.id


@command(P.CREDIT_APPROVE)
def withdraw_approval(uow: UnitOfWork, approval_id: int) -> None:
    """Take an approval back that nobody has used; it expires now."""
    approval = uow.session.get(CreditApproval, approval_id, with_for_update=True, populate_existing=True)
    if approval is None:
        raise NotFound(what=N_("The approval"))
    uow.actor.require(RIGHTS[approval.kind])
    if approval.used_at is not None or approval.expires_at <= uow.now:
        raise ApprovalGone
    approval.expires_at = uow.now
    order = locked_order(uow, approval.document_id)
    uow.audit("order.approval_withdrawn", order, kind=approval.kind.value, amount=approval.amount)


def order_confirmed(uow: UnitOfWork, order: SalesOrder) -> None:
    """The order counts in its customer's account; refused where credit is checked and does not reach."""
    # Nothing of it has left: an order is cancelled only where nothing has.
    is_open = worth(order.business_state, order.gross_amount, ZERO, order.returned_amount, order.paid_amount)
    account = account_changed(uow, order.customer_id, receivable=is_open.receivable, open_orders=is_open.open_orders)
    if account.terms.checks_at(CreditStage.CONFIRM):
        _check(uow, account, order, adds=order.gross_amount)


def order_moved(uow: UnitOfWork, order: SalesOrder, before: Worth, *, adds: Decimal = ZERO) -> None:
    """Whatever else changed an order: its account follows from what it was worth `before` and is now.

    `before` is `worth_now(uow, order)` taken ahead of the change. An order that grew by `adds` is checked
    like one that is confirmed.
    """
    after = worth_now(uow, order)
    account = account_changed(
        uow,
        order.customer_id,
        receivable=after.receivable - before.receivable,
        open_orders=after.open_orders - before.open_orders,
    )
    set_due(uow, order)
    restate(uow, order)
    if adds > ZERO and account.terms.checks_at(CreditStage.CONFIRM):
        _check(uow, account, order, adds=adds)


def goods_leaving(uow: UnitOfWork, order: SalesOrder, shipped_before: Decimal) -> tuple[Decimal, Account]:
    """What a shipment is worth and the account with it: all that has left now less what had left before.

    The lines and the axes say already what leaves. Refused where money must be there first or credit does
    not reach.
    """
    if order.shipment_state == Progress.FULL:
        amount = order.gross_amount - shipped_before
    else:
        again = delivered_again(uow, order.id) if shipped_before else {}
        amount = max(value_of_goods(order.lines, again) - shipped_before, ZERO)
    account = account_changed(uow, order.customer_id, receivable=amount, open_orders=-amount)
    needed = needed_before(account.terms, order.gross_amount, shipped_before + amount)
    if needed > order.paid_amount:
        needed -= min(order.returned_amount, needed)
    if needed > order.paid_amount and not use_approval(uow, order, ApprovalKind.PREPAYMENT):
        raise NotPaidBefore(
            number=order.number,
            needed=needed,
            paid=order.paid_amount,
            missing=needed - order.paid_amount,
            customer=_name(uow, order.customer_id),
            balance=account.balance,
        )
    if account.terms.checks_at(CreditStage.SHIP):
        _check(uow, account, order, adds=amount)
    return amount, account


def set_due_with(uow: UnitOfWork, order: SalesOrder, leaving: tuple[date, Decimal], shipped_before: Decimal) -> None:
    """Goods leave: the order is due when its oldest shipment is that money does not cover."""
    if shipped_before == ZERO:
        order.due_on = leaving[0] if leaving[1] > order.paid_amount + order.returned_amount else None
    else:
        set_due(uow, order, plus=leaving)


def goods_came_back(uow: UnitOfWork, order: SalesOrder, shipment: Shipment, shipped_before: Decimal) -> None:
    """A shipment that stands on no statement was undone: what it was worth is open again."""
    change = shipped_value(uow, order, but=shipment.id) - shipped_before
    account_changed(uow, order.customer_id, receivable=change, open_orders=-change)
    set_due(uow, order, but=shipment.id)


def order_called_off(uow: UnitOfWork, order: SalesOrder, before: Worth) -> None:
    """A confirmed order was cancelled; nothing of it is open any more."""
    account_changed(uow, order.customer_id, receivable=-before.receivable, open_orders=-before.open_orders)


def _check(uow: UnitOfWork, account: Account, order: SalesOrder, *, adds: Decimal) -> None:
    problems: list[AppError] = []
    limit = account.terms.credit_limit
    name = ""
    if limit is not None and adds > ZERO and account.exposure > limit:
        name = _name(uow, account.customer_id)
        problems.append(
            OverLimit(
                customer=name,
                limit=limit,
                exposure=account.exposure,
                amount=order.gross_amount,
                over=account.exposure - limit,
            )
        )
    if account.terms.overdue_days is not None:
        overdue = _overdue(uow, account, name)
        if overdue is not None:
            problems.append(overdue)
    if problems and not use_approval(uow, order, ApprovalKind.CREDIT):
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _overdue(uow: UnitOfWork, account: Account, name: str) -> AppError | None:
    """Money due for longer than agreed; what it comes to is looked up only for the refusal."""
    days = account.terms.overdue_days or 0
    latest = uow.today - timedelta(days=days)
    late = [
        (order.due_on, order)
        for order in uow.session.scalars(
            select(SalesOrder)
            .where(SalesOrder.customer_id == account.customer_id, SalesOrder.due_on < latest)
            .order_by(SalesOrder.due_on)
        )
    ]
    charges = uow.session.execute(
        select(func.min(AccountCharge.due_on), func.sum(AccountCharge.amount - AccountCharge.paid_amount)).where(
            AccountCharge.customer_id == account.customer_id,
            AccountCharge.due_on < latest,
            AccountCharge.paid_amount < AccountCharge.amount,
            AccountCharge.cancelled_at.is_(None),
        )
    ).one()
    if not late and charges[0] is None:
        return None
    since = min(day for day in (*(due_on for due_on, _ in late), charges[0]) if day is not None)
    amount = sum((_late_of(uow, order, latest) for _, order in late), charges[1] or ZERO)
    return Overdue(customer=name or _name(uow, account.customer_id), amount=amount, since=since, days=days)


def _late_of(uow: UnitOfWork, order: SalesOrder, latest: date) -> Decimal:
    shipments = live_shipments(uow, order.id) or [(order.ordered_on, order.gross_amount)]
    due = sum((amount for due_on, amount in shipments if due_on is not None and due_on < latest), ZERO)
    return max(due - order.paid_amount - order.returned_amount, ZERO)


def _name(uow: UnitOfWork, customer_id: int) -> str:
    return uow.session.scalars(select(Customer.name).where(Customer.id == customer_id)).one()
