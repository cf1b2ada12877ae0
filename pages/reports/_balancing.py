"""The pieces of evening out stock: the plan as a table, the question before drafting, and what was drafted."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.analytics.stock.cover import PlanLine
from core.base.exact import ZERO, round_to
from core.security.actor import Actor
from core.stock.cover.drafting import BalancingRow, draft_balancing, undo_balancing
from core.stock.transfers.models import TRANSFER_STATE_LABELS
from core.work.command import may
from pages._shared.formats import moment, money, quantity
from pages._shared.screen import act, form_key, link
from pages._shared.tables import money_column, quantity_column, text_column
from pages._shared.text import _, escaped, ngettext


def told(lines: Sequence[PlanLine]) -> str:
    """What the lines are worth, for who may see it."""
    if any(line.value is None for line in lines):
        return ""
    return " · " + _("worth {amount}").format(amount=money(sum((line.value or ZERO for line in lines), ZERO)))


def plan_frame(lines: Sequence[PlanLine], houses: Mapping[int, str]) -> dict[str, list[Any]]:
    """Each line with what its two warehouses have and should have."""
    columns: dict[str, list[Any]] = {
        "name": [line.row.name for line in lines],
        "quantity": [float(line.quantity) for line in lines],
        "sku": [line.row.sku for line in lines],
        "source": [houses[line.giver.warehouse_id] for line in lines],
        "target": [houses[line.taker.warehouse_id] for line in lines],
        "why": [_why(line) for line in lines],
        "km": [line.km for line in lines],
    }
    if all(line.value is not None for line in lines):
        columns["value"] = [float(line.value or 0) for line in lines]
    return columns


def plan_columns() -> dict[str, Any]:
    """How they are shown."""
    return {
        "name": text_column(_("Product"), width=170, pinned=True),
        "sku": text_column(_("SKU"), width=70),
        "source": text_column(_("From"), width=80),
        "target": text_column(_("To"), width=80),
        "quantity": quantity_column(_("Quantity"), width=60),
        "why": text_column(_("Why"), width=330),
        "km": quantity_column(_("Kilometres"), width=70),
        "value": money_column(_("Value"), width=80),
    }


def ask_to_draft(lines: Sequence[PlanLine], transports: int) -> None:
    """The press that asks before it drafts."""
    words = ngettext(
        "{count} transfer will be asked for. Nothing leaves before somebody ships it.",
        "{count} transfers will be asked for. Nothing leaves before somebody ships them.",
        transports,
    )
    with st.popover(_("Draft the transfers"), type="primary", icon=":material/local_shipping:", key="balancing.draft"):
        st.markdown(words.format(count=transports))
        if st.button(_("Draft them"), type="primary", key="balancing.draft.do"):
            act(
                draft_balancing,
                [line.for_draft for line in lines],
                note=_("To even out stock"),
                key=form_key("balancing.draft"),
                done=_("The transfers are drafted."),
            )


def show_drafted(actor: Actor, runs: Sequence[BalancingRow]) -> None:
    """What was drafted before, with a way back while it has not left."""
    if not runs:
        return
    st.subheader(_("Drafted before"), anchor=False)
    for run in runs:
        with st.container(border=True, key=f"balancing.run.{run.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{moment(run.created_at)} · {escaped(run.by)}", width="content")
                if run.is_undone:
                    st.badge(_("Taken back"), color="gray")
                if run.can_be_undone and may(actor, undo_balancing):
                    with st.popover(_("Take back"), icon=":material/undo:", key=f"balancing.undo.{run.id}"):
                        reason = st.text_input(_("Reason"), max_chars=200, key=f"balancing.reason.{run.id}")
                        if st.button(_("Cancel the drafts"), type="primary", key=f"balancing.undo.do.{run.id}"):
                            act(undo_balancing, run.id, reason=reason, done=_("The drafts are cancelled."))
            with st.container(horizontal=True):
                for each in run.transfers:
                    label = f"{each.number} · {_(TRANSFER_STATE_LABELS[each.state])}"
                    link("stock/transfer", label, id=each.transfer_id)


def _why(line: PlanLine) -> str:
    giver, taker = line.giver, line.taker
    return _("It keeps {keeps} of {has} for {weeks} weeks; the other has {left} and needs {wanted}").format(
        keeps=quantity(round_to(giver.target, 1)),
        has=quantity(giver.available),
        weeks=quantity(giver.weeks),
        left=quantity(taker.available + taker.coming),
        wanted=quantity(round_to(taker.target, 1)),
    )
