"""From the sales of one period to those of another: price, volume, mix, new, lost, discounts and returns.

With list amounts (net before discounts and returns) and quantities by SKU, p = amount ÷ quantity:
price = Σ (p1 − p0)·q1, volume = (Q1 − Q0)·p̄0, mix = Σ p0·(q1 − q0·Q1 ÷ Q0) over what was sold in both periods;
new is what was sold in the later one only, lost what was sold in the earlier one only.
"""
# ruff: noqa: S608 - composed of our own names alone

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, Select, Table, func, select

from core.analytics.layer.answer import filters_of, known_of, today_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import Known, Want, compose, plan, rendered
from core.analytics.layer.dimensions import get_dimensions
from core.analytics.layer.sales import DISCOUNT, RETURNED, SALES
from core.analytics.layer.terms import ZERO, Component
from core.analytics.mirror.mirror import Mirror
from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class Sold:
    """What one SKU sold in a period, in whole smallest units: quantity, list amount, discounts and returns, net."""

    quantity: int = 0
    listed: int = 0
    discount: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Bridge:
    """Net sales before and after, and the steps between, which add up to the cent."""

    before: Decimal
    price: Decimal
    volume: Decimal
    mix: Decimal
    new: Decimal
    lost: Decimal
    discounts: Decimal
    returns: Decimal
    after: Decimal


@dataclass(frozen=True)
class SoldQuantity(Component):
    """What was sold, whatever came back of it."""

    def knows(self, table: Table) -> bool:
        """Lines do, and tables that keep it."""
        return "sold_quantity" in table.c or "line_id" in table.c

    def summed(self, table: Table) -> ColumnElement[int]:
        """The quantity of orders."""
        if "sold_quantity" in table.c:
            return func.sum(table.c.sold_quantity)
        return func.sum(table.c.quantity).filter(table.c.kind == ZERO)


SOLD = SoldQuantity(SALES, "sold_quantity", QUANTITY_PLACES)
LISTED = Component(SALES, "listed", columns=("net", "returned", "discount"))
"""Net before discounts and returns."""
_FINE, _FINE_IN_SQL = 1 << 128, 1 << 64
# What each SKU sold then (t) and now (n): quantity, list amount, discount, returned.
_SOLD_IN_BOTH = """
WITH sides AS ({rows}), both_sold AS (SELECT * FROM sides WHERE t0 <> 0 AND n0 <> 0)
"""
_ADD_UP = f"""
, finely AS (
    SELECT *, t1::HUGEINT * n0 // t0 AS whole, t1::HUGEINT * n0 % t0 * {_FINE_IN_SQL}::HUGEINT AS rest FROM both_sold
)
SELECT * FROM (SELECT sum(t0), sum(t1), sum(t2), sum(t3), sum(n0), sum(n1), sum(n2), sum(n3) FROM sides),
    (SELECT sum(t0), sum(t1), sum(n0), sum(n1), sum(whole), sum(rest // t0), count(*) FILTER (rest % t0 <> 0)
    FROM finely)
"""
STEPS = tuple(field.name for field in fields(Bridge))[1:-1]


