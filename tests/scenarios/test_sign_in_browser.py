"""The front door in a real browser: shut for strangers from the first request on, and shut again at once."""

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from core.accounts import sessions
from core.accounts.queries import users
from core.accounts.service import change_user
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.session import COOKIE
from tests.pages.app import PASSWORD, a_user
from tests.scenarios.serving import serving, setup_code
from tests.scenarios.visitors import expect_the_door_only, field, sign_in, sign_out, visiting

RAW = ("secret", "main", "admin", "_shared", "screens", "frame")


@pytest.fixture
def company(present_store: Store) -> Store:
    """An installation with an administrator and a sales representative."""
    for username, role in (("boss", Role.ADMINISTRATOR), ("fang", Role.SALES)):
        a_user(present_store, role, username=username)
    return present_store


@pytest.fixture
def address(company: Store, tmp_path: Path) -> Iterator[str]:
    """The installation, served by a fresh process."""
    with serving(tmp_path) as served:
        yield served


@pytest.mark.parametrize(
    ("first", "rest"),
    [("users", ["orders", "explorer", *RAW, ""]), ("secret", ["users"])],
)
def test_a_fresh_process_shows_strangers_the_door_whatever_they_ask_for(
    browser: Browser, address: str, first: str, rest: list[str]
) -> None:
    with visiting(browser) as page:
        for path in (first, *rest):
            page.goto(f"{address}/{path}")
            expect_the_door_only(page)


def test_a_shared_link_survives_the_sign_in_and_a_reload(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        page.goto(f"{address}/users?from=mail")
        sign_in(page, "boss")
        expect(page.get_by_role("heading", level=1)).to_have_text(["Users"])

        (cookie,) = [each for each in page.context.cookies() if each["name"] == COOKIE]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert COOKIE not in page.evaluate("document.cookie")

        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(["Users"])


def test_a_role_gets_no_further_than_its_screens(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        page.goto(address)
        sign_in(page, "fang")
        page.goto(f"{address}/users")
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(browser: Browser, address: str) -> None:
    with visiting(browser) as page, visiting(browser) as elsewhere:
        page.goto(address)
        sign_in(page, "boss")
        stolen = page.context.cookies()
        sign_out(page)
        assert [each["name"] for each in page.context.cookies() if each["name"] == COOKIE] == []

        elsewhere.context.add_cookies(stolen)  # type: ignore[arg-type]
        elsewhere.goto(f"{address}/users")
        expect_the_door_only(elsewhere)


def test_a_disabled_user_can_do_nothing_more_in_an_open_dialog(browser: Browser, address: str, company: Store) -> None:
    other = a_user(company, Role.ADMINISTRATOR, username="other")
    with visiting(browser) as page:
        page.goto(f"{address}/users")
        sign_in(page, "other")
        page.get_by_test_id("stMain").get_by_role("button", name="Add user").click()
        dialog = page.get_by_role("dialog")
        field(dialog, "User name").fill("backdoor")
        field(dialog, "Full name").fill("Backdoor")
        field(dialog, "Password").fill(PASSWORD)
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
    token = sessions.sign_in(company, "fang", PASSWORD)
    script = tmp_path / "fragment.py"
    script.write_text(FRAGMENT.format(token=token))
    with serving(tmp_path, script=script) as served, visiting(browser) as page:
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
    with serving(tmp_path) as served, visiting(browser) as page:
        page.goto(served)
        field(page, "Set-up code").fill("AAAA-AAAA-AAAA-AAAA")
        field(page, "Your name").fill("Mei Lin")
        field(page, "User name").fill("mei")
        field(page, "Password").fill(PASSWORD)
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("This set-up code is not valid")).to_be_visible()

        field(page, "Set-up code").fill(setup_code(tmp_path))
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        expect(page.get_by_test_id("stSidebar")).to_contain_text("Mei Lin")
