"""On the screens of transfers and orders: the lots that are named leave, and where goods come from is told."""

from decimal import Decimal

import pytest

from core.catalog.service import get_variant
from core.sales.fulfilment import set_fulfilment_rule
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line, LotEntry
from core.stock.lot_queries import lots_on_hand
from core.stock.models import Lot
from core.stock.transfers.service import request_transfer
from core.work.store import Store
from tests.builders import a_sale, a_warehouse
from tests.pages.app import open_app, visit
from tests.services.test_lots import a_lot, a_tracked


class Shop:
    """Five of SOON and five of LATE in the East."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.east, self.west = a_warehouse(uow, "EAST"), a_warehouse(uow, "WEST")
            self.milk = a_tracked(uow)
            self.sku = get_variant(uow, self.milk).sku
            a_lot(uow, self.east, self.milk, "SOON", 5, 5)
            a_lot(uow, self.east, self.milk, "LATE", 5, 90)

    def lots_in(self, warehouse: str) -> dict[str, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            found = lots_on_hand(view, variant_ids=[self.milk])
            return {row.number: row.on_hand for row in found if row.warehouse.startswith(warehouse) and row.on_hand}


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def test_the_lot_that_was_asked_for_is_shown_and_leaves(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        lines = [Line(shop.milk, Decimal(2), lot=LotEntry("LATE"))]
        made = request_transfer(uow, source_id=shop.east, target_id=shop.west, lines=lines)
    app = visit(open_app(shop.store, Role.WAREHOUSE), "stock/transfer", id=str(made))
    assert not app.exception
    assert any("LATE × 2" in each.value for each in app.caption)
    next(each for each in app.button if str(each.key).endswith("requested.save")).click().run()
    assert not app.exception
    assert (shop.lots_in("EAST"), shop.lots_in("WEST")) == ({"SOON": 5, "LATE": 3}, {"LATE": 2})


def test_a_lot_is_typed_behind_its_line_and_an_unknown_one_is_refused(shop: Shop) -> None:
    app = open_app(shop.store, Role.WAREHOUSE, "stock/transfers")
    app.text_area(key="transfers.lines").set_value(f"{shop.sku} 1 #TYPO")
    app.button(key="transfers.at_once").click().run()
    assert ["TYPO" in each.value for each in app.error] == [True]
    with shop.store.viewing(SYSTEM) as view:
        assert view.session.query(Lot).count() == 2
    app.text_area(key="transfers.lines").set_value(f"{shop.sku} 2 #LATE")
    app.button(key="transfers.at_once").click().run()
    assert not app.exception
    assert shop.lots_in("WEST") == {"LATE": 2}


def test_an_order_tells_why_its_goods_come_from_there(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        alone = a_sale(uow, shop.east, [(get_variant(uow, shop.milk), 1)])
        set_fulfilment_rule(uow, other_warehouses=True)
        helped = a_sale(uow, shop.west, [(get_variant(uow, shop.milk), 6)])
    app = visit(open_app(shop.store, Role.SALES), "sales/order", id=str(helped))
    assert not app.exception
    said = "\n".join(each.value for each in app.markdown)
    assert "another warehouse helps" in said
    assert "EAST warehouse has everything: one parcel" in said
    app = visit(app, "sales/order", id=str(alone))
    assert "another warehouse helps" not in "\n".join(each.value for each in app.markdown)
