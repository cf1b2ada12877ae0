"""What a click on a board changes, and which of its parts are drawn again then."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.analytics.layer.calendar import Occasion
from pages._shared.board import counting, drill, labels, leaving
from pages._shared.board.board import BETWEEN, DATES, Board, Option, Panel
from pages._shared.board.clicks import Click, How
from pages._shared.filters import Look, keep_look
from pages._shared.periods import ONE_DAY, Comparison, Period, Window, step_of, steps, window_of
from pages._shared.screen import reading

DEEPEST_UNDO = 30


def part(board: Board, name: str) -> str:
    """The key of one fragment of a board."""
    return f"{board.name}.fragment.{name}"


def look_of(board: Board) -> Look:
    """What the board shows."""
    look: Look = st.session_state[board.name]
    return look


def draw_from_now(board: Board, names: Sequence[str]) -> None:
    """Remember which parts stand on the screen."""
    st.session_state[f"{board.name}.parts"] = [part(board, name) for name in names]


def change(board: Board, look: Look) -> NoReturn:
    """Look at something else: redraw the panels, and not the page. What was looked at can be had back."""
    before = look_of(board)
    if look != before:
        kept = st.session_state.get(f"{board.name}.undo", [])
        st.session_state[f"{board.name}.undo"] = [*kept, before][-DEEPEST_UNDO:]
    keep_look(board.name, look)
    redraw(board)


def redraw(board: Board, *names: str) -> NoReturn:
    """Redraw these parts, or all; the whole page where one of them was not drawn yet."""
    keys = [part(board, name) for name in names] or st.session_state.get(f"{board.name}.parts", [])
    with suppress(StreamlitAPIException):
        st.rerun(keys)
    st.rerun()


def take_clicks(board: Board, clicks: list[Click]) -> None:
    """Filter by these marks. Whoever is quick may have clicked one that has gone with another period."""
    look = look_of(board)
    panels = {panel.name: panel for panel in board.panels()}
    words = labels.words_of((*board.dimensions(), DATES))
    rows: tuple[str, str] | None = None
    for click in clicks:
        pairs = list(zip(click.dimension.split(BETWEEN), click.label.split(BETWEEN), strict=False))
        panel = panels.get(click.panel)
        if panel is None or not all(name in words and words[name](label) for name, label in pairs):
            continue
        if click.how is How.INTO:
            look, is_last = _into(panel, look, pairs)
            rows = (panel.name, click.label) if is_last and panel.leads_to_rows(look) else None
        elif click.how is How.NOT:
            for name, label in pairs:
                look = look.excluding(name, label)
        else:
            look = _toggled(look, pairs)
    with reading() as view:
        sensible = labels.sensible(view.actor, look)
    st.session_state[f"{board.name}.gone"] = sensible != look
    counting.count(board.name, look_of(board), sensible)
    if rows:
        drill.choose(board.name, *rows)
    change(board, sensible)


def table_key(board: Board, panel: str) -> str:
    """The key of a panel's table: a click is an event and not a state, so the next table has another one."""
    return f"{board.name}.table.{panel}.{st.session_state.get(f'{board.name}.picks', 0)}"


def pick_row(board: Board, panel: Panel, table: str, rows: Sequence[str]) -> None:
    """The row of a table that was clicked is picked as a bar is.

    A rerun out of a callback makes the same event come again, by the key that has gone.
    """
    if table != table_key(board, panel.name):
        return
    picked = st.session_state[table]["selection"]["rows"]
    st.session_state[f"{board.name}.picks"] = st.session_state.get(f"{board.name}.picks", 0) + 1
    before = look = look_of(board)
    if picked and picked[0] < len(rows):
        look = look.toggled(panel.dimension(look), [rows[picked[0]]])
    counting.count(board.name, before, look)
    change(board, look)


def free(board: Board, dimension: str, label: str) -> None:
    """Take a filter away."""
    change(board, look_of(board).freeing(dimension, label))


def flip(board: Board, dimension: str, label: str) -> None:
    """All but this, and only this again."""
    change(board, look_of(board).excluding(dimension, label))


def reset(board: Board) -> None:
    """No filters; panels go up again."""
    look = look_of(board).unfiltered()
    for option in [name for name in look.options if name.endswith(".level")]:
        look = look.turning(option, "")
    change(board, look)


def undo(board: Board) -> None:
    """Back to what was looked at before."""
    kept = st.session_state.get(f"{board.name}.undo", [])
    if kept:
        *rest, before = kept
        st.session_state[f"{board.name}.undo"] = rest
        keep_look(board.name, before)
    redraw(board)


