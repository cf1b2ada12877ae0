"""Backups lie elsewhere too: every kind of place takes them, gives them back, and says in a sentence when it cannot."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.jobs.models import Job, JobState
from core.jobs.queries import jobs
from core.jobs.queue import enqueue, take_due
from core.jobs.runner import carry_out
from core.ops.backups.archive import backup_folder, digest_of
from core.ops.backups.errors import BadPlace, DamagedBackup, NoBackup, PlaceFailed, PlaceForgotten
from core.ops.backups.jobs import MAKE, PROVE, SEND, TIDY, ask_for_backup, make_now, prove_now, send_now, tidy
from core.ops.backups.models import BackupRule, Purpose
from core.ops.backups.places import Kind, Place, fetch, forget, host_key_print, names_in, place_of_url, send
from core.ops.backups.proving import Proof
from core.ops.backups.queries import backup_state, backups, last_proven, tried_place
from core.ops.backups.restoring import restore
from core.ops.backups.service import place_of, record_proof, rule_of, set_place
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.backups import a_backup, a_shop, an_empty_host
from tests.notices import a_person, heard
from tests.places import SECRET, USER, a_place
from tests.traces import everything


@pytest.fixture(scope="module", params=list(Kind))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place of each kind."""
    with a_place(request.param, tmp_path_factory.mktemp("place")) as found:
        yield found


def test_an_installation_comes_back_from_a_place_of_every_kind(store: Store, place: Place, tmp_path: Path) -> None:
    a_shop(store)
    with store.viewing(SYSTEM) as view:
        tried = tried_place(view, place)
    assert bool(tried.host_key) == (place.kind == Kind.SFTP)
    assert host_key_print(tried).startswith("SHA256:" if tried.host_key else "")
    assert names_in(tried) == []

    file, key = a_backup(store)
    send(tried, file, digest_of(file))
    send(tried, file, digest_of(file))
    assert [each.name for each in names_in(tried)] == [file.name]

    host = an_empty_host(store.settings, tmp_path / "new")
    brought = fetch(tried, file.name, host.data_dir)
    assert restore(host, brought, key).rows == sum(len(rows) for rows in everything(store).values())

    forget(tried, [file.name, "never-there.backup"])
    assert names_in(tried) == []
    with pytest.raises(NoBackup):
        fetch(tried, file.name, tmp_path)


def test_a_place_that_does_not_take_a_backup_says_so_without_its_password(place: Place, tmp_path: Path) -> None:
    wrong = {
        Kind.FOLDER: replace(place, path="/proc/nowhere"),
        Kind.SFTP: replace(place, secret="wrong " * 3),
        Kind.S3: replace(place, path="not-our-bucket/x"),
        Kind.WEBDAV: replace(place, secret="wrong " * 3),
    }[place.kind]
    file = tmp_path / "salesbook-00000000-20260318T040000Z.backup"
    file.write_bytes(b"x")
    with pytest.raises(PlaceFailed) as refused:
        send(replace(wrong, host_key=""), file, digest_of(file))
    assert refused.value.sentence.startswith(f"{wrong.label} cannot be used: ")
    assert SECRET not in refused.value.sentence


def test_a_file_that_does_not_arrive_whole_is_noticed(place: Place, tmp_path: Path, store: Store) -> None:
    with store.viewing(SYSTEM) as view:
        tried = tried_place(view, place)
    file = tmp_path / "salesbook-00000000-20260318T040000Z.backup"
    file.write_bytes(b"x" * 100)
    with pytest.raises(PlaceFailed, match="checksum"):
        send(tried, file, "0" * 64)
    forget(tried, [file.name])


def test_a_server_with_another_key_is_not_trusted(store: Store, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with a_place(Kind.SFTP, tmp_path / "one") as place, a_place(Kind.SFTP, tmp_path / "two") as other:
        with store.viewing(SYSTEM) as view:
            known = tried_place(view, place)
        with pytest.raises(PlaceFailed, match="HostKeyNotVerifiable"):
            names_in(replace(known, port=other.port))
        with pytest.raises(PlaceFailed, match="HostKeyNotVerifiable"):
            names_in(other)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("/mnt/nas", Place(Kind.FOLDER, "/mnt/nas")),
        ("file:///mnt/nas", Place(Kind.FOLDER, "/mnt/nas")),
        (
            "sftp://li:three%20cups@host:2222/folder?host_key=ssh-ed25519%20AAAA",
            Place(Kind.SFTP, "/folder", "host", 2222, user="li", secret="three cups", host_key="ssh-ed25519 AAAA"),
        ),
        (
            "s3://id:hidden@company/folder?endpoint=https://oss.example.com&region=north",
            Place(
                Kind.S3, "company/folder", address="https://oss.example.com", region="north", user="id", secret="hidden"
            ),
        ),
        (
            "https://li:hidden@dav.example.com:8443/b",
            Place(Kind.WEBDAV, address="https://dav.example.com:8443/b", user="li", secret="hidden"),
        ),
    ],
)
def test_a_place_is_named_by_a_url(words: str, place: Place) -> None:
    assert place_of_url(words) == place
    assert place.secret not in place.label or not place.secret


@pytest.mark.parametrize("words", ["ftp://host/x", "sftp://host/x", "s3://", "nas/relative"])
def test_a_url_that_names_no_place_is_refused(words: str) -> None:
    with pytest.raises(BadPlace):
        place_of_url(words)


