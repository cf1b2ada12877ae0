"""The list of reasons for returns: adding one, renaming one, taking one off the list."""

import streamlit as st

from core.sales.returns.queries import return_reasons
from core.sales.returns.reasons import add_return_reason, edit_return_reason
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _
from pages.sales._return_labels import reason_words


def edit_reasons() -> None:
    """One form for a new reason, and one for each that there is."""
    st.caption(_("Returns keep the words that were chosen when they were requested."))
    with st.form("returns.reasons.new", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("New reason"), key="returns.reasons.name", max_chars=80)
        added = st.form_submit_button(_("Add"), key="returns.reasons.add", icon=":material/add:")
    if added:
        act(add_return_reason, name=name, done=_("The reason was added."), key=form_key("returns.reasons.new"))
    with reading() as view:
        reasons = return_reasons(view, with_inactive=True)
    for reason in reasons:
        shown = reason_words(reason.name)
        with (
            st.form(f"returns.reasons.{reason.id}", border=False),
            st.container(horizontal=True, vertical_alignment="center"),
        ):
            words = st.text_input(
                _("Reason"),
                value=shown,
                key=f"returns.reasons.{reason.id}.name",
                label_visibility="collapsed",
                max_chars=80,
                width=240,
            )
            is_active = st.checkbox(_("On the list"), value=reason.is_active, key=f"returns.reasons.{reason.id}.active")
            saved = st.form_submit_button(_("Save"), key=f"returns.reasons.{reason.id}.save", type="tertiary")
        if saved:
            named = reason.name if words == shown else words
            act(edit_return_reason, reason.id, name=named, is_active=is_active, done=_("The reason was saved."))
