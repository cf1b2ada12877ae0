"""Ordering again: copies, lists of usual goods, and what a customer paid before, on both databases."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.flow import IllegalStep
from core.catalog.queries import product_card
from core.catalog.rules import ProductEntry
from core.catalog.service import edit_product, retire_product
from core.sales.again import CopyCard, RepricedRow, copied_from, copy_order, last_order_of
from core.sales.amend_errors import EmptyTemplate, ListOfOther, NothingToCopy, TemplateExists, TemplateRetired
from core.sales.close import cancel_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, change_line, create_order
from core.sales.memory import last_prices, templates_of, usual_goods
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, order_card
from core.sales.templates import add_template, apply_template, edit_template, restore_template, retire_template
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.traces import refused


@dataclass(frozen=True)
class Shop:
    """A customer who bought four mugs at 12 (list price 10), and two plates at 20."""

    store: Store
    customer: int
    other: int
    channel: int
    warehouse: int
    mug: int
    plate: int
    order: int

    def card(self, order_id: int) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, order_id)

    def copy(self) -> int:
        return self.store.run(SYSTEM, copy_order, None, self.order)

    def sell(
        self, quantity: int, price: int, *, discount: int = 0, customer: int = 0, variant: int = 0, sure: bool = True
    ) -> int:
        with self.store.working(SYSTEM) as uow:
            line = LineDraft(variant or self.mug, Decimal(quantity), Decimal(price), Decimal(discount))
            order = create_order(
                uow,
                customer_id=customer or self.customer,
                channel_id=self.channel,
                warehouse_id=self.warehouse,
                lines=[line],
            )
            return confirm_order(uow, order) if sure else order

    def list(self, name: str = "Monday", *lines: tuple[int, int], order: int = 0) -> int:
        quantities = [(variant, Decimal(quantity)) for variant, quantity in lines]
        return self.store.run(SYSTEM, add_template, None, self.customer, name=name, lines=quantities, order_id=order)


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse, channel = a_warehouse(uow), a_channel(uow)
        customer, other = a_customer(uow).id, a_customer(uow, "Tea House").id
        mug = goods(uow, warehouse, 100, sku="MUG", retail_price=10, lowest_price=Decimal(8)).id
        plate = goods(uow, warehouse, 100, sku="PLATE", name="Plate", retail_price=20).id
        lines = [LineDraft(mug, Decimal(4), Decimal(12)), LineDraft(plate, Decimal(2))]
        order = create_order(uow, customer_id=customer, channel_id=channel, warehouse_id=warehouse, lines=lines)
        confirm_order(uow, order)
    return Shop(any_store, customer, other, channel, warehouse, mug, plate, order)


def test_a_copy_is_a_draft_with_the_prices_of_today_and_tells_what_is_different(shop: Shop) -> None:
    shop.store.run(SYSTEM, retire_product, None, shop.plate)

    card = shop.card(shop.copy())

    assert (card.business, card.customer_id, card.warehouse_id) == (BusinessState.DRAFT, shop.customer, shop.warehouse)
    assert [(line.sku, line.quantity, line.unit_price) for line in card.lines] == [("MUG", 4, 10)]
    with shop.store.viewing(SYSTEM) as view:
        assert copied_from(view, card.id) == CopyCard(
            shop.order, "SO-2026-00001", ("PLATE Plate",), (RepricedRow("MUG", "Mug", Decimal(12), Decimal(10)),)
        )
        assert copied_from(view, shop.order) is None


def test_an_order_of_retired_products_only_is_not_copied(shop: Shop) -> None:
    for variant in (shop.mug, shop.plate):
        shop.store.run(SYSTEM, retire_product, None, variant)

    with refused(shop.store, NothingToCopy):
        shop.copy()
    with refused(shop.store, NotFound):
        shop.store.run(SYSTEM, copy_order, None, 999)


def test_the_last_order_of_a_customer_is_the_newest_that_was_really_placed(shop: Shop) -> None:
    shop.store.run(SYSTEM, cancel_order, None, shop.sell(1, 10), reason="mistake")
    shop.sell(1, 10, sure=False)

    with shop.store.viewing(SYSTEM) as view:
        assert last_order_of(view, shop.customer) == (shop.order, "SO-2026-00001")
        assert last_order_of(view, shop.other) is None


def test_the_last_five_prices_stand_beside_list_price_floor_and_what_others_pay(shop: Shop) -> None:
    for price in (13, 14, 15, 16):
        shop.sell(2, price)
    shop.sell(2, 17, discount=1)
    shop.store.run(SYSTEM, cancel_order, None, shop.sell(1, 99), reason="mistake")
    shop.sell(1, 98, sure=False)
    for price in (9, 11, 40):
        shop.sell(1, price, customer=shop.other)

    with shop.store.viewing(SYSTEM) as view:
        memory = last_prices(view, shop.customer, shop.mug)
        fresh = last_prices(view, shop.other, shop.plate)

    assert [(row.unit_price, row.charged) for row in memory.last] == [
        (17, Decimal("16.5")),
        (16, 16),
        (15, 15),
        (14, 14),
        (13, 13),
    ]
    assert (memory.usual, memory.lowest, memory.peers) == (10, 8, 11)
    assert (fresh.last, fresh.lowest, fresh.peers) == ((), None, 20)


def test_usual_goods_are_those_ordered_most_often_with_last_quantity_and_price(shop: Shop) -> None:
    shop.sell(7, 11)

    with shop.store.viewing(SYSTEM) as view:
        rows = usual_goods(view, shop.customer, on=view.today)

    assert [(row.sku, row.orders, row.last_quantity, row.last_price, row.today) for row in rows] == [
        ("MUG", 2, 7, 11, 10),
        ("PLATE", 1, 2, 20, 20),
    ]


def test_a_list_is_kept_from_an_order_edited_and_put_on_a_draft_at_the_prices_of_today(shop: Shop) -> None:
    template = shop.list(order=shop.order)
    shop.store.run(
        SYSTEM,
        edit_template,
        None,
        template,
        version=1,
        name="Friday",
        lines=[(shop.mug, Decimal(1)), (shop.plate, Decimal(3)), (shop.mug, Decimal(2))],
    )
    shop.store.run(SYSTEM, retire_product, None, shop.plate)
    draft = shop.sell(1, 10, sure=False)

    shop.store.run(SYSTEM, apply_template, None, draft, template)

    assert [(line.sku, line.quantity, line.unit_price) for line in shop.card(draft).lines] == [("MUG", 4, 10)]
    with shop.store.viewing(SYSTEM) as view:
        (card,) = templates_of(view, shop.customer, on=view.today)
    assert (card.name, [(line.sku, line.quantity, line.is_retired) for line in card.lines]) == (
        "Friday",
        [("MUG", 3, False), ("PLATE", 3, True)],
    )


def test_a_list_out_of_use_is_offered_no_longer_until_it_is_used_again(shop: Shop) -> None:
    template = shop.list("Monday", (shop.mug, 1))
    draft = shop.sell(1, 10, sure=False)
    shop.store.run(SYSTEM, retire_template, None, template)

    with shop.store.viewing(SYSTEM) as view:
        assert templates_of(view, shop.customer, on=view.today) == []
        assert [row.is_active for row in templates_of(view, shop.customer, on=view.today, with_retired=True)] == [False]
    with refused(shop.store, TemplateRetired):
        shop.store.run(SYSTEM, apply_template, None, draft, template)

    shop.store.run(SYSTEM, restore_template, None, template)
    shop.store.run(SYSTEM, apply_template, None, draft, template)
    assert shop.card(draft).lines[0].quantity == 2


def test_lists_that_make_no_sense_are_refused(shop: Shop) -> None:
    template = shop.list("Monday", (shop.mug, 1))
    with refused(shop.store, TemplateExists):
        shop.list("Monday ", (shop.mug, 1))
    with refused(shop.store, EmptyTemplate):
        shop.list("Tuesday")
    with refused(shop.store, InvalidInput):
        shop.list("Tuesday", (shop.mug, 0))
    with refused(shop.store, InvalidInput):
        shop.list(" ", (shop.mug, 1))
    with refused(shop.store, NotFound):
        shop.list("Tuesday", (999, 1))
    with refused(shop.store, StaleVersion):
        shop.store.run(SYSTEM, edit_template, None, template, version=7, name="Monday", lines=[(shop.mug, Decimal(1))])
    theirs = shop.sell(1, 10, customer=shop.other, sure=False)
    with refused(shop.store, ListOfOther):
        shop.store.run(SYSTEM, apply_template, None, theirs, template)
    with refused(shop.store, IllegalStep):
        shop.store.run(SYSTEM, apply_template, None, shop.order, template)


def test_the_price_of_last_time_can_be_taken_for_a_line(shop: Shop) -> None:
    draft = shop.copy()
    line = shop.card(draft).lines[0]
    with shop.store.viewing(SYSTEM) as view:
        last = last_prices(view, shop.customer, line.variant_id).last[0]

    shop.store.run(SYSTEM, change_line, None, draft, line.id, quantity=line.quantity, unit_price=last.unit_price)

    assert shop.card(draft).lines[0].unit_price == 12


def test_a_new_list_price_is_told_when_the_order_is_copied(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        plate = product_card(view, shop.plate)
    entry = ProductEntry(sku=plate.sku, name=plate.name, retail_price=Decimal(25))
    shop.store.run(SYSTEM, edit_product, None, shop.plate, entry, version=plate.version)

    made = shop.copy()
    with shop.store.viewing(SYSTEM) as view:
        told = copied_from(view, made)
    assert told is not None
    assert [(row.sku, row.before, row.today) for row in told.repriced] == [("MUG", 12, 10), ("PLATE", 20, 25)]
