"""Putting findings aside for some days, and bringing them back; everybody for themselves."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import delete, select

from core.analytics.findings.models import FindingAside
from core.analytics.findings.rules import Kind, PutAside
from core.base.errors import InvalidInput, NotFound
from core.base.exact import AMOUNT_PLACES, fits
from core.base.i18n import N_
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST_DAYS = 90
LONGEST_SUBJECT = 60


@command(P.ACCOUNT_OWN)
def put_finding_aside(uow: UnitOfWork, kind: Kind, subject: str, *, days: int, amount: Decimal) -> int:
    """Do not show a finding to who asks for so many days, unless its money doubles.

    Putting it aside again counts from today. Refuses less than a day and more than 90, and who is no user.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(field=N_("Days"), reason=N_("enter 1 to 90."))
    if not subject or len(subject) > LONGEST_SUBJECT or amount < 0 or not fits(amount, AMOUNT_PLACES):
        raise InvalidInput(field=N_("The finding"), reason=N_("there is no such finding."))
    if uow.actor.id is None:
        raise NotFound(what=N_("The user"))
    uow.session.execute(
        delete(FindingAside).where(FindingAside.user_id == uow.actor.id, FindingAside.until <= uow.today)
    )
    kept = _kept(uow, kind, subject)
    if kept is None:
        kept = uow.add(
            FindingAside(
                user_id=uow.actor.id,
                kind=kind,
                subject=subject,
                until=uow.today + timedelta(days=days),
                amount=amount,
                put_at=uow.now,
            )
        )
    kept.until, kept.amount, kept.put_at = uow.today + timedelta(days=days), amount, uow.now
    uow.audit("finding.put_aside", kept, kind=kind, finding=subject, days=days)
    return kept.id


@command(P.ACCOUNT_OWN)
def bring_finding_back(uow: UnitOfWork, kind: Kind, subject: str) -> None:
    """Show a finding again that was put aside; refuses one that was not."""
    kept = _kept(uow, kind, subject)
    if kept is None:
        raise NotFound(what=N_("The finding"))
    uow.audit("finding.brought_back", kept, kind=kind, finding=subject)
    uow.session.delete(kept)


@query(P.ACCOUNT_OWN)
def put_aside(scope: Scope) -> Mapping[tuple[str, str], PutAside]:
    """What who asks has put aside and is not to see yet, by kind and subject."""
    rows = scope.session.scalars(
        select(FindingAside).where(FindingAside.user_id == scope.actor.id, FindingAside.until > scope.today)
    )
    return {(row.kind.value, row.subject): PutAside(row.kind.value, row.subject, row.until, row.amount) for row in rows}


def _kept(uow: UnitOfWork, kind: Kind, subject: str) -> FindingAside | None:
    return uow.session.scalars(
        select(FindingAside)
        .where(FindingAside.user_id == uow.actor.id, FindingAside.kind == kind, FindingAside.subject == subject)
        .with_for_update()
    ).one_or_none()
