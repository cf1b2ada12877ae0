"""How stock does: how fast it turns, what it is made of, what does not sell, what ran out, what expires."""

from pages._shared.board.screen import show_board
from pages._shared.screen import open_screen
from pages.reports._stock_board import BOARD

open_screen(__file__)
show_board(BOARD)
