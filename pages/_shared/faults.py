"""When the program fails: a sentence and a number for who sees it, the trace under the same number for who looks after
it."""

from contextlib import suppress

import streamlit as st
from psycopg import Error as PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.analytics.mirror.trouble import is_disk_full
from core.base.errors import AppError
from core.base.i18n import N_, match_language, said_in
from core.ops.faults import new_number, note_fault
from pages._shared.company import store
from pages._shared.screen import OPEN
from pages._shared.session import OWNER
from pages._shared.text import escaped, listed, session_language, speak

FAILED = N_(
    "Something failed here. What you did last may have been saved or not: look before you do it again. "
    "If it fails again, give an administrator this number: {number}"
)
OUT_OF_REACH = N_(
    "The database cannot be reached at the moment. What you did last may have been saved or not: "
    "reload the page in a minute and look before you do it again. Number for the administrator: {number}"
)
DISK_FULL = N_(
    "The disk of the server is full, so nothing can be saved. Tell an administrator at once, with this number: {number}"
)
# Connections that fail or are cut off: classes of SQLSTATE, and states that a server says while it stops or starts.
_CUT_OFF = ("08", "57P01", "57P02", "57P03", "53300")
_SQLITE_GONE = ("unable to open database", "disk i/o error", "database is locked")


def show_fault(error: Exception) -> bool:
    """What Streamlit calls for an error that nobody caught: shown as a sentence with its number, never as itself."""
    if isinstance(error, AppError):
        speak()
        st.error(listed(error.sentence))
        return True
    number = new_number()
    language = session_language()
    saw = sentence_of(error, number, language)
    owner = st.session_state.get(OWNER)
    met_in = str(st.session_state.get(OPEN, "")) or "sign-in"
    with suppress(Exception):
        company = store()
        note_fault(error, company.settings, company.clock.now(), met_in=met_in, saw=saw, number=number, user_id=owner)
    st.error(escaped(saw), icon=":material/error:")
    return True


async def answer_fault(request: Request, error: Exception) -> Response:
    """The same for addresses beside the screens."""
    number = new_number()
    saw = sentence_of(error, number, match_language(request.headers.get("accept-language", "en")))
    company = store()
    met_in = f"{request.method} {request.url.path}"
    await run_in_threadpool(
        note_fault, error, company.settings, company.clock.now(), met_in=met_in, saw=saw, number=number
    )
    return PlainTextResponse(saw, status_code=503 if is_out_of_reach(error) else 500)


def sentence_of(error: BaseException, number: str, language: str) -> str:
    """What somebody is told about an error: what is known of what they did, and what to do."""
    said = FAILED
    if is_disk_full(error):
        said = DISK_FULL
    elif is_out_of_reach(error):
        said = OUT_OF_REACH
    return said_in(language, said).format(number=number)


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database did not answer, rather than refuse."""
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, PostgresError):
        state = error.orig.sqlstate
        return error.connection_invalidated or state is None or state.startswith(_CUT_OFF)
    return any(words in str(error.orig).lower() for words in _SQLITE_GONE)
