"""Who is signed in on this browser, asked of the database each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.accounts.sessions import actor_of, sign_out
from core.security.actor import Actor
from core.security.sees import EVERYTHING, NOTHING, Sees
from pages._shared.company import store
from pages._shared.text import LANGUAGE, PICKED, session_language, speak

TOKEN = "session.token"  # noqa: S105 - the name of a place, not a token
CODE = "session.code"
OWNER = "session.owner"
LEFT = "session.left"
SEES = "session.sees"
_STAYS = {TOKEN, CODE, LANGUAGE, PICKED}
_AT_THE_DOOR = ("sign_in", "set_up")
COOKIE = "salesbook_session"
WATCHED_EVERY = 30.0
_FETCHING: ContextVar[Sees | None] = ContextVar("fetching", default=None)


def session_token() -> str | None:
    """The token of this browser session: signed in here, or brought along as a cookie."""
    return st.session_state.get(TOKEN) or _sent(st.context.cookies.get(COOKIE)) or None


def browser() -> str:
    """What the browser says it is."""
    return _sent(st.context.headers.get("User-Agent"))


def address() -> str:
    """Where the browser is; empty where only a proxy in between is known, because nobody said to trust it.

    Whom to believe about clients is settled below us, see `trust_proxies`.
    """
    peer = _sent(st.context.ip_address).removeprefix("::ffff:") or "127.0.0.1"
    return "" if peer == "127.0.0.1" and _sent(st.context.headers.get("X-Forwarded-For")) else peer


def current_actor(*, used: bool = True) -> Actor | None:
    """Who is signed in at this moment, with the rights of this moment.

    What a screen looks up by itself says `used=False`: a browser that nobody uses is not kept signed in.
    """
    token = session_token()
    actor = actor_of(store(), token, session_language(), used=used) if token else None
    if actor is not None:
        st.session_state[LANGUAGE] = actor.language
        st.session_state[SEES] = actor.sees
    speak()
    return actor


def watch_sign_in() -> None:
    """Show the door on a screen that nobody touches, soon after its sign-in has ended."""

    @st.fragment(run_every=WATCHED_EVERY)
    def body() -> None:
        if current_actor(used=False) is None:
            st.rerun()

    body()


def sees_now() -> Sees:
    """Which rows who is signed in saw when last looked up, in this run; none where nobody is."""
    fetching = _FETCHING.get()
    if fetching is not None:
        return fetching
    seen: Sees = st.session_state.get(SEES, NOTHING) if get_script_run_ctx(suppress_warning=True) else EVERYTHING
    return seen


@contextmanager
def seeing(sees: Sees) -> Iterator[None]:
    """Outside of any screen, such as when a file is fetched: these rows are seen, whatever a session says."""
    before = _FETCHING.set(sees)
    try:
        yield
    finally:
        _FETCHING.reset(before)


def leave() -> None:
    """Sign out of this browser; its token is worth nothing from here on, whoever kept it."""
    token = session_token()
    if token:
        sign_out(store(), token)
    st.session_state.pop(TOKEN, None)
    _forget()
    st.session_state[LEFT] = True


def forget_others(actor: Actor | None) -> None:
    """Drop what somebody else chose and typed on this browser before."""
    owner = None if actor is None else actor.id
    if st.session_state.get(OWNER, owner) != owner:
        _forget()
    if owner is not None:
        st.session_state[OWNER] = owner


def _forget() -> None:
    for name in list(st.session_state):
        if name not in _STAYS and not str(name).startswith(_AT_THE_DOOR):
            del st.session_state[name]


def _sent(word: object) -> str:
    """What the browser sent; without a browser, as in a test of a screen, nothing was."""
    return word if isinstance(word, str) else ""
