"""Grids: heat maps of two dimensions, and triangles of cohorts."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.numbers import MONEY, Numbers, shades, told
from pages._shared.charts import figure, plain_axis

ROW_HEIGHT, HEAD = 34, 60
FAINT_CELL, RUNNING = "rgba(128,128,128,0.55)", "rgba(128,128,128,0.28)"
Cells = Sequence[Sequence[Decimal | None]]


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Cells,
    labels: Sequence[Sequence[str]],
    counts: Callable[[str], bool],
    numbers: Numbers = MONEY,
    texts: Sequence[Sequence[str]] = (),
    row_height: int = ROW_HEIGHT,
) -> go.Figure:
    """Amounts by two dimensions, the darker the more; a cell can be clicked, others are drawn faint then.

    `texts` are written into the cells.
    """
    faint = [
        _over(x, y, FAINT_CELL)
        for y, line in enumerate(labels)
        for x, label in enumerate(line)
        if cells[y][x] is not None and not counts(label)
    ]
    return _grid(rows, columns, cells, labels, numbers, texts=texts, shapes=faint, row_height=row_height)


def cohort_triangle(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Cells,
    labels: Sequence[Sequence[str]],
    counts: Callable[[str], bool],
    numbers: Numbers,
) -> go.Figure:
    """Cohorts below each other, their age across, the figure in each cell; months to come stay empty.

    The last cell of each row is of the month that still runs: it is greyed and marked.
    """
    texts = [[numbers.short(cell) if cell is not None else "" for cell in line] for line in cells]
    running = []
    for y, line in enumerate(cells):
        last = max((x for x, cell in enumerate(line) if cell is not None), default=-1)
        if last >= 0:
            texts[y][last] += "＊"
            running.append(_over(last, y, RUNNING))
    faint = [
        _over(x, y, FAINT_CELL)
        for y, line in enumerate(labels)
        for x, label in enumerate(line)
        if cells[y][x] is not None and not counts(label)
    ]
    return _grid(rows, columns, cells, labels, numbers, texts=texts, shapes=[*running, *faint])


def _over(x: int, y: int, colour: str) -> dict[str, Any]:
    """A rectangle over one cell."""
    place = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
    return {"type": "rect", "line": {"width": 0}, "fillcolor": colour, **place}


def _grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Cells,
    labels: Sequence[Sequence[str]],
    numbers: Numbers,
    *,
    texts: Sequence[Sequence[str]] = (),
    shapes: Sequence[dict[str, Any]] = (),
    row_height: int = ROW_HEIGHT,
) -> go.Figure:
    amounts = [[None if cell is None else float(cell) for cell in line] for line in cells]
    every = [cell for line in cells for cell in line if cell is not None]
    drawn = go.Heatmap(
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        z=amounts,
        customdata=[list(line) for line in labels],
        colorscale=shades(),
        zmin=min([Decimal(0), *every], key=float),
        zmax=max([Decimal(0), *every], key=float) or 1,
        xgap=1,
        ygap=1,
        hovertext=[
            [
                "" if cell is None else told(f"{rows[y]} · {columns[x]}", cell, numbers=numbers)
                for x, cell in enumerate(line)
            ]
            for y, line in enumerate(cells)
        ],
        hoverinfo="text",
        hoverongaps=False,
        text=[list(line) for line in texts] or None,
        texttemplate="%{text}" if texts else None,
        showscale=not texts,
        colorbar=_scale(every, numbers),
    )
    every_other = max(1, -(-len(columns) // 12))
    chart = figure(
        drawn,
        height=row_height * len(rows) + HEAD,
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        shapes=list(shapes),
        xaxis=plain_axis(
            tickvals=list(range(0, len(columns), every_other)),
            ticktext=list(columns[::every_other]),
            zeroline=False,
        ),
        yaxis=plain_axis(
            tickvals=list(range(len(rows))), ticktext=list(rows), autorange="reversed", automargin=True, zeroline=False
        ),
    )
    return marked(chart, Kind.CELLS)


def _scale(every: Sequence[Decimal], numbers: Numbers) -> dict[str, Any]:
    axis = numbers.axis(every or [0], ticks=3)
    return {
        "tickvals": axis["tickvals"],
        "ticktext": axis["ticktext"],
        "thickness": 8,
        "outlinewidth": 0,
    }
