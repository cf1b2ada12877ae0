"""Rows of a file that name a kit: booked as its parts, which come to what the row says, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import chain, repeat

from sqlalchemy import select

from core.base.exact import ZERO, Rounding
from core.base.search import folded
from core.catalog.kits import held, ratios_of, whole_step
from core.catalog.models import Product, ProductKind, Variant
from core.exchange.parse import Document, OrderFile, Priced
from core.exchange.problems import Bad
from core.exchange.rules import Terms
from core.sales.kit_rules import Weighed, share_price
from core.work.command import Scope

TAX_FREE = Decimal(0)


@dataclass(frozen=True)
class PartOfKit:
    """A part as it is called in the catalogue, how many one kit holds, and what it costs by itself."""

    variant_id: int
    sku: str
    name: str
    ratio: Fraction
    retail: Decimal


@dataclass(frozen=True)
class KitPart:
    """What a row that names a kit means of one of its parts."""

    sku: str
    terms: Terms


@dataclass(frozen=True)
class Unpacked:
    """The file with rows for the parts of kits behind its own; `kit_rows` tells which row each of them comes from."""

    file: OrderFile
    parts: Mapping[int, Sequence[int]]
    kit_rows: Mapping[int, int]

    def of(self, document: Document) -> Document:
        """The document with the rows of parts in the place of those that name kits."""
        if not any(row in self.parts for row in document.rows):
            return document
        return replace(document, rows=list(chain.from_iterable(self.parts.get(row, (row,)) for row in document.rows)))


def parts_in(scope: Scope, kit_ids: Sequence[int]) -> dict[int, tuple[PartOfKit, ...]]:
    """What these kits hold today."""
    ratios = ratios_of(scope.session, kit_ids)
    inside = {variant_id for parts in ratios.values() for variant_id in parts}
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Variant.retail_price)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(inside))
    )
    named = {row.id: row for row in found}
    return {
        kit: tuple(
            PartOfKit(each, named[each].sku, named[each].name, ratio, named[each].retail_price)
            for each, ratio in parts.items()
        )
        for kit, parts in ratios.items()
    }


def kit_ids_in(file: OrderFile, products: Mapping[str, tuple[int, ProductKind]]) -> dict[str, int]:
    """The kits among the codes of a file."""
    return {sku: products[sku][0] for sku in file.spelling if sku in products and products[sku][1] == ProductKind.KIT}


def split(sku: str, terms: Terms, parts: Sequence[PartOfKit]) -> list[KitPart] | Bad:
    """The parts of a row that names a kit, as at order entry; why it cannot be booked, where it cannot."""
    if not parts:
        return Bad("kit_empty", {"sku": sku})
    counted = [held(abs(terms.quantity), part.ratio) for part in parts]
    for count, part in zip(counted, parts, strict=True):
        if count is None:
            step = whole_step(each.ratio for each in parts)
            facts = {
                "sku": sku,
                "quantity": f"{abs(terms.quantity).normalize():f}",
                "part": part.sku,
                "step": str(step),
            }
            return Bad("kit_not_divided", facts)
    weighed = [
        Weighed(count, count * part.retail, TAX_FREE)
        for count, part in zip(counted, parts, strict=True)
        if count is not None
    ]
    whole = abs(terms.amount) + terms.discount
    shared = share_price(whole, terms.discount, weighed, prices_include_tax=True, rounding=Rounding.HALF_UP)
    sign = -1 if terms.is_return else 1
    found = []
    beyond = terms.exact - terms.amount
    for each, part in zip(shared, parts, strict=True):
        amount = each.amounts.gross * sign
        key = f"{each.quantity.normalize():f} {each.unit_price.normalize():f} {(amount + beyond).normalize():f}"
        said = Terms(
            each.quantity * sign,
            each.unit_price,
            each.discount,
            amount,
            amount + beyond,
            terms.is_return,
            amount == 0,
            key,
        )
        beyond = ZERO  # the first part has all of it
        found.append(KitPart(folded(part.sku), said))
    return found


def unpacked(file: OrderFile, kits: Mapping[int, Sequence[KitPart]]) -> Unpacked:
    """A file whose rows that name kits are followed, at its end, by rows for their parts."""
    if not kits:
        return Unpacked(file, {}, {})
    skus, priced, lines, moments = list(file.skus), list(file.priced), list(file.lines), list(file.moments)
    parts: dict[int, list[int]] = {}
    kit_rows: dict[int, int] = {}
    for row, inside in kits.items():
        for part in inside:
            parts.setdefault(row, []).append(len(skus))
            kit_rows[len(skus)] = row
            skus.append(part.sku)
            priced.append(Priced(part.terms.exact, part.terms))
            lines.append(file.lines[row])
            moments.append(file.moments[row])
    # What a kit cost says of none of its parts what that cost.
    costs = [*file.costs, *repeat(None, len(skus) - len(file.costs))] if file.costs else []
    filled = replace(file, skus=skus, priced=priced, costs=costs, lines=lines, moments=moments)
    return Unpacked(filled, parts, kit_rows)
