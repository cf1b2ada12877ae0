"""How the installation is: response times, database and disk, jobs, processes, errors, the last self-check."""

import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.base.timings import Key, Timing, merge_into
from core.jobs.models import Job, JobState
from core.ops.models import CheckRun
from core.ops.watch import read
from core.ops.watch_models import AppProcess, Incident, IncidentState, MinuteOfTimings
from core.security.permissions import P
from core.work.command import query
from core.work.store import View

QUIET = timedelta(minutes=3)


@dataclass(frozen=True)
class Standing:
    """The figures of the installation at one moment; None where there is nothing to say."""

    database: str
    database_bytes: int
    connections: int | None
    disk_free: int
    disk_size: int
    jobs_overdue: int
    oldest_overdue: float | None
    jobs_running: int
    jobs_failed: int
    new_incidents: int
    check_at: datetime | None
    check_age: float | None
    check_differences: int | None


@dataclass(frozen=True)
class TimingRow:
    """How long one screen, query, command or figure took: times done, mean, 95 of 100 within, longest, in seconds."""

    kind: str
    name: str
    count: int
    mean: float
    p95: float
    longest: float


@dataclass(frozen=True)
class MinuteRow:
    """How long the screens of a minute took, of all processes."""

    at: datetime
    count: int
    p95: float


@dataclass(frozen=True)
class ProcessRow:
    """A process and how it was when it last said so. `is_quiet`: it should have said something since."""

    name: str
    began_at: datetime
    seen_at: datetime
    is_quiet: bool
    memory: int | None
    sessions: int | None
    mirror: bool | None
    mirror_behind: float | None
    mirror_trouble: str


@query(P.SYSTEM_OPERATE)
def standing(scope: View) -> Standing:
    """Database and disk, jobs, errors and the last self-check."""
    session, now = scope.session, scope.now
    disk = shutil.disk_usage(scope.settings.data_dir)
    waiting = select(func.count(), func.min(Job.due_at)).where(Job.state == JobState.WAITING, Job.due_at <= now)
    overdue, oldest = session.execute(waiting).one()
    states = {state: count for state, count in session.execute(select(Job.state, func.count()).group_by(Job.state))}
    checked = session.scalars(select(CheckRun).order_by(CheckRun.id.desc()).limit(1)).first()
    new = select(func.count()).select_from(Incident).where(Incident.state == IncidentState.NEW)
    return Standing(
        database=session.get_bind().dialect.name,
        database_bytes=_size(session),
        connections=_connections(session),
        disk_free=disk.free,
        disk_size=disk.total,
        jobs_overdue=overdue,
        oldest_overdue=(now - oldest).total_seconds() if oldest else None,
        jobs_running=states.get(JobState.RUNNING, 0),
        jobs_failed=states.get(JobState.FAILED, 0),
        new_incidents=session.scalar(new) or 0,
        check_at=checked.at if checked else None,
        check_age=(now - checked.at).total_seconds() if checked else None,
        check_differences=checked.difference_count if checked else None,
    )


@query(P.SYSTEM_OPERATE)
def response_times(scope: View, back: timedelta) -> list[TimingRow]:
    """What was measured in the time up to now, by all processes; the slowest first."""
    rows = [
        TimingRow(kind, name, each.count, each.total / each.count, each.within(0.95), each.longest)
        for (kind, name), each in _measured(scope, back).items()
    ]
    return sorted(rows, key=lambda row: (-row.p95, row.kind, row.name))


@query(P.SYSTEM_OPERATE)
def screens_by_minute(scope: View, back: timedelta) -> list[MinuteRow]:
    """How long screens took in each minute in which one was opened, the oldest first."""
    minutes: dict[datetime, Timing] = defaultdict(Timing)
    for at, figures in _minutes(scope, back):
        for (kind, _name), timing in read(figures).items():
            if kind == "screen":
                minutes[at.replace(second=0, microsecond=0)].merge(timing)
    return [MinuteRow(at, each.count, each.within(0.95)) for at, each in sorted(minutes.items())]


@query(P.SYSTEM_OPERATE)
def processes(scope: View) -> list[ProcessRow]:
    """The processes of the last day, those that spoke last first."""
    found = scope.session.scalars(select(AppProcess).order_by(AppProcess.seen_at.desc(), AppProcess.name))
    return [
        ProcessRow(
            each.name,
            each.began_at,
            each.seen_at,
            scope.now - each.seen_at > QUIET,
            each.facts.get("memory"),
            each.facts.get("sessions"),
            each.facts.get("mirror"),
            each.facts.get("mirror_behind"),
            each.facts.get("mirror_trouble") or "",
        )
        for each in found
    ]


def _measured(scope: View, back: timedelta) -> dict[Key, Timing]:
    found: dict[Key, Timing] = {}
    for _at, figures in _minutes(scope, back):
        merge_into(found, read(figures).items())
    return found


def _minutes(scope: View, back: timedelta) -> list[tuple[datetime, dict[str, Any]]]:
    wanted = select(MinuteOfTimings.at, MinuteOfTimings.figures).where(MinuteOfTimings.at > scope.now - back)
    return [(at, figures) for at, figures in scope.session.execute(wanted.order_by(MinuteOfTimings.at))]


def _size(session: Session) -> int:
    if session.get_bind().dialect.name == "sqlite":
        pages = session.scalar(text("PRAGMA page_count")) or 0
        return int(pages) * int(session.scalar(text("PRAGMA page_size")) or 0)
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _connections(session: Session) -> int | None:
    if session.get_bind().dialect.name == "sqlite":
        return None
    counted = session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"))
    return int(counted or 0)
