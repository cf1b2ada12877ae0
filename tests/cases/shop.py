"""The world in which cases are tried: a store of its own, goods and warehouses by name, days around D."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import AppError
from core.catalog.models import Tracking, Variant
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM
from core.stock.costs.moments import end_of
from core.stock.models import Lot
from core.stock.negative import set_negative_rule
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse
from tests.conftest import NOON
from tests.traces import everything

ZONE = "Asia/Shanghai"
TODAY = NOON.astimezone(ZoneInfo(ZONE)).date()
_RELATIVE = re.compile(r"^D(?:([+-])(\d+))?$")
_ABSOLUTE = re.compile(r"^\d{4}-\d\d-\d\d$")
Opened = Callable[[], Store]


def dates_in(given: Any) -> Iterator[str]:
    """Every day that a case speaks of."""
    if isinstance(given, Mapping):
        for each in given.values():
            yield from dates_in(each)
    elif isinstance(given, list):
        for each in given:
            yield from dates_in(each)
    elif isinstance(given, str) and (_RELATIVE.match(given) or _ABSOLUTE.match(given)):
        yield given


class Shop:
    """A store, its clock, and what a case calls things. `D` is the day on which the last of what it tells happens."""

    def __init__(self, store: Store, given: Any = (), today: date | None = None) -> None:
        self.store = store
        assert isinstance(store.clock, FixedClock)
        self.clock = store.clock
        told = set(dates_in(given))
        self.d = TODAY - timedelta(days=max(0, *(_offset(each) for each in told if _RELATIVE.match(each)), 0))
        absolute = [date.fromisoformat(each) for each in told if _ABSOLUTE.match(each)]
        self.go_to(today or max(absolute, default=TODAY))
        self._variants: dict[str, int] = {}
        self._warehouses: dict[str, int] = {}
        self._customers: dict[str, int] = {}
        self._channel = 0

    def go_to(self, on: date) -> None:
        """Let it be noon of this day."""
        self.clock.moment = datetime.combine(on, time(12), ZoneInfo(ZONE))

    def day(self, text: str | None) -> date | None:
        """The day that a case names."""
        if text is None:
            return None
        return self.d + timedelta(days=_offset(text)) if _RELATIVE.match(text) else date.fromisoformat(text)

    def end_of(self, text: str) -> datetime:
        """The last moment of a day that a case names."""
        on = self.day(text)
        assert on is not None
        return end_of(on, ZONE)

    def run(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Carry out a command, a minute after the one before."""
        self.clock.moment += timedelta(seconds=1)
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def ask(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a query answers."""
        with self.store.viewing(SYSTEM) as view:
            return query(view, *args, **kwargs)

    def attempt(self, deed: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
        """`accepted`, or `refused` with nothing at all changed in the whole database."""
        before = everything(self.store)
        try:
            deed(*args, **kwargs)
        except AppError:
            assert everything(self.store) == before
            return "refused"
        return "accepted"

    @contextmanager
    def making(self) -> Iterator[Any]:
        """A unit of work for what a case takes for granted."""
        self.clock.moment += timedelta(seconds=1)
        with self.store.working(SYSTEM) as uow:
            yield uow

    def variant(self, name: str = "product", **fields: Any) -> int:
        """The product of this name; made when it is first spoken of."""
        if name not in self._variants:
            with self.making() as uow:
                self._variants[name] = a_product(uow, name=name, sku=f"{name}-SKU", **fields).id
        return self._variants[name]

    def tracked(self, name: str = "product", **fields: Any) -> int:
        """The product of this name, whose lots are told apart."""
        variant = self.variant(name, **fields)
        with self.store.viewing(SYSTEM) as view:
            product = view.session.scalars(select(Variant.product_id).where(Variant.id == variant)).one()
        self.run(track_product, product, tracking=Tracking.LOT)
        return variant

    def lot(self, number: str) -> int:
        """The lot of this number."""
        with self.store.viewing(SYSTEM) as view:
            return view.session.scalars(select(Lot.id).where(Lot.number == number)).one()

    def warehouse(self, code: str = "MAIN") -> int:
        """The warehouse of this code; made when it is first spoken of."""
        if code not in self._warehouses:
            with self.making() as uow:
                self._warehouses[code] = a_warehouse(uow, code)
        return self._warehouses[code]

    @property
    def known(self) -> frozenset[str]:
        """The products spoken of so far."""
        return frozenset(self._variants)

    @property
    def warehouses(self) -> dict[str, int]:
        """All warehouses spoken of so far."""
        return dict(self._warehouses)

    def customer(self, name: str = "Lotus Trading") -> int:
        """The customer of this name."""
        if name not in self._customers:
            with self.making() as uow:
                self._customers[name] = a_customer(uow, name).id
                self._channel = a_channel(uow)
        return self._customers[name]

    def channel(self) -> int:
        """The channel that everybody buys through."""
        self.customer()
        return self._channel

    def may_go_below(self) -> None:
        """Let stock go below nothing in the whole company."""
        self.run(set_negative_rule, allowed=True)


def quantity(each: Any) -> Decimal:
    """A quantity as a case writes it."""
    return Decimal(str(each))


def sums_below_zero(changes: Iterable[Decimal]) -> bool:
    """Whether a level that starts at nothing is ever below it."""
    level = Decimal(0)
    for change in changes:
        level += change
        if level < 0:
            return True
    return False


def _offset(text: str) -> int:
    found = _RELATIVE.match(text)
    assert found is not None
    sign, days = found.groups()
    return int(days or 0) * (-1 if sign == "-" else 1)
