"""Users: adding, changing, disabling, new passwords."""

from pages._shared.screen import open_screen

actor = open_screen(__file__)
