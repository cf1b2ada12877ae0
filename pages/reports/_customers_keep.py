"""Keeping the customers of a panel as a list, taking them along as a file, and going to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import streamlit as st

from core.base.sheets import csv_file
from core.care.lists import MemberEntry, keep_list
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day
from pages._shared.screen import act, form_key, goto, link
from pages._shared.tables import choice_table, day_column, money_column, quantity_column, text_column
from pages._shared.text import _

SHOWN = 200


@dataclass(frozen=True)
class Listed:
    """A customer in a panel's table."""

    customer_id: int
    code: str
    name: str
    last_on: date
    orders: int | None
    amount: Decimal
    note: str = ""


def show_customers(rows: Sequence[Listed], key: str, amount: str, note: str = "") -> None:
    """The customers as a table; a click opens the one clicked, with traits, offers and orders."""
    shown = rows[:SHOWN]
    columns: dict[str, list[object]] = {
        "name": [row.name for row in shown],
        "amount": [float(row.amount) for row in shown],
        "last": [row.last_on for row in shown],
    }
    config = {
        "name": text_column(_("Customer"), width=150, pinned=True),
        "amount": money_column(amount, width=110),
        "last": day_column(_("Last order"), width=92),
    }
    if any(row.orders is not None for row in shown):
        columns["orders"] = [row.orders for row in shown]
        config["orders"] = quantity_column(_("Orders"), width=72)
    if note:
        columns["note"] = [row.note for row in shown]
        config["note"] = text_column(note, width=190)
    chosen = choice_table(shown, columns, key=f"{key}.table", height=420, column_config=config)
    if len(rows) > SHOWN:
        st.caption(
            _("The first {shown} of {count}; the file and the list hold all.").format(shown=SHOWN, count=len(rows))
        )
    if chosen is not None:
        goto("customers/customer", id=chosen.customer_id)


def show_keeping(
    actor: Actor, rows: Sequence[Listed], *, key: str, name: str, rule: str, facts: dict[str, str], today: date
) -> None:
    """Keep these customers as a list for who plans, and download them."""
    with st.container(horizontal=True, key=f"{key}.keeping"):
        if may(actor, keep_list):
            with st.popover(_("Keep these customers"), icon=":material/playlist_add:", key=f"{key}.keep"):
                typed = st.text_input(_("List name"), value=f"{name} {day(today)}", max_chars=80, key=f"{key}.name")
                st.caption(_("The list stays as it is today and can be handed over to be called."))
                if st.button(_("Keep"), type="primary", key=f"{key}.keep.do"):
                    act(
                        keep_list,
                        typed,
                        [MemberEntry(row.customer_id, row.amount) for row in rows],
                        rule=rule,
                        facts=facts,
                        key=form_key(f"{key}.keep"),
                        done=_("{count} customers kept as a list.").format(count=len(rows)),
                    )
            link("customers/calls", _("Lists and calls"))
        st.download_button(
            _("Download as CSV"),
            csv_file(
                (_("Code"), _("Customer"), _("Last order"), _("Orders"), _("Amount"), _("Note")),
                [(row.code, row.name, row.last_on, row.orders, row.amount, row.note) for row in rows],
            ),
            file_name=f"{name}-{day(today)}.csv",
            mime="text/csv",
            key=f"{key}.download",
            icon=":material/download:",
            on_click="ignore",
        )
