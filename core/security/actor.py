"""Who acts: a user with the rights of this moment, or the system itself."""

from dataclasses import dataclass, field

from core.base.errors import AppError
from core.base.i18n import DEFAULT_LANGUAGE, N_
from core.security.permissions import ROLE_PERMISSIONS, P, Role
from core.security.sees import EVERYTHING, Sees
from core.security.shows import ALL_FIELDS, Shows


class SignedOut(AppError):
    """The sign-in of who acts has ended."""

    message = N_("You are signed out. Reload the page and sign in again.")


class NotRecent(AppError):
    """What is asked for needs a password typed lately."""

    message = N_("This asks for your password again. Type it, and go on.")


class NotAllowed(AppError):
    """The actor's roles do not include the permission."""

    message = N_("Your role does not allow this ({permission}). Ask an administrator for access.")


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. `id` is None for the system itself (command line, jobs).

    Who acts from a screen has a `sign_in_id`: once that sign-in has ended, every command refuses.
    `titles` are the names of the roles, in their order; those of the product's roles are marked texts.
    `sees` are the rows that are seen, `shows` the fields.
    """

    id: int | None
    name: str
    roles: frozenset[str]
    permissions: frozenset[P]
    language: str = DEFAULT_LANGUAGE
    source: str = "screen"
    sign_in_id: int | None = field(default=None, compare=False)
    titles: tuple[str, ...] = ()
    sees: Sees = EVERYTHING
    shows: Shows = ALL_FIELDS

    def may(self, permission: P) -> bool:
        """Whether the actor holds the permission."""
        return permission in self.permissions

    def require(self, permission: P) -> None:
        """Refuse with `NotAllowed` unless the actor holds the permission."""
        if permission not in self.permissions:
            raise NotAllowed(permission=permission.value)


def permissions_of(roles: frozenset[Role]) -> frozenset[P]:
    """What these roles of the product may do together, as it comes."""
    return frozenset[P]().union(*(ROLE_PERMISSIONS[role] for role in roles))


SYSTEM = Actor(None, "system", frozenset({Role.ADMINISTRATOR}), frozenset(P), source="command line")
VISITOR = Actor(None, "visitor", frozenset(), frozenset({P.SIGN_IN}), source="sign-in")


def holder_of_link(number: str = "") -> Actor:
    """Whoever opened the link of a statement; `source` names the statement once it is known."""
    return Actor(None, "customer", frozenset(), frozenset({P.STATEMENT_ANSWER}), source=f"link {number}".strip())
