"""What an accepted amendment does to its order: lines, totals, axes, shipments, and the customer's account."""

from collections.abc import Callable

from core.base.clock import business_day
from core.base.exact import ZERO
from core.sales.amend_lines import put_on
from core.sales.amend_models import OrderAmendment
from core.sales.fulfilment import terms_of
from core.sales.models import SalesOrder
from core.sales.money.credit import order_moved
from core.sales.money.repriced import reprice_shipments
from core.sales.money.worth import Worth
from core.sales.orders import derive, total
from core.sales.rules import Amounts
from core.sales.wished import last_day
from core.work.unit import UnitOfWork


def take_effect(
    uow: UnitOfWork,
    order: SalesOrder,
    amendment: OrderAmendment,
    before: Worth,
    move_stock: Callable[[], None],
    *,
    is_checked: bool = True,
) -> None:
    """Make the amendment the terms of its order, which was worth `before`; an order that grows needs the credit.

    `move_stock` promises and frees goods once the lines are on the order. Unless it `is_checked`, credit is
    not asked: what goes back to what was agreed was checked when it was.
    """
    gross_before = order.gross_amount
    put_on(uow, order, amendment)
    move_stock()
    order.revision = amendment.revision or order.revision
    if amendment.note_after is not None:
        order.note = amendment.note_after
    if amendment.wanted_after != amendment.wanted_before and order.confirmed_at is not None:
        order.wanted_on = amendment.wanted_after
        confirmed_on = business_day(order.confirmed_at, uow.settings.timezone)
        order.ship_by = last_day(order.wanted_on, confirmed_on, terms_of(uow, order.customer_id).ship_days)
    total(order, (Amounts(line.net_amount, line.tax_amount, line.gross_amount) for line in order.lines))
    derive(order, order.lines)
    reprice_shipments(uow, order, gross_before)
    order_moved(uow, order, before, adds=max(order.gross_amount - gross_before, ZERO) if is_checked else ZERO)