def test_the_password_of_a_place_is_kept_encrypted_and_shown_to_nobody(any_store: Store) -> None:
    place = Place(Kind.SFTP, "/folder", "host", 22, user=USER, secret=SECRET)
    any_store.run(SYSTEM, set_place, None, place)
    assert SECRET not in str(everything(any_store))
    with any_store.viewing(SYSTEM) as view:
        assert SECRET not in str(backup_state(view))
        assert place_of(any_store.settings, rule_of(view)) == place
    (any_store.settings.data_dir / "backup.secret").write_text("another key than before, as after a move")
    with any_store.viewing(SYSTEM) as view, pytest.raises(PlaceForgotten):
        place_of(any_store.settings, rule_of(view))


def test_the_jobs_make_prove_send_and_tidy(present_store: Store, tmp_path: Path) -> None:
    a_shop(present_store)
    nas = tmp_path / "nas"
    present_store.run(SYSTEM, set_place, None, Place(Kind.FOLDER, str(nas)))
    present_store.run(SYSTEM, ask_for_backup)
    done = []
    while taken := present_store.run(SYSTEM, take_due):
        carry_out(present_store, taken)
        done.append(taken[1])
    assert sorted(done) == [MAKE, PROVE, SEND, TIDY, TIDY]
    with present_store.viewing(SYSTEM) as view:
        (row,) = backups(view)
        state = backup_state(view)
    assert (row.purpose, row.is_here, row.is_away, row.problem) == (Purpose.ASKED, True, True, "")
    assert (state.proven_at, state.is_overdue, state.steps) == (row.at, False, ())
    assert digest_of(nas / row.name) == row.sha256


def test_a_place_that_fails_is_seen_and_tried_again(present_store: Store, tmp_path: Path) -> None:
    nas = tmp_path / "nas"
    nas.write_text("a file where a folder should be")
    present_store.run(SYSTEM, set_place, None, Place(Kind.FOLDER, str(nas)))
    backup_id, made = make_now(present_store, Purpose.DAILY)
    with present_store.working(SYSTEM) as uow:
        enqueue(uow, SEND, backup_id=backup_id)
    carry_out(present_store, cast(Any, present_store.run(SYSTEM, take_due)))
    with present_store.viewing(SYSTEM) as view:
        (row,) = backups(view)
        job = view.session.scalars(select(Job).where(Job.name == SEND)).one()
        problem = next(each.last_error for each in jobs(view) if each.name == SEND)
    assert (job.state, job.attempts, row.is_away) == (JobState.WAITING, 1, False)
    assert f"{nas} cannot be used" in row.problem
    assert f"{nas} cannot be used" in problem
    nas.unlink()
    assert send_now(present_store, backup_id) == str(nas)
    with present_store.viewing(SYSTEM) as view:
        (row,) = backups(view)
    assert (row.is_away, row.problem) == (True, "")


def test_the_rule_deletes_here_and_elsewhere_but_nothing_of_another_installation(
    present_store: Store, tmp_path: Path
) -> None:
    nas, folder = tmp_path / "nas", backup_folder(present_store.settings)
    nas.mkdir()
    present_store.run(SYSTEM, set_place, None, Place(Kind.FOLDER, str(nas)))
    backup_id, made = make_now(present_store, Purpose.DAILY)
    send_now(present_store, backup_id)
    mine = made.manifest.identity
    whole = made.file.read_bytes()
    old = [f"salesbook-{mine}-2020010{day}T020000Z.backup" for day in range(1, 10)]
    others = ["salesbook-00000000-20200101T020000Z.backup", "holiday.jpg"]
    for name in (*old, *others):
        (folder / name).write_bytes(whole)
        (nas / name).write_bytes(whole)
    with present_store.working(SYSTEM) as uow:
        rule = uow.session.get_one(BackupRule, 1)
        rule.daily, rule.weekly, rule.monthly = 2, 3, 2
        uow.audit("backup_rule.changed", rule)

    tidy(present_store)

    stay = {made.file.name, old[-1], old[4], *others}
    assert {each.name for each in nas.iterdir()} == stay
    assert {each.name for each in folder.iterdir()} == stay
    with present_store.viewing(SYSTEM) as view:
        rows = backups(view)
    assert [(row.name, row.purpose, row.is_away) for row in rows] == [
        (made.file.name, Purpose.DAILY, True),
        (old[-1], Purpose.FOUND, True),
        (old[4], Purpose.FOUND, True),
    ]


def test_a_backup_that_is_damaged_after_it_was_proven_counts_no_longer(store: Store, clock: FixedClock) -> None:
    ann = a_person(store, "ann", Role.ADMINISTRATOR)
    backup_id, made = make_now(store, Purpose.DAILY)
    store.run(SYSTEM, record_proof, None, backup_id, None, "Sums differ.")
    assert heard(store, ann) == ["backup_not_proven"]
    store.run(SYSTEM, record_proof, None, backup_id, Proof(1, tables=1, rows=1, sums=1, difference_count=0))
    with store.working(SYSTEM) as uow:
        uow.session.get_one(BackupRule, 1).since = uow.now - timedelta(days=9)
    tidy(store)
    with store.viewing(SYSTEM) as view:
        assert not last_proven(view).is_overdue
    assert heard(store, ann) == []

    whole = made.file.read_bytes()
    made.file.write_bytes(whole[:-9] + b"?" + whole[-8:])
    clock.moment += timedelta(minutes=1)
    tidy(store)

    assert heard(store, ann) == ["backup_not_proven"]
    with store.viewing(SYSTEM) as view:
        assert last_proven(view).is_overdue
        (row,) = backups(view)
    assert row.problem.startswith(f"{made.file.name} is damaged")
    with pytest.raises(DamagedBackup):
        prove_now(store, backup_id)
