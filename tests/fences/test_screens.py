"""Every screen opens for the roles that hold its permission, and is declared once."""

from collections import Counter

import pytest

from core.security.permissions import ROLE_PERMISSIONS, Role
from pages._shared.screens import SCREENS
from tests.fences.sources import PROJECT

NOT_SCREENS = {"__init__.py", "main.py"}


def test_every_screen_has_a_script_and_an_address_of_its_own() -> None:
    assert [screen.path for screen in SCREENS if not (PROJECT / "pages" / screen.script).is_file()] == []
    assert [address for address, count in Counter(screen.url_path for screen in SCREENS).items() if count > 1] == []


def test_only_the_entry_script_lies_directly_in_pages() -> None:
    assert {file.name for file in (PROJECT / "pages").glob("*.py")} <= NOT_SCREENS


def test_every_script_that_opens_a_screen_is_declared() -> None:
    opening = {
        file.relative_to(PROJECT / "pages").with_suffix("").as_posix()
        for file in (PROJECT / "pages").rglob("*.py")
        if "open_screen(__file__" in file.read_text(encoding="utf-8")
    }
    assert opening == {screen.path for screen in SCREENS}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.path)
def test_somebody_can_open_every_screen_and_the_administrator_can_open_all(screen) -> None:
    holders = {role for role in Role if screen.permission is None or screen.permission in ROLE_PERMISSIONS[role]}
    assert Role.ADMINISTRATOR in holders
