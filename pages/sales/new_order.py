"""Entering an order from the keyboard: the customer, then line after line, then confirm."""

import streamlit as st

from core.sales.entry import order_defaults
from core.sales.errors import NothingToSellFrom
from pages._shared.screen import link, open_screen, reading
from pages._shared.text import _
from pages.sales._again import show_copied
from pages.sales._entry_head import CHANGING, choose_customer, current_draft, show_confirmed, show_head
from pages.sales._entry_lines import enter_products, show_lines
from pages.sales._memory import show_last_prices

open_screen(__file__)

with reading() as view:
    order = current_draft(view)
    try:
        order_defaults(view)
    except NothingToSellFrom as missing:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown(f":material/inbox: {missing.sentence}", text_alignment="center")
            link("stock/warehouses", _("Add a warehouse"))
            link("customers/customers", _("Add a channel, on the screen of customers"))
        st.stop()

show_confirmed()
if order is None:
    choose_customer(None)
elif st.session_state.get(CHANGING):
    choose_customer(order)
else:
    show_head(order)
    show_copied(order)
    enter_products(order.id)
    show_lines(order.id)
    show_last_prices(order.id)
