"""Closing and reopening periods."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from core.base.errors import NotFound, reason_given
from core.base.i18n import N_
from core.security.permissions import P
from core.stock.costs.errors import CannotReopenOpening, NotNewestClose, PeriodNotOver
from core.stock.costs.kept import keep
from core.stock.costs.load import histories, last_close
from core.stock.costs.models import CostBalance, CostEntry, CostMethod, CostState, PeriodClose
from core.stock.costs.moments import end_of
from core.stock.costs.recost import AT_ONCE
from core.stock.costs.rules.replay import replay
from core.stock.models import SUPPLIER, MovementDraft, MoveState, StockMove
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

# Whoever holds a book finishes first; whoever comes later finds the period closed.
_HOLD = text("LOCK TABLE cost_book IN EXCLUSIVE MODE")


@dataclass(frozen=True)
class CloseCheck:
    """Something to look at before a period is closed: how many there are up to its last moment."""

    name: str
    sentence: str
    count: Callable[[Session, datetime], int]


@dataclass(frozen=True)
class CloseCheckRow:
    """A line of the list to look through before closing."""

    name: str
    sentence: str
    count: int


@dataclass(frozen=True)
class CloseRow:
    """A close that stands."""

    id: int
    closed_through: date
    note: str
    is_opening: bool
    created_at: datetime
    created_by: int | None


CLOSE_CHECKS: dict[str, CloseCheck] = {}


def register_close_check(*checks: CloseCheck) -> None:
    """Add checks to the list; rooms above may bring theirs."""
    CLOSE_CHECKS.update((check.name, check) for check in checks)


@command(P.PERIOD_CLOSE)
def close_period(uow: UnitOfWork, *, through: date, note: str = "") -> int:
    """Close the books through a day that is over: nothing up to its end can change afterwards."""
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(_HOLD)
    last = last_close(uow.session)
    if through >= uow.today or (last is not None and through <= last.closed_through):
        raise PeriodNotOver
    close = uow.add(
        PeriodClose(
            closed_through=through,
            until=end_of(through, uow.settings.timezone),
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    variants = _keep_states(uow, close, last)
    uow.audit("period.closed", close, through=through, products=variants)
    return close.id


@command(P.PERIOD_CLOSE)
def reopen_period(uow: UnitOfWork, close_id: int, *, reason: str) -> None:
    """Open the newest closed period again."""
    reason = reason_given(reason)
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(_HOLD)
    close = uow.session.get(PeriodClose, close_id)
    if close is None:
        raise NotFound(what=N_("The closed period"))
    newest = last_close(uow.session)
    if newest is None or newest.id != close.id:
        raise NotNewestClose
    if close.is_opening:
        raise CannotReopenOpening(through=close.closed_through)
    close.reopened_at, close.reopened_by = uow.now, uow.actor.id
    uow.session.execute(delete(CostState).where(CostState.close_id == close.id))
    uow.audit("period.reopened", close, through=close.closed_through, reason=reason)


@query(P.STOCK_READ)
def closed_periods(scope: Scope) -> list[CloseRow]:
    """The closes that stand, newest first."""
    found = scope.session.scalars(
        select(PeriodClose).where(PeriodClose.reopened_at.is_(None)).order_by(PeriodClose.until.desc())
    )
    return [
        CloseRow(each.id, each.closed_through, each.note, each.is_opening, each.created_at, each.created_by)
        for each in found
    ]


@query(P.PERIOD_CLOSE)
def close_checklist(scope: Scope, *, through: date, timezone: str) -> list[CloseCheckRow]:
    """What to look at before closing through a day; zero everywhere means that nothing is left open."""
    until = end_of(through, timezone)
    return [
        CloseCheckRow(check.name, check.sentence, check.count(scope.session, until)) for check in CLOSE_CHECKS.values()
    ]


def _keep_states(uow: UnitOfWork, close: PeriodClose, last: PeriodClose | None) -> int:
    since = last.until if last is not None else None
    changed: set[int] = set()
    for column, at in ((CostEntry.variant_id, CostEntry.at), (CostMethod.variant_id, CostMethod.at)):
        wanted = select(column).where(at <= close.until).distinct()
        changed |= set(uow.session.scalars(wanted if since is None else wanted.where(at > since)))
    variants = sorted(changed)
    for start in range(0, len(variants), AT_ONCE):
        some = variants[start : start + AT_ONCE]
        rows = []
        for variant_id, history in histories(uow.session, some, close=last, until=close.until).items():
            kept = keep(replay(history.events, history.opening).state)
            rows.append({"close_id": close.id, "variant_id": variant_id, "kept": kept})
        uow.write(CostState, rows)
    return len(variants)


def _negative(session: Session, _: datetime) -> int:
    return session.scalar(select(func.count()).select_from(CostBalance).where(CostBalance.quantity < 0)) or 0


def _without_cost(session: Session, until: datetime) -> int:
    free = select(func.count()).select_from(StockMove)
    return (
        session.scalar(
            free.where(
                StockMove.source_id == SUPPLIER,
                StockMove.state == MoveState.DONE,
                StockMove.unit_cost == 0,
                StockMove.at <= until,
            )
        )
        or 0
    )


def _unfinished(session: Session, until: datetime) -> int:
    drafts = select(func.count()).select_from(MovementDraft)
    return session.scalar(drafts.where(MovementDraft.created_at <= until)) or 0


register_close_check(
    CloseCheck("negative", N_("Products of which less than nothing is on hand"), _negative),
    CloseCheck("without_cost", N_("Goods received without a cost"), _without_cost),
    CloseCheck("unfinished", N_("Receipts and issues that were begun and not booked"), _unfinished),
)
