"""The state of the system on a screen: the check, the repair, and the jobs."""

from sqlalchemy import text

from core.jobs.runner import run_next
from core.ops.nightly import check_books, check_runs
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import open_app


def test_an_operator_checks_the_books_sees_what_is_wrong_and_repairs_it(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5)
    app = open_app(store, Role.ADMINISTRATOR, "admin/health")
    assert [each.value for each in app.info] == ["The books were not checked yet."]
    app.button(key="health.check").click().run()
    assert not app.exception
    assert not [each for each in app.button if each.key == "health.check"]
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE stock_level SET on_hand = on_hand + 1000"))
    assert run_next(store)

    app.run()
    assert app.error[0].value.startswith("1 figure did not add up on ")
    app.button(key="health.repair.confirm").click().run()
    assert not app.exception
    assert run_next(store)
    app.run()
    assert [each.value[:22] for each in app.success] == ["Everything added up on"]
    with store.viewing(SYSTEM) as view:
        assert [run.difference_count for run in check_runs(view)] == [0, 1]


def test_an_operator_runs_a_job_now(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/health")
    names = list(app.dataframe[0].value["job"])
    row = names.index("Forget old runs")
    app.session_state["health.jobs"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    app.button(key="health.run").click().run()
    assert not app.exception
    assert run_next(store)
    assert not run_next(store)


def test_the_state_of_the_system_in_chinese(store: Store) -> None:
    check_books(store)
    app = open_app(store, Role.ADMINISTRATOR, "admin/health", language="zh_CN")
    assert app.title[0].value == "系统状态"
    assert [each.value for each in app.success] == ["2026-03-18 12:00 自检：账目全部相符。"]
