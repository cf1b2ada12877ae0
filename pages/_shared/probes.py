"""The addresses that machines ask: whether the process lives, whether it can serve, and its figures."""

import asyncio
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit.runtime import Runtime

from core.analytics.errors import MirrorNotReady
from core.analytics.mirror.mirror import Mirror
from core.db.migrate import is_current
from core.ops.metrics import exposition
from pages._shared.company import store
from pages._shared.mirror import is_opened, mirror

PATIENCE_SECONDS = 5
_PROXIED = ("x-forwarded-for", "x-real-ip", "forwarded")


async def alive(_: Request) -> Response:
    """Whether this process answers at all; whoever restarts processes asks this."""
    return JSONResponse({"status": "ok"})


async def ready(_: Request) -> Response:
    """Whether this process can serve people: database, its schema, the mirror behind the figures."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await run_in_threadpool(readiness)
    except TimeoutError:
        found = {"database": "no answer"}
    good = all(state == "ok" for state in found.values())
    return JSONResponse({"status": "ok" if good else "not ready", **found}, status_code=200 if good else 503)


async def metrics(request: Request) -> Response:
    """The figures of this process for Prometheus; nothing is here for who may not see them."""
    if not may_see_metrics(request):
        return Response(status_code=404)
    text = await run_in_threadpool(exposition, store(), facts_of_this_process())
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def readiness() -> dict[str, str]:
    """What a process needs, each `ok` or what it is not."""
    try:
        found = {"database": "ok", "schema": "ok" if is_current(store().engine) else "not of this version"}
    except Exception:
        return {"database": "out of reach"}
    return {**found, "mirror": "ok" if is_opened() and _is_readable(mirror()) else "not ready"}


def may_see_metrics(request: Request) -> bool:
    """Whoever has the token; without one, only this machine itself, and never through a proxy."""
    token = store().settings.metrics_token
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return compare_digest(given.encode(), token.encode())
    if request.client is None or any(name in request.headers for name in _PROXIED):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    # A server that listens on both protocols sees 127.0.0.1 as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def facts_of_this_process() -> dict[str, Any]:
    """How this process is: who is connected, and how far its mirror is behind."""
    facts: dict[str, Any] = {"sessions": sessions()}
    if is_opened():
        copy = mirror()
        behind = (store().clock.now() - copy.as_of).total_seconds() if copy.is_ready else None
        trouble = copy.trouble
        facts |= {
            "mirror": copy.is_ready,
            "mirror_behind": None if behind is None else round(max(behind, 0.0), 1),
            "mirror_trouble": "" if trouble is None else trouble.message,
        }
    return facts


def sessions() -> int | None:
    """How many browsers are connected; None where there is no server, as in a test of a screen."""
    keeper = getattr(Runtime.instance(), "_session_mgr", None) if Runtime.exists() else None
    return None if keeper is None else int(keeper.num_active_sessions())


def _is_readable(copy: Mirror) -> bool:
    try:
        with copy.reading() as duck:
            duck.execute("SELECT 1")
    except MirrorNotReady:
        return False
    return True


PROBES = (
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
)
