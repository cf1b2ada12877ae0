"""One customer to call, with what came of it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.care.models import OUTCOME_LABELS, Outcome
from core.care.queries import FollowUpRow
from pages._shared.formats import day
from pages._shared.screen import act, form_key, link
from pages._shared.text import _, escaped


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
