"""The traits of one customer with the orders that show them, and customers who buy alike."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from core.analytics.customers.daily import remembered_for_the_day
from core.analytics.customers.facts import customer_names, money_of
from core.analytics.customers.overdue import LOOKED_BACK
from core.analytics.customers.rules.traits import (
    FEWEST_ORDERS,
    Paid,
    Stands,
    Trait,
    payment_days,
    stands,
    strongest_quarter,
)
from core.analytics.customers.scored import KNOWN, ONE_DAY, WINDOW_DAYS
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.memory import newest_of
from core.sales.models import SalesOrder
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import Scope

EVIDENCE = 5
NEWEST_PAID = 200
_TOTALS = """
SELECT count(*) FILTER (WHERE kind = 0), coalesce(sum(net) FILTER (WHERE kind = 0), 0)::BIGINT,
    coalesce(sum(returned), 0)::BIGINT
FROM fact_order WHERE day >= $1 AND day < $2
"""
_OFFERED = """
SELECT coalesce(sum(net) FILTER (WHERE discount > 0), 0)::BIGINT, coalesce(sum(net), 0)::BIGINT
FROM fact_sales WHERE kind = 0 AND day >= $1 AND day < $2
"""
_OF_ONE = " AND customer_id = $3"
_DOCUMENTS = """
SELECT kind, document_id, number, day, net, discount, returned, lines, h.name, month(day)
FROM fact_order o LEFT JOIN dim_channel h ON h.id = o.channel_id
WHERE day >= $1 AND day < $2 AND customer_id = $3 ORDER BY day DESC, kind, document_id DESC
"""
_SPENT = f"""
SELECT f.customer_id, coalesce(c.level_1, 0) AS category_id, sum(f.net)::DOUBLE AS net
FROM fact_sales f LEFT JOIN dim_category c ON c.id = f.category_id
WHERE f.kind = 0 AND f.day >= $1 AND f.day < $2 AND f.{KNOWN.strip()} GROUP BY ALL HAVING sum(f.net) > 0
ORDER BY f.customer_id, category_id
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Evidence:
    """An order or return that shows a trait."""

    is_return: bool
    document_id: int
    number: str
    day: date
    net: Decimal


@dataclass(frozen=True)
class TraitRow:
    """One trait: the customer's figure and that of all, a word where it is no number, and the documents behind it."""

    trait: Trait
    own: Decimal | None
    of_all: Decimal | None
    word: str
    stands: Stands
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Alike:
    """A customer who buys alike: the same categories, about as much."""

    customer_id: int
    name: str
    likeness: Decimal
    net: Decimal


@dataclass(frozen=True)
class _Spent:
    customer: NDArray[np.int64]
    shares: NDArray[np.float32]
    net: NDArray[np.float64]


def traits(mirror: Mirror, scope: Scope, customer_id: int) -> tuple[TraitRow, ...]:
    """What is special about a customer, from the last two years; nothing for who ordered less than three times.

    When the money came is told to who may read payments. Refuses who may not analyse sales.
    """
    scope.actor.require(P.SALES_ANALYSE)
    today = today_of(mirror)
    since, until = today - LOOKED_BACK, today + ONE_DAY
    all_figures = remembered_for_the_day(mirror, "figures of all", lambda duck, day: _figures(duck, day))
    found = mirror.remembered(
        ("traits", today, customer_id), lambda duck: _told(duck, since, until, customer_id, all_figures)
    )
    if found and scope.actor.may(P.PAYMENT_READ):
        found = (*found, *_payment(scope, customer_id))
    return found


def alike(mirror: Mirror, actor: Actor, customer_id: int, *, limit: int = 5) -> list[Alike]:
    """The customers whose purchases of the last 12 months are most like this one's; refuses who may not analyse.

    Likeness is the cosine of what they spend by top category, less the more their net sales differ (halved for a
    tenfold difference).
    """
    actor.require(P.SALES_ANALYSE)
    spent = remembered_for_the_day(mirror, "spent by category", _spent)
    at = int(np.searchsorted(spent.customer, customer_id))
    if at == len(spent.customer) or spent.customer[at] != customer_id:
        return []
    cosine = spent.shares @ spent.shares[at]
    scale = np.abs(np.log10(spent.net / spent.net[at]))
    likeness = cosine * 0.5**scale
    likeness[at] = -1
    best = np.lexsort((spent.customer, -likeness))[:limit]
    best = best[likeness[best] > 0]
    names = customer_names(mirror, actor, [int(spent.customer[each]) for each in best])
    return [
        Alike(
            int(spent.customer[each]),
            names.get(int(spent.customer[each]), ""),
            _rate(likeness[each]),
            money_of(spent.net[each]),
        )
        for each in best
    ]


