"""Separation of duties: what somebody began is approved by somebody else, where the company wants that."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.accounts.duty_models import OWN_WORK, Duty, DutyRecord
from core.accounts.role_errors import OwnWork
from core.base.i18n import N_
from core.base.merge import refuse_changed
from core.security.actor import Actor
from core.security.permissions import P, Role
from core.security.role_models import RoleRecord
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@command(P.USER_EDIT, recent=True)
def set_duties(uow: UnitOfWork, duties: Collection[Duty], *, seen: Collection[Duty] | None = None) -> None:
    """Say which duties need a second person; those left out are switched off. It holds at once.

    Refuses where others are on than those that were seen.
    """
    # Of two who switch at once, one waits and then sees what the other did.
    uow.session.scalars(select(RoleRecord.id).where(RoleRecord.code == Role.ADMINISTRATOR).with_for_update()).one()
    before, wanted = _switched_on(uow.session), frozenset(duties)
    current = {"duties": sorted(before)}
    refuse_changed(N_("A second person"), current, None if seen is None else {"duties": sorted(seen)})
    uow.session.execute(delete(DutyRecord).where(DutyRecord.duty.in_(before - wanted)))
    uow.write(DutyRecord, [{"duty": each, "since": uow.now} for each in sorted(wanted - before)])
    uow.audit("duties.set", None, before={"second_person": sorted(before)}, after={"second_person": sorted(wanted)})


@query(P.USER_EDIT)
def duties(scope: Scope) -> frozenset[Duty]:
    """The duties that are switched on."""
    return _switched_on(scope.session)


def needs_second(session: Session, duty: Duty) -> bool:
    """Whether this duty is switched on."""
    return session.scalar(select(DutyRecord.duty).where(DutyRecord.duty == duty)) is not None


def is_own_work(session: Session, actor: Actor, duty: Duty, *user_ids: int | None) -> bool:
    """Whether a second person is wanted and the actor is among those who took the first step; the system never is."""
    return actor.id is not None and actor.id in user_ids and needs_second(session, duty)


def refuse_own_work(uow: UnitOfWork, duty: Duty, *user_ids: int | None) -> None:
    """Refuse who acts where they are among those who took the first step and a second person is wanted."""
    if is_own_work(uow.session, uow.actor, duty, *user_ids):
        raise OwnWork(own=OWN_WORK[duty])


def _switched_on(session: Session) -> frozenset[Duty]:
    return frozenset(session.scalars(select(DutyRecord.duty)))
