"""The board of products: exact figures, what is new and what fades, prices, baskets, and who may open it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.board import asking
from pages._shared.board.board import Drawn, Scene
from pages._shared.company import use_store
from pages._shared.filters import Look
from pages._shared.mirror import close_mirror, mirror
from pages._shared.periods import Comparison, Period, window_of
from pages.reports._product_board import BOARD
from tests.builders import a_sale, a_warehouse, goods
from tests.pages.app import open_app

SCREEN = "reports/products"
PANELS = {panel.name: panel for panel in BOARD.panels()}


@dataclass(frozen=True)
class Shop:
    """Forty days ago tea sold for 300 and pots for 100; now tea for 330 at another price, pots for 20, cups for 45."""

    store: Store
    tea: int


@pytest.fixture
def shop(store: Store, clock: FixedClock) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 100, name="Oolong", retail_price=30)
        pot = goods(uow, home, 100, name="Pot", retail_price=20)
        cup = goods(uow, home, 100, name="Cup", retail_price="22.50")
        a_sale(uow, home, [(tea, 10), (pot, 5)], channel="Web")
    clock.moment += timedelta(days=40)
    with store.working(SYSTEM) as uow:
        a_sale(uow, home, [(tea, 11), (pot, 1)], channel="Web")
        a_sale(uow, home, [(cup, 2)], channel="Shop")
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store, tea.product_id)
    close_mirror()


def look(shop: Shop) -> Look:
    with shop.store.viewing(SYSTEM) as view:
        return Look(Period.LAST_30, window_of(Period.LAST_30, view.today), Comparison.PREVIOUS)


def drawn(shop: Shop, name: str, at: Look | None = None) -> Drawn:
    return PANELS[name].draw(Scene(PANELS[name], SYSTEM, at or look(shop)))


def test_how_products_do(shop: Shop) -> None:
    table = drawn(shop, "performance").table
    assert table[["name", "sales", "quantity", "orders"]].to_numpy().tolist() == [
        ["Oolong", 330.0, 11.0, 1.0],
        ["Cup", 45.0, 2.0, 1.0],
        ["Pot", 20.0, 1.0, 1.0],
    ]
    assert table["grown"].fillna(-9).tolist() == [0.1, -9.0, -0.8]


def test_cups_are_new_and_pots_fade(shop: Shop) -> None:
    assert drawn(shop, "new").note == "1 is new."
    assert list(drawn(shop, "new").marks.values()) == ["Cup · ¥45.00"]
    fading = drawn(shop, "fading")
    assert fading.note == "1 fades; it sold ¥80.00 less."
    assert list(fading.marks.values()) == ["Pot · ¥20.00"]


def test_growth_stands_against_size(shop: Shop) -> None:
    dots = drawn(shop, "growth").figure.data[0]
    assert list(zip(dots.x, dots.y, strict=True)) == [(330.0, 0.1), (20.0, -0.8)]


def test_the_price_of_what_sells_best_or_is_picked(shop: Shop) -> None:
    assert drawn(shop, "prices").note == "Oolong"
    assert [price for price in drawn(shop, "prices").figure.data[0].y if price] == [30.0]
    (cup,) = drawn(shop, "new").marks
    assert drawn(shop, "prices", look(shop).picking("product", [cup])).note == "Cup"


def test_few_orders_are_no_baskets(shop: Shop) -> None:
    assert drawn(shop, "together").note.startswith("No two products are in ten orders together")


@pytest.mark.parametrize("name", [name for name, panel in PANELS.items() if panel.path or panel.options])
def test_every_mark_is_the_sum_of_the_rows_behind_it(shop: Shop, name: str) -> None:
    panel, at = PANELS[name], look(shop)
    for label, words in drawn(shop, name).marks.items():
        found = panel.behind(SYSTEM, asking.ask_behind(at, panel.dimension(at), label), 50)
        assert words.endswith(f"¥{found.total:,.2f}")
        assert found.total == sum((row.amount for row in found.rows), Decimal(0))


@pytest.mark.parametrize("section", [section.name for section in BOARD.sections])
def test_every_section_opens(shop: Shop, section: str) -> None:
    app = open_app(shop.store, Role.MANAGER)
    app.query_params["section"] = section
    app.switch_page(f"{SCREEN}.py").run()
    assert not app.exception
    assert not app.error
    assert next(metric.value for metric in app.metric if metric.label == "Net sales") == "¥395"


def test_who_may_not_analyse_sales_cannot_open_it(shop: Shop) -> None:
    with pytest.raises(ValueError, match="reports/products"):
        open_app(shop.store, Role.WAREHOUSE, SCREEN)


@pytest.mark.parametrize(("role", "is_shown"), [(Role.MANAGER, True), (Role.SALES, False)])
def test_margins_are_drawn_for_who_may_see_costs_and_for_nobody_else(
    store: Store, clock: FixedClock, role: Role, is_shown: bool
) -> None:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 10, name="Oolong", retail_price=30, purchase_price=Decimal(12))
        a_sale(uow, home, [(tea, 2)])
    use_store(store)
    mirror().wait_until_fresh()
    section = next(each for each in BOARD.sections if PANELS["margin"] in [one for row in each.rows for one in row])

    dots = drawn(Shop(store, tea.product_id), "margin").figure.data[0]
    assert list(zip(dots.x, dots.y, strict=True)) == [(2.0, 0.6)]
    app = open_app(store, role)
    app.query_params["section"] = section.name
    app.switch_page(f"{SCREEN}.py").run()
    assert not app.exception
    shown = " ".join(str(each.value) for each in (*app.markdown, *app.caption, *app.subheader))
    assert "Growth against size" in shown
    assert ("Margin against volume" in shown) is is_shown
    close_mirror()
