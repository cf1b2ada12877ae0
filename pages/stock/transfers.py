"""Transfers between warehouses: asking for one, carrying goods over at once, and what is on the way."""

import streamlit as st

from core.stock.queries import warehouses
from core.stock.transfers.models import TRANSFER_STATE_LABELS
from core.stock.transfers.queries import count_transfers, transfers, transit_days
from core.stock.transfers.service import carry_over, request_transfer
from core.work.command import may
from pages._shared.formats import local_time, quantity
from pages._shared.records import filter_box, page_of, show_pages
from pages._shared.screen import act, form_key, goto, open_screen, reading
from pages._shared.tables import (
    choice_table,
    day_column,
    moment_column,
    nothing_here,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, ngettext
from pages.stock._asked_transfer import take_asked
from pages.stock._pick import lines_box, typed_lines

PAGE = 50

actor = open_screen(__file__)

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}
    open_houses = [house.id for house in warehouses(view)]

if may(actor, request_transfer) and len(open_houses) > 1:
    is_asked = take_asked(open_houses)
    with st.expander(_("New transfer"), icon=":material/add:", expanded=is_asked, key="transfers.new"):
        left, right = st.columns(2)
        source = left.selectbox(_("From"), open_houses, format_func=lambda each: houses[each], key="transfers.source")
        others = [each for each in open_houses if each != source]
        target = right.selectbox(_("To"), others, format_func=lambda each: houses[each], key="transfers.target")
        with reading() as view:
            days = transit_days(view, source, target)
        if days is not None:
            usual = ngettext("The way usually takes {days} day.", "The way usually takes {days} days.", int(days) or 1)
            st.caption(usual.format(days=quantity(days)))
        with st.form("transfers.form", border=False):
            text = lines_box("transfers.lines")
            note = st.text_input(_("Note"), max_chars=500, key="transfers.note")
            with st.container(horizontal=True):
                asked = st.form_submit_button(_("Request transfer"), type="primary", key="transfers.request")
                at_once = st.form_submit_button(
                    _("Transfer at once"),
                    key="transfers.at_once",
                    help=_("The goods leave one warehouse and arrive in the other now."),
                )
        if asked or at_once:
            lines = typed_lines(text)
            if lines is not None:
                made = act(
                    request_transfer if asked else carry_over,
                    source_id=source,
                    target_id=target,
                    lines=lines,
                    note=note,
                    done=_("The transfer was requested.") if asked else _("The goods were transferred."),
                    key=form_key("transfers.form"),
                    rerun=False,
                )
                if made is not None:
                    goto("stock/transfer", id=made)

with st.container(horizontal=True, key="transfers.filters"):
    states = {state: _(label) for state, label in TRANSFER_STATE_LABELS.items()}
    state = filter_box(
        _("State"), states, _("All states"), key="transfers.state", width=160, label_visibility="collapsed"
    )
    warehouse_id = filter_box(
        _("Warehouse"), houses, _("All warehouses"), key="transfers.house", width=160, label_visibility="collapsed"
    )

with reading() as view:
    count = count_transfers(view, state=state, warehouse_id=warehouse_id)
    page = page_of("transfers.page", count, PAGE)
    rows = transfers(view, state=state, warehouse_id=warehouse_id, limit=PAGE, offset=page.offset)

if not rows:
    if state or warehouse_id:
        nothing_here(_("No transfer matches. Choose another state or warehouse."))
    elif not open_houses:
        nothing_here(_("There is no warehouse yet. Add one first."), _("Warehouses"), "stock/warehouses")
    elif len(open_houses) < 2:
        nothing_here(
            _("Goods are transferred between two warehouses; there is only one."), _("Warehouses"), "stock/warehouses"
        )
    else:
        nothing_here(_("There are no transfers yet."))
    st.stop()

places = quantity_places([row.on_the_way for row in rows] + [row.lost for row in rows])
chosen = choice_table(
    rows,
    {
        "number": [row.number for row in rows],
        "state": [_(TRANSFER_STATE_LABELS[row.state]) for row in rows],
        "source": [row.source for row in rows],
        "target": [row.target for row in rows],
        "on_the_way": [float(row.on_the_way) for row in rows],
        "expected": [row.expected_on for row in rows],
        "lost": [float(row.lost) for row in rows],
        "at": [local_time(row.shipped_at or row.created_at) for row in rows],
    },
    key=f"transfers.table.{state}.{warehouse_id}.{page.number}",
    short=12,
    height=480,
    column_config={
        "number": text_column(_("Number"), width=112),
        "state": text_column(_("State"), width=80),
        "source": text_column(_("From"), width=88),
        "target": text_column(_("To"), width=88),
        "on_the_way": quantity_column(_("On the way"), places, width=70),
        "expected": day_column(_("Expected on"), width=86),
        "lost": quantity_column(_("Lost"), places, width=56),
        "at": moment_column(_("When"), width=116),
    },
)
counted = ngettext("{count} transfer", "{count} transfers", count).format(count=quantity(count))
show_pages(page, counted + " · " + _("Choose a row to open it."))

if chosen is not None:
    goto("stock/transfer", id=chosen.id)
