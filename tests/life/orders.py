"""Orders of the living shop: entered, amended, shipped, stopped."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from core.sales.amend import accept_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.amend_models import OrderAmendment
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import LineDraft, create_order
from core.sales.fulfilment import allot_waiting, set_fulfilment_rule
from core.sales.models import (
    BusinessState,
    Progress,
    SalesOrder,
)
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from tests.life.base import WHY, Life, any_of, money, quantities, two

ON = {
    confirm_order: BusinessState.DRAFT,
    resume_order: BusinessState.ON_HOLD,
    complete_order: BusinessState.CONFIRMED,
    reopen_order: BusinessState.CANCELLED,
}


class Orders(Life):
    """What happens to orders until their goods have left."""

    @rule(house=two, mugs=quantities, milk=quantities, is_binding=st.booleans())
    def orders(self, house: int, mugs: Decimal, milk: Decimal, is_binding: bool) -> None:
        made = self.attempt(
            create_order,
            customer_id=self.customer,
            channel_id=self.channel,
            warehouse_id=self.houses[house],
            lines=[LineDraft(self.mug, mugs), LineDraft(self.milk, milk)],
        )
        if is_binding:
            self.attempt(confirm_order, made)

    @rule(which=any_of, step=st.sampled_from(list(ON)))
    def moves_an_order_on(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.order(which, ON[step]))

    @rule(which=any_of, step=st.sampled_from([hold_order, cancel_order]))
    def stops_an_order(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.order(which, BusinessState.CONFIRMED), reason=WHY)

    @rule(which=any_of, line=two, quantity=st.none() | quantities, closes=st.booleans())
    def ships(self, which: int, line: int, quantity: Decimal | None, closes: bool = False) -> None:
        order = self.pick(
            SalesOrder.id,
            which,
            SalesOrder.business_state == BusinessState.CONFIRMED,
            SalesOrder.shipment_state != Progress.FULL,
        )
        line = self.line_of(order, line)
        part = {line: quantity} if quantity is not None else None
        self.attempt(ship_order, order, quantities=part, closing=[line] if closes else [])

    @rule(which=any_of, line=two, quantity=quantities, price=st.none() | money)
    def amends(self, which: int, line: int, quantity: Decimal, price: Decimal | None) -> None:
        order = self.order(which, BusinessState.CONFIRMED)
        wish = [LineWish(quantity, self.line_of(order, line), unit_price=price)]
        asked = self.attempt(request_amendment, order, lines=wish, reason=WHY, seen_version=self.version(order))
        if asked is not None:
            self.attempt(accept_amendment, asked, version=1)

    @rule(which=any_of)
    def undoes_an_amendment(self, which: int) -> None:
        amendment = self.pick(OrderAmendment.id, which)
        with self.store.viewing(SYSTEM) as view:
            order = view.session.scalar(select(OrderAmendment.order_id).where(OrderAmendment.id == amendment))
        asked = self.attempt(request_undo, amendment, seen_version=self.version(order or 0), reason=WHY)
        if asked is not None:
            self.attempt(accept_amendment, asked, version=1)

    @rule(which=any_of, back_orders=st.booleans(), others=st.booleans(), off=st.none() | st.just(Decimal("0.5")))
    def promises_otherwise(self, which: int, back_orders: bool, others: bool, off: Decimal | None) -> None:
        how = {"back_orders": back_orders, "other_warehouses": others}
        self.attempt(set_fulfilment_rule, **how, under_share=off, over_share=off)
        self.attempt(allot_waiting, self.order(which, BusinessState.CONFIRMED))
