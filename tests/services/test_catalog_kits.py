"""What a kit may hold, and where a product is in its life, on both databases."""

from decimal import Decimal
from fractions import Fraction

import pytest

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.catalog.errors import (
    KitInKit,
    KitNotStocked,
    KitOfServices,
    KitStaysKit,
    NoKit,
    PartTwice,
    ProductInKit,
    ProductRetired,
)
from core.catalog.kits import PartEntry, parts_of, set_parts
from core.catalog.models import FOR_SALE, ProductKind, ProductStatus
from core.catalog.queries import count_products, find_products, product_card
from core.catalog.rules import ProductEntry
from core.catalog.service import delete_product, edit_product, set_status
from core.catalog.typed import find_typed
from core.security.actor import SYSTEM
from core.stock.kits import with_kits
from core.work.store import Store
from tests.builders import a_draft, a_kit, a_product, a_warehouse, goods
from tests.traces import refused

ONE = Fraction(1)


def version_of(store: Store, variant_id: int) -> int:
    with store.viewing(SYSTEM) as view:
        return product_card(view, variant_id).version


def test_a_kit_holds_what_was_set_last_in_its_order_and_is_a_new_version_of_the_product(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug, tea, cup = (a_product(uow, sku=sku).id for sku in ("MUG", "TEA", "CUP"))
        kit = a_kit(uow, (uow.session.get_one(type(a_product(uow)), mug), 1), sku="BOX").id
    before = version_of(any_store, kit)
    parts = [PartEntry(tea, Fraction(1, 3)), PartEntry(mug, Fraction(2)), PartEntry(cup, Fraction("0.5"))]
    any_store.run(SYSTEM, set_parts, None, kit, parts, version=before)
    with any_store.viewing(SYSTEM) as view:
        assert [(row.sku, row.ratio) for row in parts_of(view, [kit])[kit]] == [
            ("TEA", Fraction(1, 3)),
            ("MUG", 2),
            ("CUP", Fraction(1, 2)),
        ]
    with refused(any_store, StaleVersion):
        any_store.run(SYSTEM, set_parts, None, kit, parts[:1], version=before)
    any_store.run(SYSTEM, set_parts, None, kit, parts[:1], version=version_of(any_store, kit))
    with any_store.viewing(SYSTEM) as view:
        assert [row.sku for row in parts_of(view, [kit])[kit]] == ["TEA"]


def test_a_kit_holds_goods_each_once_and_no_kit(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG")
        wrap = a_product(uow, sku="WRAP", kind=ProductKind.SERVICE).id
        other, box = a_kit(uow, (mug, 1)).id, a_kit(uow, (mug, 1)).id
        mug_id = mug.id
    version = version_of(any_store, box)
    for wrong, parts in (
        (KitInKit, [PartEntry(other, ONE)]),
        (KitInKit, [PartEntry(box, ONE)]),
        (KitOfServices, [PartEntry(wrap, ONE)]),
        (PartTwice, [PartEntry(mug_id, ONE), PartEntry(mug_id, ONE)]),
        (InvalidInput, []),
        (InvalidInput, [PartEntry(mug_id, Fraction(0))]),
        (InvalidInput, [PartEntry(mug_id, Fraction(1, 10_000_000))]),
        (NotFound, [PartEntry(999, ONE)]),
    ):
        with refused(any_store, wrong):
            any_store.run(SYSTEM, set_parts, None, box, parts, version=version)
    with refused(any_store, NoKit):
        any_store.run(SYSTEM, set_parts, None, mug_id, [PartEntry(wrap, ONE)], version=version_of(any_store, mug_id))


def test_a_kit_stays_one_and_its_parts_are_not_deleted(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG")
        box = a_kit(uow, (mug, 1), sku="BOX").id
        mug_id = mug.id
    for variant_id, sku, kind in ((box, "BOX", ProductKind.STOCKED), (mug_id, "MUG", ProductKind.KIT)):
        entry = ProductEntry(sku=sku, name="Mug", retail_price=Decimal(10), kind=kind)
        with refused(any_store, KitStaysKit):
            any_store.run(SYSTEM, edit_product, None, variant_id, entry, version=version_of(any_store, variant_id))
    with refused(any_store, ProductInKit):
        any_store.run(SYSTEM, delete_product, None, mug_id)
    any_store.run(SYSTEM, delete_product, None, box)
    any_store.run(SYSTEM, delete_product, None, mug_id)
    with any_store.viewing(SYSTEM) as view:
        assert count_products(view, status=None) == 0


def test_a_kit_is_found_where_goods_are_sold_and_not_where_they_are_stocked(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 7, sku="MUG", purchase_price=Decimal(4))
        a_kit(uow, (mug, 2), sku="BOX")
    with any_store.viewing(SYSTEM) as view:
        (sold,) = find_typed(view, "box*2")
        (stocked,) = find_typed(view, "box*2", for_stock=True)
        rows = with_kits(view, find_products(view))
    assert (sold.is_clear, sold.typed.quantity) == (True, 2)
    assert isinstance(stocked.refusal, KitNotStocked)
    assert [(row.sku, row.purchase_price, row.buildable) for row in rows] == [("BOX", 8, 3), ("MUG", 4, None)]


@pytest.mark.parametrize("status", ProductStatus)
def test_new_arrivals_and_clearance_are_sold_and_what_is_retired_is_not(
    any_store: Store, status: ProductStatus
) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 7, sku="MUG")
        assert mug.product.status is ProductStatus.ACTIVE
        set_status(uow, mug.id, status)
    is_sold = status in FOR_SALE
    assert is_sold == (status is not ProductStatus.RETIRED)
    with any_store.viewing(SYSTEM) as view:
        assert [row.status for row in find_products(view)] == [status] * is_sold
        assert [row.status for row in find_products(view, status=status)] == [status]
        assert count_products(view, status=[each for each in ProductStatus if each is not status]) == 0
        assert find_typed(view, "mug")[0].is_clear == is_sold
    if is_sold:
        with any_store.working(SYSTEM) as uow:
            assert a_draft(uow, house, [(mug, 1)])
    else:
        with refused(any_store, ProductRetired), any_store.working(SYSTEM) as uow:
            a_draft(uow, house, [(mug, 1)])
