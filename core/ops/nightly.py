"""The books checked every night, in a process of its own, and what was found."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.analytics.mirror import checks as _every_check  # noqa: F401 - it and what it builds on fill the registry
from core.base.i18n import N_
from core.jobs.registry import long_job
from core.jobs.rhythm import daily
from core.jobs.runner import JOB_RUNNER
from core.notify.events import BOOKS_DIFFER
from core.notify.tell import once, settle, tell
from core.ops.models import CheckRun
from core.ops.registry import Difference, find_differences
from core.ops.seal_models import SealCheck
from core.ops.sealing import seal_all
from core.ops.seals import SEALS, Head, head_of
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.store import Store
from core.work.unit import UnitOfWork, plain

KEPT_DIFFERENCES = 200
CHECK_BOOKS = "ops.check_books"


@dataclass(frozen=True)
class CheckRunRow:
    """One run of all self-checks. `differences` holds the first of them, as sentences and facts."""

    id: int
    at: datetime
    seconds: int
    difference_count: int
    differences: tuple[dict[str, Any], ...]


def look(store: Store, actor: Actor) -> list[Difference]:
    """What the self-checks find, in one snapshot of the store."""
    with store.viewing(actor) as view:
        one_snapshot(view.session)
        return find_differences(view)


@long_job(CHECK_BOOKS, N_("Check the books"), every=daily("03:00"))
def check_books(store: Store) -> None:
    """Seal what is new, run all self-checks, and keep what they found."""
    begun = time.monotonic()
    seal_all(store, JOB_RUNNER)
    with store.viewing(JOB_RUNNER) as view:
        head = head_of(view.session)
    found = look(store, JOB_RUNNER)
    store.run(JOB_RUNNER, record_check, None, found, seconds=round(time.monotonic() - begun), head=head)


@command(P.SYSTEM_OPERATE)
def record_check(uow: UnitOfWork, found: list[Difference], *, seconds: int, head: Head | None = None) -> int:
    """Keep the outcome of a run of all self-checks, and up to which seal the chain was found intact."""
    if head is not None and not any(difference.check == SEALS for difference in found):
        uow.add(SealCheck(at=uow.now, seal_id=head.id, digest=head.digest))
    run = uow.add(
        CheckRun(
            at=uow.now,
            seconds=seconds,
            difference_count=len(found),
            differences=[_facts(difference) for difference in found[:KEPT_DIFFERENCES]],
        )
    )
    settle(uow, BOOKS_DIFFER, "books")
    if found:
        first = f"{found[0].table} {found[0].row_id or ''} {found[0].column}"
        tell(uow, BOOKS_DIFFER, once(uow, "books"), {"count": len(found), "first": first}, also_me=True)
    uow.audit("books.checked", run, differences=len(found))
    return run.id


@query(P.SYSTEM_OPERATE)
def check_runs(scope: Scope, limit: int = 30) -> list[CheckRunRow]:
    """The latest runs, newest first."""
    found = scope.session.scalars(select(CheckRun).order_by(CheckRun.id.desc()).limit(limit))
    return [CheckRunRow(run.id, run.at, run.seconds, run.difference_count, tuple(run.differences)) for run in found]


def _facts(difference: Difference) -> dict[str, Any]:
    return {
        "check": difference.check,
        "table": difference.table,
        "row_id": difference.row_id,
        "column": difference.column,
        "stored": plain(difference.stored),
        "derived": plain(difference.derived),
    }


def one_snapshot(session: Session) -> None:
    """Let everything read in this transaction be of one moment; called before the first of it."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
