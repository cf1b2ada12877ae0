"""What the mirror promises: the same as the store, whatever happened, and never an answer from elsewhere."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.analytics.errors import MirrorNotReady
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror import mirror as mirror_module
from core.analytics.mirror import rebuild
from core.analytics.mirror.load import connect
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import metadata
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.shop import Shop

ORDERS = Ask(("orders",))
KILLS = 20
BLOCK = 262_144
GENERATED = ("about", "compacted", "dim_region", "dim_brand")


def orders(mirror: Mirror) -> Decimal | None:
    return answer(mirror, SYSTEM, ORDERS).total("orders")


def everything(mirror: Mirror) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, aggregates folded, generated ids replaced by their names."""
    found = {}
    with mirror.reading() as duck:
        for table in metadata.sorted_tables:
            if table.name in GENERATED:
                continue
            columns = [column.name for column in table.c]
            text = ", ".join(columns)
            rows = duck.execute(f"SELECT {text} FROM {table.name}").fetchall()  # noqa: S608 - our own names
            regions = dict(duck.execute("SELECT id, name FROM dim_region").fetchall())
            brands = dict(duck.execute("SELECT id, name FROM dim_brand").fetchall())
            found[table.name] = [
                tuple(
                    regions.get(cell) if name == "region_id" else brands.get(cell) if name == "brand_id" else cell
                    for name, cell in zip(columns, row, strict=True)
                )
                for row in rows
            ]
            if "fact_rows" in columns and table.name != "agg_customer":
                found[table.name] = folded(found[table.name], table.name)
            found[table.name].sort(key=repr)
    return found


def folded(rows: list[tuple[Any, ...]], name: str) -> list[tuple[Any, ...]]:
    keys = {"agg_day": 4, "agg_region": 3, "agg_rep": 3, "agg_product": 3, "agg_customer_month": 2, "agg_stock": 3}
    keys |= {"agg_value": 4, "level_stock": 3, "level_value": 3}
    count = keys[name]
    sums: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        before = sums.setdefault(row[:count], [0] * (len(row) - count))
        sums[row[:count]] = [a + b for a, b in zip(before, row[count:], strict=True)]
    return [(*key, *values) for key, values in sums.items() if values[-1]]


def files_of(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "mirror").glob("*.duckdb"))


def test_following_changes_ends_where_building_anew_ends(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=3).open()
    any_mirror.refresh_now()
    for _ in range(8):
        shop.live(15)
        any_mirror.refresh_now()
    generation = any_mirror.generation

    assert any_mirror.check() == []
    followed = everything(any_mirror)
    assert any_mirror.generation == generation == 1
    any_mirror.rebuild()
    assert everything(any_mirror) == followed
    assert any_mirror.check() == []


