"""Small forms about money: a reason, and a refund."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS
from pages._shared.text import _
from pages.receivables._take import METHODS


def reason_form(key: str, said: str, label: str) -> str | None:
    """Ask why; the reason once the button was pressed."""
    with st.form(key, border=False):
        st.caption(said)
        reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
        pressed = st.form_submit_button(label, type="primary", key=f"{key}.submit")
    return reason if pressed else None


def refund_form(key: str, most: Decimal) -> dict[str, Any] | None:
    """Ask how much goes back, how and why; None until the button was pressed."""
    with st.form(key, border=False):
        amount = st.number_input(
            _("Amount"), value=float(most), min_value=0.0, step=1.0, format="%.2f", key=f"{key}.amount"
        )
        method = st.selectbox(
            _("Method"), METHODS, format_func=lambda each: _(PAYMENT_METHOD_LABELS[each]), key=f"{key}.method"
        )
        reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
        pressed = st.form_submit_button(_("Refund"), type="primary", key=f"{key}.submit")
    return {"amount": Decimal(str(amount)), "method": method, "reason": reason} if pressed else None
