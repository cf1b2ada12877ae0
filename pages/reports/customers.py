"""Customers: who buys, who stopped, who is worth what, and what to do about it."""

from pages._shared.board.screen import show_board
from pages._shared.screen import open_screen
from pages.reports._customers_board import BOARD

open_screen(__file__)
show_board(BOARD)
