"""Tasks to get rid of goods: as a table, giving one out, closing it, and taking each step back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import ZERO
from core.security.actor import Actor
from core.stock.clearing.models import CLEARING_STATE_LABELS, CLEARING_WAY_LABELS, ClearingState, ClearingWay
from core.stock.clearing.service import (
    ClearingRow,
    assign_clearing,
    change_clearing,
    clearing_owners,
    close_clearing,
    reopen_clearing,
    take_back_clearing,
)
from core.work.command import may
from pages._shared.formats import day, price
from pages._shared.forms import decimal_input
from pages._shared.screen import act, act_in_callback, form_key, reading
from pages._shared.tables import day_column, price_column, text_column
from pages._shared.text import _, escaped

USUAL_DAYS = 14


def task_frame(rows: Sequence[ClearingRow]) -> dict[str, list[Any]]:
    """Tasks as columns."""
    return {
        "name": [row.name for row in rows],
        "owner": [row.owner for row in rows],
        "due": [row.due_on for row in rows],
        "state": [state_of(row) for row in rows],
        "way": [_(CLEARING_WAY_LABELS[row.way]) for row in rows],
        "price": [None if row.price is None else float(row.price) for row in rows],
        "note": [row.result or row.note for row in rows],
    }


def task_columns() -> dict[str, Any]:
    """How they are shown."""
    return {
        "name": text_column(_("Product"), width=150, pinned=True),
        "owner": text_column(_("Owner"), width=90),
        "due": day_column(_("Until"), width=90),
        "state": text_column(_("State"), width=90),
        "way": text_column(_("Way"), width=120),
        "price": price_column(_("Price"), width=80),
        "note": text_column(_("Note"), width=200),
    }


def state_of(row: ClearingRow) -> str:
    """Where a task stands, in a word."""
    return _("Overdue") if row.is_overdue else _(CLEARING_STATE_LABELS[row.state])


def show_task(actor: Actor, product_id: int, rows: Sequence[ClearingRow], advised: Decimal | None) -> None:
    """The open task of a product with its steps, else the form that gives one out."""
    task = next((row for row in rows if row.state is ClearingState.OPEN), None)
    if task is None:
        if may(actor, assign_clearing):
            with st.expander(_("Give it to somebody"), icon=":material/person_add:", expanded=not rows):
                _form(product_id, None, advised)
        if rows:
            _offer_reopening(actor, rows[0])
        return
    with st.container(border=True, key="clearing.task"):
        words = _("{owner} · {way} · until {day}").format(
            owner=escaped(task.owner), way=_(CLEARING_WAY_LABELS[task.way]), day=day(task.due_on)
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words}**", width="content")
            st.badge(state_of(task), color="red" if task.is_overdue else "blue")
        if task.price is not None:
            st.caption(_("At a price of {price}").format(price=price(task.price)))
        if task.note:
            st.caption(escaped(task.note))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if task.owner_id == actor.id or may(actor, assign_clearing):
                with st.popover(_("Done"), icon=":material/check:", key="clearing.done"):
                    result = st.text_input(_("What came of it"), max_chars=500, key=f"clearing.result.{task.id}")
                    if st.button(_("Close the task"), type="primary", key="clearing.close"):
                        act(close_clearing, task.id, result=result, done=_("The task is closed."))
            if may(actor, change_clearing):
                with st.popover(_("Change"), icon=":material/edit:", key="clearing.change"):
                    _form(product_id, task, advised)
                st.button(
                    _("Take back"),
                    icon=":material/undo:",
                    key="clearing.take_back",
                    on_click=act_in_callback,
                    args=(take_back_clearing, task.id),
                    kwargs={"done": _("The task is taken back.")},
                )


def _offer_reopening(actor: Actor, last: ClearingRow) -> None:
    if last.owner_id != actor.id and not may(actor, assign_clearing):
        return
    said = _("{owner} · {way} · {state}").format(
        owner=escaped(last.owner), way=_(CLEARING_WAY_LABELS[last.way]), state=state_of(last)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{said} {escaped(last.result)}", width="content")
        st.button(
            _("Reopen"),
            icon=":material/undo:",
            key="clearing.reopen",
            on_click=act_in_callback,
            args=(reopen_clearing, last.id),
            kwargs={"done": _("The task is open again.")},
        )


def _form(product_id: int, task: ClearingRow | None, advised: Decimal | None) -> None:
    with reading() as view:
        people = {each.id: each.name for each in clearing_owners(view)}
        today = view.today
    key = f"clearing.form.{product_id}.{task.id if task else 'new'}"
    ways = list(ClearingWay)
    with st.form(key, border=False):
        left, right = st.columns(2)
        owner = left.selectbox(
            _("Owner"),
            list(people),
            index=list(people).index(task.owner_id) if task and task.owner_id in people else 0,
            format_func=lambda each: people[each],
            key=f"{key}.owner",
        )
        due = right.date_input(
            _("Until"),
            value=max(task.due_on, today) if task else today + timedelta(days=USUAL_DAYS),
            min_value=today,
            format="YYYY-MM-DD",
            key=f"{key}.due",
        )
        way = left.selectbox(
            _("Way"),
            ways,
            index=ways.index(task.way) if task else 0,
            format_func=lambda each: _(CLEARING_WAY_LABELS[each]),
            key=f"{key}.way",
        )
        with right:
            asked = decimal_input(_("Price"), (task.price if task else advised) or ZERO, key=f"{key}.price")
        note = st.text_input(_("Note"), value=task.note if task else "", max_chars=500, key=f"{key}.note")
        pressed = st.form_submit_button(_("Save") if task else _("Give it out"), type="primary", key=f"{key}.save")
    if pressed:
        facts = {"owner_id": owner, "due_on": due, "way": way, "price": asked or None, "note": note}
        if task:
            act(change_clearing, task.id, done=_("The task was changed."), **facts)
        else:
            act(assign_clearing, product_id, key=form_key(key), done=_("The task is given out."), **facts)
