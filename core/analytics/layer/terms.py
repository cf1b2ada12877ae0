"""What the words mean: families of facts, the sums they know, and measures made of these."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Select, Table, func, literal_column

from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES, RATE_PLACES, round_to
from core.base.i18n import N_
from core.security.permissions import P

if TYPE_CHECKING:
    from core.analytics.layer.compose import Known, Want
    from core.analytics.layer.dimensions import Dimension

ZERO: ColumnElement[int] = literal_column("0")


AGE_LABELS = (
    N_("0–30 days"),
    N_("31–60 days"),
    N_("61–90 days"),
    N_("91–180 days"),
    N_("181–365 days"),
    N_("over 365 days"),
)
"""How long ago goods in stock were received."""


class Unit(StrEnum):
    """What a measure counts."""

    MONEY = "money"
    QUANTITY = "quantity"
    COUNT = "count"
    RATE = "rate"
    DAYS = "days"
    WEEKS = "weeks"
    TIMES = "times"
    NUMBER = "number"


PLACES = {
    Unit.MONEY: AMOUNT_PLACES,
    Unit.QUANTITY: QUANTITY_PLACES,
    Unit.COUNT: 0,
    Unit.RATE: RATE_PLACES,
    Unit.DAYS: 1,
    Unit.WEEKS: 1,
    Unit.TIMES: 2,
    Unit.NUMBER: 4,
}


class Composer(Protocol):
    """How a family whose sums may not be added up over days answers: what it reads, and the statements."""

    def plan(self, want: "Want", known: "Known") -> Hashable:
        """All that the statements depend on beside the question; chosen anew whenever the mirror changes."""
        ...

    def parts(self, want: "Want", chosen: Any) -> Sequence[Select[Any]]:
        """Statements with columns `k0…` for the groups and one for each component, named like it.

        Together they hold each group's figure of a component once, or in parts that add up to it.
        """
        ...


@dataclass(frozen=True, eq=False)
class Family:
    """Facts that are summed together: the tables that hold them, and what these are grouped by.

    `sources` go from any aggregate to the facts themselves, which come last. `columns` says for each key that
    dimensions start from which column it is here; a dimension whose key is missing does not belong to the
    family. `needs` is the permission to ask, `reads` the one to see the documents. `composer` is for
    families that cannot simply be added up. Of one that `is_past` only days before today count.
    """

    name: str
    label: str
    sources: tuple[Table, ...]
    columns: Mapping[str, str]
    needs: P
    reads: P
    composer: Composer | None = None
    is_past: bool = False

    @property
    def fact(self) -> Table:
        """The facts, row by row."""
        return self.sources[-1]


@dataclass(frozen=True)
class Component:
    """Something that a family adds up or counts, in whole smallest units of so many places."""

    family: Family
    name: str
    places: int = AMOUNT_PLACES
    columns: tuple[str, ...] = ()

    def knows(self, table: Table) -> bool:
        """Whether a table of the family holds it."""
        return all(column in table.c for column in self.columns)

    @property
    def adds_up(self) -> bool:
        """Whether what it is of several stretches of days comes to what it is of all of them."""
        return True

    def adds_up_over(self, by: "Sequence[Dimension]") -> bool:  # noqa: ARG002 - for those that depend on the question
        """Whether groups of these dimensions, in each of which every fact counts once, come to the whole."""
        return True

    def can_sum(self, want: "Want", table: Table) -> bool:  # noqa: ARG002 - for those that depend on the question
        """Whether a table that knows it has what this question needs of it."""
        return True

    def counted(self, want: "Want", table: Table) -> ColumnElement[int]:  # noqa: ARG002 - as above
        """What adds it up for this question."""
        return self.summed(table)

    def summed(self, table: Table) -> ColumnElement[int]:
        """What adds it up over rows of a table."""
        first, *others = (table.c[column] for column in self.columns)
        return func.sum(sum(others, start=first))


@dataclass(frozen=True)
class Measure:
    """One figure: a sum or count, or `numerator × times ÷ denominator`. `behind` is what each document adds to it.

    `over` is another measure that it is divided by, group by group and in totals. A ratio whose denominator is
    zero has no figure.
    """

    name: str
    label: str
    sentence: str
    unit: Unit
    numerator: Component
    denominator: Component | None = None
    behind: Component = field(default=None)  # type: ignore[assignment]
    needs: P | None = None
    times: Component | None = None
    over: "Measure | None" = None

    def __post_init__(self) -> None:
        """What is behind a measure is its numerator, where nothing else is."""
        if self.behind is None:
            object.__setattr__(self, "behind", self.numerator)

    @property
    def components(self) -> tuple[Component, ...]:
        """The sums it needs."""
        mine = tuple(each for each in (self.numerator, self.denominator, self.times) if each is not None)
        return mine if self.over is None else (*mine, *self.over.components)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families its sums come from."""
        return tuple(dict.fromkeys(component.family for component in self.components))

    @property
    def permissions(self) -> frozenset[P]:
        """What is needed to see it."""
        own = {self.needs} if self.needs is not None else set()
        others = frozenset[P]() if self.over is None else self.over.permissions
        return others | own | {family.needs for family in self.families}

    def figure(self, sums: Callable[[Component], int | None]) -> Decimal | None:
        """The exact figure of whole smallest units, rounded once; None for a ratio without a denominator."""
        found = self.unrounded(sums)
        return None if found is None else round_to(found, PLACES[self.unit])

    def unrounded(self, sums: Callable[[Component], int | None]) -> Decimal | None:
        """The figure before it is rounded."""
        upper = exact(self.numerator, sums(self.numerator))
        if self.times is not None:
            upper *= exact(self.times, sums(self.times))
        if self.denominator is not None:
            lower = exact(self.denominator, sums(self.denominator))
            if lower == 0:
                return None
            upper /= lower
        if self.over is None:
            return upper
        below = self.over.unrounded(sums)
        return upper / below if below else None


def exact(component: Component, units: int | None) -> Decimal:
    """A sum of smallest units as the number it stands for."""
    return Decimal(units or 0).scaleb(-component.places)


def registry(*measures: Measure) -> dict[str, Measure]:
    """Measures by their names."""
    return {measure.name: measure for measure in measures}
