"""Starting the app in a test, signed in as a role, on the database of the test.

    def test_the_list_shows_every_order(store):
        app = open_app(store, Role.SALES, "sales/orders")
        app.text_input(key="orders.search").set_value("SO-2026").run()
        assert not app.exception

`open_app` starts `pages/main.py` as `streamlit run` does and goes to the screen; `visit` goes to
another one. Find widgets by their keys. The language is English unless `language` says otherwise.
Anonymous: `open_app(store, None)`.
"""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.accounts.service import add_user
from core.accounts.sessions import sign_in
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.session import TOKEN
from pages._shared.text import LANGUAGE

MAIN = Path(__file__).parent.parent.parent / "pages" / "main.py"
PASSWORD = "a mug of green tea"  # noqa: S105 - nobody's
TIMEOUT = 30


def a_user(store: Store, *roles: Role, username: str = "", language: str = "en") -> int:
    """A user with these roles whose password is `PASSWORD`."""
    name = username or "-".join(roles)
    return store.run(
        SYSTEM, add_user, None, username=name, name=name.title(), password=PASSWORD, roles=roles, language=language
    )


def a_token(store: Store, role: Role, language: str = "en") -> str:
    """A session of a new user with this role."""
    a_user(store, role, language=language)
    return sign_in(store, role.value, PASSWORD)


def open_app(store: Store, role: Role | None, path: str = "", *, language: str = "en") -> AppTest:
    """The app, opened by somebody with this role (None: nobody) and gone to a screen such as `sales/orders`."""
    use_store(store)
    app = AppTest.from_file(str(MAIN), default_timeout=TIMEOUT)
    app.session_state[LANGUAGE] = language
    if role is not None:
        app.session_state[TOKEN] = a_token(store, role, language)
    app.run()
    return visit(app, path) if path else app


def visit(app: AppTest, path: str, **query: str) -> AppTest:
    """Go to another screen; `ValueError` where it is not registered for who is signed in."""
    for name, word in query.items():
        app.query_params[name] = word
    return app.switch_page(f"{path}.py").run()
