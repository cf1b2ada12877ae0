"""Exploring freely: any figures by any dimensions, as a pivot or a chart, down to the documents."""

from pages._shared.screen import is_arriving, open_screen
from pages.reports._explorer_screen import show_explorer

arriving = is_arriving(__file__)
open_screen(__file__)
show_explorer(arriving=arriving)
