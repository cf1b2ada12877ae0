"""Below the shipments of an order: which lots its goods left as, each a way to its receipt and its other customers."""

import streamlit as st

from core.sales.queries import OrderCard
from core.sales.recall import shipped_lots
from pages._shared.formats import quantity
from pages._shared.screen import link, reading
from pages._shared.text import _, escaped

SHOWN = 30


def show_lots_left(order: OrderCard) -> None:
    """Nothing where no lots are kept of what left."""
    with reading() as view:
        rows = shipped_lots(view, order.id)
    if not rows:
        return
    skus = {line.id: line.sku for line in order.lines}
    with st.expander(_("Lots that left"), icon=":material/barcode:", key="order.lots"):
        for row in rows[:SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                words = f"{escaped(skus.get(row.order_line_id, ''))} · {quantity(row.quantity)}"
                st.markdown(words, width="content")
                link("stock/lot", escaped(row.number), id=row.lot_id)
