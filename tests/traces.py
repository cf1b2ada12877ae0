"""What a refusal must not leave: the whole database, to be compared before and after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import inspect

from core.base.errors import AppError
from core.work.store import Store


def everything(store: Store) -> dict[str, list[str]]:
    """Every row of every table."""
    with store.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        if store.engine.name == "sqlite":
            return {name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"'))) for name in names}  # noqa: S608 - our tables
        rows = {name: list[str]() for name in names}
        one_by_one = (f"SELECT '{name}', t::text FROM \"{name}\" t" for name in names)  # noqa: S608 - our tables
        for name, row in connection.exec_driver_sql(" UNION ALL ".join(one_by_one)):
            rows[name].append(row)
        return {name: sorted(found) for name, found in rows.items()}


@contextmanager
def refused(store: Store, refusal: type[AppError]) -> Iterator[pytest.ExceptionInfo[AppError]]:
    """The block is refused in this way, and nothing at all was written."""
    before = everything(store)
    with pytest.raises(refusal) as caught:
        yield caught
    assert everything(store) == before


def refusal_of(
    store: Store, refusal: type[AppError], run: Callable[..., Any], command: Any, *args: Any, **facts: Any
) -> AppError:
    """What `run` is refused with for this command; nothing at all was written."""
    with refused(store, refusal) as caught:
        run(command, *args, **facts)
    return caught.value
