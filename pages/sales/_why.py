"""Why an order stands where it stands, and what each step changed: the answers as sentences."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.sales.models import (
    BUSINESS_STATE_LABELS,
    PAYMENT_STATE_LABELS,
    RETURN_STATE_LABELS,
    SHIPMENT_STATE_LABELS,
    STATEMENT_STATE_LABELS,
)
from core.sales.queries import OrderCard, TimelineRow
from core.sales.rules import LineProgress
from core.sales.why import AXIS_LABELS, Axis, Because, reasons
from pages._shared.formats import money, quantity
from pages._shared.text import _, escaped

LABELS: dict[Axis, dict[Any, str]] = {
    Axis.BUSINESS: BUSINESS_STATE_LABELS,
    Axis.PAYMENT: PAYMENT_STATE_LABELS,
    Axis.SHIPMENT: SHIPMENT_STATE_LABELS,
    Axis.RETURN: RETURN_STATE_LABELS,
    Axis.STATEMENT: STATEMENT_STATE_LABELS,
}
STORED_AS = {f"{axis.value}_state": axis for axis in Axis}
MONEY = {"gross", "paid", "credit", "let_off", "unpaid", "over"}


def show_why(order: OrderCard, let_off: Decimal) -> None:
    """A button that answers, for each of the five badges, why it says what it says."""
    with st.popover(_("Why this status?"), icon=":material/help:", key="order.why"):
        for because in reasons(
            order.business,
            [LineProgress(line.quantity, line.shipped, line.returned) for line in order.lines],
            order.gross_amount,
            order.paid_amount,
            credit=order.returned_amount,
            let_off=let_off,
            reason=order.cancel_reason,
            statement=order.statement,
            closed=order.closed,
            on_top=order.on_top,
        ):
            state = _(LABELS[because.axis][because.state])
            st.markdown(f"**{_(AXIS_LABELS[because.axis])}: {state}**  \n{_sentence(because)}")


def moved(entry: TimelineRow) -> str:
    """Which badges a step changed, before → after; nothing where none."""
    changed = entry.facts.get("changed") or {}
    shown = []
    for column, axis in STORED_AS.items():
        if column in changed:
            labels = {state.value: label for state, label in LABELS[axis].items()}
            before, after = changed[column]
            shown.append(f"{_(labels[before])} → **{_(labels[after])}**")
    return "".join(f"  \n:blue[:material/trending_flat: {each}]" for each in shown)


def _sentence(because: Because) -> str:
    facts = {}
    for name, fact in because.facts.items():
        if isinstance(fact, Decimal):
            facts[name] = money(fact) if name in MONEY else quantity(fact)
        else:
            facts[name] = escaped(str(fact))
    return " ".join(_(message).format(**facts) for message in (because.message, *because.more))
