"""Findings about sales: what fell and rose most and why, and how far behind the target one is."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from core.analytics.findings.rules import (
    CHANGE_DAYS,
    MOST_FALLS,
    MOST_RISES,
    Finding,
    Group,
    Kind,
    Part,
    driver,
    group_of,
)
from core.analytics.findings.whose import whose
from core.analytics.layer.answer import today_of
from core.analytics.layer.ask import change
from core.analytics.layer.dimensions import add_months
from core.analytics.mirror.mirror import Mirror
from core.analytics.team.standing import Standing, standing
from core.base.exact import AMOUNT_PLACES, ZERO
from core.base.i18n import N_
from core.team.models import Metric
from core.work.store import View

_SUMS = """
    coalesce(sum(f.net) FILTER (WHERE f.day < $2), 0)::BIGINT,
    coalesce(sum(f.net) FILTER (WHERE f.day >= $2), 0)::BIGINT
"""
# $1 is the first day before, $2 the first day now, $3 the day after the last, $4 who sold.
_OF_ALL = f"""
SELECT f.category_id, coalesce(any_value(c.name), ''), {_SUMS}
FROM agg_day f LEFT JOIN dim_category c ON c.id = f.category_id
WHERE f.day >= $1 AND f.day < $3 GROUP BY f.category_id
"""  # noqa: S608 - our own words
_OF_ONE = f"""
SELECT f.category_id, coalesce(any_value(c.name), ''), {_SUMS}
FROM fact_sales f LEFT JOIN dim_category c ON c.id = f.category_id
WHERE f.day >= $1 AND f.day < $3 AND f.sales_rep_id = $4 GROUP BY f.category_id
"""  # noqa: S608 - our own words
_WITHIN = f"""
SELECT f.category_id, f.product_id, f.customer_id, coalesce(any_value(p.name), ''), coalesce(any_value(k.name), ''),
    {_SUMS}
FROM fact_sales f LEFT JOIN dim_product p ON p.id = f.product_id LEFT JOIN dim_customer k ON k.id = f.customer_id
WHERE f.day >= $1 AND f.day < $3 AND f.category_id IN (SELECT unnest($4::INTEGER[]))
    AND ($5::INTEGER IS NULL OR f.sales_rep_id = $5)
GROUP BY GROUPING SETS ((f.category_id, f.product_id), (f.category_id, f.customer_id))
"""  # noqa: S608 - our own words
NO_CATEGORY = N_("Goods without a category")


def changed(mirror: Mirror, view: View) -> list[Group]:
    """The categories that fell most, the one that rose most, each with the product and customer behind it."""
    today, seller = today_of(mirror), whose(view.actor)
    days = [today - timedelta(days=2 * CHANGE_DAYS), today - timedelta(days=CHANGE_DAYS), today]
    return mirror.remembered(("changed", today, seller), lambda duck: _changed(duck, days, seller))


def my_standing(mirror: Mirror, view: View) -> Standing | None:
    """Where who asks, or the company for who may see the team, stands in this month; None without a target."""
    month = today_of(mirror).replace(day=1)
    found = standing(mirror, view, Metric.NET_SALES, month, add_months(month, 1))
    seller = whose(view.actor)
    mine = found.company if seller is None else next((row for row in found.people if row.user_id == seller), None)
    return mine if mine is not None and mine.pace.target else None


def behind(mirror: Mirror, view: View) -> list[Group]:
    """By how much who asks is behind the target of this month."""
    mine = my_standing(mirror, view)
    if mine is None:
        return [group_of(Kind.BEHIND, ())]
    pace = mine.pace
    missing = max(pace.expected - pace.reached, ZERO)
    month = today_of(mirror).replace(day=1)
    facts = {
        "amount": missing,
        "expected": pace.expected,
        "target": pace.target,
        "landing": pace.landing if pace.landing is not None else pace.reached,
    }
    sentence = N_(
        "{amount} behind target: {expected} should have been sold by now. At this pace the month lands at {landing} of "
        "{target}."
    )
    found = Finding(Kind.BEHIND, f"{month:%Y-%m}", missing, sentence, facts)
    return [group_of(Kind.BEHIND, [found])]


def _changed(duck: duckdb.DuckDBPyConnection, days: list[date], seller: int | None) -> list[Group]:
    if seller is None:
        rows = duck.execute(_OF_ALL, days).fetchall()
    else:
        rows = duck.execute(_OF_ONE, [*days, seller]).fetchall()
    parts = sorted((_part(*row) for row in rows), key=lambda part: (part.change, part.key))
    falls = [part for part in parts if part.change < 0][:MOST_FALLS]
    rises = [part for part in reversed(parts) if part.change > 0][:MOST_RISES]
    chosen = [part.key for part in (*falls, *rises)]
    products: dict[int, list[Part]] = defaultdict(list)
    customers: dict[int, list[Part]] = defaultdict(list)
    if chosen:
        for category, product, customer, product_name, customer_name, before, now in duck.execute(
            _WITHIN, [*days, chosen, seller]
        ).fetchall():
            if product is not None:
                products[category].append(_part(product, product_name, before, now))
            else:
                customers[category].append(_part(customer, customer_name, before, now))

    def of(part: Part) -> Finding:
        is_fall = part.change < 0
        why = driver(products[part.key], falls=is_fall), driver(customers[part.key], falls=is_fall)
        found = _change(part, *why)
        spans = {"since": days[1], "last": days[2] - timedelta(days=1)}
        return replace(found, facts={**found.facts, **spans})

    return [group_of(Kind.FELL, map(of, falls)), group_of(Kind.ROSE, map(of, rises))]


def _change(part: Part, product: Part | None, customer: Part | None) -> Finding:
    is_fall = part.change < 0
    amount = abs(part.change)
    facts: dict[str, Any] = {"name": part.name or NO_CATEGORY, "amount": amount, "share": ZERO}
    about = {"category": part.key}
    share = change(part.now, part.before)
    if share is not None:
        facts["share"] = share
    sentence = (
        N_("{name} sold {amount} less than in the 30 days before ({share}).")
        if is_fall
        else N_("{name} sold {amount} more than in the 30 days before ({share}).")
    )
    if share is None:
        sentence = N_("{name} sold {amount}, and nothing in the 30 days before.")
    for name, why in (("product", product), ("customer", customer)):
        if why is not None:
            facts |= {name: why.name, f"{name}_amount": why.change}
            about[name] = why.key
    return Finding(Kind.FELL if is_fall else Kind.ROSE, str(part.key), amount, sentence, facts, about)


def _part(key: int, name: str, before: int, now: int) -> Part:
    return Part(key, name, Decimal(before).scaleb(-AMOUNT_PLACES), Decimal(now).scaleb(-AMOUNT_PLACES))
