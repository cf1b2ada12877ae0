"""The first screen after signing in: what waits, and what one can do next."""

from datetime import timedelta

import streamlit as st

from core.sales.models import SOLD_STATES, BusinessState, Progress
from core.sales.queries import OrderFilter, count_orders
from core.stock.queries import warehouses
from core.stock.service import add_warehouse
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.screen import link, open_screen, reading, screens_of
from pages._shared.text import _, escaped

actor = open_screen(__file__)

st.markdown(_("Welcome, {name}.").format(name=escaped(actor.name)))

if may(actor, count_orders):
    with reading() as view:
        tomorrow = view.today + timedelta(days=1)
        today = count_orders(view, OrderFilter(business=SOLD_STATES, since=view.today, until=tomorrow))
        drafts = count_orders(view, OrderFilter(business=(BusinessState.DRAFT,)))
        to_ship = count_orders(
            view, OrderFilter(business=(BusinessState.CONFIRMED,), shipment=(Progress.NONE, Progress.PARTIAL))
        )
    with st.grid(min_column_width=165):
        st.metric(_("Orders today"), quantity(today), border=True, height="stretch")
        st.metric(_("Waiting to be shipped"), quantity(to_ship), border=True, height="stretch")
        st.metric(_("Drafts to confirm"), quantity(drafts), border=True, height="stretch")

if may(actor, add_warehouse):
    with reading() as view:
        is_new = not warehouses(view)
    if is_new:
        with st.container(border=True):
            st.markdown(
                _("**First steps.** Add a warehouse, then the products you sell, then receive what is on the shelf.")
            )
            with st.container(horizontal=True):
                for path in ("stock/warehouses", "catalog/products", "stock/movements", "sales/import_orders"):
                    link(path)

menu = [screen for screen in screens_of(actor) if not screen.hidden and screen.path != "home/home"]
with st.grid(min_column_width=200):
    for section in dict.fromkeys(screen.section for screen in menu):
        with st.container(border=True, gap="xsmall", height="stretch"):
            st.markdown(f"**{_(section)}**")
            for screen in menu:
                if screen.section == section:
                    link(screen.path)
