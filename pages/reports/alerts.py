"""Alerts: what is out of the ordinary by money, the rules behind it, and a rule being set with its trial."""

import streamlit as st

from core.base.errors import AppError
from pages._shared.screen import open_screen
from pages._shared.text import N_, _, listed
from pages.reports._alerts_form import show_form
from pages.reports._alerts_list import show_alerts
from pages.reports._alerts_rules import show_rules

VIEWS = {"alerts": N_("Alerts"), "rules": N_("Rules")}

actor = open_screen(__file__)
asked = st.query_params.get("rule", "")
try:
    if asked == "new" or asked.isdigit():
        show_form(actor, None if asked == "new" else int(asked))
    else:
        wanted = st.query_params.get("view", "alerts")
        chosen = st.segmented_control(
            _("View"),
            list(VIEWS),
            format_func=lambda each: _(VIEWS[each]),
            default=wanted if wanted in VIEWS else "alerts",
            key="alerts.view",
            label_visibility="collapsed",
            required=True,
        )
        st.query_params["view"] = chosen
        if chosen == "rules":
            show_rules(actor)
        else:
            show_alerts()
except AppError as refusal:
    st.error(listed(refusal.sentence))
