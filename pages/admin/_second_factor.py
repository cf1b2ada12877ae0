"""Second factors: setting up one's own, recovery codes, switching it off, and the roles that must have one."""

from collections.abc import Mapping

import streamlit as st

from core.accounts.factor_rules import new_recovery_codes
from core.accounts.second_factor import (
    FactorCard,
    drop_own_second_factor,
    enrol_second_factor,
    offer_second_factor,
    renew_recovery_codes,
    set_second_factor_roles,
)
from pages._shared.formats import moment
from pages._shared.proving import is_proven, show_proof
from pages._shared.screen import act
from pages._shared.second_step import CODES, show_secret
from pages._shared.text import _, escaped, ngettext


def show_own_factor(card: FactorCard) -> None:
    """Where it stands, and what one can do about it."""
    with st.container(border=True):
        st.subheader(_("Second factor"), anchor=False)
        if card.enrolled_at is not None:
            _show_enrolled(card)
        elif card.secret:
            _show_enrolment(card)
        else:
            st.caption(_("A code of an app on your telephone, asked after your password: a stolen one is not enough."))
            if st.button(_("Set up the app"), key="account.factor.offer", icon=":material/phonelink_lock:"):
                act(offer_second_factor)


def show_factor_roles(names: Mapping[str, str], must: frozenset[str]) -> None:
    """Choose the roles whose holders sign in with a second factor only."""
    with st.form("users.factor.roles", border=False):
        chosen = st.pills(
            _("Roles that must have one"),
            list(names),
            format_func=lambda role: names[role],
            selection_mode="multi",
            default=[role for role in names if role in must],
            key="users.factor.chosen",
            help=_("Who has none yet sets it up at the next sign-in."),
        )
        if st.form_submit_button(_("Save"), type="primary", key="users.factor.save"):
            act(set_second_factor_roles, chosen, done=_("Saved; it holds from the next sign-in on."))


def _show_enrolment(card: FactorCard) -> None:
    if not is_proven():
        show_proof("account.factor")
        return
    show_secret(card)
    with st.form("account.factor.enrol", border=False):
        code = st.text_input(
            _("Code of your authenticator app"), key="account.factor.code", autocomplete="one-time-code", max_chars=40
        )
        if st.form_submit_button(_("Switch on"), type="primary", key="account.factor.enrol.submit"):
            codes = new_recovery_codes()
            if act(enrol_second_factor, code=code, recovery=codes, rerun=False) is not None:
                st.session_state[CODES] = codes
                st.rerun()


def _show_enrolled(card: FactorCard) -> None:
    since = escaped(moment(card.enrolled_at)) if card.enrolled_at else ""
    left = ngettext("{count} recovery code left", "{count} recovery codes left", card.recovery_left)
    st.markdown(":green-badge[:material/verified_user: " + _("On") + "] " + _("since {begun}").format(begun=since))
    st.caption(left.format(count=card.recovery_left))
    if not is_proven():
        with st.popover(_("Change"), icon=":material/lock:", key="account.factor.change"):
            show_proof("account.factor")
        return
    with st.container(horizontal=True):
        if st.button(_("New recovery codes"), key="account.factor.renew"):
            codes = new_recovery_codes()
            if act(renew_recovery_codes, recovery=codes, rerun=False) is not None:
                st.session_state[CODES] = codes
                st.rerun()
        if not card.is_wanted and st.button(_("Switch off"), key="account.factor.drop"):
            act(drop_own_second_factor, done=_("Your second factor is off."))
    if card.is_wanted:
        st.caption(_("Your role must have a second factor."))
