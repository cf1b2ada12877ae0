"""Stocktakes are approved by somebody who did not count, where the company wants that."""

from sqlalchemy import select

from core.accounts.duties import needs_second, refuse_own_work
from core.accounts.duty_models import Duty
from core.stock.counts.models import StockCount, StockCountEntry, StockCountLine
from core.work.unit import UnitOfWork


def refuse_counter(uow: UnitOfWork, count: StockCount) -> None:
    """Refuse who entered a count in this stocktake, in whichever round."""
    if needs_second(uow.session, Duty.COUNTS):
        own = (
            select(StockCountEntry.counted_by)
            .join(StockCountLine, StockCountLine.id == StockCountEntry.line_id)
            .where(StockCountLine.count_id == count.id)
            .distinct()
        )
        refuse_own_work(uow, Duty.COUNTS, *uow.session.scalars(own))
