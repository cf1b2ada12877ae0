"""Keeping the customers of a panel as a list, taking them along as a file, and going to one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.sheets import csv_file
from core.care.lists import MOST_MEMBERS, MemberEntry, keep_list
from core.security.actor import Actor
from core.work.command import may
from core.work.store import View
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.numbers import MONEY
from pages._shared.fetched import when_fetched
from pages._shared.formats import day
from pages._shared.proving import proven_or_asked
from pages._shared.screen import act, form_key, goto
from pages._shared.screens import screen_of
from pages._shared.tables import day_column, money_column, quantity_column, text_column
from pages._shared.text import _, ngettext

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


# All customers of a panel, for whoever looks, without the limit of its table.
Finder = Callable[[Actor, Scene], Sequence[Listed]]


def customers_drawn(rows: Sequence[Listed], amount: str, note: str, told: str = "") -> Drawn:
    """The customers as a table: a click at the front of a row picks one, the sign beside the name opens the page."""
    shown = rows[:SHOWN]
    frame = {
        "name": [row.name for row in shown],
        "open": [f"{screen_of('customers/customer').url_path}?id={row.customer_id}" for row in shown],
        "amount": [float(row.amount) for row in shown],
        "last": [row.last_on for row in shown],
    }
    config: dict[str, Any] = {
        "name": text_column(_("Customer"), width=150, pinned=True),
        "open": st.column_config.LinkColumn("", display_text=":material/open_in_new:", width=40),
        "amount": money_column(amount, width=110),
        "last": day_column(_("Last order"), width=92),
    }
    if any(row.orders is not None for row in shown):
        frame["orders"] = [row.orders for row in shown]
        config["orders"] = quantity_column(_("Orders"), width=72)
    frame["note"] = [row.note for row in shown]
    config["note"] = text_column(note, width=230)
    if len(rows) > SHOWN:
        told = " ".join(
            (
                told,
                _("The first {shown} of {count}; the file and the list hold all.").format(shown=SHOWN, count=len(rows)),
            )
        )
    return Drawn(
        note=told.strip(),
        table=pd.DataFrame(frame),
        columns=config,
        labels=[str(row.customer_id) for row in shown],
        marks={str(row.customer_id): f"{row.name} · {MONEY.full(row.amount)}" for row in shown},
    )


def keeping(name: str, rule: str, find: Finder) -> Callable[[Scene], None]:
    """Tools of a panel: keep its customers as a list for who plans, and download them."""

    def tools(scene: Scene) -> None:
        if scene.dimension != "customer":
            return
        key = f"customers.{scene.panel.name}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.keeping"):
            if may(scene.actor, keep_list):
                with st.popover(_("Keep these customers"), icon=":material/playlist_add:", key=f"{key}.keep"):
                    today = scene.look.window.last_day
                    typed = st.text_input(
                        _("List name"), value=f"{_(name)} {day(today)}", max_chars=80, key=f"{key}.name"
                    )
                    st.caption(_("The list stays as it is today and can be handed over to be called."))
                    if st.button(_("Keep"), type="primary", key=f"{key}.keep.do"):
                        rows = find(scene.actor, scene)[: MOST_MEMBERS + 1]
                        words = ngettext(
                            "{count} customer kept as a list.", "{count} customers kept as a list.", len(rows)
                        )
                        act(
                            keep_list,
                            typed,
                            [MemberEntry(row.customer_id, row.amount) for row in rows],
                            rule=rule,
                            facts={each: list(labels) for each, labels in scene.look.where.items()},
                            key=form_key(f"{key}.keep"),
                            done=words.format(count=len(rows)),
                        )
                if st.button(_("Lists and calls"), icon=":material/call:", type="tertiary", key=f"{key}.calls"):
                    goto("customers/calls")
            heads = (_("Code"), _("Customer"), _("Last order"), _("Orders"), _("Amount"), _("Note"))
            if proven_or_asked(_("Download as CSV"), f"{key}.download"):
                st.download_button(
                    _("Download as CSV"),
                    when_fetched(_file, heads, find, scene, recent=True),
                    file_name=f"{_(name)}-{day(scene.look.window.last_day)}.csv",
                    mime="text/csv",
                    key=f"{key}.download",
                    icon=":material/download:",
                    on_click="ignore",
                )

    return tools


def _file(view: View, titles: Sequence[str], find: Finder, scene: Scene) -> bytes:
    return csv_file(
        titles,
        (
            (row.code, row.name, row.last_on.isoformat(), row.orders, row.amount, row.note)
            for row in find(view.actor, scene)
        ),
    )
