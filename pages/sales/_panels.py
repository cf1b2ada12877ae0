"""What can be done with an order: its buttons, and the form that each of them opens."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.receivables.queries import PaymentRow
from core.sales.agreed import rooms_of
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import edit_order
from core.sales.models import BusinessState
from core.sales.pay import pay_order, reverse_payment
from core.sales.promised import promises_of
from core.sales.queries import OrderCard, ShipmentRow
from core.sales.recall import lot_choices
from core.sales.rules import ORDER_FLOW
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import money, quantity
from pages._shared.screen import FORM_KEY, act, form_key, goto, reading
from pages._shared.text import _, ngettext
from pages.sales._entry_head import turn_to
from pages.sales._ship_lines import closing_of, ship_lines_box
from pages.sales._ship_lots import leaving_of, lots_box

PANEL = "order.panel"
_STEPS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "confirm": (":material/task_alt:", confirm_order),
    "ship": (":material/local_shipping:", ship_order),
    "pay": (":material/payments:", pay_order),
    "complete": (":material/done_all:", complete_order),
    "resume": (":material/play_circle:", resume_order),
    "edit": (":material/edit:", edit_order),
    "reopen": (":material/restart_alt:", reopen_order),
    "hold": (":material/pause_circle:", hold_order),
    "cancel": (":material/block:", cancel_order),
}


def show_steps(actor: Actor, order: OrderCard) -> None:
    """The steps that this person may take with this order as it stands; the likeliest one stands out."""
    offered = [verb for verb, (_icon, command) in _STEPS.items() if verb in order.steps and may(actor, command)]
    is_open = order.business != BusinessState.COMPLETED
    with st.container(horizontal=True):
        for place, verb in enumerate(offered):
            icon, _command = _STEPS[verb]
            st.button(
                _(ORDER_FLOW.steps[verb].label),
                key=f"order.{verb}",
                icon=icon,
                type="primary" if is_open and place == 0 and verb not in {"hold", "cancel", "reopen"} else "secondary",
                on_click=_press,
                args=(order.id, verb),
            )
    pressed = st.session_state.get(PANEL)
    if pressed is None or pressed[0] != order.id:
        return
    verb = pressed[1]
    if verb in _AT_ONCE:
        st.session_state.pop(PANEL)
        _AT_ONCE[verb](order)
    elif verb in _FORMS and verb in offered:
        with st.container(border=True):
            _FORMS[verb](order)


def undo_form(order: OrderCard, shipment: ShipmentRow) -> None:
    """Ask why a shipment is undone, and say what follows."""
    st.markdown(_("The goods of {number} go back on the shelf and are reserved again.").format(number=shipment.number))
    _reason_form(order, f"undo.{shipment.id}", _("Undo the shipment"), _undo, shipment)


def reverse_form(order: OrderCard, payment: PaymentRow) -> None:
    """Ask why a payment is reversed, and say what follows."""
    st.markdown(
        _("{amount} of {number} is taken back by an opposite payment.").format(
            amount=money(payment.amount), number=payment.number
        )
    )
    _reason_form(order, f"reverse.{payment.id}", _("Reverse the payment"), _reverse, payment)


def _press(order_id: int, verb: str) -> None:
    pressed = (order_id, verb)
    st.session_state[PANEL] = None if st.session_state.get(PANEL) == pressed else pressed


def _close() -> None:
    st.session_state.pop(PANEL, None)


def _confirm(order: OrderCard) -> None:
    done = _("{number} is confirmed.").format(number=order.number)
    act(confirm_order, order.id, done=done, key=form_key(f"order.{order.id}.confirm"))


def _resume(order: OrderCard) -> None:
    act(resume_order, order.id, done=_("{number} goes on.").format(number=order.number))


def _complete(order: OrderCard) -> None:
    act(complete_order, order.id, done=_("{number} is completed.").format(number=order.number))


def _reopen(order: OrderCard) -> None:
    act(reopen_order, order.id, done=_("{number} is a draft again.").format(number=order.number))


def _edit(order: OrderCard) -> None:
    turn_to(order.id)
    goto("sales/new_order")


def _pay(order: OrderCard) -> None:
    with reading() as view:
        today = view.today
    with st.form(f"order.{order.id}.pay", border=False):
        with st.container(horizontal=True):
            amount = st.number_input(
                _("Amount"), value=float(order.unpaid), min_value=0.0, step=1.0, format="%.2f", key="order.pay.amount"
            )
            method = st.selectbox(
                _("Method"),
                [method for method in PaymentMethod if method != PaymentMethod.HISTORY],
                format_func=lambda each: _(PAYMENT_METHOD_LABELS[each]),
                key="order.pay.method",
            )
            received_on = st.date_input(
                _("Received on"), value=today, max_value=today, format="YYYY-MM-DD", key="order.pay.received_on"
            )
            note = st.text_input(_("Note"), key="order.pay.note")
        st.caption(_("{amount} is still owed. A smaller amount is a part payment.").format(amount=money(order.unpaid)))
        with st.container(horizontal=True):
            pressed = st.form_submit_button(_("Record payment"), type="primary", key="order.pay.submit")
            st.form_submit_button(_("Close"), on_click=_close, key="order.pay.close")
    if pressed:
        exact = Decimal(str(amount))
        _finish(
            pay_order,
            order,
            "pay",
            _("{amount} received.").format(amount=money(exact)),
            amount=exact,
            method=method,
            received_on=received_on,
            note=note,
        )


def _ship(order: OrderCard) -> None:
    with reading() as view:
        actor, choices = view.actor, lot_choices(view, order.id)
        rooms, promises = rooms_of(view, order.id, order.customer_id), promises_of(view, order)
    with st.form(f"order.{order.id}.ship", border=False):
        quantities, ticked = ship_lines_box(order, rooms, promises)
        lots, expired_too = lots_box(actor, order.id, order.version, choices)
        with st.container(horizontal=True):
            carrier = st.text_input(_("Carrier"), key="order.ship.carrier")
            tracking_number = st.text_input(_("Tracking number"), key="order.ship.tracking")
        with st.container(horizontal=True):
            pressed = st.form_submit_button(_("Ship"), type="primary", key="order.ship.submit")
            st.form_submit_button(_("Close"), on_click=_close, key="order.ship.close")
    if pressed:
        quantities |= leaving_of(lots)
        _finish(
            ship_order,
            order,
            "ship",
            _("Goods of {number} are on their way.").format(number=order.number),
            quantities=quantities,
            closing=closing_of(order, rooms, quantities, ticked),
            lots={line_id: named for line_id, named in lots.items() if named} or None,
            expired_too=expired_too,
            carrier=carrier,
            tracking_number=tracking_number,
        )


def _hold(order: OrderCard) -> None:
    st.markdown(_("Nothing is shipped or paid until it goes on; what is reserved stays reserved."))
    _reason_form(order, "hold", _("Put on hold"), _hold_now, None)


def _cancel(order: OrderCard) -> None:
    promised = order.promised
    if promised:
        st.markdown(
            ":orange[:material/warning:] "
            + ngettext(
                "{number} is called off, and {count} reserved unit is free for others.",
                "{number} is called off, and {count} reserved units are free for others.",
                int(promised),
            ).format(number=order.number, count=quantity(promised))
        )
    else:
        st.markdown(_("{number} is called off. Nothing is reserved for it.").format(number=order.number))
    _reason_form(order, "cancel", _("Cancel order"), _cancel_now, None)


def _reason_form(
    order: OrderCard, name: str, text: str, then: Callable[[OrderCard, Any, str], None], what: Any
) -> None:
    with st.form(f"order.{order.id}.{name}", border=False):
        reason = st.text_input(_("Reason"), key=f"order.{name}.reason")
        with st.container(horizontal=True):
            pressed = st.form_submit_button(text, type="primary", key=f"order.{name}.submit")
            st.form_submit_button(_("Close"), on_click=_close, key=f"order.{name}.close")
    if pressed:
        then(order, what, reason)


def _hold_now(order: OrderCard, _what: None, reason: str) -> None:
    _finish(hold_order, order, "hold", _("{number} is on hold.").format(number=order.number), reason=reason)


def _cancel_now(order: OrderCard, _what: None, reason: str) -> None:
    _finish(cancel_order, order, "cancel", _("{number} is cancelled.").format(number=order.number), reason=reason)


def _undo(order: OrderCard, shipment: ShipmentRow, reason: str) -> None:
    done = _("{number} is undone.").format(number=shipment.number)
    _finish(undo_shipment, order, "undo", done, subject_id=shipment.id, reason=reason)


def _reverse(order: OrderCard, payment: PaymentRow, reason: str) -> None:
    done = _("{number} is reversed.").format(number=payment.number)
    _finish(reverse_payment, order, "reverse", done, subject_id=payment.id, reason=reason)


def _finish(
    command: Callable[..., Any], order: OrderCard, name: str, done: str, subject_id: int | None = None, **facts: Any
) -> None:
    """Carry out the command; the form closes when it is done and stays, with the refusal, when it is not."""
    key = form_key(f"order.{order.id}.{name}")
    act(command, subject_id or order.id, done=done, key=key, rerun=False, **facts)
    if st.session_state.get(f"{FORM_KEY}order.{order.id}.{name}") != key:
        _close()
        st.rerun()


_AT_ONCE: Mapping[str, Callable[[OrderCard], None]] = {
    "confirm": _confirm,
    "resume": _resume,
    "complete": _complete,
    "reopen": _reopen,
    "edit": _edit,
}
_FORMS: Mapping[str, Callable[[OrderCard], None]] = {"pay": _pay, "ship": _ship, "hold": _hold, "cancel": _cancel}
