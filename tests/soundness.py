"""What every story must leave behind: a store in which all self-checks hold."""

import core.ops.checks  # noqa: F401 - declares the self-checks
from core.ops.registry import CHECKS, find_differences
from core.security.actor import SYSTEM
from core.work.store import Store


def assert_sound(store: Store) -> None:
    """Every self-check of the store finds nothing."""
    assert "stock_levels" in CHECKS
    with store.viewing(SYSTEM) as view:
        assert find_differences(view) == []