def sales_bridge(mirror: Mirror, actor: Actor, before: Ask, after: Ask) -> Bridge:
    """The bridge between the days of two questions, each under its own filters. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    key = ("bridge", before, after, actor.permissions)
    today = today_of(mirror)

    def asked(duck: duckdb.DuckDBPyConnection) -> Bridge:
        known = known_of(mirror, duck)
        then, now = _sold(duck, before, known, today), _sold(duck, after, known, today)
        return _bridge(_added_up(duck, then, now))

    return mirror.remembered(key, asked)


@dataclass(frozen=True)
class Sums:
    """What the bridge needs of all SKUs: their totals, what was sold in one period only, and what in both.

    What was sold now of goods sold in both comes to a fraction at the prices of then, somewhere from `low` to `high`;
    the fraction itself grows with every SKU, and `exactly` takes a thousand times longer.
    """

    then: Sold
    now: Sold
    lost: int
    new: int
    both_then: Sold
    both_now: Sold
    low: Fraction
    high: Fraction
    exactly: Callable[[], Fraction]


def bridge_of(before: dict[int, Sold], after: dict[int, Sold]) -> Bridge:
    """The bridge between what was sold then and now, by SKU."""
    alike = {sku for sku in before.keys() & after.keys() if before[sku].quantity and after[sku].quantity}
    both = [(before[sku], after[sku]) for sku in alike]
    low, high = _between(both)
    then, now = _total(before.values()), _total(after.values())
    both_then, both_now = _total(each for each, _ in both), _total(each for _, each in both)
    return _bridge(
        Sums(
            then=then,
            now=now,
            lost=then.listed - both_then.listed,
            new=now.listed - both_now.listed,
            both_then=both_then,
            both_now=both_now,
            low=low,
            high=high,
            exactly=lambda: _at_old_prices((then.listed, then.quantity, now.quantity) for then, now in both),
        )
    )


def _bridge(sums: Sums) -> Bridge:
    price, volume, mix = _shared_out(sums)
    then, now = sums.then, sums.now
    return Bridge(
        before=_money(then.listed - then.discount - then.returned),
        price=_money(price),
        volume=_money(volume),
        mix=_money(mix),
        new=_money(sums.new),
        lost=_money(-sums.lost),
        discounts=_money(then.discount - now.discount),
        returns=_money(then.returned - now.returned),
        after=_money(now.listed - now.discount - now.returned),
    )


def _shared_out(sums: Sums) -> tuple[int, int, int]:
    """Price, volume and mix in whole cents that add up to the change, by the largest remainder."""
    listed0, listed1 = sums.both_then.listed, sums.both_now.listed
    if not sums.both_then.quantity:
        return listed1 - listed0, 0, 0
    in_old_mix = Fraction(listed0 * sums.both_now.quantity, sums.both_then.quantity)

    def parts(at_old_prices: Fraction) -> tuple[int, int, int]:
        exact = (listed1 - at_old_prices, in_old_mix - listed0, at_old_prices - in_old_mix)
        whole = [floor(part) for part in exact]
        missing = listed1 - listed0 - sum(whole)
        for place in sorted(range(3), key=lambda at: (whole[at] - exact[at], at))[:missing]:
            whole[place] += 1
        return whole[0], whole[1], whole[2]

    found = parts(sums.low)
    if sums.low == sums.high or found == parts(sums.high):
        return found
    return parts(sums.exactly())


def _between(both: Sequence[tuple[Sold, Sold]]) -> tuple[Fraction, Fraction]:
    """Two numbers, hardly apart, between which what was sold now comes to at the prices of then."""
    total = missed = 0
    for then, now in both:
        whole, rest = divmod(then.listed * now.quantity * _FINE, then.quantity)
        total += whole
        missed += bool(rest)
    return Fraction(total, _FINE), Fraction(total + missed, _FINE)


def _at_old_prices(both: Iterable[tuple[int, int, int]]) -> Fraction:
    return sum((Fraction(listed * now, then) for listed, then, now in both), Fraction(0))


def _sold(duck: duckdb.DuckDBPyConnection, ask: Ask, known: Known, today: date) -> Select[Any]:
    period = Period(ask.since, ask.until).checked()
    by = get_dimensions(("sku",))
    want = Want(SALES, period, (SOLD, LISTED, DISCOUNT, RETURNED), by, filters_of(duck, ask), SALES.sources, today)
    return compose((plan(0, want, known),), want.components, len(by))


def _added_up(duck: duckdb.DuckDBPyConnection, before: Select[Any], after: Select[Any]) -> Sums:
    """All SKUs of both periods in one statement; the fraction to 64 binary places."""
    then, now = before.subquery(), after.subquery()
    names = [f"v0_{component.name}" for component in (SOLD, LISTED, DISCOUNT, RETURNED)]
    sides = [
        func.coalesce(side.c[name], ZERO).label(f"{letter}{i}")
        for letter, side in (("t", then), ("n", now))
        for i, name in enumerate(names)
    ]
    rows = select(*sides).select_from(then.outerjoin(now, then.c.k0 == now.c.k0, full=True))
    text, parameters = rendered(rows)
    figures = duck.execute(f"{_SOLD_IN_BOTH.format(rows=text)} {_ADD_UP}", parameters).fetchall()[0]
    *totals, whole, fine, missed = (int(each or 0) for each in figures)
    middle = Fraction(whole) + Fraction(fine, _FINE_IN_SQL)
    return Sums(
        then=Sold(*totals[:4]),
        now=Sold(*totals[4:8]),
        both_then=Sold(*totals[8:10]),
        both_now=Sold(*totals[10:12]),
        lost=totals[1] - totals[9],
        new=totals[5] - totals[11],
        low=middle - Fraction(missed, _FINE_IN_SQL),
        high=middle + Fraction(missed, _FINE_IN_SQL),
        exactly=lambda: _at_old_prices(
            duck.execute(f"{_SOLD_IN_BOTH.format(rows=text)} SELECT t1, t0, n0 FROM both_sold", parameters).fetchall()
        ),
    )


def _total(sold: Iterable[Sold]) -> Sold:
    listed = [(each.quantity, each.listed, each.discount, each.returned) for each in sold]
    return Sold(*(sum(column) for column in zip(*listed, strict=True)))


def _money(units: int) -> Decimal:
    return Decimal(units).scaleb(-AMOUNT_PLACES)
