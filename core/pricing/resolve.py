"""What customers pay: the rules that may decide, read in one go, and the price of each line with its trace."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Row, Select, and_, bindparam, or_, select

from core.base.exact import ZERO
from core.catalog.models import Category, Product, Variant
from core.customers.models import customer_tagging
from core.db.types import BigId
from core.pricing.models import OfferState, PriceList, PriceListRule
from core.pricing.rules.prices import Asked, Audience, PriceRule, Resolved, Target, resolve
from core.work.command import Scope

_RULE, _LIST = PriceListRule.__table__.c, PriceList.__table__.c
RULES: Select[*tuple[Any, ...]] = select(
    _RULE.id,
    _RULE.variant_id,
    _RULE.product_id,
    _RULE.category_id,
    _RULE.min_quantity,
    _RULE.max_quantity,
    _RULE.since,
    _RULE.until,
    _RULE.priority,
    _RULE.price,
    _RULE.per_quantity,
    _RULE.formula,
    _LIST.id.label("list_id"),
    _LIST.name.label("list_name"),
    _LIST.priority.label("list_priority"),
    _LIST.audience,
    _LIST.customer_id,
    _LIST.customer_tag_id,
    _LIST.channel_id,
    _LIST.since.label("list_since"),
    _LIST.until.label("list_until"),
).join_from(PriceListRule.__table__, PriceList.__table__)

# Written once: building them anew for every order would cost more than running them. Nobody (NULL) equals nothing.
_CUSTOMER, _DAY = bindparam("customer", type_=BigId), bindparam("day", type_=Date())
_CANDIDATES = RULES.where(
    _LIST.state == OfferState.PUBLISHED,
    or_(
        _LIST.audience == Audience.EVERYONE,
        _LIST.customer_id == _CUSTOMER,
        _LIST.channel_id == bindparam("channel", type_=BigId),
        _LIST.customer_tag_id.in_(select(customer_tagging.c.tag_id).where(customer_tagging.c.customer_id == _CUSTOMER)),
    ),
    or_(
        _RULE.variant_id.in_(bindparam("variants", expanding=True)),
        _RULE.product_id.in_(bindparam("products", expanding=True)),
        _RULE.category_id.is_not(None),
        and_(_RULE.variant_id.is_(None), _RULE.product_id.is_(None)),
    ),
)
_CANDIDATES_ON = _CANDIDATES.where(
    *(or_(column.is_(None), column <= _DAY) for column in (_RULE.since, _LIST.since)),
    *(or_(column.is_(None), column > _DAY) for column in (_RULE.until, _LIST.until)),
)


@dataclass(frozen=True)
class Wanted:
    """A line that needs a price, with what the caller knows of its product.

    `usual` is what is paid where no list applies; prices that are not set are None.
    """

    variant_id: int
    product_id: int
    category_id: int | None
    quantity: Decimal
    usual: Decimal
    list_price: Decimal
    wholesale_price: Decimal | None = None
    lowest_price: Decimal | None = None
    cost: Decimal | None = None


def resolve_prices(
    scope: Scope,
    wanted: Sequence[Wanted],
    *,
    customer_id: int | None,
    channel_id: int | None,
    on: date,
    other_days: bool = False,
) -> list[Resolved]:
    """The price of each line and why. With `other_days`, rules that are over or not yet valid are named, too."""
    rules = _rules(scope, wanted, customer_id, channel_id, None if other_days else on)
    if not rules:
        return [resolve(_asked(each, (), customer_id, channel_id, frozenset(), on), ()) for each in wanted]
    tags = frozenset(rule.audience_id for rule in rules if rule.audience == Audience.TAG and rule.audience_id)
    has_categories = any(rule.target == Target.CATEGORY for rule in rules)
    parents = _parents(scope) if has_categories else {}
    by_target: dict[tuple[Target, int | None], list[PriceRule]] = defaultdict(list)
    for rule in rules:
        by_target[rule.target, rule.target_id].append(rule)
    resolved = []
    for each in wanted:
        path = _path(each.category_id, parents)
        keys = [
            (Target.ALL, None),
            (Target.VARIANT, each.variant_id),
            (Target.PRODUCT, each.product_id),
            *((Target.CATEGORY, node) for node in path),
        ]
        candidates = [rule for key in keys for rule in by_target.get(key, ())]
        resolved.append(resolve(_asked(each, path, customer_id, channel_id, tags, on), candidates))
    return resolved


def rule_of(row: Row[*tuple[Any, ...]]) -> PriceRule:
    """A row of `RULES` as the pure rule; its period is that of rule and list together."""
    target = next(
        (each for each in Target if each != Target.ALL and getattr(row, f"{each}_id") is not None), Target.ALL
    )
    audience_ids = {
        Audience.CUSTOMER: row.customer_id,
        Audience.TAG: row.customer_tag_id,
        Audience.CHANNEL: row.channel_id,
    }
    return PriceRule(
        id=row.id,
        list_id=row.list_id,
        list_name=row.list_name,
        list_priority=row.list_priority,
        audience=row.audience,
        audience_id=audience_ids.get(row.audience),
        target=target,
        target_id=None if target == Target.ALL else getattr(row, f"{target}_id"),
        min_quantity=row.min_quantity,
        max_quantity=row.max_quantity,
        since=max((each for each in (row.since, row.list_since) if each is not None), default=None),
        until=min((each for each in (row.until, row.list_until) if each is not None), default=None),
        priority=row.priority,
        price=row.price,
        per_quantity=row.per_quantity,
        formula=row.formula,
    )


def target_name(scope: Scope, rule: PriceRule) -> str:
    """What a rule is for, by its name; empty for all products."""
    names = {
        Target.VARIANT: select(Variant.sku).where(Variant.id == rule.target_id),
        Target.PRODUCT: select(Product.name).where(Product.id == rule.target_id),
        Target.CATEGORY: select(Category.name).where(Category.id == rule.target_id),
    }
    return "*" if rule.target == Target.ALL else scope.session.scalar(names[rule.target]) or ""


def category_paths(scope: Scope, category_ids: Iterable[int | None]) -> dict[int | None, tuple[int, ...]]:
    """Each category with those above it, the nearest first."""
    parents = _parents(scope)
    return {each: _path(each, parents) for each in category_ids}


def _rules(
    scope: Scope, wanted: Sequence[Wanted], customer_id: int | None, channel_id: int | None, on: date | None
) -> list[PriceRule]:
    asked = {
        "customer": customer_id,
        "channel": channel_id,
        "variants": list({each.variant_id for each in wanted}),
        "products": list({each.product_id for each in wanted}),
    }
    connection = scope.session.connection()
    if on is None:
        return [rule_of(row) for row in connection.execute(_CANDIDATES, asked)]
    return [rule_of(row) for row in connection.execute(_CANDIDATES_ON, asked | {"day": on})]


def _asked(
    each: Wanted,
    path: tuple[int, ...],
    customer_id: int | None,
    channel_id: int | None,
    tags: frozenset[int],
    on: date,
) -> Asked:
    return Asked(
        variant_id=each.variant_id,
        product_id=each.product_id,
        categories=path,
        quantity=each.quantity,
        customer_id=customer_id,
        tags=tags,
        channel_id=channel_id,
        on=on,
        usual=each.usual,
        known={
            "list_price": each.list_price,
            "wholesale_price": each.wholesale_price or None,
            "lowest_price": each.lowest_price or ZERO,
            "cost": each.cost or None,
        },
    )


def _parents(scope: Scope) -> dict[int, int | None]:
    return {row.id: row.parent_id for row in scope.session.execute(select(Category.id, Category.parent_id))}


def _path(category_id: int | None, parents: dict[int, int | None]) -> tuple[int, ...]:
    path: list[int] = []
    while category_id is not None and category_id not in path:
        path.append(category_id)
        category_id = parents.get(category_id)
    return tuple(path)
