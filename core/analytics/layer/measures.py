"""Every measure that can be asked for, by name."""

from collections.abc import Iterable
from dataclasses import replace

from core.analytics.errors import NotInFamily, UnknownMeasure
from core.analytics.layer.dimensions import DIMENSIONS, Dimension
from core.analytics.layer.due import DUE_MEASURES
from core.analytics.layer.money import MONEY_MEASURES
from core.analytics.layer.sales import SALES_MEASURES
from core.analytics.layer.terms import PLACES, Measure, Unit, exact
from core.analytics.stock.family import STOCK_MEASURES
from core.base.i18n import _

__all__ = [
    "MEASURES",
    "OVER",
    "PER_CENT",
    "PLACES",
    "Measure",
    "Unit",
    "belong",
    "dimensions_of",
    "exact",
    "get_measures",
]

OVER, PER_CENT = "/", "%"
MEASURES: dict[str, Measure] = {**SALES_MEASURES, **DUE_MEASURES, **MONEY_MEASURES, **STOCK_MEASURES}


def get_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The measures of these names; `UnknownMeasure` for one that does not exist.

    `margin/orders` is one measure divided by another, `margin/orders%` the same as a rate.
    """
    return tuple(_get(name) for name in names)


def _get(name: str) -> Measure:
    if name in MEASURES:
        return MEASURES[name]
    upper, over, lower = name.removesuffix(PER_CENT).partition(OVER)
    if not over or upper not in MEASURES or lower not in MEASURES:
        raise UnknownMeasure(name=name, valid=", ".join(MEASURES))
    words = {"upper": _(MEASURES[upper].label), "lower": _(MEASURES[lower].label)}
    return replace(
        MEASURES[upper],
        name=name,
        label=_("{upper} ÷ {lower}").format(**words),
        sentence=_("{upper} divided by {lower} of the same rows; nothing where the latter is nought.").format(**words),
        unit=Unit.RATE if name.endswith(PER_CENT) else Unit.NUMBER,
        over=MEASURES[lower],
    )


def dimensions_of(measure: Measure) -> tuple[Dimension, ...]:
    """What a measure can be grouped and filtered by: what every family its sums come from can."""
    return tuple(each for each in DIMENSIONS.values() if each.suits(measure))


def belong(measures: Iterable[Measure], dimensions: Iterable[Dimension]) -> None:
    """Refuse a measure by a dimension that its facts know nothing of."""
    wanted = tuple(dimensions)
    for measure in measures:
        for dimension in wanted:
            if not dimension.suits(measure):
                valid = ", ".join(each.name for each in dimensions_of(measure))
                raise NotInFamily(measure=measure.label, dimension=dimension.label, valid=valid)
