"""The first day of a company in a real browser: from setting up to orders, stock, figures and an import."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from os import cpu_count, getloadavg
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from core.base.settings import Settings
from core.catalog.categories import ensure_categories
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product
from tests.pages.app import PASSWORD, a_user
from tests.scenarios.serving import serving, setup_code
from tests.scenarios.visitors import (
    bars,
    choose_customer,
    click_bar,
    confirm_order,
    expect_rest,
    expect_the_door_only,
    fetch_csv,
    field,
    figure,
    order_goods,
    panel,
    sign_in,
    sign_out,
    visiting,
)
from tests.services.import_files import csv_file
from tests.soundness import assert_sound

# A second is promised; a calm machine gets five, one with more to do than it has processors so many times longer.
SOON_SECONDS = 5
LONGEST_SECONDS = 60
HEADER = ("订单编号", "下单时间", "商品编码", "商品名称", "商品分类", "数量", "每件", "客户编号", "客户名称", "省份")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Store]:
    """A fresh installation, which has no database yet."""
    store = Store(Settings(data_dir=tmp_path, database_url=""))
    yield store
    store.engine.dispose()


def test_the_first_day_of_a_company(company: Store, browser: Browser) -> None:
    places = {"SALESBOOK_DATABASE_URL": company.settings.database_url}
    with (
        serving(company.settings.data_dir, places) as address,
        visiting(browser) as mei,
        visiting(browser) as fang,
        visiting(browser) as boss,
    ):
        mei.goto(address)
        set_up(mei, setup_code(company.settings.data_dir))
        open_a_warehouse(mei)
        hire_and_stock_the_catalogue(company)
        receive_goods(mei)

        fang.goto(f"{address}/new-order")
        sign_in(fang, "fang")
        boss.goto(f"{address}/dashboard")
        sign_in(boss, "boss")
        expect(boss.get_by_text("No sales from")).to_be_visible()

        enter_an_order_by_keyboard(fang)
        expect_in_the_figures_soon(boss, "¥155")
        expect_the_goods_promised(fang, address)

        look_behind_a_bar(boss)

        importing = boss.context.new_page()
        importing.goto(f"{address}/import-orders")
        check_the_file(importing, company)
        book_the_file(importing)
        expect_in_the_figures_soon(boss, "¥276")
        expect(bars(boss, "By channel")).to_have_text(["Shop", "¥155  56%", "Market", "¥121  44%"])
        import_it_again(importing, company)
        reverse_the_import(importing)
        expect_in_the_figures_soon(boss, "¥155")

        sign_out(fang)
        fang.reload()
        expect_the_door_only(fang)
    assert_sound(company)


def set_up(page: Page, code: str) -> None:
    """The code from the terminal makes the first administrator."""
    field(page, "Set-up code").fill(code)
    field(page, "Your name").fill("Mei Lin")
    field(page, "User name").fill("mei")
    field(page, "Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])


def open_a_warehouse(page: Page) -> None:
    """On the screen that the menu leads to."""
    go_to(page, "Warehouses")
    field(page, "Code").fill("HZ")
    field(page, "Warehouse name").fill("Hangzhou")
    page.get_by_role("button", name="Add warehouse").click()
    expect(page.get_by_text("Hangzhou was added.")).to_be_visible()


def hire_and_stock_the_catalogue(company: Store) -> None:
    """Colleagues, products and customers, as there would be after a week."""
    a_user(company, Role.SALES, username="fang")
    a_user(company, Role.MANAGER, username="boss")
    with company.working(SYSTEM) as uow:
        a_channel(uow)
        a_customer(uow, "荷花商行", region="浙江")
        categories = ensure_categories(uow, [("Tea",), ("Cups",)])
        tea, cups = categories[("Tea",)], categories[("Cups",)]
        a_product(uow, sku="OOL", name="Oolong", category_id=tea, retail_price="50.00", tax_rate=Decimal("0.25"))
        a_product(uow, sku="CUP", name="Blue cup", category_id=cups, retail_price="22.50")
        a_product(uow, sku="JAR", name="Tea jar", category_id=cups, retail_price="30.00", barcodes=("6901234567892",))


def receive_goods(page: Page) -> None:
    """Twenty of each, typed line by line."""
    go_to(page, "Receive and issue")
    line = page.get_by_label("What was moved?")
    for code, name in (("OOL", "Oolong"), ("CUP", "Blue cup"), ("JAR", "Tea jar")):
        line.press_sequentially(f"{code}*20")
        line.press("Enter")
        expect(page.get_by_text(f"✓ {code} {name} × 20")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("3 products were received.")).to_be_visible()


def enter_an_order_by_keyboard(page: Page) -> None:
    """Customer by pinyin, goods by code, by name and by barcode: no mouse."""
    choose_customer(page, "hhsh")
    order_goods(page, "ool*2", "OOL Oolong × 2")
    order_goods(page, "blue 2", "CUP Blue cup × 2")
    order_goods(page, "6901234567892", "JAR Tea jar × 1")
    confirm_order(page)


def expect_the_goods_promised(page: Page, address: str) -> None:
    """Five of sixty: on the shelf still, and no longer to be had."""
    page.goto(f"{address}/levels")
    for label, count in (("On hand", "60"), ("Reserved", "5"), ("Available", "55")):
        expect(figure(page, label)).to_have_text(count)


def expect_in_the_figures_soon(page: Page, net_sales: str) -> None:
    """The open dashboard moves by itself: nobody touches it."""
    begun, before = monotonic(), busy()
    expect(figure(page, "Net sales")).to_have_text(net_sales, timeout=LONGEST_SECONDS * 1000)
    assert monotonic() - begun < min(SOON_SECONDS * max(1.0, before, busy()), LONGEST_SECONDS)


def busy() -> float:
    """How many times more there was to do in the last minute than the machine can do at once."""
    return getloadavg()[0] / (cpu_count() or 1)


def look_behind_a_bar(page: Page) -> None:
    """A click on cups moves the other panels; the orders behind it add up to the bar."""
    expect(bars(page, "By category")).to_have_text(["Tea", "¥80  52%", "Cups", "¥75  48%"])
    click_bar(page, "By category", "Cups")
    expect(figure(page, "Net sales")).to_have_text("¥75")
    expect(bars(page, "Top products")).to_have_text(["Blue cup", "¥45  60%", "Tea jar", "¥30  40%"])
    expect(bars(page, "By sales rep")).to_have_text(["Fang", "¥75  100%"])
    expect_rest(page)

    panel(page, "By category").get_by_role("button", name="Orders").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stMetricLabel")).to_have_text("1 order or return adds up to")
    expect(dialog.get_by_test_id("stMetricValue")).to_have_text("¥75.00")
    header, *rows = fetch_csv(page, dialog)
    assert header == "Number,Kind,Day,Customer,Net sales"
    assert [row.split(",")[3:] for row in rows] == [["荷花商行", "75.00"]]
    dialog.get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Category: Cups").click()
    expect(figure(page, "Net sales")).to_have_text("¥155")


def sheet(company: Store) -> FilePayload:
    """Yesterday's orders from a Chinese market place: three good rows, and one without a price."""
    with company.viewing(SYSTEM) as view:
        day = view.today - timedelta(days=1)
    content = csv_file(
        ("M-1", f"{day} 10:00", "OOL", "乌龙茶", "Tea", "1", "50.00", "K1", "茶馆", "上海"),
        ("M-1", f"{day} 10:00", "GW-1", "青瓷盖碗", "Cups", "2", "25.50", "K1", "茶馆", "上海"),
        ("M-2", f"{day} 11:30", "GW-1", "青瓷盖碗", "Cups", "1", "20.00", "K2", "竹林商店", "浙江"),
        ("M-3", f"{day} 12:00", "GW-1", "青瓷盖碗", "Cups", "1", "面议", "K2", "竹林商店", "浙江"),
        header=HEADER,
        encoding="gbk",
    )
    return {"name": "market.csv", "mimeType": "text/csv", "buffer": content}


