"""Reversing an import: all of it or nothing, and never what somebody went on with."""

import pytest
from sqlalchemy import select

from core.base.errors import NotFound
from core.exchange.errors import BatchInUse, BatchReversed
from core.exchange.queries import import_batches
from core.exchange.service import reverse_batch
from core.receivables.models import Payment
from core.sales.confirm import hold_order
from core.sales.models import BusinessState, PaymentState, ReturnState, SalesOrder, SalesReturn
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.models import StockLevel
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.services.import_files import apply, counts, csv_file, row, totals
from tests.soundness import assert_sound


@pytest.mark.parametrize("is_history", [True, False])
def test_a_reversed_import_leaves_no_trace_in_sales_and_can_be_imported_again(
    any_store: Store, is_history: bool
) -> None:
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 9, sku="MUG")
    content = csv_file(row("1"), row("1", sku="POST"), row("2", price="0"), row("C3", quantity="-1"))
    first = apply(any_store, content, is_history=is_history)

    any_store.run(SYSTEM, reverse_batch, None, first["batch_id"])

    with any_store.viewing(SYSTEM) as view:
        orders = view.session.scalars(select(SalesOrder)).all()
        returned = view.session.scalars(select(SalesReturn)).one()
        level = view.session.scalars(select(StockLevel)).one()
        paid = view.session.scalars(select(Payment.amount)).all()
        assert import_batches(view)[0].can_be_reversed is False
    assert {(order.business_state, order.payment_state, order.paid_amount) for order in orders} == {
        (BusinessState.CANCELLED, PaymentState.NONE, 0)
    }
    assert returned.state == ReturnState.CANCELLED
    assert (level.on_hand, level.reserved, sum(paid)) == (9, 0, 0)
    assert_sound(any_store)

    again = apply(any_store, content, is_history=is_history)

    assert (again["booked"], again["unchanged"], totals(again)) == (4, 0, totals(first))
    assert_sound(any_store)


def test_an_import_is_reversed_once(store: Store) -> None:
    batch_id = apply(store, csv_file(row()))["batch_id"]
    store.run(SYSTEM, reverse_batch, None, batch_id)
    before = counts(store)

    with pytest.raises(BatchReversed):
        store.run(SYSTEM, reverse_batch, None, batch_id)
    with pytest.raises(NotFound):
        store.run(SYSTEM, reverse_batch, None, batch_id + 1)

    assert counts(store) == before


def test_an_import_whose_orders_went_on_is_not_reversed(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 9, sku="MUG")
    batch_id = apply(store, csv_file(row("1"), row("2")), is_history=False)["batch_id"]
    with store.viewing(SYSTEM) as view:
        first, second = view.session.scalars(select(SalesOrder.id).order_by(SalesOrder.id)).all()
    store.run(SYSTEM, ship_order, None, second)
    before = counts(store)

    with pytest.raises(BatchInUse) as refusal:
        store.run(SYSTEM, reverse_batch, None, batch_id)

    assert refusal.value.sentence == (
        "The import of orders.csv cannot be reversed: 1 of its documents were changed since, "
        "the first is SO-2026-00002. Undo what was done on them first."
    )
    assert counts(store) == before
    store.run(SYSTEM, hold_order, None, first, reason="waiting")
    with pytest.raises(BatchInUse):
        store.run(SYSTEM, reverse_batch, None, batch_id)


def test_an_import_can_be_reversed_when_what_was_shipped_of_it_is_undone(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 9, sku="MUG")
    batch_id = apply(store, csv_file(row("1")), is_history=False)["batch_id"]
    with store.viewing(SYSTEM) as view:
        order = view.session.scalars(select(SalesOrder.id)).one()
    shipment = store.run(SYSTEM, ship_order, None, order)
    store.run(SYSTEM, undo_shipment, None, shipment, reason="wrong parcel")

    store.run(SYSTEM, reverse_batch, None, batch_id)

    assert_sound(store)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.business_state)).one() == BusinessState.CANCELLED
