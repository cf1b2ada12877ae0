"""Tables of commands that must be refused: each call as (command, places, words), and what they must not leave."""

from collections.abc import Callable
from typing import Any

from core.base.errors import AppError
from core.security.actor import SYSTEM
from core.work.command import COMMANDS
from core.work.store import Store
from tests.fences.permissions import matrix
from tests.traces import everything

Calls = list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]


def assert_each_refused(store: Store, calls: Calls) -> None:
    """None of these passes, and together they leave every table as it was."""
    before = everything(store)
    accepted = []
    for command, places, words in calls:
        try:
            store.run(SYSTEM, command, None, *places, **words)
        except AppError:
            continue
        accepted.append((command.__name__, places, words))
    assert accepted == [], "\n".join(map(str, accepted))
    assert everything(store) == before


def assert_none_forgotten(calls: Calls, *rooms: str, but: set[Callable[..., Any]]) -> None:
    """Every command that these rooms declare is among the calls, but for some that refuse nothing."""
    matrix()  # imports every room
    tried = {command for command, _, _ in calls}
    declared = {each.function for each in COMMANDS.values() if each.function.__module__.startswith(rooms)}
    forgotten = sorted(each.__name__ for each in declared - tried - but)
    assert forgotten == [], f"no refusal of {forgotten} is tried"
