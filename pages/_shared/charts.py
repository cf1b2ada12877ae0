"""Charts: plotly figures in our colours, readable in light and dark, axes in 万/亿 or K/M."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages._shared.formats import compact, symbol
from pages._shared.text import _

# Told apart by people who see red and green alike, and on white as on dark slate; the same list,
# in the same order, stands in .streamlit/config.toml, from where Streamlit's own charts take it.
PALETTE = (
    "#0f8b8d",
    "#e08a1e",
    "#5b6ee1",
    "#d1495b",
    "#58a55c",
    "#9b5de5",
    "#3aa7d8",
    "#b5838d",
    "#8d9440",
    "#d98cb3",
    "#7a8691",
    "#a0693d",
)
CHART_CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}
# A picture of a chart: so many dots wide, and at least so high, each drawn twice as fine.
TITLE_HEIGHT = 72
PICTURE_WIDTH, PICTURE_HEIGHT, PICTURE_SCALE = 960, 540, 2
# The name of our words among the languages that plotly knows.
OURS = "salesbook"
FADED = 0.35


def figure(*traces: Any, height: int = 280, **layout: Any) -> go.Figure:
    """A figure of graph-object traces with our margins, legend and hover."""
    wanted = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "colorway": PALETTE,
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hovermode": "x unified" if all(_is_line(trace) for trace in traces) else "closest",
        "bargap": 0.25,
        "dragmode": False,
    }
    return go.Figure(list(traces), {**wanted, **layout})


def waterfall(names: Sequence[str], amounts: Sequence[Decimal], texts: Sequence[str]) -> go.Figure:
    """A bridge from the first amount by those between to the last: rows beneath each other, to be read on a phone.

    Where the steps are small beside the ends, the axis begins shortly before them.
    """
    levels = [float(sum(amounts[: place + 1])) for place in range(len(amounts) - 1)]
    low, high = min(levels), max(levels)
    span = (high - low) or abs(high) or 1.0
    start = 0.0 if low < 2 * span else low - span
    kinds = ["absolute", *["relative"] * (len(amounts) - 2), "total"]
    rows = go.Waterfall(
        orientation="h",
        y=list(names),
        x=[float(amount) for amount in amounts],
        measure=kinds,
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
        connector={"line": {"width": 1, "color": PALETTE[10]}},
        increasing={"marker": {"color": PALETTE[1]}},
        decreasing={"marker": {"color": PALETTE[4]}},
        totals={"marker": {"color": PALETTE[0]}},
    )
    ends = [min(start, low), high + 0.9 * (high - start if high > start else span)]
    return figure(
        rows,
        height=44 * len(amounts) + 20,
        xaxis=plain_axis(range=ends, showticklabels=False, zeroline=False),
        yaxis=plain_axis(autorange="reversed", automargin=True),
    )


def compact_axis(values: Sequence[Any], *, is_money: bool = True, ticks: int = 5) -> dict[str, Any]:
    """An axis from nought over these values with round steps, labelled in 万/亿 or K/M."""
    numbers = [float(value) for value in values if value is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    step = _round_step((high - low) / ticks) if high > low else 1.0
    if not is_money and all(number.is_integer() for number in numbers):
        step = -(-step // 1)
    first, last = int(low // step), int(-(-high // step))
    places = [round(step * n, 10) for n in range(first, max(last, first + 1) + 1)]
    sign = symbol() if is_money else ""
    return {
        "tickvals": places,
        "ticktext": [compact(place, sign if place else "") for place in places],
        "range": [places[0], places[-1]],
        "zeroline": low < 0,
        "fixedrange": True,
        "title": None,
    }


def plain_axis(**more: Any) -> dict[str, Any]:
    """An axis of days or names: no title, no zooming by accident."""
    return {"title": None, "fixedrange": True, "showgrid": False, **more}


def days_axis(days: Sequence[date], **more: Any) -> dict[str, Any]:
    """An axis of days in figures, without the year where it is the same; `days` from the first to the last."""
    return plain_axis(tickformat="%m-%d" if days[0].year == days[-1].year else "%Y-%m-%d", **more)


def show(chart: go.Figure, key: str, picture: str = "", caption: str = "", **more: Any) -> Any:
    """Draw a figure in the theme of the reader, as wide as its place.

    With the name of a picture a camera appears above the chart, which makes a PNG of it in the browser, with the
    caption as its title.
    """
    if picture:
        chart.update_layout(meta={**(chart.layout.meta or {}), "picture": caption})
    config = CHART_CONFIG | (_camera(chart, picture) if picture else {})
    return st.plotly_chart(chart, key=key, theme="streamlit", config=config, width="stretch", **more)


def _camera(chart: go.Figure, picture: str) -> dict[str, Any]:
    options = {
        "format": "png",
        "filename": picture,
        "width": PICTURE_WIDTH,
        "height": max(PICTURE_HEIGHT, (chart.layout.height or 0) + TITLE_HEIGHT),
        "scale": PICTURE_SCALE,
    }
    words = {
        "Download plot as a PNG": _("Save as a picture"),
        "Preparing image - this may take a few seconds": _("The picture is being made."),
    }
    return {
        "displayModeBar": "hover",
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": options,
        "locale": OURS,
        "locales": {OURS: {"dictionary": words, "format": {}}},
    }


def _is_line(trace: Any) -> bool:
    return getattr(trace, "type", "") == "scatter"


def _round_step(rough: float) -> float:
    power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 10.0 ** -len(str(int(1 / rough)))
    return next(nice * power for nice in (1, 2, 2.5, 5, 10, 20) if nice * power >= rough)
