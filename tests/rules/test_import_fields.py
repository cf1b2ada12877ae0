"""Columns are guessed when one name is surest, and asked about when two are equally sure."""

from collections import Counter

import pytest

from core.exchange.errors import (
    AmbiguousColumn,
    BadMapping,
    ColumnTwice,
    MissingColumns,
    UnknownColumn,
    UnknownField,
)
from core.exchange.fields import FIELDS, column_names, guess_columns, match_columns, normal, read_choice

ONLINE = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
MINIMAL = ["Order ID", "Date", "SKU", "Qty", "Price"]


def named(header: list[str], columns: dict[str, int]) -> dict[str, str]:
    return {name: header[at] for name, at in columns.items()}


def test_the_columns_of_a_retailers_export_are_found() -> None:
    assert named(ONLINE, match_columns(ONLINE)) == {
        "order_number": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "sku": "StockCode",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "product_name": "Description",
        "customer_code": "CustomerID",
        "region": "Country",
    }


def test_chinese_headers_with_blanks_and_stars_are_found() -> None:
    header = ["订单编号 ", "下单时间", "商品编码*", "商品名称", "数量", "单价（元）", "收货省份", "订单状态"]

    assert named(header, match_columns(header)) == {
        "order_number": "订单编号 ",
        "ordered_at": "下单时间",
        "sku": "商品编码*",
        "quantity": "数量",
        "unit_price": "单价（元）",
        "product_name": "商品名称",
        "region": "收货省份",
        "status": "订单状态",
    }


def test_the_order_date_is_not_mistaken_for_the_shipping_date() -> None:
    header = ["Order ID", "Order Date", "Ship Date", "Product ID", "Quantity", "Sales"]

    assert named(header, match_columns(header))["ordered_at"] == "Order Date"


def test_two_equally_sure_columns_are_an_error_that_says_how_to_decide() -> None:
    with pytest.raises(AmbiguousColumn) as refusal:
        match_columns(["Order ID", "Invoice No", "Date", "SKU", "Qty", "Price"])

    assert refusal.value.sentence == (
        "Both “Order ID” and “Invoice No” could be: Order number. "
        'Say which one it is (on the command line: --map order_number="Order ID").'
    )


TWINS = ["Order ID", "Date", "SKU", "Qty", "Price", "Price"]


@pytest.mark.parametrize("chosen", [{}, {"unit_price": "Price"}])
def test_the_same_name_twice_is_a_tie_that_its_place_decides(chosen: dict[str, str]) -> None:
    with pytest.raises(AmbiguousColumn) as refusal:
        match_columns(TWINS, chosen)

    assert refusal.value.sentence == (
        "Both “Price #5” and “Price #6” could be: Unit price. "
        "Say which one it is (on the command line: --map unit_price=#5)."
    )
    assert match_columns(TWINS, {"unit_price": "#6"})["unit_price"] == 5
    assert match_columns(TWINS, {"unit_price": "Price #5"})["unit_price"] == 4


def test_a_place_that_was_chosen_is_remembered_for_files_of_the_same_shape() -> None:
    remembered = {name: column_names(TWINS)[at] for name, at in match_columns(TWINS, {"unit_price": "#6"}).items()}

    assert remembered["unit_price"] == "Price #6"
    assert match_columns(TWINS, {}, remembered)["unit_price"] == 5
    assert match_columns(TWINS, {"unit_price": "#5"}, remembered)["unit_price"] == 4
    assert match_columns(TWINS[:5], {}, remembered)["unit_price"] == 4


@pytest.mark.parametrize("place", ["#0", "#7", "#", "#x"])
def test_a_place_that_no_column_has_is_refused(place: str) -> None:
    with pytest.raises(UnknownColumn):
        match_columns(TWINS, {"unit_price": place})


def test_a_column_named_like_a_place_goes_first() -> None:
    assert match_columns(["Order ID", "Date", "SKU", "Qty", "Price", "#1"], {"unit_price": "#1"})["unit_price"] == 5


def test_what_was_chosen_beats_the_guess_and_frees_its_column() -> None:
    header = ["Order ID", "Invoice No", "Date", "SKU", "Qty", "Price"]

    columns = match_columns(header, {"order_number": "Invoice No", "note": "Order ID"})

    assert named(header, columns) == {
        "order_number": "Invoice No",
        "note": "Order ID",
        "ordered_at": "Date",
        "sku": "SKU",
        "quantity": "Qty",
        "unit_price": "Price",
    }


def test_a_field_can_be_said_to_be_in_no_column() -> None:
    columns = match_columns([*MINIMAL, "Discount"], {"discount_rate": ""})

    assert "discount_rate" not in columns


def test_a_remembered_mapping_counts_where_all_its_columns_are_there() -> None:
    header = [*MINIMAL, "Ref"]

    assert named(header, match_columns(header, remembered={"order_number": "Ref"}))["order_number"] == "Ref"
    assert named(header, match_columns(header, remembered={"order_number": "Gone"}))["order_number"] == "Order ID"


def test_missing_columns_are_named_with_those_that_are_there() -> None:
    with pytest.raises(MissingColumns) as refusal:
        match_columns(["Order ID", "When", "Qty"])

    assert refusal.value.sentence == (
        "No column was found for: Order time (ordered_at), Product code (sku), Unit price (unit_price). "
        "The file has: Order ID, When, Qty. "
        'Say which column it is (on the command line: --map ordered_at="Order ID").'
    )


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ({"colour": "SKU"}, UnknownField),
        ({"sku": "Nowhere"}, UnknownColumn),
        ({"sku": "SKU", "product_name": "SKU"}, ColumnTwice),
    ],
)
def test_a_choice_that_cannot_be_is_refused(chosen: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        match_columns(MINIMAL, chosen)


def test_choices_are_read_from_options() -> None:
    assert read_choice(["sku=Stock = Code", "note="]) == {"sku": "Stock = Code", "note": ""}
    with pytest.raises(BadMapping):
        read_choice(["sku"])


def test_a_screen_gets_the_sure_guesses_and_nothing_for_ties() -> None:
    header = ["Order ID", "Invoice No", "SKU"]

    assert named(header, guess_columns(header)) == {"sku": "SKU"}


def test_no_name_belongs_to_two_fields() -> None:
    counted = Counter(name for field in FIELDS.values() for rank in field.names for name in rank)

    assert [name for name, count in counted.items() if count > 1] == []
    assert all(name == normal(name) and name for name in counted)
