"""The stock screens: what a warehouse worker sees and does, and what others may not."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.catalog.models import ProductKind
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.document_queries import document_card
from core.stock.ledger import Line
from core.stock.models import StockDocument
from core.stock.queries import stock_levels, warehouses
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store
from pages._shared.session import TOKEN
from pages._shared.text import LANGUAGE
from tests.builders import a_product
from tests.pages.app import MAIN, TIMEOUT, open_app, visit


@pytest.fixture
def mug(store: Store) -> int:
    """A mug of which the warehouse East has ten."""
    with store.working(SYSTEM) as uow:
        house = add_warehouse(uow, code="E", name="East")
        variant = a_product(uow, sku="MUG", name="Mug", unit="pc").id
        a_product(uow, sku="MUG2", name="Mug with lid")
        a_product(uow, sku="DEL", name="Delivery", kind=ProductKind.SERVICE)
        receive_goods(uow, warehouse_id=house, lines=[Line(variant, Decimal(10))], note="first delivery")
    return variant


def levels(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {row.sku: row.on_hand for row in stock_levels(view)}


def paste(app: AppTest, text: str) -> None:
    """Enter lines as a test without JavaScript can."""
    app.text_area[0].set_value(text)
    app.button(key="movements.paste.add").click().run()


def reason(app: AppTest) -> Selectbox:
    """The box that asks why goods leave."""
    return next(box for box in app.selectbox if str(box.key).startswith("movements.reason.issue"))


def documents(store: Store) -> int:
    with store.viewing(SYSTEM) as view:
        return view.session.scalars(select(func.count()).select_from(StockDocument)).one()


def test_the_list_shows_what_is_where_and_searching_narrows_it(store: Store, mug: int) -> None:
    app = open_app(store, Role.SALES, "stock/levels")
    assert not app.exception
    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("On hand", "10"),
        ("Reserved", "0"),
        ("Available", "10"),
    ]
    assert app.dataframe[0].value["available"].tolist() == [10.0]

    app.text_input(key="levels.search").set_value("no such thing").run()
    assert app.dataframe.len == 0
    assert "No stock matches" in app.markdown[-1].value


def test_the_stock_card_shows_the_move_its_document_and_the_balance(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.SALES), "stock/card", id=str(mug))
    assert not app.exception
    assert app.title[0].value == "Stock card"
    row = next(each.value for each in app.dataframe if "what" in each.value).iloc[0]
    assert (row["what"], row["document"], row["change"], row["balance"]) == ("Goods receipt", "GR-2026-00001", 10, 10)


def test_a_stock_card_of_nothing_says_so(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.SALES), "stock/card", id="0")
    assert not app.exception
    assert "was not found" in app.error[0].value


def test_typed_lines_become_one_receipt(store: Store, mug: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    paste(app, "mug*3\nMUG\t2\nmug2")
    app.text_input(key="movements.note.1").set_value("second delivery").run()
    app.button(key="movements.save").click().run()

    assert not app.exception
    assert levels(store) == {"MUG": Decimal(15), "MUG2": Decimal(1)}
    with store.viewing(SYSTEM) as view:
        card = document_card(view, 2)
    assert (card.note, [(line.sku, line.change) for line in card.lines]) == (
        "second delivery",
        [("MUG", Decimal(5)), ("MUG2", Decimal(1))],
    )
    assert "No lines yet" in app.caption[0].value


def test_issuing_needs_a_reason_and_keeps_the_lines_when_refused(store: Store, mug: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    app.segmented_control(key="movements.kind").set_value("issue").run()
    paste(app, "MUG*4")
    app.button(key="movements.save").click().run()
    assert "A reason is needed" in app.error[0].value
    assert levels(store) == {"MUG": Decimal(10)}

    reason(app).set_value("Sample").run()
    app.button(key="movements.save").click().run()
    assert levels(store) == {"MUG": Decimal(6)}


def test_more_than_is_there_is_refused_and_nothing_changes(store: Store, mug: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    app.segmented_control(key="movements.kind").set_value("issue").run()
    paste(app, "MUG*11")
    reason(app).set_value("Sample").run()
    app.button(key="movements.save").click().run()

    assert "Only 10 of MUG Mug available in East, 11 asked" in app.error[0].value
    assert (levels(store), documents(store)) == ({"MUG": Decimal(10)}, 1)


def test_pasted_lines_that_are_not_clear_are_all_named_and_none_is_taken(store: Store, mug: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    paste(app, "MUG*2\nmu*6\nnothing\nDEL")

    assert len(app.error) == 1
    for word in ("MUG, MUG2", "nothing", "is a service"):
        assert word in app.error[0].value
    assert "No lines yet" in app.caption[0].value


def test_a_document_is_reversed_with_its_reason(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.WAREHOUSE), "stock/document", id="1")
    app.text_input(key="document.reason.1").set_value("typed twice")
    app.button(key="document.reverse.save.1").click().run()

    assert not app.exception
    assert levels(store) == {"MUG": Decimal(0)}
    with store.viewing(SYSTEM) as view:
        assert document_card(view, 1).reversal_id == 2


def test_sales_cannot_open_the_screen_that_moves_goods(store: Store, mug: int) -> None:
    with pytest.raises(ValueError, match="stock/movements"):
        open_app(store, Role.SALES, "stock/movements")
    app = visit(open_app(store, Role.SERVICE), "stock/document", id="1")
    assert [button.key for button in app.button if "reverse" in str(button.key)] == []


def test_a_manager_opens_renames_and_closes_warehouses(store: Store) -> None:
    app = open_app(store, Role.MANAGER, "stock/warehouses")
    app.text_input(key="warehouses.new.code.0").set_value("N")
    app.text_input(key="warehouses.new.name.0").set_value("North")
    app.button(key="warehouses.new.save").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(house.code, house.name) for house in warehouses(view)] == [("N", "North")]


def test_a_keeper_without_a_warehouse_is_told_whom_to_ask(store: Store) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    assert not app.exception
    assert "Ask a manager to open one." in app.markdown[-1].value


def test_a_sheet_is_there_again_after_signing_in_anew_and_nobody_else_sees_it(store: Store, mug: int) -> None:
    app = open_app(store, Role.WAREHOUSE, "stock/movements")
    paste(app, "MUG*3")
    other = open_app(store, Role.BUYER, "stock/movements")
    assert "No lines yet" in other.caption[0].value

    again = AppTest.from_file(str(MAIN), default_timeout=TIMEOUT)
    again.session_state[LANGUAGE] = "en"
    again.session_state[TOKEN] = app.session_state[TOKEN]
    again = visit(again.run(), "stock/movements")
    assert not again.exception
    again.button(key="movements.save").click().run()
    assert levels(store) == {"MUG": Decimal(13)}


def test_an_address_that_names_no_product_is_answered_in_words(store: Store, mug: int) -> None:
    app = open_app(store, Role.SALES)
    for asked in ("9" * 30, "x", "-1"):
        assert "was not found" in visit(app, "stock/card", id=asked).error[0].value
        assert "was not found" in visit(app, "stock/document", id=asked).error[0].value
