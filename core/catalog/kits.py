"""What a kit holds: setting its parts, reading them, and what a kit costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_ratio
from core.base.i18n import N_
from core.catalog.errors import KitInKit, KitOfServices, NoKit, PartTwice
from core.catalog.models import KitPart, Product, ProductKind, ProductStatus, Variant
from core.catalog.service import get_variant
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST_PARTS = 50
LARGEST = 1_000_000


@dataclass(frozen=True)
class PartEntry:
    """A product in a kit, and how many stock units of it one kit holds."""

    variant_id: int
    ratio: Fraction


@dataclass(frozen=True)
class PartRow:
    """A part of a kit. `purchase_price` is None for those who may not see costs."""

    variant_id: int
    sku: str
    name: str
    unit: str
    kind: ProductKind
    status: ProductStatus
    ratio: Fraction
    retail_price: Decimal
    purchase_price: Decimal | None


@dataclass(frozen=True)
class KitWorth:
    """What the parts of one kit are sold for one by one, and what they cost; None for those who may not see it."""

    apart: Decimal
    cost: Decimal | None


@command(P.PRODUCT_EDIT)
def set_parts(uow: UnitOfWork, variant_id: int, parts: Sequence[PartEntry], *, version: int) -> int:
    """Say what one kit holds. Orders that were entered keep what they were entered with.

    Refuses a product that is no kit, kits and doubles among the parts, parts that are services only, and a
    product changed since `version` was read.
    """
    variant = get_variant(uow, variant_id)
    product = variant.product
    if product.kind != ProductKind.KIT:
        raise NoKit(sku=variant.sku, name=product.name)
    if product.version != version:
        raise StaleVersion(what=f"{variant.sku} {product.name}")
    named = _named(uow, [part.variant_id for part in parts])
    _check(variant, parts, named)
    before = _told(uow.session, variant_id)
    kept = {row.variant_id: row for row in uow.session.scalars(_rows_of([variant_id]).with_for_update())}
    for gone in kept.keys() - {part.variant_id for part in parts}:
        uow.session.delete(kept[gone])
    for place, part in enumerate(parts, 1):
        row = kept.get(part.variant_id) or KitPart(kit_id=variant_id, variant_id=part.variant_id)
        row.place, row.numerator, row.denominator = place, part.ratio.numerator, part.ratio.denominator
        uow.session.add(row)
    flag_modified(product, "name")  # the parts are a new version of the product, too
    uow.session.flush()
    uow.audit("product.parts_set", product, sku=variant.sku, parts=[before, _told(uow.session, variant_id)])
    return variant.id


@query(P.PRODUCT_READ)
def parts_of(scope: Scope, variant_ids: Iterable[int]) -> dict[int, tuple[PartRow, ...]]:
    """The parts of these kits in their order; what is no kit, or an empty one, is left out."""
    cost_is_shown = scope.actor.may(P.COST_READ)
    found: dict[int, tuple[PartRow, ...]] = {}
    for row in scope.session.execute(
        select(KitPart, Variant.sku, Product.name, Product.unit, Product.kind, Product.status)
        .add_columns(Variant.retail_price, Variant.purchase_price)
        .join(Variant, Variant.id == KitPart.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(KitPart.kit_id.in_(list(variant_ids)))
        .order_by(KitPart.kit_id, KitPart.place)
    ):
        part = row.KitPart
        found[part.kit_id] = (
            *found.get(part.kit_id, ()),
            PartRow(
                variant_id=part.variant_id,
                sku=row.sku,
                name=row.name,
                unit=row.unit,
                kind=row.kind,
                status=row.status,
                ratio=Fraction(part.numerator, part.denominator),
                retail_price=row.retail_price,
                purchase_price=row.purchase_price if cost_is_shown else None,
            ),
        )
    return found


def ratios_of(session: Session, kit_ids: Sequence[int]) -> dict[int, dict[int, Fraction]]:
    """How many stock units of each part one kit holds, by kit, in the order of its parts."""
    found: dict[int, dict[int, Fraction]] = {}
    for row in session.scalars(_rows_of(kit_ids).order_by(KitPart.kit_id, KitPart.place)):
        found.setdefault(row.kit_id, {})[row.variant_id] = Fraction(row.numerator, row.denominator)
    return found


def kit_costs(session: Session, kit_ids: Sequence[int]) -> dict[int, Decimal]:
    """The purchase prices of the parts of one kit, summed and rounded once."""
    return _sums(session, kit_ids, Variant.purchase_price)


def kit_floors(session: Session, kit_ids: Sequence[int]) -> dict[int, Decimal]:
    """The lowest price of one kit: that of its parts together, or its own where that is higher."""
    if not kit_ids:
        return {}
    own = session.execute(select(Variant.id, Variant.lowest_price).where(Variant.id.in_(kit_ids)))
    parts = _sums(session, kit_ids, Variant.lowest_price)
    return {row.id: max(row.lowest_price, parts.get(row.id, row.lowest_price)) for row in own}


def kit_floor(own: Decimal, parts: Iterable[tuple[Decimal, Fraction]]) -> Decimal:
    """`kit_floors` of one kit whose parts (lowest price, held by one kit) are known."""
    return max(own, _summed(parts))


def worth_of(parts: Sequence[PartRow]) -> KitWorth:
    """What the parts of one kit come to by themselves: at retail, and what they cost."""
    costs = [(part.purchase_price, part.ratio) for part in parts if part.purchase_price is not None]
    apart = _summed((part.retail_price, part.ratio) for part in parts)
    return KitWorth(apart, _summed(costs) if len(costs) == len(parts) else None)


def held(quantity: Decimal, ratio: Fraction) -> Decimal | None:
    """So many kits in stock units of a part; None where that has no exact form in thousandths."""
    exact = Fraction(quantity) * ratio * 10**QUANTITY_PLACES
    return Decimal(exact.numerator).scaleb(-QUANTITY_PLACES) if exact.denominator == 1 else None


def whole_step(ratios: Iterable[Fraction]) -> int:
    """The smallest whole number of kits of which every part is an exact quantity."""
    return lcm(1, *((ratio * 10**QUANTITY_PLACES).denominator for ratio in ratios))


def buildable(available: Iterable[tuple[Decimal, Fraction]]) -> Decimal:
    """How many whole kits these parts (on the shelf, held by one kit) allow; zero where there are none."""
    parts = list(available)
    if not parts:
        return Decimal(0)
    step = whole_step(ratio for _quantity, ratio in parts)
    least = min(Fraction(quantity) / ratio for quantity, ratio in parts)
    return Decimal(max(int(least // step), 0) * step)


def _sums(session: Session, kit_ids: Sequence[int], price: InstrumentedAttribute[Decimal]) -> dict[int, Decimal]:
    ratios = ratios_of(session, kit_ids)
    inside = {variant_id for parts in ratios.values() for variant_id in parts}
    prices = {each: price for each, price in session.execute(select(Variant.id, price).where(Variant.id.in_(inside)))}
    return {kit: _summed((prices[each], ratio) for each, ratio in parts.items()) for kit, parts in ratios.items()}


def _summed(parts: Iterable[tuple[Decimal, Fraction]]) -> Decimal:
    return round_ratio(sum((Fraction(price) * ratio for price, ratio in parts), Fraction()), PRICE_PLACES)


def _check(kit: Variant, parts: Sequence[PartEntry], named: dict[int, Any]) -> None:
    if not 0 < len(parts) <= MOST_PARTS:
        raise InvalidInput(field=N_("Parts"), reason=N_("are at least one product and at most 50."))
    seen: set[int] = set()
    for part in parts:
        row = named[part.variant_id]
        if row.kind == ProductKind.KIT:
            raise KitInKit(sku=row.sku, kit=kit.sku)
        if part.variant_id in seen:
            raise PartTwice(sku=row.sku)
        if not 0 < part.ratio <= LARGEST or part.ratio.denominator > LARGEST:
            raise InvalidInput(field=N_("Parts"), reason=N_("need a quantity above zero, such as 2, 0.5 or 1/12."))
        seen.add(part.variant_id)
    if all(named[part.variant_id].kind != ProductKind.STOCKED for part in parts):
        raise KitOfServices(sku=kit.sku)


def _named(uow: UnitOfWork, variant_ids: Sequence[int]) -> dict[int, Any]:
    found = uow.session.execute(
        select(Variant.id, Variant.sku, Product.kind)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    named = {row.id: row for row in found}
    if len(named) < len(set(variant_ids)):
        raise NotFound(what=N_("The product"))
    return named


def _rows_of(kit_ids: Sequence[int]) -> Any:
    return select(KitPart).where(KitPart.kit_id.in_(kit_ids))


def _told(session: Session, kit_id: int) -> list[str]:
    found = session.execute(
        select(Variant.sku, KitPart.numerator, KitPart.denominator)
        .join(KitPart, KitPart.variant_id == Variant.id)
        .where(KitPart.kit_id == kit_id)
        .order_by(KitPart.place)
    )
    return [f"{Fraction(row.numerator, row.denominator)} × {row.sku}" for row in found]
