"""Units of a product: setting them, reading them, scanning a box."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from core.base.errors import StaleVersion
from core.catalog.errors import BarcodeTaken, UnitTooFine
from core.catalog.models import Barcode, ProductUnit
from core.catalog.queries import find_products
from core.catalog.rules import ProductEntry
from core.catalog.service import delete_product, edit_product
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import scanned, set_units, unit_rows, units_of
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_product

BOXES = (UnitEntry("箱", 60, barcodes=("BOX-60",)), UnitEntry("包", 10))


def test_a_box_scanned_counts_as_all_that_is_in_it(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG", unit="个", barcodes=("PIECE",))
        set_units(uow, mug.id, BOXES, version=mug.product.version)
    with any_store.viewing(SYSTEM) as view:
        units = units_of(view, mug.id)
        assert units.shown(Decimal(205)) == "3箱2包5个"
        assert units.parsed("3箱2包5个") == 205
        assert [(row.name, row.factor, row.barcodes) for row in unit_rows(view, mug.id)] == [
            ("箱", Fraction(60), ("BOX-60",)),
            ("包", Fraction(10), ()),
        ]
        box, piece = scanned(view, "box-60"), scanned(view, "PIECE")
        assert (box.variant_id, box.unit, box.quantity) == (mug.id, "箱", 60)
        assert (piece.unit, piece.quantity) == ("个", 1)
        assert scanned(view, "NOBODY") is None
        assert [row.sku for row in find_products(view, "BOX-60")] == ["MUG"]


def test_units_change_with_the_product_and_leave_no_barcode_behind(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, unit="个", barcodes=("PIECE",))
        set_units(uow, mug.id, BOXES, version=mug.product.version)
        version = mug.product.version
        set_units(uow, mug.id, [UnitEntry("盒", 6), UnitEntry("包", 12)], version=version)
        assert [(row.name, row.factor) for row in unit_rows(uow, mug.id)] == [("包", 12), ("盒", 6)]
        assert list(uow.session.scalars(select(Barcode.code))) == ["PIECE"]
    with store.working(SYSTEM) as uow, pytest.raises(StaleVersion):
        set_units(uow, mug.id, BOXES, version=version)
    with store.working(SYSTEM) as uow:
        delete_product(uow, mug.id)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(ProductUnit.id)).all() == []


def test_editing_a_product_keeps_the_barcodes_of_its_boxes(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG", unit="个")
        set_units(uow, mug.id, BOXES, version=mug.product.version)
        entry = ProductEntry(sku="MUG", name="Mug", unit="个", barcodes=("BOX-60", "PIECE"))
        edit_product(uow, mug.id, entry, version=mug.product.version)
        assert (scanned(uow, "BOX-60").quantity, scanned(uow, "PIECE").quantity) == (60, 1)


def test_units_that_would_lose_something_are_refused_and_nothing_changes(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, unit="打", barcodes=("PIECE",))
        a_product(uow, barcodes=("TAKEN",))
    trials = [
        (UnitTooFine, [UnitEntry("个", 1, 12)]),
        (BarcodeTaken, [UnitEntry("箱", 12, barcodes=("TAKEN",))]),
        (BarcodeTaken, [UnitEntry("箱", 12, barcodes=("PIECE",))]),
        (BarcodeTaken, [UnitEntry("箱", 12, barcodes=("B",)), UnitEntry("盒", 6, barcodes=("B",))]),
    ]
    for refusal, units in trials:
        with store.working(SYSTEM) as uow, pytest.raises(refusal):
            set_units(uow, mug.id, units, version=mug.product.version)
    with store.viewing(SYSTEM) as view:
        assert unit_rows(view, mug.id) == []
        assert sorted(view.session.scalars(select(Barcode.code))) == ["PIECE", "TAKEN"]
