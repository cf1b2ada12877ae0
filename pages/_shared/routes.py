"""The addresses beside the screens: trading a code for the session cookie, signing out, health, links of statements."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.accounts.sessions import redeem_code, sign_out
from pages._shared.company import store
from pages._shared.linked import PATH, answer_statement, show_statement
from pages._shared.probes import PROBES
from pages._shared.session import COOKIE

LONGEST_CODE = 200


async def exchange(request: Request) -> Response:
    """Trade a one-time code for a cookie that scripts cannot read; only for pages of this very site."""
    body = await request.body()
    if not _from_this_site(request) or len(body) > LONGEST_CODE:
        return Response(status_code=403)
    token = await run_in_threadpool(redeem_code, store(), body.decode("ascii", "replace"))
    if token is None:
        return Response(status_code=400)
    settings = store().settings
    response = Response(status_code=204)
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_days * 24 * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.hosted,
    )
    return response


async def end(request: Request) -> Response:
    """End the session of the cookie, and take the cookie away."""
    if not _from_this_site(request):
        return Response(status_code=403)
    if token := request.cookies.get(COOKIE):
        await run_in_threadpool(sign_out, store(), token)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=store().settings.hosted)
    return response


def _from_this_site(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", "")).netloc
    return origin != "" and origin == request.headers.get("host")


ROUTES = (
    Route("/auth/exchange", exchange, methods=["POST"]),
    Route("/auth/sign-out", end, methods=["POST"]),
    *PROBES,
    Route(PATH, show_statement, methods=["GET"]),
    Route(PATH, answer_statement, methods=["POST"]),
)
