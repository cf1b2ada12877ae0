"""The explorer on the screen: view, days, shape, filters and figures, each redrawn by itself."""

from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import streamlit as st

from core.analytics.explorer.pivot import Pivot
from core.analytics.layer.dimensions import DIMENSIONS
from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.board import labels, moving
from pages._shared.board.screen import show_chips, show_controls, show_freshness
from pages._shared.filters import Look, current_look, keep_look
from pages._shared.mirror import mirror
from pages._shared.periods import Comparison
from pages._shared.screen import reading, show_messages
from pages._shared.text import _, escaped, ngettext
from pages.reports._explorer_board import BOARD, LINK, NAME, picks_days, pivot_of, shape_of, title_of
from pages.reports._explorer_charts import show_chart
from pages.reports._explorer_files import offer_files
from pages.reports._explorer_shape import show_shape
from pages.reports._explorer_share import bounded, come_through, frozen_of, refusal_of, show_frozen
from pages.reports._explorer_table import show_cell, show_table
from pages.reports._explorer_views import KEPT, arrive, remember_look, show_views

PARTS = ("views", "controls", "shape", "chips", "pivot")


def show_explorer(*, arriving: bool) -> None:
    """The whole screen; from here on every part of it redraws by itself."""
    look, is_sound = _look(arriving=arriving)
    show_freshness(BOARD)
    if not mirror().is_ready:
        st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
        return
    if (refused := refusal_of(look)) != "":
        st.error(escaped(refused))
        if st.button(_("Open the explorer without it"), key=f"{NAME}.without"):
            _leave()
        return
    with reading() as view:
        keep_look(NAME, labels.sensible(view.actor, look))
    if not is_sound:
        st.warning(_("The address names something that does not exist any more. That filter was left out."))
    is_linked = LINK in look.options
    moving.draw_from_now(BOARD, [part for part in PARTS if part != "controls" or not is_linked])
    _fragment("views", _views)
    if not is_linked:
        show_controls(BOARD)
    _fragment("shape", _shape)
    show_chips(BOARD)
    with st.container(border=True):
        _fragment("pivot", _figures)


def _look(*, arriving: bool) -> tuple[Look, bool]:
    """What is looked at: on arrival what the address asks for, later what the session holds.

    An arrival that was interrupted before there was a look is one still.
    """
    if arriving:
        st.session_state.pop(NAME, None)
    with reading() as view:
        if NAME in st.session_state:
            words = labels.words_of(BOARD.dimensions())
            return current_look(NAME, view.today, words, BOARD.options(), arriving=False), True
        asked = {word: st.query_params.get_all(word) for word in st.query_params}
        look = arrive(view, asked)
        st.session_state[f"{NAME}.undo"] = []
        st.session_state.pop(f"{NAME}.cell", None)
        st.session_state.pop(KEPT, None)
        if LINK in look.options:
            with suppress(AppError):
                look = come_through(view, look)
        return look, labels.sensible(view.actor, look) == look


def _fragment(name: str, draw: Callable[[Actor, Look], None]) -> None:
    @st.fragment(key=moving.part(BOARD, name))
    def body() -> None:
        """Who looks and what their link freezes is asked anew each time."""
        try:
            with reading() as view:
                look = bounded(view, moving.look_of(BOARD))
                actor = view.actor
            draw(actor, look)
        except AppError as refusal:
            st.error(escaped(refusal.sentence))

    body()


def _views(actor: Actor, look: Look) -> None:
    show_messages()
    if LINK in look.options:
        with reading() as view:
            frozen = frozen_of(view, look)
        if frozen:
            show_frozen(frozen)
            if st.button(_("Open the explorer without it"), key=f"{NAME}.leave"):
                _leave()
        return
    show_views(actor, look)


def _leave() -> NoReturn:
    """Out of a link, to one's own default."""
    with reading() as view:
        keep_look(NAME, arrive(view, {}))
    st.session_state[f"{NAME}.undo"] = []
    st.rerun()


def _shape(actor: Actor, look: Look) -> None:
    show_shape(actor, look)


def _figures(actor: Actor, look: Look) -> None:
    shape, hidden = shape_of(look).seen_by(actor)
    if hidden:
        names = ", ".join(title_of(shape, name) for name in hidden)
        st.warning(
            escaped(_("Your role does not show you: {names}. Everything else is here.").format(names=names)),
            icon=":material/lock:",
        )
    pivot, _hidden = pivot_of(actor, look)
    if pivot is None:
        return
    if picks_days(look) and look.comparison is not Comparison.NOTHING:
        st.caption(_("Nothing is compared while single days, weeks or months are picked."))
    show_chart(pivot, shape)
    show_table(pivot, shape)
    offer_files(actor, look, shape, pivot)
    _notes(pivot)
    if LINK not in look.options:
        remember_look(actor, look)
    # A double click on a mark asks the board for its documents; here it is filtered by, and the table leads on.
    st.session_state[f"{NAME}.drill"] = ""
    show_cell(actor, look, shape, pivot)


def _notes(pivot: Pivot) -> None:
    said = [_("Click a figure for its documents, the name of a row to filter by it. Totals are worked out anew.")]
    rows, columns = pivot.left_out
    if rows:
        said.append(
            ngettext("{count} more row has no room.", "{count} more rows have no room.", rows).format(count=rows)
        )
    if columns:
        words = ngettext("{count} more column has no room.", "{count} more columns have no room.", columns)
        said.append(words.format(count=columns))
    if pivot.incomplete:
        said.append(_("… marks what is not over, or cut by the period."))
    overlapping = [name for name in (*pivot.rows.dimensions, *pivot.columns.dimensions) if DIMENSIONS[name].overlaps]
    if overlapping:
        names = ", ".join(labels.title_of(name) for name in overlapping)
        said.append(
            _("One sale may stand under several of {names}; rows add up to more than the total.").format(names=names)
        )
    st.caption(escaped(" ".join(said)))
