"""Key figures of stock with their formulas: what goes into each, and the numbers put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.analytics.layer.answer import totals
from core.analytics.layer.ask import Ask
from core.analytics.layer.due import IN_TIME, ORDERED
from core.analytics.layer.measures import MEASURES, Measure, Unit
from core.analytics.layer.terms import registry
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.family import (
    ASKED_DAYS,
    ON_HAND_DAILY,
    SHIPPED_SEVENFOLD,
    STOCK_DAYS,
    SUPPLY,
    VALUE_DAILY,
)
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P

_PARTS = registry(
    Measure("days", N_("Days of the period"), "", Unit.COUNT, STOCK_DAYS),
    Measure("supply", N_("Stock at the beginning and what came"), "", Unit.QUANTITY, SUPPLY),
    Measure("in_time", N_("Shipped in time"), "", Unit.QUANTITY, IN_TIME),
    Measure("due", N_("To be shipped"), "", Unit.QUANTITY, ORDERED),
    Measure("asked_days", N_("Days of products asked for"), "", Unit.COUNT, ASKED_DAYS),
    Measure("weekly", N_("Shipped a week"), "", Unit.QUANTITY, SHIPPED_SEVENFOLD, STOCK_DAYS),
    Measure("quantity_days", N_("On hand at the end of each day, added up"), "", Unit.QUANTITY, ON_HAND_DAILY),
    Measure(
        "value_days", N_("Stock value at the end of each day, added up"), "", Unit.MONEY, VALUE_DAILY, needs=P.COST_READ
    ),
)
# What is written between the inputs of a figure: a sign before each but the first.
RECIPES: dict[str, tuple[tuple[str, str], ...]] = {
    "turns": (("", "cogs"), ("÷", "average_stock_value")),
    "days_on_hand": (("", "days"), ("×", "average_stock_value"), ("÷", "cogs")),
    "gmroi": (("", "margin"), ("÷", "average_stock_value")),
    "fill_rate": (("", "in_time"), ("÷", "due")),
    "sell_through": (("", "shipped"), ("÷", "supply")),
    "weeks_of_cover": (("", "on_shelf"), ("÷", "weekly")),
    "stock_out_days": (("", "stock_out_days"),),
    "stock_out_rate": (("", "stock_out_days"), ("÷", "asked_days")),
    "average_stock": (("", "quantity_days"), ("÷", "days")),
    "average_stock_value": (("", "value_days"), ("÷", "days")),
}


@dataclass(frozen=True)
class Input:
    """A number that goes into a figure, with the sign before it."""

    sign: str
    measure: Measure
    amount: Decimal | None


@dataclass(frozen=True)
class Worked:
    """A figure, and the inputs that it is calculated from, in the order of its formula."""

    measure: Measure
    amount: Decimal | None
    inputs: tuple[Input, ...]


def worked(mirror: Mirror, actor: Actor, ask: Ask, names: Sequence[str] = tuple(RECIPES)) -> tuple[Worked, ...]:
    """Key figures for the period and filters of a question, with what goes into them; none that may not be seen."""
    mine = [name for name in names if actor.permissions >= MEASURES[name].permissions]
    needed = dict.fromkeys((*mine, *(part for name in mine for _sign, part in RECIPES[name])))
    measures = [_PARTS.get(name) or MEASURES[name] for name in needed]
    found = dict(zip(needed, totals(mirror, actor, ask, measures), strict=True))
    return tuple(
        Worked(
            MEASURES[name],
            found[name],
            tuple(Input(sign, _PARTS.get(part) or MEASURES[part], found[part]) for sign, part in RECIPES[name]),
        )
        for name in mine
    )
