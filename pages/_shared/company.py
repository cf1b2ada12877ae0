"""The one store of this process, shared by the front door and all screens, and the company's name."""

from threading import Lock

from core.work.store import Store

PRODUCT = "Salesbook"
_lock = Lock()
_open: list[Store] = []


def store() -> Store:
    """The store; opened on first use."""
    with _lock:
        if not _open:
            _open.append(Store())
        return _open[0]


def company_name() -> str:
    """What stands at the door and above the menu."""
    return store().settings.company.strip() or PRODUCT


def use_store(chosen: Store) -> None:
    """Let this process work on this store from here on."""
    with _lock:
        _open[:] = [chosen]
