"""Bars ranked by amount, alone or with the line of a Pareto chart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go

from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.numbers import (
    ACCENT,
    FAINT,
    MONEY,
    MUTED,
    SECOND,
    Numbers,
    ink,
    shortened,
    told,
    touched,
)
from pages._shared.charts import figure, plain_axis
from pages._shared.formats import percent
from pages._shared.text import _

SLOTS, FEWEST_SLOTS = 8, 4
SLOT_HEIGHT = 39
BELOW_NAME = 0.1
PARETO_HEIGHT = 320
WIDE_NAME = 10


@dataclass(frozen=True)
class Bar:
    """One bar: its label, what it is called, its amount, the one it is held against, and its share of the whole."""

    label: str
    name: str
    amount: Decimal
    before: Decimal | None
    share: Decimal | None


def ranked(
    bars: Sequence[Bar], counts: Callable[[str], bool], numbers: Numbers = MONEY, *, has_room_for_before: bool = False
) -> go.Figure:
    """Bars below each other, their names and amounts above them; the whole row can be clicked.

    What they are held against is a mark, at the end where it lies further out, unless there is room for it.
    """
    rows = list(range(len(bars)))
    below = [row + BELOW_NAME for row in rows]
    slots = max(len(bars), FEWEST_SLOTS)
    amounts = [float(bar.amount) for bar in bars]
    befores = [None if bar.before is None else float(bar.before) for bar in bars]
    room = [before for before in befores if before is not None] if has_room_for_before else []
    high = max([0.0, *amounts, *room]) or 1.0
    low = min([0.0, *amounts])
    drawn = go.Bar(
        x=amounts,
        y=below,
        orientation="h",
        width=0.26,
        marker={
            "color": ACCENT,
            "opacity": [1.0 if counts(bar.label) else FAINT for bar in bars],
            "cornerradius": 3,
        },
        hoverinfo="skip",
    )
    marks = go.Scatter(
        x=[None if before is None else min(max(before, low), high * 1.02) for before in befores],
        y=below,
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 10, "color": MUTED, "line": {"width": 2, "color": MUTED}},
        hoverinfo="skip",
    )
    slot = go.Bar(
        x=[high * 1.03 - low] * len(bars),
        y=rows,
        base=low,
        orientation="h",
        width=1,
        customdata=[[bar.label] for bar in bars],
        hovertext=[told(bar.name, bar.amount, bar.before, bar.share, numbers=numbers) for bar in bars],
        **touched(),
    )
    chart = figure(
        drawn,
        marks,
        slot,
        height=slots * SLOT_HEIGHT,
        showlegend=False,
        barmode="overlay",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={"visible": False, "range": [low * 1.03, high * 1.03], "fixedrange": True},
        yaxis={"visible": False, "range": [slots - 0.45, -0.75], "fixedrange": True},
        annotations=[note for row, bar in enumerate(bars) for note in _row_notes(row, bar, numbers)],
    )
    return marked(chart, Kind.BARS)


def pareto(bars: Sequence[Bar], counts: Callable[[str], bool], numbers: Numbers = MONEY) -> go.Figure:
    """Bars from the largest to the smallest, and what part of the whole they make up together."""
    rows = list(range(len(bars)))
    run = 0.0
    together = [run := run + float(bar.share or 0) for bar in bars]
    axis = numbers.axis([bar.amount for bar in bars], ticks=4)
    low, high = axis["range"]
    columns = go.Bar(
        x=rows,
        y=[float(bar.amount) for bar in bars],
        name=_("Amount"),
        marker={"color": ACCENT, "opacity": [1.0 if counts(bar.label) else FAINT for bar in bars], "cornerradius": 2},
        hoverinfo="skip",
    )
    line = go.Scatter(
        x=rows,
        y=together,
        yaxis="y2",
        name=_("Together"),
        mode="lines",
        line={"color": SECOND, "width": 2},
        hoverinfo="skip",
    )
    slot = go.Bar(
        x=rows,
        y=[high - low] * len(rows),
        base=low,
        width=1,
        showlegend=False,
        customdata=[[bar.label] for bar in bars],
        hovertext=[
            told(
                f"{row + 1}. {bar.name}",
                bar.amount,
                bar.before,
                bar.share,
                _("{share} with all before it").format(share=percent(together[row])),
                numbers=numbers,
            )
            for row, bar in enumerate(bars)
        ],
        **touched(),
    )
    few = len(bars) <= WIDE_NAME
    chart = figure(
        columns,
        line,
        slot,
        height=PARETO_HEIGHT,
        barmode="overlay",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        xaxis=plain_axis(
            tickvals=rows,
            ticktext=[shortened(bar.name, 12) for bar in bars],
            showticklabels=few,
            range=[-0.6, len(rows) - 0.4],
            zeroline=False,
        ),
        yaxis=axis | {"automargin": True},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "tickvals": [0, 0.5, 0.8, 1],
            "ticktext": ["0%", "50%", "80%", "100%"],
            "showgrid": False,
            "fixedrange": True,
            "title": None,
        },
    )
    return marked(chart, Kind.BARS)


def _row_notes(row: int, bar: Bar, numbers: Numbers) -> list[dict[str, Any]]:
    share = "" if bar.share is None else f"  <span style='color:{MUTED}'>{percent(bar.share, 0)}</span>"
    common = {"xref": "paper", "y": row - 0.44, "showarrow": False, "borderpad": 0, "font": ink()}
    return [
        common | {"x": 0, "xanchor": "left", "align": "left", "text": escape(shortened(bar.name), quote=False)},
        common | {"x": 1, "xanchor": "right", "align": "right", "text": numbers.short(bar.amount) + share},
    ]
