"""On the account of a customer: what it was charged besides goods, each taken back while nothing rests on it."""

import streamlit as st

from core.receivables.terms import cancel_charge
from core.sales.money.queries import ChargeRow, charges_of
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, money
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _, escaped

SHOWN = 20


def show_charges(actor: Actor, customer_id: int) -> None:
    """The newest charges; nothing where there never was one."""
    with reading() as view:
        rows = charges_of(view, customer_id)[:SHOWN]
    if not rows:
        return
    with st.expander(_("Charges"), icon=":material/add_card:", key="customer.charges"):
        for row in rows:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                _show(row)
                if not row.is_cancelled and not row.paid_amount and may(actor, cancel_charge):
                    with st.popover(_("Cancel charge"), icon=":material/block:", key=f"customer.charged.{row.id}"):
                        _cancel_form(row)


def _show(row: ChargeRow) -> None:
    crossed = "~~" if row.is_cancelled else ""
    words = [day(row.charged_on), row.number, escaped(row.note)]
    if row.is_cancelled:
        words.append(_("Cancelled"))
    elif row.paid_amount:
        words.append(_("{amount} paid").format(amount=money(row.paid_amount)))
    st.markdown(f"{crossed}**{money(row.amount)}**{crossed}  \n:gray[{' · '.join(words)}]", width="content")


def _cancel_form(row: ChargeRow) -> None:
    st.markdown(
        _("{amount} is no longer owed. What is paid or stands on a statement cannot be cancelled.").format(
            amount=money(row.amount)
        )
    )
    with st.form(f"customer.charged.{row.id}.cancel", border=False):
        reason = st.text_input(_("Reason"), max_chars=200, key=f"customer.charged.{row.id}.reason")
        if st.form_submit_button(_("Cancel charge"), type="primary", key=f"customer.charged.{row.id}.save"):
            act(
                cancel_charge,
                row.id,
                reason=reason,
                done=_("{number} is cancelled.").format(number=row.number),
                key=form_key(f"customer.charged.{row.id}"),
            )
