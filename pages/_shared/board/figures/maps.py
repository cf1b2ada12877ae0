"""Amounts on a map: every province in the shade of its amount, to be clicked like a bar."""

from collections.abc import Callable, Mapping

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.bars import Bar
from pages._shared.board.figures.numbers import INVISIBLE, MONEY, MUTED, Numbers, is_dark, shades, told
from pages._shared.board.provinces import provinces
from pages._shared.charts import figure

HEIGHT = 420
EMPTY = {False: "#eef1f2", True: "#22303a"}


def map_of_china(bars: Mapping[str, Bar], counts: Callable[[str], bool], numbers: Numbers = MONEY) -> go.Figure:
    """The provinces; `bars` are by the name of the province, those that do not count are drawn faint."""
    most = max((float(bar.amount) for bar in bars.values()), default=0.0) or 1.0
    traces = []
    for province in provinces():
        bar = bars.get(province.name)
        colour = EMPTY[is_dark()]
        if bar is not None:
            part = max(float(bar.amount), 0.0) / most
            (colour,) = sample_colorscale(shades(), [0.08 + 0.92 * part**0.6])
        xs: list[float | None] = []
        ys: list[float | None] = []
        for ring in province.rings:
            xs += [*(x for x, _y in ring), None]
            ys += [*(y for _x, y in ring), None]
        traces.append(
            go.Scatter(
                x=xs[:-1],
                y=ys[:-1],
                mode="lines",
                fill="toself",
                fillcolor=colour,
                opacity=1.0 if bar is None or counts(bar.label) else 0.35,
                line={"width": 0.6, "color": MUTED},
                hoveron="fills",
                hoverinfo="text",
                text=province.name
                if bar is None
                else told(province.name, bar.amount, bar.before, bar.share, numbers=numbers),
                customdata=None if bar is None else [bar.label],
                showlegend=False,
            )
        )
    chart = figure(
        *traces,
        height=HEIGHT,
        showlegend=False,
        hovermode="closest",
        paper_bgcolor=INVISIBLE,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True, "scaleanchor": "x"},
    )
    return marked(chart, Kind.AREAS)
