"""Serial numbers in a real browser: scanned in, sent to a customer, and found again when they are called back."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from core.catalog.models import Tracking
from core.catalog.service import get_variant
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.lot_queries import lots_on_hand
from core.stock.queries import warehouses
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse
from tests.pages.app import a_user
from tests.scenarios.visitors import enter, expect_rest, type_into, working_at


@pytest.fixture
def shop(present_store: Store) -> Store:
    """A camera whose pieces have serial numbers, none here yet, and somebody who keeps the warehouse."""
    with present_store.working(SYSTEM) as uow:
        a_warehouse(uow)
        camera = a_product(uow, sku="CAM", name="Camera")
        track_product(uow, camera.product_id, tracking=Tracking.SERIAL)
    a_user(present_store, Role.WAREHOUSE, username="wei")
    return present_store


@pytest.fixture
def page(browser: Browser, shop: Store) -> Iterator[Page]:
    """The screen that moves goods, opened by the one who works there."""
    with working_at(browser, shop, "movements", "wei") as page:
        expect(page.get_by_label("What was moved?")).to_be_focused()
        yield page


def numbers(store: Store) -> list[tuple[str, Decimal]]:
    with store.viewing(SYSTEM) as view:
        return sorted((row.number, row.on_hand) for row in lots_on_hand(view))


def test_pieces_are_scanned_in_shipped_and_called_back(page: Page, shop: Store) -> None:
    enter(page, "cam*2")
    expect(page.get_by_text("✓ CAM  Camera × 2")).to_be_visible()
    expect(page.get_by_text("2 without a lot")).to_be_visible()
    expect_rest(page)
    type_into(page.get_by_role("textbox", name="One number on each line"), "S-1\nS-2")
    page.get_by_role("button", name="Keep the lots").click()
    expect(page.get_by_text("The lots were kept.")).to_be_visible()
    expect_rest(page)
    page.get_by_role("button", name="Receive goods").last.click()
    expect(page.get_by_text("1 product was received.")).to_be_visible()
    assert numbers(shop) == [("S-1", 1), ("S-2", 1)]

    with shop.working(SYSTEM) as uow:
        (row, _) = lots_on_hand(uow)
        order = a_sale(uow, warehouses(uow)[0].id, [(get_variant(uow, row.variant_id), 1)])
    page.goto(page.url.replace("movements", f"order?id={order}"))
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.get_by_text("those that expire first are proposed")).to_be_visible()
    expect_rest(page)
    page.get_by_role("button", name="Ship", exact=True).last.click()
    expect(page.get_by_role("heading", name="Shipments")).to_be_visible()
    assert numbers(shop) == [("S-2", 1)]

    page.goto(page.url.replace(f"order?id={order}", f"lot?id={row.lot_id}"))
    expect(page.get_by_text("Nothing of this lot is here any more.")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Recall list").click()
    lines = fetched.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("Lotus Trading,")
    assert ",1,S-1,SO-2026-00001," in lines[1]
