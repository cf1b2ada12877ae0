"""Small makers of what a test needs and does not care about."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from core.catalog.kits import PartEntry, set_parts
from core.catalog.models import ProductKind, Variant
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product, get_variant
from core.customers.models import Customer
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, ensure_channel, get_customer
from core.pricing.errors import CouponRefused
from core.pricing.lists import PriceListEntry, PriceRuleEntry, add_price_list, add_price_rule, publish_price_list
from core.pricing.promotions import add_promotion, issue_coupons, offers_on, publish_promotion
from core.pricing.rules.promotions import VERDICT_LABELS, Basket, Kind, Outcome, Promotion
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.stock.ledger import Line
from core.stock.service import add_warehouse, receive_goods
from core.work.command import Scope
from core.work.unit import UnitOfWork

_serial = count(1)


def priced(scope: Scope, basket: Basket) -> Outcome:
    """A basket with the promotions that are published; refuses codes that cannot be used, saying why."""
    offers = offers_on(scope, on=basket.on, customer_id=basket.customer_id, codes=basket.codes)
    for code, verdict in offers.refused.items():
        raise CouponRefused(code=code, reason=VERDICT_LABELS[verdict])
    return offers.price(basket)


def a_product(uow: UnitOfWork, *, retail_price: Decimal | str | int = 10, **fields: Any) -> Variant:
    """A stocked product that costs 10 unless said otherwise."""
    entry = {"sku": f"SKU-{next(_serial)}", "name": "Mug", "retail_price": Decimal(retail_price), **fields}
    return get_variant(uow, add_product(uow, ProductEntry(**entry)))


def a_kit(uow: UnitOfWork, *parts: tuple[Variant, Fraction | int], **fields: Any) -> Variant:
    """A kit that holds so much of each of these."""
    kit = a_product(uow, kind=ProductKind.KIT, **{"name": "Gift box"} | fields)
    entries = [PartEntry(part.id, Fraction(ratio)) for part, ratio in parts]
    set_parts(uow, kit.id, entries, version=kit.product.version)
    return kit


def a_customer(uow: UnitOfWork, name: str = "Lotus Trading", **fields: Any) -> Customer:
    """A company that buys."""
    return get_customer(uow, add_customer(uow, CustomerEntry(name=name, **fields)))


def a_channel(uow: UnitOfWork, name: str = "Shop") -> int:
    """The id of the channel of this name."""
    return ensure_channel(uow, name)


def a_warehouse(uow: UnitOfWork, code: str = "MAIN") -> int:
    """The id of an empty warehouse."""
    return add_warehouse(uow, code=code, name=f"{code} warehouse")


def goods(uow: UnitOfWork, warehouse_id: int, quantity: Decimal | str | int, **fields: Any) -> Variant:
    """A product of which so much is on the shelf."""
    variant = a_product(uow, **fields)
    receive_goods(uow, warehouse_id=warehouse_id, lines=[Line(variant.id, Decimal(quantity))])
    return variant


def a_draft(uow: UnitOfWork, warehouse_id: int, lines: Sequence[tuple[Variant, int]]) -> int:
    """The id of a draft order of a new customer."""
    return create_order(
        uow,
        customer_id=a_customer(uow).id,
        channel_id=a_channel(uow),
        warehouse_id=warehouse_id,
        lines=[LineDraft(variant.id, Decimal(quantity)) for variant, quantity in lines],
    )


def a_sale(
    uow: UnitOfWork, warehouse_id: int, lines: Sequence[tuple[Variant, int]], *, channel: str = "Shop", **fields: Any
) -> int:
    """The id of a confirmed order of a new customer."""
    return confirm_order(
        uow,
        create_order(
            uow,
            customer_id=a_customer(uow).id,
            channel_id=a_channel(uow, channel),
            warehouse_id=warehouse_id,
            lines=[LineDraft(variant.id, Decimal(quantity)) for variant, quantity in lines],
            **fields,
        ),
    )


def a_price_list(uow: UnitOfWork, *rules: PriceRuleEntry, name: str = "", **fields: Any) -> int:
    """The id of a published price list with these rules."""
    listed = add_price_list(uow, PriceListEntry(name=name or f"List {next(_serial)}", **fields))
    for rule in rules:
        add_price_rule(uow, listed, rule)
    return publish_price_list(uow, listed)


def a_promotion(uow: UnitOfWork, kind: Kind, *codes: str, most_uses: int | None = 1, **fields: Any) -> int:
    """The id of a published promotion, with these coupons."""
    made = add_promotion(uow, Promotion(0, kind, **{"name": f"Promotion {next(_serial)}"} | fields))
    if codes:
        issue_coupons(uow, made, codes, most_uses=most_uses)
    return publish_promotion(uow, made)
