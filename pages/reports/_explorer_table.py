"""The pivot as a table: a click on a figure opens its documents, one on the name of a row filters by it."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.analytics.explorer.pivot import Part, Pivot, Place
from core.analytics.explorer.rules import Shape
from core.analytics.layer.ask import Ask, Figure, change
from core.analytics.layer.measures import Unit, get_measures
from core.security.actor import Actor
from pages._shared.board import drill, labels, moving
from pages._shared.board.board import BETWEEN, Scene
from pages._shared.filters import Look
from pages._shared.tables import money_column, percent_column, quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped
from pages.reports._explorer_board import (
    BOARD,
    NAME,
    PANEL,
    documents_of,
    explained,
    label_of,
    numbers,
    part_name,
    place_name,
    title_of,
)

NOW, BEFORE, CHANGE = "now", "before", "change"
CELL = f"{NAME}.cell"
SHORT, HEIGHT = 30, 900


def show_table(pivot: Pivot, shape: Shape) -> None:
    """Rows, columns and exact totals."""
    key = _table_key()
    names = {
        f"r{number}": [part_name(pivot, name, line[number]) for line in pivot.lines]
        for number, name in enumerate(shape.rows)
    }
    # A row of sums says so once.
    for number in range(1, len(shape.rows)):
        for place, line in enumerate(pivot.lines):
            if line[number][0] is Part.ALL and line[number - 1][0] is not Part.EACH:
                names[f"r{number}"][place] = ""
    config = {
        f"r{number}": text_column(labels.title_of(name), pinned=True, width=150 if number == 0 else 120)
        for number, name in enumerate(shape.rows)
    }
    columns: dict[str, list[Any]] = {**names}
    for at, place in enumerate(pivot.across):
        for number, measure in enumerate(shape.measures):
            for kind in _kinds(pivot, shape):
                name = f"{kind}.{at}.{number}"
                figures = [_figure(pivot, line, place, number, kind) for line in pivot.lines]
                columns[name] = [None if figure is None else float(figure) for figure in figures]
                config[name] = _column(pivot, shape, place, measure, kind, figures)
    st.dataframe(
        columns,
        key=key,
        hide_index=True,
        height="content" if len(pivot.lines) < SHORT else HEIGHT,
        placeholder="",
        column_config=config,
        on_select=partial(_clicked, key, pivot, shape),
        selection_mode="single-cell",
    )


def open_documents(line: Place, column: Place, measure: str) -> None:
    """Show the documents behind one figure."""
    st.session_state[CELL] = (line, column, measure)


def close_documents() -> None:
    """Show no documents, and a table in which nothing is selected."""
    st.session_state.pop(CELL, None)
    _select_nothing()


def show_cell(actor: Actor, look: Look, shape: Shape, pivot: Pivot) -> None:
    """The dialog with the documents behind the figure that was clicked."""
    chosen = st.session_state.get(CELL)
    if chosen is not None and chosen[2] in shape.measures:
        st.dialog(_("Documents behind a figure"), width="large", on_dismiss=close_documents)(_cell)(
            actor, look, shape, pivot, *chosen
        )


def _cell(actor: Actor, look: Look, shape: Shape, pivot: Pivot, line: Place, column: Place, measure: str) -> None:
    where = [place_name(pivot, shape.rows, line)] + ([place_name(pivot, shape.columns, column)] if column else [])
    cells = pivot.cell(line, column)
    figure = cells.now[shape.measures.index(measure)] if cells else None
    st.markdown(
        f"**{escaped(title_of(shape, measure))}: {escaped(numbers(measure).full(figure))}**  \n"
        f"{escaped(' · '.join(where))}"
    )
    behind, adds_up = documents_of(measure)
    if not adds_up:
        name = title_of(shape, behind)
        st.caption(_("Such a figure has no documents of its own; these are those of {name}.").format(name=name))
    ask: Ask = pivot.ask(line, column, behind)
    drill.show_documents(f"{NAME}.drill", Scene(replace(PANEL, measures=(behind,)), actor, look), ask)


def _kinds(pivot: Pivot, shape: Shape) -> tuple[str, ...]:
    if pivot.base.compare is None:
        return (NOW,)
    return (NOW, CHANGE) if shape.columns else (NOW, BEFORE, CHANGE)


def _figure(pivot: Pivot, line: Place, column: Place, number: int, kind: str) -> Figure:
    cells = pivot.cell(line, column)
    if cells is None:
        return None
    before = cells.before[number] if cells.before else None
    if kind == NOW:
        return cells.now[number]
    return before if kind == BEFORE else change(cells.now[number], before)


def _column(pivot: Pivot, shape: Shape, place: Place, measure: str, kind: str, figures: list[Figure]) -> Any:
    title = title_of(shape, measure)
    words = [place_name(pivot, shape.columns, place)] if shape.columns else []
    if not shape.columns or len(shape.measures) > 1:
        words.append(title)
    if kind != NOW:
        words.append(_("Before") if kind == BEFORE else _("Growth"))
    label, told = " · ".join(words), f"{title}: {explained(measure)}"
    unit = Unit.RATE if kind == CHANGE else get_measures((measure,))[0].unit
    if unit is Unit.RATE:
        return percent_column(label, help=told)
    if unit is Unit.MONEY:
        return money_column(label, help=told)
    return quantity_column(label, quantity_places(figures), help=told)


def _clicked(key: str, pivot: Pivot, shape: Shape) -> None:
    """An event, not a state: the next table has another key and nothing selected.

    A rerun out of a callback makes the same event come again, by the key that has gone.
    """
    if key != _table_key():
        return
    cells = st.session_state[key]["selection"]["cells"]
    if not cells or cells[0][0] >= len(pivot.lines):
        _select_nothing()
        moving.redraw(BOARD, "pivot")
    line, (kind, *rest) = pivot.lines[cells[0][0]], str(cells[0][1]).split(".")
    if rest:
        open_documents(line, pivot.across[int(rest[0])], shape.measures[int(rest[1])])
        return
    _select_nothing()
    look, number = moving.look_of(BOARD), int(kind.removeprefix("r"))
    outer, names = line[: number + 1], shape.rows[: number + 1]
    label = label_of(pivot, names, outer)
    pairs = list(zip(names, label.split(BETWEEN), strict=False)) if label else []
    is_alone = all(look.picked(name) == (each,) for name, each in pairs)
    for name, each in pairs:
        look = look.leaving_out(name, ()).picking(name, [] if is_alone else [each])
    moving.change(BOARD, look)


def _table_key() -> str:
    return f"{NAME}.table.{st.session_state.get(f'{NAME}.picks', 0)}"


def _select_nothing() -> None:
    st.session_state[f"{NAME}.picks"] = st.session_state.get(f"{NAME}.picks", 0) + 1
