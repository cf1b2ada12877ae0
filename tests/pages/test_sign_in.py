"""What a visitor sees, how one gets in and out, and what each role finds inside."""

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.service import add_user, change_user, new_setup_code
from core.accounts.sessions import sign_out
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.security.permissions import ROLE_PERMISSIONS, Role
from core.work.store import Store
from pages._shared.screens import SCREENS
from pages._shared.session import TOKEN
from tests.pages.app import PASSWORD, a_user, open_app, visit


def titles(app: AppTest) -> list[str]:
    assert not app.exception
    return [title.value for title in app.title]


def at_the_door(app: AppTest) -> bool:
    return (
        titles(app) == ["Salesbook"]
        and [field.label for field in app.text_input] == ["User name", "Password"]
        and not app.sidebar.button
    )


def try_to_sign_in(app: AppTest, username: str, password: str) -> AppTest:
    entered = dict(zip(("username", "password"), app.text_input, strict=True))
    entered["username"].set_value(username)
    entered["password"].set_value(password)
    return app.button[0].click().run()


def test_the_company_has_its_name_at_the_door(clock: FixedClock, sqlite_settings: Settings) -> None:
    named = Store(sqlite_settings.model_copy(update={"company": " 上海莲花 & Co. "}), clock=clock)
    a_user(named, Role.SALES)

    assert titles(open_app(named, None)) == ["上海莲花 & Co."]
    assert titles(open_app(named, Role.MANAGER)) == ["Home"]
    named.engine.dispose()


def test_signing_in_with_name_and_password_opens_the_home_screen(store: Store) -> None:
    a_user(store, Role.SALES, username="王芳")
    app = try_to_sign_in(open_app(store, None), "王芳", PASSWORD)
    assert titles(app) == ["Home"]


def test_a_wrong_password_is_answered_with_a_sentence_and_the_door_stays_shut(store: Store) -> None:
    a_user(store, Role.SALES, username="fang")
    app = open_app(store, None)
    for _ in range(5):
        try_to_sign_in(app, "fang", "not this one")
        assert [error.value for error in app.error] == [
            "The user name or the password is not right. Check both and try again."
        ]
    try_to_sign_in(app, "fang", PASSWORD)
    assert at_the_door(app)
    assert "opens again at 12\\:15" in app.error[0].value


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.path)
def test_no_screen_opens_without_a_sign_in(store: Store, screen) -> None:  # type: ignore[no-untyped-def]
    a_user(store, Role.SALES)
    assert at_the_door(open_app(store, None, screen.path))


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_its_screens_and_no_others(store: Store, role: Role) -> None:
    app = open_app(store, role)
    for screen in SCREENS:
        if screen.permission is None or screen.permission in ROLE_PERMISSIONS[role]:
            visit(app, screen.path)
            assert not app.exception, screen.path
        else:
            with pytest.raises(ValueError, match="page"):
                app.switch_page(screen.script)


def test_a_session_ended_elsewhere_shows_the_door_at_the_next_click(store: Store) -> None:
    app = open_app(store, Role.SALES)
    sign_out(store, app.session_state[TOKEN])
    assert at_the_door(app.run())


def test_a_user_disabled_meanwhile_shows_the_door_at_the_next_click(store: Store) -> None:
    user_id = a_user(store, Role.SALES, username="fang")
    app = try_to_sign_in(open_app(store, None), "fang", PASSWORD)
    store.run(SYSTEM, change_user, None, user_id, disabled=True)
    assert at_the_door(app.run())


def test_signing_out_leads_to_the_door(store: Store) -> None:
    app = open_app(store, Role.SALES)
    assert at_the_door(app.button(key="frame.sign_out").click().run())
    assert TOKEN not in app.session_state


def test_what_one_person_typed_is_not_shown_to_the_next_one(store: Store) -> None:
    app = open_app(store, Role.SALES)
    app.session_state["orders.search"] = "private"
    app.button(key="frame.sign_out").click().run()
    assert "orders.search" not in app.session_state


def test_the_language_can_be_picked_at_the_door_and_is_kept(store: Store) -> None:
    store.run(SYSTEM, add_user, None, username="fang", name="Fang", password=PASSWORD, roles=[Role.SALES])
    app = open_app(store, None)
    app.segmented_control(key="sign_in.language").set_value("zh_CN").run()
    assert app.button[0].label == "登录"
    assert titles(try_to_sign_in(app, "fang", PASSWORD)) == ["首页"]

    app = try_to_sign_in(open_app(store, None), "fang", PASSWORD)
    assert titles(app) == ["首页"]
    app.segmented_control(key="frame.language.zh_CN").set_value("en").run()
    assert titles(app) == ["Home"]


def test_an_empty_installation_is_set_up_with_the_code_from_the_terminal(store: Store) -> None:
    code = new_setup_code(store)
    app = open_app(store, None)
    for key, typed in (("code", "WRONG"), ("name", "Mei"), ("username", "mei"), ("password", PASSWORD)):
        app.text_input(key=f"set_up.{key}").set_value(typed)
    app.button(key="set_up.submit").click().run()
    assert titles(app) == ["Salesbook"]
    assert app.error[0].value.startswith("This set\\-up code is not valid") or "not valid" in app.error[0].value

    app.text_input(key="set_up.code").set_value(code)
    app.button(key="set_up.submit").click().run()
    assert titles(app) == ["Home"]
    assert titles(visit(app, "admin/users")) == ["Users"]


def test_a_demo_is_entered_with_one_click(sqlite_settings: Settings, clock: FixedClock) -> None:
    store = Store(sqlite_settings.model_copy(update={"demo": True}), clock)
    store.run(
        SYSTEM,
        add_user,
        None,
        username="demo",
        name="Demo",
        password=PASSWORD,
        roles=[Role.MANAGER],
        language="en",
        is_demo=True,
    )
    app = open_app(store, None)
    assert titles(app.button(key="sign_in.demo.demo").click().run()) == ["Home"]
    store.engine.dispose()
