"""Users and words for tests of views and links."""

from sqlalchemy import select

from core.security.actor import Actor, permissions_of
from core.security.models import User, UserRole
from core.work.store import Store

WORDS = {"measures": "net_sales", "rows": "channel", "period": "month", "since": "2026-03-01", "until": "2026-03-18"}
TOKEN = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - nobody's


def who(store: Store, user_id: int) -> Actor:
    """A user with the rights of their roles."""
    with store.viewing(Actor(None, "test", frozenset(), frozenset())) as view:
        name = view.session.get_one(User, user_id).name
        roles = frozenset(view.session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))
    return Actor(user_id, name, roles, permissions_of(roles))
