"""A board on the screen: each panel a fragment of its own, so that a click redraws panels and not the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import streamlit as st

from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.board import asking, drill, kept, labels, leaving, moving, panel_view
from pages._shared.board.board import SECTION, Board, Card
from pages._shared.board.clicks import listen_to_clicks
from pages._shared.board.figures.numbers import Numbers
from pages._shared.board.promotion_days import show_promotion_days
from pages._shared.filters import Look, current_look, keep_look
from pages._shared.formats import day, percent
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, ONE_DAY, PERIOD_LABELS, Comparison, Period, Window, window_of
from pages._shared.screen import reading
from pages._shared.standing import agreement, clock_time, show_standing, unrounded_note
from pages._shared.text import _, escaped

POLL_SECONDS = 0.5
NARROWEST_CARD, WIDE_CARD, FEW_CARDS = 140, 160, 4
A_YEAR = timedelta(days=364)


def show_board(board: Board) -> None:
    """The whole board; from here on every part of it redraws by itself."""
    name = board.name
    with reading() as view:
        actor = view.actor
        arriving = f"{name}.comparison" not in st.session_state
        words = labels.words_of((*board.dimensions(), asking.DATES))
        look = current_look(name, view.today, words, board.options(), arriving=arriving)
        if board.usual is not None and name not in st.session_state and "period" not in st.query_params:
            look = replace(look, period=board.usual, window=window_of(board.usual, view.today))
        if board.fixed is not None:
            look = replace(look, period=board.fixed, window=window_of(board.fixed, view.today))
            if look.comparison is not Comparison.NOTHING:
                look = replace(look, comparison=Comparison.PREVIOUS, against=None)
    if arriving:
        drill.choose(name, "")
        leaving.choose(name, "")
        st.session_state[f"{name}.undo"] = []
    show_freshness(board)
    if not mirror().is_ready:
        return
    keep_look(name, labels.sensible(actor, look))
    if st.session_state[name] != look:
        st.warning(_("The address names something that does not exist any more. That filter was left out."))
    look = st.session_state[name]
    show_controls(board)
    show_chips(board)
    if arriving:
        kept.find_hint(board)
    kept.show_kept(board)
    if board.figures is not None:
        _cards(board)
    if len(board.sections) > 1:
        _sections(board, look, actor)
    section = board.section(look)
    mine = section.panels(actor)
    if not mine:
        st.info(_("You may not see what stands here."), icon=":material/lock:")
    cards = ["cards"] if board.figures is not None else []
    moving.draw_from_now(board, ["controls", "chips", *cards, *(panel.name for panel in mine), "drill", "export"])
    is_new = st.session_state.get(f"{name}.section") != section.name or arriving
    st.session_state[f"{name}.section"] = section.name
    places = []
    for row in section.rows:
        shown = [panel for panel in row if panel in mine]
        for panel, column in zip(shown, st.columns([panel.share for panel in shown]) if shown else (), strict=True):
            # The frames stand outside the fragments, where those beside each other get the same height.
            places.append((panel, column, column.skeleton(panel.height) if is_new else column))
    for panel, _column, place in places:
        with place.container(border=True, height="stretch"):
            panel_view.show_panel(board, panel)
    _drill(board)
    _export(board)


def show_controls(board: Board) -> None:
    """Period and comparison."""

    @st.fragment(key=moving.part(board, "controls"))
    def body() -> None:
        _show_controls(board)

    body()


def _show_controls(board: Board) -> None:
    name, look = board.name, moving.look_of(board)
    _set_controls(name, look)
    if board.fixed is None:
        st.pills(
            _("Period"),
            list(Period),
            required=True,
            format_func=lambda period: _(PERIOD_LABELS[period]),
            key=f"{name}.period",
            label_visibility="collapsed",
            on_change=moving.pick_period,
            args=(board,),
        )
    for option in board.choices:
        key = f"{name}.choice.{option.name}"
        st.session_state[key] = board.word(look, option.name)
        st.segmented_control(
            _(option.label),
            list(option.words),
            required=True,
            format_func=lambda word, words=option.words: _(words[word]),
            key=key,
            label_visibility="collapsed",
            wrap=True,
            on_change=moving.choose,
            args=(board, option),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if look.period is Period.CUSTOM and board.fixed is None:
            st.date_input(
                _("From – to"),
                key=f"{name}.days",
                format="YYYY-MM-DD",
                label_visibility="collapsed",
                on_change=moving.pick_days,
                args=(board,),
                width=260,
            )
        st.segmented_control(
            _("Compared with"),
            list(Comparison) if board.fixed is None else [Comparison.PREVIOUS, Comparison.NOTHING],
            required=True,
            format_func=lambda comparison: _(COMPARISON_LABELS[comparison]),
            key=f"{name}.comparison",
            label_visibility="collapsed",
            wrap=True,
            on_change=moving.pick_comparison,
            args=(board,),
        )
        if board.fixed is None and not board.choices:
            show_promotion_days(board)
        st.caption(_days_compared(look), width="content")


def _set_controls(name: str, look: Look) -> None:
    """Controls follow the look, which links and buttons change too; half of a pair of days waits for the other."""
    st.session_state[f"{name}.period"] = look.period
    st.session_state[f"{name}.comparison"] = look.comparison
    if len(st.session_state.get(f"{name}.days", ())) != 1:
        st.session_state[f"{name}.days"] = (look.window.since, look.window.last_day)


def _sections(board: Board, look: Look, actor: Actor) -> None:
    shown = board.section(look)
    titles = {section.name: section.title for section in board.sections if section is shown or section.panels(actor)}
    key = f"{board.name}.open"
    st.session_state[key] = shown.name
    st.segmented_control(
        _("Section"),
        list(titles),
        required=True,
        format_func=lambda section: _(titles[section]),
        key=key,
        label_visibility="collapsed",
        wrap=True,
        on_change=_open_section,
        args=(board,),
    )


def _open_section(board: Board) -> None:
    name = st.session_state[f"{board.name}.open"]
    first = board.sections[0].name
    keep_look(board.name, moving.look_of(board).turning(SECTION, "" if name == first else name))


def show_freshness(board: Board) -> None:
    """The time of the figures; draws the screen again when there are newer ones."""
    st.session_state[f"{board.name}.seen"] = _seen()

    @st.fragment(run_every=POLL_SECONDS)
    def body() -> None:
        """When the figures are from; redraws the screen when they have changed, and costs next to nothing otherwise."""
        if st.session_state.get(f"{board.name}.seen") not in (None, _seen()):
            st.rerun()
        if show_standing():
            st.caption(_("As of {time}, updates by itself").format(time=clock_time(mirror().as_of)), help=agreement())

    body()


def show_chips(board: Board) -> None:
    """Every filter as a chip, with undo and reset; takes the clicks on charts."""

    @st.fragment(key=moving.part(board, "chips"))
    def body() -> None:
        with asking_anew(board) as (actor, look), st.container(gap=None):
            # It stands here and not below, so that it listens before there is a bar to click.
            listen_to_clicks(f"{board.name}.clicks", partial(moving.take_clicks, board))
            if st.session_state.pop(f"{board.name}.gone", False):
                st.toast(_("The bar you clicked is not part of what is shown any more. Click another one."))
            with st.container(horizontal=True, vertical_alignment="center"):
                _show_chips(board, actor, look)

    body()


def _show_chips(board: Board, actor: Actor, look: Look) -> None:
    name = board.name
    if not look.is_filtered:
        st.caption(_("Click a bar to filter everything by it. Click it again to take the filter away."))
    for dimension, label, called, is_out in asking.chips(actor, look):
        text = f"{labels.title_of(dimension)}: {escaped(called)}"
        with st.container(horizontal=True, gap=None, width="content", vertical_alignment="center"):
            st.button(
                _("not {filter}").format(filter=text) if is_out else text,
                icon=":material/close:",
                icon_position="right",
                help=_("Remove this filter"),
                key=f"{name}.chip.{'not.' if is_out else ''}{dimension}.{label}",
                on_click=moving.free,
                args=(board, dimension, label),
            )
            st.button(
                "",
                icon=":material/filter_alt:" if is_out else ":material/block:",
                type="tertiary",
                help=_("Only this") if is_out else _("All but this"),
                key=f"{name}.flip.{dimension}.{label}",
                on_click=moving.flip,
                args=(board, dimension, label),
            )
    if look.is_filtered:
        st.button(_("Reset"), type="tertiary", key=f"{name}.reset", on_click=moving.reset, args=(board,))
    if st.session_state.get(f"{name}.undo"):
        st.button(
            _("Undo"),
            type="tertiary",
            icon=":material/undo:",
            key=f"{name}.take_back",
            on_click=moving.undo,
            args=(board,),
        )


def _cards(board: Board) -> None:
    @st.fragment(key=moving.part(board, "cards"))
    def body() -> None:
        with asking_anew(board) as (actor, look):
            cards = board.figures(actor, look) if board.figures else []
            with st.grid(min_column_width=NARROWEST_CARD if len(cards) > FEW_CARDS else WIDE_CARD):
                for card in cards:
                    _show_card(card, look)
            for card in cards:
                if note := unrounded_note(card.amount, card.unrounded):
                    st.caption(escaped(note))
            if cards and not any(card.amount for card in cards):
                _nothing(board, actor, look)

    body()


def _show_card(card: Card, look: Look) -> None:
    grown = card.grown
    st.metric(
        _(card.measure.label),
        Numbers(card.measure.unit).short(card.amount),
        delta=card.note or (_signed(grown) if look.compared else None),
        delta_color="off"
        if not grown or card.note or card.measure.name in asking.NEITHER
        else "inverse"
        if card.is_bad_when_more
        else "normal",
        delta_arrow="auto" if grown and not card.note else "off",
        help=asking.told(card),
        border=True,
        height="stretch",
        chart_data=card.trend if len(card.trend) > 1 else None,
    )


def _drill(board: Board) -> None:
    @st.fragment(key=moving.part(board, "drill"))
    def body() -> None:
        drill.show_drill(board, moving.look_of(board), on_close=partial(moving.open_rows, board, ""))

    body()


def _export(board: Board) -> None:
    @st.fragment(key=moving.part(board, "export"))
    def body() -> None:
        leaving.show_export(board, moving.look_of(board), on_close=partial(moving.open_export, board, ""))

    body()


def _nothing(board: Board, actor: Actor, look: Look) -> None:
    if board.empty:
        st.info(_(board.empty), icon=":material/search_off:")
        return
    if look.is_filtered:
        words = _("No sales match all of these filters. Remove one of them, or reset them.")
    else:
        words = _("No sales from {since} to {last}. Choose a longer period; orders count once they are confirmed.")
    st.info(words.format(since=day(look.window.since), last=day(look.window.last_day)), icon=":material/search_off:")
    last = asking.last_sale(actor)
    if last is not None and not look.is_filtered:
        st.button(
            _("Show the year up to the last sale, {day}").format(day=day(last)),
            icon=":material/history:",
            key=f"{board.name}.last_year",
            on_click=moving.look_at,
            args=(board, Window(last - A_YEAR, last + ONE_DAY)),
        )


def _signed(grown: Decimal | None) -> str:
    return f"{'+' if grown and grown > 0 else ''}{percent(grown)}"


def _days_compared(look: Look) -> str:
    days = f"{day(look.window.since)} – {day(look.window.last_day)}"
    if look.compared is None:
        return days
    other = f"{day(look.compared.since)} – {day(look.compared.last_day)}"
    return _("{days}, compared with {other} (grey)").format(days=days, other=other)


@contextmanager
def asking_anew(board: Board) -> Iterator[tuple[Actor, Look]]:
    """Who looks, asked anew each time, and at what; a refusal takes the place of the panel."""
    try:
        with reading() as view:
            actor = view.actor
        yield actor, moving.look_of(board)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _seen() -> tuple[bool, int, int]:
    return mirror().is_ready, mirror().generation, mirror().refreshes
