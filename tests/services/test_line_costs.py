"""What the goods of an order cost is frozen when it is confirmed, and follows what amendments change."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.models import OrderLine, SalesOrder
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.costs.adjust import add_landed_cost
from core.stock.ledger import Line
from core.stock.models import SUPPLIER, StockMove
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.returns import REASON

FIGURES = ("net_sales", "cost", "margin", "margin_rate", "uncosted_share")


def costs(store: Store, order: int) -> list[Decimal | None]:
    with store.viewing(SYSTEM) as view:
        return list(
            view.session.scalars(
                select(OrderLine.unit_cost).where(OrderLine.order_id == order).order_by(OrderLine.line_number)
            )
        )


def receive(store: Store, house: int, variant: int, quantity: int, price: str) -> None:
    line = Line(variant, Decimal(quantity), unit_cost=Decimal(price))
    store.run(SYSTEM, receive_goods, None, warehouse_id=house, lines=[line])


def test_what_goods_cost_is_frozen_with_the_order_and_shown_to_who_may_see_it(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        known, unknown = goods(uow, house, 50, purchase_price=Decimal("6.1234")), goods(uow, house, 50)
        order = a_sale(uow, house, [(known, 3), (unknown, 1)])
    receive(any_store, house, known.id, 50, "9")
    assert costs(any_store, order) == [Decimal("6.12340000"), None]

    with Mirror(any_store, "test") as mirror:
        mirror.refresh_now()
        found = answer(mirror, SYSTEM, Ask(FIGURES))
        assert found.totals == (40, Decimal("18.37"), Decimal("11.63"), Decimal("0.3877"), Decimal("0.2500"))
        roles = frozenset({Role.SALES})
        seller = Actor(1, "seller", roles, permissions_of(roles))
        assert answer(mirror, seller, Ask(("net_sales",))).totals == (40,)
        for name in FIGURES[1:]:
            with pytest.raises(NotAllowed):
                answer(mirror, seller, Ask((name,)))


def test_lines_that_an_amendment_adds_or_changes_cost_what_they_cost_today(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        kept, grown, new = (goods(uow, house, 50, purchase_price=Decimal(5)) for _ in range(3))
        order = a_sale(uow, house, [(kept, 1), (grown, 1)])
    for each in (kept, grown, new):
        receive(any_store, house, each.id, 50, "9")
    with any_store.viewing(SYSTEM) as view:
        seen = view.session.get_one(SalesOrder, order).version
        lines = dict(
            view.session.execute(select(OrderLine.variant_id, OrderLine.id).where(OrderLine.order_id == order)).all()
        )
    wishes = [LineWish(Decimal(2), line_id=lines[grown.id]), LineWish(Decimal(1), variant_id=new.id)]
    amendment = any_store.run(SYSTEM, request_amendment, None, order, lines=wishes, seen_version=seen, reason="more")
    assert costs(any_store, order) == [5, 5]
    any_store.run(SYSTEM, accept_amendment, None, amendment, version=1)
    assert costs(any_store, order) == [5, 7, 7]


def test_margins_follow_what_the_shipped_goods_cost(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug, plain = a_product(uow, retail_price=10), goods(uow, house, 50)
    receive(any_store, house, mug.id, 10, "3")
    with any_store.working(SYSTEM) as uow:
        order = a_sale(uow, house, [(mug, 4)])
        open_order = a_sale(uow, house, [(mug, 1)], channel="Market")
        unknown = a_sale(uow, house, [(plain, 1)], channel="Stall")
    assert (costs(any_store, order), costs(any_store, unknown)) == ([3], [None])

    def seen(channel: str) -> tuple[Decimal | None, ...]:
        mirror.refresh_now()
        return answer(mirror, SYSTEM, Ask(("net_sales", "cost", "margin"), where={"channel": (channel,)})).totals

    with Mirror(any_store, "test") as mirror:
        assert seen("Shop") == (40, 12, 28)
        any_store.run(SYSTEM, ship_order, None, order)
        any_store.run(SYSTEM, ship_order, None, unknown)
        with any_store.viewing(SYSTEM) as view:
            arrival = list(
                view.session.scalars(
                    select(StockMove.id).where(StockMove.source_id == SUPPLIER, StockMove.variant_id == mug.id)
                )
            )
        freight = any_store.run(SYSTEM, add_landed_cost, None, amount=Decimal(20), move_ids=arrival, reason="freight")
        assert freight
        assert (seen("Shop"), seen("Market"), seen("Stall")) == ((40, 20, 20), (10, 3, 7), (10, 0, 0))

        with any_store.viewing(SYSTEM) as view:
            line = view.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order)).one()
        back = any_store.run(SYSTEM, request_return, None, order, reason=REASON, lines=[LineBack(line, Decimal(1))])
        any_store.run(SYSTEM, receive_return, None, back)
        assert seen("Shop") == (30, 15, 15)
        any_store.run(SYSTEM, undo_receipt, None, back, reason="not ours")
        assert seen("Shop") == (40, 20, 20)
        shipment = any_store.run(SYSTEM, ship_order, None, open_order)
        assert seen("Market") == (10, 5, 5)
        any_store.run(SYSTEM, undo_shipment, None, shipment, reason="mistake")
        assert seen("Market") == (10, 3, 7)
        assert (mirror.generation, mirror.check()) == (1, [])
