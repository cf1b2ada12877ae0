"""What a refusal must not leave: the whole database, to be compared before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from core.base.errors import AppError
from core.db.model import Base
from core.security.actor import SYSTEM
from core.work.store import Store


def everything(store: Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    with store.viewing(SYSTEM) as view:
        return {
            name: sorted(map(repr, view.session.execute(text(f'SELECT * FROM "{name}"'))))  # noqa: S608 - our tables
            for name in Base.metadata.tables
        }


@contextmanager
def refused(store: Store, refusal: type[AppError]) -> Iterator[pytest.ExceptionInfo[AppError]]:
    """The block is refused in this way, and nothing at all was written."""
    before = everything(store)
    with pytest.raises(refusal) as caught:
        yield caught
    assert everything(store) == before
