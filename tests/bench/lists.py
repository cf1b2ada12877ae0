"""What a screen asks before it shows a list: the cost must not grow with the years that were sold before."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time
from typing import Any

from sqlalchemy import select, text

from core.base.clock import business_day
from core.catalog.queries import find_products, resolve_typed
from core.catalog.rules import ProductDraft
from core.catalog.service import ensure_products
from core.customers.queries import find_customers
from core.customers.rules import CustomerDraft
from core.customers.service import ensure_customers
from core.db.bulk import bulk_insert, next_ids, storing
from core.sales.entry import last_choices, my_draft, recent_customers
from core.sales.models import BusinessState, PaymentState, Progress, SalesOrder
from core.sales.queries import OrderFilter, count_orders, find_orders
from core.security.actor import SYSTEM
from core.stock.models import CUSTOMER, Location, MoveState, StockMove
from core.stock.queries import count_moves, stock_card
from core.work.store import Store, View
from core.work.unit import UnitOfWork
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most_times, benchmark
from tests.builders import a_channel, a_warehouse

SIZES = (50_000, 500_000)
PER_CUSTOMER, PRODUCTS, OPEN, REPS = 20, 500, 200, 5
MOST_GROWTH = 1.2
BATCHES, CALLS = 7, 10
PAGE, COUNTED = 50, 1_000
FIRST = datetime(2024, 1, 1, 1, tzinfo=UTC)
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
COLUMNS = (
    SalesOrder.id,
    SalesOrder.number,
    SalesOrder.customer_id,
    SalesOrder.channel_id,
    SalesOrder.warehouse_id,
    SalesOrder.region,
    SalesOrder.ordered_at,
    SalesOrder.ordered_on,
    SalesOrder.business_state,
    SalesOrder.payment_state,
    SalesOrder.shipment_state,
    SalesOrder.return_state,
    SalesOrder.statement_state,
    SalesOrder.prices_include_tax,
    SalesOrder.rounding,
    SalesOrder.currency,
    SalesOrder.net_amount,
    SalesOrder.tax_amount,
    SalesOrder.gross_amount,
    SalesOrder.paid_amount,
    SalesOrder.channel_order_number,
    SalesOrder.note,
    SalesOrder.cancel_reason,
    SalesOrder.created_at,
    SalesOrder.version,
)
MOVES = (
    StockMove.variant_id,
    StockMove.quantity,
    StockMove.source_id,
    StockMove.target_id,
    StockMove.state,
    StockMove.origin_type,
    StockMove.origin_id,
    StockMove.at,
)


def page_of(view: View, wanted: OrderFilter) -> None:
    """What the list of orders asks to show its first page."""
    count_orders(view, wanted, most=COUNTED)
    find_orders(view, wanted, limit=PAGE)


def card_of(view: View, variant_id: int) -> None:
    """What the stock card asks to show its first page."""
    count_moves(view, variant_id, most=COUNTED)
    stock_card(view, variant_id, limit=PAGE)


QUESTIONS: dict[str, Callable[[View], Any]] = {
    "order list, first page": lambda view: page_of(view, OrderFilter()),
    "order list, to be shipped": lambda view: page_of(view, OrderFilter(shipment=(Progress.NONE, Progress.PARTIAL))),
    "order list, completed or cancelled": lambda view: page_of(
        view, OrderFilter(business=(BusinessState.COMPLETED, BusinessState.CANCELLED))
    ),
    "orders by number": lambda view: page_of(view, OrderFilter(text="SO-2024-01234")),
    "orders by the end of a number": lambda view: page_of(view, OrderFilter(text="234")),
    "orders by customer": lambda view: page_of(view, OrderFilter(text="C00042")),
    "orders by a common name": lambda view: page_of(view, OrderFilter(text="王")),
    "orders of nobody": lambda view: page_of(view, OrderFilter(text="nobody")),
    "customers by pinyin": lambda view: find_customers(view, "wangwei", limit=8),
    "products by a word": lambda view: find_products(view, "mug 12"),
    "product typed": lambda view: resolve_typed(view, "P00042"),
    "what a new order begins with": lambda view: (my_draft(view), last_choices(view), recent_customers(view)),
    "stock card": lambda view: card_of(view, 1),
}


@benchmark("lists")
def lists() -> Iterator[Figure]:
    """Each question after many orders, so that its first page is full, and after ten times as many, and customers."""
    for database in DATABASES:
        taken = []
        for size in SIZES:
            with fresh_store(database) as store:
                fill_with_orders(store, size)
                taken.append({name: _fastest(store, ask) for name, ask in QUESTIONS.items()})
        few, many = taken
        for name in QUESTIONS:
            yield at_most_times(
                MOST_GROWTH,
                name=name,
                database=database,
                size=SIZES[-1],
                value=many[name],
                unit="ms",
                baseline=few[name],
            )


def fill_with_orders(store: Store, count: int) -> None:
    """So many orders, nearly all of them done, each with a move; the same each time."""
    chance = random.Random(1)  # noqa: S311 - a past, no secret
    with store.working(SYSTEM) as uow:
        channel, warehouse = a_channel(uow), a_warehouse(uow)
        names = [ProductDraft(f"P{n:05d}", f"Mug {n} of {chance.choice(GIVEN)}") for n in range(PRODUCTS)]
        variants = list(ensure_products(uow, names).values())
        people = [
            CustomerDraft(f"C{n:05d}", chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2)))
            for n in range(max(count // PER_CUSTOMER, REPS))
        ]
        customers = list(ensure_customers(uow, people).values())
        location = uow.session.scalars(select(Location.id).where(Location.warehouse_id == warehouse)).one()
        stored = [storing(uow.session, column) for column in COLUMNS]
        ids = list(next_ids(uow.session, SalesOrder, count))
        numbers = uow.numbers("SO", count, year=FIRST.year)
        rows = (
            [store_(each) for store_, each in zip(stored, row, strict=True)]
            for row in _orders(uow, chance, list(zip(ids, numbers, strict=True)), customers, channel, warehouse)
        )
        bulk_insert(uow.session, SalesOrder, [column.key for column in COLUMNS], rows)
        moved = [storing(uow.session, column) for column in MOVES]
        moves = (
            [store_(each) for store_, each in zip(moved, row, strict=True)]
            for row in _moves(chance, ids, variants, location)
        )
        bulk_insert(uow.session, StockMove, [column.key for column in MOVES], moves)
        uow.audit("bench.filled", None)
    with store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _orders(
    uow: UnitOfWork,
    chance: random.Random,
    heads: list[tuple[int, str]],
    customers: list[int],
    channel: int,
    warehouse: int,
) -> Iterator[tuple[Any, ...]]:
    step = timedelta(days=900) / len(heads)
    for place, (order_id, number) in enumerate(heads):
        at = FIRST + place * step
        states: tuple[Any, ...] = (BusinessState.COMPLETED, PaymentState.FULL, Progress.FULL)
        if place >= len(heads) - OPEN:
            states = (BusinessState.CONFIRMED, PaymentState.NONE, Progress.NONE)
        elif chance.random() < 0.02:
            states = (BusinessState.CANCELLED, PaymentState.NONE, Progress.NONE)
        amount = Decimal(chance.randrange(1_000, 90_000)) / 100
        head = (order_id, number, chance.choice(customers), channel, warehouse, "")
        day = business_day(at, uow.settings.timezone)
        amounts = (amount, Decimal(0), amount, amount if states[1] is PaymentState.FULL else Decimal(0))
        yield (
            *(*head, at, day, *states, Progress.NONE, Progress.NONE, True, "half_up", "CNY", *amounts),
            *(f"A{place:08d}" if place % 2 else None, "", "", at, 1),
        )


def _moves(chance: random.Random, ids: list[int], variants: list[int], location: int) -> Iterator[tuple[Any, ...]]:
    for place, order_id in enumerate(ids):
        variant = variants[int(len(variants) * chance.random() ** 2)]
        at = FIRST + timedelta(minutes=place)
        yield (variant, Decimal(1), location, CUSTOMER, MoveState.DONE, SalesOrder.__tablename__, order_id, at)


def _fastest(store: Store, ask: Callable[[View], Any]) -> float:
    """Milliseconds of a call in the quickest batch, after one that warms up."""
    best = float("inf")
    with store.viewing(SYSTEM) as view:
        ask(view)
        for _batch in range(BATCHES):
            begun = process_time()
            for _call in range(CALLS):
                ask(view)
            best = min(best, (process_time() - begun) * 1000 / CALLS)
    return best
