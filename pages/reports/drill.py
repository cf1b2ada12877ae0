"""From a bar down to the orders and returns behind it, whose sum is the bar."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.analytics.layer.ask import Ask
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.found import DocumentRow
from core.base.errors import AppError
from core.base.sheets import csv_file
from core.security.actor import Actor
from core.work.store import View
from pages._shared.fetched import when_fetched
from pages._shared.filters import Look
from pages._shared.formats import money
from pages._shared.mirror import mirror
from pages._shared.screen import reading
from pages._shared.screens import screen_of
from pages._shared.tables import day_column, money_column, table, text_column
from pages._shared.text import _, escaped, ngettext
from pages.reports import answers

CHOSEN = "dashboard.drill"
SHOWN = 200
ORDER = "sales/order"
EVERYTHING = ""


def choose(dimension: str) -> None:
    """Open the orders behind the bars of this panel; an empty one closes them."""
    st.session_state[CHOSEN] = dimension


def show_drill(look: Look, on_close: Callable[[], None]) -> None:
    """The dialog, as long as a panel's orders are open."""
    dimension = st.session_state.get(CHOSEN)
    if dimension:
        st.dialog(_("Orders behind a bar"), width="large", on_dismiss=on_close)(_ask_and_show)(look, dimension)


def _ask_and_show(look: Look, dimension: str) -> None:
    """Runs again by itself when another bar is chosen, so it asks anew who looks."""
    with reading() as view:
        actor = view.actor
    try:
        _show(actor, look, dimension)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _show(actor: Actor, look: Look, dimension: str) -> None:
    amounts = answers.amounts(actor, look, dimension)
    picked = [label for label in look.picked(dimension) if label in amounts]
    bars = [EVERYTHING, *amounts]
    bar = st.selectbox(
        answers.title_of(dimension),
        bars,
        index=bars.index(picked[0]) if len(picked) == 1 else 0,
        format_func=lambda label: _("Everything that is looked at") if label == EVERYTHING else amounts[label],
        key=f"{CHOSEN}.{dimension}",
    )
    ask = answers.ask_behind(look, *((dimension, bar) if bar != EVERYTHING else ()))
    found = documents_behind(mirror(), actor, ask, limit=SHOWN)
    words = ngettext("{count} order or return adds up to", "{count} orders and returns add up to", found.count)
    st.metric(words.format(count=found.count), money(found.total))
    rows = table(found.rows, ["number", "amount", "customer", "day"])
    rows.insert(1, "open", [None if row.is_return else _address(row) for row in found.rows])
    st.dataframe(
        rows,
        hide_index=True,
        key=f"{CHOSEN}.documents",
        placeholder="",
        column_config={
            "number": text_column(_("Number")),
            "open": st.column_config.LinkColumn("", display_text=":material/open_in_new:", width=40),
            "amount": money_column(_("Net sales")),
            "customer": text_column(_("Customer")),
            "day": day_column(_("Day")),
        },
    )
    titles = [_("Number"), _("Day"), _("Customer"), _("Amount")]
    if found.count > SHOWN:
        st.caption(_("These are the newest {shown}. The file has all of them.").format(shown=SHOWN))
    st.download_button(
        _("Download all as CSV"),
        when_fetched(_file, titles, ask, found.count),
        file_name="orders.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{CHOSEN}.csv",
    )


def _address(row: DocumentRow) -> str:
    return f"{screen_of(ORDER).url_path}?id={row.document_id}"


def csv_of(actor: Actor, titles: Sequence[str], ask: Ask, count: int) -> bytes:
    """All of the documents, as spreadsheets read them; no text in it is a formula."""
    found = documents_behind(mirror(), actor, ask, limit=count)
    return csv_file(titles, ((row.number, row.day.isoformat(), row.customer, row.amount) for row in found.rows))


def _file(view: View, titles: Sequence[str], ask: Ask, count: int) -> bytes:
    return csv_of(view.actor, titles, ask, count)
