"""Backups on the screen: state at a glance, one made now, the rule, the place, the key, and the banner elsewhere."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from core.jobs.models import Job
from core.jobs.queue import take_due
from core.jobs.runner import carry_out
from core.ops.backups.archive import backup_key
from core.ops.backups.jobs import ask_for_backup, make_now, send_now
from core.ops.backups.models import Backup, BackupRule, Purpose
from core.ops.backups.places import Kind, Place
from core.ops.backups.proving import Proof
from core.ops.backups.queries import backup_state
from core.ops.backups.service import record_proof, record_restore, set_place
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from tests.backups import a_shop
from tests.moments import NOON
from tests.pages.app import open_app, visit

NEVER = "No backup was ever proven here: everything would be lost with this machine."


def since(store: Store, **ago: int) -> None:
    """The installation began so long ago."""
    with store.working(SYSTEM) as uow:
        uow.session.get_one(BackupRule, 1).since = uow.now - timedelta(**ago)


def proven(store: Store) -> None:
    """There is a backup, and it is written down that it was proven."""
    backup_id, made = make_now(store, Purpose.DAILY)
    rows = made.manifest.figures.row_count
    store.run(SYSTEM, record_proof, None, backup_id, Proof(1, tables=147, rows=rows, sums=154, difference_count=0))


def carried_out(store: Store) -> None:
    """Everything that is due is done."""
    while taken := store.run(SYSTEM, take_due):
        carry_out(store, taken)


def test_an_administrator_backs_up_now_and_sees_it_proven(store: Store) -> None:
    a_shop(store)
    since(store, hours=1)
    app = open_app(store, Role.ADMINISTRATOR, "admin/backups")
    assert app.info[0].value.startswith("No backup was proven yet.")
    assert [each.value for each in app.metric] == ["never", "–", "only here"]
    app.button(key="backups.now").click().run()
    assert not [each for each in app.button if each.key == "backups.now"]

    carried_out(store)
    app.run()
    assert not app.exception
    assert app.success[0].value.startswith("The backup of 18 Mar 2026, 12:00 was restored for a trial: all ")
    assert [each.value for each in app.metric] == ["18 Mar 2026, 12:00", "here", "only here"]
    assert list(app.dataframe[0].value["purpose"]) == ["On demand"]


def test_the_banner_stands_on_every_screen_of_administrators_when_the_proof_is_old(store: Store) -> None:
    since(store, hours=26)
    app = open_app(store, Role.ADMINISTRATOR)
    assert [each.value for each in app.error] == []
    since(store, hours=26, seconds=1)
    assert [each.value for each in app.run().error] == [NEVER]
    assert [each.value for each in visit(app, "sales/orders").error] == [NEVER]
    assert [each.value for each in open_app(store, Role.MANAGER).error] == []

    use_store(store)
    store.run(SYSTEM, ask_for_backup)
    assert store.run(SYSTEM, take_due)
    app.run()
    assert [each.value for each in app.error] == []
    assert app.info[0].value == "A backup is being made and proven; the last one is too old."
    with store.engine.begin() as connection:
        connection.execute(update(Job).values(leased_until=NOON - timedelta(seconds=1)))
    assert [each.value for each in app.run().error] == [NEVER], "whoever made it is dead"

    proven(store)
    assert [each.value for each in app.run().error] == []
    with store.engine.begin() as connection:
        connection.execute(update(Backup).values(at=NOON - timedelta(hours=27)))
    assert [each.value for each in app.run().error] == [
        "The last backup that was proven is of 17 Mar 2026, 09:00: whatever came later would be lost with this machine."
    ]


def test_a_place_is_tried_before_it_is_kept_and_its_failure_is_a_sentence(store: Store, tmp_path: Path) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/backups")
    app.text_input(key="backups.place.folder.path").set_value("/proc/nowhere")
    app.button(key="backups.place.save").click().run()
    assert app.error[-1].value.startswith("/proc/nowhere cannot be used: ")
    app.text_input(key="backups.place.folder.path").set_value(str(tmp_path / "nas"))
    app.button(key="backups.place.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert backup_state(view).place == {
            "kind": Kind.FOLDER.value,
            "path": str(tmp_path / "nas"),
            "label": str(tmp_path / "nas"),
        }
    assert list((tmp_path / "nas").iterdir()) == []
    app.button(key="backups.place.drop").click().run()
    with store.viewing(SYSTEM) as view:
        assert backup_state(view).place == {}


def test_after_a_restore_nothing_is_sent_until_somebody_says_so(store: Store, tmp_path: Path) -> None:
    store.run(SYSTEM, set_place, None, Place(Kind.FOLDER, str(tmp_path / "nas")))
    store.run(SYSTEM, record_restore, None, name="x", at="now", rows=1, safety="")
    app = open_app(store, Role.ADMINISTRATOR, "admin/backups")
    paused = "Backups are not sent elsewhere since this installation was restored."
    assert app.warning[0].value == paused
    assert send_now(store, make_now(store, Purpose.DAILY)[0]) == ""
    app.button(key="backups.resume").click().run()
    assert paused not in [each.value for each in app.warning]
    assert send_now(store, make_now(store, Purpose.DAILY)[0]) == str(tmp_path / "nas")


def test_the_key_is_compared_with_what_is_kept_elsewhere_and_the_rule_is_set(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/backups")
    app.text_input(key="backups.key.typed").set_value("not the key at all")
    app.button(key="backups.key.save").click().run()
    assert app.error[0].value == "This is not the key of this installation. Look again where you keep it."
    app.text_input(key="backups.key.typed").set_value(backup_key(store.settings))
    app.button(key="backups.key.save").click().run()
    assert app.metric[2].value == "kept elsewhere"
    app.number_input(key="backups.keep.daily").set_value(3)
    app.button(key="backups.keep.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        state = backup_state(view)
    assert (state.keeping.daily, state.kept_key_at) == (3, store.clock.now())


def test_backups_in_chinese(store: Store) -> None:
    proven(store)
    app = open_app(store, Role.ADMINISTRATOR, "admin/backups", language="zh_CN")
    assert app.title[0].value == "备份"
    assert app.success[0].value.startswith("2026-03-18 12:00 的备份已试恢复：")
