"""Receipt plans: what is expected from a customer or for an order, and when."""

from core.base.errors import NotFound
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.service import ORDER
from core.receivables.terms import InstalmentEntry, get_customer_id, replace_plan
from core.sales.orders import locked_order
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.PAYMENT_RECORD)
def plan_order_receipts(uow: UnitOfWork, order_id: int, entries: tuple[InstalmentEntry, ...]) -> int:
    """Say when money for an order is expected, in place of what was said before; nothing takes the plan away."""
    order = locked_order(uow, order_id)
    replace_plan(uow, order.customer_id, (ORDER, order.id), entries)
    uow.audit("order.receipts_planned", order, instalments=[[each.planned_on, each.amount] for each in entries])
    return order.id


@command(P.PAYMENT_RECORD)
def plan_customer_receipts(uow: UnitOfWork, customer_id: int, entries: tuple[InstalmentEntry, ...]) -> int:
    """Say when a customer will pay what it owes, whatever the order."""
    customer = uow.session.get(Customer, get_customer_id(uow, customer_id))
    if customer is None:
        raise NotFound(what=N_("The customer"))
    replace_plan(uow, customer_id, None, entries)
    uow.audit("customer.receipts_planned", customer, instalments=[[each.planned_on, each.amount] for each in entries])
    return customer_id
