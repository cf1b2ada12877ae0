"""Numbers and dates in files mean one thing or are refused with the reason."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.exchange.problems import KINDS, Bad, Problem
from core.exchange.values import (
    date_order,
    moment_of,
    money_of,
    number_of,
    quantity_of,
    rate_of,
    text_of,
    uses_comma_decimals,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", "12"),
        (" 2.550 ", "2.55"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("+4", "4"),
        (".5", "0.5"),
        ("0.001", "0.001"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1 234.5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("１２３．５", "123.5"),
        ("¥12.00", "12"),
        ("￥ 1,280", "1280"),
        ("12.5元", "12.5"),
        ("$-7", "-7"),
        ("-$7", "-7"),
        ("USD 9.99", "9.99"),
        ("0000000000000000000012", "12"),
    ],
)
def test_a_number_is_read_as_people_write_it(cell: str, number: str) -> None:
    assert number_of(cell) == Decimal(number)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("abc", "not_a_number"),
        ("12,5", "not_a_number"),
        ("1,23,456", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1e5", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("-", "not_a_number"),
        (".", "not_a_number"),
        ("(12.00)", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("#DIV/0!", "not_a_number"),
        ("@SUM(A1)", "not_a_number"),
        ("=1+1", "formula"),
        ("1234567890123456789", "too_many_digits"),
        ("1234567890.123456789", "too_many_digits"),
    ],
)
def test_what_is_no_exact_number_is_refused_by_its_kind(cell: str, kind: str) -> None:
    found = number_of(cell)

    assert isinstance(found, Bad)
    assert found.kind == kind
    assert KINDS[kind].sentence.format(**found.facts)


def test_an_empty_cell_is_no_number_and_no_mistake() -> None:
    assert number_of("  ") is None


def test_decimal_commas_are_understood_only_where_the_column_shows_them() -> None:
    assert uses_comma_decimals(["1.234,50", "7"])
    assert not uses_comma_decimals(["1,234", "7.50"])
    assert number_of("1.234,50", comma_decimals=True) == Decimal("1234.5")
    assert number_of("12,5", comma_decimals=True) == Decimal("12.5")


def test_quantities_have_three_decimals_and_an_end() -> None:
    assert quantity_of("1.125") == Decimal("1.125")
    assert quantity_of("1.1234") == Bad("too_many_decimals", {"text": "1.1234", "limit": "3"})
    assert quantity_of("1000000001") == Bad("too_large", {"text": "1000000001", "limit": "1000000000"})
    assert money_of("0.123456") == Decimal("0.123456")


def test_rates_are_shares_or_percentages() -> None:
    assert rate_of("0.2") == Decimal("0.2")
    assert rate_of("20%") == Decimal("0.2")
    assert rate_of("20％") == Decimal("0.2")
    assert rate_of("20") == Bad("not_a_rate", {"text": "20"})
    assert rate_of("-0.1") == Bad("not_a_rate", {"text": "-0.1"})


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2010-12-01 08:26:00", datetime(2010, 12, 1, 0, 26, tzinfo=UTC)),
        ("2024/1/1 8:41", datetime(2024, 1, 1, 0, 41, tzinfo=UTC)),
        ("2016-11-08", datetime(2016, 11, 7, 16, 0, tzinfo=UTC)),
        ("20240131", datetime(2024, 1, 30, 16, 0, tzinfo=UTC)),
        ("2024年3月5日 18:30", datetime(2024, 3, 5, 10, 30, tzinfo=UTC)),
        ("2024-01-01T08:00:00Z", datetime(2024, 1, 1, 8, 0, tzinfo=UTC)),
        ("2024-01-01T08:00:00.250+02:00", datetime(2024, 1, 1, 6, 0, tzinfo=UTC)),
        ("2024-02-29 12:05 pm", datetime(2024, 2, 29, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_is_the_companys_unless_it_names_its_zone(cell: str, moment: datetime) -> None:
    assert moment_of(cell, SHANGHAI, None) == moment


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("2023-02-29", "no_such_date"),
        ("2024-13-01", "no_such_date"),
        ("2024-01-01 25:00", "no_such_date"),
        ("0024-01-01", "date_out_of_range"),
        ("2024-01-01T08:00+99:00", "no_such_date"),
        ("yesterday", "not_a_date"),
        ("45292", "not_a_date"),
        ("=TODAY()", "formula"),
    ],
)
def test_a_date_that_cannot_be_booked_is_refused_by_its_kind(cell: str, kind: str) -> None:
    found = moment_of(cell, SHANGHAI, None)

    assert isinstance(found, Bad)
    assert found.kind == kind


@pytest.mark.parametrize("cell", ["1800-01-01", "9999-12-31", "12/31/9999"])
def test_a_date_of_another_age_is_refused_with_the_years_that_can_be_booked(cell: str) -> None:
    found = moment_of(cell, SHANGHAI, "mdy")

    assert isinstance(found, Bad)
    assert Problem(2, "Date", found.kind, found.facts).sentence == (
        f"“{cell}” lies outside the years that can be booked, 1970 to 2100."
    )


def test_the_column_decides_whether_the_day_comes_first() -> None:
    assert date_order(["3/4/2024", "13/4/2024"]) == "dmy"
    assert date_order(["3/4/2024", "4/13/2024"]) == "mdy"
    assert date_order(["3/4/2024", "4/3/2024"]) is None
    assert moment_of("3/4/2024", SHANGHAI, "dmy") == datetime(2024, 4, 2, 16, 0, tzinfo=UTC)
    assert moment_of("3/4/2024", SHANGHAI, "mdy") == datetime(2024, 3, 3, 16, 0, tzinfo=UTC)


def test_a_text_loses_what_programs_put_around_it() -> None:
    assert text_of('="00123"') == "00123"
    assert text_of("\t3104605 ") == "3104605"
    assert text_of("=cmd|' /C calc'!A0") == "=cmd|' /C calc'!A0"
