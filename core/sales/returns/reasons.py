"""The list of reasons that people choose from when goods come back."""

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.sales.returns.errors import ReasonTaken
from core.sales.returns.models import ReturnReason
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

LONGEST = 80


@command(P.RETURN_REASONS)
def add_return_reason(uow: UnitOfWork, *, name: str) -> int:
    """Put a reason on the list. Refuses one that is there already."""
    reason = uow.add(ReturnReason(name=_named(uow, name)))
    uow.audit("return_reason.added", reason, name=reason.name)
    return reason.id


@command(P.RETURN_REASONS)
def edit_return_reason(uow: UnitOfWork, reason_id: int, *, name: str, is_active: bool) -> None:
    """Rename a reason, take it off the list or put it back. Returns keep the words that were chosen."""
    reason = uow.session.get(ReturnReason, reason_id, with_for_update=True)
    if reason is None:
        raise NotFound(what=N_("The reason"))
    reason.name, reason.is_active = _named(uow, name, but=reason_id), is_active
    uow.audit("return_reason.edited", reason)


def _named(uow: UnitOfWork, name: str, but: int = 0) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST:
        raise InvalidInput(field=N_("Reason"), reason=N_("enter one to eighty signs."))
    taken = uow.session.scalar(select(ReturnReason.id).where(ReturnReason.name == name, ReturnReason.id != but))
    if taken is not None:
        raise ReasonTaken(name=name)
    return name
