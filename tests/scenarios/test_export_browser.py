"""A person takes things along: a panel as Excel and in GBK, its picture, a view, and a theme for all screens."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import click_bar, expect_rest, figure, panel, sign_in, type_into, visiting
from tests.tea import sell_tea


@dataclass(frozen=True)
class Shop:
    """A shop that sold tea for 60 and 30, and cups for 45."""

    address: str
    today: str


@pytest.fixture
def shop(present_store: Store) -> Iterator[Shop]:
    a_user(present_store, Role.MANAGER, username="boss")
    sell_tea(present_store, tea="茶𠮷")
    with present_store.viewing(SYSTEM) as view:
        today = view.today.isoformat()
    with serving(present_store.settings.data_dir) as address:
        yield Shop(address, today)


def fetched(page: Page, place: str) -> tuple[str, bytes]:
    expect_rest(page)
    with page.expect_download() as download:
        page.locator(place).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_board_is_taken_along_in_every_form(browser: Browser, shop: Shop) -> None:
    with visiting(browser) as page:
        page.goto(f"{shop.address}/dashboard?period=today")
        sign_in(page, "boss")
        expect(figure(page, "Net sales")).to_have_text("¥135")
        click_bar(page, "By channel", "Web")
        expect(figure(page, "Net sales")).to_have_text("¥105")

        page.locator(".st-key-dashboard-export-category button:visible").click()
        dialog = page.get_by_role("dialog")
        get = '[role="dialog"] [data-testid="stDownloadButton"] button'
        name, content = fetched(page, get)
        assert name == f"By category {shop.today}_{shop.today}.xlsx"
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("By category").to_python()
        assert [row[:2] for row in rows] == [
            ["Category", "Net sales"],
            ["茶𠮷", 60.0],
            ["Cups", 45.0],
            ["Total", 105.0],
        ]

        dialog.get_by_text("CSV in GBK").click()
        expect(dialog.get_by_text("1 sign does not exist in GBK and became 〓.")).to_be_visible()
        name, content = fetched(page, get)
        assert name.endswith(".csv")
        assert [line.split(",")[:2] for line in content.decode("gbk").splitlines()[1:]] == [
            ["茶〓", "60.00"],
            ["Cups", "45.00"],
        ]
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)

        chart = panel(page, "By category").locator(".js-plotly-plot").filter(visible=True)
        expect_rest(page)
        chart.hover()
        with page.expect_download() as download:
            chart.locator(".modebar-btn").click()
        assert download.value.suggested_filename == f"By category {shop.today}_{shop.today}.png"
        with Image.open(download.value.path()) as picture:
            assert (picture.format, picture.size) == ("PNG", (1920, 1080))
        expect_rest(page)
        expect(figure(page, "Net sales")).to_have_text("¥105")

        page.get_by_role("button", name="Views").click()
        type_into(page.get_by_label("Name of the view"), "Web today")
        page.get_by_role("button", name="Keep this view").click()
        expect(page.get_by_text("View Web today is kept.")).to_be_visible()

        page.goto(f"{shop.address}/preferences")
        expect(page.get_by_text("Pinned screens")).to_be_visible()
        expect_rest(page)
        page.get_by_text("Dark", exact=True).click()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_function(
            "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === 'dark'"
        )
        page.get_by_role("link", name="Web today").click()
        expect(figure(page, "Net sales")).to_have_text("¥105")
        expect(page.get_by_role("button", name="Channel: Web").first).to_be_visible()
        page.reload()
        expect(figure(page, "Net sales")).to_have_text("¥105")
        assert (
            page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme") == "dark"
        )
