"""What a customer bought before: last prices of a product, usual goods, lists."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from core.base.exact import PRICE_PLACES, ZERO, round_to
from core.catalog.kits import kit_costs, kit_floors
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.catalog.queries import VariantRow, get_products
from core.customers.models import Customer
from core.pricing.resolve import Wanted, resolve_prices
from core.sales.models import SOLD_STATES, OrderKit, OrderLine, SalesOrder
from core.sales.rules import usual_price
from core.sales.template_models import OrderTemplate, OrderTemplateLine
from core.security.permissions import P
from core.work.command import Scope, query

# How far back a customer's memory goes, in orders: without an end it would cost more with every year.
REMEMBERED = 500
HABITS = 100
PEERS = 50


@dataclass(frozen=True)
class LastPriceRow:
    """A price that this customer once agreed to; `charged` is what a unit came to after the discount."""

    order_id: int
    number: str
    ordered_on: date
    quantity: Decimal
    unit_price: Decimal
    charged: Decimal


@dataclass(frozen=True)
class PriceMemory:
    """The last prices of a customer for a product, newest first, and what to compare them with.

    `usual` is what this kind of customer pays today, `lowest` the floor (None: there is none, or not
    for these eyes), `peers` the median of what others paid lately (None: nobody did).
    """

    variant_id: int
    usual: Decimal
    lowest: Decimal | None
    peers: Decimal | None
    last: tuple[LastPriceRow, ...]


@dataclass(frozen=True)
class UsualRow:
    """A product that a customer orders again and again."""

    variant_id: int
    sku: str
    name: str
    unit: str
    orders: int
    last_on: date
    last_quantity: Decimal
    last_price: Decimal
    today: Decimal
    is_retired: bool


@dataclass(frozen=True)
class TemplateLineRow:
    """A product of a list, with its price of today."""

    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    today: Decimal
    is_retired: bool


@dataclass(frozen=True)
class TemplateCard:
    """A list of a customer's usual goods."""

    id: int
    name: str
    is_active: bool
    version: int
    lines: tuple[TemplateLineRow, ...]


@query(P.ORDER_READ)
def last_prices(scope: Scope, customer_id: int, variant_id: int, *, limit: int = 5) -> PriceMemory:
    """What this customer paid for a product in the newest of the last 500 orders, beside the list price and the floor.

    Gifts are no prices, and neither are shares of a kit's price. Costs the same however long the history is.
    """
    product = get_products(scope, [variant_id])[variant_id]
    sold, alone = sold_as(product.kind)
    own = [variant_id] if product.kind == ProductKind.KIT else []
    found = scope.session.execute(
        select(
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.ordered_on,
            sold.quantity,
            sold.unit_price,
            sold.discount_amount,
        )
        .join(sold, sold.order_id == SalesOrder.id)
        .where(SalesOrder.id.in_(newest_of(customer_id, REMEMBERED)), sold.variant_id == variant_id)
        .where(sold.unit_price > ZERO, *alone)
        .order_by(SalesOrder.ordered_on.desc(), SalesOrder.id.desc(), sold.id)
        .limit(limit)
    )
    last = tuple(
        LastPriceRow(row.id, row.number, row.ordered_on, row.quantity, row.unit_price, _charged(*row[3:]))
        for row in found
    )
    return PriceMemory(
        variant_id=variant_id,
        usual=_usual(scope, customer_id, product),
        lowest=kit_floors(scope.session, own).get(variant_id, product.lowest_price) or None,
        peers=_peers(scope, customer_id, product),
        last=last,
    )


@query(P.ORDER_READ)
def usual_goods(scope: Scope, customer_id: int, *, on: date, limit: int = 20) -> list[UsualRow]:
    """What this customer ordered most often in the last 100 orders, with the last quantity and price.

    `on` is the day whose price lists say what it costs now.
    """
    newest_ids = list(scope.session.scalars(newest_of(customer_id, HABITS)))
    found: list[Any] = []
    for sold, alone in map(sold_as, (ProductKind.STOCKED, ProductKind.KIT)):
        found += scope.session.execute(
            select(SalesOrder.id, SalesOrder.ordered_on, sold.variant_id, sold.quantity, sold.unit_price)
            .join(sold, sold.order_id == SalesOrder.id)
            .where(SalesOrder.id.in_(newest_ids), *alone)
            .order_by(SalesOrder.ordered_on.desc(), SalesOrder.id.desc(), sold.id)
        ).all()
    orders: dict[int, set[int]] = defaultdict(set)
    newest: dict[int, Any] = {}
    for row in found:
        orders[row.variant_id].add(row.id)
        newest.setdefault(row.variant_id, row)
    often = sorted(newest, key=lambda each: (-len(orders[each]), -newest[each].ordered_on.toordinal(), each))[:limit]
    products = get_products(scope, often)
    today = prices_on(scope, on, customer_id, [(each, newest[each].quantity) for each in often])
    return [
        UsualRow(
            variant_id=variant_id,
            sku=products[variant_id].sku,
            name=products[variant_id].name,
            unit=products[variant_id].unit,
            orders=len(orders[variant_id]),
            last_on=newest[variant_id].ordered_on,
            last_quantity=newest[variant_id].quantity,
            last_price=newest[variant_id].unit_price,
            today=today[variant_id],
            is_retired=products[variant_id].status == ProductStatus.RETIRED,
        )
        for variant_id in often
    ]


