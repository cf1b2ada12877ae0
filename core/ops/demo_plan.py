"""What the demo company sells to whom and when: a plan that the same seed always makes the same."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.base.settings import PROJECT_DIR

WORDS = PROJECT_DIR / "data" / "seed" / "demo.json"
DAYS = 730
CENT = Decimal("0.01")


@dataclass(frozen=True)
class PlannedProduct:
    """A product with its prices."""

    sku: str
    name: str
    category: str
    brand: str
    barcode: str
    retail: Decimal
    wholesale: Decimal
    purchase: Decimal
    popularity: float


@dataclass(frozen=True)
class PlannedCustomer:
    """A customer; `loyalty` weighs how often it buys."""

    name: str
    is_company: bool
    region: str
    phone: str
    loyalty: float


@dataclass(frozen=True)
class PlannedOrder:
    """An order: positions of customer, channel, warehouse and representative, and quantities by product."""

    on: date
    minute: int
    customer: int
    channel: int
    warehouse: int
    rep: int
    lines: tuple[tuple[int, int], ...]


class DemoPlan:
    """All of it, for so many order lines."""

    def __init__(self, lines: int, seed: int, today: date) -> None:
        self.random = Random(seed)
        self.words: dict[str, Any] = json.loads(WORDS.read_text(encoding="utf-8"))
        self.products = self._products(min(1_000, max(64, lines // 200)))
        self.customers = self._customers(min(2_000, max(40, lines // 100)))
        self.orders = self._orders(lines, today)

    def _products(self, count: int) -> list[PlannedProduct]:
        made = []
        categories = self.words["categories"]
        names = [
            (category, name)
            for position in range(8)
            for category in categories
            for name in [categories[category][position]]
        ]
        for n in range(count):
            category, name = names[n % len(names)]
            variety = n // len(names)
            size = self.words["sizes"][(variety - 1) % len(self.words["sizes"])] if variety else ""
            series = f" {variety // len(self.words['sizes']) + 1}代" if variety > len(self.words["sizes"]) else ""
            low, high = self.words["price_bands"][category]
            retail = Decimal(self.random.randint(low * 10, high * 10)) / 10
            made.append(
                PlannedProduct(
                    sku=f"A{n + 1:04d}",
                    name=f"{name} {size}{series}".strip(),
                    category=category,
                    brand=self.random.choice(self.words["brands"]),
                    barcode=ean13(f"6901234{n + 1:05d}"),
                    retail=retail,
                    wholesale=(retail * Decimal("0.82")).quantize(CENT),
                    purchase=(retail * Decimal(self.random.randint(48, 66)) / 100).quantize(CENT),
                    popularity=self.random.paretovariate(1.3),
                )
            )
        return made

    def _customers(self, count: int) -> list[PlannedCustomer]:
        regions, weights = zip(*self.words["regions"], strict=True)
        made = []
        for n in range(count):
            is_company = self.random.random() < 0.6
            region = self.random.choices(regions, weights)[0]
            word, kind = (
                self.random.choice(self.words["company_words"]),
                self.random.choice(self.words["company_kinds"]),
            )
            person = self.random.choice(self.words["surnames"]) + self.random.choice(self.words["given_names"])
            made.append(
                PlannedCustomer(
                    name=f"{region}{word}{kind}" if is_company else person,
                    is_company=is_company,
                    region=region,
                    phone=f"138{n:08d}",
                    loyalty=self.random.paretovariate(1.6) * (3 if is_company else 1),
                )
            )
        return made

    def _orders(self, lines: int, today: date) -> list[PlannedOrder]:
        sizes = []
        while lines > 0:
            sizes.append(min(lines, self.random.choices((1, 2, 3, 4, 6, 9), (22, 26, 22, 15, 10, 5))[0]))
            lines -= sizes[-1]
        days = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
        busy = [season(day) * (1 + n / DAYS) for n, day in enumerate(days)]
        moments = sorted(
            (day, self.random.randint(9 * 60, 20 * 60)) for day in self.random.choices(days, busy, k=len(sizes))
        )
        loyal = [customer.loyalty for customer in self.customers]
        buyers = self.random.choices(range(len(self.customers)), loyal, k=len(sizes))
        return [
            self._order(day, minute, buyer, size)
            for (day, minute), buyer, size in zip(moments, buyers, sizes, strict=True)
        ]

    def _order(self, on: date, minute: int, buyer: int, size: int) -> PlannedOrder:
        is_company = self.customers[buyer].is_company
        channel = self.random.choices(range(5), (10, 70, 8, 8, 4) if is_company else (35, 0, 30, 22, 13))[0]
        wanted = self.random.choices(range(len(self.products)), [each.popularity for each in self.products], k=size)
        most = 24 if is_company else 3
        lines = tuple((product, self.random.randint(1, most)) for product in wanted)
        warehouse = 1 if self.customers[buyer].region in {"广东", "福建", "四川"} else 0
        return PlannedOrder(on, minute, buyer, channel, warehouse, self.random.randrange(2), lines)


def season(day: date) -> float:
    """How busy a day is: quiet Sundays, a quiet Chinese New Year, the sales of June and November."""
    weight = 0.6 if day.weekday() == 6 else 1.0
    if (day.month, day.day) in {(6, 18), (11, 11), (12, 12)}:
        return 6 * weight
    if day.month == 2 and day.day < 16:
        return 0.3 * weight
    return weight * {1: 1.1, 6: 1.25, 9: 1.15, 11: 1.5, 12: 1.3}.get(day.month, 1.0)


def ean13(twelve: str) -> str:
    """A barcode with its check digit."""
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"
