"""Sales at a glance: key figures, their course, and who and what they come from."""

from pages._shared.board.screen import show_board
from pages._shared.screen import open_screen
from pages.reports._sales_board import BOARD

open_screen(__file__)
show_board(BOARD)
