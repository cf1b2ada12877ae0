"""Answers are remembered until something changes that they were read from, and no longer."""

from decimal import Decimal

from core.analytics.customers.ahead import work_ahead, worked_ahead
from core.analytics.customers.overdue import overdue
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.catalog.models import Product
from core.security.actor import SYSTEM
from core.stock.ledger import Line
from core.stock.service import scrap_goods
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods

STOCK = Ask(("on_hand",), ("product",))
SALES = Ask(("net_sales",), ("product",))


def rows(mirror: Mirror, ask: Ask) -> tuple[tuple[object, ...], ...]:
    mirror.refresh_now()
    return answer(mirror, SYSTEM, ask).rows


def test_what_is_in_stock_is_not_asked_anew_for_an_order_nor_sales_for_goods_that_are_lost(
    store: Store, mirror: Mirror
) -> None:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 10, name="Tea", retail_price=5)
    there, sold = rows(mirror, STOCK), rows(mirror, SALES)
    assert (there, sold) == ((("Tea", Decimal(10)),), ())

    with store.working(SYSTEM) as uow:
        a_sale(uow, home, [(tea, 2)])

    assert rows(mirror, STOCK) is there
    sold = rows(mirror, SALES)
    assert sold == (("Tea", Decimal(10)),)

    with store.working(SYSTEM) as uow:
        scrap_goods(uow, warehouse_id=home, lines=[Line(tea.id, Decimal(1))], reason="broken")

    assert rows(mirror, STOCK) == (("Tea", Decimal(9)),)
    assert rows(mirror, SALES) is sold


def test_goods_that_are_called_otherwise_are_asked_anew_everywhere(store: Store, mirror: Mirror) -> None:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 10, name="Tea", retail_price=5)
        a_sale(uow, home, [(tea, 2)])
    before = rows(mirror, STOCK), rows(mirror, SALES)
    assert [found[0][0] for found in before] == ["Tea", "Tea"]

    with store.working(SYSTEM) as uow:
        uow.session.get_one(Product, tea.product_id).name = "Green tea"
        uow.audit("test.renamed", None)

    assert [rows(mirror, ask)[0][0] for ask in (STOCK, SALES)] == ["Green tea", "Green tea"]


def test_the_figures_of_the_day_are_ready_before_anybody_asks_also_where_data_cannot_tell(
    store: Store, mirror: Mirror
) -> None:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        a_sale(uow, home, [(goods(uow, home, 10, retail_price=5), 2)])
    mirror.refresh_now()

    with worked_ahead(mirror):
        work_ahead(mirror)

    found = overdue(mirror, SYSTEM)
    work_ahead(mirror)
    assert overdue(mirror, SYSTEM) is found
