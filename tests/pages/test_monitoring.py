"""Faults on screens, the monitoring screen, and the addresses that machines ask."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from core.base.clock import FixedClock
from core.base.errors import NotFound
from core.base.settings import Settings
from core.base.timings import TIMINGS
from core.ops.faults import FAULTS, note_fault
from core.ops.incidents import find_incident, incidents
from core.ops.watch import Watch
from core.ops.watch_models import IncidentState
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.faults import answer_fault
from pages._shared.mirror import close_mirror, mirror
from pages._shared.probes import PROBES
from pages._shared.text import LANGUAGE
from tests.moments import NOON
from tests.pages.app import open_app

TOKEN = "a long token of the operator"  # noqa: S105 - of this test


@pytest.fixture(autouse=True)
def _own_faults() -> Iterator[None]:
    FAULTS.take()
    TIMINGS.take()
    yield
    FAULTS.take()


def failing_screen() -> None:
    """A script that fails as `st.session_state` says, and calls what Streamlit would call."""
    import streamlit as st

    from pages._shared.faults import show_fault

    try:
        raise st.session_state["error"]
    except Exception as error:
        st.session_state["handled"] = show_fault(error)


def shown(store: Store, error: Exception, language: str = "en") -> str:
    use_store(store)
    app = AppTest.from_function(failing_screen)
    app.session_state["error"] = error
    app.session_state[LANGUAGE] = language
    app.run()
    assert not app.exception
    assert app.session_state["handled"] is True
    (said,) = app.error
    return str(said.value)


def away(sqlstate: str | None) -> OperationalError:
    error = psycopg.errors.lookup(sqlstate)("secret words") if sqlstate else psycopg.OperationalError("secret words")
    return OperationalError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "language", "begins"),
    [
        (KeyError("13812345678"), "en", "Something failed here. What you did last may have been saved or not"),
        (KeyError("13812345678"), "zh_CN", "此处出错了。"),
        (away(None), "en", "The database cannot be reached at the moment."),
        (away("57P01"), "en", "The database cannot be reached at the moment."),
        (away("57P01"), "zh_CN", "暂时无法连接数据库。"),
        (away("53100"), "en", "Something failed here."),
        (OSError(28, "No space left on device"), "en", "The disk of the server is full, so nothing can be saved."),
    ],
)
def test_somebody_sees_a_sentence_with_a_number_and_the_administrator_finds_it(
    store: Store, error: Exception, language: str, begins: str
) -> None:
    said = shown(store, error, language)
    assert said.startswith(begins)
    assert not any(words in said for words in ("secret", "13812345678", "Error", "Traceback"))
    assert Watch(store).keep_faults_now()
    number = said.replace("\\", "")[-9:]
    with store.viewing(SYSTEM) as view:
        (row,) = incidents(view, [IncidentState.NEW])
        assert find_incident(view, number) == row.id
        assert row.saw == said.replace("\\", "")


def test_a_refusal_that_nobody_caught_is_its_sentence_and_no_fault(store: Store) -> None:
    assert shown(store, NotFound(what="The order")).startswith("The order was not found.")
    assert FAULTS.take() == []


def test_an_administrator_works_off_the_inbox(store: Store) -> None:
    for _ in range(2):
        try:
            raise KeyError("x")
        except KeyError as error:
            fault = note_fault(error, store.settings, NOON, met_in="sales/orders", saw="Something failed here.")
    Watch(store).keep_faults_now()
    app = open_app(store, Role.ADMINISTRATOR, "admin/monitoring")
    assert not app.exception
    assert {each.label: each.value for each in app.metric}["New errors"] == "1"
    assert list(app.dataframe[0].value["count"]) == [2]
    app.text_input(key="mon.number").set_value(fault.number.lower()).run()
    assert app.code[0].value.rstrip().endswith("KeyError: 'x'")
    assert [each.value for each in app.info][0] == "Something failed here."
    app.text_input(key="mon.number").set_value("").run()
    app.button(key="mon.seen").click().run()
    assert not app.exception
    assert "No errors here." in [each.value for each in app.success]
    assert {each.label: each.value for each in app.metric}["New errors"] == "0"
    app.text_input(key="mon.number").set_value("2222-2222").run()
    assert app.warning[0].value.startswith("No error has this number.")


def test_the_monitoring_screen_shows_what_took_long_and_who_runs(store: Store) -> None:
    TIMINGS.add("screen", "orders", 0.5)
    TIMINGS.add("query", "stock.levels", 2.0)
    Watch(store, lambda: {"sessions": 2, "mirror_behind": 0.1}).keep_minute_now()
    app = open_app(store, Role.ADMINISTRATOR, "admin/monitoring", language="zh_CN")
    assert app.title[0].value == "运行监控"
    (times,) = [each.value for each in app.dataframe if "p95" in each.value]
    assert [tuple(row) for row in times[["name", "kind", "count", "longest"]].itertuples(index=False)][:2] == [
        ("stock.levels", "查询", 1, 2000.0),
        ("orders", "界面", 1, 500.0),
    ]
    (running,) = [each.value for each in app.dataframe if "speaks" in each.value]
    assert list(running["speaks"]) == ["是"]


def test_who_may_not_operate_the_system_has_no_monitoring(store: Store) -> None:
    with pytest.raises(ValueError, match="monitoring"):
        open_app(store, Role.MANAGER, "admin/monitoring")


def ask(path: str, client: str = "127.0.0.1", **headers: str) -> tuple[int, str]:
    """Send a request to the probes, as a machine would."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), word.encode()) for name, word in headers.items()],
        "client": (client, 1234),
        "server": ("localhost", 80),
        "scheme": "http",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(SITE(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent).decode()


async def broken(_: Request) -> None:
    raise KeyError("13812345678")


# As in app.py; the server behind would raise the error once more for its own log.
SITE = Starlette(routes=[*PROBES, Route("/broken", broken)], exception_handlers={KeyError: answer_fault})


def test_an_address_that_fails_answers_with_a_sentence_and_a_number(store: Store) -> None:
    use_store(store)
    status, said = ask("/broken", accept_language="zh-CN")
    assert (status, said.startswith("此处出错了。")) == (500, True)
    (fault,) = FAULTS.take()
    assert said.endswith(fault.number)
    assert (fault.met_in, fault.message) == ("GET /broken", "'***'")


def test_a_process_is_ready_once_database_schema_and_mirror_are(any_store: Store) -> None:
    use_store(any_store)
    assert ask("/healthz") == (200, '{"status":"ok"}')
    status, said = ask("/readyz")
    assert (status, json.loads(said)["mirror"]) == (503, "not ready")
    mirror().wait_until_fresh()
    try:
        assert ask("/readyz") == (200, '{"status":"ok","database":"ok","schema":"ok","mirror":"ok"}')
        with any_store.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        status, said = ask("/readyz")
        assert (status, json.loads(said)["schema"]) == (503, "not of this version")
    finally:
        close_mirror()


def test_a_process_without_its_database_lives_and_is_not_ready(tmp_path) -> None:
    use_store(Store(Settings(data_dir=tmp_path, database_url="sqlite:////nowhere/at/all.db"), FixedClock(NOON)))
    assert ask("/healthz")[0] == 200
    assert ask("/readyz") == (503, '{"status":"not ready","database":"out of reach"}')


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("::ffff:10.0.0.8", {}, 404),
        ("10.0.0.8", {}, 404),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
        ("testclient", {}, 404),
    ],
)
def test_without_a_token_only_the_machine_itself_sees_the_figures(
    store: Store, client: str, headers: dict[str, str], status: int
) -> None:
    use_store(store)
    assert ask("/metrics", client, **headers)[0] == status


@pytest.mark.parametrize(
    ("given", "status"),
    [(f"Bearer {TOKEN}", 200), ("Bearer other", 404), ("", 404), (TOKEN[:-1], 404), ("Bearer ", 404)],
)
def test_with_a_token_only_who_has_it_sees_the_figures(
    sqlite_settings: Settings, clock: FixedClock, given: str, status: int
) -> None:
    use_store(Store(sqlite_settings.model_copy(update={"metrics_token": TOKEN}), clock=clock))
    assert ask("/metrics", "10.0.0.8", authorization=given)[0] == status
