"""A stocktake on a phone: scanned blind by one, found wrong, counted again by another, posted."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.counts.plan import plan_count
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import issue_goods
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import enter, expect_rest, sign_in, sign_out, visiting

PHONE = 390


@pytest.fixture
def shop(present_store: Store) -> Store:
    """A blind stocktake of twelve mugs and five cups; Wei and Lin count, Mei approves."""
    with present_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        goods(uow, house, 12, sku="MUG", name="Blue mug", barcodes=("6901234567892",))
        goods(uow, house, 5, sku="CUP", name="Blue cup")
    for username, role in (("wei", Role.WAREHOUSE), ("lin", Role.WAREHOUSE), ("mei", Role.MANAGER)):
        a_user(present_store, role, username=username)
    present_store.run(SYSTEM, plan_count, None, warehouse_id=house)
    return present_store


def count_as(page: Page, address: str, username: str) -> None:
    """Open the sheet as somebody; on return the line waits."""
    page.goto(f"{address}/count-sheet?id=1")
    sign_in(page, username)
    expect(page.get_by_label("What did you count?")).to_be_visible()
    page.get_by_label("What did you count?").click()


def leave(page: Page, address: str) -> None:
    """Sign out; on a phone the way there is folded away."""
    page.set_viewport_size({"width": 1440, "height": 1800})
    page.goto(address)
    expect_rest(page)
    sign_out(page)
    page.set_viewport_size({"width": PHONE, "height": 1200})


def on_hand(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.on_hand for level in stock_levels(view)}


def test_goods_are_counted_on_a_phone_by_two_people_while_one_of_them_is_sold(
    browser: Browser, shop: Store, tmp_path: Path
) -> None:
    with (
        serving(tmp_path, {"SALESBOOK_DATABASE_URL": shop.settings.url}) as address,
        visiting(browser, width=PHONE, height=1200) as page,
    ):
        page.set_viewport_size({"width": PHONE, "height": 1200})
        count_as(page, address, "wei")
        enter(page, "6901234567892")
        enter(page, "6901234567892")
        enter(page, "mug*9")
        expect(page.get_by_text("✓ MUG  Blue mug × 9")).to_be_visible()
        enter(page, "cup 5")
        expect(page.get_by_text("Nothing is left for you to count.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        leave(page, address)

        with shop.viewing(SYSTEM) as view:
            mug = next(row.variant_id for row in stock_levels(view) if row.sku == "MUG")
        shop.run(SYSTEM, issue_goods, None, warehouse_id=1, lines=[Line(mug, Decimal(1))], reason="Sample")
        page.goto(f"{address}/count?id=1")
        sign_in(page, "mei")
        page.get_by_role("button", name="Hand in").click()
        page.get_by_role("button", name="Post", exact=True).click()
        expect(page.get_by_text("MUG Blue mug: 11 counted, 12 expected.")).to_be_visible()
        page.get_by_text("All", exact=True).click()
        page.get_by_role("button", name="Count all again").click()
        expect(page.get_by_text("2 to be counted again")).to_be_visible()
        leave(page, address)

        count_as(page, address, "lin")
        enter(page, "mug*10")
        enter(page, "cup*5")
        expect(page.get_by_text("Nothing is left for you to count.")).to_be_visible()
        leave(page, address)

        page.goto(f"{address}/count?id=1")
        sign_in(page, "mei")
        page.get_by_role("button", name="Hand in").click()
        page.get_by_role("button", name="Post", exact=True).click()
        expect(page.get_by_text("was posted.")).to_be_visible()
    assert on_hand(shop) == {"MUG": 10, "CUP": 5}


def test_the_sheet_is_taken_along_as_a_file(browser: Browser, shop: Store, tmp_path: Path) -> None:
    with serving(tmp_path, {"SALESBOOK_DATABASE_URL": shop.settings.url}) as address, visiting(browser) as page:
        page.goto(f"{address}/count?id=1")
        sign_in(page, "wei")
        page.get_by_text("Sheet as a file").click()
        for button, said in (("Sheet for a spreadsheet", "MUG,"), ("Sheet to print", "Blue mug")):
            expect_rest(page)
            with page.expect_download() as fetched:
                page.get_by_role("button", name=button).click()
            assert said in fetched.value.path().read_text(encoding="utf-8-sig")
