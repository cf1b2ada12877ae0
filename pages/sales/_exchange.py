"""An exchange on one screen: what comes back, what goes out, the one settlement line, and calling a half off."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.sales.models import BUSINESS_STATE_LABELS, RETURN_DOCUMENT_LABELS, SHIPMENT_STATE_LABELS, BusinessState
from core.sales.returns.cards import ExchangeCard
from core.sales.returns.exchange import Leg, cancel_exchange, settle_exchange
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import money
from pages._shared.screen import act, form_key, link
from pages._shared.text import N_, _

LEGS = {Leg.RETURN: N_("What comes back"), Leg.DELIVERY: N_("What goes out"), Leg.BOTH: N_("Both")}
EXPLAINED = {
    Leg.RETURN: N_("The customer keeps the old goods. What goes out is an ordinary sale and is owed in full."),
    Leg.DELIVERY: N_("Nothing goes out; its reservation is released. What comes back is credited as a usual return."),
    Leg.BOTH: N_("The customer keeps the old goods, nothing goes out, and nothing is owed."),
}


def show_exchange(actor: Actor, card: ExchangeCard) -> None:
    """The two halves beside each other, the difference below them, and what can be done."""
    with st.container(border=True):
        heading, comes, goes = _("Exchange"), _("Comes back"), _("Goes out")
        st.markdown(f":material/swap_horiz: **{heading} {card.number}**")
        with st.container(horizontal=True, gap="medium"):
            with st.container(width=260, gap="xsmall"):
                state = _(RETURN_DOCUMENT_LABELS[card.return_state])
                st.markdown(f":gray[{comes}]  \n**{card.return_number}** · {state}  \n{money(card.back_amount)}")
            with st.container(width=260, gap="xsmall"):
                state = _(BUSINESS_STATE_LABELS[card.business])
                if card.business != BusinessState.CANCELLED:
                    state = _(SHIPMENT_STATE_LABELS[card.shipment])
                st.markdown(f":gray[{goes}]  \n**{card.order_number}** · {state}  \n{money(card.out_amount)}")
                link("sales/order", _("Open the order"), id=card.order_id)
        st.markdown(_settlement(card))
        _settle_form(actor, card)
        _cancel_form(actor, card)


def _settlement(card: ExchangeCard) -> str:
    if card.settled_at is not None:
        return ":green[:material/done_all:] " + _("Settled")
    if card.difference > 0:
        return "**" + _("The customer pays {amount}").format(amount=money(card.difference)) + "**"
    if card.difference < 0:
        return "**" + _("The customer gets {amount} back").format(amount=money(-card.difference)) + "**"
    return "**" + _("Nothing is to be paid") + "**"


def _settle_form(actor: Actor, card: ExchangeCard) -> None:
    if card.settled_at is None and not card.can_settle and card.business != BusinessState.CANCELLED:
        st.caption(_("It is settled once the goods have come back."))
    if not (card.can_settle and may(actor, settle_exchange)):
        return
    methods = [method for method in PaymentMethod if method != PaymentMethod.HISTORY]
    later = _("Not now: owed, or kept as balance")
    with (
        st.form(f"exchange.{card.id}.settle", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        method = st.selectbox(
            _("The difference"),
            [*methods, None],
            format_func=lambda each: later if each is None else _(PAYMENT_METHOD_LABELS[each]),
            key="exchange.method",
        )
        pressed = st.form_submit_button(_("Settle the exchange"), type="primary", key="exchange.settle")
    if pressed:
        _act(settle_exchange, card, "settle", _("{number} is settled."), method=method)


def _cancel_form(actor: Actor, card: ExchangeCard) -> None:
    legs = [leg for leg, can in ((Leg.RETURN, card.can_cancel_return), (Leg.DELIVERY, card.can_cancel_delivery)) if can]
    if len(legs) == 2:
        legs.append(Leg.BOTH)
    if not legs or not may(actor, cancel_exchange):
        return
    with st.popover(_("Call off"), icon=":material/block:", key="exchange.cancel"):
        leg = st.radio(
            _("What is called off?"), legs, format_func=lambda each: _(LEGS[each]), key="exchange.cancel.leg"
        )
        st.caption(_(EXPLAINED[leg]))
        with st.form(f"exchange.{card.id}.cancel", border=False):
            reason = st.text_input(_("Reason"), key="exchange.cancel.reason")
            pressed = st.form_submit_button(_("Call off"), type="primary", key="exchange.cancel.submit")
    if pressed:
        _act(cancel_exchange, card, "cancel", _("{number} is changed."), leg=leg, reason=reason)


def _act(command: Callable[..., Any], card: ExchangeCard, name: str, done: str, **facts: Any) -> None:
    key = form_key(f"exchange.{card.id}.{name}")
    act(command, card.id, done=done.format(number=card.number), key=key, **facts)
