"""Customers: finding them while typing, and one of them in full beside the list."""

import streamlit as st

from core.customers.queries import (
    PAGE,
    channels,
    count_customers,
    customer_card,
    customer_tags,
    find_customers,
    owners,
)
from core.customers.service import add_channel, add_customer, edit_customer, rename_channel
from core.fields.models import Subject
from core.fields.queries import custom_fields
from core.work.command import may
from pages._shared.custom import custom_filter
from pages._shared.formats import quantity
from pages._shared.forms import empty_when_done
from pages._shared.preferring import choose_columns
from pages._shared.records import filter_box, page_of, search_box, show_list
from pages._shared.screen import act, form_key, goto, open_screen, reading
from pages._shared.tables import nothing_here, text_column
from pages._shared.text import _, escaped, ngettext
from pages.customers.card import show_card

actor = open_screen(__file__)

with reading() as view:
    channel_names = {row.id: row.name for row in channels(view)}
    owner_names = {row.id: row.name for row in owners(view)}
    known_tags = customer_tags(view)
    more = custom_fields(view, Subject.CUSTOMER)

is_added = is_renamed = False
with st.container(horizontal=True, vertical_alignment="center", key="customers.bar", gap="xsmall"):
    typed = search_box(
        _("Search"), _("Code, name, pinyin or phone"), key="customers.search", width=222, label_visibility="collapsed"
    )
    channel_id = filter_box(
        _("Channel"), channel_names, _("All channels"), key="customers.channel", width=128, label_visibility="collapsed"
    )
    owner_id = filter_box(
        _("Owner"), owner_names, _("Everybody"), key="customers.owner", width=116, label_visibility="collapsed"
    )
    tag = filter_box(
        _("Tag"),
        {tag: tag for tag in known_tags},
        _("All tags"),
        key="customers.tag",
        width=98,
        label_visibility="collapsed",
    )
    is_active = st.segmented_control(
        _("Status"),
        [True, False],
        format_func=lambda each: _("In use") if each else _("Out of use"),
        default=True,
        key="customers.status",
        label_visibility="collapsed",
        persist_state="session",
    )
    custom = custom_filter(more, "customers.custom")
    if may(actor, add_customer) and st.button(
        _("Add customer"), key="customers.add", type="primary", icon=":material/add:"
    ):
        goto("customers/customer")
    if may(actor, add_channel):
        with st.popover(_("Channels"), key="customers.channels.open"):
            empty_when_done("customers.channels", "customers.channels.name")
            with st.form("customers.channels", border=False):
                channel = st.text_input(_("New channel"), max_chars=80, key="customers.channels.name")
                is_added = st.form_submit_button(_("Add channel"), key="customers.channels.save")
            if channel_names:
                st.divider()
                empty_when_done("customers.channels.rename", "customers.channels.new_name")
                with st.form("customers.channels.rename", border=False):
                    renamed = st.selectbox(
                        _("Rename a channel"),
                        list(channel_names),
                        format_func=lambda each: channel_names.get(each, ""),
                        key="customers.channels.renamed",
                    )
                    new_name = st.text_input(_("New name"), max_chars=80, key="customers.channels.new_name")
                    is_renamed = st.form_submit_button(_("Rename"), key="customers.channels.rename.save")

if is_added:
    done = _("{name} was added.").format(name=escaped(channel))
    act(add_channel, channel, done=done, key=form_key("customers.channels"))
if is_renamed:
    done = _("{name} is now called {new_name}.").format(
        name=escaped(channel_names[renamed]), new_name=escaped(new_name.strip())
    )
    act(rename_channel, renamed, new_name, done=done, key=form_key("customers.channels.rename"))

chosen_filters = {"channel_id": channel_id, "owner_id": owner_id, "tag": tag, "is_active": is_active, "custom": custom}
with reading() as view:
    count = count_customers(view, typed, **chosen_filters)
    page = page_of("customers.page", count, PAGE)
    rows = find_customers(view, typed, **chosen_filters, offset=page.offset)

if not rows:
    if typed or channel_id or owner_id or tag or custom or is_active is not True:
        nothing_here(_("No customer matches. Try fewer letters, or other filters."))
    else:
        nothing_here(
            _("There are no customers yet. Add the first one, or import orders to create them."),
            _("Import orders"),
            "sales/import_orders",
        )
    st.stop()

columns = {
    "code": text_column(_("Code"), width=108),
    "name": text_column(_("Customer name"), width=180),
    "phone": text_column(_("Phone"), width=112),
    "region": text_column(_("Region"), width=72),
    "channel": text_column(_("Channel"), width=80),
    "owner": text_column(_("Owner"), width=70),
}
counted = ngettext("{count} customer", "{count} customers", count).format(count=quantity(count))
said = counted + " · " + _("Choose a row to see a customer in full.")
place = f"customers.table.{typed}.{channel_id}.{owner_id}.{tag}.{is_active}.{hash(custom)}.{page.number}"
right, chosen = show_list(rows, columns, 4, page, said, key=place, of="customers")
choose_columns("customers")

if chosen is not None:
    with reading() as view:
        card = customer_card(view, chosen.id)
    with right:
        show_card(card, more, can_edit=may(actor, edit_customer))
