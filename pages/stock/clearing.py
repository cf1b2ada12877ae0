"""Goods to be got rid of: who does it until when; and of one product the price that frees most cash, and the ways."""

import streamlit as st

from core.stock.clearing.service import clearings
from pages._shared.screen import goto, link, may_open, open_screen, reading
from pages._shared.tables import choice_table, nothing_here
from pages._shared.text import _, ngettext
from pages.stock._clearing_one import show_product
from pages.stock._clearing_tasks import task_columns, task_frame

actor = open_screen(__file__)
asked = st.query_params.get("product", "")
if asked.isdecimal() and len(asked) < 19:
    link("stock/clearing", _("All goods to clear"))
    show_product(actor, int(asked))
    st.stop()

with reading() as view:
    rows = clearings(view)
with st.container(horizontal=True, vertical_alignment="center"):
    closed = st.toggle(_("Closed ones too"), key="clearing.closed")
    mine = st.toggle(_("Only mine"), key="clearing.mine")
shown = [row for row in rows if (closed or row.closed_at is None) and (not mine or row.owner_id == actor.id)]
late = sum(row.is_overdue for row in shown)
if late:
    st.warning(ngettext("{count} task is overdue.", "{count} tasks are overdue.", late).format(count=late))
if not shown:
    nothing_here(_("Nothing has to be got rid of. Slow and dead stock is listed in the stock analysis."))
    if may_open(actor, "reports/stock"):
        link("reports/stock", _("Slow and dead stock"), section="slow")
    st.stop()
chosen = choice_table(
    shown, task_frame(shown), key=f"clearing.table.{closed}.{mine}", height=480, column_config=task_columns()
)
st.caption(_("Choose a row to open it."))
if chosen is not None:
    goto("stock/clearing", product=chosen.product_id)
