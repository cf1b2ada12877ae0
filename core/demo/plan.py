"""Which orders the demo company took: the same for the same seed, number of lines and last day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.base.exact import allocate
from core.demo.cast import JD, PEOPLE, SERVICES, SHOP, TMALL, WECHAT, WHOLESALE, Buyer, Goods, the_buyers, the_goods
from core.demo.seasons import CATEGORY_SEASONS, day_weights, is_sale
from core.security.permissions import Role

DAYS = 730
ONLINE = {TMALL, JD, WECHAT}
SIZES, SIZE_WEIGHTS = (1, 2, 3, 4, 5, 6, 8), (26, 24, 18, 13, 9, 6, 4)
TAKES_CHEAP: tuple[int, ...] = (5, 6, 10, 12, 12, 20, 24, 24, 30, 50, 100)
TAKES_USUAL: tuple[int, ...] = (2, 3, 4, 5, 6, 6, 8, 10, 12, 20)
TAKES_DEAR: tuple[int, ...] = (1, 1, 2, 2, 3, 4, 5, 6)
TAKES_ONE: tuple[int, ...] = (1, 1, 1, 1, 1, 2, 2, 3)


class Item(NamedTuple):
    """A line: which product, how many, its price and the discount of the whole line in fen."""

    goods: int
    quantity: int
    price: int
    discount: int


class GoodsBack(NamedTuple):
    """Goods of one line that come back."""

    item: int
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order and what becomes of it; without `ships_at` and `pays_on` it is cancelled."""

    at: datetime
    on: date
    buyer: int
    channel: int
    items: tuple[Item, ...]
    ships_at: datetime | None
    pays_on: date | None
    back: GoodsBack | None


@dataclass(frozen=True)
class Month:
    """The orders that fall into one month, and when it begins for the company."""

    opens_at: datetime
    orders: list[PlannedOrder]


