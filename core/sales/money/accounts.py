"""What accounts must be, derived from all documents; and setting them so after documents were written in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from core.base.exact import AMOUNT_PLACES
from core.db.types import Exact
from core.db.upsert import upsert
from core.receivables.models import AccountCharge, Allocation, CustomerAccount, Payment
from core.receivables.service import PAYMENT
from core.sales.models import CAME_BACK, SOLD_STATES, Progress, SalesOrder, SalesReturn, Shipment
from core.sales.money.worth import OPEN_STATES
from core.work.unit import UnitOfWork

FIGURES = ("receivable", "open_orders", "balance")
SOME = 500
_NOTHING = literal_column("0", Exact(AMOUNT_PLACES))


@dataclass(frozen=True)
class Derived:
    """An account as stored and as its documents say."""

    customer_id: int
    stored: tuple[Decimal, Decimal, Decimal]
    derived: tuple[Decimal, Decimal, Decimal]


def accounts_that_differ(session: Session) -> list[Derived]:
    """Accounts that are not what their documents add up to."""
    return [each for each in _derived(session, None) if each.stored != each.derived]


def recount(uow: UnitOfWork, customer_ids: Iterable[int] | None = None) -> None:
    """Set the accounts of these customers, or of all, to what their documents say."""
    wanted = None if customer_ids is None else sorted(set(customer_ids))
    for some in [wanted] if wanted is None else [wanted[n : n + SOME] for n in range(0, len(wanted), SOME)]:
        set_accounts(uow, [each for each in _derived(uow.session, some) if each.stored != each.derived])


def set_accounts(uow: UnitOfWork, accounts: Sequence[Derived]) -> None:
    """Store what was derived."""
    for each in accounts:
        figures = dict(zip(FIGURES, each.derived, strict=True))
        made = upsert(uow.session, CustomerAccount).values(customer_id=each.customer_id, **figures)
        uow.session.execute(made.on_conflict_do_update(index_elements=["customer_id"], set_=figures))


def _derived(session: Session, customer_ids: Sequence[int] | None) -> list[Derived]:
    session.flush()
    parts = [_orders(), _returns(), _charges(), _allocations(), _balances(), _stored()]
    if customer_ids is not None:
        parts = [part.where(part.selected_columns[0].in_(customer_ids)) for part in parts]
    rows = union_all(*parts).subquery()
    sums = [func.sum(column, type_=Exact(AMOUNT_PLACES)) for column in list(rows.c)[1:]]
    found = session.execute(select(rows.c[0], *sums).group_by(rows.c[0]).order_by(rows.c[0]))
    return [Derived(each, (a, b, c), (x, y, z)) for each, x, y, z, a, b, c in found]


def _row(
    customer: Any, receivable: Any = _NOTHING, open_orders: Any = _NOTHING, balance: Any = _NOTHING
) -> Select[Any]:
    names = [*FIGURES, *(f"stored_{name}" for name in FIGURES)]
    figures = (receivable, open_orders, balance, _NOTHING, _NOTHING, _NOTHING)
    labelled = [figure.label(name) for figure, name in zip(figures, names, strict=True)]
    chosen: Select[Any] = select(customer.label("customer_id"), *labelled)
    return chosen


def _orders() -> Select[Any]:
    live = (
        select(Shipment.order_id, func.sum(Shipment.amount).label("amount"))
        .where(Shipment.cancelled_at.is_(None))
        .group_by(Shipment.order_id)
        .subquery()
    )
    is_sold = SalesOrder.business_state.in_(SOLD_STATES)
    shipped = case(
        (SalesOrder.shipment_state == Progress.FULL, SalesOrder.gross_amount),
        else_=func.coalesce(live.c.amount, _NOTHING, type_=Exact(AMOUNT_PLACES)),
    )
    return (
        _row(
            SalesOrder.customer_id,
            case((is_sold, shipped), else_=_NOTHING),
            case((SalesOrder.business_state.in_(OPEN_STATES), SalesOrder.gross_amount - shipped), else_=_NOTHING),
        )
        .outerjoin(live, live.c.order_id == SalesOrder.id)
        # What is paid, shipped and closed adds nothing; allocations are counted below.
        .where(or_(is_sold, SalesOrder.paid_amount != 0))
    )


def _returns() -> Select[Any]:
    return _row(SalesReturn.customer_id, -SalesReturn.gross_amount).where(
        SalesReturn.state.in_(CAME_BACK), SalesReturn.import_batch_id.is_(None)
    )


def _charges() -> Select[Any]:
    return _row(AccountCharge.customer_id, AccountCharge.amount).where(AccountCharge.cancelled_at.is_(None))


def _allocations() -> Select[Any]:
    return (
        _row(Payment.customer_id, -Allocation.amount, balance=-Allocation.amount)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Allocation.document_type != PAYMENT)
    )


def _balances() -> Select[Any]:
    return _row(Payment.customer_id, balance=Payment.amount)


def _stored() -> Select[Any]:
    names = [*FIGURES, *(f"stored_{name}" for name in FIGURES)]
    figures = (_NOTHING, _NOTHING, _NOTHING, *(getattr(CustomerAccount, name) for name in FIGURES))
    labelled = [figure.label(name) for figure, name in zip(figures, names, strict=True)]
    return select(CustomerAccount.customer_id.label("customer_id"), *labelled)
