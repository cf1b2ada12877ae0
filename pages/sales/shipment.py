"""One shipment: what left, for which order, and the way to the stock cards of its products."""

import streamlit as st

from core.sales.links import shipment_card
from core.sales.queries import order_card
from pages._shared.formats import moment, quantity
from pages._shared.records import asked_card
from pages._shared.screen import link, may_open, open_screen, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped

actor = open_screen(__file__)
with reading() as view:
    card = asked_card(view, shipment_card)
    order = order_card(view, card.order_id) if card else None
if card is None or order is None:
    nothing_here(_("Open a shipment from its order."), _("Orders"), "sales/orders")
    st.stop()

link("sales/order", _("Back to order {number}").format(number=order.number), id=order.id)
with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(card.number, anchor=False, width="content")
    if card.cancelled_at:
        st.badge(_("Undone"), color="gray", icon=":material/undo:")
    else:
        st.badge(_("Shipped"), color="green", icon=":material/local_shipping:")
facts = [order.customer, order.warehouse, moment(card.shipped_at), card.carrier, card.tracking_number, card.created_by]
st.markdown(f":gray[{escaped(' · '.join(fact for fact in facts if fact))}]")
if card.cancelled_at:
    st.caption(_("Undone on {moment}; the goods are on the shelf again.").format(moment=moment(card.cancelled_at)))

for line in card.lines:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{escaped(line.sku)}** {escaped(line.name)}", width="content")
        typed = f"{quantity(line.typed_quantity)} {line.typed_unit} = " if line.typed_unit else ""
        st.markdown(escaped(f"{typed}{quantity(line.quantity)} {line.unit}"), width="content")
        if may_open(actor, "stock/card"):
            link("stock/card", id=line.variant_id)
if not card.lines:
    st.caption(_("Its lines are no longer on the order."))