def test_a_build_in_a_process_of_its_own_gives_the_same_mirror(
    any_store: Store, any_mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shop(any_store, seed=4).open().live(150)
    any_mirror.refresh_now()
    here = everything(any_mirror)

    monkeypatch.setattr(rebuild, "MUCH", 0)
    any_mirror.rebuild()

    assert everything(any_mirror) == here
    assert any_mirror.check() == []


def test_folding_the_aggregates_changes_no_sum(shop: Shop, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.analytics.mirror.refresh.COMPACT_SLACK", 0)
    monkeypatch.setattr(mirror_module, "COMPACT_EVERY", 1)
    for _ in range(5):
        shop.live(15)
        mirror.refresh_now()

    assert mirror.check() == []
    with mirror.reading() as duck:
        assert duck.execute("SELECT max(row_count) > 0 FROM compacted").fetchall() == [(True,)]


def test_a_store_without_a_single_sale_is_built_apart_too(
    any_store: Store, any_mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "MUCH", -1)

    any_mirror.rebuild()

    assert any_mirror.check() == []
    assert answer(any_mirror, SYSTEM, Ask(("net_sales", "orders"))).totals == (Decimal(0), 0)


def test_a_large_import_is_taken_in_by_building_anew(
    shop: Shop, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "MANY_DOCUMENTS", 20)
    mirror.refresh_now()
    shop.sell(19)
    mirror.refresh_now()
    assert (mirror.generation, orders(mirror)) == (1, 19)

    shop.sell(40)
    mirror.refresh_now()

    assert (mirror.generation, orders(mirror)) == (2, 59)
    assert len(files_of(shop.store.settings)) == 1


def test_orders_are_in_the_answers_as_soon_as_the_thread_has_seen_them(any_store: Store) -> None:
    shop = Shop(any_store, seed=5).open()
    mirror = Mirror(any_store)
    mirror.start()
    try:
        for count in range(1, 6):
            shop.sell(1)
            mirror.wait_until_fresh()
            assert orders(mirror) == count
        assert mirror.as_of == any_store.clock.now()
    finally:
        mirror.stop()


def test_answers_stay_whole_while_orders_keep_coming(any_store: Store) -> None:
    shop = Shop(any_store, seed=6).open()
    mirror = Mirror(any_store)
    mirror.start()
    mirror.wait_until_fresh()
    done = threading.Event()
    writer = threading.Thread(target=lambda: ([shop.sell(2) for _ in range(15)], done.set()))
    writer.start()
    seen = []
    try:
        while not done.is_set():
            both = answer(mirror, SYSTEM, Ask(("orders", "net_sales", "gross_sales", "tax"), ("day",)))
            count, net, gross, tax = both.totals
            assert gross == (net or 0) + (tax or 0)
            assert sum(both.figures("orders"), Decimal(0)) == count  # type: ignore[arg-type]
            assert count is not None
            assert count % 2 == 0
            seen.append(count)
        mirror.wait_until_fresh()
        assert orders(mirror) == 30
    finally:
        writer.join()
        mirror.stop()
    assert seen == sorted(seen)


def test_a_start_reopens_what_is_there_and_takes_in_what_happened_meanwhile(shop: Shop) -> None:
    with Mirror(shop.store) as first:
        first.refresh_now()
    before = files_of(shop.store.settings)
    shop.sell(2)

    with Mirror(shop.store) as second:
        second.refresh_now()
        assert orders(second) == 2
        assert files_of(shop.store.settings) == before


def test_two_processes_have_a_mirror_file_each(shop: Shop) -> None:
    with Mirror(shop.store) as first, Mirror(shop.store) as second:
        first.refresh_now()
        second.refresh_now()
        assert len(files_of(shop.store.settings)) == 2
        shop.sell(1)
        first.refresh_now()
        assert (orders(first), orders(second)) == (1, 0)


@pytest.mark.parametrize("harm", ["cut", "scribble", "empty", "text", "half"])
def test_a_damaged_file_is_built_again(shop: Shop, harm: str) -> None:
    shop.sell(5)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
    file = files_of(shop.store.settings)[0]
    content = bytearray(file.read_bytes())
    match harm:
        case "cut":
            content = content[: len(content) // 3]
        case "scribble":
            for at in range(12_288, len(content), 4_096):
                content[at : at + 64] = b"\xa5" * 64
        case "empty":
            content = bytearray()
        case "text":
            content = bytearray(b"not a database at all" * 1000)
        case "half":
            content[:8192] = bytes(8192)
    file.write_bytes(content)

    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert mirror.check() == []
        assert orders(mirror) == 5


def test_whichever_block_is_damaged_no_answer_is_wrong(shop: Shop) -> None:
    shop.sell(5)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
    content = files_of(shop.store.settings)[0].read_bytes()
    for at in range(12_288 + 1000, len(content), 5 * BLOCK):
        file = files_of(shop.store.settings)[0]
        file.write_bytes(content[:at] + b"\xa5" * 64 + content[at + 64 :])
        with Mirror(shop.store) as mirror:
            mirror.refresh_now()
            try:
                found = orders(mirror)
            except MirrorNotReady:
                mirror.refresh_now()
                found = orders(mirror)
            assert found == 5
            assert mirror.check() == []


def test_a_file_that_killed_the_process_that_opened_it_is_not_opened_again(shop: Shop) -> None:
    shop.sell(5)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
    file = files_of(shop.store.settings)[0]
    with connect(file) as duck:
        duck.execute("CREATE TABLE old_one (id INTEGER)")
    file.with_suffix(".opening").touch()

    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert orders(mirror) == 5
        with mirror.reading() as duck:
            assert duck.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'old_one'").fetchall() == [
                (0,)
            ]


def test_a_mirror_of_another_database_is_never_answered_from(
    sqlite_template: Path, tmp_path: Path, clock: FixedClock
) -> None:
    figures = []
    for name, seed, count in (("one", 1, 3), ("two", 2, 4)):
        shutil.copy(sqlite_template, tmp_path / "salesbook.db")
        settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'salesbook.db'}")
        store = Store(settings, FixedClock(datetime(2026, 3, 18, 4, seed, tzinfo=UTC)))
        Shop(store, seed).open().sell(count)
        mirror = Mirror(store)
        mirror.start()
        if not mirror.is_ready:
            with pytest.raises(MirrorNotReady):
                orders(mirror)
        mirror.wait_until_fresh()
        figures.append((name, orders(mirror)))
        mirror.stop()
        store.engine.dispose()
        for file in tmp_path.glob("salesbook.db*"):
            file.unlink()
    assert figures == [("one", 3), ("two", 4)]


def test_an_older_copy_of_the_same_database_is_noticed(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "salesbook.db"
    shop.sell(2)
    with shop.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    shutil.copy(file, tmp_path / "backup")
    shop.sell(3)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert orders(mirror) == 5
    shop.store.engine.dispose()
    for left in tmp_path.glob("salesbook.db*"):
        left.unlink()
    shutil.copy(tmp_path / "backup", file)

    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        assert orders(mirror) == 2
        assert mirror.check() == []


def test_a_row_changed_behind_our_back_is_found_and_put_right_by_itself(shop: Shop) -> None:
    shop.live(60)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
        with shop.store.engine.begin() as connection:
            line = connection.execute(
                select(OrderLine.id, SalesOrder.ordered_on)
                .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
                .where(SalesOrder.business_state == "confirmed")
                .limit(1)
            ).one()
            changed = update(OrderLine).where(OrderLine.id == line.id)
            connection.execute(changed.values(net_amount=Decimal("1.23"), tax_amount=0, gross_amount=Decimal("1.23")))
        found = mirror.check()
        assert [(each.table, each.where) for each in found] == [("sales", f"{line.ordered_on:%Y-%m}")]

    mirror = Mirror(shop.store, "test")
    mirror.start()
    deadline = time.monotonic() + 60
    while mirror.check():
        assert time.monotonic() < deadline
        mirror.wait_until_fresh()
    mirror.stop()


@pytest.mark.parametrize(
    ("harm", "table"),
    [
        ("UPDATE agg_day SET net = net + 1 WHERE rowid = 0", "agg_day"),
        ("DELETE FROM agg_product WHERE rowid = 0", "agg_product"),
        ("UPDATE agg_customer SET orders = orders + 1", "agg_customer"),
        ("UPDATE agg_customer_month SET orders = orders + 1", "agg_customer_month"),
        ("UPDATE fact_move SET quantity = quantity + 1", "moves"),
        ("UPDATE fact_sales SET customer_id = customer_id + 1 WHERE kind = 0", "sales"),
        ("UPDATE dim_customer SET name = name || '!' WHERE rowid = 0", "customers"),
        ("UPDATE dim_customer SET name = reverse(name)", "customers"),
        ("UPDATE dim_brand SET name = reverse(name)", "products"),
        ("UPDATE dim_region SET name = reverse(name)", "sales"),
        ("UPDATE dim_category SET plain_name = reverse(plain_name)", "categories"),
        ("UPDATE dim_product SET category_id = category_id + 1 WHERE rowid = 0", "products"),
    ],
)
def test_the_check_says_which_table_is_wrong(shop: Shop, harm: str, table: str) -> None:
    shop.live(60)
    with Mirror(shop.store) as mirror:
        mirror.refresh_now()
    with connect(files_of(shop.store.settings)[0]) as duck:
        duck.execute(harm)

    with Mirror(shop.store) as mirror:
        assert table in {each.table for each in mirror.check()}
        mirror.rebuild()
        assert mirror.check() == []


# Imports once, then gives birth to a process for every line it reads, and says its number.
NURSERY = """
import os, signal, sys
from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.work.store import Store

for _ in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    mirror = Mirror(Store(Settings()), "killed")
    mirror.start()
    print(os.getpid(), flush=True)
    signal.pause()
"""


def test_killing_the_process_at_any_moment_loses_nothing(shop: Shop) -> None:
    settings = shop.store.settings
    environment = {
        "SALESBOOK_DATA_DIR": str(settings.data_dir),
        "SALESBOOK_DATABASE_URL": settings.database_url,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    begin = [sys.executable, "-c", NURSERY]
    with subprocess.Popen(begin, env=environment, stdin=-1, stdout=-1, text=True, start_new_session=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        try:
            for number in range(KILLS):
                nursery.stdin.write("go\n")
                nursery.stdin.flush()
                child = int(nursery.stdout.readline())
                for _ in range(number % 4):
                    shop.live(2)
                os.kill(child, signal.SIGKILL)
        finally:
            os.killpg(nursery.pid, signal.SIGKILL)

    with Mirror(shop.store, "killed") as mirror:
        assert mirror.check() == []
        assert len(files_of(settings)) == 1
