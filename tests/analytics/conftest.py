"""A shop and its mirror."""

from collections.abc import Iterator

import pytest

from core.analytics.mirror.mirror import Mirror
from core.work.store import Store
from tests.analytics.shop import Shop


@pytest.fixture
def mirror(store: Store) -> Iterator[Mirror]:
    """A mirror of the SQLite store, refreshed when told to."""
    with Mirror(store, "test") as mirror:
        yield mirror


@pytest.fixture
def any_mirror(any_store: Store) -> Iterator[Mirror]:
    """A mirror of either store, refreshed when told to."""
    with Mirror(any_store, "test") as mirror:
        yield mirror


@pytest.fixture
def shop(store: Store) -> Shop:
    """An open shop without a past, on SQLite."""
    return Shop(store, seed=7).open()
