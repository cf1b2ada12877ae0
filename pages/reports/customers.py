"""Customers: who buys, who stopped, who is worth what, and what to do about it."""

import streamlit as st

from core.base.errors import AppError
from pages._shared.screen import open_screen
from pages._shared.standing import show_standing
from pages._shared.text import N_, _, listed
from pages.reports._customers_change import show_cohorts, show_overdue
from pages.reports._customers_head import show_head
from pages.reports._customers_offer import show_next_product
from pages.reports._customers_segments import show_segments
from pages.reports._customers_worth import show_concentration, show_worth

PANELS = {
    "segments": (N_("Segments"), show_segments),
    "overdue": (N_("Overdue customers"), show_overdue),
    "worth": (N_("Worth"), show_worth),
    "cohorts": (N_("Cohorts"), show_cohorts),
    "concentration": (N_("Concentration"), show_concentration),
    "next": (N_("Next product"), show_next_product),
}

actor = open_screen(__file__)
if not show_standing():
    st.stop()

try:
    show_head(actor)
    asked = st.query_params.get("view", "segments")
    chosen = st.segmented_control(
        _("Question"),
        list(PANELS),
        format_func=lambda each: _(PANELS[each][0]),
        default=asked if asked in PANELS else "segments",
        key="customers.view",
        label_visibility="collapsed",
        required=True,
    )
    st.query_params["view"] = chosen
    with st.container(key=f"customers.panel.{chosen}"):
        PANELS[chosen][1](actor)
except AppError as refusal:
    st.info(listed(refusal.sentence), icon=":material/info:")
