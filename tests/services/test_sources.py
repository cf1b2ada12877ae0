"""Where an order's goods come from when other warehouses help, and why from there."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event

from core.base.clock import FixedClock
from core.base.towns import Distance, Same
from core.catalog.service import get_variant
from core.sales.confirm import confirm_order
from core.sales.fulfilment import allot_what_arrived, set_fulfilment_rule
from core.sales.ship import ship_order, undo_shipment
from core.sales.sources import ChoiceCard, LookedRow, NearnessCard, order_sources
from core.security.actor import SYSTEM
from core.stock.allocation import Because, Decided
from core.stock.ledger import Line
from core.stock.service import edit_warehouse, receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_draft, a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.services.test_lots import a_lot, a_tracked, in_days

OWN, NEAR, FAR = "OWN warehouse", "NEAR warehouse", "FAR warehouse"


def rows(uow: UnitOfWork, order: int) -> list[tuple[str, Decimal, str, bool, bool]]:
    found = order_sources(uow, order)
    assert found is not None
    return [(row.sku, row.quantity, row.warehouse, row.is_own, row.is_shipped) for row in found.rows]


def test_an_order_says_where_each_line_comes_from_and_what_else_was_looked_at(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        own, near, far = (a_warehouse(uow, code) for code in ("OWN", "NEAR", "FAR"))
        mug, cup = goods(uow, own, 5, sku="MUG"), goods(uow, near, 5, sku="CUP")
        receive_goods(uow, warehouse_id=far, lines=[Line(mug.id, Decimal(9)), Line(cup.id, Decimal(9))])
        alone = a_sale(uow, own, [(mug, 1)])
        assert order_sources(uow, alone) is None
        set_fulfilment_rule(uow, other_warehouses=True)
        order = a_sale(uow, own, [(mug, 5), (cup, 5)])
        assert rows(uow, order) == [("MUG", 5, FAR, False, False), ("CUP", 5, FAR, False, False)]
        (choice,) = order_sources(uow, order).choices  # type: ignore[union-attr]
        assert choice == ChoiceCard(
            made_at=NOON,
            asked=(("MUG", Decimal(5)), ("CUP", Decimal(5))),
            chosen=(FAR,),
            because=Because.ONE,
            looked=(LookedRow((OWN,), (("MUG", Decimal(1)), ("CUP", Decimal(5)))),),
            more=0,
            as_few=(),
        )
        shipment = ship_order(uow, order)
        assert rows(uow, order) == [("MUG", 5, FAR, False, True), ("CUP", 5, FAR, False, True)]
        undo_shipment(uow, shipment, reason="wrong van")
        assert rows(uow, order) == [("MUG", 5, FAR, False, False), ("CUP", 5, FAR, False, False)]


def test_goods_that_arrive_later_are_explained_too(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        own, near = (a_warehouse(uow, code) for code in ("OWN", "NEAR"))
        milk = a_tracked(uow)
        a_lot(uow, near, milk, "SOON", 2, 5)
        a_lot(uow, own, milk, "LATE", 2, 90)
        set_fulfilment_rule(uow, other_warehouses=True, back_orders=True)
        order = a_sale(uow, own, [(get_variant(uow, milk), 6)])
        found = order_sources(uow, order)
        assert found is not None
        assert [(row.lot, row.expiry_on, row.quantity) for row in found.rows] == [
            ("SOON", in_days(5), 2),
            ("LATE", in_days(90), 2),
        ]
        assert [choice.because for choice in found.choices] == [Because.NOT_ENOUGH]
    clock.moment = NOON + timedelta(hours=1)
    with any_store.working(SYSTEM) as uow:
        allot_what_arrived(uow)
        a_lot(uow, near, milk, "NEW", 9, 30)
        allot_what_arrived(uow)
        found = order_sources(uow, order)
        assert found is not None
        assert [(row.lot, row.warehouse, row.quantity) for row in found.rows][1] == ("NEW", NEAR, 2)
        assert [(each.because, each.chosen) for each in found.choices] == [
            (Because.ONE, (NEAR,)),
            (Because.NOT_ENOUGH, ()),
        ]


def test_of_as_few_parcels_the_nearest_warehouse_helps_and_says_how_far_it_is(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        own, near, far = (a_warehouse(uow, code) for code in ("OWN", "NEAR", "FAR"))
        edit_warehouse(uow, near, code="NEAR", name=NEAR, is_active=True, province="广东", city="广州")
        edit_warehouse(uow, far, code="FAR", name=FAR, is_active=True, city="Chengdu", province="Sichuan")
        mug = goods(uow, far, 9)
        receive_goods(uow, warehouse_id=near, lines=[Line(mug.id, Decimal(5))])
        set_fulfilment_rule(uow, other_warehouses=True)
        order = a_sale(uow, own, [(mug, 2)], region="深圳")
        assert [(row[1], row[2]) for row in rows(uow, order)] == [(2, NEAR)]
        (choice,) = order_sources(uow, order).choices  # type: ignore[union-attr]
        assert (choice.decided, choice.as_few) == (Decided.NEAREST, (LookedRow((FAR,)),))
        assert choice.nearness == NearnessCard(
            "深圳", "Shenzhen", ((NEAR, Distance(105, Same.PROVINCE)), (FAR, Distance(1342, Same.NOTHING)))
        )
        west = a_sale(uow, own, [(mug, 2)], region="四川")
        assert [(row[1], row[2]) for row in rows(uow, west)] == [(2, FAR)]


def test_the_nearest_is_not_asked_for_where_an_address_is_not_known(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        own, near, far = (a_warehouse(uow, code) for code in ("OWN", "NEAR", "FAR"))
        edit_warehouse(uow, near, code="NEAR", name=NEAR, is_active=True, city="广州")
        mug = goods(uow, far, 9)
        receive_goods(uow, warehouse_id=near, lines=[Line(mug.id, Decimal(5))])
        set_fulfilment_rule(uow, other_warehouses=True)
        order = a_sale(uow, own, [(mug, 2)], region="深圳")
        (choice,) = order_sources(uow, order).choices  # type: ignore[union-attr]
        assert (choice.decided, choice.chosen) == (Decided.MOST, (NEAR,))
        assert choice.nearness == NearnessCard("深圳", "Shenzhen", ((NEAR, Distance(105, Same.PROVINCE)), (FAR, None)))
        nowhere = a_sale(uow, own, [(mug, 2)], region="East")
        (choice,) = order_sources(uow, nowhere).choices  # type: ignore[union-attr]
        assert choice.nearness == NearnessCard("", "", ((NEAR, None), (FAR, None)))


def test_where_goods_go_is_not_read_while_the_own_warehouse_has_everything(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        own, other = (a_warehouse(uow, code) for code in ("OWN", "NEAR"))
        mug = goods(uow, own, 9)
        receive_goods(uow, warehouse_id=other, lines=[Line(mug.id, Decimal(9))])
        set_fulfilment_rule(uow, other_warehouses=True)
        draft = a_draft(uow, own, [(mug, 2)])
        said: list[str] = []
        event.listen(uow.session.connection(), "before_cursor_execute", lambda *facts: said.append(facts[2]))
        confirm_order(uow, draft)
        assert [each for each in said if "address" in each or "warehouse.province" in each] == []
