"""One's own notices: reading them, and saying which one has read. Too small events for the audit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from core.notify.events import EVENTS, Event
from core.notify.models import Notice, NoticeReceipt
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST = 200


@dataclass(frozen=True)
class NoticeRow:
    """A notice in the inbox of who asks. It is open while it was not read and something is left to do."""

    id: int
    event: Event
    facts: dict[str, Any]
    query: dict[str, Any]
    amount: Decimal | None
    due_on: date | None
    created_at: datetime
    read_at: datetime | None
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it counts in the badge."""
        return self.read_at is None and self.settled_at is None


@query(P.ACCOUNT_OWN)
def my_notices(
    scope: Scope, *, only_open: bool = False, events: Collection[str] = (), limit: int = 50
) -> list[NoticeRow]:
    """The notices of who asks, the newest first; only what one may still see."""
    wanted = (
        select(Notice, NoticeReceipt.id, NoticeReceipt.read_at)
        .join(NoticeReceipt, NoticeReceipt.notice_id == Notice.id)
        .where(*_mine(scope.actor))
        .order_by(Notice.id.desc())
        .limit(min(limit, MOST))
    )
    if only_open:
        wanted = wanted.where(*_OPEN)
    if events:
        wanted = wanted.where(Notice.event.in_(events))
    return [
        NoticeRow(
            receipt_id,
            EVENTS[notice.event],
            notice.facts,
            notice.query,
            notice.amount,
            notice.due_on,
            notice.created_at,
            read_at,
            notice.settled_at,
        )
        for notice, receipt_id, read_at in scope.session.execute(wanted)
    ]


@query(P.ACCOUNT_OWN)
def count_open_notices(scope: Scope) -> int:
    """How many notices of who asks are neither read nor settled."""
    counted = (
        select(func.count())
        .select_from(NoticeReceipt)
        .join(Notice, Notice.id == NoticeReceipt.notice_id)
        .where(*_mine(scope.actor), *_OPEN)
    )
    return int(scope.session.scalars(counted).one())


@command(P.ACCOUNT_OWN)
def mark_read(uow: UnitOfWork, notice_ids: Collection[int] | None = None) -> None:
    """One has read these of one's notices, or all of them; those of others stay as they are."""
    _mark(uow, notice_ids, NoticeReceipt.read_at.is_(None), uow.now)


@command(P.ACCOUNT_OWN)
def mark_unread(uow: UnitOfWork, notice_ids: Collection[int]) -> None:
    """Undo: these of one's notices count as not read."""
    _mark(uow, notice_ids, NoticeReceipt.read_at.is_not(None), None)


def _mark(uow: UnitOfWork, notice_ids: Collection[int] | None, now: ColumnElement[bool], at: datetime | None) -> None:
    marked = update(NoticeReceipt).where(NoticeReceipt.user_id == uow.actor.id, now)
    if notice_ids is not None:
        marked = marked.where(NoticeReceipt.id.in_(notice_ids))
    uow.session.execute(marked.values(read_at=at), execution_options={"synchronize_session": False})


def _mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    allowed = [event.name for event in EVENTS.values() if actor.may(event.permission)]
    return NoticeReceipt.user_id == actor.id, Notice.event.in_(allowed)


_OPEN = (NoticeReceipt.read_at.is_(None), Notice.settled_at.is_(None))
