"""The board of stock: every figure against what was moved by hand, its filters, and who sees what of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.analytics.layer.terms import Unit
from core.base.clock import FixedClock
from core.base.exact import round_to
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor
from core.security.permissions import P, Role
from core.stock.moves import Line
from core.stock.service import receive_goods
from core.work.store import Store
from pages._shared.board import asking, labels
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.drill import _counted
from pages._shared.company import use_store
from pages._shared.filters import Look
from pages._shared.mirror import close_mirror, mirror
from pages._shared.periods import Comparison, Period, window_of
from pages.reports._stock_board import BOARD
from tests.builders import a_product, a_sale, a_warehouse
from tests.pages.app import open_app, visit

SCREEN = "reports/stock"
PANELS = {panel.name: panel for panel in BOARD.panels()}


@dataclass(frozen=True)
class Shop:
    """Forty days ago came 100 tea at 10, 50 pots at 8 and 20 cups at 5, all at noon.

    Twenty days ago all cups were shipped at 12 each; now 60 tea at 30 each.
    """

    store: Store
    tea: int
    pot: int
    cup: int
    home: int


@pytest.fixture
def shop(store: Store, clock: FixedClock) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea, pot, cup = (
            a_product(uow, name=name, retail_price=price) for name, price in (("Oolong", 30), ("Pot", 20), ("Cup", 12))
        )
        arrived = [(tea, 100, 10), (pot, 50, 8), (cup, 20, 5)]
        lines = [Line(each.id, Decimal(count), unit_cost=Decimal(cost)) for each, count, cost in arrived]
        receive_goods(uow, warehouse_id=home, lines=lines)
    clock.moment += timedelta(days=20)
    with store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, home, [(cup, 20)]))
    clock.moment += timedelta(days=20)
    with store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, home, [(tea, 60)]))
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store, tea.product_id, pot.product_id, cup.product_id, home)
    close_mirror()


def look(shop: Shop) -> Look:
    with shop.store.viewing(SYSTEM) as view:
        return Look(Period.LAST_30, window_of(Period.LAST_30, view.today), Comparison.PREVIOUS)


def drawn(shop: Shop, name: str, at: Look | None = None, actor: Actor = SYSTEM) -> Drawn:
    return PANELS[name].draw(Scene(PANELS[name], actor, at or look(shop)))


def rows(found: Drawn, *columns: str) -> list[list[object]]:
    return found.table[list(columns)].to_numpy().tolist()


def without_costs() -> Actor:
    return replace(SYSTEM, permissions=SYSTEM.permissions - {P.COST_READ})


def test_key_figures(shop: Shop) -> None:
    cards = {card.measure.name: card.amount for card in BOARD.figures(SYSTEM, look(shop))}
    # 1,500 for nine days, 1,400 for 20, 800 today: on average 1,410.
    assert cards["stock_value"] == Decimal("800.00")
    assert cards["on_hand"] == 90
    assert cards["turns"] == round_to(Decimal(700) * 30 / (1500 * 9 + 1400 * 20 + 800))
    # Cups were out on 21 of the 30 days; tea never.
    assert cards["stock_out_rate"] == Decimal("0.35")
    mine = {card.measure.name for card in BOARD.figures(without_costs(), look(shop))}
    assert mine == {"on_hand", "fill_rate", "stock_out_rate"}


def test_how_stock_turns_by_product(shop: Shop) -> None:
    at = look(shop).turning("turnover.by", "product")
    found = drawn(shop, "turnover", at)
    assert rows(found, "name", "on_hand", "stock_value", "cogs", "sell_through", "stock_out_days") == [
        ["Oolong", 40.0, 400.0, 600.0, 0.6, 0.0],
        ["Pot", 50.0, 400.0, 0.0, 0.0, 0.0],
        ["Cup", 0.0, 0.0, 100.0, 1.0, 21.0],
    ]
    assert list(found.marks.values()) == ["Oolong · 40", "Pot · 50"]
    seen = drawn(shop, "turnover", at, without_costs()).table
    assert not {"stock_value", "cogs", "turns", "days_on_hand"} & set(seen.columns)


def test_the_course_is_what_was_there_at_the_end_of_each_day(shop: Shop) -> None:
    columns = drawn(shop, "value_course").figure.data
    amounts = [height for trace in columns[:2] for height in trace.y]
    assert amounts == [1500.0] * 9 + [1400.0] * 20 + [800.0]
    assert list(columns[2].y) == [0.0] * 19 + [1500.0] * 11
    assert sum(drawn(shop, "course").figure.data[1].y) == 90.0


@pytest.mark.parametrize(
    ("name", "amounts"), [("value", ["Oolong · ¥400.00", "Pot · ¥400.00"]), ("quantity", ["Pot · 50", "Oolong · 40"])]
)
def test_areas_are_the_sums_of_the_documents_behind_them(shop: Shop, name: str, amounts: list[str]) -> None:
    at = look(shop).turning(f"{name}.by", "product")
    panel = PANELS[name]
    marks = drawn(shop, name, at).marks
    assert sorted(marks.values()) == sorted(amounts)
    for label, words in marks.items():
        found = panel.behind(SYSTEM, asking.ask_behind(at, "product", label, panel.measures[0]), 50)
        assert found.total == sum((row.amount for row in found.rows), Decimal(0))
        assert words.endswith(asking.Numbers(asking.MEASURES[panel.measures[0]].unit).full(found.total))


def test_the_value_of_one_warehouse_leads_to_no_documents(shop: Shop) -> None:
    assert PANELS["value"].leads_to_rows(look(shop))
    assert not PANELS["value"].leads_to_rows(look(shop).turning("value.by", "warehouse"))
    assert not PANELS["value_course"].leads_to_rows(look(shop).picking("warehouse", [str(shop.home)]))


def test_stock_is_as_old_as_its_receipt(shop: Shop) -> None:
    at = look(shop).turning("age.by", "product")
    assert rows(drawn(shop, "age", at), "name", "whole", "age0", "age1") == [
        ["Oolong", 400.0, 0.0, 400.0],
        ["Pot", 400.0, 0.0, 400.0],
    ]
    assert rows(drawn(shop, "age", at, without_costs()), "name", "age1") == [["Pot", 50.0], ["Oolong", 40.0]]
    kept = at.leaving_out("product", [str(shop.pot)])
    assert [round(each) for each in drawn(shop, "age", kept).figure.data[0].x] == [0, 400, 0, 0, 0, 0]


def test_slow_stock_is_listed_with_what_keeping_it_cost(shop: Shop) -> None:
    found = drawn(shop, "slow")
    # 40 days of 400 at the yearly rate.
    cost = round_to(Decimal(400) * 40 * shop.store.settings.carrying_cost_rate / 365)
    assert rows(found, "name", "pace", "value", "on_hand", "idle", "cost") == [
        ["Pot", "Nothing shipped", 400.0, 50.0, 40, float(cost)]
    ]
    assert found.note.startswith(f"1 product worth ¥400.00; keeping them has cost ¥{cost}")
    assert drawn(shop, "slow", look(shop).turning("slow.pace", "slow")).note == "Nothing lies too long."
    assert drawn(shop, "slow", look(shop).picking("product", [str(shop.tea)])).labels == [str(shop.pot)]


def test_what_ran_out_and_what_it_cost(shop: Shop) -> None:
    found = drawn(shop, "outs")
    # 20 in nine days: 46.667 in 21, each earning 12 less 5.
    assert rows(found, "name", "state", "days", "shipped", "lost", "margin") == [
        ["Cup", "Out now", 21, 20.0, 46.667, 326.67]
    ]
    assert found.note == "1 product ran out; that cost ¥326.67 of margin."
    assert "margin" not in drawn(shop, "outs", actor=without_costs()).table.columns


def test_classes_filter_everything(shop: Shop, clock: FixedClock) -> None:
    clock.moment += timedelta(days=31)
    mirror().wait_until_fresh()
    at = look(shop)
    marks = drawn(shop, "matrix").marks
    # Tea earned 1,200 of 1,340 and cups 140; both were sold in one month of twelve.
    assert {label: words for label, words in marks.items() if not words.endswith("¥0.00")} == {
        "a|z": "AZ · ¥1,200.00",
        "b|z": "BZ · ¥140.00",
    }
    assert rows(drawn(shop, "classed"), "name", "class", "amount") == [
        ["Oolong", "AZ", 1200.0],
        ["Cup", "BZ", 140.0],
        ["Pot", "CZ", 0.0],
    ]
    assert drawn(shop, "migration").note.startswith("CZ → AZ: 1 product; CZ → BZ: 1 product")
    first = at.picking("abc", ["a"])
    assert rows(drawn(shop, "classed", first), "name") == [["Oolong"]]
    assert asking.chips(SYSTEM, first) == [("abc", "a", "A", False)]
    tea = {card.measure.name: card.amount for card in BOARD.figures(SYSTEM, first)}
    assert (tea["on_hand"], tea["stock_value"]) == (40, Decimal("400.00"))
    rest = {card.measure.name: card.amount for card in BOARD.figures(SYSTEM, at.leaving_out("abc", ["a"]))}
    assert (rest["on_hand"], rest["stock_value"]) == (50, Decimal("400.00"))
    assert labels.sensible(without_costs(), first) == at


def test_every_figure_shows_its_formula_with_the_numbers(shop: Shop) -> None:
    told = {row[0]: row[1:] for row in rows(drawn(shop, "worked"), "name", "figure", "formula", "numbers")}
    # 700 of goods left; 1,500 for nine days, 1,400 for 20, 800 today: 42,300 in 30 days, 1,410 a day.
    assert told["Stock turns"] == ["0.5", "Cost of goods sold ÷ Average stock value", "¥700.00 ÷ ¥1,410.00"]
    assert told["Days on hand"] == [
        "60.4",
        "Days of the period × Average stock value ÷ Cost of goods sold",
        "30 × ¥1,410.00 ÷ ¥700.00",
    ]
    # 20 cups at 12 and 60 tea at 30 brought 2,040.
    assert told["GMROI"] == ["0.95", "Margin ÷ Average stock value", "¥1,340.00 ÷ ¥1,410.00"]
    assert told["Average stock value"][2] == "¥42,300.00 ÷ 30"
    assert told["Sell-through"][2] == "80 ÷ 170"
    assert told["Stock-out rate"][2] == "21 ÷ 60"
    assert "Stock turns" not in {row[0] for row in rows(drawn(shop, "worked", actor=without_costs()), "name")}


def test_the_rows_behind_a_ratio_are_named_and_counted_as_what_they_are() -> None:
    told = {name: (_counted(name).label, _counted(name).unit) for name in ("turns", "fill_rate", "days_on_hand")}
    assert told == {
        "turns": ("Cost of goods sold", Unit.MONEY),
        "fill_rate": ("Fill rate", Unit.QUANTITY),
        "days_on_hand": ("Stock value", Unit.MONEY),
    }


def test_what_lasts_too_long_and_what_frees_most_cash(shop: Shop) -> None:
    # 60 tea in 13 weeks, 36.923 for eight of them; nobody bought pots, and cups are gone.
    assert rows(drawn(shop, "over"), "name", "available", "weeks", "excess", "value") == [
        ["Pot", 50.0, 8.0, 50.0, 400.0],
        ["Oolong", 40.0, 8.0, 3.076, 30.76],
    ]
    assert drawn(shop, "over").note == "2 SKUs last longer than they are to: ¥430.76 too much."
    assert drawn(shop, "over").table["cover"].tolist()[1] == 8.7
    assert "value" not in drawn(shop, "over", actor=without_costs()).table.columns
    assert drawn(shop, "over", look(shop).turning("over.demand", "sold")).labels == [str(shop.tea)]
    shown = drawn(shop, "clearing")
    # Half a pot in 180 days, a quarter in 90, 0.25 ÷ 0.3² at 30 % of 20.
    assert rows(shown, "name", "unit_cost", "price", "off", "advised", "sold", "cash") == [
        ["Pot", 8.0, 20.0, 0.7, 6.0, 2.778, 16.67]
    ]
    assert drawn(shop, "clearing", look(shop).turning("clearing.elasticity", "1")).table["off"].tolist() == [0.0]


def test_what_never_sold_is_filtered_by_its_name(shop: Shop) -> None:
    at = look(shop).picking("product", [str(shop.pot)])
    assert asking.chips(SYSTEM, at) == [("product", str(shop.pot), "Pot", False)]
    assert next(card.amount for card in BOARD.figures(SYSTEM, at) if card.measure.name == "on_hand") == 50


def test_stock_out_days_of_warehouses_are_no_parts_of_a_whole(shop: Shop) -> None:
    assert list(drawn(shop, "out_warehouse").marks.values()) == ["MAIN warehouse · 21"]
    assert drawn(shop, "out_warehouse").note == ""


@pytest.mark.parametrize("section", [section.name for section in BOARD.sections])
@pytest.mark.parametrize(("role", "figure"), [(Role.MANAGER, "Stock value"), (Role.SALES, "On hand")])
def test_every_section_opens(shop: Shop, section: str, role: Role, figure: str) -> None:
    app = open_app(shop.store, role)
    app.query_params["section"] = section
    app.switch_page(f"{SCREEN}.py").run()
    assert not app.exception
    assert not app.error
    assert {metric.label: metric.value for metric in app.metric}[figure] == {"Stock value": "¥800", "On hand": "90"}[
        figure
    ]
    assert ("Stock value" in {metric.label for metric in app.metric}) is (role is Role.MANAGER)


def test_sections_of_costs_are_not_offered_to_who_may_not_see_them(shop: Shop) -> None:
    app = open_app(shop.store, Role.SALES, SCREEN)
    (sections,) = (each for each in app.get("button_group") if each.label == "Section")
    assert list(sections.options) == ["Turnover", "Key figures", "Structure", "Over-stock", "Stock-outs", "Expiry"]
    app.query_params["section"] = "slow"
    visit(app, SCREEN)
    assert not app.exception


def test_who_may_not_analyse_cannot_open_it(shop: Shop) -> None:
    with pytest.raises(ValueError, match=SCREEN):
        open_app(shop.store, Role.WAREHOUSE, SCREEN)
