"""One order: where it stands, what can be done next, its lines, money, shipments and story."""

import streamlit as st

from core.base.errors import AppError
from core.customers.queries import customer_card
from core.receivables.models import PAYMENT_METHOD_LABELS
from core.receivables.queries import payments_of
from core.sales.models import BusinessState
from core.sales.offers import apply_again
from core.sales.pay import reverse_payment
from core.sales.promised import promises_of
from core.sales.queries import order_card, order_timeline, shipments_of
from core.sales.returns.goodwill import goodwill_given
from core.sales.ship import undo_shipment
from core.sales.short_lines import short_lines
from core.work.command import may
from pages._shared.formats import day, moment, money
from pages._shared.screen import link, open_screen, reading
from pages._shared.tables import (
    money_column,
    nothing_here,
    percent_column,
    price_column,
    quantity_column,
    quantity_places,
    table,
    text_column,
)
from pages._shared.text import _, escaped
from pages.catalog._units import packed
from pages.sales._amend import show_amendments
from pages.sales._approvals import ask_for_price, show_requests
from pages.sales._customer_text import show_customer_text
from pages.sales._documents import show_documents
from pages.sales._filters import last_address
from pages.sales._flow import show_flow
from pages.sales._kits import shown_rows
from pages.sales._labels import chips, units_said
from pages.sales._lots_left import show_lots_left
from pages.sales._margin import margin_column, margin_of, show_margin
from pages.sales._money import show_money
from pages.sales._offers import offer_coupons, show_price_reasons
from pages.sales._panels import reverse_form, show_steps, undo_form
from pages.sales._promise import show_promise
from pages.sales._returns_of_order import show_returns
from pages.sales._short import show_short, what_was_ordered, when_it_leaves
from pages.sales._sources import show_sources
from pages.sales._timeline import sentence
from pages.sales._why import moved, show_why
from pages.sales._wished import show_wished
from pages.sales._yields import show_yields

actor = open_screen(__file__)
link("sales/orders", _("Back to the orders"), **last_address())

asked = st.query_params.get("id", "")
if not asked.isdecimal() or len(asked) > 18:
    nothing_here(_("Choose an order from the list."), _("Orders"), "sales/orders")
    st.stop()
try:
    with reading() as view:
        order = order_card(view, int(asked))
        shipments, let_off = shipments_of(view, order.id), goodwill_given(view, order.id)
        timeline = order_timeline(view, order.id)
        promises, short = promises_of(view, order), short_lines(view, order)
        payments = payments_of(view, "sales_order", order.id) if may(actor, payments_of) else None
except AppError as refusal:
    nothing_here(escaped(str(refusal)), _("Orders"), "sales/orders")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(order.number, anchor=False, width="content")
    for words, colour, icon in chips(order):
        st.badge(words, color=colour, icon=icon)
    if order.revision:
        st.badge(_("Version {number}").format(number=order.revision + 1), color="violet", icon=":material/difference:")
    show_why(order, let_off)
    show_sources(order)
    show_customer_text(order)
with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    if may(actor, customer_card):
        link("customers/customer", escaped(order.customer), id=order.customer_id)
    else:
        st.markdown(f"**{escaped(order.customer)}**", width="content")
    facts = [order.channel, order.warehouse, order.sales_rep, order.region, moment(order.ordered_at)]
    if order.channel_order_number:
        facts.append(_("channel number {number}").format(number=order.channel_order_number))
    st.markdown(f":gray[{escaped(' · '.join(fact for fact in facts if fact))}]", width="content")
show_wished(order)
if order.note:
    st.caption(f":material/sticky_note_2: {escaped(order.note)}")
if order.cancel_reason:
    st.caption(f":material/block: {escaped(order.cancel_reason)}")

show_steps(actor, order)
show_amendments(actor, order)
show_short(actor, order, short)
show_yields(actor, order)
show_promise(actor, order)

