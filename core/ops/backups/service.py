"""Commands of backups: what was made, proven, sent and tidied away is written down; the rule and the place are set."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, update

from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.settings import Settings
from core.notify.events import BACKUP_NOT_PROVEN
from core.notify.tell import once, settle, tell
from core.ops.backups.archive import Made, backup_key
from core.ops.backups.contents import SHOWN
from core.ops.backups.errors import BadRule, DamagedBackup, NoPlace, OtherKey, PlaceForgotten
from core.ops.backups.keeping import Keeping
from core.ops.backups.models import Backup, BackupRule, Purpose
from core.ops.backups.places import Place, checked, place_from, place_of_url
from core.ops.backups.proving import Proof
from core.ops.backups.sealing import key_name
from core.security.models import AuthSession
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

MOST_KEPT = 400


@dataclass(frozen=True)
class Found:
    """A backup that lies in the folder and that the table does not know."""

    name: str
    at: datetime
    size: int
    sha256: str
    key: str
    version: str


@command(P.SYSTEM_OPERATE)
def record_backup(uow: UnitOfWork, made: Made, purpose: Purpose) -> int:
    """Write down a backup that lies in its folder."""
    figures = made.manifest.figures
    backup = uow.add(
        Backup(
            name=made.file.name,
            at=made.at,
            purpose=purpose,
            size=made.size,
            sha256=made.sha256,
            seconds=made.seconds,
            key=made.key,
            version=made.manifest.version,
            figures={"all": figures.row_count} | {name: figures.rows.get(name, 0) for name in SHOWN},
            proven_at=None,
            proof={},
            sent_at=None,
        )
    )
    uow.audit("backup.made", backup, name=backup.name, size=made.size, rows=figures.row_count)
    return backup.id


@command(P.SYSTEM_OPERATE)
def record_proof(uow: UnitOfWork, backup_id: int, proof: Proof | None, problem: str = "") -> None:
    """Write down that a backup was restored and agreed, or why it could not be relied on."""
    backup = _backup(uow, backup_id)
    backup.problem = problem[:1000]
    if proof is None:
        _tell_of(uow, backup)
        uow.audit("backup.not_proven", backup, name=backup.name, reason=problem[:300])
        return
    backup.proven_at = uow.now
    settle(uow, BACKUP_NOT_PROVEN, "backups")
    backup.proof = {
        "seconds": proof.seconds,
        "tables": proof.tables,
        "rows": proof.rows,
        "sums": proof.sums,
        "differences": proof.difference_count,
    }
    uow.audit("backup.proven", backup, name=backup.name, rows=proof.rows, differences=proof.difference_count)


@command(P.SYSTEM_OPERATE)
def record_sending(uow: UnitOfWork, backup_id: int, place: str, problem: str = "") -> None:
    """Write down that a backup lies elsewhere too, or why it does not."""
    backup = _backup(uow, backup_id)
    backup.problem = problem[:1000]
    if not problem:
        backup.sent_at, backup.sent_to, backup.is_away = uow.now, place[:200], True
    uow.audit(
        "backup.not_sent" if problem else "backup.sent", backup, name=backup.name, place=place, reason=problem[:300]
    )


@command(P.SYSTEM_OPERATE)
def record_tidying(
    uow: UnitOfWork,
    here: set[str],
    away: set[str] | None,
    deleted: list[str],
    found: Sequence[Found] = (),
    damaged: Collection[str] = (),
) -> None:
    """Write down which backups still lie here and elsewhere (None: not looked at), and those that were not known.

    One that was damaged after it was made is proven no longer.
    """
    for each in found:
        uow.add(Backup(**vars(each), purpose=Purpose.FOUND, seconds=0, figures={}, proof={}))
    for backup in uow.session.scalars(select(Backup)):
        backup.is_here = backup.name in here
        if backup.name in damaged:
            backup.proven_at, backup.problem = None, DamagedBackup(file=backup.name, place="SHA-256").sentence
            _tell_of(uow, backup)
        if away is not None:
            backup.is_away = backup.name in away
    uow.audit("backup.tidied", None, deleted=deleted, damaged=sorted(damaged))


@command(P.SYSTEM_OPERATE)
def set_keeping(uow: UnitOfWork, keeping: Keeping) -> None:
    """Keep the newest backup of so many days, weeks and months; `BadRule` where nothing would stay."""
    numbers = (keeping.daily, keeping.weekly, keeping.monthly)
    if min(numbers) < 0 or max(numbers) > MOST_KEPT or sum(numbers) == 0:
        raise BadRule
    rule = rule_of(uow)
    rule.daily, rule.weekly, rule.monthly = numbers
    uow.audit("backup_rule.changed", rule)


@command(P.SYSTEM_OPERATE)
def set_place(uow: UnitOfWork, place: Place) -> None:
    """Send every backup to this place from now on. Its secret is kept encrypted and shown to nobody again."""
    rule = rule_of(uow)
    before = rule.place.get("label", "")
    rule.place = {**checked(place).facts, "label": place.label}
    rule.place_secret = _locked(uow.settings, place.secret)
    rule.is_paused = False
    uow.audit("backup_rule.place_set", None, subject_id=rule.id, place=place.label, before=before)


@command(P.SYSTEM_OPERATE)
def drop_place(uow: UnitOfWork) -> None:
    """Send backups nowhere any more; what lies there stays. `NoPlace` where none was set."""
    rule = rule_of(uow)
    if not rule.place:
        raise NoPlace
    label = rule.place.get("label", "")
    rule.place, rule.place_secret, rule.is_paused = {}, "", False
    uow.audit("backup_rule.place_dropped", None, subject_id=rule.id, place=label)


@command(P.SYSTEM_OPERATE)
def resume_sending(uow: UnitOfWork) -> None:
    """Say that this installation, which was restored, is the one people work in; `NotFound` where nothing waits."""
    rule = rule_of(uow)
    if not rule.is_paused:
        raise NotFound(what=N_("The pause"))
    rule.is_paused = False
    uow.audit("backup_rule.resumed", None, subject_id=rule.id)


@command(P.SYSTEM_OPERATE)
def confirm_kept_key(uow: UnitOfWork, key: str) -> None:
    """Note that the key is kept elsewhere, proven by entering it from there; `OtherKey` where it is another."""
    if key.strip() != backup_key(uow.settings):
        raise OtherKey
    rule = rule_of(uow)
    rule.kept_key, rule.kept_key_at = key_name(key.strip()), uow.now
    uow.audit("backup_rule.key_kept", None, subject_id=rule.id, key=rule.kept_key)


@command(P.SYSTEM_OPERATE)
def record_restore(uow: UnitOfWork, *, name: str, at: str, rows: int, safety: str) -> None:
    """After a restore: nobody is signed in any more, and nothing is sent until somebody says that it may.

    A sign-in that was ended after the backup was made must not come back with it, and a copy that was restored
    to be looked at must not mix its backups with those of the company.
    """
    uow.session.execute(update(AuthSession).where(AuthSession.revoked_at.is_(None)).values(revoked_at=uow.now))
    rule = rule_of(uow)
    rule.is_paused = bool(rule.place or uow.settings.offsite_url)
    uow.audit("backup.restored", None, name=name, of=at, rows=rows, safety=safety)


def rule_of(scope: Scope) -> BackupRule:
    """The one rule of this installation."""
    return scope.session.get_one(BackupRule, 1)


def place_of(settings: Settings, rule: BackupRule) -> Place | None:
    """Where backups are sent: the place of the settings, or the one chosen on the screen; None for nowhere."""
    if settings.offsite_url:
        return place_of_url(settings.offsite_url)
    if not rule.place:
        return None
    facts: dict[str, Any] = {name: value for name, value in rule.place.items() if name != "label"}
    return place_from(facts, _unlocked(settings, rule.place_secret))


def with_secret(settings: Settings, rule: BackupRule, place: Place) -> Place:
    """The place with the secret that is kept for it."""
    return place_from(place.facts, _unlocked(settings, rule.place_secret))


def _backup(uow: UnitOfWork, backup_id: int) -> Backup:
    found = uow.session.get(Backup, backup_id, with_for_update=True)
    if found is None:
        raise NotFound(what=N_("The backup"))
    return found


def _locked(settings: Settings, secret: str) -> str:
    return _cipher(settings).encrypt(secret.encode()).decode() if secret else ""


def _unlocked(settings: Settings, locked: str) -> str:
    if not locked:
        return ""
    try:
        return _cipher(settings).decrypt(locked.encode()).decode()
    except InvalidToken as error:
        raise PlaceForgotten from error


def _cipher(settings: Settings) -> Fernet:
    derived = HKDF(SHA256(), 32, None, b"salesbook place of backups").derive(backup_key(settings).encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _tell_of(uow: UnitOfWork, backup: Backup) -> None:
    facts = {"name": backup.name, "problem": backup.problem[:300]}
    tell(uow, BACKUP_NOT_PROVEN, once(uow, "backups"), facts, also_me=True)
