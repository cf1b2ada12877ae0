"""The second step of a sign-in, setting up an authenticator app, and recovery codes that are shown once."""

from collections.abc import Callable

import streamlit as st

from core.accounts.errors import StepOver
from core.accounts.factor_rules import new_recovery_codes
from core.accounts.second_factor import FactorCard
from core.accounts.sessions import factor_at_step, finish_sign_in
from core.base.errors import AppError
from core.base.qr import qr_png
from pages._shared.company import store
from pages._shared.session import address, browser
from pages._shared.text import PICKED, _, escaped

STEP = "sign_in.step"
CODES = "factor.codes"


def show_second_step(enter: Callable[[str], None]) -> None:
    """Ask for the code of the authenticator app; who must set one up does so here first."""
    step = str(st.session_state[STEP])
    try:
        card = factor_at_step(store(), step)
    except StepOver as refusal:
        del st.session_state[STEP]
        st.error(escaped(refusal.sentence))
        st.button(_("Back to sign-in"), key="sign_in.again")
        return
    enrols = card.enrolled_at is None
    if enrols:
        st.subheader(_("Set up your second factor"), anchor=False)
        st.write(_("Your role must have one. It takes a minute, and is asked at every sign-in from now on."))
        show_secret(card)
    with st.form("sign_in.second"):
        code = st.text_input(
            _("Code of your authenticator app"),
            key="sign_in.code",
            autocomplete="one-time-code",
            max_chars=40,
            help=None if enrols else _("Without your telephone, type one of your recovery codes."),
        )
        pressed = st.form_submit_button(_("Sign in"), type="primary", width="stretch", key="sign_in.second.submit")
    if st.button(_("Back to sign-in"), key="sign_in.back", type="tertiary", icon=":material/arrow_back:"):
        del st.session_state[STEP]
        st.rerun()
    if not pressed:
        return
    codes = new_recovery_codes() if enrols else ()
    try:
        token = finish_sign_in(store(), step, code, browser(), st.session_state.get(PICKED), address(), codes)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    del st.session_state[STEP]
    if codes:
        st.session_state[CODES] = codes
    enter(token)


def show_secret(card: FactorCard) -> None:
    """The QR code for an authenticator app, and the same as letters."""
    st.markdown(_("1. Scan this with an authenticator app, such as Microsoft Authenticator, FreeOTP or Aegis."))
    st.image(qr_png(card.address), width=220)
    st.caption(_("Or type this secret into the app:"))
    st.code(" ".join(card.secret[n : n + 4] for n in range(0, len(card.secret), 4)), language=None)
    st.markdown(_("2. Type the code that the app shows."))


def show_new_codes() -> None:
    """Recovery codes that were made just now, until their owner says that they are kept."""
    codes = st.session_state.get(CODES)
    if not codes:
        return

    @st.dialog(_("Keep your recovery codes"), dismissible=False)
    def show() -> None:
        st.write(
            _("Each of them signs you in once without the app. Print them or write them down: they are shown only now.")
        )
        st.code("\n".join(codes), language=None)
        if st.button(_("I have kept them"), key="factor.codes.kept", type="primary"):
            st.session_state.pop(CODES, None)
            st.rerun()

    show()
