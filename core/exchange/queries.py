"""Reads of imports: past batches, their problems, and how a channel's columns were mapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.customers.models import Channel
from core.exchange.models import ImportBatch, ImportProblem, RememberedMapping
from core.exchange.problems import Problem
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.models import DoneOnce

MOST_BATCHES = 200
_BATCHES = (
    select(ImportBatch, Channel.name, User.name)
    .join(Channel, Channel.id == ImportBatch.channel_id)
    .outerjoin(User, User.id == ImportBatch.created_by)
    .order_by(ImportBatch.id.desc())
)


@dataclass(frozen=True)
class BatchRow:
    """An import as the list of imports shows it."""

    id: int
    file_name: str
    channel: str
    is_history: bool
    created_at: datetime
    created_by: str
    reversed_at: datetime | None
    receipt: dict[str, Any]

    @property
    def can_be_reversed(self) -> bool:
        """Whether it booked something that still stands."""
        return self.reversed_at is None and bool(self.receipt["booked"])


@query(P.ORDER_IMPORT)
def import_batches(scope: Scope) -> list[BatchRow]:
    """The latest imports, newest first."""
    return [_row(*found) for found in scope.session.execute(_BATCHES.limit(MOST_BATCHES))]


@query(P.ORDER_IMPORT)
def get_batch(scope: Scope, batch_id: int) -> BatchRow:
    """One import with its receipt; `NotFound` where there is none."""
    found = scope.session.execute(_BATCHES.where(ImportBatch.id == batch_id)).one_or_none()
    if found is None:
        raise NotFound(what=N_("The import"))
    return _row(*found)


@query(P.ORDER_IMPORT)
def batch_of_key(scope: Scope, key: str) -> int | None:
    """The import that was carried out with this idempotency key; None where none was."""
    return scope.session.scalar(select(DoneOnce.result_id).where(DoneOnce.key == key))


@query(P.ORDER_IMPORT)
def batch_problems(scope: Scope, batch_id: int) -> Sequence[Problem]:
    """Every row that a batch refused, in the order of the file."""
    found = scope.session.scalars(
        select(ImportProblem).where(ImportProblem.batch_id == batch_id).order_by(ImportProblem.line, ImportProblem.id)
    )
    return [Problem(each.line, each.column, each.kind, each.facts, Decimal(each.amount)) for each in found]


@query(P.ORDER_IMPORT)
def remembered_mapping(scope: Scope, channel: str) -> dict[str, str]:
    """How the columns of this channel's last file were mapped; empty for a channel without one."""
    found = scope.session.scalar(
        select(RememberedMapping.mapping)
        .join(Channel, Channel.id == RememberedMapping.channel_id)
        .where(func.lower(Channel.name) == channel.strip().lower())
    )
    return dict(found or {})


@query(P.ORDER_IMPORT)
def channel_names(scope: Scope) -> list[str]:
    """The channels that there are."""
    return list(scope.session.scalars(select(Channel.name).order_by(Channel.name)))


def _row(batch: ImportBatch, channel: str, user: str | None) -> BatchRow:
    return BatchRow(
        id=batch.id,
        file_name=batch.file_name,
        channel=channel,
        is_history=batch.is_history,
        created_at=batch.created_at,
        created_by=user or "",
        reversed_at=batch.reversed_at,
        receipt=batch.receipt,
    )
