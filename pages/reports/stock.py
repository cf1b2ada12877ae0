"""How stock does: how fast it turns, what it is made of, what does not sell, what ran out, what expires."""

import streamlit as st

from pages._shared.board.screen import show_board
from pages._shared.screen import link, open_screen
from pages._shared.text import _
from pages.reports._stock_board import BOARD

open_screen(__file__)
show_board(BOARD)
section = st.session_state.get(f"{BOARD.name}.section")
with st.container(horizontal=True):
    if section in {"slow", "expiry"}:
        link("stock/clearing")
        link("pricing/promotion", _("Draft a promotion"), kind="item")
        link("stock/transfers", _("Transfers"))
        link("stock/lots", _("Lots"))
    if section in {"over", "classes"}:
        link("reports/balancing")
        link("reports/cover")
