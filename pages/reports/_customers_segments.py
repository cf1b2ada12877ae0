"""Segments: their weight, the rule in words, the map of recency and frequency, and who is in one."""

import plotly.graph_objects as go
import streamlit as st

from core.analytics.customers.rfm import SegmentRow, members, rfm_map, segments
from core.analytics.customers.rules.segments import DEFINITION, RULE_OF, Scores, Segment
from core.analytics.layer.answer import today_of
from core.security.actor import Actor
from pages._shared.charts import figure, plain_axis, show
from pages._shared.formats import compact_money, money, quantity
from pages._shared.mirror import mirror
from pages._shared.tables import money_column, nothing_here, percent_column, quantity_column, text_column
from pages._shared.text import _
from pages.reports._customers_keep import Listed, show_customers, show_keeping

MAP_HEIGHT = 300
GROUND = [[0, "rgba(15,139,141,0.08)"], [1, "rgba(15,139,141,0.95)"]]


def show_segments(actor: Actor) -> None:
    """All segments, and one of them with its customers."""
    rows = segments(mirror(), actor)
    if not sum(row.customers for row in rows):
        nothing_here(_("Nobody has ordered yet."), _("New order"), "sales/new_order")
        return
    wide, narrow = st.columns([3, 2], gap="medium")
    with wide:
        st.subheader(_("Segments"), anchor=False, help=_(DEFINITION))
        picked = _table(rows)
    with narrow:
        st.subheader(_("How lately and how often"), anchor=False, help=_(DEFINITION))
        _map(actor)
    chosen = _chosen([row.segment for row in rows if row.customers], picked)
    rule = RULE_OF[chosen]
    st.subheader(_(rule.name), anchor=False)
    st.markdown(f"{_(rule.rule)} :gray[{_(rule.advice)}]")
    found = members(mirror(), actor, chosen)
    listed = [
        Listed(each.customer_id, each.code, each.name, each.last_on, each.orders, each.net, _scored(each.scores))
        for each in found
    ]
    show_keeping(
        actor,
        listed,
        key="customers.segment",
        name=_(rule.name),
        rule="segment",
        facts={"segment": chosen.value},
        today=today_of(mirror()),
    )
    show_customers(listed, f"customers.segment.{chosen}", _("Net sales"), _("Recency · frequency · money"))


def _table(rows: list[SegmentRow]) -> Segment | None:
    shown = [row for row in rows if row.customers]
    event = st.dataframe(
        {
            "name": [_(RULE_OF[row.segment].name) for row in shown],
            "customers": [row.customers for row in shown],
            "share": [float(row.share_of_customers) for row in shown],
            "net": [float(row.net) for row in shown],
            "net_share": [None if row.share_of_net is None else float(row.share_of_net) for row in shown],
            "rule": [_(RULE_OF[row.segment].rule) for row in shown],
        },
        key="customers.segments",
        hide_index=True,
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "name": text_column(_("Segment"), width=140, pinned=True),
            "customers": quantity_column(_("Customers"), width=84),
            "share": percent_column(_("Share"), width=64),
            "net": money_column(_("Net sales"), width=110),
            "net_share": percent_column(_("Share of sales"), width=84),
            "rule": text_column(_("Rule"), width=320),
        },
    )
    cells = event["selection"]["cells"] if event else []
    return shown[cells[0][0]].segment if cells and cells[0][0] < len(shown) else None


def _chosen(known: list[Segment], picked: Segment | None) -> Segment:
    """The segment looked at: the one clicked last in the table or picked in the list."""
    key = "customers.segment.chosen"
    if picked is not None and st.session_state.get(f"{key}.clicked") != picked:
        st.session_state[f"{key}.clicked"] = picked
        st.session_state[key] = picked
    if st.session_state.get(key) not in known:
        st.session_state[key] = known[0]
    return st.selectbox(_("Customers of"), known, format_func=lambda each: _(RULE_OF[each].name), key=key, width=260)


def _map(actor: Actor) -> None:
    cells = {(cell.recency, cell.frequency): cell for cell in rfm_map(mirror(), actor)}
    scores = list(range(1, 6))
    grid = [[cells.get((recency, frequency)) for recency in scores] for frequency in scores]
    chart = figure(
        go.Heatmap(
            x=scores,
            y=scores,
            z=[[0 if cell is None else cell.customers for cell in row] for row in grid],
            text=[["" if cell is None else quantity(cell.customers) for cell in row] for row in grid],
            texttemplate="%{text}",
            hovertext=[
                [
                    ""
                    if cell is None
                    else _("{customers} customers, {net}").format(customers=cell.customers, net=money(cell.net))
                    for cell in row
                ]
                for row in grid
            ],
            hoverinfo="text",
            colorscale=GROUND,
            showscale=False,
            xgap=3,
            ygap=3,
        ),
        height=MAP_HEIGHT,
        xaxis=plain_axis(title=_("Recency: 5 is lately"), dtick=1),
        yaxis=plain_axis(title=_("Frequency: 5 is often"), dtick=1),
    )
    show(chart, "customers.map")
    best = cells.get((5, 5))
    if best is not None:
        st.caption(_("Top right: {net} of net sales.").format(net=compact_money(best.net)))


def _scored(scores: Scores | None) -> str:
    return "–" if scores is None else f"{scores.recency} · {scores.frequency} · {scores.money}"
