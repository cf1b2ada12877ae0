"""The first screen: what waits is counted, and each number and order leads to where it is dealt with."""

from datetime import timedelta

from streamlit.testing.v1 import AppTest

from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import open_app
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
        "state=confirmed&shipment=none&shipment=partial",
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
