"""The one mirror of this process, from which every figure on a screen comes."""

from threading import Lock

from core.analytics.mirror.limited import seen_by
from core.analytics.mirror.mirror import Mirror
from pages._shared.company import store
from pages._shared.session import sees_now

_lock = Lock()
_open: list[Mirror] = []


def mirror() -> Mirror:
    """The mirror as who is signed in sees it; opened on first use, and kept fresh from then on."""
    return seen_by(_whole(), sees_now())


def _whole() -> Mirror:
    with _lock:
        if _open and _open[0].store is not store():
            _open.pop().stop()
        if not _open:
            opened = Mirror(store())
            opened.start()
            _open.append(opened)
        return _open[0]


def is_opened() -> bool:
    """Whether it was opened, as the app does when it starts; screens that can do without do not open it."""
    with _lock:
        return bool(_open) and _open[0].store is store()


def close_mirror() -> None:
    """Stop keeping it fresh, and close its file."""
    with _lock:
        while _open:
            _open.pop().stop()
