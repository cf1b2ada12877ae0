"""Money in a real browser: a payment by typing the customer, a statement, its files, and its settlement."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from core.receivables.statement_models import StatementState
from core.sales.money.statement_queries import find_statements
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.money import Books, assert_sound, open_books
from tests.pages.app import a_user
from tests.scenarios.visitors import expect_rest, field, figure, working_at


@pytest.fixture
def books(present_store: Store) -> Books:
    """A customer with a shipped order of 100 and one of 50 to come; somebody keeps the books."""
    books = open_books(present_store)
    books.run(ship_order, books.order())
    books.order(5)
    a_user(present_store, Role.FINANCE, username="li")
    return books


@pytest.fixture
def page(browser: Browser, books: Books) -> Iterator[Page]:
    """The payments, opened by the one who keeps the books."""
    with working_at(browser, books.store, "payments", "li") as page:
        yield page


def test_a_payment_fills_the_oldest_order_and_the_statement_is_settled(page: Page, books: Books) -> None:
    page.get_by_text("Take a payment", exact=True).click()
    field(page, "Customer").fill("lotus")
    expect(page.get_by_text("¥150.00 open on 2 documents; ¥0.00 free on the balance.")).to_be_visible()
    field(page, "Amount").fill("120")
    field(page, "Amount").press("Tab")
    expect(figure(page, "Money")).to_have_text("¥120.00")
    expect(figure(page, "For documents")).to_have_text("¥120.00")
    expect_rest(page)
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_role("heading", name="PM-")).to_be_visible()
    assert books.figures() == (-20, 50, 0)

    page.get_by_role("link", name="Lotus Trading").click()
    expect(figure(page, "Exposure")).to_have_text("¥30.00")
    page.get_by_role("link", name="Draw statement").click()
    expect(page.get_by_text("Every document of the period")).to_be_visible()
    page.get_by_text("This month", exact=True).click()
    expect_rest(page)
    page.get_by_role("button", name="Draw statement").click()
    expect(figure(page, "Closing balance")).to_have_text("-¥20.00")

    with page.expect_download() as fetched:
        page.get_by_role("button", name="Excel").click()
    rows = CalamineWorkbook.from_path(fetched.value.path()).get_sheet_by_index(0).to_python()
    assert rows[-1][3:] == ["Closing balance", "", -20.0, -20.0]
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Page to print").click()
    assert "Closing balance" in fetched.value.path().read_text(encoding="utf-8")

    page.get_by_role("button", name="Mark as sent").click()
    page.get_by_role("button", name="Customer confirms").click()
    page.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Settled", exact=True)).to_be_visible()
    with books.store.viewing(SYSTEM) as view:
        assert [row.state for row in find_statements(view)] == [StatementState.SETTLED]
    assert_sound(books.store)
