"""The one function that answers every question of every screen, export and report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
from sqlalchemy import BigInteger, ColumnElement, Double, Select, Table, cast, func, literal_column, select

from core.analytics.errors import NoSuchOrder
from core.analytics.layer.ask import Answer, Ask, Cell, Column, Figure, Key, Period
from core.analytics.layer.compose import Filter, Known, Plan, Want, compose, plan, rendered
from core.analytics.layer.dimensions import Dimension, get_dimensions
from core.analytics.layer.measures import belong, get_measures
from core.analytics.layer.resolve import resolve
from core.analytics.layer.sales import SALES
from core.analytics.layer.terms import ZERO, Component, Family, Measure
from core.analytics.mirror.limited import seen_by
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.remembered import Facts
from core.analytics.mirror.tables import dim_segment
from core.analytics.stock.family import STOCK
from core.base.clock import business_day
from core.base.timings import timed
from core.security.actor import Actor

_MOST_FILLED = 5_000
_STATEMENTS_KEPT = 1_000
_FACTS = {"sales": Facts.SALES, "due": Facts.SALES, "stock": Facts.STOCK, "money": Facts.MONEY}
_CUSTOMERS_AT_ONCE = 65_536
# The first day on which goods moved, and the last on which they did or cost something.
_MOVED = """
SELECT (SELECT min(day) FROM fact_move),
    greatest((SELECT max(day) FROM fact_move), (SELECT max(day) FROM fact_entry))
