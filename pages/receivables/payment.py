"""One payment: what it settles, what of it is free, and what can be done with it."""

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS
from core.receivables.service import CHARGE, ORDER
from core.receivables.statement_models import StatementState
from core.sales.money.queries import open_rows, payment_card
from core.sales.money.statement_queries import find_statements
from core.sales.pay import allocate_payment, refund_balance, reverse_payment, unallocate_payment
from core.work.command import may
from pages._shared.facts import show_facts
from pages._shared.formats import day, moment, money
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped
from pages.receivables._forms import reason_form, refund_form
from pages.receivables._sheet import allocation_sheet

actor = open_screen(__file__)
link("receivables/payments", _("All payments"))
with reading() as view:
    card = asked_card(view, payment_card)
if card is None:
    nothing_here(_("Choose a payment from the list."), _("Payments"), "receivables/payments")
    st.stop()
row = card.row

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(row.number, anchor=False, width="content")
    if row.is_refund:
        st.badge(_("Refund"), color="orange")
    if row.is_reversal:
        st.badge(_("Reversal"), color="orange")
    if row.is_reversed:
        st.badge(_("Reversed"), color="gray")
with st.container(horizontal=True, gap="medium"):
    st.metric(_("Amount"), money(row.amount), width="content")
    if row.amount > 0:
        st.metric(_("For documents"), money(row.amount - row.open_amount), width="content")
        st.metric(_("Free"), money(row.open_amount), width="content")
with st.container(border=True):
    link("customers/customer", escaped(row.customer), id=row.customer_id)
    show_facts(
        {
            _("Method"): _(PAYMENT_METHOD_LABELS[row.method]),
            _("Received on"): day(row.received_on),
            _("Entered by"): card.created_by,
            _("Entered at"): moment(card.created_at),
            _("Note"): row.note,
        }
    )
    if card.reversal_id is not None:
        link("receivables/payment", _("Open the reversal"), id=card.reversal_id)
    if card.reverses_id is not None:
        link("receivables/payment", _("Open what it reverses"), id=card.reverses_id)

can_change = may(actor, allocate_payment)
if card.parts:
    st.subheader(_("What it settles"), anchor=False)
    for part in card.parts:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            kind, document_id = part.document
            if kind == ORDER:
                link("sales/order", part.number, id=document_id)
            elif kind == CHARGE:
                link("customers/customer", part.number, id=row.customer_id)
            else:
                link("receivables/payment", part.number, id=document_id)
            st.markdown(f"**{money(part.amount)}**", width="content")
            if part.can_take_off and can_change:
                with st.popover(
                    _("Take off"), icon=":material/link_off:", key=f"payment.off.{kind}.{document_id}", width="content"
                ):
                    reason = reason_form(
                        f"payment.off.{row.id}.{kind}.{document_id}",
                        _("{amount} of {number} is free again.").format(amount=money(part.amount), number=part.number),
                        _("Take off"),
                    )
                    if reason is not None:
                        act(
                            unallocate_payment,
                            row.id,
                            part.document,
                            reason=reason,
                            done=_("{number} was taken off.").format(number=part.number),
                            key=form_key(f"payment.off.{row.id}.{kind}.{document_id}"),
                        )

if row.open_amount > 0 and can_change:
    st.subheader(_("Allocate what is free"), anchor=False)
    with reading() as view:
        rows = open_rows(view, row.customer_id)
        statements = [
            each
            for each in find_statements(view, customer_id=row.customer_id)
            if each.state not in (StatementState.CANCELLED, StatementState.SETTLED)
        ]
    with st.container(border=True):
        shares = allocation_sheet(rows, row.open_amount, key=f"payment.{row.id}.{row.open_amount}", with_deposit=False)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.button(
                _("Allocate"), type="primary", key="payment.allocate", disabled=not (shares.parts and shares.fits)
            ):
                act(
                    allocate_payment,
                    row.id,
                    parts=shares.parts,
                    done=_("{amount} allocated.").format(amount=money(row.open_amount - shares.rest)),
                    key=form_key(f"payment.allocate.{row.id}"),
                )
            for statement in statements:
                if st.button(
                    _("To statement {number}").format(number=statement.number), key=f"payment.to.{statement.id}"
                ):
                    act(
                        allocate_payment,
                        row.id,
                        statement_id=statement.id,
                        done=_("Allocated to {number}.").format(number=statement.number),
                        key=form_key(f"payment.to.{row.id}.{statement.id}"),
                    )

with st.container(horizontal=True):
    if row.open_amount > 0 and may(actor, refund_balance):
        with st.popover(_("Refund"), icon=":material/undo:", key="payment.refund", width="content"):
            typed = refund_form(f"payment.refund.{row.id}", row.open_amount)
            if typed is not None:
                act(
                    refund_balance,
                    row.customer_id,
                    **typed,
                    done=_("{amount} refunded.").format(amount=money(typed["amount"])),
                    key=form_key(f"payment.refund.{row.id}"),
                )
    if not (row.is_reversal or row.is_reversed) and may(actor, reverse_payment):
        with st.popover(_("Reverse"), icon=":material/money_off:", key="payment.reverse", width="content"):
            reason = reason_form(
                f"payment.reverse.{row.id}",
                _("An opposite payment is made, on every document that this one settles."),
                _("Reverse the payment"),
            )
            if reason is not None:
                act(
                    reverse_payment,
                    row.id,
                    reason=reason,
                    done=_("{number} was reversed.").format(number=row.number),
                    key=form_key(f"payment.reverse.{row.id}"),
                )
