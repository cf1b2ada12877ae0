"""Whom to call until when, and the lists that customers were kept on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from core.base.sheets import csv_file
from core.care.lists import archive_list, close_follow_up, hand_over, reopen_follow_up, restore_list, take_back
from core.care.models import OUTCOME_LABELS, FollowUpState
from core.care.queries import ListRow, customer_lists, follow_ups, list_members
from core.customers.queries import owners
from core.work.command import may
from pages._shared.formats import compact_money, day, quantity
from pages._shared.proving import proven_or_asked
from pages._shared.screen import act, act_in_callback, form_key, link, open_screen, reading
from pages._shared.tables import day_column, money_column, nothing_here, text_column
from pages._shared.text import _, escaped, ngettext
from pages.customers._tasks import show_task

CLOSED_SHOWN = 30
TASKS_SHOWN = 12


def show_list(row: ListRow) -> None:
    """One kept list: how its calls stand, who is on it, handing it over and taking it back."""
    count = ngettext("{count} customer", "{count} customers", row.members).format(count=quantity(row.members))
    stands = _("{open} to call, {done} called, {ordered} ordered").format(
        open=row.open_tasks, done=row.done_tasks, ordered=row.ordered
    )
    with st.expander(
        f"{escaped(row.name)} · {count} · {compact_money(row.amount)} · {stands}",
        key=f"calls.list.{row.id}",
        on_change="rerun",
    ) as box:
        if not box.open:
            return
        with reading() as view:
            members = list_members(view, row.id)
            callers = {each.id: each.name for each in owners(view)}
            today = view.today
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.popover(_("Hand over"), icon=":material/call:", key=f"calls.hand.{row.id}"):
                subject = st.text_input(_("What for"), value=row.name, key=f"calls.subject.{row.id}")
                due = st.date_input(
                    _("Until"), value=today + timedelta(days=7), min_value=today, key=f"calls.due.{row.id}"
                )
                caller = st.selectbox(
                    _("Who calls"),
                    [None, *callers],
                    format_func=lambda each: _("Each customer's owner") if each is None else callers[each],
                    key=f"calls.owner.{row.id}",
                )
                if st.button(_("Hand over"), type="primary", key=f"calls.hand.do.{row.id}"):
                    act(
                        hand_over,
                        row.id,
                        subject=subject,
                        due_on=due,
                        owner_id=caller,
                        key=form_key(f"calls.hand.{row.id}"),
                        done=_("The customers of the list are handed over."),
                    )
            if row.open_tasks:
                st.button(
                    _("Take back"),
                    key=f"calls.back.{row.id}",
                    icon=":material/undo:",
                    on_click=act_in_callback,
                    args=(take_back, row.id),
                    kwargs={"done": _("The open calls are taken back.")},
                )
            if proven_or_asked(_("Download as CSV"), f"calls.download.{row.id}"):
                st.download_button(
                    _("Download as CSV"),
                    csv_file(
                        (_("Code"), _("Customer"), _("Amount"), _("Owner"), _("Outcome")),
                        [
                            (
                                each.code,
                                each.name,
                                each.amount,
                                each.owner,
                                _(OUTCOME_LABELS[each.outcome]) if each.outcome else "",
                            )
                            for each in members
                        ],
                    ),
                    file_name=f"{row.name}.csv",
                    mime="text/csv",
                    key=f"calls.download.{row.id}",
                    icon=":material/download:",
                    on_click="ignore",
                )
            if row.is_archived:
                _step_button(_("Bring back"), restore_list, row.id, _("The list is back."))
            else:
                _step_button(_("Put away"), archive_list, row.id, _("The list is put away."))
        st.dataframe(
            {
                "name": [each.name for each in members],
                "amount": [float(each.amount) for each in members],
                "owner": [each.owner for each in members],
                "outcome": [_(OUTCOME_LABELS[each.outcome]) if each.outcome else "" for each in members],
            },
            key=f"calls.members.{row.id}",
            hide_index=True,
            height="content" if len(members) < 10 else 320,
            column_config={
                "name": text_column(_("Customer"), width=160, pinned=True),
                "amount": money_column(_("Amount"), width=110),
                "owner": text_column(_("Owner"), width=110),
                "outcome": text_column(_("Outcome"), width=130),
            },
        )
        st.caption(
            _("As kept on {day} by {name}.").format(day=day(row.created_at.date()), name=escaped(row.created_by))
        )


def _step_button(label: str, step: Callable[..., Any], list_id: int, done: str) -> None:
    st.button(
        label,
        key=f"calls.{step.__name__}.{list_id}",
        type="tertiary",
        on_click=act_in_callback,
        args=(step, list_id),
        kwargs={"done": done},
    )


actor = open_screen(__file__)
with reading() as view:
    waiting = follow_ups(view)
    closed = follow_ups(view, state=FollowUpState.DONE, limit=CLOSED_SHOWN)
    with_archived = bool(st.session_state.get("calls.archived"))
    lists = customer_lists(view, with_archived=with_archived) if may(actor, customer_lists) else []

st.subheader(_("To call"), anchor=False)
if not waiting:
    nothing_here(_("Nobody is to be called."), _("Customer analytics"), "reports/customers")
if len(waiting) > TASKS_SHOWN:
    typed = st.text_input(
        _("Search"), key="calls.search", width=240, placeholder=_("Customer, task or who calls")
    ).casefold()
    waiting = [task for task in waiting if typed in f"{task.customer} {task.subject} {task.owner}".casefold()]
for task in waiting[:TASKS_SHOWN]:
    show_task(task, close_follow_up)
if len(waiting) > TASKS_SHOWN:
    st.caption(_("The first {shown} of {count}, the earliest due first.").format(shown=TASKS_SHOWN, count=len(waiting)))

if may(actor, customer_lists):
    st.subheader(_("Lists"), anchor=False)
    if not lists:
        st.caption(_("Keep a segment or the overdue customers as a list in the customer analytics."))
    for row in lists:
        show_list(row)
    st.toggle(_("Show lists that were put away"), key="calls.archived")
    with st.container(horizontal=True):
        link("reports/customers")
        link("customers/grades")

if closed:
    with st.expander(_("Called lately"), icon=":material/history:"):
        st.dataframe(
            {
                "customer": [task.customer for task in closed],
                "outcome": [_(OUTCOME_LABELS[task.outcome]) if task.outcome else "" for task in closed],
                "note": [task.note for task in closed],
                "owner": [task.owner for task in closed],
                "due": [task.due_on for task in closed],
            },
            key="calls.closed",
            hide_index=True,
            column_config={
                "customer": text_column(_("Customer"), width=150, pinned=True),
                "outcome": text_column(_("Outcome"), width=130),
                "note": text_column(_("Note"), width=200),
                "owner": text_column(_("Owner"), width=100),
                "due": day_column(_("Due"), width=92),
            },
        )
        again = st.selectbox(
            _("Reopen"),
            closed,
            index=None,
            format_func=lambda task: f"{task.customer} · {task.subject}",
            key="calls.reopen",
            placeholder=_("Choose one"),
        )
        if again is not None and st.button(_("Reopen"), key="calls.reopen.do"):
            act(reopen_follow_up, again.id, done=_("The task is open again."))
