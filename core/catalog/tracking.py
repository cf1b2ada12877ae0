"""Whether goods of a product are told apart by lot or serial number, and how long they last."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Tracking, Variant
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

LONGEST = 36_500


@command(P.PRODUCT_EDIT)
def track_product(
    uow: UnitOfWork,
    product_id: int,
    *,
    tracking: Tracking,
    shelf_life_days: int | None = None,
    best_before_days: int = 0,
    removal_days: int = 0,
) -> None:
    """Track a product from now on, or no longer. Goods that are here without a lot stay so until somebody names it."""
    product = uow.session.get(Product, product_id, with_for_update=True)
    if product is None or product.kind != ProductKind.STOCKED:
        raise NotFound(what=N_("The product"))
    if shelf_life_days is not None and not 0 < shelf_life_days <= LONGEST:
        raise InvalidInput(field=N_("Shelf life"), reason=N_("enter a number of days above zero."))
    most = LONGEST if shelf_life_days is None else shelf_life_days
    if not (0 <= best_before_days <= most and 0 <= removal_days <= most):
        raise InvalidInput(field=N_("Shelf life"), reason=N_("dates before the expiry lie within the shelf life."))
    product.tracking, product.shelf_life_days = tracking, shelf_life_days
    product.best_before_days, product.removal_days = best_before_days, removal_days
    uow.audit("product.tracked", product)


@dataclass(frozen=True)
class TrackingRow:
    """How goods of a product are told apart, and how long they last."""

    variant_id: int
    product_id: int
    tracking: Tracking
    shelf_life_days: int | None
    best_before_days: int
    removal_days: int


@query(P.PRODUCT_READ)
def tracking_of(scope: Scope, variant_ids: Iterable[int]) -> dict[int, TrackingRow]:
    """How these are tracked, by variant."""
    found = scope.session.execute(
        select(Variant.id, Product.id, Product.tracking)
        .add_columns(Product.shelf_life_days, Product.best_before_days, Product.removal_days)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(list(variant_ids)))
    )
    return {row[0]: TrackingRow(*row) for row in found}
