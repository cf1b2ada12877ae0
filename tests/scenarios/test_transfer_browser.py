"""Goods carried from one warehouse to another in a real browser, in parts, by who works there."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.visitors import type_into, working_at


@pytest.fixture
def shop(present_store: Store) -> Store:
    """Two warehouses, twelve mugs in the first, and somebody who works there."""
    with present_store.working(SYSTEM) as uow:
        main = a_warehouse(uow)
        a_warehouse(uow, "WEST")
        mug = a_product(uow, sku="MUG", name="Blue mug").id
        receive_goods(uow, warehouse_id=main, lines=[Line(mug, Decimal(12))])
    a_user(present_store, Role.WAREHOUSE, username="wei")
    return present_store


@pytest.fixture
def page(browser: Browser, shop: Store) -> Iterator[Page]:
    """The list of transfers, opened by the one who works there."""
    with working_at(browser, shop, "transfers", "wei") as page:
        expect(page.get_by_text("There are no transfers yet.")).to_be_visible()
        yield page


def on_hand(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.warehouse: level.on_hand for level in stock_levels(view)}


def test_a_transfer_is_requested_shipped_and_put_on_the_shelf(page: Page, shop: Store) -> None:
    page.get_by_text("New transfer").click()
    type_into(page.get_by_role("textbox", name="One line each: code and quantity"), "MUG\t5")
    page.get_by_role("button", name="Request transfer").click()
    expect(page.get_by_text("What leaves MAIN warehouse?")).to_be_visible()
    assert on_hand(shop) == {"MAIN warehouse": 12}

    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.get_by_text("What arrived in WEST warehouse?")).to_be_visible()
    assert on_hand(shop) == {"MAIN warehouse": 7, "WEST warehouse": 0}

    page.get_by_role("button", name="Put on the shelf").click()
    expect(page.get_by_text("What arrived is on the shelf.")).to_be_visible()
    assert on_hand(shop) == {"MAIN warehouse": 7, "WEST warehouse": 5}
