"""Every error has a number that leads to its trace, errors of one kind stand together, and none is lost."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import NotFound
from core.base.settings import Settings
from core.base.timings import TIMINGS, Timings
from core.ops import faults as noted
from core.ops.faults import FAULTS, Fault, Faults, new_number, note_fault
from core.ops.incidents import (
    KEPT_REPORTS,
    find_incident,
    forget_old_errors,
    incidents,
    keep_faults,
    mark_incident_seen,
    mute_incident,
    reopen_incident,
    reports,
)
from core.ops.metrics import exposition
from core.ops.monitoring import processes, response_times, screens_by_minute, standing
from core.ops.watch import Watch, noting
from core.ops.watch_models import IncidentState
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.moments import NOON
from tests.notices import a_person
from tests.notices import inbox as notices
from tests.pages.app import a_user
from tests.traces import refused

S = IncidentState
EVERY = list(IncidentState)


@pytest.fixture(autouse=True)
def _own_faults() -> Iterator[None]:
    FAULTS.take()
    TIMINGS.take()
    yield
    FAULTS.take()


def divided(by: int) -> float:
    return 1 / by


def met(store: Store, error: Exception | None = None, user_id: int | None = None) -> Fault:
    """An error met on a screen at this moment."""
    try:
        if error:
            raise error
        divided(0)
    except Exception as caught:
        return note_fault(
            caught, store.settings, store.clock.now(), met_in="sales/orders", saw="Something failed", user_id=user_id
        )
    raise AssertionError


def kept(store: Store) -> None:
    assert Watch(store).keep_faults_now()


def inbox(store: Store, *states: IncidentState) -> list[tuple[str, int, int, IncidentState]]:
    with store.viewing(SYSTEM) as view:
        return [(each.kind, each.count, each.people, each.state) for each in incidents(view, states or EVERY)]


def test_the_number_somebody_was_told_leads_to_the_trace(any_store: Store) -> None:
    li = a_user(any_store, Role.SALES)
    fault = met(any_store, user_id=li)
    kept(any_store)
    with any_store.viewing(SYSTEM) as view:
        (row,) = incidents(view, [S.NEW])
        assert find_incident(view, fault.number.lower().replace("-", " ")) == row.id
        assert find_incident(view, "2222-2222") is None
        (report,) = reports(view, row.id)
    assert (row.kind, row.message, row.count, row.people) == ("ZeroDivisionError", "division by zero", 1, 1)
    assert (report.number, report.at, report.user, report.met_in) == (fault.number, NOON, "sales", "sales/orders")
    assert report.saw == "Something failed"
    assert "in divided" in report.trace
    assert "return 1 / by" in report.trace


def test_errors_of_one_kind_stand_together_and_people_are_counted(any_store: Store) -> None:
    li, wu = a_user(any_store, Role.SALES), a_user(any_store, Role.FINANCE)
    for user in (li, wu, li, None):
        met(any_store, user_id=user)
    met(any_store, KeyError("x"))
    kept(any_store)
    assert inbox(any_store) == [("KeyError", 1, 0, S.NEW), ("ZeroDivisionError", 4, 2, S.NEW)]


def test_nothing_secret_is_written_down(store: Store) -> None:
    secret = store.settings.secret("statements")
    fault = met(store, RuntimeError(f"{secret} of 13812345678, password=tea"))
    assert fault.message == "*** of ***, password=***"
    assert secret not in fault.trace


def test_a_seen_error_is_new_again_when_it_comes_back_and_a_muted_one_is_not(
    any_store: Store, clock: FixedClock
) -> None:
    ann = a_person(any_store, "ann", Role.ADMINISTRATOR)
    met(any_store)
    met(any_store, KeyError("x"))
    kept(any_store)
    with any_store.viewing(SYSTEM) as view:
        key, zero = [each.id for each in incidents(view, EVERY)]
    assert sorted(row.facts["message"] for row in notices(any_store, ann)) == ["'x'", "division by zero"]
    any_store.run(SYSTEM, mark_incident_seen, None, zero)
    any_store.run(SYSTEM, mute_incident, None, key)
    assert inbox(any_store, S.NEW) == []
    assert notices(any_store, ann) == []
    clock.moment += timedelta(minutes=1)
    met(any_store)
    met(any_store, KeyError("x"))
    kept(any_store)
    assert set(inbox(any_store)) == {("ZeroDivisionError", 2, 0, S.NEW), ("KeyError", 2, 0, S.MUTED)}
    assert [row.facts["message"] for row in notices(any_store, ann)] == ["division by zero"]
    any_store.run(SYSTEM, reopen_incident, None, key)
    assert len(inbox(any_store, S.NEW)) == 2
    with any_store.viewing(SYSTEM) as view:
        tags = list(
            view.session.scalars(
                select(AuditEntry.tag).where(AuditEntry.tag.like("incident.%")).order_by(AuditEntry.id)
            )
        )
    assert tags == ["incident.seen", "incident.muted", "incident.reopened"]


def test_an_error_that_is_not_there_is_refused_and_nothing_changes(store: Store) -> None:
    for command in (mark_incident_seen, mute_incident, reopen_incident):
        with refused(store, NotFound):
            store.run(SYSTEM, command, None, 7)


def test_while_the_database_is_away_errors_wait_and_none_is_written_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(store)
    first, second = met(store), met(store)
    run = store.run

    def away(*_: object, **__: object) -> None:
        raise OperationalError("connect", {}, Exception("no answer"))

    monkeypatch.setattr(store, "run", away)
    assert not watch.keep_faults_now()
    monkeypatch.setattr(store, "run", run)
    third = met(store)
    kept(store)
    store.run(SYSTEM, keep_faults, None, [first])
    with store.viewing(SYSTEM) as view:
        (row,) = incidents(view, EVERY)
        numbers = [each.number for each in reports(view, row.id)]
    assert row.count == 3
    assert sorted(numbers) == sorted([first.number, second.number, third.number])


def test_a_storm_of_errors_keeps_the_latest_and_counts_all(store: Store) -> None:
    for _ in range(KEPT_REPORTS + 5):
        last = met(store)
    kept(store)
    with store.viewing(SYSTEM) as view:
        (row,) = incidents(view, EVERY)
        found = reports(view, row.id, limit=1_000)
    assert (row.count, len(found), found[0].number) == (KEPT_REPORTS + 5, KEPT_REPORTS, last.number)


def test_memory_holds_only_so_many_errors(store: Store) -> None:
    few = Faults(room=2)
    faults = [met(store) for _ in range(3)]
    for fault in faults:
        few.note(fault)
    assert (few.count, few.take()) == (3, faults[1:])


def test_errors_nobody_met_for_three_months_are_forgotten(store: Store, clock: FixedClock) -> None:
    met(store)
    kept(store)
    clock.moment += timedelta(days=60)
    met(store, KeyError("x"))
    kept(store)
    clock.moment += timedelta(days=31)
    store.run(SYSTEM, forget_old_errors)
    assert inbox(store) == [("KeyError", 1, 0, S.NEW)]


def test_what_a_job_logs_with_its_trace_is_in_the_inbox_too(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with noting(store):
        try:
            divided(0)
        except ZeroDivisionError:
            logging.getLogger("salesbook").exception("the job %s failed", "stock.count")
        met(store, KeyError("x"))
    logging.getLogger("salesbook").error("without a trace")
    with store.viewing(SYSTEM) as view:
        rows = {row.kind: (row.count, reports(view, row.id)[0].met_in) for row in incidents(view, EVERY)}
    assert rows == {"ZeroDivisionError": (1, "the job stock.count failed"), "KeyError": (1, "sales/orders")}
    assert sum("error " in record.getMessage() for record in caplog.records) == 2


def test_numbers_can_be_read_out_and_do_not_repeat() -> None:
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) == 500
    assert all(len(each) == 9 and not set(each) & set("01IOL") for each in numbers)


def test_times_are_written_by_the_minute_and_answered_for_all_processes(
    any_store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    TIMINGS.take()
    for process, seconds in (("a:1", 0.2), ("b:2", 0.4)):
        monkeypatch.setattr("core.ops.watch.process_name", lambda name=process: name)
        watch = Watch(any_store, lambda: {"sessions": 3, "mirror": True, "mirror_behind": 0.5})
        TIMINGS.take()
        TIMINGS.add("screen", "orders", seconds)
        watch.keep_minute_now()
    with any_store.viewing(SYSTEM) as view:
        rows = [row for row in response_times(view, timedelta(hours=1)) if row.kind == "screen"]
        minutes = screens_by_minute(view, timedelta(hours=1))
        running = processes(view)
    assert [(row.name, row.count, round(row.mean, 3), row.longest) for row in rows] == [("orders", 2, 0.3, 0.4)]
    assert [(each.at, each.count, each.p95) for each in minutes] == [(NOON, 2, 0.4)]
    assert [(each.name, each.is_quiet, each.sessions, each.mirror_behind) for each in running] == [
        ("a:1", False, 3, 0.5),
        ("b:2", False, 3, 0.5),
    ]
    clock.moment += timedelta(minutes=4)
    with any_store.viewing(SYSTEM) as view:
        assert [each.is_quiet for each in processes(view)] == [True, True]
    clock.moment += timedelta(days=2)
    Watch(any_store).keep_minute_now()
    with any_store.viewing(SYSTEM) as view:
        assert not [row for row in response_times(view, timedelta(days=9)) if row.kind == "screen"]
        assert len(processes(view)) == 1


def test_times_that_cannot_be_written_wait_for_the_next_minute(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(store)
    TIMINGS.take()
    TIMINGS.add("screen", "orders", 0.2)
    with monkeypatch.context() as patch:
        patch.setattr(store, "run", lambda *_, **__: 1 / 0)
        watch.keep_minute_now()
    TIMINGS.add("screen", "orders", 0.3)
    watch.keep_minute_now()
    with store.viewing(SYSTEM) as view:
        assert [row.count for row in response_times(view, timedelta(hours=1)) if row.kind == "screen"] == [2]


def test_the_watch_writes_an_error_down_by_itself(store: Store) -> None:
    watch = Watch(store)
    watch.start()
    fault = met(store)
    watch.stop()
    with store.viewing(SYSTEM) as view:
        assert find_incident(view, fault.number) is not None


def test_the_figures_of_a_process_for_prometheus(any_store: Store) -> None:
    timings = Timings()
    timings.add("query", 'a "name"', 0.2)
    met(any_store)
    kept(any_store)
    text = exposition(any_store, {"sessions": 4, "mirror_behind": 0.5}, timings).decode()
    assert 'salesbook_seconds_bucket{kind="query",le="0.1",name="a \\"name\\""} 0.0' in text
    assert 'salesbook_seconds_bucket{kind="query",le="0.25",name="a \\"name\\""}' in text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines["salesbook_database_up"] == "1.0"
    assert lines["salesbook_errors_new"] == "1.0"
    assert lines["salesbook_sessions"] == "4.0"
    assert lines["salesbook_mirror_behind_seconds"] == "0.5"
    assert float(lines["salesbook_database_bytes"]) > 100_000
    assert float(lines["salesbook_disk_free_bytes"]) > 0


def test_without_its_database_a_process_still_tells_its_figures(tmp_path) -> None:
    away = Store(Settings(data_dir=tmp_path, database_url="sqlite:////nowhere/at/all.db"), FixedClock(NOON))
    text = exposition(away, {}).decode()
    assert "salesbook_database_up 0.0" in text
    assert "salesbook_database_bytes" not in text


def test_the_standing_of_a_fresh_installation(any_store: Store) -> None:
    with any_store.viewing(SYSTEM) as view:
        found = standing(view)
    assert (found.jobs_overdue, found.jobs_failed, found.new_incidents, found.check_at) == (0, 0, 0, None)
    assert found.database == any_store.engine.name
    assert (found.connections is None) == (found.database == "sqlite")


def test_the_same_error_has_one_fingerprint_wherever_its_line_stands(store: Store) -> None:
    source = "def divided(by):\n    return 1 / by\n"
    found = set()
    for before in ("", "\n\n"):
        space: dict[str, object] = {}
        exec(compile(before + source, str(noted.PROJECT_DIR / "core/of_a_test.py"), "exec"), space)  # noqa: S102
        try:
            space["divided"](0)  # type: ignore[operator]
        except ZeroDivisionError as error:
            found.add((noted.fingerprint(error), noted.place_of(error)))
    assert len(found) == 1
    assert found.pop()[1] == "core/of_a_test.py, divided"
