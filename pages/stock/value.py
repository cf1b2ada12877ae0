"""What the stock is worth, now or on a past day: by product, category or warehouse."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import streamlit as st

from core.base.exact import ZERO
from core.base.sheets import csv_file
from core.stock.costs.lists import categories_of
from core.stock.costs.queries import stock_costs
from core.stock.queries import warehouses
from pages._shared.formats import day, local_time, money, quantity
from pages._shared.screen import goto, link, open_screen, reading
from pages._shared.tables import (
    choice_table,
    money_column,
    nothing_here,
    price_column,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import N_, _, ngettext

SHOWN = 500
BY = {"product": N_("Product"), "warehouse": N_("Warehouse and product"), "category": N_("Category")}


actor = open_screen(__file__)

with reading() as view:
    today = local_time(view.now).date()
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}

with st.container(horizontal=True, vertical_alignment="bottom", key="value.bar"):
    by = st.segmented_control(
        _("Grouped by"),
        list(BY),
        format_func=lambda each: _(BY[each]),
        default="product",
        key="value.by",
        required=True,
    )
    on = st.date_input(_("At the end of"), value=today, max_value=today, key="value.on", width=150)
    typed = st.text_input(_("Search"), key="value.search", width=200, placeholder=_("Code or name"))
    link("stock/cost_changes", _("Cost changes"))
    link("stock/cost_methods", _("Cost methods"))

as_of = None if not isinstance(on, date) or on >= today else on
with reading() as view:
    rows = stock_costs(view, on=as_of, by_warehouse=by == "warehouse")
    categories = categories_of(view, [row.variant_id for row in rows])
wanted = typed.strip().casefold()
rows = [row for row in rows if wanted in f"{row.sku} {row.name}".casefold()]
if not rows:
    nothing_here(_("Nothing was on hand then, or nothing matches."))
    st.stop()

total = sum((row.amount for row in rows), ZERO)
with st.container(horizontal=True, gap="small", key="value.totals"):
    st.metric(_("Stock value"), money(total), border=True)
    st.metric(_("On hand"), quantity(sum((row.quantity for row in rows), ZERO)), border=True)

name = "-".join((_("stock-value"), day(as_of or today))) + ".csv"
if by == "category":
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for row in rows:
        entry = sums[categories.get(row.variant_id, "")]
        entry[0] += row.quantity
        entry[1] += row.amount
    listed = sorted(sums.items(), key=lambda each: -each[1][1])
    st.dataframe(
        {
            "category": [title or _("Without a category") for title, _sums in listed],
            "quantity": [float(both[0]) for _title, both in listed],
            "amount": [float(both[1]) for _title, both in listed],
        },
        key="value.categories",
        hide_index=True,
        height="content" if len(listed) < 15 else 520,
        column_config={
            "category": text_column(_("Category"), width=200),
            "quantity": quantity_column(_("On hand"), quantity_places([both[0] for _title, both in listed]), width=100),
            "amount": money_column(_("Value"), width=120),
        },
    )
    heads = (_("Category"), _("On hand"), _("Value"))
    st.download_button(
        _("Download as CSV"),
        csv_file(heads, [(title, *both) for title, both in listed]),
        file_name=name,
        mime="text/csv",
        key="value.download",
        icon=":material/download:",
        on_click="ignore",
    )
    st.stop()

shown = rows[:SHOWN]
columns: dict[str, list[object]] = {
    "sku": [row.sku for row in shown],
    "name": [row.name for row in shown],
    "amount": [float(row.amount) for row in shown],
    "quantity": [float(row.quantity) for row in shown],
    "unit_cost": [None if row.unit_cost is None else float(row.unit_cost) for row in shown],
}
if by == "warehouse":
    columns["warehouse"] = [houses.get(row.warehouse_id or 0, "") for row in shown]
else:
    columns["category"] = [categories.get(row.variant_id, "") for row in shown]
chosen = choice_table(
    shown,
    columns,
    key=f"value.table.{by}.{on}.{typed}",
    height=520,
    column_config={
        "sku": text_column(_("Code"), width=70),
        "name": text_column(_("Product name"), width=130),
        "quantity": quantity_column(_("On hand"), quantity_places([row.quantity for row in shown]), width=76),
        "unit_cost": price_column(_("Unit cost"), width=86),
        "amount": money_column(_("Value"), width=100),
        "warehouse": text_column(_("Warehouse"), width=90),
        "category": text_column(_("Category"), width=90),
    },
)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    counted = ngettext("{count} row", "{count} rows", len(rows)).format(count=quantity(len(rows)))
    if len(rows) > SHOWN:
        counted += " · " + _("the first {shown} are shown").format(shown=SHOWN)
    st.caption(counted + " · " + _("Choose a row to see how its cost came about."))
    heads = (_("Code"), _("Product name"), _("Warehouse"), _("Category"), _("On hand"), _("Unit cost"), _("Value"))
    st.download_button(
        _("Download as CSV"),
        csv_file(
            heads,
            [
                (
                    row.sku,
                    row.name,
                    houses.get(row.warehouse_id or 0, ""),
                    categories.get(row.variant_id, ""),
                    row.quantity,
                    row.unit_cost,
                    row.amount,
                )
                for row in rows
            ],
        ),
        file_name=name,
        mime="text/csv",
        key="value.download",
        icon=":material/download:",
        on_click="ignore",
    )
if chosen is not None:
    goto("stock/product_cost", id=chosen.variant_id)
