"""Notices in a real browser: the menu counts them, one leads to its stocktake, and it is read by that."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.base.clock import SystemClock
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.counts.enter import enter_counts
from core.stock.counts.plan import plan_count
from core.stock.counts.review import submit_count
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import a_user
from tests.scenarios.visitors import working_at


@pytest.fixture
def page(browser: Browser, present_store: Store) -> Iterator[Page]:
    """The home of who approves stocktakes, one of which was handed in."""
    assert isinstance(present_store.clock, SystemClock)
    a_user(present_store, Role.FINANCE, username="fei")
    with present_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 5)
    count = present_store.run(SYSTEM, plan_count, None, warehouse_id=house)
    present_store.run(SYSTEM, enter_counts, None, count, {mug.id: Decimal(4)})
    present_store.run(SYSTEM, submit_count, None, count)
    with working_at(browser, present_store, "", "fei") as page:
        yield page


def test_a_notice_leads_to_what_it_is_about_and_is_read_by_that(page: Page) -> None:
    expect(page.get_by_text("1 thing to do")).to_be_visible()
    page.get_by_role("link", name="Notices (1)").click()
    expect(page.get_by_text("Lines counted: 1.")).to_be_visible()
    page.get_by_role("button", name="Go there").click()
    expect(page.get_by_role("heading", name="ST-")).to_be_visible()
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    page.get_by_role("link", name="Notices", exact=True).click()
    expect(page.get_by_text("Nothing new.")).to_be_visible()
