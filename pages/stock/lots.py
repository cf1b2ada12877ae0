"""Lots and serial numbers that are here, with their dates; those that go first stand first."""

import streamlit as st

from core.stock.expiry import FRESHNESS_LABELS
from core.stock.lot_queries import lots_on_hand
from core.stock.queries import warehouses
from pages._shared.formats import quantity
from pages._shared.records import filter_box, search_box
from pages._shared.screen import goto, link, open_screen, reading
from pages._shared.tables import choice_table, day_column, nothing_here, quantity_column, quantity_places, text_column
from pages._shared.text import _, ngettext
from pages.stock._lot_risk import show_risk
from pages.stock._words import place_name

MOST = 500
actor = open_screen(__file__)
link("stock/levels", _("All stock"))

LIST, RISK = "list", "risk"
shown = st.segmented_control(
    _("View"),
    [LIST, RISK],
    format_func=lambda each: _("Lots that are here") if each == LIST else _("Value at risk"),
    default=LIST,
    required=True,
    key="lots.view",
    label_visibility="collapsed",
)
with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}

if shown == RISK:
    show_risk(houses)
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", key="lots.bar"):
    typed = search_box(_("Search"), _("Product or lot number"), key="lots.search", width=280)
    warehouse_id = filter_box(_("Warehouse"), houses, _("All warehouses"), key="lots.warehouse", width=180)
    days = {30: _("Within 30 days"), 60: _("Within 60 days"), 90: _("Within 90 days"), 0: _("Expired")}
    within = filter_box(_("Expires"), days, _("At any time"), key="lots.within", width=180)

with reading() as view:
    rows = lots_on_hand(view, text=typed, warehouse_id=warehouse_id, within_days=within, limit=MOST)

if not rows:
    nothing_here(_("No lot matches. Lots are named when goods of a tracked product are received."))
    st.stop()

places = quantity_places([row.on_hand for row in rows])
chosen = choice_table(
    rows,
    {
        "number": [row.number for row in rows],
        "name": [row.name for row in rows],
        "expiry": [row.expiry_on for row in rows],
        "left": [row.days_left for row in rows],
        "state": [_(FRESHNESS_LABELS[row.freshness]) for row in rows],
        "on_hand": [float(row.on_hand) for row in rows],
        "free": [float(row.free) for row in rows],
        "warehouse": [row.warehouse for row in rows],
        "place": [place_name(row.place) for row in rows],
    },
    key=f"lots.table.{typed}.{warehouse_id}.{within}",
    height=560,
    column_config={
        "number": text_column(_("Lot"), width=96),
        "name": text_column(_("Product name"), width=150),
        "expiry": day_column(_("Good until"), width=88, help=_("The last day on which it may be sold.")),
        "left": quantity_column(_("Days left"), width=66),
        "state": text_column(_("State"), width=72),
        "on_hand": quantity_column(_("On hand"), places, width=66),
        "free": quantity_column(_("Not promised"), places, width=76),
        "warehouse": text_column(_("Warehouse"), width=80),
        "place": text_column(_("Place"), width=80),
    },
)
counted = ngettext("{count} lot", "{count} lots", len(rows)).format(count=quantity(len(rows)))
st.caption(counted + " · " + _("Choose a row to see the lot."))
if chosen is not None:
    goto("stock/lot", id=chosen.lot_id)
