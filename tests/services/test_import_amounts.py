"""What the lines of an imported order cost: prices, amounts and discounts in every combination, to the last decimal."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from core.catalog.models import Category
from core.sales.models import OrderLine
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.services.import_files import apply, csv_file, totals
from tests.soundness import assert_sound


def test_an_amount_that_was_paid_wins_over_price_times_quantity(store: Store) -> None:
    header = ("订单号", "下单时间", "商品编码", "数量", "单价", "实付金额", "类目", "品牌", "订单状态")
    receipt = apply(
        store,
        csv_file(
            ("1", "2024/1/1 8:41", "A", "3", "191.06", "487.2", "家居", "MUJI", "已发货"),
            ("2", "2024/1/2 8:41", "B", "3", "10", "31.005", "家居", "MUJI", "已发货"),
            ("3", "2024/1/3 8:41", "B", "1", "10", "10", "家居", "MUJI", "已取消"),
            header=header,
            encoding="gb18030",
        ),
    )

    assert totals(receipt) == ("528.205", "518.21", "10", "0", "-0.005")
    assert receipt["problems"] == [(4, "订单状态", "cancelled_order")]
    with store.viewing(SYSTEM) as view:
        lines = view.session.execute(
            select(OrderLine.unit_price, OrderLine.discount_amount, OrderLine.gross_amount).order_by(OrderLine.id)
        ).all()
        assert view.session.scalars(select(Category.name)).all() == ["家居"]
    assert lines == [
        (Decimal("191.06"), Decimal("85.98"), Decimal("487.20")),
        (Decimal("10.3367"), Decimal("0.00"), Decimal("31.01")),
    ]


def test_a_discount_is_taken_off_the_line(store: Store) -> None:
    header = ("Order ID", "Date", "SKU", "Qty", "Price", "Discount", "Discount Amount")
    receipt = apply(
        store,
        csv_file(
            ("1", "2024-01-01", "A", "3", "10.01", "20%", ""),
            ("2", "2024-01-01", "A", "3", "10.01", "", "5.005"),
            ("3", "2024-01-01", "A", "1", "10", "", "10.01"),
            header=header,
        ),
    )

    assert totals(receipt) == ("49.039", "49.05", "-0.01", "0", "-0.001")
    assert receipt["problems"] == [(4, "Discount Amount", "negative_discount")]


@pytest.mark.parametrize(
    ("column", "discounts", "booked"),
    [
        ("Discount", ("0.15", "0", "1"), "37"),
        ("Discount", ("15%", "", "100％"), "37"),
        ("Discount %", ("15", "0", "100"), "37"),
        ("Discount %", ("0.15", "0", "1"), "37"),
        ("折扣率（百分比 %）", ("15", "0.5%", "100"), "36.9"),
    ],
)
def test_a_discount_is_a_rate_or_percent_as_the_column_says(
    store: Store, column: str, discounts: tuple[str, str, str], booked: str
) -> None:
    header = ("Order ID", "Date", "SKU", "Qty", "Price", column)
    rows = [(str(n), "2024-01-01", "A", "2", "10", discount) for n, discount in enumerate(discounts)]

    receipt = apply(store, csv_file(*rows, header=header))

    assert totals(receipt) == (booked, booked, "0", "0", "0")


def test_a_discount_that_can_be_no_rate_is_refused(store: Store) -> None:
    header = ("Order ID", "Date", "SKU", "Qty", "Price", "Discount")

    receipt = apply(store, csv_file(("1", "2024-01-01", "A", "2", "10", "15"), header=header))

    assert receipt["problems"] == [(2, "Discount", "not_a_rate")]


def test_an_amount_and_a_quantity_are_enough(store: Store) -> None:
    receipt = apply(
        store, csv_file(("1", "2024-01-01", "A", "3", "10"), header=("Order", "Date", "SKU", "Qty", "Total"))
    )

    assert totals(receipt) == ("10", "10", "0", "0", "0")
    with store.viewing(SYSTEM) as view:
        line = view.session.scalars(select(OrderLine)).one()
    assert (line.unit_price, line.discount_amount, line.gross_amount) == (Decimal("3.3333"), 0, 10)
    assert_sound(store)


def test_the_receipt_is_exact_however_fine_the_numbers_are(store: Store) -> None:
    header = ("Order ID", "Date", "SKU", "Qty", "Price", "Discount Rate")
    receipt = apply(
        store,
        csv_file(
            ("1", "2024-01-01", "A", "99999999.999", "0.123456789012345", "0.123456789012345"),
            ("2", "2024-01-01", "A", "x", "1", ""),
            ("3", "2024-01-01", "A", "0", "1", ""),
            ("4", "2024-01-01", "A", "1", "1", ""),
            header=header,
        ),
    )

    exact = Fraction("99999999.999") * Fraction("0.123456789012345") * (1 - Fraction("0.123456789012345")) + 1
    booked, rounding = Fraction(receipt["booked_total"]), Fraction(receipt["rounding"])
    assert (Fraction(receipt["file_total"]), booked + rounding) == (exact, exact)
    assert receipt["booked_total"] == "10821522.03"
    assert_sound(store)
