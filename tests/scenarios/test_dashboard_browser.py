"""The sales dashboard in a real browser: panels that follow each other, links, orders behind bars, fresh figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.catalog.models import Variant
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_sale
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import (
    bars,
    click_bar,
    expect_rest,
    fetch_csv,
    figure,
    panel,
    place_of_bar,
    sign_in,
    visiting,
)
from tests.tea import sell_tea

# Clicks that all come before the first of them can have redrawn anything, as on a slow machine.
CLICK_AT_ONCE = """places => {
    for (const [clientX, clientY] of places)
        for (const kind of ["pointerdown", "pointerup"])
            document.elementFromPoint(clientX, clientY).dispatchEvent(
                new PointerEvent(kind, { clientX, clientY, bubbles: true, composed: true, isPrimary: true }))
}"""


@dataclass(frozen=True)
class Shop:
    """A shop that sold tea for 60 and 30, and cups for 45: all but the 30 by way of the web."""

    address: str
    store: Store
    home: int
    tea: Variant


@pytest.fixture
def shop(present_store: Store) -> Iterator[Shop]:
    a_user(present_store, Role.MANAGER, username="boss")
    sold = sell_tea(present_store)
    with serving(present_store.settings.data_dir) as address:
        yield Shop(address, present_store, sold.home, sold.oolong)


@dataclass
class Runs:
    """How often the whole page ran, as the server told the browser."""

    whole: int = 0

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: bytes | str) -> None:
        message = ForwardMsg()
        if isinstance(payload, bytes):
            message.ParseFromString(payload)
            done = message.WhichOneof("type") == "script_finished"
            self.whole += done and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


@contextmanager
def a_manager(browser: Browser, shop: Shop, path: str = "dashboard") -> Iterator[tuple[Page, Runs]]:
    with visiting(browser) as page:
        runs = Runs()
        page.on("websocket", runs.listen)
        page.goto(f"{shop.address}/{path}")
        sign_in(page, "boss")
        expect(bars(page, "By category")).not_to_have_count(0)
        yield page, runs


def chip(page: Page, text: str) -> Locator:
    return page.get_by_role("button", name=text)


def test_a_click_on_a_bar_moves_the_other_panels_and_not_the_page(browser: Browser, shop: Shop) -> None:
    with a_manager(browser, shop) as (page, runs):
        expect(figure(page, "Net sales")).to_have_text("¥135")
        expect_rest(page)
        whole = runs.whole

        click_bar(page, "By category", "Tea")

        expect(chip(page, "Category: Tea")).to_be_visible()
        expect(figure(page, "Net sales")).to_have_text("¥90")
        expect(bars(page, "By channel")).to_have_text(["Web", "¥60  67%", "Shop", "¥30  33%"])
        expect(bars(page, "Top products")).to_have_text(["Oolong", "¥90  100%"])
        expect(bars(page, "By category")).to_have_text(["Tea", "¥90  67%", "Cups", "¥45  33%"])

        click_bar(page, "By channel", "Shop")
        expect(figure(page, "Net sales")).to_have_text("¥30")
        expect(page).to_have_url(f"{shop.address}/dashboard?period=30d&compare=previous&category=1&channel=2")
        assert runs.whole == whole

        page.reload()
        expect(figure(page, "Net sales")).to_have_text("¥30")
        expect(chip(page, "Channel: Shop")).to_be_visible()

        chip(page, "Category: Tea").click()
        expect(chip(page, "Category: Tea")).to_have_count(0)
        chip(page, "Channel: Shop").click()
        expect(figure(page, "Net sales")).to_have_text("¥135")


def test_every_one_of_quick_clicks_counts(browser: Browser, shop: Shop) -> None:
    with a_manager(browser, shop) as (page, _):
        places = [
            place_of_bar(page, title, name)
            for title, name in (("By category", "Tea"), ("By category", "Cups"), ("By channel", "Web"))
        ]

        page.evaluate(CLICK_AT_ONCE, places)

        for text in ("Category: Tea", "Category: Cups", "Channel: Web"):
            expect(chip(page, text)).to_be_visible()
        expect(figure(page, "Net sales")).to_have_text("¥105")


def test_a_bar_is_picked_left_and_picked_again(browser: Browser, shop: Shop) -> None:
    with a_manager(browser, shop) as (page, _):
        for net_sales in ("¥90", "¥135", "¥90"):
            click_bar(page, "By category", "Tea")
            expect(figure(page, "Net sales")).to_have_text(net_sales)
        chip(page, "Category: Tea").click()
        expect(figure(page, "Net sales")).to_have_text("¥135")
        click_bar(page, "By category", "Tea")
        expect(figure(page, "Net sales")).to_have_text("¥90")


def test_the_orders_behind_a_bar_add_up_to_it(browser: Browser, shop: Shop) -> None:
    with a_manager(browser, shop, "dashboard?category=1") as (page, runs):
        expect(bars(page, "By category")).to_have_text(["Tea", "¥90  67%", "Cups", "¥45  33%"])
        expect_rest(page)
        whole = runs.whole

        panel(page, "By category").get_by_role("button", name="Orders").click()

        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_test_id("stMetricValue")).to_have_text("¥90.00")
        expect(dialog.get_by_test_id("stMetricLabel")).to_have_text("2 orders and returns add up to")
        assert [row.split(",")[-1] for row in fetch_csv(page, dialog)] == ["Net sales", "30.00", "60.00"]
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
        assert runs.whole == whole


def test_an_order_confirmed_elsewhere_appears_by_itself(browser: Browser, shop: Shop) -> None:
    with a_manager(browser, shop) as (page, _):
        expect(figure(page, "Net sales")).to_have_text("¥135")

        with shop.store.working(SYSTEM) as uow:
            a_sale(uow, shop.home, [(shop.tea, 1)], channel="Web")

        expect(figure(page, "Net sales")).to_have_text("¥165")
        expect(bars(page, "Top products")).to_have_text(["Oolong", "¥120  73%", "Cup", "¥45  27%"])
