"""My notices: what happened that concerns me, and what I want to hear of."""

import streamlit as st

from pages._shared.screen import open_screen
from pages._shared.text import N_, _
from pages.home._inbox import show_inbox
from pages.home._notice_choices import show_choices

VIEWS = {"inbox": N_("Inbox"), "choices": N_("What I hear of")}

open_screen(__file__)
wanted = st.query_params.get("view", "inbox")
chosen = st.segmented_control(
    _("View"),
    list(VIEWS),
    format_func=lambda each: _(VIEWS[each]),
    default=wanted if wanted in VIEWS else "inbox",
    key="notices.view",
    label_visibility="collapsed",
    required=True,
)
if chosen == "choices":
    st.query_params["view"] = chosen
    show_choices()
else:
    st.query_params.pop("view", None)
    show_inbox()
