"""How returns are shown: their states and kinds in their colours, reasons in the language of the reader."""

import streamlit as st

from core.sales.models import RETURN_DOCUMENT_LABELS, RETURN_KIND_LABELS, ReturnKind, ReturnState
from pages._shared.text import _

STATE_COLOURS = {
    ReturnState.REQUESTED: "blue",
    ReturnState.DECLINED: "gray",
    ReturnState.RECEIVED: "orange",
    ReturnState.INSPECTED: "violet",
    ReturnState.SETTLED: "green",
    ReturnState.CANCELLED: "gray",
}
STATE_ICONS = {
    ReturnState.REQUESTED: ":material/pending_actions:",
    ReturnState.DECLINED: ":material/thumb_down:",
    ReturnState.RECEIVED: ":material/inventory:",
    ReturnState.INSPECTED: ":material/fact_check:",
    ReturnState.SETTLED: ":material/done_all:",
    ReturnState.CANCELLED: ":material/block:",
}
KIND_ICONS = {
    ReturnKind.RETURN: ":material/assignment_return:",
    ReturnKind.REFUSAL: ":material/do_not_disturb_on:",
    ReturnKind.CLAIM: ":material/report:",
    ReturnKind.REDELIVERY: ":material/redo:",
    ReturnKind.GOODWILL: ":material/volunteer_activism:",
}


def show_chips(kind: ReturnKind, state: ReturnState) -> None:
    """What it is and how far it is, as chips."""
    st.badge(_(RETURN_KIND_LABELS[kind]), color="gray", icon=KIND_ICONS[kind])
    st.badge(state_words(kind, state), color=STATE_COLOURS[state], icon=STATE_ICONS[state])


def state_words(kind: ReturnKind, state: ReturnState) -> str:
    """How far it is; where nothing came back there was nothing to inspect."""
    if kind in {ReturnKind.CLAIM, ReturnKind.GOODWILL} and state == ReturnState.INSPECTED:
        return _("Credited, not given back")
    return _(RETURN_DOCUMENT_LABELS[state])


def reason_words(reason: str) -> str:
    """A reason: those that a company starts with are translated, its own stand as they were written."""
    return _(reason) if reason else _("Not said")
