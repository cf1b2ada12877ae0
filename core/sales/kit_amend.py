"""Kits in amendments: added, brought back as they were, taken off, or in another number or at another price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.base.errors import NotFound
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Variant
from core.sales.amend_errors import KitNotAmended
from core.sales.amend_models import AmendmentKit, AmendmentLine, OrderAmendment
from core.sales.amend_rows import change_of, lines_of_kit, row_of_kit, said_of, write_after
from core.sales.amend_rules import Terms, terms
from core.sales.kit_rules import Shared, Weighed
from core.sales.kits import Said, counted_parts, kits_on, lines_of, retail_of, scaled, shared_for, shares_of
from core.sales.line_prices import OFFERS, Goods, Quote, price_only
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.work.unit import UnitOfWork

KIT = N_("The kit")

Wished = Mapping[int, Decimal | None]


@dataclass(frozen=True)
class KitWish:
    """How a kit of the order shall be; quantity zero takes it off with all its parts. What is None stays as it is.

    `like` names a kit of an amendment of this order, as it was before it, or after where it was added: without
    a `kit_id` the wish puts that one on the order, holding what it held.
    """

    quantity: Decimal | None = None
    kit_id: int | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    like: int | None = None

    def said(self, before: Said) -> Said:
        """How many kits at which price and discount the wish means of a kit that was so."""
        quantity, unit_price, discount = before
        return (
            quantity if self.quantity is None else self.quantity,
            unit_price if self.unit_price is None else self.unit_price,
            discount if self.discount is None else self.discount,
        )


@dataclass(frozen=True)
class HeldPart:
    """A line of a kit as an amendment tells it."""

    line_id: int | None
    variant_id: int
    tax_rate: Decimal
    terms: Terms


@dataclass(frozen=True)
class Held:
    """A kit as an amendment tells it."""

    variant_id: int
    tax_rate: Decimal
    said: Said
    parts: tuple[HeldPart, ...]


@dataclass(frozen=True)
class DrawnKits:
    """The kits of an order in an amendment: a row for each by its id, and by line the terms that become others."""

    rows: dict[int, AmendmentKit]
    terms: dict[int, Terms | None]


def held_in(uow: UnitOfWork, order_id: int, wishes: Iterable[KitWish]) -> dict[int, Held]:
    """The kits that wishes are to be like; `NotFound` where no amendment of the order has such a one."""
    wanted = {wish.like for wish in wishes if wish.like is not None}
    if not wanted:
        return {}
    found: dict[int, Held] = {}
    for amendment in uow.session.scalars(
        select(OrderAmendment)
        .where(OrderAmendment.order_id == order_id)
        .where(OrderAmendment.id.in_(select(AmendmentKit.amendment_id).where(AmendmentKit.id.in_(wanted))))
        .options(selectinload(OrderAmendment.kits), selectinload(OrderAmendment.lines).selectinload(AmendmentLine.kit))
    ):
        found |= {kit.id: _held(kit, lines_of_kit(amendment, kit)) for kit in amendment.kits if kit.id in wanted}
    if wanted - found.keys():
        raise NotFound(what=KIT)
    return found


def draw_kits(
    uow: UnitOfWork,
    order: SalesOrder,
    wishes: Sequence[KitWish],
    held: Mapping[int, Held],
    asked: Wished,
    spoilt: set[int],
) -> DrawnKits:
    """What becomes of the kits of an order, and of their lines.

    `asked` are quantities of lines: those of a kit's parts, all alike, say the number of kits. `spoilt` lines
    were asked to change in another way, which no line of a kit can. Refuses what would leave a kit with some of
    its parts only, or in so many as make no exact quantity of a part.
    """
    kits = kits_on(uow.session, order)
    wished = {wish.kit_id: wish for wish in wishes if wish.kit_id is not None}
    if wished.keys() - {kit.id for kit in kits}:
        raise NotFound(what=KIT)
    drawn = DrawnKits({}, {})
    for kit in kits:
        lines = lines_of(order, kit)
        said_by_parts = _said_by_parts(uow, kit, lines, asked, spoilt, is_alone=kit.id not in wished)
        wish = wished.get(kit.id) or KitWish(said_by_parts)
        row = drawn.rows[kit.id] = row_of_kit(kit)
        before = (kit.quantity, kit.unit_price, kit.discount_amount)
        quantity, unit_price, discount = said = wish.said(before)
        if quantity == ZERO:
            drawn.terms.update({line.id: None for line in lines})
            continue
        row.price_trace = kit.price_trace
        if said != before:
            _check(order, said, kit.tax_rate)
            if unit_price != kit.unit_price:
                kept = (kit.price_trace or {}).get(OFFERS)
                row.price_trace = _entered(unit_price) | ({OFFERS: kept} if kept else {})
            if discount != kit.discount_amount:
                row.price_trace = price_only(row.price_trace) or None
            like = held.get(wish.like or 0)
            drawn.terms.update(_terms_again(lines, like, said) or _terms_shared(uow, order, kit, lines, said))
        row.after_quantity, row.after_price, row.after_discount = said
    return drawn


def added_kit(
    order: SalesOrder, goods: Goods, quote: Quote, quantity: Decimal, discount: Decimal, place: int
) -> list[AmendmentLine]:
    """The rows of a kit that an amendment adds, from this number on: as when it is entered."""
    said = (quantity, quote.unit_price, discount)
    _check(order, said, goods.tax_rate)
    counted = counted_parts(goods.sku, quantity, [(part.goods.sku, part.ratio) for part in goods.parts])
    weighed = [
        Weighed(each, each * part.goods.retail, part.goods.tax_rate)
        for each, part in zip(counted, goods.parts, strict=True)
    ]
    kit = AmendmentKit(variant_id=goods.variant_id, tax_rate=goods.tax_rate, price_trace=quote.trace or None)
    kit.after_quantity, kit.after_price, kit.after_discount = said
    variants = [part.goods.variant_id for part in goods.parts]
    return _rows(kit, variants, weighed, map(_terms, shared_for(order, weighed, said)), place)


def restored_kit(uow: UnitOfWork, order: SalesOrder, wish: KitWish, like: Held, place: int) -> list[AmendmentLine]:
    """The rows of a kit that an amendment brings back, holding what it held; at the same terms to the cent."""
    quantity, unit_price, _discount = said = wish.said(like.said)
    _check(order, said, like.tax_rate)
    variants = [part.variant_id for part in like.parts]
    named = _named(uow, [like.variant_id, *variants])
    ratios = [(named[part.variant_id], Fraction(part.terms.quantity) / Fraction(like.said[0])) for part in like.parts]
    counted = counted_parts(named[like.variant_id], quantity, ratios)
    retail = retail_of(uow.session, variants)
    weighed = [
        Weighed(each, each * retail[part.variant_id], part.tax_rate)
        for each, part in zip(counted, like.parts, strict=True)
    ]
    is_same = said == like.said
    found = [part.terms for part in like.parts] if is_same else map(_terms, shared_for(order, weighed, said))
    kit = AmendmentKit(variant_id=like.variant_id, tax_rate=like.tax_rate, price_trace=_entered(unit_price))
    kit.after_quantity, kit.after_price, kit.after_discount = said
    return _rows(kit, variants, weighed, found, place)


def put_kits(uow: UnitOfWork, order: SalesOrder, amendment: OrderAmendment) -> None:
    """Make the kits of the order those that the amendment says; lines of kits that go are gone already."""
    kits = {kit.id: kit for kit in uow.session.scalars(select(OrderKit).where(OrderKit.order_id == order.id))}
    for row in amendment.kits:
        said = said_of((row.after_quantity, row.after_price, row.after_discount))
        kit = kits.get(row.order_kit_id or 0)
        if said is None:
            if kit is not None:
                uow.session.delete(kit)
            continue
        if kit is None:
            kit = OrderKit(order_id=order.id, variant_id=row.variant_id, tax_rate=row.tax_rate)
        kit.quantity, kit.unit_price, kit.discount_amount = said
        kit.price_trace = row.price_trace
        uow.add(kit)
        row.order_kit_id = kit.id
    uow.session.flush()


def _said_by_parts(
    uow: UnitOfWork,
    kit: OrderKit,
    lines: Sequence[OrderLine],
    asked: Wished,
    spoilt: set[int],
    *,
    is_alone: bool,
) -> Decimal:
    """How many kits the quantities that are asked of their parts mean, where the kit itself is not spoken of."""
    wanted = [line.quantity if asked.get(line.id) is None else asked[line.id] or ZERO for line in lines]
    factors = {Fraction(each) / Fraction(line.quantity) for each, line in zip(wanted, lines, strict=True)}
    quantity = _times(kit.quantity, next(iter(factors)))
    is_other = not is_alone and factors != {Fraction(1)}
    if is_other or len(factors) > 1 or quantity is None or spoilt & {line.id for line in lines}:
        changed = [line for line, each in zip(lines, wanted, strict=True) if each != line.quantity or line.id in spoilt]
        first = (changed or lines)[0].variant_id
        named = _named(uow, [kit.variant_id, first])
        raise KitNotAmended(sku=named[first], kit=named[kit.variant_id])
    return quantity


def _terms_again(lines: Sequence[OrderLine], like: Held | None, said: Said) -> dict[int, Terms | None]:
    """The terms that the lines had when the kit said the same; nothing where they did not."""
    if like is None or like.said != said:
        return {}
    found: dict[int, Terms | None] = {part.line_id: part.terms for part in like.parts if part.line_id is not None}
    return found if found.keys() == {line.id for line in lines} else {}


def _terms_shared(
    uow: UnitOfWork, order: SalesOrder, kit: OrderKit, lines: Sequence[OrderLine], said: Said
) -> dict[int, Terms | None]:
    shared = shares_of(uow, order, lines, scaled(uow.session, kit, lines, said[0]), said)
    return {line.id: _terms(each) for line, each in zip(lines, shared, strict=True)}


def _rows(
    kit: AmendmentKit,
    variants: Sequence[int],
    parts: Sequence[Weighed],
    found: Iterable[Terms],
    place: int,
) -> list[AmendmentLine]:
    rows = []
    for number, variant_id, part, becomes in zip(range(place, place + len(parts)), variants, parts, found, strict=True):
        row = AmendmentLine(line_number=number, variant_id=variant_id, tax_rate=part.tax_rate, kit=kit)
        row.shipped_quantity = row.returned_quantity = ZERO
        write_after(row, becomes)
        rows.append(row)
    return rows


def _held(kit: AmendmentKit, lines: Sequence[AmendmentLine]) -> Held:
    before = said_of((kit.before_quantity, kit.before_price, kit.before_discount))
    after = said_of((kit.after_quantity, kit.after_price, kit.after_discount))
    parts = []
    for line in lines:
        change = change_of(line)
        here = change.before if before else change.after
        if here is not None:
            parts.append(HeldPart(line.order_line_id, line.variant_id, line.tax_rate, here))
    return Held(kit.variant_id, kit.tax_rate, before or after or (ZERO, ZERO, ZERO), tuple(parts))


def _check(order: SalesOrder, said: Said, tax_rate: Decimal) -> None:
    """Refuses numbers that no kit can have."""
    terms(*said, tax_rate, prices_include_tax=order.prices_include_tax, rounding=order.rounding)


def _terms(each: Shared) -> Terms:
    return Terms(each.quantity, each.unit_price, each.discount, each.amounts)


def _entered(unit_price: Decimal) -> dict[str, object]:
    return {"price": f"{unit_price.normalize():f}", "entered": True}


def _times(quantity: Decimal, factor: Fraction) -> Decimal | None:
    exact = Fraction(quantity) * factor
    number = Decimal(exact.numerator) / Decimal(exact.denominator)
    return number if fits(number, QUANTITY_PLACES) and Fraction(number) == exact else None


def _named(uow: UnitOfWork, variant_ids: Sequence[int]) -> dict[int, str]:
    found = uow.session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_(variant_ids)))
    return {row.id: row.sku for row in found}
