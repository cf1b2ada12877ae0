"""The sign-in form, drawn by streamlit-authenticator in our words and answered by our sign-in."""

from collections.abc import Callable
from typing import Any

import streamlit_authenticator as stauth

from pages._shared.text import _

Check = Callable[[str, str], None]


class SignInForm(stauth.Authenticate):  # type: ignore[misc]
    """The library's form and nothing else of it.

    Its own set-up is left out on purpose: that would draw the component which writes its cookie,
    readable by scripts and good for 30 days whatever happens to the user.
    """

    def __init__(self, check: Check) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = _NoCookie()
        self.authentication_controller = _Answered(check)

    def show(self) -> None:
        """Draw the form; what is entered goes to the check as it was typed."""
        words = {
            "Form name": _("Sign in"),
            "Username": _("User name"),
            "Password": _("Password"),
            "Login": _("Sign in"),
        }
        self.login("main", fields=words, key="sign_in")


class _Answered:
    """Stands where the library would look the password up in a dictionary."""

    def __init__(self, check: Check) -> None:
        self.check = check

    def login(self, username: str, password: str, *_limits: Any, **_options: Any) -> bool:
        """Hand over what was typed; the library has nothing to remember of it."""
        self.check(username, password)
        return False


class _NoCookie:
    """Stands where the library would read its cookie: there is none."""

    def get_cookie(self) -> None:
        """No cookie."""
