"""What people do in a browser, and where they look: signing in, ordering by keyboard, the panels of the dashboard."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from core.work.store import Store
from tests.pages.app import PASSWORD
from tests.scenarios.serving import serving

BELOW_THE_NAME = 20
CALM = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const rests = app && app.getAttribute("data-test-script-state") === "notRunning";
    window.calm = rests ? window.calm + 1 : 0;
    return window.calm > 6;
}"""
# A busy machine takes its time; an expectation that holds is over at once.
expect.set_options(timeout=60_000)


@contextmanager
def visiting(browser: Browser, width: int = 1440, height: int = 1800) -> Iterator[Page]:
    """A visitor who reads English, with cookies of their own."""
    with browser.new_context(locale="en-US", viewport={"width": width, "height": height}) as context:
        yield context.new_page()


@contextmanager
def working_at(browser: Browser, store: Store, screen: str, username: str) -> Iterator[Page]:
    """The app over a store, and one of its screens opened by somebody who signed in."""
    places = {"SALESBOOK_DATABASE_URL": store.settings.url}
    with serving(store.settings.data_dir, places) as address, visiting(browser) as page:
        page.goto(f"{address}/{screen}")
        sign_in(page, username)
        yield page


def field(place: Page | Locator, label: str) -> Locator:
    """The box to type into with this label."""
    return place.locator("input").and_(place.get_by_label(label, exact=True))


def type_into(box: Locator, words: str) -> None:
    """Type, leave the box, and go on once what that changes has been drawn."""
    box.fill(words)
    box.press("Tab")
    expect_rest(box.page)


def sign_in(page: Page, username: str) -> None:
    """Sign in at the door; on return the browser holds its cookie."""
    field(page, "User name").fill(username)
    field(page, "Password").fill(PASSWORD)
    with page.expect_response("**/auth/exchange") as exchanged:
        field(page, "Password").press("Enter")
    assert exchanged.value.status == 204
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect_rest(page)


def sign_out(page: Page) -> None:
    """Sign out; on return the browser's cookie is gone and the door is shut."""
    with page.expect_response("**/auth/sign-out"):
        page.get_by_role("button", name="Sign out").click()
    expect_the_door_only(page)


def expect_the_door_only(page: Page) -> None:
    """The sign-in, and nothing of what lies behind it."""
    expect(page.get_by_test_id("stForm")).to_be_visible()
    expect_rest(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(["Salesbook"])
    for id_of_content in ("stSidebarNav", "stDataFrame", "stMetric", "stPlotlyChart", "stException"):
        expect(page.get_by_test_id(id_of_content)).to_have_count(0)


def expect_rest(page: Page) -> None:
    """Nothing is being redrawn, and has not been for a moment: what was typed last may only be about to be sent.

    The sign of it that people see comes late, so the state itself is asked.
    """
    page.evaluate("() => { window.calm = 0 }")
    page.wait_for_function(CALM, polling=40, timeout=60_000)


def figure(page: Page, label: str) -> Locator:
    """The figure on the card with this label."""
    cards = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return cards.get_by_test_id("stMetricValue")


def panel(page: Page, title: str) -> Locator:
    """The frame around a panel of the dashboard."""
    inner = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_text(title, exact=True))
    return inner.filter(has=page.get_by_test_id("stPlotlyChart")).last


def bars(page: Page, title: str) -> Locator:
    """What is written above the bars of a panel: name, amount, name, amount.

    Quick clicks may leave the chart before in the page, unseen; it does not count.
    """
    return panel(page, title).locator(".annotation-text").filter(visible=True)


def place_of_bar(page: Page, title: str, name: str) -> tuple[float, float]:
    """Where to click for a bar: below its name, once the page is at rest and does not move under the mouse."""
    place = bars(page, title).get_by_text(name, exact=True)
    expect(place).to_be_visible()
    expect_rest(page)
    box = place.bounding_box()
    assert box is not None
    return box["x"] + 2, box["y"] + BELOW_THE_NAME


def click_bar(page: Page, title: str, name: str) -> None:
    """Click the bar below its name."""
    page.mouse.click(*place_of_bar(page, title, name))


def fetch_csv(page: Page, place: Locator) -> list[str]:
    """The lines of the file with all documents that are listed here."""
    place.get_by_role("button", name="Export").click()
    offered = page.get_by_test_id("stPopoverBody")
    offered.get_by_role("radio", name="CSV", exact=True).click()
    expect_rest(page)
    with page.expect_download() as fetched:
        offered.get_by_role("button", name="Download").click()
    return fetched.value.path().read_text(encoding="utf-8-sig").splitlines()


def enter(page: Page, text: str) -> None:
    """Type where the cursor is, then Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def choose_customer(page: Page, typed: str) -> None:
    """Say who orders; on return the cursor waits for goods."""
    expect(page.get_by_label("Who orders?")).to_be_focused()
    enter(page, typed)
    expect(page.get_by_label("What is ordered?")).to_be_focused()


def order_goods(page: Page, typed: str, taken: str) -> None:
    """Say what is ordered; on return the line says that it has it, and the screen is at rest."""
    enter(page, typed)
    expect(page.get_by_text(f"✓ {taken}")).to_be_visible()
    expect_rest(page)


def confirm_order(page: Page) -> None:
    """Confirm by keyboard; on return the order stands."""
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("is confirmed.")).to_be_visible()
