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
from core.sales.amend_rules import Change
from core.sales.amendments import AmendmentCard, ChangedKitRow, amendments_of
from core.sales.entry import line_drafts
from core.sales.kit_amend import KitWish
from core.sales.kits import KitRow
from core.sales.queries import OrderCard
from core.sales.rules import ORDER_FLOW
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import moment
from pages._shared.forms import first_field, forget_version, opened_version
from pages._shared.screen import act, act_in_callback, form_key, reading
from pages._shared.tables import money_column, price_column, quantity_places, text_column
from pages._shared.text import _, escaped, listed, ngettext
from pages.sales._again import show_copy
from pages.sales._amend_shown import show_comparison, show_effects, show_versions
from pages.sales._kits import ShownRow, shown_rows

FORM = "order.amend"
EDITING = "order.amend.editing"
NEW = 0


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
    show_comparison(card)
    show_effects(card)
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
        show_comparison(card)
        with st.container(horizontal=True):
            if card.revision is not None:
                with st.popover(_("Both versions whole"), icon=":material/compare:", key=f"order.amend.{card.id}.both"):
                    show_versions(card)
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


def _form(order: OrderCard, card: AmendmentCard | None) -> None:
    """Lines as they are or as they were drawn up last; quantity zero takes a line off."""
    version = opened_version(FORM, order.id, order.version)
    rows = shown_rows(order)
    asked = [None if row.is_part else _asked(card, row) for row in rows]
    places = quantity_places([row.quantity for row in rows])
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
                    "sku": [row.sku for row in rows],
                    "name": [row.name for row in rows],
                    "quantity": [
                        float(row.quantity if row.is_part else each.quantity if each else ZERO)
                        for each, row in zip(asked, rows, strict=True)
                    ],
                    "unit_price": [
                        None if row.is_part else float((each or row.sold).unit_price)
                        for each, row in zip(asked, rows, strict=True)
                    ],
                    "discount": [
                        None if row.is_part else float((each or row.sold).discount)
                        for each, row in zip(asked, rows, strict=True)
                    ],
                    "shipped": [None if row.shipped is None else float(row.shipped) for row in rows],
                }
            ),
            key=f"{FORM}.lines.{order.id}.{version}.{card.version if card else 0}",
            hide_index=True,
            num_rows="fixed",
            placeholder="",
            column_config={
                "sku": text_column(_("Code"), disabled=True),
                "name": text_column(_("Product"), disabled=True, width=150),
                "quantity": number(
                    _("Quantity"), min_value=0, required=True, step=0.001, format=f"%,.{places}f", alignment="right"
                ),
                "unit_price": price_column(_("Unit price"), min_value=0, required=not order.kits, step=0.0001),
                "discount": money_column(_("Discount"), min_value=0, required=not order.kits, step=0.01),
                "shipped": number(_("Shipped"), disabled=True, format=f"%,.{places}f", alignment="right"),
            },
        )
        st.caption(_("Quantity 0 takes a line off. What has been shipped stays."))
        if order.kits:
            st.caption(_("A kit stands above its parts (└) and is changed as a whole, in its own row."))
        more = st.text_area(
            _("Add products or kits: one line each, code, quantity and, if needed, price"),
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
        pairs = [(row.sold, typed) for row, typed in zip(rows, edited.itertuples(), strict=True) if not row.is_part]
        wishes = [
            LineWish(_exact(typed.quantity), sold.id, None, _exact(typed.unit_price), _exact(typed.discount))
            for sold, typed in pairs
            if not isinstance(sold, KitRow)
        ]
        # A part that was typed into is refused in words rather than ignored.
        wishes += [
            LineWish(_exact(typed.quantity), row.sold.id)
            for row, typed in zip(rows, edited.itertuples(), strict=True)
            if row.is_part and _exact(typed.quantity) != row.quantity
        ]
        kits = [
            KitWish(_exact(typed.quantity), sold.id, _exact(typed.unit_price), _exact(typed.discount))
            for sold, typed in pairs
            if isinstance(sold, KitRow)
        ]
        wishes += [LineWish(each.quantity, None, each.variant_id, each.unit_price) for each in added]
        _send(order, card, wishes, kits, note, wanted_on, reason, version)


def _asked(card: AmendmentCard | None, row: ShownRow) -> Any:
    """What a line or kit was drawn up to be last, or what it is; None where it was to go."""
    if card is not None:
        for each in card.sold:
            its_id = each.kit_id if isinstance(each, ChangedKitRow) else each.order_line_id
            is_same = isinstance(each, ChangedKitRow) == isinstance(row.sold, KitRow) and its_id == row.sold.id
            if is_same and each.change.before:
                return each.change.after
    return row.sold


def _send(
    order: OrderCard,
    card: AmendmentCard | None,
    wishes: list[LineWish],
    kits: list[KitWish],
    note: str,
    wanted_on: date | None,
    reason: str,
    seen: int,
) -> None:
    facts: dict[str, Any] = {"lines": wishes, "kits": kits, "note": note, "wanted_on": wanted_on}
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
    kits = []
    kits_here = {kit.id for kit in order.kits}
    for line in card.changed:
        after = line.change.after
        if isinstance(line, ChangedKitRow):
            kit_id = line.kit_id if line.kit_id in kits_here else None
            if after is None:
                kits += [KitWish(ZERO, kit_id)] if kit_id else []
            else:
                kits.append(KitWish(after.quantity, kit_id, after.unit_price, after.discount, like=line.id))
            continue
        line_id = line.order_line_id if line.order_line_id in here else None
        if after is None:
            wishes += [LineWish(ZERO, line_id)] if line_id else []
        else:
            variant_id = None if line_id else line.variant_id
            wishes.append(LineWish(after.quantity, line_id, variant_id, after.unit_price, after.discount))
    note = order.note if card.note_after is None else card.note_after
    day_after = card.wanted_after if card.wanted_after != card.wanted_before else order.wanted_on
    _send(order, card, wishes, kits, note, day_after, card.reason, order.version)


def _typed(card: AmendmentCard | None) -> str:
    """Lines that the amendment adds, as they can be typed."""
    added = [line for line in card.sold if line.kind == Change.ADDED] if card else []
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
