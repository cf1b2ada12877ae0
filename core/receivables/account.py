"""The account of a customer: kept with every document, locked by whoever changes it until the transaction ends."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, bindparam, inspect, select, update

from core.base.exact import ZERO
from core.db.upsert import upsert
from core.receivables.models import CustomerAccount
from core.receivables.rules import Terms
from core.work.unit import UnitOfWork

_TABLE = cast(Table, inspect(CustomerAccount).local_table)
_FIGURES = (
    _TABLE.c.receivable,
    _TABLE.c.open_orders,
    _TABLE.c.balance,
    _TABLE.c.terms,
    _TABLE.c.terms_days,
    _TABLE.c.deposit_rate,
    _TABLE.c.credit_limit,
    _TABLE.c.overdue_days,
    _TABLE.c.credit_stage,
)
# Built once: it runs with every step of every order.
_CHANGE = (
    update(_TABLE)
    .where(_TABLE.c.customer_id == bindparam("of"))
    .values(
        receivable=_TABLE.c.receivable + bindparam("by_receivable", type_=_TABLE.c.receivable.type),
        open_orders=_TABLE.c.open_orders + bindparam("by_open_orders", type_=_TABLE.c.open_orders.type),
        balance=_TABLE.c.balance + bindparam("by_balance", type_=_TABLE.c.balance.type),
    )
    .returning(*_FIGURES)
)


@dataclass(frozen=True)
class Account:
    """What a customer owes and is worth, with the terms."""

    customer_id: int
    receivable: Decimal = ZERO
    open_orders: Decimal = ZERO
    balance: Decimal = ZERO
    terms: Terms = Terms()

    @property
    def exposure(self) -> Decimal:
        """What is owed or will be, when all that is confirmed has left."""
        return self.receivable + self.open_orders - self.balance

    @property
    def owed(self) -> Decimal:
        """What the customer owes today, all documents and all money counted; below zero, what we owe."""
        return self.receivable - self.balance


def account_changed(
    uow: UnitOfWork,
    customer_id: int,
    *,
    receivable: Decimal = ZERO,
    open_orders: Decimal = ZERO,
    balance: Decimal = ZERO,
) -> Account:
    """Change what a customer owes by these amounts, and lock the account; as it stands afterwards.

    A received return calls it with `receivable=-gross`, its cancellation with `receivable=gross`.
    Call it after orders and stock were locked, so that everybody locks in the same order.
    """
    changes = {"of": customer_id, "by_receivable": receivable, "by_open_orders": open_orders, "by_balance": balance}
    connection = uow.session.connection()
    found = connection.execute(_CHANGE, changes).first()
    if found is None:
        opened = upsert(uow.session, CustomerAccount).values(customer_id=customer_id).on_conflict_do_nothing()
        connection.execute(opened)
        found = connection.execute(_CHANGE, changes).one()
    return account_of(customer_id, found)


def account_of(customer_id: int, found: Any) -> Account:
    """An account of the row that was read of it; the usual terms where there is none."""
    if found is None:
        return Account(customer_id)
    receivable, open_orders, balance, *terms = found
    return Account(customer_id, receivable, open_orders, balance, Terms(*terms))


def figures_of(customer_id: int) -> Any:
    """The statement that reads an account without locking it."""
    return select(*_FIGURES).where(_TABLE.c.customer_id == customer_id)
