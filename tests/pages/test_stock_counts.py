"""The screens of stocktakes: planning, counting blind, reviewing, posting."""

from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import CountState
from core.stock.counts.plan import plan_count
from core.stock.counts.queries import stock_count_card, stock_counts
from core.stock.counts.review import submit_count
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import open_app, visit
from tests.stocktaking import LIMITLESS


@pytest.fixture
def count(store: Store) -> int:
    """An open blind stocktake of ten mugs and five cups."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        goods(uow, house, 10, sku="MUG", name="Mug", purchase_price=Decimal(3))
        goods(uow, house, 5, sku="CUP", name="Cup")
    return store.run(SYSTEM, plan_count, None, warehouse_id=house, tolerances=LIMITLESS)


def counted(store: Store, count: int, **quantities: int) -> None:
    with store.viewing(SYSTEM) as view:
        known = {row.sku: row.variant_id for row in stock_levels(view)}
    store.run(SYSTEM, enter_counts, None, count, {known[sku]: Decimal(n) for sku, n in quantities.items()})


def state(store: Store, count: int) -> CountState:
    with store.viewing(SYSTEM) as view:
        return stock_count_card(view, count).state


def shown(app: AppTest) -> str:
    """Everything that was sent to be shown, to look for what must not be there."""
    return " ".join(str(frame.value.to_dict()) for frame in app.dataframe) + " ".join(
        each.value for each in (*app.markdown, *app.caption)
    )


def test_a_manager_plans_a_stocktake_and_is_led_to_it(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 10, sku="MUG")
    app = open_app(store, Role.MANAGER)
    app.session_state["counts.plan"] = True
    app = visit(app, "stock/counts")
    assert not app.exception
    app.selectbox(key="counts.plan.scope").set_value("cycle").run()
    assert not app.exception
    app.toggle(key="counts.plan.double").set_value(True).run()
    app.button(key="counts.plan.save").click().run()

    assert not app.exception
    assert app.title[0].value == "ST-2026-00001"
    with store.viewing(SYSTEM) as view:
        card = stock_count_card(view, 1)
    assert (card.is_blind, card.is_double, card.is_frozen, card.lines) == (True, True, False, 1)


def test_who_counts_sees_neither_expected_quantities_nor_how_to_post(store: Store, count: int) -> None:
    counted(store, count, MUG=9)
    app = visit(open_app(store, Role.WAREHOUSE), "stock/count", id=str(count))
    assert not app.exception
    assert list(app.dataframe[0].value.columns) == ["sku", "name", "counted", "by", "at"]
    sheet = visit(app, "stock/count_sheet", id=str(count))
    assert not sheet.exception
    for number in ("10.0", "5.0", "-1.0"):
        assert number not in shown(app) + shown(sheet)

    store.run(SYSTEM, submit_count, None, count)
    app = visit(open_app(store, Role.FINANCE), "stock/count", id=str(count))
    assert app.dataframe[0].value["expected"].tolist() == [10]
    assert app.dataframe[0].value["amount"].tolist() == [-3]


def test_a_count_is_reviewed_and_posted(store: Store, count: int) -> None:
    counted(store, count, MUG=9, CUP=5)
    app = visit(open_app(store, Role.MANAGER), "stock/count", id=str(count))
    app.button(key="count.submit").click().run()
    assert app.dataframe[0].value["sku"].tolist() == ["MUG"]
    app.button(key="count.post").click().run()

    assert not app.exception
    assert state(store, count) is CountState.POSTED
    with store.viewing(SYSTEM) as view:
        assert {row.sku: row.on_hand for row in stock_levels(view)} == {"MUG": 9, "CUP": 5}
    app = visit(app, "stock/counts")
    assert [metric.value for metric in app.metric] == ["50%", "2", "¥3.00", "-¥3.00"]
    app = visit(app, "stock/card", id="1")
    assert next(each.value for each in app.dataframe if "what" in each.value).iloc[0]["what"] == "Stocktake"


def test_what_is_over_the_tolerance_is_named_and_nothing_is_posted(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        goods(uow, house, 10, sku="MUG", name="Mug")
    count = store.run(SYSTEM, plan_count, None, warehouse_id=house)
    counted(store, count, MUG=4)
    store.run(SYSTEM, submit_count, None, count)
    app = visit(open_app(store, Role.MANAGER), "stock/count", id=str(count))
    app.button(key="count.post").click().run()
    assert "over the tolerance" in app.error[0].value
    assert state(store, count) is CountState.REVIEW

    app.button(key="count.again").click().run()
    assert state(store, count) is CountState.OPEN


def test_a_stocktake_is_cancelled_and_a_posted_one_reversed_with_a_reason(store: Store, count: int) -> None:
    app = visit(open_app(store, Role.MANAGER), "stock/count", id=str(count))
    app.button(key="count.cancel.save").click().run()
    assert "A reason is needed" in app.error[0].value
    app.text_input(key=f"count.cancel.reason.{count}").set_value("too early")
    app.button(key="count.cancel.save").click().run()
    assert state(store, count) is CountState.CANCELLED


def test_a_sheet_from_a_spreadsheet_is_read_back(store: Store, count: int) -> None:
    app = open_app(store, Role.WAREHOUSE)
    app.session_state["count.files"] = True
    app = visit(app, "stock/count", id=str(count))
    content = "Code,Product name,Counted\nmug,Mug,8\nCUP,Cup,\nNOPE,?,1\n".encode("utf-8-sig")
    app.file_uploader[0].set_value(("sheet.csv", content, "text/csv")).run()
    app.button(key="count.files.read").click().run()
    assert "“NOPE” is no code or barcode of a product." in app.error[0].value

    app.file_uploader[0].set_value(("sheet.csv", content.replace(b"NOPE,?,1\n", b""), "text/csv")).run()
    app.button(key="count.files.read").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert stock_counts(view)[0].counted == 1


def test_sales_has_no_stocktakes_and_an_unknown_one_is_answered_in_words(store: Store, count: int) -> None:
    with pytest.raises(ValueError, match="stock/counts"):
        open_app(store, Role.SALES, "stock/counts")
    app = visit(open_app(store, Role.WAREHOUSE), "stock/count", id="99")
    assert "was not found" in app.error[0].value
