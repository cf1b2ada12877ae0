"""From a mark down to the orders and returns behind it, whose sum is the mark."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.analytics.export.leaving import note_export
from core.analytics.layer.ask import Ask
from core.analytics.layer.found import DOCUMENT_KIND_LABELS, DocumentKind, DocumentRow
from core.analytics.layer.measures import MEASURES, Measure, Unit
from core.analytics.stock.family import STOCK
from core.base.errors import AppError
from core.base.exact import QUANTITY_PLACES
from core.work.command import may
from pages._shared.board import asking, leaving
from pages._shared.board.board import BETWEEN, Board, Panel, Scene
from pages._shared.board.figures.numbers import Numbers
from pages._shared.board.labels import title_of
from pages._shared.board.sheets import of_documents
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
UNITS = {0: Unit.COUNT, QUANTITY_PLACES: Unit.QUANTITY}


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
    if panel.of_any_measure:
        seen = [name for name in panel.measures if scene.actor.permissions >= MEASURES[name].permissions]
        measure = st.selectbox(
            _("Figure"), seen, format_func=lambda name: _(MEASURES[name].label), key=f"{key}.measure"
        )
    ask = asking.ask_behind(scene.look, *((dimension, mark) if mark != EVERYTHING else ("", "")), measure=measure)
    show_documents(key, scene, ask, marks.get(mark, ""))


def show_documents(key: str, scene: Scene, ask: Ask, mark: str = "") -> None:
    """The documents behind a question, what they add up to, and all of them as a file."""
    panel = scene.panel
    (measure,) = ask.measures
    found = panel.behind(scene.actor, ask, SHOWN)
    if MEASURES[measure].behind.family is STOCK:
        words = ngettext("{count} document adds up to", "{count} documents add up to", found.count)
    else:
        words = ngettext("{count} order or return adds up to", "{count} orders and returns add up to", found.count)
    counted = _counted(measure)
    numbers = Numbers(counted.unit)
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
            "amount": amount_column(_(counted.label)),
            "customer": text_column(_("Customer")),
            "day": day_column(_("Day")),
        },
    )
    if found.count > SHOWN:
        st.caption(_("These are the newest {shown}. A file has all of them.").format(shown=SHOWN))
    if may(scene.actor, note_export):
        # Not before it is opened: a file has all of the documents.
        opened = st.popover(_("Export"), icon=":material/download:", key=f"{key}.export", on_change="rerun")
        if opened.open:
            with opened:
                _offer(f"{key}.file", scene, ask, found.count, mark, counted)


def _offer(key: str, scene: Scene, ask: Ask, count: int, mark: str, counted: Measure) -> None:
    panel, look = scene.panel, scene.look
    every = panel.behind(scene.actor, ask, count)
    sheet = of_documents(every.rows, every.total, counted)
    title = f"{_(panel.title)} · {mark}" if mark else _(panel.title)
    cover = leaving.cover_of(scene.actor, title, look)
    leaving.offer(key, leaving.file_name(sheet.title, look), cover, [sheet])


def _counted(measure: str) -> Measure:
    """What the rows add up to: of a ratio, its numerator by its own name and unit where it has one."""
    asked = MEASURES[measure]
    if asked.denominator is None and asked.behind == asked.numerator:
        return asked
    plain = (each for each in MEASURES.values() if each.denominator is None and each.numerator == asked.behind)
    return next(plain, replace(asked, unit=UNITS.get(asked.behind.places, Unit.MONEY)))


def _named(row: DocumentRow) -> str:
    """Its number; of goods that moved without an order, what they moved by."""
    return row.number or f"{_(DOCUMENT_KIND_LABELS[row.kind])} {row.document_id}"


def _address(row: DocumentRow) -> str | None:
    if row.kind not in SCREENS:
        return None
    return f"{screen_of(SCREENS[row.kind]).url_path}?id={row.document_id}"
