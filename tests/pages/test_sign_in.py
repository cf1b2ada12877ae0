"""What a visitor sees, and how one gets in and out."""

from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import PASSWORD, a_user, open_app


def test_signing_in_with_name_and_password_opens_the_home_screen(store: Store) -> None:
    a_user(store, Role.SALES, username="王芳")
    app = open_app(store, None)

    app.text_input(key="sign_in.username").set_value("王芳")
    app.text_input(key="sign_in.password").set_value(PASSWORD)
    app.button(key="sign_in.submit").click().run()

    assert not app.exception
    assert app.title[0].value == "Home"


def test_a_role_opens_its_screens(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/users")
    assert not app.exception
    assert app.title[0].value == "Users"
