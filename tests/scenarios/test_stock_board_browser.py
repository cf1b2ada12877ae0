"""What a hand does on the board of stock: pick a class, look at what it is made of, down to the documents."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.catalog.categories import ensure_categories
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.moves import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import expect_rest, figure, panel, sign_in, visiting

CELL = """(chart, [row, column]) => {
    const { xaxis, yaxis } = chart._fullLayout
    const box = chart.getBoundingClientRect()
    return [box.left + xaxis._offset + xaxis.d2p(column), box.top + yaxis._offset + yaxis.d2p(row)]
}"""


@pytest.fixture
def address(sqlite_settings: Settings) -> Iterator[str]:
    """A shop with 40 tea at 10 and 50 cups at 8 left; two months ago tea earned 1,200 and cups 10 at their sale."""
    clock = FixedClock(datetime.now(UTC) - timedelta(days=62))
    store = Store(sqlite_settings, clock)
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        categories = ensure_categories(uow, [("Tea",), ("Cups",)])
        tea = a_product(uow, name="Oolong", category_id=categories[("Tea",)], retail_price=30)
        cup = a_product(uow, name="Cup", category_id=categories[("Cups",)], retail_price=18)
        lines = [
            Line(each.id, Decimal(count), unit_cost=Decimal(cost))
            for each, count, cost in ((tea, 100, 10), (cup, 51, 8))
        ]
        receive_goods(uow, warehouse_id=home, lines=lines)
        ship_order(uow, a_sale(uow, home, [(tea, 60), (cup, 1)]))
    clock.moment = datetime.now(UTC)
    a_user(store, Role.MANAGER, username="boss")
    with serving(sqlite_settings.data_dir) as address:
        yield address
    store.engine.dispose()


def test_a_class_is_picked_and_leads_down_to_the_documents(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        page.goto(f"{address}/stock-analysis?section=classes")
        sign_in(page, "boss")
        expect(figure(page, "Stock value")).to_have_text("¥800")
        expect_rest(page)
        cells = panel(page, "ABC and XYZ").locator(".js-plotly-plot").filter(visible=True)
        cells.scroll_into_view_if_needed()
        expect_rest(page)
        page.mouse.click(*cells.evaluate(CELL, [0, 2]))
        expect(page.get_by_role("button", name="Class by margin: A")).to_be_visible()
        expect(page).to_have_url(re.compile("abc=a&xyz=z"))
        expect(figure(page, "Stock value")).to_have_text("¥400")
        expect(figure(page, "On hand")).to_have_text("40")

        page.get_by_role("radio", name="Structure").click()
        expect(page).to_have_url(re.compile("section=structure"))
        areas = panel(page, "Value as areas").locator("g.slice text").filter(visible=True)
        expect(areas).to_contain_text(["Tea"])
        expect(figure(page, "Stock value")).to_have_text("¥400")
        expect_rest(page)
        panel(page, "Value as areas").get_by_role("button", name="Documents").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_test_id("stMetricValue")).to_have_text("¥400.00")
        expect(dialog.get_by_text("2 documents add up to")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()

        page.get_by_role("button", name="Reset").click()
        expect(figure(page, "Stock value")).to_have_text("¥800")
        page.get_by_role("radio", name="Slow and dead").click()
        expect(page.get_by_text("1 product worth ¥400.00; keeping them has cost", exact=False)).to_be_visible()
        page.get_by_role("link", name="Draft a promotion").click()
        expect(page).to_have_url(re.compile("promotion"))
