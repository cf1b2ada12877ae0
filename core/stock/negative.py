"""Whether more may be promised and shipped than there is: refused, unless a rule lets it.

The rule that says most counts: of the product, else of its nearest category, else of the warehouse,
else of the company. Goods that are tracked by lot or serial number never go below nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import false, or_, select, update

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.catalog.models import Category, Product, Tracking, Variant
from core.security.permissions import P
from core.stock.models import NegativeRule, StockLevel, Warehouse
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class NegativeRuleRow:
    """A rule: for a product, a category, a warehouse, or the whole company where all of them are empty."""

    id: int
    product_id: int | None
    category_id: int | None
    warehouse_id: int | None
    name: str
    allowed: bool


def rule_that_counts(
    product_id: int,
    categories: Collection[int],
    warehouse_id: int,
    rules: Mapping[tuple[int | None, int | None, int | None], bool],
) -> bool:
    """What the rules say, by (product, category, warehouse); `categories` are the product's, nearest first."""
    scopes = [(product_id, None, None), *((None, each, None) for each in categories), (None, None, warehouse_id)]
    return next((rules[scope] for scope in [*scopes, (None, None, None)] if scope in rules), False)


def may_go_below(uow: UnitOfWork, warehouse_id: int, variant_ids: Collection[int]) -> set[int]:
    """Which of these may go below nothing in a warehouse."""
    rules = {
        (rule.product_id, rule.category_id, rule.warehouse_id): rule.allowed
        for rule in uow.session.scalars(select(NegativeRule))
    }
    if not any(rules.values()):
        return set()
    parents = {each: parent for each, parent in uow.session.execute(select(Category.id, Category.parent_id))}
    found = uow.session.execute(
        select(Variant.id, Product.id, Product.category_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids), Product.tracking == Tracking.NONE)
    )
    allowed = set()
    for variant_id, product_id, category_id in found:
        line: list[int] = []
        while category_id is not None and category_id not in line:
            line.append(category_id)
            category_id = parents.get(category_id)
        if rule_that_counts(product_id, line, warehouse_id, rules):
            allowed.add(variant_id)
    return allowed


@command(P.STOCK_POLICY)
def set_negative_rule(
    uow: UnitOfWork,
    *,
    allowed: bool | None,
    product_id: int | None = None,
    category_id: int | None = None,
    warehouse_id: int | None = None,
) -> None:
    """Let a product, category, warehouse or the company go below nothing, or refuse it; None takes the rule away.

    What is below nothing already stays so until goods come; nothing more is promised of it.
    """
    if sum(each is not None for each in (product_id, category_id, warehouse_id)) > 1:
        raise InvalidInput(field=N_("Rule"), reason=N_("choose one of product, category and warehouse."))
    for model, row_id in ((Product, product_id), (Category, category_id), (Warehouse, warehouse_id)):
        if row_id is not None and uow.session.get(model, row_id) is None:
            raise NotFound(what=N_("What the rule is for"))
    scope = {"product_id": product_id, "category_id": category_id, "warehouse_id": warehouse_id}
    rule = uow.session.scalars(
        select(NegativeRule).where(
            *(getattr(NegativeRule, name).is_not_distinct_from(of) for name, of in scope.items())
        )
    ).one_or_none()
    before = None if rule is None else rule.allowed
    if allowed is None:
        if rule is not None:
            uow.session.delete(rule)
    elif rule is None:
        rule = uow.add(NegativeRule(allowed=allowed, **scope))
    else:
        rule.allowed = allowed
    uow.session.execute(
        update(StockLevel)
        .where(StockLevel.may_go_below, StockLevel.reserved <= StockLevel.on_hand)
        .values(may_go_below=false())
    )
    uow.audit("negative_rule.set", None, before=before, after=allowed, **scope)


@query(P.STOCK_POLICY)
def negative_rules(scope: Scope) -> list[NegativeRuleRow]:
    """All rules, that of the company first."""
    found = scope.session.execute(
        select(NegativeRule, Product.name, Category.name, Warehouse.name)
        .outerjoin(Product, Product.id == NegativeRule.product_id)
        .outerjoin(Category, Category.id == NegativeRule.category_id)
        .outerjoin(Warehouse, Warehouse.id == NegativeRule.warehouse_id)
        .order_by(
            or_(NegativeRule.product_id.is_not(None), NegativeRule.category_id.is_not(None)),
            NegativeRule.warehouse_id.is_not(None),
            NegativeRule.id,
        )
    )
    return [
        NegativeRuleRow(
            rule.id,
            rule.product_id,
            rule.category_id,
            rule.warehouse_id,
            product or category or warehouse or "",
            rule.allowed,
        )
        for rule, product, category, warehouse in found
    ]
