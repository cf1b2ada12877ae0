"""The first screen in a real browser: the dearest finding is put aside, brought back, opened, and acted upon."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.care.queries import follow_ups
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import one_stopped
from tests.builders import a_product
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, figure, working_at


@pytest.fixture
def page(browser: Browser, present_store: Store) -> Iterator[Page]:
    """The first screen of a manager of a shop in which one customer stopped two months ago."""
    a_user(present_store, Role.MANAGER, username="wang")
    with present_store.working(SYSTEM) as uow:
        one_stopped(uow, a_product(uow))
        uow.audit("test.lived", None)
    with working_at(browser, present_store, "", "wang") as page:
        yield page


def test_what_matters_most_is_seen_put_aside_brought_back_and_acted_upon(page: Page, present_store: Store) -> None:
    first = page.get_by_text("Buyer 0 last ordered 60 days ago and usually comes every 10 days; ¥2,400.00")
    expect(first).to_be_visible()
    expect(figure(page, "Net sales")).to_be_visible()
    expect_rest(page)

    card = page.locator("[class*='st-key-home-finding-stopped']").filter(has=first).first
    card.get_by_test_id("stPopover").last.get_by_role("button").click()
    page.get_by_role("button", name="For a week").click()
    expect(page.get_by_text("1 finding put aside")).to_be_visible()
    expect(first).not_to_be_visible()
    page.get_by_text("1 finding put aside").click()
    page.get_by_role("button", name="Bring back").click()
    expect(first).to_be_visible()

    page.get_by_role("button", name="Arrange a call").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The task stands under Follow-up.")).to_be_visible()
    expect(first).not_to_be_visible()
    with present_store.viewing(SYSTEM) as view:
        assert [(task.customer, task.owner) for task in follow_ups(view)] == [("Buyer 0", "Wang")]

    page.get_by_text("90 days").click()
    expect(figure(page, "Net sales")).to_have_text("¥1.7K")
    expect(page).to_have_url(re.compile("period=90d"))
