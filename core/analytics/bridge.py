"""From the sales of one period to those of another: price, volume, mix, new, lost, discounts and returns.

With list amounts (net before discounts and returns) and quantities by SKU, p = amount ÷ quantity:
price = Σ (p1 − p0)·q1, volume = (Q1 − Q0)·p̄0, mix = Σ p0·(q1 − q0·Q1 ÷ Q0) over what was sold in both periods;
new is what was sold in the later one only, lost what was sold in the earlier one only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import duckdb
from sqlalchemy import ColumnElement, Table, func

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
_FINE = 1 << 128
STEPS = tuple(field.name for field in fields(Bridge))[1:-1]


def sales_bridge(mirror: Mirror, actor: Actor, before: Ask, after: Ask) -> Bridge:
    """The bridge between the days of two questions, each under its own filters. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    key = ("bridge", before, after, actor.permissions)
    today = today_of(mirror)

    def asked(duck: duckdb.DuckDBPyConnection) -> Bridge:
        known = known_of(mirror, duck)
        return bridge_of(_sold(duck, before, known, today), _sold(duck, after, known, today))

    return mirror.remembered(key, asked)


def bridge_of(before: dict[int, Sold], after: dict[int, Sold]) -> Bridge:
    """The bridge between what was sold then and now, by SKU."""
    alike = {sku for sku in before.keys() & after.keys() if before[sku].quantity and after[sku].quantity}
    price, volume, mix = _shared_out([(before[sku], after[sku]) for sku in alike])
    return Bridge(
        before=_money(_net(before.values())),
        price=_money(price),
        volume=_money(volume),
        mix=_money(mix),
        new=_money(sum(now.listed for sku, now in after.items() if sku not in alike)),
        lost=_money(-sum(then.listed for sku, then in before.items() if sku not in alike)),
        discounts=_money(_total(before, "discount") - _total(after, "discount")),
        returns=_money(_total(before, "returned") - _total(after, "returned")),
        after=_money(_net(after.values())),
    )


def _shared_out(both: list[tuple[Sold, Sold]]) -> tuple[int, int, int]:
    """Price, volume and mix in whole cents that add up to the change, by the largest remainder."""
    listed0, listed1 = sum(then.listed for then, _now in both), sum(now.listed for _then, now in both)
    quantity0, quantity1 = sum(then.quantity for then, _now in both), sum(now.quantity for _then, now in both)
    if not quantity0:
        return listed1 - listed0, 0, 0
    in_old_mix = Fraction(listed0 * quantity1, quantity0)

    def parts(at_old_prices: Fraction) -> tuple[int, int, int]:
        exact = (listed1 - at_old_prices, in_old_mix - listed0, at_old_prices - in_old_mix)
        whole = [floor(part) for part in exact]
        missing = listed1 - listed0 - sum(whole)
        for place in sorted(range(3), key=lambda at: (whole[at] - exact[at], at))[:missing]:
            whole[place] += 1
        return whole[0], whole[1], whole[2]

    low, high = _between(both)
    found = parts(low)
    if low == high or found == parts(high):
        return found
    return parts(sum((Fraction(then.listed * now.quantity, then.quantity) for then, now in both), Fraction(0)))


def _between(both: Sequence[tuple[Sold, Sold]]) -> tuple[Fraction, Fraction]:
    """Two numbers, hardly apart, between which what was sold now comes to at the prices of then.

    The sum itself is a fraction that grows with every SKU, and takes a thousand times longer.
    """
    total = missed = 0
    for then, now in both:
        whole, rest = divmod(then.listed * now.quantity * _FINE, then.quantity)
        total += whole
        missed += bool(rest)
    return Fraction(total, _FINE), Fraction(total + missed, _FINE)


def _sold(duck: duckdb.DuckDBPyConnection, ask: Ask, known: Known, today: date) -> dict[int, Sold]:
    period = Period(ask.since, ask.until).checked()
    by = get_dimensions(("sku",))
    want = Want(SALES, period, (SOLD, LISTED, DISCOUNT, RETURNED), by, filters_of(duck, ask), SALES.sources, today)
    text, parameters = rendered(compose((plan(0, want, known),), want.components, len(by)))
    return {sku: Sold(*(units or 0 for units in row)) for sku, *row in duck.execute(text, parameters).fetchall()}


def _net(sold: Iterable[Sold]) -> int:
    return sum(each.listed - each.discount - each.returned for each in sold)


def _total(sold: dict[int, Sold], name: str) -> int:
    return sum(getattr(each, name) for each in sold.values())


def _money(units: int) -> Decimal:
    return Decimal(units).scaleb(-AMOUNT_PLACES)
