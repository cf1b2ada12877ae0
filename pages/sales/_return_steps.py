"""What can be done with a return: its buttons, and the form that each of them opens."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from core.catalog.models import ProductKind
from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.cards import ReturnCard, ReturnLineRow
from core.sales.returns.claims import accept_claim, undo_acceptance
from core.sales.returns.goodwill import undo_goodwill
from core.sales.returns.inspect import Finding, inspect_return, undo_inspection
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return
from core.sales.returns.request import cancel_return, decline_return, reopen_return
from core.sales.returns.rules import GOODWILL_FLOW, RETURN_FLOW
from core.security.actor import Actor
from core.stock.queries import warehouses
from core.work.command import may
from pages._shared.formats import money, quantity
from pages._shared.photos import choose_photos, refuse_photos
from pages._shared.screen import FORM_KEY, act, form_key, reading
from pages._shared.tables import quantity_places
from pages._shared.text import N_, _, escaped

PANEL = "return.panel"
LABELS = {verb: step.label for flow in (RETURN_FLOW, GOODWILL_FLOW) for verb, step in flow.steps.items()} | {
    "refund": N_("Give money back"),
    "cancel_redelivery": N_("Do not deliver again"),
}
_STEPS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "receive": (":material/inventory:", receive_return),
    "accept": (":material/fact_check:", accept_claim),
    "inspect": (":material/fact_check:", inspect_return),
    "refund": (":material/payments:", refund_return),
    "redeliver": (":material/redo:", deliver_again),
    "reopen": (":material/restart_alt:", reopen_return),
    "decline": (":material/thumb_down:", decline_return),
    "cancel": (":material/block:", cancel_return),
    "undo_inspection": (":material/undo:", undo_inspection),
    "undo_receipt": (":material/undo:", undo_receipt),
    "undo_acceptance": (":material/undo:", undo_acceptance),
    "cancel_redelivery": (":material/undo:", cancel_redelivery),
    "undo_goodwill": (":material/undo:", undo_goodwill),
}
_LIKELY = {"receive", "accept", "inspect", "refund"}


def show_steps(actor: Actor, card: ReturnCard) -> None:
    """The steps that this person may take as the return stands; the likeliest one stands out."""
    offered = [verb for verb, (_icon, command) in _STEPS.items() if verb in card.steps and may(actor, command)]
    with st.container(horizontal=True):
        for place, verb in enumerate(offered):
            st.button(
                _(LABELS[verb]),
                key=f"return.{verb}",
                icon=_STEPS[verb][0],
                type="primary" if place == 0 and verb in _LIKELY else "secondary",
                on_click=_press,
                args=(card.id, verb),
            )
    pressed = st.session_state.get(PANEL)
    if pressed is not None and pressed[0] == card.id and pressed[1] in offered:
        with st.container(border=True):
            _FORMS[pressed[1]](card)


def _press(return_id: int, verb: str) -> None:
    pressed = (return_id, verb)
    st.session_state[PANEL] = None if st.session_state.get(PANEL) == pressed else pressed


def _close() -> None:
    st.session_state.pop(PANEL, None)


def _receive(card: ReturnCard) -> None:
    with reading() as view:
        houses = {house.id: house.name for house in warehouses(view)}
    with st.form(f"return.{card.id}.receive", border=False):
        st.caption(
            _("How many are there? They wait for inspection and are not for sale. What is missing stays announced.")
        )
        arrived = {
            line.id: _count(line, _("Quantity received"), line.quantity, f"return.receive.{line.id}")
            for line in card.lines
        }
        warehouse_id = st.selectbox(
            _("Warehouse"),
            list(houses),
            index=list(houses).index(card.warehouse_id) if card.warehouse_id in houses else 0,
            format_func=lambda each: houses.get(each, ""),
            key="return.receive.warehouse",
        )
        pressed = _buttons("receive", _("Take the goods in"))
    if pressed:
        done = _("The goods of {number} are here and wait for inspection.").format(number=card.number)
        _finish(receive_return, card, "receive", done, quantities=arrived, warehouse_id=warehouse_id)


def _accept(card: ReturnCard) -> None:
    with st.form(f"return.{card.id}.accept", border=False):
        st.caption(_("What is accepted is credited; what is not stays claimed. Goods that are here go on sale again."))
        accepted: dict[int, Decimal] = {}
        here: dict[int, Decimal] = {}
        for line in card.lines:
            _title(line)
            with st.container(horizontal=True, key=f"return.accept.{line.id}"):
                accepted[line.id] = _number(line, _("Accepted"), line.quantity, f"return.accepted.{line.id}", width=130)
                if line.kind == ProductKind.STOCKED:
                    label = _("Of it here after all")
                    here[line.id] = _number(line, label, Decimal(0), f"return.here.{line.id}", width=150)
        pressed = _buttons("accept", _("Accept the claim"))
    if pressed:
        done = _("The claim {number} is accepted.").format(number=card.number)
        _finish(accept_claim, card, "accept", done, quantities=accepted, here=here)


def _inspect(card: ReturnCard) -> None:
    photos = choose_photos(f"return.{card.id}.inspect.photos")
    with st.form(f"return.{card.id}.inspect", border=False):
        findings = {line.id: _finding(line) for line in card.lines}
        pressed = _buttons("inspect", _("Inspect"))
    if pressed and photos is None:
        refuse_photos()
    elif pressed:
        done = _("{number} is inspected.").format(number=card.number)
        _finish(inspect_return, card, "inspect", done, findings=findings, photos=photos)


def _finding(line: ReturnLineRow) -> Finding:
    _title(line)
    with st.container(horizontal=True, key=f"return.inspect.{line.id}"):
        restock = _number(line, _("Back on sale"), line.quantity, f"return.restock.{line.id}", width=110)
        second = _number(line, _("Second quality"), Decimal(0), f"return.second.{line.id}", width=110)
        scrap = _number(line, _("Scrap"), Decimal(0), f"return.scrap.{line.id}", width=110)
        note = st.text_input(_("Finding"), key=f"return.note.{line.id}", max_chars=200)
    return Finding(restock, second, scrap, note)


def _title(line: ReturnLineRow) -> None:
    st.markdown(f"**{escaped(line.name)}** :gray[{escaped(line.sku)} · {quantity(line.quantity)} {escaped(line.unit)}]")


def _refund(card: ReturnCard) -> None:
    with reading() as view:
        today = view.today
    balance = _("Keep as the customer's balance")
    methods = [method for method in PaymentMethod if method != PaymentMethod.HISTORY]
    with st.form(f"return.{card.id}.refund", border=False):
        with st.container(horizontal=True):
            amount = st.number_input(
                _("Amount"), value=float(card.left), min_value=0.0, step=1.0, format="%.2f", key="return.refund.amount"
            )
            method = st.selectbox(
                _("How?"),
                [*methods, None],
                format_func=lambda each: balance if each is None else _(PAYMENT_METHOD_LABELS[each]),
                key="return.refund.method",
            )
            paid_on = st.date_input(
                _("Given back on"), value=today, max_value=today, format="YYYY-MM-DD", key="return.refund.on"
            )
            note = st.text_input(_("Note"), key="return.refund.note")
        st.caption(
            _("At most {left}: what was paid for the order beyond what is still owed for it.").format(
                left=money(card.left)
            )
        )
        pressed = _buttons("refund", _("Give back"))
    if pressed:
        exact = Decimal(str(amount))
        done = _("{amount} is given back.").format(amount=money(exact))
        _finish(refund_return, card, "refund", done, amount=exact, method=method, paid_on=paid_on, note=note)


def _redeliver(card: ReturnCard) -> None:
    with st.form(f"return.{card.id}.redeliver", border=False):
        st.caption(_("These goods are reserved for {number} again and owed again.").format(number=card.order_number))
        again = {
            line.id: _count(line, _("Goes out again"), line.quantity, f"return.again.{line.id}") for line in card.lines
        }
        pressed = _buttons("redeliver", _("Deliver again"))
    if pressed:
        done = _("The goods are reserved for {number} again. Ship them there.").format(number=card.order_number)
        _finish(deliver_again, card, "redeliver", done, quantities=again)


def _reopen(card: ReturnCard) -> None:
    with st.form(f"return.{card.id}.reopen", border=False):
        st.markdown(_("{number} is announced again.").format(number=card.number))
        pressed = _buttons("reopen", _("Request again"))
    if pressed:
        _finish(reopen_return, card, "reopen", _("{number} is announced again.").format(number=card.number))


def _reasoned(verb: str, said: str) -> Callable[[ReturnCard], None]:
    def form(card: ReturnCard) -> None:
        with st.form(f"return.{card.id}.{verb}", border=False):
            st.markdown(_(said))
            reason = st.text_input(_("Reason"), key=f"return.{verb}.reason")
            pressed = _buttons(verb, _(LABELS[verb]))
        if pressed:
            _finish(_STEPS[verb][1], card, verb, _("{number} is changed.").format(number=card.number), reason=reason)

    return form


def _count(line: ReturnLineRow, label: str, most: Decimal, key: str) -> Decimal:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = _number(line, label, most, key, width=130)
        unit = "" if line.kind == ProductKind.SERVICE else f" {escaped(line.unit)}"
        st.markdown(f"**{escaped(line.name)}**  \n:gray[{escaped(line.sku)} · {quantity(line.quantity)}{unit}]")
    return count


def _number(line: ReturnLineRow, label: str, value: Decimal, key: str, width: int) -> Decimal:
    places = quantity_places([line.quantity])
    number = st.number_input(
        label,
        value=float(value),
        min_value=0.0,
        max_value=float(line.quantity),
        step=1.0,
        format=f"%.{places}f",
        key=key,
        width=width,
    )
    return Decimal(str(number))


def _buttons(verb: str, label: str) -> bool:
    with st.container(horizontal=True):
        pressed = st.form_submit_button(label, type="primary", key=f"return.{verb}.submit")
        st.form_submit_button(_("Close"), on_click=_close, key=f"return.{verb}.close")
    return pressed


def _finish(command: Callable[..., Any], card: ReturnCard, name: str, done: str, **facts: Any) -> None:
    """Carry out the command; the form closes when it is done and stays, with the refusal, when it is not."""
    key = form_key(f"return.{card.id}.{name}")
    act(command, card.id, done=done, key=key, rerun=False, **facts)
    if st.session_state.get(f"{FORM_KEY}return.{card.id}.{name}") != key:
        _close()
        st.rerun()


_FORMS: Mapping[str, Callable[[ReturnCard], None]] = {
    "receive": _receive,
    "accept": _accept,
    "inspect": _inspect,
    "refund": _refund,
    "redeliver": _redeliver,
    "reopen": _reopen,
    "decline": _reasoned("decline", N_("The goods stay with the customer, and nothing is credited.")),
    "cancel": _reasoned("cancel", N_("The goods do not come back after all.")),
    "undo_inspection": _reasoned("undo_inspection", N_("Everything goes back to where it waits for inspection.")),
    "undo_receipt": _reasoned("undo_receipt", N_("The goods are with the customer again, who owes for them again.")),
    "undo_acceptance": _reasoned(
        "undo_acceptance", N_("Nothing is credited any more, and the claim waits for a decision.")
    ),
    "undo_goodwill": _reasoned("undo_goodwill", N_("The customer owes what was let off again.")),
    "cancel_redelivery": _reasoned("cancel_redelivery", N_("The goods are free for others and no longer owed.")),
}
