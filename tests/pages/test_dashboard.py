"""The sales dashboard: what it shows, what it filters, and who may open it."""

import csv
from collections.abc import Iterator
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.analytics.export.plain import plain_file
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.measures import MEASURES
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.board import asking
from pages._shared.board.board import DATES
from pages._shared.board.sheets import of_documents
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.periods import Comparison, Period, window_of
from pages.reports._sales_board import BOARD
from tests.builders import a_sale, goods
from tests.pages.app import open_app, visit
from tests.tea import TeaShop, shown_tea

DASHBOARD = "reports/sales"


@pytest.fixture
def shop(store: Store) -> Iterator[TeaShop]:
    with shown_tea(store) as shop:
        yield shop


def look(shop: TeaShop, **where: tuple[str, ...]) -> Look:
    with shop.store.viewing(SYSTEM) as view:
        return Look(Period.TODAY, window_of(Period.TODAY, view.today), Comparison.PREVIOUS, where)


def cards(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_manager_sees_the_key_figures_of_the_last_30_days(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER, DASHBOARD)

    assert not app.exception
    assert cards(app) == {
        "Net sales": "¥135",
        "Orders": "2",
        "Average order": "¥67.5",
        "Customers": "2",
        "Quantity": "5",
        "Returns": "¥0",
    }
    assert app.query_params == {"period": "30d", "compare": "previous"}


def test_a_link_with_filters_shows_them_and_a_click_removes_one(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["category"] = str(shop.tea)
    app.query_params["region"] = "West"
    app.switch_page(f"{DASHBOARD}.py").run()
    assert cards(app)["Net sales"] == "¥30"

    app.button(key="dashboard.chip.region.West").click().run()
    assert cards(app)["Net sales"] == "¥90"
    assert app.query_params == {"period": "30d", "compare": "previous", "category": str(shop.tea)}

    app.button(key="dashboard.reset").click().run()
    assert cards(app)["Net sales"] == "¥135"


def test_who_comes_back_finds_what_they_left_unless_a_link_says_otherwise(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER, DASHBOARD)
    app.pills(key="dashboard.period").set_value(Period.TODAY).run()
    visit(app, "home/home")

    visit(app, DASHBOARD)
    assert app.query_params == {"period": "today", "compare": "previous"}

    visit(app, "home/home")
    visit(app, DASHBOARD, period="week", compare="nothing")
    assert app.query_params == {"period": "week", "compare": "nothing"}
    assert app.pills(key="dashboard.period").value == Period.WEEK


def test_a_link_to_a_product_that_does_not_exist_shows_that_nothing_matches(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["product"] = "999999"
    app.switch_page(f"{DASHBOARD}.py").run()

    assert not app.exception
    assert [info.value for info in app.info] == [
        "No sales match all of these filters. Remove one of them, or reset them."
    ]


def test_a_link_to_an_unknown_region_or_day_says_that_it_was_left_out(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["region"] = "Atlantis"
    app.query_params["dates"] = "1999-01-01"
    app.switch_page(f"{DASHBOARD}.py").run()

    assert not app.exception
    assert len(app.warning) == 1
    assert cards(app)["Net sales"] == "¥135"
    assert app.query_params == {"period": "30d", "compare": "previous"}


def test_an_empty_period_says_what_to_do(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["period"] = "custom"
    app.query_params["since"], app.query_params["until"] = "2020-01-01", "2020-01-31"
    app.switch_page(f"{DASHBOARD}.py").run()

    assert [info.value for info in app.info] == [
        "No sales from 1 Jan 2020 to 31 Jan 2020. Choose a longer period; orders count once they are confirmed."
    ]

    app.button(key="dashboard.last_year").click().run()
    assert cards(app)["Net sales"] == "¥135"
    assert (app.query_params["since"], app.query_params["until"]) == ("2025-03-19", "2026-03-18")


def test_a_panel_shows_all_of_its_bars_and_the_others_follow(shop: TeaShop) -> None:
    chosen = look(shop, category=(str(shop.tea),))

    assert [(bar.name, bar.amount) for bar in asking.bars(SYSTEM, chosen, "category").bars] == [
        ("Tea", Decimal(90)),
        ("Cups", Decimal(45)),
    ]
    assert [(bar.name, bar.amount) for bar in asking.bars(SYSTEM, chosen, "channel").bars] == [
        ("Web", Decimal(60)),
        ("Shop", Decimal(30)),
    ]
    assert sum(point.amount for point in asking.points(SYSTEM, chosen)) == Decimal(90)


@pytest.mark.parametrize("dimension", ["channel", "category", "product", "region", "sales_rep", DATES])
def test_the_orders_behind_every_bar_add_up_to_it(shop: TeaShop, dimension: str) -> None:
    chosen = look(
        shop,
    )
    if dimension == DATES:
        bars = [(point.label, point.amount) for point in asking.points(SYSTEM, chosen)]
    else:
        bars = [(bar.label, bar.amount) for bar in asking.bars(SYSTEM, chosen, dimension).bars]

    assert sum(amount for _, amount in bars) == Decimal(135)
    for label, amount in bars:
        found = documents_behind(mirror(), SYSTEM, asking.ask_behind(chosen, dimension, label))
        assert sum(row.amount for row in found.rows) == found.total == amount


def test_the_dialog_shows_the_sum_of_the_picked_bar(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["category"] = str(shop.cups)
    app.switch_page(f"{DASHBOARD}.py").run()

    app.button(key="dashboard.orders.category").click().run()

    assert not app.exception
    assert cards(app)["1 order or return adds up to"] == "¥45.00"
    (documents,) = [frame.value for frame in app.dataframe]
    assert documents[["number", "amount", "open"]].to_numpy().tolist() == [["SO-2026-00001", 45.0, "order?id=1"]]


def test_the_file_has_every_order(shop: TeaShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        tea = goods(uow, 1, 5, name="Mate", retail_price=7)
        a_sale(uow, 1, [(tea, 1)], channel="Web")
    mirror().wait_until_fresh()

    panel = BOARD.panels()[0]
    found = panel.behind(SYSTEM, asking.ask_behind(look(shop)), 10)
    sheet = of_documents(found.rows, found.total, MEASURES[panel.measures[0]])
    written = plain_file(sheet).content.decode("utf-8-sig")

    rows = list(csv.reader(written.splitlines()))
    assert [(row[0], row[4]) for row in rows[1:]] == [
        ("SO-2026-00003", "7.00"),
        ("SO-2026-00002", "30.00"),
        ("SO-2026-00001", "105.00"),
    ]


def test_who_may_not_analyse_sales_cannot_open_it(shop: TeaShop) -> None:
    with pytest.raises(ValueError, match="reports/sales"):
        open_app(shop.store, Role.WAREHOUSE, DASHBOARD)
