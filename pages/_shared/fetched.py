"""Files that are made when they are fetched, outside of any screen."""

from collections.abc import Callable
from functools import partial

from core.accounts.sessions import actor_of
from core.base.errors import AppError
from core.base.i18n import use_language
from core.ops.faults import note_fault
from core.security.actor import VISITOR
from core.work.sign_in import require_recent
from pages._shared.company import store
from pages._shared.formats import language
from pages._shared.session import seeing, session_token


def when_fetched(make: Callable[..., bytes], *args: object, recent: bool = False) -> Callable[[], bytes]:
    """The file as a button wants it: in the language of this screen, for who is signed in when it is fetched.

    `make` takes their view, then `args`, and gives the bytes. With `recent` it is refused unless the
    password was typed lately; show its button only where `proven_or_asked`.
    """
    return partial(fetched, session_token(), language(), make, *args, recent=recent)


def fetched(token: str | None, spoken: str, make: Callable[..., bytes], *args: object, recent: bool = False) -> bytes:
    """The file for who holds this token; nobody has no rights."""
    use_language(spoken)
    actor = None
    try:
        actor = (actor_of(store(), token, spoken) if token else None) or VISITOR
        with seeing(actor.sees), store().viewing(actor) as view:
            if recent:
                require_recent(view)
            return make(view, *args)
    except AppError:
        raise
    except Exception as error:
        company = store()
        made = getattr(make, "__name__", "file")
        user = actor and actor.id
        note_fault(error, company.settings, company.clock.now(), met_in=f"download {made}", user_id=user)
        raise
