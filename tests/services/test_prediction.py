"""The predicted basket of a customer: due goods with their reason, cheap however long the history is."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event

from core.base.clock import FixedClock
from core.catalog.service import retire_product
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.prediction import PredictedRow, back_test, predicted_basket
from core.sales.rhythm import HitRate
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_warehouse, goods


def a_regular(store: Store, clock: FixedClock) -> tuple[int, int, int]:
    """A customer who takes five mugs every ten days, and a cup with two of the four orders; their ids."""
    with store.working(SYSTEM) as uow:
        house, channel, customer = a_warehouse(uow), a_channel(uow), a_customer(uow).id
        mug, cup = (goods(uow, house, 999, sku=sku, name=sku.title()).id for sku in ("MUG", "CUP"))
    for place in range(4):
        lines = [LineDraft(mug, Decimal(5))] + ([LineDraft(cup, Decimal(1))] if place % 2 else [])
        head = {"customer_id": customer, "channel_id": channel, "warehouse_id": house}
        made = store.run(SYSTEM, create_order, None, **head, lines=lines)
        store.run(SYSTEM, confirm_order, None, made)
        clock.moment += timedelta(days=10)
    return customer, mug, cup


def test_what_is_due_is_offered_with_its_reason_until_it_is_no_longer_sold(any_store: Store, clock: FixedClock) -> None:
    customer, mug, _cup = a_regular(any_store, clock)
    with any_store.viewing(SYSTEM) as view:
        last = view.today - timedelta(days=10)
        assert predicted_basket(view, customer, on=view.today) == [
            PredictedRow(
                mug, "MUG", "Mug", "", Decimal(5), 4, Decimal(10), last, last + timedelta(days=10), Decimal(10)
            )
        ]
        assert predicted_basket(view, customer, on=view.today + timedelta(days=21)) == []
        assert back_test(view) == HitRate(orders=1, predicted=1, bought=2, hits=1)
    with any_store.working(SYSTEM) as uow:
        retire_product(uow, mug)
    with any_store.viewing(SYSTEM) as view:
        assert predicted_basket(view, customer, on=view.today) == []


def test_a_kit_is_due_as_one_and_not_by_its_parts(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house, channel, customer = a_warehouse(uow), a_channel(uow), a_customer(uow).id
        mug = goods(uow, house, 99)
        box = a_kit(uow, (mug, 2), retail_price=15)
        head = {"customer_id": customer, "channel_id": channel, "warehouse_id": house}
    for _order in range(3):
        made = any_store.run(SYSTEM, create_order, None, **head, lines=[LineDraft(box.id, Decimal(4))])
        any_store.run(SYSTEM, confirm_order, None, made)
        clock.moment += timedelta(days=10)
    with any_store.viewing(SYSTEM) as view:
        due = predicted_basket(view, customer, on=view.today)
    assert [(row.variant_id, row.quantity, row.times, row.today) for row in due] == [(box.id, 4, 3, 15)]


def test_it_asks_as_often_for_a_long_history_as_for_a_short_one(store: Store, clock: FixedClock) -> None:
    customer, *_ids = a_regular(store, clock)
    counts = []
    for _more in range(2):
        with store.viewing(SYSTEM) as view:
            asked: list[str] = []
            connection = view.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *facts, asked=asked: asked.append(facts[2]))
            assert len(predicted_basket(view, customer, on=view.today)) == 1
            counts.append(len(asked))
        with store.working(SYSTEM) as uow:
            house = a_warehouse(uow, f"H{len(counts)}")
            lines = [LineDraft(goods(uow, house, 9).id, Decimal(1)) for _line in range(5)]
            order = create_order(uow, customer_id=customer, channel_id=a_channel(uow), warehouse_id=house, lines=lines)
            confirm_order(uow, order)
    assert counts[0] == counts[1]
