"""Kits on drafts: the lines they become, their price shared over these, and what is read of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.base.errors import NotFound
from core.base.exact import ZERO, round_to
from core.base.i18n import N_
from core.catalog.errors import KitDoesNotDivide, ProductRetired
from core.catalog.kits import held, kit_floor, whole_step
from core.catalog.models import Product, ProductStatus, Variant
from core.sales.errors import PartOfKit
from core.sales.kit_rules import Shared, Weighed, share_discount, share_price
from core.sales.line_prices import GIFT, Discounted, Goods, Quote, by_hand, charge, follows_lists
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.work.unit import UnitOfWork

Said = tuple[Decimal, Decimal, Decimal]
"""How many kits, at which price and with which discount."""

_AMOUNTS = (OrderLine.net_amount, OrderLine.tax_amount, OrderLine.gross_amount)


@dataclass(frozen=True)
class KitRow(Discounted):
    """A kit of an order; its amounts are the sums of its lines."""

    id: int
    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    price_trace: dict[str, Any] | None
    net_amount: Decimal
    tax_amount: Decimal
    gross_amount: Decimal


@dataclass(frozen=True)
class BoughtRow:
    """What an order holds as it was chosen: a product that is no part of a kit, or a kit whole."""

    variant_id: int
    sku: str
    name: str
    status: ProductStatus
    quantity: Decimal
    unit_price: Decimal


def kits_on(session: Session, order: SalesOrder) -> list[OrderKit]:
    """The kits of an order whose lines are loaded, oldest first; costs nothing where no line is of a kit."""
    if not any(line.kit_id for line in order.lines):
        return []
    return list(session.scalars(select(OrderKit).where(OrderKit.order_id == order.id).order_by(OrderKit.id)))


def kit_rows(session: Session, order_id: int) -> list[KitRow]:
    """The kits of an order with their names and amounts."""
    sums = [func.sum(column, type_=column.type) for column in _AMOUNTS]
    totals = (
        select(OrderLine.kit_id, *(each.label(name) for name, each in zip("ntg", sums, strict=True)))
        .where(OrderLine.order_id == order_id, OrderLine.kit_id.is_not(None))
        .group_by(OrderLine.kit_id)
        .subquery()
    )
    found = session.execute(
        select(OrderKit.id, OrderKit.variant_id, Variant.sku, Product.name, Product.unit)
        .add_columns(OrderKit.quantity, OrderKit.unit_price, OrderKit.discount_amount, OrderKit.price_trace)
        .add_columns(totals.c.n, totals.c.t, totals.c.g)
        .join(totals, totals.c.kit_id == OrderKit.id)
        .join(Variant, Variant.id == OrderKit.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderKit.order_id == order_id)
        .order_by(OrderKit.id)
    )
    return [KitRow(*tuple(row)) for row in found]


def bought(session: Session, order_id: int) -> list[BoughtRow]:
    """What somebody chose for an order, gifts aside: lines that belong to no kit, then the kits."""
    found: list[BoughtRow] = []
    for table in (OrderLine, OrderKit):
        chosen = (
            select(table.variant_id, Variant.sku, Product.name, Product.status, table.quantity, table.unit_price)
            .add_columns(table.price_trace)
            .join(Variant, Variant.id == table.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(table.order_id == order_id)
            .order_by(table.id)
        )
        if table is OrderLine:
            chosen = chosen.where(OrderLine.kit_id.is_(None))
        found += [BoughtRow(*tuple(row)[:-1]) for row in session.execute(chosen) if GIFT not in (row.price_trace or {})]
    return found


def lines_of(order: SalesOrder, kit: OrderKit) -> list[OrderLine]:
    """The lines of a kit, in their order."""
    return [line for line in order.lines if line.kit_id == kit.id]


def refuse_retired_kits(uow: UnitOfWork, order_id: int) -> None:
    """`ProductRetired` where a kit of the order is not sold any more."""
    gone = uow.session.execute(
        select(Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .join(OrderKit, OrderKit.variant_id == Variant.id)
        .where(OrderKit.order_id == order_id, Product.status == ProductStatus.RETIRED)
        .order_by(OrderKit.id)
    ).first()
    if gone is not None:
        raise ProductRetired(sku=gone.sku, name=gone.name)


def get_kit(uow: UnitOfWork, order: SalesOrder, kit_id: int) -> OrderKit:
    """A kit of this order; `NotFound` where it has none of this id."""
    for kit in kits_on(uow.session, order):
        if kit.id == kit_id:
            return kit
    raise NotFound(what=N_("The kit"))


def refuse_part(uow: UnitOfWork, line: OrderLine) -> None:
    """`PartOfKit` for a line of a kit: it changes with the kit alone."""
    if line.kit_id is None:
        return
    sku = uow.session.scalar(select(Variant.sku).where(Variant.id == line.variant_id))
    kit = uow.session.scalar(
        select(Variant.sku).join(OrderKit, OrderKit.variant_id == Variant.id).where(OrderKit.id == line.kit_id)
    )
    raise PartOfKit(sku=sku, kit=kit)


def kit_to_join(session: Session, order: SalesOrder, goods: Goods, unit_price: Decimal | None) -> OrderKit | None:
    """The kit that more of the same goes on: nothing granted by hand, the same price or that of the lists."""
    for kit in kits_on(session, order):
        if kit.variant_id != goods.variant_id or by_hand(kit) != ZERO:
            continue
        lines = lines_of(order, kit)
        inside = {line.variant_id: Fraction(line.quantity) / Fraction(kit.quantity) for line in lines}
        is_same = follows_lists(kit) if unit_price is None else kit.unit_price == unit_price
        if is_same and inside == {part.goods.variant_id: part.ratio for part in goods.parts}:
            return kit
    return None


def put_kit(
    uow: UnitOfWork, order: SalesOrder, goods: Goods, quantity: Decimal, discount: Decimal, quote: Quote
) -> OrderKit:
    """Put so many kits on a draft: a line for each part, held together."""
    kit = OrderKit(
        order_id=order.id,
        variant_id=goods.variant_id,
        quantity=quantity,
        unit_price=quote.unit_price,
        discount_amount=discount,
        tax_rate=goods.tax_rate,
        price_trace=quote.trace or None,
    )
    counted = counted_parts(goods.sku, quantity, [(part.goods.sku, part.ratio) for part in goods.parts])
    uow.add(kit)
    last = max((line.line_number for line in order.lines), default=0)
    weighed = [
        Weighed(each, each * part.goods.retail, part.goods.tax_rate)
        for each, part in zip(counted, goods.parts, strict=True)
    ]
    shared = shared_for(order, weighed, (quantity, quote.unit_price, discount))
    for place, (part, terms) in enumerate(zip(goods.parts, shared, strict=True), last + 1):
        line = OrderLine(line_number=place, variant_id=part.goods.variant_id, tax_rate=part.goods.tax_rate)
        line.kit_id, line.shipped_quantity, line.returned_quantity = kit.id, ZERO, ZERO
        write_terms(line, terms)
        order.lines.append(line)
    return kit


def set_kit(
    uow: UnitOfWork, order: SalesOrder, kit: OrderKit, quantity: Decimal, discount: Decimal, quote: Quote
) -> None:
    """Give a kit another quantity, price or discount; what one of it holds stays, and so do its lines."""
    lines = lines_of(order, kit)
    counted = scaled(uow.session, kit, lines, quantity)
    kit.quantity, kit.unit_price, kit.discount_amount = quantity, quote.unit_price, discount
    kit.price_trace = quote.trace or None
    said = (quantity, quote.unit_price, discount)
    for line, terms in zip(lines, shares_of(uow, order, lines, counted, said), strict=True):
        write_terms(line, terms)


def shares_of(
    uow: UnitOfWork, order: SalesOrder, lines: Sequence[OrderLine], counted: Sequence[Decimal], said: Said
) -> list[Shared]:
    """The terms of the lines of a kit, of which so many are counted; they weigh what they cost apart."""
    retail = retail_of(uow.session, [line.variant_id for line in lines])
    weighed = [
        Weighed(each, each * retail[line.variant_id], line.tax_rate) for each, line in zip(counted, lines, strict=True)
    ]
    return shared_for(order, weighed, said)


def shared_for(order: SalesOrder, parts: Sequence[Weighed], said: Said) -> list[Shared]:
    """The terms of the parts of so many kits, at this price and discount."""
    quantity, unit_price, discount = said
    whole = round_to(quantity * unit_price, rounding=order.rounding)
    return share_price(
        whole,
        min(discount, whole),
        parts,
        prices_include_tax=order.prices_include_tax,
        rounding=order.rounding,
    )


def floor_of_kit(session: Session, order: SalesOrder, kit: OrderKit) -> Decimal:
    """The lowest price of a kit that holds what its lines say, whatever it holds today."""
    lines = lines_of(order, kit)
    ids = [kit.variant_id, *(line.variant_id for line in lines)]
    found = session.execute(select(Variant.id, Variant.lowest_price).where(Variant.id.in_(ids)))
    lowest = {row.id: row.lowest_price for row in found}
    inside = [(lowest[line.variant_id], Fraction(line.quantity) / Fraction(kit.quantity)) for line in lines]
    return kit_floor(lowest[kit.variant_id], inside)


def retail_of(session: Session, variant_ids: Sequence[int]) -> dict[int, Decimal]:
    """What products cost by themselves."""
    found = session.execute(select(Variant.id, Variant.retail_price).where(Variant.id.in_(variant_ids)))
    return {row.id: row.retail_price for row in found}


def share_again(order: SalesOrder, kit: OrderKit) -> None:
    """Share the discount of a kit, which is another one now, over its lines."""
    lines = lines_of(order, kit)
    shared = share_discount(
        worth(order, kit, kit.quantity) - kit.discount_amount,
        [(line.quantity, line.unit_price, line.tax_rate) for line in lines],
        prices_include_tax=order.prices_include_tax,
        rounding=order.rounding,
    )
    for line, terms in zip(lines, shared, strict=True):
        write_terms(line, terms)


def remove_kit_rows(uow: UnitOfWork, order: SalesOrder, kit: OrderKit) -> None:
    """Take a kit off a draft with all its lines."""
    for line in lines_of(order, kit):
        order.lines.remove(line)
    uow.session.flush()
    uow.session.delete(kit)
    uow.session.flush()


def worth(order: SalesOrder, kit: OrderKit, quantity: Decimal) -> Decimal:
    """What so many kits cost before any discount, as entered with or without tax."""
    return round_to(quantity * kit.unit_price, rounding=order.rounding)


def scaled(session: Session, kit: OrderKit, lines: Sequence[OrderLine], quantity: Decimal) -> list[Decimal]:
    """How many of each line another number of kits needs; refuses what has no exact form."""
    ratios = [Fraction(line.quantity) / Fraction(kit.quantity) for line in lines]
    named: dict[int, str] = {}
    counted = [held(quantity, ratio) for ratio in ratios]
    if None in counted:
        ids = [kit.variant_id, *(line.variant_id for line in lines)]
        found = session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_(ids)))
        named = {row.id: row.sku for row in found}
    codes = [named.get(line.variant_id, "") for line in lines]
    return counted_parts(named.get(kit.variant_id, ""), quantity, list(zip(codes, ratios, strict=True)))


def write_terms(line: OrderLine, terms: Shared) -> None:
    """Make these the terms of a line of a kit."""
    line.quantity, line.unit_price, line.discount_amount = terms.quantity, terms.unit_price, terms.discount
    charge(line, terms.amounts)


def counted_parts(sku: str, quantity: Decimal, parts: Iterable[tuple[str, Fraction]]) -> list[Decimal]:
    """How many of each part (code, held by one kit) so many kits need; refuses what has no exact form."""
    parts = list(parts)
    counted = []
    for code, ratio in parts:
        each = held(quantity, ratio)
        if each is None:
            step = whole_step(ratio for _code, ratio in parts)
            raise KitDoesNotDivide(sku=sku, quantity=quantity, part=code, step=step)
        counted.append(each)
    return counted
