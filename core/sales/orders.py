"""What every step of an order needs: loading it locked, its totals, its derived axes."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload

from core.base.errors import NotFound
from core.base.i18n import N_
from core.sales.models import OrderLine, SalesOrder
from core.sales.rules import NOTHING, Amounts, LineProgress, derive_axes
from core.stock.ledger import Origin
from core.work.unit import UnitOfWork

# Built once: every step of an order begins with one of them.
_ORDER = (
    select(SalesOrder)
    .where(SalesOrder.id == bindparam("order"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_WITH_LINES = _ORDER.options(selectinload(SalesOrder.lines))


def locked_order(uow: UnitOfWork, order_id: int, *, with_lines: bool = False) -> SalesOrder:
    """The order, locked until the transaction ends; `NotFound` where there is none."""
    wanted = _WITH_LINES if with_lines else _ORDER
    order = uow.session.scalars(wanted, {"order": order_id}).one_or_none()
    if order is None:
        raise NotFound(what=N_("The order"))
    return order


def line_of(order: SalesOrder, line_id: int) -> OrderLine:
    """A line of an order that was loaded with its lines."""
    for line in order.lines:
        if line.id == line_id:
            return line
    raise NotFound(what=N_("The order line"))


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
