"""Products that may be sold in place of another that is short: a list kept on the product, one way, the best first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals
from core.base.i18n import N_
from core.catalog.errors import NoSubstitute
from core.catalog.models import Product, ProductKind, ProductStatus, Variant, VariantSubstitute
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST = 20


@dataclass(frozen=True)
class SubstituteRow:
    """A product that may take the place of another, one for one."""

    variant_id: int
    sku: str
    name: str
    unit: str
    is_retired: bool


@command(P.PRODUCT_EDIT)
def set_substitutes(
    uow: UnitOfWork, variant_id: int, substitute_ids: Sequence[int], *, both_ways: Collection[int] = ()
) -> None:
    """Say what may be sold in place of a product, the best first; `both_ways` of them it may replace, too.

    Refuses the product itself, services, and more than twenty.
    """
    ids = list(dict.fromkeys(substitute_ids))
    kinds = _kinds(uow, [variant_id, *ids])
    problems: list[AppError] = [
        NoSubstitute(sku=sku)
        for each, (sku, kind) in kinds.items()
        if kind != ProductKind.STOCKED or (each == variant_id and each in ids)
    ]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    if len(ids) > MOST:
        raise InvalidInput(field=N_("Substitutes"), reason=N_("choose at most 20."))
    uow.session.execute(delete(VariantSubstitute).where(VariantSubstitute.variant_id == variant_id))
    uow.write(
        VariantSubstitute,
        [{"variant_id": variant_id, "substitute_id": each, "place": place} for place, each in enumerate(ids, 1)],
    )
    for other in sorted(set(both_ways) & set(ids)):
        _add_last(uow, other, variant_id)
    uow.audit(
        "product.substitutes_set",
        None,
        subject_id=variant_id,
        sku=kinds[variant_id][0],
        substitutes=[kinds[each][0] for each in ids],
    )


@query(P.PRODUCT_READ)
def substitutes_of(
    scope: Scope, variant_ids: Collection[int], *, with_retired: bool = False
) -> dict[int, list[SubstituteRow]]:
    """What may be sold in place of each of these, the best first."""
    wanted = (
        select(VariantSubstitute.variant_id, Variant.id, Variant.sku, Product.name, Product.unit, Product.status)
        .join(Variant, Variant.id == VariantSubstitute.substitute_id)
        .join(Product, Product.id == Variant.product_id)
        .where(VariantSubstitute.variant_id.in_(variant_ids))
        .order_by(VariantSubstitute.variant_id, VariantSubstitute.place, Variant.sku)
    )
    if not with_retired:
        wanted = wanted.where(Product.status == ProductStatus.ACTIVE)
    found: dict[int, list[SubstituteRow]] = defaultdict(list)
    for of, variant_id, sku, name, unit, status in scope.session.execute(wanted):
        found[of].append(SubstituteRow(variant_id, sku, name, unit, status == ProductStatus.RETIRED))
    return dict(found)


def _kinds(uow: UnitOfWork, variant_ids: Collection[int]) -> dict[int, tuple[str, ProductKind]]:
    found = uow.session.execute(
        select(Variant.id, Variant.sku, Product.kind)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    kinds = {variant_id: (sku, kind) for variant_id, sku, kind in found}
    if set(variant_ids) - kinds.keys():
        raise NotFound(what=N_("The product"))
    return kinds


def _add_last(uow: UnitOfWork, variant_id: int, substitute_id: int) -> None:
    there = select(func.max(VariantSubstitute.place)).where(VariantSubstitute.variant_id == variant_id)
    if uow.session.get(VariantSubstitute, (variant_id, substitute_id)) is None:
        place = (uow.session.scalar(there) or 0) + 1
        uow.write(VariantSubstitute, [{"variant_id": variant_id, "substitute_id": substitute_id, "place": place}])
