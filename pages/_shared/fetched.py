"""Files that are made when they are fetched, outside of any screen."""

from collections.abc import Callable
from functools import partial

from core.accounts.sessions import actor_of
from core.base.errors import AppError
from core.base.i18n import use_language
from core.ops.faults import note_fault
from core.security.actor import VISITOR
from pages._shared.company import store
from pages._shared.formats import language
from pages._shared.session import session_token


def when_fetched(make: Callable[..., bytes], *args: object) -> Callable[[], bytes]:
    """The file as a button wants it: in the language of this screen, for who is signed in when it is fetched.

    `make` takes their view, then `args`, and gives the bytes.
    """
    return partial(fetched, session_token(), language(), make, *args)


def fetched(token: str | None, spoken: str, make: Callable[..., bytes], *args: object) -> bytes:
    """The file for who holds this token; nobody has no rights."""
    use_language(spoken)
    actor = None
    try:
        actor = (actor_of(store(), token, spoken) if token else None) or VISITOR
        with store().viewing(actor) as view:
            return make(view, *args)
    except AppError:
        raise
    except Exception as error:
        company = store()
        made = getattr(make, "__name__", "file")
        user = actor and actor.id
        note_fault(error, company.settings, company.clock.now(), met_in=f"download {made}", user_id=user)
        raise
