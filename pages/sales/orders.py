"""All orders: finding them by state, channel, customer, day or words, and opening one."""

import streamlit as st

from core.customers.queries import channels, customer_card
from core.sales.draft import create_order
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    PAYMENT_STATE_LABELS,
    SHIPMENT_STATE_LABELS,
    BusinessState,
    PaymentState,
    Progress,
)
from core.sales.queries import count_orders, find_orders
from core.work.command import may
from pages._shared.fetched import when_fetched
from pages._shared.formats import quantity
from pages._shared.preferring import choose_columns, preferred, row_height
from pages._shared.proving import proven_or_asked
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, table, text_column
from pages._shared.text import _, escaped, ngettext
from pages.sales._filters import chosen_filter, clear_filter, days_key, page_key, read_address, write_address
from pages.sales._labels import state_column
from pages.sales._wished import MOST_IN_FILE, lateness, order_file

PAGE = 50
PAGES = 20
LAST_PAGE = 10_000
AXES = ("business", "payment", "shipment")
COLUMNS = ("number", "customer", "gross_amount", *AXES, "ordered_on", "channel", "sales_rep")

actor = open_screen(__file__)
read_address()

with reading() as view:
    channel_names = {channel.id: channel.name for channel in channels(view)}

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.text_input(
        _("Search"),
        key="orders.text",
        type="search",
        live="250ms",
        icon=":material/search:",
        placeholder=_("Number, customer or pinyin"),
        width=320,
    )
    st.date_input(
        _("Days"),
        value=st.session_state["orders.days"],
        key=days_key(),
        format="YYYY-MM-DD",
        width=240,
    )
    with st.popover(_("More filters"), icon=":material/filter_list:"):
        st.pills(
            _("Payment"),
            list(PaymentState),
            selection_mode="multi",
            format_func=lambda each: _(PAYMENT_STATE_LABELS[each]),
            key="orders.payment",
        )
        st.pills(
            _("Shipment"),
            list(Progress),
            selection_mode="multi",
            format_func=lambda each: _(SHIPMENT_STATE_LABELS[each]),
            key="orders.shipment",
        )
        st.selectbox(
            _("Channel"),
            list(channel_names),
            index=None,
            format_func=lambda each: channel_names.get(each, ""),
            placeholder=_("All channels"),
            key="orders.channel",
        )
    if may(actor, create_order) and st.button(_("New order"), type="primary", icon=":material/add:", key="orders.new"):
        goto("sales/new_order")
with st.container(horizontal=True, vertical_alignment="center"):
    st.pills(
        _("State"),
        [state for state in BusinessState if state != BusinessState.EXPIRED],
        selection_mode="multi",
        format_func=lambda each: _(BUSINESS_STATE_LABELS[each]),
        key="orders.business",
        label_visibility="collapsed",
        width="content",
    )
    st.toggle(
        _("To ship"),
        key="orders.to_ship",
        help=_("Confirmed orders that have not left whole; what is to leave first stands first."),
    )

wanted = chosen_filter()
with reading() as view:
    place, start = page_key(wanted)
    page = min(st.session_state.get(place, start), LAST_PAGE)
    # Nobody waits until all orders of all years are counted: so many pages, and more once one is there.
    most = (page // PAGES + 1) * PAGES * PAGE
    count = count_orders(view, wanted, most=most)
    pages = max(1, -(-count // PAGE))
    page = min(page, pages)
    rows = find_orders(view, wanted, limit=PAGE, offset=(page - 1) * PAGE)
    customer = customer_card(view, wanted.customer_id) if wanted.customer_id else None
    today = view.today
write_address(wanted, page)

if customer is not None:
    st.button(
        escaped(customer.name),
        key="orders.any_customer",
        icon=":material/close:",
        on_click=clear_filter,
        type="tertiary",
    )
if not rows:
    if st.session_state["orders.address"]:
        nothing_here(_("No order matches. Take a filter away to see more."))
        st.button(_("Show all orders"), key="orders.all", icon=":material/filter_list_off:", on_click=clear_filter)
    else:
        nothing_here(
            _("There are no orders yet. Enter the first one, or import those you have."),
            _("Import orders"),
            "sales/import_orders",
        )
    st.stop()

columns = list(COLUMNS)
if wanted.to_ship:
    columns[1:1] = ["ship_by", "late"]
if any(row.wanted_on for row in rows):
    columns.insert(columns.index("ordered_on"), "wanted_on")
columns = preferred("orders", columns)
late = [lateness(row.ship_by, today) for row in rows]
chosen = choice_table(
    rows,
    table(rows, [name for name in columns if name != "late"]).assign(
        **{axis: [[getattr(row, axis).value] for row in rows] for axis in AXES}, late=late
    )[columns],
    key=f"{place}.{page}",
    height=620,
    row_height=row_height(),
    column_config={
        "number": text_column(_("Number"), pinned=True),
        "customer": text_column(_("Customer"), width=170),
        "gross_amount": money_column(_("Amount"), width=92),
        "business": state_column(_("State"), "business"),
        "payment": state_column(_("Payment"), "payment"),
        "shipment": state_column(_("Shipment"), "shipment"),
        "ship_by": day_column(_("Leaves by")),
        "late": text_column(_("Late"), width=90),
        "wanted_on": day_column(_("Wished-for day")),
        "ordered_on": day_column(_("Ordered on")),
        "channel": text_column(_("Channel")),
        "sales_rep": text_column(_("Sales representative")),
    },
)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    shown = quantity(count) + ("+" if count == most else "")
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.caption(ngettext("{count} order", "{count} orders", count).format(count=shown), width="content")
        choose_columns("orders")
        if proven_or_asked(_("Download as CSV"), "orders.csv"):
            st.download_button(
                _("Download as CSV"),
                when_fetched(order_file, wanted, recent=True),
                file_name="orders.csv",
                mime="text/csv",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
                key="orders.csv",
                help=_("The first {count} of these orders at most.").format(count=quantity(MOST_IN_FILE)),
            )
    if pages > 1:
        st.pagination(pages, default=min(start, pages), key=place, max_visible_pages=5)

if chosen is not None:
    goto("sales/order", id=chosen.id)