def go_down(board: Board, panel: Panel) -> None:
    """One level down, inside what is picked."""
    change(board, _down(panel, look_of(board)))


def go_up(board: Board, panel: Panel, level: int) -> None:
    """Back to a level, where nothing below is picked any more."""
    look = look_of(board)
    for dimension in panel.levels(look)[level:]:
        look = look.picking(dimension, ()).leaving_out(dimension, ())
    change(board, look.turning(f"{panel.name}.level", str(level) if level else ""))


def turn(board: Board, panel: Panel, option: str) -> None:
    """Another choice for one panel: only that one is drawn again."""
    usual = next(each.usual for each in panel.options if each.name == option)
    word = st.session_state[f"{board.name}.{panel.name}.{option}"]
    look = look_of(board).turning(f"{panel.name}.{option}", "" if word == usual else word)
    if option == "by":
        look = look.turning(f"{panel.name}.level", "")
    keep_look(board.name, look)
    redraw(board, panel.name)


def choose(board: Board, option: Option) -> None:
    """Another choice for all panels."""
    word = st.session_state[f"{board.name}.choice.{option.name}"]
    change(board, look_of(board).turning(option.name, "" if word == option.usual else word))


def open_rows(board: Board, panel: str) -> None:
    """The rows behind the marks of a panel; of none, the dialog is closed."""
    drill.choose(board.name, panel)
    redraw(board, "drill")


def open_export(board: Board, panel: str) -> None:
    """What a panel can be taken away as; of none, the dialog is closed."""
    leaving.choose(board.name, panel)
    redraw(board, "export")


def pick_period(board: Board) -> None:
    """Another period; days picked in the one before mean nothing in it."""
    period = st.session_state[f"{board.name}.period"]
    with reading() as view:
        window = look_of(board).window if period is Period.CUSTOM else window_of(period, view.today)
    change(board, replace(_without_days(look_of(board)), period=period, window=window, against=None))


def pick_days(board: Board) -> None:
    """A period of one's own, once both of its ends are chosen."""
    days = st.session_state[f"{board.name}.days"]
    if len(days) > 1:
        look_at(board, Window(days[0], days[1] + ONE_DAY))
    redraw(board, "controls")


def look_at(board: Board, window: Window) -> NoReturn:
    """These days."""
    change(board, _looking_at(look_of(board), window))


def pick_comparison(board: Board) -> None:
    """Something else to be held against."""
    change(board, replace(look_of(board), comparison=st.session_state[f"{board.name}.comparison"], against=None))


def pick_occasion(board: Board, occasion: Occasion, other: Occasion | None, today: date) -> None:
    """The days of a promotion up to today, held day by day against those of another one."""
    look = _looking_at(look_of(board), Window(occasion.since, min(occasion.until, today + ONE_DAY)))
    if other is not None:
        look = replace(look, comparison=Comparison.PROMOTION_DAYS, against=occasion.days_of(other)[0])
    change(board, look)


def _toggled(look: Look, pairs: Sequence[tuple[str, str]]) -> Look:
    """With this mark picked; free again where it was. A mark of two dimensions is picked in both."""
    held = [name for name, label in pairs if label in look.picked(name) or label in look.left_out(name)]
    if len(pairs) == 1 or len(held) == len(pairs):
        for name, label in pairs:
            look = look.toggled(name, [label])
        return look
    for name, label in pairs:
        look = look.leaving_out(name, ()).picking(name, [label])
    return look


def _into(panel: Panel, look: Look, pairs: Sequence[tuple[str, str]]) -> tuple[Look, bool]:
    """With this mark alone picked and the panel one level down; or that it was the last level."""
    for name, label in pairs:
        look = look.leaving_out(name, ()).picking(name, [label])
    if panel.dimension(look) == DATES:
        closer = _down(panel, look)
        return closer, closer == look
    return (look, True) if not panel.below(look) else (_down(panel, look), False)


def _down(panel: Panel, look: Look) -> Look:
    if panel.dimension(look) == DATES:
        step = step_of(look.window)
        cuts = [cut for cut in steps(look.window, step) if step.start(cut.since).isoformat() in look.picked(DATES)]
        if not cuts or max(cut.days for cut in cuts) == 1:
            return look
        return _looking_at(look, Window(cuts[0].since, cuts[-1].until))
    return look.turning(f"{panel.name}.level", str(panel.level(look) + 1))


def _looking_at(look: Look, window: Window) -> Look:
    return replace(_without_days(look), period=Period.CUSTOM, window=window, against=None)


def _without_days(look: Look) -> Look:
    return look.picking(DATES, ()).leaving_out(DATES, ())
