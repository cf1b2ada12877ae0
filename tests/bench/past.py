"""A store with a past: orders that were really created, confirmed, shipped and paid, and copies of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from core.audit.models import AuditEntry
from core.base.clock import FixedClock, SystemClock
from core.base.exact import QUANTITY_PLACES
from core.catalog.models import Product, Variant
from core.customers.models import Customer
from core.db.model import Base
from core.db.types import to_units
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import OrderLine, SalesOrder, Shipment, ShipmentLine
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.costs.models import CostBalance, CostEntry
from core.stock.ledger import Line
from core.stock.models import CUSTOMER, StockMove
from core.stock.service import receive_goods
from core.work.models import Change, DoneOnce
from core.work.store import Store
from core.work.unit import UnitOfWork, table_of
from tests.builders import a_channel, a_warehouse

FIRST = datetime(2024, 11, 15, 1, tzinfo=UTC)
DAYS = 740
NUMBERED_BY_THE_DATABASE = ("seq", "txid")
AT_FIRST, COST, PRICE = Decimal(1_000_000), Decimal(4), Decimal(10)


@dataclass
class Trade:
    """A shop whose customers order three products at a time, by chance but always the same."""

    store: Store
    channel: int
    warehouses: list[int]
    customers: list[int]
    variants: list[int]
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a past, no secret

    def live(self) -> None:
        """An order of three lines is created, confirmed, shipped and paid, each with its idempotency key."""
        order = self.promise(self.chance.sample(self.variants, 3))
        self.store.run(SYSTEM, ship_order, f"{order}s", order)
        self.store.run(SYSTEM, pay_order, f"{order}p", order, amount=6 * PRICE, method=PaymentMethod.BANK)

    def promise(self, variants: Sequence[int]) -> int:
        """The id of a confirmed order of somebody for two of each of these."""
        key = uuid4().hex
        order = self.store.run(
            SYSTEM,
            create_order,
            key,
            customer_id=self.chance.choice(self.customers),
            channel_id=self.channel,
            warehouse_id=self.chance.choice(self.warehouses),
            lines=[LineDraft(each, Decimal(2)) for each in variants],
        )
        self.store.run(SYSTEM, confirm_order, f"{key}c", order)
        return order


def open_trade(store: Store, *, products: int = 500, customers: int = 500, warehouses: int = 2) -> Trade:
    """A shop with plenty of everything on every shelf, and no order yet."""
    with store.working(SYSTEM) as uow:
        houses = [a_warehouse(uow, f"W{n}") for n in range(warehouses)]
        made = uow.insert_many(Product, [_product(n) for n in range(products)])
        skus = [
            {"product_id": each, "sku": f"P{n:05d}", "retail_price": PRICE, "purchase_price": COST}
            for n, each in enumerate(made)
        ]
        variants = uow.insert_many(Variant, skus)
        people = [{"code": f"K{n}", "name": f"Customer {n}", "created_at": FIRST} for n in range(customers)]
        bought_by = uow.insert_many(Customer, people)
        uow.touch(Product, made[0], made[-1])
        uow.touch(Customer, bought_by[0], bought_by[-1])
        for house in houses:
            receive_goods(uow, warehouse_id=house, lines=[Line(each, AT_FIRST) for each in variants])
        return Trade(store, a_channel(uow), houses, bought_by, variants)


def begin(trade: Trade, orders: int) -> None:
    """So many orders through the commands themselves, spread over two years."""
    clock = FixedClock(FIRST)
    trade.store.clock = clock
    for _ in range(orders):
        trade.live()
        clock.moment += timedelta(days=DAYS) / orders
    trade.store.clock = SystemClock()


def multiply(trade: Trade, times: int) -> None:
    """So many copies of each order there is, with every row that it left anywhere."""
    with trade.store.working(SYSTEM) as uow:
        if uow.session.get_bind().dialect.name == "postgresql":
            uow.session.execute(text("SET LOCAL session_replication_role = replica"))
        orders = _copied(uow, times, SalesOrder, named=("number", "id"))
        lines = _copied(uow, times, OrderLine, {"order_id": orders})
        sold = StockMove.target_id == CUSTOMER
        moves = _copied(uow, times, StockMove, {"origin_id": orders, "origin_line_id": lines}, only=sold)
        _copied(uow, times, CostEntry, {"move_id": moves}, only=CostEntry.quantity < 0)
        shipments = _copied(uow, times, Shipment, {"order_id": orders}, named=("number", "id"))
        _copied(uow, times, ShipmentLine, {"shipment_id": shipments, "order_line_id": lines})
        payments = _copied(uow, times, Payment, named=("number", "id"))
        _copied(uow, times, Allocation, {"payment_id": payments, "document_id": orders})
        _copied(uow, times, AuditEntry, {"subject_id": orders}, only=AuditEntry.subject_type == "sales_order")
        _copied(uow, times, DoneOnce, {"result_id": orders}, named=("key", "result_id"))
        for entity, span in (("sales_order", orders), ("stock_move", moves)):
            _copied(uow, times, Change, {"first_id": span, "last_id": span}, only=Change.entity == entity)
        uow.session.execute(
            text("UPDATE stock_level SET on_hand = :full - (:full - on_hand) * :times"),
            {"full": to_units(AT_FIRST, QUANTITY_PLACES), "times": times + 1},
        )
        sums = {
            name: select(func.sum(getattr(CostEntry, name)))
            .where(CostEntry.variant_id == CostBalance.variant_id)
            .scalar_subquery()
            for name in ("quantity", "amount")
        }
        uow.session.execute(update(CostBalance).values(sums), execution_options={"synchronize_session": False})
        uow.audit("bench.multiplied", None, times=times)
    if trade.store.engine.dialect.name == "postgresql":
        with trade.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    # As if the app had been started since: no connection remembers one transaction of this size.
    trade.store.engine.dispose()


def _copied(
    uow: UnitOfWork,
    times: int,
    model: type[Base],
    moved: dict[str, int] | None = None,
    *,
    named: tuple[str, str] = ("", ""),
    only: ColumnElement[bool] | None = None,
) -> int:
    """Copy rows whose ids follow each other; columns in `moved` go up by so much with each copy, as ids do.

    `named` is a column with a name of its own for each row, and the one that each copy is named after.
    Returns by how much the ids of each copy are above those of the one before.
    """
    table = table_of(model)
    rows = select(*table.c).where(true() if only is None else only).subquery()
    span = 0
    if "id" in rows.c:
        span = uow.session.scalars(
            select(select(func.max(table.c.id)).scalar_subquery() - func.min(rows.c.id) + 1)
        ).one()
    counted = select(literal(1).label("copy")).cte(recursive=True)
    counted = counted.union_all(select(counted.c.copy + 1).where(counted.c.copy < times))
    shifts = (moved or {}) | ({"id": span} if span else {})
    chosen = [each for each in rows.c if each.name not in NUMBERED_BY_THE_DATABASE]
    copies = {each.name: each + counted.c.copy * shifts[each.name] if each.name in shifts else each for each in chosen}
    name, after = named
    if name:
        kind = rows.c.command if "command" in rows.c else literal("X")
        copies[name] = kind + "-" + cast(copies[after], String)
    order = [counted.c.copy, *([rows.c.id] if span else [])]
    filled = insert(table).from_select(
        list(copies), select(*copies.values()).join_from(rows, counted, true()).order_by(*order)
    )
    uow.session.execute(filled, execution_options={"synchronize_session": False})
    if span and uow.session.get_bind().dialect.name == "postgresql":
        top = select(func.max(table.c.id)).scalar_subquery()
        uow.session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), top)))
    return int(span)


def _product(n: int) -> dict[str, Any]:
    return {"name": f"Product {n}", "created_at": FIRST, "version": 1}
