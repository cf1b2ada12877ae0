"""Signing in with a company account, against a real identity provider on this machine."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from core.accounts.company_accounts import company_accounts, link_company_account
from core.accounts.service import end_sessions
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.session import COOKIE
from tests.oidc import provider
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import expect_rest, expect_the_door_only, field, sign_out, visiting


def go(page: Page) -> None:
    page.get_by_role("button", name="Sign in with Shop ID").click()


def test_a_company_account_signs_in_whom_an_administrator_linked_and_every_proof_counts_once(
    browser: Browser, present_store: Store, tmp_path: Path
) -> None:
    store = present_store
    fang = a_user(store, Role.SALES, username="fang")
    with provider() as told, serving(tmp_path, told.settings) as address, visiting(browser) as page:
        page.goto(address)
        expect(field(page, "Password")).to_be_visible()
        go(page)
        expect(page.get_by_text("fang@shop.example belongs to no user here yet")).to_be_visible()
        with store.viewing(SYSTEM) as view:
            (account,) = company_accounts(view)
        assert (account.issuer, account.subject, account.user_id) == (told.address, "7f3a", None)

        # Who it is goes by issuer and subject; a name or an address of mail decides nothing.
        store.run(SYSTEM, link_company_account, None, account.id, fang)
        told.person = {"sub": "7f3a", "name": "Somebody Else", "email": "other@shop.example"}
        page.reload()
        expect_the_door_only(page)
        with page.expect_response("**/auth/exchange"):
            go(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        expect(page.get_by_test_id("stSidebar")).to_contain_text("Fang")
        remembered = [each for each in page.context.cookies() if each["name"] != COOKIE]
        assert any(each["name"].startswith("_streamlit_user") for each in remembered)

        # What Streamlit remembers for 30 days opens nothing, here or elsewhere.
        sign_out(page)
        page.reload()
        expect_the_door_only(page)
        with visiting(browser) as elsewhere:
            elsewhere.context.add_cookies(remembered)  # type: ignore[arg-type]
            elsewhere.goto(f"{address}/orders")
            expect_the_door_only(elsewhere)

        with page.expect_response("**/auth/exchange"):
            go(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(["Home"])
        store.run(SYSTEM, end_sessions, None, fang)
        page.reload()
        expect_the_door_only(page)

        # Another subject with the same name and mail is somebody else.
        told.person = {"sub": "0000", "name": "Fang Wang", "email": "fang@shop.example"}
        go(page)
        expect(page.get_by_text("belongs to no user here yet")).to_be_visible()
        expect_rest(page)
        assert told.asked == 4
