"""Small makers for the tests of returns: delivered orders, requests, receipts, and what the database holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.errors import AppError
from core.catalog.models import Variant
from core.receivables.models import PaymentMethod
from core.sales.models import OrderLine, PaymentState, Progress, ReturnLine
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card
from core.sales.returns.cards import ReturnCard, return_card
from core.sales.returns.receive import receive_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_sale
from tests.traces import everything as everything
from tests.traces import refusal_of

REASON = "Quality problem"


@dataclass(frozen=True)
class Delivered:
    """A shop with an order of mugs that was delivered: what is done to what comes back of it, and what is seen."""

    store: Store
    mug: int
    order: int

    def do(self, command: Callable[..., Any], *args: Any, **facts: Any) -> Any:
        return self.store.run(SYSTEM, command, None, *args, **facts)

    def card(self) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.order)

    def see(self, return_id: int) -> ReturnCard:
        with self.store.viewing(SYSTEM) as view:
            return return_card(view, return_id)

    def axes(self) -> tuple[PaymentState, Progress, Progress]:
        card = self.card()
        return card.payment, card.shipment, card.return_

    def refuses(self, refusal: type[AppError], command: Callable[..., Any], *args: Any, **facts: Any) -> str:
        """The sentence; and nothing in the whole database is different."""
        return refusal_of(self.store, refusal, self.do, command, *args, **facts).sentence


def a_delivery(
    uow: UnitOfWork, warehouse_id: int, lines: Sequence[tuple[Variant, int]], *, paid: Decimal | str | int = 0
) -> int:
    """The id of an order whose goods have all been shipped, and of which so much is paid."""
    order_id = a_sale(uow, warehouse_id, lines)
    ship_order(uow, order_id)
    if Decimal(paid):
        pay_order(uow, order_id, amount=Decimal(paid), method=PaymentMethod.BANK)
    return order_id


def back(
    store: Store, order_id: int, *quantities: Decimal | str | int, unit_price: str | None = None
) -> list[LineBack]:
    """So many of the first lines of an order."""
    with store.viewing(SYSTEM) as view:
        wanted = select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.line_number)
        ids = view.session.scalars(wanted).all()
    price = None if unit_price is None else Decimal(unit_price)
    return [
        LineBack(line_id, Decimal(quantity), price)
        for line_id, quantity in zip(ids, quantities, strict=False)
        if Decimal(quantity)
    ]


def a_return(store: Store, order_id: int, *quantities: Decimal | str | int, receives: bool = True, **more: Any) -> int:
    """The id of a return of so many of the first lines (all without), received unless said otherwise."""
    lines = back(store, order_id, *quantities) if quantities else None
    return_id = store.run(SYSTEM, request_return, None, order_id, reason=REASON, lines=lines, **more)
    assert return_id is not None
    if receives:
        store.run(SYSTEM, receive_return, None, return_id)
    return return_id


def lines_of(store: Store, return_id: int) -> list[int]:
    """The ids of the lines of a return."""
    with store.viewing(SYSTEM) as view:
        wanted = select(ReturnLine.id).where(ReturnLine.return_id == return_id).order_by(ReturnLine.line_number)
        return list(view.session.scalars(wanted))
