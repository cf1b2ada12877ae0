"""Figures that cost seconds and hold for the day, worked out before anybody asks for them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.next_product import pairs_of, tried
from core.analytics.customers.overdue import overdue
from core.analytics.mirror.mirror import MANY_ORDERS, Mirror
from core.base.errors import AppError
from core.security.actor import SYSTEM, Actor

log = logging.getLogger(__name__)
_EVERY_SECONDS, _PATIENCE_SECONDS = 60.0, 1.0
_REST = 50  # after work, so many times as long: a past that changes all the time takes a fiftieth of the time
_FIGURES: tuple[Callable[[Mirror, Actor], object], ...] = (overdue, lifetime, pairs_of, tried)


@contextmanager
def worked_ahead(mirror: Mirror) -> Iterator[None]:
    """Meanwhile a thread has the figures of the day ready, where there is so much that they would be waited for."""
    enough = Event()
    thread = Thread(target=_keep_ahead, args=(mirror, enough), name="figures of the day", daemon=True)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join(_PATIENCE_SECONDS)


def work_ahead(mirror: Mirror, is_enough: Callable[[], bool] = lambda: False) -> None:
    """Ask for every figure of the day, so that the next one who does has it at once."""
    for figure in _FIGURES:
        if is_enough():
            return
        try:
            figure(mirror, SYSTEM)
        except AppError:  # data that cannot tell, which is remembered as well
            continue


def _keep_ahead(mirror: Mirror, enough: Event) -> None:
    rest = _EVERY_SECONDS
    while not enough.wait(rest):
        begun = monotonic()
        try:
            if mirror.is_ready and mirror.sizes.get("fact_order", 0) > MANY_ORDERS:
                work_ahead(mirror, enough.is_set)
        except Exception:
            if not enough.is_set():
                log.exception("The figures of the day could not be worked out ahead.")
        rest = max(_EVERY_SECONDS, _REST * (monotonic() - begun))
