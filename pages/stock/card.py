"""The stock card: every move of a product with its document and the balance after it."""

import plotly.graph_objects as go
import streamlit as st

from core.catalog.queries import product_card
from core.stock.models import MoveState
from core.stock.queries import count_moves, stock_card, stock_levels, warehouses
from pages._shared.charts import compact_axis, days_axis, figure, show
from pages._shared.formats import local_time, quantity
from pages._shared.records import asked_card, page_of, show_pages
from pages._shared.screen import goto, link, may_open, open_screen, reading
from pages._shared.tables import (
    choice_table,
    moment_column,
    nothing_here,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, escaped, ngettext
from pages.stock._coming import show_coming, show_then
from pages.stock._documents import happened, numbers_of, screen_for
from pages.stock._lies import show_lies
from pages.stock._words import AVAILABLE, ON_HAND, RESERVED, UNAVAILABLE

PAGE = 100
MOMENT = "%Y-%m-%d %H:%M"

actor = open_screen(__file__)
link("stock/levels", _("All stock"))

with reading() as view:
    product = asked_card(view, product_card)
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}
    levels = stock_levels(view, variant_ids=[product.variant_id]) if product else []
if product is None:
    nothing_here(_("Choose a product from the list of stock."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", key="card.head"):
    st.subheader(escaped(product.name), anchor=False, width="content")
    st.markdown(f":gray[{escaped(product.sku)} · {escaped(product.unit)}]", width="content")
    if may_open(actor, "catalog/product"):
        link("catalog/product", _("Open product"), id=product.variant_id)

wanted_house = st.query_params.get("warehouse", "")
held = [level.warehouse_id for level in levels]
warehouse_id = st.pills(
    _("Warehouse"),
    held,
    default=int(wanted_house) if wanted_house.isdecimal() and int(wanted_house) in held else None,
    format_func=lambda each: houses.get(each, ""),
    key=f"card.warehouse.{product.variant_id}",
    help=_("Without a choice, all warehouses together."),
)
here = [level for level in levels if warehouse_id in (None, level.warehouse_id)]

with st.container(horizontal=True, gap="small", key="card.totals"):
    for label, numbers_here, meaning in (
        (_("On hand"), [level.on_hand for level in here], _(ON_HAND)),
        (_("Reserved"), [level.reserved for level in here], _(RESERVED)),
        (_("Unavailable"), [level.unavailable for level in here], _(UNAVAILABLE)),
        (_("Available"), [level.available for level in here], _(AVAILABLE)),
    ):
        st.metric(label, quantity(sum(numbers_here)), border=True, help=meaning)
show_lies(actor, product.variant_id, warehouse_id)
show_coming(actor, product.variant_id, warehouse_id)
show_then(product.variant_id)

with reading() as view:
    count = count_moves(view, product.variant_id, warehouse_id=warehouse_id)
    page = page_of(f"card.page.{product.variant_id}", count, PAGE)
    moves = stock_card(view, product.variant_id, warehouse_id=warehouse_id, limit=PAGE, offset=page.offset)
    numbers = numbers_of(view, moves)
    now = view.now

if not moves:
    nothing_here(_("Nothing was ever moved here."))
    st.stop()

done = [move for move in reversed(moves) if move.state == MoveState.DONE]
if done:
    moments = [local_time(move.at) for move in done]
    balances = [float(move.balance or 0) for move in done]
    if page.number == 1:
        moments.append(local_time(now))
        balances.append(balances[-1])
    trace = go.Scatter(
        x=moments,
        y=balances,
        mode="lines",
        line={"shape": "hv", "width": 2},
        fill="tozeroy",
        fillcolor="rgba(15, 139, 141, 0.15)",
        name=_("Balance"),
        hovertemplate="%{y:,}",
    )
    days = days_axis(moments, hoverformat=MOMENT)
    axes = {"xaxis": days, "yaxis": compact_axis(balances, is_money=False, ticks=3)}
    st.caption(_("On hand after each move below"))
    show(figure(trace, height=170, **axes), key=f"card.chart.{product.variant_id}.{warehouse_id}.{page.number}")

places = quantity_places([move.change for move in moves])
columns = {
    "at": [local_time(move.at) for move in moves],
    "what": [happened(move) for move in moves],
    "change": [float(move.change) for move in moves],
    "balance": [None if move.balance is None else float(move.balance) for move in moves],
    "document": [numbers.get((move.origin_type, move.origin_id), "") for move in moves],
}
if warehouse_id is None:
    columns["warehouse"] = [move.warehouse for move in moves]
chosen = choice_table(
    moves,
    columns,
    key=f"card.table.{product.variant_id}.{warehouse_id}.{page.number}",
    height=520,
    column_config={
        "at": moment_column(_("When"), width=116),
        "what": text_column(_("What"), width=104),
        "document": text_column(_("Document"), width=110),
        "change": quantity_column(_("In or out"), places, width=60),
        "balance": quantity_column(_("Balance"), places, width=60),
        "warehouse": text_column(_("Warehouse"), width=76),
    },
)
counted = ngettext("{count} move", "{count} moves", count).format(count=quantity(count))
show_pages(page, counted + " · " + _("Choose a row to open its document."))

if chosen is not None:
    screen = screen_for(actor, chosen.origin_type)
    if screen is None:
        st.info(_("Your role does not open this kind of document."))
    else:
        goto(screen, id=chosen.origin_id)
