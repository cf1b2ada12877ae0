"""Measures and dimensions are data that can be relied on: defined, shown exactly, bucketed by the calendar."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from core.analytics.layer.ask import Compare, Period, change
from core.analytics.layer.compose import Known, Plan, Want, plan
from core.analytics.layer.dimensions import DIMENSIONS, Grain, add_months, get_dimensions, written
from core.analytics.layer.measures import MEASURES, dimensions_of
from core.analytics.layer.sales import CUSTOMERS, NET, ORDERS, SALES
from core.analytics.layer.terms import Component, Measure
from core.analytics.mirror.tables import (
    agg_customer,
    agg_customer_month,
    agg_day,
    agg_product,
    agg_region,
    agg_rep,
    fact_order,
    fact_sales,
)

SIZES = {
    fact_sales: 1000,
    fact_order: 200,
    agg_day: 100,
    agg_product: 50,
    agg_customer_month: 150,
    agg_region: 60,
    agg_rep: 70,
    agg_customer: 40,
}
YEARS = Known({"sales": (date(2020, 1, 5), date(2026, 3, 18))}, {table.name: size for table, size in SIZES.items()})


def planned(measure: Measure, period: Period, by: tuple[str, ...]) -> Plan:
    want = Want(SALES, period, measure.components, get_dimensions(by), (), SALES.sources, date(2026, 3, 18))
    return plan(0, want, YEARS)


def units(**sums: int) -> Callable[[Component], int | None]:
    return lambda component: sums.get(component.name)


def test_every_measure_and_dimension_says_what_it_is() -> None:
    for each in (*MEASURES.values(), *DIMENSIONS.values()):
        assert each.label
        assert each.sentence.endswith(".")


def test_a_component_has_one_name_in_all_families() -> None:
    named = {}
    for measure in MEASURES.values():
        for component in measure.components:
            assert named.setdefault(component.name, component) == component


def test_every_measure_can_be_grouped_by_every_dimension_that_its_facts_have() -> None:
    for measure in MEASURES.values():
        if measure.families != (SALES,):
            continue
        for dimension in dimensions_of(measure):
            found = planned(measure, Period(None, None), (dimension.name,))
            assert [component for component, _ in found.chosen] == list(measure.components)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("measure", "period", "by", "table"),
    [
        ("net_sales", Period(date(2025, 1, 1), date(2025, 4, 1)), ("product", "month"), agg_product),
        ("net_sales", Period(date(2025, 1, 2), date(2025, 4, 1)), ("product",), fact_sales),
        ("net_sales", Period(date(2025, 1, 2), date(2025, 4, 1)), ("category", "channel"), agg_day),
        ("net_sales", Period(date(2025, 1, 2), date(2025, 4, 1)), ("region", "weekday"), agg_region),
        ("orders", Period(date(2025, 1, 2), date(2025, 4, 1)), ("sales_rep", "channel"), agg_rep),
        ("orders", Period(date(2025, 1, 2), date(2025, 4, 1)), ("sales_rep", "region"), fact_order),
        ("orders", Period(date(2025, 1, 2), date(2025, 4, 1)), ("category",), fact_sales),
        ("net_sales", Period(date(2020, 1, 2), date(2026, 3, 30)), ("brand",), agg_product),
        ("net_sales", Period(date(2025, 1, 1), date(2025, 4, 1)), ("top_category",), agg_product),
        ("customers", Period(None, None), (), agg_customer),
        ("customers", Period(None, None), ("channel",), fact_order),
        ("net_sales", Period(None, None), ("hour",), fact_order),
        ("net_sales", Period(None, None), ("product", "week"), fact_sales),
    ],
)
def test_a_sum_comes_from_the_smallest_table_that_knows_it(
    measure: str, period: Period, by: tuple[str, ...], table: object
) -> None:
    assert planned(MEASURES[measure], period, by).tables() == [table]


def test_a_long_period_comes_from_whole_months_and_the_days_around_them() -> None:
    large = Known(YEARS.spans, {name: size * 10_000 for name, size in YEARS.sizes.items()})
    want = Want(
        SALES,
        Period(date(2025, 1, 12), date(2025, 12, 5)),
        (NET, ORDERS, CUSTOMERS),
        get_dimensions(("product",)),
        (),
        SALES.sources,
        date(2026, 3, 18),
    )

    found = dict(plan(0, want, large).chosen)  # type: ignore[call-overload]

    pieces = [
        (fact_sales, date(2025, 1, 12), date(2025, 2, 1)),
        (agg_product, date(2025, 2, 1), date(2025, 12, 1)),
        (fact_sales, date(2025, 12, 1), date(2025, 12, 5)),
    ]
    for each in (NET, ORDERS):
        assert [(one.table, one.period.since, one.period.until) for one in found[each]] == pieces
    assert [one.table for one in found[CUSTOMERS]] == [fact_sales]


def test_orders_of_products_add_up_but_not_those_of_other_goods() -> None:
    for by, table in ((("product",), agg_product), (("brand",), fact_sales), (("sku",), fact_sales)):
        assert planned(MEASURES["orders"], Period(None, None), by).tables() == [table]


def test_ratios_are_rounded_once_and_empty_without_a_denominator() -> None:
    assert MEASURES["average_order"].figure(units(net=10_000, orders=3)) == Decimal("33.33")
    assert MEASURES["return_rate"].figure(units(returned=1, sold=3)) == Decimal("0.3333")
    assert MEASURES["return_rate"].figure(units(returned=1, sold=0)) is None
    assert MEASURES["quantity"].figure(units(quantity=1_500)) == Decimal("1.500")
    assert MEASURES["net_sales"].figure(units()) == Decimal("0.00")


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


@pytest.mark.parametrize(
    ("since", "until", "compare", "earlier"),
    [
        ((2026, 2, 17), (2026, 2, 24), Compare.SPRING_FESTIVAL, ((2025, 1, 29), (2025, 2, 5))),
        ((2025, 1, 29), (2025, 2, 5), Compare.SPRING_FESTIVAL, ((2024, 2, 10), (2024, 2, 17))),
        ((2026, 1, 1), (2026, 4, 1), Compare.SPRING_FESTIVAL, ((2024, 12, 13), (2025, 3, 13))),
        ((2026, 11, 1), (2026, 11, 12), Compare.PROMOTION_DAYS, ((2025, 11, 1), (2025, 11, 12))),
        ((2026, 6, 10), (2026, 6, 21), Compare.PROMOTION_DAYS, ((2025, 6, 10), (2025, 6, 21))),
        ((2026, 1, 20), (2026, 2, 11), Compare.PROMOTION_DAYS, ((2025, 1, 1), (2025, 1, 23))),
        ((2026, 3, 16), (2026, 3, 23), Compare.SAME_WEEKDAYS, ((2025, 3, 17), (2025, 3, 24))),
        ((2025, 2, 24), (2025, 3, 3), Compare.SAME_WEEKDAYS, ((2024, 2, 26), (2024, 3, 4))),
        ((2024, 2, 29), (2024, 3, 1), Compare.SAME_PERIOD_LAST_YEAR, ((2023, 2, 28), (2023, 3, 1))),
        ((2025, 2, 1), (2025, 3, 1), Compare.SAME_PERIOD_LAST_YEAR, ((2024, 2, 1), (2024, 3, 1))),
    ],
)
def test_a_period_is_compared_by_weekday_by_festival_and_over_a_leap_day(
    since: tuple[int, int, int],
    until: tuple[int, int, int],
    compare: Compare,
    earlier: tuple[tuple[int, int, int], tuple[int, int, int]],
) -> None:
    found = Period(date(*since), date(*until)).earlier(compare)
    assert (found.since, found.until) == (date(*earlier[0]), date(*earlier[1]))


def test_a_period_that_is_not_over_is_compared_with_as_much_of_the_other() -> None:
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    february = march.earlier(Compare.PREVIOUS_PERIOD)
    assert february.up_to(date(2026, 3, 18), march).until == date(2026, 2, 19)
    assert february.up_to(date(2026, 3, 30), march).until == date(2026, 3, 1)
    assert february.up_to(date(2026, 5, 1), march) == february
    own = march.earlier(Compare.CUSTOM, (date(2025, 11, 1), date(2025, 11, 12)))
    assert (own.shift_months, own.shift_days) == (4, 0)
    assert own.up_to(date(2026, 3, 3), march).until == date(2025, 11, 4)
    weeks = Period(date(2026, 3, 2), date(2026, 4, 1)).earlier(Compare.CUSTOM, (date(2025, 11, 1), date(2025, 11, 12)))
    assert (weeks.shift_months, weeks.shift_days) == (0, 121)


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
