"""What customers owe and for how long, as of any day, and what is expected in the next weeks."""

import plotly.graph_objects as go
import streamlit as st

from core.base.exact import ZERO
from core.receivables.rules import BUCKET_LABELS, PLAN_LABELS, Bucket, PlanState
from core.sales.money.ageing import ageing, expected_cash, planned_receipts
from core.sales.money.forecast import cash_forecast, days_sales_outstanding
from pages._shared.charts import compact_axis, figure, plain_axis, show
from pages._shared.formats import day, money
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, text_column
from pages._shared.text import N_, _
from pages.receivables._forecast import show_dso, show_forecast

SERIES = (("due", N_("Due")), ("planned", N_("By plan")), ("unshipped", N_("Not shipped yet")))
WEEKS = 13

actor = open_screen(__file__)
with reading() as view:
    today = view.today
    as_of = st.date_input(_("As of"), value=today, max_value=today, format="YYYY-MM-DD", key="ageing.as_of", width=180)
    rows = ageing(view, as_of)
    weeks = expected_cash(view, WEEKS)
    planned = [row for row in planned_receipts(view) if row.state != PlanState.PAID]
    claims = sum((row.claims for row in rows), ZERO)
    dso = days_sales_outstanding(view, claims, as_of)
    forecast = cash_forecast(view, as_of, WEEKS)

ahead = sum(row.ahead for row in rows)
with st.container(horizontal=True, gap="medium", key="ageing.totals"):
    st.metric(_("Claims"), money(claims), width="content")
    for bucket in Bucket:
        st.metric(_(BUCKET_LABELS[bucket]), money(sum(row.buckets[bucket] for row in rows)), width="content")
    st.metric(_("Paid ahead"), money(ahead), width="content", help=_("Deposits, balances and credits."))
    st.metric(_("Owed"), money(claims - ahead), width="content", help=_("Claims less what is paid ahead."))
    show_dso(dso)
if not rows:
    nothing_here(_("Nobody owed anything on this day."))
else:
    chosen = choice_table(
        rows,
        {
            "customer": [row.customer for row in rows],
            **{bucket.value: [float(row.buckets[bucket]) for row in rows] for bucket in Bucket},
            "claims": [float(row.claims) for row in rows],
            "ahead": [float(row.ahead) for row in rows],
            "owed": [float(row.owed) for row in rows],
        },
        key=f"ageing.table.{as_of}",
        short=12,
        height=480,
        column_config={
            "customer": text_column(_("Customer"), width=180, pinned=True),
            **{bucket.value: money_column(_(BUCKET_LABELS[bucket]), width=96) for bucket in Bucket},
            "claims": money_column(_("Claims"), width=104),
            "ahead": money_column(_("Paid ahead"), width=104),
            "owed": money_column(_("Owed"), width=104),
        },
    )
    st.caption(_("Choose a row to open the customer."))
    if chosen is not None:
        goto("customers/customer", id=chosen.customer_id)

show_forecast(forecast)
totals = [week.due + week.planned + week.unshipped for week in weeks]
if any(totals):
    st.subheader(_("Expected receipts"), anchor=False)
    show(
        figure(
            *(
                go.Bar(
                    name=_(label),
                    x=[day(week.week) for week in weeks],
                    y=[float(getattr(week, name)) for week in weeks],
                )
                for name, label in SERIES
            ),
            barmode="stack",
            xaxis=plain_axis(type="category"),
            yaxis=compact_axis(totals),
        ),
        "ageing.expected",
    )
    st.caption(
        _(
            "By week from Monday. This week holds what is late, the last one all that comes after it. Orders with a "
            "receipt plan count as planned; goods not shipped yet, as if they left today."
        )
    )
if planned:
    st.subheader(_("Receipt plan"), anchor=False)
    st.dataframe(
        {
            "on": [row.planned_on for row in planned],
            "customer": [row.customer for row in planned],
            "order": [row.order for row in planned],
            "amount": [float(row.amount) for row in planned],
            "open": [float(row.open) for row in planned],
            "state": [_(PLAN_LABELS[row.state]) for row in planned],
            "note": [row.note for row in planned],
        },
        key="ageing.planned",
        hide_index=True,
        column_config={
            "on": day_column(_("Planned on"), width=92),
            "customer": text_column(_("Customer"), width=180),
            "order": text_column(_("Order"), width=118),
            "amount": money_column(_("Amount"), width=100),
            "open": money_column(_("Open"), width=100),
            "state": text_column(_("State"), width=80),
            "note": text_column(_("Note")),
        },
        placeholder="",
    )
