"""Files are taken from who is signed in, before a byte of them is read."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.accounts.sessions import actor_of
from pages._shared.company import store
from pages._shared.session import COOKIE

UPLOAD = "/_stcore/upload_file/"
_READING = ("GET", "HEAD", "OPTIONS")


class OnlySignedIn:
    """Refuses what strangers send: Streamlit itself takes files from every page that is open, the door included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through all but uploads of strangers."""
        if scope["type"] == "http" and UPLOAD in scope["path"] and scope["method"] not in _READING:
            token = Request(scope).cookies.get(COOKIE, "")
            if await run_in_threadpool(actor_of, store(), token) is None:
                await Response("Sign in first.", status_code=403)(scope, receive, send)
                return
        await self.app(scope, receive, send)