"""


def answer(mirror: Mirror, actor: Actor, ask: Ask, sources: tuple[Table, ...] | None = None) -> Answer:
    """Rows, totals, freshness and definitions for a question.

    Refuses who lacks a measure's permission, names that are not in the registries, a dimension that a
    measure's facts do not have, labels that do not exist, a comparison without a period;
    `MirrorNotReady` while there is nothing to answer from. The answer is remembered until something
    changes. `sources` limits the tables to answer from.
    """
    mirror, (measures, by) = seen_by(mirror, actor.sees), allowed(actor, ask)
    as_of = mirror.as_of
    question = _Question(ask, measures, by, today_of(mirror), sources)
    with timed("figure", f"{ask.measures[0]} / {', '.join(ask.by)}" if ask.by else ask.measures[0]):
        found = mirror.remembered(
            (question, actor.permissions),
            lambda duck: question.answered(duck, known_of(mirror, duck)),
            question.reads,
        )
    return replace(found, as_of=as_of)


def allowed(actor: Actor, ask: Ask) -> tuple[tuple[Measure, ...], tuple[Dimension, ...]]:
    """The measures of a question and what they are grouped by, for somebody who may see them."""
    measures = get_measures(ask.measures)
    for measure in measures:
        for needed in sorted(measure.permissions):
            actor.require(needed)
    by = get_dimensions(ask.by)
    belong(measures, (*by, *get_dimensions((*ask.where, *ask.exclude))))
    return measures, by


def totals(mirror: Mirror, actor: Actor, ask: Ask, measures: Sequence[Measure]) -> tuple[Figure, ...]:
    """What measures come to in all in the period and under the filters of a question; they need not be registered."""
    for needed in sorted({each for measure in measures for each in measure.permissions}):
        actor.require(needed)
    belong(measures, get_dimensions((*ask.where, *ask.exclude)))
    asked = replace(ask, measures=tuple(measure.name for measure in measures), by=(), top=None, order=None)
    mirror = seen_by(mirror, actor.sees)
    question = _Question(asked, tuple(measures), (), today_of(mirror), None)
    return mirror.remembered(
        ("totals", question, actor.permissions),
        lambda duck: question.answered(duck, known_of(mirror, duck)).totals,
        question.reads,
    )


def today_of(mirror: Mirror) -> date:
    """The business day it is now."""
    return business_day(mirror.store.clock.now(), mirror.store.settings.timezone)


def known_of(mirror: Mirror, duck: duckdb.DuckDBPyConnection) -> Known:
    """What the planner needs to know of this state of the mirror; sizes may be a little old."""
    first, last, change = duck.execute("SELECT first_day, last_day, change FROM about").fetchall()[0]
    state = (mirror.generation, change)
    if mirror.known is not None and mirror.known[0] == state:
        found: Known = mirror.known[1]
        return found
    moved = duck.execute(_MOVED).fetchall()[0]
    highest = duck.execute("SELECT max(customer_id) FROM agg_customer").fetchall()[0][0] or 0
    customers = (highest // _CUSTOMERS_AT_ONCE + 1) * _CUSTOMERS_AT_ONCE
    found = Known({SALES.name: (first, last), STOCK.name: moved}, mirror.sizes, customers)
    mirror.known = (state, found)
    return found


def filters_of(duck: duckdb.DuckDBPyConnection, ask: Ask) -> tuple[Filter, ...]:
    """The filters of a question."""
    return (*resolve(duck, ask.where), *resolve(duck, ask.exclude, negated=True))


@dataclass(frozen=True)
class _Question:
    """A question whose names are known to exist."""

    ask: Ask
    measures: tuple[Measure, ...]
    by: tuple[Dimension, ...]
    today: date
    sources: tuple[Table, ...] | None

    @property
    def components(self) -> list[Component]:
        """Every sum needed, once."""
        return list(dict.fromkeys(each for measure in self.measures for each in measure.components))

    @property
    def reads(self) -> frozenset[Facts]:
        """What the answer comes from; what is not said here may change without another answer."""
        found = {Facts.GOODS, *(_FACTS[component.family.name] for component in self.components)}
        if found != {Facts.GOODS, Facts.STOCK}:
            found.add(Facts.PEOPLE)
        dimensions = (*self.by, *get_dimensions((*self.ask.where, *self.ask.exclude)))
        if any(hop.table is dim_segment for each in dimensions for route in each.routes for hop in route.hops):
            found.add(Facts.SEGMENTS)
        return frozenset(found)

    @property
    def periods(self) -> list[Period]:
        """The period asked for, and the one compared with."""
        now = Period(self.ask.since, self.ask.until).checked()
        if self.ask.compare is None:
            return [now]
        before = now.earlier(self.ask.compare, self.ask.compared)
        return [now, before.up_to(self.today, now) if self.ask.to_date else before]

    def answered(self, duck: duckdb.DuckDBPyConnection, known: Known) -> Answer:
        """The answer, in the transaction of this cursor; its freshness is filled in by the caller."""
        filters = filters_of(duck, self.ask)
        periods, components = self.periods, self.components
        plans = self._plans(periods, self.by, filters, known)
        keys, labels, sums, total_sums = self._rows(duck, plans, len(periods))
        if self.ask.fill:
            keys, labels, sums = self._filled(keys, labels, sums)
        if self.by and self.ask.totals and not self.rows_come_to_all:
            text, parameters = _total_statement(tuple(components), self._plans(periods, (), filters, known))
            total_sums = duck.execute(text, parameters).fetchall()
        now, *before = (self._figures(sums, number) for number in range(len(periods)))
        totals, *totals_before = (
            self._figures(total_sums, number)[0] if self.ask.totals else () for number in range(len(periods))
        )
        return Answer(
            columns=self._columns(),
            rows=tuple((*label, *figures) for label, figures in zip(labels, now, strict=True)),
            keys=tuple(keys),
            totals=totals,
            as_of=datetime.min,  # noqa: DTZ901 - never seen
            since=self.ask.since,
            until=self.ask.until,
            is_partial=self._reaches_today(),
            incomplete=frozenset(self._incomplete(keys)),
            compared=periods[1] if before else None,
            before=tuple(before[0]) if before else (),
            totals_before=totals_before[0] if before else (),
        )

    def _plans(
        self, periods: Sequence[Period], by: tuple[Dimension, ...], filters: tuple[Filter, ...], known: Known
    ) -> tuple[Plan, ...]:
        """What each family reads for each period."""
        families: dict[Family, list[Component]] = {}
        for component in self.components:
            families.setdefault(component.family, []).append(component)
        plans = []
        for number, period in enumerate(periods):
            for family, components in families.items():
                sources = tuple(each for each in family.sources if self.sources is None or each in self.sources)
                want = Want(family, period, tuple(components), by, filters, sources, self.today, known.customers)
                plans.append(plan(number, want, known))
        return tuple(plans)

    def _rows(
        self, duck: duckdb.DuckDBPyConnection, plans: tuple[Plan, ...], periods: int
    ) -> tuple[list[tuple[Key, ...]], list[tuple[Cell, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Keys, labels and sums of the rows, and what all groups come to, where they do."""
        text, parameters = _row_statement(self, plans)
        found = duck.execute(text, parameters).fetchall()
        width = len(self.by)
        size = width + periods * len(self.components)
        end = size + width
        keys, sums = [row[:width] for row in found], [row[width:size] for row in found]
        if not self.by:
            whole = sums
        elif self.ask.top is not None and found:
            whole = [found[0][end:]]
        else:
            columns = zip(*sums, strict=True) if sums else [()] * (size - width)
            whole = [tuple(sum(each or 0 for each in column) for column in columns)]
        return keys, [row[size:end] for row in found], sums, whole

    @property
    def rows_come_to_all(self) -> bool:
        """Whether the groups add up to the totals, so that these need not be asked for."""
        if not self.by or any(each.overlaps for each in self.by):
            return False
        return all(each.adds_up_over(self.by) for each in self.components)

    def statement(self, plans: tuple[Plan, ...]) -> Select[Any]:
        """Keys, sums and labels of the rows to show, in their order."""
        grouped = compose(plans, self.components, len(self.by)).subquery()
        wholes: list[ColumnElement[Any]] = []
        if self.ask.top is not None and self.ask.totals and self.rows_come_to_all:
            sums = list(grouped.c)[len(self.by) :]
            wholes = [cast(func.sum(each).over(), BigInteger).label(f"whole_{each.name}") for each in sums]
        limited = select(*grouped.c, *wholes).order_by(*self._order(grouped.c)).limit(self.ask.top).subquery()
        labels: list[ColumnElement[Any]] = []
        source: Any = limited
        for i, dimension in enumerate(self.by):
            if dimension.labels is None:
                labels.append(limited.c[f"k{i}"].label(f"label{i}"))
                continue
            named = dimension.labels.alias(f"named{i}")
            source = source.outerjoin(named, named.c.id == limited.c[f"k{i}"])
            labels.append(named.c.name.label(f"label{i}"))
        shown = [limited.c[each.name] for each in grouped.c]
        rows: Select[Any] = select(*shown, *labels, *(limited.c[each.name] for each in wholes))
        return rows.select_from(source).order_by(*self._order(limited.c))

    def _order(self, columns: Any) -> list[ColumnElement[Any]]:
        keys = [columns[f"k{i}"] for i in range(len(self.by))]
        wanted = self.ask.order
        if wanted is None:
            in_order = [keys[i] for i, dimension in enumerate(self.by) if dimension.is_ordered]
            largest = self._sortable(columns, self.measures[0]).desc()
            return [largest, *keys] if self.ask.top is not None or not in_order else [*in_order, largest, *keys]
        name = wanted.removeprefix("-")
        sortable = dict(zip((dimension.name for dimension in self.by), keys, strict=True))
        sortable |= {measure.name: self._sortable(columns, measure) for measure in self.measures}
        if name not in sortable:
            raise NoSuchOrder(name=name, valid=", ".join(sortable))
        first = sortable[name]
        return [first.desc() if wanted.startswith("-") else first.asc(), *keys]

    def _sortable(self, columns: Any, measure: Measure) -> ColumnElement[Any]:
        figure = self._figure(columns, measure)
        if measure.denominator is None and measure.over is None:
            return figure
        return func.coalesce(figure, literal_column("-1e300"))

    def _figure(self, columns: Any, measure: Measure) -> ColumnElement[Any]:
        figure: ColumnElement[Any] = func.coalesce(columns[f"v0_{measure.numerator.name}"], ZERO)
        if measure.times is not None:
            figure = cast(figure, Double) * func.coalesce(columns[f"v0_{measure.times.name}"], ZERO)
        if measure.denominator is not None:
            figure = cast(figure, Double) / func.nullif(columns[f"v0_{measure.denominator.name}"], ZERO)
        if measure.over is not None:
            figure = cast(figure, Double) / func.nullif(self._figure(columns, measure.over), ZERO)
        return figure

    def _figures(self, sums: Sequence[tuple[Any, ...]], number: int) -> list[tuple[Figure, ...]]:
        components = self.components
        first = number * len(components)
        place = {component: first + i for i, component in enumerate(components)}
        return [
            tuple(measure.figure(lambda component, row=row: row[place[component]]) for measure in self.measures)  # type: ignore[misc]
            for row in sums
        ]

    def _filled(
        self, keys: list[tuple[Key, ...]], labels: list[tuple[Cell, ...]], sums: list[tuple[Any, ...]]
    ) -> tuple[list[tuple[Key, ...]], list[tuple[Cell, ...]], list[tuple[Any, ...]]]:
        """With a row of zeros for every bucket of days that has none, for every other group that appears."""
        at = next((i for i, dimension in enumerate(self.by) if dimension.grain is not None), None)
        if at is None:
            return keys, labels, sums
        buckets = self._buckets(at, [key[at] for key in keys])  # type: ignore[misc]
        others = dict.fromkeys((*key[:at], *key[at + 1 :]) for key in keys) or ({(): None} if len(self.by) == 1 else {})
        if len(buckets) * len(others) > _MOST_FILLED:
            return keys, labels, sums
        named = {
            (*key[:at], *key[at + 1 :]): (*label[:at], *label[at + 1 :])
            for key, label in zip(keys, labels, strict=True)
        }
        known = dict(zip(keys, sums, strict=True))
        new_keys, new_labels, new_sums = [], [], []
        for bucket in buckets:
            for other in others:
                key = (*other[:at], bucket, *other[at:])
                label = named.get(other, ())
                new_keys.append(key)
                new_labels.append((*label[:at], bucket, *label[at:]))
                new_sums.append(known.get(key, (None,) * (len(self.components) * len(self.periods))))
        return new_keys, new_labels, new_sums

    def _buckets(self, at: int, present: list[date]) -> list[date]:
        grain = self.by[at].grain
        if grain is None:
            return []
        first = self.ask.since or min(present, default=None)
        last = max(present, default=None)
        if self.ask.until is not None and self.ask.until > date.min:
            end = min(self.ask.until - timedelta(days=1), self.today)
            last = end if last is None else max(last, end)
        if first is None or last is None:
            return []
        buckets: list[date] = []
        start = grain.start(first)
        while start <= last and len(buckets) <= _MOST_FILLED:
            buckets.append(start)
            start = grain.next(start)
        return buckets

    def _incomplete(self, keys: Sequence[tuple[Key, ...]]) -> set[date]:
        cut = set()
        for i, dimension in enumerate(self.by):
            if dimension.grain is None:
                continue
            for start in {key[i] for key in keys}:
                if isinstance(start, date):
                    end = dimension.grain.next(start)
                    early = self.ask.since is not None and start < self.ask.since
                    late = self.ask.until is not None and end > self.ask.until
                    if early or late or start <= self.today < end:
                        cut.add(start)
        return cut

    def _reaches_today(self) -> bool:
        begun = self.ask.since is None or self.ask.since <= self.today
        return begun and (self.ask.until is None or self.ask.until > self.today)

    def _columns(self) -> tuple[Column, ...]:
        dimensions = (Column(each.name, each.label, each.sentence, dimension=each) for each in self.by)
        measures = (Column(each.name, each.label, each.sentence, measure=each) for each in self.measures)
        return (*dimensions, *measures)


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _row_statement(question: _Question, plans: tuple[Plan, ...]) -> tuple[str, list[Any]]:
    return rendered(question.statement(plans))


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _total_statement(components: tuple[Component, ...], plans: tuple[Plan, ...]) -> tuple[str, list[Any]]:
    return rendered(compose(plans, components, 0))