left, right = st.columns([3, 1], gap="medium")
with left:
    rows = shown_rows(order)
    places = quantity_places([*(row.quantity for row in rows), *order.ordered.values()])
    columns = ["sku", "name", "quantity", "shipped", "unit", "unit_price", "gross_amount", "tax_rate"]
    if any(row.discount for row in rows):
        columns.insert(6, "discount")
    if any(line.returned for line in order.lines):
        columns.insert(4, "returned")
    frame = table(rows, columns)
    if counted := packed(rows):
        frame.insert(columns.index("quantity") + 1, "packed", counted)
    if order.ordered:
        frame.insert(columns.index("quantity"), "ordered", what_was_ordered(order, rows))
    if promises:
        frame.insert(list(frame.columns).index("shipped") + 1, "leaves", when_it_leaves(rows, promises))
    margins, column = margin_of(order), None
    if margins:
        frame["margin"], column = margin_column(margins, rows)
    st.dataframe(
        frame,
        key="order.lines",
        hide_index=True,
        height="content",
        column_config={
            "sku": text_column(_("Code")),
            "name": text_column(_("Product"), width=210),
            "quantity": quantity_column(_("Quantity"), places),
            "ordered": quantity_column(
                _("Ordered"), places, help=_("Shipments made less or more of it, within the tolerance.")
            ),
            "packed": text_column(_("Packed"), width=120),
            "leaves": text_column(
                _("Can leave"), help=_("Now, or from the first day on which what comes covers the rest of the line.")
            ),
            "unit": text_column(_("Unit"), width=45),
            "unit_price": price_column(_("Unit price")),
            "discount": money_column(_("Discount")),
            "tax_rate": percent_column(_("Tax rate")),
            "gross_amount": money_column(_("Amount")),
            "shipped": quantity_column(_("Shipped"), places),
            "returned": quantity_column(_("Returned"), places),
            "margin": column,
        },
        placeholder="",
    )
    with st.container(horizontal=True, gap="medium", key="order.totals"):
        st.metric(_("Net"), money(order.net_amount), width="content")
        st.metric(_("Tax"), money(order.tax_amount), width="content")
        st.metric(_("Total"), money(order.gross_amount), width="content")
        st.metric(_("Paid"), money(order.paid_amount), width="content")
        if order.returned_amount != let_off:
            st.metric(_("Returned"), money(order.returned_amount - let_off), width="content")
        if let_off:
            st.metric(_("Goodwill"), money(let_off), width="content")
        if order.business != BusinessState.CANCELLED:
            st.metric(_("Open"), money(order.unpaid), width="content")
        if margins:
            show_margin(margins)

    show_price_reasons(order, "order")
    show_requests(order)
    if order.business == BusinessState.DRAFT and may(actor, apply_again):
        with st.container(horizontal=True):
            offer_coupons(order)
            ask_for_price(order)
    show_money(actor, order)
    if payments:
        st.subheader(_("Payments"), anchor=False)
        for payment in payments:
            with st.container(
                border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
            ):
                crossed = "~~" if payment.is_reversed else ""
                method = _(PAYMENT_METHOD_LABELS[payment.method])
                st.markdown(
                    f"{crossed}**{money(payment.amount)}**{crossed} · {method} · {day(payment.received_on)}  \n"
                    f":gray[{escaped(' · '.join(filter(None, [payment.number, payment.note])))}]",
                    width="content",
                )
                if payment.amount > 0 and not payment.is_reversed and order.can_move and may(actor, reverse_payment):
                    with st.popover(_("Reverse"), icon=":material/money_off:", key=f"order.reverse.{payment.id}"):
                        reverse_form(order, payment)
    if shipments:
        st.subheader(_("Shipments"), anchor=False)
        for shipment in shipments:
            with st.container(
                border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
            ):
                crossed = "~~" if shipment.is_cancelled else ""
                shipped = units_said(shipment.quantity)
                carried = [moment(shipment.shipped_at), shipment.carrier, shipment.tracking_number]
                st.markdown(
                    f"{crossed}**{shipment.number}** · {shipped}{crossed}"
                    f"  \n:gray[{escaped(' · '.join(filter(None, carried)))}]",
                    width="content",
                )
                if shipment.is_cancelled:
                    st.badge(_("Undone"), color="gray")
                elif order.can_move and may(actor, undo_shipment):
                    with st.popover(_("Undo"), icon=":material/undo:", key=f"order.undo.{shipment.id}"):
                        undo_form(order, shipment)
        show_lots_left(order)
    show_documents(actor, order, payments)
    show_flow(order, timeline)
    show_returns(actor, order)
with right:
    st.subheader(_("What happened"), anchor=False)
    for entry in timeline:
        words, icon = sentence(entry)
        st.markdown(f"{icon} {escaped(words)}{moved(entry)}  \n:gray[{moment(entry.at)} · {escaped(entry.actor)}]")
    if not timeline:
        st.caption(_("This order came with an import or from before; its steps are not recorded one by one."))
