"""Choosing the days of a promotion, and those of another one to hold them against, day by day."""

import streamlit as st

from core.analytics.layer.calendar import Occasion
from core.analytics.occasions import occasions, usual_counterpart
from core.base.errors import AppError
from pages._shared.board import moving
from pages._shared.board.board import Board
from pages._shared.formats import day
from pages._shared.periods import COMPARISON_LABELS, ONE_DAY, Comparison
from pages._shared.screen import reading
from pages._shared.text import _, escaped


def show_promotion_days(board: Board) -> None:
    """A popover with the promotions that have begun; the usual one to hold them against is chosen already."""
    key = f"{board.name}.promotion"
    with st.popover(_("Promotion days"), icon=":material/celebration:", type="tertiary", width="content", key=key):
        try:
            with reading() as view:
                known, today = occasions(view), view.today
        except AppError as refusal:
            st.error(escaped(refusal.sentence))
            return
        chosen = st.selectbox(_("Promotion"), known, format_func=_titled, key=f"{key}.days")
        others: list[Occasion | None] = [each for each in known if each.since < chosen.since]
        usual = usual_counterpart(chosen, known)
        other = st.selectbox(
            _("Held against"),
            [*others, None],
            index=others.index(usual) if usual in others else len(others),
            format_func=lambda each: _(COMPARISON_LABELS[Comparison.NOTHING]) if each is None else _titled(each),
            key=f"{key}.against.{chosen.name}.{chosen.since}",
            help=_("Day by day, the day it is known by on the day it is known by; promotions from their first day on."),
        )
        st.button(
            _("Look at these days"),
            type="primary",
            key=f"{key}.go",
            on_click=moving.pick_occasion,
            args=(board, chosen, other, today),
        )


def _titled(occasion: Occasion) -> str:
    name = f"{_(occasion.name)} {occasion.peak.year}" if occasion.shopping else occasion.name
    return f"{name} · {day(occasion.since)} – {day(occasion.until - ONE_DAY)}"
