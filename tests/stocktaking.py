"""A shop in which stock is taken, for the tests of stocktakes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.base.clock import FixedClock
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.counts.accuracy import accuracy
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.queries import CountLineRow, stock_count_lines
from core.stock.counts.review import submit_count
from core.stock.counts.rules import Tolerance
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import a_user

__all__ = ["LIMITLESS", "CountedShop", "d"]
LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}


def d(number: str | int) -> Decimal:
    return Decimal(number)


class CountedShop:
    """A warehouse with mugs and tea; Wei and Lin count, Mei plans and approves. A clock that goes on with each step."""

    def __init__(self, store: Store, clock: FixedClock, *, mugs: str = "1", tea: str = "2.5") -> None:
        self.store, self.clock = store, clock
        with store.working(SYSTEM) as uow:
            self.house = a_warehouse(uow)
            self.mug = goods(uow, self.house, mugs, sku="MUG", name="Mug", purchase_price=d(100)).id
            self.tea = goods(uow, self.house, tea, sku="TEA", name="Tea", purchase_price=d(70)).id
        self.wei, self.lin = self._actor("wei", Role.WAREHOUSE), self._actor("lin", Role.WAREHOUSE)
        self.mei = self._actor("mei", Role.MANAGER)
        self.tick()

    def _actor(self, name: str, role: Role) -> Actor:
        roles = frozenset({role})
        return Actor(a_user(self.store, role, username=name), name, roles, permissions_of(roles))

    def tick(self, **step: float) -> None:
        self.clock.moment += timedelta(**(step or {"minutes": 1}))

    def run(self, actor: Actor, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.tick()
        return self.store.run(actor, command, None, *args, **kwargs)

    def plan(self, **choices: Any) -> int:
        made: int = self.run(self.mei, plan_count, warehouse_id=self.house, **({"tolerances": LIMITLESS} | choices))
        return made

    def count(self, count_id: int, actor: Actor | None = None, **quantities: str | int | None) -> None:
        found = {getattr(self, name): None if each is None else d(each) for name, each in quantities.items()}
        self.run(actor or self.wei, enter_counts, count_id, found)

    def post(self, count_id: int) -> None:
        self.run(self.wei, submit_count, count_id)
        self.run(self.mei, post_count, count_id)

    def receive(self, name: str, quantity: str, unit_cost: str | None = None, **more: Any) -> None:
        line = Line(getattr(self, name), d(quantity), unit_cost=None if unit_cost is None else d(unit_cost))
        self.run(SYSTEM, receive_goods, warehouse_id=self.house, lines=[line], **more)

    def issue(self, name: str, quantity: str, **more: Any) -> None:
        line = Line(getattr(self, name), d(quantity))
        self.run(SYSTEM, issue_goods, warehouse_id=self.house, lines=[line], reason="Sample", **more)

    def on_hand(self) -> dict[str, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.sku: row.on_hand for row in stock_levels(view)}

    def lines(self, count_id: int, actor: Actor | None = None, **choices: Any) -> dict[str, CountLineRow]:
        with self.store.viewing(actor or self.mei) as view:
            return {row.sku: row for row in stock_count_lines(view, count_id, **choices)}

    def accuracy(self, **choices: Any) -> list[tuple[Any, ...]]:
        with self.store.viewing(self.mei) as view:
            found = accuracy(view, since=self.clock.moment - timedelta(days=365), **choices)
        return [(row.name, row.counted, row.right, row.amount, row.net) for row in found]
