"""Team: who is where against the target, where it lands, how fairly, with which mix and discounts."""

from pages._shared.board.screen import show_board
from pages._shared.screen import link, open_screen
from pages._shared.text import _
from pages.reports._team_board import BOARD

open_screen(__file__)
link("reports/targets", _("Plan targets"))
show_board(BOARD)
