"""A promotion tried on past orders, before customers get it."""

from datetime import date, timedelta

import streamlit as st

from core.sales.offer_trial import TrialCard, orders_to_try, try_on_orders
from core.sales.trial_runs import TrialRun, begin_trial, last_trial
from pages._shared.formats import day, money, quantity
from pages._shared.screen import act, reading
from pages._shared.tables import day_column, money_column, text_column
from pages._shared.text import _, escaped, ngettext

AT_ONCE = 1_000
"""So many orders are tried while the screen waits; more are tried beside it."""

EVERY = 1.0


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
    if pressed and len(days) == 2:
        since, until = days[0], days[1] + timedelta(days=1)
        with reading() as view:
            orders = orders_to_try(view, since=since, until=until)
        if orders <= AT_ONCE:
            with reading() as view:
                _show(try_on_orders(view, promotion_id, since=since, until=until))
            return
        act(begin_trial, promotion_id, since=since, until=until)
    st.caption(_("Nothing changes: it shows what past orders would have come to, and which ones."))
    with reading() as view:
        run = last_trial(view, promotion_id)
    if run is None:
        return
    if run.card is None and run.is_over:
        _show_failed(run)
    elif run.card is None:
        _follow(promotion_id)
    else:
        st.caption(_days(run))
        _show(run.card)


@st.fragment(run_every=EVERY, key="promotion.trial.long")
def _follow(promotion_id: int) -> None:
    """How far a trial is that is too long for the screen to wait for; the screen is drawn again when it is done."""
    with reading() as view:
        run = last_trial(view, promotion_id)
    if run is None or run.card is not None or run.is_over:
        st.rerun()
    if run.error:
        _show_failed(run)
        return
    told = _("{done} of {orders} orders tried").format(done=quantity(run.done), orders=quantity(run.orders))
    st.progress(min(run.done / max(run.orders, 1), 1.0), f"{_days(run)} · {told}")


def _show_failed(run: TrialRun) -> None:
    """That nothing came out, why, and whether somebody has to do something."""
    said = _("This trial failed and has no result: {error}").format(error=escaped(run.error or "–"))
    more = _("Press “Try it” to begin again.") if run.is_over else _("It is tried again by itself.")
    st.error(f"{_days(run)} · {said} {more}", icon=":material/error:")


def _days(run: TrialRun) -> str:
    last = run.until - timedelta(days=1)
    return _("Orders from {since} to {until}").format(since=day(run.since), until=day(last))


def _show(card: TrialCard) -> None:
    with st.container(horizontal=True, gap="small", key="promotion.trial.totals"):
        st.metric(_("Orders touched"), f"{quantity(card.touched)} / {quantity(card.orders)}", border=True)
        change = card.revenue_after - card.revenue_before
        st.metric(_("Net sales"), money(card.revenue_after), money(change), border=True, delta_color="off")
        if card.margin is not None:
            before, after = card.margin
            st.metric(_("Margin"), money(after), money(after - before), border=True, delta_color="off")
    if card.rows:
        shown = card.rows
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
    if card.margin is not None and card.lines:
        costs = _("Costs: {known} of {lines} lines at what the goods cost when they left, others at purchase price.")
        said += " " + costs.format(known=quantity(card.at_issue), lines=quantity(card.lines))
    if card.left_out:
        said += " " + ngettext(
            "{count} order is of a customer who does without the coupon.",
            "{count} orders are of customers who do without the coupon.",
            card.left_out,
        ).format(count=quantity(card.left_out))
    if card.touched > len(card.rows):
        said += " " + _("The {count} that save most are listed.").format(count=quantity(len(card.rows)))
    st.caption(said)
