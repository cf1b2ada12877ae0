"""Measures and dimensions are data that can be relied on: defined, shown exactly, bucketed by the calendar."""

from datetime import date
from decimal import Decimal

import pytest

from core.analytics.layer.ask import Compare, Period, change
from core.analytics.layer.compose import SOURCES, Known, plan
from core.analytics.layer.dimensions import DIMENSIONS, Grain, add_months, get_dimensions, written
from core.analytics.layer.measures import MEASURES
from core.analytics.mirror.tables import agg_day, agg_product, fact_order, fact_sales

YEARS = Known(
    date(2020, 1, 5),
    date(2026, 3, 18),
    {"fact_sales": 1000, "fact_order": 200, "agg_day": 100, "agg_product": 50, "agg_customer_month": 150},
)


def test_every_measure_and_dimension_says_what_it_is() -> None:
    for each in (*MEASURES.values(), *DIMENSIONS.values()):
        assert each.label
        assert each.sentence.endswith(".")


def test_every_measure_can_be_grouped_by_every_dimension() -> None:
    for measure in MEASURES.values():
        for dimension in DIMENSIONS.values():
            found = plan(Period(None, None), measure.components, (dimension,), (), YEARS)
            assert [component for component, _ in found.sources] == list(measure.components)


@pytest.mark.parametrize(
    ("period", "by", "table"),
    [
        (Period(date(2025, 1, 1), date(2025, 4, 1)), ("product", "month"), agg_product),
        (Period(date(2025, 1, 2), date(2025, 4, 1)), ("product",), fact_sales),
        (Period(date(2025, 1, 2), date(2025, 4, 1)), ("category", "channel"), agg_day),
        (Period(date(2020, 1, 2), date(2026, 3, 30)), ("brand",), agg_product),
        (Period(None, None), ("hour",), fact_order),
        (Period(None, None), ("product", "week"), fact_sales),
    ],
)
def test_a_sum_comes_from_the_smallest_table_that_knows_it(period: Period, by: tuple[str, ...], table: object) -> None:
    chosen = plan(period, MEASURES["net_sales"].components, get_dimensions(by), (), YEARS, SOURCES)
    assert chosen.tables() == [table]


def test_ratios_are_rounded_once_and_empty_without_a_denominator() -> None:
    assert MEASURES["average_order"].figure(10_000, 3) == Decimal("33.33")
    assert MEASURES["return_rate"].figure(1, 3) == Decimal("0.3333")
    assert MEASURES["return_rate"].figure(1, 0) is None
    assert MEASURES["quantity"].figure(1_500, None) == Decimal("1.500")
    assert MEASURES["net_sales"].figure(None, None) == Decimal("0.00")


@pytest.mark.parametrize(
    ("grain", "start", "after"),
    [
        (Grain.DAY, date(2026, 3, 18), date(2026, 3, 19)),
        (Grain.WEEK, date(2026, 3, 16), date(2026, 3, 23)),
        (Grain.MONTH, date(2026, 3, 1), date(2026, 4, 1)),
        (Grain.QUARTER, date(2026, 1, 1), date(2026, 4, 1)),
        (Grain.YEAR, date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_day_falls_into_its_bucket(grain: Grain, start: date, after: date) -> None:
    assert grain.start(date(2026, 3, 18)) == start
    assert grain.next(start) == after


def test_months_later_is_the_last_day_where_the_month_is_shorter() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2026, 3, 30), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -12) == date(2025, 1, 15)


def test_whole_months_are_compared_with_as_many_whole_months() -> None:
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
    before = quarter.earlier(Compare.PREVIOUS_PERIOD)
    assert (before.since, before.until, before.shift_months) == (date(2025, 10, 1), date(2026, 1, 1), 3)
    odd = Period(date(2026, 3, 3), date(2026, 3, 10)).earlier(Compare.PREVIOUS_PERIOD)
    assert (odd.since, odd.until, odd.shift_days) == (date(2026, 2, 24), date(2026, 3, 3), 7)


def test_scripts_read_buckets_as_people_write_them() -> None:
    day = date(2026, 4, 1)
    shown = {name: written(DIMENSIONS[name], day) for name in ("day", "week", "month", "quarter", "year")}
    assert shown == {
        "day": "2026-04-01",
        "week": "2026-04-01",
        "month": "2026-04",
        "quarter": "2026-Q2",
        "year": "2026",
    }
    assert written(DIMENSIONS["region"], None) is None


def test_growth_is_a_part_of_what_was_before() -> None:
    assert change(Decimal(110), Decimal(100)) == Decimal("0.1000")
    assert change(Decimal(-50), Decimal(-100)) == Decimal("0.5000")
    assert change(Decimal(5), Decimal(0)) is None
