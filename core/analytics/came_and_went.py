"""What is new and what fades: whatever sells in one period, against another, each in one statement."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, FromClause, Select, String, cast, func, literal_column, select

from core.analytics.layer.answer import allowed, filters_of, known_of, today_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import Known, Want, compose, plan, rendered
from core.analytics.layer.sales import NET, SALES
from core.analytics.layer.terms import ZERO
from core.analytics.mirror.mirror import Mirror
from core.base.exact import AMOUNT_PLACES
from core.security.actor import Actor

_NET = "v0_net"


@dataclass(frozen=True)
class Changed:
    """Net sales of one value of a dimension, now and before."""

    key: Any
    label: str | None
    now: Decimal
    before: Decimal


@dataclass(frozen=True)
class Changes:
    """The first of them, how many there are, and how much less all of them sold together."""

    rows: tuple[Changed, ...]
    count: int
    lost: Decimal


def newcomers(mirror: Mirror, actor: Actor, now: Ask, earlier: Ask, limit: int) -> Changes:
    """Values of a question's dimension with net sales above nothing now, of which nothing is known of earlier days.

    The largest first. Refuses like `answer`.
    """

    def wanted(sold: FromClause, before: FromClause) -> Select[Any]:
        known = select(before.c.k0)
        return select(sold.c.k0, sold.c[_NET].label("now"), ZERO.label("before"), (-sold.c[_NET]).label("place")).where(
            sold.c[_NET] > ZERO, sold.c.k0.not_in(known)
        )

    return _changes(mirror, actor, ("new", now, earlier, limit), wanted)


def fading(mirror: Mirror, actor: Actor, now: Ask, before: Ask, limit: int) -> Changes:
    """Values of a question's dimension that sell less than half of what they sold before, the largest loss first.

    Refuses like `answer`.
    """

    def wanted(sold: FromClause, past: FromClause) -> Select[Any]:
        amount = func.coalesce(sold.c[_NET], ZERO)
        both = past.outerjoin(sold, sold.c.k0 == past.c.k0)
        return (
            select(past.c.k0, amount.label("now"), past.c[_NET].label("before"), (amount - past.c[_NET]).label("place"))
            .select_from(both)
            .where(past.c[_NET] > ZERO, amount * literal_column("2") < past.c[_NET])
        )

    return _changes(mirror, actor, ("fading", now, before, limit), wanted)


def _changes(
    mirror: Mirror,
    actor: Actor,
    question: tuple[str, Ask, Ask, int],
    wanted: Callable[[FromClause, FromClause], Select[Any]],
) -> Changes:
    _name, now, before, limit = question
    _measures, (by,) = allowed(actor, now)
    today = today_of(mirror)

    def grouped(duck: duckdb.DuckDBPyConnection, ask: Ask, known: Known) -> FromClause:
        period = Period(ask.since, ask.until).checked()
        want = Want(SALES, period, (NET,), (by,), filters_of(duck, ask), SALES.sources, today)
        return compose((plan(0, want, known),), want.components, 1).subquery()

    def asked(duck: duckdb.DuckDBPyConnection) -> Changes:
        known = known_of(mirror, duck)
        found = wanted(grouped(duck, now, known), grouped(duck, before, known)).subquery()
        label: ColumnElement[Any] = cast(literal_column("NULL"), String)
        source: FromClause = found
        if by.labels is not None:
            named = by.labels.alias("named")
            source, label = found.outerjoin(named, named.c.id == found.c.k0), named.c.name
        lost = func.sum(found.c.before - found.c.now).over()
        rows = select(found.c.k0, label, found.c.now, found.c.before, func.count().over(), lost).select_from(source)
        statement, parameters = rendered(rows.order_by(found.c.place, label, found.c.k0).limit(limit))
        fetched = duck.execute(statement, parameters).fetchall()
        changed = tuple(
            Changed(key, name, _money(sold), _money(past)) for key, name, sold, past, _count, _lost in fetched
        )
        return Changes(changed, fetched[0][4] if fetched else 0, _money(fetched[0][5] if fetched else 0))

    return mirror.remembered((question, today, actor.permissions), asked)


def _money(units: int) -> Decimal:
    return Decimal(units).scaleb(-AMOUNT_PLACES)
