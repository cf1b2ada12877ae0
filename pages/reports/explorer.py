"""Exploring freely: any figures by any dimensions, as a pivot or a chart, down to the documents."""

from pages._shared.screen import open_screen
from pages.reports._explorer_screen import show_explorer

open_screen(__file__)
show_explorer()
