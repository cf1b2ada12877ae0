"""The database goes away, the disk fills, the clock jumps: a sentence each, and nothing acknowledged is lost."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from errno import ENOSPC
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from core.accounts.sessions import actor_of, sign_in
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.catalog.models import Variant
from core.ops.faults import FAULTS, note_fault
from core.ops.incidents import find_incident
from core.ops.nightly import look
from core.ops.watch import Watch
from core.sales.models import SOLD_STATES
from core.sales.queries import OrderFilter, find_orders
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.faults import is_out_of_reach, sentence_of
from tests.builders import a_draft, a_sale, a_warehouse, goods
from tests.moments import NOON
from tests.pages.app import PASSWORD, a_user
from tests.postgres import stopped

AWAY = "The database cannot be reached at the moment."
FULL = "The disk of the server is full, so nothing can be saved."
ROOM = 24 << 20


@pytest.fixture(autouse=True)
def _own_faults() -> Iterator[None]:
    FAULTS.take()
    yield
    FAULTS.take()


def opened(store: Store) -> tuple[int, Variant]:
    """A warehouse with goods enough."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        return house, goods(uow, house, 1_000)


def sold(store: Store, house: int, variant: Variant) -> int:
    """An order that was confirmed, as the screen says once this has come back."""
    with store.working(SYSTEM) as uow:
        return a_sale(uow, house, [(variant, 1)])


def sell_on(store: Store, house: int, variant: Variant, orders: set[int]) -> None:
    """Order after order, until one is refused or there is no end."""
    for _ in range(200):
        orders.add(sold(store, house, variant))


def acknowledged(store: Store) -> set[int]:
    """The orders that stand."""
    with store.viewing(SYSTEM) as view:
        return {order.id for order in find_orders(view, OrderFilter()) if order.business in SOLD_STATES}


def test_while_postgresql_restarts_there_is_a_sentence_and_afterwards_work_goes_on(
    postgres_store: Store, postgres_url: str
) -> None:
    store = postgres_store
    house, mug = opened(store)
    orders = {sold(store, house, mug)}
    watch = Watch(store)
    begun = store.working(SYSTEM)
    a_draft(begun.__enter__(), house, [(mug, 1)])
    with stopped(postgres_url):
        with pytest.raises(DBAPIError) as refused:
            sold(store, house, mug)
        assert is_out_of_reach(refused.value)
        assert sentence_of(refused.value, "7K3M-9QXA", "en").startswith(AWAY)
        fault = note_fault(refused.value, store.settings, NOON, met_in="sales/new_order")
        assert not watch.keep_faults_now()
    with pytest.raises(DBAPIError) as broken_off:
        begun.__exit__(None, None, None)
    assert sentence_of(broken_off.value, "7K3M-9QXA", "zh_CN").startswith("暂时无法连接数据库。")
    orders.add(sold(store, house, mug))
    assert acknowledged(store) == orders
    assert watch.keep_faults_now()
    with store.viewing(SYSTEM) as view:
        assert find_incident(view, fault.number) is not None
    assert look(store, SYSTEM) == []


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own with little room; skipped where none may be mounted."""
    place = folder / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    words = ["-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", place]
    if mount is None or subprocess.run([mount, *words], check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(file: Path) -> None:
    """Take all the room that is left."""
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"0" * 65_536)
        except OSError as error:
            assert error.errno == ENOSPC  # noqa: PT017 - what is awaited


def test_on_a_full_disk_there_is_a_sentence_and_with_room_again_work_goes_on(
    sqlite_template: Path, tmp_path: Path, clock: FixedClock
) -> None:
    with small_disk(tmp_path) as disk:
        file = shutil.copy(sqlite_template, disk / "salesbook.db")
        store = Store(Settings(data_dir=disk, database_url=f"sqlite:///{file}"), clock)
        house, mug = opened(store)
        orders = {sold(store, house, mug)}
        fill(disk / "filler")
        with pytest.raises(DBAPIError) as refused:
            sell_on(store, house, mug, orders)
        assert sentence_of(refused.value, "7K3M-9QXA", "en").startswith(FULL)
        assert acknowledged(store) == orders
        note_fault(refused.value, store.settings, NOON, met_in="sales/new_order")
        (disk / "filler").unlink()
        assert Watch(store).keep_faults_now()
        orders.add(sold(store, house, mug))
        assert acknowledged(store) == orders
        assert look(store, SYSTEM) == []
        store.engine.dispose()


@pytest.mark.parametrize("jump", [timedelta(hours=-30), timedelta(days=40)], ids=["back", "ahead"])
def test_a_clock_that_jumps_leaves_the_books_as_they_should_be(
    store: Store, clock: FixedClock, jump: timedelta
) -> None:
    house, mug = opened(store)
    a_user(store, Role.SALES, username="fang")
    token = sign_in(store, "fang", PASSWORD)
    orders = {sold(store, house, mug)}
    clock.moment = NOON + jump
    orders.add(sold(store, house, mug))
    assert (actor_of(store, token, "en") is None) == (jump > timedelta())
    clock.moment = NOON + timedelta(minutes=1)
    orders.add(sold(store, house, mug))
    assert acknowledged(store) == orders
    assert look(store, SYSTEM) == []
