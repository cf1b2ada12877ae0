"""Typing one's password again, before what must not be done by whoever finds a browser open."""

from sqlalchemy import select, update

from core.accounts.attempts import forgive, open_attempt
from core.accounts.errors import WrongOldPassword
from core.accounts.rules import LONGEST
from core.security.actor import VISITOR, Actor
from core.security.models import AuthSession, User
from core.security.passwords import is_password
from core.security.permissions import P
from core.work.command import command
from core.work.store import Store
from core.work.unit import UnitOfWork


def prove(store: Store, actor: Actor, password: str, address: str = "") -> None:
    """Type the password again: for some minutes this sign-in may do what asks for it.

    Refuses a wrong one, and counts it like a failed sign-in: an open browser is no place to guess in.
    """
    with store.viewing(actor) as view:
        user = view.session.execute(select(User.username, User.password_hash).where(User.id == actor.id)).one()
    attempt = store.run(VISITOR, open_attempt, None, user.username, address)
    if not is_password(password[:LONGEST], user.password_hash):
        raise WrongOldPassword
    store.run(actor, prove_sign_in, None, attempt_id=attempt)


@command(P.ACCOUNT_OWN)
def prove_sign_in(uow: UnitOfWork, *, attempt_id: int) -> None:
    """Note that the password was right on this very sign-in."""
    forgive(uow, [attempt_id])
    uow.session.execute(
        update(AuthSession)
        .where(AuthSession.id == uow.actor.sign_in_id, AuthSession.user_id == uow.actor.id)
        .values(proved_at=uow.now)
    )
    uow.record("session.proved", "app_user", uow.actor.id, {"session": uow.actor.sign_in_id})
