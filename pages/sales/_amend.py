"""Amending a confirmed order: the form, the comparison before it is accepted, and the versions there were."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.typed import find_typed
from core.sales.amend import accept_amendment, decline_amendment, edit_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.amend_models import AMENDMENT_STATE_LABELS, AmendmentState
from core.sales.amend_rules import CHANGE_LABELS, Change
from core.sales.amendments import AmendmentCard, ChangedLineRow, amendments_of
from core.sales.entry import line_drafts
from core.sales.models import PAYMENT_STATE_LABELS, SHIPMENT_STATE_LABELS
from core.sales.queries import OrderCard
from core.sales.rules import ORDER_FLOW
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, moment, money, price, quantity
from pages._shared.forms import first_field, forget_version, opened_version
from pages._shared.screen import act, act_in_callback, form_key, reading
from pages._shared.tables import money_column, price_column, quantity_places, text_column
from pages._shared.text import N_, _, escaped, listed, ngettext
from pages.sales._again import show_copy
from pages.sales._kits import part_name

FORM = "order.amend"
EDITING = "order.amend.editing"
NEW = 0
COLOURS = {Change.KEPT: "gray", Change.CHANGED: "orange", Change.ADDED: "green", Change.REMOVED: "red"}
FIELDS = {
    "quantity": (N_("Quantity"), quantity),
    "unit_price": (N_("Unit price"), price),
    "discount": (N_("Discount"), money),
}


def show_amendments(actor: Actor, order: OrderCard) -> None:
    """Amending and ordering again: the buttons, the amendment that is open with its comparison, those decided."""
    with reading() as view:
        cards = amendments_of(view, order.id)
    waiting = next((card for card in cards if card.is_open), None)
    decided = [card for card in cards if not card.is_open]
    can_begin = waiting is None and "amend" in order.steps and may(actor, request_amendment)
    with st.container(horizontal=True):
        if can_begin:
            st.button(
                _("Amend the order"),
                key="order.amend",
                icon=":material/edit_document:",
                help=_("Change quantities, prices or products after confirmation; nothing changes before you accept."),
                on_click=_edit,
                args=(order.id,),
            )
        show_copy(actor, order)
    if waiting is not None:
        with st.container(border=True, key="order.amend.waiting"):
            _show_waiting(actor, order, waiting)
    elif can_begin and st.session_state.get(EDITING) == order.id:
        with st.container(border=True, key="order.amend.form"):
            _form(order, None)
    if decided:
        with st.expander(
            ngettext("{count} amendment", "{count} amendments", len(decided)).format(count=len(decided)),
            icon=":material/difference:",
            key="order.amend.past",
        ):
            for card in decided:
                _show_decided(actor, order, card, can_undo=waiting is None)


def _show_waiting(actor: Actor, order: OrderCard, card: AmendmentCard) -> None:
    st.subheader(_("Compare before accepting"), anchor=False)
    st.caption(_told(card.number, card.requested_by, moment(card.requested_at)))
    _show_comparison(card)
    _show_effects(card)
    if card.is_stale:
        st.warning(
            _("The order changed after this was drawn up, or is not open to amendments now. Bring it up to date first.")
        )
    elif card.problems:
        st.error(listed("\n".join(problem.sentence for problem in card.problems)))
    if card.needs_reason and not card.reason:
        st.warning(_("Goods or money change, so a reason is needed. Press “Change the amendment” and enter one."))
    can_edit = may(actor, edit_amendment) and ORDER_FLOW.allows("amend", order.business)
    with st.container(horizontal=True, vertical_alignment="center"):
        if may(actor, accept_amendment) and card.can_accept:
            st.button(
                _("Accept the amendment"),
                type="primary",
                icon=":material/task_alt:",
                key="order.amend.accept",
                on_click=_accept,
                args=(order, card),
            )
        if (
            can_edit
            and card.is_stale
            and st.button(_("Bring up to date"), type="primary", icon=":material/sync:", key="order.amend.refresh")
        ):
            _ask_again(order, card)
        if can_edit:
            st.button(
                _("Change the amendment"),
                key="order.amend.edit",
                icon=":material/edit:",
                on_click=_edit,
                args=(order.id,),
            )
        if may(actor, decline_amendment):
            with (
                st.popover(_("Decline"), icon=":material/block:", key="order.amend.decline"),
                st.form("order.amend.decline.form", border=False),
            ):
                reason = st.text_input(_("Reason"), key="order.amend.decline.reason", max_chars=200)
                if st.form_submit_button(_("Decline the amendment"), type="primary", key="order.amend.decline.now"):
                    done = _("The amendment is declined; the order stays as it is.")
                    act(decline_amendment, card.id, done=done, version=card.version, reason=reason)
    if can_edit and st.session_state.get(EDITING) == order.id:
        _form(order, card)


def _show_comparison(card: AmendmentCard) -> None:
    """Each line that changes, before → after, with its difference in money."""
    with st.grid(min_column_width=300):
        for line in card.changed:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown(
                    f"**{escaped(line.sku)}** {escaped(line.name)} "
                    f":{COLOURS[line.kind]}-badge[{_(CHANGE_LABELS[line.kind])}]"
                )
                st.markdown("  \n".join(_differences(line)))
        if card.note_after is not None:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown("**" + _("Note") + "**")
                st.markdown(f"{escaped(card.note_before) or '–'} → **{escaped(card.note_after) or '–'}**")
        if card.wanted_after != card.wanted_before:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown("**" + _("Wished-for day") + "**")
                st.markdown(f"{day(card.wanted_before)} → **{day(card.wanted_after)}**")
    kept = len(card.lines) - len(card.changed)
    if kept:
        st.caption(ngettext("{count} line stays as it is.", "{count} lines stay as they are.", kept).format(count=kept))
    if card.reason:
        st.markdown(f":material/chat: {escaped(card.reason)}")


def _differences(line: ChangedLineRow) -> list[str]:
    before, after = line.change.before, line.change.after
    said = []
    for name, (label, shown) in FIELDS.items():
        old = getattr(before, name) if before else None
        new = getattr(after, name) if after else None
        if old != new and (old or new):
            said.append(f":gray[{_(label)}] {_arrow(old, new, shown)}")
    old, new = (terms.amounts.gross if terms else None for terms in (before, after))
    sign = "+" if line.difference > ZERO else ""
    said.append(":gray[" + _("Amount") + f"] {_arrow(old, new, money)} · **{sign}{money(line.difference)}**")
    return said


def _arrow(old: Decimal | None, new: Decimal | None, shown: Any) -> str:
    if old is None:
        return f"**{shown(new)}**"
    if new is None:
        return f"~~{shown(old)}~~"
    return shown(old) if old == new else f"{shown(old)} → **{shown(new)}**"


def _show_effects(card: AmendmentCard) -> None:
    """What it means for money and stock as things stand."""
    change = card.after.gross - card.before.gross
    owed = card.after.gross - card.paid
    with st.container(horizontal=True, gap="medium", key="order.amend.money"):
        st.metric(_("Total before"), money(card.before.gross), width="content")
        st.metric(_("Total after"), money(card.after.gross), delta=money(change), delta_color="off", width="content")
        st.metric(_("Tax after"), money(card.after.tax), width="content")
        st.metric(_("Open after"), money(max(owed, ZERO)), width="content")
        if owed < ZERO:
            st.metric(_("Paid too much after"), money(-owed), width="content")
    if card.axes_before and card.axes_after and card.axes_before != card.axes_after:
        moved = []
        if card.axes_before.payment != card.axes_after.payment:
            moved.append(
                (PAYMENT_STATE_LABELS[card.axes_before.payment], PAYMENT_STATE_LABELS[card.axes_after.payment])
            )
        if card.axes_before.shipment != card.axes_after.shipment:
            was, becomes = card.axes_before.shipment, card.axes_after.shipment
            moved.append((SHIPMENT_STATE_LABELS[was], SHIPMENT_STATE_LABELS[becomes]))
        st.markdown(" · ".join(f"{_(was)} → **{_(becomes)}**" for was, becomes in moved))
    for row in card.stock:
        named = f"**{escaped(row.sku)}** {escaped(row.name)}"
        if row.missing:
            sentence = _("{more} more to reserve, {available} available: {missing} missing.")
            icon = ":red[:material/warning:] "
        elif row.change > ZERO:
            sentence, icon = _("{more} more to reserve, {available} available."), ":material/inventory_2: "
        else:
            sentence, icon = _("{less} reserved units become free for others."), ":material/inventory_2: "
        facts = {"more": row.change, "less": -row.change, "available": row.available, "missing": row.missing}
        st.markdown(f"{icon}{named}: " + sentence.format(**{name: quantity(fact) for name, fact in facts.items()}))
    if card.is_open and not card.stock:
        st.caption(_("Nothing changes in what is reserved."))


def _show_decided(actor: Actor, order: OrderCard, card: AmendmentCard, *, can_undo: bool) -> None:
    with st.container(border=True):
        colour = "green" if card.state == AmendmentState.ACCEPTED else "gray"
        title = f"**{card.number}** :{colour}-badge[{_(AMENDMENT_STATE_LABELS[card.state])}]"
        if card.revision is not None:
            title += " " + _("Version {before} → version {after}").format(before=card.revision, after=card.revision + 1)
        st.markdown(title)
        st.caption(_told(card.decided_by or card.requested_by, moment(card.decided_at), card.declined_because))
        if card.shipment:
            st.caption(_("Shipment {number} made it: less or more left than was ordered.").format(number=card.shipment))
        _show_comparison(card)
        with st.container(horizontal=True):
            if card.revision is not None:
                with st.popover(_("Both versions whole"), icon=":material/compare:", key=f"order.amend.{card.id}.both"):
                    _show_versions(card)
            if (
                can_undo
                and card.revision is not None
                and may(actor, request_undo)
                and ORDER_FLOW.allows("amend", order.business)
                and st.button(_("Undo by an amendment"), icon=":material/undo:", key=f"order.amend.{card.id}.undo")
            ):
                act(
                    request_undo,
                    card.id,
                    done=_("Drawn up. Compare, then accept it."),
                    key=form_key(f"amend.{card.id}.undo"),
                    seen_version=order.version,
                    reason=_("Undo of {number}").format(number=card.number),
                )


def _show_versions(card: AmendmentCard) -> None:
    number = card.revision or 0
    for place, which in ((number, "before"), (number + 1, "after")):
        lines = [(line, getattr(line.change, which)) for line in card.lines if getattr(line.change, which)]
        st.markdown("**" + _("Version {number}").format(number=place) + f"** · {money(getattr(card, which).gross)}")
        st.dataframe(
            pd.DataFrame(
                {
                    _("Code"): [line.sku for line, _terms in lines],
                    _("Product"): [line.name for line, _terms in lines],
                    _("Quantity"): [quantity(terms.quantity) for _line, terms in lines],
                    _("Unit price"): [price(terms.unit_price) for _line, terms in lines],
                    _("Discount"): [money(terms.discount) for _line, terms in lines],
                    _("Amount"): [money(terms.amounts.gross) for _line, terms in lines],
                }
            ),
            hide_index=True,
            key=f"order.amend.{card.id}.{which}",
            height="content",
        )


def _form(order: OrderCard, card: AmendmentCard | None) -> None:
    """Lines as they are or as they were drawn up last; quantity zero takes a line off."""
    version = opened_version(FORM, order.id, order.version)
    wished = {line.order_line_id: line.change for line in card.lines if line.change.before} if card else {}
    asked = [wished[line.id].after if line.id in wished else line for line in order.lines]
    places = quantity_places([line.quantity for line in order.lines])
    number = st.column_config.NumberColumn
    with st.form(f"{FORM}.{order.id}", border=False):
        note = st.text_input(
            _("Note"),
            value=card.note_after if card and card.note_after is not None else order.note,
            key=first_field(FORM, order.id, version),
            max_chars=1000,
        )
        wanted_on = st.date_input(
            _("Wished-for day"),
            value=card.wanted_after if card and card.wanted_after != card.wanted_before else order.wanted_on,
            format="YYYY-MM-DD",
            key=f"{FORM}.wanted_on.{order.id}.{version}",
        )
        edited = st.data_editor(
            pd.DataFrame(
                {
                    "sku": [line.sku for line in order.lines],
                    "name": [part_name(order, line.id, line.name) for line in order.lines],
                    "quantity": [float(each.quantity) if each else 0.0 for each in asked],
                    "unit_price": [
                        float((each or line).unit_price) for each, line in zip(asked, order.lines, strict=True)
                    ],
                    "discount": [float((each or line).discount) for each, line in zip(asked, order.lines, strict=True)],
                    "shipped": [float(line.shipped) for line in order.lines],
                }
            ),
            key=f"{FORM}.lines.{order.id}.{version}.{card.version if card else 0}",
            hide_index=True,
            num_rows="fixed",
            column_config={
                "sku": text_column(_("Code"), disabled=True),
                "name": text_column(_("Product"), disabled=True, width=150),
                "quantity": number(
                    _("Quantity"), min_value=0, required=True, step=0.001, format=f"%,.{places}f", alignment="right"
                ),
                "unit_price": price_column(_("Unit price"), min_value=0, required=True, step=0.0001),
                "discount": money_column(_("Discount"), min_value=0, required=True, step=0.01),
                "shipped": number(_("Shipped"), disabled=True, format=f"%,.{places}f", alignment="right"),
            },
        )
        st.caption(_("Quantity 0 takes a line off. What has been shipped stays."))
        if order.kits:
            st.caption(_("A kit changes as a whole: change the quantities of all its parts alike, or set all to 0."))
        more = st.text_area(
            _("Add products: one line each, code, quantity and, if needed, price"),
            value=_typed(card),
            placeholder="MUG-01\t3\nCUP-07\t12\t4.50",
            key=f"{FORM}.more",
        )
        reason = st.text_input(
            _("Reason"),
            value=card.reason if card else "",
            key=f"{FORM}.reason",
            max_chars=200,
            help=_("Needed whenever goods or money change; a new note alone explains itself."),
        )
        with st.container(horizontal=True):
            pressed = st.form_submit_button(_("Compare"), type="primary", key=f"{FORM}.compare")
            st.form_submit_button(_("Close"), on_click=_stop, key=f"{FORM}.close")
    if pressed:
        try:
            with reading() as view:
                added = line_drafts(find_typed(view, more)) if more.strip() else []
        except AppError as refusal:
            st.error(listed(refusal.sentence))
            return
        wishes = [
            LineWish(_exact(row.quantity), line.id, None, _exact(row.unit_price), _exact(row.discount))
            for line, row in zip(order.lines, edited.itertuples(), strict=True)
        ]
        wishes += [LineWish(each.quantity, None, each.variant_id, each.unit_price) for each in added]
        _send(order, card, wishes, note, wanted_on, reason, version)


def _send(
    order: OrderCard,
    card: AmendmentCard | None,
    wishes: list[LineWish],
    note: str,
    wanted_on: date | None,
    reason: str,
    seen: int,
) -> None:
    facts: dict[str, Any] = {"lines": wishes, "note": note, "wanted_on": wanted_on}
    facts |= {"reason": reason, "seen_version": seen}
    key = form_key(f"amend.{order.id}")
    if card is None:
        made = act(request_amendment, order.id, key=key, rerun=False, **facts)
    else:
        made = act(edit_amendment, card.id, key=key, rerun=False, version=card.version, **facts)
    if made is not None:
        _stop()
        forget_version(FORM, order.id)
        st.rerun()


def _accept(order: OrderCard, card: AmendmentCard) -> None:
    done = _("{number} is amended.").format(number=order.number)
    act_in_callback(accept_amendment, card.id, done=done, key=form_key(f"amend.{card.id}.accept"), version=card.version)


def _ask_again(order: OrderCard, card: AmendmentCard) -> None:
    """The same wishes on the order as it stands now."""
    here = {line.id for line in order.lines}
    wishes = []
    for line in card.changed:
        after = line.change.after
        line_id = line.order_line_id if line.order_line_id in here else None
        if after is None:
            wishes += [LineWish(ZERO, line_id)] if line_id else []
        else:
            variant_id = None if line_id else line.variant_id
            wishes.append(LineWish(after.quantity, line_id, variant_id, after.unit_price, after.discount))
    note = order.note if card.note_after is None else card.note_after
    day_after = card.wanted_after if card.wanted_after != card.wanted_before else order.wanted_on
    _send(order, card, wishes, note, day_after, card.reason, order.version)


def _typed(card: AmendmentCard | None) -> str:
    """Lines that the amendment adds, as they can be typed."""
    added = [line for line in card.lines if line.kind == Change.ADDED] if card else []
    return "\n".join(
        f"{line.sku}\t{line.change.after.quantity.normalize():f}\t{line.change.after.unit_price.normalize():f}"
        for line in added
        if line.change.after
    )


def _edit(order_id: int) -> None:
    st.session_state[EDITING] = None if st.session_state.get(EDITING) == order_id else order_id
    forget_version(FORM, order_id)


def _stop() -> None:
    st.session_state.pop(EDITING, None)


def _exact(number: float) -> Decimal:
    return Decimal(str(number))


def _told(*facts: str) -> str:
    return escaped(" · ".join(fact for fact in facts if fact))
