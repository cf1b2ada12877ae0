"""A backup brings back exactly what there was, and one that was damaged anywhere is refused."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analytics.mirror.mirror import Mirror
from core.base.errors import AppError
from core.base.settings import Settings
from core.ops.backups import postgres
from core.ops.backups.archive import backup_folder, backup_key, backups_in, make_backup, read_backup
from core.ops.backups.contents import figures_of
from core.ops.backups.errors import (
    DamagedBackup,
    NewerBackup,
    NotABackup,
    NotEmpty,
    NoTools,
    OtherDatabase,
    StillInUse,
    ToolFailed,
    WeakKey,
    WrongKey,
)
from core.ops.backups.proving import prove
from core.ops.backups.restoring import WORD, held, restore
from core.ops.backups.sealing import PIECE, SealedReader, SealedWriter
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.backups import KEY, a_backup, a_shop, an_empty_host
from tests.builders import a_customer, a_sale, a_warehouse, goods
from tests.examples import drawn
from tests.postgres import a_database
from tests.traces import everything

SETTLED = {"audit_entry", "auth_session", "backup_rule"}
"""What a restore itself writes: that it happened, that everybody signs in again, that sending waits."""


@pytest.fixture
def empty_host(request: pytest.FixtureRequest, any_store: Store, tmp_path: Path) -> Iterator[Settings]:
    """A host without anything, with the same kind of database."""
    folder = tmp_path / "elsewhere"
    if any_store.engine.name == "sqlite":
        yield an_empty_host(any_store.settings, folder)
        return
    with a_database(request.getfixturevalue("postgres_url"), template="template0") as url:
        yield an_empty_host(any_store.settings, folder, url)


def test_a_backup_brings_every_row_back_onto_an_empty_host(any_store: Store, empty_host: Settings) -> None:
    a_shop(any_store)
    (any_store.settings.data_dir / "door.secret").write_text("swordfish")
    before = everything(any_store)
    file, key = a_backup(any_store)

    brought = restore(empty_host, file, key)

    with_store = Store(empty_host)
    after = everything(with_store)
    with_store.engine.dispose()
    assert {name for name in before if before[name] != after[name]} <= SETTLED
    assert set(before["audit_entry"]) < set(after["audit_entry"])
    assert len(after["audit_entry"]) == len(before["audit_entry"]) + 1
    assert before.keys() == after.keys()
    assert brought.rows == sum(len(rows) for rows in before.values())
    assert (brought.safety, brought.aside) == (None, None)
    secret = empty_host.data_dir / "door.secret"
    assert (secret.read_text(), stat.S_IMODE(secret.stat().st_mode)) == ("swordfish", 0o600)
    assert backup_key(empty_host) == key


def test_a_backup_is_proven_by_restoring_it_beside_the_real_database(store: Store) -> None:
    a_shop(store)
    file, _key = a_backup(store)
    proof = prove(store, file)
    tables = everything(store)
    assert (proof.tables, proof.rows) == (len(tables), sum(len(rows) for rows in tables.values()))
    assert proof.difference_count == 0
    assert list(file.parent.glob(".scratch*")) == []


def test_people_go_on_working_while_postgresql_is_dumped(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_shop(postgres_store)
    before = everything(postgres_store)
    dump = postgres.dump

    def dumped(*words: Any) -> None:
        postgres_store.run(SYSTEM, lambda uow: a_customer(uow, "Came meanwhile").id)
        dump(*words)

    monkeypatch.setattr("core.ops.backups.postgres.dump", dumped)
    file, key = a_backup(postgres_store)
    assert read_backup(file, key).manifest.figures.row_count == sum(len(rows) for rows in before.values())
    prove(postgres_store, file)


def test_a_copy_of_sqlite_is_of_one_moment_however_many_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a_shop(store)
    monkeypatch.setattr("core.ops.backups.sqlite._PAGES_AT_ONCE", 1)
    written = []

    class Busy(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, *, pages: int = -1, **rest: object) -> None:
            def write(_status: int, left: int, _total: int) -> None:
                if left % 50 == 0:
                    written.append(store.run(SYSTEM, lambda uow: a_customer(uow, f"Number {left}").id))

            super().backup(target, pages=pages, progress=write)

    real = sqlite3.connect
    monkeypatch.setattr("core.ops.backups.sqlite.sqlite3.connect", lambda *a, **k: real(*a, factory=Busy, **k))
    before = sum(len(rows) for rows in everything(store).values())
    file, key = a_backup(store)
    assert len(written) > 3
    assert read_backup(file, key).manifest.figures.row_count == before


def test_an_installation_that_is_not_empty_is_replaced_only_by_the_word_and_after_a_backup_of_it(
    any_store: Store,
) -> None:
    a_shop(any_store)
    file, key = a_backup(any_store)
    any_store.run(SYSTEM, lambda uow: a_customer(uow, "Of today").id)
    today = everything(any_store)
    any_store.engine.dispose()

    for word in ("", "yes"):
        with pytest.raises(NotEmpty):
            restore(any_store.settings, file, key, word=word)
    assert everything(any_store) == today
    any_store.engine.dispose()

    brought = restore(any_store.settings, file, key, word=WORD)
    assert "Of today" not in str(everything(any_store)["customer"])
    any_store.engine.dispose()
    assert brought.safety is not None

    restore(any_store.settings, brought.safety.file, key, word=f" {WORD.upper()} ")
    again = everything(any_store)
    assert {name for name in today if today[name] != again[name]} <= SETTLED


def test_a_database_that_somebody_works_in_is_not_replaced(any_store: Store) -> None:
    a_shop(any_store)
    file, key = a_backup(any_store)
    before = everything(any_store)
    with any_store.reader.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM audit_entry").one()
        with pytest.raises(StillInUse):
            restore(any_store.settings, file, key, word=WORD)
    assert everything(any_store) == before


def test_a_database_that_cannot_be_read_is_kept_under_another_name(store: Store) -> None:
    a_shop(store)
    file, key = a_backup(store)
    before = everything(store)
    store.engine.dispose()
    database = store.settings.data_dir / "salesbook.db"
    database.write_bytes(b"not a database at all" * 1000)
    assert not held(store.settings).is_readable

    brought = restore(store.settings, file, key, word=WORD)

    assert brought.aside is not None
    assert brought.aside.read_bytes().startswith(b"not a database")
    assert everything(store)["sales_order"] == before["sales_order"]


def test_a_backup_of_another_kind_or_of_a_later_version_is_refused(
    store: Store, postgres_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_shop(store)
    file, key = a_backup(store)
    with pytest.raises(OtherDatabase):
        restore(postgres_settings, file, key)
    monkeypatch.setattr("core.ops.backups.restoring.knows", lambda _revision: False)
    host = an_empty_host(store.settings, tmp_path / "elsewhere")
    with pytest.raises(NewerBackup):
        restore(host, file, key)
    assert held(host).is_empty


def test_another_key_opens_nothing_and_says_which_one_is_needed(store: Store) -> None:
    file, _key = a_backup(store)
    with pytest.raises(WrongKey) as refused:
        read_backup(file, KEY)
    assert "was made with the key" in refused.value.sentence
    with pytest.raises(WeakKey):
        read_backup(file, "short")


def test_the_file_shows_nothing_of_what_it_holds_and_belongs_to_its_owner(store: Store) -> None:
    store.run(SYSTEM, lambda uow: a_customer(uow, "Lotus Trading").id)
    file, key = a_backup(store)
    assert b"Lotus" not in file.read_bytes()
    assert key.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_gone_a_day_later(store: Store) -> None:
    folder = backup_folder(store.settings)
    left, fresh = folder / ".scratch-dead", folder / "salesbook.partial"
    left.mkdir()
    fresh.touch()
    a_day = store.clock.now().timestamp() - 25 * 3600
    os.utime(left, (a_day, a_day))
    os.utime(fresh, (a_day + 7200, a_day + 7200))
    file = make_backup(store).file
    assert set(folder.iterdir()) == {file, fresh}


def test_a_backup_that_failed_leaves_no_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.ops.backups.archive._pack", full)
    with pytest.raises(OSError, match="No space"):
        make_backup(store)
    assert list((store.settings.data_dir / "backups").iterdir()) == []


def test_two_backups_of_the_same_second_have_two_names(store: Store) -> None:
    first, second = make_backup(store).file, make_backup(store).file
    assert [each.name for each in backups_in(first.parent)] == sorted([first.name, second.name], reverse=True)
    assert first != second


@pytest.fixture(scope="module")
def a_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup to be damaged."""
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "salesbook.db").write_bytes(sqlite_template.read_bytes())
    store = Store(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'salesbook.db'}", backup_key=KEY))
    file = make_backup(store).file
    store.engine.dispose()
    return file, KEY


