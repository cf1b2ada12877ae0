"""What a hand does in the explorer: a pivot down to its documents, a ratio, a view on the home, a link for others."""

import re

from playwright.sync_api import Browser, Page, expect

from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, field, sign_in, type_into, visiting, working_at
from tests.tea import sell_tea

HEAD, ROW = 36, 35


def cell(page: Page, row: int, across: float) -> None:
    """Click the cell of this row, so far across the table in parts of its width."""
    expect_rest(page)
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across * box["width"], box["y"] + HEAD + ROW * (row + 0.5))


def test_a_figure_is_followed_kept_on_the_home_and_shared(browser: Browser, present_store: Store) -> None:
    a_user(present_store, Role.MANAGER, username="boss")
    a_user(present_store, Role.SALES, username="sue")
    sell_tea(present_store)

    screen = "explorer?measures=net_sales,margin&chart=bars&period=month"
    with working_at(browser, present_store, screen, "boss") as page:
        cell(page, 0, 0.5)
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_test_id("stMetricValue")).to_have_text("¥90.00")
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)

        cell(page, 0, 0.05)
        expect(page.get_by_role("button", name="Category: Tea")).to_be_visible()
        expect(page).to_have_url(re.compile(r"[?&]category=1"))
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Category: Tea")).to_have_count(0)

        page.get_by_role("button", name="Save").click()
        type_into(field(page, "View name"), "Tea and cups")
        page.get_by_role("button", name="Save as a new view").click()
        expect(page.get_by_text("Tea and cups", exact=True).first).to_be_visible()
        page.get_by_role("button", name="Pin on home").click()
        expect(page.get_by_role("button", name="Take down from home")).to_be_visible()

        page.get_by_role("button", name="Share a link").click()
        type_into(field(page, "Link name"), "For Sue")
        page.get_by_role("button", name="Make a link").click()
        address = page.get_by_test_id("stCode").inner_text().strip()
        assert re.search(r"/explorer\?link=[\w-]{43}$", address)

        page.get_by_role("link", name="Home").click()
        card = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Tea and cups"))
        expect(card.get_by_test_id("stMetricValue")).to_have_text("¥135")
        page.get_by_role("link", name="Open the view").click()
        expect(page).to_have_url(re.compile(r"explorer\?.*source=1"))
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()

        with visiting(browser) as other:
            other.goto(address)
            sign_in(other, "sue")
            expect(other.get_by_text("For Sue, shared by Boss")).to_be_visible()
            expect(other.get_by_text("Your role does not show you: Margin.")).to_be_visible()
            expect(other.get_by_test_id("stDataFrame")).to_be_visible()
            expect(other.get_by_test_id("stException")).to_have_count(0)
