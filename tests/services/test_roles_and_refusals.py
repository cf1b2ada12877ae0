"""Every command asks for its permission itself, and what is refused leaves the whole database as it was."""

from datetime import date
from decimal import Decimal

import pytest

from core.receivables.models import PaymentMethod
from core.sales.close import cancel_order, complete_order
from core.sales.confirm import confirm_order
from core.sales.draft import add_line, change_line, remove_line
from core.sales.pay import pay_order, reverse_payment
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import ROLE_PERMISSIONS, Role
from core.stock.ledger import Line
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document
from core.work.command import COMMANDS, QUERIES
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods
from tests.fences.permissions import matrix
from tests.refusals import Calls, assert_each_refused


@pytest.mark.parametrize("role", Role)
def test_every_command_and_query_refuses_roles_without_its_permission(store: Store, role: Role) -> None:
    matrix()
    roles = frozenset({role})
    actor = Actor(None, role.value, roles, permissions_of(roles))
    for name, declared in (COMMANDS | QUERIES).items():
        if not declared.function.__module__.startswith("core."):
            continue
        refused = declared.permission not in ROLE_PERMISSIONS[role]
        with pytest.raises(NotAllowed if refused else TypeError), store.working(actor) as uow:
            declared.function(uow, **{"no such word": name})


def test_refused_steps_of_orders_stock_and_payments_change_not_one_row(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 9)
        draft = a_draft(uow, warehouse, [(mug, 10)])
        order = a_draft(uow, warehouse, [(mug, 3)])
        confirm_order(uow, order)
        shipment = ship_order(uow, order)
        payment = pay_order(uow, order, amount=Decimal(5), method=PaymentMethod.CASH)
        reverse_payment(uow, payment, reason="typed twice")
        receipt = 1
    one, none = [Line(mug.id, Decimal(1))], [Line(mug.id, Decimal(0))]
    cash = {"method": PaymentMethod.CASH}

    refused: Calls = [
        (confirm_order, (draft,), {}),
        (confirm_order, (order,), {}),
        (confirm_order, (999,), {}),
        (ship_order, (draft,), {}),
        (ship_order, (order,), {}),
        (pay_order, (draft,), {"amount": Decimal(1), **cash}),
        (pay_order, (order,), {"amount": Decimal(0), **cash}),
        (pay_order, (order,), {"amount": Decimal("0.001"), **cash}),
        (pay_order, (order,), {"amount": Decimal(1), "received_on": date(2030, 1, 1), **cash}),
        (reverse_payment, (payment,), {"reason": "again"}),
        (reverse_payment, (999,), {"reason": "unknown"}),
        (undo_shipment, (shipment,), {"reason": " "}),
        (undo_shipment, (999,), {"reason": "unknown"}),
        (complete_order, (order,), {}),
        (complete_order, (draft,), {}),
        (cancel_order, (order,), {"reason": "sent already"}),
        (add_line, (order, None), {}),
        (change_line, (order, 1), {"quantity": Decimal(1), "unit_price": Decimal(1), "discount": Decimal(0)}),
        (remove_line, (draft, 999), {}),
        (receive_goods, (), {"warehouse_id": warehouse, "lines": []}),
        (receive_goods, (), {"warehouse_id": 999, "lines": one}),
        (receive_goods, (), {"warehouse_id": warehouse, "lines": none}),
        (issue_goods, (), {"warehouse_id": warehouse, "lines": one, "reason": ""}),
        (issue_goods, (), {"warehouse_id": warehouse, "lines": [Line(mug.id, Decimal(7))], "reason": "own use"}),
        (adjust_stock, (), {"warehouse_id": warehouse, "counted": [Line(mug.id, Decimal(-1))], "reason": "count"}),
        (adjust_stock, (), {"warehouse_id": warehouse, "counted": [Line(mug.id, Decimal(6))], "reason": "count"}),
        (reverse_document, (receipt,), {"reason": "goods are gone"}),
        (reverse_document, (999,), {"reason": "unknown"}),
    ]
    assert_each_refused(any_store, refused)
