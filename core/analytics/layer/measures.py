"""Every measure that can be asked for, by name."""

from collections.abc import Iterable

from core.analytics.errors import NotInFamily, UnknownMeasure
from core.analytics.layer.dimensions import DIMENSIONS, Dimension
from core.analytics.layer.due import DUE_MEASURES
from core.analytics.layer.money import MONEY_MEASURES
from core.analytics.layer.sales import SALES_MEASURES
from core.analytics.layer.terms import PLACES, Measure, Unit, exact
from core.analytics.stock.family import STOCK_MEASURES

__all__ = ["MEASURES", "PLACES", "Measure", "Unit", "belong", "dimensions_of", "exact", "get_measures"]

MEASURES: dict[str, Measure] = {**SALES_MEASURES, **DUE_MEASURES, **MONEY_MEASURES, **STOCK_MEASURES}


def get_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The measures of these names; `UnknownMeasure` for one that does not exist."""
    found = []
    for name in names:
        if name not in MEASURES:
            raise UnknownMeasure(name=name, valid=", ".join(MEASURES))
        found.append(MEASURES[name])
    return tuple(found)


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
