"""Typing one's password again before what must not be done by whoever finds a browser open."""

from collections.abc import Callable

import streamlit as st

from core.accounts.proof import prove
from core.base.errors import AppError
from core.work.sign_in import is_recent
from pages._shared.company import store
from pages._shared.session import address, current_actor
from pages._shared.text import _, escaped


def is_proven() -> bool:
    """Whether the password was typed lately on this browser."""
    actor = current_actor()
    if actor is None:
        return False
    with store().viewing(actor) as view:
        return is_recent(view)


def is_right(password: str) -> bool:
    """Whether this is the password of who is signed in; says so where it is not. Wrong ones are counted."""
    actor = current_actor()
    if actor is None:
        st.rerun()
        return False
    try:
        prove(store(), actor, password, address())
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return False
    return True


def proven_or_asked(label: str, key: str) -> bool:
    """Whether to show a button that needs a password typed lately; otherwise asks for it under the same label."""
    if is_proven():
        return True
    with st.popover(label, icon=":material/lock:", key=f"{key}.proof"):
        show_proof(key)
    return False


def show_proof(key: str, then: Callable[[], None] | None = None) -> None:
    """Ask for the password; once it is right, `then` goes on and the screen is drawn anew."""
    st.caption(_("Type your password again: this is asked of whoever sits here, for the next minutes."))
    with st.form(f"{key}.proof.form", border=False, clear_on_submit=True):
        password = st.text_input(
            _("Your password"), type="password", key=f"{key}.proof.password", autocomplete="current-password"
        )
        if not st.form_submit_button(_("Go on"), type="primary", key=f"{key}.proof.submit"):
            return
    if not is_right(password):
        return
    try:
        if then is not None:
            then()
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
    else:
        st.rerun()


def ask_in_dialog(then: Callable[[], None]) -> None:
    """Ask for the password in a dialog, and go on with what was asked for once it is right."""

    @st.dialog(_("Your password again"))
    def show() -> None:
        show_proof("proving", then)

    show()
