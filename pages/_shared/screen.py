"""Opening a screen, reading and acting as who is signed in, and finding the way to other screens."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from core.base.errors import AppError, StaleVersion
from core.security.actor import Actor, NotAllowed, NotRecent, SignedOut
from core.work.store import View
from pages._shared.company import store
from pages._shared.proving import ask_in_dialog, show_proof
from pages._shared.screens import SCREENS, Screen, screen_of
from pages._shared.session import current_actor
from pages._shared.sign_in import show_sign_in
from pages._shared.text import _, listed

DONE = "screen.done"
REFUSED = "screen.refused"
OPEN = "screen.open"
ASKED = "screen.asked"
FORM_KEY = "form_key."

__all__ = [
    "act",
    "act_in_callback",
    "current_actor",
    "form_key",
    "goto",
    "is_arriving",
    "link",
    "may_open",
    "open_screen",
    "reading",
    "show_messages",
    "store",
]


def open_screen(script: str, *, titled: bool = True) -> Actor:
    """Who may see this screen, with its title shown; anybody else is stopped here.

    A screen about one document passes `titled=False` and shows the number of the document instead.
    """
    actor = current_actor()
    if actor is None:
        show_sign_in()
        st.stop()
    screen = screen_of(_path_of(script))
    if not may_open(actor, screen):
        st.error(listed(NotAllowed(permission=str(screen.permission)).sentence))
        st.stop()
    st.session_state[OPEN] = screen.path
    if titled:
        st.title(_(screen.title), anchor=False)
    show_messages()
    return actor


def is_arriving(script: str) -> bool:
    """Whether another screen was open until now, or none; to be asked before `open_screen`."""
    return st.session_state.get(OPEN) != _path_of(script)


@contextmanager
def reading(*, used: bool = True) -> Iterator[View]:
    """A view of who is signed in; in a fragment or callback too, the sign-in is looked up again.

    A fragment that runs by itself says `used=False`, or it would keep a browser signed in that nobody uses.
    """
    actor = current_actor() if used else current_actor(used=False)
    if actor is None:
        _sign_in_first()
    with store().viewing(actor) as view:
        yield view


def act(
    command: Callable[..., Any],
    *args: Any,
    done: str = "",
    key: str | None = None,
    rerun: bool = True,
    stale: Callable[[], None] | None = None,
    **kwargs: Any,
) -> int | None:
    """Carry out one command as who is signed in.

    When it is done, `done` is remembered and shown after the rerun. A refusal is shown as its
    sentence, nothing has changed, and None comes back; where the password is to be typed again, that
    is asked for, and the command goes on afterwards. With `rerun=False` the screen goes on and
    gets the id that the command returned. Where somebody else was quicker, `stale` goes on instead
    of the sentence.
    """
    try:
        made = _run(command, args, kwargs, done, key)
    except SignedOut:
        _sign_in_first()
    except NotRecent:
        ask_in_dialog(lambda: _go_on(command, args, kwargs, done, key))
        return None
    except AppError as refusal:
        if stale is not None and isinstance(refusal, StaleVersion):
            stale()
        else:
            st.error(listed(refusal.sentence))
        return None
    if rerun:
        st.rerun()
    return made


def act_in_callback(
    command: Callable[..., Any], *args: Any, done: str = "", key: str | None = None, **kwargs: Any
) -> int | None:
    """Like `act`, for `on_click` and `on_change`: a refusal waits for `open_screen` or `show_messages`."""
    try:
        return _run(command, args, kwargs, done, key)
    except NotRecent:
        st.session_state[ASKED] = True
        return None
    except AppError as refusal:
        st.session_state[REFUSED] = listed(refusal.sentence)
        return None


def show_messages() -> None:
    """Show what was done or refused before this run, once. A fragment calls it for its own callbacks."""
    if done := st.session_state.pop(DONE, ""):
        st.toast(done, icon=":material/check_circle:")
    if refused := st.session_state.pop(REFUSED, ""):
        st.error(refused)
    if st.session_state.get(ASKED):
        show_proof("screen", lambda: st.session_state.pop(ASKED, None))


def form_key(name: str) -> str:
    """The idempotency key of this form: the same until the form was carried out, then a new one."""
    return str(st.session_state.setdefault(FORM_KEY + name, uuid.uuid4().hex))


def may_open(actor: Actor, screen: Screen | str) -> bool:
    """Whether the actor may open this screen."""
    declared = screen_of(screen) if isinstance(screen, str) else screen
    return declared.permission is None or actor.may(declared.permission)


def goto(path: str, **query: str | int) -> NoReturn:
    """Leave for another screen, such as `goto("sales/order", id=42)`."""
    st.switch_page(f"{path}.py", query_params={name: str(each) for name, each in query.items()})


def link(path: str, label: str = "", **query: str | int | list[str]) -> None:
    """A link to another screen, under its own title unless `label` says otherwise.

    Nothing where the screen is not open to who is signed in.
    """
    screen = screen_of(path)
    actor = current_actor()
    if actor is None or not may_open(actor, screen):
        return
    words = {name: each if isinstance(each, list) else str(each) for name, each in query.items()}
    st.page_link(screen.script, label=label or _(screen.title), icon=screen.icon, query_params=words or None)


def screens_of(actor: Actor) -> list[Screen]:
    """The screens that the actor may open, as the menu lists them."""
    return [screen for screen in SCREENS if may_open(actor, screen)]


def _path_of(script: str) -> str:
    return Path(script).relative_to(Path(__file__).parent.parent).with_suffix("").as_posix()


def _run(
    command: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], done: str, key: str | None
) -> int | None:
    actor = current_actor()
    if actor is None:
        raise SignedOut
    made = store().run(actor, command, key, *args, **kwargs)
    if done:
        st.session_state[DONE] = done
    for name in [each for each in st.session_state if str(each).startswith(FORM_KEY)]:
        if st.session_state[name] == key:
            del st.session_state[name]
    return made if isinstance(made, int) else None


def _go_on(
    command: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], done: str, key: str | None
) -> None:
    _run(command, args, kwargs, done, key)


def _sign_in_first() -> NoReturn:
    st.rerun()
    raise SignedOut
