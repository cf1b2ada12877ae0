"""How products do: what they sell and earn, which are new and which fade, what is bought together, at which price."""

from pages._shared.board.screen import show_board
from pages._shared.screen import open_screen
from pages.reports._product_board import BOARD

open_screen(__file__)
show_board(BOARD)
