"""One customer as it is shown beside a list."""

from collections.abc import Sequence

import streamlit as st

from core.customers.models import CUSTOMER_KIND_LABELS
from core.customers.queries import CustomerCard
from core.fields.rules import FieldRow
from pages._shared.custom import custom_facts
from pages._shared.facts import show_facts
from pages._shared.formats import day, local_time
from pages._shared.records import show_badges
from pages._shared.screen import link
from pages._shared.text import _, escaped
from pages.customers._reveal import reveal_panel


def show_card(card: CustomerCard, more: Sequence[FieldRow], *, can_edit: bool) -> None:
    """Name, state, contacts and addresses of a customer, and the way to its own screen."""
    with st.container(border=True, gap="small"):
        st.markdown(f"#### {escaped(card.name)}")
        show_state(card)
        show_facts(
            {
                _("Code"): card.code,
                _("Phone"): card.phone,
                _("Region"): card.region,
                _("Channel"): card.channel,
                _("Owner"): card.owner,
                _("Tax number"): card.tax_number,
                _("Customer since"): day(local_time(card.created_at).date()),
                **custom_facts(more, card.custom),
                _("Note"): card.note,
            }
        )
        for contact in card.contacts:
            words = " · ".join(escaped(each) for each in (contact.position, contact.phone, contact.email) if each)
            st.markdown(f":material/person: **{escaped(contact.name)}**  \n{words}")
        for address in card.addresses:
            words = " · ".join(escaped(each) for each in (address.recipient, address.phone) if each)
            st.markdown(f":material/location_on: {escaped(' '.join((address.region, address.street)))}  \n{words}")
        reveal_panel(card.id)
        link("customers/customer", _("Edit customer") if can_edit else _("Open customer"), id=card.id)


def show_state(card: CustomerCard) -> None:
    """Status, kind and tags."""
    state = _("In use") if card.is_active else _("Out of use")
    show_badges(state, _(CUSTOMER_KIND_LABELS[card.kind]), card.tags, is_active=card.is_active)
