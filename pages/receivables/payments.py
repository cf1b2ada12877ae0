"""Money that came in and went back: finding it, and taking a payment."""

from datetime import timedelta

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.sales.money.queries import count_payments, find_payments
from core.sales.pay import receive_payment
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.records import filter_box, page_of, search_box, show_pages
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, text_column
from pages._shared.text import _, ngettext
from pages.receivables._take import take_panel

PAGE = 50
MOST = 10_000

actor = open_screen(__file__)
if may(actor, receive_payment):
    with st.expander(_("Take a payment"), icon=":material/add:", expanded="customer" in st.query_params):
        take_panel()

with st.container(horizontal=True, vertical_alignment="bottom", key="payments.filters"):
    text = search_box(_("Search"), _("Number, customer or pinyin"), key="payments.text", width=260)
    methods = {method: _(PAYMENT_METHOD_LABELS[method]) for method in PaymentMethod}
    method = filter_box(_("Method"), methods, _("All methods"), key="payments.method", width=170)
    days = st.date_input(_("Days"), value=(), format="YYYY-MM-DD", key="payments.days", width=240)
    is_open = st.toggle(_("With free money only"), key="payments.open")
wanted = {
    "method": method,
    "since": days[0] if days else None,
    "until": days[-1] + timedelta(days=1) if days else None,
    "is_open": is_open,
}
with reading() as view:
    count = count_payments(view, text, **wanted, most=MOST)
    page = page_of("payments.page", count, PAGE)
    rows = find_payments(view, text, **wanted, limit=PAGE, offset=page.offset)
if not rows:
    nothing_here(_("No payment matches."))
    st.stop()

chosen = choice_table(
    rows,
    {
        "number": [row.number for row in rows],
        "amount": [float(row.amount) for row in rows],
        "customer": [row.customer for row in rows],
        "open": [float(row.open_amount) if row.open_amount else None for row in rows],
        "method": [_(PAYMENT_METHOD_LABELS[row.method]) for row in rows],
        "on": [row.received_on for row in rows],
        "state": [
            _("Reversal")
            if row.is_reversal
            else _("Reversed")
            if row.is_reversed
            else _("Refund")
            if row.is_refund
            else ""
            for row in rows
        ],
        "note": [row.note for row in rows],
    },
    key=f"payments.table.{text}.{method}.{days}.{is_open}.{page.number}",
    column_config={
        "number": text_column(_("Number"), width=118),
        "customer": text_column(_("Customer"), width=170),
        "amount": money_column(_("Amount"), width=100),
        "open": money_column(_("Free"), width=90),
        "method": text_column(_("Method"), width=110),
        "on": day_column(_("Received on"), width=92),
        "state": text_column(_("State"), width=70),
        "note": text_column(_("Note")),
    },
)
shown = quantity(count) + ("+" if count == MOST else "")
counted = ngettext("{count} payment", "{count} payments", count).format(count=shown)
show_pages(page, counted + " · " + _("Choose a row to open it."))
if chosen is not None:
    goto("receivables/payment", id=chosen.id)
