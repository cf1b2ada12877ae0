"""Suppliers, transfers and costs on screen: what each role sees and does, and what it does not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import add_warehouse, receive_goods
from core.stock.transfers.models import TransferState
from core.stock.transfers.queries import transfer_card
from core.stock.transfers.service import request_transfer, ship_transfer
from core.suppliers.queries import find_suppliers
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier
from core.work.store import Store
from tests.builders import a_product
from tests.pages.app import open_app, visit

COST_SCREENS = ("stock/value", "stock/product_cost", "stock/cost_changes", "stock/cost_methods", "stock/periods")


@pytest.fixture
def transfer(store: Store) -> int:
    """Four mugs that cost 7.77 each, on the way from East to West."""
    with store.working(SYSTEM) as uow:
        east, west = (add_warehouse(uow, code=name[0], name=name) for name in ("East", "West"))
        mug = a_product(uow, sku="MUG", name="Mug", unit="pc").id
        supplier = add_supplier(uow, SupplierEntry(name="Huaci"))
        lines = [Line(mug, Decimal(10), unit_cost=Decimal("7.77"))]
        receive_goods(uow, warehouse_id=east, lines=lines, supplier_id=supplier)
        made = request_transfer(uow, source_id=east, target_id=west, lines=[Line(mug, Decimal(4))])
        ship_transfer(uow, made)
    return made


def shown(app) -> str:
    """Everything that this screen says, tables included."""
    words = [each.value for kind in ("markdown", "caption", "info", "warning") for each in app.get(kind)]
    words += [f"{each.label} {each.value}" for each in app.metric]
    return "\n".join([*words, *(each.value.to_string() for each in app.dataframe)])


def test_what_is_on_the_way_is_put_on_the_shelf(store: Store, transfer: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/transfers")
    assert app.dataframe[0].value["on_the_way"].tolist() == [4.0]
    app = visit(app, "stock/transfer", id=str(transfer))
    assert not app.exception
    next(each for each in app.button if str(each.key).endswith("shipped.save")).click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert transfer_card(view, transfer).state is TransferState.CLOSED


def test_who_only_looks_at_stock_has_no_button_on_a_transfer(store: Store, transfer: int) -> None:
    app = visit(open_app(store, Role.SALES), "stock/transfer", id=str(transfer))
    assert not app.exception
    assert [each for each in app.button if str(each.key).startswith("transfer.")] == []


def test_the_stock_list_shows_what_is_on_the_way(store: Store, transfer: int) -> None:
    app = open_app(store, Role.SALES, "stock/levels")
    assert app.dataframe[0].value[["warehouse", "on_the_way"]].values.tolist() == [["East", 0.0], ["West", 4.0]]


@pytest.mark.parametrize("screen", COST_SCREENS)
def test_finance_opens_every_screen_of_costs(store: Store, clock: FixedClock, transfer: int, screen: str) -> None:
    clock.moment += timedelta(days=40)
    app = visit(open_app(store, Role.FINANCE), screen, id="1")
    assert not app.exception


@pytest.mark.parametrize("screen", COST_SCREENS)
def test_a_keeper_opens_none_of_them(store: Store, transfer: int, screen: str) -> None:
    with pytest.raises(ValueError, match="page"):
        open_app(store, Role.WAREHOUSE, screen)


@pytest.mark.parametrize(("role", "sees"), [(Role.BUYER, True), (Role.WAREHOUSE, False), (Role.SALES, False)])
def test_the_value_of_a_receipt_is_shown_to_who_may_see_costs_alone(
    store: Store, transfer: int, role: Role, sees: bool
) -> None:
    app = visit(open_app(store, role), "stock/document", id="1")
    assert not app.exception
    assert "Huaci" in shown(app)
    assert ("7.77" in shown(app), "77.70" in shown(app)) == (sees, sees)


def test_the_value_of_the_stock_adds_up(store: Store, transfer: int) -> None:
    app = open_app(store, Role.FINANCE, "stock/value")
    assert [(each.label, each.value) for each in app.metric] == [("Stock value", "¥77.70"), ("On hand", "10")]


def test_a_buyer_adds_a_supplier_and_is_told_what_is_missing(store: Store) -> None:
    app = open_app(store, Role.BUYER, "suppliers/suppliers")
    app.button(key="suppliers.new.0.save").click().run()
    assert app.error[0].value == "Supplier name\\: must not be empty. Enter it and try again."
    app.text_input(key="new.0.name").set_value("Huaci")
    app.button(key="suppliers.new.0.save").click().run()
    with store.viewing(SYSTEM) as view:
        assert [row.name for row in find_suppliers(view)] == ["Huaci"]
