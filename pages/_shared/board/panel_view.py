"""One panel on the screen: title with its definition, way down and up, choices, figure, and the way to the rows."""

from functools import partial
from html import escape

import streamlit as st

from core.analytics.export.leaving import note_export
from core.analytics.layer.measures import MEASURES
from core.base.errors import AppError
from core.work.command import may
from pages._shared.board import labels, moving
from pages._shared.board.board import DATES, Board, Drawn, Option, Panel, Scene
from pages._shared.board.clicks import clickable
from pages._shared.board.figures.numbers import shortened
from pages._shared.board.leaving import file_name, filters_in_words
from pages._shared.charts import show
from pages._shared.formats import day, language
from pages._shared.periods import step_of
from pages._shared.screen import reading
from pages._shared.standing import standing
from pages._shared.text import _, escaped

FEW_WORDS = 4
LONGEST_FILTERS = 90


def show_panel(board: Board, panel: Panel) -> None:
    """The panel as a fragment of its own."""

    @st.fragment(key=moving.part(board, panel.name))
    def body() -> None:
        try:
            with reading() as view:
                actor = view.actor
            scene = Scene(panel, actor, moving.look_of(board))
            _heading(board, scene)
            _show(board, scene, panel.draw(scene))
        except AppError as refusal:
            st.error(escaped(refusal.sentence))

    body()


def _heading(board: Board, scene: Scene) -> None:
    panel = scene.panel
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{_(panel.title)}**", width="content", help=_definition(panel))
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            _way_down(board, scene)
            if panel.leads_to_rows(scene.look):
                st.button(
                    _("Documents") if panel.is_of_stock else _("Orders"),
                    type="tertiary",
                    icon=":material/receipt_long:",
                    help=_("The documents behind a bar") if panel.is_of_stock else _("The orders behind a bar"),
                    key=f"{board.name}.orders.{panel.name}",
                    on_click=moving.open_rows,
                    args=(board, panel.name),
                )
            if may(scene.actor, note_export):
                st.button(
                    "",
                    type="tertiary",
                    icon=":material/download:",
                    help=_("Export as Excel or CSV"),
                    width=36,
                    key=f"{board.name}.export.{panel.name}",
                    on_click=moving.open_export,
                    args=(board, panel.name),
                )
    # Each part has a place of its own, also while it is empty, so that no chart is left where another part was.
    with st.container():
        _way_up(board, scene)
    with st.container(horizontal=True, vertical_alignment="center"):
        for option in panel.options:
            _choose(board, scene, option)


def _definition(panel: Panel) -> str:
    """What is shown, how it is counted, from when it is, and whether it agrees with the documents."""
    lines = [_(panel.told)] if panel.told else []
    lines += [
        f"**{_(MEASURES[name].label)}**: {_(MEASURES[name].sentence)}" for name in panel.measures if name in MEASURES
    ]
    return "\n\n".join([*lines, *standing()])


def _way_down(board: Board, scene: Scene) -> None:
    panel, look = scene.panel, scene.look
    if not scene.picked:
        return
    if scene.dimension == DATES:
        label = _("Look closer") if step_of(look.window).value != "day" else ""
    else:
        below = panel.below(look)
        label = labels.title_of(below) if below else ""
    if label:
        st.button(
            label,
            type="tertiary",
            icon=":material/zoom_in:",
            help=_("Go down into what is picked; a double click does the same"),
            key=f"{board.name}.down.{panel.name}",
            on_click=moving.go_down,
            args=(board, panel),
        )


def _way_up(board: Board, scene: Scene) -> None:
    panel, look, actor = scene.panel, scene.look, scene.actor
    depth = panel.level(look)
    if not depth:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for level, dimension in enumerate(panel.levels(look)[:depth]):
            picked = look.picked(dimension)
            named = ", ".join(labels.names(actor, look, dimension, picked[:2])) + ("…" if len(picked) > 2 else "")
            st.button(
                f"{labels.title_of(dimension)}: {escaped(named) or _('All')}",
                type="tertiary",
                icon=":material/arrow_upward:",
                help=_("Back up to this level"),
                key=f"{board.name}.up.{panel.name}.{level}",
                on_click=moving.go_up,
                args=(board, panel, level),
            )
            st.caption("›", width="content")
        st.caption(labels.title_of(scene.dimension), width="content")


def _choose(board: Board, scene: Scene, option: Option) -> None:
    panel = scene.panel
    key = f"{board.name}.{panel.name}.{option.name}"
    st.session_state[key] = scene.word(option.name)
    chooser = st.segmented_control if len(option.words) <= FEW_WORDS else st.selectbox
    more = {"required": True, "wrap": True} if len(option.words) <= FEW_WORDS else {"width": 160}
    chooser(
        _(option.label),
        list(option.words),
        format_func=lambda word: _(option.words[word]),
        key=key,
        label_visibility="collapsed",
        on_change=moving.turn,
        args=(board, panel, option.name),
        **more,
    )


def _show(board: Board, scene: Scene, drawn: Drawn) -> None:
    panel = scene.panel
    if drawn.figure is not None:
        chart = clickable(drawn.figure, panel.name, scene.dimension) if scene.dimension else drawn.figure
        name = file_name(_(panel.title), scene.look) if may(scene.actor, note_export) else ""
        show(chart, f"{board.name}.chart.{panel.name}", name, _caption(board, scene) if name else "")
    if drawn.table is not None:
        key = moving.table_key(board, panel.name)
        more = {}
        if drawn.labels and scene.dimension:
            more = {
                "on_select": partial(moving.pick_row, board, panel, key, drawn.labels),
                "selection_mode": "single-row",
            }
        st.dataframe(drawn.table, hide_index=True, key=key, placeholder="", column_config=dict(drawn.columns), **more)
    if drawn.note:
        st.caption(escaped(drawn.note))
    if panel.tools is not None:
        panel.tools(scene)


def _caption(board: Board, scene: Scene) -> str:
    """What stands above a picture of the chart: what it shows, of which days, under which filters."""
    window = scene.look.window
    days = f"{day(window.since)} – {day(window.last_day)}"
    # All panels say the same; the names of what is picked are looked up once.
    asked = (scene.look, language())
    kept = st.session_state.get(f"{board.name}.said")
    if kept is None or kept[0] != asked:
        kept = (asked, shortened("; ".join(filters_in_words(scene.actor, scene.look)), LONGEST_FILTERS))
        st.session_state[f"{board.name}.said"] = kept
    filters = kept[1]
    lines = [f"<b>{_(scene.panel.title)}</b>", days + (f" · {filters}" if filters else "")]
    return lines[0] + "<br>" + escape(lines[1], quote=False)
