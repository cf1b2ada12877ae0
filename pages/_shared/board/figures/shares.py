"""Parts of a whole: stacked over time, and as rectangles; scatter of two measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.bars import Bar
from pages._shared.board.figures.numbers import ACCENT, FAINT, INVISIBLE, MONEY, MUTED, Numbers, ink, shortened, told
from pages._shared.charts import PALETTE, figure, plain_axis
from pages._shared.formats import percent

HEIGHT = 320
MOST_TICKS = 8
MOST_NAMED = 8
LARGEST_DOT, SMALLEST_DOT = 26, 7


@dataclass(frozen=True)
class Dot:
    """One thing with two figures and a weight."""

    label: str
    name: str
    across: Decimal
    up: Decimal
    weight: Decimal
    told: str


def stacked(
    steps: Sequence[str],
    parts: Sequence[tuple[str, str, Sequence[Decimal]]],
    counts: Callable[[str], bool],
    *,
    as_share: bool = False,
    numbers: Numbers = MONEY,
) -> go.Figure:
    """Columns made of parts (label, name, amounts), in amounts or each step as 100 %; a click picks a part."""
    rows = list(range(len(steps)))
    wholes = [sum((max(amounts[row], Decimal(0)) for _l, _n, amounts in parts), Decimal(0)) for row in rows]
    traces = []
    for place, (label, name, amounts) in enumerate(parts):
        shares = [amounts[row] / wholes[row] if wholes[row] else Decimal(0) for row in rows]
        heights = shares if as_share else amounts
        traces.append(
            go.Bar(
                x=rows,
                y=[float(height) for height in heights],
                name=shortened(name, 18),
                marker={
                    "color": PALETTE[place % len(PALETTE)] if label else MUTED,
                    "opacity": 1.0 if counts(label) else FAINT,
                },
                hovertext=[told(name, amounts[row], None, shares[row], steps[row], numbers=numbers) for row in rows],
                hoverinfo="text",
                meta=label,
            )
        )
    shown = rows[:: max(1, -(-len(rows) // MOST_TICKS))]
    axis = Numbers(numbers.unit).axis([*map(float, wholes), *(float(a) for _l, _n, s in parts for a in s)], ticks=4)
    if as_share:
        axis = {
            "tickvals": [0, 0.5, 1],
            "ticktext": ["0%", "50%", "100%"],
            "range": [0, 1],
            "fixedrange": True,
            "title": None,
        }
    chart = figure(
        *traces,
        height=HEIGHT,
        barmode="relative",
        showlegend=True,
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        xaxis=plain_axis(tickvals=shown, ticktext=[steps[row] for row in shown], zeroline=False),
        yaxis=axis | {"automargin": True},
    )
    return marked(chart, Kind.STACKS)


def treemap(bars: Sequence[Bar], counts: Callable[[str], bool], numbers: Numbers = MONEY) -> go.Figure:
    """Rectangles as large as the amounts; what is not above nought has none."""
    kept = [bar for bar in bars if bar.amount > 0]
    colours = [
        PALETTE[place % len(PALETTE)] if counts(bar.label) else _faint(PALETTE[place % len(PALETTE)])
        for place, bar in enumerate(kept)
    ]
    drawn = go.Treemap(
        labels=[escape(bar.name, quote=False) for bar in kept],
        ids=[f"#{bar.label}" for bar in kept],
        parents=[""] * len(kept),
        values=[float(bar.amount) for bar in kept],
        text=[numbers.short(bar.amount) + (f" · {percent(bar.share, 0)}" if bar.share else "") for bar in kept],
        hovertext=[told(bar.name, bar.amount, bar.before, bar.share, numbers=numbers) for bar in kept],
        textfont={"color": "white"},
        textinfo="label+text",
        hoverinfo="text",
        pathbar={"visible": False},
        tiling={"pad": 2},
        marker={"colors": colours, "cornerradius": 3},
        root={"color": INVISIBLE},
    )
    chart = figure(drawn, height=HEIGHT, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return marked(chart, Kind.SLICES)


def scatter(
    dots: Sequence[Dot],
    counts: Callable[[str], bool],
    *,
    across: tuple[str, Numbers],
    up: tuple[str, Numbers],
) -> go.Figure:
    """Two measures against each other; the weightiest dots carry their names, dashed lines are the medians."""
    heaviest = max((float(dot.weight) for dot in dots), default=1.0) or 1.0
    sizes = [SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * max(float(dot.weight) / heaviest, 0) ** 0.5 for dot in dots]
    named = {dot.label for dot in sorted(dots, key=lambda dot: -dot.weight)[:MOST_NAMED]}
    drawn = go.Scatter(
        x=[float(dot.across) for dot in dots],
        y=[float(dot.up) for dot in dots],
        mode="markers+text",
        marker={
            "size": sizes,
            "color": ACCENT,
            "opacity": [0.75 if counts(dot.label) else 0.15 for dot in dots],
            "line": {"width": 1, "color": "white"},
        },
        text=[escape(shortened(dot.name, 16), quote=False) if dot.label in named else "" for dot in dots],
        textposition="top center",
        textfont=ink(11),
        cliponaxis=False,
        customdata=[[dot.label] for dot in dots],
        hovertext=[dot.told for dot in dots],
        hoverinfo="text",
    )
    x_axis = across[1].axis([dot.across for dot in dots], ticks=4)
    y_axis = up[1].axis([dot.up for dot in dots], ticks=4)
    lines = [
        {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
        for x in [_median([dot.across for dot in dots])]
    ] + [
        {"type": "line", "y0": y, "y1": y, "x0": 0, "x1": 1, "xref": "paper"}
        for y in [_median([dot.up for dot in dots])]
    ]
    chart = figure(
        drawn,
        height=HEIGHT + 60,
        margin={"l": 0, "r": 8, "t": 16, "b": 0},
        shapes=[line | {"line": {"dash": "dot", "width": 1, "color": MUTED}} for line in lines],
        xaxis=x_axis | {"title": across[0], "zeroline": False, "automargin": True},
        yaxis=y_axis | {"title": up[0], "automargin": True},
    )
    return marked(chart, Kind.POINTS)


def _median(values: Sequence[Decimal]) -> float:
    ordered = sorted(values)
    return float(ordered[len(ordered) // 2]) if ordered else 0.0


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{FAINT})"
