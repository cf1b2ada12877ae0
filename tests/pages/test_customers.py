"""The screens of customers: finding, adding, changing, and warnings before a double is made."""

import pytest

from core.customers.queries import channels, customer_card, find_customers
from core.customers.rules import ContactEntry
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer
from tests.pages.app import open_app, visit

FIRST = "customer.0.0"


@pytest.fixture
def lotus(store: Store) -> int:
    """Two customers; the id of the first."""
    with store.working(SYSTEM) as uow:
        a_customer(uow, "ACME Ltd", code="A1")
        return a_customer(
            uow,
            "上海莲花贸易有限公司",
            code="L1",
            phone="138 0013 8000",
            contacts=(ContactEntry("王芳", "采购"),),
        ).id


@pytest.mark.parametrize("typed", ["l1", "shlh", "莲花", "王芳", "13800138000"])
def test_typing_finds_customers_by_code_pinyin_name_contact_and_phone(store: Store, lotus: int, typed: str) -> None:
    app = open_app(store, Role.SALES, "customers/customers")

    app.text_input(key="customers.search").set_value(typed).run()

    assert not app.exception
    assert app.dataframe[0].value["code"].tolist() == ["L1"]


def test_sales_adds_a_customer_and_gets_the_next_code(store: Store) -> None:
    app = open_app(store, Role.SALES, "customers/customer")
    assert app.title[0].value == "New customer"

    app.text_input(key=f"{FIRST}.first").set_value("杭州新客户")
    app.text_input(key=f"{FIRST}.region").set_value("杭州")
    app.button(key=f"{FIRST}.save").click().run()

    assert not app.exception
    assert app.title[0].value == "杭州新客户"
    with store.viewing(SYSTEM) as view:
        made = find_customers(view)[0]
    assert (made.code, made.name, made.region) == ("C-2026-00001", "杭州新客户", "杭州")


def test_a_likely_double_is_shown_while_its_name_is_typed(store: Store, lotus: int) -> None:
    app = open_app(store, Role.SALES, "customers/customer")

    app.text_input(key=f"{FIRST}.first").set_value("上海 莲花贸易").run()

    assert [each.value for each in app.warning] == ["Is this somebody you already have? Same name or phone:"]


def test_a_code_that_is_taken_is_refused_in_words_and_what_was_typed_stays(store: Store, lotus: int) -> None:
    app = open_app(store, Role.SALES, "customers/customer")

    app.text_input(key=f"{FIRST}.first").set_value("Somebody")
    app.text_input(key=f"{FIRST}.code").set_value("l1")
    app.button(key=f"{FIRST}.save").click().run()

    assert [each.value for each in app.error] == [
        "The code l1 already belongs to 上海莲花贸易有限公司. Choose another code, or leave it empty to get one."
    ]
    assert app.text_input(key=f"{FIRST}.first").value == "Somebody"


def test_an_edit_keeps_contacts_and_adds_those_typed_into_the_table(store: Store, lotus: int) -> None:
    app = visit(open_app(store, Role.SERVICE), "customers/customer", id=str(lotus))

    app.session_state[f"customer.{lotus}.1.contacts"] = {
        "edited_rows": {0: {"phone": "021-1"}},
        "added_rows": [{"name": "李雷"}],
        "deleted_rows": [],
    }
    app.button(key=f"customer.{lotus}.1.save").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        kept = customer_card(view, lotus)
    assert kept.contacts == (ContactEntry("王芳", "采购", "021-1"), ContactEntry("李雷"))
    assert kept.version == 2


def test_a_channel_is_added_and_its_twin_refused(store: Store) -> None:
    app = open_app(store, Role.SALES, "customers/customers")

    for name in ("Tmall", "TMALL"):
        app.text_input(key="customers.channels.name").set_value(name)
        app.button(key="customers.channels.save").click().run()

    assert [each.value for each in app.error] == ["There is already a channel TMALL. Choose another name."]
    with store.viewing(SYSTEM) as view:
        assert [row.name for row in channels(view)] == ["Tmall"]


def test_a_customer_is_taken_out_of_use_and_back(store: Store, lotus: int) -> None:
    app = visit(open_app(store, Role.SALES), "customers/customer", id=str(lotus))

    app.button(key="customer.deactivate").click().run()
    with store.viewing(SYSTEM) as view:
        assert [row.code for row in find_customers(view)] == ["A1"]
    app.button(key="customer.reactivate").click().run()
    with store.viewing(SYSTEM) as view:
        assert [row.code for row in find_customers(view)] == ["A1", "L1"]


def test_the_warehouse_sees_a_customer_without_a_form(store: Store, lotus: int) -> None:
    app = visit(open_app(store, Role.WAREHOUSE), "customers/customer", id=str(lotus))

    assert not app.exception
    assert "#### 上海莲花贸易有限公司" in [each.value for each in app.markdown]
    assert len(app.text_input) == 0
