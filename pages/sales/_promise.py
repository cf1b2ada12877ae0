"""On an order: until when its goods stay reserved without money, and whether it leaves as a whole."""

import streamlit as st

from core.sales.fulfilment import PromiseCard, keep_reserved, order_promise, ship_as_a_whole
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.queries import OrderCard
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import moment
from pages._shared.screen import act, form_key, reading
from pages._shared.text import N_, _, ngettext

DAYS = (1, 3, 7, 14, 30)
MINUTES = 24 * 60
UNLIMITED = 0
PARTS = {
    None: N_("As its customer's rule says"),
    True: N_("Only as a whole"),
    False: N_("In parts, too"),
}


def show_promise(actor: Actor, order: OrderCard) -> None:
    """What holds for this order, and the forms that change it; nothing once all of it has left."""
    is_open = order.business in {BusinessState.CONFIRMED, BusinessState.ON_HOLD}
    if not is_open or order.shipment == Progress.FULL:
        return
    with reading() as view:
        promise = order_promise(view, order.id)
    is_unpaid = order.payment == PaymentState.NONE and order.shipment == Progress.NONE
    facts = []
    if is_unpaid and promise.reserved_until is not None:
        facts.append(_("Reserved until {moment} unless money comes.").format(moment=moment(promise.reserved_until)))
    if promise.ships_whole:
        facts.append(_("Leaves only as a whole."))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if facts:
            st.caption(f":material/lock_clock: {' '.join(facts)}", width="content")
        if may(actor, keep_reserved):
            with st.popover(_("Reservation and parts"), icon=":material/lock_clock:", width="content"):
                if is_unpaid and order.business == BusinessState.CONFIRMED:
                    _keep_form(order)
                _whole_form(order, promise)


def _keep_form(order: OrderCard) -> None:
    with st.form(f"order.{order.id}.keep_reserved", border=False):
        days = st.selectbox(
            _("Keep the goods reserved without money"),
            [*DAYS, UNLIMITED],
            index=1,
            format_func=lambda each: (
                ngettext("{count} day from now", "{count} days from now", each).format(count=each)
                if each
                else _("Until it ships or is cancelled")
            ),
            key="order.keep_reserved.days",
        )
        if st.form_submit_button(_("Keep reserved"), type="primary", key="order.keep_reserved.save"):
            act(
                keep_reserved,
                order.id,
                more_minutes=days * MINUTES if days else None,
                done=_("The goods of {number} stay reserved.").format(number=order.number),
                key=form_key(f"order.{order.id}.keep_reserved"),
            )


def _whole_form(order: OrderCard, promise: PromiseCard) -> None:
    with st.form(f"order.{order.id}.whole", border=False):
        whole = st.selectbox(
            _("How it leaves"),
            list(PARTS),
            index=list(PARTS).index(promise.ship_complete),
            format_func=lambda each: _(PARTS[each]),
            key=f"order.{order.id}.whole.{promise.ship_complete}",
        )
        if st.form_submit_button(_("Save"), key="order.whole.save"):
            act(
                ship_as_a_whole,
                order.id,
                whole=whole,
                done=_("How {number} leaves was saved.").format(number=order.number),
                key=form_key(f"order.{order.id}.whole"),
            )
