"""The head of a price list: its name, whom it is for, when it counts."""

import streamlit as st

from core.customers.queries import channels, customer_card, find_customers
from core.pricing.lists import PriceListEntry
from core.pricing.queries import PriceListRow, tag_choices
from core.pricing.rules.prices import AUDIENCE_LABELS, USUAL_PRIORITY, Audience
from pages._shared.records import choice_box
from pages._shared.screen import reading
from pages._shared.text import _
from pages.pricing._words import period_boxes

MOST = 20


def list_fields(key: str, row: PriceListRow | None = None) -> PriceListEntry:
    """The fields of a list, as they are now."""
    left, right = st.columns([3, 1])
    name = left.text_input(_("Name of the offer"), value=row.name if row else "", max_chars=80, key=f"{key}.name")
    priority = right.number_input(
        _("Priority"),
        value=row.priority if row else USUAL_PRIORITY,
        min_value=1,
        max_value=1000,
        key=f"{key}.priority",
        help=_("1 comes first. Where lists have the same priority, the one that is closest to the customer decides."),
    )
    audience = st.segmented_control(
        _("Whom it is for"),
        list(Audience),
        format_func=lambda each: _(AUDIENCE_LABELS[each]),
        default=row.audience if row else Audience.EVERYONE,
        required=True,
        key=f"{key}.audience",
    )
    audience_id = _audience_id(key, audience, row.audience_id if row and row.audience == audience else None)
    since, until = period_boxes(key, row.since if row else None, row.until if row else None)
    note = st.text_input(_("Note"), value=row.note if row else "", max_chars=500, key=f"{key}.note")
    return PriceListEntry(name, audience, audience_id, int(priority), since, until, note)


def _audience_id(key: str, audience: Audience, chosen: int | None) -> int | None:
    if audience == Audience.EVERYONE:
        return None
    with reading() as view:
        if audience == Audience.TAG:
            names = tag_choices(view)
            return choice_box(_("Tag"), names, chosen, _("Choose a tag"), key=f"{key}.tag")
        if audience == Audience.CHANNEL:
            names = {each.id: each.name for each in channels(view)}
            return choice_box(_("Channel"), names, chosen, _("Choose a channel"), key=f"{key}.channel")
        known = customer_card(view, chosen).name if chosen else ""
    text = st.text_input(
        _("Customer"),
        value=known,
        key=f"{key}.customer",
        type="search",
        live="200ms",
        icon=":material/search:",
        placeholder=_("Name, pinyin, code or phone"),
    )
    if not text.strip():
        return None
    with reading() as view:
        names = {each.id: each.label for each in find_customers(view, text, limit=MOST)}
    if not names:
        st.caption(_("No customer matches."))
        return None
    return st.selectbox(
        _("Which one?"), list(names), format_func=lambda each: names.get(each, ""), key=f"{key}.customer.{text}"
    )
