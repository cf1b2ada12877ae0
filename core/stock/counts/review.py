"""Between counting and posting: handing in, recounts, and differences that are accepted."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select, update

from core.notify.events import COUNT_HANDED_IN
from core.notify.tell import once, settle, tell
from core.security.permissions import P
from core.stock.counts.errors import NothingChosen, NothingCounted
from core.stock.counts.expected import FoundLine, found_lines
from core.stock.counts.models import COUNT_FLOW, DifferenceReason, StockCount, StockCountLine
from core.stock.counts.plan import locked_count
from core.stock.counts.second import refuse_counter
from core.stock.models import Warehouse
from core.work.command import command
from core.work.unit import UnitOfWork, table_of

_LINE = table_of(StockCountLine)
_AGAIN = (
    update(_LINE)
    .where(_LINE.c.id == bindparam("row"))
    .values(
        round=_LINE.c.round + 1,
        earlier_difference=bindparam("found"),
        earlier_by=_LINE.c.counted_by,
        counted=None,
        counted_at=None,
        counted_by=None,
        reason=None,
        accepted_by=None,
    )
)
_ACCEPT = (
    update(_LINE)
    .where(_LINE.c.id == bindparam("row"))
    .values(reason=bindparam("why", type_=_LINE.c.reason.type), accepted_by=bindparam("by"))
)


@command(P.COUNT_ENTER)
def submit_count(uow: UnitOfWork, count_id: int) -> None:
    """Hand a stocktake in: counting is over until somebody resumes it or asks for a recount."""
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("submit", count)
    counted = uow.session.scalar(
        select(func.count()).where(StockCountLine.count_id == count_id, StockCountLine.counted.is_not(None))
    )
    if not counted:
        raise NothingCounted
    house = uow.session.scalar(select(Warehouse.name).where(Warehouse.id == count.warehouse_id))
    facts = {"counted_by": uow.actor.name, "number": count.number, "warehouse": house, "count": counted}
    tell(uow, COUNT_HANDED_IN, once(uow, count_id), facts, query={"id": count_id})
    uow.audit("stock_count.submitted", count, counted=counted)


@command(P.COUNT_ENTER)
def resume_count(uow: UnitOfWork, count_id: int) -> None:
    """Go on counting what was handed in too early."""
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("resume", count)
    settle(uow, COUNT_HANDED_IN, count_id)
    uow.audit("stock_count.resumed", count)


@command(P.COUNT_APPROVE)
def ask_recount(uow: UnitOfWork, count_id: int, line_ids: Collection[int] | None = None) -> None:
    """Have lines counted again by somebody else; without naming any, all that were counted.

    What was found is kept beside what will be found. Lines that nobody counted stay as they are.
    """
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("recount", count)
    settle(uow, COUNT_HANDED_IN, count_id)
    lines = [line for line in _chosen(uow, count, line_ids) if line.finding.counted is not None]
    if not lines:
        raise NothingChosen
    uow.session.connection().execute(_AGAIN, [{"row": each.id, "found": each.finding.difference} for each in lines])
    uow.audit("stock_count.recount_asked", count, lines=len(lines))


@command(P.COUNT_APPROVE)
def accept_differences(uow: UnitOfWork, count_id: int, line_ids: Collection[int], *, reason: DifferenceReason) -> None:
    """Take differences over the tolerance as they are, with a reason."""
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("acknowledge", count)
    refuse_counter(uow, count)
    lines = [line for line in _chosen(uow, count, line_ids) if line.finding.difference]
    if not lines:
        raise NothingChosen
    uow.session.connection().execute(
        _ACCEPT, [{"row": each.id, "why": DifferenceReason(reason), "by": uow.actor.id} for each in lines]
    )
    told = [{"variant": each.variant_id, "difference": each.finding.difference} for each in lines[:200]]
    uow.audit("stock_count.differences_accepted", count, reason=reason, lines=told)


def _chosen(uow: UnitOfWork, count: StockCount, line_ids: Collection[int] | None) -> list[FoundLine]:
    wanted = None if line_ids is None else set(line_ids)
    return [each for each in found_lines(uow.session, count) if wanted is None or each.id in wanted]