@given(data=st.data())
@settings(max_examples=drawn(25))
def test_a_backup_with_any_byte_changed_lost_or_added_is_refused_in_a_sentence(
    a_file: tuple[Path, str], data: st.DataObject
) -> None:
    file, key = a_file
    whole = file.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["changed", "cut", "lost", "added"]))
    damaged = {
        "changed": whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :],
        "cut": whole[:place],
        "lost": whole[:place] + whole[place + 1 :],
        "added": whole[:place] + b"\x00" + whole[place:],
    }[kind]
    other = file.with_name(f"damaged-{os.getpid()}.backup")
    other.write_bytes(damaged)
    with pytest.raises(AppError) as refused:
        read_backup(other, key)
    assert isinstance(refused.value, DamagedBackup | NotABackup | WrongKey)
    assert other.name in refused.value.sentence


def test_pieces_cannot_change_places_or_be_left_out(tmp_path: Path) -> None:
    file = tmp_path / "many.backup"
    with file.open("wb") as target:
        writer = SealedWriter(target, KEY, at="now", version="1", revision="1", database="sqlite")
        writer.write(os.urandom(3 * PIECE))
        writer.finish()
    whole = file.read_bytes()
    start = whole.index(b"}") + 1
    piece = PIECE + 16
    pieces = [whole[place : place + piece] for place in range(start, len(whole), piece)]
    assert len(pieces) == 4
    for order in ([1, 0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2, 3, 3]):
        file.write_bytes(whole[:start] + b"".join(pieces[each] for each in order))
        with file.open("rb") as source, pytest.raises(DamagedBackup):
            SealedReader(source, KEY, "many").drain()
    file.write_bytes(whole)
    with file.open("rb") as source:
        SealedReader(source, KEY, "many").drain()


