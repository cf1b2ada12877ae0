"""Alerts in a real browser: a rule is tried on the past and saved, its alert leads to the board and is closed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from core.analytics.alerts.evaluation import evaluate_due
from core.analytics.alerts.queries import alerts
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import a_product
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, figure, type_into, working_at


@pytest.fixture
def page(browser: Browser, present_store: Store) -> Iterator[Page]:
    """The alerts of a shop that sold 300 every day and 60 yesterday."""
    a_user(present_store, Role.SALES, username="wang")
    with present_store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        buyer = till.customers(1)[0]
        for number in range(1, 30):
            till.sell(buyer, uow.today - timedelta(days=number), [thing], 60 if number == 1 else 300)
        uow.audit("test.lived", None)
    with working_at(browser, present_store, "alerts?view=rules", "wang") as page:
        yield page


def test_a_rule_is_tried_and_saved_and_its_alert_leads_to_the_figures(page: Page, present_store: Store) -> None:
    page.get_by_role("button", name="New alert rule").click()
    page.get_by_text("Threshold", exact=True).click()
    bound = page.get_by_label("Bound, ¥")
    bound.fill("100")
    bound.press("Enter")
    expect(page.get_by_text("Together ¥")).to_be_visible()
    expect_rest(page)
    type_into(page.get_by_label("Name of the rule"), "Quiet day")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_text("Net sales · each day · falls below ¥100.00")).to_be_visible()

    with Mirror(present_store, "test") as mirror:
        mirror.refresh_now()
        evaluate_due(present_store, mirror)
    page.get_by_test_id("stMain").get_by_text("Alerts", exact=True).last.click()
    expect(page.get_by_text("Net sales ¥60.00 (at least ¥100.00)")).to_be_visible()
    page.get_by_role("link", name="Show the figures").click()
    expect(figure(page, "Net sales")).to_have_text("¥60")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Alerts", exact=True).click()
    expect_rest(page)
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Close").click()
    expect(page.get_by_text("Nothing is out of the ordinary.")).to_be_visible()
    with present_store.viewing(SYSTEM) as view:
        assert (alerts(view), [row.rule for row in alerts(view, closed=True)]) == ([], ["Quiet day"])
