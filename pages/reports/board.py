"""The panels of the sales dashboard: each a fragment of its own, so that a click redraws panels and not the page."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import NoReturn

import plotly.graph_objects as go
import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.charts import show
from pages._shared.filters import Look, current_look, keep_look
from pages._shared.formats import day, money, percent
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, ONE_DAY, PERIOD_LABELS, Comparison, Period, Window, window_of
from pages._shared.screen import reading
from pages._shared.text import _, escaped
from pages.reports import answers, drill
from pages.reports.answers import DATES, PANELS, TITLES
from pages.reports.clicks import Click, clickable, listen_to_clicks
from pages.reports.figures import over_time, ranked

NAME = "dashboard"
SEEN = f"{NAME}.seen"
GONE = f"{NAME}.gone"
CONTROLS, CHIPS, CARDS, TIME, DRILL = (
    f"{NAME}.fragment.{part}" for part in ("controls", "chips", "cards", "time", "drill")
)
BARS = {dimension: f"{NAME}.fragment.{dimension}" for dimension in PANELS}
REDRAWN = [CONTROLS, CHIPS, CARDS, TIME, *BARS.values(), DRILL]
POLL_SECONDS = 0.5
NARROWEST_CARD = 140
A_YEAR = timedelta(days=364)


def show_board() -> None:
    """The whole dashboard; from here on every part of it redraws by itself."""
    with reading() as view:
        arriving = f"{NAME}.period" not in st.session_state
        look = current_look(NAME, view.today, answers.dimensions(), arriving=arriving)
    if arriving:
        drill.choose("")
    st.session_state[SEEN] = _seen()
    _freshness()
    if not mirror().is_ready:
        st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
        return
    keep_look(NAME, answers.sensible(view.actor, look))
    if st.session_state[NAME] != look:
        st.warning(_("The address names something that does not exist any more. That filter was left out."))
    _controls()
    _chips()
    _cards()
    wide, narrow = st.columns([2, 1])
    halves = [column for _row in range(2) for column in st.columns(2)]
    # The frames stand outside the fragments, where those beside each other get the same height.
    with wide, st.container(border=True, height="stretch"):
        _time()
    for place, dimension in zip((narrow, *halves), PANELS, strict=True):
        with place, st.container(border=True, height="stretch"):
            _panel(dimension)
    _drill()


@st.fragment(key=CONTROLS)
def _controls() -> None:
    look = _look()
    _set_controls(look)
    st.pills(
        _("Period"),
        list(Period),
        required=True,
        format_func=lambda period: _(PERIOD_LABELS[period]),
        key=f"{NAME}.period",
        label_visibility="collapsed",
        on_change=_pick_period,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if look.period is Period.CUSTOM:
            st.date_input(
                _("From – to"),
                key=f"{NAME}.days",
                format="YYYY-MM-DD",
                label_visibility="collapsed",
                on_change=_pick_days,
                width=260,
            )
        st.segmented_control(
            _("Compared with"),
            list(Comparison),
            required=True,
            format_func=lambda comparison: _(COMPARISON_LABELS[comparison]),
            key=f"{NAME}.comparison",
            label_visibility="collapsed",
            wrap=True,
            on_change=_pick_comparison,
        )
        st.caption(_days_compared(look), width="content")


def _set_controls(look: Look) -> None:
    """Controls follow the look, which links and buttons change too; half of a pair of days waits for the other."""
    st.session_state[f"{NAME}.period"] = look.period
    st.session_state[f"{NAME}.comparison"] = look.comparison
    if len(st.session_state.get(f"{NAME}.days", ())) != 1:
        st.session_state[f"{NAME}.days"] = (look.window.since, look.window.last_day)


@st.fragment(run_every=POLL_SECONDS)
def _freshness() -> None:
    """When the figures are from; redraws the screen when they have changed, and costs next to nothing otherwise."""
    if st.session_state.get(SEEN) not in (None, _seen()):
        st.rerun()
    if mirror().is_ready:
        st.caption(_("As of {time}, updates by itself").format(time=answers.clock_time(mirror().as_of)))


@st.fragment(key=CHIPS)
def _chips() -> None:
    with _asking() as (actor, look), st.container(gap=None):
        # It stands here and not below, so that it listens before there is a bar to click.
        listen_to_clicks(f"{NAME}.clicks", _clicked)
        if st.session_state.pop(GONE, False):
            st.toast(_("The bar you clicked is not part of what is shown any more. Click another one."))
        with st.container(horizontal=True, vertical_alignment="center"):
            _show_chips(actor, look)


def _show_chips(actor: Actor, look: Look) -> None:
    if not look.where:
        st.caption(_("Click a bar to filter everything by it. Click it again to take the filter away."))
        return
    for dimension, label, name in answers.chips(actor, look):
        st.button(
            f"{answers.title_of(dimension)}: {escaped(name)}",
            icon=":material/close:",
            icon_position="right",
            help=_("Remove this filter"),
            key=f"{NAME}.chip.{dimension}.{label}",
            on_click=_toggle,
            args=(dimension, label),
        )
    st.button(_("Reset"), type="tertiary", key=f"{NAME}.reset", on_click=_reset)


@st.fragment(key=CARDS)
def _cards() -> None:
    with _asking() as (actor, look):
        cards = answers.key_figures(actor, look)
        with st.grid(min_column_width=NARROWEST_CARD):
            for card in cards:
                grown = card.grown
                st.metric(
                    _(card.measure.label),
                    answers.shown(card.measure, card.amount),
                    delta=_signed(grown) if look.compared else None,
                    delta_color="off" if not grown else "inverse" if card.is_bad_when_more else "normal",
                    delta_arrow="auto" if grown else "off",
                    help=answers.told(card),
                    border=True,
                    height="stretch",
                    chart_data=card.trend if len(card.trend) > 1 else None,
                )
        if answers.is_nothing(cards):
            _nothing(actor, look)


@st.fragment(key=TIME)
def _time() -> None:
    with _asking() as (actor, look):
        points = answers.points(actor, look)
        _heading(_("Net sales over time"), DATES)
        names = (_("This period"), _(COMPARISON_LABELS[look.comparison]))
        _chart(over_time(points, look.picked(DATES), names), DATES)


def _panel(dimension: str) -> None:
    @st.fragment(key=BARS[dimension])
    def body() -> None:
        with _asking() as (actor, look):
            found = answers.bars(actor, look, dimension)
            _heading(_(TITLES[dimension]), dimension)
            if not found.bars:
                st.caption(_("No sales to show here."))
                return
            _chart(ranked(found.bars, look.picked(dimension)), dimension)
            if found.rest:
                st.caption(_("All others: {amount}").format(amount=money(found.rest)))

    body()


@st.fragment(key=DRILL)
def _drill() -> None:
    drill.show_drill(_look(), on_close=partial(_open, ""))


def _chart(chart: go.Figure, dimension: str) -> None:
    show(clickable(chart, dimension), f"{NAME}.chart.{dimension}")


def _heading(title: str, dimension: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        st.button(
            _("Orders"),
            type="tertiary",
            icon=":material/receipt_long:",
            help=_("The orders behind a bar"),
            key=f"{NAME}.orders.{dimension}",
            on_click=_open,
            args=(dimension,),
        )


def _nothing(actor: Actor, look: Look) -> None:
    if look.where:
        words = _("No sales match all of these filters. Remove one of them, or reset them.")
    else:
        words = _("No sales from {since} to {last}. Choose a longer period; orders count once they are confirmed.")
    st.info(words.format(since=day(look.window.since), last=day(look.window.last_day)), icon=":material/search_off:")
    last = answers.last_sale(actor)
    if last is not None and not look.where:
        st.button(
            _("Show the year up to the last sale, {day}").format(day=day(last)),
            icon=":material/history:",
            key=f"{NAME}.last_year",
            on_click=_look_at,
            args=(Window(last - A_YEAR, last + ONE_DAY),),
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
def _asking() -> Iterator[tuple[Actor, Look]]:
    """Who looks, asked anew each time, and at what; a refusal takes the place of the panel."""
    try:
        with reading() as view:
            actor = view.actor
        yield actor, _look()
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _look() -> Look:
    look: Look = st.session_state[NAME]
    return look


def _change(look: Look) -> NoReturn:
    """Look at something else: redraw the panels, and not the page."""
    keep_look(NAME, look)
    _redraw(*REDRAWN)


def _redraw(*parts: str) -> NoReturn:
    """Redraw these parts; the whole page where one of them was not drawn yet."""
    with suppress(StreamlitAPIException):
        st.rerun(parts)
    st.rerun()


def _toggle(dimension: str, label: str) -> None:
    _change(_look().toggled(dimension, [label]))


def _reset() -> None:
    _change(_look().unfiltered())


def _clicked(clicks: list[Click]) -> None:
    """Filter by these bars. Whoever is quick may have clicked one that has gone with another period."""
    look = _look()
    for dimension, label in clicks:
        if dimension in answers.dimensions() and answers.dimensions()[dimension](label):
            look = look.toggled(dimension, [label])
    with reading() as view:
        sensible = answers.sensible(view.actor, look)
    st.session_state[GONE] = sensible != look
    _change(sensible)


def _pick_period() -> None:
    period = st.session_state[f"{NAME}.period"]
    with reading() as view:
        window = _look().window if period is Period.CUSTOM else window_of(period, view.today)
    _change(replace(_look().picking(DATES, ()), period=period, window=window))


def _pick_days() -> None:
    days = st.session_state[f"{NAME}.days"]
    if len(days) > 1:
        _look_at(Window(days[0], days[1] + ONE_DAY))
    _redraw(CONTROLS)


def _look_at(window: Window) -> NoReturn:
    _change(replace(_look().picking(DATES, ()), period=Period.CUSTOM, window=window))


def _pick_comparison() -> None:
    _change(replace(_look(), comparison=st.session_state[f"{NAME}.comparison"]))


def _open(dimension: str) -> None:
    drill.choose(dimension)
    _redraw(DRILL)


def _seen() -> tuple[bool, int, int]:
    return mirror().is_ready, mirror().generation, mirror().refreshes
