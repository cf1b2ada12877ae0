"""Goods received and issued in a real browser by typing, and what the warehouse then has."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.document_queries import document_card
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.visitors import enter, expect_rest, working_at


@pytest.fixture
def shop(present_store: Store) -> Store:
    """A warehouse without goods, two products, and somebody who works there."""
    with present_store.working(SYSTEM) as uow:
        a_warehouse(uow)
        a_product(uow, sku="MUG", name="Blue mug", barcodes=("6901234567892",))
        a_product(uow, sku="CUP", name="Blue cup")
    a_user(present_store, Role.WAREHOUSE, username="wei")
    return present_store


@pytest.fixture
def page(browser: Browser, shop: Store) -> Iterator[Page]:
    """The screen that moves goods, opened by the one who works there."""
    with working_at(browser, shop, "movements", "wei") as page:
        expect(page.get_by_label("What was moved?")).to_be_focused()
        yield page


def on_hand(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.on_hand for level in stock_levels(view)}


def test_goods_are_received_by_typing_and_no_more_than_that_is_issued(page: Page, shop: Store) -> None:
    enter(page, "6901234567892")
    enter(page, "mug*11")
    enter(page, "cup 5")
    expect(page.get_by_text("✓ CUP  Blue cup × 5")).to_be_visible()
    page.get_by_role("button", name="Receive goods").last.click()
    expect(page.get_by_text("2 products were received.")).to_be_visible()
    assert on_hand(shop) == {"MUG": 12, "CUP": 5}

    page.get_by_text("Issue goods", exact=True).click()
    expect(page.get_by_label("What was moved?")).to_be_focused()
    enter(page, "mug 13")
    expect(page.get_by_text("More than is available: Blue mug")).to_be_visible()
    page.get_by_label("Reason").click()
    enter(page, "Sample")
    page.get_by_role("button", name="Issue goods").last.click()

    expect(page.get_by_text("Only 12 of MUG Blue mug available in MAIN warehouse, 13 asked.")).to_be_visible()
    assert on_hand(shop) == {"MUG": 12, "CUP": 5}


def test_a_half_entered_sheet_outlives_a_reload_and_is_found_again_beside_a_new_one(page: Page, shop: Store) -> None:
    enter(page, "mug*12")
    expect(page.get_by_text("✓ MUG  Blue mug × 12")).to_be_visible()
    enter(page, "cup 5")
    expect(page.get_by_text("✓ CUP  Blue cup × 5")).to_be_visible()
    page.get_by_role("textbox", name="Note").fill("by lorry")
    page.get_by_role("textbox", name="Note").press("Tab")
    page.get_by_text("Adjust stock", exact=True).click()
    page.get_by_label("Reason").click()
    enter(page, "Found in a count")
    expect_rest(page)

    page.reload()
    expect(page.get_by_text("kept until you book or discard it")).to_be_visible()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("by lorry")
    expect(page.get_by_role("button", name="Adjust stock").last).to_be_visible()
    expect(page.get_by_label("What was moved?")).to_be_focused()

    page.get_by_role("button", name="New sheet").click()
    expect(page.get_by_text("No lines yet.")).to_be_visible()
    expect(page.get_by_label("What was moved?")).to_be_focused()
    enter(page, "cup 1")
    page.get_by_role("button", name="My drafts (2)").click()
    page.get_by_role("button", name="Stock adjustment · MAIN warehouse · 2 lines").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("by lorry")
    assert on_hand(shop) == {}
    page.get_by_role("button", name="Adjust stock").last.click()
    expect(page.get_by_text("The stock of 2 products was adjusted.")).to_be_visible()
    assert on_hand(shop) == {"MUG": 12, "CUP": 5}

    page.get_by_role("button", name="Stock adjustment · MAIN warehouse · 1 line").click()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_text("The draft was discarded.")).to_be_visible()
    expect(page.get_by_text("My drafts")).to_have_count(0)
    assert on_hand(shop) == {"MUG": 12, "CUP": 5}


def test_a_note_still_being_typed_is_booked_with_the_sheet(page: Page, shop: Store) -> None:
    enter(page, "mug 3")
    expect(page.get_by_text("✓ MUG  Blue mug × 3")).to_be_visible()
    expect_rest(page)
    page.get_by_role("textbox", name="Note").fill("by lorry")
    page.get_by_role("textbox", name="Note").press("Control+Enter")
    expect(page.get_by_text("1 product was received.")).to_be_visible()
    with shop.viewing(SYSTEM) as view:
        assert document_card(view, 1).note == "by lorry"
