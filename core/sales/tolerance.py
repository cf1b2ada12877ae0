"""How far shipments may be off what was ordered: rules of customers, categories and the company, and what counts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import or_, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Category, Product, Variant
from core.sales.fulfilment_models import CategoryTolerance, FulfilmentRule
from core.sales.tolerance_rules import Said, Tolerance, checked_shares, tolerance_that_counts
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

NOTHING_SAID: Said = (None, None)


@dataclass(frozen=True)
class CategoryToleranceRow:
    """What a category says; None where the next one above does."""

    category_id: int
    category: str
    under_share: Decimal | None
    over_share: Decimal | None


@command(P.STOCK_POLICY)
def set_category_tolerance(
    uow: UnitOfWork, category_id: int, *, under_share: Decimal | None = None, over_share: Decimal | None = None
) -> None:
    """Say how far shipments of a category and those below it may be off; without shares the rule is taken away."""
    if uow.session.get(Category, category_id) is None:
        raise NotFound(what=N_("The category"))
    checked_shares(under_share, over_share)
    rule = uow.session.get(CategoryTolerance, category_id)
    if under_share is None and over_share is None:
        if rule is not None:
            uow.session.delete(rule)
    elif rule is None:
        uow.add(CategoryTolerance(category_id=category_id, under_share=under_share, over_share=over_share))
    else:
        rule.under_share, rule.over_share = under_share, over_share
    uow.audit("category_tolerance.set", None, category=category_id, under_share=under_share, over_share=over_share)


@query(P.STOCK_POLICY)
def category_tolerances(scope: Scope) -> list[CategoryToleranceRow]:
    """What categories say, by name."""
    found = scope.session.execute(
        select(CategoryTolerance, Category.name)
        .join(Category, Category.id == CategoryTolerance.category_id)
        .order_by(Category.name, Category.id)
    )
    return [CategoryToleranceRow(rule.category_id, name, rule.under_share, rule.over_share) for rule, name in found]


@query(P.ORDER_READ)
def tolerances_of(scope: Scope, customer_id: int, variant_ids: Collection[int]) -> dict[int, Tolerance]:
    """What counts for each of these variants in orders of a customer."""
    own, company = NOTHING_SAID, NOTHING_SAID
    for owner, under, over in scope.session.execute(
        select(FulfilmentRule.customer_id, FulfilmentRule.under_share, FulfilmentRule.over_share).where(
            or_(FulfilmentRule.customer_id == customer_id, FulfilmentRule.customer_id.is_(None))
        )
    ):
        if owner is None:
            company = (under, over)
        else:
            own = (under, over)
    said = {
        category_id: (under, over)
        for category_id, under, over in scope.session.execute(
            select(CategoryTolerance.category_id, CategoryTolerance.under_share, CategoryTolerance.over_share)
        )
    }
    if not said:
        return dict.fromkeys(variant_ids, tolerance_that_counts(own, [], company))
    parents = {each: parent for each, parent in scope.session.execute(select(Category.id, Category.parent_id))}
    found = scope.session.execute(
        select(Variant.id, Product.category_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {
        variant_id: tolerance_that_counts(
            own, [said[each] for each in _upwards(category_id, parents) if each in said], company
        )
        for variant_id, category_id in found
    }


def _upwards(category_id: int | None, parents: Mapping[int, int | None]) -> Iterator[int]:
    while category_id is not None:
        yield category_id
        category_id = parents.get(category_id)
