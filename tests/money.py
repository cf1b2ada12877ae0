"""A shop with a customer whose money is followed, and what a database holds, to compare before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.base.errors import AppError
from core.receivables.account import Account
from core.receivables.models import PaymentMethod
from core.receivables.terms import TermsEntry, set_terms
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.money.queries import account_card
from core.sales.pay import receive_payment
from core.sales.queries import OrderCard, order_card
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse, goods
from tests.soundness import assert_sound
from tests.traces import refusal_of

BANK = PaymentMethod.BANK
D = Decimal


@dataclass
class Books:
    """One customer, its orders at 10 a piece, and its account."""

    store: Store
    warehouse: int
    mug: int
    channel: int
    customer: int

    def run(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def draft(self, pieces: int | str = 10, price: Any = 10) -> int:
        return self.run(
            create_order,
            customer_id=self.customer,
            channel_id=self.channel,
            warehouse_id=self.warehouse,
            lines=[LineDraft(self.mug, Decimal(pieces), Decimal(price))],
        )

    def order(self, pieces: int | str = 10, price: Any = 10) -> int:
        return self.run(confirm_order, self.draft(pieces, price))

    def card(self, order: int) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, order)

    def part(self, order: int, pieces: int | str) -> dict[int, Decimal]:
        """So much of the first line, as `ship_order` takes it."""
        return {self.card(order).lines[0].id: Decimal(pieces)}

    def account(self) -> Account:
        with self.store.viewing(SYSTEM) as view:
            return account_card(view, self.customer).account

    def figures(self) -> tuple[Decimal, Decimal, Decimal]:
        account = self.account()
        return account.receivable, account.open_orders, account.balance

    def receive(self, amount: Any, **more: Any) -> int:
        return self.run(receive_payment, self.customer, amount=Decimal(amount), method=BANK, **more)

    def agree(self, **terms: Any) -> None:
        with self.store.viewing(SYSTEM) as view:
            version = account_card(view, self.customer).terms_version
        self.run(set_terms, self.customer, TermsEntry(**terms), version=version)

    def refuses(self, error: type[AppError], command: Callable[..., Any], *args: Any, **kwargs: Any) -> AppError:
        """The refusal, after which the whole database is as it was."""
        return refusal_of(self.store, error, self.run, command, *args, **kwargs)


def open_books(store: Store) -> Books:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 100_000, name="Mug", retail_price=10)
        a_product(uow)
        return Books(store, warehouse, mug.id, a_channel(uow), a_customer(uow).id)


__all__ = ["BANK", "D", "Books", "assert_sound", "open_books"]
