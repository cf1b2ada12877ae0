"""The first screen: what waits is counted, and each number and order leads to where it is dealt with."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from streamlit.testing.v1 import AppTest

from core.accounts.sessions import actor_of
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.drafts import begin_movement
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.work.store import Store
from pages._shared.session import TOKEN
from tests.builders import a_product, a_warehouse
from tests.pages.app import open_app, visit
from tests.pages.test_orders import an_order, the_order


def links(app: AppTest, label: str) -> list[str]:
    return [link.proto.query_string for link in app.get("page_link") if link.proto.label == label]


def test_home_counts_what_waits_and_lists_it(store: Store) -> None:
    waiting = the_order(store, an_order(store))
    an_order(store, is_confirmed=False, customer="茶馆")

    app = open_app(store, Role.SALES, "home/home")

    assert not app.exception
    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("Orders today", "1"),
        ("Waiting to be shipped", "1"),
        ("Waiting to be paid", "1"),
        ("Drafts to confirm", "1"),
    ]
    today = waiting.ordered_at.date()
    assert links(app, "Show") == [
        f"state=confirmed&state=on_hold&state=completed&since={today}&until={today + timedelta(days=1)}",
        "to_ship=1",
        "state=confirmed&payment=none&payment=partial",
        "state=draft",
    ]
    assert links(app, "荷花商行") == [f"id={waiting.id}", f"id={waiting.id}"]


def test_who_sees_no_orders_is_shown_the_way_to_the_rest(store: Store) -> None:
    an_order(store)
    app = open_app(store, Role.BUYER, "home/home")

    assert not app.exception
    assert not app.metric
    assert links(app, "荷花商行") == []


def test_a_keeper_goes_on_from_home_with_a_sheet_that_is_not_booked_yet(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug, cup = (a_product(uow, sku=sku).id for sku in ("MUG", "CUP"))
        uow.audit("test.prepared", None)
    app = open_app(store, Role.WAREHOUSE, "home/home")
    assert links(app, "Goods receipt · MAIN warehouse · 1 line") == []

    keeper = actor_of(store, app.session_state[TOKEN], "en")
    assert keeper is not None
    begin = partial(store.run, keeper, begin_movement, None, kind=DocumentKind.RECEIPT, warehouse_id=warehouse)
    first = begin(lines=[Line(mug, Decimal(2))])
    begin(lines=[Line(mug, Decimal(1)), Line(cup, Decimal(1))])
    visit(app, "home/home")

    assert not app.exception
    assert links(app, "Goods receipt · MAIN warehouse · 1 line") == [f"draft={first}"]
    visit(app, "stock/movements", draft=str(first))
    assert not app.exception
    assert app.session_state["movements.draft"] == first
    assert links(open_app(store, Role.MANAGER, "home/home"), "Goods receipt · MAIN warehouse · 1 line") == []
