"""One return: where it stands, what can be done next, its goods, its money and its story."""

import streamlit as st

from core.customers.queries import customer_card
from core.sales.models import RETURN_DOCUMENT_LABELS, RETURN_KIND_LABELS, ReturnKind
from core.sales.returns.cards import exchange_card, return_card, return_timeline
from core.sales.returns.claims import departures_of
from core.sales.returns.models import REFUND_WAY_LABELS, RefundWay
from core.sales.returns.refund import undo_refund
from core.work.command import may
from pages._shared.formats import day, moment, money, quantity
from pages._shared.photos import show_photos
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import (
    money_column,
    nothing_here,
    quantity_column,
    quantity_places,
    table,
    text_column,
)
from pages._shared.text import _, escaped
from pages.sales._exchange import show_exchange
from pages.sales._return_labels import reason_words, show_chips
from pages.sales._return_steps import show_steps
from pages.sales._timeline import sentence

actor = open_screen(__file__, titled=False)
link("sales/returns", _("Back to the returns"))

with reading() as view:
    card = asked_card(view, return_card)
    timeline = return_timeline(view, card.id) if card else []
    departures = departures_of(view, card.id) if card and card.kind == ReturnKind.CLAIM else []
    exchange = exchange_card(view, card.exchange_id) if card and card.exchange_id else None
if card is None:
    nothing_here(_("Choose a return from the list."), _("Returns"), "sales/returns")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(card.number, anchor=False, width="content")
    show_chips(card.kind, card.state)
with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    if card.order_id is not None:
        link("sales/order", card.order_number, id=card.order_id)
    if may(actor, customer_card):
        link("customers/customer", escaped(card.customer), id=card.customer_id)
    else:
        st.markdown(f"**{escaped(card.customer)}**", width="content")
    facts = [card.warehouse, reason_words(card.reason), moment(card.requested_at or card.returned_at), card.created_by]
    st.markdown(f":gray[{escaped(' · '.join(fact for fact in facts if fact))}]", width="content")
if card.kind == ReturnKind.GOODWILL:
    st.caption(_("The customer keeps the goods and pays so much less. No goods move."))
if card.note:
    st.caption(f":material/sticky_note_2: {escaped(card.note)}")
for each in card.related:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"return.related.{each.id}"):
        is_rest = each.kind != ReturnKind.REDELIVERY and card.kind != ReturnKind.REDELIVERY
        said = _("Goods of the same request") if is_rest else _(RETURN_KIND_LABELS[ReturnKind.REDELIVERY])
        st.markdown(f":gray[{said}]", width="content")
        link("sales/take_back", f"{each.number} · {_(RETURN_DOCUMENT_LABELS[each.state])}", id=each.id)

show_steps(actor, card)
if not card.is_ours:
    st.caption(_("It came with an import or from before: its goods are on the shelf already."))
if exchange is not None:
    show_exchange(actor, exchange)

left, right = st.columns([3, 1], gap="medium")
with left:
    places = quantity_places([line.quantity for line in card.lines])
    is_money = card.kind == ReturnKind.GOODWILL
    columns = ["sku", "name", *(() if is_money else ("quantity", "unit")), "gross_amount"]
    if any(line.deducted for line in card.lines):
        columns.append("deducted")
    if card.inspected_at is not None:
        columns += ["restocked", "second", "scrapped", "note"]
    st.dataframe(
        table(card.lines, columns),
        key="return.lines",
        hide_index=True,
        height="content",
        column_config={
            "sku": text_column(_("Code"), width=90),
            "name": text_column(_("Product"), width=170),
            "quantity": quantity_column(_("Quantity"), places),
            "unit": text_column(_("Unit"), width=45),
            "gross_amount": money_column(_("Credited")),
            "deducted": money_column(_("Deducted")),
            "restocked": quantity_column(_("Back on sale"), places),
            "second": quantity_column(_("Second quality"), places),
            "scrapped": quantity_column(_("Scrap"), places),
            "note": text_column(_("Finding"), width=140),
        },
        placeholder="",
    )
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Net"), money(card.net_amount), width="content")
        st.metric(_("Tax"), money(card.tax_amount), width="content")
        st.metric(_("Credited"), money(card.gross_amount), width="content")
        st.metric(_("Given back"), money(card.refunded), width="content")
        if card.left:
            st.metric(_("Can be given back"), money(card.left), width="content")
    if departures:
        st.subheader(_("How it left"), anchor=False)
    for left in departures:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"return.left.{left.key}"):
            link("sales/shipment", left.number, id=left.shipment_id)
            facts = [left.warehouse, left.packed_by, *(each for each in left.lots)]
            st.markdown(
                f"{escaped(left.name)} · {quantity(left.quantity)}  \n"
                f":gray[{moment(left.shipped_at)} · {escaped(' · '.join(fact for fact in facts if fact))}]",
                width="content",
            )
    if card.is_ours:
        show_photos(actor, "sales_return", card.id)
    if card.refunds:
        st.subheader(_("Given back"), anchor=False)
    for refund in card.refunds:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            crossed = "~~" if refund.is_undone else ""
            way = _(REFUND_WAY_LABELS[refund.way])
            paid_on = f" · {day(refund.on)}" if refund.way == RefundWay.MONEY else ""
            st.markdown(
                f"{crossed}**{money(refund.amount)}**{crossed} · {way}{paid_on}  \n:gray[{refund.payment_number}]",
                width="content",
            )
            if refund.is_undone:
                st.badge(_("Undone"), color="gray")
            elif may(actor, undo_refund):
                with (
                    st.popover(_("Undo"), icon=":material/undo:", key=f"return.refund.{refund.id}"),
                    st.form(f"return.refund.{refund.id}.form", border=False),
                ):
                    reason = st.text_input(_("Reason"), key=f"return.refund.{refund.id}.reason")
                    if st.form_submit_button(
                        _("Undo the refund"), type="primary", key=f"return.refund.{refund.id}.undo"
                    ):
                        act(
                            undo_refund,
                            refund.id,
                            reason=reason,
                            done=_("The refund is undone."),
                            key=form_key(f"return.refund.{refund.id}"),
                        )
with right:
    st.subheader(_("What happened with it"), anchor=False)
    for entry in timeline:
        words, icon = sentence(entry)
        st.markdown(f"{icon} {escaped(words)}  \n:gray[{moment(entry.at)} · {escaped(entry.actor)}]")
    if not timeline:
        st.caption(_("This return came with an import or from before; its steps are not recorded one by one."))
