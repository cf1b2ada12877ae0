"""Answers as sheets: one row for each of theirs, or groups of columns beside each other."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from babel.dates import get_day_names

from core.analytics.export.errors import TooManyColumns
from core.analytics.export.sheet import KINDS, MOST_COLUMNS, Cell, Field, Kind, Sheet, sums_up
from core.analytics.layer.ask import Answer, Column, Figure, Key, change
from core.analytics.layer.dimensions import Dimension, Grain, Part, written
from core.base.i18n import N_, _, current_language

TOTAL = N_("Total")
_DATED = {Grain.DAY: Kind.DAY, Grain.WEEK: Kind.DAY, Grain.MONTH: Kind.MONTH, Grain.YEAR: Kind.PLAIN}
Figures = tuple[Figure, ...]


def sheet_of(found: Answer, title: str, before: Answer | None = None, held: str = "") -> Sheet:
    """An answer as a table, with the totals of the answer itself.

    What it is compared with stands beside each measure, as the answer knows it or as `before` gives it: the same
    question about other days, whose rows are found by their keys. `held` says what that is.
    """
    dimensions, measures = _parts(found)
    width = len(dimensions)
    shown = {key: tuple(row[:width]) for key, row in zip(found.keys, found.rows, strict=True)}
    now = _figures(found, width)
    then: Mapping[tuple[Key, ...], Figures] | None = None
    totals_then: Figures = ()
    if before is not None:
        then = _figures(before, width)
        shown = {**{key: tuple(row[:width]) for key, row in zip(before.keys, before.rows, strict=True)}, **shown}
        shown = {key: shown[key] for key in (*now, *(key for key in then if key not in now))}
        totals_then = before.totals
    elif found.compared is not None:
        then = dict(zip(found.keys, found.before, strict=True))
        totals_then = found.totals_before
    nothing: Figures = (None,) * len(measures)
    lines = [
        (
            *(label(each, key[place], names[place]) for place, each in enumerate(dimensions)),
            *_beside(now.get(key, nothing), None if then is None else then.get(key, nothing)),
        )
        for key, names in shown.items()
    ]
    totals = (
        *_named(len(dimensions)),
        *_beside(found.totals, totals_then if then is not None else None),
    )
    fields = [Field(_(each.label), kind_of(each)) for each in dimensions]
    for column in measures:
        kind = _kind(column)
        fields.append(Field(_(column.label), kind))
        if then is not None:
            other = held or _("Compared with")
            fields.append(Field(f"{_(column.label)} · {other}", kind))
            fields.append(Field(f"{_(column.label)} · {_('Growth')}", Kind.RATE))
    return Sheet(title, _summed(found, measures, fields, lines, totals, then is not None), lines, totals, means(found))


def pivot_of(cells: Answer, rows: Answer, columns: Answer, title: str) -> Sheet:
    """A table with groups of columns beside each other, and what each row and each column comes to in full.

    `cells` is asked by what stands down the side and then by what stands across the top; `rows` and `columns` by
    each of these alone. Refuses more columns than a sheet holds.
    """
    down, measures = _parts(rows)
    across, _measures = _parts(columns)
    width, size = len(down), len(measures)
    count = width + (len(columns.keys) + 1) * size
    if count > MOST_COLUMNS:
        raise TooManyColumns(count=count, most=MOST_COLUMNS)
    figures = {key: row[len(key) :] for key, row in zip(cells.keys, cells.rows, strict=True)}
    nothing: tuple[Cell, ...] = (None,) * size
    fields = [Field(_(each.label), kind_of(each)) for each in down]
    for key, row in zip(columns.keys, columns.rows, strict=True):
        group = " · ".join(said(each, key[place], row[place]) for place, each in enumerate(across))
        fields += [Field(_(measure.label), _kind(measure), group) for measure in measures]
    fields += [Field(_(measure.label), _kind(measure), _(TOTAL)) for measure in measures]
    lines = [
        (
            *(label(each, key[place], row[place]) for place, each in enumerate(down)),
            *(cell for other in columns.keys for cell in figures.get((*key, *other), nothing)),
            *row[width:],
        )
        for key, row in zip(rows.keys, rows.rows, strict=True)
    ]
    totals = (*_named(width), *(cell for row in columns.rows for cell in row[len(across) :]), *rows.totals)
    return Sheet(title, _summed(rows, measures, fields, lines, totals, False), lines, totals, means(cells))


def means(found: Answer) -> tuple[tuple[str, str], ...]:
    """Each measure and dimension with its sentence."""
    return tuple((_(column.label), _(column.sentence)) for column in found.columns)


def kind_of(dimension: Dimension) -> Kind:
    """What the values of a dimension are in a file."""
    if dimension.part is Part.HOUR:
        return Kind.PLAIN
    return Kind.TEXT if dimension.grain is None else _DATED.get(dimension.grain, Kind.TEXT)


def label(dimension: Dimension, key: object, name: object) -> Cell:
    """A value of a dimension as a cell: days stay days."""
    if dimension.part is Part.WEEKDAY:
        return str(get_day_names("wide", "stand-alone", current_language())[int(str(key)) - 1])
    if dimension.part is not None:
        return int(str(key))
    if isinstance(key, date):
        if dimension.grain is Grain.YEAR:
            return key.year
        return key if kind_of(dimension) is not Kind.TEXT else str(written(dimension, key))
    if not name:
        return _("None")
    return _(str(name)) if dimension.is_worded else str(name)


def said(dimension: Dimension, key: object, name: object) -> str:
    """The same in words, for the heading of a group."""
    cell = written(dimension, key) if isinstance(key, date) else label(dimension, key, name)
    return f"{cell:02}:00" if dimension.part is Part.HOUR else str(cell)


def _parts(found: Answer) -> tuple[list[Dimension], list[Column]]:
    dimensions = [column.dimension for column in found.columns if column.dimension is not None]
    return dimensions, [column for column in found.columns if column.measure is not None]


def _figures(found: Answer, width: int) -> dict[tuple[Key, ...], Figures]:
    """The figures of each row by its key."""
    return {
        key: tuple(cell if isinstance(cell, Decimal) else None for cell in row[width:])
        for key, row in zip(found.keys, found.rows, strict=True)
    }


def _kind(column: Column) -> Kind:
    return Kind.TEXT if column.unit is None else KINDS.get(column.unit, Kind.PRICE)


def _named(width: int) -> tuple[Cell, ...]:
    return (_(TOTAL), *("",) * (width - 1)) if width else ()


def _beside(now: Figures, then: Figures | None) -> tuple[Figure, ...]:
    if then is None:
        return now
    return tuple(
        cell
        for here, there in zip(now, then, strict=True)
        for cell in (here, there, change(here or _zero(there), there))
    )


def _zero(there: Figure) -> Figure:
    """Nothing now is a fall by all of it where there was something before."""
    return None if there is None else Decimal(0)


def _summed(
    found: Answer,
    measures: Sequence[Column],
    fields: Sequence[Field],
    lines: Sequence[tuple[Cell, ...]],
    totals: tuple[Cell, ...],
    is_compared: bool,
) -> tuple[Field, ...]:
    """The fields, with those marked whose total is the sum of their lines and nothing but that."""
    first = len(fields) - (len(totals) - len(_parts(found)[0]))
    step = 3 if is_compared else 1
    marked = list(fields)
    for place in range(first, len(fields)):
        measure = measures[(place - first) // step % len(measures)].measure
        is_change = is_compared and (place - first) % step == 2
        if measure is None or measure.denominator is not None or measure.times is not None or is_change:
            continue
        if not found.overlaps and sums_up((line[place] for line in lines), totals[place]):
            field = fields[place]
            marked[place] = Field(field.title, field.kind, field.group, is_sum=True)
    return tuple(marked)
