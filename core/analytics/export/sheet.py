"""What goes into a file: tables whose cells know what they are, and the cover that says what they mean."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.analytics.layer.terms import Unit
from core.base.exact import AMOUNT_PLACES, PRICE_PLACES, RATE_PLACES, ZERO

# What a sheet of Excel holds.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
# Told now and then how much is done, from 0 to 1.
Progress = Callable[[float], None]
Cell = str | int | Decimal | date | None


class Kind(StrEnum):
    """What the cells of a column are. A plain number is a year or an hour, and nothing to count with."""

    TEXT = "text"
    DAY = "day"
    MONTH = "month"
    PLAIN = "plain"
    MONEY = "money"
    PRICE = "price"
    QUANTITY = "quantity"
    COUNT = "count"
    RATE = "rate"
    ONE_PLACE = "one_place"
    TWO_PLACES = "two_places"
    FOUR_PLACES = "four_places"


DECIMALS = {
    Kind.MONEY: AMOUNT_PLACES,
    Kind.PRICE: PRICE_PLACES,
    Kind.RATE: RATE_PLACES,
    Kind.COUNT: 0,
    Kind.ONE_PLACE: 1,
    Kind.TWO_PLACES: 2,
    Kind.FOUR_PLACES: 4,
}
KINDS = {
    Unit.MONEY: Kind.MONEY,
    Unit.QUANTITY: Kind.QUANTITY,
    Unit.COUNT: Kind.COUNT,
    Unit.RATE: Kind.RATE,
    Unit.DAYS: Kind.ONE_PLACE,
    Unit.WEEKS: Kind.ONE_PLACE,
    Unit.TIMES: Kind.TWO_PLACES,
    Unit.NUMBER: Kind.FOUR_PLACES,
}


@dataclass(frozen=True)
class Field:
    """One column. Those with the same `group` beside each other stand under it; `is_sum` is said of the total."""

    title: str
    kind: Kind
    group: str = ""
    is_sum: bool = False

    @property
    def is_figure(self) -> bool:
        """Whether it holds numbers to count with."""
        return self.kind not in (Kind.TEXT, Kind.DAY, Kind.MONTH, Kind.PLAIN)

    @property
    def full_title(self) -> str:
        """Its title with its group, where there is one line of titles alone."""
        return f"{self.group} · {self.title}" if self.group else self.title


@dataclass(frozen=True)
class Sheet:
    """One table. `totals` has a cell for each field and may be missing; `means` are words with their sentences."""

    title: str
    fields: tuple[Field, ...]
    lines: Sequence[tuple[Cell, ...]]
    totals: tuple[Cell, ...] = ()
    means: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[str, ...]:
        """What its numbers are, once each."""
        return tuple(dict.fromkeys(field.title for field in self.fields if field.is_figure))


@dataclass(frozen=True)
class Cover:
    """What is said of all sheets of a file: whose it is, from when, and what was looked at."""

    title: str
    company: str
    made_by: str
    made_at: datetime
    as_of: datetime | None = None
    period: str = ""
    compared: str = ""
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """A file ready to leave, and what its reader should know of it."""

    content: bytes
    remarks: tuple[str, ...] = ()


def sums_up(cells: Iterable[Cell], total: Cell) -> bool:
    """Whether a total is just the sum of these cells, to the last digit."""
    if not isinstance(total, Decimal):
        return False
    return sum((cell for cell in cells if isinstance(cell, Decimal)), ZERO) == total
