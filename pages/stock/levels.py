"""Stock levels: what each warehouse has of each product, found while typing."""

from unicodedata import east_asian_width

import streamlit as st

from core.stock.queries import level_totals, stock_levels, warehouses
from core.stock.service import receive_goods
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import nothing_here, quantity_column, quantity_places, table, text_column
from pages._shared.text import _, ngettext

PAGE = 100
# Names wider than the column are written in lines, so that they can be read in full; lower rows do not wrap.
# A short list has room for that on a phone, too.
SHORT_LIST = 15
WIDEST_NAME = 36
WIDEST_ON_A_PHONE = 20
ROW_OF_LINES = 62


def width_of(name: str) -> int:
    """In Latin letters; a Chinese one is as wide as two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in name)


actor = open_screen(__file__)

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}

with st.container(horizontal=True, vertical_alignment="bottom", key="levels.bar"):
    typed = st.text_input(
        _("Search"),
        type="search",
        live="150ms",
        icon=":material/search:",
        placeholder=_("Code, name, pinyin or barcode"),
        key="levels.search",
        width=320,
        bind="query-params",
        persist_state="session",
    )
    warehouse_id = st.selectbox(
        _("Warehouse"),
        list(houses),
        index=None,
        format_func=lambda each: houses.get(each, ""),
        placeholder=_("All warehouses"),
        key="levels.warehouse",
        width=200,
        persist_state="session",
    )
    only_short = st.toggle(
        _("Nothing available"),
        key="levels.short",
        help=_("Only products on sale of which a warehouse has nothing left to promise."),
        persist_state="session",
    )
    if may(actor, receive_goods) and st.button(
        _("Receive, issue, adjust"), key="levels.move", type="primary", icon=":material/swap_horiz:"
    ):
        goto("stock/movements")

with reading() as view:
    totals = level_totals(view, text=typed, warehouse_id=warehouse_id, only_short=only_short)
    pages = max(1, -(-totals.count // PAGE))
    page = min(st.session_state.get("levels.page", 1), pages)
    rows = stock_levels(
        view,
        text=typed,
        warehouse_id=warehouse_id,
        only_short=only_short,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )

if not rows:
    if only_short and not typed:
        nothing_here(_("Nothing is sold out. Every product on sale can be promised."))
    elif typed or warehouse_id:
        nothing_here(_("No stock matches. Try fewer letters, or another warehouse."))
    elif may(actor, receive_goods):
        nothing_here(_("There is no stock yet."), _("Receive the first goods"), "stock/movements")
    else:
        nothing_here(_("There is no stock yet."))
    st.stop()

with st.container(horizontal=True, gap="small", key="levels.totals"):
    st.metric(_("On hand"), quantity(totals.on_hand), border=True)
    st.metric(_("Reserved"), quantity(totals.reserved), border=True)
    st.metric(_("Available"), quantity(totals.available), border=True)

places = quantity_places([row.on_hand for row in rows] + [row.reserved for row in rows])
columns = ["sku", "name", "warehouse", "available", "on_hand", "reserved", "unit"]
if warehouse_id is not None:
    columns.remove("warehouse")
widest = WIDEST_ON_A_PHONE if len(rows) < SHORT_LIST else WIDEST_NAME
picked = st.dataframe(
    table(rows, columns),
    key=f"levels.table.{typed}.{warehouse_id}.{only_short}.{page}",
    hide_index=True,
    height="content" if len(rows) < SHORT_LIST else 560,
    row_height=ROW_OF_LINES if any(width_of(row.name) > widest for row in rows) else None,
    on_select="rerun",
    selection_mode="single-cell",
    column_config={
        "sku": text_column(_("Code"), width=58),
        "name": text_column(_("Product name"), width=166 if warehouse_id is None else 232),
        "warehouse": text_column(_("Warehouse"), width=66),
        "available": quantity_column(_("Available"), places, width=72),
        "on_hand": quantity_column(_("On hand"), places, width=62),
        "reserved": quantity_column(_("Reserved"), places, width=62),
        "unit": text_column(_("Unit"), width=44),
    },
)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    counted = ngettext("{count} position", "{count} positions", totals.count).format(count=quantity(totals.count))
    st.caption(counted + " · " + _("Choose a row to see its stock card."))
    if pages > 1:
        st.pagination(pages, key="levels.page", max_visible_pages=5, persist_state="session")

if picked["selection"]["cells"]:
    chosen = rows[picked["selection"]["cells"][0][0]]
    goto("stock/card", id=chosen.variant_id, warehouse=chosen.warehouse_id)
