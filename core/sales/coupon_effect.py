"""What a coupon brought: customers who could have it beside those who were drawn to do without."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.clock import business_day
from core.base.exact import ZERO
from core.customers.models import Channel, Customer, customer_tagging
from core.customers.rules import walk_in_code
from core.pricing.models import OfferState, PromotionOffer, PromotionUse
from core.pricing.promotions import load
from core.pricing.rules.holdout import Spent, Uplift, is_held_out, uplift_of
from core.sales.models import SOLD_STATES, OrderLine, SalesOrder
from core.security.permissions import P
from core.stock.costs.current import current_costs
from core.stock.costs.plan import Timed
from core.work.command import query

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class GroupRow:
    """A group of customers: how many bought and used the coupon, and what they left; no margin without the right."""

    spent: Spent
    redeemed: int
    margin: Decimal | None


@dataclass(frozen=True)
class EffectCard:
    """Both groups over the days of a coupon, and the uplift where there is enough to tell it."""

    since: date
    until: date
    offered: GroupRow
    without: GroupRow
    uplift: Uplift | None


@query(P.PROMOTION_EDIT)
def coupon_effect(scope: Timed, promotion_id: int) -> EffectCard | None:
    """What customers who were there before the coupon bought while it ran; None where nobody does without it.

    Net of tax, before returns, at today's costs; the first year of the coupon at most.
    """
    offer = scope.session.get(PromotionOffer, promotion_id)
    if offer is None or not offer.held_out or offer.state == OfferState.DRAFT:
        return None
    since, until = _days(scope, offer)
    begun = datetime.combine(since, time(), ZoneInfo(scope.settings.timezone)).astimezone(UTC)
    without = {each: is_held_out(offer.id, each, offer.held_out) for each in _audience(scope, offer, begun)}
    days = (
        SalesOrder.business_state.in_(SOLD_STATES),
        SalesOrder.ordered_on >= since,
        SalesOrder.ordered_on < until,
    )
    totals = select(SalesOrder.customer_id, func.sum(SalesOrder.net_amount)).where(*days)
    found = scope.session.execute(totals.group_by(SalesOrder.customer_id))
    bought = {customer_id: net for customer_id, net in found}
    redeemed = set(
        scope.session.scalars(
            select(PromotionUse.customer_id)
            .where(PromotionUse.promotion_id == offer.id, PromotionUse.released_at.is_(None))
            .distinct()
        )
    )
    margins = _margins(scope, days, without) if scope.actor.may(P.COST_READ) else None
    rows = {}
    for is_without in (False, True):
        members = [each for each, its in without.items() if its == is_without]
        rows[is_without] = GroupRow(
            spent=_spent(len(members), (bought[each] for each in members if each in bought)),
            redeemed=len(redeemed.intersection(members)),
            margin=None if margins is None else margins[is_without],
        )
    return EffectCard(since, until, rows[False], rows[True], uplift_of(rows[False].spent, rows[True].spent))


def _spent(customers: int, amounts: Iterable[Decimal]) -> Spent:
    each = list(amounts)
    return Spent(customers, len(each), sum(each, ZERO), sum((amount * amount for amount in each), ZERO))


def _days(scope: Timed, offer: PromotionOffer) -> tuple[date, date]:
    """From the day the coupon counted until it no longer does, today included."""
    steps = scope.session.execute(
        select(AuditEntry.tag, func.min(AuditEntry.at), func.max(AuditEntry.at))
        .where(AuditEntry.subject_type == PromotionOffer.__tablename__, AuditEntry.subject_id == offer.id)
        .where(AuditEntry.tag.in_(("promotion.published", "promotion.withdrawn")))
        .group_by(AuditEntry.tag)
    )
    moments = {tag: (first, last) for tag, first, last in steps}
    zone = scope.settings.timezone
    published = business_day(moments.get("promotion.published", (offer.created_at,))[0], zone)
    since = max(published, offer.since or published)
    ends = [scope.today + timedelta(days=1), since + LONGEST]
    if offer.until is not None:
        ends.append(offer.until)
    if offer.state == OfferState.WITHDRAWN and "promotion.withdrawn" in moments:
        ends.append(business_day(moments["promotion.withdrawn"][1], zone) + timedelta(days=1))
    return since, max(min(ends), since)


def _audience(scope: Timed, offer: PromotionOffer, begun: datetime) -> list[int]:
    """Customers whom the coupon is for and who were there before it; nobody over the counter."""
    terms = load(offer)
    walk_in = [walk_in_code(each) for each in scope.session.scalars(select(Channel.id))]
    wanted = select(Customer.id).where(Customer.created_at < begun, Customer.code.not_in(walk_in))
    if terms.customers:
        wanted = wanted.where(Customer.id.in_(terms.customers))
    if terms.tags:
        tagged = select(customer_tagging.c.customer_id).where(customer_tagging.c.tag_id.in_(terms.tags))
        wanted = wanted.where(Customer.id.in_(tagged))
    return list(scope.session.scalars(wanted))


def _margins(scope: Timed, days: tuple[object, ...], without: dict[int, bool]) -> dict[bool, Decimal]:
    """What the goods left, by group; goods whose cost nobody knows are left out."""
    found = scope.session.execute(
        select(
            SalesOrder.customer_id,
            OrderLine.variant_id,
            func.sum(OrderLine.net_amount),
            func.sum(OrderLine.quantity),
        )
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .where(*days)  # type: ignore[arg-type]
        .group_by(SalesOrder.customer_id, OrderLine.variant_id)
    ).all()
    costs = current_costs(scope.session, {variant_id for _customer, variant_id, _net, _quantity in found})
    left: dict[bool, Decimal] = defaultdict(lambda: ZERO)
    for customer_id, variant_id, net, quantity in found:
        if customer_id in without and variant_id in costs:
            left[without[customer_id]] += net - quantity * costs[variant_id]
    return left
