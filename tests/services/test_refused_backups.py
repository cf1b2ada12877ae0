"""Every command of backups refuses what cannot be, and leaves every row as it was."""

from core.ops.backups.jobs import ask_for_backup, ask_for_proof
from core.ops.backups.keeping import Keeping
from core.ops.backups.places import Kind, Place
from core.ops.backups.service import (
    MOST_KEPT,
    confirm_kept_key,
    drop_place,
    record_backup,
    record_proof,
    record_restore,
    record_sending,
    record_tidying,
    resume_sending,
    set_keeping,
    set_place,
)
from core.work.store import Store
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

GONE = 999


def test_refused_commands_of_backups_change_not_one_row(any_store: Store) -> None:
    refused: Calls = [
        (ask_for_proof, (GONE,), {}),
        (record_proof, (GONE, None, "why"), {}),
        (record_sending, (GONE, "there"), {}),
        (set_keeping, (Keeping(0, 0, 0),), {}),
        (set_keeping, (Keeping(-1, 5, 5),), {}),
        (set_keeping, (Keeping(MOST_KEPT + 1, 0, 0),), {}),
        (set_place, (Place(Kind.FOLDER, "not/absolute"),), {}),
        (set_place, (Place(Kind.SFTP, "/folder", host="", user="li"),), {}),
        (set_place, (Place(Kind.SFTP, "/folder", host="host", user=""),), {}),
        (set_place, (Place(Kind.S3, "/"),), {}),
        (set_place, (Place(Kind.WEBDAV, address="no address"),), {}),
        (drop_place, (), {}),
        (resume_sending, (), {}),
        *((confirm_kept_key, (key,), {}) for key in ("", "another key altogether")),
    ]
    assert_each_refused(any_store, refused)
    nothing = {ask_for_backup, record_backup, record_restore, record_tidying}
    assert_none_forgotten(refused, "core.ops.backups", but=nothing)
