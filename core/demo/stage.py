"""Where scenes of the demo company are played: who does what, at which moment, each step only once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from core.base.clock import FixedClock
from core.demo.company import Company
from core.demo.plan import Plan
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store, View
from core.work.unit import UnitOfWork

A = ParamSpec("A")
R = TypeVar("R")


class Stage:
    """The company at a moment that scenes choose.

    What a scene works on follows from the plan, not from what earlier steps left, so that a scene that broke
    off goes on with the same goods and customers.
    """

    def __init__(self, store: Store, clock: FixedClock, company: Company) -> None:
        self._store, self._clock = store, clock
        self.company = company
        self._goods = {goods.name: n for n, goods in enumerate(company.plan.goods)}

    @property
    def plan(self) -> Plan:
        """What the company was made of."""
        return self.company.plan

    @property
    def until(self) -> date:
        """The last day."""
        return self.plan.until

    def go(self, days_ago: int, minute: int = 10 * 60) -> None:
        """Let it be this minute of so many days before the last one."""
        self._clock.moment = self.plan.moment(self.until - timedelta(days=days_ago), minute)

    def go_to(self, moment: datetime) -> None:
        """Let it be this moment."""
        self._clock.moment = moment

    def act(
        self,
        key: str,
        role: Role,
        command: Callable[Concatenate[UnitOfWork, A], R],
        /,
        *args: A.args,
        **kwargs: A.kwargs,
    ) -> R:
        """Let somebody of this role do something; a second time it only says what came of the first."""
        return self._store.run(self.company.people[role], command, f"demo.{key}", *args, **kwargs)

    def looking(self) -> AbstractContextManager[View]:
        """See what is there."""
        return self._store.viewing(SYSTEM)

    def goods(self, name: str) -> int:
        """The place in the plan of the product with this name."""
        return self._goods[name]

    def variant(self, name: str) -> int:
        """The variant of the product with this name."""
        return self.company.variants[self._goods[name]]
