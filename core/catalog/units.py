"""The units of a product: setting them, reading them, and what a scanned box means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Select, delete, select
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import NotFound, StaleVersion
from core.base.i18n import N_
from core.base.search import search_text_of
from core.catalog.errors import BarcodeTaken
from core.catalog.models import Barcode, Product, ProductUnit, Variant, VariantWord
from core.catalog.rules import barcodes_of
from core.catalog.service import get_variant
from core.catalog.unit_rules import ProductUnits, UnitEntry, checked_units, product_units
from core.db.words import index_again
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class UnitRow:
    """A unit of a product, largest first; one of it is `numerator / denominator` stock units."""

    name: str
    numerator: int
    denominator: int
    barcodes: tuple[str, ...]

    @property
    def factor(self) -> Fraction:
        """How many stock units one of it is."""
        return Fraction(self.numerator, self.denominator)


@dataclass(frozen=True)
class ScannedRow:
    """What a barcode stands for: so many stock units of a variant."""

    variant_id: int
    unit: str
    quantity: Decimal


@command(P.PRODUCT_EDIT)
def set_units(uow: UnitOfWork, variant_id: int, units: Sequence[UnitEntry], *, version: int) -> int:
    """Say in which larger or smaller units a product is counted, beside its stock unit.

    All variants of the product share the units; the barcodes on them are this variant's own. Refuses units
    that could not be kept exactly, a barcode that is taken, and a product changed since `version` was read.
    """
    variant = get_variant(uow, variant_id)
    product = variant.product
    if product.version != version:
        raise StaleVersion(what=f"{variant.sku} {product.name}")
    wanted = checked_units(product.unit, units)
    codes = {entry.name.strip(): barcodes_of(entry.barcodes) for entry in units}
    _refuse_taken(uow, variant, codes)
    before = _rows(uow, variant)
    uow.session.execute(delete(Barcode).where(Barcode.variant_id == variant_id, Barcode.unit_id.is_not(None)))
    kept = {row.name: row for row in uow.session.scalars(_of(product.id).with_for_update())}
    names = {unit.name for unit in wanted.units if unit.factor != 1}
    for name in kept.keys() - names:
        uow.session.delete(kept[name])
    for unit in wanted.units:
        if unit.factor == 1:
            continue
        row = kept.get(unit.name) or ProductUnit(product_id=product.id, name=unit.name)
        row.numerator, row.denominator = unit.factor.numerator, unit.factor.denominator
        uow.add(row)
        uow.write(
            Barcode, [{"code": code, "variant_id": variant_id, "unit_id": row.id} for code in codes.get(unit.name, ())]
        )
    flag_modified(product, "name")  # another unit is a new version of the product
    plain = [each.code for each in variant.barcodes if each.unit_id is None]
    every = [*plain, *(code for each in codes.values() for code in each)]
    variant.search_text = search_text_of(product.name, [variant.sku, *every])
    uow.session.expire(variant, ["barcodes"])
    uow.session.flush()
    index_again(uow.session, VariantWord, variant_id, variant.search_text)
    uow.audit("product.units_set", product, sku=variant.sku, before=_facts(before), after=_facts(_rows(uow, variant)))
    return variant_id


@query(P.PRODUCT_READ)
def units_of(scope: Scope, variant_id: int) -> ProductUnits:
    """The stock unit of a product and the units beside it, largest first."""
    rows = scope.session.execute(
        select(Product.unit, ProductUnit.name, ProductUnit.numerator, ProductUnit.denominator)
        .join(Variant, Variant.product_id == Product.id)
        .outerjoin(ProductUnit, ProductUnit.product_id == Product.id)
        .where(Variant.id == variant_id)
    ).all()
    if not rows:
        raise NotFound(what=N_("The product"))
    return product_units(
        rows[0].unit, [(row.name, Fraction(row.numerator, row.denominator)) for row in rows if row.name]
    )


@query(P.PRODUCT_READ)
def units_by_variant(scope: Scope, variant_ids: Iterable[int]) -> dict[int, ProductUnits]:
    """The units of those products that have more than their stock unit."""
    found = scope.session.execute(
        select(Variant.id, Product.unit, ProductUnit.name, ProductUnit.numerator, ProductUnit.denominator)
        .join(Product, Product.id == Variant.product_id)
        .join(ProductUnit, ProductUnit.product_id == Product.id)
        .where(Variant.id.in_(set(variant_ids)))
    )
    named: dict[tuple[int, str], list[tuple[str, Fraction]]] = {}
    for row in found:
        named.setdefault((row.id, row.unit), []).append((row.name, Fraction(row.numerator, row.denominator)))
    return {variant_id: product_units(unit, entries) for (variant_id, unit), entries in named.items()}


@query(P.PRODUCT_READ)
def unit_rows(scope: Scope, variant_id: int) -> list[UnitRow]:
    """The units beside the stock unit, largest first, with this variant's barcodes on them."""
    variant = scope.session.get(Variant, variant_id)
    if variant is None:
        raise NotFound(what=N_("The product"))
    return _rows(scope, variant)


@query(P.PRODUCT_READ)
def scanned(scope: Scope, code: str) -> ScannedRow | None:
    """What a barcode stands for: a box counts as all that is in it. None where nobody has the code."""
    found = barcodes_of((code,))
    row = scope.session.execute(
        select(Barcode.variant_id, Product.unit, ProductUnit.name, ProductUnit.numerator, ProductUnit.denominator)
        .join(Variant, Variant.id == Barcode.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(ProductUnit, ProductUnit.id == Barcode.unit_id)
        .where(Barcode.code.in_(found))
    ).first()
    if row is None:
        return None
    if row.name is None:
        return ScannedRow(row.variant_id, row.unit, Decimal(1))
    # Units that could not be kept in thousandths were refused when they were set.
    return ScannedRow(row.variant_id, row.name, Decimal(row.numerator) / Decimal(row.denominator))


def _of(product_id: int) -> Select[ProductUnit]:
    return select(ProductUnit).where(ProductUnit.product_id == product_id)


def _rows(scope: Scope, variant: Variant) -> list[UnitRow]:
    rows = scope.session.scalars(_of(variant.product_id)).all()
    codes = scope.session.execute(
        select(Barcode.unit_id, Barcode.code)
        .where(Barcode.variant_id == variant.id, Barcode.unit_id.is_not(None))
        .order_by(Barcode.code)
    ).all()
    found = [
        UnitRow(row.name, row.numerator, row.denominator, tuple(code for unit, code in codes if unit == row.id))
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row.factor, row.name))


def _facts(rows: Sequence[UnitRow]) -> list[str]:
    return [f"{row.name}={row.factor} {' '.join(row.barcodes)}".strip() for row in rows]


def _refuse_taken(uow: UnitOfWork, variant: Variant, codes: dict[str, tuple[str, ...]]) -> None:
    every = [code for each in codes.values() for code in each]
    own = [each.code for each in variant.barcodes if each.unit_id is None]
    for code in every:
        if code in own or every.count(code) > 1:
            raise BarcodeTaken(code=code, sku=variant.sku, name=variant.product.name)
    held = uow.session.execute(
        select(Barcode.code, Variant.sku, Product.name)
        .join(Variant, Barcode.variant_id == Variant.id)
        .join(Product)
        .where(Barcode.code.in_(every), Barcode.variant_id != variant.id)
        .order_by(Barcode.code)
    ).first()
    if held is not None:
        raise BarcodeTaken(code=held.code, sku=held.sku, name=held.name)
