"""The overview on the first screen: each role's figures and findings, what is done about them, what is put aside."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.sessions import actor_of
from core.analytics.mirror.mirror import Mirror
from core.care.queries import follow_ups
from core.security.actor import SYSTEM, Actor
from core.security.permissions import Role
from core.stock.drafts import find_movement_draft, my_movement_drafts
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.mirror import close_mirror, mirror
from pages._shared.session import TOKEN
from tests.analytics.test_findings import TODAY, TeaShop
from tests.builders import a_warehouse
from tests.pages.app import open_app, visit
from tests.pages.test_home import links

FIGURES = ["Net sales", "Orders", "Margin", "Margin rate", "Collected", "Overdue money"]
HOME = ["Orders today", "Waiting to be shipped", "Waiting to be paid", "Drafts to confirm"]


@pytest.fixture
def shop(store: Store) -> Iterator[TeaShop]:
    use_store(store)
    with Mirror(store, "test") as own:
        shop = TeaShop(store, own)
    mirror().wait_until_fresh()
    shop.mirror = mirror()
    yield shop
    close_mirror()


def home(shop: TeaShop, role: Role) -> AppTest:
    app = open_app(shop.store, role)
    mirror().wait_until_fresh()
    app = visit(app, "home/home")
    assert not app.exception
    return app


def figures(app: AppTest) -> dict[str, tuple[str, str]]:
    return {each.label: (each.value, each.delta) for each in app.metric if each.label not in HOME}


def sentences(app: AppTest) -> list[str]:
    return [each.value.replace("\\", "") for each in app.markdown if "**" in each.value and "¥" in each.value]


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def actor(shop: TeaShop, app: AppTest) -> Actor:
    found = actor_of(shop.store, app.session_state[TOKEN], "en")
    assert found is not None
    return found


def test_a_manager_sees_the_companys_figures_and_what_matters_most_first(shop: TeaShop) -> None:
    app = home(shop, Role.MANAGER)
    # 1 to 18 March brought 1230 in four orders, as many days of February nothing.
    assert list(figures(app)) == FIGURES
    assert figures(app)["Net sales"] == ("¥1.23K", "–")
    assert figures(app)["Orders"] == ("4", "–")
    said = sentences(app)
    assert said[0].startswith("**Tea** sold **¥350.00** less than in the 30 days before (-70%).")
    named = [each.split("**")[1] for each in said]
    assert [*named[:3], *named[4:]] == ["Tea", "Green tea", "Buyer 2", "Pots", "Buyer 0", "Buyer 1", "Pot"]
    assert said[3].endswith("for Buyer 1 was to leave by 16 Mar 2026. Goods worth **¥80.00** are waiting.")
    days = {"period": "custom", "since": "2026-02-16", "until": "2026-03-17", "compare": "previous"}
    shown = "&".join(f"{name}={word}" for name, word in days.items())
    assert links(app, "Show sales")[0] == f"{shown}&category={shop.tea_id}"
    assert links(app, "New promotion") == [f"kind=item&category={shop.tea_id}"]
    assert links(app, "Remind") == [f"customer={shop.ames}", f"customer={shop.bond}"]

    app.pills(key="home.kinds").set_value(["unpaid"]).run()
    assert [each.split("**")[1] for each in sentences(app)] == ["Buyer 0", "Buyer 1"]
    assert not app.exception


def test_who_sells_sees_no_margin_and_nobody_elses_customers(shop: TeaShop) -> None:
    app = home(shop, Role.SALES)
    assert list(figures(app)) == ["Net sales", "Orders", "Collected", "Overdue money"]
    assert figures(app)["Net sales"][0] == "¥0"
    assert sentences(app) == []
    assert any("Your own orders and customers." in each.value for each in app.caption)


def test_a_finding_is_put_aside_and_brought_back(shop: TeaShop) -> None:
    app = home(shop, Role.SERVICE)
    assert list(figures(app)) == ["Stopped buying", "Overdue money", "Leaves late"]
    assert figures(app)["Overdue money"] == ("2", "¥84")
    owing = f"home.finding.unpaid.{shop.ames}"
    before = sentences(app)
    pressed(app, f"{owing}.aside.7")
    assert len(sentences(app)) == len(before)  # it stands below now, with the way back
    assert not [each for each in app.button if each.key == f"{owing}.aside.7"]
    pressed(app, f"home.back.unpaid.{shop.ames}")
    assert sentences(app) == before
    assert [each for each in app.button if each.key == f"{owing}.aside.7"]


def test_who_stopped_buying_is_handed_to_who_looks_after_them(shop: TeaShop) -> None:
    app = home(shop, Role.MANAGER)
    key = f"home.finding.stopped.{shop.cole}.call"
    assert app.text_input(key=f"{key}.subject").value == "Has not ordered for 148 days"
    pressed(app, f"{key}.save")
    with shop.store.viewing(SYSTEM) as view:
        (task,) = follow_ups(view)
    assert (task.customer_id, task.owner, task.due_on) == (shop.cole, "Li", TODAY + timedelta(days=3))
    assert not [each for each in app.button if each.key == f"{key}.save"]


def test_what_runs_out_is_begun_as_a_receipt(shop: TeaShop) -> None:
    app = home(shop, Role.WAREHOUSE)
    assert figures(app)["Runs out"] == ("2", "¥56.22")
    pressed(app, f"home.finding.runs_out.{shop.pot}.receive")
    keeper = actor(shop, app)
    with shop.store.viewing(keeper) as view:
        (row,) = my_movement_drafts(view, limit=5)
        draft = find_movement_draft(view, row.id)
    assert draft is not None
    assert list(draft.quantities.values()) == [Decimal(52)]
    assert app.session_state["movements.draft"] == row.id


def test_links_fill_in_a_promotion_and_a_transfer(shop: TeaShop) -> None:
    app = open_app(shop.store, Role.MANAGER)
    visit(app, "pricing/promotion", kind="item", category=str(shop.tea_id))
    assert not app.exception
    assert [each.value for each in app.multiselect if each.key and each.key.endswith(".items.categories")] == [
        [shop.tea_id]
    ]
    visit(app, "pricing/promotion", kind="item", product="999999")
    assert not app.exception
    with shop.store.working(SYSTEM) as uow:
        west = a_warehouse(uow, "WEST")
        uow.audit("test.lived", None)
    visit(app, "stock/transfers", source=str(shop.till.warehouse_id), target=str(west), lines="POT\t5 #L-1")
    assert not app.exception
    chosen = app.selectbox(key="transfers.source").value, app.selectbox(key="transfers.target").value
    assert (*chosen, app.text_area(key="transfers.lines").value) == (shop.till.warehouse_id, west, "POT\t5 #L-1")
    visit(app, "stock/transfers", source="x", target="1", lines="POT")
    assert not app.exception
