"""Self-checks as data: what must be true, how to find where it is not, how to make it true again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.base.i18n import _
from core.work.store import View
from core.work.unit import UnitOfWork, plain

Checking = View | UnitOfWork


@dataclass(frozen=True)
class Difference:
    """One stored figure that is not what its documents add up to. `row_id` is None where no row is stored."""

    check: str
    table: str
    row_id: int | None
    column: str
    stored: Any
    derived: Any
    key: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """Where, what is stored, what it should be."""
        where = self.table if self.row_id is None else f"{self.table} {self.row_id}"
        facts = {"where": where, "column": self.column, "stored": plain(self.stored), "derived": plain(self.derived)}
        return _("{where}, {column}: {stored} is stored, {derived} is right").format(**facts)


@dataclass(frozen=True)
class SelfCheck:
    """A truth about the store. `repair` sets derived columns right; facts are never repaired."""

    name: str
    sentence: str
    find: Callable[[Checking], list[Difference]]
    repair: Callable[[UnitOfWork, list[Difference]], None] | None = None


CHECKS: dict[str, SelfCheck] = {}


def register(*checks: SelfCheck) -> None:
    """Add checks; a later one of the same name takes the place of the earlier."""
    CHECKS.update((check.name, check) for check in checks)


def find_differences(scope: Checking, names: Iterable[str] | None = None) -> list[Difference]:
    """What the checks find, in their order."""
    return [found for name in names or CHECKS for found in CHECKS[name].find(scope)]
