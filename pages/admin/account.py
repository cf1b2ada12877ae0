"""One's own account: language, password, second factor, sign-ins."""

import streamlit as st

from core.accounts.queries import SessionRow, own_sessions
from core.accounts.rules import SHORTEST
from core.accounts.second_factor import own_second_factor
from core.accounts.service import change_own_password, end_own_other_sessions, end_own_session, set_own_language
from core.base.i18n import LANGUAGES
from pages._shared.proving import is_right
from pages._shared.screen import act, open_screen, reading
from pages._shared.session import session_token
from pages._shared.text import _, escaped
from pages.admin._second_factor import show_own_factor
from pages.admin._sign_ins import show_sessions

actor = open_screen(__file__)

with reading() as view:
    sessions, factor = own_sessions(view, session_token() or ""), own_second_factor(view)

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


def end(session: SessionRow) -> None:
    """Sign out one of one's own browsers."""
    act(end_own_session, session.id, done=_("That browser is signed out."))


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
    if st.form_submit_button(_("Change password"), key="account.change") and is_right(old):
        act(
            change_own_password,
            old=old,
            new=new,
            keep_token=session_token() or "",
            done=_("Your password is changed. Other browsers are signed out."),
        )

with right:
    with st.container(border=True):
        st.subheader(_("Signed in on"), anchor=False)
        show_sessions(sessions, "account", end)
        if len(sessions) > 2 and st.button(_("Sign out all others"), key="account.end_others"):
            act(end_own_other_sessions, done=_("All other browsers are signed out."))
    show_own_factor(factor)
