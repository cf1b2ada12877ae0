"""Policies of cover: what is set, what holds for a product, and setting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound
from core.base.exact import QUANTITY_PLACES, RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Category, Product
from core.security.permissions import P
from core.stock.counts.models import AbcClass
from core.stock.cover.models import USUAL_CLASSES, USUAL_WEEKS, ClassRule, CoverRule, XyzClass
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST_WEEKS, MOST_DAYS = 520, 365
Cell = tuple[AbcClass, XyzClass]


class Source(StrEnum):
    """Whose policy holds."""

    PRODUCT = "product"
    CATEGORY = "category"
    CLASS = "class"
    COMPANY = "company"
    USUAL = "usual"


SOURCE_LABELS = {
    Source.PRODUCT: N_("Its own"),
    Source.CATEGORY: N_("Its category"),
    Source.CLASS: N_("Its class"),
    Source.COMPANY: N_("The company"),
    Source.USUAL: N_("Nothing set"),
}


@dataclass(frozen=True)
class ClassPolicy:
    """How goods of a class are kept; `weeks` is None where the company's hold. `is_set` tells it from the usual."""

    service_level: Decimal
    review_days: int
    weeks: Decimal | None = None
    is_set: bool = False


@dataclass(frozen=True)
class CoverRuleRow:
    """Weeks of a product, a category or (neither) the company."""

    category_id: int | None
    product_id: int | None
    name: str
    weeks: Decimal


@dataclass(frozen=True)
class Policies:
    """Everything that is set, ready to be asked for single products. `above` is each category's parent."""

    company: Decimal | None
    categories: Mapping[int, Decimal]
    products: Mapping[int, Decimal]
    classes: Mapping[Cell, Decimal]
    above: Mapping[int, int | None]

    def of(self, product_id: int, category_id: int | None, cell: Cell | None) -> tuple[Decimal, Source]:
        """For how many weeks a product is to last, and who says so.

        Its own policy, else that of its category or the nearest above it, else that of its class, else the company's.
        """
        if product_id in self.products:
            return self.products[product_id], Source.PRODUCT
        each = category_id
        while each:
            if each in self.categories:
                return self.categories[each], Source.CATEGORY
            each = self.above.get(each)
        if cell is not None and cell in self.classes:
            return self.classes[cell], Source.CLASS
        return (USUAL_WEEKS, Source.USUAL) if self.company is None else (self.company, Source.COMPANY)

    @property
    def key(self) -> tuple[object, ...]:
        """All of it as one value that can be compared."""
        kept = (self.categories, self.products, self.classes, self.above)
        return (self.company, *(tuple(sorted(each.items(), key=str)) for each in kept))


@command(P.STOCK_POLICY)
def set_cover_rule(
    uow: UnitOfWork, *, category_id: int | None = None, product_id: int | None = None, weeks: Decimal | None
) -> None:
    """For how many weeks goods of a product, a category or the company are to last; None: as those above it."""
    if category_id is not None and product_id is not None:
        raise InvalidInput(field=N_("Weeks of cover"), reason=N_("choose a category or a product, not both."))
    if category_id is not None and uow.session.get(Category, category_id) is None:
        raise NotFound(what=N_("The category"))
    if product_id is not None and uow.session.get(Product, product_id) is None:
        raise NotFound(what=N_("The product"))
    _refuse_weeks(weeks)
    rule = uow.session.scalars(
        select(CoverRule)
        .where(
            CoverRule.category_id.is_not_distinct_from(category_id),
            CoverRule.product_id.is_not_distinct_from(product_id),
        )
        .with_for_update()
    ).one_or_none()
    before = None if rule is None else rule.weeks
    if weeks is None:
        if rule is not None:
            uow.session.delete(rule)
    elif rule is None:
        uow.add(CoverRule(category_id=category_id, product_id=product_id, weeks=weeks))
    else:
        rule.weeks = weeks
    uow.audit("cover.rule_set", None, category=category_id, product=product_id, weeks=[before, weeks])


