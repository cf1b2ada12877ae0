"""Sales at a glance: key figures, their course, and who and what they come from."""

from pages._shared.screen import open_screen
from pages.reports.board import show_board

open_screen(__file__)
show_board()
