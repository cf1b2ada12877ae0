"""One customer to call, with what came of it; and the calls that are due, on the first screen."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.care.lists import close_follow_up
from core.care.models import OUTCOME_LABELS, Outcome
from core.care.queries import FollowUpRow, my_follow_ups
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day
from pages._shared.screen import act, form_key, link, reading
from pages._shared.text import _, escaped

ON_HOME = 6


def show_task(task: FollowUpRow, close: Callable[..., Any]) -> None:
    """A customer to call, and a place to say what came of it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True, key=f"task.{task.id}"):
        link("customers/customer", escaped(task.customer), id=task.customer_id)
        st.markdown(escaped(task.subject), width="content")
        if task.phone:
            st.markdown(f":material/call: {escaped(task.phone)}", width="content")
        who = _("{name} until {day}").format(name=escaped(task.owner), day=day(task.due_on))
        st.markdown(f":gray[{who}]", width="content")
        with st.popover(_("Called"), icon=":material/check:", key=f"task.close.{task.id}"):
            outcome = st.selectbox(
                _("Outcome"),
                list(Outcome),
                format_func=lambda each: _(OUTCOME_LABELS[each]),
                key=f"task.outcome.{task.id}",
            )
            note = st.text_input(_("Note"), max_chars=500, key=f"task.note.{task.id}")
            if st.button(_("Save"), type="primary", key=f"task.save.{task.id}"):
                act(
                    close,
                    task.id,
                    outcome=outcome,
                    note=note,
                    key=form_key(f"task.{task.id}"),
                    done=_("What came of the call is kept."),
                )


def show_my_tasks(actor: Actor) -> None:
    """On the first screen: whom I am to call within a week."""
    if not may(actor, my_follow_ups):
        return
    with reading() as view:
        tasks = my_follow_ups(view, limit=ON_HOME)
    if tasks:
        with st.container(border=True, gap="xsmall", key="home.tasks"):
            heading = _("Customers to call")
            st.markdown(f"**{heading}**")
            for task in tasks:
                show_task(task, close_follow_up)
            link("customers/calls", _("All"))
