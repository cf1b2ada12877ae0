"""An order entered in a real browser by keyboard alone, and what the shop sees of it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.base.settings import Settings
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, OrderFilter, find_orders, order_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.visitors import choose_customer, confirm_order, enter, figure, order_goods, working_at

CODES = ("MUG", "CUP", "JAR", "POT", "PAN")


@pytest.fixture
def shop(sqlite_settings: Settings) -> Iterator[Store]:
    """Two customers, five products of which twenty each are on the shelf, and a seller."""
    store = Store(sqlite_settings)
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        a_channel(uow)
        a_customer(uow, "荷花商行")
        a_customer(uow, "茶馆")
        lines = [
            Line(
                a_product(uow, sku=code, name=f"Blue {code.lower()}", barcodes=(f"69012345678{place}",)).id, Decimal(20)
            )
            for place, code in enumerate(CODES, 10)
        ]
        receive_goods(uow, warehouse_id=warehouse, lines=lines)
    a_user(store, Role.SALES, username="fang")
    yield store
    store.engine.dispose()


@pytest.fixture
def page(browser: Browser, shop: Store) -> Iterator[Page]:
    """The order entry screen, opened by the seller."""
    with working_at(browser, shop, "new-order", "fang") as page:
        expect(page.get_by_label("Who orders?")).to_be_focused()
        yield page


def the_order(store: Store) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, find_orders(view, OrderFilter())[0].id)


def available(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.available for level in stock_levels(view)}


def test_three_lines_are_entered_and_confirmed_without_a_mouse_and_the_stock_goes_down(page: Page, shop: Store) -> None:
    choose_customer(page, "hhsh")

    order_goods(page, "mug*3", "MUG Blue mug × 3")
    enter(page, "blue 2")
    expect(page.get_by_text("Which product is “blue 2”? Type its number, then Enter.")).to_be_visible()
    order_goods(page, "1", "CUP Blue cup × 2")
    enter(page, "nothing")
    expect(page.get_by_text("No product on sale matches “nothing”.")).to_be_visible()
    order_goods(page, "6901234567812", "JAR Blue jar × 1")

    confirm_order(page)

    expect(page.get_by_label("Who orders?")).to_be_focused()
    order = the_order(shop)
    assert (order.customer, order.business) == ("荷花商行", BusinessState.CONFIRMED)
    assert [(line.sku, line.quantity) for line in order.lines] == [("MUG", 3), ("CUP", 2), ("JAR", 1)]
    assert available(shop) == {"MUG": 17, "CUP": 18, "JAR": 19, "POT": 20, "PAN": 20}

    page.keyboard.press("Enter")
    expect(page.get_by_label("What is ordered?")).to_be_focused()
    page.keyboard.type("mug")
    expect(page.get_by_role("option")).to_contain_text("MAIN warehouse 17")


def test_a_scanner_loses_nothing_and_a_reload_keeps_the_draft(page: Page, shop: Store) -> None:
    choose_customer(page, "hhsh")

    for place in (10, 11, 12, 13, 14, 10):
        enter(page, f"69012345678{place}")
    expect(figure(page, "Total")).to_have_text("¥60.00")

    page.reload()
    expect(page.get_by_label("What is ordered?")).to_be_focused()
    order = the_order(shop)
    assert [(line.sku, line.quantity) for line in order.lines] == [
        ("MUG", 2),
        ("CUP", 1),
        ("JAR", 1),
        ("POT", 1),
        ("PAN", 1),
    ]
    expect(page.get_by_text(order.number)).to_be_visible()


def test_too_much_is_refused_by_name_and_stays_a_draft(page: Page, shop: Store) -> None:
    choose_customer(page, "hhsh")
    order_goods(page, "mug 21", "MUG Blue mug × 21")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Only 20 of MUG Blue mug available in MAIN warehouse, 21 asked.")).to_be_visible()
    assert the_order(shop).business == BusinessState.DRAFT
    assert available(shop)["MUG"] == 20
