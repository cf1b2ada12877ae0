"""The work of backups without anybody asking: made every night, proven, sent, and tidied by the rule."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from core.base.errors import AppError, NotFound
from core.base.i18n import N_
from core.jobs.queue import enqueue
from core.jobs.registry import long_job
from core.jobs.rhythm import daily
from core.jobs.runner import JOB_RUNNER
from core.ops.backups import places
from core.ops.backups.archive import Made, Named, backup_folder, backups_in, digest_of, head_of_file, make_backup
from core.ops.backups.errors import DamagedBackup
from core.ops.backups.keeping import Keeping, kept
from core.ops.backups.models import Backup, Purpose
from core.ops.backups.proving import Proof, prove
from core.ops.backups.service import (
    Found,
    place_of,
    record_backup,
    record_proof,
    record_sending,
    record_tidying,
    rule_of,
)
from core.security.permissions import P
from core.work.command import command
from core.work.store import Store, View
from core.work.unit import UnitOfWork

MAKE, PROVE, SEND, TIDY = "backups.make", "backups.prove", "backups.send", "backups.tidy"


@command(P.SYSTEM_OPERATE)
def ask_for_backup(uow: UnitOfWork) -> None:
    """Plan a backup for this moment; it is made in a process of its own."""
    enqueue(uow, MAKE, purpose=Purpose.ASKED.value)
    uow.audit("backup.asked_for", None)


@command(P.SYSTEM_OPERATE)
def ask_for_proof(uow: UnitOfWork, backup_id: int) -> None:
    """Plan that a backup is proven again, and sent where it still has to be; `NotFound` without its file."""
    found = uow.session.get(Backup, backup_id)
    if found is None or not found.is_here:
        raise NotFound(what=N_("The backup"))
    enqueue(uow, PROVE, backup_id=backup_id)
    if _sends(uow) and not found.is_away:
        enqueue(uow, SEND, backup_id=backup_id)
    uow.audit("backup.proof_asked_for", found, name=found.name)


@long_job(MAKE, N_("Make a backup"), every=daily("02:30"))
def make(store: Store, purpose: str = Purpose.DAILY) -> None:
    """Make a backup; that it is to be proven and sent stands in the transaction that writes it down."""
    made = make_backup(store)

    def recorded(uow: UnitOfWork) -> int:
        backup_id = record_backup(uow, made, Purpose(purpose))
        enqueue(uow, PROVE, backup_id=backup_id)
        if _sends(uow):
            enqueue(uow, SEND, backup_id=backup_id)
        return backup_id

    store.run(JOB_RUNNER, recorded)


def make_now(store: Store, purpose: Purpose) -> tuple[int, Made]:
    """Make a backup and write it down, for whoever does the other steps himself."""
    made = make_backup(store)
    return store.run(JOB_RUNNER, record_backup, None, made, purpose), made


@long_job(PROVE, N_("Prove a backup by restoring it"))
def prove_backup(store: Store, backup_id: int) -> None:
    """Restore it beside the real database and compare; what was seen is written down, good or bad."""
    prove_now(store, backup_id)
    store.run(JOB_RUNNER, _plan_tidying)


def prove_now(store: Store, backup_id: int) -> Proof:
    """Prove a backup and write down the outcome; raises what speaks against it."""
    row = _row(store, backup_id)
    file = backup_folder(store.settings) / row.name
    try:
        if file.is_file() and digest_of(file) != row.sha256:
            raise DamagedBackup(file=row.name, place="SHA-256")
        proof = prove(store, file)
    except Exception as error:
        store.run(JOB_RUNNER, record_proof, None, backup_id, None, str(error) or type(error).__name__)
        raise
    store.run(JOB_RUNNER, record_proof, None, backup_id, proof)
    return proof


@long_job(SEND, N_("Send a backup elsewhere"), retries=8)
def send_backup(store: Store, backup_id: int) -> None:
    """Put it where the rule says, and read it back there."""
    if send_now(store, backup_id):
        store.run(JOB_RUNNER, _plan_tidying)


def send_now(store: Store, backup_id: int) -> str:
    """Send a backup and write down the outcome; where it lies now, or nothing where it is to lie nowhere else."""
    row = _row(store, backup_id)
    with store.viewing(JOB_RUNNER) as view:
        is_sent = _sends(view)
    if not is_sent:
        return ""
    label = ""
    try:
        with store.viewing(JOB_RUNNER) as view:
            place = place_of(store.settings, rule_of(view))
        if place is None:
            return ""
        label = place.label
        places.send(place, backup_folder(store.settings) / row.name, row.sha256)
    except (AppError, OSError) as error:
        store.run(JOB_RUNNER, record_sending, None, backup_id, label, str(error))
        raise
    store.run(JOB_RUNNER, record_sending, None, backup_id, label)
    return label


@long_job(TIDY, N_("Delete backups that the rule does not keep"))
def tidy(store: Store) -> None:
    """Delete, here and elsewhere, what the rule does not keep: of this installation alone, never the last proven.

    What stays here is read again: a file that was damaged meanwhile counts no longer.
    """
    folder, now, timezone = backup_folder(store.settings), store.clock.now(), store.settings.timezone
    with store.viewing(JOB_RUNNER) as view:
        rule = rule_of(view)
        keeping = Keeping(rule.daily, rule.weekly, rule.monthly)
        place = None if rule.is_paused else place_of(store.settings, rule)
        proven = view.session.scalar(
            select(Backup.name).where(Backup.proven_at.is_not(None), Backup.is_here).order_by(Backup.at.desc()).limit(1)
        )
        newest = view.session.scalar(select(Backup.name).order_by(Backup.at.desc()).limit(1))
    mine = newest.split("-")[1] if newest else ""
    here = backups_in(folder)
    gone = _too_many(here, mine, keeping, now, timezone, proven)
    for each in gone:
        (folder / each).unlink(missing_ok=True)
    away, gone_there = None, []
    if place is not None:
        there = places.names_in(place)
        gone_there = _too_many(there, mine, keeping, now, timezone, proven)
        places.forget(place, gone_there)
        away = {each.name for each in there} - set(gone_there)
    left = {each.name for each in here} - set(gone)
    with store.viewing(JOB_RUNNER) as view:
        known = {name: sha256 for name, sha256 in view.session.execute(select(Backup.name, Backup.sha256))}
    damaged = {name for name in left & known.keys() if digest_of(folder / name) != known[name]}
    found = [_found(folder, each) for each in here if each.name in left - known.keys() and each.identity == mine]
    store.run(JOB_RUNNER, record_tidying, None, left, away, sorted({*gone, *gone_there}), found, damaged)


def _plan_tidying(uow: UnitOfWork) -> None:
    enqueue(uow, TIDY)


def _sends(scope: View | UnitOfWork) -> bool:
    rule = rule_of(scope)
    return bool(rule.place or scope.settings.offsite_url) and not rule.is_paused


def _row(store: Store, backup_id: int) -> Backup:
    with store.viewing(JOB_RUNNER) as view:
        return view.session.get_one(Backup, backup_id)


def _too_many(
    backups: list[Named], mine: str, keeping: Keeping, now: datetime, timezone: str, proven: str | None
) -> list[str]:
    own = [each for each in backups if each.identity == mine]
    stay = kept(own, keeping, now, timezone) | {proven}
    return [each.name for each in own if each.name not in stay]


def _found(folder: Path, each: Named) -> Found:
    """A file that the table does not know, such as one made after the backup that was brought back."""
    file = folder / each.name
    head = head_of_file(file)
    return Found(each.name, each.at, file.stat().st_size, digest_of(file), head["key"], head["version"])
