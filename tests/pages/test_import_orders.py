"""The import screen: from a file to its receipt, and back."""

from sqlalchemy import func, select
from streamlit import config
from streamlit.testing.v1 import AppTest

from core.exchange.errands import SMALL, Errand, begin_import
from core.exchange.fields import match_columns
from core.exchange.sheet import MEGABYTE, MOST_BYTES
from core.sales.models import BusinessState, SalesOrder
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.models import User
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_channel
from tests.pages.app import open_app, visit
from tests.services.import_files import HEADER, csv_file, row


def open_import(store: Store, content: bytes) -> AppTest:
    """The screen with a channel chosen and a file picked."""
    with store.working(SYSTEM) as uow:
        a_channel(uow, "Market")
        uow.audit("test.prepared", None)
    app = open_app(store, Role.MANAGER, "sales/import_orders")
    app.selectbox(key="import.channel").set_value("Market").run()
    return app.file_uploader(key="import.file").set_value(("orders.csv", content, "text/csv")).run()


def orders(store: Store) -> int:
    with store.viewing(SYSTEM) as view:
        live = SalesOrder.business_state != BusinessState.CANCELLED
        return view.session.scalar(select(func.count()).select_from(SalesOrder).where(live)) or 0


def test_a_file_is_checked_booked_and_taken_back(store: Store) -> None:
    content = csv_file(row("1"), row("2", price="x"), row("3", price="1.005"), row("C4", quantity="-1"))
    app = open_import(store, content)
    app.button(key="import.check").click().run()

    assert not app.exception
    assert [metric.value for metric in app.metric] == ["4", "¥4.56", "¥0.00", "2", "1", "1", "1"]
    assert orders(store) == 0
    problems = app.dataframe[-1].value
    assert list(problems["line"]) == [3]
    assert list(problems["sentence"]) == ["“x” is not a number. Write it like 1234.56."]

    assert app.button(key="import.apply").label == "Book 2 orders and 1 return"
    app.button(key="import.apply").click().run()

    assert not app.exception
    assert [message.value for message in app.success] == ["orders.csv is booked."]
    assert orders(store) == 2

    app.button(key="import.again").click().run()
    app.segmented_control(key="import.part").set_value("past").run()

    assert not app.exception
    assert list(app.dataframe[0].value["state"]) == ["Booked"]


def test_a_file_that_is_no_table_shows_its_sentence(store: Store) -> None:
    app = open_import(store, b"\x00\x01\x02")

    assert not app.exception
    assert [error.value for error in app.error] == [
        "orders.csv is neither text \\(CSV\\) nor an Excel workbook. Save it as CSV or XLSX and try again."
    ]


def test_the_uploader_takes_files_as_large_as_an_import_reads() -> None:
    assert config.get_option("server.maxUploadSize") * MEGABYTE == MOST_BYTES


def test_an_import_that_went_on_without_its_tab_shows_its_receipt(store: Store) -> None:
    content = csv_file(row("1"), row("2"))
    app = open_app(store, Role.MANAGER)
    errand = import_in_another_tab(store, content)
    visit(app, "sales/import_orders")

    assert not app.exception
    assert errand.has_ended
    assert [message.value for message in app.success] == ["orders.csv is booked."]
    assert orders(store) == 2

    app.button(key="import.again").click().run()

    assert not app.exception
    assert not app.success
    assert app.selectbox(key="import.channel").value is None


def test_an_import_whose_process_died_says_so_and_nothing_is_booked(store: Store) -> None:
    app = open_app(store, Role.MANAGER)
    with store.working(SYSTEM) as uow:
        uow.session.scalar(select(func.count()).select_from(SalesOrder))
        errand = import_in_another_tab(store, csv_file(row("1"), *[("",) * 8] * SMALL))
        errand.stop()
    visit(app, "sales/import_orders")

    assert not app.exception
    assert [error.value.split(",")[0] for error in app.error] == ["The work on orders.csv broke off"]
    assert orders(store) == 0

    app.button(key="import.back").click().run()

    assert not app.exception
    assert not app.error


def import_in_another_tab(store: Store, content: bytes) -> Errand:
    """An import that the manager began on a screen that is gone."""
    with store.viewing(SYSTEM) as view:
        manager = view.session.scalars(select(User.id).where(User.username == Role.MANAGER)).one()
    actor = Actor(manager, "Manager", frozenset({Role.MANAGER}), permissions_of(frozenset({Role.MANAGER})), "en")
    columns = match_columns(HEADER)
    return begin_import(
        store, actor, content, "orders.csv", columns, None, channel="Shop", is_history=True, key="another tab"
    )
