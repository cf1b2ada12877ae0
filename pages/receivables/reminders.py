"""Who is to be reminded today and with which letter, who is left alone, and the schedule."""

import streamlit as st

from core.sales.money.reminder_queries import pauses, reminder_levels, to_remind
from core.sales.money.reminders import resume_reminders
from core.work.command import may
from pages._shared.formats import compact_money, day
from pages._shared.screen import act, goto, link, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, quantity_column, text_column
from pages._shared.text import _, escaped
from pages.receivables._remind import LEVELS, asked_customer, show_customer, show_schedule

actor = open_screen(__file__)
with reading() as view:
    rows, left_alone, levels = to_remind(view), pauses(view), reminder_levels(view)

asked = asked_customer()
if asked is not None:
    link("receivables/reminders", _("All reminders"))
    show_customer(asked, next((row for row in rows if row.customer_id == asked), None), levels)
    st.stop()

st.subheader(_("To remind today"), anchor=False)
if not rows:
    nothing_here(_("Nobody is to be reminded today."), _("Ageing"), "receivables/ageing")
else:
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Customers"), len(rows), width="content")
        st.metric(_("Overdue"), compact_money(sum(row.amount for row in rows)), width="content")
    chosen = choice_table(
        rows,
        {
            "customer": [row.customer for row in rows],
            "amount": [float(row.amount) for row in rows],
            "level": [_(LEVELS[row.level]) for row in rows],
            "since": [row.since for row in rows],
            "late": [row.days_late for row in rows],
            "balance": [float(row.balance) for row in rows],
            "phone": [row.phone for row in rows],
        },
        key="reminders.table",
        column_config={
            "customer": text_column(_("Customer"), width=160, pinned=True),
            "amount": money_column(_("Overdue"), width=104),
            "level": text_column(_("Reminder"), width=120),
            "since": day_column(_("Due since"), width=92),
            "late": quantity_column(_("Days late"), width=80),
            "balance": money_column(_("Free balance"), width=104),
            "phone": text_column(_("Phone"), width=120),
        },
    )
    st.caption(_("Choose a row for the letter. Who could pay from the free balance is not listed: allocate it first."))
    if chosen is not None:
        goto("receivables/reminders", customer=chosen.customer_id)

if left_alone:
    st.subheader(_("Left alone"), anchor=False)
    for pause in left_alone:
        with st.container(horizontal=True, vertical_alignment="center"):
            link("customers/customer", escaped(pause.customer), id=pause.customer_id)
            about = f"{pause.document} · " if pause.document else ""
            until = _("until {day}").format(day=day(pause.last_on))
            st.markdown(escaped(f"{about}{until} · {pause.reason}"), width="content")
            if may(actor, resume_reminders) and st.button(
                _("Remind again"), key=f"reminders.resume.{pause.id}", type="tertiary"
            ):
                act(resume_reminders, pause.id, done=_("Reminders are sent again."))

with st.expander(_("Schedule and letters"), icon=":material/tune:"):
    show_schedule(levels)
