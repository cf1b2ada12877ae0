"""A history in a store, or in a mirror without one: the company's people and goods first, then years of documents."""
# ruff: noqa: S608 - composed of our own names alone

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_sqlite.dbapi  # type: ignore[import-untyped]
import duckdb
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, DropIndex

from core.analytics.mirror.load import build
from core.analytics.mirror.source import Columns, PlainSnapshot, plain_snapshot
from core.analytics.mirror.streams import Range, Stream
from core.base.clock import business_day
from core.catalog.models import Category, Product, Tag, Variant, product_tag
from core.customers.models import Channel, Customer, CustomerKind, CustomerTag, customer_tagging
from core.customers.rules import walk_in_code
from core.db.model import Base
from core.security.actor import SYSTEM
from core.security.models import User
from core.stock.models import Location, LocationKind
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.bench.history import REGIONS, Cast, make_history, sizes
from tests.builders import a_warehouse

FIRST = datetime(2023, 1, 1, tzinfo=UTC)
REPS, CHANNELS, HOUSES = 60, 6, 8
MAINS, CATEGORIES, BRANDS, TAGS = 12, 72, 150, 5
DOCUMENTS = (
    *("sales_order", "order_line", "shipment", "shipment_line", "sales_return", "return_line", "stock_move"),
    *("cost_entry", "payment", "payment_allocation", "stock_level"),
)
FROM_HISTORY = {
    *("src_order", "src_order_line", "src_shipped", "src_return", "src_return_line", "src_move", "src_entry"),
    *("src_payment", "src_allocation"),
}
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]
_WRITTEN = {"DATE": "%Y-%m-%d", "TIMESTAMP": "%Y-%m-%d %H:%M:%S.000000"}


@dataclass(frozen=True)
class HistorySnapshot:
    """What the mirror is loaded from: people and goods from a store, documents straight from the history."""

    plain: PlainSnapshot
    duck: duckdb.DuckDBPyConnection
    dialect: str = "sqlite"

    def rows(self, statement: Any) -> list[tuple[Any, ...]]:
        """A few rows of the store."""
        return self.plain.rows(statement)

    def columns(self, stream: Stream, ranges: Sequence[Range] | None = None) -> Columns:
        """Rows of a stream as they arrive."""
        if stream.name not in FROM_HISTORY:
            return self.plain.columns(stream, ranges)
        wanted = stream.statement(ranges).compile(dialect=_POSTGRES, compile_kwargs={"literal_binds": True})
        return self.duck.cursor().sql(str(wanted)).to_arrow_reader(1_000_000)


@contextmanager
def made(store: Store, lines: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A history of a store's people and goods; its file is gone afterwards."""
    cast = fill_cast(store, lines)
    file = store.settings.data_dir / "history.duckdb"
    duck = make_history(file, lines, cast)
    try:
        yield duck
    finally:
        duck.close()
        file.unlink()


def fill_store(store: Store, lines: int) -> None:
    """A store with so many order lines in it and all that belongs to them."""
    with made(store, lines) as duck:
        write_history(store, duck)


def fill_mirror(store: Store, lines: int) -> None:
    """A mirror with so many order lines, of a store that holds the people and goods alone."""
    directory = store.settings.data_dir / "mirror"
    directory.mkdir(exist_ok=True)
    with made(store, lines) as duck, plain_snapshot(store.reader) as plain:
        put_customers(duck, plain)
        build(
            directory / "app-0.000001.duckdb", HistorySnapshot(plain, duck), store.settings.timezone, store.clock.now()
        )


def put_customers(duck: duckdb.DuckDBPyConnection, plain: PlainSnapshot) -> None:
    """What payments are told by where they settle no order."""
    rows = plain.rows(
        select(Customer.id, Customer.channel_id, Customer.region, Customer.owner_id).order_by(Customer.id)
    )
    names = ("id", "channel_id", "region", "owner_id")
    duck.register("known", pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))))
    duck.execute("CREATE TABLE customer AS SELECT * FROM known")
    duck.unregister("known")


