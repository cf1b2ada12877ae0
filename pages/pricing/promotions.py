"""Promotions: all of them, the newest first, and beginning a new one."""

import streamlit as st

from core.pricing.models import OFFER_STATE_LABELS
from core.pricing.queries import promotions
from core.pricing.rules.promotions import KIND_LABELS, Kind
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, quantity_column, text_column
from pages._shared.text import N_, _
from pages.pricing._words import last_day

SAID = {
    Kind.LADDER: N_("10 off from 100 on, 30 off from 200 on; or 10 off for every 100."),
    Kind.ITEM: N_("Goods at a lower price, or by so much per cent."),
    Kind.NTH: N_("The second piece at half price."),
    Kind.BUY_GET: N_("Buy two, get one; or a gift on the order."),
    Kind.BUNDLE: N_("Several goods together for one price."),
    Kind.COUPON: N_("A code that takes something off, so and so often."),
}

open_screen(__file__)
with reading() as view:
    rows = promotions(view)

with st.expander(_("New promotion"), icon=":material/add:", expanded=not rows):
    for kind, said in SAID.items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(_(KIND_LABELS[kind]), key=f"promotions.new.{kind}", width=190):
                goto("pricing/promotion", kind=kind.value)
            st.markdown(f":gray[{_(said)}]", width="content")

if not rows:
    nothing_here(_("There are no promotions yet."))
    st.stop()
chosen = choice_table(
    rows,
    {
        "name": [row.promotion.name for row in rows],
        "state": [_(OFFER_STATE_LABELS[row.state]) for row in rows],
        "kind": [_(KIND_LABELS[row.promotion.kind]) for row in rows],
        "since": [row.promotion.since for row in rows],
        "last": [last_day(row.promotion.until) for row in rows],
        "used": [row.used_count for row in rows],
        "spent": [float(row.spent) for row in rows],
    },
    key="promotions.table",
    column_config={
        "name": text_column(_("Name of the offer"), width=180),
        "state": text_column(_("State"), width=80),
        "kind": text_column(_("Kind"), width=120),
        "since": day_column(_("First day"), width=92),
        "last": day_column(_("Last day"), width=92),
        "used": quantity_column(_("Used"), width=60),
        "spent": money_column(_("Saved by customers"), width=110),
    },
)
st.caption(_("Choose a row to open the offer."))
if chosen is not None:
    goto("pricing/promotion", id=chosen.promotion.id)
