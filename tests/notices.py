"""Users with roles, the notices that reached them, and messages that leave."""

from core.notify.channels import add_channel, posts
from core.notify.events import COUNT_HANDED_IN
from core.notify.inbox import NoticeRow, my_notices
from core.notify.models import ChannelKind, PostState
from core.notify.postman import send_next
from core.notify.tell import tell
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.work.store import Store
from tests.receivers import Bot

EVENTS = ("count_handed_in", "statement_confirmed")


def a_person(store: Store, name: str, *roles: Role) -> Actor:
    """Somebody who could sign in."""
    with store.working(SYSTEM) as uow:
        made = uow.add(
            User(username=name, name=name.title(), password_hash="", created_at=uow.now, password_changed_at=uow.now)
        ).id
        for role in roles:
            uow.add(UserRole(user_id=made, role=role))
        uow.audit("test.lived", None)
    return Actor(made, name.title(), frozenset(roles), permissions_of(frozenset(roles)), language="en")


def inbox(store: Store, actor: Actor, *, only_open: bool = True) -> list[NoticeRow]:
    """Somebody's notices, the newest first."""
    with store.viewing(actor) as view:
        return my_notices(view, only_open=only_open)


def heard(store: Store, actor: Actor, *, only_open: bool = True) -> list[str]:
    """The names of somebody's notices, the newest first."""
    return [row.event.name for row in inbox(store, actor, only_open=only_open)]


def a_channel(store: Store, bot: Bot, kind: ChannelKind = ChannelKind.WECOM, **more) -> int:
    """A group chat that hears of stocktakes and statements."""
    given = {"events": EVENTS, "language": "en", "address": bot.url} | more
    return store.run(SYSTEM, add_channel, None, "Stock group", kind=kind, **given)


def told(store: Store, *keys: str) -> None:
    """Stocktakes are handed in, as far as notices go."""
    for key in keys:
        facts = {"counted_by": "Li", "number": f"SC-{key}", "warehouse": "Main", "count": 3}
        store.run(SYSTEM, tell, None, COUNT_HANDED_IN, key, facts, query={"id": 7})


def send_all(store: Store) -> int:
    """Send until nothing is to be sent now; how many attempts that took."""
    attempts = 0
    while send_next(store):
        attempts += 1
    return attempts


def states(store: Store) -> list[tuple[PostState, int, int]]:
    """Every message, the oldest first: state, attempts, notices."""
    with store.viewing(SYSTEM) as view:
        return [(row.state, row.attempts, row.notices) for row in reversed(posts(view))]
