"""Short lines with what may take their place, and when what is still to go can leave."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from core.base.errors import InvalidInput, Refusals
from core.catalog.errors import NoSubstitute
from core.catalog.models import ProductKind
from core.catalog.service import delete_product, retire_product
from core.catalog.substitutes import set_substitutes, substitutes_of
from core.sales.confirm import confirm_order
from core.sales.draft import replace_line
from core.sales.errors import NotSubstitute
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.promised import promises_of
from core.sales.queries import OrderCard, order_card
from core.sales.short_lines import short_lines
from core.security.actor import SYSTEM
from core.stock.ledger import Line
from core.stock.projected import plan_goods
from core.stock.service import receive_goods
from core.stock.transfers.service import receive_transfer, request_transfer, ship_transfer
from core.work.store import Store
from tests.builders import a_draft, a_product, a_sale, a_warehouse, goods
from tests.soundness import assert_sound
from tests.traces import refusal_of

TODAY = date(2026, 3, 18)


def d(number: str | int) -> Decimal:
    return Decimal(number)


@dataclass(frozen=True)
class Shop:
    """Two mugs, three tall mugs here and four elsewhere, five cups; a draft of 5 mugs and 9 plates, of which are none.

    Tall mugs, then cups may take the place of mugs; six plates come in two days.
    """

    store: Store
    house: int
    other: int
    mug: int
    tall: int
    cup: int
    plate: int
    draft: int

    def card(self) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.draft)

    def run(self, command: Any, *args: Any, **facts: Any) -> None:
        self.store.run(SYSTEM, command, None, *args, **facts)


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        house, other = a_warehouse(uow), a_warehouse(uow, "SIDE")
        mug, tall = goods(uow, house, 2, sku="MUG"), goods(uow, house, 3, sku="TALL", name="Tall mug", retail_price=12)
        receive_goods(uow, warehouse_id=other, lines=[Line(tall.id, d(4))])
        cup, plate = goods(uow, house, 5, sku="CUP", name="Cup"), a_product(uow, sku="PLATE", name="Plate")
        set_substitutes(uow, mug.id, [tall.id, cup.id], both_ways=[cup.id])
        plan_goods(
            uow,
            variant_id=plate.id,
            warehouse_id=house,
            quantity=d(6),
            is_incoming=True,
            planned_on=TODAY + timedelta(days=2),
        )
        draft = a_draft(uow, house, [(mug, 5), (plate, 9)])
    return Shop(any_store, house, other, mug.id, tall.id, cup.id, plate.id, draft)


def test_every_short_line_tells_what_is_missing_when_it_comes_and_what_may_take_its_place(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        mug, plate = short_lines(view, shop.card())
    assert (mug.sku, mug.asked, mug.there, mug.missing, mug.arrival) == ("MUG", 5, 2, 3, None)
    tall, cup = mug.instead
    assert (tall.sku, tall.available, tall.unit_price) == ("TALL", 3, 12)
    assert tall.elsewhere == (("SIDE warehouse", d(4)),)
    assert (cup.sku, cup.available, cup.elsewhere) == ("CUP", 5, ())
    assert (plate.sku, plate.missing, plate.arrival, plate.instead) == ("PLATE", 9, (TODAY + timedelta(days=2), 6), ())


def test_confirming_refuses_with_every_short_line_its_arrival_and_its_substitutes(shop: Shop) -> None:
    refused = refusal_of(shop.store, Refusals, shop.run, confirm_order, shop.draft)
    assert refused.sentence.splitlines() == [
        "Only 2 of MUG Mug available in MAIN warehouse, 5 asked. Reduce it or receive more. "
        "Available instead: TALL Tall mug (3), CUP Cup (5).",
        "Only 0 of PLATE Plate available in MAIN warehouse, 9 asked. Reduce it or receive more. "
        "6 are expected on 2026-03-20.",
    ]


def test_a_substitute_takes_the_place_of_what_is_missing_or_of_the_whole_line(shop: Shop) -> None:
    mug = shop.card().lines[0].id
    shop.store.run(SYSTEM, replace_line, None, shop.draft, mug, shop.tall, quantity=d(3))
    said = [(line.sku, line.quantity, line.unit_price) for line in shop.card().lines]
    assert said == [("MUG", 2, 10), ("PLATE", 9, 10), ("TALL", 3, 12)]
    shop.store.run(SYSTEM, replace_line, None, shop.draft, mug, shop.cup)
    said = [(line.sku, line.quantity, line.unit_price) for line in shop.card().lines]
    assert said == [("PLATE", 9, 10), ("TALL", 3, 12), ("CUP", 2, 10)]
    assert shop.card().gross_amount == 146
    assert_sound(shop.store)


def test_only_a_substitute_takes_the_place_and_of_no_more_than_the_line_has(shop: Shop) -> None:
    mug, plate = (line.id for line in shop.card().lines)
    refusal_of(shop.store, NotSubstitute, shop.run, replace_line, shop.draft, plate, shop.mug)
    refusal_of(shop.store, InvalidInput, shop.run, replace_line, shop.draft, mug, shop.tall, quantity=d(6))


def test_substitutes_go_one_way_unless_said_and_are_other_goods(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        found = substitutes_of(uow, [shop.mug, shop.tall, shop.cup])
        assert {of: [row.sku for row in rows] for of, rows in found.items()} == {
            shop.mug: ["TALL", "CUP"],
            shop.cup: ["MUG"],
        }
        freight = a_product(uow, sku="FREIGHT", kind=ProductKind.SERVICE).id
        retire_product(uow, shop.tall)
        uow.session.flush()
        assert [row.sku for row in substitutes_of(uow, [shop.mug])[shop.mug]] == ["CUP"]
    refusal_of(shop.store, Refusals, shop.run, set_substitutes, shop.mug, [shop.mug, freight])
    refusal_of(shop.store, NoSubstitute, shop.run, set_substitutes, freight, [shop.mug])


def test_a_product_without_history_is_deleted_with_its_place_among_substitutes(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug, cup = a_product(uow, sku="MUG"), a_product(uow, sku="CUP")
        set_substitutes(uow, mug.id, [cup.id], both_ways=[cup.id])
        delete_product(uow, cup.id)
        assert substitutes_of(uow, [mug.id]) == {}


def test_each_line_is_promised_for_now_for_the_day_that_covers_it_or_for_nobody_knows_when(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, back_orders=True)
        confirm_order(uow, shop.draft)
        uow.session.flush()
        mug, plate = promises_of(uow, order_card(uow, shop.draft)).values()
        assert (mug.reserved, mug.waits, mug.on, mug.is_here) == (2, 3, None, False)
        assert (plate.waits, plate.on) == (9, None)
        ten_days = TODAY + timedelta(days=10)
        plan = {"warehouse_id": shop.house, "is_incoming": True, "planned_on": ten_days}
        plan_goods(uow, variant_id=shop.plate, quantity=d(3), **plan)
        plan_goods(uow, variant_id=shop.mug, quantity=d(4), **plan)
        mug, plate = promises_of(uow, order_card(uow, shop.draft)).values()
        assert (mug.on, plate.on) == (ten_days, ten_days)
        receive_goods(uow, warehouse_id=shop.house, lines=[Line(shop.mug, d(3))])
        mug, plate = promises_of(uow, order_card(uow, shop.draft)).values()
        assert (mug.on, mug.is_here) == (TODAY, True)
        short = short_lines(uow, order_card(uow, shop.draft))
        assert [(row.sku, row.missing) for row in short] == [("MUG", 3), ("PLATE", 9)]


@pytest.mark.parametrize("helps", [False, True])
def test_what_comes_to_another_warehouse_counts_where_it_may_help(shop: Shop, helps: bool) -> None:
    two_days = TODAY + timedelta(days=2)
    with shop.store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, back_orders=True, other_warehouses=helps)
        confirm_order(uow, shop.draft)
        facts = {"is_incoming": True, "planned_on": two_days}
        plan_goods(uow, variant_id=shop.mug, warehouse_id=shop.other, quantity=d(3), **facts)
        mug, _plate = promises_of(uow, order_card(uow, shop.draft)).values()
    assert (mug.reserved, mug.waits, mug.on) == (2, 3, two_days if helps else None)


def test_orders_whose_turn_is_before_get_what_comes_first(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, back_orders=True)
        plate = uow.session.get_one(type(a_product(uow)), shop.plate)
        first, second = a_sale(uow, shop.house, [(plate, 4)]), a_sale(uow, shop.house, [(plate, 3)])
        third = a_sale(uow, shop.house, [(plate, 1)])
        uow.session.flush()
        days = [next(iter(promises_of(uow, order_card(uow, each)).values())).on for each in (first, second, third)]
        assert days == [TODAY + timedelta(days=2), None, None]


def test_goods_on_the_way_from_another_warehouse_count_where_it_is_known_when_they_come(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, back_orders=True)
        ends = {"source_id": shop.other, "target_id": shop.house}
        learnt = request_transfer(uow, **ends, lines=[Line(shop.tall, d(1))])
        ship_transfer(uow, learnt)
        receive_transfer(uow, learnt)
        tall = uow.session.get_one(type(a_product(uow)), shop.tall)
        order = a_sale(uow, shop.house, [(tall, 6)])
        ship_transfer(uow, request_transfer(uow, **ends, lines=[Line(shop.tall, d(2))]))
        uow.session.flush()
        (row,) = promises_of(uow, order_card(uow, order)).values()
        assert (row.reserved, row.waits, row.on, row.is_here) == (4, 2, TODAY, False)


def test_many_lines_ask_as_few_questions_as_one(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        set_fulfilment_rule(uow, back_orders=True)
        products = [goods(uow, house, 1) for _ in range(12)]
        a_sale(uow, house, [(each, 2) for each in products])
        few = a_sale(uow, house, [(products[0], 2)])
        many = a_sale(uow, house, [(each, 2) for each in products[1:]])
    assert _statements(store, few) == _statements(store, many)


def _statements(store: Store, order: int) -> int:
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
        asked: list[str] = []
        listen = (view.session.get_bind(), "before_cursor_execute", lambda *facts: asked.append(facts[2]))
        event.listen(*listen)
        assert all(row.waits == 2 for row in promises_of(view, card).values())
        event.remove(*listen)
    return len(asked)
