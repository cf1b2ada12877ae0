"""What every step of an order needs: loading it locked, its totals, its derived axes."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.base.errors import NotFound
from core.base.i18n import N_
from core.sales.models import OrderLine, SalesOrder
from core.sales.rules import NOTHING, Amounts, LineProgress, derive_axes
from core.stock.ledger import Origin
from core.work.unit import UnitOfWork


def locked_order(uow: UnitOfWork, order_id: int, *, with_lines: bool = False) -> SalesOrder:
    """The order, locked until the transaction ends; `NotFound` where there is none."""
    wanted = select(SalesOrder).where(SalesOrder.id == order_id).with_for_update()
    if with_lines:
        wanted = wanted.options(selectinload(SalesOrder.lines))
    order = uow.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        raise NotFound(what=N_("The order"))
    return order


def origin_of(order: SalesOrder) -> Origin:
    """What stock calls this order."""
    return Origin("sales_order", order.id)


def total(order: SalesOrder, parts: Iterable[Amounts]) -> None:
    """Set the order's amounts to the sum of its lines'."""
    amounts = sum(parts, NOTHING)
    order.net_amount, order.tax_amount, order.gross_amount = amounts.net, amounts.tax, amounts.gross


def derive(order: SalesOrder, lines: Iterable[OrderLine]) -> None:
    """Set the order's axes to what its lines and payments add up to; statements set theirs."""
    done = [LineProgress(line.quantity, line.shipped_quantity, line.returned_quantity) for line in lines]
    axes = derive_axes(done, order.gross_amount, order.paid_amount, order.returned_amount)
    order.payment_state, order.shipment_state = axes.payment, axes.shipment
    order.return_state = axes.return_
