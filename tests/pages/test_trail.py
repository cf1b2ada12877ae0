"""The screen of the audit trail: sentences, the fields that changed, the history of one object, and the seal."""

import pytest

from core.catalog.service import retire_product
from core.customers.service import deactivate_customer
from core.ops.nightly import check_books
from core.ops.sealing import seal_all
from core.ops.trail import TrailFilter
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.fetched import fetched
from pages._shared.session import TOKEN
from pages.admin._trail_file import trail_file
from tests.builders import a_customer, a_product
from tests.pages.app import open_app


@pytest.fixture
def shop(store: Store) -> Store:
    """A customer taken out of use after a product was added and retired; all of it sealed."""
    with store.working(SYSTEM) as uow:
        a_customer(uow, "Lotus Trading", code="L1")
        mug = a_product(uow, sku="MUG", name="Blue mug").id
    store.run(SYSTEM, retire_product, None, mug)
    store.run(SYSTEM, deactivate_customer, None, 1)
    seal_all(store, SYSTEM)
    return store


def test_what_was_done_stands_there_as_sentences(shop: Store) -> None:
    app = open_app(shop, Role.MANAGER, "admin/trail")
    assert not app.exception
    shown = app.dataframe[0].value
    assert list(shown["what"])[-4:] == ["Taken out of use", "Retired", "MUG Blue mug added", "L1 Lotus Trading added"]
    assert list(shown["object"])[-4:-1] == ["Customer Lotus Trading", "Product Blue mug", "Product Blue mug"]
    assert app.caption[0].value.startswith(":material/verified_user: Sealed up to 18 Mar 2026, 12:00 (seal ")


def test_an_entry_shows_before_and_after_and_leads_to_everything_done_to_its_object(shop: Store) -> None:
    app = open_app(shop, Role.MANAGER, "admin/trail")
    app.text_input(key="trail.words").set_value("MUG").run()
    assert list(app.dataframe[0].value["what"]) == ["Retired", "MUG Blue mug added"]
    app.text_input(key="trail.words").set_value("").run()
    row = list(app.dataframe[0].value["what"]).index("Taken out of use")
    app.session_state[app.dataframe[0].proto.id.split("-", 2)[-1]] = {"selection": {"rows": [row], "columns": []}}
    app.run()
    assert not app.exception
    changes = app.dataframe[1].value
    assert changes.iloc[0].tolist() == ["In use", "Yes", "No"]
    only = next(each for each in app.button if str(each.key).startswith("trail.only."))
    only.click().run()
    assert list(app.dataframe[0].value["what"]) == ["Taken out of use", "L1 Lotus Trading added"]
    app.button(key="trail.everything").click().run()
    assert len(app.dataframe[0].value) > 2


def test_the_file_is_fetched_by_who_is_signed_in_and_recorded(shop: Store) -> None:
    app = open_app(shop, Role.MANAGER, "admin/trail")
    file = fetched(app.session_state[TOKEN], "en", trail_file, TrailFilter(kind="customer"))
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Number,When,Who,From where,What was done,Kind,Object,Id,Command")
    assert [line.split(",")[4] for line in lines[1:]] == ["Taken out of use", "L1 Lotus Trading added"]
    app.run()
    assert app.dataframe[0].value["what"][0] == "2 entries of the audit trail exported"


def test_a_row_changed_behind_the_products_back_is_said_on_the_screen(shop: Store) -> None:
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET actor_name = 'nobody' WHERE id = 1")
    check_books(shop)
    app = open_app(shop, Role.ADMINISTRATOR, "admin/trail")
    assert [each.value for each in app.error] == [
        "The last check found entries or moves that are not what they were when they were sealed."
    ]


def test_the_trail_in_chinese(shop: Store) -> None:
    app = open_app(shop, Role.MANAGER, "admin/trail", language="zh_CN")
    assert app.title[0].value == "操作日志"
    assert list(app.dataframe[0].value["what"])[-4:] == ["停用", "停售", "新增 MUG Blue mug", "新增 L1 Lotus Trading"]
