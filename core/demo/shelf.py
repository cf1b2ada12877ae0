"""What has to be received before each month, so that everything sold was there; kept in memory."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import NamedTuple

from core.demo.plan import Month, Plan


class Delivery(NamedTuple):
    """Goods that arrive together: (product, quantity) of one category at one warehouse."""

    warehouse: int
    lines: list[tuple[int, int]]


class Shelf:
    """The quantities of each warehouse and product at the beginning of a month."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self._plan = plan
        self._random = Random(seed)  # noqa: S311 - a demo, not a secret
        self._stock: dict[tuple[int, int], int] = defaultdict(int)
        self._coming_back: list[tuple[datetime, int, int, int]] = []

    def deliveries(self, month: Month, *, is_last: bool) -> Iterator[Delivery]:
        """What arrives when a month begins; its sales are then taken off."""
        self._take_back(month.opens_at)
        demand = self._demand(month)
        parcels: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for (warehouse, n), wanted in sorted(demand.items()):
            goods = self._plan.goods[n]
            needed = wanted - self._stock[warehouse, n]
            if needed <= 0 and not (is_last and self._random.random() < 0.5):
                continue
            # the last deliveries leave some products sold out, others with a comfortable rest
            cover = 0.0 if is_last and self._random.random() < 0.12 else goods.cover + (0.25 if is_last else 0.0)
            carton = 12 if goods.retail < 10_000 else 4
            rest = int(wanted * cover)
            received = max(needed, 0) if cover == 0.0 else -(-(max(needed, 0) + rest) // carton) * carton
            if received:
                parcels[warehouse, goods.path[0]].append((n, received))
                self._stock[warehouse, n] += received
        for key, wanted in demand.items():
            self._stock[key] -= wanted
        return (Delivery(warehouse, lines) for (warehouse, _), lines in parcels.items())

    def _take_back(self, until: datetime) -> None:
        still = []
        for back in self._coming_back:
            at, warehouse, n, quantity = back
            if at < until:
                self._stock[warehouse, n] += quantity
            else:
                still.append(back)
        self._coming_back = still

    def _demand(self, month: Month) -> dict[tuple[int, int], int]:
        demand: dict[tuple[int, int], int] = defaultdict(int)
        for order in month.orders:
            if order.ships_at is None:
                continue
            warehouse = self._plan.buyers[order.buyer].warehouse
            for item in order.items:
                if not self._plan.goods[item.goods].is_service:
                    demand[warehouse, item.goods] += item.quantity
            if order.back is not None and order.back.at <= self._plan.ends_at:
                item = order.items[order.back.item]
                self._coming_back.append((order.back.at, warehouse, item.goods, order.back.quantity))
        return demand
