"""An order amended in a real browser: drawn up, compared, accepted, and ordered once more."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.sales.models import BusinessState
from core.sales.queries import OrderCard, OrderFilter, find_orders, order_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, field, working_at


@pytest.fixture
def shop(present_store: Store) -> tuple[Store, int]:
    """Twenty mugs and twenty cups, a confirmed order of three mugs, and a seller."""
    with present_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 20, sku="MUG", name="Red mug")
        goods(uow, warehouse, 20, sku="CUP", name="Blue cup", retail_price=4)
        order = a_sale(uow, warehouse, [(mug, 3)])
    a_user(present_store, Role.SALES, username="fang")
    return present_store, order


@pytest.fixture
def page(browser: Browser, shop: tuple[Store, int]) -> Iterator[Page]:
    """The order, opened by the seller."""
    with working_at(browser, shop[0], f"order?id={shop[1]}", "fang") as page:
        expect(page.get_by_role("button", name="Amend the order")).to_be_visible()
        yield page


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def reserved(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.reserved for level in stock_levels(view)}


def test_an_order_is_amended_after_comparing_and_then_ordered_once_more(page: Page, shop: tuple[Store, int]) -> None:
    store, order = shop
    page.get_by_role("button", name="Amend the order").click()
    page.get_by_label("Add products or kits: one line each, code, quantity and, if needed, price").fill("CUP*2")
    page.get_by_label("Reason").last.fill("customer called")
    expect_rest(page)
    page.get_by_role("button", name="Compare", exact=True).click()

    expect(page.get_by_text("Compare before accepting")).to_be_visible()
    expect(page.get_by_text("2 more to reserve, 20 available.")).to_be_visible()
    assert reserved(store) == {"MUG": 3, "CUP": 0}
    expect_rest(page)
    page.get_by_role("button", name="Accept the amendment").click()

    expect(page.get_by_text("Version 2").first).to_be_visible()
    card = the_order(store, order)
    assert [(line.sku, line.quantity) for line in card.lines] == [("MUG", 3), ("CUP", 2)]
    assert reserved(store) == {"MUG": 3, "CUP": 2}

    page.get_by_text("Documents, goods and money", exact=True).click()
    expect(page.get_by_text("Goods, in units")).to_be_visible()
    expect_rest(page)
    page.get_by_role("button", name="Order again").click()
    expect(page.get_by_text(f"Copied from {card.number}, at today's prices.")).to_be_visible()
    expect(field(page, "What is ordered?")).to_be_focused()
    with store.viewing(SYSTEM) as view:
        draft = find_orders(view, OrderFilter())[0]
        assert [(line.sku, line.quantity) for line in order_card(view, draft.id).lines] == [("MUG", 3), ("CUP", 2)]
    assert draft.business == BusinessState.DRAFT
