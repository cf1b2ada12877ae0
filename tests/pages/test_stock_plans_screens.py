"""Evening out, weeks of cover and goods to clear on their screens: one way through each, and who sees what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.catalog.models import Variant
from core.pricing.lists import PriceListEntry, add_price_list
from core.pricing.queries import price_list_rules
from core.pricing.rules.promotions import Items, Kind, Off, Promotion
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.clearing.models import ClearingState
from core.stock.clearing.service import clearings
from core.stock.cover.drafting import balancings
from core.stock.cover.policies import cover_rules
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.stock.transfers.models import TransferState
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.mirror import close_mirror, mirror
from pages.pricing._prefilled import prefill_key, prefilled
from tests.builders import a_product, a_sale, a_warehouse
from tests.pages.app import open_app, visit


@dataclass(frozen=True)
class Shop:
    """East has 100 mugs and sold none, west sold 26 of 28: 2 a week, and is short of 14."""

    store: Store
    mug: int


@pytest.fixture
def shop(store: Store, clock: FixedClock) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        east, west = a_warehouse(uow, "EAST"), a_warehouse(uow, "WEST")
        mug = a_product(uow, retail_price=20)
        for house, count in ((east, 100), (west, 28)):
            receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(count), unit_cost=Decimal(8))])
    clock.moment += timedelta(days=5)
    with store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, west, [(mug, 26)]))
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store, mug.product_id)
    close_mirror()


def test_a_plan_is_drafted_after_asking_and_taken_back(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/balancing")
    assert not app.exception
    (plan,) = app.dataframe
    assert plan.value["quantity"].tolist() == [14.0]
    assert plan.value["why"].tolist() == ["It keeps 0 of 100 for 8 weeks; the other has 2 and needs 16"]
    app.button(key="balancing.draft.do").click().run()
    with shop.store.viewing(SYSTEM) as view:
        (run,) = balancings(view)
    assert [each.state for each in run.transfers] == [TransferState.REQUESTED]
    app.text_input(key=f"balancing.reason.{run.id}").set_value("Not this week").run()
    app.button(key=f"balancing.undo.do.{run.id}").click().run()
    with shop.store.viewing(SYSTEM) as view:
        (run,) = balancings(view)
    assert (run.is_undone, [each.state for each in run.transfers]) == (True, [TransferState.CANCELLED])


def test_who_may_not_move_goods_sees_the_plan_and_no_values(shop: Shop) -> None:
    app = open_app(shop.store, Role.SALES, "reports/balancing")
    (plan,) = app.dataframe
    assert "value" not in plan.value.columns
    assert "balancing.draft.do" not in {button.key for button in app.button}
    app = open_app(shop.store, Role.WAREHOUSE)
    for path in ("reports/cover", "reports/balancing"):
        with pytest.raises(ValueError, match=path):
            visit(app, path)


def test_weeks_are_set_and_removed(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/cover")
    app.number_input(key="cover.weeks").set_value(4.5)
    app.button(key="cover.save").click().run()
    with shop.store.viewing(SYSTEM) as view:
        assert [(row.name, row.weeks) for row in cover_rules(view)] == [("", Decimal("4.5"))]
    app.button(key="cover.remove.None.None").click().run()
    with shop.store.viewing(SYSTEM) as view:
        assert cover_rules(view) == []


def test_goods_are_given_to_somebody_and_closed(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["product"] = str(shop.mug)
    app.switch_page("stock/clearing.py").run()
    assert not app.exception
    form = f"clearing.form.{shop.mug}.new"
    app.text_input(key=f"{form}.note").set_value("Shop window")
    app.button(key=f"{form}.save").click().run()
    with shop.store.viewing(SYSTEM) as view:
        (task,) = clearings(view)
    assert (task.note, task.state) == ("Shop window", ClearingState.OPEN)
    app.button(key="clearing.close").click().run()
    with shop.store.viewing(SYSTEM) as view:
        assert [row.state for row in clearings(view)] == [ClearingState.DONE]
    app.button(key="clearing.reopen").click().run()
    app.query_params.clear()
    visit(app, "stock/clearing")
    (tasks,) = app.dataframe
    assert tasks.value["name"].tolist() == ["Mug"]


def test_a_storekeeper_sees_neither_costs_nor_tasks_of_others(shop: Shop) -> None:
    app = open_app(shop.store, Role.WAREHOUSE)
    app.query_params["product"] = str(shop.mug)
    app.switch_page("stock/clearing.py").run()
    assert not app.exception
    assert not app.metric
    assert not app.dataframe


def test_a_promotion_comes_filled_in_as_its_link_says() -> None:
    link = {"product": "7", "percent": "35", "name": "Mug", "last": "2026-04-01"}
    assert prefilled(Kind.ITEM, link) == Promotion(
        0,
        Kind.ITEM,
        name="Mug",
        items=Items(products=frozenset({7})),
        off=Off(percent=Decimal(35)),
        until=date(2026, 4, 2),
    )
    assert prefilled(Kind.LADDER, link) == Promotion(0, Kind.LADDER)
    assert prefilled(Kind.ITEM, {"product": "x"}) == Promotion(0, Kind.ITEM)
    wrong = prefilled(Kind.ITEM, {"product": "7", "percent": "120", "last": "soon"})
    assert (wrong.off, wrong.until) == (Off(), None)
    assert prefill_key(prefilled(Kind.ITEM, link)) != prefill_key(prefilled(Kind.ITEM, {**link, "product": "8"}))


def test_a_lower_price_is_filled_into_a_price_list(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        (sku,) = [row.sku for row in view.session.scalars(select(Variant).where(Variant.product_id == shop.mug))]
    with shop.store.working(SYSTEM) as uow:
        listed = add_price_list(uow, PriceListEntry("Sale"))
    app = open_app(shop.store, Role.MANAGER)
    visit(app, "stock/clearing", product=str(shop.mug))
    assert not app.exception
    visit(app, "pricing/price_lists", prices=f"{sku}\t1\t12.50")
    assert [each.value[:23] for each in app.info] == ["Choose the list that ge"]
    visit(app, "pricing/price_list", id=str(listed))
    assert app.text_area(key="price_list.pasted.text").value == f"{sku}\t1\t12.50"
    app.button(key="price_list.pasted.save").click().run()
    assert not app.exception
    with shop.store.viewing(SYSTEM) as view:
        (row,) = price_list_rules(view, listed)
    assert row.rule.price == Decimal("12.50")
    assert app.text_area(key="price_list.pasted.text").value == ""
