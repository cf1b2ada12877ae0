"""Kits: what one holds, how it becomes lines, and that its price is kept to the cent whatever happens."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from core.base.exact import ZERO
from core.base.tax import TaxRounding
from core.catalog.errors import KitDoesNotDivide, KitNotStocked, KitWithoutParts, ProductRetired
from core.catalog.kits import PartEntry, parts_of, set_parts, worth_of
from core.catalog.models import ProductKind
from core.catalog.queries import product_card
from core.catalog.service import retire_product
from core.pricing.lists import PriceRuleEntry
from core.pricing.rules.prices import Target
from core.pricing.rules.promotions import Items, Kind, Off, Step
from core.sales.again import copy_order
from core.sales.amend import accept_amendment, request_amendment, request_undo
from core.sales.amend_errors import KitInPlace, KitNotAmended
from core.sales.amend_lines import LineWish
from core.sales.amendments import amendments_of
from core.sales.close import cancel_order, reopen_order
from core.sales.confirm import confirm_order
from core.sales.draft import (
    LineDraft,
    add_line,
    add_lines,
    change_kit,
    change_line,
    create_order,
    remove_kit,
    remove_line,
)
from core.sales.entry import draft_lines, suggest
from core.sales.errors import BelowFloor, PartOfKit
from core.sales.kit_amend import KitWish
from core.sales.memory import last_prices, usual_goods
from core.sales.models import OrderKit, Progress
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.sales.templates import add_template
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.errors import NotEnoughStock
from core.stock.kits import kit_stock
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_price_list, a_product, a_promotion, a_warehouse, goods
from tests.kits import KIT_PRICE, Shop, a_kit_shop, shown
from tests.returns import a_return
from tests.soundness import assert_sound
from tests.traces import refused

REP = Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))


@pytest.fixture
def shop(any_store: Store) -> Shop:
    return a_kit_shop(any_store)


def test_a_kit_becomes_its_parts_which_come_to_its_price(shop: Shop) -> None:
    order = shop.draft((shop.box, 2), (shop.mug, 1))
    card = shop.card(order)
    assert shown(card) == [("MUG", 1, 20), ("MUG", 2, Decimal("31.99")), ("TEA", 6, Decimal("47.99"))]
    (kit,) = card.kits
    assert (kit.sku, kit.quantity, kit.unit_price, kit.gross_amount) == ("BOX", 2, KIT_PRICE, 2 * KIT_PRICE)
    assert [line.kit_id for line in card.lines] == [None, kit.id, kit.id]
    assert card.gross_amount == Decimal("99.98")
    shop.run(confirm_order, order)
    assert shop.promised() == {shop.mug: 3, shop.tea: 6}
    assert_sound(shop.store)


@pytest.mark.parametrize("tax_rounding", TaxRounding)
@pytest.mark.parametrize("included", [True, False])
def test_a_kit_costs_its_price_to_the_cent_whatever_the_tax(
    any_store: Store, tax_rounding: TaxRounding, included: bool
) -> None:
    any_store.settings = any_store.settings.model_copy(
        update={"tax_rounding": tax_rounding, "prices_include_tax": included}
    )
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        three = [
            goods(uow, house, 99, sku=sku, retail_price=price, tax_rate=Decimal(rate))
            for sku, price, rate in (("A", 7, "0.13"), ("B", "0.33", "0.13"), ("C", 3, "0.09"))
        ]
        box = a_kit(uow, *((each, n) for n, each in enumerate(three, 1)), sku="BOX", retail_price="9.99")
        order = create_order(
            uow,
            customer_id=a_customer(uow).id,
            channel_id=a_channel(uow),
            warehouse_id=house,
            lines=[LineDraft(box.id, Decimal(7)), LineDraft(three[0].id, Decimal(1))],
        )
        kit_id = uow.session.scalars(select(OrderKit.id)).one()
        change_kit(uow, order, kit_id, quantity=Decimal(3), unit_price=Decimal("9.9933"), discount=Decimal("0.55"))
    with any_store.viewing(SYSTEM) as view:
        card = order_card(view, order)
    (kit,) = card.kits
    assert (kit.gross_amount if included else kit.net_amount) == Decimal("29.43")
    assert kit.net_amount + kit.tax_amount == kit.gross_amount
    assert card.gross_amount == sum(line.gross_amount for line in card.lines)
    assert all(line.discount >= 0 for line in card.lines)
    assert_sound(any_store)


def test_a_kit_and_its_part_are_checked_against_stock_as_one_sum(shop: Shop) -> None:
    order = shop.draft((shop.box, 5), (shop.mug, 6))
    with shop.store.viewing(SYSTEM) as view:
        short = [(row.line.sku, row.is_short) for row in draft_lines(view, shop.card(order))]
    assert short == [("MUG", True), ("MUG", True), ("TEA", False)]
    with refused(shop.store, NotEnoughStock) as refusal:
        shop.run(confirm_order, order)
    assert (refusal.value.facts["available"], refusal.value.facts["asked"]) == (10, 11)
    assert shop.promised() == {shop.mug: 0, shop.tea: 0}


def test_a_kit_changes_as_a_whole_and_its_lines_not_alone(shop: Shop) -> None:
    order = shop.draft((shop.box, 2))
    card = shop.card(order)
    (kit,) = card.kits
    with refused(shop.store, PartOfKit):
        shop.run(change_line, order, card.lines[0].id, quantity=Decimal(9), unit_price=Decimal(1))
    with refused(shop.store, PartOfKit):
        shop.run(remove_line, order, card.lines[0].id)

    shop.run(change_kit, order, kit.id, quantity=Decimal(3), unit_price=Decimal(41), discount=Decimal("0.05"))

    changed = shop.card(order)
    assert [line.id for line in changed.lines] == [line.id for line in card.lines]
    assert shown(changed) == [("MUG", 3, Decimal("49.18")), ("TEA", 9, Decimal("73.77"))]
    assert (changed.gross_amount, changed.kits[0].by_hand) == (Decimal("122.95"), Decimal("0.05"))
    shop.run(remove_kit, order, kit.id)
    assert (shop.card(order).lines, shop.card(order).kits, shop.card(order).gross_amount) == ((), (), 0)
    assert_sound(shop.store)


def test_more_of_the_same_kit_joins_it_until_its_parts_are_others(shop: Shop) -> None:
    order = shop.draft((shop.box, 1))
    shop.run(add_line, order, LineDraft(shop.box, Decimal(2)))
    assert [kit.quantity for kit in shop.card(order).kits] == [3]
    with shop.store.viewing(SYSTEM) as view:
        version = product_card(view, shop.box).version
    shop.run(set_parts, shop.box, [PartEntry(shop.mug, Fraction(2))], version=version)
    shop.run(add_lines, order, [LineDraft(shop.box, Decimal(1)), LineDraft(shop.tea, Decimal(1))])
    card = shop.card(order)
    assert [(line.sku, line.quantity, line.kit_id) for line in card.lines] == [
        ("MUG", 3, card.kits[0].id),
        ("TEA", 9, card.kits[0].id),
        ("MUG", 2, card.kits[1].id),
        ("TEA", 1, None),
    ]
    assert card.gross_amount == 4 * KIT_PRICE + 10
    assert_sound(shop.store)


def test_a_kit_has_its_own_lowest_price_and_that_of_its_parts_does_not_matter(shop: Shop) -> None:
    order = shop.draft((shop.box, 1))
    (kit,) = shop.card(order).kits
    with refused(shop.store, BelowFloor):
        shop.store.run(
            REP, change_kit, None, order, kit.id, quantity=Decimal(1), unit_price=KIT_PRICE, discount=Decimal(5)
        )
    shop.store.run(REP, change_kit, None, order, kit.id, quantity=Decimal(1), unit_price=Decimal(35))
    assert shop.card(order).lines[0].gross_amount == 14  # a mug alone is never sold below 18


def test_so_many_kits_as_are_no_exact_quantity_of_a_part_are_refused(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        mug, tea = (uow.session.get_one(type(a_product(uow)), each) for each in (shop.mug, shop.tea))
        blend = a_kit(uow, (mug, 1), (tea, Fraction(1, 3)), sku="BLEND", retail_price=30)
    with refused(shop.store, KitDoesNotDivide) as refusal:
        shop.draft((blend.id, 2))
    assert refusal.value.facts["step"] == 3
    assert shown(shop.card(shop.draft((blend.id, 6))))[1][:2] == ("TEA", 2)


def test_a_kit_is_worth_and_available_what_its_parts_are(shop: Shop) -> None:
    draft = shop.draft()
    with shop.store.viewing(SYSTEM) as view:
        worth = worth_of(parts_of(view, [shop.box])[shop.box])
        (here,) = kit_stock(view, [shop.box])[shop.box]
        offered = suggest(view, draft, "box")
    assert (worth.apart, worth.cost) == (50, Decimal("17.99"))
    assert (here.warehouse_id, here.available) == (shop.warehouse, 10)
    assert [(row.sku, row.unit_price, row.available) for row in offered] == [("BOX", KIT_PRICE, 10)]
    with shop.store.viewing(REP) as view:
        assert worth_of(parts_of(view, [shop.box])[shop.box]).cost is None


def test_parts_are_shipped_and_come_back_by_themselves_and_together_credit_the_price(shop: Shop) -> None:
    order = shop.draft((shop.box, 1))
    shop.run(confirm_order, order)
    mugs, teas = (line.id for line in shop.card(order).lines)
    shop.run(ship_order, order, quantities={mugs: Decimal(1), teas: Decimal(1)})
    assert shop.card(order).shipment == Progress.PARTIAL
    shop.run(ship_order, order)
    a_return(shop.store, order, 1, 1)
    assert shop.card(order).returned_amount == Decimal("16.00") + Decimal("8.00")
    a_return(shop.store, order, 0, 2)
    card = shop.card(order)
    assert (card.returned_amount, card.return_) == (KIT_PRICE, Progress.FULL)
    assert_sound(shop.store)


def test_price_lists_and_promotions_of_a_kit_are_its_own_and_those_of_its_parts_leave_it_alone(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        a_price_list(uow, PriceRuleEntry(Target.VARIANT, shop.box, price=Decimal(38), min_quantity=Decimal(2)))
        a_price_list(uow, PriceRuleEntry(Target.VARIANT, shop.tea, price=Decimal(1)))
        a_promotion(uow, Kind.ITEM, items=Items(frozenset({shop.tea})), off=Off(percent=Decimal(50)))
    order = shop.draft((shop.box, 2), (shop.tea, 1))
    card = shop.card(order)
    assert [kit.gross_amount for kit in card.kits] == [76]
    assert [(line.sku, line.gross_amount) for line in card.lines if line.kit_id is None] == [("TEA", Decimal("0.50"))]
    with shop.store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, steps=(Step(Decimal(50), Off(amount=Decimal("6.51"))),))
    shop.run(change_kit, order, card.kits[0].id, quantity=Decimal(3), unit_price=Decimal(38))
    (kit,) = shop.card(order).kits
    assert (kit.discount, kit.offered, kit.by_hand) == (kit.offered, kit.offered, 0)
    assert shop.card(order).gross_amount == Decimal("107.99")
    shop.run(confirm_order, order)
    assert_sound(shop.store)


def test_an_amendment_changes_the_number_of_kits_or_takes_them_off_and_can_be_undone(shop: Shop) -> None:
    order = shop.draft((shop.box, 2), (shop.mug, 1))
    shop.run(confirm_order, order)
    before = shop.card(order)
    shop.amend(order, 1, 3, 9)
    card = shop.card(order)
    assert (card.kits[0].quantity, card.kits[0].gross_amount) == (3, 3 * KIT_PRICE)
    assert shop.promised() == {shop.mug: 4, shop.tea: 9}
    with shop.store.viewing(SYSTEM) as view:
        (done,) = amendments_of(view, order)
    undo = shop.run(request_undo, done.id, seen_version=card.version, reason="as it was")
    shop.run(accept_amendment, undo, version=1)
    assert shown(shop.card(order)) == shown(before)
    assert shop.card(order).kits == before.kits
    shop.amend(order, 1, 0, 0)
    off = shop.card(order)
    assert (shown(off), off.kits) == ([("MUG", 1, 20)], ())
    assert shop.promised() == {shop.mug: 1, shop.tea: 0}
    with shop.store.viewing(SYSTEM) as view:
        taken = amendments_of(view, order)
    undo = shop.run(request_undo, max(each.id for each in taken), seen_version=off.version, reason="wanted after all")
    shop.run(accept_amendment, undo, version=1)
    back = shop.card(order)
    assert shown(back) == shown(before)
    assert [(kit.sku, kit.quantity, kit.gross_amount) for kit in back.kits] == [("BOX", 2, 2 * KIT_PRICE)]
    assert_sound(shop.store)


def test_an_amended_kit_costs_its_price_where_tax_is_rounded_once_for_the_document(shop: Shop) -> None:
    shop.store.settings = shop.store.settings.model_copy(update={"tax_rounding": TaxRounding.DOCUMENT})
    order = shop.draft((shop.box, 2), (shop.mug, 1))
    shop.run(confirm_order, order)
    shop.amend(order, 2, 3, 9)
    card = shop.card(order)
    assert (card.kits[0].gross_amount, card.gross_amount) == (3 * KIT_PRICE, 3 * KIT_PRICE + 40)
    assert_sound(shop.store)


def test_an_amendment_leaves_no_kit_with_some_of_its_parts(shop: Shop) -> None:
    order = shop.draft((shop.box, 2))
    shop.run(confirm_order, order)
    card = shop.card(order)
    mug, tea = card.lines
    for wish in (
        LineWish(Decimal(3), mug.id),
        LineWish(ZERO, tea.id),
        LineWish(None, tea.id, unit_price=Decimal(1)),
        LineWish(None, tea.id, discount=Decimal(1)),
        LineWish(None, tea.id, variant_id=shop.mug),
    ):
        with refused(shop.store, KitNotAmended):
            shop.run(request_amendment, order, lines=[wish], seen_version=card.version)
    alike = [LineWish(Decimal(3), mug.id), LineWish(Decimal(9), tea.id)]
    with refused(shop.store, KitNotAmended):
        kits = [KitWish(None, mug.kit_id, unit_price=Decimal(40))]
        shop.run(request_amendment, order, lines=alike, kits=kits, seen_version=card.version)
    order = shop.draft((shop.mug, 1))
    shop.run(confirm_order, order)
    card = shop.card(order)
    with refused(shop.store, KitInPlace):
        wishes = [LineWish(Decimal(1), card.lines[0].id, variant_id=shop.box)]
        shop.run(request_amendment, order, lines=wishes, seen_version=card.version)


def test_kits_are_copied_remembered_and_reopened_as_kits(shop: Shop) -> None:
    order = shop.draft((shop.box, 2), (shop.mug, 1))
    shop.run(confirm_order, order)
    copy = shop.run(copy_order, order)
    assert shown(shop.card(copy)) == shown(shop.card(order))
    assert [kit.quantity for kit in shop.card(copy).kits] == [2]
    shop.run(add_template, shop.customer, name="Boxes", order_id=order)
    with shop.store.viewing(SYSTEM) as view:
        last = last_prices(view, shop.customer, shop.box).last
        mugs = last_prices(view, shop.customer, shop.mug).last
        usual = usual_goods(view, shop.customer, on=view.today)
    assert [(row.quantity, row.unit_price) for row in last] == [(2, KIT_PRICE)]
    assert [(row.quantity, row.unit_price) for row in mugs] == [(1, 20)]
    assert [row.sku for row in usual] == ["MUG", "BOX"]
    shop.run(cancel_order, order, reason="changed their mind")
    shop.run(reopen_order, order)
    shop.run(confirm_order, order)
    assert shop.promised() == {shop.mug: 3, shop.tea: 6}
    assert_sound(shop.store)


def test_what_is_retired_is_not_sold_in_a_kit(shop: Shop) -> None:
    order = shop.draft((shop.box, 1))
    shop.run(retire_product, shop.box)
    with refused(shop.store, ProductRetired):
        shop.run(confirm_order, order)
    shop.run(retire_product, shop.tea)
    with refused(shop.store, ProductRetired):
        shop.draft((shop.box, 1))


def test_a_kit_is_neither_stocked_nor_sold_empty(shop: Shop) -> None:
    with refused(shop.store, KitNotStocked):
        shop.run(receive_goods, warehouse_id=shop.warehouse, lines=[Line(shop.box, Decimal(1))])
    with shop.store.working(SYSTEM) as uow:
        empty = a_product(uow, sku="EMPTY", kind=ProductKind.KIT).id
    with refused(shop.store, KitWithoutParts):
        shop.draft((empty, 1))
