"""The kit of boards: filters that add up, leave out, go down and up, and come back from an address."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.analytics.occasions import occasions, usual_counterpart
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.board import asking, moving
from pages._shared.board.board import DATES, Scene
from pages._shared.board.figures.bars import Bar, pareto
from pages._shared.board.provinces import province_of
from pages._shared.filters import Look, address, from_address
from pages._shared.mirror import mirror
from pages._shared.periods import Comparison, Period, Window, compared_with, window_of
from pages.reports._sales_board import BOARD
from tests.builders import a_sale, goods
from tests.pages.app import open_app
from tests.tea import TeaShop, shown_tea

DASHBOARD = "reports/sales"
WEDNESDAY = date(2026, 3, 18)
PANELS = {panel.name: panel for panel in BOARD.panels()}


@pytest.fixture
def shop(store: Store) -> Iterator[TeaShop]:
    with shown_tea(store) as shop:
        yield shop


def today(shop: TeaShop) -> Look:
    with shop.store.viewing(SYSTEM) as view:
        return Look(Period.TODAY, window_of(Period.TODAY, view.today), Comparison.PREVIOUS)


def named(look: Look, dimension: str) -> list[tuple[str, Decimal]]:
    return [(bar.name, bar.amount) for bar in asking.bars(SYSTEM, look, dimension).bars]


def sales(app: AppTest) -> str:
    return next(metric.value for metric in app.metric if metric.label == "Net sales")


def opened(shop: TeaShop, **words: str) -> AppTest:
    app = open_app(shop.store, Role.MANAGER)
    for name, word in words.items():
        app.query_params[name] = word
    return app.switch_page(f"{DASHBOARD}.py").run()


def test_what_is_left_out_is_missing_everywhere_but_in_its_own_panel(shop: TeaShop) -> None:
    look = today(shop).excluding("category", str(shop.cups))

    assert named(look, "category") == [("Tea", Decimal(90)), ("Cups", Decimal(45))]
    assert named(look, "channel") == [("Web", Decimal(60)), ("Shop", Decimal(30))]
    assert sum(point.amount for point in asking.points(SYSTEM, look)) == Decimal(90)


def test_leaving_out_a_day_leaves_the_others(shop: TeaShop) -> None:
    look = today(shop)
    day = look.window.since.isoformat()

    assert asking.spans_of(look.excluding(DATES, day)) == [Window(look.window.since, look.window.since)]
    assert named(look.excluding(DATES, day), "channel") == []


def test_a_label_is_picked_left_out_and_free_again() -> None:
    look = Look(Period.TODAY, window_of(Period.TODAY, WEDNESDAY), Comparison.NOTHING)

    picked = look.toggled("channel", ["1"])
    left_out = picked.excluding("channel", "1")
    assert (picked.where, picked.without) == ({"channel": ("1",)}, {})
    assert (left_out.where, left_out.without) == ({}, {"channel": ("1",)})
    assert left_out.excluding("channel", "1") == picked
    assert left_out.toggled("channel", ["1"]) == picked.toggled("channel", ["1"]) == look


def test_an_address_holds_exclusions_and_choices() -> None:
    words = {"not_channel": ["2", "2", "x"], "channel": ["1"], "pareto.by": ["product"], "section": ["contribution"]}
    look = from_address(words, WEDNESDAY, {"channel": str.isdigit}, BOARD.options())

    assert (look.where, look.without) == ({"channel": ("1",)}, {"channel": ("2",)})
    assert look.options == {"section": "contribution", "pareto.by": "product"}
    again = {name: [each] if isinstance(each, str) else each for name, each in address(look).items()}
    assert from_address(again, WEDNESDAY, {"channel": str.isdigit}, BOARD.options()) == look


def test_an_address_cannot_name_choices_that_do_not_exist() -> None:
    words = {"pareto.by": ["customer; drop table"], "section": ["secret"], "category.level": ["99"]}
    assert from_address(words, WEDNESDAY, {}, BOARD.options()).options == {}


def test_the_same_weekdays_are_those_364_days_before() -> None:
    window = window_of(Period.LAST_30, WEDNESDAY)
    assert compared_with(Period.LAST_30, window, Comparison.SAME_WEEKDAYS) == Window(
        date(2025, 2, 18), date(2025, 3, 20)
    )


def test_spring_festival_is_compared_with_that_of_the_year_before() -> None:
    window = Window(date(2026, 2, 10), date(2026, 2, 24))
    assert compared_with(Period.CUSTOM, window, Comparison.SPRING_FESTIVAL) == Window(
        date(2025, 1, 22), date(2025, 2, 5)
    )


def test_promotions_are_held_against_each_other_day_by_day(shop: TeaShop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        known = occasions(view)
    ours = [(each.name, each.since, each.peak) for each in known if each.shopping]
    assert ours[:3] == [
        ("New Year's shopping", date(2026, 1, 20), date(2026, 2, 2)),
        ("Double 12", date(2025, 12, 1), date(2025, 12, 12)),
        ("Double 11", date(2025, 11, 1), date(2025, 11, 11)),
    ]
    before = usual_counterpart(known[0], known)
    assert before is not None
    assert (before.name, before.peak) == ("New Year's shopping", date(2025, 1, 14))
    app = opened(shop)
    app.button(key="dashboard.promotion.go").click().run()
    assert not app.exception
    assert app.query_params == {
        "period": "custom",
        "compare": "promotion",
        "since": "2026-01-20",
        "until": "2026-02-10",
        "against": "2025-01-01",
    }
    again = from_address({name: [word] for name, word in app.query_params.items()}, WEDNESDAY, {})
    assert again.compared == Window(date(2025, 1, 1), date(2025, 1, 23))


def test_the_chip_turns_a_filter_round_and_undo_brings_back_what_was(shop: TeaShop) -> None:
    app = opened(shop, category=str(shop.tea))
    assert sales(app) == "¥90"

    app.button(key=f"dashboard.flip.category.{shop.tea}").click().run()
    assert sales(app) == "¥45"
    assert app.query_params == {"period": "30d", "compare": "previous", "not_category": str(shop.tea)}

    app.button(key=f"dashboard.chip.not.category.{shop.tea}").click().run()
    assert sales(app) == "¥135"
    app.button(key="dashboard.take_back").click().run()
    assert sales(app) == "¥45"
    app.button(key="dashboard.take_back").click().run()
    assert sales(app) == "¥90"
    assert not [button for button in app.button if button.key == "dashboard.take_back"]


def test_a_panel_goes_down_inside_what_is_picked_and_up_again(shop: TeaShop) -> None:
    app = opened(shop, category=str(shop.tea))

    app.button(key="dashboard.down.category").click().run()

    assert app.query_params["category.level"] == "1"
    look = app.session_state["dashboard"]
    scene = Scene(PANELS["category"], SYSTEM, look)
    assert scene.dimension == "product"
    assert named(look, "product") == [("Oolong", Decimal(90))]

    app.button(key="dashboard.up.category.0").click().run()
    assert app.query_params == {"period": "30d", "compare": "previous"}
    assert sales(app) == "¥135"


def test_the_way_goes_from_categories_to_products_to_variants() -> None:
    look = Look(Period.TODAY, window_of(Period.TODAY, WEDNESDAY), Comparison.NOTHING)
    panel = PANELS["category"]
    assert [panel.dimension(look.turning("category.level", level)) for level in ("", "1", "2")] == [
        "category",
        "product",
        "sku",
    ]
    chosen = look.turning("pareto.by", "region")
    assert PANELS["pareto"].levels(chosen) == ("region", "customer", "product")


@pytest.mark.parametrize("name", [name for name, panel in PANELS.items() if panel.path or panel.options])
def test_every_mark_of_every_panel_is_the_sum_of_the_rows_behind_it(shop: TeaShop, name: str) -> None:
    look = today(shop)
    scene = Scene(PANELS[name], SYSTEM, look)
    drawn = scene.panel.draw(scene)

    assert drawn.figure is not None
    assert drawn.marks
    totals = []
    for label, words in drawn.marks.items():
        found = scene.panel.behind(SYSTEM, asking.ask_behind(look, scene.dimension, label), 50)
        assert words.endswith(f"¥{found.total:,.2f}")
        assert found.total == sum(row.amount for row in found.rows)
        totals.append(found.total)
    assert sum(totals) == Decimal(135)


def test_a_section_is_drawn_only_when_it_is_open(shop: TeaShop) -> None:
    app = opened(shop, section="contribution")
    keys = {button.key for button in app.button}
    assert "dashboard.orders.pareto" in keys
    assert "dashboard.orders.category" not in keys


def test_a_pareto_line_ends_where_the_shares_do(shop: TeaShop) -> None:
    bars = [Bar("1", "Tea", Decimal(90), None, Decimal(2) / 3), Bar("2", "Cups", Decimal(45), None, Decimal(1) / 3)]
    chart = pareto(bars, lambda _label: True)
    assert [round(each, 4) for each in chart.data[1].y] == [0.6667, 1.0]


def test_the_bridge_says_that_everything_is_new_where_nothing_was_sold_before(shop: TeaShop) -> None:
    look = today(shop)
    drawn = PANELS["bridge"].draw(Scene(PANELS["bridge"], SYSTEM, look))

    assert drawn.note == "The steps add up to +¥135.00 exactly."
    assert [text.strip() for text in drawn.figure.data[1].text] == [
        "¥0", "¥0", "¥0", "¥0", "+¥135", "¥0", "¥0", "¥0", "¥135",
    ]  # fmt: skip


def test_provinces_are_on_the_map_and_other_regions_are_listed(shop: TeaShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        mate = goods(uow, 1, 50, name="Mate", retail_price=7)
        a_sale(uow, 1, [(mate, 2)], channel="Web", region="广东省")
        a_sale(uow, 1, [(mate, 1)], channel="Web", region="Zhejiang")
    mirror().wait_until_fresh()

    drawn = PANELS["map"].draw(Scene(PANELS["map"], SYSTEM, today(shop)))

    coloured = {trace.customdata[0]: trace.text for trace in drawn.figure.data if trace.customdata}
    assert set(coloured) == {"广东省", "Zhejiang"}
    assert "¥14.00" in coloured["广东省"]
    assert "¥7.00" in coloured["Zhejiang"]
    assert drawn.note == "Not on the map: East ¥105, West ¥30"
    assert len(drawn.figure.data) == 34


@pytest.mark.parametrize(
    ("region", "province"),
    [
        ("陕西省", "陕西"),
        ("Shaanxi", "陕西"),
        ("shanxi", "山西"),
        ("Inner Mongolia", "内蒙古"),
        ("内蒙古自治区", "内蒙古"),
        ("Atlantis", None),
    ],
)
def test_a_province_is_known_by_its_names(region: str, province: str | None) -> None:
    assert province_of(region) == province


def test_an_event_of_a_table_that_has_gone_picks_nothing() -> None:
    panel = PANELS["ranks"]
    assert moving.table_key(BOARD, panel.name) == "dashboard.table.ranks.0"
    moving.pick_row(BOARD, panel, "dashboard.table.ranks.7", ["1"])
