"""Kits of the living shop: entered, amended, shipped in whole kits, brought back."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.amend_models import AmendmentKit, OrderAmendment
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, change_kit, create_order, remove_kit
from core.sales.kit_amend import KitWish
from core.sales.models import BusinessState, OrderKit, OrderLine, SalesOrder
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from tests.life.base import WHY, Life, any_of, money, quantities, two

counts = st.integers(0, 4).map(Decimal)


class Kits(Life):
    """What happens to boxes of a mug and half a milk."""

    @rule(house=two, boxes=st.integers(1, 3).map(Decimal), mugs=quantities, is_binding=st.booleans())
    def orders_boxes(self, house: int, boxes: Decimal, mugs: Decimal, is_binding: bool) -> None:
        made = self.attempt(
            create_order,
            customer_id=self.customer,
            channel_id=self.channel,
            warehouse_id=self.houses[house],
            lines=[LineDraft(self.box, boxes), LineDraft(self.mug, mugs)],
        )
        if is_binding:
            self.attempt(confirm_order, made)

    @rule(which=any_of, boxes=quantities, price=money, how=st.sampled_from(["add", "change", "remove"]))
    def edits_boxes_of_a_draft(self, which: int, boxes: Decimal, price: Decimal, how: str) -> None:
        order = self.order(which, BusinessState.DRAFT)
        kit = self._kit_of(order)
        if how == "add":
            self.attempt(add_line, order, LineDraft(self.box, boxes))
        elif how == "change":
            self.attempt(change_kit, order, kit, quantity=boxes, unit_price=price)
        else:
            self.attempt(remove_kit, order, kit)

    @rule(which=any_of, count=counts, price=st.none() | money, adds=st.booleans(), again=st.booleans())
    def amends_boxes(self, which: int, count: Decimal, price: Decimal | None, adds: bool, again: bool) -> None:
        order = self._order_with_boxes(which)
        kits, lines = [KitWish(count, self._kit_of(order), price)], list[LineWish]()
        if adds:
            kits, lines = [], [LineWish(count, variant_id=self.box, unit_price=price)]
        elif again:
            mine = select(OrderAmendment.id).where(OrderAmendment.order_id == order)
            like = self.pick(AmendmentKit.id, which, AmendmentKit.amendment_id.in_(mine))
            kits = [KitWish(count or None, unit_price=price, like=like)]
        wish = {"lines": lines, "kits": kits, "reason": WHY, "seen_version": self.version(order)}
        asked = self.attempt(request_amendment, order, **wish)
        if asked is not None:
            self.attempt(accept_amendment, asked, version=1)

    @rule(which=any_of, count=counts, closes=st.booleans())
    def ships_boxes(self, which: int, count: Decimal, closes: bool) -> None:
        order = self._order_with_boxes(which)
        with self.store.viewing(SYSTEM) as view:
            kit = view.session.get(OrderKit, self._kit_of(order))
            lines = view.session.scalars(select(OrderLine).where(OrderLine.kit_id == (kit.id if kit else 0))).all()
            part = {line.id: line.quantity * count / (kit.quantity if kit else Decimal(1)) for line in lines}
        self.attempt(ship_order, order, quantities=part, closing=list(part) if closes else [])

    def _order_with_boxes(self, which: int) -> int:
        boxed = select(OrderKit.order_id)
        return self.pick(
            SalesOrder.id, which, SalesOrder.business_state == BusinessState.CONFIRMED, SalesOrder.id.in_(boxed)
        )

    def _kit_of(self, order: int) -> int:
        return self.pick(OrderKit.id, 0, OrderKit.order_id == order)
