"""The inbox of errors: written down by number, grouped by fingerprint; marked as seen, muted, found by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.i18n import N_
from core.db.upsert import upsert
from core.jobs.registry import job
from core.jobs.rhythm import daily
from core.notify.events import ERROR_MET
from core.notify.tell import once, settle, tell
from core.ops.faults import Fault
from core.ops.watch_models import Incident, IncidentReport, IncidentState
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

KEPT_REPORTS = 100
KEPT = timedelta(days=90)
TOLD = 200


@dataclass(frozen=True)
class IncidentRow:
    """One error in the inbox: what, where, how often, how many people met it, what they saw last."""

    id: int
    kind: str
    place: str
    message: str
    state: IncidentState
    count: int
    people: int
    first_at: datetime
    last_at: datetime
    saw: str


@dataclass(frozen=True)
class ReportRow:
    """An error met once."""

    number: str
    at: datetime
    user: str
    met_in: str
    saw: str
    message: str
    trace: str
    process: str


def keep_faults(uow: UnitOfWork, faults: Sequence[Fault]) -> None:
    """Write errors down, grouped; what was written before, by its number, is not written again."""
    known = set(
        uow.session.scalars(
            select(IncidentReport.number).where(IncidentReport.number.in_([fault.number for fault in faults]))
        )
    )
    users = set(
        uow.session.scalars(select(User.id).where(User.id.in_({fault.user_id for fault in faults if fault.user_id})))
    )
    fresh = sorted((fault for fault in faults if fault.number not in known), key=lambda fault: fault.fingerprint)
    for each in fresh:
        incident = _incident_of(uow, each)
        is_news = incident.state == IncidentState.NEW and incident.count == 0
        incident.count += 1
        incident.message = each.message
        incident.first_at, incident.last_at = min(incident.first_at, each.at), max(incident.last_at, each.at)
        if incident.state == IncidentState.SEEN and incident.decided_at and each.at > incident.decided_at:
            incident.state, incident.decided_at, incident.decided_by = IncidentState.NEW, None, None
            is_news = True
        if is_news:
            facts = {"met_in": each.met_in, "message": each.message[:TOLD], "number": each.number}
            tell(uow, ERROR_MET, once(uow, incident.id), facts, also_me=True)
        uow.add(
            IncidentReport(
                incident_id=incident.id,
                number=each.number,
                at=each.at,
                user_id=each.user_id if each.user_id in users else None,
                met_in=each.met_in,
                saw=each.saw,
                message=each.message,
                trace=each.trace,
                process=each.process,
            )
        )
        _forget_early(uow, incident.id)


@query(P.SYSTEM_OPERATE)
def incidents(scope: Scope, states: Sequence[IncidentState], limit: int = 200) -> list[IncidentRow]:
    """The errors in these states, the latest first."""
    other = aliased(IncidentReport)
    of_it = other.incident_id == Incident.id
    latest = select(func.max(other.id)).where(of_it).correlate(Incident).scalar_subquery()
    people = select(func.count(other.user_id.distinct())).where(of_it).correlate(Incident).scalar_subquery()
    found = scope.session.execute(
        select(Incident, IncidentReport.saw, people)
        .join(IncidentReport, IncidentReport.id == latest)
        .where(Incident.state.in_(states))
        .order_by(Incident.last_at.desc(), Incident.id.desc())
        .limit(limit)
    )
    return [
        IncidentRow(
            each.id, each.kind, each.place, each.message, each.state, each.count, met, each.first_at, each.last_at, saw
        )
        for each, saw, met in found
    ]


@query(P.SYSTEM_OPERATE)
def reports(scope: Scope, incident_id: int, limit: int = KEPT_REPORTS) -> list[ReportRow]:
    """The latest times that an error was met."""
    found = scope.session.execute(
        select(IncidentReport, User.username)
        .outerjoin(User, User.id == IncidentReport.user_id)
        .where(IncidentReport.incident_id == incident_id)
        .order_by(IncidentReport.at.desc(), IncidentReport.id.desc())
        .limit(limit)
    )
    return [
        ReportRow(each.number, each.at, username or "", each.met_in, each.saw, each.message, each.trace, each.process)
        for each, username in found
    ]


@query(P.SYSTEM_OPERATE)
def find_incident(scope: Scope, number: str) -> int | None:
    """The error that somebody was told this number of; small letters and blanks do not matter."""
    signs = "".join(sign for sign in number.upper() if sign.isalnum())
    return scope.session.scalar(
        select(IncidentReport.incident_id).where(IncidentReport.number == f"{signs[:4]}-{signs[4:]}")
    )


@command(P.SYSTEM_OPERATE)
def mark_incident_seen(uow: UnitOfWork, incident_id: int) -> None:
    """Take an error out of the inbox; it is new again when it is met after this moment."""
    _decide(uow, incident_id, IncidentState.SEEN)
    uow.audit("incident.seen", None, subject_id=incident_id)


@command(P.SYSTEM_OPERATE)
def mute_incident(uow: UnitOfWork, incident_id: int) -> None:
    """Only count an error from here on, however often it is met."""
    _decide(uow, incident_id, IncidentState.MUTED)
    uow.audit("incident.muted", None, subject_id=incident_id)


@command(P.SYSTEM_OPERATE)
def reopen_incident(uow: UnitOfWork, incident_id: int) -> None:
    """Put an error back into the inbox."""
    _decide(uow, incident_id, IncidentState.NEW)
    uow.audit("incident.reopened", None, subject_id=incident_id)


@job("ops.forget_errors", N_("Forget old errors"), every=daily("04:20"))
def forget_old_errors(uow: UnitOfWork) -> None:
    """Errors that were not met for three months."""
    old = select(Incident.id).where(Incident.last_at < uow.now - KEPT)
    uow.session.execute(delete(IncidentReport).where(IncidentReport.incident_id.in_(old)))
    uow.session.execute(delete(Incident).where(Incident.last_at < uow.now - KEPT))


def _incident_of(uow: UnitOfWork, fault: Fault) -> Incident:
    made = upsert(uow.session, Incident).values(
        fingerprint=fault.fingerprint,
        kind=fault.kind[:120],
        place=fault.place,
        message=fault.message,
        state=IncidentState.NEW,
        count=0,
        first_at=fault.at,
        last_at=fault.at,
    )
    uow.session.execute(made.on_conflict_do_nothing(index_elements=["fingerprint"]))
    wanted = select(Incident).where(Incident.fingerprint == fault.fingerprint).with_for_update()
    return uow.session.scalars(wanted).one()


def _forget_early(uow: UnitOfWork, incident_id: int) -> None:
    of_it = select(IncidentReport.id).where(IncidentReport.incident_id == incident_id)
    last = uow.session.scalar(of_it.order_by(IncidentReport.id.desc()).offset(KEPT_REPORTS).limit(1))
    if last is not None:
        uow.session.execute(
            delete(IncidentReport).where(IncidentReport.incident_id == incident_id, IncidentReport.id <= last)
        )


def _decide(uow: UnitOfWork, incident_id: int, state: IncidentState) -> None:
    incident = uow.session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound(what=N_("The error"))
    incident.state, incident.decided_at, incident.decided_by = state, uow.now, uow.actor.id
    settle(uow, ERROR_MET, incident_id)
