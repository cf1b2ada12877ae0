"""The explorer's screen: pickers, ratios, views, pins and links, and what a role does not get to see."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.analytics.explorer.links import make_view_link, revoke_view_link
from core.analytics.explorer.pivot import Part, Pivot
from core.analytics.explorer.queries import last_look, link_openings, pinned_views, views
from core.analytics.explorer.rules import Shape
from core.analytics.explorer.service import pin_view, save_team_view
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.filters import Look, from_address
from pages._shared.periods import Comparison, Period, Window
from pages.reports._explorer_board import BOARD, look_of_words, pivot_of, shape_of, words_of_look
from pages.reports._explorer_charts import drawing
from pages.reports._explorer_files import whole_table
from tests.pages.app import a_user, open_app, visit
from tests.tea import TeaShop, shown_tea
from tests.views import TOKEN, who

SCREEN = "reports/explorer"
TODAY = date(2026, 3, 18)


@pytest.fixture
def shop(store: Store) -> Iterator[TeaShop]:
    with shown_tea(store) as shop:
        yield shop


def opened(shop: TeaShop, role: Role = Role.MANAGER, **words: str) -> AppTest:
    app = visit(open_app(shop.store, role), SCREEN, **words)
    assert not app.exception
    return app


def shown(app: AppTest) -> dict[str, list]:
    """The table: its columns by their names, each from top to bottom."""
    frame = next(frame.value for frame in app.dataframe if "r0" in frame.value or "now.0.0" in frame.value)
    return {name: [None if each != each else each for each in frame[name]] for name in frame.columns}


def picker(widgets: Any, name: str) -> Any:
    """The picker of this name, whichever serial it has."""
    (found,) = [each for each in widgets if (each.key or "").startswith(f"explorer.{name}.")]
    return found


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=f"explorer.{key}").click().run()
    assert not app.exception
    return app


def test_the_usual_look_is_a_table_with_totals(shop: TeaShop) -> None:
    table = shown(opened(shop))
    assert table == {
        "r0": ["Tea", "Cups", "Total"],
        "now.0.0": [90, 45, 135],
        "now.0.1": [2, 1, 2],
        "now.0.2": [45, 45, 67.5],
    }


def test_an_address_names_figures_rows_columns_and_what_stays(shop: TeaShop) -> None:
    words = {"measures": "net_sales,orders", "rows": "product", "columns": "channel", "top": "5", "chart": "stacked"}
    app = opened(shop, **words)

    table = shown(app)
    assert table["r0"] == ["Oolong", "Cup", "Total"]
    assert [table[f"now.{at}.0"] for at in range(3)] == [[60, 45, 105], [30, None, 30], [90, 45, 135]]
    assert {name: app.query_params[name] for name in words} == words

    picker(app.multiselect, "columns").set_value([]).run()
    assert "columns" not in app.query_params
    picker(app.selectbox, "top").set_value(0).run()
    picker(app.segmented_control, "chart").set_value("bars").run()
    assert (app.query_params["top"], app.query_params["chart"]) == ("0", "bars")
    press(app, "take_back")
    assert app.query_params["chart"] == "stacked"


def test_every_chart_is_drawn_with_marks_to_filter_by_or_says_what_it_needs(shop: TeaShop) -> None:
    bars, course, parts, cells, dots = (
        drawing(*pivot_and_shape({"chart": chart, "rows": rows, "columns": "channel", "period": "month"}))
        for chart, rows in (
            ("bars", "category"),
            ("line", "month"),
            ("stacked", "category"),
            ("heat", "category"),
            ("scatter", "category"),
        )
    )

    assert [drawn.dimensions for drawn in (bars, course, parts, dots)] == [
        ("category",),
        (),
        ("channel",),
        ("category",),
    ]
    assert cells.dimensions == ("category", "channel")
    assert [list(trace.y) for trace in course.chart.data] == [[105], [30]]
    assert [trace.name for trace in course.chart.data] == ["Web", "Shop"]
    assert [trace.meta for trace in parts.chart.data] == ["1", "2"]
    assert [list(each) for each in cells.chart.data[0].customdata] == [["1|1", "1|2"], ["2|1", "2|2"]]
    assert [list(each) for each in dots.chart.data[0].customdata] == [["1"], ["2"]]
    for chart in ("bars", "line", "stacked", "heat", "scatter"):
        lacking = drawing(*pivot_and_shape({"chart": chart, "rows": "none", "period": "month"}))
        assert (lacking.chart, bool(lacking.missing)) == (None, True)


def test_what_is_taken_along_is_every_row_with_the_same_totals(shop: TeaShop) -> None:
    words = {"rows": "product", "columns": "channel", "period": "month", "not_region": "West", "measures": "net_sales"}
    look = look_of_words(words, TODAY)
    pivot, _hidden = pivot_of(SYSTEM, look)

    sheet = whole_table(SYSTEM, shape_of(look), pivot)

    assert sheet.title == "Net sales · Product · Channel"
    assert [field.full_title for field in sheet.fields] == ["Product", "Web · Net sales", "Total · Net sales"]
    assert [list(line) for line in sheet.lines] == [
        ["Oolong", Decimal(60), Decimal(60)],
        ["Cup", Decimal(45), Decimal(45)],
    ]
    assert sheet.totals[1:] == (Decimal(105), Decimal(105))
    assert pivot.totals.now == (Decimal(105),)


def pivot_and_shape(words: dict[str, str]) -> tuple[Pivot, Shape]:
    look = look_of_words(words, TODAY)
    return pivot_of(SYSTEM, look)[0], shape_of(look)


def opened_again(app: AppTest, **words: str) -> AppTest:
    visit(app, "home/home")
    app.query_params.clear()
    visit(app, SCREEN, **{name: word for name, word in words.items() if word})
    assert not app.exception
    return app


def test_a_ratio_is_named_added_and_kept_in_the_address(shop: TeaShop) -> None:
    app = opened(shop, rows="category")
    app.selectbox(key="explorer.ratio.upper").set_value("net_sales").run()
    app.selectbox(key="explorer.ratio.lower").set_value("quantity").run()
    app.text_input(key="explorer.ratio.title").set_value("Price, on average").run()
    press(app, "ratio.add")

    assert shown(app)["now.0.3"] == [30, 22.5, 27]
    assert app.query_params["ratio1"] == "net_sales/quantity:Price, on average"
    assert app.query_params["measures"] == "net_sales,orders,average_order,net_sales/quantity"

    press(app, "ratio.remove.net_sales/quantity")
    assert "now.0.3" not in shown(app)
    assert "ratio1" not in app.query_params


def test_words_find_figures_with_their_sentence(shop: TeaShop) -> None:
    app = opened(shop)
    app.text_input(key="explorer.asked").set_value("毛利").run()
    assert "Net sales of lines whose cost is known, less that cost." in [each.value for each in app.caption]
    press(app, "add.measures.margin")
    assert app.query_params["measures"] == "net_sales,orders,average_order,margin"


def test_values_are_kept_or_left_out_by_choosing_them(shop: TeaShop) -> None:
    app = opened(shop)
    app.selectbox(key="explorer.filter.by").set_value("category").run()
    app.text_input(key="explorer.filter.typed").set_value("te").run()
    values = app.multiselect(key="explorer.filter.values.category.te")
    assert values.options == ["Tea"]
    values.set_value([str(shop.tea)]).run()
    press(app, "filter.not")

    assert app.query_params["not_category"] == str(shop.tea)
    assert shown(app)["r0"] == ["Cups", "Total"]


def test_the_documents_behind_a_figure_add_up_to_it(shop: TeaShop) -> None:
    app = opened(shop, measures="average_order,net_sales", columns="channel")
    web = ((Part.EACH, 1),)
    app.session_state["explorer.cell"] = (((Part.ALL, None),), web, "net_sales")
    app.run()
    assert [metric.value for metric in app.metric] == ["¥105.00"]

    app.session_state["explorer.cell"] = (((Part.ALL, None),), ((Part.ALL, None),), "average_order")
    app.run()
    assert [metric.value for metric in app.metric] == ["¥135.00"]
    assert any("these are those of Net sales" in each.value for each in app.caption)


def test_a_view_is_saved_opened_changed_renamed_deleted_and_brought_back(shop: TeaShop) -> None:
    app = opened(shop, rows="channel", measures="net_sales")
    app.text_input(key="explorer.save.name").set_value("By channel")
    app.toggle(key="explorer.save.team").set_value(True)
    press(app, "save.go")
    boss = who(shop.store, 1)
    with shop.store.viewing(boss) as view:
        (row,) = views(view)
    assert (row.name, row.is_team, row.words["rows"]) == ("By channel", True, ["channel"])
    assert app.query_params["source"] == str(row.id)
    assert picker(app.segmented_control, "switch").value == "team"

    picker(app.multiselect, "rows").set_value(["region"]).run()
    assert any("changed, not saved" in each.value for each in app.caption)
    press(app, "restart")
    assert shown(app)["r0"] == ["Web", "Shop", "Total"]

    press(app, "pin")
    press(app, "default")
    app.text_input(key=f"explorer.rename.name.{row.id}").set_value("Channels")
    press(app, "rename.go")
    with shop.store.viewing(boss) as view:
        assert [(each.name, each.is_default) for each in pinned_views(view)] == [("Channels", True)]
    press(app, "delete")
    with shop.store.viewing(boss) as view:
        assert views(view) == []
    press(app, "restore")
    with shop.store.viewing(boss) as view:
        assert [each.name for each in views(view)] == ["Channels"]

    again = opened_again(app)
    assert shown(again)["r0"] == ["Web", "Shop", "Total"]
    assert picker(again.segmented_control, "switch").value == "default"


def test_the_switch_goes_to_what_one_looked_at_last(shop: TeaShop) -> None:
    app = opened(shop)
    picker(app.multiselect, "rows").set_value(["region"]).run()
    with shop.store.viewing(who(shop.store, 1)) as view:
        assert last_look(view)["rows"] == ["region"]

    app = opened_again(app)
    assert shown(app)["r0"] == ["Tea", "Cups", "Total"]
    picker(app.segmented_control, "switch").set_value("last").run()
    assert shown(app)["r0"] == ["East", "West", "Total"]
    assert app.query_params["source"] == "last"


def test_a_pinned_view_stands_on_the_home_of_who_pinned_it(shop: TeaShop) -> None:
    boss = who(shop.store, a_user(shop.store, Role.MANAGER, username="boss"))
    sue = who(shop.store, a_user(shop.store, Role.SALES, username="sue"))
    words = {"period": "month", "rows": "category", "measures": "margin_rate,net_sales", "compare": "nothing"}
    view_id = shop.store.run(boss, save_team_view, None, "Margins", words)
    for actor in (boss, sue):
        shop.store.run(actor, pin_view, None, view_id)

    with shop.store.viewing(sue) as view:
        (row,) = pinned_views(view)
    pivot, hidden = pivot_of(sue, look_of_words(row.words, TODAY))
    assert (hidden, pivot.totals.now) == (("margin_rate",), (Decimal(135),))

    app = open_app(shop.store, Role.FINANCE)
    assert not [each for each in app.metric if "Margins" in each.label]
    finance = who(shop.store, 3)
    shop.store.run(finance, pin_view, None, view_id)
    app = app.run()
    assert [each.label for each in app.metric if "Margins" in each.label] == ["Margins · Margin rate"]
    app.button(key=f"home.unpin.{view_id}").click().run()
    assert not [each for each in app.metric if "Margins" in each.label]


def test_a_role_without_costs_gets_a_sentence_and_the_rest(shop: TeaShop) -> None:
    app = opened(shop, Role.SALES, measures="margin,net_sales,cost/orders", rank="margin", ratio1="cost/orders:Dear")
    assert [each.value.replace("\\", "") for each in app.warning] == [
        "Your role does not show you: Margin, Dear. Everything else is here."
    ]
    assert shown(app) == {"r0": ["Tea", "Cups", "Total"], "now.0.0": [90, 45, 135]}
    assert "margin" not in picker(app.multiselect, "measures").options
    app = opened_again(app, measures="margin")
    assert [len(app.warning), [frame for frame in app.dataframe if "r0" in frame.value]] == [1, []]
    with pytest.raises(ValueError, match="explorer"):
        open_app(shop.store, Role.WAREHOUSE, SCREEN)


def test_a_link_holds_whoever_opens_it_to_its_filters_and_days(shop: TeaShop) -> None:
    boss = who(shop.store, a_user(shop.store, Role.MANAGER, username="boss"))
    words = {"rows": "product", "measures": "net_sales,margin", "channel": "1", "period": "month", "compare": "nothing"}
    words |= {"since": "2026-03-01", "until": "2026-03-18"}
    link_id = shop.store.run(boss, make_view_link, None, TOKEN, name="March", words=words)

    app = opened(shop, Role.SALES, link=TOKEN, channel="2", period="365d", category=str(shop.tea))

    assert "March, shared by Boss. Fixed: 1 Mar 2026 – 18 Mar 2026 · Channel: Web." in app.info[0].value.replace(
        "\\", ""
    )
    assert shown(app) == {"r0": ["Oolong", "Total"], "now.0.0": [60, 60]}
    assert not [each for each in app.button_group if each.key == "explorer.period"]
    press(app, "reset")
    assert shown(app) == {"r0": ["Oolong", "Cup", "Total"], "now.0.0": [60, 45, 105]}
    picker(app.multiselect, "rows").set_value(["region"]).run()
    assert shown(app)["r0"] == ["East", "Total"]
    assert app.query_params["link"] == TOKEN
    with shop.store.viewing(boss) as view:
        assert [each.name for each in link_openings(view, link_id)] == ["Sales"]

    shop.store.run(boss, revoke_view_link, None, link_id)
    app.run()
    assert [each.value.replace("\\", "") for each in app.error] == [
        "This link does not work: it is incomplete, has expired or was withdrawn. Ask whoever sent it."
    ]
    assert len(app.dataframe) == 0
    press(app, "without")
    assert "link" not in app.query_params


def test_a_link_by_classes_of_margin_opens_to_nobody_without_costs(shop: TeaShop) -> None:
    boss = who(shop.store, a_user(shop.store, Role.MANAGER, username="boss"))
    words = {"rows": "product", "abc": ["a"], "period": "month", "since": "2026-03-01", "until": "2026-03-18"}
    shop.store.run(boss, make_view_link, None, TOKEN, name="Best", words=words)

    app = opened(shop, Role.SALES, link=TOKEN)

    assert {each.value.replace("\\", "") for each in app.error} == {
        "Your role does not allow this (cost:read). Ask an administrator for access."
    }
    assert len(app.dataframe) == 0
    press(app, "leave")
    assert shown(app)["r0"] == ["Tea", "Cups", "Total"]
    assert "link" not in app.query_params


def test_a_link_is_made_from_what_is_looked_at(shop: TeaShop) -> None:
    app = opened(shop, rows="region", channel="1", period="month")
    app.text_input(key="explorer.link.name").set_value("For Sue")
    press(app, "link.go")

    (address,) = [each.value for each in app.code]
    token = address.partition("?link=")[2]
    assert len(token) == 43
    other = opened(shop, Role.SALES, link=token)
    assert shown(other)["r0"] == ["East", "Total"]
    press(app, "link.end.1")
    assert opened_again(other, link=token).error[0].value.startswith("This link does not work")


@pytest.mark.parametrize(
    ("where", "without", "kept"),
    [
        ({}, {}, ({"channel": ("1", "2")}, {"region": ("East",)})),
        ({"channel": ("2", "3")}, {}, ({"channel": ("2",)}, {"region": ("East",)})),
        ({"channel": ("3",)}, {"region": ("West",)}, ({"channel": ("1", "2")}, {"region": ("East", "West")})),
        ({"brand": ("7",)}, {"brand": ("8",)}, ({"channel": ("1", "2"), "brand": ("7",)}, None)),
    ],
)
def test_no_look_is_wider_than_what_is_frozen(where, without, kept) -> None:
    month, year = Window(date(2026, 3, 1), date(2026, 3, 19)), Window(date(2026, 1, 1), date(2026, 3, 19))
    frozen = Look(Period.MONTH, month, Comparison.NOTHING, {"channel": ("1", "2")}, {"region": ("East",)})
    look = Look(Period.YEAR, year, Comparison.PREVIOUS, where, without, {"rows": "brand"}).within(frozen)

    assert (look.period, look.window, look.comparison) == (Period.MONTH, month, Comparison.NOTHING)
    assert look.where == kept[0]
    assert look.without == (kept[1] or {"region": ("East",), "brand": ("8",)})
    assert look.options == {"rows": "brand"}


def test_words_of_a_look_come_back_as_the_same_look() -> None:
    words = {"rows": "brand,month", "period": "month", "compare": "nothing", "not_region": ["East"], "ratio1": "a/b"}
    look = look_of_words(words, TODAY)
    assert look.options == {"rows": "brand,month"}
    assert look_of_words(words_of_look(look), TODAY) == look
    wrong = from_address({"rows": ["secret"], "link": ["a b"], "source": ["x"]}, TODAY, {}, BOARD.options())
    assert wrong.options == {}
