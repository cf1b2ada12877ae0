"""Stock levels: what each warehouse has of each product, found while typing."""

import streamlit as st

from core.stock.queries import level_totals, stock_levels, warehouses
from core.stock.service import receive_goods
from core.stock.transfers.queries import coming
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.records import SHORT_LIST, filter_box, page_of, search_box, show_pages
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, nothing_here, quantity_column, quantity_places, table, text_column
from pages._shared.text import _, ngettext
from pages.stock._beside import show_beside
from pages.stock._names import row_height
from pages.stock._words import AVAILABLE, ON_HAND, RESERVED, UNAVAILABLE

PAGE = 100
actor = open_screen(__file__)

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}

with st.container(horizontal=True, vertical_alignment="bottom", key="levels.bar"):
    typed = search_box(_("Search"), _("Code, name, pinyin or barcode"), key="levels.search", width=320)
    warehouse_id = filter_box(_("Warehouse"), houses, _("All warehouses"), key="levels.warehouse", width=200)
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
    page = page_of("levels.page", totals.count, PAGE)
    rows = stock_levels(
        view,
        text=typed,
        warehouse_id=warehouse_id,
        only_short=only_short,
        limit=PAGE,
        offset=page.offset,
    )
    on_the_way = coming(view, warehouse_id=warehouse_id)

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
    st.metric(_("On hand"), quantity(totals.on_hand), border=True, help=_(ON_HAND))
    st.metric(_("Reserved"), quantity(totals.reserved), border=True, help=_(RESERVED))
    if totals.unavailable:
        st.metric(_("Unavailable"), quantity(totals.unavailable), border=True, help=_(UNAVAILABLE))
    st.metric(_("Available"), quantity(totals.available), border=True, help=_(AVAILABLE))

places = quantity_places([row.on_hand for row in rows] + [row.reserved for row in rows])
columns = ["sku", "name", "warehouse", "available", "on_hand", "reserved", "unavailable", "unit"]
if not totals.unavailable:
    columns.remove("unavailable")
if warehouse_id is not None:
    columns.remove("warehouse")
shown = table(rows, columns)
if on_the_way:
    incoming = [float(on_the_way.get((row.variant_id, row.warehouse_id), 0)) for row in rows]
    shown.insert(len(columns) - 1, "on_the_way", incoming)
chosen = choice_table(
    rows,
    shown,
    key=f"levels.table.{typed}.{warehouse_id}.{only_short}.{page.number}",
    short=SHORT_LIST,
    height=560,
    row_height=row_height([row.name for row in rows]),
    column_config={
        "sku": text_column(_("Code"), width=58),
        "name": text_column(_("Product name"), width=166 if warehouse_id is None else 232),
        "warehouse": text_column(_("Warehouse"), width=66),
        "available": quantity_column(_("Available"), places, width=72, help=_(AVAILABLE)),
        "on_hand": quantity_column(_("On hand"), places, width=62, help=_(ON_HAND)),
        "reserved": quantity_column(_("Reserved"), places, width=62, help=_(RESERVED)),
        "unavailable": quantity_column(_("Unavailable"), places, width=72, help=_(UNAVAILABLE)),
        "on_the_way": quantity_column(_("On the way"), quantity_places(list(on_the_way.values())), width=66),
        "unit": text_column(_("Unit"), width=44),
    },
)
counted = ngettext("{count} position", "{count} positions", totals.count).format(count=quantity(totals.count))
show_pages(page, counted + " · " + _("Choose a row to see its stock card."))

if totals.unavailable:
    show_beside(warehouse_id)

if chosen is not None:
    goto("stock/card", id=chosen.variant_id, warehouse=chosen.warehouse_id)
