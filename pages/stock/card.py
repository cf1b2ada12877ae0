"""The stock card: every move of a product with its document and the balance after it."""

import plotly.graph_objects as go
import streamlit as st

from core.base.errors import NotFound
from core.catalog.queries import product_card
from core.stock.models import MoveState
from core.stock.queries import count_moves, stock_card, stock_levels, warehouses
from pages._shared.charts import compact_axis, figure, plain_axis, show
from pages._shared.formats import local_time, quantity
from pages._shared.screen import goto, link, may_open, open_screen, reading
from pages._shared.tables import moment_column, nothing_here, quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped, ngettext
from pages.stock._documents import happened, numbers_of, screen_for

PAGE = 100

actor = open_screen(__file__)
link("stock/levels", _("All stock"))

asked, wanted_house = (st.query_params.get(name, "") for name in ("id", "warehouse"))
with reading() as view:
    try:
        product = product_card(view, int(asked) if asked.isdecimal() else 0)
    except NotFound as missing:
        st.error(missing.sentence)
        st.stop()
    levels = stock_levels(view, variant_ids=[product.variant_id])
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}

with st.container(horizontal=True, vertical_alignment="center", key="card.head"):
    st.subheader(escaped(product.name), anchor=False, width="content")
    st.markdown(f":gray[{escaped(product.sku)} · {escaped(product.unit)}]", width="content")
    if may_open(actor, "catalog/product"):
        link("catalog/product", _("Open product"), id=product.variant_id)

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
    st.metric(_("On hand"), quantity(sum(level.on_hand for level in here)), border=True)
    st.metric(_("Reserved"), quantity(sum(level.reserved for level in here)), border=True)
    st.metric(_("Available"), quantity(sum(level.available for level in here)), border=True)

with reading() as view:
    count = count_moves(view, product.variant_id, warehouse_id=warehouse_id)
    pages = max(1, -(-count // PAGE))
    page = min(st.session_state.get("card.page", 1), pages)
    moves = stock_card(view, product.variant_id, warehouse_id=warehouse_id, limit=PAGE, offset=(page - 1) * PAGE)
    numbers = numbers_of(view, moves)

if not moves:
    nothing_here(_("Nothing was ever moved here."))
    st.stop()

done = [move for move in reversed(moves) if move.state == MoveState.DONE]
if len(done) > 1:
    balances = [float(move.balance or 0) for move in done]
    trace = go.Scatter(
        x=[local_time(move.at) for move in done],
        y=balances,
        mode="lines",
        line={"shape": "hv", "width": 2},
        fill="tozeroy",
        fillcolor="rgba(15, 139, 141, 0.15)",
        name=_("Balance"),
        hovertemplate="%{y:,}",
    )
    axes = {"xaxis": plain_axis(tickformat="%m-%d"), "yaxis": compact_axis(balances, is_money=False, ticks=3)}
    show(figure(trace, height=170, **axes), key=f"card.chart.{product.variant_id}.{warehouse_id}.{page}")

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
picked = st.dataframe(
    columns,
    key=f"card.table.{product.variant_id}.{warehouse_id}.{page}",
    hide_index=True,
    height="content" if len(moves) < 15 else 520,
    on_select="rerun",
    selection_mode="single-row",
    placeholder="",
    column_config={
        "at": moment_column(_("When"), width=116),
        "what": text_column(_("What"), width=80),
        "document": text_column(_("Document"), width=110),
        "change": quantity_column(_("In or out"), places, width=60),
        "balance": quantity_column(_("Balance"), places, width=60),
        "warehouse": text_column(_("Warehouse"), width=76),
    },
)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    counted = ngettext("{count} move", "{count} moves", count).format(count=quantity(count))
    st.caption(counted + " · " + _("Choose a row to open its document."))
    if pages > 1:
        st.pagination(pages, key="card.page", max_visible_pages=5)

if picked["selection"]["rows"]:
    move = moves[picked["selection"]["rows"][0]]
    screen = screen_for(actor, move.origin_type)
    if screen is None:
        st.info(_("Your role does not open this kind of document."))
    else:
        goto(screen, id=move.origin_id)
