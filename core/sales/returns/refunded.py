"""What was given back for returns, as payments see it; below the steps of orders, so that they can ask."""

from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO
from core.sales.models import SalesReturn
from core.sales.returns.errors import BelongsToReturn
from core.sales.returns.models import RefundWay, ReturnRefund
from core.work.unit import UnitOfWork


def refunded(uow: UnitOfWork, return_id: int) -> Decimal:
    """How much of a return's credit was given back."""
    total = uow.session.scalar(
        select(func.sum(ReturnRefund.amount)).where(
            ReturnRefund.return_id == return_id, ReturnRefund.undone_at.is_(None)
        )
    )
    return total or ZERO


def refuse_refund(uow: UnitOfWork, payment_id: int) -> None:
    """Money that went back for a return is undone where the return is."""
    number = uow.session.scalar(
        select(SalesReturn.number)
        .join(ReturnRefund, ReturnRefund.return_id == SalesReturn.id)
        .where(ReturnRefund.payment_id == payment_id, ReturnRefund.way == RefundWay.MONEY)
    )
    if number is not None:
        raise BelongsToReturn(number=number)
