"""Whatever befalls the mirror or its store: right figures, or a sentence that says why they are not of now."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from core.analytics.errors import DiskFull, FiguresDiffered, NotRefreshed, StoreOutOfReach
from core.analytics.mirror import rebuild
from core.analytics.mirror.load import connect
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.work.models import Change
from core.work.store import Store
from tests.analytics.shop import SOLD, Shop
from tests.analytics.test_mirror import NURSERY, files_of, orders

CUTS = {
    "all": "DELETE FROM change_feed",
    "what is new": "DELETE FROM change_feed WHERE seq > {seen}",
    "the next line": "DELETE FROM change_feed WHERE seq = {seen} + 1",
    "the newest line": "DELETE FROM change_feed WHERE seq = (SELECT max(seq) FROM change_feed)",
    "once more": "DELETE FROM change_feed WHERE seq > {seen} AND entity = 'sales_order'",
}
A_MINUTE, A_YEAR = timedelta(minutes=1), timedelta(days=366)


def newest(store: Store) -> int:
    with store.viewing(SYSTEM) as view:
        return view.session.scalar(select(func.max(Change.seq))) or 0


def sold(store: Store) -> int:
    """How many orders count, as the store itself says."""
    with store.viewing(SYSTEM) as view:
        counted = select(func.count()).select_from(SalesOrder).where(SalesOrder.business_state.in_(SOLD))
        return view.session.scalar(counted) or 0


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@contextmanager
def following(store: Store) -> Iterator[Mirror]:
    """A mirror with its thread, up to date."""
    mirror = Mirror(store, "test")
    mirror.start()
    mirror.wait_until_fresh()
    try:
        yield mirror
    finally:
        mirror.stop()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The system refuses to write beyond so many bytes of any file, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_feed_that_was_cut_before_the_mirror_read_it_is_noticed(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=21).open()
    cuts = list(CUTS.values())
    if any_store.engine.dialect.name == "postgresql":
        cuts.append("TRUNCATE change_feed")
    for count, cut in enumerate(cuts, 1):
        any_mirror.refresh_now()
        seen = newest(any_store)
        shop.sell(2)
        with any_store.engine.begin() as connection:
            connection.execute(text(cut.format(seen=seen)))

        any_mirror.refresh_now()
        assert orders(any_mirror) == 2 * count, cut

        built = any_mirror.generation
        any_mirror.refresh_now()
        assert any_mirror.generation == built, "once is enough"
    assert any_mirror.check() == []


def test_an_older_copy_in_which_work_went_on_is_noticed(shop: Shop, clock: FixedClock, tmp_path: Path) -> None:
    file, backup = tmp_path / "salesbook.db", tmp_path / "backup"
    shop.sell(2)
    with shop.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    shutil.copy(file, backup)
    serial = shop.serial
    shop.sell(1)
    shop.sell(1)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert orders(mirror) == 4
    ahead = newest(shop.store)
    shop.store.engine.dispose()
    for left in tmp_path.glob("salesbook.db*"):
        left.unlink()
    shutil.copy(backup, file)

    clock.moment += A_MINUTE
    shop.serial = serial
    while newest(shop.store) < ahead:
        shop.sell(1)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert mirror.check() == []
        assert orders(mirror) == sold(shop.store)


def test_a_feed_brought_from_another_cluster_does_not_look_new_for_ever(postgres_store: Store) -> None:
    shop = Shop(postgres_store, seed=22).open()
    shop.sell(1)
    with postgres_store.engine.begin() as connection:
        connection.execute(text("UPDATE change_feed SET txid = '900000000000'"))
    with Mirror(postgres_store) as mirror:
        mirror.refresh_now()
        mirror.refresh_now()
        assert (mirror.generation, mirror.refreshes) == (1, 0)
        shop.sell(1)
        mirror.refresh_now()
        assert (orders(mirror), mirror.refreshes) == (2, 1)


def test_a_full_disk_keeps_the_figures_of_before_and_says_so(shop: Shop, clock: FixedClock) -> None:
    shop.sell(3)
    with Mirror(shop.store, "test") as first:
        first.refresh_now()
    shop.sell(400)
    moment, clock.moment = clock.moment, clock.moment + A_MINUTE

    with no_file_longer_than(4096):
        mirror = Mirror(shop.store, "test")
        mirror.start()
        until(lambda: mirror.trouble is not None)
        assert isinstance(mirror.trouble, DiskFull)
        assert (orders(mirror), mirror.as_of) == (3, moment)
    mirror.wait_until_fresh()
    try:
        assert (orders(mirror), mirror.as_of, mirror.trouble) == (403, clock.moment, None)
        assert mirror.check() == []
    finally:
        mirror.stop()
    assert [file.name for file in files_of(shop.store.settings)[0].parent.glob("*.building*")] == []


def test_a_full_disk_at_the_first_build_leaves_nothing_behind(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(3)
    folder = shop.store.settings.data_dir / "mirror"
    for much in (rebuild.MUCH, 0):
        monkeypatch.setattr(rebuild, "MUCH", much)
        mirror = Mirror(shop.store, "test")
        with no_file_longer_than(100_000):
            mirror.start()
            until(lambda mirror=mirror: mirror.trouble is not None)  # type: ignore[misc]
            assert (type(mirror.trouble), mirror.is_ready) == (DiskFull, False)
            assert list(folder.glob("test*duckdb*")) + list(folder.glob("*.building*")) == []
        mirror.wait_until_fresh()
        assert (orders(mirror), mirror.trouble) == (3, None)
        mirror.stop()
        for file in files_of(shop.store.settings):
            file.unlink()


def test_killing_the_builder_in_the_middle_only_delays_the_figures(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(5)
    monkeypatch.setattr(rebuild, "MUCH", 0)
    mirror = Mirror(shop.store, "test")
    mirror.start()
    folder = shop.store.settings.data_dir / "mirror"
    try:
        until(lambda: any(folder.glob("*.building*")))
        unfinished = next(iter(folder.glob("*.building*")))
        os.kill(int(unfinished.name.split(".building")[1].split(".")[0]), signal.SIGKILL)
        until(lambda: mirror.trouble is not None)
        assert (type(mirror.trouble), mirror.is_ready) == (NotRefreshed, False)
        mirror.wait_until_fresh()
        assert (orders(mirror), mirror.trouble) == (5, None)
        assert len(list(folder.glob("test-0.0*"))) == 1
    finally:
        mirror.stop()


def test_killing_whoever_rebuilds_without_end_loses_nothing(shop: Shop) -> None:
    settings = shop.store.settings
    script = NURSERY.replace("signal.pause()", "\n    while True:\n        mirror.rebuild()")
    environment = {**settings.environment(), "PYTHONPATH": str(Path(__file__).parents[2])}
    begin = [sys.executable, "-c", script]
    with subprocess.Popen(begin, env=environment, stdin=-1, stdout=-1, text=True, start_new_session=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        try:
            for number in range(6):
                nursery.stdin.write("go\n")
                nursery.stdin.flush()
                child = int(nursery.stdout.readline())
                shop.sell(1)
                threading.Event().wait(number / 20)
                os.kill(child, signal.SIGKILL)
        finally:
            os.killpg(nursery.pid, signal.SIGKILL)
    with Mirror(shop.store, "killed") as mirror:
        assert mirror.check() == []
        assert orders(mirror) == 6


def test_a_file_that_another_process_holds_is_left_to_it(shop: Shop) -> None:
    shop.sell(4)
    with Mirror(shop.store, "test") as mirror:
        mirror.refresh_now()
    file = files_of(shop.store.settings)[0]
    hold = "import duckdb, sys; duck = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    begin = [sys.executable, "-c", hold, str(file)]
    with subprocess.Popen(begin, stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with Mirror(shop.store, "test") as mirror:
            mirror.refresh_now()
            shop.sell(1)
            mirror.refresh_now()
            assert orders(mirror) == 5
            assert mirror.check() == []
        holder.kill()


def test_a_file_that_is_cut_while_it_is_open_gives_no_wrong_figure(shop: Shop) -> None:
    shop.sell(50)
    with Mirror(shop.store, "test") as mirror:
        mirror.refresh_now()
        os.truncate(files_of(shop.store.settings)[0], 300_000)
        shop.sell(1)
        mirror.refresh_now()
        assert mirror.check() == []
        assert orders(mirror) == 51
    with Mirror(shop.store, "test") as mirror:
        mirror.refresh_now()
        assert mirror.check() == []
        assert orders(mirror) == 51


def test_a_clock_that_jumps_moves_the_time_of_the_figures_and_nothing_else(any_store: Store, clock: FixedClock) -> None:
    shop = Shop(any_store, seed=23).open()
    shop.sell(30)
    today = clock.moment
    with following(any_store) as mirror:
        for moment in (today + A_YEAR, today - A_YEAR, today):
            clock.moment = moment
            shop.sell(1)
            mirror.wait_until_fresh()
            assert orders(mirror) == sold(any_store)
            assert (mirror.as_of, mirror.trouble) == (moment, None)
            assert mirror.check() == []


def test_customers_are_divided_anew_when_a_day_begins(shop: Shop, mirror: Mirror, clock: FixedClock) -> None:
    shop.sell(30)
    mirror.refresh_now()
    clock.moment += A_YEAR

    mirror.refresh_now()

    with mirror.reading() as duck:
        named = "SELECT DISTINCT name FROM dim_segment JOIN dim_segment_name ON id = segment"
        assert duck.execute(named).fetchall() == [("Lost customers",)]


def test_a_mirror_that_differs_says_so_until_it_is_built_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(3)
    with Mirror(shop.store, "test") as mirror:
        mirror.refresh_now()
    with connect(files_of(shop.store.settings)[0]) as duck:
        duck.execute("UPDATE agg_day SET net = net + 1")
    seen = []
    monkeypatch.setattr(rebuild, "MUCH", 0)

    mirror = Mirror(shop.store, "test")
    mirror.start()
    until(lambda: seen.append(mirror.trouble) or mirror.generation == 2)  # type: ignore[func-returns-value]
    try:
        assert any(isinstance(each, FiguresDiffered) for each in seen)
        assert mirror.trouble is None
        assert mirror.check() == []
        assert mirror.checked is not None
        assert (mirror.checked.at, mirror.checked.found) == (shop.store.clock.now(), ())
    finally:
        mirror.stop()


def test_a_database_out_of_reach_is_said_and_waited_for(
    postgres_store: Store, postgres_url: str, clock: FixedClock
) -> None:
    shop = Shop(postgres_store, seed=24).open()
    shop.sell(2)
    name = postgres_store.engine.url.database
    with following(postgres_store) as mirror, psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        until(lambda: mirror.trouble is not None)
        assert isinstance(mirror.trouble, StoreOutOfReach)
        assert orders(mirror) == 2
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]
        until(lambda: mirror.trouble is None)
        clock.moment += A_MINUTE
        shop.sell(1)
        mirror.wait_until_fresh()
        assert (orders(mirror), mirror.as_of) == (3, clock.moment)
