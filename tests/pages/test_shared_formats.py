"""How numbers, days and axes read in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.base.i18n import use_language
from core.work.store import Store
from pages._shared import formats
from pages._shared.browsers import browser_name
from pages._shared.charts import compact_axis
from pages._shared.company import use_store
from pages._shared.tables import quantity_places, table
from pages._shared.text import escaped


@pytest.fixture(autouse=True)
def _company(store: Store) -> Iterator[None]:
    use_store(store)
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "¥0.00"),
        ("1234.5", "¥1,234.50"),
        ("-0.01", "-¥0.01"),
        ("90071992547409.93", "¥90,071,992,547,409.93"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_money_is_shown_to_the_cent(language: str, amount: str, shown: str) -> None:
    use_language(language)
    assert formats.money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        ("0", "0", "0"),
        ("999", "999", "999"),
        ("1234", "1.23K", "1,234"),
        ("12345", "12.3K", "1.23万"),
        ("999999", "1M", "100万"),
        ("99999999", "100M", "1亿"),
        ("-123456789", "-123.5M", "-1.23亿"),
        ("9876543210", "9.88B", "98.8亿"),
    ],
)
def test_large_numbers_are_shown_in_the_units_of_the_language(number: str, english: str, chinese: str) -> None:
    assert formats.compact(Decimal(number)) == english
    use_language("zh_CN")
    assert formats.compact(Decimal(number)) == chinese


def test_prices_quantities_and_ratios_show_no_superfluous_zeros() -> None:
    assert formats.price(Decimal("2.5")) == "¥2.50"
    assert formats.price(Decimal("0.1234")) == "¥0.1234"
    assert formats.quantity(Decimal("12.000")) == "12"
    assert formats.quantity(Decimal("0.500")) == "0.5"
    assert formats.percent(Decimal("0.125")) == "12.5%"
    assert formats.money(None) == formats.quantity(None) == formats.percent(None) == "–"


def test_moments_are_shown_on_the_clock_of_the_company() -> None:
    late = datetime(2026, 3, 17, 16, 30, tzinfo=UTC)
    assert formats.moment(late) == "18 Mar 2026, 00:30"
    use_language("zh_CN")
    assert formats.moment(late) == "2026-03-18 00:30"
    assert formats.day(date(2026, 3, 8)) == "2026-03-08"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([], ["0", "¥1"]),
        ([Decimal(3)], ["0", "¥1", "¥2", "¥3"]),
        ([Decimal("482100.5"), None], ["0", "¥100K", "¥200K", "¥300K", "¥400K", "¥500K"]),
        ([Decimal(-50), Decimal(100)], ["-¥50", "0", "¥50", "¥100"]),
        ([Decimal("0.3")], ["0", "¥0.1", "¥0.2", "¥0.3"]),
    ],
)
def test_axes_have_few_round_steps_and_hold_every_value(values: list[Decimal | None], labels: list[str]) -> None:
    axis = compact_axis(values)
    assert axis["ticktext"] == labels
    low, high = axis["range"]
    assert all(low <= float(value) <= high for value in values if value is not None)


@pytest.mark.parametrize(
    ("counts", "labels"),
    [
        ([], ["0", "1"]),
        ([Decimal(1)], ["0", "1"]),
        ([Decimal(2), None], ["0", "1", "2"]),
        ([Decimal(7)], ["0", "2", "4", "6", "8"]),
        ([Decimal(11)], ["0", "3", "6", "9", "12"]),
        ([Decimal(-2), Decimal(3)], ["-2", "-1", "0", "1", "2", "3"]),
        ([Decimal("1.5")], ["0", "0.5", "1", "1.5"]),
    ],
)
def test_an_axis_of_counts_steps_by_whole_pieces_unless_there_are_parts(
    counts: list[Decimal | None], labels: list[str]
) -> None:
    axis = compact_axis(counts, is_money=False)
    assert axis["ticktext"] == labels
    assert axis["range"] == [axis["tickvals"][0], axis["tickvals"][-1]]


def test_quantities_get_as_many_decimals_as_they_need() -> None:
    assert quantity_places([Decimal("5.000"), Decimal(120), None]) == 0
    assert quantity_places([Decimal("5.250"), Decimal(1)]) == 2


def test_an_empty_table_keeps_its_columns() -> None:
    assert list(table([], ["number", "amount"]).columns) == ["number", "amount"]


def test_what_was_typed_is_never_read_as_markup() -> None:
    assert escaped("*5 [kg](x) :red[a] $1") == r"\*5 \[kg\]\(x\) \:red\[a\] \$1"


def test_a_browser_is_called_what_people_call_it() -> None:
    assert browser_name("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604.1") == "Safari, iPhone"
    assert browser_name("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126") == "Edge, Windows"
    assert browser_name("") == "Unknown browser"
