"""Every command of prices, products and customers refuses what cannot be, and leaves every row as it was."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from core.catalog.categories import add_category, delete_category, move_category, rename_category
from core.catalog.kits import PartEntry, set_parts
from core.catalog.models import ProductKind, ProductStatus, Tracking
from core.catalog.rules import ProductEntry
from core.catalog.service import (
    add_product,
    delete_product,
    edit_product,
    reactivate_product,
    retire_product,
    set_status,
)
from core.catalog.substitutes import set_substitutes
from core.catalog.tracking import track_product
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units
from core.customers.reveal import reveal_customer
from core.customers.rules import CustomerEntry
from core.customers.service import (
    add_channel,
    add_customer,
    deactivate_customer,
    edit_customer,
    reactivate_customer,
    rename_channel,
)
from core.pricing.limits import set_margin_rule, set_price_floor
from core.pricing.lists import (
    PriceListEntry,
    PriceRuleEntry,
    add_price_list,
    add_price_rule,
    add_price_rules,
    edit_price_list,
    edit_price_rule,
    publish_price_list,
    remove_price_rule,
    withdraw_price_list,
)
from core.pricing.promotions import (
    add_promotion,
    copy_promotion,
    edit_promotion,
    issue_coupons,
    publish_promotion,
    withdraw_coupon,
    withdraw_promotion,
)
from core.pricing.rules.margins import Thresholds
from core.pricing.rules.promotions import Kind, Off, Promotion
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_price_list, a_product, a_promotion, a_sale, a_warehouse, goods
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

GONE = 999
TENTH = Promotion(0, Kind.ITEM, name="Tenth", off=Off(percent=Decimal(10)))


def d(number: str | int) -> Decimal:
    return Decimal(number)


def test_refused_commands_of_prices_and_master_data_change_not_one_row(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = a_stocked_shop(uow)
    refused = [*_prices(shop), *_masters(shop)]
    assert_each_refused(any_store, refused)
    assert_none_forgotten(refused, "core.pricing.", "core.catalog.", "core.customers.", but=set())


def a_stocked_shop(uow: UnitOfWork) -> SimpleNamespace:
    """A mug that was sold, a plate, two categories, a price list with a rule and one without, and a coupon."""
    shop, house = SimpleNamespace(), a_warehouse(uow)
    mug = goods(uow, house, 10, sku="MUG")
    shop.mug, shop.plate = mug.id, a_product(uow, sku="PLATE").id
    sold = a_sale(uow, house, [(mug, 3)])
    shop.customer = uow.session.query(SalesOrder.customer_id).filter_by(id=sold).scalar()
    shop.list = a_price_list(uow, PriceRuleEntry(price=d(9)), name="Spring")
    shop.empty = add_price_list(uow, PriceListEntry("Empty"))
    shop.promotion = a_promotion(uow, Kind.COUPON, "SPRING", name="Spring", off=Off(percent=d(10)))
    shop.category = add_category(uow, "Cups")
    shop.below = add_category(uow, "Mugs", shop.category)
    return shop


def _prices(shop: Any) -> Calls:
    nine = PriceRuleEntry(price=d(9))
    neither = PriceRuleEntry()
    return [
        (set_margin_rule, (), {"thresholds": Thresholds(d("0.1"), d("0.2"))}),
        (set_margin_rule, (), {"category_id": GONE, "thresholds": None}),
        (set_price_floor, (Role.SALES, d(1)), {}),
        (set_price_floor, (Role.SALES, d("-0.1")), {}),
        (add_price_list, (PriceListEntry("Spring"),), {}),
        (edit_price_list, (shop.list, PriceListEntry("Empty")), {"version": 1}),
        (edit_price_list, (GONE, PriceListEntry("New")), {"version": 1}),
        (add_price_rule, (shop.list, nine), {}),
        (add_price_rule, (GONE, nine), {}),
        (add_price_rules, (shop.empty, [nine, neither]), {}),
        (edit_price_rule, (1, neither), {}),
        (edit_price_rule, (GONE, nine), {}),
        (remove_price_rule, (GONE,), {}),
        (publish_price_list, (shop.empty,), {}),
        (withdraw_price_list, (GONE,), {}),
        (add_promotion, (Promotion(0, Kind.ITEM, name="Spring", off=TENTH.off),), {}),
        (add_promotion, (Promotion(0, Kind.LADDER, name="No steps"),), {}),
        (edit_promotion, (shop.promotion, TENTH), {"version": 2}),
        (edit_promotion, (GONE, TENTH), {"version": 1}),
        (copy_promotion, (shop.promotion, "Spring"), {}),
        (copy_promotion, (GONE, "New"), {}),
        (publish_promotion, (GONE,), {}),
        (withdraw_promotion, (GONE,), {}),
        (issue_coupons, (shop.promotion, ["NEW", "SPRING"]), {}),
        (issue_coupons, (shop.promotion, ["NEW"]), {"most_uses": 0}),
        (withdraw_coupon, ("NEVER",), {}),
    ]


def _masters(shop: Any) -> Calls:
    mug = ProductEntry(sku="PLATE", name="Mug", retail_price=d(1))
    walk_in = CustomerEntry(name=" ")
    return [
        (add_product, (mug,), {}),
        (edit_product, (shop.mug, mug), {"version": 1}),
        (edit_product, (GONE, mug), {"version": 1}),
        (delete_product, (shop.mug,), {}),
        (retire_product, (GONE,), {}),
        (set_status, (GONE, ProductStatus.CLEARANCE), {}),
        (set_parts, (GONE, [PartEntry(shop.mug, Fraction(1))]), {"version": 1}),
        (set_parts, (shop.mug, [PartEntry(shop.plate, Fraction(1))]), {"version": 1}),
        (edit_product, (shop.mug, replace(mug, sku="MUG", kind=ProductKind.KIT)), {"version": 1}),
        (reactivate_product, (GONE,), {}),
        (set_substitutes, (shop.mug, [shop.mug]), {}),
        (set_substitutes, (shop.mug, [GONE]), {}),
        (track_product, (GONE,), {"tracking": Tracking.LOT}),
        (set_units, (shop.mug, [UnitEntry("box", 0)]), {"version": 1}),
        (set_units, (GONE, [UnitEntry("box", 12)]), {"version": 1}),
        (add_category, ("Cups",), {}),
        (add_category, ("New", GONE), {}),
        (rename_category, (shop.category, " "), {}),
        (move_category, (shop.category, shop.below), {}),
        (delete_category, (shop.category,), {}),
        (add_customer, (walk_in,), {}),
        (edit_customer, (shop.customer, walk_in), {"version": 1}),
        (reveal_customer, (0,), {"purpose": "Delivery"}),
        (deactivate_customer, (GONE,), {}),
        (reactivate_customer, (GONE,), {}),
        (add_channel, ("Shop",), {}),
        (rename_channel, (GONE, "Fair"), {}),
    ]
