"""A business state that contradicts when an order was confirmed and closed is found, and set right."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from core.ops.registry import find_differences
from core.ops.service import repair_differences
from core.receivables.models import PaymentMethod
from core.sales.close import cancel_order, complete_order
from core.sales.confirm import confirm_order, hold_order
from core.sales.models import BusinessState, SalesOrder
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods
from tests.soundness import assert_sound

FALSE = {
    "draft": BusinessState.CONFIRMED,
    "confirmed": BusinessState.COMPLETED,
    "on_hold": BusinessState.CANCELLED,
    "completed": BusinessState.DRAFT,
    "cancelled": BusinessState.ON_HOLD,
    "cancelled draft": BusinessState.COMPLETED,
}
RIGHT = {"on_hold": BusinessState.CONFIRMED, "cancelled draft": BusinessState.CANCELLED}


def orders_in_every_state(store: Store) -> dict[str, int]:
    """An order in each state, brought there by what people do."""
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 20)
        orders = {name: a_draft(uow, warehouse, [(mug, 1)]) for name in FALSE}
        for name in ("confirmed", "on_hold", "completed", "cancelled"):
            confirm_order(uow, orders[name])
        hold_order(uow, orders["on_hold"], reason="waits")
        ship_order(uow, orders["completed"])
        pay_order(uow, orders["completed"], amount=Decimal(10), method=PaymentMethod.CASH)
        complete_order(uow, orders["completed"])
        cancel_order(uow, orders["cancelled"], reason="changed his mind")
        cancel_order(uow, orders["cancelled draft"], reason="typed twice")
    return orders


@pytest.mark.parametrize("name", FALSE)
def test_a_false_business_state_is_found_and_set_right(any_store: Store, name: str) -> None:
    orders = orders_in_every_state(any_store)
    assert_sound(any_store)
    with any_store.engine.begin() as connection:
        falsify = text("UPDATE sales_order SET business_state = :state WHERE id = :id")
        connection.execute(falsify, {"state": FALSE[name].value, "id": orders[name]})

    with any_store.viewing(SYSTEM) as view:
        found = [each for each in find_differences(view) if each.column == "business_state"]
    any_store.run(SYSTEM, repair_differences)

    right = RIGHT.get(name) or BusinessState(name)
    assert [(each.row_id, each.stored, each.derived) for each in found] == [(orders[name], FALSE[name], right)]
    with any_store.viewing(SYSTEM) as view:
        assert view.session.get_one(SalesOrder, orders[name]).business_state == right
    assert_sound(any_store)
