"""Forms whose button is pressed before anything was typed: they say so, keep what was typed, and change nothing."""

from core.customers.service import add_channel
from core.pricing.lists import PriceListEntry, add_price_list
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import open_app, visit
from tests.traces import everything


def but_sessions(store: Store) -> dict[str, object]:
    return {table: rows for table, rows in everything(store).items() if "session" not in table}


def test_a_price_rule_without_a_price_is_not_a_price_of_nothing(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        made = add_price_list(uow, PriceListEntry("Spring"))
    app = visit(open_app(store, Role.MANAGER), "pricing/price_list", id=str(made))
    before = but_sessions(store)
    app.button(key="price_list.rule.0.save").click().run()
    assert len(app.error) == 1
    assert but_sessions(store) == before


def test_a_tolerance_without_a_category_is_refused_and_stays_typed(store: Store) -> None:
    app = open_app(store, Role.MANAGER, "stock/rules")
    before = but_sessions(store)
    app.number_input(key="rules.tolerance.over").set_value(5.0)
    app.button(key="rules.tolerance.save").click().run()
    assert app.error[0].value.startswith("Nothing was saved. Choose a category")
    assert app.number_input(key="rules.tolerance.over").value == 5.0
    assert but_sessions(store) == before


def test_a_name_that_is_taken_stays_typed_when_a_channel_is_renamed(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        shop = add_channel(uow, "Shop")
        add_channel(uow, "Web")
    app = open_app(store, Role.MANAGER, "customers/customers")
    app.selectbox(key="customers.channels.renamed").set_value(shop)
    app.text_input(key="customers.channels.new_name").set_value("Web")
    app.button(key="customers.channels.rename.save").click().run()
    assert len(app.error) == 1
    assert app.text_input(key="customers.channels.new_name").value == "Web"