@query(P.ORDER_READ)
def templates_of(scope: Scope, customer_id: int, *, on: date, with_retired: bool = False) -> list[TemplateCard]:
    """The lists of a customer by name, with what is for sale and what it costs on a day."""
    wanted = (
        select(
            OrderTemplate.id,
            OrderTemplate.name,
            OrderTemplate.is_active,
            OrderTemplate.version,
            OrderTemplateLine.variant_id,
            OrderTemplateLine.quantity,
            Variant.sku,
            Product.name.label("product"),
            Product.unit,
            Product.status,
        )
        .join(OrderTemplateLine, OrderTemplateLine.template_id == OrderTemplate.id)
        .join(Variant, Variant.id == OrderTemplateLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderTemplate.customer_id == customer_id)
        .order_by(OrderTemplate.name, OrderTemplate.id, OrderTemplateLine.line_number)
    )
    if not with_retired:
        wanted = wanted.where(OrderTemplate.is_active)
    found = scope.session.execute(wanted).all()
    today = prices_on(scope, on, customer_id, [(row.variant_id, row.quantity) for row in found])
    heads, lines = {}, defaultdict(list)
    for row in found:
        heads[row.id] = (row.name, row.is_active, row.version)
        is_retired = row.status == ProductStatus.RETIRED
        lines[row.id].append(
            TemplateLineRow(
                row.variant_id, row.sku, row.product, row.unit, row.quantity, today[row.variant_id], is_retired
            )
        )
    return [TemplateCard(each, *head, tuple(lines[each])) for each, head in heads.items()]


def prices_on(
    scope: Scope, on: date, customer_id: int, asked: Sequence[tuple[int, Decimal]], channel_id: int | None = None
) -> dict[int, Decimal]:
    """What a customer pays on a day for each variant in such a quantity, retired ones included."""
    customer = scope.session.execute(select(Customer.kind, Customer.channel_id).where(Customer.id == customer_id)).one()
    quantities = dict(asked)
    found = scope.session.execute(
        select(
            Variant.id,
            Variant.product_id,
            Product.category_id,
            Variant.retail_price,
            Variant.wholesale_price,
            Variant.lowest_price,
            Variant.purchase_price,
            Product.kind,
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(quantities))
    ).all()
    kits = [row.id for row in found if row.kind == ProductKind.KIT]
    costs = kit_costs(scope.session, kits) if kits else {}
    floors = kit_floors(scope.session, kits)
    wanted = [
        Wanted(
            variant_id=row.id,
            product_id=row.product_id,
            category_id=row.category_id,
            quantity=quantities[row.id],
            usual=usual_price(customer.kind, row.retail_price, row.wholesale_price),
            list_price=row.retail_price,
            wholesale_price=row.wholesale_price,
            lowest_price=floors.get(row.id, row.lowest_price),
            cost=costs.get(row.id, row.purchase_price),
        )
        for row in found
    ]
    if not wanted:
        return {}
    prices = resolve_prices(scope, wanted, customer_id=customer_id, channel_id=channel_id or customer.channel_id, on=on)
    return {each.variant_id: price.unit_price for each, price in zip(wanted, prices, strict=True)}


def newest_of(customer_id: int, count: int) -> Select[int]:
    """The ids of a customer's newest orders, however many there are."""
    return (
        select(SalesOrder.id)
        .where(SalesOrder.customer_id == customer_id, SalesOrder.business_state.in_(SOLD_STATES))
        .order_by(SalesOrder.ordered_on.desc(), SalesOrder.id.desc())
        .limit(count)
    )


def sold_as(kind: ProductKind) -> tuple[Any, tuple[ColumnElement[bool], ...]]:
    """Where a product stands on orders at its own price, and what else has to be true there."""
    return (OrderKit, ()) if kind == ProductKind.KIT else (OrderLine, (OrderLine.kit_id.is_(None),))


def _usual(scope: Scope, customer_id: int, product: VariantRow) -> Decimal:
    kind = scope.session.scalars(select(Customer.kind).where(Customer.id == customer_id)).one()
    return usual_price(kind, product.retail_price, product.wholesale_price)


def _peers(scope: Scope, customer_id: int, product: VariantRow) -> Decimal | None:
    """The middle of what a unit came to for others, in the newest lines of this product, gifts aside."""
    sold, alone = sold_as(product.kind)
    newest = (
        select(sold.id)
        .where(sold.variant_id == product.variant_id, *alone)
        .order_by(sold.order_id.desc())
        .limit(PEERS)
        .subquery()
    )
    found = scope.session.execute(
        select(sold.quantity, sold.unit_price, sold.discount_amount)
        .join(SalesOrder, SalesOrder.id == sold.order_id)
        .where(sold.id.in_(select(newest.c.id)), sold.unit_price > ZERO)
        .where(SalesOrder.customer_id != customer_id, SalesOrder.business_state.in_(SOLD_STATES))
    )
    charged = [_charged(*row) for row in found]
    return round_to(median(charged), PRICE_PLACES) if charged else None


def _charged(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Decimal:
    return round_to(unit_price - discount / quantity, PRICE_PLACES) if discount != ZERO else unit_price
