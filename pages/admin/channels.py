"""Notice channels: group chats and addresses of the company, what left and what failed, and the mail server."""

import streamlit as st

from pages._shared.screen import open_screen
from pages._shared.text import N_, _
from pages.admin._channels import show_channels
from pages.admin._mail_server import show_mail_server
from pages.admin._outgoing import show_outgoing

VIEWS = {"channels": N_("Channels"), "outgoing": N_("Outgoing"), "mail": N_("Mail server")}

open_screen(__file__)
wanted = st.query_params.get("view", "channels")
chosen = st.segmented_control(
    _("View"),
    list(VIEWS),
    format_func=lambda each: _(VIEWS[each]),
    default=wanted if wanted in VIEWS else "channels",
    key="channels.view",
    label_visibility="collapsed",
    required=True,
)
st.query_params["view"] = chosen
if chosen == "outgoing":
    show_outgoing()
elif chosen == "mail":
    show_mail_server()
else:
    show_channels()
