"""Amounts over time: columns or a line, what they are held against, and what is to be expected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.numbers import ACCENT, BAND, FAINT, MONEY, MUTED, Numbers, told, touched
from pages._shared.charts import PALETTE, figure, plain_axis
from pages._shared.text import _

TIME_HEIGHT = 320
MOST_TICKS = 8


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


@dataclass(frozen=True)
class Expected:
    """One step to come: what is expected, and between what it will lie so many times of ten."""

    name: str
    full_name: str
    amount: Decimal
    low: Decimal
    high: Decimal


def over_time(
    points: Sequence[Point],
    counts: Callable[[str], bool],
    legend: tuple[str, str],
    *,
    expected: Sequence[Expected] = (),
    numbers: Numbers = MONEY,
) -> go.Figure:
    """Amounts as columns, what they are held against as a quiet line, what is expected as a line in a band."""
    rows = list(range(len(points)))
    # The first step that is forecast is the one that is not over yet.
    begin = len(points) - bool(points and points[-1].is_unfinished)
    ahead = list(range(begin, begin + len(expected)))
    opacity = [1.0 if counts(point.label) else FAINT for point in points]
    every = [float(each) for point in points for each in (point.amount, point.before) if each is not None]
    axis = numbers.axis([*every, *(each for step in expected for each in (step.low, step.high))], ticks=4)
    traces: list[Any] = []
    for is_unfinished, name in ((False, legend[0]), (True, _("Not over yet"))):
        mine = [row for row in rows if points[row].is_unfinished is is_unfinished]
        if mine:
            marker: dict[str, Any] = {"color": ACCENT, "opacity": [opacity[row] for row in mine], "cornerradius": 3}
            if is_unfinished:
                marker["pattern"] = {"shape": "/", "size": 5, "solidity": 0.45, "fillmode": "replace"}
            amounts = [float(points[row].amount) for row in mine]
            traces.append(go.Bar(x=mine, y=amounts, name=name, marker=marker, hoverinfo="skip"))
    if any(point.before is not None for point in points):
        befores = [None if point.before is None else float(point.before) for point in points]
        line = {"color": MUTED, "width": 2, "dash": "dot", "shape": "linear"}
        traces.append(go.Scatter(x=rows, y=befores, name=legend[1], mode="lines", line=line, hoverinfo="skip"))
    if expected:
        traces += _expectation(ahead, expected, numbers)
    low, high = axis["range"]
    traces.append(
        go.Bar(
            x=rows,
            y=[high - low] * len(rows),
            base=low,
            width=1,
            showlegend=False,
            customdata=[[point.label] for point in points],
            hovertext=[_told(point, numbers) for point in points],
            **touched(),
        )
    )
    ticks = [*(point.name for point in points[:begin]), *(step.name for step in expected)]
    ticks += [point.name for point in points[len(ticks) :]]
    shown = list(range(len(ticks)))[:: max(1, -(-len(ticks) // MOST_TICKS))]
    chart = figure(
        *traces,
        height=TIME_HEIGHT,
        barmode="overlay",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        xaxis=plain_axis(
            tickvals=shown, ticktext=[ticks[row] for row in shown], range=[-0.6, len(ticks) - 0.4], zeroline=False
        ),
        yaxis=axis | {"automargin": True},
    )
    return marked(chart, Kind.BARS)


def lines(
    names: Sequence[str], series: Sequence[tuple[str, Sequence[Decimal | None]]], numbers: Numbers = MONEY
) -> go.Figure:
    """Several courses beside each other, such as the prices of a product; gaps stay gaps."""
    rows = list(range(len(names)))
    every = [each for _name, amounts in series for each in amounts if each is not None]
    traces = [
        go.Scatter(
            x=rows,
            y=[None if amount is None else float(amount) for amount in amounts],
            name=name,
            mode="lines+markers",
            line={"color": PALETTE[place % len(PALETTE)], "width": 2},
            marker={"size": 5},
            text=[told(name, amount, numbers=numbers) for amount in amounts],
            hovertemplate="%{text}<extra></extra>",
        )
        for place, (name, amounts) in enumerate(series)
    ]
    shown = rows[:: max(1, -(-len(rows) // MOST_TICKS))]
    return figure(
        *traces,
        height=TIME_HEIGHT,
        showlegend=True,
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        xaxis=plain_axis(tickvals=shown, ticktext=[names[row] for row in shown], zeroline=False),
        yaxis=numbers.axis(every, ticks=4) | {"automargin": True},
    )


def _expectation(ahead: list[int], expected: Sequence[Expected], numbers: Numbers) -> list[Any]:
    edge = [float(step.high) for step in expected] + [float(step.low) for step in reversed(expected)]
    band = go.Scatter(
        x=[*ahead, *reversed(ahead)],
        y=edge,
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        mode="lines",
        name=_("80 % of the time within"),
        hoverinfo="skip",
    )
    middle = go.Scatter(
        x=ahead,
        y=[float(step.amount) for step in expected],
        name=_("Forecast"),
        mode="lines+markers",
        line={"color": ACCENT, "width": 2, "dash": "dash"},
        marker={"size": 5},
        hovertext=[
            told(
                step.full_name,
                step.amount,
                None,
                None,
                _("80 % of the time from {low} to {high}").format(
                    low=numbers.full(step.low), high=numbers.full(step.high)
                ),
                numbers=numbers,
            )
            for step in expected
        ],
        hoverinfo="text",
    )
    return [band, middle]


def _told(point: Point, numbers: Numbers) -> str:
    unfinished = _("Not over yet") if point.is_unfinished else ""
    return told(point.full_name, point.amount, point.before, None, point.before_name, unfinished, numbers=numbers)
