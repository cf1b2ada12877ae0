"""Two people change one customer at the same time, each in a browser of their own: neither loses what was typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.customers.queries import customer_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import expect_rest, field, sign_in, visiting


@pytest.fixture
def shop(present_store: Store) -> Store:
    """One customer, and two who look after it."""
    with present_store.working(SYSTEM) as uow:
        a_customer(uow, "Lotus Trading", code="L1", region="Shanghai")
    a_user(present_store, Role.SALES, username="wei")
    a_user(present_store, Role.MANAGER, username="lin")
    return present_store


@pytest.fixture
def pages(browser: Browser, shop: Store, tmp_path: Path) -> Iterator[tuple[Page, Page]]:
    """The form of the customer, opened by both."""
    with (
        serving(tmp_path, {"SALESBOOK_DATABASE_URL": shop.settings.url}) as address,
        visiting(browser) as wei,
        visiting(browser) as lin,
    ):
        for page, name in ((wei, "wei"), (lin, "lin")):
            page.goto(f"{address}/customer?id=1")
            sign_in(page, name)
            expect(field(page, "Customer name")).to_have_value("Lotus Trading")
            expect_rest(page)
        yield wei, lin


def test_both_changes_are_saved_and_what_both_changed_is_chosen(pages: tuple[Page, Page], shop: Store) -> None:
    wei, lin = pages
    field(lin, "Region").first.fill("Beijing")
    field(lin, "Tax number").fill("TAX-9")
    lin.get_by_role("button", name="Save").click()
    expect(lin.get_by_text("Lotus Trading was saved.")).to_be_visible()

    field(wei, "Region").first.fill("Hangzhou")
    field(wei, "Phone").first.fill("138 0013 8000")
    field(wei, "Phone").first.press("Enter")  # who has this phone already is shown at once
    expect_rest(wei)
    wei.get_by_role("button", name="Save").click()
    dialog = wei.get_by_role("dialog")
    expect(dialog.get_by_text("Somebody else changed this meanwhile")).to_be_visible()
    expect(dialog.get_by_text("Yours: Hangzhou")).to_be_visible()
    dialog.get_by_text("Now: Beijing").click()
    expect_rest(wei)
    dialog.get_by_role("button", name="Save merged").click()

    expect(dialog).to_have_count(0)
    expect_rest(wei)
    expect(field(wei, "Tax number")).to_have_value("TAX-9")
    with shop.viewing(SYSTEM) as view:
        card = customer_card(view, 1)
    assert (card.version, card.region, card.tax_number, card.phone) == (3, "Beijing", "TAX-9", "138 0013 8000")
