"""Kits in amendments, shipments that are off, and prices below the floor: whole kits, exact to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import update

from core.base.errors import Refusals
from core.base.exact import ZERO
from core.catalog.kits import PartEntry, set_parts
from core.catalog.models import Variant
from core.catalog.queries import product_card
from core.pricing.rules.margins import Light
from core.receivables.models import ApprovalKind
from core.sales.agreed import rooms_of
from core.sales.amend import accept_amendment, decline_amendment, edit_amendment, request_undo
from core.sales.amend_errors import BelowShipped, KitSettled
from core.sales.amend_lines import LineWish
from core.sales.amend_rules import Change
from core.sales.ask import approve_prices, ask_approval
from core.sales.asked import requests_of
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, change_kit
from core.sales.errors import BelowFloor, KitNotWhole, NotClosable, NothingToAsk, TooMuch
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.kit_amend import KitWish
from core.sales.margins import order_margin
from core.sales.memory import last_prices
from core.sales.models import Progress
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.errors import NotEnoughStock
from core.work.store import Store
from tests.builders import a_kit
from tests.kits import KIT_PRICE, Shop, a_kit_shop, shown
from tests.returns import a_return
from tests.soundness import assert_sound
from tests.traces import refused

REP = Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
TWENTIETH = Decimal("0.05")


@pytest.fixture
def shop(any_store: Store) -> Shop:
    return a_kit_shop(any_store)


def confirmed(shop: Shop, *lines: tuple[int, int]) -> int:
    order = shop.draft(*lines)
    shop.run(confirm_order, order)
    return order


def test_an_amendment_adds_a_kit_as_it_is_entered_and_shows_money_and_stock_before(shop: Shop) -> None:
    entered = shop.card(shop.draft((shop.box, 2)))
    order = confirmed(shop, (shop.mug, 1))
    asked = shop.ask(order, lines=(LineWish(Decimal(2), variant_id=shop.box),))
    (card,) = shop.amendments(order)
    (added,) = card.changed
    assert (added.sku, added.kind, added.difference) == ("BOX", Change.ADDED, 2 * KIT_PRICE)
    assert (card.before.gross, card.after.gross) == (20, 20 + 2 * KIT_PRICE)
    assert [(row.sku, row.change, row.missing) for row in card.stock] == [("MUG", 2, 0), ("TEA", 6, 0)]
    assert shop.promised() == {shop.mug: 1, shop.tea: 0}

    shop.run(accept_amendment, asked, version=1)

    after = shop.card(order)
    assert shown(after) == [("MUG", 1, 20), *shown(entered)]
    assert [(kit.sku, kit.quantity, kit.gross_amount) for kit in after.kits] == [("BOX", 2, 2 * KIT_PRICE)]
    assert [line.kit_id for line in after.lines] == [None, after.kits[0].id, after.kits[0].id]
    assert shop.promised() == {shop.mug: 3, shop.tea: 6}
    assert_sound(shop.store)


def test_an_amendment_changes_number_price_and_discount_of_a_kit_to_the_cent(shop: Shop) -> None:
    order = confirmed(shop, (shop.box, 2), (shop.mug, 1))
    (kit,) = shop.card(order).kits
    before = shown(shop.card(order))
    shop.change(order, KitWish(Decimal(3), kit.id, unit_price=Decimal("36.67"), discount=Decimal("0.05")))
    card = shop.card(order)
    (changed,) = card.kits
    assert (changed.id, changed.quantity, changed.unit_price, changed.discount) == (
        kit.id,
        3,
        Decimal("36.67"),
        Decimal("0.05"),
    )
    assert changed.gross_amount == Decimal("109.96")
    assert shown(card) == [("MUG", 1, 20), ("MUG", 3, Decimal("43.98")), ("TEA", 9, Decimal("65.98"))]
    (done,) = shop.amendments(order)
    assert [(row.sku, row.kind, row.difference) for row in done.changed] == [
        ("BOX", Change.CHANGED, Decimal("109.96") - 2 * KIT_PRICE)
    ]
    with shop.store.working(SYSTEM) as uow:
        uow.session.execute(update(Variant).where(Variant.id == shop.tea).values(retail_price=Decimal(99)))
    undo = shop.run(request_undo, done.id, seen_version=card.version, reason="as it was")
    shop.run(accept_amendment, undo, version=1)
    assert shown(shop.card(order)) == before
    assert_sound(shop.store)


def test_a_kit_that_was_taken_off_comes_back_with_what_it_held(shop: Shop) -> None:
    order = confirmed(shop, (shop.box, 2), (shop.mug, 1))
    before = shop.card(order)
    shop.change(order, KitWish(ZERO, before.kits[0].id))
    assert (shown(shop.card(order)), shop.card(order).kits) == ([("MUG", 1, 20)], ())
    with shop.store.viewing(SYSTEM) as view:
        version = product_card(view, shop.box).version
    shop.run(set_parts, shop.box, [PartEntry(shop.tea, Fraction(1))], version=version)
    (done,) = shop.amendments(order)
    undo = shop.run(request_undo, done.id, seen_version=shop.card(order).version, reason="wanted after all")
    shop.run(accept_amendment, undo, version=1)
    back = shop.card(order)
    assert shown(back) == shown(before)
    assert [(kit.sku, kit.quantity, kit.unit_price) for kit in back.kits] == [("BOX", 2, KIT_PRICE)]
    assert {line.kit_id for line in back.lines if line.line_number > 1} == {back.kits[0].id}
    newest = max(each.id for each in shop.amendments(order))
    again = shop.run(request_undo, newest, seen_version=back.version, reason="no, off with it")
    shop.run(accept_amendment, again, version=1)
    assert (shown(shop.card(order)), shop.card(order).kits) == ([("MUG", 1, 20)], ())
    assert_sound(shop.store)


def test_an_open_amendment_of_kits_is_drawn_up_anew_and_brought_up_to_date(shop: Shop) -> None:
    order = confirmed(shop, (shop.box, 2), (shop.mug, 1))
    (kit,) = shop.card(order).kits
    seen = shop.card(order).version
    asked = shop.ask(order, KitWish(Decimal(4), kit.id), lines=(LineWish(Decimal(1), variant_id=shop.box),))
    shop.run(
        edit_amendment, asked, kits=[KitWish(Decimal(3), kit.id)], lines=[], version=1, seen_version=seen, reason="x"
    )
    (card,) = shop.amendments(order)
    assert [(row.sku, row.change.after and row.change.after.quantity) for row in card.changed] == [("BOX", 3)]
    shop.run(accept_amendment, asked, version=card.version)
    assert [kit.quantity for kit in shop.card(order).kits] == [3]


def test_what_has_left_of_a_kit_and_what_came_back_stay_as_they_were_agreed(shop: Shop) -> None:
    order = confirmed(shop, (shop.box, 2))
    (kit,) = shop.card(order).kits
    mug, tea = (line.id for line in shop.card(order).lines)
    shop.run(ship_order, order, quantities={mug: Decimal(2), tea: Decimal(1)})
    for count, refusal in ((ZERO, Refusals), (Decimal(1), BelowShipped)):
        asked = shop.ask(order, KitWish(count, kit.id), lines=(LineWish(Decimal(1), variant_id=shop.mug),))
        with refused(shop.store, refusal):
            shop.run(accept_amendment, asked, version=1)
        shop.run(decline_amendment, asked, version=1, reason="they are on their way")
    shop.run(ship_order, order)
    a_return(shop.store, order, 0, 1)
    asked = shop.ask(order, KitWish(Decimal(2), kit.id, unit_price=Decimal(41)))
    with refused(shop.store, KitSettled):
        shop.run(accept_amendment, asked, version=1)
    assert_sound(shop.store)


def test_a_kit_short_of_parts_is_refused_when_it_is_accepted(shop: Shop) -> None:
    order = confirmed(shop, (shop.mug, 1))
    asked = shop.ask(order, lines=(LineWish(Decimal(10), variant_id=shop.box),))
    (card,) = shop.amendments(order)
    assert [(row.sku, row.missing) for row in card.stock] == [("MUG", 1), ("TEA", 0)]
    with refused(shop.store, NotEnoughStock):
        shop.run(accept_amendment, asked, version=1)


def a_tea_set(shop: Shop, **fields: object) -> int:
    """A kit without a floor of its own, of a mug (never below 18) and tea."""
    with shop.store.working(SYSTEM) as uow:
        mug, tea = (uow.session.get_one(Variant, each) for each in (shop.mug, shop.tea))
        return a_kit(uow, (mug, 2), (tea, 1), sku="SET", **{"retail_price": 45, **fields}).id


def test_the_floor_of_a_kit_is_that_of_its_parts_together_or_its_own_where_higher(shop: Shop) -> None:
    pair = a_tea_set(shop)
    order = shop.draft((pair, 1), (shop.box, 1))
    for variant, lowest in ((pair, 36), (shop.box, 35)):
        with refused(shop.store, BelowFloor) as refusal:
            shop.store.run(REP, add_line, None, order, LineDraft(variant, Decimal(1), Decimal(lowest) - 1))
        assert refusal.value.facts["lowest"] == lowest
        with shop.store.viewing(SYSTEM) as view:
            assert last_prices(view, shop.customer, variant).lowest == lowest
    confirmed_one = confirmed(shop, (pair, 1))
    (kit,) = shop.card(confirmed_one).kits
    shop.ask(confirmed_one, KitWish(None, kit.id, unit_price=Decimal("35.99")))
    (card,) = shop.amendments(
        confirmed_one, Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
    )
    assert [(problem.facts["sku"], problem.facts["lowest"]) for problem in card.problems] == [("SET", 36)]


def test_a_lower_price_of_a_kit_is_asked_for_approved_and_used_once(shop: Shop) -> None:
    pair = a_tea_set(shop)
    order = shop.draft((pair, 1), (shop.mug, 1))
    (kit,) = shop.card(order).kits
    with refused(shop.store, NothingToAsk):
        shop.run(ask_approval, order, kind=ApprovalKind.PRICE, reason="fair", kit_prices={kit.id: Decimal(36)})
    facts = {"kind": ApprovalKind.PRICE, "reason": "trade fair", "kit_prices": {kit.id: Decimal("33.33")}}
    asked = shop.store.run(REP, ask_approval, None, order, **facts)
    with shop.store.viewing(SYSTEM) as view:
        (request,) = requests_of(view, order)
    assert [(wish.sku, wish.price, wish.before, wish.lowest) for wish in request.wishes] == [
        ("SET", Decimal("33.33"), 45, 36)
    ]
    shop.run(approve_prices, asked)
    card = shop.card(order)
    assert (card.kits[0].unit_price, card.kits[0].gross_amount) == (Decimal("33.33"), Decimal("33.33"))
    assert sum(line.gross_amount for line in card.lines if line.kit_id) == Decimal("33.33")
    shop.store.run(REP, change_kit, None, order, kit.id, quantity=Decimal(2), unit_price=Decimal("33.33"))
    with refused(shop.store, BelowFloor):
        shop.store.run(REP, change_kit, None, order, kit.id, quantity=Decimal(2), unit_price=Decimal("33.32"))
    shop.run(confirm_order, order)
    with shop.store.viewing(SYSTEM) as view:
        (request,) = requests_of(view, order)
        margin = order_margin(view, shop.card(order))
    assert request.used_at is not None
    assert margin is not None
    parts = [margin.lines[line.id].amount for line in shop.card(order).lines if line.kit_id]
    assert (margin.kits[kit.id].light, margin.kits[kit.id].amount) == (Light.GREEN, sum(filter(None, parts)))
    assert_sound(shop.store)


def test_a_kit_is_closed_in_whole_kits_within_its_tolerance(shop: Shop) -> None:
    shop.run(set_fulfilment_rule, under_share=Decimal("0.5"), over_share=ZERO)
    order = confirmed(shop, (shop.box, 4))
    mug, tea = (line.id for line in shop.card(order).lines)
    with shop.store.viewing(SYSTEM) as view:
        rooms = rooms_of(view, order, shop.customer)
    assert [(rooms[each].may_stay, rooms[each].may_leave) for each in (mug, tea)] == [(2, 4), (6, 12)]
    for mugs, teas in ((3, 8), (2, 12), (3, 12)):
        with refused(shop.store, KitNotWhole):
            shop.run(ship_order, order, quantities={mug: Decimal(mugs), tea: Decimal(teas)}, closing=[mug, tea])
    with refused(shop.store, NotClosable) as refusal:
        shop.run(ship_order, order, quantities={mug: Decimal(1), tea: Decimal(3)}, closing=[mug])
    assert (refusal.value.facts["sku"], refusal.value.facts["left"], refusal.value.facts["allowed"]) == ("BOX", 3, 2)

    shipment = shop.run(ship_order, order, quantities={mug: Decimal(3), tea: Decimal(9)}, closing=[mug, tea])

    card = shop.card(order)
    assert (card.kits[0].quantity, card.kits[0].gross_amount, card.gross_amount) == (3, 3 * KIT_PRICE, 3 * KIT_PRICE)
    assert (card.shipment, shop.promised()) == (Progress.FULL, {shop.mug: 0, shop.tea: 0})
    assert_sound(shop.store)

    shop.run(undo_shipment, shipment, reason="the lorry came back")
    card = shop.card(order)
    assert (card.kits[0].quantity, card.gross_amount) == (4, 4 * KIT_PRICE)
    assert shop.promised() == {shop.mug: 4, shop.tea: 12}
    assert_sound(shop.store)


def test_more_kits_than_ordered_leave_whole_and_are_billed_as_kits(shop: Shop) -> None:
    shop.run(set_fulfilment_rule, under_share=ZERO, over_share=Decimal("0.25"))
    order = confirmed(shop, (shop.box, 4))
    mug, tea = (line.id for line in shop.card(order).lines)
    with refused(shop.store, KitNotWhole):
        shop.run(ship_order, order, quantities={mug: Decimal(5), tea: Decimal(12)})
    with refused(shop.store, TooMuch) as refusal:
        shop.run(ship_order, order, quantities={mug: Decimal(6), tea: Decimal(18)})
    assert (refusal.value.facts["sku"], refusal.value.facts["allowed"], refusal.value.facts["asked"]) == ("BOX", 5, 6)
    shop.run(ship_order, order, quantities={mug: Decimal(5), tea: Decimal(15)})
    card = shop.card(order)
    assert (card.kits[0].quantity, card.gross_amount) == (5, 5 * KIT_PRICE)
    assert_sound(shop.store)


def test_a_kit_not_closed_leaves_in_parts_and_owes_the_rest(shop: Shop) -> None:
    shop.run(set_fulfilment_rule, under_share=Decimal("0.5"), over_share=ZERO)
    order = confirmed(shop, (shop.box, 2))
    mug, tea = (line.id for line in shop.card(order).lines)
    shop.run(ship_order, order, quantities={mug: Decimal(1), tea: Decimal(6)})
    card = shop.card(order)
    assert (card.shipment, card.kits[0].quantity) == (Progress.PARTIAL, 2)
    assert shop.promised() == {shop.mug: 1, shop.tea: 0}
