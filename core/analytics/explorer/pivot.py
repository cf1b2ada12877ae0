"""A pivot whose every cell, total and rest of others is an answer of its own, never a sum of other cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from itertools import product

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer, Ask, Cell, Choice, Figure, Key
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import get_measures
from core.analytics.layer.terms import Measure
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor

MOST_LINES, MOST_COLUMNS = 400, 60
USUAL_ROWS, USUAL_INNER, USUAL_COLUMNS = 20, 10, 12


class Part(IntEnum):
    """What a row or column takes of a dimension: one value, all that are not shown, or everything."""

    EACH = 0
    OTHERS = 1
    ALL = 2


Pattern = tuple[Part, ...]
# Of each dimension of an axis: what is taken of it, and the key of a single value.
Place = tuple[tuple[Part, Key | None], ...]


@dataclass(frozen=True)
class Axis:
    """The dimensions of rows or of columns, the keys of each that stay, and which of them leave others out."""

    dimensions: tuple[str, ...]
    kept: tuple[tuple[Key, ...], ...]
    limited: tuple[bool, ...]

    @property
    def patterns(self) -> list[Pattern]:
        """Every sort of row or column: each value, others, sums of the outer ones, and all."""
        size = len(self.dimensions)
        found = [(Part.EACH,) * size]
        for depth in range(size):
            before, after = (Part.EACH,) * depth, (Part.ALL,) * (size - depth - 1)
            if self.limited[depth]:
                found.append((*before, Part.OTHERS, *after))
            found.append((*before, Part.ALL, *after))
        return found

    def order(self, place: Place) -> tuple[tuple[int, int], ...]:
        """Values as they rank, then others, then their sum."""
        return tuple(
            (part, self.kept[number].index(key) if key is not None else 0) for number, (part, key) in enumerate(place)
        )


@dataclass(frozen=True)
class Cells:
    """The figures of one cell: now, and before where something is compared."""

    now: tuple[Figure, ...]
    before: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Pivot:
    """Rows and columns in their order, the last of each being all, and the figures of each measure where they meet.

    `names` are what keys are called, `left_out` how many rows and columns found no room; totals count them.
    """

    base: Ask
    measures: tuple[Measure, ...]
    rows: Axis
    columns: Axis
    lines: tuple[Place, ...]
    across: tuple[Place, ...]
    cells: dict[tuple[Place, Place], Cells]
    names: dict[tuple[str, Key], Cell]
    totals: Cells
    as_of: datetime
    is_partial: bool
    incomplete: frozenset[date]
    left_out: tuple[int, int]

    def cell(self, line: Place, column: Place) -> Cells | None:
        """The figures where a row and a column meet; None where there is nothing."""
        return self.cells.get((line, column))

    @property
    def flat(self) -> Ask:
        """The question whose answer holds every row and column below each other, none left out."""
        return replace(self.base, by=(*self.rows.dimensions, *self.columns.dimensions))

    def ask(self, line: Place, column: Place, measure: str) -> Ask:
        """The question whose answer is one figure of one cell, and whose documents add up to it."""
        where, exclude = dict(self.base.where), dict(self.base.exclude)
        for axis, place in ((self.rows, line), (self.columns, column)):
            for number, (part, key) in enumerate(place):
                name = axis.dimensions[number]
                if part is Part.EACH:
                    where[name] = (key,)
                elif part is Part.OTHERS:
                    exclude[name] = (*exclude.get(name, ()), *axis.kept[number])
        return replace(self.base, measures=(measure,), where=where, exclude=exclude, compare=None, compared=None)


@dataclass(frozen=True)
class Wanted:
    """What a pivot is of: a question without groups, rows, columns, and how many of each stay.

    Of the first dimension of the rows the `top` first stay by the figure `rank` (nought: as many as there is
    room for, None: as many as are usual). Days stay in their order unless `top` is given.
    """

    base: Ask
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    rank: str
    top: int | None = None
    smallest_first: bool = False


def pivot(mirror: Mirror, actor: Actor, wanted: Wanted) -> Pivot:
    """Answer it; refuses what `answer` refuses."""
    asking = _Asking(mirror, actor, wanted)
    rows, columns = asking.axis(wanted.rows, wanted.top, is_down=True), asking.axis(wanted.columns, None, is_down=False)
    # Whatever the dimensions are, this one is asked: the total, and who may see it.
    whole = asking.answer(wanted.base)
    cells: dict[tuple[Place, Place], Cells] = {}
    incomplete: set[date] = set()
    for down, over in product(rows.patterns, columns.patterns):
        found = asking.answer(asking.narrowed(rows, down, columns, over))
        incomplete |= found.incomplete
        width = sum(part is Part.EACH for part in (*down, *over))
        for number, key in enumerate(found.keys):
            place = _places(down, over, key)
            if _is_kept(rows, place[0]) and _is_kept(columns, place[1]):
                before = found.before[number] if found.before else ()
                cells[place] = Cells(tuple(found.rows[number][width:]), before)  # type: ignore[arg-type]
        if not width:
            cells[_places(down, over, ())] = Cells(found.totals, found.totals_before)
    lines = sorted({down for down, _over in cells}, key=rows.order)
    across = sorted({over for _down, over in cells}, key=columns.order)
    shown, beside = _fitting(lines, MOST_LINES), _fitting(across, MOST_COLUMNS)
    return Pivot(
        base=wanted.base,
        measures=get_measures(wanted.base.measures),
        rows=rows,
        columns=columns,
        lines=shown,
        across=beside,
        cells=cells,
        names=asking.names,
        totals=Cells(whole.totals, whole.totals_before),
        as_of=whole.as_of,
        is_partial=whole.is_partial,
        incomplete=frozenset(incomplete),
        left_out=(len(lines) - len(shown), len(across) - len(beside)),
    )


class _Asking:
    """Asks the layer for one pivot, and remembers what keys are called."""

    def __init__(self, mirror: Mirror, actor: Actor, wanted: Wanted) -> None:
        self.wanted = wanted
        self.names: dict[tuple[str, Key], Cell] = {}
        self._ranking: dict[str, Ask] = {}
        self._ask: Callable[[Ask], Answer] = lambda ask: answer(mirror, actor, ask)

    def answer(self, ask: Ask) -> Answer:
        """The answer; names of its keys are kept."""
        found = self._ask(ask)
        for keys, row in zip(found.keys, found.rows, strict=True):
            for number, key in enumerate(keys):
                self.names[ask.by[number], key] = row[number]
        return found

    def axis(self, dimensions: tuple[str, ...], top: int | None, *, is_down: bool) -> Axis:
        """The values of each dimension that stay."""
        kept, limited = [], []
        for number, name in enumerate(dimensions):
            usual = (USUAL_INNER if number else USUAL_ROWS) if is_down else USUAL_COLUMNS
            keys, is_limited = self._ranked(name, usual, top if number == 0 else None)
            kept.append(keys)
            limited.append(is_limited)
        return Axis(dimensions, tuple(kept), tuple(limited))

    def _ranked(self, name: str, usual: int, top: int | None) -> tuple[tuple[Key, ...], bool]:
        wanted, dimension = self.wanted, DIMENSIONS[name]
        in_order = dimension.is_ordered and (top is None or wanted.base.compare is not None)
        most = MOST_LINES if in_order or top == 0 else top or usual
        first = name if in_order else f"{'' if wanted.smallest_first else '-'}{wanted.rank}"
        self._ranking[name] = replace(wanted.base, by=(name,), top=most + 1, order=first, fill=in_order)
        found = self.answer(self._ranking[name])
        keys = [key[0] for key, row in zip(found.keys, found.rows, strict=True) if self._stays(name, key[0], row[0])]
        # Days compared with others are shown on these: neither can be left out by name.
        is_limited = len(keys) > most and not (dimension.grain is not None and wanted.base.compare is not None)
        return tuple(keys[:most]), is_limited

    def _stays(self, name: str, key: Key, label: Cell) -> bool:
        """Of what can stand in several rows, only those rows that were picked, as a cell can pick but one."""
        picked = self.wanted.base.where.get(name)
        return picked is None or not DIMENSIONS[name].overlaps or key in picked or label in picked or str(key) in picked

    def narrowed(self, rows: Axis, down: Pattern, columns: Axis, over: Pattern) -> Ask:
        """The question for all cells of one sort of rows and one of columns.

        Where that is a single dimension's values, it was asked to rank them.
        """
        base = self.wanted.base
        where: dict[str, tuple[Choice, ...]] = dict(base.where)
        exclude: dict[str, tuple[Choice, ...]] = dict(base.exclude)
        by: list[str] = []
        for axis, pattern in ((rows, down), (columns, over)):
            for number, part in enumerate(pattern):
                name, kept = axis.dimensions[number], axis.kept[number]
                if part is Part.EACH:
                    by.append(name)
                    if axis.limited[number]:
                        where[name] = kept
                elif part is Part.OTHERS:
                    exclude[name] = (*exclude.get(name, ()), *kept)
        if len(by) == 1 and Part.OTHERS not in (*down, *over):
            return self._ranking[by[0]]
        return replace(base, by=tuple(by), where=where, exclude=exclude)


def _places(down: Pattern, over: Pattern, key: Sequence[Key]) -> tuple[Place, Place]:
    keys = iter(key)
    return _place(down, keys), _place(over, keys)


def _place(pattern: Pattern, keys: Iterator[Key]) -> Place:
    return tuple((part, next(keys) if part is Part.EACH else None) for part in pattern)


def _is_kept(axis: Axis, place: Place) -> bool:
    return all(key is None or key in axis.kept[number] for number, (_part, key) in enumerate(place))


def _fitting(places: Sequence[Place], most: int) -> tuple[Place, ...]:
    """The first of them; all, which comes last, always stays."""
    return tuple(places) if len(places) <= most else (*places[: most - 1], places[-1])
