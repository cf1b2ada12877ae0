"""The figures of a pivot as a chart: bars, lines, stacked columns, heat map or scatter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go
import streamlit as st

from core.analytics.explorer.pivot import Part, Pivot, Place
from core.analytics.explorer.rules import Chart, Shape
from core.analytics.layer.ask import Figure
from core.analytics.layer.dimensions import DIMENSIONS
from core.base.exact import ZERO
from pages._shared.board.board import BETWEEN
from pages._shared.board.clicks import clickable
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.grids import heat_map
from pages._shared.board.figures.numbers import told
from pages._shared.board.figures.shares import Dot, scatter, stacked
from pages._shared.board.figures.time import lines
from pages._shared.charts import show
from pages._shared.text import _, escaped
from pages.reports._explorer_board import NAME, PANEL, label_of, numbers, place_name, title_of

MOST_BARS, MOST_SERIES, MOST_DOTS = 30, 12, 400


@dataclass(frozen=True)
class Drawing:
    """A chart and the dimensions its marks filter by; or what is missing for it."""

    chart: go.Figure | None = None
    dimensions: Sequence[str] = ()
    missing: str = ""


def show_chart(pivot: Pivot, shape: Shape) -> None:
    """The chart that was chosen, or one sentence about what it needs."""
    if shape.chart is Chart.TABLE:
        return
    found = drawing(pivot, shape)
    if found.chart is None:
        st.info(found.missing or _("There is nothing to draw. Choose a longer period."), icon=":material/lightbulb:")
        return
    first = title_of(shape, shape.measures[0])
    if shape.chart not in (Chart.LINE, Chart.SCATTER):
        st.caption(escaped(first))
    show(clickable(found.chart, PANEL.name, BETWEEN.join(found.dimensions)), f"{NAME}.drawn")


def drawing(pivot: Pivot, shape: Shape) -> Drawing:
    """The chart of a shape that wants one."""
    return _DRAWN[shape.chart](pivot, shape)


def _bars(pivot: Pivot, shape: Shape) -> Drawing:
    if not shape.rows:
        return Drawing(missing=_("Bars need a dimension in the rows."))
    measure = shape.measures[0]
    marks = _singles(pivot)[:MOST_BARS]
    whole = pivot.across[-1]
    bars = [
        Bar(
            label_of(pivot, shape.rows, line),
            place_name(pivot, shape.rows, line),
            _at(pivot, line, whole) or ZERO,
            _before(pivot, line, whole),
            None,
        )
        for line in marks
    ]
    return Drawing(ranked(bars, _any, numbers(measure)) if bars else None, shape.rows)


def _line(pivot: Pivot, shape: Shape) -> Drawing:
    if not shape.rows or not DIMENSIONS[shape.rows[0]].is_ordered:
        return Drawing(missing=_("A line needs days, weeks, months, hours or weekdays as the first of the rows."))
    places = [line for line in pivot.lines if _is_of_first(line)]
    names = [place_name(pivot, shape.rows[:1], line[:1]) for line in places]
    if shape.columns:
        beside = [column for column in pivot.across if column[0][0] is Part.EACH or column[0][0] is Part.OTHERS]
        series = [
            (place_name(pivot, shape.columns, column), [_at(pivot, line, column) for line in places])
            for column in _leaves(beside)[:MOST_SERIES]
        ]
    else:
        unit = numbers(shape.measures[0])
        same = [number for number, measure in enumerate(shape.measures) if numbers(measure) == unit]
        whole = pivot.across[-1]
        series = [
            (title_of(shape, shape.measures[number]), [_at(pivot, line, whole, number) for line in places])
            for number in same
        ]
        if pivot.base.compare is not None:
            series.append((_("Before"), [_before(pivot, line, whole) for line in places]))
    return Drawing(lines(names, series, numbers(shape.measures[0])) if places else None)


def _stacked(pivot: Pivot, shape: Shape) -> Drawing:
    if not shape.rows or not shape.columns:
        return Drawing(missing=_("Stacked columns need a dimension in the rows and one in the columns."))
    places = [line for line in pivot.lines if _is_of_first(line)]
    steps = [place_name(pivot, shape.rows[:1], line[:1]) for line in places]
    parts = [
        (
            label_of(pivot, shape.columns, column),
            place_name(pivot, shape.columns, column),
            [_at(pivot, line, column) or ZERO for line in places],
        )
        for column in _leaves(pivot.across)[: MOST_SERIES + 1]
    ]
    chart = stacked(steps, parts, _any, numbers=numbers(shape.measures[0])) if places and parts else None
    return Drawing(chart, shape.columns)


def _heat(pivot: Pivot, shape: Shape) -> Drawing:
    if not shape.rows or not shape.columns:
        return Drawing(missing=_("A heat map needs a dimension in the rows and one in the columns."))
    down, over = _singles(pivot)[:MOST_BARS], [column for column in pivot.across if _is_single(column)]
    if not down or not over:
        return Drawing()
    chart = heat_map(
        [place_name(pivot, shape.rows, line) for line in down],
        [place_name(pivot, shape.columns, column) for column in over],
        [[_at(pivot, line, column) for column in over] for line in down],
        [
            [f"{label_of(pivot, shape.rows, line)}{BETWEEN}{label_of(pivot, shape.columns, column)}" for column in over]
            for line in down
        ],
        _any,
        numbers(shape.measures[0]),
    )
    return Drawing(chart, (*shape.rows, *shape.columns))


def _scatter(pivot: Pivot, shape: Shape) -> Drawing:
    if not shape.rows or len(shape.measures) < 2:  # noqa: PLR2004 - one for each axis
        return Drawing(missing=_("A scatter needs two figures and a dimension in the rows."))
    first, second, *more = range(len(shape.measures))
    whole = pivot.across[-1]
    dots = []
    for line in _singles(pivot)[:MOST_DOTS]:
        across, up = _at(pivot, line, whole, first), _at(pivot, line, whole, second)
        if across is None or up is None:
            continue
        name = place_name(pivot, shape.rows, line)
        others = (
            f"{title_of(shape, shape.measures[number])}: "
            f"{numbers(shape.measures[number]).full(_at(pivot, line, whole, number))}"
            for number in range(1, len(shape.measures))
        )
        weight = _at(pivot, line, whole, more[0]) if more else across
        hover = told(name, across, None, None, *others, numbers=numbers(shape.measures[0]))
        dots.append(Dot(label_of(pivot, shape.rows, line), name, across, up, weight or ZERO, hover))
    axes = [(title_of(shape, measure), numbers(measure)) for measure in shape.measures[:2]]
    return Drawing(scatter(dots, _any, across=axes[0], up=axes[1]) if dots else None, shape.rows)


_DRAWN: dict[Chart, Callable[[Pivot, Shape], Drawing]] = {
    Chart.BARS: _bars,
    Chart.LINE: _line,
    Chart.STACKED: _stacked,
    Chart.HEAT: _heat,
    Chart.SCATTER: _scatter,
}


def _at(pivot: Pivot, line: Place, column: Place, number: int = 0) -> Figure:
    cells = pivot.cell(line, column)
    return None if cells is None else cells.now[number]


def _before(pivot: Pivot, line: Place, column: Place) -> Decimal | None:
    cells = pivot.cell(line, column)
    return None if cells is None or not cells.before else cells.before[0]


def _singles(pivot: Pivot) -> list[Place]:
    return [line for line in pivot.lines if _is_single(line)]


def _is_single(place: Place) -> bool:
    return bool(place) and all(part is Part.EACH for part, _key in place)


def _is_of_first(line: Place) -> bool:
    """Whether a row is one value of the first dimension with all of the others."""
    return line[0][0] is Part.EACH and all(part is Part.ALL for part, _key in line[1:])


def _leaves(across: Sequence[Place]) -> list[Place]:
    """Columns that are no sums of others: values, and the rest."""
    return [
        column
        for column in across
        if _is_single(column) or (column and column[-1][0] is Part.OTHERS) or (column and column[0][0] is Part.OTHERS)
    ]


def _any(_label: str) -> bool:
    return True
