"""Figures in words: in few signs on axes and bars, with every digit where the pointer rests."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import streamlit as st

from core.analytics.layer.ask import change
from core.analytics.layer.measures import MEASURES, Unit
from pages._shared.charts import PALETTE, compact_axis
from pages._shared.formats import compact, compact_money, money, number, percent, quantity
from pages._shared.preferring import has_full_numbers
from pages._shared.text import _

ACCENT, SECOND, MUTED = PALETTE[0], PALETTE[1], "#8b9aa2"
GOOD, BAD = PALETTE[4], PALETTE[3]
FAINT = 0.3
INVISIBLE = "rgba(0,0,0,0)"
# From little to much, readable on white and on slate.
SHADES = {"light": ("#e6f1f1", "#0f8b8d", "#06494b"), "dark": ("#17313a", "#12898b", "#7fe0d8")}
BAND = "rgba(15,139,141,0.16)"


@dataclass(frozen=True)
class Numbers:
    """How the figures of one unit are written."""

    unit: Unit = Unit.MONEY

    @property
    def is_money(self) -> bool:
        """Whether these are amounts of money."""
        return self.unit is Unit.MONEY

    def short(self, amount: Decimal | None) -> str:
        """In few signs, or with every digit for who prefers that."""
        if has_full_numbers():
            return self.full(amount)
        if self.unit is Unit.RATE:
            return percent(amount)
        return compact_money(amount) if self.unit is Unit.MONEY else compact(amount)

    def full(self, amount: Decimal | None) -> str:
        """With every digit."""
        if self.unit is Unit.RATE:
            return percent(amount, 2)
        if self.unit is Unit.NUMBER:
            return number(amount)
        return money(amount) if self.unit is Unit.MONEY else quantity(amount)

    def axis(self, values: Sequence[Any], ticks: int = 5) -> dict[str, Any]:
        """An axis over these values."""
        if self.unit is not Unit.RATE:
            return compact_axis(values, is_money=self.unit is Unit.MONEY, ticks=ticks)
        axis = compact_axis([float(value) * 100 for value in values if value is not None], is_money=False, ticks=ticks)
        places = [place / 100 for place in axis["tickvals"]]
        return axis | {
            "tickvals": places,
            "ticktext": [percent(place) for place in places],
            "range": [places[0], places[-1]],
        }


MONEY, COUNTS = Numbers(), Numbers(Unit.COUNT)


def numbers_of(measure: str) -> Numbers:
    """How the figures of a measure are written."""
    return Numbers(MEASURES[measure].unit)


def is_dark() -> bool:
    """Whether the reader looks at a dark screen."""
    return st.context.theme.type == "dark"


def shades() -> list[list[Any]]:
    """A colour scale from little to much in the theme of the reader."""
    low, middle, high = SHADES["dark" if is_dark() else "light"]
    return [[0.0, low], [0.55, middle], [1.0, high]]


def ink(size: int = 13) -> dict[str, Any]:
    """Names and amounts in the colour of text; plotly writes in a fainter one."""
    kind = st.context.theme.type
    colour = st.get_option(f"theme.{kind}.textColor") if kind in ("light", "dark") else None
    return {"size": size, "color": colour} if colour else {"size": size}


def touched(**more: Any) -> dict[str, Any]:
    """The manner of the unseen bars that take hovers and clicks for a whole slot."""
    return {
        "marker": {"color": INVISIBLE},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hoverinfo": "text",
        **more,
    }


def told(
    name: str,
    amount: Decimal | None,
    before: Decimal | None = None,
    share: Decimal | None = None,
    *more: str,
    numbers: Numbers = MONEY,
) -> str:
    """What stands beside the pointer."""
    lines = [f"<b>{escape(name, quote=False)}</b>", numbers.full(amount)]
    if share is not None:
        lines.append(_("{share} of the whole").format(share=percent(share)))
    if before is not None:
        grown = change(amount, before)
        by = "" if grown is None else f" ({'+' if grown > 0 else ''}{percent(grown)})"
        lines.append(_("Compared with {amount}").format(amount=numbers.full(before)) + by)
    return "<br>".join([*lines, *(escape(line, quote=False) for line in more if line)])


def shortened(name: str, room: int = 34) -> str:
    """As much of the name as fits; a Chinese sign takes the room of two letters."""
    for place, sign in enumerate(name):
        room -= 2 if ord(sign) > 0x2E7F else 1
        if room < 0:
            return name[:place] + "…"
    return name
