"""Margins of orders: lights for sellers, numbers for who may see costs; thresholds by category, floors by role."""

from dataclasses import asdict
from decimal import Decimal

from core.catalog.categories import add_category
from core.pricing.limits import margin_rules, price_floors, set_margin_rule, set_price_floor
from core.pricing.rules.margins import Light, Thresholds
from core.sales.draft import LineDraft, add_line
from core.sales.errors import BelowFloor
from core.sales.margins import MarginCard, MarginRow, order_margin
from core.sales.queries import order_card
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_draft, a_product, a_warehouse
from tests.traces import refused

D = Decimal


def somebody(*roles: Role) -> Actor:
    return Actor(None, "somebody", frozenset(roles), permissions_of(frozenset(roles)))


def margin(store: Store, order: int, *roles: Role) -> MarginCard | None:
    with store.viewing(somebody(*roles) if roles else SYSTEM) as view:
        return order_margin(view, order_card(view, order))


def a_shop(store: Store) -> tuple[int, int]:
    """A draft with a mug for 10 that costs 6, tea for 10 that costs 9.50, and a service; and the tea's category."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        tea = add_category(uow, "Tea")
        mug = a_product(uow, sku="MUG", purchase_price=D(99), tax_rate=D(0))
        leaf = a_product(uow, sku="LEAF", purchase_price=D("9.5"), category_id=tea)
        work = a_product(uow, sku="WORK")
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, D(10), unit_cost=D(6))])
        return a_draft(uow, house, [(mug, 2), (leaf, 1), (work, 1)]), tea


def test_who_may_see_costs_sees_the_number_and_who_sells_only_the_light(any_store: Store) -> None:
    order, _ = a_shop(any_store)
    seen = margin(any_store, order)
    assert seen is not None
    assert list(seen.lines.values()) == [
        MarginRow(Light.GREEN, D(8), D("0.4"), 0),
        MarginRow(Light.AMBER, D("0.5"), D("0.05"), 0),
        MarginRow(Light.UNKNOWN, None, None, 1),
    ]
    assert seen.order == MarginRow(Light.GREEN, D("8.5"), D("0.2833"), 1)

    sold = margin(any_store, order, Role.SALES)
    assert sold is not None
    assert [row.light for row in sold.lines.values()] == [Light.GREEN, Light.AMBER, Light.UNKNOWN]
    assert {(row.amount, row.share) for row in (sold.order, *sold.lines.values())} == {(None, None)}
    assert "8.5" not in str(asdict(sold))
    assert margin(any_store, order, Role.WAREHOUSE) is None


def test_thresholds_are_those_of_the_category_until_they_are_taken_back(any_store: Store) -> None:
    order, tea = a_shop(any_store)
    any_store.run(SYSTEM, set_margin_rule, None, category_id=tea, thresholds=Thresholds(D("0.05"), D("0.01")))
    any_store.run(SYSTEM, set_margin_rule, None, thresholds=Thresholds(D("0.5"), D("0.4")))
    card = margin(any_store, order)
    assert card is not None
    assert [row.light for row in card.lines.values()] == [Light.AMBER, Light.GREEN, Light.UNKNOWN]
    assert card.order.light == Light.AMBER

    any_store.run(SYSTEM, set_margin_rule, None, category_id=tea, thresholds=None)
    with any_store.viewing(SYSTEM) as view:
        assert [(row.category_id, row.thresholds.green) for row in margin_rules(view)] == [(None, D("0.5"))]
    card = margin(any_store, order)
    assert card is not None
    assert [row.light for row in card.lines.values()] == [Light.AMBER, Light.RED, Light.UNKNOWN]


def test_a_role_may_go_as_far_below_the_lowest_price_as_its_floor_says(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = a_product(uow, sku="MUG", lowest_price=D(9))
        order = a_draft(uow, house, [])
    seller = somebody(Role.SALES)
    with refused(any_store, BelowFloor):
        any_store.run(seller, add_line, None, order, LineDraft(mug.id, D(1), D("8.55")))
    any_store.run(SYSTEM, set_price_floor, None, Role.SALES, D("0.05"))
    any_store.run(seller, add_line, None, order, LineDraft(mug.id, D(1), D("8.55")))
    with refused(any_store, BelowFloor) as refusal:
        any_store.run(seller, add_line, None, order, LineDraft(mug.id, D(1), D("8.5499")))
    assert refusal.value.facts["lowest"] == D("8.55")
    with any_store.viewing(SYSTEM) as view:
        assert price_floors(view) == {Role.SALES: D("0.05")}
    any_store.run(SYSTEM, set_price_floor, None, Role.SALES, D(0))
    with any_store.viewing(SYSTEM) as view:
        assert price_floors(view) == {}
