"""Customers in a real browser: who is overdue is kept as a list, handed over, called, and the call is on record."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.care.models import Outcome
from core.care.queries import customer_lists, list_members
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import one_stopped
from tests.builders import a_product
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, figure, working_at


@pytest.fixture
def page(browser: Browser, present_store: Store) -> Iterator[Page]:
    """Customers' analytics of a shop in which one customer, owned by the one who looks, stopped two months ago."""
    a_user(present_store, Role.SALES, username="wang")
    with present_store.working(SYSTEM) as uow:
        one_stopped(uow, a_product(uow))
        uow.audit("test.lived", None)
    with working_at(browser, present_store, "customer-analytics", "wang") as page:
        yield page


def test_an_overdue_customer_is_kept_handed_over_and_called(page: Page, present_store: Store) -> None:
    expect(figure(page, "At risk")).to_have_text("¥2.4K")
    page.get_by_role("radio", name="Overdue customers", exact=True).click()
    expect(page.get_by_text("2 customers have a rhythm of their own")).to_be_visible()
    page.get_by_role("button", name="Keep these customers").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("1 customer kept as a list.")).to_be_visible()

    page.get_by_role("link", name="Follow-up").first.click()
    page.get_by_text("1 customer · ¥2.4K").click()
    page.get_by_role("button", name="Hand over").click()
    page.get_by_label("Who calls").click()
    page.get_by_role("option", name="Wang").click()
    expect_rest(page)
    page.get_by_role("button", name="Hand over", exact=True).last.click()
    expect(page.get_by_text("The customers of the list are handed over.")).to_be_visible()

    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("1 thing to do")).to_be_visible()
    page.get_by_role("button", name="Called").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What came of the call is kept.")).to_be_visible()
    with present_store.viewing(SYSTEM) as view:
        (kept,) = customer_lists(view)
        assert [row.outcome for row in list_members(view, kept.id)] == [Outcome.ORDERED]
