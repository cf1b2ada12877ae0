"""What an operator sees of backups."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from core.jobs.models import Job, JobState
from core.ops.backups.archive import backup_folder, backup_key
from core.ops.backups.keeping import Keeping
from core.ops.backups.models import Backup, Purpose
from core.ops.backups.places import Place, known_host, try_out
from core.ops.backups.sealing import key_name
from core.ops.backups.service import rule_of, with_secret
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.store import View

OVERDUE = timedelta(hours=26)
_NEWEST_PROVEN = select(func.max(Backup.at)).where(Backup.proven_at.is_not(None), or_(Backup.is_here, Backup.is_away))
STEPS = ("backups.make", "backups.prove", "backups.send", "backups.tidy")


@dataclass(frozen=True)
class BackupRow:
    """A backup that lies somewhere, or did."""

    id: int
    name: str
    at: datetime
    purpose: Purpose
    size: int
    sha256: str
    seconds: int
    key: str
    version: str
    figures: dict[str, Any]
    proven_at: datetime | None
    proof: dict[str, Any]
    sent_at: datetime | None
    sent_to: str
    problem: str
    is_here: bool
    is_away: bool


@dataclass(frozen=True)
class BackupState:
    """How backups stand. Overdue: nothing was proven for 26 hours, and the installation is older than that."""

    since: datetime
    proven_at: datetime | None
    is_overdue: bool
    is_paused: bool
    keeping: Keeping
    place: dict[str, Any]
    is_place_set: bool
    folder: str
    key: str
    is_key_set: bool
    kept_key_at: datetime | None
    steps: tuple[str, ...]


@query(P.SYSTEM_OPERATE)
def backups(scope: Scope, limit: int = 60) -> list[BackupRow]:
    """The backups that still lie somewhere and those that have a problem, newest first."""
    wanted = select(Backup).where(or_(Backup.is_here, Backup.is_away)).order_by(Backup.at.desc(), Backup.id.desc())
    names = BackupRow.__dataclass_fields__
    return [
        BackupRow(**{name: getattr(each, name) for name in names})
        for each in scope.session.scalars(wanted.limit(limit))
    ]


@query(P.SYSTEM_OPERATE)
def backup_state(view: View) -> BackupState:
    """Everything of the rule, the key and what is going on."""
    rule = rule_of(view)
    proven = view.session.scalar(_NEWEST_PROVEN)
    name = key_name(backup_key(view.settings))
    open_ones = view.session.scalars(
        select(Job.name).where(
            Job.name.in_(STEPS),
            or_(Job.state == JobState.RUNNING, (Job.state == JobState.WAITING) & (Job.due_at <= view.now)),
        )
    )
    return BackupState(
        rule.since,
        proven,
        view.now - (proven or rule.since) > OVERDUE,
        rule.is_paused,
        Keeping(rule.daily, rule.weekly, rule.monthly),
        dict(rule.place),
        bool(view.settings.offsite_url),
        str(backup_folder(view.settings)),
        name,
        bool(view.settings.backup_key),
        rule.kept_key_at if rule.kept_key == name else None,
        tuple(sorted(set(open_ones), key=STEPS.index)),
    )


@query(P.SYSTEM_OPERATE)
def tried_place(view: View, place: Place, *, with_kept_secret: bool = False) -> Place:
    """The place after a file was written there, read back and deleted, with the key of its server; refuses why not."""
    if with_kept_secret:
        place = with_secret(view.settings, rule_of(view), place)
    found = known_host(place)
    try_out(found)
    return found


@dataclass(frozen=True)
class Standing:
    """What every screen of an administrator has to know of backups. Under way: one is being made or proven now."""

    proven_at: datetime | None
    is_overdue: bool
    is_under_way: bool
    is_paused: bool


@query(P.SYSTEM_OPERATE)
def last_proven(scope: Scope) -> Standing:
    """The moment of the newest backup that was proven, and whether somebody has to do something."""
    rule = rule_of(scope)
    proven = scope.session.scalar(_NEWEST_PROVEN)
    is_overdue = scope.now - (proven or rule.since) > OVERDUE
    # Only a job that a living process holds: one that nobody takes must not hide that nothing happens.
    held = select(Job.id).where(Job.name.in_(STEPS[:2]), Job.state == JobState.RUNNING, Job.leased_until > scope.now)
    is_under_way = is_overdue and scope.session.scalar(held.limit(1)) is not None
    return Standing(proven, is_overdue, is_under_way, rule.is_paused)
