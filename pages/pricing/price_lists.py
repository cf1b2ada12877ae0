"""Price lists: all of them, those that count first, and beginning a new one."""

import streamlit as st

from core.pricing.lists import add_price_list
from core.pricing.models import OFFER_STATE_LABELS
from core.pricing.queries import price_lists
from core.pricing.rules.prices import AUDIENCE_LABELS
from pages._shared.screen import act, form_key, goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, nothing_here, quantity_column, text_column
from pages._shared.text import _
from pages.pricing._ask import ask_panel
from pages.pricing._limits import limits_panel
from pages.pricing._list_form import list_fields
from pages.pricing._rule_form import asked_prices
from pages.pricing._words import last_day

open_screen(__file__)
asked = asked_prices()
if asked:
    st.info(
        _("Choose the list that gets the new prices, or begin one; they are filled in there and can be changed."),
        icon=":material/sell:",
    )
with reading() as view:
    rows = price_lists(view)

with st.expander(_("New price list"), icon=":material/add:"):
    entry = list_fields("price_lists.new")
    if st.button(_("Begin the list"), type="primary", key="price_lists.new.save"):
        made = act(add_price_list, entry, key=form_key("price_lists.new"), rerun=False)
        if made is not None:
            goto("pricing/price_list", id=made, **asked)
with st.expander(_("Ask for a price"), icon=":material/help:"):
    ask_panel()
with st.expander(_("Margins and floors"), icon=":material/traffic:"):
    limits_panel()

if not rows:
    nothing_here(_("There are no price lists yet: everybody pays the prices of the products."))
    st.stop()
chosen = choice_table(
    rows,
    {
        "name": [row.name for row in rows],
        "state": [_(OFFER_STATE_LABELS[row.state]) for row in rows],
        "audience": [row.target or _(AUDIENCE_LABELS[row.audience]) for row in rows],
        "rules": [row.rules for row in rows],
        "priority": [row.priority for row in rows],
        "since": [row.since for row in rows],
        "last": [last_day(row.until) for row in rows],
    },
    key="price_lists.table",
    column_config={
        "name": text_column(_("Name of the offer"), width=180),
        "state": text_column(_("State"), width=80),
        "audience": text_column(_("Whom it is for"), width=160),
        "rules": quantity_column(_("Rules"), width=60),
        "priority": quantity_column(_("Priority"), width=65),
        "since": day_column(_("First day"), width=92),
        "last": day_column(_("Last day"), width=92),
    },
)
st.caption(_("Choose a row to open the offer."))
if chosen is not None:
    goto("pricing/price_list", id=chosen.id, **asked)