def fill_cast(store: Store, lines: int) -> Cast:
    """Customers, products, warehouses, channels and people of a company of this size."""
    customers, products = sizes(lines)
    with store.working(SYSTEM) as uow:
        houses = [a_warehouse(uow, f"W{n}") for n in range(1, HOUSES + 1)]
        for n in range(1, CHANNELS + 1):
            uow.add(Channel(name=f"Channel {n}"))
        people = [_person(n) for n in range(1, REPS + 1)]
        for person in people:
            uow.add(person)
        _add_goods(uow, products)
        _add_customers(uow, customers)
        shelves = uow.session.scalars(
            select(Location.id)
            .where(Location.warehouse_id.in_(houses), Location.kind == LocationKind.STORAGE)
            .order_by(Location.warehouse_id)
        ).all()
        uow.audit("bench.filled", None)
        today: date = business_day(uow.now, uow.settings.timezone)
    return Cast(today, customers, products, products + products // 4, CHANNELS, REPS, tuple(shelves))


def _person(n: int) -> User:
    return User(username=f"rep{n}", name=f"Rep {n}", password_hash="", created_at=FIRST, password_changed_at=FIRST)


def _add_goods(uow: UnitOfWork, products: int) -> None:
    mains = uow.insert_many(Category, [{"name": f"Main {n}"} for n in range(MAINS)])
    uow.insert_many(
        Category, [{"name": f"Category {n}", "parent_id": mains[n % MAINS]} for n in range(CATEGORIES - MAINS)]
    )
    rows = [
        {
            "name": f"Product {n:05d}",
            "category_id": MAINS + 1 + n * 7 % (CATEGORIES - MAINS),
            "brand": f"Brand {n * 13 % BRANDS}",
            "created_at": FIRST,
            "version": 1,
        }
        for n in range(products)
    ]
    ids = uow.insert_many(Product, rows)
    skus = [{"product_id": each, "sku": f"P{each:05d}"} for each in ids]
    skus += [{"product_id": 4 * n, "sku": f"P{4 * n:05d}-B"} for n in range(1, products // 4 + 1)]
    variants = uow.insert_many(Variant, skus)
    assert (ids[-1], variants[-1]) == (products, products + products // 4)
    uow.touch(Product, ids[0], ids[-1])
    tags = uow.insert_many(Tag, [{"name": f"Tag {n}"} for n in range(TAGS)])
    tagged = [{"product_id": each, "tag_id": tags[each % TAGS]} for each in ids if each % 6 == 0]
    uow.session.connection().execute(product_tag.insert(), tagged)


def _add_customers(uow: UnitOfWork, customers: int) -> None:
    kinds = list(CustomerKind)
    for start in range(1, customers + 1, 50_000):
        rows = [
            {
                "code": walk_in_code(1) if n == 1 else f"C{n:07d}",
                "name": f"Customer {n}",
                "kind": kinds[n % len(kinds)],
                "region": REGIONS[n % len(REGIONS)],
                "channel_id": 1 + n % CHANNELS,
                "owner_id": 1 + n % REPS,
                "created_at": FIRST,
                "version": 1,
            }
            for n in range(start, min(start + 50_000, customers + 1))
        ]
        ids = uow.insert_many(Customer, rows)
    assert ids[-1] == customers
    uow.touch(Customer, 1, customers)
    words = uow.insert_many(CustomerTag, [{"name": f"Word {n}"} for n in range(TAGS)])
    tagged = [{"customer_id": n, "tag_id": words[n % TAGS]} for n in range(10, customers + 1, 10)]
    uow.session.connection().execute(customer_tagging.insert(), tagged)


def write_history(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    """Every document of a history into the store's tables; indexes are made afterwards, as a restore does."""
    indexes = [each for name in DOCUMENTS for each in Base.metadata.tables[name].indexes]
    with store.engine.begin() as connection:
        for each in indexes:
            connection.execute(DropIndex(each))
    store.engine.dispose()
    if store.engine.dialect.name == "sqlite":
        _into_sqlite(Path(str(store.engine.url.database)), duck)
    else:
        _into_postgresql(store, duck)
    with store.engine.begin() as connection:
        for each in indexes:
            connection.execute(CreateIndex(each))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    store.engine.dispose()


def _into_sqlite(file: Path, duck: duckdb.DuckDBPyConnection) -> None:
    """By ADBC, which brings an SQLite of its own: nothing else in this process has the file open."""
    with (
        adbc_driver_sqlite.dbapi.connect(f"file:{quote(str(file))}", autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
            cursor.execute(f"PRAGMA {pragma}")
            cursor.fetchall()
        for name in DOCUMENTS:
            typed = duck.execute(f"DESCRIBE {name}").fetchall()
            columns = ", ".join(
                f'strftime("{column}", \'{_WRITTEN[kind]}\') AS "{column}"' if kind in _WRITTEN else f'"{column}"'
                for column, kind, *_ in typed
            )
            cursor.adbc_ingest(name, _plain(duck, f"SELECT {columns} FROM {name}"), mode="append")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.fetchall()


def _into_postgresql(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        for name in DOCUMENTS:
            rows = _plain(duck, f"SELECT * FROM {name}")
            names = ", ".join(rows.schema.names)
            with cursor.copy(f"COPY {name} ({names}) FROM STDIN (FORMAT csv)".encode()) as copy:
                for batch in rows:
                    written = pa.BufferOutputStream()
                    csv.write_csv(batch, written, csv.WriteOptions(include_header=False))
                    copy.write(written.getvalue().to_pybytes())
            if "id" in rows.schema.names:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))".encode()
                )


def _plain(duck: duckdb.DuckDBPyConnection, statement: str) -> Any:
    return duck.cursor().sql(statement).to_arrow_reader(200_000)
