"""The self-check of the mirror: brought up to date, it must equal the store of record."""

from collections.abc import Iterator
from contextlib import contextmanager

import core.ops.checks  # noqa: F401 - those come first: this one compares with what they put right
from core.analytics.mirror.mirror import Mirror
from core.base.i18n import N_
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.work.store import Store
from core.work.unit import UnitOfWork

NAME = "mirror"


def _find(scope: Checking) -> list[Difference]:
    with _mirror_of(scope) as mirror:
        return [
            Difference(NAME, each.table, None, each.where, _listed(each.mirrored), _listed(each.right))
            for each in mirror.check()
        ]


def _repair(uow: UnitOfWork, _: list[Difference]) -> None:
    with _mirror_of(uow) as mirror:
        mirror.rebuild()


@contextmanager
def _mirror_of(scope: Checking) -> Iterator[Mirror]:
    store = Store(scope.settings)
    try:
        with Mirror(store, "cli") as mirror:
            yield mirror
    finally:
        store.engine.dispose()


def _listed(figures: tuple[int, ...]) -> str:
    return " ".join(str(figure) for figure in figures) or "nothing"


register(
    SelfCheck(NAME, N_("Analytics add up to the orders, returns and stock moves they are copied from"), _find, _repair)
)
