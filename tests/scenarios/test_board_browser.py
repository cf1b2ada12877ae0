"""What a hand does on a board: leave out, go down by double click to the orders, undo, click maps, areas and cells."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import bars, click_bar, expect_rest, figure, panel, place_of_bar, sign_in, visiting
from tests.tea import sell_tea


@pytest.fixture
def address(present_store: Store) -> Iterator[str]:
    """A shop that sold tea for 60 and 30, and cups for 45, in Xinjiang and Zhejiang."""
    a_user(present_store, Role.MANAGER, username="boss")
    sell_tea(present_store, regions=("新疆", "浙江省"))
    with serving(present_store.settings.data_dir) as address:
        yield address


def arrive(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    sign_in(page, "boss")
    expect(figure(page, "Net sales")).to_have_text("¥135")
    expect_rest(page)


def chart(page: Page, title: str) -> Locator:
    return panel(page, title).locator(".js-plotly-plot").filter(visible=True)


def click_in(page: Page, chart: Locator, across: float, down: float) -> None:
    """Click so far across and down a chart, in parts of its size."""
    expect_rest(page)
    chart.scroll_into_view_if_needed()
    expect_rest(page)
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_leaving_out_undo_and_the_way_down_to_the_orders(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        arrive(page, address, "dashboard")

        page.keyboard.down("Shift")
        click_bar(page, "By category", "Tea")
        page.keyboard.up("Shift")
        expect(page.get_by_role("button", name="not Category: Tea")).to_be_visible()
        expect(figure(page, "Net sales")).to_have_text("¥45")
        expect(page).to_have_url(re.compile(r"not_category=1"))

        page.get_by_role("button", name="Undo").click()
        expect(figure(page, "Net sales")).to_have_text("¥135")

        page.mouse.dblclick(*place_of_bar(page, "By category", "Tea"))
        expect(bars(page, "By category")).to_have_text(["Oolong", "¥90  100%"])
        expect(figure(page, "Net sales")).to_have_text("¥90")
        expect(page).to_have_url(re.compile(r"category=1.*category\.level=1"))

        page.reload()
        expect(bars(page, "By category")).to_have_text(["Oolong", "¥90  100%"])

        page.mouse.dblclick(*place_of_bar(page, "By category", "Oolong"))
        expect(page).to_have_url(re.compile(r"category\.level=2"))
        expect_rest(page)
        (sku,) = (text for text in bars(page, "By category").all_text_contents() if "¥" not in text)
        page.mouse.dblclick(*place_of_bar(page, "By category", sku))
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_test_id("stMetricValue")).to_have_text("¥90.00")
        dialog.get_by_role("button", name="Close").click()

        page.get_by_role("button", name="Category: Tea").last.click()
        expect(bars(page, "By category")).to_have_text(["Tea", "¥90  67%", "Cups", "¥45  33%"])


def test_a_province_an_area_and_a_cell_can_be_clicked(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        arrive(page, address, "dashboard?section=regions")
        click_in(page, chart(page, "On the map"), 0.25, 0.3)
        expect(page.get_by_role("button", name="Region: 新疆")).to_be_visible()
        expect(figure(page, "Net sales")).to_have_text("¥105")
        page.get_by_role("button", name="Reset").click()

        page.get_by_role("radio", name="Contribution").click()
        expect(page).to_have_url(re.compile("section=contribution"))
        expect(figure(page, "Net sales")).to_have_text("¥135")
        click_in(page, chart(page, "As areas"), 0.2, 0.5)
        expect(page.get_by_role("button", name="Category: Tea")).to_be_visible()
        expect(figure(page, "Net sales")).to_have_text("¥90")

        page.get_by_role("button", name="Reset").click()
        expect(figure(page, "Net sales")).to_have_text("¥135")
        cells = chart(page, "Weekdays and hours")
        expect_rest(page)
        cells.scroll_into_view_if_needed()
        expect_rest(page)
        spot = cells.evaluate(
            """chart => {
                const { xaxis, yaxis } = chart._fullLayout
                const box = chart.getBoundingClientRect()
                const row = chart.data[0].z.findIndex(line => line.some(each => each != null))
                const column = chart.data[0].z[row].findIndex(each => each != null)
                return [box.left + xaxis._offset + xaxis.d2p(column), box.top + yaxis._offset + yaxis.d2p(row)]
            }"""
        )
        page.mouse.click(*spot)
        expect(page).to_have_url(re.compile(r"weekday=\d&hour=\d+"))
        expect(figure(page, "Net sales")).to_have_text("¥135")
