"""Bridges: from what was to what is, by steps that add up; rows beneath each other, to be read on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from pages._shared.board.figures.numbers import ACCENT, BAD, GOOD, MONEY, MUTED, Numbers, ink
from pages._shared.charts import figure, plain_axis

ROW_HEIGHT, HEAD = 40, 16
# Where the steps are small beside the ends, the axis begins shortly before them.
SMALL = 2


@dataclass(frozen=True)
class Step:
    """One step of a bridge; `is_level` marks the ends, which are amounts and not changes."""

    name: str
    amount: Decimal
    told: str = ""
    is_level: bool = False


def bridge(steps: Sequence[Step], numbers: Numbers = MONEY) -> go.Figure:
    """The first end, the changes, the last end; what grew is green, what fell is red."""
    levels, level = [], Decimal(0)
    for step in steps:
        level = step.amount if step.is_level else level + step.amount
        levels.append(level)
    low, high = float(min(levels)), float(max(levels))
    span = (high - low) or abs(high) or 1.0
    start = 0.0 if low < SMALL * span else low - span / 2
    low = min(low, start)
    bases, widths, colours, texts, ends = [], [], [], [], []
    before = Decimal(0)
    for step, reached in zip(steps, levels, strict=True):
        first = start if step.is_level else float(before)
        bases.append(first)
        widths.append(float(reached) - first)
        colours.append(ACCENT if step.is_level else GOOD if step.amount > 0 else BAD if step.amount < 0 else MUTED)
        sign = "+" if step.amount > 0 and not step.is_level else ""
        texts.append(f"\u2002{sign}{numbers.short(step.amount)}")
        ends.append(max(first, float(reached)))
        before = reached
    rows = list(range(len(steps)))
    drawn = go.Bar(
        orientation="h",
        y=rows,
        x=widths,
        base=bases,
        width=0.6,
        marker={"color": colours, "cornerradius": 2},
        hovertext=[
            f"<b>{escape(step.name, quote=False)}</b><br>{numbers.full(step.amount)}"
            + (f"<br>{escape(step.told, quote=False)}" if step.told else "")
            for step in steps
        ],
        hoverinfo="text",
    )
    written = go.Scatter(
        x=ends,
        y=rows,
        mode="text",
        text=texts,
        textposition="middle right",
        textfont=ink(),
        cliponaxis=False,
        hoverinfo="skip",
    )
    return figure(
        drawn,
        written,
        height=ROW_HEIGHT * len(steps) + HEAD,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=plain_axis(range=[low, high + 0.3 * (high - low or span)], showticklabels=False, zeroline=False),
        yaxis=plain_axis(
            tickvals=rows,
            ticktext=[escape(step.name, quote=False) for step in steps],
            autorange="reversed",
            automargin=True,
            tickfont=ink(),
        ),
    )
