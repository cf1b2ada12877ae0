"""Letting a customer off some money, on the page of an order and on the account of a customer."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import ZERO
from core.sales.queries import OrderCard
from core.sales.returns.goodwill import give_goodwill, give_goodwill_on_account, goodwill_left
from core.sales.returns.queries import return_reasons
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import money
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _
from pages.sales._return_labels import reason_words

ICON = ":material/volunteer_activism:"


def show_goodwill(actor: Actor, order: OrderCard) -> None:
    """The form that lets the customer of a delivered order off some of it."""
    if not may(actor, give_goodwill):
        return
    with reading() as view:
        left = goodwill_left(view, order.id)
    if left <= ZERO:
        return
    with st.popover(_("Goodwill"), icon=ICON, key="order.goodwill", width="content"):
        said = _("The customer keeps the goods and pays so much less. At most {left}.").format(left=money(left))
        typed = _form(f"order.{order.id}.goodwill", said)
    if typed is not None:
        act(
            give_goodwill,
            order.id,
            **typed,
            done=_("{amount} is let off.").format(amount=money(typed["amount"])),
            key=form_key(f"order.{order.id}.goodwill"),
        )


def show_goodwill_on_account(actor: Actor, customer_id: int) -> None:
    """The form that lets a customer off some of what the delivered orders came to."""
    if not may(actor, give_goodwill_on_account):
        return
    with st.popover(_("Goodwill"), icon=ICON, key="customer.goodwill", width="content"):
        said = _("What is owed is let off first, oldest order first; the rest of the newest orders can be given back.")
        typed = _form(f"customer.{customer_id}.goodwill", said)
    if typed is not None:
        act(
            give_goodwill_on_account,
            customer_id,
            **typed,
            done=_("{amount} is let off.").format(amount=money(typed["amount"])),
            key=form_key(f"customer.{customer_id}.goodwill"),
        )


def _form(key: str, said: str) -> dict[str, Any] | None:
    """Ask how much and why; None until the button was pressed."""
    with reading() as view:
        reasons = [each.name for each in return_reasons(view)]
    with st.form(key, border=False):
        st.caption(said)
        amount = st.number_input(_("Amount"), value=0.0, min_value=0.0, step=1.0, format="%.2f", key=f"{key}.amount")
        reason = st.selectbox(
            _("Reason"),
            reasons,
            index=None,
            format_func=reason_words,
            placeholder=_("Choose a reason"),
            key=f"{key}.reason",
        )
        note = st.text_input(_("Note"), key=f"{key}.note", max_chars=200)
        pressed = st.form_submit_button(_("Let off"), type="primary", key=f"{key}.submit")
    return {"amount": Decimal(str(amount)), "reason": reason or "", "note": note} if pressed else None
