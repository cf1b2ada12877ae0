"""Imports at the same moment as each other and as everything else: booked once, and nobody is turned away."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from core.customers.models import Customer
from core.exchange.queries import import_batches
from core.exchange.service import import_orders
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import find_differences
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.services.import_files import csv_file, read, row


def test_two_people_importing_the_same_file_at_once_book_it_once(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_channel(uow, "Shop")
        a_warehouse(uow)
    file = read(csv_file(*(row(str(n)) for n in range(200))))
    both = Barrier(2)

    def apply(_who: int) -> int:
        both.wait()
        return any_store.run(SYSTEM, import_orders, None, file, channel="Shop", is_history=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(apply, range(2)))

    with any_store.viewing(SYSTEM) as view:
        booked = sorted((batch.receipt["booked"], batch.receipt["unchanged"]) for batch in import_batches(view))
        assert booked == [(0, 200), (200, 0)]
        assert view.session.scalar(select(func.count()).select_from(SalesOrder)) == 200
        assert find_differences(view) == []


def test_two_imports_never_promise_the_same_goods(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_channel(uow, "Shop")
        a_channel(uow, "Market")
        goods(uow, a_warehouse(uow), 5, sku="MUG")
    both = Barrier(2)

    def apply(channel: str) -> int:
        file = read(csv_file(row("1", quantity="3")))
        both.wait()
        return any_store.run(SYSTEM, import_orders, None, file, channel=channel, is_history=False)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(apply, ("Shop", "Market")))

    with any_store.viewing(SYSTEM) as view:
        assert sorted(batch.receipt["booked"] for batch in import_batches(view)) == [0, 1]
        assert find_differences(view) == []


def test_who_works_during_an_import_waits_and_is_not_turned_away(any_store: Store) -> None:
    others: list[Future[None]] = []

    def work() -> None:
        with any_store.working(SYSTEM) as uow:
            a_customer(uow, name="Lotus", code="LOTUS")
            uow.audit("test.prepared", None)

    with ThreadPoolExecutor(1) as pool:
        any_store.run(
            SYSTEM,
            import_orders,
            None,
            read(csv_file(row("1"))),
            channel="Shop",
            is_history=True,
            told=lambda _done, _total, _sentence: others.append(pool.submit(work)),
        )
        for other in others:
            other.result(timeout=60)

    with any_store.viewing(SYSTEM) as view:
        assert len(others) == 1
        assert sorted(view.session.scalars(select(Customer.code))) == ["C7", "LOTUS"]
        assert view.session.scalar(select(func.count()).select_from(SalesOrder)) == 1
        assert find_differences(view) == []
