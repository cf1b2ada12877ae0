"""Phones and addresses of one customer for who sees them masked: asked for with a purpose, shown for minutes."""

import streamlit as st

from core.customers.reveal import NotRevealed, reveal_customer, revealed_customer
from core.work.command import may
from pages._shared.screen import act, current_actor, reading
from pages._shared.text import _, escaped


def reveal_panel(customer_id: int) -> None:
    """What is masked, in full, after saying what for; nothing for who sees all or may not ask."""
    actor = current_actor()
    if actor is None or not actor.shows.is_limited or not may(actor, reveal_customer):
        return
    try:
        with reading() as view:
            found = revealed_customer(view, customer_id)
    except NotRevealed:
        found = None
    if found is not None:
        for line in (*found.numbers, *found.places):
            st.markdown(f":material/visibility: {escaped(line)}")
        return
    with st.form(f"reveal.{customer_id}", border=False):
        purpose = st.text_input(_("Purpose"), key=f"reveal.{customer_id}.purpose", max_chars=200)
        if st.form_submit_button(
            _("Show phone and address"), key=f"reveal.{customer_id}.show", icon=":material/visibility:"
        ):
            act(reveal_customer, customer_id, purpose=purpose, done=_("Shown for five minutes, and recorded."))
