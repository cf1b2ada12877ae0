"""How orders are shown: states as chips in their colours, products and customers as candidates."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.customers.queries import CustomerRow
from core.sales.entry import ChoiceRow
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    PAYMENT_STATE_LABELS,
    RETURN_STATE_LABELS,
    SHIPMENT_STATE_LABELS,
    STATEMENT_STATE_LABELS,
    BusinessState,
    PaymentState,
    Progress,
)
from core.sales.queries import OrderCard
from pages._shared.formats import price, quantity
from pages._shared.text import _, ngettext
from pages._shared.typeline import Candidate

BUSINESS_COLOURS = {
    BusinessState.DRAFT: "gray",
    BusinessState.CONFIRMED: "blue",
    BusinessState.ON_HOLD: "orange",
    BusinessState.COMPLETED: "green",
    BusinessState.CANCELLED: "red",
    BusinessState.EXPIRED: "gray",
}
BUSINESS_ICONS = {
    BusinessState.DRAFT: ":material/edit_note:",
    BusinessState.CONFIRMED: ":material/task_alt:",
    BusinessState.ON_HOLD: ":material/pause_circle:",
    BusinessState.COMPLETED: ":material/done_all:",
    BusinessState.CANCELLED: ":material/block:",
    BusinessState.EXPIRED: ":material/hourglass_disabled:",
}
PAYMENT_COLOURS = {
    PaymentState.NONE: "gray",
    PaymentState.PARTIAL: "orange",
    PaymentState.FULL: "green",
    PaymentState.OVER: "violet",
}
PROGRESS_COLOURS = {Progress.NONE: "gray", Progress.PARTIAL: "orange", Progress.FULL: "green"}
RETURN_COLOURS = {Progress.NONE: "gray", Progress.PARTIAL: "orange", Progress.FULL: "red"}


_STATES: dict[str, tuple[dict[Any, str], dict[Any, str]]] = {
    "business": (BUSINESS_STATE_LABELS, BUSINESS_COLOURS),
    "payment": (PAYMENT_STATE_LABELS, PAYMENT_COLOURS),
    "shipment": (SHIPMENT_STATE_LABELS, PROGRESS_COLOURS),
}


def state_column(label: str, axis: str) -> Any:
    """A column that shows the states of one axis as chips in their colours."""
    labels, colours = _STATES[axis]
    return st.column_config.MultiselectColumn(
        label,
        options=[state.value for state in labels],
        color=[colours[state] for state in labels],
        format_func=lambda word: _(next(labels[state] for state in labels if state.value == word)),
        width=96,
    )


def chips(order: OrderCard) -> list[tuple[str, str, str]]:
    """The five axes of an order: words, colour and icon of each."""
    return [
        (
            _(BUSINESS_STATE_LABELS[order.business]),
            BUSINESS_COLOURS[order.business],
            BUSINESS_ICONS[order.business],
        ),
        (_(PAYMENT_STATE_LABELS[order.payment]), PAYMENT_COLOURS[order.payment], ":material/payments:"),
        (_(SHIPMENT_STATE_LABELS[order.shipment]), PROGRESS_COLOURS[order.shipment], ":material/local_shipping:"),
        (_(RETURN_STATE_LABELS[order.return_]), RETURN_COLOURS[order.return_], ":material/undo:"),
        (_(STATEMENT_STATE_LABELS[order.statement]), PROGRESS_COLOURS[order.statement], ":material/receipt_long:"),
    ]


def product_candidate(row: ChoiceRow, warehouse: str) -> Candidate:
    """A product with the price of this customer and what each warehouse can promise."""
    if row.available is None:
        note, mood = _("Service"), ""
    else:
        note, mood = f"{warehouse} {quantity(row.available)}", "good" if row.available > 0 else "bad"
    more = " · ".join(f"{name} {quantity(available)}" for name, available in row.elsewhere)
    count = "" if row.quantity == 1 else f"{quantity(row.quantity)} × "
    return Candidate(row.variant_id, row.sku, row.name, f"{count}{price(row.unit_price)}", note, more, mood)


def customer_candidate(row: CustomerRow) -> Candidate:
    """A customer with region and phone."""
    return Candidate(row.id, row.code, row.name, note=row.region, more=row.phone)


def units_said(count: Decimal) -> str:
    """So many of whatever it is."""
    return ngettext("{count} unit", "{count} units", 1 if count == 1 else 2).format(count=quantity(count))
