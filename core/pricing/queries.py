"""Reads of prices and promotions: lists, rules, use, and why something costs what it does."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Category, Product, Variant
from core.customers.models import Channel, Customer, CustomerTag
from core.pricing.models import Coupon, OfferState, PriceList, PriceListRule, PromotionOffer
from core.pricing.promotions import load
from core.pricing.resolve import RULES, Wanted, resolve_prices, rule_of
from core.pricing.rules.formula import parse_formula
from core.pricing.rules.prices import Audience, Criterion, Judgement, PriceRule, Target
from core.pricing.rules.promotions import Promotion
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class PriceListRow:
    """A price list; `target` names the customer, tag or channel it is for."""

    id: int
    version: int
    name: str
    state: OfferState
    audience: Audience
    audience_id: int | None
    target: str
    priority: int
    since: date | None
    until: date | None
    note: str
    rules: int


@dataclass(frozen=True)
class PriceRuleRow:
    """A rule of a list; `goods` names what it is for. `formula` is None for those who may not see costs it tells."""

    rule: PriceRule
    goods: str
    formula: str | None


@dataclass(frozen=True)
class PromotionRow:
    """A promotion, how often it was used and what it cost so far."""

    promotion: Promotion
    version: int
    state: OfferState
    used_count: int
    spent: Decimal
    note: str


@dataclass(frozen=True)
class CouponRow:
    """A coupon code and how often it was used."""

    code: str
    customer: str
    most_uses: int | None
    used_count: int
    until: date | None
    is_withdrawn: bool


@dataclass(frozen=True)
class CandidateRow:
    """A rule that might have decided a price, and why it did or did not."""

    rule_id: int
    list_name: str
    judgement: Judgement
    by: Criterion | None
    price: Decimal | None
    formula: str | None


@dataclass(frozen=True)
class PriceCard:
    """A price and every candidate for it, the winner first; `list_name` is None where the usual price is paid."""

    unit_price: Decimal
    usual_price: Decimal
    list_name: str | None
    candidates: tuple[CandidateRow, ...]


@query(P.ORDER_READ)
def price_lists(scope: Scope) -> list[PriceListRow]:
    """All price lists, those that count first."""
    counted = select(PriceListRule.price_list_id, func.count().label("rules")).group_by(PriceListRule.price_list_id)
    rules = counted.subquery()
    found = scope.session.execute(
        select(PriceList, Customer.name, CustomerTag.name, Channel.name, func.coalesce(rules.c.rules, 0))
        .outerjoin(Customer, Customer.id == PriceList.customer_id)
        .outerjoin(CustomerTag, CustomerTag.id == PriceList.customer_tag_id)
        .outerjoin(Channel, Channel.id == PriceList.channel_id)
        .outerjoin(rules, rules.c.price_list_id == PriceList.id)
    )
    order = {OfferState.PUBLISHED: 0, OfferState.DRAFT: 1, OfferState.WITHDRAWN: 2}
    rows = [_list_row(*columns) for columns in map(tuple[Any, ...], found)]
    return sorted(rows, key=lambda row: (order[row.state], row.priority, row.name))


@query(P.ORDER_READ)
def get_price_list(scope: Scope, list_id: int) -> PriceListRow:
    """One price list."""
    row = next((row for row in price_lists(scope) if row.id == list_id), None)
    if row is None:
        raise NotFound(what=N_("The price list"))
    return row


@query(P.ORDER_READ)
def price_list_rules(scope: Scope, list_id: int) -> list[PriceRuleRow]:
    """The rules of a list, in the order of their priority."""
    if scope.session.get(PriceList, list_id) is None:
        raise NotFound(what=N_("The price list"))
    rules = [rule_of(row) for row in scope.session.execute(RULES.where(PriceList.id == list_id))]
    names = _names(scope, rules)
    rows = [PriceRuleRow(rule, names.get((rule.target, rule.target_id), ""), _formula(scope, rule)) for rule in rules]
    return sorted(rows, key=lambda row: (row.rule.priority, row.goods, row.rule.min_quantity, row.rule.id))


@query(P.ORDER_READ)
def explain_price(
    scope: Scope,
    variant_id: int,
    *,
    quantity: Decimal,
    customer_id: int | None,
    channel_id: int | None,
    on: date,
    usual: Decimal | None = None,
) -> PriceCard:
    """What a customer pays for a quantity of a product on a day, and why not something else.

    `usual` is what is paid where no list applies: the retail price unless given.
    """
    found = scope.session.execute(
        select(Variant, Product.category_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The product"))
    variant, category_id = found
    wanted = Wanted(
        variant_id=variant.id,
        product_id=variant.product_id,
        category_id=category_id,
        quantity=quantity,
        usual=variant.retail_price if usual is None else usual,
        list_price=variant.retail_price,
        wholesale_price=variant.wholesale_price,
        lowest_price=variant.lowest_price,
        cost=variant.purchase_price,
    )
    resolved = resolve_prices(scope, [wanted], customer_id=customer_id, channel_id=channel_id, on=on, other_days=True)[
        0
    ]
    ids = [each.rule_id for each in resolved.trace]
    rules = (
        {row.id: rule_of(row) for row in scope.session.execute(RULES.where(PriceListRule.id.in_(ids)))} if ids else {}
    )
    candidates = [
        CandidateRow(
            each.rule_id, each.list_name, each.judgement, each.by, each.price, _formula(scope, rules[each.rule_id])
        )
        for each in resolved.trace
    ]
    candidates.sort(key=lambda row: row.judgement != Judgement.WON)
    winner = resolved.winner
    return PriceCard(resolved.unit_price, resolved.usual, winner.list_name if winner else None, tuple(candidates))


@query(P.ORDER_READ)
def promotions(scope: Scope) -> list[PromotionRow]:
    """All promotions, the newest first."""
    return [
        _promotion_row(offer)
        for offer in scope.session.scalars(select(PromotionOffer).order_by(PromotionOffer.id.desc()))
    ]


@query(P.ORDER_READ)
def get_promotion(scope: Scope, promotion_id: int) -> PromotionRow:
    """One promotion with its terms."""
    offer = scope.session.get(PromotionOffer, promotion_id)
    if offer is None:
        raise NotFound(what=N_("The promotion"))
    return _promotion_row(offer)


@query(P.PROMOTION_EDIT)
def coupons_of(scope: Scope, promotion_id: int, *, limit: int = 200) -> list[CouponRow]:
    """The coupons of a promotion, those issued last first."""
    found = scope.session.execute(
        select(Coupon, Customer.name)
        .outerjoin(Customer, Customer.id == Coupon.customer_id)
        .where(Coupon.promotion_id == promotion_id)
        .order_by(Coupon.created_at.desc(), Coupon.code)
        .limit(limit)
    )
    return [
        CouponRow(
            coupon.code,
            customer or "",
            coupon.most_uses,
            coupon.used_count,
            coupon.until,
            coupon.withdrawn_at is not None,
        )
        for coupon, customer in found
    ]


@query(P.CUSTOMER_READ)
def tag_choices(scope: Scope) -> dict[int, str]:
    """The names of all customer tags by id, in the order of the names."""
    found = scope.session.execute(select(CustomerTag.id, CustomerTag.name).order_by(CustomerTag.name))
    return {row.id: row.name for row in found}


@query(P.PRODUCT_READ)
def goods_names(scope: Scope, target: Target, ids: Collection[int]) -> dict[int, str]:
    """The names of these variants, products or categories by their ids."""
    return _named(scope, target, ids)


@query(P.CUSTOMER_READ)
def customer_names(scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """The names of these customers by their ids."""
    found = scope.session.execute(
        select(Customer.id, Customer.name).where(Customer.id.in_(ids)).order_by(Customer.name)
    )
    return {row.id: row.name for row in found}


def _promotion_row(offer: PromotionOffer) -> PromotionRow:
    return PromotionRow(load(offer), offer.version, offer.state, offer.used_count, offer.spent, offer.note)


def _list_row(
    listed: PriceList, customer: str | None, tag: str | None, channel: str | None, rules: int
) -> PriceListRow:
    return PriceListRow(
        id=listed.id,
        version=listed.version,
        name=listed.name,
        state=listed.state,
        audience=listed.audience,
        audience_id=listed.customer_id or listed.customer_tag_id or listed.channel_id,
        target=customer or tag or channel or "",
        priority=listed.priority,
        since=listed.since,
        until=listed.until,
        note=listed.note,
        rules=rules,
    )


def _formula(scope: Scope, rule: PriceRule) -> str | None:
    """The formula, unless it names what the actor may not see: with its result, it would tell the cost."""
    if rule.formula and "cost" in parse_formula(rule.formula).names and not scope.actor.may(P.COST_READ):
        return None
    return rule.formula


def _names(scope: Scope, rules: list[PriceRule]) -> dict[tuple[Target, int | None], str]:
    names: dict[tuple[Target, int | None], str] = {}
    for target in (Target.VARIANT, Target.PRODUCT, Target.CATEGORY):
        ids = {rule.target_id for rule in rules if rule.target == target and rule.target_id is not None}
        names |= {(target, each): name for each, name in _named(scope, target, ids).items()}
    return names


def _named(scope: Scope, target: Target, ids: Collection[int]) -> dict[int, str]:
    wanted: dict[Target, Select[int, str]] = {
        Target.VARIANT: select(Variant.id, Variant.sku + " " + Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(ids)),
        Target.PRODUCT: select(Product.id, Product.name).where(Product.id.in_(ids)),
        Target.CATEGORY: select(Category.id, Category.name).where(Category.id.in_(ids)),
    }
    return {each: name for each, name in scope.session.execute(wanted[target])} if ids else {}
