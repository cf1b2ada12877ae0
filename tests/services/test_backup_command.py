"""`backup` and `restore` as scripts and people type them."""

import json
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.ops.backups.archive import backup_folder, backup_key, backups_in
from core.ops.backups.queries import backups, last_proven
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.backups import KEY, a_shop, an_empty_host
from tests.builders import a_customer
from tests.terminal import Terminal, a_terminal


@pytest.fixture
def terminal(
    sqlite_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal of an installation on SQLite, in English."""
    return a_terminal(sqlite_settings, capsys, monkeypatch)


def test_a_backup_made_by_hand_is_proven_sent_and_listed(
    terminal: Terminal, present_store: Store, tmp_path: Path
) -> None:
    a_shop(present_store)
    present_store.engine.dispose()
    terminal.monkeypatch.setenv("SALESBOOK_OFFSITE_URL", str(tmp_path / "nas"))
    made = terminal.json("backup", "now")
    assert made["proof"]["differences"] == 0
    assert made["sent_to"] == str(tmp_path / "nas")
    (row,) = terminal.json("backup", "list")["backups"]
    assert (row["name"], row["is_here"], row["is_away"]) == (Path(made["file"]).name, True, True)
    assert row["proven_at"]
    assert terminal.json("backup", "verify")["rows"] == made["proof"]["rows"]
    assert terminal.json("backup", "key")["key"] == backup_key(present_store.settings)
    with present_store.viewing(SYSTEM) as view:
        standing = last_proven(view)
        assert (standing.is_overdue, standing.is_paused) == (False, False)
        assert [each.problem for each in backups(view)] == [""]


def test_an_installation_comes_back_from_the_other_place_alone(
    terminal: Terminal, present_store: Store, tmp_path: Path
) -> None:
    a_shop(present_store)
    present_store.engine.dispose()
    away = tmp_path / "nas"
    terminal.monkeypatch.setenv("SALESBOOK_OFFSITE_URL", str(away))
    terminal.monkeypatch.setenv("SALESBOOK_BACKUP_KEY", KEY)
    made = terminal.json("backup", "now")
    host = an_empty_host(present_store.settings, tmp_path / "new")
    terminal.monkeypatch.setenv("SALESBOOK_DATA_DIR", str(host.data_dir))
    terminal.monkeypatch.setenv("SALESBOOK_DATABASE_URL", "")
    terminal.monkeypatch.setenv("SALESBOOK_TIMEZONE", "Europe/Berlin")

    brought = terminal.json("restore")

    assert brought["rows"] == made["proof"]["rows"]
    assert brought["other_settings"] == {"timezone": ["Asia/Shanghai", "Europe/Berlin"]}
    assert terminal.json("check")["ok"]
    assert not (host.data_dir / "backup.secret").exists()


def test_a_person_is_led_through_a_restore(terminal: Terminal, present_store: Store) -> None:
    a_shop(present_store)
    terminal.json("backup", "now")
    present_store.run(SYSTEM, lambda uow: a_customer(uow, "Of today").id)
    present_store.engine.dispose()

    assert terminal("restore", typed="\n") == 1
    assert "This installation is not empty" in terminal.err
    assert terminal("restore", typed="overwrite\n") == 0
    assert "A backup of it is made first." in terminal.err
    assert "Everybody signs in again." in terminal.out
    folder = backup_folder(present_store.settings)
    assert len(backups_in(folder)) == 2

    assert terminal("restore", typed="7\n") == 1
    assert "No backup was found" in terminal.err


def test_a_script_is_refused_in_a_sentence(terminal: Terminal, present_store: Store, tmp_path: Path) -> None:
    assert "No backup was found" in terminal.json("restore", code=1)["error"]
    a_shop(present_store)
    terminal.json("backup", "now")
    present_store.engine.dispose()
    assert "say the word “overwrite”" in terminal.json("restore", code=1)["error"]
    (made,) = backups_in(backup_folder(present_store.settings))
    file = backup_folder(present_store.settings) / made.name
    file.write_bytes(file.read_bytes()[:-1])
    assert "is damaged" in terminal.json("backup", "verify", made.name, code=1)["error"]
    assert "is damaged" in terminal.json("restore", "--word", "overwrite", code=1)["error"]
    assert "is not a backup" in terminal.json("backup", "verify", __file__, code=1)["error"]
    assert json.dumps(terminal.json("restore", "--from", "ftp://x", code=1))
