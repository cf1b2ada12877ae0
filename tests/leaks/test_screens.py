"""Every screen of the menu, opened by who sees a part, shows nothing of the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.service import reset_password
from core.accounts.sessions import sign_in
from core.security.actor import SYSTEM
from pages._shared.company import use_store
from pages._shared.mirror import close_mirror, mirror
from pages._shared.screens import SCREENS
from pages._shared.session import TOKEN
from pages._shared.text import LANGUAGE
from tests.leaks.company import SELLER, Company, of_own_customers
from tests.pages.app import MAIN, PASSWORD, visit

TIMEOUT = 60


@pytest.fixture(scope="module")
def company(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company, whose seller sees own customers."""
    made = of_own_customers(demo, tmp_path_factory.mktemp("screens") / "salesbook.db")
    made.store.run(SYSTEM, reset_password, None, made.actor.id or 0, password=PASSWORD)
    use_store(made.store)
    mirror().wait_until_fresh()
    yield made
    close_mirror()
    made.store.engine.dispose()


def test_no_screen_of_the_menu_shows_what_is_not_seen(company: Company) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=TIMEOUT)
    app.session_state[LANGUAGE] = "en"
    app.session_state[TOKEN] = sign_in(company.store, SELLER, PASSWORD)
    app.run()
    opened, leaks = 0, {}
    for screen in SCREENS:
        if screen.hidden or (screen.permission is not None and not company.actor.may(screen.permission)):
            continue
        visit(app, screen.path)
        assert not app.exception, (screen.path, [each.value for each in app.exception])
        opened += 1
        if found := company.marks(shown(app)):
            leaks[screen.path] = sorted(found)[:4]
    assert not leaks
    assert opened > 20


def shown(app: AppTest) -> str:
    """Everything that a screen sent to the browser."""
    frames = (each.value.to_csv() for each in app.dataframe)
    charts = (str(each.proto) for each in app.get("plotly_chart"))
    return "\n".join([repr(app.main), *frames, *charts])
