"""Whatever people do to an order, in whatever order: stock, money and states stay true."""

from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.errors import AppError
from core.receivables.models import PaymentMethod
from core.receivables.queries import payments_of
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import LineDraft, add_line, remove_line
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.pay import pay_order, reverse_payment
from core.sales.queries import OrderCard, order_card, shipments_of
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods
from tests.examples import drawn
from tests.soundness import assert_sound

_serial = count(1)

amounts = st.integers(1, 9000).map(lambda cents: Decimal(cents).scaleb(-2))
pieces = st.integers(1, 4).map(Decimal)
deeds = st.one_of(
    st.tuples(st.just("pay"), amounts),
    st.tuples(st.sampled_from(["ship", "ship and close"]), pieces),
    st.tuples(st.just("add"), pieces),
    st.tuples(
        st.sampled_from(
            ["confirm", "ship all", "undo", "reverse", "hold", "resume", "complete", "cancel", "reopen", "remove"]
        ),
        st.none(),
    ),
)


@settings(max_examples=drawn(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begins=st.sampled_from([[], [("confirm", None)]]), history=st.lists(deeds, min_size=3, max_size=14))
def test_any_history_of_an_order_leaves_everything_true(
    store: Store, begins: list[tuple[str, None]], history: list[tuple[str, Decimal | None]]
) -> None:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow, code=f"W{next(_serial)}")
        mug, plate = goods(uow, warehouse, 6), goods(uow, warehouse, 3)
        order = a_draft(uow, warehouse, [(mug, 4), (plate, 2)])
        set_fulfilment_rule(uow, under_share=Decimal("0.5"), over_share=Decimal("0.25"))
    for deed, size in [*begins, *history]:
        before = _state(store, order, warehouse)
        was_done = _do(store, order, mug.id, deed, size)
        assert was_done or _state(store, order, warehouse) == before
    assert_sound(store)
    shelf = {level.variant_id: level for level in _state(store, order, warehouse)[1]}
    card = _state(store, order, warehouse)[0]
    shipped = {variant: sum(line.shipped for line in card.lines if line.variant_id == variant) for variant in shelf}
    assert {variant: level.on_hand + shipped[variant] for variant, level in shelf.items()} == {mug.id: 6, plate.id: 3}


def _state(store: Store, order: int, warehouse: int) -> tuple[OrderCard, list[object]]:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order), list(stock_levels(view, warehouse_id=warehouse))


def _do(store: Store, order: int, mug: int, deed: str, size: Decimal | None) -> bool:
    """Do it, and say whether it was done or refused."""
    try:
        _try(store, order, mug, deed, size)
    except AppError:
        return False
    return True


def _try(store: Store, order: int, mug: int, deed: str, size: Decimal | None) -> None:
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
        shipments = [row.id for row in shipments_of(view, order)]
        payments = [row.id for row in payments_of(view, "sales_order", order)]
    line = card.lines[0].id if card.lines else 0
    simple = {"confirm": confirm_order, "resume": resume_order, "complete": complete_order, "reopen": reopen_order}
    reasoned = {"hold": hold_order, "cancel": cancel_order}
    if deed in simple:
        store.run(SYSTEM, simple[deed], None, order)
    elif deed in reasoned:
        store.run(SYSTEM, reasoned[deed], None, order, reason="so it goes")
    elif deed == "pay":
        store.run(SYSTEM, pay_order, None, order, amount=size, method=PaymentMethod.CASH)
    elif deed == "ship":
        store.run(SYSTEM, ship_order, None, order, quantities={line: size})
    elif deed == "ship and close":
        lines = {each.id: size for each in card.lines}
        store.run(SYSTEM, ship_order, None, order, quantities=lines, closing=list(lines))
    elif deed == "ship all":
        store.run(SYSTEM, ship_order, None, order)
    elif deed == "add":
        store.run(SYSTEM, add_line, None, order, LineDraft(mug, size))
    elif deed == "remove":
        store.run(SYSTEM, remove_line, None, order, line)
    elif deed == "undo" and shipments:
        store.run(SYSTEM, undo_shipment, None, shipments[-1], reason="so it goes")
    elif deed == "reverse" and payments:
        store.run(SYSTEM, reverse_payment, None, payments[-1], reason="so it goes")
