"""What a board declares: sections of panels, the choices of a panel, key figures; and what a panel draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from core.analytics.export.sheet import Sheet
from core.analytics.layer.ask import Ask, change
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.found import Documents
from core.analytics.layer.measures import MEASURES, Measure
from core.analytics.stock.family import STOCK
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.periods import Period

# Days looked at, cut as the figure over time draws them.
DATES = "dates"
# A mark of two dimensions, such as the cell of a heat map, is written "3|14".
BETWEEN = "|"
SECTION = "section"
# From each level to the next one below it.
PATHS: dict[str, tuple[str, ...]] = {
    "top_category": ("top_category", "category", "product", "sku"),
    "category": ("category", "product", "sku"),
    "brand": ("brand", "product", "sku"),
    "product": ("product", "sku"),
    "product_tag": ("product_tag", "product", "sku"),
    "segment": ("segment", "customer", "product"),
    "customer_tag": ("customer_tag", "customer", "product"),
    "customer_kind": ("customer_kind", "customer", "product"),
    "region": ("region", "customer", "product"),
    "channel": ("channel", "customer", "product"),
    "sales_rep": ("sales_rep", "customer", "product"),
    "warehouse": ("warehouse", "product", "sku"),
    "customer": ("customer", "product", "sku"),
}


@dataclass(frozen=True)
class Drawn:
    """What a panel shows: a figure, a table or a sentence; each mark by its label with name and amount, in words.

    `labels` are those of the rows of a table, so that a row can be clicked as a bar can. `sheet` goes into a file
    where that is neither the table nor the panel's measures by its dimension.
    """

    figure: go.Figure | None = None
    note: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    table: Any = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[str] = ()
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Option:
    """A choice on a panel, such as its dimension; the first word is the usual one."""

    name: str
    label: str
    words: Mapping[str, str]

    @property
    def usual(self) -> str:
        """What holds until somebody chooses."""
        return next(iter(self.words))


def always(_look: Look, _dimension: str) -> bool:
    """Whatever is looked at."""
    return True


def never(_look: Look, _dimension: str) -> bool:
    """Whatever is looked at, not."""
    return False


@dataclass(frozen=True)
class Panel:
    """One panel. `draw` gets a `Scene` and gives what to show; it runs again whenever the look changes.

    A click on a mark filters by `path[0]`; a double click goes down to the next dimension of the path, and
    from the last one to the rows behind the mark. A panel with an option named "by" takes its path from
    the chosen dimension. `measures` are explained beside the title, `told` is one sentence more; the rows
    are those behind the first measure, or (`of_any_measure`) behind the one that the reader chooses, unless
    `rows` finds others. `has_rows` says for a look and a dimension whether there are rows that add up to the
    marks. `needs` hides it from who may not. `sheet` gives the table for a file where it is more than what
    is drawn. `tools` are drawn below the figure: what can be done with what is shown.
    """

    name: str
    title: str
    draw: Callable[["Scene"], Drawn]
    path: tuple[str, ...] = ()
    measures: tuple[str, ...] = ("net_sales",)
    options: tuple[Option, ...] = ()
    told: str = ""
    share: float = 1
    height: int = 320
    needs: P | None = None
    rows: Callable[[Actor, Ask, int], Documents] | None = None
    of_any_measure: bool = False
    has_rows: Callable[[Look, str], bool] = always
    empty: str = N_("No sales to show here.")
    sheet: Callable[["Scene"], Sheet | None] | None = None
    tools: Callable[["Scene"], None] | None = None

    def word(self, look: Look, option: str) -> str:
        """The word chosen for an option of this panel."""
        usual = next(each.usual for each in self.options if each.name == option)
        return look.options.get(f"{self.name}.{option}", usual)

    def levels(self, look: Look) -> tuple[str, ...]:
        """The dimensions from the first to the last."""
        if any(option.name == "by" for option in self.options):
            first = self.word(look, "by")
            return PATHS.get(first, (first,))
        return self.path

    def level(self, look: Look) -> int:
        """How deep the reader has gone."""
        deepest = max(len(self.levels(look)) - 1, 0)
        return min(int(look.options.get(f"{self.name}.level", "0")), deepest)

    def dimension(self, look: Look) -> str:
        """What a click filters by; empty where nothing can be clicked."""
        levels = self.levels(look)
        return levels[self.level(look)] if levels else ""

    def below(self, look: Look) -> str:
        """The dimension one level down; empty on the last one."""
        return next(iter(self.levels(look)[self.level(look) + 1 :]), "")

    def leads_to_rows(self, look: Look) -> bool:
        """Whether rows are shown that add up to a mark."""
        return self.has_rows(look, self.dimension(look))

    @property
    def is_of_stock(self) -> bool:
        """Whether the rows behind it are those of goods that moved, and not orders."""
        return bool(self.measures) and MEASURES[self.measures[0]].behind.family is STOCK

    def behind(self, actor: Actor, ask: Ask, limit: int) -> Documents:
        """The rows whose sum is a mark."""
        return (self.rows or _documents)(actor, ask, limit)


@dataclass(frozen=True)
class Scene:
    """One panel at one moment: who looks, at what."""

    panel: Panel
    actor: Actor
    look: Look

    @property
    def dimension(self) -> str:
        """What its marks are marks of."""
        return self.panel.dimension(self.look)

    @property
    def picked(self) -> tuple[str, ...]:
        """The labels picked on its dimension."""
        return self.look.picked(self.dimension)

    def word(self, option: str) -> str:
        """The word chosen for an option."""
        return self.panel.word(self.look, option)

    def counts(self, label: str) -> bool:
        """Whether a mark is among those that everything else is filtered by; the others are drawn faint."""
        parts = zip(self.dimension.split(BETWEEN), label.split(BETWEEN), strict=False)
        return all(self.look.counts(dimension, part) for dimension, part in parts)


@dataclass(frozen=True)
class Section:
    """One tab of a board: rows of panels beside each other. Only the open one is drawn."""

    name: str
    title: str
    rows: tuple[tuple[Panel, ...], ...]

    def panels(self, actor: Actor) -> list[Panel]:
        """The panels that this reader may see."""
        return [panel for row in self.rows for panel in row if panel.needs is None or actor.may(panel.needs)]


@dataclass(frozen=True)
class Card:
    """One key figure: now and before, how it went over time, and how many lines of orders are in it, if any are.

    One with a note is not held against anything: the note stands where the change would. `unrounded` is what net
    sales are before imported lines are rounded to cents.
    """

    measure: Measure
    amount: Decimal | None
    before: Decimal | None
    trend: list[float]
    is_bad_when_more: bool = False
    lines: Decimal | None = None
    note: str = ""
    unrounded: Decimal | None = None

    @property
    def grown(self) -> Decimal | None:
        """By what part it grew."""
        return change(self.amount, self.before)


@dataclass(frozen=True)
class Board:
    """A whole screen. Its name is the first part of every key; `figures` finds the key figures above the panels.

    `empty` is said where all of them are nought; boards of sales say when the last sale was. A board with a `fixed`
    period has no other one to choose; `choices` are made for all panels at once. `usual` is
    the period that it opens with.
    """

    name: str
    sections: tuple[Section, ...]
    figures: Callable[[Actor, Look], list[Card]] | None = None
    extra: tuple[str, ...] = ()
    empty: str = ""
    fixed: Period | None = None
    choices: tuple[Option, ...] = ()
    usual: Period | None = None

    def panels(self) -> list[Panel]:
        """All panels of all sections."""
        return [panel for section in self.sections for row in section.rows for panel in row]

    def dimensions(self) -> tuple[str, ...]:
        """Everything that can be filtered by."""
        found = dict.fromkeys(self.extra)
        for panel in self.panels():
            firsts = [word for option in panel.options if option.name == "by" for word in option.words]
            for path in (panel.path, *(PATHS.get(first, (first,)) for first in firsts)):
                found |= dict.fromkeys(part for dimension in path for part in dimension.split(BETWEEN))
        return tuple(found)

    def options(self) -> dict[str, tuple[str, ...]]:
        """Every choice an address can name, with its words."""
        found = {SECTION: tuple(section.name for section in self.sections)}
        found |= {option.name: tuple(option.words) for option in self.choices}
        for panel in self.panels():
            deepest = max(len(panel.path), *(len(path) for path in PATHS.values()))
            found[f"{panel.name}.level"] = tuple(str(level) for level in range(deepest))
            found |= {f"{panel.name}.{option.name}": tuple(option.words) for option in panel.options}
        return found

    def word(self, look: Look, name: str) -> str:
        """The word chosen for all panels."""
        usual = next(each.usual for each in self.choices if each.name == name)
        return look.options.get(name, usual)

    def section(self, look: Look) -> Section:
        """The section that is open."""
        name = look.options.get(SECTION, "")
        return next((section for section in self.sections if section.name == name), self.sections[0])


def _documents(actor: Actor, ask: Ask, limit: int) -> Documents:
    return documents_behind(mirror(), actor, ask, limit=limit)
