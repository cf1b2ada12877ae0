"""One's own account: language, password, sign-ins."""

import streamlit as st

from core.accounts.queries import own_sessions
from core.accounts.rules import SHORTEST
from core.accounts.service import change_own_password, end_own_session, set_own_language
from core.base.i18n import LANGUAGES
from pages._shared.browsers import browser_name
from pages._shared.formats import moment
from pages._shared.screen import act, open_screen, reading
from pages._shared.session import session_token
from pages._shared.text import _, escaped

# Beside it there is room for a button, on a phone too.
SESSION_WIDTH = 210

actor = open_screen(__file__)

with reading() as view:
    sessions = own_sessions(view, session_token() or "")

roles = " · ".join(escaped(_(title)) for title in actor.titles)
st.caption(f"{escaped(actor.name)} · {roles}")

left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader(_("Language"), anchor=False)
    language = st.radio(
        _("Language"),
        list(LANGUAGES),
        index=list(LANGUAGES).index(actor.language),
        format_func=LANGUAGES.__getitem__,
        key=f"account.language.{actor.language}",
        horizontal=True,
        label_visibility="collapsed",
    )
    if language != actor.language:
        act(set_own_language, language)

with left, st.form("account.password", clear_on_submit=True):
    st.subheader(_("Password"), anchor=False)
    old = st.text_input(_("Present password"), type="password", key="account.old", autocomplete="current-password")
    new = st.text_input(
        _("New password"),
        type="password",
        key="account.new",
        autocomplete="new-password",
        help=_("At least {count} characters; a sentence is best.").format(count=SHORTEST),
    )
    if st.form_submit_button(_("Change password"), key="account.change"):
        act(
            change_own_password,
            old=old,
            new=new,
            keep_token=session_token() or "",
            done=_("Your password is changed. Other browsers are signed out."),
        )

with right, st.container(border=True):
    st.subheader(_("Signed in on"), anchor=False)
    for session in sessions:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(
                f"**{escaped(browser_name(session.user_agent))}**  \n"
                + ":gray["
                + _("since {begun}, last seen {seen}").format(
                    begun=escaped(moment(session.created_at)), seen=escaped(moment(session.seen_at))
                )
                + "]",
                width=SESSION_WIDTH,
            )
            if session.is_this:
                st.badge(_("This browser"), color="green")
            elif st.button(_("Sign out"), key=f"account.end.{session.id}"):
                act(end_own_session, session.id, done=_("That browser is signed out."))
