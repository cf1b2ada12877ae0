"""My preferences on the screens: columns, home, figures, kept views and hints."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.habits import count_picks
from core.accounts.preference_rules import Density, NumberStyle, Preferences, Theme
from core.accounts.preferences import own_looks, own_preferences, set_own_preferences
from core.accounts.sessions import actor_of
from core.security.actor import SYSTEM, Actor
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.mirror import close_mirror, mirror
from pages._shared.session import TOKEN
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.pages.app import open_app, visit


def me(app: AppTest, store: Store) -> Actor:
    actor = actor_of(store, app.session_state[TOKEN], "en")
    assert actor is not None
    return actor


def preferred(app: AppTest, store: Store) -> Preferences:
    with store.viewing(me(app, store)) as view:
        return own_preferences(view)


def saved(app: AppTest) -> AppTest:
    return app.button(key="preferences.save").click().run()


def test_what_is_saved_holds_on_every_screen(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_product(uow, name="Mug")
    app = open_app(store, Role.MANAGER, "home/preferences")
    app.radio(key="preferences.density").set_value(Density.DENSE)
    app.radio(key="preferences.theme").set_value(Theme.DARK)
    app.multiselect(key="preferences.columns.products").set_value(["category", "retail_price"])
    app.multiselect(key="preferences.pinned").set_value(["stock/levels"])
    app.multiselect(key="preferences.blocks").set_value(["numbers"])
    saved(app)

    assert not app.exception
    assert preferred(app, store) == Preferences(
        Theme.DARK,
        Density.DENSE,
        columns={"products": ("category", "retail_price")},
        pinned=("stock/levels",),
        hidden_blocks=("overview", "alerts", "waiting", "newest", "sheets", "menu"),
    )
    styles = "".join(html.proto.body for html in app.get("html"))
    assert "padding-top: 2.2rem" in styles
    assert 'JSON.stringify("Dark")' in styles
    visit(app, "catalog/products")
    assert list(app.dataframe[0].proto.column_order) == ["sku", "name", "category", "retail_price"]
    visit(app, "home/home")
    linked = [link.proto.label for link in app.get("page_link")]
    assert (linked.count("Stock"), linked.count("Show"), linked.count("Guide")) == (1, 4, 0)


def test_a_seller_is_not_offered_the_column_of_costs(store: Store) -> None:
    app = open_app(store, Role.SALES, "home/preferences")
    assert "Purchase" not in app.multiselect(key="preferences.columns.products").options
    manager = open_app(store, Role.MANAGER, "home/preferences")
    assert "Purchase" in manager.multiselect(key="preferences.columns.products").options


def test_the_usual_ones_come_back_with_one_press(store: Store) -> None:
    app = open_app(store, Role.SALES)
    store.run(me(app, store), set_own_preferences, None, Preferences(density=Density.DENSE))
    visit(app, "home/preferences")
    app.button(key="preferences.reset").click().run()
    assert preferred(app, store) == Preferences()
    assert app.toast[0].value.startswith("Your preferences are the usual ones again")


def test_a_wrong_file_is_refused_with_a_sentence(store: Store) -> None:
    app = open_app(store, Role.SALES, "home/preferences")
    app.file_uploader(key="preferences.brought").set_value(("prices.json", b"[1]", "application/json")).run()
    app.button(key="preferences.take").click().run()
    assert [error.value for error in app.error] == [
        "This file holds no preferences of Salesbook. Choose one that was saved on this screen."
    ]


@dataclass(frozen=True)
class Shop:
    """A shop that sold a million in the East."""

    store: Store


@pytest.fixture
def shop(store: Store) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 100_000, name="Oolong", retail_price=30)
        a_sale(uow, home, [(tea, 50_000)], channel="Web", region="East")
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store)
    close_mirror()


def test_figures_with_every_digit(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/sales")
    assert app.metric[0].value == "¥1.5M"
    shop.store.run(me(app, shop.store), set_own_preferences, None, Preferences(numbers=NumberStyle.FULL))
    app.session_state["frame.preferences"] = preferred(app, shop.store)
    assert app.run().metric[0].value == "¥1,500,000.00"


def test_a_habit_is_hinted_at_once_and_kept_with_one_press(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    actor = me(app, shop.store)
    for _time in range(5):
        shop.store.run(actor, count_picks, None, "dashboard", [("region", "East")])
    visit(app, "reports/sales")
    hinted = "You filtered by Region\\: East 5 times this month. Keep it as a view?"
    assert hinted in [each.value for each in app.caption]

    app.button(key="dashboard.hint.keep").click().run()

    with shop.store.viewing(actor) as view:
        (look,) = own_looks(view)
    assert (look.board, look.name) == ("dashboard", "Region: East")
    assert look.words == {"period": ["30d"], "compare": ["previous"], "region": ["East"]}
    app.button(key=f"dashboard.views.open.{look.id}").click().run()
    assert app.session_state["dashboard"].where == {"region": ("East",)}
    again = open_app_again(app)
    assert not any(str(button.key).startswith("dashboard.hint") for button in again.button)


def open_app_again(app: AppTest) -> AppTest:
    return visit(visit(app, "home/home"), "reports/sales")


def test_a_view_is_kept_renamed_and_deleted(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/sales")
    actor = me(app, shop.store)
    app.button(key="dashboard.views.keep").click().run()
    assert [error.value for error in app.error] == ["Give the view a name of 1 to 80 letters."]

    app.text_input(key="dashboard.views.name").set_value("Mine").run()
    app.button(key="dashboard.views.keep").click().run()
    app.text_input(key="dashboard.views.new_name").set_value("All").run()
    app.button(key="dashboard.views.rename").click().run()
    with shop.store.viewing(actor) as view:
        (look,) = own_looks(view)
    assert (look.name, look.words) == ("All", {"period": ["30d"], "compare": ["previous"]})
    app.button(key=f"dashboard.views.share.{look.id}").click().run()
    other = open_app(shop.store, Role.FINANCE, "reports/sales")
    other.button(key=f"dashboard.views.open.{look.id}").click().run()
    assert not other.exception
    assert not [button for button in other.button if button.key == f"dashboard.views.drop.{look.id}"]
    app.button(key=f"dashboard.views.drop.{look.id}").click().run()
    assert not app.exception
    with shop.store.viewing(actor) as view:
        assert own_looks(view) == []
