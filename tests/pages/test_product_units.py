"""Units of a product on its card and on orders."""

from decimal import Decimal

from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units, unit_rows
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_draft, a_product, a_warehouse, goods
from tests.pages.app import open_app, visit


def test_units_are_set_on_the_card_of_a_product(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        cup = a_product(uow, sku="CUP", unit="个")
        key = f"product.units.{cup.id}.{cup.product.version}"
    app = open_app(store, Role.MANAGER)
    visit(app, "catalog/product", id=str(cup.id))
    added = [{"name": "箱", "ratio": "24", "barcodes": "690024"}]
    app.session_state[key] = {"edited_rows": {}, "added_rows": added, "deleted_rows": []}
    app.button(key="product.units.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(row.name, row.factor, row.barcodes) for row in unit_rows(view, cup.id)] == [("箱", 24, ("690024",))]


def test_an_order_shows_quantities_as_they_are_counted(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        cup = goods(uow, house, 99, unit="个")
        set_units(uow, cup.id, [UnitEntry("箱", 24), UnitEntry("包", 6)], version=cup.product.version)
        order = a_draft(uow, house, [(cup, 89), (goods(uow, house, 9), Decimal(2))])
    app = open_app(store, Role.SALES)
    visit(app, "sales/order", id=str(order))
    assert not app.exception
    frame = next(each.value for each in app.dataframe if "packed" in each.value)
    assert list(frame["packed"]) == ["3箱2包5个", ""]