@command(P.STOCK_POLICY)
def set_class_rules(uow: UnitOfWork, rules: Mapping[Cell, ClassPolicy | None]) -> None:
    """How goods of some classes are kept; None: as usual. The others stay as they are."""
    for policy in rules.values():
        if policy is not None:
            _refuse_policy(policy)
    for (abc, xyz), policy in rules.items():
        rule = uow.session.get(ClassRule, (abc, xyz), with_for_update=True)
        if policy is None:
            if rule is not None:
                uow.session.delete(rule)
            continue
        if rule is None:
            rule = ClassRule(abc=abc, xyz=xyz)
            rule.service_level, rule.review_days, rule.weeks = policy.service_level, policy.review_days, policy.weeks
            uow.add(rule)
        else:
            rule.service_level, rule.review_days, rule.weeks = policy.service_level, policy.review_days, policy.weeks
    said = {
        f"{abc}{xyz}".upper(): None if each is None else [each.service_level, each.review_days, each.weeks]
        for (abc, xyz), each in rules.items()
    }
    uow.audit("cover.classes_set", None, classes=said)


@query(P.STOCK_READ)
def cover_rules(scope: Scope) -> list[CoverRuleRow]:
    """The weeks that are set: the company's first, then categories, then products by name."""
    rows = scope.session.execute(
        select(CoverRule, Category.name, Product.name)
        .outerjoin(Category, Category.id == CoverRule.category_id)
        .outerjoin(Product, Product.id == CoverRule.product_id)
    )
    found = [
        CoverRuleRow(rule.category_id, rule.product_id, category or product or "", rule.weeks)
        for rule, category, product in rows
    ]
    return sorted(found, key=lambda row: (row.product_id is not None, row.category_id is not None, row.name))


@query(P.STOCK_READ)
def class_policies(scope: Scope) -> dict[Cell, ClassPolicy]:
    """How goods of each of the nine classes are kept."""
    kept = {
        (rule.abc, rule.xyz): ClassPolicy(rule.service_level, rule.review_days, rule.weeks, is_set=True)
        for rule in scope.session.scalars(select(ClassRule))
    }
    return {cell: kept.get(cell, ClassPolicy(*usual)) for cell, usual in USUAL_CLASSES.items()}


@query(P.STOCK_READ)
def policies(scope: Scope) -> Policies:
    """All policies, to find what holds for many products."""
    rules: Sequence[CoverRule] = scope.session.scalars(select(CoverRule)).all()
    above = {row.id: row.parent_id for row in scope.session.execute(select(Category.id, Category.parent_id))}
    classes = {cell: each.weeks for cell, each in class_policies(scope).items() if each.weeks is not None}
    company = next((rule.weeks for rule in rules if rule.category_id is None and rule.product_id is None), None)
    return Policies(
        company,
        {rule.category_id: rule.weeks for rule in rules if rule.category_id is not None},
        {rule.product_id: rule.weeks for rule in rules if rule.product_id is not None},
        classes,
        above,
    )


def _refuse_weeks(weeks: Decimal | None) -> None:
    if weeks is not None and not (fits(weeks, QUANTITY_PLACES) and ZERO < weeks <= MOST_WEEKS):
        raise InvalidInput(field=N_("Weeks of cover"), reason=N_("enter more than 0 and at most 520 weeks."))


def _refuse_policy(policy: ClassPolicy) -> None:
    _refuse_weeks(policy.weeks)
    if not (fits(policy.service_level, RATE_PLACES) and ZERO < policy.service_level < 1):
        raise InvalidInput(field=N_("Service level"), reason=N_("enter more than 0 and less than 100 per cent."))
    if not 0 < policy.review_days <= MOST_DAYS:
        raise InvalidInput(field=N_("Looked at every"), reason=N_("enter 1 to 365 days."))
