"""Kits in amendments: taken off whole, or in another number, at the price that was agreed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.catalog.models import Variant
from core.sales.amend_errors import KitNotAmended
from core.sales.amend_models import OrderAmendment
from core.sales.amend_rules import Terms
from core.sales.kits import kits_on, lines_of, scaled, shares_of
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.work.unit import UnitOfWork

Wished = Mapping[int, Decimal | None]


def kit_terms(uow: UnitOfWork, order: SalesOrder, wished: Wished, spoilt: set[int]) -> dict[int, Terms | None]:
    """What becomes of the lines of kits that change, by line: their new terms, or None where they go.

    `wished` are the quantities asked of lines; `spoilt` lines were asked to change in another way, which no
    line of a kit can. Refuses what would leave a kit with some of its parts only.
    """
    found: dict[int, Terms | None] = {}
    for kit in kits_on(uow.session, order):
        lines = lines_of(order, kit)
        asked = [line.quantity if wished.get(line.id) is None else wished[line.id] or ZERO for line in lines]
        factors = {Fraction(each) / Fraction(line.quantity) for each, line in zip(asked, lines, strict=True)}
        quantity = _times(kit.quantity, next(iter(factors)))
        if len(factors) > 1 or quantity is None or spoilt & {line.id for line in lines}:
            raise _refused(uow, kit, lines, asked, spoilt)
        if quantity == ZERO:
            found |= {line.id: None for line in lines}
        elif quantity != kit.quantity:
            counted = scaled(uow.session, kit, lines, quantity)
            shared = shares_of(uow, order, kit, lines, counted, quantity)
            found |= {
                line.id: Terms(each.quantity, each.unit_price, each.discount, each.amounts)
                for line, each in zip(lines, shared, strict=True)
            }
    return found


def follow_lines(uow: UnitOfWork, order: SalesOrder, amendment: OrderAmendment) -> None:
    """Let the kits of an amended order be as many as their lines say, and go where these are gone."""
    kits = uow.session.scalars(select(OrderKit).where(OrderKit.order_id == order.id)).all()
    grown = {
        row.order_line_id: Fraction(row.after_quantity) / Fraction(row.before_quantity)
        for row in amendment.lines
        if row.after_quantity is not None and row.before_quantity is not None
    }
    for kit in kits:
        lines = lines_of(order, kit)
        if not lines:
            uow.session.delete(kit)
        else:
            kit.quantity = _times(kit.quantity, grown[lines[0].id]) or kit.quantity
    uow.session.flush()


def _times(quantity: Decimal, factor: Fraction) -> Decimal | None:
    exact = Fraction(quantity) * factor
    number = Decimal(exact.numerator) / Decimal(exact.denominator)
    return number if fits(number, QUANTITY_PLACES) and Fraction(number) == exact else None


def _refused(
    uow: UnitOfWork, kit: OrderKit, lines: Sequence[OrderLine], asked: Sequence[Decimal], spoilt: set[int]
) -> KitNotAmended:
    changed = [line for line, each in zip(lines, asked, strict=True) if each != line.quantity or line.id in spoilt]
    first = changed[0].variant_id if changed else lines[0].variant_id
    named = {
        row.id: row.sku
        for row in uow.session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_([kit.variant_id, first])))
    }
    return KitNotAmended(sku=named[first], kit=named[kit.variant_id])