def test_the_figures_are_those_of_yesterday_after_a_restore_to_yesterday(any_store: Store, tmp_path: Path) -> None:
    a_shop(any_store)
    file, key = a_backup(any_store)
    elsewhere = Settings(**{**any_store.settings.model_dump(), "data_dir": tmp_path / "another process"})
    with any_store.working(SYSTEM) as uow:
        second = a_warehouse(uow, "SECOND")
        a_sale(uow, second, [(goods(uow, second, 5), 1)])
    with Mirror(Store(elsewhere)) as mirror:
        mirror.refresh_now()
        assert orders_in(mirror) == 2
        mirror.store.engine.dispose()
    any_store.engine.dispose()

    restore(any_store.settings, file, key, word=WORD)

    with any_store.working(SYSTEM) as uow:
        a_customer(uow, "Came after the restore")
    with Mirror(Store(elsewhere)) as mirror:
        mirror.refresh_now()
        assert orders_in(mirror) == 1
        assert mirror.check() == []
        mirror.store.engine.dispose()


def orders_in(mirror: Mirror) -> int:
    """How many orders the figures are made of."""
    with mirror.reading() as duck:
        return int(duck.execute("SELECT count(*) FROM fact_order").fetchall()[0][0])


def test_a_dump_that_cannot_be_restored_leaves_the_database_as_it_was(postgres_store: Store, tmp_path: Path) -> None:
    a_shop(postgres_store)
    before = everything(postgres_store)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    with postgres_store.reader.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        postgres.dump(postgres_store.settings, connection, postgres_store.engine.url, whole)
    postgres_store.engine.dispose()
    for content in (b"", b"no dump at all", whole.read_bytes()[:-4000]):
        cut.write_bytes(content)
        with pytest.raises(ToolFailed):
            postgres.load(postgres_store.settings, postgres_store.engine.url, cut)
        assert everything(postgres_store) == before
        postgres_store.engine.dispose()


def test_one_letter_that_differs_is_found_by_the_digest_of_its_table(postgres_store: Store) -> None:
    a_shop(postgres_store)
    with postgres_store.engine.begin() as connection:
        before = figures_of(connection)
        connection.exec_driver_sql("UPDATE product SET name = 'Mug.'")
        assert before.differences(figures_of(connection)) == ["product"]
        connection.exec_driver_sql("UPDATE product SET name = 'Mug'")
        assert before.differences(figures_of(connection)) == []


def test_without_programs_of_postgresql_it_is_said_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(NoTools) as refused:
        postgres.tool(Settings(pg_bin=str(tmp_path)), 18, "pg_dump")
    assert "No pg_dump for PostgreSQL 18 was found." in refused.value.sentence
