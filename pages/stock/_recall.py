"""Who has goods of a lot, what to write to them, and the list to take along."""

import streamlit as st

from core.base.i18n import LANGUAGES, said_in
from core.base.sheets import csv_file
from core.sales.recall_contacts import PLACES, TEMPLATE, ContactRow, export_recall, filled_message, recall_contacts
from core.stock.lot_queries import LotCard
from core.work.store import View
from pages._shared.company import store
from pages._shared.fetched import when_fetched
from pages._shared.formats import day, language, local_time, quantity
from pages._shared.proving import proven_or_asked
from pages._shared.screen import reading
from pages._shared.tables import moment_column, quantity_column, quantity_places, text_column
from pages._shared.text import _


def show_recall(lot: LotCard) -> None:
    """The customers to tell, a message for each, and the contact list."""
    st.markdown("**" + _("Who has goods of this lot") + "**")
    with reading() as view:
        contacts = recall_contacts(view, lot.id)
    if not contacts:
        st.caption(_("Nobody: nothing of it was shipped, or all of it came back."))
        return
    st.dataframe(
        {
            "customer": [row.customer for row in contacts],
            "phone": [row.phone for row in contacts],
            "quantity": [float(row.quantity) for row in contacts],
            "lot": [", ".join(row.lots) for row in contacts],
            "order": [", ".join(row.orders) for row in contacts],
            "at": [local_time(row.shipped_at) for row in contacts],
        },
        key="lot.buyers",
        hide_index=True,
        height="content" if len(contacts) < 15 else 440,
        column_config={
            "customer": text_column(_("Customer"), width=130),
            "phone": text_column(_("Phone"), width=100),
            "quantity": quantity_column(_("Quantity"), quantity_places([row.quantity for row in contacts]), width=64),
            "lot": text_column(_("Lot"), width=90),
            "order": text_column(_("Order"), width=120),
            "at": moment_column(_("First shipped"), width=116),
        },
    )
    with st.expander(_("Message to the customers"), icon=":material/campaign:", key="lot.message"):
        spoken = st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            format_func=lambda each: LANGUAGES[each],
            default=language(),
            required=True,
            key="lot.message.language",
        )
        template = st.text_area(
            _("Message"),
            said_in(spoken, TEMPLATE),
            height=130,
            max_chars=2000,
            key=f"lot.message.{lot.id}.{spoken}",
            help=_("What stands in braces is filled in for each customer: {places}.").format(
                places=", ".join("{" + each + "}" for each in PLACES)
            ),
        )
        chosen = st.selectbox(
            _("For"),
            range(len(contacts)),
            format_func=lambda place: contacts[place].customer,
            key=f"lot.message.for.{lot.id}",
        )
        st.code(filled_message(template, _facts(lot, contacts[chosen])), language=None, wrap_lines=True)
        st.caption(_("Copy it with the button in its corner. The recall list has the message for every customer."))
    hint = _("Who takes the list along is recorded. Its phones are masked unless you may call customers for a recall.")
    if proven_or_asked(_("Recall list"), "lot.export"):
        st.download_button(
            _("Recall list"),
            when_fetched(_taken_along, lot, template, recent=True),
            file_name=f"recall-{lot.number}.csv",
            mime="text/csv",
            icon=":material/download:",
            key="lot.export",
            on_click="ignore",
            help=hint,
        )


def _taken_along(view: View, lot: LotCard, template: str) -> bytes:
    contacts = recall_contacts(view, lot.id, in_full=True)
    store().run(view.actor, export_recall, None, lot.id)
    heads = [_("Customer"), _("Phone"), _("Quantity"), _("Lot"), _("Order"), _("Message")]
    return csv_file(
        heads,
        (
            (
                *(row.customer, row.phone, f"{row.quantity.normalize():f}", ", ".join(row.lots), ", ".join(row.orders)),
                filled_message(template, _facts(lot, row)),
            )
            for row in contacts
        ),
    )


def _facts(lot: LotCard, row: ContactRow) -> dict[str, str]:
    return {
        "customer": row.customer,
        "product": f"{lot.sku} {lot.name}",
        "lot": ", ".join(row.lots),
        "made": day(lot.dates.made_on),
        "expiry": day(lot.dates.expiry_on),
        "quantity": f"{quantity(row.quantity)} {lot.unit}".strip(),
        "orders": ", ".join(row.orders),
    }
