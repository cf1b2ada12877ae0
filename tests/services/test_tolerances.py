"""Shipments that are off what was ordered, within the tolerance; a refusal leaves every table as it was."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.base.errors import AppError, Refusals
from core.catalog.categories import add_category
from core.receivables.models import CustomerAccount, PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.amendments import amendments_of
from core.sales.errors import NotClosable, TooMuch
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.models import PaymentState, Progress, SalesOrder
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card, order_timeline, shipments_of
from core.sales.ship import ship_order, undo_shipment
from core.sales.tolerance import category_tolerances, set_category_tolerance
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import issue_goods
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.soundness import assert_sound
from tests.traces import refusal_of


def d(number: str | int) -> Decimal:
    return Decimal(number)


@dataclass(frozen=True)
class Shop:
    """Twelve metres of rope at 3.33 with 13% tax and five mugs at 10; an order of 10 and 2 of them."""

    store: Store
    house: int
    order: int
    rope: int
    mug: int
    category: int

    def card(self) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.order)

    def line(self, place: int) -> int:
        return self.card().lines[place].id

    def ship(self, *quantities: str | int, closing: tuple[int, ...] = ()) -> int:
        parts = {self.line(place): d(quantity) for place, quantity in enumerate(quantities)}
        return self.store.run(
            SYSTEM,
            ship_order,
            None,
            self.order,
            quantities=parts,
            closing=[self.line(place) for place in closing],
        )

    def allows(self, **shares: Any) -> None:
        self.store.run(SYSTEM, set_fulfilment_rule, None, **{name: d(share) for name, share in shares.items()})

    def stock(self, variant_id: int) -> tuple[Decimal, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            (level,) = stock_levels(view, variant_ids=[variant_id])
        return level.on_hand, level.reserved

    def account(self) -> tuple[Decimal, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            owner = select(SalesOrder.customer_id).where(SalesOrder.id == self.order).scalar_subquery()
            account = view.session.scalars(select(CustomerAccount).where(CustomerAccount.customer_id == owner)).one()
            return account.receivable, account.open_orders

    def refused(self, kind: type[AppError], *quantities: str | int, closing: tuple[int, ...] = ()) -> AppError:
        parts = {self.line(place): d(quantity) for place, quantity in enumerate(quantities)}
        lines = [self.line(place) for place in closing]
        return refusal_of(self.store, kind, self._run, ship_order, self.order, quantities=parts, closing=lines)

    def _run(self, command: Any, *args: Any, **facts: Any) -> None:
        self.store.run(SYSTEM, command, None, *args, **facts)


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        category = add_category(uow, "Ropes")
        rope = goods(
            uow, house, 12, sku="ROPE", retail_price="3.33", tax_rate=d("0.13"), unit="m", category_id=category
        )
        mug = goods(uow, house, 5, sku="MUG")
        order = a_sale(uow, house, [(rope, 10), (mug, 2)])
    return Shop(any_store, house, order, rope.id, mug.id, category)


def test_what_stays_behind_within_the_tolerance_is_closed_freed_and_owed_no_more(shop: Shop) -> None:
    shop.allows(under_share="0.05")
    assert shop.card().gross_amount == d("53.30")
    shipment = shop.ship("9.5", 2, closing=(0,))
    card = shop.card()
    assert (card.shipment, card.lines[0].quantity, card.lines[0].shipped) == (Progress.FULL, d("9.5"), d("9.5"))
    # 9.5 × 3.33 = 31.64 (31.635 up), of which 3.64 are tax; the mugs are 20.
    assert (card.net_amount, card.tax_amount, card.gross_amount) == (d(48), d("3.64"), d("51.64"))
    assert shop.stock(shop.rope) == (d("2.5"), 0)
    assert shop.account() == (d("51.64"), 0)
    assert_sound(shop.store)

    shop.store.run(SYSTEM, undo_shipment, None, shipment, reason="too early")
    card = shop.card()
    assert (card.shipment, card.lines[0].quantity, card.gross_amount) == (Progress.NONE, 10, d("53.30"))
    assert shop.stock(shop.rope) == (12, 10)
    assert shop.account() == (0, d("53.30"))
    with shop.store.viewing(SYSTEM) as view:
        assert [each.revision for each in amendments_of(view, shop.order)] == [2, 1]
    assert_sound(shop.store)


def test_more_than_ordered_leaves_within_the_tolerance_and_is_billed(shop: Shop) -> None:
    shop.allows(over_share="0.1")
    shop.store.run(SYSTEM, pay_order, None, shop.order, amount=d("53.30"), method=PaymentMethod.CASH)
    shipment = shop.ship(11, 2)
    card = shop.card()
    # 11 × 3.33 = 36.63, of which 4.21 are tax.
    assert (card.net_amount, card.tax_amount, card.gross_amount) == (d("52.42"), d("4.21"), d("56.63"))
    assert (card.shipment, card.payment, card.unpaid) == (Progress.FULL, PaymentState.PARTIAL, d("3.33"))
    assert shop.stock(shop.rope) == (1, 0)
    assert shop.account() == (d("3.33"), 0)
    with shop.store.viewing(SYSTEM) as view:
        (story, *_) = order_timeline(view, shop.order)
    assert story.facts["over"] == {str(card.lines[0].id): "1"}
    assert story.facts["changed"]["payment_state"] == ["full", "partial"]
    assert story.facts["changed"]["shipment_state"] == ["none", "full"]
    assert_sound(shop.store)

    shop.store.run(SYSTEM, undo_shipment, None, shipment, reason="wrong rope")
    assert (shop.card().gross_amount, shop.card().payment) == (d("53.30"), PaymentState.FULL)
    assert shop.stock(shop.rope) == (12, 10)
    assert_sound(shop.store)


def test_a_refusal_names_every_line_with_what_was_ordered_shipped_allowed_and_asked(shop: Shop) -> None:
    shop.allows(over_share="0.1", under_share="0.05")
    shop.ship(6)
    problem = shop.refused(TooMuch, "5.001")
    assert problem.sentence == (
        "Line 1, ROPE: 10 ordered and 6 shipped before, so at most 5 may leave now; 5.001 asked. "
        "Reduce the quantity, or amend the order first."
    )
    problem = shop.refused(NotClosable, 3, closing=(0,))
    assert problem.sentence == (
        "Line 1, ROPE: 10 ordered and 9 shipped with this, so 1 would stay behind; at most 0.5 may be closed. "
        "Ship more, leave the line open, or amend the order."
    )
    both = shop.refused(Refusals, 6, 3)
    assert isinstance(both, Refusals)
    assert [each.facts["line"] for each in both.problems] == [1, 2]


def test_nothing_leaves_on_top_that_is_promised_to_somebody_else(shop: Shop) -> None:
    shop.allows(over_share="1")
    shop.store.run(
        SYSTEM, issue_goods, None, warehouse_id=shop.house, lines=[Line(shop.rope, d("1.5"))], reason="sample"
    )
    problem = shop.refused(NotEnoughStock, 11, 2)
    assert (problem.facts["available"], problem.facts["asked"]) == (d("0.5"), 1)
    shop.ship("10.5", 2)
    assert shop.stock(shop.rope) == (0, 0)


def test_the_tolerance_does_not_grow_with_each_shipment(shop: Shop) -> None:
    shop.allows(over_share="0.1")
    shop.ship(11)
    assert shop.card().shipment == Progress.PARTIAL
    problem = shop.refused(TooMuch, "0.5")
    assert (problem.facts["ordered"], problem.facts["shipped"], problem.facts["allowed"]) == (10, 11, 0)


def test_undoing_an_earlier_shipment_leaves_what_was_ordered(shop: Shop) -> None:
    shop.allows(over_share="0.1", under_share="0.1")
    first = shop.ship(6, 2)
    shop.ship(5)
    assert shop.card().lines[0].quantity == 11
    shop.store.run(SYSTEM, undo_shipment, None, first, reason="lost")
    line = shop.card().lines[0]
    assert (line.quantity, line.shipped) == (10, 5)
    assert shop.stock(shop.rope) == (7, 5)
    assert_sound(shop.store)
    last = shop.ship("4.2", 2, closing=(0,))
    assert (shop.card().shipment, shop.card().lines[0].quantity) == (Progress.FULL, d("9.2"))
    assert_sound(shop.store)
    shop.store.run(SYSTEM, undo_shipment, None, last, reason="lost")
    assert (shop.card().lines[0].quantity, shop.stock(shop.rope)) == (10, (7, 5))
    assert_sound(shop.store)


def test_what_somebody_amends_afterwards_is_a_new_agreement(shop: Shop) -> None:
    shop.allows(over_share="0.1")
    shipment = shop.ship(11)
    asked = shop.store.run(
        SYSTEM,
        request_amendment,
        None,
        shop.order,
        lines=[LineWish(d(12), shop.line(0))],
        reason="takes all",
        seen_version=shop.card().version,
    )
    shop.store.run(SYSTEM, accept_amendment, None, asked, version=1)
    shop.store.run(SYSTEM, undo_shipment, None, shipment, reason="lost")
    assert (shop.card().lines[0].quantity, shop.stock(shop.rope)) == (12, (12, 12))
    assert_sound(shop.store)


def test_the_customers_rule_counts_before_the_categorys_and_that_before_the_companys(shop: Shop) -> None:
    shop.allows(over_share="0", under_share="0")
    shop.store.run(SYSTEM, set_category_tolerance, None, shop.category, over_share=d("0.1"))
    with shop.store.viewing(SYSTEM) as view:
        assert [(each.category, each.over_share) for each in category_tolerances(view)] == [("Ropes", d("0.1"))]
        owner = view.session.scalar(select(SalesOrder.customer_id).where(SalesOrder.id == shop.order))
    assert shop.refused(TooMuch, 11, 3).facts["line"] == 2
    shop.store.run(SYSTEM, set_fulfilment_rule, None, customer_id=owner, over_share=d(0))
    assert shop.refused(TooMuch, 11).facts["allowed"] == 10
    shop.store.run(SYSTEM, set_fulfilment_rule, None, customer_id=owner)
    shop.ship(11)
    shop.store.run(SYSTEM, set_category_tolerance, None, shop.category)
    with shop.store.viewing(SYSTEM) as view:
        assert category_tolerances(view) == []
        assert [each.quantity for each in shipments_of(view, shop.order)] == [11]
