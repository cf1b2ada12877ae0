"""A promotion tried on past orders, before customers get it."""

from datetime import date, timedelta

import streamlit as st

from core.sales.offer_trial import MOST_TRIED, try_on_orders
from pages._shared.formats import money, quantity
from pages._shared.screen import reading
from pages._shared.tables import day_column, money_column, text_column
from pages._shared.text import _, ngettext

SHOWN = 100


def trial_panel(promotion_id: int, today: date) -> None:
    """What the orders of last month, or of other days, would have come to."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.date_input(
            _("Orders of these days"),
            value=(first, today.replace(day=1) - timedelta(days=1)),
            max_value=today,
            format="YYYY-MM-DD",
            key="promotion.trial.days",
            width=260,
        )
        pressed = st.button(_("Try it"), key="promotion.trial.run", icon=":material/science:")
    if not pressed or len(days) != 2:
        st.caption(_("Nothing changes: it shows what past orders would have come to, and which ones."))
        return
    with reading() as view:
        card = try_on_orders(view, promotion_id, since=days[0], until=days[1] + timedelta(days=1))
    with st.container(horizontal=True, gap="small", key="promotion.trial.totals"):
        st.metric(_("Orders touched"), f"{quantity(len(card.rows))} / {quantity(card.orders)}", border=True)
        change = card.revenue_after - card.revenue_before
        st.metric(_("Net sales"), money(card.revenue_after), money(change), border=True, delta_color="off")
        if card.margin is not None:
            before, after = card.margin
            st.metric(_("Margin"), money(after), money(after - before), border=True, delta_color="off")
    if card.rows:
        shown = card.rows[:SHOWN]
        st.dataframe(
            {
                "number": [row.number for row in shown],
                "saved": [float(row.saved) for row in shown],
                "customer": [row.customer for row in shown],
                "before": [float(row.before) for row in shown],
                "after": [float(row.after) for row in shown],
                "on": [row.ordered_on for row in shown],
            },
            key="promotion.trial.table",
            hide_index=True,
            height="content" if len(shown) < 12 else 420,
            column_config={
                "number": text_column(_("Number"), width=118),
                "customer": text_column(_("Customer"), width=160),
                "before": money_column(_("Before"), width=100),
                "after": money_column(_("After"), width=100),
                "saved": money_column(_("Saved"), width=90),
                "on": day_column(_("Ordered on"), width=92),
            },
        )
    said = ngettext(
        "{count} order tried, at the prices it was sold at. It does not say what more would have been sold.",
        "{count} orders tried, at the prices they were sold at. It does not say what more would have been sold.",
        card.orders,
    ).format(count=quantity(card.orders))
    if card.found > card.orders:
        said += " " + _("Only the newest {count} were tried.").format(count=quantity(MOST_TRIED))
    st.caption(said)
