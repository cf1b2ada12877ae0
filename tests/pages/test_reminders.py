"""Reminding customers on the screens."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.base.clock import FixedClock
from core.receivables.models import TermsKind
from core.sales.money.reminder_queries import pauses, reminder_levels, reminders_of, to_remind
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.money import Books, open_books
from tests.pages.app import open_app, visit


@pytest.fixture
def books(store: Store, clock: FixedClock) -> Books:
    opened = open_books(store)
    opened.agree(kind=TermsKind.NET, days=10)
    opened.run(ship_order, opened.order())
    clock.moment += timedelta(days=13)
    return opened


def click(app: AppTest, row: int) -> None:
    app.session_state["reminders.table"] = {"selection": {"rows": [], "columns": [], "cells": [(row, "customer")]}}
    app.run()
    assert not app.exception


def test_the_list_leads_to_the_letter_which_is_marked_and_stands_in_the_history(books: Books) -> None:
    app = visit(open_app(books.store, Role.FINANCE), "receivables/reminders")
    assert not app.exception
    assert app.dataframe[0].value["customer"].tolist() == ["Lotus Trading"]

    app = visit(app, "receivables/reminders", customer=str(books.customer))
    assert app.code[0].value.startswith("Dear Lotus Trading,")
    app.segmented_control(key="reminders.language").set_value("zh_CN").run()
    assert app.code[0].value.startswith("Lotus Trading：")
    app.button(key="reminders.mark").click().run()
    assert not app.exception
    assert not app.code
    with books.store.viewing(SYSTEM) as view:
        assert [(each.level, each.amount) for each in reminders_of(view, books.customer)] == [(1, 100)]
    app = visit(app, "customers/customer", id=str(books.customer))
    assert not app.exception
    assert any("First reminder · ¥100.00" in each.value for each in app.markdown)


def test_a_click_on_a_row_opens_its_letter_and_one_on_a_row_that_is_gone_opens_nothing(books: Books) -> None:
    app = visit(open_app(books.store, Role.FINANCE), "receivables/reminders")
    click(app, 1)
    assert not app.code
    click(app, 0)
    assert app.code[0].value.startswith("Dear Lotus Trading,")


def test_a_customer_is_left_alone_from_the_letter_and_reminded_again_from_the_list(books: Books) -> None:
    app = visit(open_app(books.store, Role.FINANCE), "receivables/reminders", customer=str(books.customer))
    key = f"reminders.pause.{books.customer}"
    app.button(key=f"{key}.save").click().run()
    assert [error.value for error in app.error] == ["Choose the day until which no reminder is to go out."]
    with books.store.viewing(SYSTEM) as view:
        app.date_input(key=f"{key}.until").set_value(view.today)
    app.text_input(key=f"{key}.reason").set_value("promised for today")
    app.button(key=f"{key}.save").click().run()
    assert not app.exception
    with books.store.viewing(SYSTEM) as view:
        [pause] = pauses(view)
        assert to_remind(view) == []

    app.query_params.clear()
    app = app.switch_page("receivables/reminders.py").run()
    app.button(key=f"reminders.resume.{pause.id}").click().run()
    assert not app.exception
    with books.store.viewing(SYSTEM) as view:
        assert len(to_remind(view)) == 1


def test_who_may_change_terms_edits_the_schedule_and_others_read_it(books: Books) -> None:
    app = visit(open_app(books.store, Role.FINANCE), "receivables/reminders")
    app.number_input(key="reminders.level.1.0.days").set_value(5)
    app.button(key="reminders.level.1.0.save").click().run()
    assert not app.exception
    with books.store.viewing(SYSTEM) as view:
        assert [row.level.days for row in reminder_levels(view)] == [5, 15, 30]

    app = visit(open_app(books.store, Role.SALES), "receivables/reminders")
    assert not app.exception
    assert not app.number_input
    assert len(app.code) == 3
