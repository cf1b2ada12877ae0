"""A second factor at the door, passwords typed again, and sign-ins that end, as a person meets them in a browser."""

import re
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from core.accounts.queries import users
from core.accounts.second_factor import set_second_factor_roles
from core.security.actor import SYSTEM
from core.security.models import AuthSession, SecondFactor
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.session import COOKIE
from tests.builders import a_draft, a_product, a_warehouse
from tests.pages.app import PASSWORD, a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import expect_rest, expect_the_door_only, field, sign_in, visiting

CODE = "Code of your authenticator app"


def give_password(page: Page) -> None:
    field(page, "User name").fill("fang")
    field(page, "Password").fill(PASSWORD)
    field(page, "Password").press("Enter")
    expect(field(page, CODE)).to_be_visible()


def press(place: Page | Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def pick_first_user(page: Page) -> None:
    """Choose the first row of the table, which is drawn on a canvas."""
    expect_rest(page)
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 52)


def test_a_second_factor_guards_the_door_and_ending_a_sign_in_shuts_it(
    browser: Browser, present_store: Store, tmp_path: Path
) -> None:
    store = present_store
    a_user(store, Role.SALES, username="fang")
    a_user(store, Role.ADMINISTRATOR, username="boss")
    store.run(SYSTEM, set_second_factor_roles, None, [Role.SALES])
    with store.working(SYSTEM) as uow:
        a_draft(uow, a_warehouse(uow), [(a_product(uow), 1)])
    with serving(tmp_path) as address, visiting(browser) as page, visiting(browser) as office:
        # Who must have a second factor sets it up at the door.
        page.goto(f"{address}/orders")
        give_password(page)
        expect(page.get_by_text("Set up your second factor")).to_be_visible()
        assert [each for each in page.context.cookies() if each["name"] == COOKIE] == []
        with store.viewing(SYSTEM) as view:
            secret = view.session.scalars(select(SecondFactor.secret)).one()
        field(page, CODE).fill(pyotp.TOTP(secret).now())
        with page.expect_response("**/auth/exchange"):
            field(page, CODE).press("Enter")
        codes = re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", page.get_by_role("dialog").inner_text())
        assert len(set(codes)) == 10
        press(page.get_by_role("dialog"), "I have kept them")
        expect(page.get_by_role("heading", level=1)).to_have_text(["Orders"])
        expect(page.get_by_role("dialog")).to_have_count(0)

        # Orders leave as a file only after the password was typed lately.
        expect(page.get_by_test_id("stDownloadButton")).to_have_count(1)
        with store.working(SYSTEM) as uow:
            uow.session.execute(update(AuthSession).values(proved_at=None))
        page.reload()
        expect_rest(page)
        expect(page.get_by_test_id("stDownloadButton")).to_have_count(0)
        press(page, "Download as CSV")
        field(page, "Your password").fill(PASSWORD)
        press(page, "Go on")
        expect(page.get_by_test_id("stDownloadButton")).to_have_count(1)

        # Another role is given after the password was typed again; it ends the sign-in of that person.
        office.goto(f"{address}/users")
        sign_in(office, "boss")
        with store.working(SYSTEM) as uow:
            uow.session.execute(update(AuthSession).values(proved_at=None))
        pick_first_user(office)
        press(office, "Finance")
        press(office, "Save")
        dialog = office.get_by_role("dialog")
        field(dialog, "Your password").fill("not this one")
        press(dialog, "Go on")
        expect(dialog.get_by_text("The present password is not right")).to_be_visible()
        with store.viewing(SYSTEM) as view:
            assert users(view)[0].roles == (Role.SALES,)
        field(dialog, "Your password").fill(PASSWORD)
        press(dialog, "Go on")
        expect(office.get_by_text("Nowhere at this moment.")).to_be_visible()
        with store.viewing(SYSTEM) as view:
            assert users(view)[0].roles == (Role.SALES, Role.FINANCE)

        page.reload()
        expect_the_door_only(page)

        # A recovery code gets its owner in once, without the app.
        give_password(page)
        field(page, CODE).fill(codes[0])
        field(page, CODE).press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(["Orders"])
        page.context.clear_cookies()
        page.reload()
        give_password(page)
        field(page, CODE).fill(codes[0])
        field(page, CODE).press("Enter")
        expect(page.get_by_text("This code is not right")).to_be_visible()
