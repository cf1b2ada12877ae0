"""Taking a payment of a customer."""

from decimal import Decimal

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.sales.money.queries import account_card, open_rows
from core.sales.pay import receive_payment
from pages._shared.formats import money
from pages._shared.screen import act, form_key, goto, reading
from pages._shared.text import _, escaped
from pages.receivables._customer import pick_customer
from pages.receivables._sheet import allocation_sheet

METHODS = [method for method in PaymentMethod if method != PaymentMethod.HISTORY]


def take_panel() -> None:
    """Who pays, how much, how, when, and what for."""
    customer = pick_customer("payments.take")
    if customer is None:
        return
    customer_id, name = customer
    with reading() as view:
        rows = open_rows(view, customer_id)
        account = account_card(view, customer_id).account
        today = view.today
    owed = sum((row.open for row in rows), Decimal(0))
    st.caption(
        _("{open} open on {count} documents; {balance} free on the balance.").format(
            open=money(owed), count=len(rows), balance=money(account.balance)
        )
    )
    key = f"payments.take.{customer_id}.{len(rows)}.{owed}.{account.balance}"
    with st.container(horizontal=True):
        typed = st.number_input(
            _("Amount"), value=float(owed), min_value=0.0, step=1.0, format="%.2f", key=f"{key}.amount", width=160
        )
        method = st.selectbox(
            _("Method"),
            METHODS,
            format_func=lambda each: _(PAYMENT_METHOD_LABELS[each]),
            key="payments.take.method",
            width=160,
        )
        received_on = st.date_input(
            _("Received on"), value=today, max_value=today, format="YYYY-MM-DD", key="payments.take.on", width=150
        )
        note = st.text_input(_("Note"), key="payments.take.note", max_chars=500, width=220)
    amount = Decimal(str(typed))
    shares = allocation_sheet(rows, amount, key=key)
    if st.button(
        _("Record payment"),
        type="primary",
        key="payments.take.save",
        icon=":material/check:",
        disabled=amount <= 0 or not shares.fits,
    ):
        made = act(
            receive_payment,
            customer_id,
            amount=amount,
            method=method,
            received_on=received_on,
            note=note,
            parts=shares.parts,
            done=_("{amount} of {customer} recorded.").format(amount=money(amount), customer=escaped(name)),
            key=form_key("payments.take"),
            rerun=False,
        )
        if made is not None:
            goto("receivables/payment", id=made)
