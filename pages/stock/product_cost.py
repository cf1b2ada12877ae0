"""The cost of one product: its history, its moves, and why a move cost what it did."""

import plotly.graph_objects as go
import streamlit as st

from core.base.errors import NotFound
from core.catalog.queries import product_card
from core.stock.costs.adjust import revalue_stock
from core.stock.costs.errors import NeverMoved
from core.stock.costs.lists import cost_moves
from core.stock.costs.previews import preview_revaluation
from core.stock.costs.queries import cost_history, move_cost, stock_costs, unit_cost
from core.stock.costs.rules.events import ENTRY_KIND_LABELS, METHOD_LABELS
from core.work.command import may
from pages._shared.charts import compact_axis, days_axis, figure, show
from pages._shared.formats import local_time, moment, money, price, quantity
from pages._shared.forms import decimal_input
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import (
    chosen_row,
    moment_column,
    money_column,
    nothing_here,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, escaped
from pages.stock._effect import show_effect

SHOWN = 200

actor = open_screen(__file__)
link("stock/value", _("All stock values"))

with reading() as view:
    product = asked_card(view, product_card)
    if product is not None:
        worth = stock_costs(view, variant_ids=[product.variant_id])
        unit = unit_cost(view, product.variant_id)
        history = cost_history(view, product.variant_id)
        moves = cost_moves(view, product.variant_id, limit=SHOWN)
        today = local_time(view.now).date()
if product is None:
    nothing_here(_("Choose a product from the stock values."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", key="cost.head"):
    st.subheader(escaped(product.name), anchor=False, width="content")
    st.markdown(f":gray[{escaped(product.sku)} · {escaped(product.unit)}]", width="content")
    link("stock/card", _("Stock card"), id=product.variant_id)

with st.container(horizontal=True, gap="small", key="cost.totals"):
    st.metric(_("Unit cost"), price(unit) if unit is not None else "–", border=True)
    st.metric(_("On hand"), quantity(worth[0].quantity if worth else 0), border=True)
    st.metric(_("Value"), money(worth[0].amount if worth else 0), border=True)

if not moves:
    nothing_here(_("This product never had a cost."))
    st.stop()

days = [row.on for row in history]
costs = [float(row.unit_cost) for row in history]
if days:
    if days[-1] != today:
        days.append(today)
        costs.append(costs[-1])
    line = {"shape": "hv", "width": 2}
    trace = go.Scatter(x=days, y=costs, mode="lines+markers", line=line, name=_("Unit cost"), hovertemplate="%{y:,.4f}")
    st.caption(_("What a unit cost, day by day"))
    show(figure(trace, height=180, xaxis=days_axis(days), yaxis=compact_axis(costs, ticks=3)), key="cost.chart")

if may(actor, revalue_stock):
    with st.popover(_("Set another unit cost"), icon=":material/price_change:", key="cost.revalue"):
        wanted = decimal_input(_("Unit cost"), unit or product.retail_price * 0, key=f"cost.unit.{product.variant_id}")
        reason = st.text_input(_("Reason"), max_chars=200, key=f"cost.reason.{product.variant_id}")
        if wanted != unit:
            try:
                with reading() as view:
                    effect = preview_revaluation(view, product.variant_id, unit_cost=wanted)
            except NeverMoved as refusal:
                st.error(escaped(refusal.sentence))
                st.stop()
            show_effect(effect, "cost.effect")
            if st.button(_("Revalue the stock"), type="primary", key="cost.revalue.save"):
                act(
                    revalue_stock,
                    product.variant_id,
                    unit_cost=wanted,
                    reason=reason,
                    done=_("The stock was revalued."),
                    key=form_key(f"cost.revalue.{product.variant_id}"),
                )

picked = st.dataframe(
    {
        "at": [local_time(row.at) for row in moves],
        "kind": [_(ENTRY_KIND_LABELS[row.kind]) for row in moves],
        "quantity": [float(row.quantity) for row in moves],
        "amount": [float(row.amount) for row in moves],
        "late": [_("corrected") if row.is_corrected else "" for row in moves],
    },
    key=f"cost.moves.{product.variant_id}",
    hide_index=True,
    height="content" if len(moves) < 12 else 420,
    on_select="rerun",
    selection_mode="single-row",
    placeholder="",
    column_config={
        "at": moment_column(_("When"), width=120),
        "kind": text_column(_("What"), width=120),
        "quantity": quantity_column(_("In or out"), quantity_places([row.quantity for row in moves]), width=80),
        "amount": money_column(_("Value"), width=100),
        "late": text_column(_("Later"), width=80),
    },
)
st.caption(_("Choose a row to see why it cost what it did."))
chosen = chosen_row(picked, moves)
if chosen is None:
    st.stop()
try:
    with reading() as view:
        why = move_cost(view, chosen.move_id)
except NotFound:
    st.caption(_("The goods moved without a change of value."))
    st.stop()

with st.container(border=True, key="cost.why"):
    st.markdown(
        _("{method}: {quantity} for {amount}, {unit} each.").format(
            method=_(METHOD_LABELS[why.method]),
            quantity=quantity(why.quantity),
            amount=escaped(money(abs(why.amount))),
            unit=escaped(price(why.unit_cost)),
        )
    )
    for eaten in why.eaten:
        if eaten.move_id is None:
            said = _("{quantity} at the average of that moment: {amount}")
        else:
            said = _("{quantity} of what came in on {at}: {amount}")
        at = moment(eaten.received_at) if eaten.received_at else ""
        words = {"quantity": quantity(eaten.quantity), "amount": money(eaten.amount), "at": at}
        st.markdown("- " + said.format(**{name: escaped(word) for name, word in words.items()}))
    for entry in why.entries:
        if entry.is_late:
            said = _("{amount} became known later, on {at} ({kind})")
            words = {"amount": money(entry.amount), "at": moment(entry.recorded_at)}
            kind = _(ENTRY_KIND_LABELS[entry.kind])
            st.markdown("- " + said.format(kind=kind, **{name: escaped(word) for name, word in words.items()}))
