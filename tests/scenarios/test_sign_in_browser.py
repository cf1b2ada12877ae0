"""The front door in a real browser: shut for strangers from the first request on, and shut again at once."""

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from core.accounts import sessions
from core.accounts.queries import users
from core.accounts.service import add_user, change_user
from core.base.settings import Settings
from core.db.migrate import migrate
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.screens import SCREENS
from pages._shared.session import COOKIE
from tests.browser import browser
from tests.scenarios.serving import serving

__all__ = ["browser"]

PASSPHRASE = "a mug of green tea"  # noqa: S105 - nobody's
RAW = ("secret", "main", "admin", "_shared", "screens", "frame")
expect.set_options(timeout=30_000)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Store]:
    """An installation with an administrator and a sales representative."""
    store = Store(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'salesbook.db'}"))
    migrate(store.engine)
    for username, role in (("boss", Role.ADMINISTRATOR), ("fang", Role.SALES)):
        store.run(
            SYSTEM,
            add_user,
            None,
            username=username,
            name=username.title(),
            password=PASSPHRASE,
            roles=[role],
            language="en",
        )
    yield store
    store.engine.dispose()


@pytest.fixture
def address(company: Store, tmp_path: Path) -> Iterator[str]:
    """The installation, served by a fresh process."""
    with serving(tmp_path) as served:
        yield served


def field(place: Page | Locator, label: str) -> Locator:
    return place.locator("input").and_(place.get_by_label(label, exact=True))


def sign_in(page: Page, username: str) -> None:
    field(page, "User name").fill(username)
    field(page, "Password").fill(PASSPHRASE)
    field(page, "Password").press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def expect_the_door_only(page: Page) -> None:
    expect(page.get_by_test_id("stForm")).to_be_visible()
    expect(page.get_by_test_id("stAppRunningIcon")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(["Salesbook"])
    for id_of_content in ("stSidebarNav", "stDataFrame", "stMetric", "stPlotlyChart", "stException"):
        expect(page.get_by_test_id(id_of_content)).to_have_count(0)


def in_english(browser: Browser) -> BrowserContext:
    return browser.new_context(locale="en-US")


@pytest.mark.parametrize(
    ("first", "rest"),
    [("users", [*(screen.url_path for screen in SCREENS), *RAW, ""]), ("secret", ["users"])],
)
def test_a_fresh_process_shows_strangers_the_door_whatever_they_ask_for(
    browser: Browser, address: str, first: str, rest: list[str]
) -> None:
    with in_english(browser) as context:
        page = context.new_page()
        for path in (first, *rest):
            page.goto(f"{address}/{path}")
            expect_the_door_only(page)


def test_a_shared_link_survives_the_sign_in_and_a_reload(browser: Browser, address: str) -> None:
    with in_english(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/users?from=mail")
        with page.expect_response("**/auth/exchange") as exchanged:
            sign_in(page, "boss")
        assert exchanged.value.status == 204
        expect(page.get_by_role("heading", level=1)).to_have_text(["Users"])

        (cookie,) = [each for each in context.cookies() if each["name"] == COOKIE]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert COOKIE not in page.evaluate("document.cookie")

        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(["Users"])


def test_a_role_gets_no_further_than_its_screens(browser: Browser, address: str) -> None:
    with in_english(browser) as context:
        page = context.new_page()
        page.goto(address)
        sign_in(page, "fang")
        page.goto(f"{address}/users")
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(browser: Browser, address: str) -> None:
    with in_english(browser) as context, in_english(browser) as thief:
        page = context.new_page()
        page.goto(address)
        with page.expect_response("**/auth/exchange"):
            sign_in(page, "boss")
        stolen = context.cookies()
        with page.expect_response("**/auth/sign-out"):
            page.get_by_role("button", name="Sign out").click()
        expect_the_door_only(page)
        assert [each["name"] for each in context.cookies() if each["name"] == COOKIE] == []

        thief.add_cookies(stolen)  # type: ignore[arg-type]
        elsewhere = thief.new_page()
        elsewhere.goto(f"{address}/users")
        expect_the_door_only(elsewhere)


def test_a_disabled_user_can_do_nothing_more_in_an_open_dialog(browser: Browser, address: str, company: Store) -> None:
    other = company.run(
        SYSTEM, add_user, None, username="other", name="Other", password=PASSPHRASE, roles=[Role.ADMINISTRATOR]
    )
    with in_english(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/users")
        sign_in(page, "other")
        page.get_by_test_id("stMain").get_by_role("button", name="Add user").click()
        dialog = page.get_by_role("dialog")
        field(dialog, "User name").fill("backdoor")
        field(dialog, "Full name").fill("Backdoor")
        field(dialog, "Password").fill(PASSPHRASE)
        dialog.get_by_role("button", name="Administrator").click()

        company.run(SYSTEM, change_user, None, other, disabled=True)
        dialog.get_by_role("button", name="Add user").click()

        expect_the_door_only(page)
    with company.viewing(SYSTEM) as view:
        assert [user.username for user in users(view)] == ["boss", "fang", "other"]


FRAGMENT = """
import streamlit as st
from pages._shared.screen import reading
from pages._shared.session import TOKEN, current_actor

st.session_state.setdefault(TOKEN, {token!r})
if current_actor() is None:
    st.write("The door")
    st.stop()


@st.fragment
def show_secret():
    st.button("Look again")
    with reading() as view:
        st.write("Secret of", view.actor.name)


show_secret()
"""


def test_a_fragment_shows_nothing_more_after_its_session_has_ended(
    browser: Browser, company: Store, tmp_path: Path
) -> None:
    token = sessions.sign_in(company, "fang", PASSPHRASE)
    script = tmp_path / "fragment.py"
    script.write_text(FRAGMENT.format(token=token))
    with serving(tmp_path, script=script) as served, in_english(browser) as context:
        page = context.new_page()
        page.goto(served)
        expect(page.get_by_text("Secret of Fang")).to_be_visible()
        sessions.sign_out(company, token)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("The door")).to_be_visible()
        expect(page.get_by_text("Secret of Fang")).to_have_count(0)


def test_the_exchange_refuses_other_sites_and_worthless_codes(address: str) -> None:
    for origin, status in ((None, 403), ("https://evil.example", 403), ("null", 403), (address, 400)):
        request = Request(f"{address}/auth/exchange", data=b"guess", method="POST")  # noqa: S310 - our own address
        if origin is not None:
            request.add_header("Origin", origin)
        with pytest.raises(HTTPError) as refused:
            urlopen(request)  # noqa: S310 - our own address
        assert refused.value.code == status
        assert refused.value.headers.get("Set-Cookie") is None
        refused.value.close()


def test_a_hosted_demo_does_not_start(company: Store, tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="A hosted installation cannot run in demo mode"),
        serving(tmp_path, {"SALESBOOK_DEMO": "1", "SALESBOOK_HOSTED": "1"}),
    ):
        pass


def test_an_empty_installation_prints_a_code_that_sets_it_up_once(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as served, in_english(browser) as context:
        log = (tmp_path / "server.log").read_text()
        code = log.split("Set-up code: ")[1].split()[0]
        page = context.new_page()
        page.goto(served)
        field(page, "One-time code").fill("AAAA-AAAA-AAAA-AAAA")
        field(page, "Your name").fill("Mei Lin")
        field(page, "User name").fill("mei")
        field(page, "Password").fill(PASSPHRASE)
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("This set-up code is not valid")).to_be_visible()

        field(page, "One-time code").fill(code)
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        assert "Mei Lin" in page.get_by_test_id("stSidebar").inner_text()
