"""Who is overdue with the money at stake, and how cohorts come back and buy."""

import plotly.graph_objects as go
import streamlit as st

from core.analytics.customers.cohorts import COHORTS, KINDS, MOVED, CohortRow, cohorts, moved
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rules.overdue import CLOCK_LABELS, DEFINITION
from core.analytics.layer.answer import today_of
from core.security.actor import Actor
from pages._shared.charts import figure, plain_axis, show
from pages._shared.formats import compact_money, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.tables import nothing_here
from pages._shared.text import _
from pages.reports._customers_keep import Listed, show_customers, show_keeping
from pages.reports._customers_segments import GROUND

ROW_HEIGHT = 30


def show_overdue(actor: Actor) -> None:
    """Who should have ordered by now, the most money first; keep them and have them called."""
    found = overdue(mirror(), actor)
    st.subheader(_("Overdue by their own clock"), anchor=False, help=_(DEFINITION))
    if found.usual_pause is not None:
        st.markdown(
            _("{count} customers have a rhythm of their own; the usual pause of all is {days} days.").format(
                count=quantity(found.with_rhythm), days=quantity(found.usual_pause)
            )
        )
    if not found.rows:
        nothing_here(_("Nobody is overdue."))
        return
    rows = [
        Listed(
            row.customer_id,
            row.code,
            row.name,
            row.last_on,
            None,
            row.at_stake,
            _("{ratio} × {days} days ({clock})").format(
                ratio=quantity(row.ratio), days=quantity(row.pause), clock=_(CLOCK_LABELS[row.clock])
            ),
        )
        for row in found.rows
    ]
    show_keeping(
        actor,
        rows,
        key="customers.overdue",
        name=_("Overdue customers"),
        rule="overdue",
        facts={"from": "2"},
        today=today_of(mirror()),
    )
    show_customers(rows, "customers.overdue", _("At stake"), _("Pauses without an order"))


def show_cohorts(actor: Actor) -> None:
    """Who came, stayed and went, and how each month's new customers came back."""
    st.subheader(_("Who came, stayed and went"), anchor=False, help=_(MOVED))
    with st.grid(columns=4, min_column_width=150):
        for row in moved(mirror(), actor):
            amount = row.net_before if row.kind == "gone" else row.net
            st.metric(
                _(KINDS[row.kind]),
                quantity(row.customers),
                delta=compact_money(amount),
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
    rows = cohorts(mirror(), actor)
    st.subheader(_("Cohorts by the month of the first order"), anchor=False, help=_(COHORTS))
    if not rows:
        nothing_here(_("Nobody ordered for the first time in the last 13 months."))
        return
    by_money = (
        st.segmented_control(
            _("Cells"),
            ["customers", "net"],
            format_func=lambda each: _("Share who ordered") if each == "customers" else _("Net sales"),
            default="customers",
            key="customers.cohorts.by",
            label_visibility="collapsed",
            required=True,
        )
        == "net"
    )
    _cohort_chart(rows, by_money=by_money)
    st.caption(_("＊ The month still runs. A later month without a cell has not come yet."))


def _cohort_chart(rows: tuple[CohortRow, ...], *, by_money: bool) -> None:
    wide = max(len(row.cells) for row in rows)
    heights, texts, hovers = [], [], []
    for row in rows:
        cells = [*row.cells, *[None] * (wide - len(row.cells))]
        first = float(row.cells[0].net) or 1.0
        heights.append(
            [
                None if cell is None else (float(cell.net) / first if by_money else cell.customers / row.customers)
                for cell in cells
            ]
        )
        texts.append(
            [
                ""
                if cell is None
                else (compact_money(cell.net) if by_money else percent(cell.customers / row.customers, 0))
                + ("＊" if cell.is_incomplete else "")
                for cell in cells
            ]
        )
        hovers.append(
            [
                ""
                if cell is None
                else _("{month}, {later} months later: {customers} of {all} customers, {net}").format(
                    month=f"{row.month:%Y-%m}",
                    later=cell.later,
                    customers=cell.customers,
                    all=row.customers,
                    net=money(cell.net),
                )
                for cell in cells
            ]
        )
    chart = figure(
        go.Heatmap(
            x=list(range(wide)),
            y=[f"{row.month:%Y-%m} · {row.customers}" for row in rows],
            z=heights,
            text=texts,
            texttemplate="%{text}",
            hovertext=hovers,
            hoverinfo="text",
            colorscale=GROUND,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverongaps=False,
        ),
        height=ROW_HEIGHT * len(rows) + 70,
        xaxis=plain_axis(title=_("Months after the first order"), dtick=1, side="top"),
        yaxis=plain_axis(autorange="reversed", automargin=True, type="category"),
    )
    show(chart, f"customers.cohorts.{by_money}")
