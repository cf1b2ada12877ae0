"""Prices in a real browser: a list that is paid by, a bundle tried and given, a coupon typed, a price asked for."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.pricing.models import OfferState
from core.pricing.queries import promotions
from core.pricing.rules.promotions import Items, Part
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, OrderFilter, find_orders, order_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_sale, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import (
    choose_customer,
    confirm_order,
    expect_rest,
    field,
    figure,
    order_goods,
    sign_in,
    sign_out,
    visiting,
)


@pytest.fixture
def store(present_store: Store) -> Store:
    """Mugs at 10 that cost 6 and may not go below 9, pens at 2, an order of ten mugs, a manager and a seller."""
    with present_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        a_channel(uow)
        a_customer(uow, "Rose Garden")
        mug = a_product(uow, sku="MUG", name="Blue mug", lowest_price=Decimal(9), purchase_price=Decimal(6))
        pen = a_product(uow, sku="PEN", name="Red pen", retail_price=2)
        receive_goods(uow, warehouse_id=house, lines=[Line(each.id, Decimal(500)) for each in (mug, pen)])
        a_sale(uow, house, [(mug, 10)])
    a_user(present_store, Role.MANAGER, username="chen")
    a_user(present_store, Role.SALES, username="fang")
    return present_store


@pytest.fixture
def address(store: Store, tmp_path: Path) -> Iterator[str]:
    """The app."""
    with serving(tmp_path, {"SALESBOOK_DATABASE_URL": store.settings.url}) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor at the door."""
    with visiting(browser) as page:
        page.goto(address)
        yield page


