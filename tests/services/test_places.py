"""Places of a warehouse, and going below nothing where a rule lets it."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core.base.errors import InvalidInput, Refusals
from core.ops.registry import find_differences
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.stock.ledger import Line, storage_of
from core.stock.models import LocationKind, StockLevel
from core.stock.negative import rule_that_counts, set_negative_rule
from core.stock.queries import stock_levels
from core.stock.service import issue_goods, receive_goods
from core.stock.tree import PlaceHoldsGoods, PlaceIsDefault, add_place, carry_goods, places, put_by_default
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.traces import everything


def test_goods_are_found_wherever_they_lie_in_a_warehouse(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10)
        zone = add_place(uow, warehouse_id=house, name="Zone A", code="A")
        shelf = add_place(uow, warehouse_id=house, name="Shelf 1", code="A-1", parent_id=zone)
        carry_goods(uow, from_id=storage_of(uow, house), to_id=shelf, lines=[Line(mug.id, Decimal(4))])
        tree = [(row.code, row.depth, row.on_hand) for row in places(uow, house)]
        assert tree == [("", 0, 6), ("A", 0, 0), ("A-1", 1, 4)]
        ship_order(uow, a_sale(uow, house, [(mug, 9)]))
        issue_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(1))], reason="sample")
        assert stock_levels(uow)[0].on_hand == 0
        assert find_differences(uow) == []


def test_goods_that_are_not_in_storage_are_unavailable(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10)
        second = add_place(uow, warehouse_id=house, name="Seconds", kind=LocationKind.SECOND_QUALITY)
        carry_goods(uow, from_id=storage_of(uow, house), to_id=second, lines=[Line(mug.id, Decimal(4))])
        (row,) = stock_levels(uow)
        assert (row.on_hand, row.unavailable, row.available) == (10, 4, 6)
        assert find_differences(uow) == []
    before = everything(any_store)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(mug, 7)])
    assert everything(any_store) == before


def test_goods_lie_at_the_leaves_of_the_tree(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house, other = a_warehouse(uow), a_warehouse(uow, "EAST")
        mug = goods(uow, house, 10)
        shelf = add_place(uow, warehouse_id=house, name="Shelf", code="S")
        default = storage_of(uow, house)
        carry_goods(uow, from_id=default, to_id=shelf, lines=[Line(mug.id, Decimal(1))])
    before = everything(any_store)
    for refusal, facts in (
        (PlaceHoldsGoods, {"warehouse_id": house, "name": "Bin", "parent_id": shelf}),
        (PlaceIsDefault, {"warehouse_id": house, "name": "Bin", "parent_id": default}),
        (InvalidInput, {"warehouse_id": house, "name": "Bin", "code": "S"}),
        (InvalidInput, {"warehouse_id": other, "name": "Bin", "parent_id": shelf}),
        (InvalidInput, {"warehouse_id": house, "name": "Bin", "kind": LocationKind.SUPPLIER}),
    ):
        with pytest.raises(refusal), any_store.working(SYSTEM) as uow:
            add_place(uow, **facts)  # type: ignore[arg-type]
        assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        put_by_default(uow, shelf)
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(5))])
        assert {row.id: row.on_hand for row in places(uow, house)} == {shelf: 6, default: 9}


def test_the_rule_that_says_most_counts() -> None:
    rules = {(None, None, None): True, (None, None, 7): False, (None, 3, None): True, (1, None, None): False}
    assert rule_that_counts(2, [9], 8, rules)
    assert not rule_that_counts(2, [9], 7, rules)
    assert rule_that_counts(2, [5, 3], 7, rules)
    assert not rule_that_counts(1, [5, 3], 7, rules)
    assert not rule_that_counts(1, [], 1, {})


def test_more_is_shipped_than_there_is_only_where_a_rule_lets_it(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug, cup = goods(uow, house, 2), goods(uow, house, 2)
        set_negative_rule(uow, allowed=True, product_id=mug.product_id)
    before = everything(any_store)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(mug, 5), (cup, 3)])
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, house, [(mug, 5), (cup, 2)]))
        assert {row.sku: row.on_hand for row in stock_levels(uow)} == {mug.sku: -3, cup.sku: 0}
        set_negative_rule(uow, allowed=False, product_id=mug.product_id)
        assert find_differences(uow) == []
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(mug, 1)])
    with any_store.working(SYSTEM) as uow:
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(4))])
        assert not uow.session.scalars(select(StockLevel).where(StockLevel.may_go_below)).all()
        assert find_differences(uow) == []
    with pytest.raises(IntegrityError), any_store.engine.begin() as connection:
        connection.execute(text("UPDATE stock_level SET reserved = on_hand + 1"))


def test_every_short_line_is_named_at_once(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug, cup, plate = (a_product(uow) for _ in range(3))
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(1)), Line(cup.id, Decimal(5))])
    with pytest.raises(Refusals) as refused, any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(mug, 2), (cup, 3), (plate, 1)])
    assert [problem.facts["sku"] for problem in refused.value.problems] == sorted([mug.sku, plate.sku])


def test_two_lines_of_one_product_that_exceed_it_together_are_refused(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 5)
    with pytest.raises(NotEnoughStock) as refused, any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(mug, 3), (mug, 3)])
    assert (refused.value.facts["available"], refused.value.facts["asked"]) == (5, 6)
