"""Statements of account: all of them, and drawing a new one."""

from datetime import timedelta

import streamlit as st

from core.receivables.statement_models import STATEMENT_LABELS, StatementState
from core.sales.money.statement_queries import count_statements, find_statements
from core.sales.money.statements import draw_statement
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.records import filter_box, page_of, show_pages
from pages._shared.screen import act, form_key, goto, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, text_column
from pages._shared.text import N_, _, ngettext
from pages.receivables._customer import pick_customer

PAGE = 50
PERIODS = {"last": N_("Last month"), "this": N_("This month"), "days": N_("Other days")}

actor = open_screen(__file__)
with reading() as view:
    today = view.today
this_month = today.replace(day=1)
last_month = (this_month - timedelta(days=1)).replace(day=1)

if may(actor, draw_statement):
    with st.expander(_("New statement"), icon=":material/add:", expanded="customer" in st.query_params):
        customer = pick_customer("statements.new")
        if customer is not None:
            months = {
                "last": (last_month, this_month - timedelta(days=1)),
                "this": (this_month, today),
            }
            period = st.segmented_control(
                _("Period"),
                [*months, "days"],
                format_func=lambda each: _(PERIODS[each]),
                default="last",
                required=True,
                key="statements.new.period",
            )
            days = months.get(period) or st.date_input(
                _("Days"),
                value=months["last"],
                max_value=today,
                format="YYYY-MM-DD",
                key="statements.new.days",
                width=260,
            )
            note = st.text_input(_("Note"), key="statements.new.note", max_chars=500)
            st.caption(_("Every document of the period that is on no statement yet comes on this one."))
            drawn = st.button(_("Draw statement"), type="primary", key="statements.new.save", disabled=len(days) != 2)
            if drawn:
                made = act(
                    draw_statement,
                    customer[0],
                    since=days[0],
                    until=days[1] + timedelta(days=1),
                    note=note,
                    done=_("The statement was drawn."),
                    key=form_key("statements.new"),
                    rerun=False,
                )
                if made is not None:
                    goto("receivables/statement", id=made)

states = {state: _(STATEMENT_LABELS[state]) for state in StatementState}
state = filter_box(_("State"), states, _("All states"), key="statements.state", width=180, label_visibility="collapsed")
with reading() as view:
    count = count_statements(view, state=state)
    page = page_of("statements.page", count, PAGE)
    rows = find_statements(view, state=state, limit=PAGE, offset=page.offset)
if not rows:
    nothing_here(_("No statement matches.") if state else _("There are no statements yet. Draw the first one above."))
    st.stop()

chosen = choice_table(
    rows,
    {
        "number": [row.number for row in rows],
        "closing": [float(row.closing_amount) for row in rows],
        "customer": [row.customer for row in rows],
        "state": [states[row.state] for row in rows],
        "since": [row.since for row in rows],
        "last": [row.last_on for row in rows],
    },
    key=f"statements.table.{state}.{page.number}",
    column_config={
        "number": text_column(_("Number"), width=118),
        "customer": text_column(_("Customer"), width=180),
        "closing": money_column(_("Closing balance"), width=110),
        "state": text_column(_("State"), width=80),
        "since": day_column(_("From"), width=92),
        "last": day_column(_("To"), width=92),
    },
)
counted = ngettext("{count} statement", "{count} statements", count).format(count=quantity(count))
show_pages(page, counted + " · " + _("Choose a row to open it."))
if chosen is not None:
    goto("receivables/statement", id=chosen.id)