def go(page: Page, screen: str) -> None:
    """Open a screen from the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=screen, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(screen)
    expect_rest(page)


def search(page: Page, what: str, typed: str, taken: str) -> None:
    """Find something by a part of its name, and choose it."""
    field(page, f"Search: {what}").fill(typed)
    field(page, f"Search: {what}").press("Enter")
    expect_rest(page)
    choose = page.get_by_test_id("stMultiSelect").filter(has_text=what).get_by_role("combobox")
    choose.click()
    page.get_by_role("option", name=taken, exact=True).click()
    page.keyboard.press("Escape")
    expect_rest(page)


def newest_order(store: Store) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, find_orders(view, OrderFilter())[0].id)


def test_a_price_list_is_made_published_and_paid_by(page: Page, store: Store) -> None:
    sign_in(page, "chen")
    go(page, "Price lists")
    page.get_by_text("New price list", exact=True).click()
    field(page, "Name of the offer").fill("Autumn")
    field(page, "Name of the offer").press("Enter")
    expect_rest(page)
    page.get_by_role("button", name="Begin the list").click()
    expect(page.get_by_role("heading", name="Autumn")).to_be_visible()

    field(page, "Unit price").fill("9.5")
    field(page, "Unit price").press("Enter")
    expect_rest(page)
    page.get_by_role("button", name="Add rule").last.click()
    expect_rest(page)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published", exact=True)).to_be_visible()

    go(page, "New order")
    choose_customer(page, "rose")
    order_goods(page, "mug*2", "MUG Blue mug × 2")
    expect(figure(page, "Total")).to_have_text("¥19.00")
    expect(page.get_by_text("¥7.00 · 36.8%").first).to_be_visible()


def test_a_bundle_is_put_together_by_searching_tried_and_given(page: Page, store: Store) -> None:
    sign_in(page, "chen")
    go(page, "Promotions")
    page.get_by_role("button", name="Bundle price").click()
    expect(page.get_by_text("New promotion", exact=True)).to_be_visible()
    expect_rest(page)
    field(page, "Name of the offer").fill("Set")
    field(page, "Name of the offer").press("Enter")
    expect_rest(page)
    search(page, "What belongs to it", "mug", "Blue mug, all variants")
    search(page, "What belongs to it", "pen", "PEN Red pen")
    field(page, "So many: PEN Red pen").fill("2")
    field(page, "So many: PEN Red pen").press("Enter")
    expect_rest(page)
    field(page, "Price of the bundle").fill("12")
    field(page, "Price of the bundle").press("Enter")
    expect_rest(page)
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("1 × Blue mug, all variants + 2 × PEN together for ¥12.00")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("0 orders tried")).to_be_visible()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("Published", exact=True)).to_be_visible()
    with store.viewing(SYSTEM) as view:
        made = promotions(view)[0]
    assert made.state == OfferState.PUBLISHED
    assert [part.quantity for part in made.promotion.parts] == [1, 2]
    assert isinstance(made.promotion.parts[0], Part)
    assert made.promotion.parts[0].items != Items()

    go(page, "New order")
    choose_customer(page, "rose")
    order_goods(page, "mug", "MUG Blue mug × 1")
    order_goods(page, "pen*2", "PEN Red pen × 2")
    expect(figure(page, "Total")).to_have_text("¥12.00")


def test_a_coupon_is_issued_typed_and_counted_once(page: Page, store: Store) -> None:
    sign_in(page, "chen")
    go(page, "Promotions")
    page.get_by_role("button", name="Coupon", exact=True).click()
    expect(page.get_by_text("New promotion", exact=True)).to_be_visible()
    expect_rest(page)
    field(page, "Name of the offer").fill("Spring")
    field(page, "Name of the offer").press("Enter")
    expect_rest(page)
    field(page, "Per cent off").fill("10")
    field(page, "Per cent off").press("Enter")
    expect_rest(page)
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_label("Codes, with spaces or new lines between").fill("spring")
    page.get_by_role("button", name="Issue coupons").click()
    expect(page.get_by_text("1 coupons issued.")).to_be_visible()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("Published", exact=True)).to_be_visible()

    go(page, "New order")
    choose_customer(page, "rose")
    order_goods(page, "mug*5", "MUG Blue mug × 5")
    page.get_by_role("button", name="Promotions").click()
    field(page, "Coupon code").fill("spring")
    field(page, "Coupon code").press("Enter")
    expect(figure(page, "Total")).to_have_text("¥45.00")
    page.keyboard.press("Escape")
    expect_rest(page)
    confirm_order(page)
    assert newest_order(store).gross_amount == 45
    with store.viewing(SYSTEM) as view:
        assert (promotions(view)[0].used_count, promotions(view)[0].spent) == (1, 5)


def test_a_price_is_asked_for_approved_on_the_home_screen_and_the_order_goes_through(page: Page, store: Store) -> None:
    sign_in(page, "fang")
    go(page, "New order")
    choose_customer(page, "rose")
    order_goods(page, "mug*10", "MUG Blue mug × 10")
    expect(page.get_by_text("▲ Good margin", exact=True).first).to_be_visible()
    order = newest_order(store)
    page.get_by_role("button", name="Ask for a lower price").click()
    field(page, "MUG · ¥10.00").fill("8")
    field(page, "Reason").fill("He takes ten")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Waits for an answer")).to_be_visible()
    sign_out(page)

    sign_in(page, "chen")
    go(page, "Home")
    expect(page.get_by_text("MUG × 10 at ¥8.00 instead of ¥10.00 (lowest ¥9.00)")).to_be_visible()
    page.get_by_role("button", name="Answer").click()
    field(page, "Answer in words").fill("This once")
    field(page, "Answer in words").press("Enter")
    expect_rest(page)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text(f"The prices are on {order.number}.")).to_be_visible()
    expect(page.get_by_text("Approval asked for")).to_have_count(0)
    sign_out(page)

    sign_in(page, "fang")
    go(page, "New order")
    expect(page.get_by_text("Chen: This once")).to_be_visible()
    expect(figure(page, "Total")).to_have_text("¥80.00")
    confirm_order(page)
    sold = newest_order(store)
    assert (sold.number, sold.business, sold.gross_amount) == (order.number, BusinessState.CONFIRMED, 80)
