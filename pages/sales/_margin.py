"""Whether what is sold leaves enough: a light with a shape and a word, and the number for who may see costs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.base.i18n import N_
from core.pricing.rules.margins import LIGHT_LABELS, Light
from core.sales.kits import KitRow
from core.sales.margins import MarginCard, MarginRow, order_margin
from core.sales.queries import OrderCard
from pages._shared.formats import money, percent
from pages._shared.screen import reading
from pages._shared.text import _, ngettext
from pages.sales._kits import ShownRow

SHAPES = {Light.GREEN: "▲", Light.AMBER: "◆", Light.RED: "▼", Light.UNKNOWN: "○"}
COLOURS = {Light.GREEN: "green", Light.AMBER: "orange", Light.RED: "red", Light.UNKNOWN: "gray"}
WORDS = {Light.GREEN: N_("good"), Light.AMBER: N_("thin"), Light.RED: N_("bad"), Light.UNKNOWN: N_("no cost")}


def margin_of(order: OrderCard) -> MarginCard | None:
    """The margin of an order, as far as who is signed in may see it."""
    with reading() as view:
        return order_margin(view, order)


def margin_column(card: MarginCard, rows: Sequence[ShownRow]) -> tuple[list[list[str]], Any]:
    """The margins of lines and kits as cells of a table, and how their column looks; parts stand on their kit."""
    margins = [None if row.is_part else _of(card, row) for row in rows]
    shown = {_cell(margin): COLOURS[margin.light] for margin in margins if margin}
    column = st.column_config.MultiselectColumn(
        _("Margin"), options=list(shown), color=list(shown.values()), disabled=True, width=95
    )
    return [[_cell(margin)] if margin else [] for margin in margins], column


def show_margin(card: MarginCard) -> None:
    """The light of the whole order."""
    row = card.order
    told = _("Net sales less what the goods cost today.")
    if row.unknown and row.light != Light.UNKNOWN:
        told += " " + ngettext(
            "{count} line has no known cost and is left out.",
            "{count} lines have no known cost and are left out.",
            row.unknown,
        ).format(count=row.unknown)
    # Two badges: one is cut off on a phone.
    with st.container(gap="xsmall", width="content"):
        st.badge(f"{SHAPES[row.light]} {_(LIGHT_LABELS[row.light])}", color=COLOURS[row.light], help=told)
        if row.amount is not None:
            share = f" · {percent(row.share)}" if row.share is not None else ""
            st.badge(money(row.amount) + share, color=COLOURS[row.light])


def _of(card: MarginCard, row: ShownRow) -> MarginRow:
    return (card.kits if isinstance(row.sold, KitRow) else card.lines)[row.sold.id]


def _cell(row: MarginRow) -> str:
    return f"{SHAPES[row.light]} {percent(row.share) if row.share is not None else _(WORDS[row.light])}"
