"""How offers are shown: their states in colours, their periods, and whom they are for."""

from datetime import date, timedelta

import streamlit as st

from core.pricing.models import OFFER_STATE_LABELS, OfferState
from pages._shared.formats import day
from pages._shared.text import _

COLOURS = {OfferState.DRAFT: "gray", OfferState.PUBLISHED: "green", OfferState.WITHDRAWN: "red"}


def state_badge(state: OfferState) -> None:
    """The state of an offer as a chip."""
    st.badge(_(OFFER_STATE_LABELS[state]), color=COLOURS[state])


def lasts(since: date | None, until: date | None) -> str:
    """The first and the last day of an offer in words."""
    last = last_day(until)
    if since and last:
        return f"{day(since)} – {day(last)}"
    if since:
        return _("from {day} on").format(day=day(since))
    return _("until {day}").format(day=day(last)) if last else _("without an end date")


def last_day(until: date | None) -> date | None:
    """The day before the first one on which an offer no longer holds."""
    return None if until is None else until - timedelta(days=1)


def period_boxes(key: str, since: date | None, until: date | None) -> tuple[date | None, date | None]:
    """First day and last day, each open where it is left empty; as beginning and first day after the end."""
    with st.container(horizontal=True):
        first = st.date_input(_("First day"), value=since, format="YYYY-MM-DD", key=f"{key}.since", width=150)
        last = st.date_input(_("Last day"), value=last_day(until), format="YYYY-MM-DD", key=f"{key}.last", width=150)
    return first, (last + timedelta(days=1) if last else None)
