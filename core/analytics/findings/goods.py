"""Findings about goods: what runs out, what does not sell, what expires unsold."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select

from core.analytics.findings.awhile import kept_a_while
from core.analytics.findings.rules import LEAD_DAYS, Cover, Fact, Finding, Group, Kind, cover, group_of
from core.analytics.layer.answer import today_of
from core.analytics.layer.dimensions import add_months
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.slow import Pace, SlowRow, slow_goods
from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES, ZERO, round_to
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.security.permissions import P
from core.stock.expiry_risk import Remedy
from core.stock.expiry_value import RiskRow, expiry_risks
from core.stock.models import Location, LocationKind, Lot, StockLevel
from core.stock.shelves import for_sale
from core.work.store import View

IDLE = 30
"""Goods that came in so few days ago have not had their chance yet."""
MONTHS = 3
"""So many months before this one tell how fast goods sell."""
_SOLD = """
SELECT a.product_id, coalesce(p.name, ''), sum(a.quantity)::BIGINT, sum(a.net)::BIGINT
FROM agg_product a LEFT JOIN dim_product p ON p.id = a.product_id
WHERE a.month >= $1 AND a.month <= $2 GROUP BY ALL HAVING sum(a.quantity) > 0
"""


def running_out(mirror: Mirror, view: View) -> list[Group]:
    """Products that run out before goods ordered today can be here, by the sales lost until then."""
    today = today_of(mirror)
    since = add_months(today.replace(day=1), -MONTHS)
    days = (today - since).days + 1
    sold = mirror.remembered(("pace", since, today), lambda duck: duck.execute(_SOLD, [since, today]).fetchall())
    there = mirror.remembered(("available", today), lambda _duck: _available(view))
    prices = None if view.actor.may(P.SALES_ANALYSE) else _list_prices(view)
    found = []
    for product_id, name, quantity, net in sold:
        count = Decimal(quantity).scaleb(-QUANTITY_PLACES)
        worth = Decimal(net).scaleb(-AMOUNT_PLACES) if prices is None else count * prices.get(product_id, ZERO)
        available = there.get(product_id, ZERO)
        lasts = cover(available, count, days, worth)
        if lasts is not None and lasts.missing:
            found.append(_runs_out(product_id, name, max(available, ZERO), count / days, lasts))
    wanted = _ordered_again(view, [each.about["product"] for each in found])
    return [_with_variants(view, group_of(Kind.RUNS_OUT, (each for each in found if each.about["product"] in wanted)))]


def idle(mirror: Mirror, view: View) -> list[Group]:
    """Products that do not sell, and those of which there is too much, by what keeping them has cost."""
    rows = slow_goods(mirror, view.actor).rows
    groups = (
        group_of(Kind.DEAD, (_dead(row) for row in rows if row.pace is Pace.DEAD and row.idle_days >= IDLE)),
        group_of(Kind.OVER_STOCK, (_too_much(row) for row in rows if row.pace is Pace.SLOW)),
    )
    return [_with_variants(view, group) for group in groups]


def expiring(mirror: Mirror, view: View) -> list[Group]:
    """Lots of which something is left when they have to leave the shelf; looked up every few minutes."""
    rows = kept_a_while(mirror, ("expiring", view.today, view.actor.may(P.COST_READ)), lambda: _unsold(view))
    prices: Mapping[int, Decimal] = {}
    if rows and not view.actor.may(P.COST_READ):
        prices = _prices_of(view, {row.variant_id for row in rows})
    return [group_of(Kind.EXPIRES, (_expires(row, view.today, prices) for row in rows))]


def _unsold(view: View) -> list[RiskRow]:
    return [row for row in expiry_risks(view) if row.outlook.unsold and row.days is not None]


def _runs_out(product_id: int, name: str, available: Decimal, pace: Decimal, lasts: Cover) -> Finding:
    sentence = N_(
        "{name}: {available} left, gone in {days} days at {pace} a day. {amount} of sales are lost before goods "
        "ordered today can be here in {lead} days."
    )
    if not available:
        sentence = N_(
            "{name} has run out, at {pace} a day. {amount} of sales are lost before goods ordered today can be here "
            "in {lead} days."
        )
    facts: dict[str, Fact] = {"name": name, "available": available, "days": lasts.days, "lead": LEAD_DAYS}
    facts |= {"pace": round_to(pace, 1), "amount": lasts.lost, "missing": lasts.missing}
    return Finding(Kind.RUNS_OUT, str(product_id), lasts.lost, sentence, facts, {"product": product_id})


def _dead(row: SlowRow) -> Finding:
    return Finding(
        Kind.DEAD,
        str(row.product_id),
        row.cost_to_date,
        N_("{name} has not moved for {days} days. {value} lie there, and keeping them has cost {amount} so far."),
        {"name": row.name, "days": row.idle_days, "value": row.value, "amount": row.cost_to_date},
        {"product": row.product_id},
    )


def _too_much(row: SlowRow) -> Finding:
    return Finding(
        Kind.OVER_STOCK,
        str(row.product_id),
        row.cost_to_date,
        N_("{name}: enough for {days} days, worth {value}. Keeping it has cost {amount} so far."),
        {"name": row.name, "days": row.lasts or 0, "value": row.value, "amount": row.cost_to_date},
        {"product": row.product_id},
    )


def _expires(row: RiskRow, today: date, prices: Mapping[int, Decimal]) -> Finding:
    unsold = row.outlook.unsold
    amount = row.unsold_value
    if amount is None:
        amount = round_to(unsold * prices.get(row.variant_id, ZERO))
    sentence = N_(
        "{name}, lot {lot} in {warehouse}: {quantity} of {whole} are not sold before it expires in {days} days. That "
        "is {amount}."
    )
    if (row.days or 0) < 0:
        sentence = N_("{name}, lot {lot} in {warehouse}: {quantity} have expired. That is {amount}.")
    elif row.sells_for == 0:
        sentence = N_("{name}, lot {lot} in {warehouse}: {quantity} may not be sold any more. That is {amount}.")
    about = {"lot": row.lot_id, "variant": row.variant_id, "warehouse": row.warehouse_id}
    carried = next((each for each in row.outlook.advice if each.remedy is Remedy.TRANSFER), None)
    facts: dict[str, Fact] = {
        "name": row.name,
        "lot": row.number,
        "warehouse": row.warehouse,
        "quantity": unsold,
        "whole": row.quantity,
        "days": row.days or 0,
        "amount": amount,
        "sku": row.sku,
        "on": today,
    }
    if carried is not None and carried.warehouse_id is not None:
        about["target"] = carried.warehouse_id
        facts["carried"] = carried.quantity
    return Finding(Kind.EXPIRES, f"{row.lot_id}.{row.warehouse_id}", amount, sentence, facts, about)


def _ordered_again(view: View, ids: list[int]) -> set[int]:
    """Which of these products are kept in stock and neither sold off nor retired."""
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        wanted = select(Product.id).where(
            Product.id.in_(ids[start : start + 500]),
            Product.kind == ProductKind.STOCKED,
            Product.status.in_((ProductStatus.NEW, ProductStatus.ACTIVE)),
        )
        found |= set(view.session.scalars(wanted))
    return found


def _with_variants(view: View, group: Group) -> Group:
    """With the first variant of each product, by which its screens are opened."""
    ids = [row.about["product"] for row in group.rows]
    wanted = select(Variant.product_id, func.min(Variant.id)).where(Variant.product_id.in_(ids))
    first = {product: variant for product, variant in view.session.execute(wanted.group_by(Variant.product_id))}
    rows = (
        replace(row, about={**row.about, "variant": first[row.about["product"]]})
        for row in group.rows
        if row.about["product"] in first
    )
    return replace(group, rows=tuple(rows))


def _available(view: View) -> dict[int, Decimal]:
    """What of each product can be promised, with what is on its way between warehouses."""
    counts: ColumnElement[bool] = or_(for_sale(view.today), Location.kind == LocationKind.TRANSIT)
    wanted = (
        select(Variant.product_id, func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved))
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(counts)
        .group_by(Variant.product_id)
    )
    return {product_id: on_hand - reserved for product_id, on_hand, reserved in view.session.execute(wanted)}


def _list_prices(view: View) -> dict[int, Decimal]:
    """What a piece of each product is sold for over the counter; the cheapest of its variants."""
    wanted = select(Variant.product_id, func.min(Variant.retail_price)).group_by(Variant.product_id)
    return {product_id: price for product_id, price in view.session.execute(wanted)}


def _prices_of(view: View, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    ids = sorted(variant_ids)
    found: dict[int, Decimal] = {}
    for start in range(0, len(ids), 500):
        wanted = select(Variant.id, Variant.retail_price).where(Variant.id.in_(ids[start : start + 500]))
        found |= {variant_id: price for variant_id, price in view.session.execute(wanted)}
    return found