def _figures(duck: duckdb.DuckDBPyConnection, today: date) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Average order, share bought at a discount and return rate of all customers."""
    days = [today - LOOKED_BACK, today]
    orders, net, returned = duck.execute(_TOTALS, days).fetchall()[0]
    offered, whole = duck.execute(_OFFERED, days).fetchall()[0]
    return _average(orders, net), _share(offered, whole), _share(returned, net)


def _told(
    duck: duckdb.DuckDBPyConnection,
    since: date,
    until: date,
    customer_id: int,
    of_all: tuple[Decimal | None, Decimal | None, Decimal | None],
) -> tuple[TraitRow, ...]:
    parameters = [since, until, customer_id]
    documents = duck.execute(_DOCUMENTS, parameters).fetchall()
    orders = [row for row in documents if row[0] == 0]
    if len(orders) < FEWEST_ORDERS:
        return ()
    count, net, returned = duck.execute(_TOTALS + _OF_ONE, parameters).fetchall()[0]
    offered, whole = duck.execute(_OFFERED + _OF_ONE, parameters).fetchall()[0]
    figures = (_average(count, net), _share(offered, whole), _share(returned, net))
    shown = (
        sorted(orders, key=lambda row: (-row[4], row[1])),
        [row for row in orders if row[5] > 0],
        [row for row in documents if row[0] == 1],
    )
    found = [
        TraitRow(trait, own, every, "", stands(own, every), _evidence(rows))
        for trait, own, every, rows in zip(
            (Trait.BASKET, Trait.OFFERS, Trait.RETURNS), figures, of_all, shown, strict=True
        )
    ]
    days = sorted({row[3] for row in orders})
    if len(days) >= FEWEST_ORDERS:
        gaps = [(after - before).days for before, after in zip(days, days[1:], strict=False)]
        pause = Decimal(repr(float(np.median(gaps))))
        found.append(TraitRow(Trait.RHYTHM, pause, None, "", Stands.USUAL, _evidence(orders)))
    channels = sorted({row[8] for row in orders if row[8]})
    if channels:
        most = max(channels, key=lambda name: sum(row[8] == name for row in orders))
        through = [row for row in orders if row[8] == most]
        found.append(
            TraitRow(Trait.CHANNEL, _share(len(through), len(orders)), None, most, Stands.USUAL, _evidence(through))
        )
    months: dict[int, Decimal] = {}
    for row in orders:
        months[row[9]] = months.get(row[9], Decimal(0)) + row[4]
    season = strongest_quarter(months, days[0], until)
    if season is not None:
        quarter, share = season
        inside = [row for row in orders if (row[9] + 2) // 3 == quarter]
        own = round(share, 4)
        found.append(
            TraitRow(Trait.SEASON, own, Decimal("0.25"), str(quarter), stands(own, Decimal("0.25")), _evidence(inside))
        )
    return tuple(sorted(found, key=lambda row: list(Trait).index(row.trait)))


def _payment(scope: Scope, customer_id: int) -> tuple[TraitRow, ...]:
    """How long the money for this customer's newest orders took, beside that for the newest of all."""
    own = _paid(scope, customer_id)
    of_all = _paid(scope, None)
    days = payment_days([paid for paid, _order in own])
    if days is None:
        return ()
    every = payment_days([paid for paid, _order in of_all])
    slowest = {order.id: order for _paid_part, order in sorted(own, key=lambda each: (-each[0].days, each[1].id))}
    evidence = tuple(
        Evidence(False, order.id, order.number, order.ordered_on, order.net_amount)
        for order in list(slowest.values())[:EVIDENCE]
    )
    return (
        TraitRow(
            Trait.PAYMENT,
            round(days, 1),
            None if every is None else round(every, 1),
            "",
            stands(days, every),
            evidence,
        ),
    )


def _paid(scope: Scope, customer_id: int | None) -> list[tuple[Paid, Any]]:
    wanted = (
        select(Allocation.amount, Allocation.allocated_on, Payment.received_on)
        .add_columns(SalesOrder.id, SalesOrder.number, SalesOrder.ordered_on, SalesOrder.net_amount)
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(SalesOrder, SalesOrder.id == Allocation.document_id)
        .where(Allocation.document_type == ORDER)
        .order_by(Allocation.id.desc())
        .limit(NEWEST_PAID)
    )
    if customer_id is not None:
        wanted = wanted.where(SalesOrder.id.in_(newest_of(customer_id, NEWEST_PAID)))
    rows = scope.session.execute(wanted).all()
    return [(Paid((max(row.received_on, row.ordered_on) - row.ordered_on).days, row.amount), row) for row in rows]


def _spent(duck: duckdb.DuckDBPyConnection, today: date) -> _Spent:
    found = duck.execute(_SPENT, [today - timedelta(days=WINDOW_DAYS), today]).fetchnumpy()
    net = np.asarray(found["net"], dtype=np.float64)
    customer, row = np.unique(np.asarray(found["customer_id"], dtype=np.int64), return_inverse=True)
    category, column = np.unique(np.asarray(found["category_id"], dtype=np.int64), return_inverse=True)
    table = np.zeros((len(customer), len(category)), dtype=np.float32)
    table[row, column] = net
    length = np.linalg.norm(table, axis=1, keepdims=True)
    totals = np.bincount(row, weights=net, minlength=len(customer)).astype(np.float64)
    return _Spent(customer, table / np.maximum(length, 1e-9), totals)


def _evidence(rows: list[tuple[Any, ...]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(row[0] == 1, row[1], row[2], row[3], money_of(row[4])) for row in rows[:EVIDENCE])


def _average(orders: int, net: int) -> Decimal | None:
    return round(money_of(net) / orders, 2) if orders else None


def _share(part: int, whole: int) -> Decimal | None:
    return round(Decimal(part) / whole, 4) if whole > 0 else None


def _rate(number: Any) -> Decimal:
    return Decimal(repr(round(float(number), 4)))