class Plan:
    """The company and its two years, up to and including `until`."""

    def __init__(self, lines: int, seed: int, until: date, timezone: str) -> None:
        self.lines = lines
        self.until = until
        self.since = until - timedelta(days=DAYS - 1)
        self.zone = ZoneInfo(timezone)
        self.ends_at = self.moment(until, 20 * 60 + 45)
        self._random = Random(seed)  # noqa: S311 - a demo, not a secret
        self.reps = [n for n, (_, _, role) in enumerate(PEOPLE) if role is Role.SALES]
        self.goods: list[Goods] = the_goods(self._random)
        self.buyers: list[Buyer] = the_buyers(self._random, len(self.reps))

    def moment(self, on: date, minute: int) -> datetime:
        """The UTC moment of a minute of a company day."""
        return datetime.combine(on, time(minute // 60, minute % 60), self.zone).astimezone(UTC)

    def months(self) -> Iterator[Month]:
        """The months in order, each with its orders in order."""
        weights = day_weights(self.since, self.until, self._random)
        shares = allocate(Decimal(self.lines), [Decimal(round(each * 10_000)) for each in weights.values()], places=0)
        of_month: dict[tuple[int, int], list[tuple[date, int]]] = {}
        for day, share in zip(weights, shares, strict=True):
            of_month.setdefault((day.year, day.month), []).append((day, int(share)))
        for days in of_month.values():
            first = days[0][0]
            shelf = self._shelf(self._part(first), first.month)
            orders = [order for day, count in days for order in self._day(day, count, shelf)]
            yield Month(self.moment(first, 7 * 60 + 30), orders)

    def _part(self, day: date) -> float:
        return (day - self.since).days / DAYS

    def _shelf(self, part: float, month: int) -> tuple[list[int], list[float]]:
        """What is sold in a month, with weights that add up along the list."""
        sold, total, sums = [], 0.0, []
        for n, each in enumerate(self.goods):
            if each.since <= part < each.until:
                season = CATEGORY_SEASONS.get(each.path[0])
                total += each.popularity * (season[month - 1] if season else 1.0)
                sold.append(n)
                sums.append(total)
        return sold, sums

    def _day(self, day: date, lines: int, shelf: tuple[list[int], list[float]]) -> list[PlannedOrder]:
        random, part = self._random, self._part(day)
        sale = is_sale(day)
        weights = [
            each.loyalty * (2.5 if sale and each.channel in ONLINE else 1) if each.since <= part <= each.until else 0
            for each in self.buyers
        ]
        sizes = []
        while lines > 0:
            sizes.append(min(lines, random.choices(SIZES, SIZE_WEIGHTS)[0]))
            lines -= sizes[-1]
        minutes = sorted(int(random.triangular(8 * 60 + 30, 20 * 60 + 30, 14 * 60)) for _ in sizes)
        buyers = random.choices(range(len(self.buyers)), weights, k=len(sizes))
        return [self._order(day, *of, sale, shelf) for of in zip(minutes, buyers, sizes, strict=True)]

    def _order(
        self, day: date, minute: int, buyer_id: int, size: int, sale: bool, shelf: tuple[list[int], list[float]]
    ) -> PlannedOrder:
        random, buyer = self._random, self.buyers[buyer_id]
        at = self.moment(day, minute)
        channel = buyer.channel
        if channel in ONLINE and random.random() < 0.15:
            channel = random.choice((TMALL, JD, WECHAT))
        sold, sums = shelf
        chosen: dict[int, None] = {}
        while len(chosen) < min(size, len(sold)):
            chosen.update(dict.fromkeys(random.choices(sold, cum_weights=sums, k=size - len(chosen))))
        items = tuple(self._item(n, buyer, sale and channel in ONLINE) for n in chosen)
        if random.random() < 0.025:
            return PlannedOrder(at, day, buyer_id, channel, items, None, None, None)
        ships_at = self._ships_at(at, day, channel)
        late = random.choice((-2, -1, 0, 0, 0, 1, 3, 8, 20)) if channel == WHOLESALE else 0
        pays_on = day + timedelta(days=max(0, buyer.days_to_pay + late))
        return PlannedOrder(at, day, buyer_id, channel, items, ships_at, pays_on, self._back(items, ships_at))

    def _ships_at(self, at: datetime, day: date, channel: int) -> datetime:
        """The shop hands goods over at once; parcels leave by day, most of them on the next."""
        random = self._random
        days = 0 if channel == SHOP else random.choice((0, 1, 1, 1, 2) if channel in ONLINE else (0, 1, 1, 2, 2, 3))
        if days == 0:
            return at + timedelta(minutes=5 if channel == SHOP else random.randint(40, 150))
        return self.moment(day + timedelta(days=days), random.randint(9 * 60, 18 * 60))

    def _item(self, n: int, buyer: Buyer, on_sale: bool) -> Item:
        random, goods = self._random, self.goods[n]
        price = goods.wholesale if buyer.is_company else goods.retail
        if goods.is_service:
            return Item(n, 1, price, 0)
        if not buyer.is_company:
            takes: tuple[int, ...] = TAKES_ONE
        elif price < 5_000:
            takes = TAKES_CHEAP
        else:
            takes = TAKES_USUAL if price < 20_000 else TAKES_DEAR
        quantity = random.choice(takes)
        off = random.choice((8, 10, 12, 15)) if on_sale else random.choice((3, 5)) if random.random() < 0.06 else 0
        return Item(n, quantity, price, quantity * price * off // 100)

    def _back(self, items: tuple[Item, ...], ships_at: datetime) -> GoodsBack | None:
        random = self._random
        if random.random() >= 0.03:
            return None
        item = random.randrange(len(items))
        if self.goods[items[item].goods].path[0] == SERVICES:
            return None
        quantity = random.randint(1, items[item].quantity)
        day = ships_at.astimezone(self.zone).date() + timedelta(days=random.randint(3, 14))
        return GoodsBack(item, quantity, self.moment(day, random.randint(9 * 60, 18 * 60)))
