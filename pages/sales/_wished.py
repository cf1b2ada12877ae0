"""By when orders are to leave: the day that was wished for, what is late, and the list as a file."""

from datetime import date

import streamlit as st

from core.base.sheets import csv_file
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    PAYMENT_STATE_LABELS,
    SHIPMENT_STATE_LABELS,
    SOLD_STATES,
    Progress,
)
from core.sales.queries import OrderCard, OrderFilter, OrderRow, find_orders
from core.sales.wished import left_on
from core.work.store import View
from pages._shared.formats import day
from pages._shared.screen import reading
from pages._shared.text import _, ngettext

MOST_IN_FILE = 10_000


def show_wished(order: OrderCard) -> None:
    """The day that is wished for and by when the order is to leave, or whether Left in time."""
    facts = [_("Wished for {day}").format(day=day(order.wanted_on))] if order.wanted_on else []
    if order.ship_by is not None and order.business in SOLD_STATES:
        with reading() as view:
            left, today = left_on(view, order.id), view.today
        if order.shipment != Progress.FULL:
            facts.append(_("Leaves by {day}").format(day=day(order.ship_by)))
            if late := lateness(order.ship_by, today):
                facts.append(f":red[**{late}**]")
        elif left is not None:
            late = lateness(order.ship_by, left)
            facts.append(_(":red[Left {late}]").format(late=late) if late else _("Left in time"))
    if facts:
        st.caption(":material/event: " + " · ".join(facts))


def lateness(ship_by: date | None, today: date) -> str:
    """How late it is; empty where it is not."""
    days = 0 if ship_by is None else (today - ship_by).days
    return ngettext("{count} day late", "{count} days late", days).format(count=days) if days > 0 else ""


def order_file(view: View, wanted: OrderFilter) -> bytes:
    """The orders of a filter for a spreadsheet, in the turn of the list."""
    heads = (_("Order number"), _("Ordered on"), _("Customer"), _("Channel"), _("Sales representative"))
    more = (_("State"), _("Payment"), _("Shipment"), _("Wished-for day"), _("Leaves by"), _("Late"))
    rows = find_orders(view, wanted, limit=MOST_IN_FILE)
    return csv_file((*heads, *more, _("Amount"), _("Paid")), [_line(row, view.today) for row in rows])


def _line(row: OrderRow, today: date) -> tuple[object, ...]:
    states = (BUSINESS_STATE_LABELS[row.business], PAYMENT_STATE_LABELS[row.payment])
    is_open = row.business in SOLD_STATES and row.shipment != Progress.FULL
    return (
        *(row.number, row.ordered_on, row.customer, row.channel, row.sales_rep),
        *(_(each) for each in (*states, SHIPMENT_STATE_LABELS[row.shipment])),
        *(row.wanted_on, row.ship_by, lateness(row.ship_by, today) if is_open else ""),
        *(row.gross_amount, row.paid_amount),
    )
