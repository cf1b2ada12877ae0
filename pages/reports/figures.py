"""The figures of the sales dashboard: bars ranked by amount, and amounts over time with what they are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.analytics.layer.ask import change
from pages._shared.charts import PALETTE, compact_axis, figure, plain_axis
from pages._shared.formats import compact_money, money, percent
from pages._shared.text import _

ACCENT, MUTED = PALETTE[0], "#8b9aa2"
UNPICKED = 0.3
SLOTS, FEWEST_SLOTS = 8, 4
SLOT_HEIGHT = 39
BELOW_NAME = 0.1
TIME_HEIGHT = 320
LONGEST_NAME = 34
MOST_TICKS = 8
INVISIBLE = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Bar:
    """One bar: its label, what it is called, its amount, the one it is held against, and its share of the whole."""

    label: str
    name: str
    amount: Decimal
    before: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class Point:
    """One day, week or month: the label that filters it, what it is called in short and in full, its amounts."""

    label: str
    name: str
    full_name: str
    amount: Decimal
    before: Decimal | None
    before_name: str
    is_unfinished: bool


def ranked(bars: Sequence[Bar], picked: Sequence[str]) -> go.Figure:
    """Bars below each other, their names and amounts above them; the whole row can be clicked."""
    rows = list(range(len(bars)))
    below = [row + BELOW_NAME for row in rows]
    slots = max(len(bars), FEWEST_SLOTS)
    amounts = [float(bar.amount) for bar in bars]
    befores = [None if bar.before is None else float(bar.before) for bar in bars]
    high = max([0.0, *amounts]) or 1.0
    low = min([0.0, *amounts])
    opacity = [1.0 if not picked or bar.label in picked else UNPICKED for bar in bars]
    drawn = go.Bar(
        x=amounts,
        y=below,
        orientation="h",
        width=0.26,
        marker={"color": ACCENT, "opacity": opacity, "cornerradius": 3},
        hoverinfo="skip",
    )
    marks = go.Scatter(
        x=[None if before is None else min(max(before, low), high * 1.02) for before in befores],
        y=below,
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 10, "color": MUTED, "line": {"width": 2, "color": MUTED}},
        hoverinfo="skip",
    )
    touched = go.Bar(
        x=[high * 1.03 - low] * len(bars),
        y=rows,
        base=low,
        orientation="h",
        width=1,
        marker={"color": INVISIBLE},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[bar.label] for bar in bars],
        hovertext=[_told(bar.name, bar.amount, bar.before, bar.share) for bar in bars],
        hoverinfo="text",
    )
    return figure(
        drawn,
        marks,
        touched,
        height=slots * SLOT_HEIGHT,
        showlegend=False,
        barmode="overlay",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={"visible": False, "range": [low * 1.03, high * 1.03], "fixedrange": True},
        yaxis={"visible": False, "range": [slots - 0.45, -0.75], "fixedrange": True},
        annotations=[note for row, bar in enumerate(bars) for note in _row_notes(row, bar)],
    )


def over_time(points: Sequence[Point], picked: Sequence[str], legend: tuple[str, str]) -> go.Figure:
    """Amounts over time as columns, what they are held against as a quiet line."""
    rows = list(range(len(points)))
    opacity = [1.0 if not picked or point.label in picked else UNPICKED for point in points]
    every = [float(each) for point in points for each in (point.amount, point.before) if each is not None]
    axis = compact_axis(every, ticks=4)
    traces: list[Any] = []
    for is_unfinished, name in ((False, legend[0]), (True, _("Not over yet"))):
        mine = [row for row in rows if points[row].is_unfinished is is_unfinished]
        if mine:
            marker: dict[str, Any] = {"color": ACCENT, "opacity": [opacity[row] for row in mine], "cornerradius": 3}
            if is_unfinished:
                marker["pattern"] = {"shape": "/", "size": 5, "solidity": 0.45, "fillmode": "replace"}
            traces.append(
                go.Bar(
                    x=mine, y=[float(points[row].amount) for row in mine], name=name, marker=marker, hoverinfo="skip"
                )
            )
    if any(point.before is not None for point in points):
        befores = [None if point.before is None else float(point.before) for point in points]
        line = {"color": MUTED, "width": 2, "dash": "dot", "shape": "linear"}
        traces.append(go.Scatter(x=rows, y=befores, name=legend[1], mode="lines", line=line, hoverinfo="skip"))
    low, high = axis["range"]
    traces.append(
        go.Bar(
            x=rows,
            y=[high - low] * len(rows),
            base=low,
            width=1,
            marker={"color": INVISIBLE},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            showlegend=False,
            customdata=[[point.label] for point in points],
            hovertext=[
                _told(point.full_name, point.amount, point.before, None, point.before_name, point.is_unfinished)
                for point in points
            ],
            hoverinfo="text",
        )
    )
    shown = rows[:: max(1, -(-len(rows) // MOST_TICKS))]
    return figure(
        *traces,
        height=TIME_HEIGHT,
        barmode="overlay",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        xaxis=plain_axis(
            tickvals=shown, ticktext=[points[row].name for row in shown], range=[-0.6, len(rows) - 0.4], zeroline=False
        ),
        yaxis=axis | {"automargin": True},
    )


def _row_notes(row: int, bar: Bar) -> list[dict[str, Any]]:
    share = "" if bar.share is None else f"  <span style='color:{MUTED}'>{percent(bar.share, 0)}</span>"
    common = {"xref": "paper", "y": row - 0.44, "showarrow": False, "borderpad": 0, "font": _ink()}
    return [
        common | {"x": 0, "xanchor": "left", "align": "left", "text": escape(_short(bar.name), quote=False)},
        common | {"x": 1, "xanchor": "right", "align": "right", "text": compact_money(bar.amount) + share},
    ]


def _ink() -> dict[str, Any]:
    """Names and amounts in the colour of text; plotly writes in a fainter one."""
    kind = st.context.theme.type
    colour = st.get_option(f"theme.{kind}.textColor") if kind in ("light", "dark") else None
    return {"size": 13, "color": colour} if colour else {"size": 13}


def _told(
    name: str,
    amount: Decimal,
    before: Decimal | None,
    share: Decimal | None,
    before_name: str = "",
    is_unfinished: bool = False,
) -> str:
    lines = [f"<b>{escape(name, quote=False)}</b>", money(amount)]
    if share is not None:
        lines.append(_("{share} of the whole").format(share=percent(share)))
    if before is not None:
        grown = change(amount, before)
        by = "" if grown is None else f" ({'+' if grown > 0 else ''}{percent(grown)})"
        lines.append(_("Compared with {amount}").format(amount=money(before)) + by)
    if before_name:
        lines.append(before_name)
    if is_unfinished:
        lines.append(_("Not over yet"))
    return "<br>".join(lines)


def _short(name: str) -> str:
    """As much of the name as fits; a Chinese sign takes the room of two letters."""
    room = LONGEST_NAME
    for place, sign in enumerate(name):
        room -= 2 if ord(sign) > 0x2E7F else 1
        if room < 0:
            return name[:place] + "…"
    return name
