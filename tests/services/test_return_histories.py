"""Whatever comes back in whatever order: the same events give the same states, and everything stays true."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.flow import IllegalStep
from core.receivables.models import CustomerAccount, PaymentMethod
from core.sales.confirm import hold_order
from core.sales.models import PaymentState, Progress, ReturnState
from core.sales.pay import pay_order
from core.sales.queries import order_card
from core.sales.returns.again import deliver_again
from core.sales.returns.errors import OrderDoesNotGoOn
from core.sales.returns.inspect import inspect_return, undo_inspection
from core.sales.returns.queries import returns_of
from core.sales.returns.receive import receive_return, undo_receipt
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.examples import drawn
from tests.returns import a_delivery, a_return
from tests.soundness import assert_sound
from tests.traces import refusal_of, refused

_serial = count(1)


@settings(max_examples=drawn(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order_of_events=st.permutations(range(5)), paid=st.sampled_from([("2", "1.33"), ("6", "7")]))
def test_any_order_of_the_same_events_gives_the_same_states(
    store: Store, order_of_events: list[int], paid: tuple[str, str]
) -> None:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow, code=f"W{next(_serial)}")
        mug = goods(uow, warehouse, 7, retail_price="3.3333", tax_rate=Decimal("0.13"))
        order = a_delivery(uow, warehouse, [(mug, 7)])
    first, second = (a_return(store, order, quantity, receives=False) for quantity in (1, 3))
    wrong = a_return(store, order, 2)
    events: list[Callable[[], object]] = [
        lambda: store.run(SYSTEM, receive_return, None, first),
        lambda: (store.run(SYSTEM, receive_return, None, second), store.run(SYSTEM, inspect_return, None, second)),
        lambda: store.run(SYSTEM, undo_receipt, None, wrong, reason="another parcel"),
        lambda: store.run(SYSTEM, pay_order, None, order, amount=Decimal(paid[0]), method=PaymentMethod.CASH),
        lambda: store.run(SYSTEM, pay_order, None, order, amount=Decimal(paid[1]), method=PaymentMethod.BANK),
    ]

    for event in order_of_events:
        events[event]()

    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
        account = view.session.get_one(CustomerAccount, card.customer_id)
        returned = returns_of(view, order)
    assert (card.shipment, card.return_, card.lines[0].returned) == (Progress.FULL, Progress.PARTIAL, 4)
    money = sum(map(Decimal, paid))
    assert (card.payment, card.paid_amount) == (PaymentState.PARTIAL if money < 10 else PaymentState.OVER, money)
    assert (account.receivable, account.balance) == (Decimal(10) - money, 0)
    assert [row.state for row in returned] == [
        ReturnState.RECEIVED,
        ReturnState.SETTLED if money < 10 else ReturnState.INSPECTED,
        ReturnState.REQUESTED,
    ]
    assert_sound(store)


def test_goods_that_go_out_once_more_were_never_inspected(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        order = a_delivery(uow, warehouse, [(goods(uow, warehouse, 3), 2)])
    back = a_return(any_store, order, 1)
    any_store.run(SYSTEM, inspect_return, None, back)
    again = any_store.run(SYSTEM, deliver_again, None, back)

    with refused(any_store, IllegalStep):
        any_store.run(SYSTEM, undo_inspection, None, again, reason="mistake")
    assert_sound(any_store)


def test_goods_are_not_delivered_again_while_their_order_is_on_hold(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        order = a_delivery(uow, warehouse, [(goods(uow, warehouse, 3), 2)])
        hold_order(uow, order, reason="asked to")
    back = a_return(any_store, order, 1)

    said = refusal_of(any_store, OrderDoesNotGoOn, any_store.run, SYSTEM, deliver_again, None, back).sentence
    assert said == (
        "Order SO-2026-00001 is “On hold”, so goods of its return SR-2026-00001 cannot be delivered again. "
        "Let the order go on first."
    )
