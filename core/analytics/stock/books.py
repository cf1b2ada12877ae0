"""The two books of stock, quantities and values: where their balances and flows are kept, and what can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import ColumnElement, FromClause, Table, literal_column

from core.analytics.layer.dimensions import Dimension
from core.analytics.layer.terms import Component
from core.analytics.mirror.tables import agg_stock, agg_value, level_stock, level_value
from core.analytics.mirror.views import stock_flows, value_flows


class Of(Enum):
    """What a component says of a period: a balance at its ends, one added up over its days, or what flowed."""

    CLOSING = auto()
    OPENING = auto()
    DAILY = auto()
    FLOW = auto()
    DAYS = auto()
    EMPTY_DAYS = auto()
    ASKED_DAYS = auto()

    @property
    def is_of_shelf(self) -> bool:
        """Whether it counts days of single products."""
        return self in {Of.EMPTY_DAYS, Of.ASKED_DAYS}


_ADDED = {"product_id", "variant_id", "category_id"}


@dataclass(frozen=True, eq=False)
class Book:
    """Balances of now (`level`), what changed them month by month, and row by row (`days`).

    `balances` says for each column of changes its column of the level, and of weighted changes.
    """

    level: Table
    months: Table
    days: Table
    balances: dict[str, tuple[str, str]]


QUANTITIES = Book(
    level_stock,
    agg_stock,
    stock_flows,
    {
        "delta": ("quantity", "weighted"),
        "shelf_delta": ("shelf", "shelf_weighted"),
        "transit_delta": ("transit", "transit_weighted"),
    },
)
VALUES = Book(level_value, agg_value, value_flows, {"delta": ("amount", "weighted")})


@dataclass(frozen=True)
class Stocked(Component):
    """A component of a book: `plus` less `minus`, as balances or flows; a balance may have flows of the days added."""

    book: Book = QUANTITIES
    of: Of = Of.FLOW
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    times: int = 1
    flows: tuple[str, ...] = ()
    back: tuple[str, ...] = ()

    def adds_up_over(self, by: Sequence[Dimension]) -> bool:
        """Balances of several places or goods do, those of several days do not; nor do days."""
        is_counted = self.of in {Of.DAYS, Of.EMPTY_DAYS, Of.ASKED_DAYS}
        return not is_counted and all(each.routes[0].key in _ADDED for each in by)

    def change(self, table: FromClause) -> ColumnElement[int]:
        """What a row of changes adds."""
        return self._sum(table, self.plus, self.minus)

    def flow(self, table: FromClause) -> ColumnElement[int]:
        """What a row of changes adds to the balance that it is no part of."""
        return self._sum(table, self.flows, self.back)

    def level(self, table: FromClause) -> ColumnElement[int]:
        """What a row of the level holds."""
        return self._sum(table, *(self._names(names, 0) for names in (self.plus, self.minus)))

    def weighted(self, table: FromClause) -> ColumnElement[int]:
        """What a row of a month adds, times the days that were left in it."""
        return self._sum(table, *(self._names(names, 1) for names in (self.plus, self.minus)))

    def _names(self, names: tuple[str, ...], which: int) -> tuple[str, ...]:
        return tuple(self.book.balances[name][which] for name in names)

    def _sum(self, table: FromClause, plus: tuple[str, ...], minus: tuple[str, ...]) -> ColumnElement[int]:
        first, *others = plus
        total: ColumnElement[int] = table.c[first]
        for name in others:
            total = total + table.c[name]
        for name in minus:
            total = total - table.c[name]
        return total if self.times == 1 else total * literal_column(str(self.times))
