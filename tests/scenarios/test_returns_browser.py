"""Goods that come back, received and inspected by the keeper on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.sales.models import ReturnState
from core.sales.returns.cards import return_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import PASSWORD, a_user
from tests.returns import a_delivery, a_return
from tests.scenarios.serving import serving
from tests.scenarios.visitors import field, visiting
from tests.soundness import assert_sound


@pytest.fixture
def shop(present_store: Store) -> Store:
    """Three mugs that were delivered and paid are announced to come back, and somebody waits for them."""
    with present_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 5, sku="MUG", name="Blue mug", retail_price=10)
        order = a_delivery(uow, warehouse, [(mug, 3)], paid=30)
    a_return(present_store, order, 3, receives=False)
    a_user(present_store, Role.WAREHOUSE, username="wei")
    return present_store


@pytest.fixture
def page(browser: Browser, shop: Store, tmp_path: Path) -> Iterator[Page]:
    """The return, opened on a phone by the one who works in the warehouse."""
    with (
        serving(tmp_path, {"SALESBOOK_DATABASE_URL": shop.settings.url}) as address,
        visiting(browser, width=390, height=1500) as page,
    ):
        page.goto(f"{address}/return?id=1")
        sign_in_on_a_phone(page)
        expect(page.get_by_text("Blue mug").first).to_be_attached()
        yield page


def sign_in_on_a_phone(page: Page) -> None:
    """Sign in where the menu is folded away."""
    field(page, "User name").fill("wei")
    field(page, "Password").fill(PASSWORD)
    with page.expect_response("**/auth/exchange"):
        field(page, "Password").press("Enter")


def test_the_keeper_receives_two_of_three_and_scraps_one(page: Page, shop: Store) -> None:
    page.get_by_role("button", name="Take the goods in").click()
    field(page, "Quantity received").fill("2")
    field(page, "Quantity received").press("Tab")
    page.get_by_role("button", name="Take the goods in").last.click()
    expect(page.get_by_text("are here and wait for inspection.")).to_be_visible()

    page.get_by_role("button", name="Inspect", exact=True).click()
    field(page, "Back on sale").fill("1")
    field(page, "Scrap").fill("1")
    field(page, "Finding").fill("handle is off")
    field(page, "Finding").press("Tab")
    page.get_by_role("button", name="Inspect", exact=True).last.click()
    expect(page.get_by_text("is inspected.")).to_be_visible()

    with shop.viewing(SYSTEM) as view:
        card, rest = return_card(view, 1), return_card(view, 2)
    (line,) = card.lines
    assert (line.restocked, line.scrapped, line.note) == (1, 1, "handle is off")
    assert (card.state, rest.state, rest.lines[0].quantity) == (ReturnState.INSPECTED, ReturnState.REQUESTED, 1)
    assert_sound(shop)
