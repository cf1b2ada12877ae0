"""Files that name customers leave only after the password was typed lately."""

from datetime import timedelta

import pytest

from core.analytics.export.sheet import Field, Kind, Sheet
from core.base.clock import FixedClock
from core.security.actor import SYSTEM, NotRecent
from core.security.permissions import Role
from core.work.store import Store, View
from pages._shared.board.leaving import names_customers
from pages._shared.company import use_store
from pages._shared.fetched import fetched
from tests.builders import a_draft, a_product, a_warehouse
from tests.pages.app import PASSWORD, a_token, open_app


def content(view: View) -> bytes:
    return view.actor.name.encode()


def test_orders_leave_after_the_password_was_typed_and_not_ten_minutes_later(store: Store, clock: FixedClock) -> None:
    with store.working(SYSTEM) as uow:
        a_draft(uow, a_warehouse(uow), [(a_product(uow), 1)])
    app = open_app(store, Role.SALES, "sales/orders")
    assert not app.exception
    assert len(app.get("download_button")) == 1

    clock.moment += timedelta(minutes=10)
    app.run()
    assert len(app.get("download_button")) == 0
    app.text_input(key="orders.csv.proof.password").set_value("not this one")
    app.button(key="orders.csv.proof.submit").click().run()
    assert [error.value for error in app.error] == ["The present password is not right. Nothing was changed."]
    assert len(app.get("download_button")) == 0
    app.text_input(key="orders.csv.proof.password").set_value(PASSWORD)
    app.button(key="orders.csv.proof.submit").click().run()
    assert not app.exception
    assert len(app.get("download_button")) == 1


def test_a_button_that_was_shown_in_time_gives_nothing_too_late(store: Store, clock: FixedClock) -> None:
    use_store(store)
    token = a_token(store, Role.SALES)
    assert fetched(token, "en", content, recent=True) == b"Sales"
    clock.moment += timedelta(minutes=10)
    assert fetched(token, "en", content) == b"Sales"
    with pytest.raises(NotRecent):
        fetched(token, "en", content, recent=True)


def test_a_table_that_names_customers_is_known_by_its_columns() -> None:
    plain = Sheet("Sales", (Field("Month", Kind.TEXT), Field("Net sales", Kind.MONEY)), [])
    named = Sheet("Sales", (Field("Customer", Kind.TEXT), Field("Net sales", Kind.MONEY)), [])
    counted = Sheet("Sales", (Field("Month", Kind.TEXT), Field("Customer", Kind.COUNT)), [])
    assert [names_customers(sheets) for sheets in ([plain], [counted], [plain, named], [])] == [
        False,
        False,
        True,
        False,
    ]
