"""What surrounds every screen: who is signed in, the language, the way out, and the cookie."""

import json

import streamlit as st

from core.accounts.service import set_own_language
from core.base.i18n import LANGUAGES
from core.security.actor import Actor
from core.security.permissions import ROLE_LABELS, Role
from pages._shared.screen import act_in_callback, link
from pages._shared.session import CODE, leave
from pages._shared.text import LANGUAGE, _, escaped

_EXCHANGE = "<script>fetch('auth/exchange',{{method:'POST',body:{code}}})</script>"


def hand_over_cookie() -> None:
    """After a sign-in, let the browser trade its one-time code for the session cookie, once."""
    if code := st.session_state.pop(CODE, None):
        st.html(_EXCHANGE.format(code=json.dumps(code)), unsafe_allow_javascript=True)


def show_sidebar(actor: Actor) -> None:
    """The name of who is signed in, the language, and signing out."""
    roles = " · ".join(_(ROLE_LABELS[role]) for role in Role if role in actor.roles)
    with st.sidebar:
        st.markdown(f"**{escaped(actor.name)}**  \n:gray[{roles}]")
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            default=actor.language,
            key="frame.language",
            label_visibility="collapsed",
            on_change=_set_language,
            required=True,
        )
        link("admin/account")
        st.button(_("Sign out"), key="frame.sign_out", icon=":material/logout:", on_click=leave)


def _set_language() -> None:
    picked = st.session_state["frame.language"]
    act_in_callback(set_own_language, picked)
    st.session_state[LANGUAGE] = picked
