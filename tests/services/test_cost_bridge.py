"""Where a change of cost goes: to goods on hand, to goods sold, elsewhere; to the cent."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.exact import round_to
from core.catalog.service import get_variant
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, revalue_stock
from core.stock.costs.effects import Bridge
from core.stock.costs.errors import NeverMoved
from core.stock.costs.methods import set_cost_method
from core.stock.costs.previews import preview_landed_cost, preview_receipt_price, preview_revaluation
from core.stock.costs.rules.events import Method
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import adjust_stock, issue_goods, receive_goods, scrap_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product, a_sale, a_warehouse
from tests.examples import drawn
from tests.traces import everything


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shop:
    """Ten mugs at 10, of which four were sold, one scrapped and one given away."""

    def __init__(self, uow: UnitOfWork, method: Method = Method.AVERAGE) -> None:
        self.uow = uow
        if method is not Method.AVERAGE:
            set_cost_method(uow, method=method)
        self.house, self.mug = a_warehouse(uow), a_product(uow).id
        receipt = receive_goods(uow, warehouse_id=self.house, lines=[self.line(10, unit_cost=d(10))])
        moves = uow.session.query(StockMove.id).filter_by(origin_type="stock_document", origin_id=receipt)
        self.move = moves.scalar()
        ship_order(uow, a_sale(uow, self.house, [(get_variant(uow, self.mug), 4)]))
        scrap_goods(uow, warehouse_id=self.house, lines=[self.line(1)], reason="broken")
        issue_goods(uow, warehouse_id=self.house, lines=[self.line(1)], reason="sample")

    def line(self, quantity: int, **more) -> Line:
        return Line(self.mug, d(quantity), **more)


def test_a_landed_cost_goes_where_the_goods_went(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = Shop(uow)
        effect = preview_landed_cost(uow, amount=d(20), move_ids=[shop.move])
        assert effect.bridge == Bridge(d(100), d(8), d(8), d(4))
        assert effect.bridge.after == 120
        add_landed_cost(uow, amount=d(20), move_ids=[shop.move], reason="freight")
        again = preview_receipt_price(uow, shop.move, unit_cost=d(9)).bridge
        assert again == Bridge(d(120), d(-4), d(-4), d(-2))


def test_goods_found_at_the_new_cost_are_taken_off_elsewhere(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = Shop(uow)
        adjust_stock(uow, warehouse_id=shop.house, counted=[shop.line(6)], reason="count")
        bridge = preview_landed_cost(uow, amount=d(20), move_ids=[shop.move]).bridge
    assert bridge == Bridge(d(100), d(12), d(8), d(0))


def test_a_revaluation_begins_with_what_is_on_hand(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = Shop(uow)
        assert preview_revaluation(uow, shop.mug, unit_cost=d(12)).bridge == Bridge(d(40), d(8), d(0), d(0))


def test_goods_that_never_moved_are_not_revalued_and_it_says_why(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        new = a_product(uow, sku="NEW", name="Jug").id
    before = everything(any_store)
    with pytest.raises(NeverMoved) as refusal:
        any_store.run(SYSTEM, revalue_stock, None, new, unit_cost=d(5), reason="market")
    assert refusal.value.facts == {"sku": "NEW", "name": "Jug"}
    with any_store.viewing(SYSTEM) as view, pytest.raises(NeverMoved):
        preview_revaluation(view, new, unit_cost=d(5))
    assert everything(any_store) == before


@settings(max_examples=drawn(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(-9_999, 999_999).filter(bool),
    st.sampled_from(list(Method)),
    st.integers(1, 7),
)
def test_a_bridge_adds_up_to_the_cent(store: Store, fraction: int, method: Method, count: int) -> None:
    amount = Decimal(fraction) / 10_000
    with store.working(SYSTEM) as uow:
        code = f"H{uow.session.query(StockMove).count()}"
        house = a_warehouse(uow, code)
        mug = a_product(uow).id
        receipt = receive_goods(uow, warehouse_id=house, lines=[Line(mug, d(7), unit_cost=Decimal("3.3333"))])
        move = uow.session.query(StockMove.id).filter_by(origin_type="stock_document", origin_id=receipt).scalar()
        ship_order(uow, a_sale(uow, house, [(get_variant(uow, mug), count)]))
        bridge = preview_landed_cost(uow, amount=amount, move_ids=[move]).bridge
    assert bridge is not None
    parts = (bridge.on_hand, bridge.sold, bridge.elsewhere)
    assert all(part == round_to(part) for part in (bridge.before, *parts))
    assert (
        bridge.before + sum(parts)
        == bridge.after
        == (Decimal("23.3331") + amount).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    )
