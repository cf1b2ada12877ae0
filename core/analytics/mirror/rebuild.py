"""Having a mirror built: at once where there is little, in a process of its own where there is much."""

import json
import subprocess
import threading
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from core.analytics.mirror.load import build
from core.analytics.mirror.source import Snapshot, plain_snapshot
from core.base.child import start_child
from core.sales.models import OrderLine, ReturnLine
from core.stock.models import StockMove
from core.work.store import Store

MUCH = 20_000
_PATIENCE = 0.1


class BuildFailed(RuntimeError):
    """The process that builds mirrors ended without one; its last words follow."""


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The building was given up because the mirror is closed."""


def build_mirror(store: Store, file: Path, stopping: threading.Event) -> None:
    """Build a mirror file of the store; `Stopped` when that is asked for meanwhile."""
    moment = store.clock.now()
    with plain_snapshot(store.reader) as snapshot:
        if _weight(snapshot) <= MUCH:
            build(file, snapshot, store.settings.timezone, moment)
            return
    _build_apart(store, file, moment, stopping)


def _weight(snapshot: Snapshot) -> int:
    return sum(
        snapshot.rows(select(func.coalesce(func.max(model.id), 0)))[0][0]
        for model in (OrderLine, ReturnLine, StockMove)
    )


def _build_apart(store: Store, file: Path, moment: datetime, stopping: threading.Event) -> None:
    asked = {
        "url": store.engine.url.render_as_string(hide_password=False),
        "file": str(file),
        "timezone": store.settings.timezone,
        "moment": moment.isoformat(),
    }
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    child = start_child(store.settings, "core.analytics.mirror.build", stdin=pipe, stdout=nowhere, stderr=pipe)
    wish: bytes | None = json.dumps(asked).encode()
    while True:
        try:
            _, words = child.communicate(wish, timeout=_PATIENCE)
            break
        except subprocess.TimeoutExpired:
            wish = None
            if stopping.is_set():
                child.kill()
                child.communicate()
                raise Stopped from None
    if child.returncode != 0:
        raise BuildFailed(words.decode(errors="replace"))
