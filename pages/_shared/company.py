"""The one store of this process, shared by the front door and all screens."""

from threading import Lock

from core.work.store import Store

_lock = Lock()
_open: list[Store] = []


def store() -> Store:
    """The store; opened on first use."""
    with _lock:
        if not _open:
            _open.append(Store())
        return _open[0]


def use_store(chosen: Store) -> None:
    """Let this process work on this store from here on."""
    with _lock:
        _open[:] = [chosen]