def check_the_file(page: Page, company: Store) -> None:
    """One column is not guessed and gets chosen; checking books nothing and names the bad row."""
    pick_the_file(page, company)
    choose(page, "Unit price", "每件")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("What would be booked")).to_be_visible()
    expect_receipt(page)


def book_the_file(page: Page) -> None:
    """The receipt says the same as the check did."""
    page.get_by_role("button", name="Book 2 orders").click()
    expect(page.get_by_text("market.csv is booked.")).to_be_visible()
    expect_receipt(page)


def import_it_again(page: Page, company: Store) -> None:
    """The mapping is remembered, and there is nothing to add."""
    page.get_by_role("button", name="Import another file").click()
    pick_the_file(page, company)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("There is nothing new to book in this file.")).to_be_visible()
    expect(figure(page, "Booked")).to_have_text("¥0.00")
    expect(figure(page, "Orders")).to_have_text("0")


def reverse_the_import(page: Page) -> None:
    """From the list of past imports."""
    page.get_by_text("Past imports", exact=True).click()
    expect(page.get_by_text("Choose a row to see its receipt or to reverse it.")).to_be_visible()
    choose_first_row(page)
    page.get_by_role("button", name="Reverse import").click()
    page.get_by_role("dialog").get_by_role("button", name="Reverse import").click()
    expect(page.get_by_text("The import of market.csv was reversed.")).to_be_visible()


def expect_receipt(page: Page) -> None:
    expect_rest(page)
    for label, shown in (("Rows read", "4"), ("Booked", "¥121.00"), ("Refused", "¥0.00"), ("Orders", "2")):
        expect(figure(page, label)).to_have_text(shown)


def pick_the_file(page: Page, company: Store) -> None:
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    expect_rest(page)
    page.locator("input[type=file]").set_input_files(sheet(company))
    expect(page.get_by_text("market.csv")).to_be_visible()
    expect_rest(page)
    choose(page, "Channel", "Market")
    expect(page.get_by_text("Which column is which?")).to_be_visible()


def choose(page: Page, label: str, text: str) -> None:
    """Type a choice into a list, old or new."""
    box = page.get_by_role("combobox", name=label, exact=False).first
    box.click()
    box.press_sequentially(text)
    box.press("Enter")
    expect_rest(page)


def choose_first_row(page: Page) -> None:
    """Tick the first row of the table on this screen."""
    page.get_by_test_id("stDataFrame").locator(".dvn-scroller").click(position={"x": 15, "y": 50})


def go_to(page: Page, title: str) -> None:
    """By the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text([title])
