"""Files that are made when they are fetched, outside of any screen."""

from collections.abc import Callable
from functools import partial

from core.accounts.sessions import actor_of
from core.base.i18n import use_language
from core.security.actor import VISITOR
from pages._shared.company import store
from pages._shared.formats import language
from pages._shared.session import seeing, session_token


def when_fetched(make: Callable[..., bytes], *args: object) -> Callable[[], bytes]:
    """The file as a button wants it: in the language of this screen, for who is signed in when it is fetched.

    `make` takes their view, then `args`, and gives the bytes.
    """
    return partial(fetched, session_token(), language(), make, *args)


def fetched(token: str | None, spoken: str, make: Callable[..., bytes], *args: object) -> bytes:
    """The file for who holds this token; nobody has no rights."""
    use_language(spoken)
    actor = (actor_of(store(), token, spoken) if token else None) or VISITOR
    with seeing(actor.sees), store().viewing(actor) as view:
        return make(view, *args)
