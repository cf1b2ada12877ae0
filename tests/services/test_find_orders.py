"""Finding orders in the list: by words, numbers and states, in pages, whatever way the database takes."""

from datetime import date
from itertools import product

import pytest
from sqlalchemy import update

from core.customers.queries import find_customers
from core.customers.rules import CustomerEntry
from core.customers.service import edit_customer, get_customer
from core.sales.draft import create_order
from core.sales.models import BusinessState, PaymentState, Progress, SalesOrder
from core.sales.queries import OrderFilter, OrderRow, count_orders, find_orders
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse
from tests.written_once import only_read

NAMES = ("上海莲花贸易", "Lotus Trading", "Old Mill 42", *(f"Li {n}" for n in range(9)))


def filled(store: Store) -> Store:
    """Three orders of each customer, through every combination of some states."""
    states = product(
        (BusinessState.CONFIRMED, BusinessState.COMPLETED), (PaymentState.NONE, PaymentState.FULL), Progress
    )
    with store.working(SYSTEM) as uow:
        channels, warehouse = [a_channel(uow), a_channel(uow, "Online")], a_warehouse(uow)
        customers = [a_customer(uow, name).id for name in NAMES]
        for n, (business, payment, shipment) in zip(range(3 * len(NAMES)), list(states) * 3, strict=True):
            order_id = create_order(
                uow,
                customer_id=customers[n % len(NAMES)],
                channel_id=channels[n % 2],
                warehouse_id=warehouse,
            )
            changed = {"business_state": business, "payment_state": payment, "shipment_state": shipment}
            changed |= {"ordered_on": date(2026, 3, 1 + n % 7), "channel_order_number": f"t-{n:03d}"}
            uow.session.execute(update(SalesOrder).where(SalesOrder.id == order_id).values(**changed))
    return store


@pytest.fixture(scope="module")
def orders(module_store: Store) -> Store:
    """The filled store, for the tests that only read it."""
    return only_read(filled(module_store))


def found(store: Store, **wanted: object) -> list[OrderRow]:
    with store.viewing(SYSTEM) as view:
        rows = find_orders(view, OrderFilter(**wanted))  # type: ignore[arg-type]
        assert count_orders(view, OrderFilter(**wanted)) == len(rows)  # type: ignore[arg-type]
    assert rows == sorted(rows, key=lambda row: (row.ordered_on, row.id), reverse=True)
    return rows


def customers(rows: list[OrderRow]) -> set[str]:
    return {row.customer for row in rows}


def test_an_order_is_found_by_its_number_its_beginning_and_its_end(orders: Store) -> None:
    year = found(orders)[0].number[3:7]

    for typed in (f"SO-{year}-00012", f"so-{year}-00012"):
        assert [row.number for row in found(orders, text=typed)] == [f"SO-{year}-00012"]
    for typed in (f"{year}-00012", "00012", "12"):
        assert f"SO-{year}-00012" in [row.number for row in found(orders, text=typed)]
    assert len(found(orders, text=f"SO-{year}-0001")) == 10
    assert found(orders, text=f"SO-{year}-00099") == []


def test_an_order_is_found_by_the_number_that_its_channel_gave_it(orders: Store) -> None:
    assert len(found(orders, text="t-00")) == 10
    assert len(found(orders, text="t-007")) == 1
    assert found(orders, text="t-7") == []


def test_orders_are_found_by_what_is_known_of_their_customer(orders: Store) -> None:
    assert customers(found(orders, text="莲花")) == {"上海莲花贸易"}
    assert customers(found(orders, text="lianhua")) == {"上海莲花贸易"}
    assert customers(found(orders, text="trad lotus")) == {"Lotus Trading"}
    assert customers(found(orders, text="li")) == {f"Li {n}" for n in range(9)} | {"上海莲花贸易"}
    assert len(found(orders, text="li", business=(BusinessState.CONFIRMED,))) == 12
    assert found(orders, text="nobody") == []


def test_a_customer_is_found_by_the_new_name_and_no_longer_by_the_old_one(any_store: Store) -> None:
    orders = filled(any_store)
    with orders.working(SYSTEM) as uow:
        customer_id = find_customers(uow, "old mill")[0].id
        edit_customer(uow, customer_id, CustomerEntry(name="New Mill"), version=get_customer(uow, customer_id).version)

    assert found(orders, text="old") == []
    assert customers(found(orders, text="new")) == {"New Mill"}


@pytest.mark.parametrize("business", [(), (BusinessState.CONFIRMED,), tuple(BusinessState)])
@pytest.mark.parametrize("payment", [(), (PaymentState.NONE, PaymentState.PARTIAL), (PaymentState.FULL,)])
@pytest.mark.parametrize("shipment", [(), (Progress.NONE, Progress.PARTIAL), (Progress.FULL,)])
def test_states_narrow_the_list_together_whatever_index_answers(
    orders: Store,
    business: tuple[BusinessState, ...],
    payment: tuple[PaymentState, ...],
    shipment: tuple[Progress, ...],
) -> None:
    days = {"since": date(2026, 3, 2), "until": date(2026, 3, 6)}
    rows = found(orders, business=business, payment=payment, shipment=shipment, **days)

    assert {row.id for row in rows} == {
        row.id
        for row in found(orders)
        if (not business or row.business in business)
        and (not payment or row.payment in payment)
        and (not shipment or row.shipment in shipment)
        and days["since"] <= row.ordered_on < days["until"]
    }


def test_pages_follow_each_other_and_counting_ends_where_it_is_told_to(orders: Store) -> None:
    wanted = OrderFilter(text="li", payment=(PaymentState.NONE,))
    whole = found(orders, text="li", payment=(PaymentState.NONE,))

    with orders.viewing(SYSTEM) as view:
        pages = [find_orders(view, wanted, limit=4, offset=offset) for offset in range(0, len(whole), 4)]
        assert count_orders(view, OrderFilter(), most=5) == 5
        assert count_orders(view, wanted, most=1_000) == len(whole)
    assert [row for page in pages for row in page] == whole
