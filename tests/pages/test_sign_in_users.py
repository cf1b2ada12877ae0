"""Managing users and one's own account on the screens."""

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.errors import WrongPassword
from core.accounts.queries import users
from core.accounts.sessions import sign_in
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import PASSWORD, a_user, open_app


def names(store: Store) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.name for row in users(view)]


def pick_row(app: AppTest, row: int) -> AppTest:
    app.session_state["users.table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def test_changing_and_disabling_a_user(store: Store) -> None:
    fang = a_user(store, Role.SALES, username="fang")
    app = pick_row(open_app(store, Role.ADMINISTRATOR, "admin/users"), 0)
    app.text_input(key=f"users.name.{fang}").set_value("Fang Wang")
    app.button(key=f"users.save.{fang}").click().run()
    assert not app.exception
    assert names(store) == ["Fang Wang", "Administrator"]

    pick_row(app, 0).button(key=f"users.disable.{fang}").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(row.name, row.is_enabled) for row in users(view)] == [("Administrator", True), ("Fang Wang", False)]


def test_the_last_administrator_is_told_why_it_stays(store: Store) -> None:
    app = pick_row(open_app(store, Role.ADMINISTRATOR, "admin/users"), 0)
    app.button(key="users.disable.1").click().run()
    assert [error.value for error in app.error] == [
        "Administrator is the last administrator. Make somebody else administrator first."
    ]
    with store.viewing(SYSTEM) as view:
        assert [row.is_enabled for row in users(view)] == [True]


def test_changing_ones_password_on_the_account_screen(store: Store) -> None:
    app = open_app(store, Role.BUYER, "admin/account")
    app.text_input(key="account.old").set_value("not this one")
    app.text_input(key="account.new").set_value("another mug of tea")
    app.button(key="account.change").click().run()
    assert [error.value for error in app.error] == ["The present password is not right. Nothing was changed."]

    app.text_input(key="account.old").set_value(PASSWORD)
    app.text_input(key="account.new").set_value("another mug of tea")
    app.button(key="account.change").click().run()
    assert not app.error
    assert not app.exception
    assert sign_in(store, "buyer", "another mug of tea")
    with pytest.raises(WrongPassword):
        sign_in(store, "buyer", PASSWORD)


def test_changing_ones_language_on_the_account_screen(store: Store) -> None:
    app = open_app(store, Role.BUYER, "admin/account")
    app.radio(key="account.language.en").set_value("zh_CN").run()
    assert not app.exception
    assert app.title[0].value == "我的账号"
    app.segmented_control(key="frame.language.zh_CN").set_value("en").run()
    assert app.title[0].value == "My account"
