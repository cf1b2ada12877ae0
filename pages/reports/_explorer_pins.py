"""Pinned views as cards on one's home: title, figure, small chart, and the way to the view."""

from dataclasses import replace

import streamlit as st

from core.analytics.explorer.pivot import Part, Pivot
from core.analytics.explorer.queries import ViewRow, pinned_views
from core.analytics.explorer.rules import Shape
from core.analytics.explorer.service import unpin_view
from core.analytics.layer.ask import change
from core.analytics.layer.dimensions import DIMENSIONS
from core.base.errors import AppError
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, percent
from pages._shared.mirror import is_opened, mirror
from pages._shared.screen import act_in_callback, link, reading
from pages._shared.text import _, escaped
from pages.reports._explorer_board import SOURCE, look_of_words, numbers, pivot_of, shape_of, shaped, title_of

MOST_POINTS = 24


def show_pinned_views(actor: Actor) -> None:
    """The views that the reader pinned; nothing while the figures are being prepared."""
    if not may(actor, pinned_views) or not is_opened() or not mirror().is_ready:
        return
    with reading() as view:
        rows, today = pinned_views(view), view.today
    if not rows:
        return
    with st.grid(min_column_width=240):
        for row in rows:
            with st.container(border=True, gap="xsmall", height="stretch", key=f"home.pin.{row.id}"):
                try:
                    look = look_of_words(row.words, today)
                    shape, hidden = shape_of(look).seen_by(actor)
                    small = replace(shape, measures=shape.measures[:1], rows=shape.rows[:1], columns=())
                    pivot, _hidden = pivot_of(actor, shaped(look, small)) if small.measures else (None, ())
                    _card(row, small, pivot)
                    st.caption(f"{day(look.window.since)} – {day(look.window.last_day)}")
                    if hidden:
                        st.caption(_("Your role does not show you all of its figures."))
                except AppError as refusal:
                    st.markdown(f"**{escaped(row.name)}**")
                    st.caption(escaped(refusal.sentence))
                with st.container(horizontal=True, vertical_alignment="center"):
                    link("reports/explorer", _("Open the view"), **{SOURCE: row.id})
                    st.button(
                        "",
                        icon=":material/keep_off:",
                        type="tertiary",
                        help=_("Take down from home"),
                        key=f"home.unpin.{row.id}",
                        on_click=act_in_callback,
                        args=(unpin_view, row.id),
                    )


def _card(row: ViewRow, shape: Shape, pivot: Pivot | None) -> None:
    if pivot is None:
        st.markdown(f"**{escaped(row.name)}**")
        return
    measure = shape.measures[0]
    total = pivot.totals.now[0]
    grown = change(total, pivot.totals.before[0]) if pivot.totals.before else None
    course = _course(pivot)
    is_course = bool(shape.rows) and DIMENSIONS[shape.rows[0]].is_ordered
    st.metric(
        f"{escaped(row.name)} · {escaped(title_of(shape, measure))}",
        numbers(measure).short(total),
        delta=None if grown is None else f"{'+' if grown > 0 else ''}{percent(grown)}",
        help=f"**{numbers(measure).full(total)}**  \n{escaped(row.description)}",
        chart_data=course if len(course) > 1 else None,
        chart_type="line" if is_course else "bar",
    )


def _course(pivot: Pivot) -> list[float]:
    """The figures of the first rows, in their order."""
    lines = [line for line in pivot.lines if line and line[0][0] is Part.EACH]
    cells = [pivot.cell(line, pivot.across[-1]) for line in lines]
    return [float(each.now[0] or 0) for each in cells if each is not None][-MOST_POINTS:]
