"""One's own account: language, password, sign-ins."""

from pages._shared.screen import open_screen

actor = open_screen(__file__)
