"""Units at order entry: the barcode of a box adds the box, and quantities are typed as they are counted."""

from decimal import Decimal

from core.catalog.typed import find_typed
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units, units_by_variant
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_product


def test_a_scanned_box_counts_as_all_that_is_in_it(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        cup = a_product(uow, sku="CUP", unit="个", barcodes=("690001",))
        box = [UnitEntry("箱", 24, 1, ("690024",)), UnitEntry("包", 6)]
        set_units(uow, cup.id, box, version=cup.product.version)
        a_product(uow, sku="PEN", unit="支")
    with any_store.viewing(SYSTEM) as view:
        quantities = {
            text: find_typed(view, text)[0].typed.quantity
            for text in ("690024", "690024*2", "690001", "cup", "cup*3", "cup 3箱2包5个", "cup*1.5箱", "CUP 2 包")
        }
        refused = [find_typed(view, text)[0] for text in ("cup 3盒", "pen 2箱", "tea 3箱")]
        shown = {each: units.shown(Decimal(89)) for each, units in units_by_variant(view, [cup.id, cup.id + 1]).items()}
    assert quantities == {
        "690024": 24,
        "690024*2": 48,
        "690001": 1,
        "cup": 1,
        "cup*3": 3,
        "cup 3箱2包5个": 89,
        "cup*1.5箱": 36,
        "CUP 2 包": 12,
    }
    assert [(line.is_clear, line.choices) for line in refused] == [(False, ())] * 3
    assert "盒" in str(refused[0].refusal)
    assert shown == {cup.id: "3箱2包5个"}
