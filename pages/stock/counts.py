"""Stocktakes: those being counted and those of before, planning one, and how right they were."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from core.security.permissions import P
from core.stock.counts.accuracy import AccuracyRow, accuracy
from core.stock.counts.plan import plan_count
from core.stock.counts.queries import count_stock_counts, stock_counts
from core.stock.queries import warehouses
from core.work.command import may
from pages._shared.formats import local_time, money, percent, quantity
from pages._shared.records import filter_box, page_of, show_pages
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import choice_table, moment_column, money_column, nothing_here, text_column
from pages._shared.text import _, ngettext
from pages.stock._count_plan import show_plan
from pages.stock._count_words import scope_words, state_word

PAGE = 50
YEAR = timedelta(days=365)

actor = open_screen(__file__)

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}
    by_counter: list[AccuracyRow] = []
    by_class: list[AccuracyRow] = []
    if may(actor, accuracy):
        since = datetime.now(UTC) - YEAR
        by_counter = accuracy(view, since=since)
        by_class = accuracy(view, since=since, by_class=True)

if may(actor, plan_count) and houses:
    with st.expander(_("Plan a stocktake"), icon=":material/add:", key="counts.plan", on_change="rerun") as planning:
        if planning.open:
            show_plan(actor)

if by_counter:
    counted, right = sum(row.counted for row in by_counter), sum(row.right for row in by_counter)
    with st.container(horizontal=True, gap="small", key="counts.figures"):
        st.metric(
            _("Accuracy"),
            percent(right / counted),
            border=True,
            help=_("Lines that were as expected ÷ lines counted, of the stocktakes posted in the last 365 days."),
        )
        st.metric(_("Lines counted"), quantity(counted), border=True)
        if actor.may(P.COST_READ):
            st.metric(
                _("Differences"),
                money(sum(row.amount or 0 for row in by_counter)),
                border=True,
                help=_("What was too much and too little, added up, at the unit cost when it was planned."),
            )
            st.metric(_("Less what was too much"), money(sum(row.net or 0 for row in by_counter)), border=True)

with st.container(horizontal=True, key="counts.filters"):
    states = {True: _("Not posted yet"), False: _("Finished")}
    is_unposted = filter_box(
        _("State"), states, _("All states"), key="counts.state", width=180, label_visibility="collapsed"
    )
    of_house = filter_box(
        _("Warehouse"), houses, _("All warehouses"), key="counts.house", width=180, label_visibility="collapsed"
    )

with reading() as view:
    count = count_stock_counts(view, is_unposted=is_unposted, warehouse_id=of_house)
    page = page_of("counts.page", count, PAGE)
    rows = stock_counts(view, is_unposted=is_unposted, warehouse_id=of_house, limit=PAGE, offset=page.offset)

if not rows:
    if is_unposted is not None or of_house:
        nothing_here(_("No stocktake matches. Choose another state or warehouse."))
    elif not houses:
        nothing_here(_("There is no warehouse yet. Add one first."), _("Warehouses"), "stock/warehouses")
    elif may(actor, plan_count):
        nothing_here(_("There are no stocktakes yet. Plan the first one above."))
    else:
        nothing_here(_("There are no stocktakes yet. Ask a manager to plan one."))
    st.stop()

chosen = choice_table(
    rows,
    {
        "number": [row.number for row in rows],
        "state": [state_word(row.state) for row in rows],
        "warehouse": [row.warehouse for row in rows],
        "scope": [scope_words(row.scope, row.category, row.abc_class) for row in rows],
        "progress": [f"{row.counted} / {row.lines}" for row in rows],
        "accuracy": [None if row.right is None or not row.counted else row.right / row.counted for row in rows],
        "amount": [None if row.amount is None else float(row.amount) for row in rows],
        "at": [local_time(row.opened_at) for row in rows],
    },
    key=f"counts.table.{is_unposted}.{of_house}.{page.number}",
    column_order=None
    if actor.may(P.COST_READ)
    else ["number", "state", "warehouse", "scope", "progress", "accuracy", "at"],
    short=12,
    height=440,
    column_config={
        "number": text_column(_("Number"), width=116),
        "state": text_column(_("State"), width=76),
        "warehouse": text_column(_("Warehouse"), width=90),
        "scope": text_column(_("What is counted"), width=120),
        "progress": text_column(_("Counted"), width=84, alignment="right"),
        "accuracy": st.column_config.NumberColumn(_("Accuracy"), format="percent", width=76),
        "amount": money_column(_("Differences"), width=92),
        "at": moment_column(_("Planned at"), width=118),
    },
)
counted_words = ngettext("{count} stocktake", "{count} stocktakes", count).format(count=quantity(count))
show_pages(page, counted_words + " · " + _("Choose a row to open it."))

if by_counter:
    with st.expander(_("Accuracy by person and class"), icon=":material/fact_check:", key="counts.accuracy"):
        left, right_side = st.columns(2)
        for place, label, shown in ((left, _("Counted by"), by_counter), (right_side, _("Class"), by_class)):
            place.dataframe(
                {
                    "name": [row.name or "–" for row in shown],
                    "counted": [row.counted for row in shown],
                    "share": [row.right / row.counted for row in shown],
                    "amount": [None if row.amount is None else float(row.amount) for row in shown],
                },
                hide_index=True,
                height="content",
                key=f"counts.accuracy.{label}",
                placeholder="",
                column_config={
                    "name": text_column(label, width=110),
                    "counted": st.column_config.NumberColumn(_("Lines"), width=60),
                    "share": st.column_config.NumberColumn(_("Accuracy"), format="percent", width=76),
                    "amount": money_column(_("Differences"), width=92),
                },
            )

if chosen is not None:
    goto("stock/count", id=chosen.id)
