"""A claim with a photo: a file that is none costs nothing of what was typed, and the photo opens large."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.attachments.queries import photo_content, photos_of
from core.base.settings import Settings
from core.sales.models import ReturnKind
from core.sales.returns.cards import return_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import PASSWORD, a_user
from tests.photos import drawn
from tests.returns import a_delivery
from tests.scenarios.serving import serving
from tests.scenarios.visitors import field, visiting
from tests.soundness import assert_sound


@pytest.fixture
def shop(sqlite_settings: Settings) -> Iterator[Store]:
    """Three mugs were delivered, and somebody answers the customers."""
    store = Store(sqlite_settings)
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        a_delivery(uow, warehouse, [(goods(uow, warehouse, 5, sku="MUG", retail_price=10), 3)])
    a_user(store, Role.SERVICE, username="wei")
    yield store
    store.engine.dispose()


@pytest.fixture
def page(browser: Browser, shop: Store, tmp_path: Path) -> Iterator[Page]:
    """The order, opened by the one who answers."""
    with (
        serving(tmp_path, {"SALESBOOK_DATABASE_URL": shop.settings.url}) as address,
        visiting(browser, width=1280, height=1600) as page,
    ):
        page.goto(f"{address}/order?id=1")
        field(page, "User name").fill("wei")
        field(page, "Password").fill(PASSWORD)
        with page.expect_response("**/auth/exchange"):
            field(page, "Password").press("Enter")
        yield page


def claim_two(page: Page) -> None:
    """Type into the table of the order's lines, which is drawn: from the code two cells to the right."""
    table = page.locator('[data-testid="stForm"] [data-testid="stDataFrame"]').first
    table.click(position={"x": 30, "y": 52})
    for key in ("ArrowRight", "ArrowRight", "2"):
        page.keyboard.press(key)
    expect(page.locator("#portal input")).to_have_value("2")
    page.keyboard.press("Enter")
    expect(page.locator("#portal input")).to_have_count(0)


def test_a_claim_is_entered_with_a_photo_after_a_file_that_was_none(page: Page, shop: Store) -> None:
    page.get_by_text("Return or exchange").click()
    page.get_by_role("radio", name="Claim").click()
    expect(page.get_by_role("button", name="Enter the claim")).to_be_visible()
    field(page, "Note").fill("handles are off")
    claim_two(page)

    chosen = page.locator("input[type=file]").first
    chosen.set_input_files({"name": "cup.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"})
    expect(page.get_by_text("“cup.jpg” is no photo that can be read.")).to_be_visible()
    page.get_by_role("button", name="Enter the claim").click()
    expect(page.get_by_text("Nothing was entered: take away the file that is no photo first.")).to_be_visible()
    expect(field(page, "Note")).to_have_value("handles are off")

    page.get_by_role("button", name="Remove cup.jpg").click()
    expect(page.get_by_text("“cup.jpg” is no photo that can be read.")).to_have_count(0)
    chosen.set_input_files({"name": "torn.png", "mimeType": "image/png", "buffer": drawn("red", (900, 600))})
    expect(page.get_by_text("torn.png")).to_be_visible()
    expect(field(page, "Note")).to_have_value("handles are off")

    page.get_by_test_id("stSelectbox").filter(has_text="Reason").get_by_role("combobox").click()
    page.get_by_role("option", name="Damaged in transit").click()
    page.get_by_role("button", name="Enter the claim").click()
    expect(page.get_by_text("Accept or decline it.").first).to_be_visible()
    page.get_by_role("button", name="Enlarge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("900 × 600")).to_be_visible()
    dialog.get_by_role("button", name="Remove the photo").click()
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("The photo is back.")).to_be_visible()

    with shop.viewing(SYSTEM) as view:
        claim, (photo,) = return_card(view, 1), photos_of(view, "sales_return", 1)
        assert photo_content(view, photo.id).startswith(b"\xff\xd8\xff")
    assert (claim.kind, claim.note, claim.lines[0].quantity) == (ReturnKind.CLAIM, "handles are off", 2)
    assert (photo.name, photo.is_removed) == ("torn.png", False)
    assert_sound(shop)
