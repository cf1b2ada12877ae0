"""From a mark down to the orders and returns behind it, whose sum is the mark."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.analytics.layer.ask import Ask
from core.analytics.layer.found import DOCUMENT_KIND_LABELS, DocumentKind, DocumentRow
from core.analytics.layer.measures import MEASURES
from core.base.errors import AppError
from core.base.sheets import csv_file
from core.security.actor import Actor
from core.work.store import View
from pages._shared.board import asking
from pages._shared.board.board import BETWEEN, Board, Panel, Scene
from pages._shared.board.figures.numbers import numbers_of
from pages._shared.board.labels import title_of
from pages._shared.fetched import when_fetched
from pages._shared.filters import Look
from pages._shared.screen import reading
from pages._shared.screens import screen_of
from pages._shared.tables import day_column, money_column, quantity_column, table, text_column
from pages._shared.text import _, escaped, ngettext

SHOWN = 200
SCREENS = {
    DocumentKind.ORDER: "sales/order",
    DocumentKind.RETURN: "sales/take_back",
    DocumentKind.PAYMENT: "receivables/payment",
    DocumentKind.STOCK: "stock/document",
    DocumentKind.TRANSFER: "stock/transfer",
    DocumentKind.COUNT: "stock/count",
}
EVERYTHING = ""


def choose(board: str, panel: str, label: str = EVERYTHING) -> None:
    """Open the orders behind the marks of this panel, or behind one of them; an empty name closes them."""
    st.session_state[f"{board}.drill"] = panel
    if panel:
        st.session_state[f"{board}.drill.first"] = label
        st.session_state.pop(f"{board}.drill.mark", None)


def show_drill(board: Board, look: Look, on_close: Callable[[], None]) -> None:
    """The dialog, as long as a panel's orders are open."""
    chosen = st.session_state.get(f"{board.name}.drill")
    panel = next((each for each in board.panels() if each.name == chosen), None)
    if panel:
        title = _("Documents behind a bar") if panel.is_of_stock else _("Orders behind a bar")
        st.dialog(title, width="large", on_dismiss=on_close)(_ask_and_show)(board, panel, look)


def _ask_and_show(board: Board, panel: Panel, look: Look) -> None:
    """Runs again by itself when another mark is chosen, so it asks anew who looks."""
    with reading() as view:
        actor = view.actor
    try:
        _show(board, Scene(panel, actor, look))
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _show(board: Board, scene: Scene) -> None:
    key = f"{board.name}.drill"
    panel, dimension = scene.panel, scene.dimension
    marks = panel.draw(scene).marks
    first = st.session_state.get(f"{key}.first", EVERYTHING)
    counting = [label for label in marks if scene.look.where and scene.counts(label)]
    if first not in marks:
        first = counting[0] if len(counting) == 1 else EVERYTHING
    choices = [EVERYTHING, *marks]
    mark = st.selectbox(
        " · ".join(title_of(part) for part in dimension.split(BETWEEN)) if dimension else _("Documents"),
        choices,
        index=choices.index(first),
        format_func=lambda label: _("Everything that is looked at") if label == EVERYTHING else marks[label],
        key=f"{key}.mark",
    )
    measure = panel.measures[0]
    ask = asking.ask_behind(scene.look, *((dimension, mark) if mark != EVERYTHING else ("", "")), measure=measure)
    show_documents(key, scene, ask)


def show_documents(key: str, scene: Scene, ask: Ask) -> None:
    """The documents behind a question, what they add up to, and all of them as a file."""
    panel = scene.panel
    measure = panel.measures[0]
    found = panel.behind(scene.actor, ask, SHOWN)
    if panel.is_of_stock:
        words = ngettext("{count} document adds up to", "{count} documents add up to", found.count)
    else:
        words = ngettext("{count} order or return adds up to", "{count} orders and returns add up to", found.count)
    numbers = numbers_of(measure)
    st.metric(words.format(count=found.count), numbers.full(found.total))
    rows = table(found.rows, ["number", "amount", "customer", "day"])
    rows["number"] = [_named(row) for row in found.rows]
    rows.insert(1, "open", [_address(row) for row in found.rows])
    amount_column = money_column if numbers.is_money else quantity_column
    st.dataframe(
        rows,
        hide_index=True,
        key=f"{key}.documents",
        placeholder="",
        column_config={
            "number": text_column(_("Number")),
            "open": st.column_config.LinkColumn("", display_text=":material/open_in_new:", width=40),
            "amount": amount_column(_(MEASURES[measure].label)),
            "customer": text_column(_("Customer")),
            "day": day_column(_("Day")),
        },
    )
    titles = [_("Number"), _("Day"), _("Customer"), _("Amount")]
    if found.count > SHOWN:
        st.caption(_("These are the newest {shown}. The file has all of them.").format(shown=SHOWN))
    st.download_button(
        _("Download all as CSV"),
        when_fetched(_file, titles, panel, ask, found.count),
        file_name="orders.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}.csv",
    )


def csv_of(actor: Actor, titles: Sequence[str], panel: Panel, ask: Ask, count: int) -> bytes:
    """All of the documents, as spreadsheets read them; no text in it is a formula."""
    found = panel.behind(actor, ask, count)
    return csv_file(titles, ((_named(row), row.day.isoformat(), row.customer, row.amount) for row in found.rows))


def _named(row: DocumentRow) -> str:
    """Its number; of goods that moved without an order, what they moved by."""
    return row.number or f"{_(DOCUMENT_KIND_LABELS[row.kind])} {row.document_id}"


def _address(row: DocumentRow) -> str | None:
    if row.kind not in SCREENS:
        return None
    return f"{screen_of(SCREENS[row.kind]).url_path}?id={row.document_id}"


def _file(view: View, titles: Sequence[str], panel: Panel, ask: Ask, count: int) -> bytes:
    return csv_of(view.actor, titles, panel, ask, count)
