"""What the lines of a draft cost: the price lists first, then the customer's usual price; and the explanation kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.exact import PRICE_PLACES, ZERO, round_ratio
from core.base.i18n import N_
from core.catalog.errors import KitWithoutParts, ProductRetired
from core.catalog.kits import kit_floor, ratios_of
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.customers.models import CustomerKind
from core.pricing.resolve import Wanted, resolve_prices
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.rules import Amounts, usual_price
from core.sales.typed_units import recounted
from core.work.unit import UnitOfWork

# What `price_trace` calls what promotions took off a line, the promotion that put it there, and the approval that
# lets its price be below the lowest.
OFFERS, GIFT, APPROVAL = "offers", "gift", "approval"


@dataclass(frozen=True)
class Goods:
    """What a line needs to know of its product; `usual` is what this customer pays where no list applies.

    A kit has parts, and costs what these cost; it may be sold for what they may be sold for together.
    """

    variant_id: int
    product_id: int
    category_id: int | None
    sku: str
    usual: Decimal
    retail: Decimal
    wholesale: Decimal
    lowest: Decimal
    cost: Decimal
    tax_rate: Decimal
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Part:
    """A product in a kit, and how many stock units of it one kit holds."""

    goods: Goods
    ratio: Fraction


@dataclass(frozen=True)
class Quote:
    """A price and the explanation that is kept with it."""

    unit_price: Decimal
    trace: dict[str, Any]


class Discounted:
    """What a row with a price says of its discount: how much of it promotions gave, and how much a hand."""

    discount: Decimal
    price_trace: dict[str, Any] | None

    @property
    def offered(self) -> Decimal:
        """How much of the discount promotions gave."""
        return offered(self.price_trace)

    @property
    def by_hand(self) -> Decimal:
        """How much of the discount somebody granted."""
        return self.discount - self.offered

    @property
    def is_gift(self) -> bool:
        """Whether a promotion put it on the order; kits are never given."""
        return GIFT in (self.price_trace or {})


def goods_of(uow: UnitOfWork, variant_ids: Sequence[int], kind: CustomerKind) -> dict[int, Goods]:
    """The products of these lines; refuses those that are not sold any more, as parts of a kit either."""
    found = uow.session.execute(
        select(
            Variant.id,
            Variant.product_id,
            Variant.sku,
            Variant.retail_price,
            Variant.wholesale_price,
            Variant.lowest_price,
            Variant.purchase_price,
            Product.category_id,
            Product.name,
            Product.tax_rate,
            Product.status,
            Product.kind,
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(set(variant_ids)))
    )
    goods, kits = {}, {}
    for row in found:
        if row.status == ProductStatus.RETIRED:
            raise ProductRetired(sku=row.sku, name=row.name)
        if row.kind == ProductKind.KIT:
            kits[row.id] = row.name
        goods[row.id] = Goods(
            variant_id=row.id,
            product_id=row.product_id,
            category_id=row.category_id,
            sku=row.sku,
            usual=usual_price(kind, row.retail_price, row.wholesale_price),
            retail=row.retail_price,
            wholesale=row.wholesale_price,
            lowest=row.lowest_price,
            cost=row.purchase_price,
            tax_rate=row.tax_rate,
        )
    if len(goods) < len(set(variant_ids)):
        raise NotFound(what=N_("The product"))
    return goods | _with_parts(uow, goods, kits, kind) if kits else goods


def _with_parts(
    uow: UnitOfWork, goods: Mapping[int, Goods], kits: Mapping[int, str], kind: CustomerKind
) -> dict[int, Goods]:
    ratios = ratios_of(uow.session, list(kits))
    inside = goods_of(uow, [each for parts in ratios.values() for each in parts], kind)
    found = {}
    for kit_id, name in kits.items():
        if kit_id not in ratios:
            raise KitWithoutParts(sku=goods[kit_id].sku, name=name)
        parts = tuple(Part(inside[each], ratio) for each, ratio in ratios[kit_id].items())
        cost = sum((Fraction(part.goods.cost) * part.ratio for part in parts), Fraction())
        lowest = kit_floor(goods[kit_id].lowest, ((part.goods.lowest, part.ratio) for part in parts))
        found[kit_id] = replace(goods[kit_id], cost=round_ratio(cost, PRICE_PLACES), lowest=lowest, parts=parts)
    return found


def quotes(uow: UnitOfWork, order: SalesOrder, asked: Sequence[tuple[Goods, Decimal]]) -> list[Quote]:
    """What the order's customer pays today for each of these quantities, and why."""
    if not asked:
        return []
    wanted = [
        Wanted(
            variant_id=goods.variant_id,
            product_id=goods.product_id,
            category_id=goods.category_id,
            quantity=quantity,
            usual=goods.usual,
            list_price=goods.retail,
            wholesale_price=goods.wholesale,
            lowest_price=goods.lowest,
            cost=goods.cost,
        )
        for goods, quantity in asked
    ]
    resolved = resolve_prices(uow, wanted, customer_id=order.customer_id, channel_id=order.channel_id, on=uow.today)
    return [Quote(each.unit_price, each.facts()) for each in resolved]


def entered(goods: Goods, unit_price: Decimal) -> Quote:
    """A price that somebody entered, beside the usual one."""
    return Quote(unit_price, {"price": _plain(unit_price), "usual": _plain(goods.usual), "entered": True})


def follows_lists(line: OrderLine | OrderKit) -> bool:
    """Whether the line's price came from the lists and not from somebody's hand or a promotion."""
    return line.price_trace is not None and not line.price_trace.get("entered") and GIFT not in line.price_trace


def in_typed_unit(line: OrderLine, quantity: Decimal) -> dict[str, Any]:
    """The columns of the unit in which a line was typed, for another quantity of it; empty where that is not exact."""
    count = line.typed_quantity and recounted(line.quantity, line.typed_quantity, quantity)
    return {"typed_unit": line.typed_unit if count else None, "typed_quantity": count or None}


def is_gift(line: OrderLine | OrderKit) -> bool:
    """Whether a promotion put the line on the order."""
    return GIFT in (line.price_trace or {})


def offered(trace: Mapping[str, Any] | None) -> Decimal:
    """How much of a line's discount its promotions gave."""
    return sum((Decimal(each["amount"]) for each in (trace or {}).get(OFFERS, ())), ZERO)


def by_hand(line: OrderLine | OrderKit) -> Decimal:
    """How much of a line's discount somebody granted."""
    return line.discount_amount - offered(line.price_trace)


def price_only(trace: Mapping[str, Any] | None) -> dict[str, Any]:
    """The explanation of a price without what promotions took off it."""
    return {name: fact for name, fact in (trace or {}).items() if name != OFFERS}


def charge(line: OrderLine, amounts: Amounts) -> None:
    """Make these the amounts of a line. Of other ones than it had, its file no longer says anything more exact."""
    if amounts != Amounts(line.net_amount, line.tax_amount, line.gross_amount):
        line.beyond_cents = ZERO
    line.net_amount, line.tax_amount, line.gross_amount = amounts.net, amounts.tax, amounts.gross


def line_to_join(lines: Iterable[OrderLine | OrderKit], variant_id: int) -> OrderLine | OrderKit | None:
    """The line or kit that more of a product goes on where no price is entered: the lists then price all of it."""
    for line in lines:
        is_part = isinstance(line, OrderLine) and line.kit_id is not None
        if line.variant_id == variant_id and not is_part and by_hand(line) == ZERO and follows_lists(line):
            return line
    return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
